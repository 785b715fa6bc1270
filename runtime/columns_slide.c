/* columns_slide.c: sliding over columns: totals, keys that come and go, flips. See columns.h. */
#include "columns_part.h"

enum { STRETCH = 2048 };          /* ids of a total that stay in the cache while panes go past them */

/* ---- totals ---------------------------------------------------------------------------- */

static void pass_narrow(int64_t *restrict total, const int64_t *restrict pane, size_t n, bool leaves, uint64_t *bits)
{
    uint64_t all = 0;
    if (leaves)
        for (size_t i = 0; i < n; i++)
            total[i] -= pane[i];
    else
        for (size_t i = 0; i < n; i++) {
            total[i] += pane[i];
            all |= size_bits(pane[i]);
        }
    *bits |= all;
}

static void pass_wide(Column *total, Column *pane, size_t from, size_t to, bool leaves)
{
    for (size_t i = from; i < to; i++) {
        dsc_isum v = {(uint64_t)pane->at[i], high_of(pane, i)};
        pane->bits |= size_bits(pane->at[i]);
        if (leaves)
            v = (dsc_isum){-v.lo, ~v.hi + (v.lo == 0)};
        wide_add(total, i, (int64_t)v.lo, v.hi);
    }
}

/* Ids from .. to - 1 of a pane to or from the total. */
static void pass(rt_columns *c, Set *s, uint32_t from, uint32_t to, bool leaves)
{
    if (to > s->n)
        to = s->n;
    for (int p = 0; p < c->n_parts && from < to; p++) {
        Column *total = &c->total.column[p], *pane = &s->column[p];
        if (!is_total(c->parts[p])) {
            if (!leaves)
                combine(c->parts[p], total->at + from, pane->at + from, to - from);
        } else if (total->high) {
            pass_wide(total, pane, from, to, leaves);
        } else {
            pass_narrow(total->at + from, pane->at + from, to - from, leaves, &pane->bits);
        }
    }
}

/* Do the sums of all panes together fit into the column of a total? */
static bool sums_fit(const rt_window *w, int p)
{
    uint64_t most = 0;
    for (size_t i = 0; i < w->n; i++)
        if ((most += w->panes[i]->set->column[p].most) >= SUM_MAX)
            return false;
    return true;
}

void rt_columns_move(rt_window *w, size_t out)
{
    rt_columns *c = w->columns;
    for (int p = 0; p < c->n_parts; p++)
        if (c->parts[p] == DSC_SUM_PART && !sums_fit(w, p))
            rt_set_widen(&c->total, &c->total.column[p]);
    for (uint32_t from = 0; from < c->total.n; from += STRETCH) {
        for (size_t i = 0; i < out; i++)
            pass(c, w->panes[i]->set, from, from + STRETCH, true);
        for (size_t i = w->entered; i < w->n; i++)
            pass(c, w->panes[i]->set, from, from + STRETCH, false);
    }
    for (int p = 0; p < c->n_parts; p++) {
        if (c->parts[p] != DSC_SUM_PART)
            continue;
        for (size_t i = w->entered; i < w->n; i++) {
            Column *column = &w->panes[i]->set->column[p];
            if (!column->high)
                column->most = most_of(column->bits);
        }
        if (c->total.column[p].high && sums_fit(w, p))
            drop_high(&c->total.column[p]);
    }
}

/* ---- keys that come and go ------------------------------------------------------------- */

/* The bits of a set that another has not. */
static inline uint64_t only_in(const Set *s, const Set *other, uint32_t word)
{
    return s->has[word] & ~(other && word < other->n / 64 ? other->has[word] : 0);
}

void rt_columns_pass(rt_columns *c, const Set *before, uint32_t number, const Set *next)
{
    for (uint32_t i = 0; i < before->n / 64; i++)
        for (uint64_t bits = only_in(before, next, i); bits; bits &= bits - 1)
            c->last[i * 64 + (uint32_t)__builtin_ctzll(bits)] = number;
}

static void go(rt_columns *c, uint32_t id)
{
    c->total.has[id / 64] &= ~((uint64_t)1 << id % 64);
    for (int p = 0; p < c->n_parts; p++)
        if (!is_total(c->parts[p]))
            c->total.column[p].at[id] = nothing(c->parts[p]);
    c->gone = rt_must_fit(c->gone, &c->gone_cap, c->n_gone + 1, sizeof *c->gone, "the keys of a window");
    c->gone[c->n_gone++] = id;
}

/* A pane leaves: its keys go that no later one has, up to the newest. */
static void keys_leave(rt_columns *c, const Pane *p, const Pane *newest)
{
    const Set *s = p->set;
    for (uint32_t i = 0; i < s->n / 64; i++)
        for (uint64_t bits = only_in(s, p == newest ? NULL : newest->set, i); bits; bits &= bits - 1) {
            uint32_t id = i * 64 + (uint32_t)__builtin_ctzll(bits);
            if (p == newest || c->last[id] == p->number)
                go(c, id);
        }
}

static bool has_new(const rt_columns *c, const Set *s)
{
    for (uint32_t i = 0; i < s->n / 64; i++)
        if (only_in(s, &c->total, i))
            return true;
    return false;
}

static void keys_enter(rt_window *w, Pane *p, const Pane *newest)
{
    rt_columns *c = w->columns;
    Set *s = p->set;
    if (newest)
        rt_columns_pass(c, newest->set, newest->number, s);
    if (has_new(c, s))
        for (uint32_t i = 0; i < s->n_has; i++) {
            uint32_t id = s->ids[i];
            if (set_has(&c->total, id))
                continue;
            c->total.has[id / 64] |= (uint64_t)1 << id % 64;
            w->order = rt_must_fit(w->order, &w->order_cap, w->n_order + 1, sizeof *w->order, "the order of keys");
            w->order[w->n_order++] = id;
        }
    free(c->ids);
    c->ids = s->ids;
    c->ids_cap = s->ids_cap;
    s->ids = NULL;
    s->ids_cap = 0;
}

/* Close the gaps of keys that have gone. */
static void close_order(rt_window *w)
{
    size_t n = 0;
    for (size_t i = 0; i < w->n_order; i++)
        if (set_has(&w->columns->total, w->order[i]))
            w->order[n++] = w->order[i];
    w->n_order = n;
}

/* ---- flips ----------------------------------------------------------------------------- */

void rt_columns_flip(rt_window *w, uint32_t block)
{
    rt_columns *c = w->columns;
    uint32_t from = block * BLOCK, to = from + BLOCK;
    if (to > c->total.n)
        to = c->total.n;
    for (size_t i = w->entered; i-- > 0;)
        rt_set_reach(c, w->panes[i]->set, to);    /* the oldest answers for keys that are newer, too */
    for (int p = 0; p < c->n_parts; p++) {
        if (is_total(c->parts[p]))
            continue;
        for (size_t i = w->entered - 1; i-- > 0;)
            combine(c->parts[p], w->panes[i]->set->column[p].at + from, w->panes[i + 1]->set->column[p].at + from, to - from);
        int64_t none = nothing(c->parts[p]), *total = c->total.column[p].at;
        for (uint32_t i = from; i < to; i++)
            total[i] = none;
    }
    c->flipped[block] = c->number;
}

/* Those whose turn it is, and those of whom panes have left that came after the last one. */
static void flip_those_due(rt_window *w)
{
    rt_columns *c = w->columns;
    int64_t phases = w->period < PHASES ? w->period : PHASES;
    for (size_t b = 0; b < c->n_flipped && w->entered > 0; b++)
        if ((int64_t)b % phases * w->period / phases == w->turn || c->left > c->flipped[b])
            rt_columns_flip(w, (uint32_t)b);
}

/* ---- sliding --------------------------------------------------------------------------- */

void rt_columns_reach(rt_columns *c, uint32_t n)
{
    rt_set_reach(c, &c->total, n);
    if (c->total.cap > c->last_cap) {
        c->last = rt_must_realloc(c->last, c->total.cap * sizeof *c->last, "the keys of a window");
        c->last_cap = c->total.cap;
    }
    size_t blocks = (c->total.n + BLOCK - 1) / BLOCK;
    c->flipped = rt_must_fit(c->flipped, &c->flipped_cap, blocks, sizeof *c->flipped, "the keys of a window");
    for (; c->n_flipped < blocks; c->n_flipped++)
        c->flipped[c->n_flipped] = c->left;       /* nothing that has left was in it */
}

void rt_columns_slide(rt_window *w, size_t out)
{
    rt_columns *c = w->columns;
    const Pane *newest = w->entered > 0 ? w->panes[w->entered - 1] : NULL;
    rt_columns_reach(c, w->keys->n);
    c->n_gone = 0;
    for (size_t i = 0; i < out; i++)
        keys_leave(c, w->panes[i], newest);
    if (c->n_gone > 0)
        close_order(w);
    rt_columns_move(w, out);
    for (size_t i = w->entered; i < w->n; i++) {
        keys_enter(w, w->panes[i], newest);
        newest = w->panes[i];
    }
    if (out > 0)
        c->left = w->panes[out - 1]->number;
    for (size_t i = 0; i < c->n_gone; i++)
        if (!set_has(&c->total, c->gone[i]))
            rt_table_remove(w->keys, c->gone[i]);
}

void rt_columns_flips(rt_window *w)
{
    if (w->columns->flips)
        flip_those_due(w);
}
