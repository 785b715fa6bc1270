/* engine.c: a job from its arguments to its end: nodes are made, connectors
 * opened, then batch after batch is run at its time.
 *
 * The job's clock is virtual when all its sources are bounded. After the input's
 * end empty batches run until every window has slid once more. When asked to
 * stop, what has come is still taken into the batch in hand, whose end is then
 * not waited for. */
#define _GNU_SOURCE
#include "core.h"
#include "crash.h"
#include "durable/durable.h"
#include "notify.h"
#include "rt_replay.h"
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { OK = 0, FAILED = 1, WRONG = 2 };   /* exit statuses */

static const size_t default_step = (size_t)64 << 20, default_morsel = (size_t)1 << 20;

/* ---- what connectors ask ---------------------------------------------------------- */

void dsc_wake(dsc_context *job)
{
    if (job->clock)
        job->clock->wake(job->clock);
}

bool dsc_real_clock(const dsc_context *job) { return job->clock->real; }
int64_t dsc_batch_duration(const dsc_context *job) { return job->batch; }
const char *dsc_checkpoint_folder(const dsc_context *job) { return job->options.checkpoint ? job->options.checkpoint : job->program->checkpoint; }
int64_t dsc_zero_time(const dsc_context *job) { return job->start; }

const char *rt_engine_text(rt_engine *e, dsc_str text)
{
    char *copy = rt_arena_alloc(&e->arguments, (size_t)text.n + 1);
    memcpy(copy, text.p, (size_t)text.n);
    copy[text.n] = '\0';
    return copy;
}

/* ---- tasks ------------------------------------------------------------------------------- */

static void make_tasks(rt_engine *e)
{
    int n = e->job->options.threads;
    size_t nodes = (size_t)e->n_nodes;
    e->tasks = rt_must_zero((size_t)n * sizeof *e->tasks, "workers");
    for (e->n_tasks = 0; e->n_tasks < n; e->n_tasks++) {
        dsc_task *t = &e->tasks[e->n_tasks];
        t->ports = rt_must_zero(nodes * sizeof *t->ports, "workers");
        t->touched = rt_must_zero(nodes * sizeof *t->touched, "workers");
        t->events = rt_must_zero(((size_t)e->job->program->n_clocks + 1) * sizeof *t->events, "workers");
        t->engine = e;
        t->job = e->job;
        t->worker = e->n_tasks;
    }
}

/* ---- the clock and the connectors ------------------------------------------------------------ */

static int open_clock(rt_engine *e)
{
    dsc_context *job = e->job;
    bool real = job->options.clock == 'r';
    for (int i = 0; i < e->n_nodes && job->options.clock == 0; i++)
        real |= e->nodes[i].def->kind == DSC_SOURCE && !rt_source_is_bounded(e->nodes[i].source.conn);
    rt_clock *clock = rt_clock_open(real);
    if (!clock)
        return dsc_fail(job, "cannot make a clock: no memory, or too many open files");
    job->clock = clock;
    job->zero = job->start = real ? clock->now(clock) / job->batch * job->batch : 0;
    return 0;
}

int rt_source_open(rt_engine *e, rt_node *node)
{
    dsc_source *s = node->source.conn;
    if (rt_args_within(e->job, s->def->name, s->def->args, s->def->bounds, s->args) < 0)
        return -1;
    node->source.open = true;
    return s->def->open(s);
}

static int open_connectors(rt_engine *e)
{
    for (int i = 0; i < e->n_nodes; i++) {
        rt_node *node = &e->nodes[i];
        if (node->def->kind == DSC_SOURCE) {
            /* Those of a replay only where something is to be read there. */
            if (!e->job->options.replay && rt_source_open(e, node) < 0)
                return -1;
        } else if (node->def->kind == DSC_SINK) {
            dsc_sink *s = node->sink.conn;
            if (rt_args_within(e->job, s->def->name, s->def->args, s->def->bounds, s->args) < 0)
                return -1;
            node->sink.open = true;
            if (s->def->open(s) < 0)
                return -1;
            int64_t limit = s->def->limit(s);
            node->sink.limit = limit < 0 ? INT64_MAX : limit;
        }
    }
    return 0;
}

void rt_sources_stop(rt_engine *e)
{
    rt_rates_stop(e);
    for (int i = 0; i < e->n_nodes; i++) {
        rt_source_state *s = &e->nodes[i].source;
        if (s->open && !s->stopped && s->conn->def->stop)
            s->conn->def->stop(s->conn);
        s->stopped = true;
    }
}

/* ---- the end ------------------------------------------------------------------------------------- */

static void close_engine(rt_engine *e)
{
    rt_pool_close(e->pool);
    rt_durable_quiet(e);
    rt_morsels_free(e);
    rt_nodes_free(e);
    rt_events_free(e);
    rt_durable_close(e);
    rt_metrics_close(e);
    for (int i = 0; i < e->n_tasks; i++) {
        rt_arena_free(&e->tasks[i].scratch);
        rt_decoders_free(&e->tasks[i]);
        free(e->tasks[i].ahead.elements);
        free(e->tasks[i].draws);
        rt_buf_free(&e->tasks[i].key);
        free(e->tasks[i].ports);
        free(e->tasks[i].touched);
        free(e->tasks[i].events);
    }
    free(e->tasks);
    rt_arena_free(&e->arguments);
    rt_skips_free(e);
    free(e->aside);
    pthread_mutex_destroy(&e->spares);
}

/* ---- the loop --------------------------------------------------------------------------------------- */

int64_t rt_wall_clock(const dsc_context *job)
{
    if (job->clock->real)
        return job->clock->now(job->clock);
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static bool asked_to_end(const dsc_context *job) { return atomic_load(&job->stopping) || atomic_load(&job->failed); }

static void wait_until(dsc_context *job, int64_t time)
{
    rt_clock *clock = job->clock;
    do
        clock->wait(clock, time);
    while (clock->now(clock) < time && !asked_to_end(job));
}

bool rt_all_ended(const rt_engine *e)
{
    for (int i = 0; i < e->n_nodes; i++)
        if (e->nodes[i].def->kind == DSC_SOURCE && !e->nodes[i].def->once && !e->nodes[i].source.ended)
            return false;
    return true;
}

int64_t rt_last_slide(const rt_engine *e, int64_t since_zero)
{
    int64_t last = since_zero;
    for (int i = 0; i < e->n_nodes; i++) {
        int64_t slide = e->nodes[i].slide, next = (since_zero + slide - 1) / slide * slide;
        if (next > last)
            last = next;
    }
    return last;
}

/* How a job goes, from batch to batch. */
typedef struct Course {
    int64_t time;                 /* of the last batch */
    rt_delays delays;
} Course;

/* What follows a batch that has been run. */
static int tell_of_batch(rt_engine *e, Course *course, const rt_batch_log *log)
{
    dsc_context *job = e->job;
    int64_t idle = job->options.stop_after_idle;
    rt_count_empty(e);
    rt_log_batch(job, log);
    rt_rates_batch(e, log);
    rt_delay_batch(job, &course->delays, log);
    rt_notify("WATCHDOG=1");
    if (idle > 0 && e->empty * job->batch >= idle)
        atomic_store(&job->stopping, true);
    return rt_metrics_batch(e, log);
}

/* The next batch, at its time. 1: it was the last. */
static int run_batch(rt_engine *e, Course *course)
{
    dsc_context *job = e->job;
    int64_t next = rt_delay_skip(e, course->time + job->batch);
    int64_t time = course->time = rt_timed_skip(e, next);
    rt_delay_clock(job, &course->delays);
    wait_until(job, time);
    bool stopping = atomic_load(&job->stopping);
    if (atomic_load(&job->failed))
        return -1;
    if (stopping)
        rt_sources_stop(e);
    int64_t now = rt_wall_clock(job);
    e->log = (rt_batch_log){.time = time, .begun = now, .due = job->clock->real && time < now ? time : now};
    rt_signals_batch(time);
    if (rt_batch_run(e, time) < 0)
        return -1;
    rt_signals_batch(INT64_MIN);
    e->log.done = rt_wall_clock(job);
    e->log.records = e->records;
    if (tell_of_batch(e, course, &e->log) < 0 || rt_durable_published(e) < 0)
        return -1;
    return stopping || (atomic_load(&job->stopping) && rt_all_ended(e));
}

/* From now on receivers receive. */
static int begin_sources(rt_engine *e)
{
    for (int i = 0; i < e->n_nodes; i++) {
        rt_source_state *s = &e->nodes[i].source;
        if (s->conn && s->conn->def->begin && s->conn->def->begin(s->conn) < 0)
            return -1;
        s->dropped = s->conn ? s->conn->dropped : 0;
    }
    return 0;
}

static int run_batches(rt_engine *e)
{
    dsc_context *job = e->job;
    bool goes_on = rt_durable_goes_on(e);
    if (!goes_on && rt_timed_start(e) < 0)
        return -1;
    Course course = {.time = job->start, .delays = {.told_at = INT64_MIN / 2}};
    e->last = INT64_MAX;
    rt_tables_group(e);
    rt_rates_begin(e);
    if (rt_durable_resume(e, &course.time) < 0)
        return -1;
    if (job->clock->real)
        job->clock->reach(job->clock, course.time);
    if (begin_sources(e) < 0)
        return -1;
    e->time = course.time;
    if (goes_on && rt_timed_resume(e) < 0)
        return -1;
    e->time = course.time + job->batch;
    if (rt_tables_read(e, true) < 0)
        return -1;
    if (course.time - job->zero >= e->last)
        dsc_note(job, "all input has been read, and nothing is left to do; --fresh starts anew");
    rt_notify("READY=1");
    int status = 0;
    for (int64_t n = 0; status == 0 && course.time - job->zero < e->last && (job->options.batches < 0 || n < job->options.batches); n++)
        status = run_batch(e, &course);
    rt_notify("STOPPING=1");
    return status < 0 ? -1 : rt_durable_end(e);
}

/* ---- the job ------------------------------------------------------------------------------------------ */

static uint64_t random_word(void)
{
    uint64_t word = 0;
    if (getentropy(&word, sizeof word) != 0) {
        struct timespec t;
        clock_gettime(CLOCK_REALTIME, &t);
        word = (uint64_t)t.tv_nsec * 0x9e3779b97f4a7c15u ^ (uint64_t)getpid();
    }
    return word;
}

typedef struct Start {
    rt_engine *e;
    int status;
} Start;

/* What is cut by a time in the data cannot be cut by a clock, too. */
static int refuse_times(const rt_engine *e)
{
    dsc_context *job = e->job;
    for (int i = 0; i < e->n_nodes; i++) {
        const dsc_node *def = e->nodes[i].def;
        if (e->nodes[i].source.timed && job->clock->real)
            return dsc_fail(job, "%s:%d:%d: %s: `at` takes the times of batches from the data, so they cannot come from the "
                            "clock: leave out --clock real, and sources without an end", job->program->file, def->line,
                            def->col, def->op);
    }
    return 0;
}

/* --no-exec */
static int refuse_commands(const rt_engine *e)
{
    for (int i = 0; i < e->n_nodes; i++) {
        const rt_node *node = &e->nodes[i];
        const dsc_source *source = node->source.conn;
        const dsc_sink *sink = node->sink.conn;
        if ((source && source->def->command) || (sink && sink->def->command))
            return dsc_fail(e->job, "%s:%d:%d: %s starts a program, which --no-exec forbids", e->job->program->file,
                            node->def->line, node->def->col, node->def->op);
    }
    return 0;
}

/* Everything that can raise before the first batch. */
static void prepare(void *arg)
{
    Start *start = arg;
    rt_engine *e = start->e;
    dsc_context *job = e->job;
    start->status = FAILED;
    rt_nodes_make(e);
    rt_events_make(e);
    make_tasks(e);
    start->status = WRONG;
    if (job->options.no_exec && refuse_commands(e) < 0)
        return;
    e->tasks[0].setting_up = true;
    if (job->program->setup && !job->program->setup(&e->tasks[0]))
        return;
    e->tasks[0].setting_up = false;
    for (int i = 0; i < e->n_nodes; i++)
        if (e->nodes[i].format && rt_format_open(e, &e->nodes[i]) < 0)
            return;
    if (rt_nodes_find_slides(e) < 0)
        return;
    start->status = FAILED;
    rt_nodes_make_state(e);
    if (!atomic_load(&job->failed))
        start->status = OK;
}

static void run_all(void *arg)
{
    Start *start = arg;
    const rt_replay *replay = start->e->job->options.replay;
    start->status = (replay ? replay->run(start->e) : run_batches(start->e)) < 0 ? FAILED : OK;
}

static void run_instead(void *arg)
{
    Start *start = arg;
    const rt_options *o = &start->e->job->options;
    start->status = o->instead(start->e, o->arg) < 0 ? FAILED : OK;
}

static int start_and_run(rt_engine *e)
{
    dsc_context *job = e->job;
    Start start = {.e = e};
    if (rt_protect(job, prepare, &start) != 0 || start.status != OK)
        return start.status;
    if (open_clock(e) < 0)
        return FAILED;
    if (refuse_times(e) < 0)
        return WRONG;
    start.status = FAILED;
    if (job->options.instead) {
        rt_protect(job, run_instead, &start);
        return start.status;
    }
    if (rt_signals_open(job) < 0)
        return FAILED;
    e->signals = true;
    if (rt_durable_open(e) < 0 || rt_metrics_open(e) < 0)
        return FAILED;
    e->pool = rt_pool_open(job, job->options.threads);
    if (e->pool && open_connectors(e) == 0)
        rt_protect(job, run_all, &start);
    return start.status;
}

static void fill_options(dsc_context *job)
{
    rt_options *o = &job->options;
    if (o->batch <= 0)
        o->batch = job->program->batch;
    if (o->threads <= 0) {
        long n = sysconf(_SC_NPROCESSORS_ONLN);
        o->threads = n < 1 ? 1 : n > 256 ? 256 : (int)n;
    }
    if (o->step == 0)
        o->step = default_step;
    if (o->morsel == 0)
        o->morsel = default_morsel;
    job->batch = o->batch;
}

int rt_run(const dsc_program *program, const rt_options *options)
{
    dsc_context *job = calloc(1, sizeof *job);
    rt_engine *e = calloc(1, sizeof *e);
    int status = FAILED;
    if (!job || !e) {
        fprintf(stderr, "dsc: out of memory\n");
        goto done;
    }
    job->program = program;
    job->options = *options;
    job->engine = e;
    e->job = job;
    e->seq = 1;
    e->metrics = -1;
    pthread_mutex_init(&e->spares, NULL);
    fill_options(job);
    rt_crash_open();
    rt_table_seed(random_word(), random_word());
    status = start_and_run(e);
    rt_skips_report(e);
    close_engine(e);
    rt_crash_close();
    if (e->signals)
        rt_signals_close();
    if (job->clock)
        job->clock->close(job->clock);
    if (atomic_load(&job->failed)) {
        if (status == OK)
            status = FAILED;
        if (job->error[0] != '\0')   /* else: whoever read our output has gone, and wants no words */
            fprintf(stderr, "dsc: %s\n", job->error);
    }
done:
    free(e);
    free(job);
    return status;
}
