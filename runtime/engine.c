/* engine.c: a job from its arguments to its end: nodes are made, connectors
 * opened, then batch after batch is run at its time.
 *
 * The job's clock is virtual when all its sources are bounded. After the input's
 * end empty batches run until every window has slid once more. When asked to
 * stop, what has come is still taken into the batch in hand, whose end is then
 * not waited for. */
#define _GNU_SOURCE
#include "core.h"
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
int64_t dsc_zero_time(const dsc_context *job) { return job->zero; }

/* ---- making the engine --------------------------------------------------------------- */

static void make_source(rt_engine *e, rt_node *node)
{
    const dsc_source_def *def = dsc_find_source(node->def->op);
    if (!def) {
        dsc_fail(e->job, "there is no source '%s' in this build", node->def->op);
        rt_leave();
    }
    dsc_source *s = node->source.conn = rt_must_zero(def->size, "a source");
    s->def = def;
    s->job = e->job;
    s->node = node->def;
    s->args = rt_args_new(def->args);
    if (!s->args)
        rt_raise(sizeof(dsc_arg), "a source");
    if (node->def->format)
        node->format = rt_format_new(e->job, node->def->format, node->def, node->def->type);
}

void rt_sink_make(rt_engine *e, rt_node *node)
{
    const dsc_sink_def *def = dsc_find_sink(node->def->op);
    if (!def) {
        dsc_fail(e->job, "there is no sink '%s' in this build", node->def->op);
        rt_leave();
    }
    dsc_sink *s = node->sink.conn = rt_must_zero(def->size, "a sink");
    s->def = def;
    s->job = e->job;
    s->node = node->def;
    s->args = rt_args_new(def->args);
    if (!s->args)
        rt_raise(sizeof(dsc_arg), "a sink");
    node->format = rt_format_new(e->job, node->def->format ? node->def->format : "lines", node->def, node->def->type);
}

static void link_feeds(rt_engine *e)
{
    for (int i = 0; i < e->n_nodes; i++) {
        rt_node *node = &e->nodes[i];
        for (int j = 0; j < node->def->n_inputs; j++) {
            rt_node *from = &e->nodes[node->def->inputs[j]];
            from->feeds = rt_must_fit(from->feeds, &from->feeds_cap, (size_t)from->n_feeds + 1, sizeof *from->feeds, "nodes");
            from->feeds[from->n_feeds++] = node;
        }
    }
}

static void make_nodes(rt_engine *e)
{
    const dsc_program *program = e->job->program;
    int n = program->n_nodes + rt_dead_letters_count(program);
    e->nodes = rt_must_zero((size_t)n * sizeof *e->nodes, "nodes");
    while (e->n_nodes < program->n_nodes) {
        rt_node *node = &e->nodes[e->n_nodes];
        node->def = &program->nodes[e->n_nodes];
        node->index = e->n_nodes++;
        if (node->def->kind == DSC_SOURCE)
            make_source(e, node);
        else if (node->def->kind == DSC_SINK)
            rt_sink_make(e, node);
    }
    rt_dead_letters_make(e);
    link_feeds(e);
}

static void make_tasks(rt_engine *e)
{
    int n = e->job->options.threads;
    size_t nodes = (size_t)e->n_nodes;
    e->tasks = rt_must_zero((size_t)n * sizeof *e->tasks, "workers");
    for (e->n_tasks = 0; e->n_tasks < n; e->n_tasks++) {
        dsc_task *t = &e->tasks[e->n_tasks];
        t->ports = rt_must_zero(nodes * sizeof *t->ports, "workers");
        t->touched = rt_must_zero(nodes * sizeof *t->touched, "workers");
        t->engine = e;
        t->job = e->job;
        t->worker = e->n_tasks;
    }
}

/* ---- slides and windows -------------------------------------------------------------------- */

static int wrong_window(rt_engine *e, const rt_node *node, const char *what, int64_t value)
{
    rt_buf b = {0};
    const dsc_node *def = node->def;
    if (value <= 0) {
        rt_buf_print(&b, "the %s must be above 0, and is ", what);
        rt_print_duration(&b, value);
    } else {
        rt_buf_print(&b, "the %s (", what);
        rt_print_duration(&b, value);
        rt_buf_print(&b, ") must be a multiple of the %s (", node->in_slide == e->job->batch ? "batch" : "slide of its input");
        rt_print_duration(&b, node->in_slide);
        rt_buf_char(&b, ')');
    }
    dsc_fail(e->job, "%s:%d:%d: %s: %.*s", e->job->program->file, def->line, def->col, def->op, (int)b.n, b.p);
    rt_buf_free(&b);
    return -1;
}

static int find_slide(rt_engine *e, rt_node *node)
{
    const dsc_node *def = node->def;
    int64_t in = e->job->batch;
    for (int i = 0; i < def->n_inputs; i++) {
        int64_t one = e->nodes[def->inputs[i]].slide;
        if (i > 0 && one != in)
            return dsc_fail(e->job, "%s:%d:%d: the streams that %s takes come at different times: give their windows the same slide",
                            e->job->program->file, def->line, def->col, def->op);
        in = one;
    }
    node->in_slide = in;
    if (def->kind != DSC_WINDOW && def->kind != DSC_WINDOW_FOLD) {
        node->slide = in;
        return 0;
    }
    if (node->slide == 0)
        node->slide = in;
    if (node->length <= 0 || node->length % in != 0)
        return wrong_window(e, node, "window", node->length);
    if (node->slide < 0 || node->slide % in != 0)
        return wrong_window(e, node, "slide", node->slide);
    return 0;
}

static void make_state(rt_engine *e, rt_node *node)
{
    switch (node->def->kind) {
    case DSC_SOURCE:
    case DSC_SINK:
        break;
    case DSC_FOLD:
    case DSC_GROUP:
        rt_keyed_init(&node->keyed, node->def, e->job->options.threads);
        break;
    case DSC_WINDOW_FOLD:
        rt_keyed_init(&node->keyed, node->def, e->job->options.threads);
        rt_window_new(node);
        break;
    case DSC_WINDOW:
        rt_window_new(node);
        break;
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
    job->zero = real ? clock->now(clock) / job->batch * job->batch : 0;
    return 0;
}

static int open_connectors(rt_engine *e)
{
    for (int i = 0; i < e->n_nodes; i++) {
        rt_node *node = &e->nodes[i];
        if (node->def->kind == DSC_SOURCE) {
            dsc_source *s = node->source.conn;
            node->source.open = true;
            if (s->def->open(s) < 0)
                return -1;
        } else if (node->def->kind == DSC_SINK) {
            dsc_sink *s = node->sink.conn;
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
    for (int i = 0; i < e->n_nodes; i++) {
        rt_source_state *s = &e->nodes[i].source;
        if (s->open && !s->stopped && s->conn->def->stop)
            s->conn->def->stop(s->conn);
        s->stopped = true;
    }
}

/* ---- the end ------------------------------------------------------------------------------------- */

static void free_node(rt_node *node)
{
    if (node->source.open)
        node->source.conn->def->close(node->source.conn);
    if (node->sink.open)
        node->sink.conn->def->close(node->sink.conn);
    rt_format_free(node);
    if (node->source.conn)
        free(node->source.conn->args);
    if (node->sink.conn)
        free(node->sink.conn->args);
    free(node->source.conn);
    free(node->source.range.piece);
    free(node->sink.conn);
    rt_window_free(node);
    rt_keyed_free(&node->keyed);
    rt_outs_free(node);
    free(node->feeds);
}

static void close_engine(rt_engine *e)
{
    rt_pool_close(e->pool);
    rt_morsels_free(e);
    for (int i = 0; i < e->n_nodes; i++)
        free_node(&e->nodes[i]);
    rt_dead_letters_free(e);
    for (int i = 0; i < e->n_tasks; i++) {
        rt_arena_free(&e->tasks[i].scratch);
        rt_decoders_free(&e->tasks[i]);
        free(e->tasks[i].ports);
        free(e->tasks[i].touched);
    }
    free(e->nodes);
    free(e->tasks);
    rt_arena_free(&e->arguments);
    rt_skips_free(e);
    pthread_mutex_destroy(&e->spares);
}

/* ---- the loop --------------------------------------------------------------------------------------- */

static int64_t wall_clock(const dsc_context *job)
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

static bool all_ended(const rt_engine *e)
{
    for (int i = 0; i < e->n_nodes; i++)
        if (e->nodes[i].def->kind == DSC_SOURCE && !e->nodes[i].source.ended)
            return false;
    return true;
}

/* The input ended in the batch at `since_zero`: when has every window slid once more? */
static int64_t last_slide(const rt_engine *e, int64_t since_zero)
{
    int64_t last = since_zero;
    for (int i = 0; i < e->n_nodes; i++) {
        int64_t slide = e->nodes[i].slide, next = (since_zero + slide - 1) / slide * slide;
        if (next > last)
            last = next;
    }
    return last;
}

static int run_batches(rt_engine *e)
{
    dsc_context *job = e->job;
    int64_t time = job->zero, last = INT64_MAX;
    for (int64_t n = 0; job->options.batches < 0 || n < job->options.batches; n++) {
        time += job->batch;
        wait_until(job, time);
        bool stopping = atomic_load(&job->stopping);
        if (atomic_load(&job->failed))
            return -1;
        if (stopping)
            rt_sources_stop(e);
        rt_batch_log log = {.time = time, .begun = wall_clock(job)};
        log.due = job->clock->real ? time : log.begun;
        rt_signals_batch(time);
        if (rt_batch_run(e, time) < 0)
            return -1;
        rt_signals_batch(INT64_MIN);
        log.done = wall_clock(job);
        log.records = e->records;
        rt_log_batch(job, &log);
        if (last == INT64_MAX && all_ended(e))
            last = last_slide(e, time - job->zero);
        if (stopping || time - job->zero >= last)
            break;
        if (atomic_load(&job->stopping) && all_ended(e))
            break;
    }
    return 0;
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

/* Everything that can raise before the first batch. */
static void prepare(void *arg)
{
    Start *start = arg;
    rt_engine *e = start->e;
    dsc_context *job = e->job;
    start->status = FAILED;
    make_nodes(e);
    make_tasks(e);
    start->status = WRONG;
    e->tasks[0].setting_up = true;
    if (job->program->setup && !job->program->setup(&e->tasks[0]))
        return;
    e->tasks[0].setting_up = false;
    for (int i = 0; i < e->n_nodes; i++)
        if (e->nodes[i].format && rt_format_open(e, &e->nodes[i]) < 0)
            return;
    for (int i = 0; i < e->n_nodes; i++)
        if (find_slide(e, &e->nodes[i]) < 0)
            return;
    start->status = FAILED;
    for (int i = 0; i < e->n_nodes; i++)
        make_state(e, &e->nodes[i]);
    if (!atomic_load(&job->failed))
        start->status = OK;
}

static void run_all(void *arg)
{
    Start *start = arg;
    start->status = run_batches(start->e) < 0 ? FAILED : OK;
}

static int start_and_run(rt_engine *e)
{
    dsc_context *job = e->job;
    Start start = {.e = e};
    if (rt_protect(job, prepare, &start) != 0 || start.status != OK)
        return start.status;
    if (open_clock(e) < 0 || rt_signals_open(job) < 0)
        return FAILED;
    e->signals = true;
    start.status = FAILED;
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
    pthread_mutex_init(&e->spares, NULL);
    fill_options(job);
    rt_table_seed(random_word(), random_word());
    status = start_and_run(e);
    rt_skips_report(e);
    close_engine(e);
    if (e->signals)
        rt_signals_close();
    if (job->clock)
        job->clock->close(job->clock);
    if (atomic_load(&job->failed)) {
        if (status == OK)
            status = FAILED;
        if (job->error[0] == '\0')
            status = OK;          /* whoever read our output has had enough */
        else
            fprintf(stderr, "dsc: %s\n", job->error);
    }
done:
    free(e);
    free(job);
    return status;
}
