/* calendar.c: years are cut at 1 March, so that the leap day is the last of its year; 400 such years
 * are 146097 days. */
#include "calendar.h"

enum { DAYS_400 = 146097, DAYS_100 = 36524, DAYS_4 = 1461, DAYS_1 = 365 };
enum { TO_1970 = 719468 };        /* days from 0000-03-01 to 1970-01-01 */

/* Days of a year from 1 March before month m, counted March 0 to February 11:
 * months have 31 30 31 30 31 days, over and over. */
static int days_before(int m)
{
    return (153 * m + 2) / 5;
}

rt_date rt_date_of(int64_t day)
{
    int64_t from_0000 = day + TO_1970;
    int64_t era = rt_floor_div(from_0000, DAYS_400);
    int rest = (int)rt_floor_mod(from_0000, DAYS_400);
    int century = rest / DAYS_100 < 3 ? rest / DAYS_100 : 3;      /* the last one has a day more */
    rest -= century * DAYS_100;
    int fours = rest / DAYS_4;
    rest -= fours * DAYS_4;
    int ones = rest / DAYS_1 < 3 ? rest / DAYS_1 : 3;
    rest -= ones * DAYS_1;
    int m = (5 * rest + 2) / 153;
    bool after_december = m >= 10;
    rt_date date = {.year = era * 400 + century * 100 + fours * 4 + ones + after_december,
                    .month = m + 3 - (after_december ? 12 : 0), .day = rest - days_before(m) + 1};
    date.day_of_year = after_december ? rest - days_before(10) + 1 : rest + 60 + rt_is_leap(date.year);
    return date;
}

int64_t rt_day_number(int64_t year, int month, int day)
{
    int m = month > 2 ? month - 3 : month + 9;
    int64_t y = year - (month <= 2);
    int64_t era = rt_floor_div(y, 400), in_era = rt_floor_mod(y, 400);
    return era * DAYS_400 + in_era * DAYS_1 + in_era / 4 - in_era / 100 + days_before(m) + day - 1 - TO_1970;
}

int rt_days_in_month(int64_t year, int month)
{
    if (month == 2)
        return 28 + rt_is_leap(year);
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}
