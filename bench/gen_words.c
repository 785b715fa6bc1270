/* gen_words.c: text for word counting: lines of about 100 bytes of words that
 * are as unequally frequent as in real text (Zipf: the k-th word has weight 1/k).
 *
 *     gen_words FILE MEGABYTES [DISTINCT] [LONG]
 *
 * DISTINCT words (100000), of which LONG percent (0) have more than 16 letters.
 * The same arguments give the same bytes on every machine. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LETTERS = 28, LINE = 92, BLOCK = 1 << 20 };

typedef struct Word {
    uint8_t n;                    /* letters, and then a blank */
    char text[MOST_LETTERS + 3];
} Word;

/* Alias method: column i gives i when the low bits are below `limit`, else `other`. */
typedef struct Column {
    uint32_t limit, other;
} Column;

static uint64_t state = 0x2545f4914f6cdd1d;

/* xorshift64*, whose high bits are the good ones. */
static uint64_t next_random(void)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 0x2545f4914f6cdd1d;
}

static uint32_t below(uint32_t n)
{
    return (uint32_t)((next_random() >> 32) * n >> 32);
}

static void *must_alloc(size_t n)
{
    void *p = calloc(1, n);
    if (!p) {
        fprintf(stderr, "gen_words: no memory\n");
        exit(1);
    }
    return p;
}

/* Frequent words are short; a number in syllables makes each word unique. */
static void make_word(Word *word, uint32_t rank, bool is_long)
{
    static const char consonants[] = "bcdfghjklmnprstvwz", vowels[] = "aeiou";
    char *p = word->text;
    uint32_t number = rank;
    do {
        *p++ = consonants[number % 18];
        number /= 18;
        *p++ = vowels[number % 5];
        number /= 5;
    } while (number > 0);
    uint32_t more = is_long ? 17 - (uint32_t)(p - word->text) + below(11) : below(rank < 100 ? 2 : 5);
    *p++ = 'x';                   /* no syllable has it: it ends the number */
    for (uint32_t i = 1; i < more; i++)
        *p++ = (char)('a' + below(23));
    word->n = (uint8_t)(p - word->text);
    *p = ' ';
}

static Column *make_columns(uint32_t n)
{
    Column *columns = must_alloc(n * sizeof *columns);
    double *share = must_alloc(n * sizeof *share), sum = 0;
    uint32_t *small = must_alloc(n * sizeof *small), *large = must_alloc(n * sizeof *large);
    uint32_t smalls = 0, larges = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += 1.0 / (i + 1);
    for (uint32_t i = 0; i < n; i++) {
        share[i] = 1.0 / (i + 1) / sum * n;
        if (share[i] < 1)
            small[smalls++] = i;
        else
            large[larges++] = i;
    }
    while (smalls > 0 && larges > 0) {
        uint32_t s = small[--smalls], l = large[larges - 1];
        columns[s] = (Column){(uint32_t)(share[s] * UINT32_MAX), l};
        share[l] -= 1 - share[s];
        if (share[l] < 1)
            small[smalls++] = large[--larges];
    }
    while (larges > 0)
        columns[large[--larges]] = (Column){UINT32_MAX, 0};
    while (smalls > 0)
        columns[small[--smalls]] = (Column){UINT32_MAX, 0};
    free(share);
    free(small);
    free(large);
    return columns;
}

static const Word *next_word(const Word *words, const Column *columns, uint32_t n)
{
    uint64_t random = next_random();
    uint32_t i = (uint32_t)((random >> 32) * n >> 32);
    return &words[(uint32_t)random <= columns[i].limit ? i : columns[i].other];
}

int main(int argc, char **argv)
{
    if (argc < 3 || argc > 5) {
        fprintf(stderr, "usage: gen_words FILE MEGABYTES [DISTINCT] [LONG]\n");
        return 2;
    }
    int64_t left = atoll(argv[2]) * 1000000;
    uint32_t n = argc > 3 ? (uint32_t)atol(argv[3]) : 100000, percent = argc > 4 ? (uint32_t)atol(argv[4]) : 0;
    FILE *out = fopen(argv[1], "wb");
    if (!out || n == 0 || n > 1 << 28) {
        fprintf(stderr, "gen_words: cannot write %s, or no sensible number of words\n", argv[1]);
        return 1;
    }
    Word *words = must_alloc(n * sizeof *words);
    for (uint32_t i = 0; i < n; i++)
        make_word(&words[i], i, below(100) < percent);
    Column *columns = make_columns(n);
    char *block = must_alloc(BLOCK + LINE + 2 * sizeof *words);
    bool ok = true;
    while (left > 0 && ok) {
        char *p = block, *line = block;
        while (p - block < BLOCK && p - block < left) {
            const Word *word = next_word(words, columns, n);
            memcpy(p, word->text, sizeof word->text);
            p += word->n + 1;
            if (p - line > LINE) {
                p[-1] = '\n';
                line = p;
            }
        }
        p[-1] = '\n';
        ok = fwrite(block, 1, (size_t)(p - block), out) == (size_t)(p - block);
        left -= p - block;
    }
    if (fclose(out) != 0 || !ok) {
        fprintf(stderr, "gen_words: cannot write %s\n", argv[1]);
        return 1;
    }
    free(block);
    free(columns);
    free(words);
    return 0;
}
