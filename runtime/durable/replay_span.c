/* replay_span.c: what it takes to run a span of batches again: which snapshot to begin from,
 * and which programs ran them. A span begins behind a snapshot that is whole, and goes on with another
 * program from the snapshot that was made when that began. */
#define _GNU_SOURCE
#include "durable_job.h"
#include "dsc_fn.h"
#include "retain.h"
#include "rt_replay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <stdio.h>
#include <unistd.h>

typedef struct Find {
    dsc_context *job;
    const char *path, *from, *until;
    int folder;
    rt_snapshots snapshots;
    rt_numbers programs;
    rt_job_state newest;
    rt_replay_span *span;
    int status;
} Find;

static int64_t time_of(const Find *f, size_t i) { return rt_snapshot_time(f->folder, &f->snapshots.entries[i]); }

/* A time on the command line: of a batch. */
static int parse_time(const Find *f, const char *option, const char *text, int64_t *out)
{
    const char *number = *text == '@' ? text + 1 : text;
    int64_t n;
    if (dsc_parse_int((dsc_str){number, (int64_t)strlen(number)}, &n)) {
        int64_t unit = *text == '@' ? f->newest.batch : 1000;
        if (n < INT64_MIN / unit / 2 || n > INT64_MAX / unit / 2)
            return dsc_fail(f->job, "%s %s: no batch has such a time", option, text);
        *out = n * unit + (*text == '@' ? f->newest.start : 0);
        return 0;
    }
    if (dsc_parse_time((dsc_str){text, (int64_t)strlen(text)}, out))
        return 0;
    return dsc_fail(f->job, "%s takes the time of a batch in milliseconds, as `dsc log` shows it, or as 2024-01-31T12:00:00Z, or @N, the N-th "
                    "batch; and not '%s'", option, text);
}

/* The last batch that the log has. */
static int last_batch(const Find *f, int64_t *time)
{
    const rt_record *records = NULL;
    size_t n = 0;
    rt_log *log = rt_log_open(f->job, f->folder, f->path);
    int status = log ? rt_log_read(log, f->newest.seq, UINT64_MAX, &records, &n) : -1;
    *time = f->newest.time;
    for (size_t i = 0; i < n && status == 0; i++) {
        const uint8_t *p = (const uint8_t *)records[i].body.p;
        rt_reader r = {p, p + records[i].body.n, false};
        if (records[i].kind == RECORD_BATCH)
            *time = rt_get_i64(&r);
    }
    rt_log_close(log);
    return status;
}

static int not_kept(const Find *f, int64_t oldest)
{
    int64_t last, first = oldest + f->newest.batch;
    if (last_batch(f, &last) < 0)
        return -1;
    if (last < first)
        return dsc_fail(f->job, "no batch of %s can be run again yet", f->path);
    return dsc_fail(f->job, "%s keeps the batches from %lld ms until %lld ms, and none of %s%s", f->path, (long long)first / 1000,
                    (long long)last / 1000, f->from ? f->from : f->until, f->from ? " or what follows at once" : " or before");
}

/* The time behind which batches are kept: that of the oldest snapshot that stands on no other. */
static int64_t oldest_time(const Find *f)
{
    size_t i = f->snapshots.n - 1;
    while (i > 0 && !f->snapshots.entries[i].whole)
        i--;
    return time_of(f, i);
}

/* The newest one before `time` that is whole; damaged ones are named. */
static int snapshot_before(const Find *f, int64_t time, uint64_t *seq)
{
    size_t i = 0;
    rt_snapshot s;
    while (i < f->snapshots.n && time_of(f, i) >= time)
        i++;
    int found = i < f->snapshots.n ? rt_snapshot_find(f->job, f->folder, f->path, f->snapshots.entries[i].seq, &s) : 0;
    *seq = found > 0 ? s.state.seq : 0;
    if (found > 0)
        rt_snapshot_close(&s);
    return found;
}

static int find_times(Find *f)
{
    rt_replay_span *span = f->span;
    const rt_job_state *newest = &f->newest;
    int64_t oldest = oldest_time(f), last;
    span->from = oldest + newest->batch;
    span->until = INT64_MAX;
    span->batch = newest->batch;
    if ((f->from && parse_time(f, "--from", f->from, &span->from) < 0) || (f->until && parse_time(f, "--until", f->until, &span->until) < 0))
        return -1;
    if (span->from > span->until)
        return dsc_fail(f->job, "--from %s lies behind --until %s", f->from ? f->from : "(the first batch that is kept)", f->until);
    if (f->from && span->from <= oldest && oldest == newest->start)
        span->from = oldest + newest->batch;
    if (span->from <= oldest)
        return not_kept(f, oldest);
    if (span->from > newest->time && (last_batch(f, &last) < 0 || span->from > last))
        return atomic_load(&f->job->failed) ? -1 : not_kept(f, oldest);
    return 0;
}

static int add_part(Find *f, uint64_t snapshot)
{
    rt_replay_span *span = f->span;
    rt_replay_part *part = &span->parts[span->n_parts];
    rt_buf text = {0};
    *part = (rt_replay_part){.snapshot = snapshot, .end = UINT64_MAX};
    if (span->n_parts > 0)
        part[-1].end = snapshot;
    for (size_t i = f->programs.n; i > 0; i--)
        if (f->programs.at[i - 1] <= snapshot) {
            if (rt_program_read(f->job, f->folder, f->path, f->programs.at[i - 1], &text) < 0)
                return -1;
            break;
        }
    part->text = (dsc_str){text.p, (int64_t)text.n};
    span->n_parts++;
    return 0;
}

static int find_parts(Find *f)
{
    rt_replay_span *span = f->span;
    uint64_t first, end = UINT64_MAX;
    int found = snapshot_before(f, span->from, &first);
    if (found <= 0)
        return found < 0 ? -1 : dsc_fail(f->job, "no snapshot in %s from before the batch %lld ms is whole", f->path, (long long)span->from / 1000);
    for (size_t i = 0; i < f->snapshots.n && time_of(f, i) >= span->until; i++)
        end = f->snapshots.entries[i].seq;
    span->parts = calloc(f->programs.n + 1, sizeof *span->parts);
    if (!span->parts)
        return dsc_fail(f->job, "no memory for the programs of %s", f->path);
    int status = add_part(f, first);
    for (size_t i = 0; i < f->programs.n && status == 0; i++)
        if (f->programs.at[i] > first && f->programs.at[i] < end)
            status = add_part(f, f->programs.at[i]);
    if (status == 0)
        span->parts[span->n_parts - 1].end = end;
    return status;
}

static int find_newest(Find *f)
{
    rt_snapshot s;
    int found = rt_snapshot_find(f->job, f->folder, f->path, UINT64_MAX, &s);
    if (found <= 0)
        return found < 0 ? -1 : dsc_fail(f->job, "%s is no folder of a checkpoint: there is no snapshot in it", f->path);
    f->newest = s.state;
    rt_snapshot_close(&s);
    return 0;
}

static void find(void *arg)
{
    Find *f = arg;
    if (find_newest(f) == 0 && rt_snapshots_list(f->job, f->folder, f->path, &f->snapshots) == 0 &&
        rt_names_list(f->job, f->folder, f->path, "program", 20, &f->programs) == 0 && find_times(f) == 0)
        f->status = find_parts(f);
}

int rt_replay_find(const char *path, const char *from, const char *until, rt_replay_span *span)
{
    dsc_context *job = calloc(1, sizeof *job);
    Find f = {.job = job, .path = path, .from = from, .until = until, .span = span, .status = -1};
    *span = (rt_replay_span){0};
    f.folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (!job || f.folder < 0) {
        fprintf(stderr, "dsc: cannot open the folder %s: %s\n", path, strerror(errno));
        free(job);
        return 1;
    }
    rt_protect(job, find, &f);
    close(f.folder);
    free(f.snapshots.entries);
    free(f.programs.at);
    if (atomic_load(&job->failed))
        fprintf(stderr, "dsc: %s\n", job->error);
    free(job);
    if (f.status < 0)
        rt_replay_span_free(span);
    return f.status < 0;
}

void rt_replay_span_free(rt_replay_span *span)
{
    for (int i = 0; i < span->n_parts; i++)
        free((void *)(uintptr_t)span->parts[i].text.p);
    free(span->parts);
    *span = (rt_replay_span){0};
}
