/* held.c: text of a batch that waits: in memory, and beyond some size on disk. */
#define _GNU_SOURCE
#include "held.h"
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* More than this waits on disk. */
#define HELD_MOST ((size_t)32 << 20)

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
    if (held->fd < 0 || disk_write(held->fd, held->p, held->n) < 0)
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

static int send_spilled(dsc_context *job, int fd, HeldSend *send, void *arg)
{
    char *bytes = malloc(1 << 16);
    if (!bytes)
        return dsc_fail(job, "no memory for 64 KB of output");
    int status = 0;
    ssize_t n = lseek(fd, 0, SEEK_SET);
    while (status == 0 && n >= 0 && (n = read(fd, bytes, 1 << 16)) > 0)
        status = send(arg, bytes, (size_t)n);
    if (n < 0)
        status = dsc_fail(job, "cannot read back the output of a batch: %s", strerror(errno));
    free(bytes);
    return status;
}

int held_send(dsc_context *job, Held *held, HeldSend *send, void *arg)
{
    if (held->fd >= 0 && send_spilled(job, held->fd, send, arg) < 0)
        return -1;
    if (held->n > 0 && send(arg, held->p, held->n) < 0)
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
