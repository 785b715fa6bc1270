/* window.c: windows over panes.
 *
 * A PANE holds what came in one cell of a grid of gcd(length, slide): of a raw
 * window the elements, of a fold each key's accumulator, in the order in which
 * keys were first seen. At a slide the panes that are out of the window leave,
 * then those that have been closed since the last slide enter. Keys have ids in
 * one table, which keeps a key as long as a pane holds it; `order` lists the
 * keys that an entered pane holds, by when they became so.
 *
 * What a key puts out:
 *   group folds   a total: what enters is combined into it, what leaves removed
 *   other folds   two stacks. The panes that hold a key are linked, oldest first.
 *                 At a FLIP each of them gets the fold of itself and all later
 *                 ones (the front); what enters later is combined into `back`.
 *                 The answer is the oldest pane's accumulator with back. A key
 *                 flips every `period` slides, by when all the front has left;
 *                 at which of them is told by a stable hash of the key, so that
 *                 the work is spread, and is the same in every run.
 *
 * Invariants: refs(id) = panes with the key, held(id) = entered ones of these;
 * id is in order iff held > 0, and in the table iff refs > 0. */
#include "window.h"
#include <stdlib.h>

static int64_t gcd(int64_t a, int64_t b) { return b == 0 ? a : gcd(b, a % b); }

void rt_window_new(rt_node *node)
{
    rt_window *w = node->window = rt_must_zero(sizeof *w, "a window");
    w->node = node;
    w->raw = node->def->kind == DSC_WINDOW;
    w->cell = gcd(node->length, node->slide);
    if (w->raw)
        return;
    w->fold = node->def->fold;
    w->group = w->fold->group;
    w->holds = rt_type_holds(w->fold->acc);
    w->head = w->group ? 8 : sizeof(Entry);
    w->stride = (w->head + w->fold->acc->size + 7) & ~7u;
    w->period = (node->length + node->slide - 1) / node->slide;
    rt_table_init(&w->keys, node->def->key, w->fold->acc);
}

bool rt_window_skips(const rt_node *node, int64_t since_zero)
{
    int64_t next_slide = (since_zero + node->slide - 1) / node->slide * node->slide;
    return since_zero <= next_slide - node->length;
}

/* ---- sliding ------------------------------------------------------------------------ */

static void leave(rt_window *w, Pane *p)
{
    for (uint32_t i = 0; i < p->n; i++) {
        Entry *e = entry(w, p, i);
        uint32_t id = e->id;
        Key *key = &w->key[id];
        key->held--;
        if (!w->group) {
            w->stacks[id].oldest = e->next_pane;
            w->stacks[id].at_oldest = e->next;
        }
        if (key->held == 0) {
            w->order[key->place] = GONE;
            rt_table_unset(&w->keys, id);
            if (!w->group)
                w->stacks[id].backed = false;
        } else if (w->group) {
            w->fold->remove(rt_table_acc(&w->keys, id), entry_acc(w, e));
        }
        if (--key->refs == 0)
            rt_table_remove(&w->keys, id);
    }
}

static void link_entry(rt_window *w, Pane *p, uint32_t i, bool first)
{
    uint32_t id = entry(w, p, i)->id;
    Stacks *s = &w->stacks[id];
    if (first) {
        s->oldest = p;
        s->at_oldest = i;
    } else {
        Entry *before = entry(w, s->newest, s->at_newest);
        before->next_pane = p;
        before->next = i;
    }
    s->newest = p;
    s->at_newest = i;
}

void rt_window_order_add(rt_window *w, uint32_t id)
{
    w->order = rt_must_fit(w->order, &w->order_cap, w->n_order + 1, sizeof *w->order, "the order of keys");
    w->key[id].place = (uint32_t)w->n_order;
    w->order[w->n_order++] = id;
}

void rt_window_link(rt_window *w, Pane *p)
{
    for (uint32_t i = 0; i < p->n; i++) {
        bool first = w->key[entry(w, p, i)->id].held++ == 0;
        if (!w->group)
            link_entry(w, p, i, first);
    }
}

static bool enter(rt_window *w, dsc_task *task, Pane *p)
{
    for (uint32_t i = 0; i < p->n; i++) {
        Entry *e = entry(w, p, i);
        uint32_t id = e->id;
        Key *key = &w->key[id];
        bool first = key->held++ == 0, fresh = first;
        if (first)
            rt_window_order_add(w, id);
        if (!w->group) {
            link_entry(w, p, i, first);
            fresh = !w->stacks[id].backed;
            w->stacks[id].backed = true;
        }
        rt_arena_rewind(&task->scratch);
        if (!rt_table_combine(&w->keys, w->fold, task, id, fresh, entry_acc(w, e)))
            return false;
    }
    return true;
}

static bool flip(rt_window *w, dsc_task *task, uint32_t id)
{
    Stacks *s = &w->stacks[id];
    size_t n = 0;
    for (Pane *p = s->oldest, *next; p; p = next) {
        uint32_t at = n == 0 ? s->at_oldest : entry(w, w->path[n - 1], w->path_at[n - 1])->next;
        w->path = rt_must_fit(w->path, &w->path_cap, n + 1, sizeof *w->path, "the panes of a key");
        w->path_at = rt_must_fit(w->path_at, &w->path_at_cap, n + 1, sizeof *w->path_at, "the panes of a key");
        w->path[n] = p;
        w->path_at[n++] = at;
        next = entry(w, p, at)->next_pane;
    }
    for (size_t i = n; i-- > 1;) {
        void *older = entry_acc(w, entry(w, w->path[i - 1], w->path_at[i - 1]));
        const void *rest = entry_acc(w, entry(w, w->path[i], w->path_at[i]));
        size_t garbage = 0;
        rt_arena_rewind(&task->scratch);
        if (!rt_acc_combine(w->fold, w->holds, task, older, rest, &w->path[i - 1]->arena, &garbage))
            return false;
    }
    rt_table_unset(&w->keys, id);
    s->backed = false;
    return true;
}

/* When the front of a key was made last: microseconds since zero of that slide. */
static int64_t last_flip(const rt_window *w, const Stacks *s)
{
    int64_t past = (w->slide_number - s->phase + w->period) % w->period;
    return (w->slide_number - past) * w->node->slide;
}

/* Take the keys that have gone out of the order; flip those whose turn it is. */
static bool walk_order(rt_window *w, dsc_task *task)
{
    size_t n = 0;
    for (size_t i = 0; i < w->n_order; i++) {
        uint32_t id = w->order[i];
        if (id == GONE)
            continue;
        w->order[n] = id;
        w->key[id].place = (uint32_t)n++;
        if (!w->group && last_flip(w, &w->stacks[id]) == w->slide_number * w->node->slide && !flip(w, task, id)) {
            w->n_order = n;
            return false;
        }
    }
    w->n_order = n;
    return true;
}

/* Everything that ended at or before `limit` leaves. */
static void leave_until(rt_window *w, int64_t limit)
{
    size_t n = 0;
    while (n < w->entered && w->panes[n]->end <= limit) {
        if (!w->raw)
            leave(w, w->panes[n]);
        rt_pane_give_back(w, w->panes[n++]);
    }
    if (n == 0)
        return;
    memmove(w->panes, w->panes + n, (w->n - n) * sizeof *w->panes);
    w->n -= n;
    w->entered -= n;
}

static bool slide(rt_window *w, dsc_task *task, int64_t since_zero)
{
    leave_until(w, since_zero - w->node->length);
    w->slide_number = since_zero / w->node->slide;
    if (w->raw) {
        w->entered = w->n;
        return true;
    }
    while (w->entered < w->n)
        if (!enter(w, task, w->panes[w->entered++]))
            return false;
    bool ok = walk_order(w, task);
    rt_table_tidy(&w->keys);
    return ok;
}

int rt_window_tick(rt_engine *e, rt_node *node, int64_t since_zero, bool slides)
{
    rt_window *w = node->window;
    dsc_task *task = &e->tasks[0];
    rt_bad bad = {0};
    task->node = node;
    task->bad = &bad;
    task->n_morsel = SIZE_MAX;
    task->combining = true;
    bool ok = since_zero % w->cell != 0 || rt_pane_close(w, task, since_zero) == 0;
    task->combining = true;
    ok = ok && (!slides || slide(w, task, since_zero));
    task->combining = false;
    return ok ? 0 : bad.why ? rt_bad_fail(e, node, &bad) : -1;
}

/* ---- what is put out -------------------------------------------------------------------- */

size_t rt_window_places(const rt_node *node)
{
    const rt_window *w = node->window;
    return w->n_order == 0 && node->def->always ? 1 : w->n_order;
}

bool rt_window_key(const rt_node *node, size_t place, void *key, rt_arena *arena)
{
    const rt_window *w = node->window;
    if (place >= w->n_order)
        return false;
    rt_table_key_value(&w->keys, w->order[place], key, arena);
    return true;
}

const void *rt_window_at(rt_node *node, dsc_task *task, size_t place, void *key)
{
    rt_window *w = node->window;
    size_t size = w->fold->acc->size;
    if (place >= w->n_order)
        return memset(rt_arena_alloc(&task->scratch, size), 0, size);
    uint32_t id = w->order[place];
    rt_table_key_value(&w->keys, id, key, &task->scratch);
    if (w->group)
        return rt_table_acc(&w->keys, id);
    const Stacks *s = &w->stacks[id];
    if (s->oldest->end > last_flip(w, s))
        return rt_table_acc(&w->keys, id);
    void *front = entry_acc(w, entry(w, s->oldest, s->at_oldest));
    if (!s->backed)
        return front;
    void *both = rt_arena_alloc(&task->scratch, size);
    memcpy(both, front, size);
    if (w->holds & RT_HOLDS_WIDE) {
        rt_copy(w->fold->acc, both, front, &task->scratch);
        task->owned = both;
        task->owned_type = w->fold->acc;
    }
    task->combining = true;
    bool ok = w->fold->combine(task, both, rt_table_acc(&w->keys, id));
    task->combining = false;
    return ok ? both : NULL;
}
