/* test_fn_list.c: lists: parts, sorting, zipping of any layout, sums; and hash. */
#include "fn_test.h"

typedef struct FlagText {
    bool flag;
    dsc_str text;
} FlagText;

static const dsc_field flag_text_fields[] = {
    {NULL, &dsc_type_bool, offsetof(FlagText, flag), false}, {NULL, &dsc_type_string, offsetof(FlagText, text), false}};
static const dsc_type flag_text_type = {.kind = DSC_TUPLE, .size = sizeof(FlagText), .n = 2, .fields = flag_text_fields};

static dsc_list ints(const int64_t *x, int64_t n)
{
    return dsc_list_of(task(), x, n, sizeof *x);
}

#define INTS(...) ints((const int64_t[]){__VA_ARGS__}, sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))
static const dsc_list empty = {NULL, 0};

static void assert_ints(dsc_list have, dsc_list want)
{
    assert_int_equal(have.n, want.n);
    if (want.n > 0)
        assert_memory_equal(have.p, want.p, (size_t)want.n * sizeof(int64_t));
}

static void test_parts(void **state)
{
    (void)state;
    const dsc_type *t = &dsc_type_int;
    int64_t out = 0;
    dsc_list list = INTS(1, 2, 3);
    assert_true(dsc_list_get(task(), t, list, 2, &out));
    assert_int_equal(out, 3);
    assert_false(dsc_list_get(task(), t, list, 3, &out));
    assert_false(dsc_list_get(task(), t, list, -1, &out));
    assert_false(dsc_list_get(task(), t, list, INT64_MIN, &out));
    assert_false(dsc_list_head(task(), t, empty, &out));
    assert_false(dsc_list_last(task(), t, empty, &out));
    assert_true(dsc_list_last(task(), t, list, &out));
    assert_int_equal(out, 3);
    assert_ints(dsc_list_take(task(), t, list, 2), INTS(1, 2));
    assert_ints(dsc_list_take(task(), t, list, INT64_MIN), empty);
    assert_ints(dsc_list_take(task(), t, list, INT64_MAX), list);
    assert_ints(dsc_list_drop(task(), t, list, 2), INTS(3));
    assert_ints(dsc_list_drop(task(), t, list, -1), list);
    assert_ints(dsc_list_drop(task(), t, list, INT64_MAX), empty);
    assert_ints(dsc_list_drop(task(), t, empty, 1), empty);
    assert_ints(dsc_list_reverse(task(), t, list), INTS(3, 2, 1));
    assert_ints(dsc_list_reverse(task(), t, empty), empty);
    assert_ints(dsc_list_concat(task(), list, INTS(4), 8), INTS(1, 2, 3, 4));
    assert_ints(dsc_list_concat(task(), empty, list, 8), list);
    dsc_list lists[] = {empty, list, INTS(9)};
    assert_ints(dsc_list_flatten(task(), t, (dsc_list){lists, 3}), INTS(1, 2, 3, 9));
}

static void test_range(void **state)
{
    (void)state;
    dsc_list out;
    assert_true(dsc_range_of(task(), -1, 2, &out));
    assert_ints(out, INTS(-1, 0, 1));
    assert_true(dsc_range_of(task(), 2, INT64_MIN, &out));
    assert_ints(out, empty);
    assert_true(dsc_range_of(task(), INT64_MAX - 1, INT64_MAX, &out));
    assert_ints(out, INTS(INT64_MAX - 1));
    assert_false(dsc_range_of(task(), INT64_MIN, INT64_MAX, &out));
    assert_false(dsc_range_of(task(), 0, ((int64_t)1 << 27) + 1, &out));
}

static void test_search(void **state)
{
    (void)state;
    int64_t x = 3, at = -1;
    assert_true(dsc_list_index_of(task(), &dsc_type_int, INTS(1, 3, 3), &x, &at));
    assert_int_equal(at, 1);
    assert_false(dsc_list_contains(task(), &dsc_type_int, empty, &x));
    assert_true(dsc_list_contains(task(), &dsc_type_int, INTS(3), &x));
    dsc_str words[] = {DSC_STR("b"), DSC_STR("a"), DSC_STR("b"), DSC_STR("a")}, out;
    dsc_list list = {words, 4};
    assert_true(dsc_list_min(task(), &dsc_type_string, list, &out));
    assert_ptr_equal(out.p, words[1].p);
    assert_true(dsc_list_max(task(), &dsc_type_string, list, &out));
    assert_ptr_equal(out.p, words[0].p);
    assert_false(dsc_list_max(task(), &dsc_type_string, empty, &out));
    dsc_min_of(task(), &dsc_type_string, &words[0], &words[1], &out);
    assert_text(out, "a");
    dsc_max_of(task(), &dsc_type_string, &words[0], &words[1], &out);
    assert_text(out, "b");
}

/* Against insertion sort; equal keys are told apart by their places. */
static void test_sort(void **state)
{
    (void)state;
    uint64_t seed = 5;
    for (int round = 0; round < 2000; round++) {
        task_reset();
        int64_t n = (int64_t)(random_bits(&seed) % 60), keys[60], places[60], want[60];
        for (int64_t i = 0; i < n; i++) {
            keys[i] = (int64_t)(random_bits(&seed) % 10) - 5;
            places[i] = i;
            int64_t at = i;
            for (; at > 0 && keys[want[at - 1]] > keys[i]; at--)
                want[at] = want[at - 1];
            want[at] = i;
        }
        dsc_list list = {places, n};
        assert_ints(dsc_sort_by(task(), &dsc_type_int, &dsc_type_int, list, (dsc_list){keys, n}), (dsc_list){want, n});
        dsc_list sorted = dsc_list_sort(task(), &dsc_type_int, (dsc_list){keys, n});
        for (int64_t i = 0; i < n; i++)
            assert_int_equal(((const int64_t *)sorted.p)[i], keys[want[i]]);
        int64_t once[60], m = 0;
        for (int64_t i = 0; i < n; i++) {
            bool seen = false;
            for (int64_t k = 0; k < m; k++)
                seen |= once[k] == keys[i];
            if (!seen)
                once[m++] = keys[i];
        }
        assert_ints(dsc_list_distinct(task(), &dsc_type_int, (dsc_list){keys, n}), (dsc_list){once, m});
    }
}

static void test_sort_floats(void **state)
{
    (void)state;
    double nan = __builtin_nan(""), x[] = {nan, 1, -0.0, 0.0, nan, -1};
    dsc_list list = dsc_list_sort(task(), &dsc_type_float, (dsc_list){x, 6});
    const double *y = list.p;
    assert_true(y[0] == -1 && __builtin_signbit(y[1]) && !__builtin_signbit(y[2]) && y[3] == 1 && y[4] != y[4]);
    assert_int_equal(dsc_list_distinct(task(), &dsc_type_float, (dsc_list){x, 6}).n, 5);
}

/* The layout of the pairs is that of the C structs. */
static void test_zip(void **state)
{
    (void)state;
    FlagText left[] = {{true, DSC_STR("x")}, {false, DSC_STR("y")}};
    bool flags[] = {true, false, true};
    struct { bool a; FlagText b; } *first;
    dsc_list list = dsc_list_zip(task(), &dsc_type_bool, &flag_text_type, (dsc_list){flags, 3}, (dsc_list){left, 2});
    first = (void *)list.p;
    assert_int_equal(list.n, 2);
    assert_true(first[0].a && !first[1].a && first[0].b.flag);
    assert_text(first[1].b.text, "y");
    struct { bool a, b; } *second;
    list = dsc_list_zip(task(), &dsc_type_bool, &dsc_type_bool, (dsc_list){flags, 3}, (dsc_list){flags + 1, 2});
    second = (void *)list.p;
    assert_true(second[0].a && !second[0].b && !second[1].a && second[1].b);
    struct { FlagText a; bool b; } *third;
    list = dsc_list_zip(task(), &flag_text_type, &dsc_type_bool, (dsc_list){left, 2}, (dsc_list){flags, 3});
    third = (void *)list.p;
    assert_text(third[1].a.text, "y");
    assert_true(third[0].b && !third[1].b);
    assert_int_equal(dsc_list_zip(task(), &dsc_type_int, &dsc_type_int, empty, INTS(1)).n, 0);
}

static void test_sums(void **state)
{
    (void)state;
    int64_t out = 0;
    assert_true(dsc_list_sum_int(INTS(INT64_MAX, 1, -2), &out));
    assert_int_equal(out, INT64_MAX - 1);
    assert_false(dsc_list_sum_int(INTS(INT64_MAX, 1), &out));
    assert_false(dsc_list_sum_int(INTS(INT64_MIN, -1), &out));
    assert_true(dsc_list_sum_int(empty, &out));
    assert_int_equal(out, 0);
    double x[] = {1e300, 1, -1e300, 1e-300, 0.5};
    assert_true(dsc_list_sum_float((dsc_list){x, 5}) == 1.5);
    assert_true(dsc_list_sum_float(empty) == 0);
}

/* The values are part of the language: they never change. */
static void test_hash(void **state)
{
    (void)state;
    dsc_str a = DSC_STR("a"), none = {NULL, 0};
    assert_int_equal((uint64_t)dsc_hash(task(), &dsc_type_string, &a), 0xe6c632b61e964e1f);
    assert_int_equal((uint64_t)dsc_hash(task(), &dsc_type_string, &none), 0x2d06800538d394c2);
    double zero = 0.0, minus_zero = -0.0, nan = __builtin_nan(""), minus_nan = -nan;
    assert_int_equal(dsc_hash(task(), &dsc_type_float, &zero), dsc_hash(task(), &dsc_type_float, &minus_zero));
    assert_int_equal(dsc_hash(task(), &dsc_type_float, &nan), dsc_hash(task(), &dsc_type_float, &minus_nan));
    FlagText one, two;
    memset(&one, 0, sizeof one);
    memset(&two, 0xff, sizeof two);
    one.flag = two.flag = true;
    one.text = a;
    two.text = (dsc_str){"ab", 1};
    assert_int_equal(dsc_hash(task(), &flag_text_type, &one), dsc_hash(task(), &flag_text_type, &two));
    two.flag = false;
    assert_int_not_equal(dsc_hash(task(), &flag_text_type, &one), dsc_hash(task(), &flag_text_type, &two));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts), cmocka_unit_test(test_range), cmocka_unit_test(test_search),
        cmocka_unit_test(test_sort), cmocka_unit_test(test_sort_floats), cmocka_unit_test(test_zip),
        cmocka_unit_test(test_sums), cmocka_unit_test(test_hash)};
    return cmocka_run_group_tests(tests, NULL, task_close);
}
