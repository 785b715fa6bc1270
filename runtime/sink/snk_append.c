/* snk_append.c: one growing file.
 *
 * A batch waits until it is published, and is then written behind what the file
 * held after the batch before. Where that fails the file is cut back, so that it
 * holds whole batches only. While a program runs the file is its own: it is
 * locked, and another length than that which it was left with is an error.
 *
 * Token: the length before the batch and the one after it, 8 bytes each, the
 * lowest first. By the token of the last batch that counts, a file that holds
 * more can be cut back. */
#define _GNU_SOURCE
#include "disk.h"
#include "held.h"
#include "../crash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Append {
    dsc_sink base;
    char *path;
    int fd;
    uint64_t length;              /* of the file, with all batches that are published */
    uint64_t at;                  /* where the next part of the batch is written */
    Held text;                    /* of the batch in hand: */
    uint64_t n;                   /* its bytes */
    bool named;                   /* its name is on stable storage */
    bool checked;                 /* what the file held at the start */
} Append;

enum { PATH };

/* ---- opening -------------------------------------------------------------------- */

static int cannot_open(Append *a, const char *why)
{
    return dsc_fail(a->base.job, "append: cannot append to %s: %s", a->path, why);
}

static int open_file(Append *a)
{
    /* Not blocking, or a FIFO could wait here. */
    int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    a->fd = open(a->path, flags, 0666);
    const char *slash = strrchr(a->path, '/');
    if (a->fd < 0 && errno == ENOENT && slash && slash != a->path) {
        char *folder = strndup(a->path, (size_t)(slash - a->path));
        if (folder && disk_folder(folder, 0777) == 0)
            a->fd = open(a->path, flags, 0666);
        free(folder);
    }
    struct stat st;
    if (a->fd < 0 || fstat(a->fd, &st) < 0)
        return cannot_open(a, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return cannot_open(a, "it is not a regular file");
    /* Where there are no locks the length tells of other writers. */
    if (flock(a->fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
        return cannot_open(a, "another program or sink is writing to it; give one of them another file");
    a->length = (uint64_t)st.st_size;
    return 0;
}

/* Does what the file holds end with an element, and begin as this program begins it? */
static int check_content(Append *a)
{
    dsc_context *job = a->base.job;
    size_t size = a->base.record_size, n = (size_t)a->base.header.n;
    char last;
    if (a->length == 0)
        return 0;
    if (size > 0 && a->length % size != 0)
        return dsc_fail(job, "append: %s has %llu bytes, which are not whole elements of %zu bytes: mend it, or give another file",
                        a->path, (unsigned long long)a->length, size);
    if (size > 0)
        return 0;
    if (disk_read_at(a->fd, &last, 1, (off_t)a->length - 1) <= 0)
        return cannot_open(a, strerror(errno));
    if (last != '\n')
        return dsc_fail(job, "append: the last line of %s is cut short: end it or remove it, or give another file", a->path);
    char *first = n > 0 ? malloc(n) : NULL;
    if (n > 0 && !first)
        return dsc_fail(job, "append: no memory for %zu bytes", n);
    bool same = n == 0 || (n <= a->length && disk_read_at(a->fd, first, n, 0) > 0 && memcmp(first, a->base.header.p, n) == 0);
    free(first);
    if (same)
        return 0;
    return dsc_fail(job, "append: the first line of %s is not the one of this program, %.*s: give another file", a->path,
                    (int)n - 1, a->base.header.p);
}

static int append_open(dsc_sink *s)
{
    Append *a = (Append *)s;
    dsc_str path = s->args[PATH].s;
    a->fd = -1;
    a->text = HELD_NOTHING;
    if (path.n == 0 || memchr(path.p, 0, (size_t)path.n))
        return dsc_fail(s->job, "append: \"%.*s\" is no file's name", (int)path.n, path.n ? path.p : "");
    a->path = strndup(path.p, (size_t)path.n);
    if (!a->path)
        return dsc_fail(s->job, "append: no memory for a file's name");
    /* With a checkpoint the end of the file may be a part of a batch, until `resume`. */
    a->checked = !s->durable;
    return open_file(a) < 0 ? -1 : s->durable ? 0 : check_content(a);
}

/* ---- a batch ---------------------------------------------------------------------- */

static int64_t append_limit(dsc_sink *s)
{
    (void)s;
    return -1;
}

static void drop(Append *a)
{
    held_drop(&a->text);
    a->n = 0;
}

static int append_begin(dsc_sink *s, int64_t time)
{
    Append *a = (Append *)s;
    (void)time;
    drop(a);
    if (a->checked)
        return 0;
    a->checked = true;
    return check_content(a);
}

static int add(Append *a, const char *text, size_t n)
{
    a->n += n;
    return held_add(a->base.job, &a->text, text, n);
}

static int append_write(dsc_sink *s, const char *text, size_t n, int64_t elements)
{
    Append *a = (Append *)s;
    if (a->length == 0 && a->n == 0 && elements > 0 && add(a, s->header.p, (size_t)s->header.n) < 0)
        return -1;
    return add(a, text, n);
}

static int append_prepare(dsc_sink *s, int64_t elements, dsc_token *token)
{
    const Append *a = (const Append *)s;
    (void)elements;
    token->nothing = a->n == 0;
    for (token->n = 0; token->n < 16; token->n++)
        token->bytes[token->n] = (uint8_t)((token->n < 8 ? a->length : a->length + a->n) >> 8 * (token->n % 8));
    return 0;
}

/* Is it still the file that it was after the batch before? */
static int check_unchanged(Append *a)
{
    struct stat own, named;
    if (fstat(a->fd, &own) < 0)
        return cannot_open(a, strerror(errno));
    if (stat(a->path, &named) < 0 || named.st_dev != own.st_dev || named.st_ino != own.st_ino)
        return dsc_fail(a->base.job, "append: %s was removed, renamed or replaced while the program writes to it: start it again",
                        a->path);
    if ((uint64_t)own.st_size == a->length)
        return 0;
    return dsc_fail(a->base.job, "append: something else has changed %s: it has %lld bytes, and %llu after the last batch: "
                    "only this program may write to it", a->path, (long long)own.st_size, (unsigned long long)a->length);
}

static int write_part(void *arg, const char *text, size_t n)
{
    Append *a = arg;
    while (n > 0) {
        rt_crash_point();
        ssize_t written = pwrite(a->fd, text, rt_crash_next() ? (n + 1) / 2 : n, (off_t)a->at);
        rt_crash_point();
        if (written < 0 && errno != EINTR)
            return dsc_fail(a->base.job, "append: cannot write to %s: %s", a->path, strerror(errno));
        if (written > 0) {
            text += written;
            n -= (size_t)written;
            a->at += (uint64_t)written;
        }
    }
    return 0;
}

/* Some systems keep what cannot be written for close() to tell; the lock stays with the other. */
static int close_copy(Append *a)
{
    int copy = dup(a->fd);
    if (copy < 0 || close(copy) < 0)
        return dsc_fail(a->base.job, "append: cannot write to %s: %s", a->path, strerror(errno));
    return 0;
}

static uint64_t number_at(const uint8_t *bytes)
{
    uint64_t number = 0;
    for (int i = 0; i < 8; i++)
        number |= (uint64_t)bytes[i] << 8 * i;
    return number;
}

static int append_publish(dsc_sink *s, const dsc_token *token)
{
    Append *a = (Append *)s;
    uint64_t before = number_at(token->bytes), after = number_at(token->bytes + 8);
    if (a->length == after) {
        drop(a);
        return 0;
    }
    if (a->length != before || a->n != after - before)
        return dsc_fail(s->job, "append: %s has %llu bytes, and the batch to be written goes behind %llu: its text is not known",
                        a->path, (unsigned long long)a->length, (unsigned long long)before);
    if (check_unchanged(a) < 0)
        return -1;
    a->at = before;
    if (held_send(s->job, &a->text, write_part, a) < 0 || close_copy(a) < 0) {
        if (ftruncate(a->fd, (off_t)before) < 0)
            dsc_note(s->job, "append: %s cannot be cut back to %llu bytes: %s", a->path, (unsigned long long)before,
                     strerror(errno));
        return -1;
    }
    a->length = after;
    a->n = 0;
    return 0;
}

/* What there may be of the batch is cut off. */
static int append_resume(dsc_sink *s, const dsc_token *token, bool whole)
{
    Append *a = (Append *)s;
    /* What was not synced before a loss of power may be there all the same. */
    uint64_t before = number_at(token->bytes), after = number_at((whole ? token : &s->last)->bytes + 8);
    if (token->n != 16 || s->last.n != 16)
        return dsc_fail(s->job, "append: the saved length of %s is damaged", a->path);
    if (a->length < before || a->length > after)
        return dsc_fail(s->job, "append: %s has %llu bytes, and the job had left it with %llu to %llu: something else has changed it; "
                        "put it back, or start anew with --fresh", a->path, (unsigned long long)a->length,
                        (unsigned long long)before, (unsigned long long)after);
    rt_crash_point();
    if (a->length > before && ftruncate(a->fd, (off_t)before) < 0)
        return dsc_fail(s->job, "append: cannot cut %s back: %s", a->path, strerror(errno));
    rt_crash_point();
    a->length = before;
    return 0;
}

static int append_settled(dsc_sink *s, const dsc_token *token)
{
    const Append *a = (const Append *)s;
    uint64_t after = number_at(token->bytes + 8);
    if (token->n != 16 || a->length == after)
        return 0;
    return dsc_fail(s->job, "append: %s has %llu bytes, and the job had left it with %llu: something else has changed it; put it back, "
                    "or start anew with --fresh", a->path, (unsigned long long)a->length, (unsigned long long)after);
}

static int append_synced(dsc_sink *s)
{
    Append *a = (Append *)s;
    rt_crash_point();
    if (fdatasync(a->fd) < 0 || (!a->named && disk_sync_name(a->path) < 0))
        return dsc_fail(s->job, "append: cannot sync %s: %s", a->path, strerror(errno));
    a->named = true;
    rt_crash_point();
    return 0;
}

static void append_abort(dsc_sink *s)
{
    drop((Append *)s);
}

static void append_close(dsc_sink *s)
{
    Append *a = (Append *)s;
    held_free(&a->text);
    if (a->fd >= 0)
        close(a->fd);
    free(a->path);
}

static const dsc_arg_def append_args[] = {
    [PATH] = {"path", DSC_STRING, NULL, "the file; it and its directories are made where they are not there"},
    {0},
};

const dsc_sink_def snk_append = {
    .name = "append",
    .synopsis = "append(path: string)",
    .doc = "One file that grows by each batch, as a whole.\n"
           "What the file holds at the start stays. A header (csv) is written once, into an empty file; one that is there\n"
           "must be the same. Where a batch cannot be written the file is cut back to the batch before. Nothing else may\n"
           "write to the file while the program runs.",
    .example = "source queue([[1, 2], [3]]) | map(n => (n, n * n)) | sink append(\"squares.csv\") as csv",
    .args = append_args,
    .class = DSC_ATOMIC,
    .size = sizeof(Append),
    .open = append_open,
    .limit = append_limit,
    .begin = append_begin,
    .write = append_write,
    .prepare = append_prepare,
    .publish = append_publish,
    .resume = append_resume,
    .settled = append_settled,
    .synced = append_synced,
    .abort = append_abort,
    .close = append_close,
};

DSC_SINK(snk_append)
