/* timed.c: sources cut into batches by a time in the data (`at`).
 *
 * A batch has the elements whose times are in [end - duration, end). Steps are read
 * ahead of the batch: as soon as one is there, dsc_node.times tells where the largest
 * time so far comes into a later batch; these are the cuts. A batch then takes
 * what stands before the next cut. Elements whose batch has been run stand in the
 * one in hand, where the stage finds them bad; so do those that have no time,
 * which are bad too. So cuts depend on the order of the records alone.
 *
 * Batches are numbered by floor(time / duration). */
#include "core.h"
#include "durable/durable.h"
#include "durable/snapshot.h"
#include <inttypes.h>
#include <stdlib.h>

struct rt_timed {
    dsc_block *blocks;            /* read and not given back; spans lie in them */
    size_t n_blocks, blocks_cap;
    rt_span *spans;               /* what no batch has taken yet */
    size_t n_spans, spans_cap, at;
    rt_cut *cuts;                 /* by place; from next_cut on ahead of the batch in hand */
    size_t n_cuts, cuts_cap, next_cut;
    int64_t top;                  /* the last batch that any time so far was in */
    bool read_all;
    /* for a checkpoint: where the source was before what lies in `blocks` was read (a text), and the top there;
     * bytes of it that batches have taken; and those that batches of a process before had taken, which are passed over */
    rt_buf before;
    int64_t top_before;
    uint64_t taken, pass;
};

/* Beyond them microseconds cannot be told apart by subtraction. */
#define LATEST INT64_C(4000000000000000000)

static bool batch_of(const rt_engine *e, int64_t time, int64_t *batch)
{
    int64_t length = e->job->batch;
    *batch = time / length - (time % length < 0);
    return time > -LATEST && time < LATEST;
}

int64_t rt_timed_end(const rt_engine *e, int64_t batch) { return (batch + 1) * e->job->batch; }

/* ---- times ----------------------------------------------------------------------------- */

void dsc_at(dsc_task *t, int64_t time)
{
    int64_t batch;
    if (!batch_of(t->engine, time, &batch) || batch <= t->top)
        return;
    rt_morsel *m = t->morsel;
    t->top = batch;
    m->cuts = rt_must_fit(m->cuts, &m->cuts_cap, m->n_cuts + 1, sizeof *m->cuts, "the times of a step");
    m->cuts[m->n_cuts++] = (rt_cut){(const char *)(uintptr_t)t->record, batch};
}

const char *dsc_out_of_time(dsc_task *t, int64_t time)
{
    const rt_engine *e = t->engine;
    int64_t batch;
    if (!batch_of(e, time, &batch))
        return "a time so far away that no batch can have it";
    return rt_timed_end(e, batch) < e->time ? "late: the batch of its time has been run" : NULL;
}

/* The cuts of the step in e->spans. */
static int find_cuts(rt_engine *e, rt_node *node, rt_timed *t)
{
    if (rt_stage_run_times(e, node, t->top) < 0)
        return -1;
    for (size_t i = 0; i < e->n_morsels; i++) {
        rt_morsel *m = &e->morsels[i];
        for (size_t j = 0; j < m->n_cuts; j++) {
            if (m->cuts[j].batch <= t->top)
                continue;
            t->cuts = rt_must_fit(t->cuts, &t->cuts_cap, t->n_cuts + 1, sizeof *t->cuts, "the times of a step");
            t->cuts[t->n_cuts++] = m->cuts[j];
            t->top = m->cuts[j].batch;
        }
        free(m->cuts);
        m->cuts = NULL;
    }
    return 0;
}

/* ---- reading ---------------------------------------------------------------------------- */

void rt_timed_new(rt_node *node)
{
    node->source.timed = rt_must_zero(sizeof *node->source.timed, "a source");
    node->source.timed->top = INT64_MIN;
}

static void give_back(rt_node *node)
{
    rt_timed *t = node->source.timed;
    dsc_source *s = node->source.conn;
    while (t->n_blocks > 0)
        s->def->release(s, &t->blocks[--t->n_blocks]);
    t->n_spans = t->at = t->n_cuts = t->next_cut = 0;
}

void rt_timed_free(rt_node *node)
{
    rt_timed *t = node->source.timed;
    if (!t)
        return;
    give_back(node);
    rt_buf_free(&t->before);
    free(t->blocks);
    free(t->spans);
    free(t->cuts);
    free(t);
    node->source.timed = NULL;
}

/* All that has been read before has been given back. */
static int note_place(const rt_engine *e, rt_node *node)
{
    rt_timed *t = node->source.timed;
    t->before.n = 0;
    t->top_before = t->top;
    t->taken = 0;
    if (!e->durable)
        return 0;
    int status = rt_put_conn_position(&t->before, node);
    return status == 0 && t->before.failed ? rt_no_memory(e->job, t->before.cap * 2, "the position of a source") : status;
}

/* The first n bytes of a span are taken. */
static void take(rt_timed *t, rt_span *span, size_t n)
{
    if (n > 0)
        span->head = span->head_lines = 0;
    span->p += n;
    span->n -= n;
    span->offset += n;
    t->taken += n;
}

static void pass_over(rt_timed *t)
{
    while (t->pass > 0 && t->at < t->n_spans) {
        rt_span *span = &t->spans[t->at];
        size_t n = span->n < t->pass ? span->n : (size_t)t->pass;
        take(t, span, n);
        t->pass -= n;
        t->at += span->n == 0;
    }
}

/* One more step, behind what there is. */
static int read_step(rt_engine *e, rt_node *node)
{
    rt_timed *t = node->source.timed;
    dsc_source *s = node->source.conn;
    dsc_range *range = &node->source.range;
    if (t->n_blocks == 0 && note_place(e, node) < 0)
        return -1;
    if (rt_source_plan(e, node) < 0)
        return -1;
    t->read_all = range->end_of_input;
    e->n_spans = 0;
    for (int i = 0; i < range->n; i++) {
        t->blocks = rt_must_fit(t->blocks, &t->blocks_cap, t->n_blocks + 1, sizeof *t->blocks, "the parts of a step");
        dsc_block *b = &t->blocks[t->n_blocks];
        if (s->def->read(s, &range->piece[i], b) < 0)
            return -1;
        t->n_blocks++;
        if (rt_block_add(e, node, range->piece[i].split, b) < 0)
            return -1;
    }
    t->spans = rt_must_fit(t->spans, &t->spans_cap, t->n_spans + e->n_spans, sizeof *t->spans, "the parts of a step");
    if (e->n_spans > 0)
        memcpy(t->spans + t->n_spans, e->spans, e->n_spans * sizeof *t->spans);
    t->n_spans += e->n_spans;
    int status = find_cuts(e, node, t);
    pass_over(t);
    return rt_guard_check(e->job) < 0 ? -1 : status;
}

int rt_timed_begin(rt_engine *e, rt_node *node)
{
    const size_t most = (size_t)64 << 20;
    rt_timed *t = node->source.timed;
    size_t bytes = 0;
    while (t->n_cuts == 0 && !t->read_all) {
        if (bytes > most)
            return dsc_fail(e->job, "%s: no element in the first %zu MB has a time", node->def->op, most >> 20);
        if (read_step(e, node) < 0)
            return -1;
        for (int i = 0; i < node->source.range.n; i++)
            bytes += (size_t)(node->source.range.piece[i].to - node->source.range.piece[i].from);
    }
    return 0;
}

int64_t rt_timed_next(const rt_node *node)
{
    const rt_timed *t = node->source.timed;
    return t->next_cut < t->n_cuts ? t->cuts[t->next_cut].batch : INT64_MAX;
}

/* What stands before `end` (NULL: all there is) to e->spans. */
static void take_until(rt_engine *e, rt_timed *t, const char *end)
{
    e->n_spans = 0;
    for (; t->at < t->n_spans; t->at++) {
        rt_span *rest = &t->spans[t->at], part = *rest;
        bool within = end && end >= rest->p && end < rest->p + rest->n;
        part.n = within ? (size_t)(end - rest->p) : rest->n;
        if (part.n > 0)
            rt_spans_add(e, part);
        take(t, rest, part.n);
        if (within)
            return;
    }
}

/* Tell the checkpoint what the batch has taken: the heads of splits too, since whoever runs it again begins with them. */
static int log_taken(rt_engine *e, rt_node *node)
{
    dsc_range *range = &node->source.range;
    dsc_block *blocks = e->durable && e->n_spans > 0 ? rt_must_zero(e->n_spans * sizeof *blocks, "the parts of a step") : NULL;
    range->n = 0;
    for (size_t i = 0; i < e->n_spans && blocks; i++) {
        const rt_span *s = &e->spans[i];
        uint64_t from = s->offset - s->head;
        dsc_range_add(range, s->split, from, s->offset + s->n);
        blocks[i] = (dsc_block){.p = s->p - s->head, .n = s->n + s->head, .offset = from, .split_name = s->split_name};
    }
    int status = range->failed ? rt_no_memory(e->job, e->n_spans * sizeof *blocks, "the parts of a step") : rt_durable_step(e, node, range, blocks);
    free(blocks);
    return status;
}

/* Past the cuts that lie within the batch in hand, or before it. */
static void pass_cuts(const rt_engine *e, rt_timed *t)
{
    while (t->next_cut < t->n_cuts && rt_timed_end(e, t->cuts[t->next_cut].batch) <= e->time)
        t->next_cut++;
}

/* *more: the batch may go on. */
int rt_timed_read(rt_engine *e, rt_node *node, bool *more)
{
    rt_timed *t = node->source.timed;
    *more = false;
    if (t->at == t->n_spans) {
        give_back(node);
        if (!t->read_all && read_step(e, node) < 0)
            return -1;
    }
    pass_cuts(e, t);
    const char *end = t->next_cut < t->n_cuts ? t->cuts[t->next_cut].at : NULL;
    take_until(e, t, end);
    int status = log_taken(e, node);
    if (status == 0 && e->n_spans > 0)
        status = rt_stage_run_spans(e, node);
    if (rt_guard_check(e->job) < 0)
        status = -1;
    *more = !end && !t->read_all;
    node->source.ended = !end && t->read_all;
    return status;
}

/* ---- the time of the next batch ----------------------------------------------------------- */

/* So many empty batches are run where no element comes, or as many as the longest window takes. */
enum { LONGEST_GAP = 10000 };

/* The batch of the next element; INT64_MAX: there is none, or sources that are cut otherwise go on. */
static int64_t next_batch(const rt_engine *e)
{
    int64_t next = INT64_MAX;
    for (int i = 0; i < e->n_nodes; i++) {
        const rt_source_state *s = &e->nodes[i].source;
        if (e->nodes[i].def->kind != DSC_SOURCE || s->ended)
            continue;
        if (!s->timed)
            return INT64_MAX;
        int64_t batch = rt_timed_next(&e->nodes[i]);
        next = batch < next ? batch : next;
    }
    return next;
}

int64_t rt_longest_gap(const rt_engine *e)
{
    int64_t longest = LONGEST_GAP;
    for (int i = 0; i < e->n_nodes; i++) {
        int64_t batches = (e->nodes[i].length + e->nodes[i].slide) / e->job->batch;
        longest = batches > longest ? batches : longest;
    }
    return longest;
}

int64_t rt_timed_skip(rt_engine *e, int64_t time)
{
    int64_t next = next_batch(e);
    if (e->empty < rt_longest_gap(e) || next == INT64_MAX || rt_timed_end(e, next) <= time)
        return time;
    int64_t later = rt_timed_end(e, next);
    dsc_note(e->job, "no element for a long time: %" PRId64 " empty batches are passed over, up to batch %" PRId64 " ms",
             (later - time) / e->job->batch, later / 1000);
    return later;
}

/* A time at which all windows slide, not after `time`. */
static int64_t common_slide(const rt_engine *e, int64_t time)
{
    int64_t batches = 1;
    for (int i = 0; i < e->n_nodes; i++) {
        int64_t slide = e->nodes[i].slide / e->job->batch;
        if (slide > 0 && batches <= LATEST / e->job->batch / slide)
            batches *= slide / rt_gcd(batches, slide);
    }
    int64_t length = batches * e->job->batch;
    return (time / length - (time % length < 0)) * length;
}

int rt_timed_start(rt_engine *e)
{
    int64_t first = INT64_MAX;
    for (int i = 0; i < e->n_nodes; i++) {
        rt_node *node = &e->nodes[i];
        if (!node->source.timed)
            continue;
        if (rt_timed_begin(e, node) < 0)
            return -1;
        int64_t batch = rt_timed_next(node);
        first = batch < first ? batch : first;
    }
    if (first == INT64_MAX)
        return 0;
    e->job->start = first * e->job->batch;
    e->job->zero = common_slide(e, e->job->start);
    return 0;
}

/* ---- checkpoints ---------------------------------------------------------------------------------- */

bool rt_timed_any(const rt_engine *e)
{
    for (int i = 0; i < e->n_nodes; i++)
        if (e->nodes[i].source.timed)
            return true;
    return false;
}

void rt_timed_put(rt_buf *b, const rt_node *node)
{
    const rt_timed *t = node->source.timed;
    rt_put_u64(b, t->before.n + 16);
    rt_buf_add(b, t->before.p, t->before.n);
    rt_put_i64(b, t->top_before);
    rt_put_u64(b, t->taken + t->pass);
}

int rt_timed_seek(rt_node *node, dsc_str position)
{
    rt_timed *t = node->source.timed;
    dsc_source *s = node->source.conn;
    rt_reader r = rt_reader_of(position);
    give_back(node);
    dsc_str before = rt_get_text(&r);
    t->top = t->top_before = rt_get_i64(&r);
    t->taken = 0;
    t->pass = rt_get_u64(&r);
    t->read_all = false;
    t->before.n = 0;
    rt_put_text(&t->before, before.p, (size_t)before.n);
    if (r.damaged || t->before.failed)
        return dsc_fail(s->job, "%s: the saved position is damaged", s->def->name);
    if (!rt_source_replays(node))
        t->pass = 0;              /* other input than that of before */
    return s->def->seek(s, before.p, (size_t)before.n);
}

int rt_timed_resume(rt_engine *e)
{
    for (int i = 0; i < e->n_nodes; i++) {
        rt_node *node = &e->nodes[i];
        rt_timed *t = node->source.timed;
        if (!t || node->source.ended)
            continue;
        for (pass_cuts(e, t); t->next_cut == t->n_cuts && !t->read_all; pass_cuts(e, t)) {
            if (t->at == t->n_spans)
                give_back(node);
            if (read_step(e, node) < 0)
                return -1;
        }
        if (t->pass > 0)
            return dsc_fail(e->job, "%s: its input is shorter than what has been read of it: put it back as it was, or start anew with --fresh",
                            node->def->name);
    }
    return 0;
}
