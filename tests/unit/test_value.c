/* test_value.c: equality, order, deep copies and key bytes of values. */
#include "value.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

typedef struct Inner {
    dsc_str name;
    int64_t n;
} Inner;

typedef struct Maybe {
    int64_t v;
    bool some;
} Maybe;

typedef struct Outer {
    bool flag;
    Inner inner;
    dsc_list tags;                /* of strings */
    Maybe maybe;
    dsc_list rows;                /* of Inner */
} Outer;

static const dsc_field inner_fields[] = {
    {"name", &dsc_type_string, offsetof(Inner, name), false}, {"n", &dsc_type_int, offsetof(Inner, n), false}};
static const dsc_type inner_type = {.kind = DSC_RECORD, .size = sizeof(Inner), .n = 2, .fields = inner_fields};
static const dsc_field of_string = {NULL, &dsc_type_string, 0, false},
    of_int = {NULL, &dsc_type_int, 0, false}, of_inner = {NULL, &inner_type, 0, false};
static const dsc_type strings_type = {.kind = DSC_LIST, .size = sizeof(dsc_list), .n = 1, .fields = &of_string};
static const dsc_type inners_type = {.kind = DSC_LIST, .size = sizeof(dsc_list), .n = 1, .fields = &of_inner};
static const dsc_type maybe_type = {
    .kind = DSC_OPTION, .size = sizeof(Maybe), .n = 1, .fields = &of_int, .some = offsetof(Maybe, some), .flat = true};
static const dsc_field outer_fields[] = {
    {NULL, &dsc_type_bool, offsetof(Outer, flag), false},   {NULL, &inner_type, offsetof(Outer, inner), false},
    {NULL, &strings_type, offsetof(Outer, tags), false},    {NULL, &maybe_type, offsetof(Outer, maybe), false},
    {NULL, &inners_type, offsetof(Outer, rows), false}};
static const dsc_type outer_type = {.kind = DSC_TUPLE, .size = sizeof(Outer), .n = 5, .fields = outer_fields};

static uint64_t seed = 1;

static uint64_t random_below(uint64_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 33) % n;
}

static dsc_str random_str(rt_arena *arena)
{
    int64_t n = (int64_t)random_below(4) * (int64_t)random_below(12);
    char *p = rt_arena_alloc(arena, (size_t)n + 1);
    for (int64_t i = 0; i < n; i++)
        p[i] = "ab\0\xff"[random_below(4)];
    return (dsc_str){p, n};
}

static Outer random_outer(rt_arena *arena)
{
    Outer o;
    memset(&o, 0, sizeof o);
    o.flag = random_below(2);
    o.inner = (Inner){random_str(arena), (int64_t)random_below(3) - 1};
    o.maybe.some = random_below(2);
    if (o.maybe.some)
        o.maybe.v = (int64_t)random_below(2);
    int64_t n = (int64_t)random_below(3), m = (int64_t)random_below(3);
    dsc_str *tags = rt_arena_alloc(arena, 3 * sizeof *tags);
    Inner *rows = rt_arena_alloc(arena, 3 * sizeof *rows);
    for (int64_t i = 0; i < n; i++)
        tags[i] = random_str(arena);
    for (int64_t i = 0; i < m; i++)
        rows[i] = (Inner){random_str(arena), (int64_t)random_below(2)};
    o.tags = (dsc_list){tags, n};
    o.rows = (dsc_list){rows, m};
    return o;
}

static int sign(int x) { return (x > 0) - (x < 0); }

/* Key bytes are equal exactly when values are; decoding gives the value back; order is total. */
static void keys_say_equality(void **state)
{
    (void)state;
    rt_arena arena = {0};
    for (int i = 0; i < 20000; i++) {
        Outer a = random_outer(&arena), b = random_outer(&arena), c = random_outer(&arena), back;
        rt_buf x = {0}, y = {0};
        rt_key_encode(&outer_type, &a, &x);
        rt_key_encode(&outer_type, &b, &y);
        bool same = x.n == y.n && memcmp(x.p, y.p, x.n) == 0;
        assert_int_equal(same, dsc_equal(&outer_type, &a, &b));
        assert_int_equal(same, dsc_compare(&outer_type, &a, &b) == 0);
        assert_int_equal(sign(dsc_compare(&outer_type, &a, &b)), -sign(dsc_compare(&outer_type, &b, &a)));
        if (dsc_compare(&outer_type, &a, &b) <= 0 && dsc_compare(&outer_type, &b, &c) <= 0)
            assert_true(dsc_compare(&outer_type, &a, &c) <= 0);
        assert_ptr_equal(rt_key_decode(&outer_type, x.p, &back, &arena), x.p + x.n);
        assert_true(dsc_equal(&outer_type, &a, &back));
        rt_buf_free(&x);
        rt_buf_free(&y);
        rt_arena_reset(&arena);
    }
    rt_arena_free(&arena);
}

static void scribble(rt_arena *arena)
{
    /* what the arena handed out is overwritten, so that whoever still points there shows */
    size_t n = (size_t)(arena->at - arena->only);
    if (arena->only)
        memset(arena->only, 0x5a, n);
}

static void copies_share_nothing(void **state)
{
    (void)state;
    rt_arena source = {0}, target = {0}, moved = {0};
    rt_arena_alloc(&source, 4000);
    for (int i = 0; i < 5000; i++) {
        rt_arena_rewind(&source);
        Outer a = random_outer(&source), copy;
        rt_buf before = {0}, after = {0};
        rt_key_encode(&outer_type, &a, &before);
        size_t used = rt_arena_used(&target);
        rt_copy(&outer_type, &copy, &a, &target);
        if (target.only)
            assert_true(rt_arena_used(&target) - used <= rt_heap_size(&outer_type, &copy) + 8);
        scribble(&source);
        rt_move(&outer_type, &copy, &moved);
        rt_arena_free(&target);
        rt_key_encode(&outer_type, &copy, &after);
        assert_int_equal(before.n, after.n);
        assert_memory_equal(before.p, after.p, before.n);
        rt_buf_free(&before);
        rt_buf_free(&after);
        rt_arena_reset(&moved);
    }
    rt_arena_free(&source);
    rt_arena_free(&moved);
}

static void only_changes_are_kept(void **state)
{
    (void)state;
    rt_arena arena = {0};
    Outer a = {.inner = {DSC_STR("first"), 1}, .tags = {NULL, 0}}, acc, before;
    rt_copy(&outer_type, &acc, &a, &arena);
    before = acc;
    size_t used = rt_arena_used(&arena);
    acc.inner.n = 2;
    assert_int_equal(rt_keep_changed(&outer_type, &acc, &before, &arena), 0);
    assert_int_equal(rt_arena_used(&arena), used);
    assert_ptr_equal(acc.inner.name.p, before.inner.name.p);

    char text[] = "second";
    before = acc;
    acc.inner.name = (dsc_str){text, 6};
    assert_int_equal(rt_keep_changed(&outer_type, &acc, &before, &arena), 8);
    assert_ptr_not_equal(acc.inner.name.p, text);
    memset(text, 'x', 6);
    assert_memory_equal(acc.inner.name.p, "second", 6);
    rt_arena_free(&arena);
}

static void floats_have_an_order(void **state)
{
    (void)state;
    const double in_order[] = {-INFINITY, -1, -0.0, 0.0, 5e-324, 1, INFINITY, NAN};
    for (size_t i = 0; i < 8; i++)
        for (size_t j = 0; j < 8; j++)
            assert_int_equal(sign(dsc_compare(&dsc_type_float, &in_order[i], &in_order[j])), (i > j) - (i < j));
    assert_true(dsc_equal(&dsc_type_float, &in_order[2], &in_order[3]));
    assert_false(dsc_equal(&dsc_type_float, &in_order[7], &in_order[7]));
}

static void strings_compare_by_bytes(void **state)
{
    (void)state;
    assert_int_equal(dsc_compare_str(DSC_STR("a"), DSC_STR("a\0")), -1);
    assert_int_equal(dsc_compare_str(DSC_STR("\xc3\xa4"), DSC_STR("z")), 1);
    assert_int_equal(dsc_compare_str((dsc_str){NULL, 0}, DSC_STR("")), 0);
    assert_true(dsc_str_equal(DSC_STR("a\0b"), DSC_STR("a\0b")));
    assert_false(dsc_str_equal(DSC_STR("a\0b"), DSC_STR("a\0c")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_say_equality),    cmocka_unit_test(copies_share_nothing),
        cmocka_unit_test(only_changes_are_kept), cmocka_unit_test(floats_have_an_order),
        cmocka_unit_test(strings_compare_by_bytes),
    };
    return cmocka_run_group_tests_name("value", tests, NULL, NULL);
}
