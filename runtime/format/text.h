/* text.h: single values as text, without taking memory. */
#ifndef RT_TEXT_H
#define RT_TEXT_H

#include <stdint.h>

/* Room for any of the texts below with its terminating zero. */
enum { RT_TEXT_MAX = 48 };

/* Each writes a terminated text to `out` and returns its length. */
int rt_int_text(int64_t value, char out[RT_TEXT_MAX]);
/* The shortest decimal that reads back as the same float, the nearest of these:
 * 1.0  0.1  1e+16  5e-324  inf  -inf  nan. As Python's repr. */
int rt_float_text(double value, char out[RT_TEXT_MAX]);
/* RFC 3339 in UTC with 0, 3 or 6 digits of a second: 2024-01-01T00:00:00.250Z.
 * Years outside 0 .. 9999 have a sign: +12024-01-01T00:00:00Z. */
int rt_time_text(int64_t micros, char out[RT_TEXT_MAX]);
/* A literal: 1h30m  1.5s  250ms  -5s  0s. */
int rt_duration_text(int64_t micros, char out[RT_TEXT_MAX]);

#endif
