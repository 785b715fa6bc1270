/* fn_time.c: times by the Gregorian calendar, UTC and by the clocks of a time zone, and as text. */
#include "../calendar.h"
#include "../zone.h"
#include "fn_text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND ((int64_t)1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static rt_date date_of_time(int64_t t)
{
    return rt_date_of(rt_floor_div(t, DAY));
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
    return rt_floor_mod(rt_floor_div(t, DAY) + 3, 7) + 1;       /* 1970-01-01 was a Thursday */
}

int64_t dsc_hour(int64_t t)
{
    return rt_floor_mod(t, DAY) / HOUR;
}

int64_t dsc_minute(int64_t t)
{
    return rt_floor_mod(t, HOUR) / MINUTE;
}

int64_t dsc_second(int64_t t)
{
    return rt_floor_mod(t, MINUTE) / SECOND;
}

bool dsc_truncate(int64_t t, int64_t step, int64_t *out)
{
    return step > 0 && dsc_int_sub(t, rt_floor_mod(t, step), out);
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

/* A time as clocks show it: what the UTC functions take and give the parts of. */
typedef struct Local {
    int64_t t;                    /* shown */
    rt_offset offset;
} Local;

static const rt_offset no_offset = {0, "UTC"};

static Local local_of(const rt_zone *zone, int64_t t)
{
    rt_offset offset = rt_zone_at(zone, rt_floor_div(t, SECOND));
    int64_t shown;
    if (__builtin_add_overflow(t, offset.seconds * SECOND, &shown))
        return (Local){t, no_offset};         /* within a day of the ends of time */
    return (Local){shown, offset};
}

/* Writes what a letter after % stands for to out, at most 24 bytes; returns how many, 0 for an unknown one. */
static int format_letter(char letter, Local local, char *out)
{
    int64_t t = local.t;
    int minutes = local.offset.seconds / 60;
    rt_date date = date_of_time(t);
    int hour = (int)dsc_hour(t), clock = (hour + 11) % 12 + 1;
    const char *weekday = weekdays[dsc_weekday(t) - 1], *month = months[date.month - 1];
    size_t room = 25;
    switch (letter) {
    case 'Y': return snprintf(out, room, "%04lld", (long long)date.year);
    case 'y': return snprintf(out, room, "%02d", (int)rt_floor_mod(date.year, 100));
    case 'm': return snprintf(out, room, "%02d", date.month);
    case 'd': return snprintf(out, room, "%02d", date.day);
    case 'e': return snprintf(out, room, "%2d", date.day);
    case 'j': return snprintf(out, room, "%03d", date.day_of_year);
    case 'H': return snprintf(out, room, "%02d", hour);
    case 'I': return snprintf(out, room, "%02d", clock);
    case 'M': return snprintf(out, room, "%02d", (int)dsc_minute(t));
    case 'S': return snprintf(out, room, "%02d", (int)dsc_second(t));
    case 'L': return snprintf(out, room, "%03d", (int)(rt_floor_mod(t, SECOND) / 1000));
    case 'f': return snprintf(out, room, "%06d", (int)rt_floor_mod(t, SECOND));
    case 'p': return snprintf(out, room, "%s", hour < 12 ? "AM" : "PM");
    case 'a': return snprintf(out, room, "%.3s", weekday);
    case 'A': return snprintf(out, room, "%s", weekday);
    case 'b': return snprintf(out, room, "%.3s", month);
    case 'B': return snprintf(out, room, "%s", month);
    case 'u': return snprintf(out, room, "%d", (int)dsc_weekday(t));
    case 's': return snprintf(out, room, "%lld", (long long)rt_floor_div(t, SECOND) - local.offset.seconds);
    case 'z': return snprintf(out, room, "%c%02d%02d", minutes < 0 ? '-' : '+', abs(minutes) / 60, abs(minutes) % 60);
    case 'Z': return snprintf(out, room, "%s", local.offset.name);
    case '%': return snprintf(out, room, "%%");
    default: return 0;
    }
}

static dsc_str format_local(dsc_task *task, Local t, dsc_str pattern)
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

dsc_str dsc_format_time(dsc_task *task, int64_t t, dsc_str pattern)
{
    return format_local(task, (Local){t, no_offset}, pattern);
}

bool dsc_zone_format_time(dsc_task *task, int64_t t, dsc_str pattern, dsc_str name, dsc_str *out, const char **why)
{
    const rt_zone *zone = rt_zone_of(name, why);
    if (zone)
        *out = format_local(task, local_of(zone, t), pattern);
    return zone != NULL;
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
    int64_t offset;               /* minutes east of UTC, when has_offset */
    bool has_epoch, has_offset;
    const rt_zone *zone;          /* whose clocks are meant where there is no offset; NULL: UTC */
    dsc_str zone_name;            /* %Z in a zone: what it is called then */
} Parts;

static const Parts no_parts = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 0, false, false, NULL, {NULL, 0}};

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
        if (t.day > rt_days_in_month(t.year, (int)t.month))
            return false;
        day = rt_day_number(t.year, (int)t.month, (int)t.day);
    } else {
        if (t.day_of_year > 365 + rt_is_leap(t.year))
            return false;
        day = rt_day_number(t.year, 1, 1) + t.day_of_year - 1;
    }
    int64_t seconds = (t.hour > 0 ? t.hour * 3600 : 0) + (t.minute > 0 ? t.minute * 60 : 0)
        + (t.second > 0 ? t.second : 0) - (t.has_offset ? t.offset * 60 : 0);
    if (t.zone && !t.has_offset) {
        if (!rt_zone_moment(t.zone, day * (DAY / SECOND) + seconds, t.zone_name.p, (size_t)t.zone_name.n, out))
            return false;
        *out = *out * SECOND + t.micros;
        return true;
    }
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
            || !(t.has_offset = read_offset(&r, true, &t.offset)) || r.p != r.end)
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

static bool at_letter(const Reader *r)
{
    return r->p < r->end && (*r->p | 0x20) >= 'a' && (*r->p | 0x20) <= 'z';
}

/* UTC or GMT; in a zone what an offset of it may be called, such as CEST or +03. */
static bool read_zone_name(Reader *r, Parts *t)
{
    const char *start = r->p;
    if (t->zone && (read_char(r, '+') || read_char(r, '-')))
        while (at_digit(r))
            r->p++;
    else
        while (at_letter(r))
            r->p++;
    dsc_str name = {start, r->p - start};
    if (name.n == 3 && (memcmp(start, "UTC", 3) == 0 || (!t->zone && memcmp(start, "GMT", 3) == 0)))
        t->has_offset = true;
    else
        t->zone_name = name;
    return t->has_offset || (t->zone && name.n > 0);
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
    case 'z': return t->has_offset = read_offset(r, false, &t->offset);
    case 'Z': return read_zone_name(r, t);
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

bool dsc_zone_parse_time(dsc_task *task, dsc_str s, dsc_str pattern, dsc_str name, int64_t *out, bool *some, const char **why)
{
    (void)task;
    Reader r = {s.p, s.p + s.n};
    Parts t = no_parts;
    t.zone = rt_zone_of(name, why);
    *out = 0;
    *some = t.zone && read_pattern(&r, pattern, &t) && r.p == r.end && time_of(&t, out);
    return t.zone != NULL;
}

/* ---- by the clocks of a zone ---- */

static bool part_in(int64_t (*part)(int64_t t), int64_t t, dsc_str name, int64_t *out, const char **why)
{
    const rt_zone *zone = rt_zone_of(name, why);
    if (zone)
        *out = part(local_of(zone, t).t);
    return zone != NULL;
}

#define PART(name, part) \
    bool dsc_zone_##name(dsc_task *task, int64_t t, dsc_str zone, int64_t *out, const char **why) \
    { \
        (void)task; \
        return part_in(part, t, zone, out, why); \
    }
PART(year, dsc_year)
PART(month, dsc_month)
PART(day, dsc_day)
PART(weekday, dsc_weekday)
PART(hour, dsc_hour)
PART(minute, dsc_minute)

bool dsc_zone_truncate(dsc_task *task, int64_t t, int64_t step, dsc_str name, int64_t *out, const char **why)
{
    (void)task;
    const rt_zone *zone = rt_zone_of(name, why);
    if (!zone)
        return false;
    *why = "truncate: no result for these arguments";
    Local local = local_of(zone, t);
    int64_t start;
    if (!dsc_truncate(local.t, step, &start))
        return false;
    /* As long as clocks were not put on or back in between, and also when they show the hour for the second time. */
    if (!dsc_int_sub(start, local.offset.seconds * SECOND, out))
        return false;
    if (rt_zone_at(zone, rt_floor_div(*out, SECOND)).seconds == local.offset.seconds)
        return true;
    int64_t seconds, micros = rt_floor_mod(start, SECOND);
    rt_zone_moment(zone, rt_floor_div(start, SECOND), NULL, 0, &seconds);
    *out = seconds * SECOND + micros;
    return true;
}
