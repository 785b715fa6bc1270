/* sorted.c: the elements of a batch in the order of a key, or the first of them.
 *
 * Elements come as pairs (key, element), or alone where there is no key: then their order is that of
 * the input. A morsel's elements are brought into order by the worker that ran it, the runs of all
 * morsels are merged when the batch is complete. Both are stable, so what is equal stays in the order
 * of the input, wherever that was cut.
 *
 * With a limit nobody keeps much more than twice as many elements as are asked for: a run that has
 * grown beyond that is sorted and cut, and later elements that sort behind all of what was kept are
 * not taken in at all. */
#include "core.h"
#include <stdlib.h>

enum { SLACK = 64 };              /* elements above twice the limit before a cut */

struct rt_sorted {
    const dsc_type *type, *key;   /* of what is put in; of its key, which it begins with, or NULL */
    bool descending;
    size_t limit;                 /* SIZE_MAX: none */
    size_t total;                 /* elements of all runs */
    rt_seq *own;                  /* by worker: where a run is made anew */
    int n_own;
    rt_seq result;
};

void rt_sorted_new(rt_node *node, int workers)
{
    rt_sorted *s = node->sorted = rt_must_zero(sizeof *s, "what is sorted");
    s->type = node->def->held;
    s->key = node->def->key;
    s->descending = node->descending;
    s->limit = node->limited ? (size_t)node->limit : SIZE_MAX;
    s->own = rt_must_zero((size_t)workers * sizeof *s->own, "what is sorted");
    s->n_own = workers;
}

static void free_inside(rt_seq *seq)
{
    free(seq->elements);
    rt_arena_free(&seq->arena);
}

void rt_sorted_free(rt_node *node)
{
    rt_sorted *s = node->sorted;
    if (!s)
        return;
    for (int i = 0; i < s->n_own; i++)
        free_inside(&s->own[i]);
    free_inside(&s->result);
    free(s->own);
    free(s);
    node->sorted = NULL;
}

/* ---- order --------------------------------------------------------------------------------- */

static int compare(const rt_sorted *s, const char *a, const char *b)
{
    int order;
    if (!s->key)
        return 0;
    if (s->key->kind == DSC_INT || s->key->kind == DSC_TIME || s->key->kind == DSC_DURATION) {
        int64_t x = *(const int64_t *)(const void *)a, y = *(const int64_t *)(const void *)b;
        order = (x > y) - (x < y);
    } else {
        order = dsc_compare(s->key, a, b);
    }
    return s->descending ? -order : order;
}

/* Merge neighbouring runs of `at` until one is left; `bounds` are the n_runs + 1 places where they
 * begin and end. Returns where the result is: at or spare. */
static const char **merge(const rt_sorted *s, const char **at, const char **spare, size_t *bounds, size_t n_runs)
{
    for (; n_runs > 1; n_runs = (n_runs + 1) / 2) {
        for (size_t run = 0; run < n_runs; run += 2) {
            size_t from = bounds[run], middle = bounds[run + 1], to = run + 2 <= n_runs ? bounds[run + 2] : middle;
            size_t i = from, j = middle;
            for (size_t out = from; out < to; out++)
                spare[out] = j >= to || (i < middle && compare(s, at[i], at[j]) <= 0) ? at[i++] : at[j++];
            bounds[run / 2] = from;
            bounds[run / 2 + 1] = to;
        }
        const char **swap = at;
        at = spare;
        spare = swap;
    }
    return at;
}

static const char **pointers(rt_arena *scratch, size_t n)
{
    return rt_arena_alloc(scratch, (n + 1) * sizeof(char *));
}

/* The elements of a run in order. */
static const char **in_order(const rt_sorted *s, const rt_seq *seq, rt_arena *scratch)
{
    size_t n = seq->n, *bounds = rt_arena_alloc(scratch, (n + 2) * sizeof *bounds), runs = 0;
    const char **at = pointers(scratch, n);
    for (size_t i = 0; i < n; i++) {
        at[i] = seq->elements + i * s->type->size;
        if (i == 0 || compare(s, at[i - 1], at[i]) > 0)
            bounds[runs++] = i;
    }
    bounds[runs] = n;
    return runs > 1 ? merge(s, at, pointers(scratch, n), bounds, runs) : at;
}

static void swap(rt_seq *a, rt_seq *b)
{
    rt_seq *next_a = a->next, *next_b = b->next, old = *a;
    *a = *b;
    *b = old;
    a->next = next_a;
    b->next = next_b;
}

/* Bring a run into order and cut it back to the limit. */
static void arrange(rt_sorted *s, rt_seq *seq, rt_seq *own, rt_arena *scratch)
{
    size_t n = seq->n < s->limit ? seq->n : s->limit, size = s->type->size;
    if (!s->key && n == seq->n)
        return;
    const char **at = in_order(s, seq, scratch);
    rt_seq_clear(own);
    if (n < seq->n) {             /* what is cut off takes its strings along */
        for (size_t i = 0; i < n; i++)
            rt_seq_push(own, s->type, at[i]);
        swap(seq, own);
        seq->kept = n;
        return;
    }
    own->elements = rt_must_fit(own->elements, &own->cap, n, size, "what is sorted");
    for (size_t i = 0; i < n; i++)
        memcpy(own->elements + i * size, at[i], size);
    own->n = n;
    rt_arena arena = seq->arena;
    swap(seq, own);
    own->arena = seq->arena;
    seq->arena = arena;
}

/* ---- putting in ------------------------------------------------------------------------------ */

void dsc_sort_in(dsc_task *task, int index, const void *value)
{
    rt_node *node = &task->engine->nodes[index];
    rt_sorted *s = node->sorted;
    rt_seq *seq = rt_port(task, index);
    if (s->limit == SIZE_MAX) {
        rt_seq_push(seq, s->type, value);
        return;
    }
    if (s->key ? seq->kept == s->limit && seq->kept > 0 && compare(s, seq->elements + (seq->kept - 1) * s->type->size, value) <= 0
               : seq->n >= s->limit)
        return;
    rt_seq_push(seq, s->type, value);
    if (s->key && seq->n > s->limit && seq->n - s->limit >= s->limit + SLACK)
        arrange(s, seq, &s->own[task->worker], &task->scratch);
}

void rt_sorted_end(rt_node *node, dsc_task *task, rt_seq *seq)
{
    arrange(node->sorted, seq, &node->sorted->own[task->worker], &task->scratch);
}

/* Merge all runs; the result is cut back to the limit, its strings are in it (copy) or in the runs. */
static void merge_runs(rt_node *node, rt_seq *result, bool copy, rt_arena *scratch)
{
    rt_sorted *s = node->sorted;
    size_t runs = 0, n = 0, size = s->type->size;
    for (const rt_seq *seq = node->held; seq; seq = seq->next)
        runs++;
    size_t *bounds = rt_arena_alloc(scratch, (runs + 2) * sizeof *bounds);
    const char **at = pointers(scratch, s->total);
    runs = 0;
    for (const rt_seq *seq = node->held; seq; seq = seq->next) {
        bounds[runs++] = n;
        for (size_t i = 0; i < seq->n; i++)
            at[n++] = seq->elements + i * size;
    }
    bounds[runs] = n;
    if (s->key && runs > 1)
        at = merge(s, at, pointers(scratch, n), bounds, runs);
    if (n > s->limit)
        n = s->limit;
    rt_seq_clear(result);
    if (!copy)
        result->elements = rt_must_fit(result->elements, &result->cap, n, size, "what is sorted");
    for (size_t i = 0; i < n; i++) {
        if (copy)
            rt_seq_push(result, s->type, at[i]);
        else
            memcpy(result->elements + i * size, at[i], size);
    }
    result->n = n;
}

void rt_sorted_take(rt_engine *e, rt_node *node, rt_seq *seq)
{
    rt_sorted *s = node->sorted;
    s->total += seq->n;
    rt_held_push(node, seq);
    if (s->limit > s->total || s->total - s->limit < s->limit + SLACK)
        return;
    rt_seq *own = &s->own[0], *first = node->held;
    rt_arena_rewind(&e->tasks[0].scratch);
    merge_runs(node, own, true, &e->tasks[0].scratch);
    swap(first, own);
    rt_seq *rest = first->next;
    first->next = NULL;
    s->total = first->n;
    node->held = rest;
    rt_held_clear(node);
    rt_held_push(node, first);
}

void rt_sorted_spans(rt_engine *e, rt_node *node)
{
    rt_sorted *s = node->sorted;
    rt_arena_rewind(&e->tasks[0].scratch);
    merge_runs(node, &s->result, false, &e->tasks[0].scratch);
    rt_spans_add(e, (rt_span){.p = s->result.elements, .n = s->result.n, .size = s->type->size});
}

void rt_sorted_clear(rt_node *node)
{
    rt_held_clear(node);
    node->sorted->total = 0;
    rt_seq_clear(&node->sorted->result);
}
