/* fn_split.c: a string cut into a list of strings.
 *
 * The pieces point into the string. Bytes are looked at sixteen at a time; the
 * last sixteen are read again rather than reading beyond the end. Room is taken
 * once: for short texts as much as there could be pieces, for long ones as
 * counted. */
#define _GNU_SOURCE
#include "fn_text.h"
#include <string.h>

enum { SHORT = 4096 };            /* bytes of text whose pieces are not counted first */

/* The mask of the n < 16 bytes from p on, which end a text of at least 16. */
#define TAIL_MASK(mask_of_last_16, n) ((mask_of_last_16) >> (16 - (n)))

static int64_t count_byte(dsc_str s, char c)
{
    int64_t count = 0, i = 0;
    for (; i + 16 <= s.n; i += 16)
        count += __builtin_popcount(mask_of_byte(s.p + i, c));
    for (; i < s.n; i++)
        count += s.p[i] == c;
    return count;
}

/* Writes a piece for each bit of the mask of the bytes at p; returns the next free piece. */
static inline dsc_str *cut(unsigned mask, const char *p, const char **start, dsc_str *piece)
{
    while (mask) {
        const char *at = p + mask_first(mask);
        *piece++ = (dsc_str){*start, at - *start};
        *start = at + 1;
        mask &= mask - 1;
    }
    return piece;
}

static dsc_list split_byte(dsc_task *task, dsc_str s, char sep)
{
    int64_t most = 1 + (s.n <= SHORT ? s.n : count_byte(s, sep));
    dsc_str *pieces = dsc_alloc(task, most * (int64_t)sizeof *pieces), *piece = pieces;
    const char *p = s.p, *end = s.p + s.n, *start = s.p;
    if (s.n >= 16) {
        for (; end - p >= 16; p += 16)
            piece = cut(mask_of_byte(p, sep), p, &start, piece);
        if (p < end)
            piece = cut(TAIL_MASK(mask_of_byte(end - 16, sep), end - p), p, &start, piece);
    } else {
        for (; p < end; p++) {
            if (*p == sep) {
                *piece++ = (dsc_str){start, p - start};
                start = p + 1;
            }
        }
    }
    *piece++ = (dsc_str){start, end - start};
    return (dsc_list){pieces, piece - pieces};
}

static dsc_list split_string(dsc_task *task, dsc_str s, dsc_str sep)
{
    int64_t most = 1;
    const char *end = s.p + s.n, *at;
    for (const char *p = s.p; (at = memmem(p, (size_t)(end - p), sep.p, (size_t)sep.n)); p = at + sep.n)
        most++;
    dsc_str *pieces = dsc_alloc(task, most * (int64_t)sizeof *pieces);
    int64_t n = 0;
    const char *start = s.p;
    while ((at = memmem(start, (size_t)(end - start), sep.p, (size_t)sep.n))) {
        pieces[n++] = (dsc_str){start, at - start};
        start = at + sep.n;
    }
    pieces[n++] = (dsc_str){start, end - start};
    return (dsc_list){pieces, n};
}

dsc_list dsc_split(dsc_task *task, dsc_str s, dsc_str sep)
{
    if (sep.n == 1)
        return s.n > 0 ? split_byte(task, s, sep.p[0]) : dsc_list_of(task, &s, 1, sizeof s);
    if (sep.n == 0)
        return dsc_chars(task, s);
    return s.n >= sep.n ? split_string(task, s, sep) : dsc_list_of(task, &s, 1, sizeof s);
}

/* A cursor over words: edges are where blank and not blank meet. */
typedef struct Words {
    dsc_str *word;                /* the next free one */
    const char *start;            /* of the word we are in, or NULL */
    unsigned blank;               /* 1 when the last byte seen was a blank */
} Words;

static inline void take_words(Words *words, unsigned blanks, const char *p, int n)
{
    unsigned edges = (blanks ^ (blanks << 1 | words->blank)) & ((1u << n) - 1);
    words->blank = blanks >> (n - 1) & 1;
    while (edges) {
        const char *at = p + mask_first(edges);
        if (words->start) {
            *words->word++ = (dsc_str){words->start, at - words->start};
            words->start = NULL;
        } else {
            words->start = at;
        }
        edges &= edges - 1;
    }
}

static int64_t count_words(dsc_str s)
{
    int64_t count = 0;
    bool blank = true;
    for (int64_t i = 0; i < s.n; i++) {
        bool now = byte_is_blank(s.p[i]);
        count += blank && !now;
        blank = now;
    }
    return count;
}

dsc_list dsc_words(dsc_task *task, dsc_str s)
{
    if (s.n == 0)
        return (dsc_list){NULL, 0};
    int64_t most = s.n <= SHORT ? (s.n + 1) / 2 : count_words(s);
    dsc_str *list = dsc_alloc(task, most * (int64_t)sizeof *list);
    Words words = {list, NULL, 1};
    const char *p = s.p, *end = s.p + s.n;
    if (s.n >= 16) {
        for (; end - p >= 16; p += 16)
            take_words(&words, mask_of_blanks(p), p, 16);
        if (p < end)
            take_words(&words, TAIL_MASK(mask_of_blanks(end - 16), end - p), p, (int)(end - p));
    } else {
        for (; p < end; p++)
            take_words(&words, byte_is_blank(*p), p, 1);
    }
    if (words.start)
        *words.word++ = (dsc_str){words.start, end - words.start};
    return (dsc_list){list, words.word - list};
}

dsc_list dsc_lines(dsc_task *task, dsc_str s)
{
    if (s.n == 0)
        return (dsc_list){NULL, 0};
    dsc_list list = split_byte(task, s, '\n');
    dsc_str *lines = (dsc_str *)list.p;
    if (lines[list.n - 1].n == 0)
        list.n--;
    for (int64_t i = 0; i < list.n; i++) {
        bool ended = lines[i].p + lines[i].n < s.p + s.n;
        if (ended && lines[i].n > 0 && lines[i].p[lines[i].n - 1] == '\r')
            lines[i].n--;
    }
    return list;
}

dsc_list dsc_chars(dsc_task *task, dsc_str s)
{
    int64_t n = dsc_length(s);
    dsc_str *list = dsc_alloc(task, n * (int64_t)sizeof *list);
    for (int64_t i = 0, at = 0; i < n; i++) {
        int bytes = char_bytes(s.p + at, s.n - at);
        list[i] = (dsc_str){s.p + at, bytes};
        at += bytes;
    }
    return (dsc_list){list, n};
}
