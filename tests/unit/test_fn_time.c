/* test_fn_time.c: the calendar against the C library's, times as text and back. */
#define _GNU_SOURCE
#include "fn_test.h"
#include <time.h>

enum { SECOND = 1000000 };

static int64_t parsed(const char *text)
{
    int64_t out = INT64_MIN;
    assert_true(dsc_parse_time((dsc_str){text, (int64_t)strlen(text)}, &out));
    return out;
}

static void not_parsed(dsc_str s)
{
    int64_t out;
    assert_false(dsc_parse_time(s, &out));
}

/* Every ninth hour or so of the years -1200 to 5200, and its text by strftime. */
static void test_calendar(void **state)
{
    (void)state;
    for (int64_t s = -100000000000; s < 102000000000; s += 3333333) {
        task_reset();
        time_t seconds = (time_t)s;
        struct tm tm;
        gmtime_r(&seconds, &tm);
        int64_t t = s * SECOND + 999999;
        assert_int_equal(dsc_year(t), tm.tm_year + 1900);
        assert_int_equal(dsc_month(t), tm.tm_mon + 1);
        assert_int_equal(dsc_day(t), tm.tm_mday);
        assert_int_equal(dsc_hour(t), tm.tm_hour);
        assert_int_equal(dsc_minute(t), tm.tm_min);
        assert_int_equal(dsc_second(t), tm.tm_sec);
        assert_int_equal(dsc_weekday(t), tm.tm_wday == 0 ? 7 : tm.tm_wday);
        if (tm.tm_year + 1900 < 1000)
            continue;
        char text[200];
#define PATTERN "%Y %m %d %H:%M:%S %y %j %e %I %p %a %A %b %B %u %F %T %R %D %%"
        dsc_str want = {text, (int64_t)strftime(text, sizeof text, PATTERN, &tm)};
        assert_str(dsc_format_time(task(), t, DSC_STR(PATTERN)), want);
        int64_t back;
        assert_true(dsc_parse_time_by(dsc_format_time(task(), t, DSC_STR("%a %j %FT%H:%M:%S.%f%z")),
                                      DSC_STR("%A %j %Y-%m-%dT%T.%f%z"), &back));
        assert_int_equal(back, t);
    }
}

static void test_far(void **state)
{
    (void)state;
    assert_int_equal(dsc_year(INT64_MAX), 294247);
    assert_int_equal(dsc_year(INT64_MIN), -290308);
    assert_text(dsc_format_time(task(), INT64_MIN, DSC_STR("%F %T.%f")), "-290308-12-21 19:59:05.224192");
    assert_text(dsc_format_time(task(), -1, DSC_STR("%Y-%L-%f-%s")), "1969-999-999999--1");
    assert_text(dsc_format_time(task(), 0, DSC_STR("")), "");
    assert_text(dsc_format_time(task(), 0, DSC_STR("%")), "%");
    assert_text(dsc_format_time(task(), 0, DSC_STR("%Q%%%")), "%Q%%");
    assert_text(dsc_format_time(task(), 0, DSC_STR("%F%F%F%z")), "1970-01-011970-01-011970-01-01+0000");
}

static void test_truncate(void **state)
{
    (void)state;
    int64_t out;
    assert_true(dsc_truncate(-1, 10, &out));
    assert_int_equal(out, -10);
    assert_true(dsc_truncate(-10, 10, &out));
    assert_int_equal(out, -10);
    assert_false(dsc_truncate(5, 0, &out));
    assert_false(dsc_truncate(5, -3, &out));
    assert_false(dsc_truncate(INT64_MIN, 1000, &out));
    assert_true(dsc_truncate(INT64_MAX, INT64_MAX, &out));
    assert_int_equal(out, INT64_MAX);
}

static void test_rfc3339(void **state)
{
    (void)state;
    assert_int_equal(parsed("1970-01-01T00:00:00Z"), 0);
    assert_int_equal(parsed("1970-01-02"), 86400 * (int64_t)SECOND);
    assert_int_equal(parsed("1970-01-01t00:00:01.5z"), 1500000);
    assert_int_equal(parsed("1970-01-01 00:00:00.1234567+00:00"), 123456);
    assert_int_equal(parsed("1970-01-01T02:00:00+02:00"), 0);
    assert_int_equal(parsed("1969-12-31T23:59:59.999999-00:00"), -1);
    assert_int_equal(parsed("2016-12-31T23:59:60Z"), parsed("2017-01-01T00:00:00Z"));
    assert_int_equal(parsed("2000-02-29"), parsed("2000-02-28") + 86400 * (int64_t)SECOND);
    not_parsed((dsc_str){NULL, 0});
    not_parsed(DSC_STR("1900-02-29"));
    not_parsed(DSC_STR("2024-04-31T00:00:00Z"));
    not_parsed(DSC_STR("2024-13-01T00:00:00Z"));
    not_parsed(DSC_STR("2024-00-01T00:00:00Z"));
    not_parsed(DSC_STR("2024-01-00T00:00:00Z"));
    not_parsed(DSC_STR("2024-01-01T24:00:00Z"));
    not_parsed(DSC_STR("2024-01-01T00:60:00Z"));
    not_parsed(DSC_STR("2024-01-01T00:00:61Z"));
    not_parsed(DSC_STR("2024-01-01T00:00:00"));
    not_parsed(DSC_STR("2024-01-01T00:00Z"));
    not_parsed(DSC_STR("2024-01-01T00:00:00.Z"));
    not_parsed(DSC_STR("2024-01-01T00:00:00+0200"));
    not_parsed(DSC_STR("2024-01-01T00:00:00+24:00"));
    not_parsed(DSC_STR("2024-01-01T00:00:00Z "));
    not_parsed(DSC_STR("2024-01-01T"));
    not_parsed(DSC_STR("24-01-01"));
    not_parsed(DSC_STR("2024-1-1"));
}

static void check_by(dsc_str s, dsc_str pattern, const char *want)
{
    int64_t out = INT64_MIN;
    bool ok = dsc_parse_time_by(s, pattern, &out);
    assert_int_equal(ok, want != NULL);
    if (want)
        assert_int_equal(out, parsed(want));
}

static void test_patterns(void **state)
{
    (void)state;
    check_by(DSC_STR("10/Oct/2000:13:55:36 -0700"), DSC_STR("%d/%b/%Y:%T %z"), "2000-10-10T20:55:36Z");
    check_by(DSC_STR("03/04/99 12 am"), DSC_STR("%D %I %p"), "1999-03-04T00:00:00Z");
    check_by(DSC_STR("march  7 2024 12PM"), DSC_STR("%B %e %Y %I%p"), "2024-03-07T12:00:00Z");
    check_by(DSC_STR("2024-060"), DSC_STR("%Y-%j"), "2024-02-29T00:00:00Z");
    check_by(DSC_STR("2023-366"), DSC_STR("%Y-%j"), NULL);
    check_by(DSC_STR("-1.25"), DSC_STR("%s.%f"), "1969-12-31T23:59:59.25Z");
    check_by(DSC_STR("999999999999"), DSC_STR("%s"), NULL);
    check_by(DSC_STR("2024-01-01 10:00:00,5 UTC"), DSC_STR("%F %T,%L %Z"), "2024-01-01T10:00:00.5Z");
    check_by(DSC_STR("100%"), DSC_STR("100%%"), NULL);
    check_by(DSC_STR("10:00"), DSC_STR("%R"), NULL);
    check_by(DSC_STR("2024-02-30"), DSC_STR("%F"), NULL);
    check_by(DSC_STR("2024-01-01x"), DSC_STR("%F"), NULL);
    check_by(DSC_STR("2024-01-01"), DSC_STR("%F%Q"), NULL);
    check_by((dsc_str){NULL, 0}, (dsc_str){NULL, 0}, NULL);
    check_by((dsc_str){NULL, 0}, DSC_STR("%a"), NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calendar), cmocka_unit_test(test_far), cmocka_unit_test(test_truncate),
        cmocka_unit_test(test_rfc3339), cmocka_unit_test(test_patterns)};
    return cmocka_run_group_tests(tests, NULL, task_close);
}
