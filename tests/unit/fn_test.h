/* fn_test.h: what the tests of builtin functions share. */
#ifndef FN_TEST_H
#define FN_TEST_H

#include "core.h"
#include "dsc_fn.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* A task that has nothing but scratch memory, which lives until task_reset. */
static dsc_task the_task;

static inline dsc_task *task(void)
{
    return &the_task;
}

static inline void task_reset(void)
{
    rt_arena_reset(&the_task.scratch);
}

static inline int task_close(void **state)
{
    (void)state;
    rt_arena_free(&the_task.scratch);
    return 0;
}

/* Numbers that look random, the same in every run. */
static inline uint64_t random_bits(uint64_t *seed)
{
    uint64_t x = *seed += 0x9e3779b97f4a7c15;
    x = (x ^ x >> 32) * 0xd6e8feb86659fd93;
    x = (x ^ x >> 32) * 0xd6e8feb86659fd93;
    return x ^ x >> 32;
}

#define assert_str(have, want) assert_str_at(have, want, __FILE__, __LINE__)
#define assert_text(have, text) assert_str_at(have, DSC_STR(text), __FILE__, __LINE__)

static inline void assert_str_at(dsc_str have, dsc_str want, const char *file, int line)
{
    if (have.n != want.n || (have.n > 0 && memcmp(have.p, want.p, (size_t)have.n) != 0)) {
        print_error("\"%.*s\" is not \"%.*s\"\n", (int)have.n, have.p, (int)want.n, want.p);
        _fail(file, line);
    }
}

/* The strings of a list, each in brackets. */
#define assert_list(list, text) assert_list_at(list, DSC_STR(text), __FILE__, __LINE__)

static inline void assert_list_at(dsc_list list, dsc_str want, const char *file, int line)
{
    const dsc_str *part = list.p;
    dsc_str have = DSC_STR("");
    for (int64_t i = 0; i < list.n; i++)
        have = dsc_concat_n(task(), (const dsc_str[]){have, DSC_STR("["), part[i], DSC_STR("]")}, 4);
    assert_str_at(have, want, file, line);
}

#endif
