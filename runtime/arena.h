/* arena.h: memory that is taken piece by piece and given back all at once, and
 * what happens when there is none.
 *
 * Memory for scratch, keys, panes is taken deep inside loops that have nothing
 * to say when it cannot be had. Such places call rt_raise: it sets the job's
 * error and leaves by longjmp to the rt_protect that runs the loop. What is
 * cut short is only ever freed afterwards, so whoever owns memory keeps it
 * reachable at every call that may raise. */
#ifndef RT_ARENA_H
#define RT_ARENA_H

#include "rt.h"

typedef struct rt_chunk rt_chunk;

/* All zero bytes is an empty arena. Pieces are aligned to 8 bytes. */
typedef struct rt_arena {
    char *at, *end;               /* what is free of the newest chunk */
    rt_chunk *chunks;             /* newest first */
    char *only;                   /* where the data of the only chunk begins; NULL: several, or none */
    size_t total;                 /* bytes of all chunks */
} rt_arena;

/* A piece of a new chunk; raises. */
void *rt_arena_grow(rt_arena *a, size_t n);
/* Everything is given back; the newest, largest chunk is kept for the next use. */
void rt_arena_reset(rt_arena *a);
void rt_arena_free(rt_arena *a);
/* Bytes handed out or lost at the ends of chunks. */
size_t rt_arena_used(const rt_arena *a);

static inline void *rt_arena_alloc(rt_arena *a, size_t n)
{
    n = (n + 7) & ~(size_t)7;
    if (RT_UNLIKELY(n > (size_t)(a->end - a->at)))
        return rt_arena_grow(a, n);
    char *p = a->at;
    a->at += n;
    return p;
}

/* As rt_arena_reset, quick where nothing has grown. */
static inline void rt_arena_rewind(rt_arena *a)
{
    if (RT_LIKELY(a->only != NULL || a->total == 0))
        a->at = a->only;
    else
        rt_arena_reset(a);
}

/* Run fn(arg); -1 when it raised. Calls may nest. */
int rt_protect(dsc_context *job, void (*fn)(void *arg), void *arg);
/* `what` needed `bytes` of memory: set the error of the job in hand and leave. */
_Noreturn void rt_raise(size_t bytes, const char *what);
/* Leave after an error that has been set. */
_Noreturn void rt_leave(void);

/* malloc, realloc, calloc that raise. `what` says what for: "the table of keys". */
void *rt_must_alloc(size_t n, const char *what);
void *rt_must_realloc(void *p, size_t n, const char *what);
void *rt_must_zero(size_t n, const char *what);

/* n bytes, those beyond `keep` of undefined content, for arrays that are read all over: in pages as
 * large as can be had. `old` (NULL: none) has `keep` bytes in use and is freed. Frees by free(). */
void *rt_must_large(void *old, size_t keep, size_t n, const char *what);

/* Room for n elements in an array of *cap; doubles. */
void *rt_must_fit(void *p, size_t *cap, size_t n, size_t size, const char *what);

#endif
