/* follow.c: a file that grows, is rotated and cut short.
 *
 * At the beginning of a batch it is noted how far the file goes; the batch ends
 * there. When another file stands under the name, and something is in it, the
 * one before is read to its end and left: who writes has gone over to the new
 * one by then. A record that is not whole stays in the buffer until it is, or
 * until its file ends, which ends it. */
#define _GNU_SOURCE
#include "follow.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define AT_ONCE ((size_t)16 << 20)    /* bytes that a step takes at most */
#define LONGEST ((size_t)1 << 30)

enum { LOOK_EVERY = 100 };            /* ms, where no clock says when to look */

typedef struct Chunk Chunk;
struct Chunk {
    Chunk *next;
    int32_t split;
    uint64_t from;
    size_t n;
    char bytes[];
};

struct Follow {
    dsc_source *source;
    const char *path;
    int fd;                       /* -1: the file is not there yet */
    int next;                     /* what is read after it; -1: nothing yet */
    struct stat id;               /* of fd */
    int32_t split;                /* of fd */
    uint64_t offset;              /* in the split, of the first byte at p */
    char *p;                      /* read and not planned: n bytes */
    size_t n, cap;
    uint64_t limit;               /* how far the split is read in this batch */
    int64_t batch;                /* its time */
    bool stopped;
    char said[128];               /* why there was nothing to read, as was said last */
    Chunk *planned;
};

typedef struct Position {
    uint64_t device, inode, offset;
    int64_t split;
} Position;

Follow *follow_new(dsc_source *s, const char *path)
{
    Follow *f = calloc(1, sizeof *f);
    struct stat st;
    if (!f) {
        dsc_fail(s->job, "file: no memory to follow %s", path);
        return NULL;
    }
    *f = (Follow){.source = s, .path = path, .fd = -1, .next = -1, .split = -1, .batch = INT64_MIN};
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        dsc_fail(s->job, "file: cannot read %s: it is %s", path, S_ISDIR(st.st_mode) ? "a directory" : "not a regular file");
        free(f);
        return NULL;
    }
    return f;
}

static void close_file(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void follow_free(Follow *f)
{
    close_file(&f->fd);
    close_file(&f->next);
    while (f->planned) {
        Chunk *next = f->planned->next;
        free(f->planned);
        f->planned = next;
    }
    free(f->p);
    free(f);
}

void follow_stop(Follow *f)
{
    f->stopped = true;
}

/* ---- which file ------------------------------------------------------------------ */

/* The file under the name, if it is one to be read; says why not, once. */
static int open_path(Follow *f, struct stat *st)
{
    const char *why = NULL;
    int fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, st) < 0)
        why = errno == ENOENT ? "it is not there yet" : strerror(errno);
    else if (!S_ISREG(st->st_mode))
        why = "it is not a regular file";
    if (!why) {
        f->said[0] = 0;
        return fd;
    }
    if (strcmp(f->said, why) != 0)
        dsc_note(f->source->job, "file: waiting for %s: %s", f->path, why);
    strncpy(f->said, why, sizeof f->said - 1);
    close_file(&fd);
    return -1;
}

static void begin_file(Follow *f, int fd, const struct stat *st)
{
    f->fd = fd;
    f->id = *st;
    f->split++;
    f->offset = 0;
    f->n = 0;
    f->limit = (uint64_t)st->st_size;
}

static bool is_current(const Follow *f, const struct stat *st)
{
    return st->st_ino == f->id.st_ino && st->st_dev == f->id.st_dev;
}

/* Does another file stand under the name, in which something is? */
static void find_next(Follow *f)
{
    struct stat st;
    if (stat(f->path, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size == 0 || is_current(f, &st))
        return;
    int fd = open_path(f, &st);
    if (fd >= 0 && !is_current(f, &st)) {
        f->next = fd;
        dsc_note(f->source->job, "file: another file is %s now: reading on in it", f->path);
    } else {
        close_file(&fd);
    }
}

/* How far the file goes now. */
static int measure(Follow *f)
{
    struct stat st;
    if (fstat(f->fd, &st) < 0)
        return dsc_fail(f->source->job, "file: cannot read %s: %s", f->path, strerror(errno));
    uint64_t taken = f->offset + f->n;
    f->limit = (uint64_t)st.st_size;
    if (f->limit >= taken)
        return 0;
    f->limit = taken;
    if (f->next >= 0)
        return 0;
    f->next = fcntl(f->fd, F_DUPFD_CLOEXEC, 0);
    if (f->next < 0)
        return dsc_fail(f->source->job, "file: cannot read %s: %s", f->path, strerror(errno));
    dsc_note(f->source->job, "file: %s was cut short: reading it from its beginning", f->path);
    return 0;
}

/* After find_next, so that nothing is missed that was written before. */
static int look(Follow *f)
{
    struct stat st;
    if (f->fd < 0) {
        int fd = open_path(f, &st);
        if (fd >= 0)
            begin_file(f, fd, &st);
        return 0;
    }
    if (f->next < 0)
        find_next(f);
    return measure(f);
}

static int go_on(Follow *f)
{
    struct stat st;
    int fd = f->next;
    if (fstat(fd, &st) < 0)
        return dsc_fail(f->source->job, "file: cannot read %s: %s", f->path, strerror(errno));
    close_file(&f->fd);
    f->next = -1;
    begin_file(f, fd, &st);
    return 0;
}

/* ---- reading ----------------------------------------------------------------------- */

/* Until `want` bytes are in the buffer, or the limit is reached. */
static int fill(Follow *f, size_t want)
{
    dsc_context *job = f->source->job;
    uint64_t left = f->limit - f->offset - f->n;
    if (want > f->n + left)
        want = (size_t)(f->n + left);
    if (want > f->cap) {
        char *p = realloc(f->p, want);
        if (!p)
            return dsc_fail(job, "file: no memory for %zu bytes of %s", want, f->path);
        f->p = p;
        f->cap = want;
    }
    while (f->n < want) {
        ssize_t got = pread(f->fd, f->p + f->n, want - f->n, (off_t)(f->offset + f->n));
        if (got < 0 && errno != EINTR)
            return dsc_fail(job, "file: cannot read %s: %s", f->path, strerror(errno));
        if (got == 0) {           /* it has just been cut short; the next batch sees that */
            f->limit = f->offset + f->n;
            return 0;
        }
        f->n += got > 0 ? (size_t)got : 0;
    }
    return 0;
}

/* How many bytes of the buffer are whole records: at most `max`, or one that is longer. */
static size_t whole_records(const Follow *f, size_t max)
{
    size_t size = f->source->record_size, most = f->n < max ? f->n : max;
    if (f->n == 0)
        return 0;
    if (size > 0)
        return most >= size ? most / size * size : f->n >= size ? size : 0;
    const char *end = memrchr(f->p, '\n', most);
    if (!end)
        end = memchr(f->p + most, '\n', f->n - most);
    return end ? (size_t)(end + 1 - f->p) : 0;
}

static int next_records(Follow *f, size_t max, size_t *whole)
{
    for (size_t want = max;; want = 2 * f->n) {
        if (fill(f, want) < 0)
            return -1;
        *whole = whole_records(f, max);
        if (*whole > 0 || f->offset + f->n >= f->limit)
            return 0;
        if (f->n > LONGEST)
            return dsc_fail(f->source->job, "file: a line of %s is longer than 1 GB", f->path);
    }
}

/* The first n bytes of the buffer are planned. */
static int give(Follow *f, size_t n, dsc_range *range)
{
    Chunk *chunk = malloc(sizeof *chunk + n);
    if (!chunk)
        return dsc_fail(f->source->job, "file: no memory for %zu bytes of %s", n, f->path);
    *chunk = (Chunk){.next = f->planned, .split = f->split, .from = f->offset, .n = n};
    memcpy(chunk->bytes, f->p, n);
    f->planned = chunk;
    dsc_range_add(range, f->split, f->offset, f->offset + n);
    f->n -= n;
    memmove(f->p, f->p + n, f->n);
    f->offset += n;
    return 0;
}

/* The next step of what is there, or none at its end. */
static int give_step(Follow *f, size_t max, dsc_range *range)
{
    while (f->fd >= 0) {
        size_t whole;
        if (next_records(f, max, &whole) < 0)
            return -1;
        if (whole == 0 && f->next >= 0)
            whole = f->n;
        if (whole > 0)
            return give(f, whole, range);
        if (f->next < 0)
            return 0;
        if (go_on(f) < 0)
            return -1;
    }
    return 0;
}

int follow_plan(Follow *f, int64_t time, size_t max, dsc_range *range)
{
    dsc_context *job = f->source->job;
    bool fresh = time != f->batch;
    max = max < AT_ONCE ? max : AT_ONCE;
    f->batch = time;
    if (fresh && look(f) < 0)
        return -1;
    if (give_step(f, max, range) < 0)
        return -1;
    /* Without a clock a batch is what there is, and there is none before. */
    struct pollfd stop = {.fd = dsc_stop_fd(job), .events = POLLIN};
    while (fresh && range->n == 0 && !dsc_real_clock(job) && !f->stopped) {
        f->stopped = poll(&stop, 1, LOOK_EVERY) > 0;
        if (look(f) < 0 || give_step(f, max, range) < 0)
            return -1;
    }
    range->last_of_batch = range->n == 0;
    range->end_of_input = range->n == 0 && f->stopped;
    return 0;
}

int follow_read(Follow *f, const dsc_piece *piece, dsc_block *block)
{
    Chunk *chunk = f->planned;
    while (chunk && (chunk->split != piece->split || chunk->from != piece->from))
        chunk = chunk->next;
    if (!chunk)
        return dsc_fail(f->source->job, "file: bytes %llu to %llu of %s were read before and are no longer known",
                        (unsigned long long)piece->from, (unsigned long long)piece->to, f->path);
    *block = (dsc_block){.p = chunk->bytes, .n = chunk->n, .offset = chunk->from, .split_name = f->path, .held = chunk};
    return 0;
}

void follow_release(Follow *f, dsc_block *block)
{
    Chunk **at = &f->planned;
    while (*at != block->held)
        at = &(*at)->next;
    *at = (*at)->next;
    free(block->held);
}

/* ---- position ------------------------------------------------------------------------ */

int follow_position(const Follow *f, void *bytes, size_t room)
{
    Position position = {(uint64_t)f->id.st_dev, (uint64_t)f->id.st_ino, f->offset, f->split};
    if (room < sizeof position)
        return -1;
    memcpy(bytes, &position, sizeof position);
    return (int)sizeof position;
}

int follow_seek(Follow *f, const void *bytes, size_t n)
{
    Position position;
    struct stat st;
    if (n != sizeof position)
        return dsc_fail(f->source->job, "file: the saved position is damaged");
    memcpy(&position, bytes, sizeof position);
    close_file(&f->fd);
    close_file(&f->next);
    f->split = (int32_t)position.split;
    int fd = position.split < 0 ? -1 : open_path(f, &st);
    if (fd < 0)
        return 0;
    begin_file(f, fd, &st);
    bool same = (uint64_t)st.st_dev == position.device && (uint64_t)st.st_ino == position.inode;
    if (same && position.offset <= f->limit) {
        f->split--;
        f->offset = position.offset;
    } else {
        dsc_note(f->source->job, "file: %s is not the file of before: reading it from its beginning", f->path);
    }
    return 0;
}
