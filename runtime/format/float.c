/* float.c: the shortest decimal of a float.
 *
 * The method is R. Giulietti's Schubfach: of the multiples of a power of ten 10^k
 * (and of 10^(k+1)) around the value, k chosen so that at most two of them lie in
 * the interval that rounds to the value, take the one that lies in it and is
 * nearest. One 64 x 128 bit product gives each bound; "round to odd" keeps in its
 * last bit whether anything was cut off, which is all that comparing needs.
 *
 * The 128-bit powers of ten are computed once, when first needed. */
#include "text.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

enum { MIN_POWER = -292, MAX_POWER = 324, N_POWERS = MAX_POWER - MIN_POWER + 1 };

/* 10^k scaled by a power of two to 128 bits with the highest set, rounded up. */
typedef struct Power {
    uint64_t hi, lo;
} Power;

static Power powers[N_POWERS];
static pthread_once_t powers_made = PTHREAD_ONCE_INIT;

/* A natural number in words of 32 bits, the lowest first. */
enum { BIG_WORDS = 30 };
typedef struct Big {
    uint32_t word[BIG_WORDS];
} Big;

static void big_multiply(Big *big, uint32_t factor)
{
    uint64_t carry = 0;
    for (int i = 0; i < BIG_WORDS; i++) {
        carry += (uint64_t)big->word[i] * factor;
        big->word[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

/* Divides, dropping the remainder. */
static void big_divide(Big *big, uint32_t divisor)
{
    uint64_t rest = 0;
    for (int i = BIG_WORDS - 1; i >= 0; i--) {
        rest = rest << 32 | big->word[i];
        big->word[i] = (uint32_t)(rest / divisor);
        rest %= divisor;
    }
}

static bool big_bit(const Big *big, int bit)
{
    return bit >= 0 && (big->word[bit / 32] >> bit % 32 & 1) != 0;
}

/* The highest 128 bits, rounded up where bits are cut off or `inexact`. */
static Power big_top(const Big *big, bool inexact)
{
    int top = BIG_WORDS * 32 - 1;
    while (!big_bit(big, top))
        top--;
    Power power = {0, 0};
    for (int i = 0; i < 64; i++) {
        power.hi = power.hi << 1 | big_bit(big, top - i);
        power.lo = power.lo << 1 | big_bit(big, top - 64 - i);
    }
    for (int i = 0; i <= top - 128 && !inexact; i++)
        inexact = big_bit(big, i);
    if (inexact && ++power.lo == 0)
        power.hi++;
    return power;
}

/* 10^k has the bits of 5^k, and 10^-k those of 2^900 / 5^k. */
static void make_powers(void)
{
    Big five = {{1}};
    for (int k = 0; k <= MAX_POWER; k++) {
        powers[k - MIN_POWER] = big_top(&five, false);
        big_multiply(&five, 5);
    }
    Big inverse = {{0}};
    inverse.word[900 / 32] = 1u << 900 % 32;
    for (int k = -1; k >= MIN_POWER; k--) {
        big_divide(&inverse, 5);
        powers[k - MIN_POWER] = big_top(&inverse, true);
    }
}

static void multiply(uint64_t a, uint64_t b, uint64_t *hi, uint64_t *lo)
{
    uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    uint64_t low = a0 * b0;
    uint64_t mid = a1 * b0 + (low >> 32);
    uint64_t mid2 = a0 * b1 + (uint32_t)mid;
    *hi = a1 * b1 + (mid >> 32) + (mid2 >> 32);
    *lo = mid2 << 32 | (uint32_t)low;
}

/* The highest 64 bits of c * power, its last bit set when others are cut off. */
static uint64_t round_to_odd(Power power, uint64_t c)
{
    uint64_t low_hi, low_lo, hi, lo;
    multiply(power.lo, c, &low_hi, &low_lo);
    multiply(power.hi, c, &hi, &lo);
    lo += low_hi;
    hi += lo < low_hi;
    return hi | (lo > 1);
}

/* value = *digits * 10^*exponent, for a positive finite value of these bits. */
static void shortest(uint64_t bits, uint64_t *digits, int *exponent)
{
    uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
    int biased = (int)(bits >> 52);
    uint64_t c = biased ? fraction | UINT64_C(1) << 52 : fraction;
    int q = (biased ? biased : 1) - 1075;
    bool odd = c & 1;
    bool lower_is_closer = fraction == 0 && biased > 1;

    /* floor(log10(2^q)), of three quarters of it where the lower neighbour is closer */
    int k = (q * 1262611 - (lower_is_closer ? 524031 : 0)) >> 22;
    int h = q + ((-k * 1741647) >> 19) + 1;
    Power power = powers[-k - MIN_POWER];
    uint64_t lower = round_to_odd(power, (4 * c - (lower_is_closer ? 1 : 2)) << h) + odd;
    uint64_t middle = round_to_odd(power, 4 * c << h);
    uint64_t upper = round_to_odd(power, (4 * c + 2) << h) - odd;

    uint64_t s = middle / 4;
    *exponent = k + 1;
    if (s >= 10) {
        uint64_t tens = s / 10;
        bool below = lower <= 40 * tens, above = 40 * tens + 40 <= upper;
        if (below != above) {
            *digits = tens + above;
            return;
        }
    }
    *exponent = k;
    bool below = lower <= 4 * s, above = 4 * s + 4 <= upper;
    if (below != above)
        *digits = s + above;
    else
        *digits = s + (middle > 4 * s + 2 || (middle == 4 * s + 2 && (s & 1)));
}

/* Writes n digits of a point-shifted number: 0.00012, 1.5, 1200.0 */
static char *put_plain(char *out, const char *digits, int n, int point)
{
    if (point <= 0) {
        *out++ = '0';
        *out++ = '.';
        for (int i = point; i < 0; i++)
            *out++ = '0';
        memcpy(out, digits, (size_t)n);
        return out + n;
    }
    for (int i = 0; i < point; i++)
        *out++ = i < n ? digits[i] : '0';
    *out++ = '.';
    if (point >= n)
        *out++ = '0';
    for (int i = point; i < n; i++)
        *out++ = digits[i];
    return out;
}

static char *put_scientific(char *out, const char *digits, int n, int exponent)
{
    *out++ = digits[0];
    if (n > 1) {
        *out++ = '.';
        memcpy(out, digits + 1, (size_t)n - 1);
        out += n - 1;
    }
    *out++ = 'e';
    *out++ = exponent < 0 ? '-' : '+';
    exponent = exponent < 0 ? -exponent : exponent;
    if (exponent >= 100)
        *out++ = (char)('0' + exponent / 100);
    *out++ = (char)('0' + exponent / 10 % 10);
    *out++ = (char)('0' + exponent % 10);
    return out;
}

int rt_float_text(double value, char out[RT_TEXT_MAX])
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    bool negative = bits >> 63;
    bits &= UINT64_MAX >> 1;
    if (bits > UINT64_C(0x7ff) << 52)
        negative = false;

    char *at = out;
    if (negative)
        *at++ = '-';
    if (bits >= UINT64_C(0x7ff) << 52) {
        memcpy(at, bits == UINT64_C(0x7ff) << 52 ? "inf" : "nan", 4);
        return (int)(at - out) + 3;
    }

    uint64_t decimal = 0;
    int exponent = 0;
    if (bits != 0) {
        double whole = value < 0 ? -value : value;
        if (whole < 9007199254740992.0 && (double)(uint64_t)whole == whole) {
            decimal = (uint64_t)whole;
        } else {
            pthread_once(&powers_made, make_powers);
            shortest(bits, &decimal, &exponent);
        }
    }
    char text[24];
    int n = 0;
    do
        text[sizeof text - ++n] = (char)('0' + decimal % 10);
    while (decimal /= 10);
    const char *digits = text + sizeof text - n;
    int point = n + exponent;
    while (n > 1 && digits[n - 1] == '0')
        n--;

    at = point > 16 || point < -3 ? put_scientific(at, digits, n, point - 1) : put_plain(at, digits, n, point);
    *at = 0;
    return (int)(at - out);
}
