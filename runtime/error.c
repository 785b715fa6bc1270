/* error.c: what the job says: its first error, and notes. */
#define _POSIX_C_SOURCE 200809L
#include "rt.h"
#include <stdio.h>

int dsc_fail(dsc_context *job, const char *format, ...)
{
    if (atomic_exchange(&job->failing, true))
        return -1;
    va_list args;
    va_start(args, format);
    vsnprintf(job->error, sizeof job->error, format, args);
    va_end(args);
    atomic_store(&job->failed, true);
    dsc_wake(job);
    return -1;
}

int rt_no_memory(dsc_context *job, size_t bytes, const char *what)
{
    return dsc_fail(job, "out of memory (needed %zu bytes for %s)", bytes, what);
}

void dsc_note(dsc_context *job, const char *format, ...)
{
    if (job->options.quiet)
        return;
    char text[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fprintf(stderr, "dsc: %s\n", text);
}
