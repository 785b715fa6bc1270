/* gen.h: what the makers of inputs share. The same arguments give the same bytes on every machine. */
#ifndef BENCH_GEN_H
#define BENCH_GEN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GEN_BLOCK = 1 << 20, GEN_ROOM = 1 << 12 };   /* bytes of a block, and what one call may write behind them */

static uint64_t gen_state = 0x2545f4914f6cdd1d;

/* xorshift64*, whose high bits are the good ones. */
static inline uint64_t gen_random(void)
{
    gen_state ^= gen_state >> 12;
    gen_state ^= gen_state << 25;
    gen_state ^= gen_state >> 27;
    return gen_state * 0x2545f4914f6cdd1d;
}

static inline uint32_t gen_below(uint32_t n) { return (uint32_t)((gen_random() >> 32) * n >> 32); }

static inline void *gen_alloc(size_t n)
{
    void *p = calloc(1, n);
    if (!p) {
        perror("no memory");
        exit(1);
    }
    return p;
}

static inline char *gen_put(char *p, const char *text, size_t n) { return (char *)memcpy(p, text, n) + n; }

static inline char *gen_put_number(char *p, uint64_t x)
{
    char text[20], *end = text + sizeof text, *at = end;
    do
        *--at = (char)('0' + x % 10);
    while (x /= 10);
    return gen_put(p, at, (size_t)(end - at));
}

/* Write a file of about so many megabytes: `write` adds something that ends with a line end at p and
 * returns where it ends. The exit status. */
static inline int gen_file(const char *path, int megabytes, char *(*write)(char *p))
{
    FILE *out = fopen(path, "wb");
    char *block = gen_alloc(GEN_BLOCK + GEN_ROOM);
    bool ok = out != NULL;
    for (uint64_t left = (uint64_t)megabytes * 1000000; ok && left > 0;) {
        char *p = block, *stop = block + (left < GEN_BLOCK ? left : GEN_BLOCK);
        while (p < stop)
            p = write(p);
        size_t n = (size_t)(p - block);
        ok = fwrite(block, 1, n, out) == n;
        left -= n < left ? n : left;
    }
    if (!ok || fclose(out) != 0) {
        perror(path);
        return 1;
    }
    free(block);
    return 0;
}

#endif
