/* columns_part.h: what is done with the values of a part, for columns.c and columns_slide.c. */
#ifndef RT_COLUMNS_PART_H
#define RT_COLUMNS_PART_H

#include "columns.h"
#include <stdlib.h>

static inline bool is_total(char part) { return part == DSC_COUNT_PART || part == DSC_SUM_PART; }

/* The value that combining with changes nothing. */
static inline int64_t nothing(char part)
{
    static const double inf = __builtin_inf(), minus_inf = -__builtin_inf();
    int64_t bits = 0;
    switch (part) {
    case DSC_INT_MIN_PART: return INT64_MAX;
    case DSC_INT_MAX_PART: return INT64_MIN;
    case DSC_FLOAT_MIN_PART: memcpy(&bits, &inf, 8); break;
    case DSC_FLOAT_MAX_PART: memcpy(&bits, &minus_inf, 8); break;
    default: break;
    }
    return bits;
}

static inline void float_min(double *acc, double v)
{
    if (!(*acc < v))
        *acc = dsc_float_min(*acc, v);
}

static inline void float_max(double *acc, double v)
{
    if (!(*acc > v))
        *acc = dsc_float_max(*acc, v);
}

/* n values of a least or largest into those of another column. */
static inline void combine(char part, int64_t *to, const int64_t *from, size_t n)
{
    double *f = (double *)(void *)to;
    const double *g = (const double *)(const void *)from;
    switch (part) {
    case DSC_INT_MIN_PART:
        for (size_t i = 0; i < n; i++)
            to[i] = from[i] < to[i] ? from[i] : to[i];
        return;
    case DSC_INT_MAX_PART:
        for (size_t i = 0; i < n; i++)
            to[i] = from[i] > to[i] ? from[i] : to[i];
        return;
    case DSC_FLOAT_MIN_PART:
        for (size_t i = 0; i < n; i++)
            float_min(&f[i], g[i]);
        return;
    case DSC_FLOAT_MAX_PART:
        for (size_t i = 0; i < n; i++)
            float_max(&f[i], g[i]);
        return;
    default:
        return;
    }
}

/* The least or largest of two values. */
static inline int64_t of_both(char part, int64_t a, int64_t b)
{
    if (part == DSC_INT_MIN_PART)
        return a < b ? a : b;
    if (part == DSC_INT_MAX_PART)
        return a > b ? a : b;
    combine(part, &a, &b, 1);
    return a;
}

/* What tells the size of v, to be ored: its highest bit is that of a power of two that |v| does not exceed. */
static inline uint64_t size_bits(int64_t v) { return (uint64_t)v ^ ((uint64_t)v << 1); }

static inline uint64_t most_of(uint64_t bits)
{
    if (bits == 0)
        return 0;
    uint64_t most = (uint64_t)1 << (63 - __builtin_clzll(bits));
    return most < SUM_MAX ? most : SUM_MAX;
}

static inline void drop_high(Column *column)
{
    free(column->high);
    column->high = NULL;
}

static inline void wide_add(Column *to, size_t i, int64_t low, int64_t high)
{
    dsc_isum sum = {(uint64_t)to->at[i], to->high[i]};
    uint64_t before = sum.lo;
    sum.lo += (uint64_t)low;
    to->at[i] = (int64_t)sum.lo;
    to->high[i] = sum.hi + high + (sum.lo < before);
}

static inline int64_t high_of(const Column *column, size_t i)
{
    return column->high ? column->high[i] : column->at[i] < 0 ? -1 : 0;
}

#endif
