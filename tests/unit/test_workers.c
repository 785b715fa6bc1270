/* test_workers.c: arenas, what happens when memory is short, the thread pool,
 * and mapped files that are cut short. */
#define _GNU_SOURCE
#include "core_test.h"
#include <sys/mman.h>
#include <unistd.h>

static void arenas(void **state)
{
    (void)state;
    rt_arena a = {0};
    for (int round = 0; round < 4; round++) {
        char *piece[500];
        size_t size[500];
        for (int i = 0; i < 500; i++) {
            size[i] = (size_t)random_below(round == 3 ? 20 : 2000);
            piece[i] = rt_arena_alloc(&a, size[i]);
            assert_int_equal((uintptr_t)piece[i] % 8, 0);
            memset(piece[i], i, size[i]);
        }
        for (int i = 0; i < 500; i++)
            for (size_t j = 0; j < size[i]; j++)
                assert_int_equal((unsigned char)piece[i][j], i & 0xff);
        size_t before = a.total;
        if (round % 2)
            rt_arena_rewind(&a);
        else
            rt_arena_reset(&a);
        assert_true(a.total <= before);
        assert_int_equal(rt_arena_used(&a), 0);
    }
    /* once it has grown, the same use takes no more memory */
    for (int i = 0; i < 3; i++)
        rt_arena_alloc(&a, 100000), rt_arena_rewind(&a);
    size_t settled = a.total;
    rt_arena_alloc(&a, 100000);
    assert_int_equal(a.total, settled);
    rt_arena_free(&a);
}

static dsc_context *new_job(void)
{
    dsc_context *job = calloc(1, sizeof *job);
    assert_non_null(job);
    return job;
}

/* So much that it is not even asked for. */
static const size_t TOO_MUCH = SIZE_MAX - 1007;

static void take_too_much(void *arg)
{
    rt_arena_alloc(arg, TOO_MUCH);
}

static void protect_again(void *arg)
{
    dsc_context *job = arg;
    rt_arena a = {0};
    assert_int_equal(rt_protect(job, take_too_much, &a), -1);
    rt_arena_alloc(&a, 10);
    rt_arena_free(&a);
    rt_must_alloc(SIZE_MAX, "a test");
}

static void memory_that_is_not_there(void **state)
{
    (void)state;
    dsc_context *job = new_job();
    char expected[100];
    assert_int_equal(rt_protect(job, protect_again, job), -1);
    assert_true(atomic_load(&job->failed));
    snprintf(expected, sizeof expected, "out of memory (needed %zu bytes for values)", TOO_MUCH);
    assert_string_equal(job->error, expected);        /* the first error stays */
    free(job);
}

typedef struct Work {
    atomic_int times[3000];
    int raise_at;
} Work;

static void one_piece(void *arg, int worker, size_t i)
{
    Work *w = arg;
    assert_in_range(worker, 0, 6);
    if ((int)i == w->raise_at)
        rt_must_alloc(SIZE_MAX, "a test");
    atomic_fetch_add(&w->times[i], 1);
}

static void every_piece_once(void **state)
{
    (void)state;
    static const int threads[] = {1, 2, 7};
    Work *w = calloc(1, sizeof *w);
    for (size_t t = 0; t < 3; t++) {
        dsc_context *job = new_job();
        rt_pool *pool = rt_pool_open(job, threads[t]);
        assert_non_null(pool);
        assert_int_equal(rt_pool_threads(pool), threads[t]);
        w->raise_at = -1;
        for (size_t n = 0; n < 3000; n = n * 3 + 1) {
            memset(w->times, 0, sizeof w->times);
            assert_int_equal(rt_pool_run(pool, n, one_piece, w), 0);
            for (size_t i = 0; i < 3000; i++)
                assert_int_equal(atomic_load(&w->times[i]), i < n);
        }
        w->raise_at = 100;
        assert_int_equal(rt_pool_run(pool, 3000, one_piece, w), -1);
        assert_true(atomic_load(&job->failed));
        w->raise_at = -1;                             /* the pool is whole */
        memset(w->times, 0, sizeof w->times);
        assert_int_equal(rt_pool_run(pool, 10, one_piece, w), 0);
        assert_int_equal(atomic_load(&w->times[9]), 1);
        rt_pool_close(pool);
        free(job);
    }
    free(w);
}

static void a_file_cut_short(void **state)
{
    (void)state;
    size_t page = (size_t)sysconf(_SC_PAGESIZE), n = 3 * page + 10;
    dsc_context *job = new_job();
    FILE *f = tmpfile();
    assert_non_null(f);
    for (size_t i = 0; i < n; i++)
        fputc('x', f);
    fflush(f);
    const volatile char *p = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fileno(f), 0);
    assert_true(p != MAP_FAILED);
    assert_int_equal(rt_guard_map(job, (const void *)(uintptr_t)p, n, "growing.log"), 0);
    assert_int_equal(p[n - 1], 'x');
    assert_int_equal(rt_guard_check(job), 0);
    assert_int_equal(ftruncate(fileno(f), (off_t)page), 0);
    assert_int_equal(p[0], 'x');
    assert_int_equal(p[n - 1], 0);
    assert_int_equal(p[page], 0);
    assert_int_equal(rt_guard_check(job), -1);
    assert_string_equal(job->error, "growing.log was cut short while it was being read; nothing of this step is kept");
    assert_int_equal(rt_guard_check(job), 0);         /* said once */
    rt_unguard_map((const void *)(uintptr_t)p);
    munmap((void *)(uintptr_t)p, n);
    fclose(f);
    free(job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arenas),           cmocka_unit_test(memory_that_is_not_there),
        cmocka_unit_test(every_piece_once), cmocka_unit_test(a_file_cut_short),
    };
    return cmocka_run_group_tests_name("workers", tests, NULL, NULL);
}
