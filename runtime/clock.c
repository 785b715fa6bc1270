/* clock.c: the real and the virtual clock.
 *
 * Real time is the monotonic clock plus an offset that only grows: when the
 * system's time is set forward it follows at once, when that is set back it goes
 * on by the monotonic clock. So batch times never repeat.
 *
 * A wake is a byte in a pipe, which a signal handler may write. */
#define _GNU_SOURCE
#include "rt.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* A step of the system's time is noticed after this long in a wait. */
#define LOOK_AGAIN INT64_C(1000000)

typedef struct Clock {
    rt_clock base;
    int wake_from, wake_to;              /* the pipe's ends */
    _Atomic int64_t offset;              /* real: system time - monotonic time, the largest seen */
    _Atomic int64_t time;                /* virtual */
} Clock;

static int64_t read_clock(clockid_t which)
{
    struct timespec t;
    clock_gettime(which, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

_Atomic int64_t rt_clock_shift;

static int64_t real_system(rt_clock *base)
{
    (void)base;
    return read_clock(CLOCK_REALTIME) + atomic_load_explicit(&rt_clock_shift, memory_order_relaxed);
}

static int64_t real_now(rt_clock *base)
{
    Clock *clock = (Clock *)base;
    /* In this order a pause between the two makes the offset smaller, never larger. */
    int64_t system = real_system(base);
    int64_t monotonic = read_clock(CLOCK_MONOTONIC);
    int64_t offset = atomic_load(&clock->offset);
    while (system - monotonic > offset)
        if (atomic_compare_exchange_weak(&clock->offset, &offset, system - monotonic))
            return system;
    return monotonic + offset;
}

static void real_reach(rt_clock *base, int64_t time)
{
    Clock *clock = (Clock *)base;
    int64_t behind = time - real_now(base);
    if (behind > 0)
        atomic_fetch_add(&clock->offset, behind);
}

/* Sleeps for so many microseconds, without end if negative; true when woken. */
static bool sleep_or_wake(Clock *clock, int64_t us)
{
    struct pollfd wake = {.fd = clock->wake_from, .events = POLLIN};
    struct timespec timeout = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    if (ppoll(&wake, 1, us < 0 ? NULL : &timeout, NULL) <= 0)
        return false;
    char bytes[256];
    while (read(clock->wake_from, bytes, sizeof bytes) == sizeof bytes)
        ;
    return true;
}

static void real_wait(rt_clock *base, int64_t time)
{
    int64_t left;
    while ((left = time - real_now(base)) > 0)
        if (sleep_or_wake((Clock *)base, left < LOOK_AGAIN ? left : LOOK_AGAIN))
            return;
}

static int64_t virtual_now(rt_clock *base)
{
    return atomic_load(&((Clock *)base)->time);
}

static void virtual_wait(rt_clock *base, int64_t time)
{
    Clock *clock = (Clock *)base;
    if (time == INT64_MAX)
        sleep_or_wake(clock, -1);
    else if (time > atomic_load(&clock->time))
        atomic_store(&clock->time, time);
}

static void clock_wake(rt_clock *base)
{
    /* A full pipe wakes as well. */
    ssize_t written = write(((Clock *)base)->wake_to, "", 1);
    (void)written;
}

static void clock_close(rt_clock *base)
{
    Clock *clock = (Clock *)base;
    close(clock->wake_from);
    close(clock->wake_to);
    free(clock);
}

rt_clock *rt_clock_open(bool real)
{
    Clock *clock = calloc(1, sizeof *clock);
    int ends[2];
    if (!clock || pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        free(clock);
        return NULL;
    }
    clock->base = (rt_clock){.real = real, .wake = clock_wake, .close = clock_close};
    clock->base.now = real ? real_now : virtual_now;
    clock->base.system = real_system;
    clock->base.reach = real_reach;
    clock->base.wait = real ? real_wait : virtual_wait;
    clock->wake_from = ends[0];
    clock->wake_to = ends[1];
    atomic_store(&clock->offset, INT64_MIN);
    return &clock->base;
}
