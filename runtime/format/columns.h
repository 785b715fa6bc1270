/* columns.h: the numbers of a column, those of many records at once, for decoders.
 *
 * Text i is from[i] to to[i], and RT_SHORT bytes of it can be read whatever its length. What it is read as goes
 * to `out` + i * stride. Each function returns how many were read: all n, or those before the first that is no
 * number as parseInt and parseFloat have it. */
#ifndef RT_COLUMNS_H
#define RT_COLUMNS_H

#include "number.h"

size_t rt_int_column(const char *const *from, const char *const *to, size_t n, char *out, size_t stride);
size_t rt_float_column(const char *const *from, const char *const *to, size_t n, char *out, size_t stride);

/* The same where the processor has no instructions that read several at once. */
size_t rt_int_column_plain(const char *const *from, const char *const *to, size_t n, char *out, size_t stride);
size_t rt_float_column_plain(const char *const *from, const char *const *to, size_t n, char *out, size_t stride);

#endif
