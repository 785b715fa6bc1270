/* fn_split.c: a string cut into a list of strings.
 *
 * The pieces point into the string. It is looked at 64 bytes at a time, as a
 * mask of the bytes that matter; nothing beyond its end is read. Room is taken
 * once: for short texts as much as there could be pieces, for long ones as
 * counted.
 *
 * Most texts are short, so branches that cannot be foreseen cost more than work
 * does. Bits are therefore taken from a mask eight at a time, whether there are
 * eight or not; what that writes too much is written over, or is slack. */
#define _GNU_SOURCE
#include "fn_text.h"
#include <string.h>

enum {
    SHORT = 4096,                 /* bytes of text whose pieces are not counted first */
    STRIDE = 8                    /* bits taken at a time */
};

/* Which bytes matter: those that are equal to `byte`, or blanks. */
typedef struct Matter {
    bool blanks;
    char byte;
} Matter;

static inline uint64_t mask_of_16(Matter matter, const char *p)
{
    return matter.blanks ? mask_of_blanks(p) : mask_of_byte(p, matter.byte);
}

static inline uint64_t mask_of_64(Matter matter, const char *p)
{
    return mask_of_16(matter, p) | mask_of_16(matter, p + 16) << 16 | mask_of_16(matter, p + 32) << 32
        | mask_of_16(matter, p + 48) << 48;
}

/* The mask of the last n < 64 bytes of s. */
static inline uint64_t mask_of_last(Matter matter, dsc_str s, int n)
{
    const char *end = s.p + s.n;
    if (n == 0)
        return 0;
    if (s.n >= 64)
        return mask_of_64(matter, end - 64) >> (64 - n);
    if (s.n < 16) {
        char last[16] = {0};
        memcpy(last, s.p, (size_t)n);
        return mask_of_16(matter, last) & ((1u << n) - 1);
    }
    uint64_t mask = mask_of_16(matter, end - 16) << 48 >> (64 - n);
    for (int at = 0; n - at > 16; at += 16)
        mask |= mask_of_16(matter, end - n + at) << at;
    return mask;
}

/* The place of the lowest bit; 63 when there is none. */
static inline int lowest(uint64_t mask)
{
    return __builtin_ctzll(mask | (uint64_t)1 << 63);
}

static inline int bit_count(uint64_t x)
{
    x -= x >> 1 & 0x5555555555555555;
    x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
    x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
    return (int)(x * 0x0101010101010101 >> 56);
}

/* ---- split ---- */

static int64_t count_byte(dsc_str s, char c)
{
    const Matter matter = {false, c};
    int64_t count = 0, at = 0;
    for (; s.n - at >= 64; at += 64)
        count += bit_count(mask_of_64(matter, s.p + at));
    return count + bit_count(mask_of_last(matter, s, (int)(s.n - at)));
}

/* A piece for each bit of the mask of the bytes from `at` on, the first of them
 * from *start; returns the next free one. */
static inline dsc_str *cut(uint64_t mask, dsc_str s, int64_t at, int64_t *start, dsc_str *piece)
{
    if (mask == 0)
        return piece;
    dsc_str *end = piece + bit_count(mask);
    int64_t from = *start;
    *start = at + 64 - __builtin_clzll(mask);
    do {
        for (int i = 0; i < STRIDE; i++) {
            int64_t to = at + lowest(mask);
            piece[i] = (dsc_str){s.p + from, to - from};
            from = to + 1;
            mask &= mask - 1;
        }
        piece += STRIDE;
    } while (mask);
    return end;
}

static dsc_list split_byte(dsc_task *task, dsc_str s, char sep)
{
    const Matter matter = {false, sep};
    int64_t most = 1 + (s.n <= SHORT ? s.n : count_byte(s, sep)), at = 0, start = 0;
    dsc_str *pieces = dsc_alloc(task, (most + STRIDE) * (int64_t)sizeof *pieces), *piece = pieces;
    for (; s.n - at >= 64; at += 64)
        piece = cut(mask_of_64(matter, s.p + at), s, at, &start, piece);
    piece = cut(mask_of_last(matter, s, (int)(s.n - at)), s, at, &start, piece);
    *piece++ = (dsc_str){s.p + start, s.n - start};
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

/* ---- words ---- */

/* The place of each bit of the mask of the bytes from `at` on, sixteen bytes
 * apart from *place on: every other number of a list of strings. */
static inline void put_places(uint64_t mask, int64_t at, int64_t **place)
{
    if (mask == 0)
        return;
    int64_t *p = *place;
    *place += 2 * bit_count(mask);
    do {
        for (int i = 0; i < STRIDE; i++) {
            p[2 * i] = at + lowest(mask);
            mask &= mask - 1;
        }
        p += 2 * STRIDE;
    } while (mask);
}

/* Where words begin and where the first blank behind each is: the edges between blank and not blank. */
typedef struct Edges {
    int64_t *begin, *end;         /* the next ones */
    uint64_t blank;               /* 1 when the byte before was a blank */
} Edges;

static inline void put_edges(Edges *edges, uint64_t blanks, int64_t at, int n)
{
    uint64_t all = ~(uint64_t)0 >> (64 - n), before = blanks << 1 | edges->blank;
    put_places(~blanks & before & all, at, &edges->begin);
    put_places(blanks & ~before & all, at, &edges->end);
    edges->blank = blanks >> (n - 1) & 1;
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
    const Matter matter = {true, 0};
    int64_t most = s.n <= SHORT ? (s.n + 1) / 2 : count_words(s), at = 0;
    int64_t *places = dsc_alloc(task, (most + STRIDE) * (int64_t)sizeof(dsc_str));
    Edges edges = {places, places + 1, 1};
    for (; s.n - at >= 64; at += 64)
        put_edges(&edges, mask_of_64(matter, s.p + at), at, 64);
    if (at < s.n)
        put_edges(&edges, mask_of_last(matter, s, (int)(s.n - at)), at, (int)(s.n - at));
    if (!edges.blank)
        *edges.end = s.n;
    int64_t n = (edges.begin - places) / 2;
    dsc_str *words = (dsc_str *)(void *)places;
    for (int64_t i = 0; i < n; i++) {
        int64_t begin = places[2 * i], end = places[2 * i + 1];
        words[i] = (dsc_str){s.p + begin, end - begin};
    }
    return (dsc_list){words, n};
}

/* ---- lines and characters ---- */

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
