/* ref_wordcount.c: the word count that an engineer would write by hand, to measure dsc against.
 *
 *     ref_wordcount FILE THREADS
 *
 * Writes "(word,count)" a line, in the order in which words are first seen.
 * Words end at blanks and line ends, as split(" ") of each line has them;
 * delimiters are found 64 bytes at a time. */
#define _GNU_SOURCE
#include <stdint.h>

typedef int64_t Acc;              /* how often */

static inline void merge(Acc *a, const Acc *b) { *a += *b; }

#include "ref.h"

static inline void add_words(Table *t, const Key *words, int n)
{
    const Acc one = 1;
    for (int i = 0; i < n; i++)
        add(t, &words[i], &one);
}

static inline uint64_t delimiters(const char *p)
{
    uint64_t mask = 0;
#ifdef __SSE2__
    const __m128i blank = _mm_set1_epi8(' '), line_end = _mm_set1_epi8('\n');
    for (int i = 0; i < 4; i++) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i));
        __m128i found = _mm_or_si128(_mm_cmpeq_epi8(bytes, blank), _mm_cmpeq_epi8(bytes, line_end));
        mask |= (uint64_t)(unsigned)_mm_movemask_epi8(found) << 16 * i;
    }
#else
    for (int i = 0; i < 64; i++)
        mask |= (uint64_t)(p[i] == ' ' || p[i] == '\n') << i;
#endif
    return mask;
}

static void count_words(Table *t, const char *p, const char *end)
{
    const char *start = p;
    Key words[2][64];
    int n[2] = {0, 0}, turn = 0;
    for (; p < end; p += 64) {
        Key *word = words[turn];
        uint64_t mask = delimiters(p);
        if (end - p < 64)
            mask &= ((uint64_t)1 << (end - p)) - 1;
        for (; mask; mask &= mask - 1) {
            const char *at = p + __builtin_ctzll(mask);
            *word++ = take(t, start, (uint32_t)(at - start));
            start = at + 1;
        }
        n[turn] = (int)(word - words[turn]);
        turn = !turn;
        add_words(t, words[turn], n[turn]);
    }
    add_words(t, words[!turn], n[!turn]);
}

static void write_count(const Slot *s)
{
    put_char('(');
    put_text(key_text(s), s->n);
    put_char(',');
    put_number((uint64_t)s->acc);
    put_text(")\n", 2);
}

int main(int argc, char **argv)
{
    return argc == 3 ? reference(argv[1], atoi(argv[2]), count_words, write_count) : 2;
}
