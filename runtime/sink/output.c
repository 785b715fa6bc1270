/* output.c: standard output, and text that waits for its turn on it. */
#define _GNU_SOURCE
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* More than this waits on disk. */
#define HELD_MOST ((size_t)32 << 20)

static atomic_int users;

bool output_open(void)
{
    return atomic_fetch_add(&users, 1) == 0;
}

void output_close(void)
{
    atomic_fetch_sub(&users, 1);
}

/* All n bytes to a descriptor, which may be one that does not block. 0, or -1 with errno. */
static int write_all(int fd, const char *text, size_t n)
{
    while (n > 0) {
        ssize_t written = write(fd, text, n);
        if (written >= 0) {
            text += written;
            n -= (size_t)written;
        } else if (errno == EAGAIN) {
            poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
        } else if (errno != EINTR) {
            return -1;
        }
    }
    return 0;
}

int output_write(dsc_context *job, const char *text, size_t n)
{
    if (write_all(STDOUT_FILENO, text, n) == 0)
        return 0;
    if (errno == EPIPE)
        return dsc_fail(job, "%s", "");
    return dsc_fail(job, "cannot write to standard output: %s", strerror(errno));
}

/* A file that is gone once it is closed. */
static int nameless_file(void)
{
    const char *folder = getenv("TMPDIR");
    char path[4096] = "/tmp/dsc-XXXXXX";
    if (folder && folder[0] && strlen(folder) < sizeof path - 16)
        strcpy(stpcpy(path, folder), "/dsc-XXXXXX");
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

static int spill(dsc_context *job, Held *held)
{
    if (held->fd < 0)
        held->fd = nameless_file();
    if (held->fd < 0 || write_all(held->fd, held->p, held->n) != 0)
        return dsc_fail(job, "cannot keep the output of a batch in a temporary file: %s (TMPDIR says where it goes)",
                        strerror(errno));
    held->n = 0;
    return 0;
}

int held_add(dsc_context *job, Held *held, const char *text, size_t n)
{
    if (held->n > 0 && held->n + n > HELD_MOST && spill(job, held) < 0)
        return -1;
    if (n > held->cap - held->n) {
        size_t cap = held->cap ? held->cap : 4096;
        while (cap < held->n + n)
            cap *= 2;
        char *p = realloc(held->p, cap);
        if (!p)
            return dsc_fail(job, "no memory for %zu bytes of output", cap);
        held->p = p;
        held->cap = cap;
    }
    if (n > 0)
        memcpy(held->p + held->n, text, n);
    held->n += n;
    return 0;
}

static int write_spilled(dsc_context *job, int fd)
{
    char *bytes = malloc(1 << 16);
    if (!bytes)
        return dsc_fail(job, "no memory for 64 KB of output");
    int status = 0;
    ssize_t n = lseek(fd, 0, SEEK_SET);
    while (status == 0 && n >= 0 && (n = read(fd, bytes, 1 << 16)) > 0)
        status = output_write(job, bytes, (size_t)n);
    if (n < 0)
        status = dsc_fail(job, "cannot read back the output of a batch: %s", strerror(errno));
    free(bytes);
    return status;
}

int held_write(dsc_context *job, Held *held)
{
    if (held->fd >= 0 && write_spilled(job, held->fd) < 0)
        return -1;
    if (output_write(job, held->p, held->n) < 0)
        return -1;
    held_drop(held);
    return 0;
}

void held_drop(Held *held)
{
    held->n = 0;
    if (held->fd >= 0)
        close(held->fd);
    held->fd = -1;
}

void held_free(Held *held)
{
    held_drop(held);
    free(held->p);
    held->p = NULL;
    held->cap = 0;
}
