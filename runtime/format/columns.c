/* columns.c: the numbers of a column.
 *
 * Numbers of up to 8 bytes are read four at a time where the processor has AVX2: what is done is the same for
 * all of them, whatever their signs and digits. Four of which one is longer, or no such number, are read one by
 * one. Either way a float is a whole number below 2^53 divided once by a power of ten that is exact, and so the
 * nearest one. */
#include "columns.h"
#include "dsc_fn.h"
#include "rt.h"

static inline int64_t *at_int(char *out) { return (int64_t *)(void *)out; }
static inline double *at_float(char *out) { return (double *)(void *)out; }

size_t rt_int_column_plain(const char *const *from, const char *const *to, size_t n, char *out, size_t stride)
{
    for (size_t i = 0; i < n; i++, out += stride)
        if (rt_short_int(from[i], at_int(out)) != to[i] && rt_read_int(from[i], to[i], true, at_int(out)) != to[i]
            && !dsc_parse_int((dsc_str){from[i], to[i] - from[i]}, at_int(out)))
            return i;
    return n;
}

size_t rt_float_column_plain(const char *const *from, const char *const *to, size_t n, char *out, size_t stride)
{
    for (size_t i = 0; i < n; i++, out += stride)
        if (rt_short_decimal(from[i], at_float(out)) != to[i] && rt_read_decimal(from[i], to[i], at_float(out)) != to[i]
            && !dsc_parse_float((dsc_str){from[i], to[i] - from[i]}, at_float(out)))
            return i;
    return n;
}

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#define WIDE static inline __attribute__((target("avx2")))
#define EACH _mm256_set1_epi64x

enum { FOUR = 4 };

/* Four texts: their bytes less '0', the last of each in the highest byte of its lane, without the sign. */
typedef struct Four {
    __m256i bytes;
    __m256i minus;                /* all bits of a lane that has one */
    __m256i first;                /* 1 in the byte of the first digit; 0: there is none, or more than 8 bytes */
} Four;

static inline int64_t eight_bytes(const char *p)
{
    int64_t x;
    memcpy(&x, p, sizeof x);
    return x;
}

WIDE Four four_texts(const char *const *from, const char *const *to)
{
    __m256i start = _mm256_loadu_si256((const void *)from), end = _mm256_loadu_si256((const void *)to);
    __m256i x = _mm256_set_epi64x(eight_bytes(from[3]), eight_bytes(from[2]), eight_bytes(from[1]), eight_bytes(from[0]));
    __m256i minus = _mm256_cmpeq_epi64(_mm256_and_si256(x, EACH(0xff)), EACH('-'));
    /* what is shifted by 64 bits or more, or by less than none, is 0 */
    __m256i shift = _mm256_sub_epi64(EACH(64), _mm256_slli_epi64(_mm256_sub_epi64(end, start), 3));
    __m256i one = _mm256_sllv_epi64(EACH(1), shift), bytes = _mm256_sllv_epi64(_mm256_xor_si256(x, _mm256_set1_epi8('0')), shift);
    __m256i sign = _mm256_and_si256(minus, _mm256_sub_epi64(_mm256_slli_epi64(one, 8), one));
    return (Four){_mm256_andnot_si256(sign, bytes), minus, _mm256_sllv_epi64(one, _mm256_and_si256(minus, EACH(8)))};
}

/* Eight digits in each lane as a number. */
WIDE __m256i four_values(__m256i digits)
{
    __m256i twos = _mm256_maddubs_epi16(digits, _mm256_set1_epi16(10 | 1 << 8));
    __m256i fours = _mm256_madd_epi16(twos, _mm256_set1_epi32(100 | 1 << 16));
    return _mm256_add_epi64(_mm256_mul_epu32(fours, EACH(10000)), _mm256_srli_epi64(fours, 32));
}

WIDE __m256i are_digits(__m256i bytes)
{
    return _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(9)), bytes);
}

WIDE bool all_set(__m256i bytes) { return _mm256_movemask_epi8(bytes) == -1; }

WIDE bool four_ints(const char *const *from, const char *const *to, int64_t out[FOUR])
{
    Four f = four_texts(from, to);
    __m256i none = _mm256_cmpeq_epi64(f.first, _mm256_setzero_si256());
    __m256i value = _mm256_sub_epi64(_mm256_xor_si256(four_values(f.bytes), f.minus), f.minus);
    _mm256_storeu_si256((void *)out, value);
    return all_set(_mm256_andnot_si256(none, are_digits(f.bytes)));
}

WIDE bool four_floats(const char *const *from, const char *const *to, double out[FOUR])
{
    const __m256i zero = _mm256_setzero_si256(), ones = _mm256_set1_epi8(1), words = _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6);
    const __m256 tens = _mm256_setr_ps(1e0f, 1e1f, 1e2f, 1e3f, 1e4f, 1e5f, 1e6f, 1e7f);
    Four f = four_texts(from, to);
    __m256i is_point = _mm256_cmpeq_epi8(f.bytes, _mm256_set1_epi8('.' ^ '0'));
    __m256i point = _mm256_and_si256(is_point, ones), below = _mm256_sub_epi64(point, EACH(1));
    /* digits stand on both sides of the point, and it is the only one */
    __m256i wrong = _mm256_or_si256(_mm256_or_si256(_mm256_cmpeq_epi64(point, f.first), _mm256_and_si256(point, below)),
                                    _mm256_and_si256(point, EACH(INT64_C(1) << 56)));
    bool good = _mm256_testz_si256(wrong, wrong) && all_set(_mm256_or_si256(are_digits(f.bytes), is_point));
    /* those before it move over it; without one all stand before it, and stay */
    __m256i over = _mm256_andnot_si256(_mm256_cmpeq_epi64(point, zero), EACH(8)), not_behind = _mm256_or_si256(below, is_point);
    __m256i before = _mm256_sllv_epi64(_mm256_and_si256(f.bytes, below), over);
    __m256i value = four_values(_mm256_or_si256(before, _mm256_andnot_si256(not_behind, f.bytes)));
    /* a number below 2^52 is the low bits of 2^52 plus it */
    __m256d two52 = _mm256_set1_pd(0x1p52), whole = _mm256_sub_pd(_mm256_or_pd(_mm256_castsi256_pd(value), two52), two52);
    __m256i behind = _mm256_sad_epu8(_mm256_andnot_si256(not_behind, ones), zero);
    __m256 unit = _mm256_permutevar8x32_ps(_mm256_permutevar8x32_ps(tens, behind), words);
    __m256d x = _mm256_div_pd(whole, _mm256_cvtps_pd(_mm256_castps256_ps128(unit)));
    _mm256_storeu_pd(out, _mm256_or_pd(x, _mm256_and_pd(_mm256_castsi256_pd(f.minus), _mm256_set1_pd(-0.0))));
    return good;
}

/* The column by fours, and what is left of it one by one. */
#define BY_FOURS(type, name) \
    static __attribute__((target("avx2"))) size_t name##_column_wide(const char *const *from, const char *const *to, size_t n, char *out, \
                                                                    size_t stride) \
    { \
        size_t i = 0; \
        for (; i + FOUR <= n; i += FOUR) { \
            type four[FOUR]; \
            char *p = out + i * stride; \
            if (RT_LIKELY(four_##name##s(from + i, to + i, four))) { \
                for (size_t j = 0; j < FOUR; j++) \
                    *at_##name(p + j * stride) = four[j]; \
            } else { \
                size_t read = rt_##name##_column_plain(from + i, to + i, FOUR, p, stride); \
                if (read < FOUR) \
                    return i + read; \
            } \
        } \
        return i + rt_##name##_column_plain(from + i, to + i, n - i, out + i * stride, stride); \
    }

BY_FOURS(int64_t, int)
BY_FOURS(double, float)
#define WIDE_OR_PLAIN(name) (__builtin_cpu_supports("avx2") ? name##_column_wide : rt_##name##_column_plain)
#else
#define WIDE_OR_PLAIN(name) rt_##name##_column_plain
#endif

size_t rt_int_column(const char *const *from, const char *const *to, size_t n, char *out, size_t stride)
{
    return WIDE_OR_PLAIN(int)(from, to, n, out, stride);
}

size_t rt_float_column(const char *const *from, const char *const *to, size_t n, char *out, size_t stride)
{
    return WIDE_OR_PLAIN(float)(from, to, n, out, stride);
}
