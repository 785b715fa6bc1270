/* workers.h: a pool of threads that take numbered pieces of work from one cursor. */
#ifndef RT_WORKERS_H
#define RT_WORKERS_H

#include "rt.h"

typedef struct rt_pool rt_pool;

/* `threads` workers, the calling thread being worker 0. NULL after dsc_fail. */
rt_pool *rt_pool_open(dsc_context *job, int threads);
void rt_pool_close(rt_pool *pool);
int rt_pool_threads(const rt_pool *pool);

/* fn(arg, worker, i) for i = 0 .. n - 1, each once, begun in that order. Returns when all are
 * done; then what they wrote is seen by the caller. No thread is woken for n <= 1. When one
 * raises (arena.h) those not begun are left out; returns -1 then. */
int rt_pool_run(rt_pool *pool, size_t n, void (*fn)(void *arg, int worker, size_t i), void *arg);

#endif
