/* replay.c: a span of batches once more, by the records of the log, from the snapshot before it.
 *
 * Batches before the span run mute, as in recovery; those in it give what their sinks were given to whoever asked.
 * The folder may be in use: a segment of the log that the job gives back loses its name before it is written again, so
 * what was read of it is good as long as it has its name. Nothing is published before that is known. */
#define _GNU_SOURCE
#include "changes.h"
#include "durable_job.h"
#include "rerun.h"
#include "retain.h"
#include "rt_replay.h"
#include "states.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* To whoever asked for the replay; once they have gone there is nothing to say. */
static int send(dsc_context *job, const void *bytes, size_t n)
{
    for (const char *p = bytes; n > 0;) {
        ssize_t done = write(job->options.replay->out, p, n);
        if (done < 0 && errno != EINTR)
            return errno == EPIPE ? dsc_fail(job, "%s", "") : dsc_fail(job, "cannot pass on what comes of the replay: %s", strerror(errno));
        p += done > 0 ? done : 0;
        n -= done > 0 ? (size_t)done : 0;
    }
    return 0;
}

/* ---- sinks ------------------------------------------------------------------------- */

/* In the place of any sink: takes what that would have been given. It has its arguments, and is never told what they are for. */
typedef struct Tap {
    dsc_sink base;
    dsc_sink_def def;
    const dsc_sink_def *of;
    rt_buf text;
    int64_t time, taken;
    bool more;
} Tap;

static int no_memory(Tap *tap) { return rt_no_memory(tap->base.job, tap->text.cap * 2, "the output of a batch"); }

static int tap_open(dsc_sink *s)
{
    (void)s;
    return 0;
}

static int64_t tap_limit(dsc_sink *s) { return ((Tap *)s)->of->limit(s); }

static int tap_begin(dsc_sink *s, int64_t time)
{
    Tap *tap = (Tap *)s;
    tap->time = time;
    tap->taken = 0;
    tap->text.n = 0;
    return 0;
}

static int tap_write(dsc_sink *s, const char *text, size_t n, int64_t elements)
{
    Tap *tap = (Tap *)s;
    tap->taken += elements;
    rt_buf_add(&tap->text, text, n);
    return tap->text.failed ? no_memory(tap) : 0;
}

static int tap_rows(dsc_sink *s, const void *elements, size_t n)
{
    Tap *tap = (Tap *)s;
    for (size_t i = 0; i < n; i++) {
        rt_print_value(&tap->text, s->node->type, (const char *)elements + i * s->node->type->size);
        rt_buf_char(&tap->text, '\n');
    }
    return tap->text.failed ? no_memory(tap) : 0;
}

static int tap_prepare(dsc_sink *s, int64_t elements, dsc_token *token)
{
    Tap *tap = (Tap *)s;
    tap->more = !tap->def.rows && !tap->def.counts_only && elements > tap->taken;
    token->n = 0;
    return 0;
}

static int tap_publish(dsc_sink *s, const dsc_token *token)
{
    const Tap *tap = (const Tap *)s;
    rt_replayed what = {tap->time, strlen(s->node->name), (uint64_t)s->header.n, tap->text.n, tap->more};
    (void)token;
    if (tap->def.counts_only)
        return 0;
    return send(s->job, &what, sizeof what) < 0 || send(s->job, s->node->name, (size_t)what.name) < 0 ||
           send(s->job, s->header.p, (size_t)what.header) < 0 ? -1 : send(s->job, tap->text.p, (size_t)what.text);
}

static void tap_abort(dsc_sink *s) { ((Tap *)s)->text.n = 0; }

static void tap_close(dsc_sink *s) { rt_buf_free(&((Tap *)s)->text); }

static dsc_sink *tap_new(const dsc_sink_def *of)
{
    Tap *tap = rt_must_zero(sizeof *tap, "a sink");
    tap->of = of;
    tap->def = (dsc_sink_def){
        .name = of->name, .args = of->args, .bounds = of->bounds, .class = DSC_AT_LEAST_ONCE, .counts_only = of->counts_only, .size = sizeof *tap,
        .open = tap_open, .limit = tap_limit, .begin = tap_begin, .write = tap_write, .rows = of->rows || of->calls ? tap_rows : NULL,
        .prepare = tap_prepare, .publish = tap_publish, .abort = tap_abort, .close = tap_close,
    };
    tap->base.def = &tap->def;
    return &tap->base;
}

/* ---- running --------------------------------------------------------------------------- */

typedef struct Run {
    rt_engine *e;
    const rt_replay *replay;
    int folder;
    rt_snapshot from;
    rt_log *log;
    rt_rerun again;
} Run;

/* Which of the program's states does the snapshot not have? */
static void note_empty(const Run *run)
{
    rt_engine *e = run->e;
    for (int i = 0; i < e->n_nodes; i++) {
        rt_node *node = &e->nodes[i];
        rt_reader r = run->from.files[run->from.n - 1].rest;
        bool found = false, fits = false;
        rt_part part;
        for (uint64_t n = rt_get_count(&r, 40); n > 0 && !r.damaged && !found; n--) {
            rt_get_part(&r, &part);
            found = !r.damaged && part.kind == RT_PART_STATE && rt_part_node(e, &part) == node;
            fits = found && rt_part_fits(node, &part);
        }
        if (rt_keeps_state(node) && !fits)
            dsc_note(e->job, "`%s` begins empty behind the batch %lld ms: %s there, so it has to warm up", node->def->name,
                     (long long)run->from.state.time / 1000, found ? "what it keeps has another type" : "nothing of that name was kept");
    }
}

static int load(Run *run)
{
    rt_engine *e = run->e;
    dsc_context *job = e->job;
    const rt_replay *r = run->replay;
    int found = rt_snapshot_find(job, run->folder, r->path, r->snapshot, &run->from);
    if (found <= 0 || run->from.state.seq != r->snapshot)
        return found < 0 ? -1 : dsc_fail(job, "the snapshot of record %llu in %s is damaged, or the job has given it back",
                                           (unsigned long long)r->snapshot, r->path);
    job->zero = run->from.state.zero;
    job->start = run->from.state.start;
    e->last = run->from.state.last;
    e->time = run->from.state.time + job->batch;
    rt_tables_group(e);
    run->again.versions = rt_versions_open(e, run->folder, r->path);
    if (!run->again.versions)
        return -1;
    if (r->other && run->from.state.time > run->from.state.start)
        note_empty(run);
    if (rt_snapshot_load(e, &run->from, run->again.versions, r->path, r->other) < 0)
        return -1;
    return rt_versions_restore(run->again.versions);
}

static int read_log(Run *run)
{
    const rt_replay *r = run->replay;
    run->log = rt_log_open(run->e->job, run->folder, r->path);
    if (!run->log || rt_log_read(run->log, r->snapshot, r->end, &run->again.records, &run->again.n) < 0)
        return -1;
    if (run->again.n > 0 && run->again.records[0].seq != r->snapshot + 1)
        return dsc_fail(run->e->job, "the log in %s no longer has record %llu: the job has given it back", r->path,
                        (unsigned long long)r->snapshot + 1);
    return 0;
}

/* The input of a batch; once it has been taken in, is it still what was in the log? */
static int input(void *arg, rt_reader *r)
{
    Run *run = arg;
    const rt_rerun *again = &run->again;
    int status = rt_rerun_input(&run->again, r);
    if (status == 0 && !(rt_log_holds(run->log, again->records[again->first].seq) && rt_log_holds(run->log, again->seq)))
        status = dsc_fail(run->e->job, "the job has given back what the log in %s had of the batch %lld ms, while it was read", again->path,
                          (long long)run->e->time / 1000);
    return status;
}

/* One batch; 1: it lies behind the span. */
static int run_batch(Run *run, const rt_record *record)
{
    rt_engine *e = run->e;
    const rt_replay *replay = run->replay;
    const uint8_t *p = (const uint8_t *)record->body.p;
    rt_reader r = {p, p + record->body.n, false};
    int64_t time = rt_get_i64(&r);
    rt_get_i64(&r);
    if (time > replay->until)
        return 1;
    run->again.seq = record->seq;
    e->mute = time < replay->from;
    rt_signals_batch(time);
    int status = rt_batch_rerun(e, time, input, run, &r);
    rt_signals_batch(INT64_MIN);
    rt_replayed end = {.time = time};
    return status == 0 && !e->mute ? send(e->job, &end, sizeof end) : status;
}

static int run_records(Run *run)
{
    int status = 0;
    for (size_t i = 0; i < run->again.n && status == 0 && !atomic_load(&run->e->job->stopping); i++) {
        const rt_record *record = &run->again.records[i];
        if (record->kind == RECORD_BEGIN)
            rt_rerun_begin(&run->again, record);
        if (record->kind != RECORD_BATCH)
            continue;
        status = run_batch(run, record);
        run->again.first = i + 1;
    }
    return status;
}

static int run(rt_engine *e)
{
    const rt_replay *replay = e->job->options.replay;
    Run run = {.e = e, .replay = replay, .again = {.e = e, .path = replay->path, .apart = true}};
    run.folder = run.again.folder = open(replay->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int status = run.folder < 0 ? dsc_fail(e->job, "cannot open the folder %s: %s", replay->path, strerror(errno)) : load(&run);
    if (status == 0)
        status = read_log(&run);
    if (status == 0)
        status = run_records(&run);
    e->mute = false;
    rt_versions_close(run.again.versions);
    rt_log_close(run.log);
    rt_snapshot_close(&run.from);
    if (run.folder >= 0)
        close(run.folder);
    return status < 0 ? -1 : 0;
}

/* ---- the command line ----------------------------------------------------------------------- */

void rt_replay_text(const rt_replay *r, char text[200])
{
    snprintf(text, 200, "%llu %llu %lld %lld %lld %d %d %d %d", (unsigned long long)r->snapshot, (unsigned long long)r->end, (long long)r->from,
             (long long)r->until, (long long)r->batch, r->own, r->other, r->out, r->params);
}

static bool read_text(const char *text, rt_replay *r)
{
    unsigned long long snapshot, end;
    long long from, until, batch;
    if (sscanf(text, "%llu %llu %lld %lld %lld %d %d %d %d", &snapshot, &end, &from, &until, &batch, &r->own, &r->other, &r->out, &r->params) != 9)
        return false;
    r->snapshot = snapshot;
    r->end = end;
    r->from = from;
    r->until = until;
    r->batch = batch;
    return true;
}

/* Is there a param that --NAME=VALUE is of? */
static bool has_param(const dsc_program *program, const char *arg)
{
    for (int i = 0; i < program->n_params; i++) {
        size_t n = strlen(program->params[i].name);
        if (strncmp(arg + 2, program->params[i].name, n) == 0 && arg[2 + n] == '=')
            return true;
    }
    return false;
}

/* The length of a batch is the folder's, which another program than those that it keeps must have, too. */
static int check_batch(const dsc_program *program, const rt_options *options, const rt_replay *r)
{
    int64_t batch = options->batch > 0 ? options->batch : program->batch;
    if (batch == r->batch || (r->own && options->batch == 0))
        return 0;
    fprintf(stderr, "dsc: %s has batches of %lld ms, and those of %s have %lld ms: --batch %lldms runs it with those\n", program->file,
            (long long)batch / 1000, r->path, (long long)r->batch / 1000, (long long)r->batch / 1000);
    return 2;
}

static int run_with(const dsc_program *program, const rt_options *options, rt_replay *replay)
{
    rt_options own = {.batch = replay->batch, .threads = options->threads, .clock = 'v', .batches = -1, .quiet = options->quiet,
                      .step = options->step, .morsel = options->morsel, .params = options->params, .replay = replay};
    int status = check_batch(program, options, replay);
    replay->run = run;
    replay->sink = tap_new;
    return status ? status : rt_run(program, &own);
}

int rt_replay_main(const dsc_program *program, int argc, char **argv)
{
    rt_replay replay = {.path = argc > 1 ? argv[1] : ""};
    rt_options options;
    if (argc < 3 || !read_text(argv[2], &replay) || replay.params > argc - 3)
        return 2;
    int n = 3;
    for (int i = 3; i < argc; i++)
        if (i - 3 >= replay.params || has_param(program, argv[i]))
            argv[n++] = argv[i];
    argv[2] = argv[0];
    int status = rt_parse_options(program, n - 2, argv + 2, argv[0], &options);
    if (status != 0)
        return status < 0 ? 0 : status;
    status = run_with(program, &options, &replay);
    rt_free_options(&options);
    return status;
}
