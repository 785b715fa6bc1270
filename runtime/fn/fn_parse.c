/* fn_parse.c: numbers and durations from text. The whole text must be one;
 * no blanks, no locale. */
#define _GNU_SOURCE
#include "fn_text.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool dsc_parse_int(dsc_str s, int64_t *out)
{
    const char *p = s.p, *end = s.p + s.n;
    bool minus = s.n > 0 && *p == '-';
    if (minus || (s.n > 0 && *p == '+'))
        p++;
    if (p == end)
        return false;
    int64_t value = 0;                            /* below 0, where there is room for one more */
    for (; p < end; p++) {
        if (!is_digit(*p) || __builtin_mul_overflow(value, 10, &value)
            || __builtin_sub_overflow(value, *p - '0', &value))
            return false;
    }
    if (!minus && value == INT64_MIN)
        return false;
    *out = minus ? value : -value;
    return true;
}

/* ---- floats ----
 * The digits that count, without leading zeros, are taken as a whole number
 * times a power of ten. Both are exact floats in most texts, and then one
 * multiplication or division rounds right; else strtod does it, from a text
 * without a point, which is the same in every locale. */

enum { MOST_DIGITS = 800 };       /* no float depends on more than 768, but on whether others follow */

typedef struct Decimal {
    char digits[MOST_DIGITS + 1];
    int n;
    bool more;                    /* digits other than 0 follow */
    int64_t ten;                  /* the power of ten to multiply with */
} Decimal;

static void add_digit(Decimal *d, char c, bool after_point)
{
    if (d->n == 0 && c == '0') {
        d->ten -= after_point;
    } else if (d->n < MOST_DIGITS) {
        d->digits[d->n++] = c;
        d->ten -= after_point;
    } else {
        d->more |= c != '0';
        d->ten += !after_point;
    }
}

/* Reads digits [. digits] [e [sign] digits]; false when that is not the whole text. */
static bool read_decimal(const char *p, const char *end, Decimal *d)
{
    const char *start = p;
    for (; p < end && is_digit(*p); p++)
        add_digit(d, *p, false);
    int64_t seen = p - start;
    if (p < end && *p == '.') {
        start = ++p;
        for (; p < end && is_digit(*p); p++)
            add_digit(d, *p, true);
        seen += p - start;
    }
    if (seen == 0)
        return false;
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        bool minus = p < end && *p == '-';
        if (minus || (p < end && *p == '+'))
            p++;
        if (p == end)
            return false;
        int64_t exponent = 0;
        for (; p < end && is_digit(*p); p++) {
            if (exponent < (int64_t)1 << 50)
                exponent = exponent * 10 + (*p - '0');
        }
        d->ten += minus ? -exponent : exponent;
    }
    return p == end;
}

static double decimal_value(Decimal *d)
{
    static const double tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (d->n == 0)
        return 0;
    if (d->n <= 15 && d->ten >= -22 && d->ten <= 22) {
        int64_t whole = 0;
        for (int i = 0; i < d->n; i++)
            whole = whole * 10 + (d->digits[i] - '0');
        return d->ten < 0 ? (double)whole / tens[-d->ten] : (double)whole * tens[d->ten];
    }
    if (d->more) {
        d->digits[d->n++] = '1';
        d->ten--;
    }
    int ten = (int)(d->ten < -9999 ? -9999 : d->ten > 9999 ? 9999 : d->ten);
    char text[MOST_DIGITS + 16];
    snprintf(text, sizeof text, "%.*se%d", d->n, d->digits, ten);
    return strtod(text, NULL);
}

static bool is_word(const char *p, const char *end, const char *word)
{
    for (; p < end && *word && (*p | 0x20) == *word; p++)
        word++;
    return p == end && *word == '\0';
}

bool dsc_parse_float(dsc_str s, double *out)
{
    const char *p = s.p, *end = s.p + s.n;
    bool minus = s.n > 0 && *p == '-';
    if (minus || (s.n > 0 && *p == '+'))
        p++;
    if (p == end)
        return false;
    double value;
    Decimal decimal;
    decimal.n = 0;
    decimal.more = false;
    decimal.ten = 0;
    if (is_digit(*p) || *p == '.') {
        if (!read_decimal(p, end, &decimal))
            return false;
        value = decimal_value(&decimal);
    } else if (is_word(p, end, "inf") || is_word(p, end, "infinity")) {
        value = (double)INFINITY;
    } else if (is_word(p, end, "nan")) {
        *out = (double)NAN;
        return true;
    } else {
        return false;
    }
    *out = minus ? -value : value;
    return true;
}

/* ---- durations ---- */

typedef struct Unit {
    const char *name;
    int64_t micros;
} Unit;

/* The unit at p, whose name is as long as letters go; NULL when there is none. */
static const Unit *read_unit(const char **p, const char *end)
{
    static const Unit units[] = {
        {"us", 1}, {"ms", 1000}, {"s", 1000000}, {"m", 60000000}, {"h", 3600000000}, {"d", 86400000000}};
    const char *start = *p;
    while (*p < end && **p >= 'a' && **p <= 'z')
        ++*p;
    size_t n = (size_t)(*p - start);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strlen(units[i].name) == n && memcmp(units[i].name, start, n) == 0)
            return &units[i];
    }
    return NULL;
}

/* One number with its unit, such as 1.5h, in microseconds. */
static bool read_part(const char **p, const char *end, int64_t *out)
{
    const char *start = *p;
    int64_t whole = 0, part = 0, scale = 1;
    for (; *p < end && is_digit(**p); ++*p) {
        if (__builtin_mul_overflow(whole, 10, &whole) || __builtin_add_overflow(whole, **p - '0', &whole))
            return false;
    }
    if (*p == start)
        return false;
    if (*p < end && **p == '.') {
        start = ++*p;
        while (*p < end && is_digit(**p))
            ++*p;
        const char *last = *p;
        if (last == start)
            return false;
        while (last > start && last[-1] == '0')
            last--;
        if (last - start > 8)                     /* beyond that no whole microsecond in practice */
            return false;
        for (; start < last; start++) {
            part = part * 10 + (*start - '0');
            scale *= 10;
        }
    }
    const Unit *unit = read_unit(p, end);
    if (!unit || part * unit->micros % scale != 0)
        return false;
    return !__builtin_mul_overflow(whole, unit->micros, out)
        && !__builtin_add_overflow(*out, part * unit->micros / scale, out);
}

bool dsc_parse_duration(dsc_str s, int64_t *out)
{
    const char *p = s.p, *end = s.p + s.n;
    bool minus = s.n > 0 && *p == '-';
    if (minus)
        p++;
    if (p == end)
        return false;
    int64_t sum = 0;
    while (p < end) {
        int64_t part;
        if (!read_part(&p, end, &part) || __builtin_add_overflow(sum, part, &sum))
            return false;
    }
    *out = minus ? -sum : sum;
    return true;
}
