/* workers.c: the thread pool.
 *
 * A run offers as many seats as it can use; workers sleep until there is one.
 * Pieces are taken from an atomic cursor, so that no lock is held while there is
 * work. When the caller finds no more pieces it withdraws the seats left, and
 * waits only for workers that have taken one: who wakes late delays nobody. */
#define _POSIX_C_SOURCE 200809L
#include "workers.h"
#include "arena.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

typedef struct Worker {
    rt_pool *pool;
    int number;
    pthread_t thread;
} Worker;

struct rt_pool {
    dsc_context *job;
    int threads, started;         /* workers in all; threads that were made, for 1 .. started */
    Worker *workers;
    pthread_mutex_t lock;
    pthread_cond_t begin, end;
    int seats, busy;              /* free; taken. Under the lock, as is: */
    bool closing;
    atomic_size_t cursor;
    atomic_bool raised;
    size_t n;
    void (*fn)(void *arg, int worker, size_t i);
    void *arg;
};

static void take_pieces(void *arg)
{
    Worker *w = arg;
    rt_pool *pool = w->pool;
    size_t i;
    while ((i = atomic_fetch_add_explicit(&pool->cursor, 1, memory_order_relaxed)) < pool->n)
        pool->fn(pool->arg, w->number, i);
}

static void take_part(Worker *w)
{
    rt_pool *pool = w->pool;
    if (rt_protect(pool->job, take_pieces, w) != 0) {
        atomic_store(&pool->raised, true);
        atomic_store(&pool->cursor, pool->n);
    }
}

static void *worker_main(void *arg)
{
    Worker *w = arg;
    rt_pool *pool = w->pool;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (pool->seats == 0 && !pool->closing)
            pthread_cond_wait(&pool->begin, &pool->lock);
        if (pool->closing)
            break;
        pool->seats--;
        pool->busy++;
        pthread_mutex_unlock(&pool->lock);
        take_part(w);
        pthread_mutex_lock(&pool->lock);
        if (--pool->busy == 0)
            pthread_cond_signal(&pool->end);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

rt_pool *rt_pool_open(dsc_context *job, int threads)
{
    rt_pool *pool = calloc(1, sizeof *pool);
    Worker *workers = calloc((size_t)threads, sizeof *workers);
    if (!pool || !workers) {
        free(pool);
        free(workers);
        rt_no_memory(job, (size_t)threads * sizeof *workers, "the workers");
        return NULL;
    }
    pool->job = job;
    pool->threads = threads;
    pool->workers = workers;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->begin, NULL);
    pthread_cond_init(&pool->end, NULL);
    /* signals are the main thread's */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = 0;
    for (int i = 0; i < threads && !error; i++) {
        pool->workers[i] = (Worker){.pool = pool, .number = i};
        if (i > 0)
            error = pthread_create(&pool->workers[i].thread, NULL, worker_main, &pool->workers[i]);
        if (!error)
            pool->started = i;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error) {
        dsc_fail(job, "cannot start %d threads: %s; try a smaller --threads", threads, strerror(error));
        rt_pool_close(pool);
        return NULL;
    }
    return pool;
}

void rt_pool_close(rt_pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->closing = true;
    pthread_cond_broadcast(&pool->begin);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 1; i <= pool->started; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->begin);
    pthread_cond_destroy(&pool->end);
    pthread_mutex_destroy(&pool->lock);
    free(pool->workers);
    free(pool);
}

int rt_pool_threads(const rt_pool *pool) { return pool->threads; }

int rt_pool_run(rt_pool *pool, size_t n, void (*fn)(void *arg, int worker, size_t i), void *arg)
{
    if (n == 0)
        return 0;
    pool->fn = fn;
    pool->arg = arg;
    pool->n = n;
    atomic_store_explicit(&pool->cursor, 0, memory_order_relaxed);
    atomic_store_explicit(&pool->raised, false, memory_order_relaxed);
    int others = pool->threads - 1;
    if (n - 1 < (size_t)others)
        others = (int)(n - 1);
    if (others > 0) {
        pthread_mutex_lock(&pool->lock);
        pool->seats = others;
        for (int i = 0; i < others; i++)
            pthread_cond_signal(&pool->begin);
        pthread_mutex_unlock(&pool->lock);
    }
    take_part(&pool->workers[0]);
    if (others > 0) {
        pthread_mutex_lock(&pool->lock);
        pool->seats = 0;
        while (pool->busy > 0)
            pthread_cond_wait(&pool->end, &pool->lock);
        pthread_mutex_unlock(&pool->lock);
    }
    return atomic_load(&pool->raised) ? -1 : 0;
}
