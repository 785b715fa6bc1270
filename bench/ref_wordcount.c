/* ref_wordcount.c: the word count that an engineer would write by hand, to measure dsc against.
 *
 *     ref_wordcount FILE THREADS
 *
 * Writes "(word,count)" a line, in the order in which words are first seen.
 * Words end at blanks and line ends, as split(" ") of each line has them.
 *
 * The file is mapped and cut into one part a thread, at line ends. Delimiters
 * are found 64 bytes at a time. Words up to 16 bytes are held in the slot of
 * the table as two numbers, which are both key and input of the hash; longer
 * ones as pointer and hash. The parts' tables are put together in their order,
 * and so are the words first seen in each. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { MOST_THREADS = 64 };

/* n <= 16: the bytes in lo, hi, zero filled. Else lo is their address and hi their hash. */
typedef struct Slot {
    uint64_t lo, hi;
    int64_t count;                /* 0: free */
    uint32_t n, order;
} Slot;

typedef struct Table {
    Slot *slots;
    uint64_t mask;
    uint32_t n;
} Table;

typedef struct Part {
    const char *start, *end;
    Table table;
} Part;

static void *must_alloc(size_t n)
{
    void *p = calloc(1, n);
    if (!p) {
        perror("ref_wordcount");
        exit(1);
    }
    return p;
}

/* Free slots, on huge pages where there are any: most words cost a look-up in these. */
static Slot *must_alloc_slots(size_t n)
{
    size_t bytes = n * sizeof(Slot);
    Slot *slots = aligned_alloc((size_t)2 << 20, bytes);
    if (!slots) {
        perror("ref_wordcount");
        exit(1);
    }
    madvise(slots, bytes, MADV_HUGEPAGE);
    return memset(slots, 0, bytes);
}

static inline uint64_t mix(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 Wide;
    Wide product = (Wide)(a ^ 0xa0761d6478bd642f) * (b ^ 0xe7037ed1a0b428db);
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t load(const char *p)
{
    uint64_t x;
    memcpy(&x, p, sizeof x);
    return x;
}

static uint64_t hash_long(const char *p, uint32_t n)
{
    uint64_t h = n;
    for (uint32_t i = 0; i + 16 < n; i += 16)
        h = mix(load(p + i) ^ h, load(p + i + 8));
    return mix(load(p + n - 16) ^ h, load(p + n - 8));
}

static uint64_t hash_of(const Slot *s)
{
    return s->n > 16 ? s->hi : mix(s->lo, s->hi);
}

static void grow(Table *t)
{
    Slot *old = t->slots;
    uint64_t old_size = old ? t->mask + 1 : 0;
    t->mask = old ? old_size * 2 - 1 : ((uint64_t)1 << 16) - 1;
    t->slots = must_alloc_slots(t->mask + 1);
    for (uint64_t i = 0; i < old_size; i++) {
        if (old[i].count == 0)
            continue;
        uint64_t at = hash_of(&old[i]) & t->mask;
        while (t->slots[at].count)
            at = (at + 1) & t->mask;
        t->slots[at] = old[i];
    }
    free(old);
}

/* `at`: the hash. */
static inline void add(Table *t, uint64_t at, uint64_t lo, uint64_t hi, uint32_t n, int64_t count)
{
    for (at &= t->mask;; at = (at + 1) & t->mask) {
        Slot *s = &t->slots[at];
        if (s->n == n && s->hi == hi && s->count
            && (s->lo == lo || (n > 16 && memcmp((const char *)s->lo, (const char *)lo, n) == 0))) {
            s->count += count;
            return;
        }
        if (s->count == 0) {
            *s = (Slot){lo, hi, count, n, t->n++};
            if (t->n * 2 > t->mask)
                grow(t);
            return;
        }
    }
}

/* A word on its way to the table: its slot is being fetched. */
typedef struct Word {
    uint64_t hash, lo, hi;
    uint32_t n;
} Word;

/* Takes a word of which 16 bytes can be read. */
static inline Word take(const Table *t, const char *p, uint32_t n)
{
    static const uint64_t masks[17][2] = {
        {0, 0}, {0xff, 0}, {0xffff, 0}, {0xffffff, 0}, {0xffffffff, 0}, {0xffffffffff, 0},
        {0xffffffffffff, 0}, {0xffffffffffffff, 0}, {UINT64_MAX, 0}, {UINT64_MAX, 0xff},
        {UINT64_MAX, 0xffff}, {UINT64_MAX, 0xffffff}, {UINT64_MAX, 0xffffffff}, {UINT64_MAX, 0xffffffffff},
        {UINT64_MAX, 0xffffffffffff}, {UINT64_MAX, 0xffffffffffffff}, {UINT64_MAX, UINT64_MAX}};
    Word word = {.n = n};
    if (n <= 16) {
        word.lo = load(p) & masks[n][0];
        word.hi = load(p + 8) & masks[n][1];
        word.hash = mix(word.lo, word.hi);
    } else {
        word.lo = (uint64_t)(uintptr_t)p;
        word.hash = word.hi = hash_long(p, n);
    }
    __builtin_prefetch(&t->slots[word.hash & t->mask]);
    return word;
}

static inline void add_words(Table *t, const Word *words, int n)
{
    for (int i = 0; i < n; i++)
        add(t, words[i].hash, words[i].lo, words[i].hi, words[i].n, 1);
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

static void *count_part(void *arg)
{
    Part *part = arg;
    Table table = {NULL, 0, 0};
    grow(&table);
    const char *p = part->start, *start = p;
    Word words[2][64];
    int n[2] = {0, 0}, turn = 0;
    for (; part->end - p >= 64 + 16; p += 64) {
        Word *word = words[turn];
        for (uint64_t mask = delimiters(p); mask; mask &= mask - 1) {
            const char *at = p + __builtin_ctzll(mask);
            *word++ = take(&table, start, (uint32_t)(at - start));
            start = at + 1;
        }
        n[turn] = (int)(word - words[turn]);
        turn = !turn;
        add_words(&table, words[turn], n[turn]);
    }
    add_words(&table, words[!turn], n[!turn]);
    for (; p < part->end; p++) {
        if (*p != ' ' && *p != '\n')
            continue;
        char last[16] = {0};
        uint32_t bytes = (uint32_t)(p - start);
        if (bytes <= 16)
            memcpy(last, start, bytes);
        Word word = take(&table, bytes <= 16 ? last : start, bytes);
        add_words(&table, &word, 1);
        start = p + 1;
    }
    part->table = table;
    return NULL;
}

/* The words of a table in the order in which they were first seen. */
static const Slot **in_order(const Table *t)
{
    const Slot **order = must_alloc((t->n + 1) * sizeof *order);
    for (uint64_t i = 0; i <= t->mask; i++) {
        if (t->slots[i].count)
            order[t->slots[i].order] = &t->slots[i];
    }
    return order;
}

static void write_table(const Table *t)
{
    const Slot **order = in_order(t);
    for (uint32_t i = 0; i < t->n; i++) {
        const Slot *s = order[i];
        putchar_unlocked('(');
        fwrite_unlocked(s->n > 16 ? (const char *)(uintptr_t)s->lo : (const char *)s, 1, s->n, stdout);
        char text[24], *end = text + sizeof text, *p = end;
        *--p = '\n';
        *--p = ')';
        for (int64_t x = s->count; x > 0; x /= 10)
            *--p = (char)('0' + x % 10);
        *--p = ',';
        fwrite_unlocked(p, 1, (size_t)(end - p), stdout);
    }
    free(order);
}

int main(int argc, char **argv)
{
    int threads = argc == 3 ? atoi(argv[2]) : 0;
    if (threads < 1 || threads > MOST_THREADS) {
        fprintf(stderr, "usage: ref_wordcount FILE THREADS\n");
        return 2;
    }
    struct stat info;
    int fd = open(argv[1], O_RDONLY);
    if (fd < 0 || fstat(fd, &info) != 0 || info.st_size == 0) {
        fprintf(stderr, "ref_wordcount: cannot read %s, or it is empty\n", argv[1]);
        return 1;
    }
    size_t size = (size_t)info.st_size;
    const char *text = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (text == MAP_FAILED || text[size - 1] != '\n') {
        fprintf(stderr, "ref_wordcount: cannot map %s, or it does not end with a line end\n", argv[1]);
        return 1;
    }
    Part parts[MOST_THREADS];
    pthread_t ids[MOST_THREADS];
    const char *end = text + size, *start = text;
    for (int i = 0; i < threads; i++) {
        const char *cut = text + size / (size_t)threads * (size_t)(i + 1);
        cut = i == threads - 1 ? end : cut < start ? start : (const char *)memchr(cut, '\n', (size_t)(end - cut)) + 1;
        parts[i] = (Part){.start = start, .end = cut};
        start = cut;
        if (i < threads - 1 && pthread_create(&ids[i], NULL, count_part, &parts[i]) != 0)
            return 1;
    }
    count_part(&parts[threads - 1]);
    for (int i = 0; i < threads; i++) {
        if (i < threads - 1)
            pthread_join(ids[i], NULL);
        if (i == 0)
            continue;
        if (i == threads - 1)
            for (int k = 1; k < threads; k++) {
                const Slot **order = in_order(&parts[k].table);
                for (uint32_t w = 0; w < parts[k].table.n; w++)
                    add(&parts[0].table, hash_of(order[w]), order[w]->lo, order[w]->hi, order[w]->n, order[w]->count);
                free(order);
            }
    }
    write_table(&parts[0].table);
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
