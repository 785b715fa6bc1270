/* crash.c: see crash.h. Places are counted by all threads together; tests that need
 * the same count in each run use one thread. */
#define _GNU_SOURCE
#include "crash.h"
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static long crash_at = -1;        /* -1: nobody asks */
static atomic_long passed;

void rt_crash_open(void)
{
    const char *at = getenv("DSC_CRASH_AT");
    crash_at = at ? strtol(at, NULL, 10) : -1;
    atomic_store(&passed, 0);
}

void rt_crash_point(void)
{
    if (crash_at >= 0 && atomic_fetch_add(&passed, 1) + 1 == crash_at)
        kill(getpid(), SIGKILL);
}

bool rt_crash_next(void) { return crash_at > 0 && atomic_load(&passed) + 1 == crash_at; }

bool rt_crash_counts(void) { return crash_at >= 0; }

void rt_crash_close(void)
{
    if (crash_at == 0)
        fprintf(stderr, "dsc: %ld places to crash at\n", atomic_load(&passed));
    crash_at = -1;
}
