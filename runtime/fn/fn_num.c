/* fn_num.c: numbers. Floats follow IEEE 754; a result that is no number is
 * always the same one, whatever machine or compiler. */
#define _GNU_SOURCE
#include "dsc_fn.h"
#include <math.h>

static double number(double x)
{
    return isnan(x) ? (double)NAN : x;
}

bool dsc_int_mul(int64_t a, int64_t b, int64_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

bool dsc_int_abs(int64_t x, int64_t *out)
{
    *out = x < 0 && x != INT64_MIN ? -x : x;
    return x != INT64_MIN;
}

int64_t dsc_int_min(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t dsc_int_max(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

int64_t dsc_int_clamp(int64_t x, int64_t low, int64_t high)
{
    return dsc_int_min(dsc_int_max(x, low), high);
}

double dsc_int_to_float(int64_t x)
{
    return (double)x;
}

bool dsc_float_to_int(double a, int64_t *out)
{
    if (!(a >= -0x1p63 && a < 0x1p63))
        return false;
    *out = (int64_t)a;
    return true;
}

bool dsc_is_nan(double x)
{
    return isnan(x);
}

double dsc_float_abs(double x)
{
    return number(fabs(x));
}

double dsc_float_mod(double a, double b)
{
    return number(fmod(a, b));
}

double dsc_float_min(double a, double b)
{
    if (isnan(a) || isnan(b))
        return (double)NAN;
    if (a == b)
        return signbit(a) ? a : b;
    return a < b ? a : b;
}

double dsc_float_max(double a, double b)
{
    if (isnan(a) || isnan(b))
        return (double)NAN;
    if (a == b)
        return signbit(a) ? b : a;
    return a > b ? a : b;
}

double dsc_float_clamp(double x, double low, double high)
{
    return dsc_float_min(dsc_float_max(x, low), high);
}

bool dsc_floor(double x, int64_t *out)
{
    return dsc_float_to_int(floor(x), out);
}

bool dsc_ceil(double x, int64_t *out)
{
    return dsc_float_to_int(ceil(x), out);
}

bool dsc_round(double x, int64_t *out)
{
    return dsc_float_to_int(round(x), out);
}

/* The whole number nearest to whole + rest, halves up; rest is at most half of the last bit of whole >= 0. */
static double nearest(double whole, double rest)
{
    double down = floor(whole);
    return (whole - down - 0.5) + rest >= 0 ? down + 1 : down;
}

double dsc_round_to(double x, int64_t digits)
{
    static const double tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    digits = dsc_int_clamp(digits, -22, 22);
    double ten = tens[digits < 0 ? -digits : digits], size = fabs(x);
    double whole = digits < 0 ? size / ten : size * ten;
    if (!(whole < 0x1p53))        /* x itself is as near as floats are */
        return number(x);
    /* What the operation above rounded away, to the last bit. */
    double rest = digits < 0 ? fma(-whole, ten, size) / ten : fma(size, ten, -whole);
    whole = nearest(whole, rest);
    return copysign(digits < 0 ? whole * ten : whole / ten, x);
}

double dsc_sqrt(double x)
{
    return number(sqrt(x));
}

double dsc_exp(double x)
{
    return number(exp(x));
}

double dsc_log(double x)
{
    return number(log(x));
}

double dsc_log2(double x)
{
    return number(log2(x));
}

double dsc_log10(double x)
{
    return number(log10(x));
}

double dsc_pow(double x, double y)
{
    return number(pow(x, y));
}
