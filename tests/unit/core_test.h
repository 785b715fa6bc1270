/* core_test.h: what the tests of folds and windows share: a task without an
 * engine's help, random numbers, and folds of each kind. */
#ifndef CORE_TEST_H
#define CORE_TEST_H

#include "core.h"
#include "dsc_fn.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static uint64_t test_seed = 11;

static inline uint64_t random_below(uint64_t n)
{
    test_seed = test_seed * 6364136223846793005u + 1442695040888963407u;
    return (test_seed >> 33) % n;
}

/* Key k: an int, a short or long string, or a pair (k / 3, name). */
typedef struct TestKey {
    int64_t number;
    dsc_str name;
} TestKey;

static const dsc_field test_key_fields[] = {
    {NULL, &dsc_type_int, offsetof(TestKey, number), false}, {NULL, &dsc_type_string, offsetof(TestKey, name), false}};
static const dsc_type test_key_type = {.kind = DSC_TUPLE, .size = sizeof(TestKey), .n = 2, .fields = test_key_fields};

static inline const void *test_key(const dsc_type *type, int64_t k, TestKey *room, char text[64])
{
    int n = snprintf(text, 64, "%lld%s", (long long)k, k % 5 == 0 ? " and more than sixteen bytes" : "");
    *room = (TestKey){type && type->kind == DSC_TUPLE ? k / 3 : k, {text, n}};
    return type == NULL ? NULL : type->kind == DSC_STRING ? (const void *)&room->name : room;
}

/* The number of a key that a table gave back. */
static inline int64_t test_key_number(const dsc_type *type, const TestKey *key)
{
    if (type == NULL)
        return 0;
    if (type->kind == DSC_INT)
        return key->number;
    int64_t k = 0;
    for (int64_t i = 0; i < key->name.n && key->name.p[i] >= '0' && key->name.p[i] <= '9'; i++)
        k = k * 10 + key->name.p[i] - '0';
    return k;
}

/* Where key type `type` puts a key in a TestKey. */
static inline void *test_key_room(const dsc_type *type, TestKey *key)
{
    return type && type->kind == DSC_STRING ? (void *)&key->name : key;
}

/* ---- folds --------------------------------------------------------------------- */

static inline bool max_combine(dsc_task *task, void *acc, const void *other)
{
    (void)task;
    int64_t *a = acc;
    const int64_t *b = other;
    if (*b > *a)
        *a = *b;
    return true;
}

/* Joins strings: depends on order, does not depend on grouping. */
static inline bool join_combine(dsc_task *task, void *acc, const void *other)
{
    dsc_str *a = acc;
    *a = dsc_str_concat(task, *a, *(const dsc_str *)other);
    return true;
}

static inline bool last_combine(dsc_task *task, void *acc, const void *other)
{
    (void)task;
    *(dsc_str *)acc = *(const dsc_str *)other;
    return true;
}

/* a pair of a maximum and a float sum: exact, but no group */
typedef struct MaxSum {
    int64_t max;
    dsc_fsum sum;
} MaxSum;

static const dsc_field max_sum_fields[] = {
    {NULL, &dsc_type_int, offsetof(MaxSum, max), false}, {NULL, &dsc_type_fsum, offsetof(MaxSum, sum), false}};
static const dsc_type max_sum_type = {.kind = DSC_TUPLE, .size = sizeof(MaxSum), .n = 2, .fields = max_sum_fields};

static inline bool max_sum_combine(dsc_task *task, void *acc, const void *other)
{
    MaxSum *a = acc;
    const MaxSum *b = other;
    return max_combine(task, &a->max, &b->max) && dsc_fsum_combine(task, &a->sum, &b->sum);
}

static const dsc_fold count_fold = {
    .acc = &dsc_type_int, .exact = true, .group = true, .combine = dsc_count_combine, .remove = dsc_count_remove};
static const dsc_fold fsum_fold = {
    .acc = &dsc_type_fsum, .exact = true, .group = true, .combine = dsc_fsum_combine, .remove = dsc_fsum_remove};
static const dsc_fold max_fold = {.acc = &dsc_type_int, .exact = true, .combine = max_combine};
static const dsc_fold max_sum_fold = {.acc = &max_sum_type, .exact = true, .combine = max_sum_combine};
static const dsc_fold join_fold = {.acc = &dsc_type_string, .combine = join_combine};
static const dsc_fold last_fold = {.acc = &dsc_type_string, .combine = last_combine};

typedef union TestValue {
    int64_t i;
    dsc_str s;
    dsc_fsum sum;
    MaxSum max_sum;
} TestValue;

/* The v-th value in a fold's accumulator type; drop it with rt_drop. */
static inline void test_value(const dsc_fold *fold, int64_t v, TestValue *out, char text[64])
{
    static const double terms[] = {0.1, 1e300, -1e300, 1, 1e-300, -0.25, 3e100};
    memset(out, 0, sizeof *out);
    double term = terms[(uint64_t)v % 7];
    if (fold->acc == &dsc_type_int)
        out->i = v;
    else if (fold->acc == &dsc_type_fsum)
        dsc_fsum_add(&out->sum, term);
    else if (fold->acc == &max_sum_type) {
        out->max_sum.max = v;
        dsc_fsum_add(&out->max_sum.sum, term);
    } else
        out->s = (dsc_str){text, snprintf(text, 64, "%lld,", (long long)v)};
}

/* An accumulator as text. */
static inline void test_show(const dsc_fold *fold, const void *acc, rt_buf *out)
{
    const TestValue *v = acc;
    if (fold->acc == &dsc_type_int)
        rt_buf_print(out, "%lld", (long long)v->i);
    else if (fold->acc == &dsc_type_fsum)
        rt_buf_print(out, "%a", dsc_fsum_get(&v->sum));
    else if (fold->acc == &max_sum_type)
        rt_buf_print(out, "%lld+%a", (long long)v->max_sum.max, dsc_fsum_get(&v->max_sum.sum));
    else
        rt_buf_add(out, v->s.p, (size_t)v->s.n);
}

#endif
