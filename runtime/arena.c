/* arena.c: arenas, checked allocation and the way out when memory is short.
 *
 * Chunks double in size, so an arena has few of them, and resetting one that
 * has grown leaves a single chunk that fits the next use of the same size. */
#define _GNU_SOURCE
#include "arena.h"
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

struct rt_chunk {
    rt_chunk *next;
    size_t size;                  /* of the data behind this head */
};

enum { FIRST_CHUNK = 4096 - 64, LARGEST_STEP = 64 << 20, LARGE_PAGE = 2 << 20 };

static char *chunk_data(rt_chunk *c) { return (char *)(c + 1); }

void *rt_arena_grow(rt_arena *a, size_t n)
{
    size_t size = a->chunks ? a->chunks->size * 2 : FIRST_CHUNK;
    if (size > LARGEST_STEP)
        size = LARGEST_STEP;
    if (size < n)
        size = n;
    rt_chunk *c = size > SIZE_MAX / 2 ? NULL : malloc(sizeof *c + size);
    if (c == NULL)
        rt_raise(size, "values");
    c->next = a->chunks;
    c->size = size;
    a->only = a->chunks ? NULL : chunk_data(c);
    a->chunks = c;
    a->total += size;
    a->at = chunk_data(c) + n;
    a->end = chunk_data(c) + size;
    return chunk_data(c);
}

void rt_arena_reset(rt_arena *a)
{
    rt_chunk *keep = a->chunks;
    if (keep == NULL)
        return;
    for (rt_chunk *c = keep->next, *next; c; c = next) {
        next = c->next;
        free(c);
    }
    keep->next = NULL;
    a->total = keep->size;
    a->only = a->at = chunk_data(keep);
    a->end = a->at + keep->size;
}

void rt_arena_free(rt_arena *a)
{
    for (rt_chunk *c = a->chunks, *next; c; c = next) {
        next = c->next;
        free(c);
    }
    *a = (rt_arena){0};
}

size_t rt_arena_used(const rt_arena *a)
{
    return a->total - (size_t)(a->end - a->at);
}

/* ---- leaving ------------------------------------------------------------ */

typedef struct Escape Escape;
struct Escape {
    jmp_buf env;
    dsc_context *job;
    Escape *outer;
};

static _Thread_local Escape *escape;

int rt_protect(dsc_context *job, void (*fn)(void *arg), void *arg)
{
    Escape here;
    here.job = job;
    here.outer = escape;
    if (setjmp(here.env) != 0) {
        escape = escape->outer;
        return -1;
    }
    escape = &here;
    fn(arg);
    escape = here.outer;
    return 0;
}

_Noreturn void rt_leave(void)
{
    if (escape == NULL)
        abort();
    longjmp(escape->env, 1);
}

_Noreturn void rt_raise(size_t bytes, const char *what)
{
    if (escape == NULL) {
        fprintf(stderr, "dsc: out of memory (needed %zu bytes for %s)\n", bytes, what);
        abort();
    }
    rt_no_memory(escape->job, bytes, what);
    rt_leave();
}

void *rt_must_alloc(size_t n, const char *what) { return rt_must_realloc(NULL, n, what); }

void *rt_must_realloc(void *p, size_t n, const char *what)
{
    void *q = n > SIZE_MAX / 2 ? NULL : realloc(p, n ? n : 1);
    if (q == NULL)
        rt_raise(n, what);
    return q;
}

void *rt_must_zero(size_t n, const char *what)
{
    void *q = n > SIZE_MAX / 2 ? NULL : calloc(1, n ? n : 1);
    if (q == NULL)
        rt_raise(n, what);
    return q;
}

void *rt_must_large(void *old, size_t keep, size_t n, const char *what)
{
    if (n < LARGE_PAGE)
        return rt_must_realloc(old, n, what);
    void *q = n > SIZE_MAX / 2 ? NULL : aligned_alloc(LARGE_PAGE, (n + LARGE_PAGE - 1) & ~(size_t)(LARGE_PAGE - 1));
    if (q == NULL)
        rt_raise(n, what);
#ifdef MADV_HUGEPAGE
    madvise(q, n, MADV_HUGEPAGE);
#endif
    if (keep > 0)
        memcpy(q, old, keep);
    free(old);
    return q;
}

void *rt_must_fit(void *p, size_t *cap, size_t n, size_t size, const char *what)
{
    if (n <= *cap)
        return p;
    size_t more = *cap ? *cap : 8;
    while (more < n)
        more *= 2;
    p = rt_must_realloc(p, more * size, what);
    *cap = more;
    return p;
}
