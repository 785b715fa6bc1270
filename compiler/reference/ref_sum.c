/* ref_sum.c: the exact sum of floats.
 *
 * Every float is a whole number of 2^-1074. They are added as such, in a number long enough that
 * nothing is ever lost: DIGITS digits of 32 bits, the least first. Positive and negative floats are
 * added apart, and the smaller sum is taken from the larger. Then the first 53 bits are taken,
 * rounded to nearest, halves to even. */
#include "ref.h"

#include <math.h>

enum { DIGITS = 72, BITS = DIGITS * 32 };   /* 2098 bits for the largest float, the rest for how many */

typedef struct Big {
    uint32_t digit[DIGITS];
} Big;

static void add_bit(Big *b, int bit)
{
    uint64_t carry = (uint64_t)1 << bit % 32;
    for (int i = bit / 32; carry > 0; i++) {
        carry += b->digit[i];
        b->digit[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

static void add_float(Big *b, double x)
{
    int exponent;
    double fraction = frexp(fabs(x), &exponent);    /* x is fraction * 2^exponent, fraction below 1 */
    for (int bit = exponent - 1 + 1074; fraction > 0; bit--) {
        fraction *= 2;
        if (fraction >= 1) {
            fraction -= 1;
            add_bit(b, bit);
        }
    }
}

static int compare(const Big *a, const Big *b)
{
    for (int i = DIGITS - 1; i >= 0; i--)
        if (a->digit[i] != b->digit[i])
            return a->digit[i] < b->digit[i] ? -1 : 1;
    return 0;
}

/* a - b, which is not below 0. */
static Big minus(const Big *a, const Big *b)
{
    Big result;
    int64_t borrow = 0;
    for (int i = 0; i < DIGITS; i++) {
        int64_t d = (int64_t)a->digit[i] - b->digit[i] - borrow;
        borrow = d < 0;
        result.digit[i] = (uint32_t)d;
    }
    return result;
}

static int bit_at(const Big *b, int i)
{
    return i < 0 ? 0 : b->digit[i / 32] >> i % 32 & 1;
}

static double rounded(const Big *b)
{
    int top = BITS - 1;
    while (top >= 0 && !bit_at(b, top))
        top--;
    int last = top < 52 ? 0 : top - 52;             /* the last bit that is kept */
    uint64_t kept = 0;
    for (int i = top; i >= last; i--)
        kept = kept * 2 + (uint64_t)bit_at(b, i);
    bool half = bit_at(b, last - 1), more = false;
    for (int i = last - 2; i >= 0; i--)
        more |= bit_at(b, i);
    if (half && (more || kept % 2 == 1))
        kept++;
    return ldexp((double)kept, last - 1074);
}

double sum_floats(const Val *values, int64_t n)
{
    Big plus = {{0}}, less = {{0}};
    bool infinite = false, minus_infinite = false, nan = false;
    for (int64_t i = 0; i < n; i++) {
        double x = values[i].is.f;
        nan |= isnan(x);
        infinite |= isinf(x) && x > 0;
        minus_infinite |= isinf(x) && x < 0;
        if (isfinite(x))
            add_float(x < 0 ? &less : &plus, x);
    }
    if (nan || (infinite && minus_infinite))
        return NAN;
    if (infinite || minus_infinite)
        return infinite ? INFINITY : -INFINITY;
    if (compare(&plus, &less) >= 0) {
        Big difference = minus(&plus, &less);
        return rounded(&difference);
    }
    Big difference = minus(&less, &plus);
    return -rounded(&difference);
}
