/* crash.h: places at which a test can have the process killed.
 *
 * With DSC_CRASH_AT=n in the environment the n-th such place that a run comes to
 * kills it, as kill -9 does; DSC_CRASH_AT=0 counts them and tells how many there were
 * on standard error. They stand before and after everything that changes a file. */
#ifndef RT_CRASH_H
#define RT_CRASH_H

#include <stdbool.h>
#include <stddef.h>

void rt_crash_open(void);
/* A place. Does not return where it is the one. */
void rt_crash_point(void);
/* Is the next place the one? Then who writes may leave half of it. */
bool rt_crash_next(void);
/* Does anybody count them? Then what runs beside the batches had better not. */
bool rt_crash_counts(void);
/* With DSC_CRASH_AT=0: how many there were. */
void rt_crash_close(void);

#endif
