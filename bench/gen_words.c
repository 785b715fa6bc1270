/* gen_words.c: text for word counting: lines of about 100 bytes of words that
 * are as unequally frequent as in real text (Zipf: the k-th word has weight 1/k).
 *
 *     gen_words FILE MEGABYTES [DISTINCT] [LONG]
 *
 * DISTINCT words (100000), of which LONG percent (0) have more than 16 letters. */
#include "gen.h"

enum { MOST_LETTERS = 28, LINE = 92 };

typedef struct Word {
    uint8_t n;                    /* letters, and then a blank */
    char text[MOST_LETTERS + 3];
} Word;

/* Alias method: column i gives i when the low bits are below `limit`, else `other`. */
typedef struct Column {
    uint32_t limit, other;
} Column;

static uint32_t n_words;
static Word *words;
static Column *columns;

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
    uint32_t more = is_long ? 17 - (uint32_t)(p - word->text) + gen_below(11) : gen_below(rank < 100 ? 2 : 5);
    *p++ = 'x';                   /* no syllable has it: it ends the number */
    for (uint32_t i = 1; i < more; i++)
        *p++ = (char)('a' + gen_below(23));
    word->n = (uint8_t)(p - word->text);
    *p = ' ';
}

static Column *make_columns(uint32_t n)
{
    Column *columns = gen_alloc(n * sizeof *columns);
    double *share = gen_alloc(n * sizeof *share), sum = 0;
    uint32_t *small = gen_alloc(n * sizeof *small), *large = gen_alloc(n * sizeof *large);
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

static const Word *next_word(void)
{
    uint64_t random = gen_random();
    uint32_t i = (uint32_t)((random >> 32) * n_words >> 32);
    return &words[(uint32_t)random <= columns[i].limit ? i : columns[i].other];
}

static char *write_line(char *p)
{
    for (char *line = p; p - line <= LINE;) {
        const Word *word = next_word();
        memcpy(p, word->text, sizeof word->text);
        p += word->n + 1;
    }
    p[-1] = '\n';
    return p;
}

int main(int argc, char **argv)
{
    n_words = argc > 3 ? (uint32_t)atol(argv[3]) : 100000;
    uint32_t percent = argc > 4 ? (uint32_t)atol(argv[4]) : 0;
    int megabytes = argc > 2 ? atoi(argv[2]) : 0;
    if (megabytes < 1 || n_words < 1 || n_words > 1 << 28) {
        fprintf(stderr, "usage: gen_words FILE MEGABYTES [DISTINCT] [LONG]\n");
        return 2;
    }
    words = gen_alloc(n_words * sizeof *words);
    for (uint32_t i = 0; i < n_words; i++)
        make_word(&words[i], i, gen_below(100) < percent);
    columns = make_columns(n_words);
    return gen_file(argv[1], megabytes, write_line);
}
