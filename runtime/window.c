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
 *   lists joined  nothing is kept beyond the panes: the lists of those that hold the key, one after
 *                 the other.
 *   other folds   two stacks. The panes that hold a key are linked, oldest first.
 *                 At a FLIP each of them gets the fold of itself and all later
 *                 ones (the front); what enters later is combined into `back`.
 *                 The answer is the oldest pane's accumulator with back. A key
 *                 flips every `period` slides, by when all the front has left;
 *                 at which of them is told by a stable hash of the key, so that
 *                 the work is spread, and is the same in every run.
 *
 * Where panes hold most keys they are kept as columns instead (columns.h).
 *
 * Invariants, without columns: refs(id) = panes with the key, held(id) = entered ones of these;
 * id is in order iff held > 0, and in the table iff refs > 0. */
#include "columns.h"
#include "durable/durable.h"
#include <stdlib.h>

void rt_window_new(rt_node *node)
{
    rt_window *w = node->window = rt_must_zero(sizeof *w, "a window");
    w->node = node;
    w->raw = node->def->kind == DSC_WINDOW;
    w->cell = rt_gcd(node->length, node->slide);
    if (w->raw)
        return;
    w->fold = node->def->fold;
    w->group = w->fold->group;
    w->joins = w->fold->joins;
    w->sums = w->fold->combine == dsc_count_combine ? COUNTS : w->fold->combine == dsc_isum_combine ? INT_SUMS : NO_SUMS;
    w->holds = rt_type_holds(w->fold->acc);
    w->head = w->group ? 8 : sizeof(Entry);
    w->stride = (w->head + w->fold->acc->size + 7) & ~7u;
    w->period = (node->length + node->slide - 1) / node->slide;
    w->keys = &w->own;
    rt_table_init(w->keys, node->def->key, w->fold->acc);
}

bool rt_window_skips(const rt_node *node, int64_t since_zero)
{
    int64_t next_slide = (since_zero + node->slide - 1) / node->slide * node->slide;
    return since_zero <= next_slide - node->length;
}

/* ---- sliding ------------------------------------------------------------------------ */

static inline void isum_combine(dsc_isum *a, const dsc_isum *b)
{
    uint64_t before = a->lo;
    a->lo = before + b->lo;
    a->hi += b->hi + (a->lo < before);
}

static inline void isum_remove(dsc_isum *a, const dsc_isum *b)
{
    uint64_t before = a->lo;
    a->lo = before - b->lo;
    a->hi -= b->hi + (before < b->lo);
}

static void take_out(rt_window *w, void *total, const void *acc)
{
    if (w->sums == COUNTS)
        *(int64_t *)total -= *(const int64_t *)acc;
    else if (w->sums == INT_SUMS)
        isum_remove(total, acc);
    else
        w->fold->remove(total, acc);
}

static void leave(rt_window *w, Pane *p)
{
    for (uint32_t i = 0; i < AHEAD; i++)
        fetch_key(w, p, i);
    for (uint32_t i = 0; i < p->n; i++) {
        Entry *e = entry(w, p, i);
        fetch_key(w, p, i + AHEAD);
        uint32_t id = e->id;
        Key *key = &w->key[id];
        key->held--;
        if (!w->group) {
            w->stacks[id].oldest = e->next_pane;
            w->stacks[id].at_oldest = e->next;
        }
        if (key->held == 0) {
            w->order[key->place] = GONE;
            w->gone++;
            rt_table_unset(w->keys, id);
            if (!w->group)
                w->stacks[id].backed = false;
        } else if (w->group) {
            take_out(w, rt_table_acc(w->keys, id), entry_acc(w, e));
        }
        if (--key->refs == 0)
            rt_table_remove(w->keys, id);
    }
}

/* The entry that an entry to come will be linked to. */
static void fetch_newest(const rt_window *w, const Pane *p, uint32_t i)
{
    if (i >= p->n)
        return;
    const Stacks *s = &w->stacks[entry(w, p, i)->id];
    if (s->newest)
        __builtin_prefetch(s->newest->entries + (size_t)s->at_newest * w->stride, 1);
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

/* Combine an entry into the accumulator of its key, which it becomes when that is fresh. */
static bool put_in(rt_window *w, dsc_task *task, uint32_t id, bool fresh, const void *acc)
{
    void *total = rt_table_acc(w->keys, id);
    if (w->holds) {
        rt_arena_rewind(&task->scratch);
        return rt_table_combine(w->keys, w->fold, task, id, fresh, acc);
    }
    if (fresh)
        copy_acc(total, acc, w->fold->acc->size);
    else if (w->sums == COUNTS)
        *(int64_t *)total += *(const int64_t *)acc;
    else if (w->sums == INT_SUMS)
        isum_combine(total, acc);
    else
        return w->fold->combine(task, total, acc);
    return true;
}

static bool enter(rt_window *w, dsc_task *task, Pane *p)
{
    rt_arena_rewind(&task->scratch);
    for (uint32_t i = 0; i < AHEAD; i++)
        fetch_key(w, p, i);
    for (uint32_t i = 0; i < p->n; i++) {
        Entry *e = entry(w, p, i);
        fetch_key(w, p, i + AHEAD);
        if (!w->group)
            fetch_newest(w, p, i + AHEAD / 2);
        uint32_t id = e->id;
        Key *key = &w->key[id];
        bool first = key->held++ == 0, fresh = first;
        if (first)
            rt_window_order_add(w, id);
        if (!w->group) {
            link_entry(w, p, i, first);
            fresh = !w->stacks[id].backed;
            w->stacks[id].backed = !w->joins;
        }
        if (w->joins)
            continue;
        if (!put_in(w, task, id, fresh, entry_acc(w, e)))
            return false;
    }
    return true;
}

/* Follow the entries of several keys through their panes, oldest first, to w->path: a lane each,
 * `w->entered` long. What one lane waits for is fetched while the others go on. depth: how many. */
static void walk_panes(rt_window *w, const uint32_t *ids, int lanes, size_t *depth)
{
    for (int lane = 0; lane < lanes; lane++) {
        const Stacks *s = &w->stacks[ids[lane]];
        w->path[lane * w->entered] = (Step){s->oldest, s->at_oldest};
        depth[lane] = 1;
        __builtin_prefetch(entry(w, s->oldest, s->at_oldest));
    }
    for (bool more = true; more;) {
        more = false;
        for (int lane = 0; lane < lanes; lane++) {
            Step *path = &w->path[lane * w->entered];
            const Step *last = &path[depth[lane] - 1];
            const Entry *e = entry(w, last->pane, last->at);
            if (!e->next_pane)
                continue;
            path[depth[lane]++] = (Step){e->next_pane, e->next};
            __builtin_prefetch(entry(w, e->next_pane, e->next));
            more = true;
        }
    }
}

static bool flip(rt_window *w, dsc_task *task, const uint32_t *ids, int lanes)
{
    size_t depth[LANES];
    walk_panes(w, ids, lanes, depth);
    for (int lane = 0; lane < lanes; lane++) {
        const Step *path = &w->path[lane * w->entered];
        for (size_t i = depth[lane]; i-- > 1;) {
            void *older = entry_acc(w, entry(w, path[i - 1].pane, path[i - 1].at));
            const void *rest = entry_acc(w, entry(w, path[i].pane, path[i].at));
            size_t garbage = 0;
            rt_arena_rewind(&task->scratch);
            if (!rt_acc_combine(w->fold, w->holds, task, older, rest, &path[i - 1].pane->arena, &garbage))
                return false;
        }
        rt_table_unset(w->keys, ids[lane]);
        w->stacks[ids[lane]].backed = false;
    }
    return true;
}

/* When the front of a key was made last: microseconds since zero of that slide. */
int64_t rt_window_last_flip(const rt_window *w, uint32_t id)
{
    const Stacks *s = &w->stacks[id];
    int64_t past = w->turn - s->phase;
    if (past < 0)
        past += w->period;
    return (w->slide_number - past) * w->node->slide;
}

bool rt_window_settle(rt_window *w, dsc_task *task)
{
    w->turn = w->slide_number % w->period;
    for (size_t i = w->entered; i-- > 0;) {
        Pane *p = w->panes[i];
        for (uint32_t j = 0; j < p->n; j++) {
            Entry *e = entry(w, p, j);
            bool front = !w->group && p->end <= rt_window_last_flip(w, e->id), ok = true;
            if (!front) {
                bool fresh = !w->group && !w->stacks[e->id].backed;       /* a group's total begins with zero bytes */
                if (fresh)
                    w->stacks[e->id].backed = true;
                ok = put_in(w, task, e->id, fresh, entry_acc(w, e));
            } else if (e->next_pane && e->next_pane->end <= rt_window_last_flip(w, e->id)) {
                ok = w->fold->combine(task, entry_acc(w, e), entry_acc(w, entry(w, e->next_pane, e->next)));
            }
            if (!ok)
                return false;
        }
    }
    return true;
}

/* Close the gaps of keys that have gone. */
static void close_order(rt_window *w)
{
    size_t n = 0;
    if (w->gone == 0)
        return;
    for (size_t i = 0; i < w->n_order; i++) {
        uint32_t id = w->order[i];
        if (id == GONE)
            continue;
        w->order[n] = id;
        w->key[id].place = (uint32_t)n++;
    }
    w->n_order = n;
    w->gone = 0;
}

bool rt_window_flips(const rt_window *w) { return w->columns ? w->columns->flips : !w->raw && !w->group && !w->joins; }

/* Flip the keys whose turn it is. */
static bool flip_those_due(rt_window *w, dsc_task *task)
{
    uint32_t due[LANES];
    int n = 0;
    w->path = rt_must_fit(w->path, &w->path_cap, LANES * w->entered, sizeof *w->path, "the panes of keys");
    for (size_t i = 0; i < w->n_order; i++) {
        if (w->stacks[w->order[i]].phase != w->turn)
            continue;
        due[n++] = w->order[i];
        if (n < LANES)
            continue;
        if (!flip(w, task, due, n))
            return false;
        n = 0;
    }
    return flip(w, task, due, n);
}

/* Everything that ended at or before `limit` leaves; with columns what has come since enters, too. */
static void leave_until(rt_window *w, int64_t limit)
{
    size_t n = 0;
    while (n < w->entered && w->panes[n]->end <= limit)
        n++;
    if (w->columns) {
        rt_columns_slide(w, n);
        w->entered = w->n;
    }
    for (size_t i = 0; i < n; i++) {
        if (!w->raw && !w->columns)
            leave(w, w->panes[i]);
        rt_pane_give_back(w, w->panes[i]);
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
    if (!w->raw)
        w->turn = w->slide_number % w->period;
    if (w->raw) {
        w->entered = w->n;
        return true;
    }
    if (w->columns) {
        rt_columns_flips(w);
    } else {
        while (w->entered < w->n)
            if (!enter(w, task, w->panes[w->entered++]))
                return false;
        close_order(w);
        if (rt_window_flips(w) && !flip_those_due(w, task))
            return false;
    }
    rt_table_tidy(w->keys);
    return rt_columns_choose(w, task);
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
    if (slides && w->frozen && rt_window_flips(w))
        rt_durable_copied(e);
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
    rt_table_key_value(w->keys, w->order[place], key, arena);
    return true;
}

static const dsc_list *list_of(const rt_window *w, const Entry *e)
{
    return (const dsc_list *)(const void *)((const char *)e + w->head);
}

/* The lists of a key's panes as one. */
static const void *joined(const rt_window *w, rt_arena *scratch, const Stacks *s)
{
    const Entry *first = entry(w, s->oldest, s->at_oldest);
    if (!first->next_pane)
        return list_of(w, first);
    size_t size = w->fold->acc->fields[0].type->size;
    dsc_list *all = rt_arena_alloc(scratch, sizeof *all);
    *all = (dsc_list){0};
    for (const Entry *e = first; e; e = e->next_pane ? entry(w, e->next_pane, e->next) : NULL)
        all->n += list_of(w, e)->n;
    char *to = rt_arena_alloc(scratch, (size_t)all->n * size);
    all->p = to;
    for (const Entry *e = first; e; e = e->next_pane ? entry(w, e->next_pane, e->next) : NULL) {
        const dsc_list *list = list_of(w, e);
        if (list->n > 0)
            memcpy(to, list->p, (size_t)list->n * size);
        to += (size_t)list->n * size;
    }
    return all;
}

const void *rt_window_at(rt_node *node, dsc_task *task, size_t place, void *key)
{
    rt_window *w = node->window;
    size_t size = w->fold->acc->size;
    if (place >= w->n_order)
        return memset(rt_arena_alloc(&task->scratch, size), 0, size);
    uint32_t id = w->order[place];
    rt_table_key_value(w->keys, id, key, &task->scratch);
    if (w->columns) {
        void *acc = rt_arena_alloc(&task->scratch, size);
        rt_columns_at(w, id, acc);
        return acc;
    }
    if (w->group)
        return rt_table_acc(w->keys, id);
    const Stacks *s = &w->stacks[id];
    if (w->joins)
        return joined(w, &task->scratch, s);
    if (s->oldest->end > rt_window_last_flip(w, id))
        return rt_table_acc(w->keys, id);
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
    bool ok = w->fold->combine(task, both, rt_table_acc(w->keys, id));
    task->combining = false;
    return ok ? both : NULL;
}
