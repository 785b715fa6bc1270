/* output.c: standard output, which several sinks share. */
#include "output.h"
#include "disk.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static atomic_int users;

bool output_open(void)
{
    return atomic_fetch_add(&users, 1) == 0;
}

void output_close(void)
{
    atomic_fetch_sub(&users, 1);
}

int output_write(dsc_context *job, const char *text, size_t n)
{
    if (disk_write(STDOUT_FILENO, text, n) == 0)
        return 0;
    if (errno == EPIPE)
        return dsc_fail(job, "%s", "");
    return dsc_fail(job, "cannot write to standard output: %s", strerror(errno));
}

static int send(void *job, const char *text, size_t n)
{
    return output_write(job, text, n);
}

int output_send(dsc_context *job, Held *held)
{
    return held_send(job, held, send, job);
}
