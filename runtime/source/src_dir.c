/* src_dir.c: a watched directory, each new file once.
 *
 * At the first step of a batch the directory is listed. A file that was not
 * there before is read when it is complete: when it was renamed into the
 * directory or closed by who wrote it (inotify tells), or, where nobody tells,
 * when its size and time of change stood still from one batch to the next. The
 * files of a batch come in the order of their names.
 *
 * A file is known by its identity and not by its name, for as long as it is
 * listed: renamed, it is not read again; another one of the same name is.
 * While the directory is away nothing is forgotten. */
#define _GNU_SOURCE
#include "input.h"
#include "listing.h"

#include <stdlib.h>
#include <string.h>

/* So many files a step: those are open, and so cannot get lost. */
enum { MOST_PIECES = 128 };
/* The bytes of smaller files are logged in less time than it takes to have a link on stable storage. */
#define HELD_FROM ((uint64_t)256 << 10)

typedef struct Dir {
    dsc_source base;
    Listing *listing;
    Input **inputs;               /* by split - first_split; NULL: given back */
    int n_inputs, cap;
    int32_t first_split;
    int at;                       /* the first that is not planned whole */
    uint64_t offset;
    int64_t batch;                /* the time of the batch in hand */
    bool stopped;
} Dir;

enum { PATH, EXISTING };

static int dir_open(dsc_source *s)
{
    Dir *d = (Dir *)s;
    dsc_str path = s->args[PATH].s;
    if (path.n == 0 || memchr(path.p, 0, (size_t)path.n))
        return dsc_fail(s->job, "dir: \"%.*s\" is no directory's name", (int)path.n, path.n ? path.p : "");
    d->batch = INT64_MIN;
    d->listing = listing_open(s->job, path.p, (size_t)path.n, s->args[EXISTING].i);
    return d->listing ? 0 : -1;
}

/* ---- files of the batch --------------------------------------------------------------- */

static int add_input(Dir *d, const char *path)
{
    if (d->n_inputs == d->cap) {
        int cap = d->cap ? 2 * d->cap : 16;
        Input **inputs = realloc(d->inputs, (size_t)cap * sizeof *inputs);
        if (!inputs)
            return dsc_fail(d->base.job, "dir: no memory for %d files", cap);
        d->inputs = inputs;
        d->cap = cap;
    }
    size_t n = strlen(path) + 1;
    Input *in = malloc(sizeof *in + n);
    if (!in)
        return dsc_fail(d->base.job, "dir: no memory for a file's name");
    *in = (Input){.name = memcpy(in + 1, path, n), .fd = -1};
    d->inputs[d->n_inputs++] = in;
    return 0;
}

/* Gives back the files that are read. */
static void forget_read(Dir *d)
{
    int n = 0;
    while (n < d->at && d->inputs[n]->planned && d->inputs[n]->pieces == 0) {
        input_close(d->inputs[n]);
        free(d->inputs[n++]);
    }
    if (n == 0)
        return;
    memmove(d->inputs, d->inputs + n, (size_t)(d->n_inputs - n) * sizeof *d->inputs);
    d->n_inputs -= n;
    d->at -= n;
    d->first_split += n;
}

static int begin_batch(Dir *d, int64_t time)
{
    d->batch = time;
    forget_read(d);
    if (d->stopped)
        return 0;
    if (listing_scan(d->listing) < 0)
        return -1;
    const char *path;
    while ((path = listing_next(d->listing)))
        if (add_input(d, path) < 0)
            return -1;
    return 0;
}

/* ---- planning ----------------------------------------------------------------------------- */

/* The file in hand, open; passes over those that cannot be read. */
static Input *current(Dir *d)
{
    for (; d->at < d->n_inputs; d->at++) {
        Input *in = d->inputs[d->at];
        const char *why = input_open(in, INPUT_NO_LINKS);
        if (!why && d->offset < in->size)
            return in;
        if (why)
            listing_failed(d->listing, in->name, why);
        d->offset = 0;
        input_planned(in);
    }
    return NULL;
}

static int dir_plan(dsc_source *s, int64_t time, size_t max, bool wait, dsc_range *range)
{
    Dir *d = (Dir *)s;
    (void)wait;
    if (time != d->batch && begin_batch(d, time) < 0)
        return -1;
    uint64_t total = 0;
    Input *in = current(d);
    for (int pieces = 0; in && total < max && pieces < MOST_PIECES; pieces++) {
        uint64_t to;
        if (input_cut(s, in, d->offset, max - total, &to) < 0)
            return -1;
        if (to - d->offset > max - total && total > 0)
            break;
        dsc_range_add(range, d->first_split + d->at, d->offset, to);
        in->pieces++;
        total += to - d->offset;
        d->offset = to;
        in = current(d);
    }
    range->last_of_batch = in == NULL;
    range->end_of_input = d->stopped && in == NULL;
    return 0;
}

static Input *input_of(Dir *d, int32_t split)
{
    int i = split - d->first_split;
    return i >= 0 && i < d->n_inputs ? d->inputs[i] : NULL;
}

static int dir_read(dsc_source *s, const dsc_piece *piece, dsc_block *block)
{
    Input *in = input_of((Dir *)s, piece->split);
    if (!in)
        return dsc_fail(s->job, "dir: file %d of this run is no longer known", (int)piece->split);
    return input_read(s, in, INPUT_NO_LINKS, piece, block);
}

static void dir_release(dsc_source *s, dsc_block *block)
{
    (void)s;
    input_release(block);
}

static int dir_hold(dsc_source *s, int32_t split, int folder, const char *name)
{
    const Input *in = input_of((Dir *)s, split);
    return in && in->size >= HELD_FROM ? input_link(in, folder, name) : 0;
}

static int dir_position(dsc_source *s, void *bytes, size_t room)
{
    return listing_position(((Dir *)s)->listing, bytes, room);
}

static int dir_seek(dsc_source *s, const void *bytes, size_t n)
{
    return listing_seek(((Dir *)s)->listing, bytes, n);
}

static void dir_stop(dsc_source *s)
{
    ((Dir *)s)->stopped = true;
}

static void dir_close(dsc_source *s)
{
    Dir *d = (Dir *)s;
    for (int i = 0; i < d->n_inputs; i++) {
        input_close(d->inputs[i]);
        free(d->inputs[i]);
    }
    free(d->inputs);
    listing_close(d->listing);
}

static const dsc_arg_def dir_args[] = {
    [PATH] = {"path", DSC_STRING, NULL, "the directory; it may come and go"},
    [EXISTING] = {"existing", DSC_BOOL, "false", "read the files that are there at the start, too"},
    {0},
};

const dsc_source_def src_dir = {
    .name = "dir",
    .synopsis = "dir(path: string, existing: bool = false)",
    .doc = "A watched directory: each new file once, when it is renamed into it or closed after writing.\n"
           "Names that begin with a point, links and directories in it are not read; nor is what is appended to a file\n"
           "after it was read. The files of a batch come in the order of their names.",
    .example = NULL,
    .args = dir_args,
    .element = "bytes",
    .size = sizeof(Dir),
    .open = dir_open,
    .plan = dir_plan,
    .read = dir_read,
    .release = dir_release,
    .position = dir_position,
    .seek = dir_seek,
    .hold = dir_hold,
    .stop = dir_stop,
    .close = dir_close,
};

DSC_SOURCE(src_dir)
