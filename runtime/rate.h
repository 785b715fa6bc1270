/* rate.h: how many records a batch takes of sources that can be held back. */
#ifndef RT_RATE_H
#define RT_RATE_H

#include <stdbool.h>
#include <stdint.h>

/* A controller of a rate by how long batches took (Spark's PIDRateEstimator): proportional to the
 * error, to what waits, and to how the error changes. */
typedef struct rt_pid {
    double proportional, integral, derivative, lowest;
    int64_t batch;                /* its length */
    bool begun;
    int64_t time;                 /* of the last estimate; -1: none */
    double rate, error;
} rt_pid;

/* False: a length or the lowest rate is not above 0, or a factor is below. */
bool rt_pid_init(rt_pid *pid, int64_t batch, double proportional, double integral, double derivative, double lowest);
/* At `time` a batch of so many records was done, after so long a wait; times and durations in microseconds. True: *rate, in
 * records a second, is what the next ones should keep to. False: nothing can be said yet. */
bool rt_pid_compute(rt_pid *pid, int64_t time, int64_t records, int64_t processing, int64_t scheduling, double *rate);

#endif
