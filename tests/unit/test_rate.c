/* test_rate.c: the controller of rates, held to the cases of Spark 3.0.2's PIDRateEstimatorSuite. */
#include "rate.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

enum { MS = 1000 };

static rt_pid pid_of(double proportional, double integral, double derivative, double lowest)
{
    rt_pid pid;
    assert_true(rt_pid_init(&pid, 20 * MS, proportional, integral, derivative, lowest));
    return pid;
}

/* Times and delays in milliseconds. */
static bool compute(rt_pid *pid, int64_t time, int64_t records, int64_t processing, int64_t scheduling, double *rate)
{
    return rt_pid_compute(pid, time * MS, records, processing * MS, scheduling * MS, rate);
}

static void first_estimate_is_none(void **state)
{
    (void)state;
    double rate;
    rt_pid pid = pid_of(1, 0, 0, 10);
    assert_false(compute(&pid, 0, 10, 10, 0, &rate));
}

static void second_estimate_is_not_none(void **state)
{
    (void)state;
    double rate;
    rt_pid pid = pid_of(1, 0, 0, 10);
    assert_false(compute(&pid, 0, 10, 10, 0, &rate));
    assert_true(compute(&pid, 10, 10, 10, 0, &rate));
    assert_true(rate == 1000);
}

static void no_estimate_when_no_time_difference(void **state)
{
    (void)state;
    double rate;
    rt_pid pid = pid_of(1, 0, 0, 10);
    assert_false(compute(&pid, 0, 10, 10, 0, &rate));
    assert_true(compute(&pid, 10, 10, 10, 0, &rate));
    assert_false(compute(&pid, 10, 10, 10, 0, &rate));
}

static void no_estimate_when_no_records(void **state)
{
    (void)state;
    double rate;
    rt_pid pid = pid_of(1, 0, 0, 10);
    assert_false(compute(&pid, 0, 10, 10, 0, &rate));
    assert_false(compute(&pid, 10, 0, 10, 0, &rate));
    assert_false(compute(&pid, 20, -10, 10, 0, &rate));
}

static void no_estimate_when_no_processing_delay(void **state)
{
    (void)state;
    double rate;
    rt_pid pid = pid_of(1, 0, 0, 10);
    assert_false(compute(&pid, 0, 10, 10, 0, &rate));
    assert_false(compute(&pid, 10, 10, 0, 0, &rate));
    assert_false(compute(&pid, 20, 10, -10, 0, &rate));
}

static void never_less_than_the_lowest(void **state)
{
    (void)state;
    double rate;
    rt_pid pid = pid_of(1.0, 1.0, 0.0, 5.0);
    assert_false(compute(&pid, 0, 1, 20, 100, &rate));
    for (int i = 1; i < 50; i++) {
        assert_true(compute(&pid, 20 * i, 1, 20, 100, &rate));
        assert_true(rate == 5.0);
    }
}

/* More and more records, and no wait: the rate is the speed. */
static void follows_the_speed_up(void **state)
{
    (void)state;
    double rate;
    rt_pid pid = pid_of(1, 1, 0, 10);
    assert_false(compute(&pid, 0, 20, 20, 0, &rate));
    for (int i = 1; i < 50; i++) {
        assert_true(compute(&pid, 20 * i, 20 * (i + 1), 20, 0, &rate));
        assert_true(rate == 1000.0 * (i + 1));
    }
}

static void follows_the_speed_down(void **state)
{
    (void)state;
    double rate;
    rt_pid pid = pid_of(1, 1, 0, 10);
    assert_false(compute(&pid, 0, 1000, 20, 0, &rate));
    for (int i = 1; i < 50; i++) {
        assert_true(compute(&pid, 20 * i, 20 * (50 - i), 20, 0, &rate));
        assert_true(rate == 1000.0 * (50 - i));
    }
}

static void stays_below_the_speed(void **state)
{
    (void)state;
    double rate;
    rt_pid pid = pid_of(1, 0.01, 0, 10);
    srand(1);
    for (int i = 0; i < 50; i++) {
        int records = 1000 + rand() % 1000, scheduling = 1 + rand() % 19;
        assert_int_equal(compute(&pid, 20 * i, records, 20, scheduling, &rate), i > 0);
        if (i > 0)
            assert_true(rate >= 10 && rate < records / 20.0 * 1000);
    }
}

static void ranges(void **state)
{
    (void)state;
    rt_pid pid;
    assert_false(rt_pid_init(&pid, 0, 1, 2, 3, 10));
    assert_false(rt_pid_init(&pid, 100 * MS, -1, 2, 3, 10));
    assert_false(rt_pid_init(&pid, 100 * MS, 0, -1, 3, 10));
    assert_false(rt_pid_init(&pid, 100 * MS, 0, 0, -1, 10));
    assert_false(rt_pid_init(&pid, 100 * MS, 0, 0, 0, 0));
    assert_false(rt_pid_init(&pid, 100 * MS, 0, 0, 0, -10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_estimate_is_none),
        cmocka_unit_test(second_estimate_is_not_none),
        cmocka_unit_test(no_estimate_when_no_time_difference),
        cmocka_unit_test(no_estimate_when_no_records),
        cmocka_unit_test(no_estimate_when_no_processing_delay),
        cmocka_unit_test(never_less_than_the_lowest),
        cmocka_unit_test(follows_the_speed_up),
        cmocka_unit_test(follows_the_speed_down),
        cmocka_unit_test(stays_below_the_speed),
        cmocka_unit_test(ranges),
    };
    return cmocka_run_group_tests_name("rate", tests, NULL, NULL);
}
