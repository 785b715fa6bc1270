/* number.h: ints and decimals read where they stand, for decoders.
 *
 * Each reads as far as its number goes and returns where that ends, or NULL when
 * no number that it knows how to read stands there. The common forms are read
 * here; what is rare (more than 18 digits, exponents) is left to the slow
 * functions of dsc_fn.h, which read the whole of a text. */
#ifndef RT_NUMBER_H
#define RT_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { RT_FAST_DIGITS = 18 };     /* fit an int64_t whatever they are */
enum { RT_SHORT = 9 };            /* bytes that must be there to be read for a short number */

static const double rt_tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18};

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define RT_EIGHT_AT_ONCE
/* Eight bytes less '0' each, the first in the lowest byte; in *others the high bit of each that is no digit. */
static inline uint64_t rt_eight(const char *p, uint64_t *others)
{
    uint64_t x;
    memcpy(&x, p, sizeof x);
    x ^= 0x3030303030303030u;
    *others = (((x & 0x7f7f7f7f7f7f7f7fu) + 0x7676767676767676u) | x) & 0x8080808080808080u;
    return x;
}

/* Eight digits as a number. */
static inline uint64_t rt_eight_value(uint64_t x)
{
    x = x * 10 + (x >> 8);
    return ((x & 0x000000ff000000ffu) * (100 + (UINT64_C(1000000) << 32))
        + (x >> 16 & 0x000000ff000000ffu) * (1 + (UINT64_C(10000) << 32))) >> 32;
}
#endif

/* ---- short numbers: without a branch that depends on their length ------------------------ */

/* 1 to 7 digits at p with what ends them in eight bytes; NULL when it is no such number. */
static inline const char *rt_short_digits(const char *p, uint64_t *value)
{
#ifdef RT_EIGHT_AT_ONCE
    uint64_t others, x = rt_eight(p, &others);
    unsigned bits = others ? (unsigned)__builtin_ctzll(others) & ~7u : 0;
    if (bits > 0) {
        *value = rt_eight_value(x << (64 - bits));
        return p + bits / 8;
    }
#endif
    (void)p, (void)value;
    return NULL;
}

/* The same with a point and `after` digits among them, or none. */
static inline const char *rt_short_fraction(const char *p, uint64_t *value, unsigned *after)
{
#ifdef RT_EIGHT_AT_ONCE
    uint64_t others, x = rt_eight(p, &others), more = others & (others - 1);
    if (others && p[__builtin_ctzll(others) / 8] == '.') {
        unsigned whole = (unsigned)__builtin_ctzll(others) / 8, n = more ? (unsigned)__builtin_ctzll(more) / 8 : 0;
        if (whole == 0 || n <= whole + 1)
            return NULL;
        /* the digits behind the point move down over it, to those before it */
        uint64_t before = ((others & -others) - 1) >> 7;
        *value = rt_eight_value(((x & before) | (x >> 8 & ~before)) << (72 - 8 * n));
        *after = n - whole - 1;
        return p + n;
    }
    *after = 0;
    return rt_short_digits(p, value);
#endif
    (void)p, (void)value, (void)after;
    return NULL;
}

static inline const char *rt_short_int(const char *p, int64_t *out)
{
    bool minus = *p == '-';
    uint64_t v;
    const char *stop = rt_short_digits(p + minus, &v);
    if (stop)
        *out = minus ? -(int64_t)v : (int64_t)v;
    return stop;
}

static inline const char *rt_short_decimal(const char *p, double *out)
{
    uint64_t minus = *p == '-', v, bits;
    unsigned after;
    const char *stop = rt_short_fraction(p + minus, &v, &after);
    if (stop) {
        double value = (double)(int64_t)v / rt_tens[after];
        memcpy(&bits, &value, sizeof bits);
        bits |= minus << 63;
        memcpy(out, &bits, sizeof bits);
    }
    return stop;
}

/* ---- any ----------------------------------------------------------------------------------- */

/* The digits at p, at most RT_FAST_DIGITS of them that count; *value goes on from what it holds. */
static inline const char *rt_digits(const char *p, const char *end, uint64_t *value)
{
    uint64_t v = *value;
#ifdef RT_EIGHT_AT_ONCE
    for (uint64_t eight, others; end - p >= 8; p += 8) {
        eight = rt_eight(p, &others);
        if (others)
            break;
        v = v * 100000000u + rt_eight_value(eight);
    }
#endif
    for (; p < end; p++) {
        unsigned d = (unsigned)(unsigned char)*p - '0';
        if (d > 9)
            break;
        v = v * 10 + d;
    }
    *value = v;
    return p;
}

/* [-]digits, or with + where `plus`. */
static inline const char *rt_read_int(const char *p, const char *end, bool plus, int64_t *out)
{
    bool minus = p < end && *p == '-';
    if (minus || (plus && p < end && *p == '+'))
        p++;
    uint64_t v = 0;
    const char *stop = rt_digits(p, end, &v);
    if (stop == p || stop - p > RT_FAST_DIGITS)
        return NULL;
    *out = minus ? -(int64_t)v : (int64_t)v;
    return stop;
}

/* [-]digits[.digits], where that is exact in one rounding. */
static inline const char *rt_read_decimal(const char *p, const char *end, double *out)
{
    bool minus = p < end && *p == '-';
    p += minus;
    uint64_t v = 0;
    const char *stop = rt_digits(p, end, &v);
    int64_t n = stop - p, after = 0;
    if (n == 0)
        return NULL;
    if (stop < end && *stop == '.') {
        const char *from = stop + 1;
        stop = rt_digits(from, end, &v);
        after = stop - from;
        if (after == 0)
            return NULL;
    }
    if (n + after > RT_FAST_DIGITS || v > UINT64_C(1) << 53 || (stop < end && (*stop | 0x20) == 'e'))
        return NULL;
    double value = (double)(int64_t)v / rt_tens[after];
    *out = minus ? -value : value;
    return stop;
}

#endif
