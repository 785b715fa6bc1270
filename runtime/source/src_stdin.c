/* src_stdin.c: standard input. A regular file is read as `file` reads one, from
 * where it stands; all else is received by a thread. */
#define _GNU_SOURCE
#include "inbox.h"
#include "walk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Stdin {
    dsc_source base;
    Inbox *inbox;                 /* NULL: it is a file */
    Input input;
    Walk walk;
    bool said;                    /* that stopping waits for the batch */
} Stdin;

enum { PER_BATCH, LIVE, MAX_RATE, OVERFLOW, BUFFER, SPILL_MAX, AT };

static void *receive(void *arg)
{
    char why[256];
    lines_read_all(STDIN_FILENO, arg, "standard input", why, sizeof why);
    inbox_end(arg, why);
    return NULL;
}

/* A regular file that says its size; those of /proc do not. */
static bool is_sized_file(void)
{
    struct stat st;
    return fstat(STDIN_FILENO, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;
}

static int stdin_open(dsc_source *s)
{
    Stdin *in = (Stdin *)s;
    int64_t per_batch = s->args[PER_BATCH].i;
    bool cut = s->args[PER_BATCH].set, live = s->args[LIVE].i;
    if (cut && live)
        return dsc_fail(s->job, "stdin: batches are cut by perBatch or, with live, by the clock: give one of them");
    if (live || !is_sized_file()) {
        in->inbox = inbox_new(s, "stdin", live ? INBOX_BY_CLOCK : cut ? INBOX_BY_RECORDS : INBOX_WHOLE, per_batch, &s->args[OVERFLOW]);
        return in->inbox ? inbox_start(in->inbox, receive, in->inbox) : -1;
    }
    in->input = (Input){.name = "stdin", .fd = -1};
    int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    const char *why = fd < 0 ? strerror(errno) : input_adopt(&in->input, fd);
    if (why && fd >= 0)
        close(fd);
    if (why)
        return dsc_fail(s->job, "cannot read standard input: %s", why);
    off_t offset = lseek(STDIN_FILENO, 0, SEEK_CUR);
    walk_init(&in->walk, &in->input, 1, offset > 0 ? (uint64_t)offset : 0, per_batch, false);
    return 0;
}

static int stdin_plan(dsc_source *s, int64_t time, size_t max, bool wait, dsc_range *range)
{
    Stdin *in = (Stdin *)s;
    return in->inbox ? inbox_plan(in->inbox, time, max, wait, range) : walk_plan(s, &in->walk, time, max, range);
}

static int stdin_read(dsc_source *s, const dsc_piece *piece, dsc_block *block)
{
    Stdin *in = (Stdin *)s;
    return in->inbox ? inbox_read(in->inbox, piece, block) : input_read(s, &in->input, 0, piece, block);
}

static void stdin_release(dsc_source *s, dsc_block *block)
{
    Stdin *in = (Stdin *)s;
    if (in->inbox)
        inbox_release(in->inbox, block);
    else
        input_release(block);
}

/* A file, but not what comes from a pipe. */
static bool stdin_replays(const dsc_source *s) { return !((const Stdin *)s)->inbox; }

static int stdin_position(dsc_source *s, void *bytes, size_t room)
{
    Stdin *in = (Stdin *)s;
    return in->inbox ? inbox_position(in->inbox, bytes, room) : walk_position(&in->walk, bytes, room);
}

static int stdin_seek(dsc_source *s, const void *bytes, size_t n)
{
    Stdin *in = (Stdin *)s;
    return in->inbox ? inbox_seek(in->inbox, bytes, n) : walk_seek(s, &in->walk, bytes, n);
}

static bool stdin_goes_on(const dsc_source *s)
{
    const Stdin *in = (const Stdin *)s;
    return in->inbox && inbox_goes_on(in->inbox);
}

static int stdin_begin(dsc_source *s)
{
    Stdin *in = (Stdin *)s;
    return in->inbox ? inbox_begin(in->inbox) : 0;
}

static void stdin_stop(dsc_source *s)
{
    Stdin *in = (Stdin *)s;
    if (in->inbox)
        inbox_stop(in->inbox);
    else if (!in->said && in->walk.at < in->walk.n)
        dsc_note(s->job, "stdin: reading on to the end of the batch; a second signal stops at once");
    in->said = true;
}

static void stdin_close(dsc_source *s)
{
    Stdin *in = (Stdin *)s;
    if (in->inbox)
        inbox_free(in->inbox);
    walk_close(&in->walk);
}

static const dsc_arg_def stdin_args[] = {
    [PER_BATCH] = {"perBatch", DSC_INT, "none", "records a batch"},
    [LIVE] = {"live", DSC_BOOL, "false", "batches are what came in their time, by the real clock"},
    [MAX_RATE] = {"maxRate", DSC_INT, "none", "with live: records a second that batches take at most; what is beyond waits"},
    [OVERFLOW] = INBOX_ARGS,
    [AT] = {"at", DSC_TIME, "none", "a function that gives an element's time, by which batches are cut"},
    {0},
};

static const dsc_bounds stdin_bounds[] = {{"perBatch", 1, INT64_MAX, NULL}, {"maxRate", 1, INT64_MAX, NULL}, INBOX_ARG_BOUNDS, {0}};

static const char *const stdin_cut_by[] = {"at", "perBatch", "live", NULL};

const dsc_source_def src_stdin = {
    .name = "stdin",
    .synopsis = "stdin(perBatch: int = none, live: bool = false, maxRate: int = none, "
                INBOX_SYNOPSIS ", at: A -> time = none)",
    .doc = "Standard input, to its end.\nAll of it is one batch unless at, perBatch or live cuts it.",
    .example = NULL,
    .args = stdin_args,
    .bounds = stdin_bounds,
    .element = "bytes",
    .bounded = true,
    .turned_by = "live",
    .times = "at",
    .cut_by = stdin_cut_by,
    .size = sizeof(Stdin),
    .open = stdin_open,
    .plan = stdin_plan,
    .read = stdin_read,
    .release = stdin_release,
    .replays = stdin_replays,
    .position = stdin_position,
    .seek = stdin_seek,
    .goes_on = stdin_goes_on,
    .begin = stdin_begin,
    .stop = stdin_stop,
    .close = stdin_close,
};

DSC_SOURCE(src_stdin)
