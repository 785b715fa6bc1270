/* test_print_value.c: floats, times, durations and composed values as text. */
#define _GNU_SOURCE
#include "conn_test.h"
#include "format/text.h"

#include <math.h>

static void assert_float(double value, const char *expected)
{
    char text[RT_TEXT_MAX];
    int n = rt_float_text(value, text);
    assert_string_equal(text, expected);
    assert_int_equal(n, strlen(expected));
}

static void test_known_floats(void **state)
{
    (void)state;
    assert_float(0.0, "0.0");
    assert_float(-0.0, "-0.0");
    assert_float(1, "1.0");
    assert_float(-12.5, "-12.5");
    assert_float(0.1, "0.1");
    assert_float(0.1 + 0.2, "0.30000000000000004");
    assert_float(100, "100.0");
    assert_float(1e15, "1000000000000000.0");
    assert_float(9007199254740993.0, "9007199254740992.0");
    assert_float(9999999999999998.0, "9999999999999998.0");
    assert_float(1e16, "1e+16");
    assert_float(1.5e16, "1.5e+16");
    assert_float(1e22, "1e+22");
    assert_float(1e23, "1e+23");
    assert_float(1e100, "1e+100");
    assert_float(0.0001, "0.0001");
    assert_float(0.00012345, "0.00012345");
    assert_float(0.00001, "1e-05");
    assert_float(5e-324, "5e-324");
    assert_float(2.2250738585072014e-308, "2.2250738585072014e-308");
    assert_float(1.7976931348623157e308, "1.7976931348623157e+308");
    assert_float(ldexp(1, -44), "5.684341886080802e-14");      /* its lower neighbour is nearer */
    assert_float(INFINITY, "inf");
    assert_float(-INFINITY, "-inf");
    assert_float(NAN, "nan");
    assert_float(-NAN, "nan");
}

/* Reads back, and no decimal of fewer digits does. */
static void check_shortest(double value)
{
    char text[RT_TEXT_MAX], shorter[64];
    rt_float_text(value, text);
    double back = strtod(text, NULL);
    assert_memory_equal(&back, &value, sizeof value);
    int digits = 0;
    bool leading = true;
    for (const char *c = text; *c && *c != 'e'; c++)
        if (*c >= '0' && *c <= '9' && !(leading && *c == '0')) {
            leading = false;
            digits++;
        }
    if (digits > 1 && strchr(text, 'e')) {
        snprintf(shorter, sizeof shorter, "%.*e", digits - 2, value);
        assert_true(strtod(shorter, NULL) != value);
    }
}

static void test_floats_read_back(void **state)
{
    (void)state;
    uint64_t seed = 42;
    for (int i = 0; i < 200000; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        uint64_t bits = seed ^ seed >> 29;
        double value;
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value))
            check_shortest(value);
    }
    for (int e = -1074; e < 1024; e++)
        check_shortest(ldexp(1, e));
}

static void assert_time(int64_t micros, const char *expected)
{
    char text[RT_TEXT_MAX];
    assert_int_equal(rt_time_text(micros, text), strlen(expected));
    assert_string_equal(text, expected);
}

static void test_times(void **state)
{
    (void)state;
    assert_time(0, "1970-01-01T00:00:00Z");
    assert_time(1, "1970-01-01T00:00:00.000001Z");
    assert_time(250000, "1970-01-01T00:00:00.250Z");
    assert_time(-1, "1969-12-31T23:59:59.999999Z");
    assert_time(INT64_C(951827696000000), "2000-02-29T12:34:56Z");
    assert_time(INT64_C(4107542400000000), "2100-03-01T00:00:00Z");
    assert_time(INT64_C(253402300799000000), "9999-12-31T23:59:59Z");
    assert_time(INT64_C(253402300800000000), "+10000-01-01T00:00:00Z");
    assert_time(-INT64_C(62167219200000000), "0000-01-01T00:00:00Z");
    assert_time(-INT64_C(62167219200000001), "-0001-12-31T23:59:59.999999Z");
    assert_time(INT64_MAX, "+294247-01-10T04:00:54.775807Z");
    assert_time(INT64_MIN, "-290308-12-21T19:59:05.224192Z");
}

static void assert_duration(int64_t micros, const char *expected)
{
    char text[RT_TEXT_MAX];
    assert_int_equal(rt_duration_text(micros, text), strlen(expected));
    assert_string_equal(text, expected);
}

static void test_durations(void **state)
{
    (void)state;
    const int64_t s = 1000000, m = 60 * s, h = 60 * m, d = 24 * h;
    assert_duration(0, "0s");
    assert_duration(1, "1us");
    assert_duration(1500, "1.5ms");
    assert_duration(250000, "250ms");
    assert_duration(1500000, "1.5s");
    assert_duration(-5 * s, "-5s");
    assert_duration(h + 30 * m, "1h30m");
    assert_duration(90 * s, "1m30s");
    assert_duration(7 * d, "7d");
    assert_duration(d + h + m + s + 1, "1d1h1m1.000001s");
    assert_duration(h + 250000, "1h250ms");
    assert_duration(INT64_MIN, "-106751991d4h54.775808s");
}

/* Every duration is a literal that reads back. */
static void test_durations_read_back(void **state)
{
    (void)state;
    for (int64_t us = 1; us < INT64_MAX / 7; us = us * 7 + us % 5) {
        char text[RT_TEXT_MAX];
        int n = rt_duration_text(us, text);
        dsc_arg arg;
        assert_true(n > 0 && rt_parse_literal(DSC_DURATION, text, &arg));
        assert_int_equal(arg.i, us);
    }
}

/* ---- composed values ---- */

typedef struct Pair {
    dsc_str word;
    int64_t n;
} Pair;

typedef struct Maybe {
    Pair v;
    bool some;
} Maybe;

static const dsc_field tuple_fields[] = {
    {NULL, &dsc_type_string, offsetof(Pair, word), false},
    {NULL, &dsc_type_int, offsetof(Pair, n), false},
};
static const dsc_type tuple = {.kind = DSC_TUPLE, .size = sizeof(Pair), .n = 2, .fields = tuple_fields};
static const dsc_field record_fields[] = {
    {"word", &dsc_type_string, offsetof(Pair, word), false},
    {"n", &dsc_type_int, offsetof(Pair, n), false},
};
static const dsc_type record = {.kind = DSC_RECORD, .size = sizeof(Pair), .n = 2, .fields = record_fields};
static const dsc_field of_tuples[] = {{NULL, &tuple, 0, false}};
static const dsc_type list = {.kind = DSC_LIST, .size = sizeof(dsc_list), .n = 1, .fields = of_tuples};
static const dsc_type option = {
    .kind = DSC_OPTION, .size = sizeof(Maybe), .n = 1, .fields = of_tuples, .some = offsetof(Maybe, some)};

static void assert_value(const dsc_type *type, const void *value, const char *expected, size_t n)
{
    rt_buf b = {0};
    rt_print_value(&b, type, value);
    assert_int_equal(b.n, n);
    assert_memory_equal(b.p, expected, n);
    rt_buf_free(&b);
}
#define ASSERT_VALUE(type, value, text) assert_value((type), (value), (text), sizeof(text) - 1)

static void test_composed(void **state)
{
    (void)state;
    Pair pairs[] = {{DSC_STR("hello"), 1}, {DSC_STR("a,\0b"), -2}};
    ASSERT_VALUE(&tuple, &pairs[0], "(hello,1)");
    ASSERT_VALUE(&tuple, &pairs[1], "(a,\0b,-2)");
    ASSERT_VALUE(&record, &pairs[0], "{word: hello, n: 1}");
    ASSERT_VALUE(&list, (&(dsc_list){pairs, 2}), "[(hello,1), (a,\0b,-2)]");
    ASSERT_VALUE(&list, (&(dsc_list){NULL, 0}), "[]");
    ASSERT_VALUE(&option, (&(Maybe){.v = pairs[0], .some = true}), "some((hello,1))");
    ASSERT_VALUE(&option, &(Maybe){.some = false}, "none");
    ASSERT_VALUE(&dsc_type_bool, &(bool){true}, "true");
    ASSERT_VALUE(&dsc_type_bool, &(bool){false}, "false");
    ASSERT_VALUE(&dsc_type_int, &(int64_t){INT64_MIN}, "-9223372036854775808");
    ASSERT_VALUE(&dsc_type_float, &(double){2.5}, "2.5");
    ASSERT_VALUE(&dsc_type_time, &(int64_t){0}, "1970-01-01T00:00:00Z");
    ASSERT_VALUE(&dsc_type_duration, &(int64_t){90000000}, "1m30s");
}

static void test_empty_string(void **state)
{
    (void)state;
    rt_buf b = {0};
    rt_print_value(&b, &dsc_type_string, &(dsc_str){NULL, 0});
    assert_int_equal(b.n, 0);
    rt_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_floats), cmocka_unit_test(test_floats_read_back),
        cmocka_unit_test(test_times),        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_durations_read_back), cmocka_unit_test(test_composed),
        cmocka_unit_test(test_empty_string),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
