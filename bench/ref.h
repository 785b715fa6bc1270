/* ref.h: what the hand-written references share. Before it is included, a program defines Acc, what
 * is held for a key, and merge().
 *
 * The file is mapped and cut into one part a thread, at line ends. Keys up to 16 bytes are held in the
 * slot of an open table as two numbers, which are both key and input of the hash; of longer ones the
 * slot holds pointer and hash. Slots lie on huge pages and are fetched ahead. The parts' tables are put
 * together in their order, and so are the keys first seen in each. Nothing knows the keys beforehand. */
#ifndef BENCH_REF_H
#define BENCH_REF_H

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

enum { MOST_THREADS = 64, BEHIND = 4096 };   /* BEHIND: bytes after a file that may be read */

typedef struct Slot {
    uint64_t lo, hi;              /* n <= 16: the bytes, zero filled; else their address and hash */
    uint32_t n, order;            /* order: as the key was first seen, from 1; 0: free */
    Acc acc;
} Slot;

typedef struct Table {
    Slot *slots;
    uint64_t mask;
    uint32_t n;
} Table;

/* A key on its way to the table: its slot is being fetched. */
typedef struct Key {
    uint64_t hash, lo, hi;
    uint32_t n;
} Key;

typedef struct Part {
    const char *start, *end;
    void (*read)(Table *t, const char *p, const char *end);
    Table table;
} Part;

static inline void *must(void *p)
{
    if (!p) {
        perror("no memory");
        exit(1);
    }
    return p;
}

/* ---- keys ------------------------------------------------------------------------------- */

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

static inline uint64_t hash_long(const char *p, uint32_t n)
{
    uint64_t h = n;
    for (uint32_t i = 0; i + 16 < n; i += 16)
        h = mix(load(p + i) ^ h, load(p + i + 8));
    return mix(load(p + n - 16) ^ h, load(p + n - 8));
}

/* The n bytes at p as a key. */
static inline Key take(const Table *t, const char *p, uint32_t n)
{
    static const uint64_t masks[17][2] = {
        {0, 0}, {0xff, 0}, {0xffff, 0}, {0xffffff, 0}, {0xffffffff, 0}, {0xffffffffff, 0},
        {0xffffffffffff, 0}, {0xffffffffffffff, 0}, {UINT64_MAX, 0}, {UINT64_MAX, 0xff},
        {UINT64_MAX, 0xffff}, {UINT64_MAX, 0xffffff}, {UINT64_MAX, 0xffffffff}, {UINT64_MAX, 0xffffffffff},
        {UINT64_MAX, 0xffffffffffff}, {UINT64_MAX, 0xffffffffffffff}, {UINT64_MAX, UINT64_MAX}};
    Key key = {.n = n};
    if (n <= 16) {
        key.lo = load(p) & masks[n][0];
        key.hi = load(p + 8) & masks[n][1];
        key.hash = mix(key.lo, key.hi);
    } else {
        key.lo = (uint64_t)(uintptr_t)p;
        key.hash = key.hi = hash_long(p, n);
    }
    __builtin_prefetch(&t->slots[key.hash & t->mask]);
    return key;
}

/* The bytes of a slot's key. */
static inline const char *key_text(const Slot *s) { return s->n > 16 ? (const char *)(uintptr_t)s->lo : (const char *)s; }

static inline uint64_t slot_hash(const Slot *s) { return s->n > 16 ? s->hi : mix(s->lo, s->hi); }

/* ---- tables ------------------------------------------------------------------------------ */

static inline void grow(Table *t)
{
    Slot *old = t->slots;
    uint64_t old_size = old ? t->mask + 1 : 0;
    t->mask = old ? old_size * 2 - 1 : ((uint64_t)1 << 16) - 1;
    size_t bytes = (t->mask + 1) * sizeof(Slot);
    t->slots = must(aligned_alloc((size_t)2 << 20, (bytes + ((2 << 20) - 1)) & ~(size_t)((2 << 20) - 1)));
    madvise(t->slots, bytes, MADV_HUGEPAGE);
    memset(t->slots, 0, bytes);
    for (uint64_t i = 0; i < old_size; i++) {
        if (old[i].order == 0)
            continue;
        uint64_t at = slot_hash(&old[i]) & t->mask;
        while (t->slots[at].order)
            at = (at + 1) & t->mask;
        t->slots[at] = old[i];
    }
    free(old);
}

/* The slot of a key, or the free one where it belongs. */
static inline Slot *find_slot(const Table *t, const Key *key)
{
    for (uint64_t at = key->hash & t->mask;; at = (at + 1) & t->mask) {
        Slot *s = &t->slots[at];
        if (s->n == key->n && s->hi == key->hi && s->order
            && (s->lo == key->lo || (s->n > 16 && memcmp((const char *)s->lo, (const char *)key->lo, s->n) == 0)))
            return s;
        if (s->order == 0)
            return s;
    }
}

static inline void add(Table *t, const Key *key, const Acc *acc)
{
    Slot *s = find_slot(t, key);
    if (s->order) {
        merge(&s->acc, acc);
        return;
    }
    *s = (Slot){key->lo, key->hi, key->n, ++t->n, *acc};
    if (t->n * 2 > t->mask)
        grow(t);
}

/* The slots of a table in the order in which their keys were first seen. */
static inline const Slot **in_order(const Table *t)
{
    const Slot **order = must(malloc((t->n + 1) * sizeof *order));
    for (uint64_t i = 0; i <= t->mask; i++)
        if (t->slots[i].order)
            order[t->slots[i].order - 1] = &t->slots[i];
    return order;
}

/* ---- text -------------------------------------------------------------------------------- */

/* Where the first c stands, which is there. */
static inline const char *find(const char *p, char c)
{
#ifdef __SSE2__
    for (;; p += 16) {
        int found = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)p), _mm_set1_epi8(c)));
        if (found)
            return p + __builtin_ctz((unsigned)found);
    }
#else
    while (*p != c)
        p++;
    return p;
#endif
}

static inline void put_char(char c) { putchar_unlocked(c); }
static inline void put_text(const char *p, size_t n) { fwrite_unlocked(p, 1, n, stdout); }

static inline void put_number(uint64_t x)
{
    char text[20], *end = text + sizeof text, *p = end;
    do
        *--p = (char)('0' + x % 10);
    while (x /= 10);
    put_text(p, (size_t)(end - p));
}

/* A file, behind which BEHIND bytes can be read. */
static inline const char *map_file(const char *path, size_t *size)
{
    struct stat info;
    int fd = open(path, O_RDONLY);
    if (fd < 0 || fstat(fd, &info) != 0 || info.st_size == 0) {
        fprintf(stderr, "cannot read %s, or it is empty\n", path);
        exit(1);
    }
    *size = (size_t)info.st_size;
    char *room = mmap(NULL, *size + 2 * BEHIND, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED || mmap(room, *size, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) == MAP_FAILED || room[*size - 1] != '\n') {
        fprintf(stderr, "cannot map %s, or it does not end with a line end\n", path);
        exit(1);
    }
    close(fd);
    return room;
}

/* ---- running ------------------------------------------------------------------------------- */

static inline void *run_part(void *arg)
{
    Part *part = arg;
    grow(&part->table);
    part->read(&part->table, part->start, part->end);
    return NULL;
}

/* Read whole lines of a file on so many threads, and write what was made of each key. */
static inline int reference(const char *path, int n, void (*read)(Table *t, const char *p, const char *end), void (*write)(const Slot *s))
{
    if (n < 1 || n > MOST_THREADS)
        return 2;
    size_t size;
    const char *start = map_file(path, &size), *end = start + size;
    static Part parts[MOST_THREADS];
    pthread_t threads[MOST_THREADS];
    for (int i = 0; i < n; i++) {
        const char *stop = i == n - 1 ? end : end - size / (size_t)n * (size_t)(n - 1 - i);
        if (stop < start)
            stop = start;
        while (stop < end && stop > start && stop[-1] != '\n')
            stop++;
        parts[i] = (Part){.start = start, .end = stop, .read = read};
        start = stop;
        if (i < n - 1 && pthread_create(&threads[i], NULL, run_part, &parts[i]) != 0)
            return 1;
    }
    run_part(&parts[n - 1]);
    Table *all = &parts[0].table;
    for (int i = 0; i < n - 1; i++)
        pthread_join(threads[i], NULL);
    for (int i = 1; i < n; i++) {
        const Slot **order = in_order(&parts[i].table);
        for (uint32_t k = 0; k < parts[i].table.n; k++)
            add(all, &(Key){slot_hash(order[k]), order[k]->lo, order[k]->hi, order[k]->n}, &order[k]->acc);
        free(order);
    }
    const Slot **order = in_order(all);
    for (uint32_t k = 0; k < all->n; k++)
        write(order[k]);
    free(order);
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}

#endif
