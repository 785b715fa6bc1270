/* fsum.c: sums of floats that are exact until they are read.
 *
 * Such a sum does not depend on the order or the grouping of its terms, so
 * threads may add apart and merge, and a window may subtract what leaves.
 *
 * While it can be, the sum is h + l, exactly: each addition is done by TwoSum
 * (Knuth), whose error goes to l; when that is inexact in turn, or a number is
 * not finite or near the end of the range, the sum becomes WIDE: a two's
 * complement fixed-point number that covers every double with 78 bits above
 * the largest, and counts of what is not finite, so that these can be taken
 * out again. Reading rounds once, to nearest even; a zero sum is +0.0, and a
 * NaN is the one with sign 0 and payload 0. */
#include "value.h"
#include <math.h>
#include <stdlib.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { LIMBS = 34 };              /* bit 0 is worth 2^-1074, bit 2175 is the sign */

typedef struct Wide {
    uint64_t limb[LIMBS];         /* least first */
    int64_t inf, minus_inf, nan;
} Wide;

static const double edge = 0x1p1022;   /* TwoSum is safe below: nothing in it overflows */

/* a + b = *sum + *error exactly, if |sum| < edge. */
static void two_sum(double a, double b, double *sum, double *error)
{
    double s = a + b, bb = s - a;
    *sum = s;
    *error = (a - (s - bb)) + (b - bb);
}

/* Add m * 2^(64 * at) as a two's complement number. */
static void add_limbs(Wide *w, uint64_t lo, uint64_t hi, size_t at, bool minus)
{
    uint64_t carry = minus, part[2] = {lo, hi};
    for (size_t i = at; i < LIMBS; i++) {
        uint64_t v = i - at < 2 ? part[i - at] : 0;
        if (minus)
            v = ~v;
        uint64_t s = w->limb[i] + v, t = s + carry;
        carry = (s < v) | (t < s);
        w->limb[i] = t;
        if (i - at >= 2 && carry == minus)
            return;               /* the rest would not change */
    }
}

static void wide_add(Wide *w, double x, int64_t times)
{
    if (x != x) {
        w->nan += times;
    } else if (isinf(x)) {
        if (x > 0)
            w->inf += times;
        else
            w->minus_inf += times;
    } else if (x != 0) {
        int exponent;
        uint64_t m = (uint64_t)ldexp(frexp(fabs(x), &exponent), 53);
        int bit = exponent - 53 + 1074;
        if (bit < 0) {            /* subnormal: its low bits are zeros */
            m >>= -bit;
            bit = 0;
        }
        int shift = bit % 64;
        add_limbs(w, m << shift, shift ? m >> (64 - shift) : 0, (size_t)bit / 64, (x < 0) != (times < 0));
    }
}

static Wide *widen(dsc_fsum *sum)
{
    if (sum->wide == NULL) {
        Wide *w = rt_must_zero(sizeof *w, "a float sum");
        wide_add(w, sum->h, 1);
        wide_add(w, sum->l, 1);
        sum->h = sum->l = 0;
        sum->wide = w;
    }
    return sum->wide;
}

static __attribute__((noinline)) void add_wide(dsc_fsum *sum, double x, int64_t times) { wide_add(widen(sum), x, times); }

static inline void add(dsc_fsum *sum, double x, int64_t times)
{
    if (RT_LIKELY(sum->wide == NULL)) {
        double s, e, t, e2;
        two_sum(sum->h, times < 0 ? -x : x, &s, &e);
        two_sum(sum->l, e, &t, &e2);
        if (RT_LIKELY(fabs(s) < edge) && RT_LIKELY(!(fabs(e2) > 0))) {   /* l is too small to be near the edge */
            sum->h = s;
            sum->l = t;
            return;
        }
    }
    add_wide(sum, x, times);
}

static void combine(dsc_fsum *a, const dsc_fsum *b, int64_t times)
{
    const Wide *w = b->wide;
    if (w == NULL) {
        add(a, b->h, times);
        add(a, b->l, times);
        return;
    }
    Wide *sum = widen(a);
    uint64_t carry = times < 0;
    for (size_t i = 0; i < LIMBS; i++) {
        uint64_t v = times < 0 ? ~w->limb[i] : w->limb[i];
        uint64_t s = sum->limb[i] + v, t = s + carry;
        carry = (s < v) | (t < s);
        sum->limb[i] = t;
    }
    sum->inf += times * w->inf;
    sum->minus_inf += times * w->minus_inf;
    sum->nan += times * w->nan;
}

static double wide_get(const Wide *w)
{
    if (w->nan > 0 || (w->inf > 0 && w->minus_inf > 0))
        return NAN;
    if (w->inf > 0 || w->minus_inf > 0)
        return w->inf > 0 ? INFINITY : -INFINITY;
    uint64_t limb[LIMBS];
    bool minus = w->limb[LIMBS - 1] >> 63;
    uint64_t carry = minus;
    for (size_t i = 0; i < LIMBS; i++) {
        limb[i] = (minus ? ~w->limb[i] : w->limb[i]) + carry;
        carry = carry && limb[i] == 0;
    }
    size_t top = LIMBS;
    while (top > 0 && limb[top - 1] == 0)
        top--;
    if (top == 0)
        return 0.0;
    /* the 64 leading bits in m, whose lowest is worth 2^low; whether there is more below */
    top--;
    int zeros = __builtin_clzll(limb[top]);
    uint64_t m = limb[top] << zeros, below = 0;
    if (top > 0) {
        if (zeros > 0)
            m |= limb[top - 1] >> (64 - zeros);
        below = limb[top - 1] << zeros;
        for (size_t i = 0; i + 1 < top; i++)
            below |= limb[i];
    }
    int low = (int)top * 64 - zeros - 1074;
    /* keep 53 bits, fewer where the result is subnormal (below 2^-1074 there is nothing) */
    int drop = -1074 - low;
    if (drop < 11)
        drop = 11;
    uint64_t rest = m << (64 - drop), half = (uint64_t)1 << 63;
    m >>= drop;
    if (rest > half || (rest == half && (below || (m & 1))))
        m++;
    low += drop;
    double value = ldexp((double)m, low);
    return minus ? -value : value;
}

void dsc_fsum_add(dsc_fsum *sum, double value) { add(sum, value, 1); }

void dsc_fsum_put(void *const *accs, const void *values, const bool *fresh, int64_t n)
{
    dsc_fsum_column(accs, 0, values, sizeof(double), fresh, n);
}

#ifdef __SSE2__
/* add(a, x) and add(b, y) at once, where both are done by two_sum, and a is not b. Otherwise false, and nothing has changed. */
static inline bool add_two(dsc_fsum *a, dsc_fsum *b, double x, double y)
{
    if (RT_UNLIKELY(a == b) || RT_UNLIKELY(((uintptr_t)a->wide | (uintptr_t)b->wide) != 0))
        return false;
    __m128d first = _mm_loadu_pd(&a->h), second = _mm_loadu_pd(&b->h), v = _mm_set_pd(y, x);
    __m128d h = _mm_unpacklo_pd(first, second), l = _mm_unpackhi_pd(first, second);
    __m128d s = _mm_add_pd(h, v), vs = _mm_sub_pd(s, h);
    __m128d e = _mm_add_pd(_mm_sub_pd(h, _mm_sub_pd(s, vs)), _mm_sub_pd(v, vs));
    __m128d t = _mm_add_pd(l, e), es = _mm_sub_pd(t, l);
    __m128d e2 = _mm_add_pd(_mm_sub_pd(l, _mm_sub_pd(t, es)), _mm_sub_pd(e, es));
    __m128d small = _mm_cmplt_pd(_mm_andnot_pd(_mm_set1_pd(-0.0), s), _mm_set1_pd(edge));
    if (RT_UNLIKELY(_mm_movemask_pd(_mm_and_pd(small, _mm_cmpeq_pd(e2, _mm_setzero_pd()))) != 3))
        return false;
    _mm_storeu_pd(&a->h, _mm_unpacklo_pd(s, t));
    _mm_storeu_pd(&b->h, _mm_unpackhi_pd(s, t));
    return true;
}
#endif

void dsc_fsum_column(void *const *accs, size_t at, const void *values, size_t size, const bool *fresh, int64_t n)
{
    (void)fresh;
    const char *v = values;
    int64_t i = 0;
#ifdef __SSE2__
    for (; i + 2 <= n; i += 2, v += 2 * size) {
        dsc_fsum *a = (void *)((char *)accs[i] + at), *b = (void *)((char *)accs[i + 1] + at);
        double x = *(const double *)(const void *)v, y = *(const double *)(const void *)(v + size);
        if (RT_UNLIKELY(!add_two(a, b, x, y))) {
            add(a, x, 1);
            add(b, y, 1);
        }
    }
#endif
    for (; i < n; i++, v += size)
        add((void *)((char *)accs[i] + at), *(const double *)(const void *)v, 1);
}

double dsc_fsum_get(const dsc_fsum *sum)
{
    double value = sum->wide ? wide_get(sum->wide) : sum->h + sum->l;
    return value == 0 ? 0.0 : value != value ? __builtin_nan("") : value;
}

double dsc_fsum_take(dsc_fsum *sum)
{
    double value = dsc_fsum_get(sum);
    rt_fsum_drop(sum);
    return value;
}

bool dsc_fsum_combine(dsc_task *task, void *acc, const void *other)
{
    (void)task;
    combine(acc, other, 1);
    return true;
}

void dsc_fsum_remove(void *acc, const void *other) { combine(acc, other, -1); }

void rt_fsum_copy(dsc_fsum *dst, const dsc_fsum *src)
{
    const Wide *from = src->wide;
    *dst = (dsc_fsum){src->h, src->l, NULL};
    if (from) {
        Wide *w = rt_must_alloc(sizeof *w, "a float sum");
        *w = *from;
        dst->wide = w;
    }
}

void rt_fsum_drop(dsc_fsum *sum)
{
    free(sum->wide);
    *sum = (dsc_fsum){0, 0, NULL};
}

/* ---- the other common accumulators ---------------------------------------------- */

bool dsc_count_combine(dsc_task *task, void *acc, const void *other)
{
    (void)task;
    int64_t *a = acc;
    const int64_t *b = other;
    *a = (int64_t)((uint64_t)*a + (uint64_t)*b);
    return true;
}

void dsc_count_remove(void *acc, const void *other)
{
    int64_t *a = acc;
    const int64_t *b = other;
    *a = (int64_t)((uint64_t)*a - (uint64_t)*b);
}

bool dsc_isum_combine(dsc_task *task, void *acc, const void *other)
{
    (void)task;
    dsc_isum *a = acc;
    const dsc_isum *b = other;
    uint64_t before = a->lo;
    a->lo = before + b->lo;
    a->hi += b->hi + (a->lo < before);
    return true;
}

void dsc_isum_remove(void *acc, const void *other)
{
    dsc_isum *a = acc;
    const dsc_isum *b = other;
    uint64_t before = a->lo;
    a->lo = before - b->lo;
    a->hi -= b->hi + (before < b->lo);
}

/* ---- as words ----------------------------------------------------------------- */

void rt_fsum_words(const dsc_fsum *sum, uint64_t words[RT_WIDE_WORDS])
{
    const Wide *w = sum->wide;
    _Static_assert(LIMBS + 3 == RT_WIDE_WORDS, "the limbs and the three counts");
    memcpy(words, w->limb, sizeof w->limb);
    words[LIMBS] = (uint64_t)w->inf;
    words[LIMBS + 1] = (uint64_t)w->minus_inf;
    words[LIMBS + 2] = (uint64_t)w->nan;
}

void rt_fsum_from_words(dsc_fsum *sum, const uint64_t words[RT_WIDE_WORDS])
{
    Wide *w = sum->wide = rt_must_zero(sizeof *w, "a float sum");
    memcpy(w->limb, words, sizeof w->limb);
    w->inf = (int64_t)words[LIMBS];
    w->minus_inf = (int64_t)words[LIMBS + 1];
    w->nan = (int64_t)words[LIMBS + 2];
}
