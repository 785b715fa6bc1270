/* calendar.h: days and dates of the Gregorian calendar, before 1582 too.
 *
 * A day number counts from 1970-01-01. */
#ifndef RT_CALENDAR_H
#define RT_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

typedef struct rt_date {
    int64_t year;
    int month, day;               /* 1 to 12, 1 to 31 */
    int day_of_year;              /* 1 to 366 */
} rt_date;

rt_date rt_date_of(int64_t day);
int64_t rt_day_number(int64_t year, int month, int day);
int rt_days_in_month(int64_t year, int month);

static inline bool rt_is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* a / b towards the lower number, and what remains, which is not below 0. */
static inline int64_t rt_floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static inline int64_t rt_floor_mod(int64_t a, int64_t b)
{
    return a % b + (a % b < 0 ? b : 0);
}

#endif
