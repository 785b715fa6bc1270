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

/* The usual short number at p: 1 to 7 digits, and what ends them, in eight bytes that may be read. With
 * `point` there may be one behind a digit, with `*after` digits behind it. NULL when it is no such number. */
static inline const char *rt_short_number(const char *p, const char *end, const char *limit, bool point, uint64_t *value,
                                          unsigned *after)
{
#ifdef RT_EIGHT_AT_ONCE
    uint64_t others, x;
    if (limit - p < 8)
        return NULL;
    x = rt_eight(p, &others);
    unsigned bits = others ? (unsigned)__builtin_ctzll(others) & ~7u : 0, whole = bits;
    if (bits == 0)
        return NULL;
    *after = 0;
    if (point && p[bits / 8] == '.') {
        others &= others - 1;
        bits = others ? (unsigned)__builtin_ctzll(others) & ~7u : 0;
        if (bits <= whole + 8)
            return NULL;
        uint64_t before = (UINT64_C(1) << whole) - 1;
        x = (x & before) | (x >> 8 & ~before);
        *after = bits / 8 - whole / 8 - 1;
        whole = bits - 8;
    }
    p += bits / 8;
    if (p > end)
        return NULL;
    *value = rt_eight_value(x << (64 - whole));
    return p;
#else
    (void)p, (void)end, (void)limit, (void)point, (void)value, (void)after;
    return NULL;
#endif
}

/* [-]digits, or with + where `plus`. */
static inline const char *rt_read_int(const char *p, const char *end, const char *limit, bool plus, int64_t *out)
{
    bool minus = p < end && *p == '-';
    if (minus || (plus && p < end && *p == '+'))
        p++;
    uint64_t v = 0;
    unsigned after;
    const char *stop = rt_short_number(p, end, limit, false, &v, &after);
    if (stop == NULL) {
        stop = rt_digits(p, end, &v);
        if (stop == p || stop - p > RT_FAST_DIGITS)
            return NULL;
    }
    *out = minus ? -(int64_t)v : (int64_t)v;
    return stop;
}

/* The digits of a decimal, whatever their number, as rt_short_number gives them. */
static inline const char *rt_long_decimal(const char *p, const char *end, uint64_t *value, unsigned *after)
{
    const char *stop = rt_digits(p, end, value);
    int64_t n = stop - p, behind = 0;
    if (n == 0)
        return NULL;
    if (stop < end && *stop == '.') {
        const char *from = stop + 1;
        stop = rt_digits(from, end, value);
        behind = stop - from;
        if (behind == 0)
            return NULL;
    }
    *after = (unsigned)behind;
    return n + behind > RT_FAST_DIGITS || *value > UINT64_C(1) << 53 ? NULL : stop;
}

/* [-]digits[.digits], where that is exact in one rounding. */
static inline const char *rt_read_decimal(const char *p, const char *end, const char *limit, double *out)
{
    static const double tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};
    bool minus = p < end && *p == '-';
    p += minus;
    uint64_t v = 0;
    unsigned after = 0;
    const char *stop = rt_short_number(p, end, limit, true, &v, &after);
    if (stop == NULL)
        stop = rt_long_decimal(p, end, &v, &after);
    if (stop == NULL || (stop < end && (*stop | 0x20) == 'e'))
        return NULL;
    double value = (double)(int64_t)v / tens[after];
    *out = minus ? -value : value;
    return stop;
}

#endif
