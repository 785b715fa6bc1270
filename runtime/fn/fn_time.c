/* fn_time.c: times by the Gregorian calendar, UTC, and as text.
 *
 * A day number counts from 1970-01-01. Years are cut at 1 March, so that the
 * leap day is the last of its year; 400 such years are 146097 days. */
#include "fn_text.h"
#include <stdio.h>
#include <string.h>

enum { DAYS_400 = 146097, DAYS_100 = 36524, DAYS_4 = 1461, DAYS_1 = 365 };
enum { TO_1970 = 719468 };        /* days from 0000-03-01 to 1970-01-01 */

#define SECOND ((int64_t)1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

typedef struct Date {
    int64_t year;
    int month, day;               /* 1 to 12, 1 to 31 */
    int day_of_year;              /* 1 to 366 */
} Date;

/* a / b towards the lower number, and what remains, which is not below 0. */
static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t floor_mod(int64_t a, int64_t b)
{
    return a % b + (a % b < 0 ? b : 0);
}

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days of a year from 1 March before month m, counted March 0 to February 11:
 * months have 31 30 31 30 31 days, over and over. */
static int days_before(int m)
{
    return (153 * m + 2) / 5;
}

static Date date_of(int64_t day)
{
    int64_t from_0000 = day + TO_1970;
    int64_t era = floor_div(from_0000, DAYS_400);
    int rest = (int)floor_mod(from_0000, DAYS_400);
    int century = rest / DAYS_100 < 3 ? rest / DAYS_100 : 3;      /* the last one has a day more */
    rest -= century * DAYS_100;
    int fours = rest / DAYS_4;
    rest -= fours * DAYS_4;
    int ones = rest / DAYS_1 < 3 ? rest / DAYS_1 : 3;
    rest -= ones * DAYS_1;
    int m = (5 * rest + 2) / 153;
    bool after_december = m >= 10;
    Date date = {.year = era * 400 + century * 100 + fours * 4 + ones + after_december,
                 .month = m + 3 - (after_december ? 12 : 0), .day = rest - days_before(m) + 1};
    date.day_of_year = after_december ? rest - days_before(10) + 1
        : rest + 60 + is_leap(date.year);
    return date;
}

/* The day number of a date. */
static int64_t day_number(int64_t year, int month, int day)
{
    int m = month > 2 ? month - 3 : month + 9;
    int64_t y = year - (month <= 2);
    int64_t era = floor_div(y, 400), in_era = floor_mod(y, 400);
    return era * DAYS_400 + in_era * DAYS_1 + in_era / 4 - in_era / 100 + days_before(m) + day - 1 - TO_1970;
}

static int days_in_month(int64_t year, int month)
{
    if (month == 2)
        return 28 + is_leap(year);
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

static Date date_of_time(int64_t t)
{
    return date_of(floor_div(t, DAY));
}

int64_t dsc_year(int64_t t)
{
    return date_of_time(t).year;
}

int64_t dsc_month(int64_t t)
{
    return date_of_time(t).month;
}

int64_t dsc_day(int64_t t)
{
    return date_of_time(t).day;
}

int64_t dsc_weekday(int64_t t)
{
    return floor_mod(floor_div(t, DAY) + 3, 7) + 1;       /* 1970-01-01 was a Thursday */
}

int64_t dsc_hour(int64_t t)
{
    return floor_mod(t, DAY) / HOUR;
}

int64_t dsc_minute(int64_t t)
{
    return floor_mod(t, HOUR) / MINUTE;
}

int64_t dsc_second(int64_t t)
{
    return floor_mod(t, MINUTE) / SECOND;
}

bool dsc_truncate(int64_t t, int64_t step, int64_t *out)
{
    return step > 0 && dsc_int_sub(t, floor_mod(t, step), out);
}

/* ---- as text ---- */

static const char *const weekdays[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
static const char *const months[] = {"January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December"};

/* The pattern that a letter is short for; NULL: none. */
static const char *short_for(char letter)
{
    switch (letter) {
    case 'F': return "%Y-%m-%d";
    case 'T': return "%H:%M:%S";
    case 'R': return "%H:%M";
    case 'D': return "%m/%d/%y";
    default: return NULL;
    }
}

/* Writes what a letter after % stands for to out, at most 24 bytes; returns how many, 0 for an unknown one. */
static int format_letter(char letter, int64_t t, char *out)
{
    Date date = date_of_time(t);
    int hour = (int)dsc_hour(t), clock = (hour + 11) % 12 + 1;
    const char *weekday = weekdays[dsc_weekday(t) - 1], *month = months[date.month - 1];
    size_t room = 25;
    switch (letter) {
    case 'Y': return snprintf(out, room, "%04lld", (long long)date.year);
    case 'y': return snprintf(out, room, "%02d", (int)floor_mod(date.year, 100));
    case 'm': return snprintf(out, room, "%02d", date.month);
    case 'd': return snprintf(out, room, "%02d", date.day);
    case 'e': return snprintf(out, room, "%2d", date.day);
    case 'j': return snprintf(out, room, "%03d", date.day_of_year);
    case 'H': return snprintf(out, room, "%02d", hour);
    case 'I': return snprintf(out, room, "%02d", clock);
    case 'M': return snprintf(out, room, "%02d", (int)dsc_minute(t));
    case 'S': return snprintf(out, room, "%02d", (int)dsc_second(t));
    case 'L': return snprintf(out, room, "%03d", (int)(floor_mod(t, SECOND) / 1000));
    case 'f': return snprintf(out, room, "%06d", (int)floor_mod(t, SECOND));
    case 'p': return snprintf(out, room, "%s", hour < 12 ? "AM" : "PM");
    case 'a': return snprintf(out, room, "%.3s", weekday);
    case 'A': return snprintf(out, room, "%s", weekday);
    case 'b': return snprintf(out, room, "%.3s", month);
    case 'B': return snprintf(out, room, "%s", month);
    case 'u': return snprintf(out, room, "%d", (int)dsc_weekday(t));
    case 's': return snprintf(out, room, "%lld", (long long)floor_div(t, SECOND));
    case 'z': return snprintf(out, room, "+0000");
    case 'Z': return snprintf(out, room, "UTC");
    case '%': return snprintf(out, room, "%%");
    default: return 0;
    }
}

dsc_str dsc_format_time(dsc_task *task, int64_t t, dsc_str pattern)
{
    if (pattern.n == 0)
        return pattern;
    /* Two bytes of pattern make 24 at most, but for %F and %T, which are less than 24 + 24. */
    char *text = dsc_alloc(task, pattern.n * 24 + 25);
    int64_t n = 0;
    for (int64_t i = 0; i < pattern.n; i++) {
        int made = 0;
        if (pattern.p[i] == '%' && i + 1 < pattern.n) {
            const char *parts = short_for(pattern.p[i + 1]);
            for (; parts && *parts; parts++)
                made += *parts == '%' ? format_letter(*++parts, t, text + n + made) : (text[n + made] = *parts, 1);
            if (made == 0)
                made = format_letter(pattern.p[i + 1], t, text + n);
            i += made > 0;
        }
        if (made == 0)
            text[n++] = pattern.p[i];
        n += made;
    }
    return (dsc_str){text, n};
}

/* ---- from text ---- */

typedef struct Reader {
    const char *p, *end;
} Reader;

/* The parts of a time as they are read; -1: not given. */
typedef struct Parts {
    int64_t year, month, day, day_of_year, hour, clock, minute, second, micros;
    int64_t pm;                   /* 0 AM, 1 PM */
    int64_t epoch;                /* seconds from 1970, when has_epoch */
    int64_t offset;               /* minutes east of UTC */
    bool has_epoch;
} Parts;

static const Parts no_parts = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 0, false};

static bool read_char(Reader *r, char c)
{
    if (r->p == r->end || *r->p != c)
        return false;
    r->p++;
    return true;
}

static bool at_digit(const Reader *r)
{
    return r->p < r->end && *r->p >= '0' && *r->p <= '9';
}

/* A number of `least` to `most` digits that is in low..high. */
static bool read_number(Reader *r, int least, int most, int64_t low, int64_t high, int64_t *out)
{
    int64_t value = 0;
    int n = 0;
    for (; n < most && at_digit(r); n++)
        value = value * 10 + (*r->p++ - '0');
    *out = value;
    return n >= least && value >= low && value <= high;
}

/* Digits after a decimal point as microseconds; those beyond are cut off. */
static bool read_fraction(Reader *r, int most, int64_t *micros)
{
    int64_t unit = 100000, value = 0;
    int n = 0;
    for (; n < most && at_digit(r); n++) {
        value += (*r->p++ - '0') * unit;
        unit /= 10;
    }
    *micros = value;
    return n > 0;
}

/* Z, +hh:mm or +hhmm, as minutes. */
static bool read_offset(Reader *r, bool needs_colon, int64_t *offset)
{
    if (read_char(r, 'Z') || read_char(r, 'z')) {
        *offset = 0;
        return true;
    }
    bool west = read_char(r, '-');
    int64_t hours, minutes;
    if ((!west && !read_char(r, '+')) || !read_number(r, 2, 2, 0, 23, &hours)
        || (!read_char(r, ':') && needs_colon) || !read_number(r, 2, 2, 0, 59, &minutes))
        return false;
    *offset = (west ? -1 : 1) * (hours * 60 + minutes);
    return true;
}

/* One of n names, whole or its first three letters, in any case; its number from 0. */
static bool read_name(Reader *r, const char *const *names, int n, int64_t *out)
{
    for (int i = 0; i < n; i++) {
        int64_t same = 0, length = (int64_t)strlen(names[i]);
        while (same < length && same < r->end - r->p && (r->p[same] | 0x20) == (names[i][same] | 0x20))
            same++;
        if (same < 3)
            continue;
        r->p += same == length ? length : 3;
        *out = i;
        return true;
    }
    return false;
}

/* The time that the parts make; false for 30 February and the like. */
static bool time_of(const Parts *given, int64_t *out)
{
    Parts t = *given;
    if (t.micros < 0)
        t.micros = 0;
    if (t.has_epoch) {
        *out = t.epoch * SECOND + t.micros;
        return true;
    }
    if (t.clock >= 0)
        t.hour = t.clock % 12 + (t.pm > 0 ? 12 : 0);
    if (t.year < 0 || (t.month < 0) != (t.day < 0) || (t.month < 0 && t.day_of_year < 0))
        return false;
    int64_t day;
    if (t.month > 0) {
        if (t.day > days_in_month(t.year, (int)t.month))
            return false;
        day = day_number(t.year, (int)t.month, (int)t.day);
    } else {
        if (t.day_of_year > 365 + is_leap(t.year))
            return false;
        day = day_number(t.year, 1, 1) + t.day_of_year - 1;
    }
    int64_t seconds = (t.hour > 0 ? t.hour * 3600 : 0) + (t.minute > 0 ? t.minute * 60 : 0)
        + (t.second > 0 ? t.second : 0) - t.offset * 60;
    *out = day * DAY + seconds * SECOND + t.micros;
    return true;
}

static bool read_date(Reader *r, Parts *t)
{
    return read_number(r, 4, 4, 0, 9999, &t->year) && read_char(r, '-')
        && read_number(r, 2, 2, 1, 12, &t->month) && read_char(r, '-') && read_number(r, 2, 2, 1, 31, &t->day);
}

/* RFC 3339: a second of 60 is taken as the first of the next minute. */
bool dsc_parse_time(dsc_str s, int64_t *out)
{
    Reader r = {s.p, s.p + s.n};
    Parts t = no_parts;
    if (!read_date(&r, &t))
        return false;
    if (r.p < r.end) {
        if (!(read_char(&r, 'T') || read_char(&r, 't') || read_char(&r, ' '))
            || !read_number(&r, 2, 2, 0, 23, &t.hour) || !read_char(&r, ':')
            || !read_number(&r, 2, 2, 0, 59, &t.minute) || !read_char(&r, ':')
            || !read_number(&r, 2, 2, 0, 60, &t.second)
            || (read_char(&r, '.') && !read_fraction(&r, 1000, &t.micros))
            || !read_offset(&r, true, &t.offset) || r.p != r.end)
            return false;
    }
    return time_of(&t, out);
}

static bool read_epoch(Reader *r, Parts *t)
{
    bool minus = read_char(r, '-');
    if (!read_number(r, 1, 12, 0, INT64_MAX / SECOND / 10, &t->epoch))
        return false;
    if (minus)
        t->epoch = -t->epoch;
    return t->has_epoch = true;
}

static bool read_letter(Reader *r, char letter, Parts *t)
{
    int64_t ignored;
    switch (letter) {
    case 'Y': return read_number(r, 4, 4, 0, 9999, &t->year);
    case 'y':
        if (!read_number(r, 2, 2, 0, 99, &t->year))
            return false;
        t->year += t->year < 69 ? 2000 : 1900;
        return true;
    case 'm': return read_number(r, 1, 2, 1, 12, &t->month);
    case 'e':
        read_char(r, ' ');
        return read_number(r, 1, 2, 1, 31, &t->day);
    case 'd': return read_number(r, 1, 2, 1, 31, &t->day);
    case 'j': return read_number(r, 1, 3, 1, 366, &t->day_of_year);
    case 'H': return read_number(r, 1, 2, 0, 23, &t->hour);
    case 'I': return read_number(r, 1, 2, 1, 12, &t->clock);
    case 'M': return read_number(r, 1, 2, 0, 59, &t->minute);
    case 'S': return read_number(r, 1, 2, 0, 60, &t->second);
    case 'L': return read_fraction(r, 3, &t->micros);
    case 'f': return read_fraction(r, 9, &t->micros);
    case 'p':
        t->pm = read_char(r, 'P') || read_char(r, 'p');
        return (t->pm || read_char(r, 'A') || read_char(r, 'a')) && (read_char(r, 'M') || read_char(r, 'm'));
    case 'a': case 'A': return read_name(r, weekdays, 7, &ignored);
    case 'b': case 'B':
        if (!read_name(r, months, 12, &t->month))
            return false;
        t->month++;
        return true;
    case 'u': return read_number(r, 1, 1, 1, 7, &ignored);
    case 's': return read_epoch(r, t);
    case 'z': return read_offset(r, false, &t->offset);
    case 'Z': return (read_char(r, 'U') && read_char(r, 'T') && read_char(r, 'C'))
        || (read_char(r, 'G') && read_char(r, 'M') && read_char(r, 'T'));
    case '%': return read_char(r, '%');
    default: return false;
    }
}

/* Reads as the pattern says; `pattern` holds no further short forms when it is one. */
static bool read_pattern(Reader *r, dsc_str pattern, Parts *t)
{
    for (int64_t i = 0; i < pattern.n; i++) {
        if (pattern.p[i] != '%' || i + 1 == pattern.n) {
            if (!read_char(r, pattern.p[i]))
                return false;
            continue;
        }
        const char *parts = short_for(pattern.p[++i]);
        bool read = parts ? read_pattern(r, (dsc_str){parts, (int64_t)strlen(parts)}, t)
                          : read_letter(r, pattern.p[i], t);
        if (!read)
            return false;
    }
    return true;
}

bool dsc_parse_time_by(dsc_str s, dsc_str pattern, int64_t *out)
{
    Reader r = {s.p, s.p + s.n};
    Parts t = no_parts;
    return read_pattern(&r, pattern, &t) && r.p == r.end && time_of(&t, out);
}
