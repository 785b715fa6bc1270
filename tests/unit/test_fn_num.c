/* test_fn_num.c: numbers and their texts at the edges: overflow, nan, -0.0, ties, long digits. */
#include "fn_test.h"
#include <math.h>
#include <stdio.h>

static bool same_float(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

#define assert_float(value, want) assert_true(same_float(value, want))

static void test_ints(void **state)
{
    (void)state;
    int64_t out;
    assert_true(dsc_int_mul(-4611686018427387904, 2, &out));
    assert_int_equal(out, INT64_MIN);
    assert_false(dsc_int_mul(4611686018427387904, 2, &out));
    assert_false(dsc_int_abs(INT64_MIN, &out));
    assert_true(dsc_int_abs(-INT64_MAX, &out));
    assert_int_equal(out, INT64_MAX);
    assert_int_equal(dsc_int_clamp(5, 10, 1), 1);
}

static void test_to_int(void **state)
{
    (void)state;
    int64_t out;
    assert_true(dsc_float_to_int(-0x1p63, &out));
    assert_int_equal(out, INT64_MIN);
    assert_false(dsc_float_to_int(0x1p63, &out));
    assert_false(dsc_float_to_int((double)NAN, &out));
    assert_false(dsc_floor(-(double)INFINITY, &out));
    assert_true(dsc_floor(-0.5, &out));
    assert_int_equal(out, -1);
    assert_true(dsc_ceil(-0.5, &out));
    assert_int_equal(out, 0);
    assert_true(dsc_round(-2.5, &out));
    assert_int_equal(out, -3);
    assert_true(dsc_round(0.49999999999999994, &out));
    assert_int_equal(out, 0);
}

static void test_min_max(void **state)
{
    (void)state;
    double nan = (double)NAN;
    assert_float(dsc_float_min(0.0, -0.0), -0.0);
    assert_float(dsc_float_min(-0.0, 0.0), -0.0);
    assert_float(dsc_float_max(-0.0, 0.0), 0.0);
    assert_float(dsc_float_max(0.0, -0.0), 0.0);
    assert_float(dsc_float_max(-nan, 1), nan);
    assert_float(dsc_float_min(1, -nan), nan);
    assert_float(dsc_float_clamp(5, 0, 1), 1.0);
}

/* No machine's own sign or payload of nan shows. */
static void test_nan(void **state)
{
    (void)state;
    double nan = (double)NAN;
    assert_float(dsc_sqrt(-1), nan);
    assert_float(dsc_log(-1), nan);
    assert_float(dsc_pow(-8, 1.0 / 3), nan);
    assert_float(dsc_float_mod(1, 0), nan);
    assert_float(dsc_float_abs(-nan), nan);
    assert_float(dsc_round_to(-nan, 2), nan);
    assert_float(dsc_float_mod(-7, 2), -1.0);
    assert_float(dsc_log(0), -(double)INFINITY);
    assert_true(dsc_is_nan(-nan));
}

static void test_round_to(void **state)
{
    (void)state;
    assert_float(dsc_round_to(3.14159, 2), 3.14);
    assert_float(dsc_round_to(0.125, 2), 0.13);
    assert_float(dsc_round_to(-0.125, 2), -0.13);
    assert_float(dsc_round_to(2.675, 2), 2.67);       /* which is below the tie */
    assert_float(dsc_round_to(1.005, 2), 1.0);
    assert_float(dsc_round_to(1250, -2), 1300.0);
    assert_float(dsc_round_to(1249.9999999999998, -2), 1200.0);
    assert_float(dsc_round_to(-0.001, 2), -0.0);
    assert_float(dsc_round_to(1e300, 5), 1e300);
    assert_float(dsc_round_to((double)INFINITY, 5), (double)INFINITY);
    assert_float(dsc_round_to(4503599627370497.5, 0), 4503599627370498.0);
    assert_float(dsc_round_to(1.5, INT64_MIN), 0.0);
}

/* Where there is no tie it is what printf rounds to. */
static void test_round_to_as_printf(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (int i = 0; i < 200000; i++) {
        int digits = (int)(random_bits(&seed) % 8);
        double x = (double)(int64_t)random_bits(&seed) / (double)(1 + random_bits(&seed) % 1000000007) / 1e6;
        char text[400];
        snprintf(text, sizeof text, "%.*f", digits, x);
        assert_float(dsc_round_to(x, digits), strtod(text, NULL));
    }
}

static void check_int(dsc_str s, bool ok, int64_t want)
{
    int64_t out = 0;
    assert_int_equal(dsc_parse_int(s, &out), ok);
    if (ok)
        assert_int_equal(out, want);
}

static void test_parse_int(void **state)
{
    (void)state;
    check_int(DSC_STR("0"), true, 0);
    check_int(DSC_STR("-0"), true, 0);
    check_int(DSC_STR("+007"), true, 7);
    check_int(DSC_STR("9223372036854775807"), true, INT64_MAX);
    check_int(DSC_STR("-9223372036854775808"), true, INT64_MIN);
    check_int(DSC_STR("9223372036854775808"), false, 0);
    check_int(DSC_STR("-9223372036854775809"), false, 0);
    check_int(DSC_STR("99999999999999999999999"), false, 0);
    check_int(DSC_STR("00000000000000000000000000000001"), true, 1);
    check_int((dsc_str){NULL, 0}, false, 0);
    check_int(DSC_STR("-"), false, 0);
    check_int(DSC_STR("+-1"), false, 0);
    check_int(DSC_STR(" 1"), false, 0);
    check_int(DSC_STR("1 "), false, 0);
    check_int(DSC_STR("1\0"), false, 0);
    check_int(DSC_STR("1_000"), false, 0);
    check_int(DSC_STR("0x1f"), false, 0);
    check_int((dsc_str){"123", 2}, true, 12);
}

static void check_float(dsc_str s, bool ok, double want)
{
    double out = 0;
    assert_int_equal(dsc_parse_float(s, &out), ok);
    if (ok)
        assert_float(out, want);
}

static void test_parse_float(void **state)
{
    (void)state;
    check_float(DSC_STR("1.5"), true, 1.5);
    check_float(DSC_STR("-.5"), true, -0.5);
    check_float(DSC_STR("5."), true, 5);
    check_float(DSC_STR("-0"), true, -0.0);
    check_float(DSC_STR("0e999999999999999999999999"), true, 0);
    check_float(DSC_STR("1e-999999999999999999999999"), true, 0);
    check_float(DSC_STR("1e999999999999999999999999"), true, (double)INFINITY);
    check_float(DSC_STR("2E+9"), true, 2e9);
    check_float(DSC_STR("0.1"), true, 0.1);
    check_float(DSC_STR("123456789012345678901234567890"), true, 123456789012345678901234567890.0);
    check_float(DSC_STR("4.9406564584124654e-324"), true, 0x1p-1074);
    check_float(DSC_STR("2.2250738585072011e-308"), true, 2.2250738585072011e-308);
    check_float(DSC_STR("9007199254740993"), true, 9007199254740992.0);
    check_float(DSC_STR("9007199254740993.0000000000000000000000000000000000000001"), true, 9007199254740994.0);
    check_float(DSC_STR("-Infinity"), true, -(double)INFINITY);
    check_float(DSC_STR("inf"), true, (double)INFINITY);
    check_float(DSC_STR("-NaN"), true, (double)NAN);
    check_float((dsc_str){NULL, 0}, false, 0);
    check_float(DSC_STR("."), false, 0);
    check_float(DSC_STR("-"), false, 0);
    check_float(DSC_STR("e5"), false, 0);
    check_float(DSC_STR("1e"), false, 0);
    check_float(DSC_STR("1e+"), false, 0);
    check_float(DSC_STR("1,5"), false, 0);
    check_float(DSC_STR("0x10"), false, 0);
    check_float(DSC_STR("1.5f"), false, 0);
    check_float(DSC_STR("1.5\0"), false, 0);
    check_float(DSC_STR("infi"), false, 0);
}

/* More digits than are kept: only one far behind tells a tie from what is above it. */
static void test_parse_long_float(void **state)
{
    (void)state;
    enum { N = 5000 };
    char text[N];
    memset(text, '0', N);
    memcpy(text, "9007199254740993.", 17);
    check_float((dsc_str){text, N}, true, 9007199254740992.0);
    text[N - 1] = '1';
    check_float((dsc_str){text, N}, true, 9007199254740994.0);
    memset(text, '0', N);
    text[1] = '.';
    memcpy(text + N - 5, "1e+99", 5);
    check_float((dsc_str){text, N}, true, 0);
    memset(text, '0', N);
    text[0] = '1';
    memcpy(text + N - 6, "e-4990", 6);
    check_float((dsc_str){text, N}, true, 1e3);
}

static void test_parse_float_as_strtod(void **state)
{
    (void)state;
    uint64_t seed = 4;
    for (int i = 0; i < 200000; i++) {
        char text[64];
        uint64_t bits = random_bits(&seed);
        double x;
        memcpy(&x, &bits, sizeof x);
        if (!isfinite(x))
            continue;
        if (i % 2)
            x = (double)(int64_t)(bits % 2000000) / 1000;
        int n = snprintf(text, sizeof text, "%.*g", (int)(1 + random_bits(&seed) % 20), x);
        check_float((dsc_str){text, n}, true, strtod(text, NULL));
    }
}

static void check_duration(dsc_str s, bool ok, int64_t want)
{
    int64_t out = 0;
    assert_int_equal(dsc_parse_duration(s, &out), ok);
    if (ok)
        assert_int_equal(out, want);
}

static void test_parse_duration(void **state)
{
    (void)state;
    check_duration(DSC_STR("250ms"), true, 250000);
    check_duration(DSC_STR("1.5s"), true, 1500000);
    check_duration(DSC_STR("1h30m"), true, 5400000000);
    check_duration(DSC_STR("-7d"), true, -604800000000);
    check_duration(DSC_STR("0s"), true, 0);
    check_duration(DSC_STR("1.000000s"), true, 1000000);
    check_duration(DSC_STR("0.000001s"), true, 1);
    check_duration(DSC_STR("0.0000001s"), false, 0);
    check_duration(DSC_STR("0.00000001d"), true, 864);
    check_duration(DSC_STR("106751991d"), true, 9223372022400000000);
    check_duration(DSC_STR("106751992d"), false, 0);
    check_duration(DSC_STR("99999999999999999999us"), false, 0);
    check_duration((dsc_str){NULL, 0}, false, 0);
    check_duration(DSC_STR("-"), false, 0);
    check_duration(DSC_STR("10"), false, 0);
    check_duration(DSC_STR("10sec"), false, 0);
    check_duration(DSC_STR("s"), false, 0);
    check_duration(DSC_STR("1.s"), false, 0);
    check_duration(DSC_STR("1s "), false, 0);
    check_duration(DSC_STR("1S"), false, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ints), cmocka_unit_test(test_to_int), cmocka_unit_test(test_min_max),
        cmocka_unit_test(test_nan), cmocka_unit_test(test_round_to), cmocka_unit_test(test_round_to_as_printf),
        cmocka_unit_test(test_parse_int), cmocka_unit_test(test_parse_float),
        cmocka_unit_test(test_parse_long_float), cmocka_unit_test(test_parse_float_as_strtod),
        cmocka_unit_test(test_parse_duration)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
