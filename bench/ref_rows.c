/* ref_rows.c: rows.ds as an engineer would write it by hand, to measure dsc against.
 *
 *     ref_rows FILE THREADS
 *
 * Reads lines `key;12.3`, writes "(key,lowest,highest,sum,number)" a line, in the order in which keys
 * are first seen. It knows that values are not negative and have one digit behind the point, so it
 * counts in tenths; and that there are no quotes.
 *
 * The file is mapped and cut into one part a thread, at line ends. Keys up to 16 bytes are held in the
 * slot of the table as two numbers, which are both key and input of the hash. The parts' tables are put
 * together in their order, and so are the keys first seen in each. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
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

typedef struct Slot {
    uint64_t lo, hi;              /* n <= 16: the bytes, zero filled; else the hash */
    const char *key;
    int64_t sum, count;           /* count 0: free */
    int32_t low, high;
    uint32_t n, order;
} Slot;

typedef struct Table {
    Slot *slots;
    uint64_t mask;
    uint32_t n;
} Table;

typedef struct Part {
    const char *start, *end, *file_end;
    Table table;
} Part;

static void *must_alloc(size_t n)
{
    void *p = calloc(1, n);
    if (!p) {
        perror("ref_rows");
        exit(1);
    }
    return p;
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

/* The key's two numbers; 16 bytes can be read. */
static inline void take_key(Slot *row, const char *end)
{
    uint32_t n = row->n;
    if (n > 16) {
        uint64_t h = n;
        for (uint32_t i = 0; i + 16 < n; i += 16)
            h = mix(load(row->key + i) ^ h, load(row->key + i + 8));
        row->lo = mix(load(end - 16) ^ h, load(end - 8));
        row->hi = ~row->lo;
        return;
    }
    row->lo = load(row->key);
    row->hi = load(row->key + 8);
    if (n < 8)
        row->lo &= ((uint64_t)1 << 8 * n) - 1;
    row->hi = n <= 8 ? 0 : n < 16 ? row->hi & (((uint64_t)1 << 8 * (n - 8)) - 1) : row->hi;
}

static void grow(Table *t)
{
    Slot *old = t->slots;
    uint64_t old_size = old ? t->mask + 1 : 0;
    t->mask = old ? old_size * 2 - 1 : ((uint64_t)1 << 15) - 1;
    t->slots = must_alloc((t->mask + 1) * sizeof *t->slots);
    for (uint64_t i = 0; i < old_size; i++) {
        if (old[i].count == 0)
            continue;
        uint64_t at = mix(old[i].lo, old[i].hi) & t->mask;
        while (t->slots[at].count)
            at = (at + 1) & t->mask;
        t->slots[at] = old[i];
    }
    free(old);
}

static inline void add(Table *t, const Slot *row)
{
    for (uint64_t at = mix(row->lo, row->hi) & t->mask;; at = (at + 1) & t->mask) {
        Slot *s = &t->slots[at];
        if (s->count == 0) {
            *s = *row;
            s->order = t->n++;
            if (t->n * 2 > t->mask)
                grow(t);
            return;
        }
        if (s->lo == row->lo && s->hi == row->hi && s->n == row->n && (row->n <= 16 || memcmp(s->key, row->key, row->n) == 0)) {
            s->sum += row->sum;
            s->count += row->count;
            s->low = row->low < s->low ? row->low : s->low;
            s->high = row->high > s->high ? row->high : s->high;
            return;
        }
    }
}

static inline const char *find(const char *p, const char *end, char c)
{
#ifdef __SSE2__
    for (; end - p >= 16; p += 16) {
        int found = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)p), _mm_set1_epi8(c)));
        if (found)
            return p + __builtin_ctz((unsigned)found);
    }
#endif
    while (p < end && *p != c)
        p++;
    return p;
}

/* The last 32 bytes of the file are read from a copy with room behind it. */
static void read_rows(Table *t, const char *p, const char *end)
{
    while (p < end) {
        const char *stop = find(p, end, ';');
        Slot row = {.key = p, .n = (uint32_t)(stop - p), .count = 1};
        take_key(&row, stop);
        int32_t tenths = 0;
        for (p = stop + 1; p < end && *p != '\n'; p++)
            if (*p != '.')
                tenths = tenths * 10 + (*p - '0');
        p++;
        row.sum = row.low = row.high = tenths;
        add(t, &row);
    }
}

static void *run(void *arg)
{
    enum { TAIL = 256 };
    Part *part = arg;
    grow(&part->table);
    const char *cut = part->end;
    if (part->file_end - part->end < TAIL) {
        cut = part->end - part->start > TAIL ? part->end - TAIL : part->start;
        while (cut > part->start && cut[-1] != '\n')
            cut--;
    }
    read_rows(&part->table, part->start, cut);
    size_t n = (size_t)(part->end - cut);
    char *copy = must_alloc(n + 32);
    memcpy(copy, cut, n);
    read_rows(&part->table, copy, copy + n);
    return NULL;
}

static int by_order(const void *a, const void *b)
{
    const Slot *x = a, *y = b;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* The used slots, in order, at the table's beginning. */
static void put_in_order(Table *t)
{
    uint32_t n = 0;
    for (uint64_t i = 0; i <= t->mask; i++)
        if (t->slots[i].count)
            t->slots[n++] = t->slots[i];
    qsort(t->slots, n, sizeof *t->slots, by_order);
}

int main(int argc, char **argv)
{
    int n = argc == 3 ? atoi(argv[2]) : 0, fd = n > 0 ? open(argv[1], O_RDONLY) : -1;
    struct stat st;
    if (n < 1 || n > MOST_THREADS || fd < 0 || fstat(fd, &st) != 0 || st.st_size == 0) {
        fprintf(stderr, "usage: ref_rows FILE THREADS\n");
        return 2;
    }
    size_t size = (size_t)st.st_size;
    const char *text = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (text == MAP_FAILED) {
        perror(argv[1]);
        return 1;
    }
    Part parts[MOST_THREADS] = {0};
    pthread_t threads[MOST_THREADS];
    const char *start = text, *end = text + size;
    for (int i = 0; i < n; i++) {
        const char *stop = i == n - 1 ? end : text + size / (size_t)n * (size_t)(i + 1);
        while (stop < end && stop[-1] != '\n')
            stop++;
        parts[i] = (Part){.start = start, .end = stop, .file_end = end};
        start = stop;
        if (pthread_create(&threads[i], NULL, run, &parts[i]) != 0)
            return 1;
    }
    for (int i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    Table *all = &parts[0].table;
    for (int i = 1; i < n; i++) {
        put_in_order(&parts[i].table);
        for (uint32_t j = 0; j < parts[i].table.n; j++)
            add(all, &parts[i].table.slots[j]);
    }
    put_in_order(all);
    for (uint32_t i = 0; i < all->n; i++) {
        const Slot *s = &all->slots[i];
        printf("(%.*s,%d.%d,%d.%d,%lld.%d,%lld)\n", (int)s->n, s->key, s->low / 10, s->low % 10, s->high / 10, s->high % 10,
               (long long)(s->sum / 10), (int)(s->sum % 10), (long long)s->count);
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
