/* stage.c: running a node's stage over its input, cut into morsels.
 *
 * When some node fed must see its values in order (fold.h), morsels run in
 * rounds, and after each round the partitions are folded. What morsels put out
 * otherwise is taken over in their order when all have run. */
#include "core.h"
#include <stdlib.h>

void rt_spans_add(rt_engine *e, rt_span span)
{
    e->spans = rt_must_fit(e->spans, &e->spans_cap, e->n_spans + 1, sizeof *e->spans, "the parts of a step");
    e->spans[e->n_spans++] = span;
}

static void add_morsel(rt_engine *e, size_t first, size_t last)
{
    e->morsels = rt_must_fit(e->morsels, &e->morsels_cap, e->n_morsels + 1, sizeof *e->morsels, "the parts of a step");
    e->morsels[e->n_morsels++] = (rt_morsel){.first = first, .last = last};
}

/* ---- cutting ------------------------------------------------------------------------ */

/* How many bytes (or elements) of the span the next morsel takes: about `want` bytes, whole records. */
static size_t cut_at(const rt_span *span, size_t want, size_t record_size)
{
    if (span->size > 0) {
        size_t n = want / span->size;
        return n == 0 ? 1 : n < span->n ? n : span->n;
    }
    if (want >= span->n)
        return span->n;
    if (record_size > 0) {
        size_t n = want / record_size * record_size;
        return n > 0 ? n : record_size < span->n ? record_size : span->n;
    }
    const char *nl = memchr(span->p + want - 1, '\n', span->n - want + 1);
    return nl ? (size_t)(nl + 1 - span->p) : span->n;
}

/* Large spans are cut, small ones share a morsel. */
static void cut_spans(rt_engine *e, size_t record_size)
{
    size_t whole = e->job->options.morsel, n = e->n_spans, taken = 0, first;
    rt_span *uncut = rt_must_alloc(n * sizeof *uncut, "the parts of a step");
    if (n > 0)
        memcpy(uncut, e->spans, n * sizeof *uncut);
    e->n_spans = e->n_morsels = first = 0;
    for (size_t i = 0; i < n; i++) {
        rt_span rest = uncut[i];
        while (rest.n > 0) {
            rt_span part = rest;
            part.n = cut_at(&rest, whole - taken, record_size);
            size_t bytes = part.n * (part.size ? part.size : 1);
            rt_spans_add(e, part);
            rest.p += bytes;
            rest.n -= part.n;
            rest.offset += part.n;
            rest.head = rest.head_lines = 0;
            taken += bytes;
            if (taken >= whole) {
                add_morsel(e, first, e->n_spans);
                first = e->n_spans;
                taken = 0;
            }
        }
    }
    if (first < e->n_spans)
        add_morsel(e, first, e->n_spans);
    free(uncut);
}

static void cut_places(rt_engine *e, size_t n)
{
    size_t each = e->job->options.morsel / RT_PLACES;
    if (each == 0)
        each = 1;
    e->n_morsels = 0;
    for (size_t i = 0; i < n; i += each)
        add_morsel(e, i, n - i < each ? n : i + each);
}

/* ---- running ------------------------------------------------------------------------------ */

typedef struct Run {
    rt_engine *e;
    rt_node *node;
    size_t base;                  /* first morsel of the round */
    rt_scatter **round;           /* of the node that is gathered */
    size_t n_round;
    rt_node *into;
    bool alone;
    bool times;                   /* not the stage but dsc_node.times */
    int64_t top;
} Run;

static void lower(atomic_size_t *lowest, size_t value)
{
    size_t seen = atomic_load(lowest);
    while (value < seen && !atomic_compare_exchange_weak(lowest, &seen, value))
        ;
}

int rt_task_node(const dsc_task *task) { return task->node->index; }

static void begin_task(dsc_task *t, const Run *run, size_t number)
{
    t->node = run->node;
    t->morsel = &run->e->morsels[number];
    t->n_morsel = number;
    t->bad = &t->morsel->bad;
    t->seq = run->e->seq + number;
    t->alone = run->alone;
    t->record = t->records = t->place = 0;
    t->timing = run->times;
    t->top = run->top;
    t->spans = run->e->spans;
    t->next = t->morsel->first;
    t->last = t->morsel->last;
    t->at = t->end = NULL;
    t->ahead.next = t->ahead.n;
    rt_event_begin(t);
}

static void run_morsel(void *arg, int worker, size_t i)
{
    const Run *run = arg;
    rt_engine *e = run->e;
    dsc_task *t = &e->tasks[worker];
    size_t number = run->base + i;
    if (number > atomic_load(&e->lowest_bad))
        return;
    begin_task(t, run, number);
    if (run->times)
        run->node->def->times(t);
    else
        run->node->def->stage(t);
    t->morsel->records = t->records;
    rt_event_mark(t);
    for (int j = 0; j < t->n_touched; j++) {
        rt_node *fed = t->touched[j];
        if (fed->keyed.exact)
            rt_keyed_note(&fed->keyed, worker, t->seq);
        if (fed->sorted)
            rt_sorted_end(fed, t, t->ports[fed->index]);
        t->ports[fed->index] = NULL;
    }
    t->n_touched = 0;
    if (t->bad->why)
        lower(&e->lowest_bad, number);
}

static void gather_part(void *arg, int worker, size_t part)
{
    const Run *run = arg;
    dsc_task *t = &run->e->tasks[worker];
    t->node = run->node;
    t->bad = &run->e->gather_bad[part];
    rt_keyed_gather(&run->into->keyed, t, (int)part, run->round, run->n_round);
}

/* Fold what the morsels of the round scattered into `into`. */
static int gather(Run *run, rt_node *into, size_t n)
{
    rt_engine *e = run->e;
    rt_scatter *round[RT_ROUND];
    run->into = into;
    run->round = round;
    run->n_round = 0;
    for (size_t i = 0; i < n; i++)
        for (rt_out *out = e->morsels[run->base + i].outs; out; out = out->next)
            if (out->node == into && out->scatter)
                round[run->n_round++] = out->scatter;
    if (run->n_round == 0)
        return 0;
    int status = rt_pool_run(e->pool, RT_PARTITIONS, gather_part, run);
    for (size_t i = 0; i < n; i++)
        for (rt_out *out = e->morsels[run->base + i].outs; out; out = out->next)
            if (out->node == into && out->scatter) {
                rt_scatter_clear(out->scatter);
                out->scatter->next = into->spare_scatters;
                into->spare_scatters = out->scatter;
                out->scatter = NULL;
            }
    return status;
}

/* The first bad element of the morsels and the folds so far, in input order. */
static int fail_if_bad(Run *run, size_t n)
{
    rt_engine *e = run->e;
    rt_bad first = {0};
    for (size_t i = 0; i < n; i++)
        if (rt_bad_before(&e->morsels[run->base + i].bad, &first))
            first = e->morsels[run->base + i].bad;
    for (int i = 0; i < RT_PARTITIONS; i++) {
        if (rt_bad_before(&e->gather_bad[i], &first))
            first = e->gather_bad[i];
        e->gather_bad[i].why = NULL;
    }
    return first.why ? rt_bad_fail(e, run->node, &first) : 0;
}

static int run_round(Run *run, size_t n)
{
    rt_engine *e = run->e;
    run->alone = n == 1;
    if (rt_pool_run(e->pool, n, run_morsel, run) < 0)
        return -1;
    for (int i = 0; i < run->node->n_feeds; i++)
        if (rt_keyed_scatters(&run->node->feeds[i]->keyed) && gather(run, run->node->feeds[i], n) < 0)
            return -1;
    return fail_if_bad(run, n);
}

/* ---- taking over ----------------------------------------------------------------------------- */

static void take_outs(rt_engine *e, rt_morsel *m)
{
    for (rt_out *out = m->outs, *next; out; out = next) {
        next = out->next;
        rt_node *node = out->node;
        if (out->text)
            rt_sink_take(e, node, out->text);
        if (out->seq && node->sorted)
            rt_sorted_take(e, node, out->seq);
        else if (out->seq && !node->window)
            rt_held_push(node, out->seq);
        else if (out->seq)
            rt_window_push(node, out->seq);
        out->next = node->spare_outs;
        node->spare_outs = out;
    }
    m->outs = NULL;
    e->records += (int64_t)m->records;
}

static int run_stage(rt_engine *e, rt_node *node)
{
    Run run = {.e = e, .node = node};
    bool rounds = false;
    for (int i = 0; i < node->n_feeds; i++)
        rounds |= rt_keyed_scatters(&node->feeds[i]->keyed);
    size_t each = rounds ? RT_ROUND : e->n_morsels;
    atomic_store(&e->lowest_bad, SIZE_MAX);
    for (; run.base < e->n_morsels; run.base += each) {
        size_t left = e->n_morsels - run.base;
        if (run_round(&run, left < each ? left : each) < 0)
            return -1;
    }
    e->seq += e->n_morsels;
    if (atomic_load(&e->job->failed))
        return -1;
    for (size_t i = 0; i < e->n_morsels; i++)
        take_outs(e, &e->morsels[i]);
    return 0;
}

void rt_morsels_drop(rt_engine *e)
{
    for (size_t i = 0; i < e->n_morsels; i++)
        for (rt_out *out = e->morsels[i].outs, *next; out; out = next) {
            next = out->next;
            if (out->text)
                rt_text_free(out->text);
            if (out->seq)
                rt_seq_free(out->seq);
            if (out->scatter)
                rt_scatter_free(out->scatter);
            free(out);
        }
    for (size_t i = 0; i < e->n_morsels; i++)
        free(e->morsels[i].cuts);
    e->n_morsels = 0;
    for (int i = 0; i < e->n_tasks; i++) {
        dsc_task *t = &e->tasks[i];
        while (t->n_touched > 0)
            t->ports[t->touched[--t->n_touched]->index] = NULL;
    }
    for (int i = 0; i < RT_PARTITIONS; i++)
        e->gather_bad[i].why = NULL;
}

void rt_morsels_free(rt_engine *e)
{
    rt_morsels_drop(e);
    free(e->morsels);
    free(e->spans);
}

#define FREE_ALL(list, type, free_one) \
    for (type *one = (list), *next; one; one = next) { \
        next = one->next; \
        free_one(one); \
    }

void rt_outs_free(rt_node *node)
{
    FREE_ALL(node->sink.first, rt_text, rt_text_free)
    FREE_ALL(node->spare_texts, rt_text, rt_text_free)
    FREE_ALL(node->spare_seqs, rt_seq, rt_seq_free)
    FREE_ALL(node->spare_scatters, rt_scatter, rt_scatter_free)
    FREE_ALL(node->spare_outs, rt_out, free)
}

int rt_stage_run_spans(rt_engine *e, rt_node *node)
{
    cut_spans(e, node->record_size);
    return run_stage(e, node);
}

int rt_stage_run_times(rt_engine *e, rt_node *node, int64_t top)
{
    Run run = {.e = e, .node = node, .times = true, .top = top};
    cut_spans(e, node->record_size);
    atomic_store(&e->lowest_bad, SIZE_MAX);
    return rt_pool_run(e->pool, e->n_morsels, run_morsel, &run);
}

int rt_stage_run_places(rt_engine *e, rt_node *node, size_t n_places)
{
    cut_places(e, n_places);
    return run_stage(e, node);
}

int rt_stage_run_once(rt_engine *e, rt_node *node)
{
    e->n_morsels = 0;
    add_morsel(e, 0, e->n_spans);
    return run_stage(e, node);
}
