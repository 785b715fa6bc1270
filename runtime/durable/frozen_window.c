/* frozen_window.c: copies of windows for snapshots, and what they hold. See frozen_window.h. */
#include "frozen_window.h"
#include "frozen.h"
#include <stdlib.h>

static void copy_keys(rt_frozen_window *f, const rt_window *w)
{
    f->keys = rt_table_like(w->keys);
    f->w.keys = &f->keys;
    rt_table_copy(&f->keys, w->keys);
    f->w.order = rt_copy_of(w->order, w->n_order * sizeof *w->order);
    f->w.n_order = w->n_order;
    if (!w->stacks || w->joins)
        return;
    f->backed = rt_must_zero((size_t)w->keys->n + 1, "a checkpoint");
    for (uint32_t id = 0; id < w->keys->n; id++)
        f->backed[id] = w->stacks[id].backed;
}

/* The arrays of a set but for `ids`, to one of zero bytes otherwise. */
static void copy_set(const rt_columns *c, Set *to, const Set *from)
{
    to->n = from->n;
    to->n_has = from->n_has;
    to->has = rt_copy_of(from->has, from->n / 8);
    for (int p = 0; p < c->n_parts; p++) {
        to->column[p].at = rt_copy_of(from->column[p].at, from->n * sizeof(int64_t));
        if (from->column[p].high)
            to->column[p].high = rt_copy_of(from->column[p].high, from->n * sizeof(int64_t));
    }
}

static uint32_t *copy_ids(const Set *s) { return rt_copy_of(s->ids, s->n_has * sizeof *s->ids); }

static void copy_columns(rt_frozen_window *f, const rt_window *w)
{
    const rt_columns *c = w->columns;
    f->columns = (rt_columns){.parts = c->parts, .n_parts = c->n_parts, .flips = c->flips};
    memcpy(f->columns.acc_at, c->acc_at, sizeof c->acc_at);
    f->w.columns = &f->columns;
    if (c->open.n_has == 0)
        return;
    copy_set(c, &f->columns.open, &c->open);
    f->columns.open.ids = copy_ids(&c->open);
}

static void refer_to_panes(rt_frozen_window *f, const rt_window *w)
{
    f->panes = rt_must_zero((w->n + 1) * sizeof *f->panes, "a checkpoint");
    f->entries = rt_must_zero((w->n + 1) * sizeof *f->entries, "a checkpoint");
    f->sets = rt_must_zero((w->n + 1) * sizeof *f->sets, "a checkpoint");
    f->own = rt_must_zero((w->n + 1) * sizeof *f->own, "a checkpoint");
    f->w.panes = rt_must_zero((w->n + 1) * sizeof *f->w.panes, "a checkpoint");
    f->w.n = w->n;
    f->w.entered = w->entered;
    for (size_t i = 0; i < w->n; i++) {
        const Pane *p = w->panes[i];
        f->w.panes[i] = &f->panes[i];
        f->panes[i] = *p;
        if (!p->set)
            continue;
        f->sets[i] = *p->set;
        f->panes[i].set = &f->sets[i];
        if (p->set->ids)          /* they go to another set when it enters */
            f->sets[i].ids = f->own[i].ids = copy_ids(p->set);
    }
    if (w->open) {
        f->panes[w->n] = *w->open;
        f->w.open = &f->panes[w->n];
    }
}

void rt_window_freeze(rt_engine *e, rt_node *node)
{
    rt_window *w = node->window;
    rt_bad bad = {0};
    rt_arena arena = {0};
    e->tasks[0].node = node;
    e->tasks[0].bad = &bad;
    if (w->columns)
        rt_pane_collect(w, &e->tasks[0]);     /* what is exact can be combined */
    rt_frozen_window *f = w->frozen = rt_must_zero(sizeof *f, "a checkpoint");
    f->w = (rt_window){.node = node, .raw = w->raw, .group = w->group, .joins = w->joins, .fold = w->fold, .head = w->head, .stride = w->stride,
                       .slide_number = w->slide_number};
    refer_to_panes(f, w);
    rt_window_hold(w);
    if (w->raw)
        return;
    copy_keys(f, w);
    if (w->columns)
        copy_columns(f, w);
    else
        rt_put_open_pane(&f->open, e, node, &arena);
    if (w->holds & RT_HOLDS_WIDE && rt_window_flips(w))
        rt_put_frozen_window(&f->bytes, node);
    rt_arena_free(&arena);
}

void rt_window_copy(const rt_node *node)
{
    rt_frozen_window *f = node->window->frozen;
    if (f->bytes.n > 0 || !rt_window_flips(&f->w))
        return;
    for (size_t i = 0; i < f->w.entered; i++) {
        Pane *p = &f->panes[i];
        if (p->set) {
            copy_set(&f->columns, &f->own[i], p->set);
            f->sets[i] = f->own[i];
        } else {
            p->entries = f->entries[i] = rt_copy_of(p->entries, (size_t)p->n * f->w.stride);
        }
    }
}

void rt_window_thaw(rt_node *node)
{
    rt_frozen_window *f = node->window->frozen;
    if (!f)
        return;
    for (size_t i = 0; f->own && f->entries && i < f->w.n; i++) {
        rt_set_free(&f->own[i]);
        free(f->entries[i]);
    }
    rt_set_free(&f->columns.open);
    free(f->own);
    free(f->entries);
    free(f->sets);
    free(f->panes);
    free(f->w.panes);
    free(f->w.order);
    rt_table_free(&f->keys);
    free(f->backed);
    rt_buf_free(&f->open);
    rt_buf_free(&f->bytes);
    free(f);
    node->window->frozen = NULL;
    rt_window_let_go(node->window);
}
