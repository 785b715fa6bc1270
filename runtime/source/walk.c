/* walk.c: files one after the other, planned step by step. */
#include "walk.h"

#include <string.h>
#include <sys/stat.h>

/* So many files are open at a time. */
enum { MOST_PIECES = 128 };

typedef struct Position {
    int64_t at, batch, left;
    uint64_t offset, tail;
} Position;

void walk_init(Walk *walk, Input *inputs, int n, uint64_t start, int64_t per_batch, bool per_file)
{
    *walk = (Walk){.inputs = inputs, .n = n, .start = start, .offset = start, .per_batch = per_batch, .per_file = per_file,
                   .batch = INT64_MIN};
}

static int open_current(dsc_source *s, Walk *walk)
{
    Input *in = &walk->inputs[walk->at];
    const char *why = input_open(in, 0);
    return why ? dsc_fail(s->job, "%s: cannot read %s: %s", s->def->name, in->name, why) : 0;
}

/* Past the files that are at their end; one of them if a batch ends with it. */
static int skip_ended(dsc_source *s, Walk *walk, bool *file_ended)
{
    *file_ended = false;
    while (walk->at < walk->n && !(*file_ended && walk->per_file)) {
        if (open_current(s, walk) < 0)
            return -1;
        if (walk->offset < walk->inputs[walk->at].size)
            return 0;
        input_planned(&walk->inputs[walk->at++]);
        walk->offset = 0;
        *file_ended = true;
    }
    return 0;
}

/* Adds a piece of at most `room` bytes, or of one record if that may be longer. */
static int add_piece(dsc_source *s, Walk *walk, uint64_t room, bool longer, dsc_range *range, uint64_t *added)
{
    Input *in = &walk->inputs[walk->at];
    bool header = s->header && walk->offset == (walk->at == 0 ? walk->start : 0);
    int64_t left = walk->left + (header && walk->left < INT64_MAX);
    uint64_t to;
    int status = walk->per_batch ? input_cut_records(s, in, walk->offset, room, &left, &to)
                                 : input_cut(s, in, walk->offset, room, &to);
    *added = 0;
    if (status < 0)
        return status;
    if (to - walk->offset > room && !longer)
        return 0;
    *added = to - walk->offset;
    dsc_range_add(range, walk->at, walk->offset, to);
    in->pieces++;
    walk->offset = to;
    walk->left = left;
    return 0;
}

int walk_plan(dsc_source *s, Walk *walk, int64_t time, size_t max, dsc_range *range)
{
    if (time != walk->batch) {
        walk->batch = time;
        walk->left = walk->per_batch ? walk->per_batch : INT64_MAX;
    }
    bool file_ended;
    uint64_t total = 0, added = 1;
    if (skip_ended(s, walk, &file_ended) < 0)
        return -1;
    for (int pieces = 0; walk->at < walk->n && !(file_ended && walk->per_file); pieces++) {
        if (total >= max || added == 0 || walk->left == 0 || pieces == MOST_PIECES)
            break;
        if (add_piece(s, walk, max - total, total == 0, range, &added) < 0 || skip_ended(s, walk, &file_ended) < 0)
            return -1;
        total += added;
    }
    range->end_of_input = walk->at == walk->n;
    range->last_of_batch = range->end_of_input || walk->left == 0 || (file_ended && walk->per_file);
    return 0;
}

/* Of what has been read of the file in hand. Where it is not open nothing has been read since walk_seek. */
static uint64_t tail(Walk *walk)
{
    Input *in = walk->at < walk->n && walk->offset > 0 ? &walk->inputs[walk->at] : NULL;
    if (!in)
        return 0;
    if (in->fd >= 0 && input_tail(in, walk->offset, &walk->tail))
        walk->tail = 0;
    return walk->tail;
}

int walk_position(Walk *walk, void *bytes, size_t room)
{
    Position position = {walk->at, walk->batch, walk->left, walk->offset, tail(walk)};
    if (room < sizeof position)
        return -1;
    memcpy(bytes, &position, sizeof position);
    return (int)sizeof position;
}

/* Is the file that had been read up to `offset` still the one that it was? */
static int check_read(dsc_source *s, Input *in, uint64_t offset, uint64_t tail)
{
    struct stat st;
    uint64_t now = 0;
    if ((in->fd >= 0 ? fstat(in->fd, &st) : stat(in->name, &st)) < 0)
        return 0;                 /* who reads it says so */
    if ((uint64_t)st.st_size < offset)
        return dsc_fail(s->job, "%s: %s is shorter than what has been read of it: put it back as it was, or start anew with --fresh",
                        s->def->name, in->name);
    const char *why = input_tail(in, offset, &now);
    if (why)
        return dsc_fail(s->job, "%s: cannot read %s: %s", s->def->name, in->name, why);
    return now == tail ? 0 : dsc_fail(s->job, "%s: %s is not the file that was read: what stands before byte %llu of it is something else now. "
                                      "Put the old one back, or start anew with --fresh", s->def->name, in->name, (unsigned long long)offset);
}

int walk_seek(dsc_source *s, Walk *walk, const void *bytes, size_t n)
{
    Position position;
    if (n != sizeof position)
        return dsc_fail(s->job, "%s: the saved position is damaged", s->def->name);
    memcpy(&position, bytes, sizeof position);
    if (position.at < 0 || position.at > walk->n || (position.at == walk->n && position.offset > 0))
        return dsc_fail(s->job, "%s: there are fewer files than when the position was saved: put them back, or start anew with --fresh",
                        s->def->name);
    Input *in = position.at < walk->n ? &walk->inputs[position.at] : NULL;
    if (in && position.offset > 0 && check_read(s, in, position.offset, position.tail) < 0)
        return -1;
    walk->at = (int)position.at;
    walk->batch = position.batch;
    walk->left = position.left;
    walk->offset = position.offset;
    walk->tail = position.tail;
    return 0;
}

void walk_close(Walk *walk)
{
    for (int i = 0; i < walk->n; i++)
        input_close(&walk->inputs[i]);
}
