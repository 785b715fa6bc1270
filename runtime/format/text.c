/* text.c: ints, times and durations as text. */
#include "text.h"

#include <stdbool.h>
#include <string.h>

#define SECOND INT64_C(1000000)
#define DAY (86400 * SECOND)

/* Digits of a number, at least `width` of them. */
static char *put_number(char *out, uint64_t value, int width)
{
    char digits[20];
    int n = 0;
    do
        digits[sizeof digits - ++n] = (char)('0' + value % 10);
    while (value /= 10);
    for (int i = n; i < width; i++)
        *out++ = '0';
    memcpy(out, digits + sizeof digits - n, (size_t)n);
    return out + n;
}

static uint64_t magnitude(int64_t value)
{
    return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

int rt_int_text(int64_t value, char out[RT_TEXT_MAX])
{
    char *at = out;
    if (value < 0)
        *at++ = '-';
    at = put_number(at, magnitude(value), 1);
    *at = 0;
    return (int)(at - out);
}

/* The day so many days after 1970-01-01, in the Gregorian calendar. Years are
 * counted from March, so that the leap day is the last one, in eras of 400. */
static void date_of(int64_t days, int64_t *year, int *month, int *day)
{
    int64_t since = days + 719468;                   /* 0000-03-01 */
    int64_t era = (since >= 0 ? since : since - 146096) / 146097;
    int of_era = (int)(since - era * 146097);
    int year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int from_march = (5 * of_year + 2) / 153;
    *day = of_year - (153 * from_march + 2) / 5 + 1;
    *month = from_march < 10 ? from_march + 3 : from_march - 9;
    *year = era * 400 + year_of_era + (*month <= 2);
}

int rt_time_text(int64_t micros, char out[RT_TEXT_MAX])
{
    int64_t days = micros / DAY, rest = micros % DAY;
    if (rest < 0) {
        rest += DAY;
        days--;
    }
    int64_t year;
    int month, day;
    date_of(days, &year, &month, &day);

    char *at = out;
    if (year < 0 || year > 9999)
        *at++ = year < 0 ? '-' : '+';
    at = put_number(at, magnitude(year), 4);
    *at++ = '-';
    at = put_number(at, (uint64_t)month, 2);
    *at++ = '-';
    at = put_number(at, (uint64_t)day, 2);
    *at++ = 'T';
    at = put_number(at, (uint64_t)(rest / (3600 * SECOND)), 2);
    *at++ = ':';
    at = put_number(at, (uint64_t)(rest / (60 * SECOND) % 60), 2);
    *at++ = ':';
    at = put_number(at, (uint64_t)(rest / SECOND % 60), 2);
    uint64_t fraction = (uint64_t)(rest % SECOND);
    if (fraction != 0) {
        *at++ = '.';
        at = fraction % 1000 == 0 ? put_number(at, fraction / 1000, 3) : put_number(at, fraction, 6);
    }
    *at++ = 'Z';
    *at = 0;
    return (int)(at - out);
}

/* value / unit with as many digits behind the point as it has. */
static char *put_part(char *out, uint64_t value, uint64_t unit, const char *name)
{
    out = put_number(out, value / unit, 1);
    uint64_t rest = value % unit;
    if (rest != 0)
        *out++ = '.';
    while (rest != 0) {
        unit /= 10;
        *out++ = (char)('0' + rest / unit);
        rest %= unit;
    }
    size_t n = strlen(name);
    memcpy(out, name, n);
    return out + n;
}

int rt_duration_text(int64_t micros, char out[RT_TEXT_MAX])
{
    static const struct { uint64_t unit; const char *name; } whole[] = {
        {DAY, "d"}, {3600 * SECOND, "h"}, {60 * SECOND, "m"},
    };
    uint64_t left = magnitude(micros);
    char *at = out;
    if (micros < 0)
        *at++ = '-';
    for (int i = 0; i < 3; i++)
        if (left >= whole[i].unit) {
            at = put_number(at, left / whole[i].unit, 1);
            *at++ = whole[i].name[0];
            left %= whole[i].unit;
        }
    if (left >= (uint64_t)SECOND || micros == 0)
        at = put_part(at, left, (uint64_t)SECOND, "s");
    else if (left >= 1000)
        at = put_part(at, left, 1000, "ms");
    else if (left > 0)
        at = put_part(at, left, 1, "us");
    *at = 0;
    return (int)(at - out);
}
