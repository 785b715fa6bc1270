/* batch.c: one batch: its sources step by step, then what is due at its time,
 * then its sinks.
 *
 * What a step put into sinks reaches them when the step is over; of the last
 * step that is after everything due has run. All sinks are prepared before any
 * is published, and when something fails all are aborted. */
#include "core.h"
#include "durable/durable.h"
#include <stdlib.h>

/* ---- steps ---------------------------------------------------------------------- */

int rt_write_step(rt_engine *e)
{
    for (int i = 0; i < e->n_nodes; i++)
        if (e->nodes[i].sink.first && rt_sink_write(e, &e->nodes[i]) < 0)
            return -1;
    return 0;
}

static int run_held(rt_engine *e, rt_node *node)
{
    e->n_spans = 0;
    rt_held_spans(e, node);
    int status = rt_stage_run_once(e, node);
    rt_held_clear(node);
    return status;
}

/* Blocks that were read are released. */
static int run_blocks(rt_engine *e, rt_node *node, const dsc_range *range, const dsc_block *blocks)
{
    e->n_spans = 0;
    for (int i = 0; i < range->n; i++)
        if (rt_block_add(e, node, range->piece[i].split, &blocks[i]) < 0)
            return -1;
    int status = rt_stage_run_spans(e, node);
    return rt_guard_check(e->job) < 0 ? -1 : status;
}

int rt_run_range(rt_engine *e, rt_node *node, const dsc_range *range, dsc_block *logged)
{
    dsc_source *s = node->source.conn;
    if (logged)
        return run_blocks(e, node, range, logged);
    dsc_block *blocks = calloc((size_t)range->n, sizeof *blocks);
    if (!blocks)
        return rt_no_memory(e->job, (size_t)range->n * sizeof *blocks, "the parts of a step");
    int status = 0, n = 0;
    for (; status == 0 && n < range->n; n++)
        status = s->def->read(s, &range->piece[n], &blocks[n]);
    int have = status < 0 ? n - 1 : n;
    if (status == 0)
        status = rt_durable_step(e, node, range, blocks);
    if (status == 0)
        status = run_blocks(e, node, range, blocks);
    while (have > 0)
        s->def->release(s, &blocks[--have]);
    free(blocks);
    return status;
}

/* A step is over: windows of event time take in what it has brought. Only those that put nothing out before
 * the end of the batch, so that the order of what others are given shows nothing of steps. */
static int take_in(rt_engine *e)
{
    int64_t records = e->records;
    int status = 0;
    e->taking_in = true;
    for (int i = 0; i < e->n_nodes && status == 0; i++)
        if (e->nodes[i].held && rt_event_takes_in(&e->nodes[i])) {
            status = run_held(e, &e->nodes[i]);
            rt_state_tidy(e->nodes[i].state);
        }
    e->taking_in = false;
    e->records = records;
    return status;
}

int rt_source_plan(rt_engine *e, rt_node *node)
{
    dsc_source *s = node->source.conn;
    dsc_range *range = &node->source.range;
    if (atomic_load(&e->job->stopping))
        rt_sources_stop(e);
    range->n = 0;
    range->last_of_batch = range->end_of_input = false;
    if (s->def->plan(s, e->time, e->job->options.step, s->def->bounded, range) < 0)
        return -1;
    return range->failed ? rt_no_memory(e->job, (size_t)range->cap * 2 * sizeof *range->piece, "the parts of a step") : 0;
}

/* One step; *more: the batch has another. */
static int read_step(rt_engine *e, rt_node *node, bool *more)
{
    const dsc_range *range = &node->source.range;
    if (node->source.timed)
        return rt_timed_read(e, node, more);
    if (rt_source_plan(e, node) < 0)
        return -1;
    node->source.ended = range->end_of_input;
    *more = !range->last_of_batch && !range->end_of_input;
    return range->n > 0 ? rt_run_range(e, node, range, NULL) : rt_durable_step(e, node, range, NULL);
}

int rt_source_read(rt_engine *e, rt_node *node, bool last)
{
    int64_t records = e->records;
    for (bool more = true; more;) {
        if (read_step(e, node, &more) < 0)
            return -1;
        node->source.cut = node->source.ended && node->source.stopped;
        if (more && take_in(e) < 0)
            return -1;
        if (!node->def->once && !(last && !more) && rt_write_step(e) < 0)
            return -1;
    }
    node->source.records = e->records - records;
    return atomic_load(&e->job->failed) ? -1 : 0;
}

void dsc_range_add(dsc_range *range, int32_t split, uint64_t from, uint64_t to)
{
    if (range->n == range->cap) {         /* callers may hold locks, so this must not raise */
        int cap = range->cap ? range->cap * 2 : 8;
        dsc_piece *piece = realloc(range->piece, (size_t)cap * sizeof *piece);
        if (!piece) {
            range->failed = true;
            return;
        }
        range->piece = piece;
        range->cap = cap;
    }
    range->piece[range->n++] = (dsc_piece){split, from, to};
}

/* ---- what is due --------------------------------------------------------------------- */

static int finish_keyed(rt_engine *e, rt_node *node)
{
    rt_bad bad = {0};
    dsc_task *task = &e->tasks[0];
    task->node = node;
    task->bad = &bad;
    task->n_morsel = SIZE_MAX;
    if (rt_keyed_finish(&node->keyed, task) == 0)
        return 0;
    return bad.why ? rt_bad_fail(e, node, &bad) : -1;
}

int rt_node_tick(rt_engine *e, rt_node *node, int64_t since_zero)
{
    int status;
    bool slides = rt_due(since_zero, node->slide);
    switch (node->def->kind) {
    case DSC_SOURCE:
    case DSC_SINK:
        return 0;
    case DSC_FOLD:
    case DSC_GROUP:
        if (finish_keyed(e, node) < 0)
            return -1;
        status = rt_stage_run_places(e, node, node->keyed.n == 0 && node->def->always ? 1 : node->keyed.n);
        rt_keyed_clear(&node->keyed);
        return status;
    case DSC_WINDOW_FOLD:
        if (rt_window_tick(e, node, since_zero, slides) < 0)
            return -1;
        return slides ? rt_stage_run_places(e, node, rt_window_places(node)) : 0;
    case DSC_WINDOW:
        if (rt_window_tick(e, node, since_zero, slides) < 0)
            return -1;
        e->n_spans = 0;
        if (!slides)
            return 0;
        rt_window_spans(e, node);
        return rt_stage_run_spans(e, node);
    case DSC_SORTED:
        e->n_spans = 0;
        rt_sorted_spans(e, node);
        status = rt_stage_run_spans(e, node);
        rt_sorted_clear(node);
        return status;
    case DSC_TABLE:
        if (!node->def->stage)
            return 0;
        e->n_spans = 0;
        rt_rows_spans(e, node);
        return rt_stage_run_once(e, node);
    case DSC_UPDATE:
        if (finish_keyed(e, node) < 0)
            return -1;
        rt_state_begin(node->state, rt_op_arg(node, "init"), e->time);
        rt_update_begin(node);
        e->n_spans = 0;
        status = rt_stage_run_once(e, node);
        rt_keyed_clear(&node->keyed);
        rt_state_tidy(node->state);
        return status;
    case DSC_HELD:
        if (node->state)
            rt_state_begin(node->state, rt_op_arg(node, "init"), e->time);
        status = run_held(e, node);
        rt_join_clear(node);
        if (node->state)
            rt_state_tidy(node->state);
        return status;
    }
    return 0;
}

/* Does it take part in every batch? Of a table only what holds its rows does. */
static bool in_batches(const rt_node *node) { return !node->def->once || node->def->kind == DSC_TABLE; }

static bool input_is_over(const rt_engine *e)
{
    for (int i = 0; i < e->n_nodes; i++)
        if (e->nodes[i].def->kind == DSC_SOURCE && !e->nodes[i].def->once && !rt_source_ended(&e->nodes[i]))
            return false;
    return true;
}

static int tick(rt_engine *e, int64_t since_zero)
{
    int64_t records = e->records;
    if (e->last == INT64_MAX && input_is_over(e))
        e->last = rt_last_slide(e, since_zero);
    rt_event_ends(e, since_zero);
    for (int i = 0; i < e->n_nodes; i++)
        if (in_batches(&e->nodes[i]) && rt_due(since_zero, e->nodes[i].in_slide) &&
            (rt_node_tick(e, &e->nodes[i], since_zero) < 0 || rt_kept_check(e, &e->nodes[i]) < 0))
            return -1;
    e->records = records;         /* those of the input only */
    return 0;
}

/* ---- the whole -------------------------------------------------------------------------- */

static int finish_sinks(rt_engine *e, int64_t since_zero)
{
    if (rt_write_step(e) < 0)
        return -1;
    for (int i = 0; i < e->n_nodes && !e->mute; i++) {
        rt_node *node = &e->nodes[i];
        if (node->def->kind == DSC_SINK && rt_due(since_zero, node->slide) && rt_sink_prepare(e, node) < 0)
            return -1;
    }
    if (rt_durable_commit(e) < 0)
        return -1;
    for (int i = 0; i < e->n_nodes; i++)
        if (e->nodes[i].sink.begun && rt_sink_publish(e, &e->nodes[i]) < 0)
            return -1;
    return 0;
}

static bool reads(const rt_node *node) { return node->def->kind == DSC_SOURCE && !node->def->once && !node->source.ended; }

static void begin(rt_engine *e, int64_t time)
{
    e->time = time;
    e->records = e->skipped = e->late = 0;
    for (int i = 0; i < e->n_nodes; i++) {
        rt_node *node = &e->nodes[i];
        if (node->def->kind == DSC_WINDOW || node->def->kind == DSC_WINDOW_FOLD)
            node->skipping = rt_window_skips(node, time - e->job->zero);
    }
}

static int read_sources(rt_engine *e)
{
    int last = -1;
    for (int i = 0; i < e->n_nodes; i++)
        if (reads(&e->nodes[i]))
            last = i;
    for (int i = 0; i <= last; i++) {
        rt_node *node = &e->nodes[i];
        if (reads(node) && rt_source_read(e, node, i == last) < 0)
            return -1;
    }
    return 0;
}

static int finish(rt_engine *e, int status)
{
    int64_t since_zero = e->time - e->job->zero;
    if (status == 0)
        status = tick(e, since_zero);
    if (status == 0)
        status = finish_sinks(e, since_zero);
    for (int i = 0; i < e->n_nodes && (status < 0 || e->mute); i++)
        if (e->nodes[i].def->kind == DSC_SINK)
            rt_sink_abort(&e->nodes[i]);
    return status;
}

int rt_batch_run(rt_engine *e, int64_t time)
{
    begin(e, time);
    rt_tables_reload(e);
    return finish(e, read_sources(e));
}

int rt_batch_rerun(rt_engine *e, int64_t time, int (*input)(void *arg, struct rt_reader *r), void *arg, struct rt_reader *r)
{
    begin(e, time);
    return finish(e, input(arg, r));
}
