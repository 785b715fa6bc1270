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

/* Eight digits at p as a number; false when one of the bytes is none. */
static inline bool rt_eight_digits(const char *p, uint64_t *out)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint64_t x;
    memcpy(&x, p, sizeof x);
    if (((x & 0xf0f0f0f0f0f0f0f0u) | ((x + 0x0606060606060606u) & 0xf0f0f0f0f0f0f0f0u) >> 4) != 0x3333333333333333u)
        return false;
    uint64_t digits = x - 0x3030303030303030u;
    digits = digits * 10 + (digits >> 8);
    *out = ((digits & 0x000000ff000000ffu) * (100 + (UINT64_C(1000000) << 32))
        + (digits >> 16 & 0x000000ff000000ffu) * (1 + (UINT64_C(10000) << 32))) >> 32;
    return true;
#else
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) {
        unsigned d = (unsigned)(unsigned char)p[i] - '0';
        if (d > 9)
            return false;
        value = value * 10 + d;
    }
    *out = value;
    return true;
#endif
}

/* The digits at p, at most RT_FAST_DIGITS of them that count; *value goes on from what it holds. */
static inline const char *rt_digits(const char *p, const char *end, uint64_t *value)
{
    uint64_t v = *value, eight;
    while (end - p >= 8 && rt_eight_digits(p, &eight)) {
        v = v * 100000000u + eight;
        p += 8;
    }
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
    static const double tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};
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
    double value = (double)v / tens[after];
    *out = minus ? -value : value;
    return stop;
}

#endif
