/* column.c: putting many values into one part each of their accumulators.
 *
 * A tuple's parts are put in one part after the other, each in the order of the values: parts know
 * nothing of one another, so this is the same as value after value. */
#include "core.h"

/* Mostly none is fresh, and none need be asked. */
#define COLUMN(type, NAME) \
    void dsc_##NAME##_column(void *const *accs, size_t at, const void *values, size_t size, const bool *fresh, int64_t n) \
    { \
        const char *v = values; \
        if (memchr(fresh, true, (size_t)n)) \
            for (int64_t i = 0; i < n; i++, v += size) \
                NAME((type *)(void *)((char *)accs[i] + at), v, fresh[i]); \
        else \
            for (int64_t i = 0; i < n; i++, v += size) \
                NAME((type *)(void *)((char *)accs[i] + at), v, false); \
    }

static inline void count(int64_t *acc, const char *v, bool fresh)
{
    (void)v, (void)fresh;
    *acc = (int64_t)((uint64_t)*acc + 1);
}

static inline void isum(dsc_isum *acc, const char *v, bool fresh)
{
    (void)fresh;
    dsc_isum_add(acc, *(const int64_t *)(const void *)v);
}

static inline void int_min(int64_t *acc, const char *v, bool fresh)
{
    int64_t x = *(const int64_t *)(const void *)v;
    if (fresh || x < *acc)
        *acc = x;
}

static inline void int_max(int64_t *acc, const char *v, bool fresh)
{
    int64_t x = *(const int64_t *)(const void *)v;
    if (fresh || x > *acc)
        *acc = x;
}

/* Most values change nothing. */
static inline void float_min(double *acc, const char *v, bool fresh)
{
    double x = *(const double *)(const void *)v;
    if (fresh || RT_UNLIKELY(!(*acc < x)))
        *acc = fresh ? x : dsc_float_min(*acc, x);
}

static inline void float_max(double *acc, const char *v, bool fresh)
{
    double x = *(const double *)(const void *)v;
    if (fresh || RT_UNLIKELY(!(*acc > x)))
        *acc = fresh ? x : dsc_float_max(*acc, x);
}

COLUMN(int64_t, count)
COLUMN(dsc_isum, isum)
COLUMN(int64_t, int_min)
COLUMN(int64_t, int_max)
COLUMN(double, float_min)
COLUMN(double, float_max)

void dsc_isum_put(void *const *accs, const void *values, const bool *fresh, int64_t n)
{
    dsc_isum_column(accs, 0, values, sizeof(int64_t), fresh, n);
}
