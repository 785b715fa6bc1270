/* test_zone.c: time zones against the C library's, and what clocks skip and show twice. */
#define _GNU_SOURCE
#include "dsc_zone.h"
#include "fn_test.h"
#include "zone.h"

#include <stdlib.h>
#include <time.h>

enum { HOUR = 3600, DAY = 86400 };

static const rt_zone *zone_of(const char *name)
{
    const char *why;
    const rt_zone *zone = rt_zone_of((dsc_str){name, (int64_t)strlen(name)}, &why);
    if (!zone)
        fail_msg("%s: %s", name, why);
    return zone;
}

static void need_tzdata(void)
{
    const char *why;
    if (!dsc_zone_exists("Europe/Berlin", 13, &why)) {
        print_message("%s\n", why);
        skip();
    }
}

static void use_zone(const char *name)
{
    setenv("TZ", name, 1);
    tzset();
}

/* The offset by localtime_r, and every shown time leads back to a moment that shows it. */
static void compare_at(const rt_zone *zone, const char *name, int64_t seconds)
{
    time_t t = (time_t)seconds;
    struct tm tm;
    localtime_r(&t, &tm);
    rt_offset offset = rt_zone_at(zone, seconds);
    if (offset.seconds != tm.tm_gmtoff || strcmp(offset.name, tm.tm_zone) != 0)
        fail_msg("%s at %lld: %d %s, not %ld %s", name, (long long)seconds, offset.seconds, offset.name, tm.tm_gmtoff, tm.tm_zone);
    int64_t back;
    assert_true(rt_zone_moment(zone, seconds + offset.seconds, NULL, 0, &back));
    assert_true(back <= seconds);
    assert_int_equal(back + rt_zone_at(zone, back).seconds, seconds + offset.seconds);
    assert_true(rt_zone_moment(zone, seconds + offset.seconds, offset.name, strlen(offset.name), &back));
}

/* Each zone of zone.tab, 1905 to 2400, at odd moments; and near each change of the years around now. */
static void test_against_libc(void **state)
{
    (void)state;
    need_tzdata();
    char path[200], line[1000], name[100];
    snprintf(path, sizeof path, "%s/zone.tab", dsc_zone_folder());
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    int zones = 0;
    while (fgets(line, sizeof line, in)) {
        if (line[0] == '#' || sscanf(line, "%*s %*s %99s", name) != 1)
            continue;
        const rt_zone *zone = zone_of(name);
        use_zone(name);
        zones++;
        for (int64_t t = -2050000000; t < 13600000000; t += 31 * DAY + 4567)
            compare_at(zone, name, t);
        rt_offset last = rt_zone_at(zone, 1700000000);
        for (int64_t t = 1700000000; t < 1770000000; t += 6 * HOUR) {
            rt_offset now = rt_zone_at(zone, t);
            for (int64_t near = t - 6 * HOUR; now.seconds != last.seconds && near <= t; near += 1800) {
                compare_at(zone, name, near - 1);
                compare_at(zone, name, near);
            }
            last = now;
        }
    }
    fclose(in);
    unsetenv("TZ");
    assert_true(zones > 300);
}

static int64_t parsed(const char *text, const char *zone)
{
    int64_t t;
    bool some;
    const char *why;
    dsc_str pattern = strchr(text, 'Z') || strlen(text) > 19 ? DSC_STR("%F %T %Z") : DSC_STR("%F %T");
    assert_true(dsc_zone_parse_time(task(), (dsc_str){text, (int64_t)strlen(text)}, pattern,
                                    (dsc_str){zone, (int64_t)strlen(zone)}, &t, &some, &why));
    return some ? t / 1000000 : -1;
}

static int64_t utc(const char *text)
{
    int64_t t = 0;
    assert_true(dsc_parse_time((dsc_str){text, (int64_t)strlen(text)}, &t));
    return t / 1000000;
}

/* Published facts: changes of 2024, the United States before and after 2007, Lord Howe's half hour,
 * Samoa's missing day, Dublin's negative summer. */
static void test_facts(void **state)
{
    (void)state;
    need_tzdata();
    assert_int_equal(parsed("2024-03-31 01:59:59", "Europe/Berlin"), utc("2024-03-31T00:59:59Z"));
    assert_int_equal(parsed("2024-03-31 02:30:00", "Europe/Berlin"), utc("2024-03-31T01:30:00Z"));     /* skipped */
    assert_int_equal(parsed("2024-03-31 03:00:00", "Europe/Berlin"), utc("2024-03-31T01:00:00Z"));
    assert_int_equal(parsed("2024-10-27 02:30:00", "Europe/Berlin"), utc("2024-10-27T00:30:00Z"));     /* shown twice */
    assert_int_equal(parsed("2024-10-27 02:30:00 CEST", "Europe/Berlin"), utc("2024-10-27T00:30:00Z"));
    assert_int_equal(parsed("2024-10-27 02:30:00 CET", "Europe/Berlin"), utc("2024-10-27T01:30:00Z"));
    assert_int_equal(parsed("2024-07-01 12:00:00 CET", "Europe/Berlin"), -1);
    assert_int_equal(parsed("2006-03-20 12:00:00", "America/New_York"), utc("2006-03-20T17:00:00Z"));
    assert_int_equal(parsed("2007-03-20 12:00:00", "America/New_York"), utc("2007-03-20T16:00:00Z"));
    assert_int_equal(parsed("2024-01-15 12:00:00", "Australia/Lord_Howe"), utc("2024-01-15T01:00:00Z"));
    assert_int_equal(parsed("2024-07-15 12:00:00", "Australia/Lord_Howe"), utc("2024-07-15T01:30:00Z"));
    assert_int_equal(parsed("2011-12-30 12:00:00", "Pacific/Apia"), utc("2011-12-30T22:00:00Z"));      /* no such day there */
    assert_int_equal(parsed("2024-07-15 12:00:00", "Europe/Dublin"), utc("2024-07-15T11:00:00Z"));
    assert_int_equal(parsed("2150-07-15 12:00:00", "Europe/Paris"), utc("2150-07-15T10:00:00Z"));
    assert_int_equal(parsed("1880-01-01 00:53:28", "Europe/Berlin"), utc("1880-01-01T00:00:00Z"));     /* by the sun */
    assert_int_equal(parsed("2024-07-15 12:00:00", "UTC"), utc("2024-07-15T12:00:00Z"));
}

static int64_t truncated(const char *text, int64_t step, const char *zone)
{
    int64_t t;
    const char *why;
    assert_true(dsc_zone_truncate(task(), utc(text) * 1000000, step * 1000000, (dsc_str){zone, (int64_t)strlen(zone)}, &t, &why));
    return t / 1000000;
}

static void test_truncate(void **state)
{
    (void)state;
    need_tzdata();
    assert_int_equal(truncated("2024-03-31T10:00:00Z", DAY, "Europe/Berlin"), utc("2024-03-30T23:00:00Z"));
    assert_int_equal(truncated("2024-10-27T10:00:00Z", DAY, "Europe/Berlin"), utc("2024-10-26T22:00:00Z"));
    /* 02:45 for the first and for the second time */
    assert_int_equal(truncated("2024-10-27T00:45:00Z", HOUR, "Europe/Berlin"), utc("2024-10-27T00:00:00Z"));
    assert_int_equal(truncated("2024-10-27T01:45:00Z", HOUR, "Europe/Berlin"), utc("2024-10-27T01:00:00Z"));
    assert_int_equal(truncated("2024-02-29T12:20:00Z", HOUR, "Asia/Kolkata"), utc("2024-02-29T11:30:00Z"));
    const char *why;
    int64_t t;
    assert_false(dsc_zone_truncate(task(), 0, 0, DSC_STR("UTC"), &t, &why));
    assert_string_equal(why, "truncate: no result for these arguments");
}

/* Names that are none, or lead elsewhere; the ends of time. */
static void test_hostile(void **state)
{
    (void)state;
    static const char *const names[] = {"", "/etc/passwd", "../zoneinfo/UTC", "Europe/../Europe/Paris", "Europe", "zone.tab",
                                        "tzdata.zi", "Europe/Berlin ", "europe/nowhere", "Europe//..", "A%s"};
    const char *why;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (dsc_zone_exists(names[i], strlen(names[i]), &why))
            fail_msg("`%s` is a zone", names[i]);
    char longest[5000];
    memset(longest, 'a', sizeof longest);
    assert_false(dsc_zone_exists(longest, sizeof longest, &why));
    assert_true(dsc_zone_exists("UTC", 3, &why));
    need_tzdata();
    dsc_str text;
    int64_t n;
    assert_true(dsc_zone_format_time(task(), INT64_MIN, DSC_STR("%F %Z"), DSC_STR("America/New_York"), &text, &why));
    assert_true(dsc_zone_year(task(), INT64_MAX, DSC_STR("Asia/Tokyo"), &n, &why));
    dsc_zone_truncate(task(), INT64_MIN, 1000000, DSC_STR("Asia/Tokyo"), &n, &why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_libc),
        cmocka_unit_test(test_facts),
        cmocka_unit_test(test_truncate),
        cmocka_unit_test(test_hostile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
