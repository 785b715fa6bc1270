/* window_state.c: windows of folds as bytes, and from them. states.c says the form.
 *
 * A window with columns is read back as one without; it changes to columns again as any other. */
#include "states.h"
#include "frozen_window.h"
#include <stdlib.h>

/* ---- keys -------------------------------------------------------------------------------- */

static void put_window_key(rt_buf *b, const rt_frozen_window *f, uint32_t id, bool in_order, rt_arena *arena)
{
    bool backed = in_order && !f->w.columns && (f->w.group || (f->backed && f->backed[id]));
    rt_arena_rewind(arena);
    rt_put_key(b, &f->keys, id, arena);
    rt_put_u64(b, in_order);
    rt_put_u64(b, backed);
    if (backed)
        rt_put_value(b, f->w.fold->acc, rt_table_acc(&f->keys, id));
}

/* Writes the keys that panes have, those in order first; the number of each by id to the array that is returned. */
static uint32_t *put_window_keys(rt_buf *b, const rt_frozen_window *f, rt_arena *arena)
{
    const rt_window *w = &f->w;
    uint32_t *number = rt_must_alloc((w->keys->n + 1) * sizeof *number, "a checkpoint"), n = 0;
    rt_buf waiting = {0};
    for (uint32_t id = 0; id < w->keys->n; id++)
        number[id] = RT_NO_ID;
    for (size_t i = 0; i < w->n_order; i++)
        number[w->order[i]] = n++;
    for (size_t i = w->entered; i < w->n; i++) {
        const Pane *p = w->panes[i];
        for (uint32_t j = 0, has = p->set ? p->set->n_has : p->n; j < has; j++) {
            uint32_t id = p->set ? p->set->ids[j] : entry(w, p, j)->id;
            if (number[id] != RT_NO_ID)
                continue;
            number[id] = n++;
            put_window_key(&waiting, f, id, false, arena);
        }
    }
    rt_put_u64(b, n);
    for (size_t i = 0; i < w->n_order; i++)
        put_window_key(b, f, w->order[i], true, arena);
    rt_buf_add(b, waiting.p, waiting.n);
    b->failed |= waiting.failed;
    rt_buf_free(&waiting);
    return number;
}

/* ---- the open pane ----------------------------------------------------------------------- */

/* What the open pane of a window has collected is taken out, and put back in one order. */
void rt_put_open_pane(rt_buf *b, rt_engine *e, rt_node *node, rt_arena *arena)
{
    rt_keyed *k = &node->keyed;
    dsc_task *task = &e->tasks[0];
    rt_bad bad = {0};
    task->node = node;
    task->bad = &bad;
    rt_keyed_finish(k, task);             /* what has been combined by workers can be combined */
    rt_put_u64(b, k->n);
    size_t from = b->n;
    for (size_t i = 0; i < k->n; i++) {
        uint32_t id;
        const dsc_table *t = rt_keyed_at(k, i, &id);
        rt_arena_rewind(arena);
        rt_put_key(b, t, id, arena);
        rt_put_value(b, k->acc, rt_table_acc(t, id));
    }
    uint64_t n = k->n;
    rt_keyed_clear(k);
    rt_reader again = {(const uint8_t *)b->p + from, (const uint8_t *)b->p + b->n, b->failed};
    rt_open_pane_fill(e, node, &again, n, arena);
}

void rt_open_pane_fill(rt_engine *e, rt_node *node, rt_reader *r, uint64_t n, rt_arena *arena)
{
    rt_keyed *k = &node->keyed;
    dsc_task *task = &e->tasks[0];
    task->node = node;
    task->seq = 0;
    for (uint64_t i = 0; i < n && !r->damaged; i++) {
        rt_arena_rewind(arena);
        void *key = rt_get_key(r, k->def->key, arena), *acc = rt_arena_alloc(arena, k->acc->size);
        rt_get_value(r, k->acc, acc, arena);
        task->place = i;
        if (!r->damaged)
            rt_keyed_in(k, task, key, acc);
        rt_drop(k->acc, acc);
    }
    if (k->exact)
        rt_keyed_note(k, 0, 0);
}

/* ---- panes -------------------------------------------------------------------------------- */

static void put_entries(rt_buf *b, const rt_window *w, const Pane *p, const uint32_t *number)
{
    rt_put_u64(b, p->n);
    for (uint32_t i = 0; i < p->n; i++) {
        rt_put_u64(b, number[entry(w, p, i)->id]);
        rt_put_value(b, w->fold->acc, entry_acc(w, entry(w, p, i)));
    }
}

/* One value of a set: its key by number, or itself where there are no numbers. */
static void put_of_set(rt_buf *b, const rt_window *w, const Set *s, uint32_t id, const uint32_t *number, rt_arena *arena)
{
    rt_arena_rewind(arena);
    void *acc = rt_arena_alloc(arena, w->fold->acc->size);
    if (number)
        rt_put_u64(b, number[id]);
    else
        rt_put_key(b, w->keys, id, arena);
    rt_columns_get(w->columns, s, id, acc);
    rt_put_value(b, w->fold->acc, acc);
}

static void put_set(rt_buf *b, const rt_window *w, const Set *s, const uint32_t *number, rt_arena *arena)
{
    rt_put_u64(b, s->n_has);
    for (uint32_t i = 0; s->ids && i < s->n_has; i++)
        put_of_set(b, w, s, s->ids[i], number, arena);
    for (uint32_t i = 0; !s->ids && i < s->n / 64; i++)
        for (uint64_t bits = s->has[i]; bits; bits &= bits - 1)
            put_of_set(b, w, s, i * 64 + (uint32_t)__builtin_ctzll(bits), number, arena);
}

/* ---- the whole --------------------------------------------------------------------------- */

static void put_fold(rt_buf *b, const rt_frozen_window *f)
{
    const rt_window *w = &f->w;
    rt_arena arena = {0};
    rt_put_i64(b, w->slide_number);
    uint32_t *number = put_window_keys(b, f, &arena);
    rt_put_u64(b, w->n);
    for (size_t i = 0; i < w->n; i++) {
        rt_put_i64(b, w->panes[i]->end);
        if (w->columns)
            put_set(b, w, w->panes[i]->set, number, &arena);
        else
            put_entries(b, w, w->panes[i], number);
    }
    free(number);
    rt_put_u64(b, w->entered);
    rt_put_u64(b, w->columns != NULL);
    if (w->columns)
        put_set(b, w, &w->columns->open, NULL, &arena);
    rt_buf_add(b, f->open.p, f->open.n);
    b->failed |= f->open.failed;
    rt_arena_free(&arena);
}

void rt_put_frozen_window(rt_buf *b, const rt_node *node)
{
    const rt_frozen_window *f = node->window->frozen;
    if (f->w.raw) {
        rt_put_raw(b, &f->w);
    } else if (f->bytes.n > 0) {
        rt_buf_add(b, f->bytes.p, f->bytes.n);
        b->failed |= f->bytes.failed;
    } else {
        put_fold(b, f);
    }
}

/* Keys get the ids 0, 1, .. */
static void get_window_keys(rt_reader *r, rt_window *w, rt_arena *arena)
{
    uint64_t n = rt_get_count(r, 16);
    for (uint64_t i = 0; i < n && !r->damaged; i++) {
        rt_arena_rewind(arena);
        void *key = rt_get_key(r, w->keys->key, arena);
        bool in_order = rt_get_u64(r), has_acc = rt_get_u64(r);
        rt_key words = rt_key_of(w->keys, key);
        uint32_t id = rt_window_key_add(w, &words);
        r->damaged |= id != i;
        if (in_order)
            rt_window_order_add(w, id);
        if (has_acc) {
            void *acc = rt_arena_alloc(arena, w->fold->acc->size);
            rt_get_value(r, w->fold->acc, acc, arena);
            rt_table_set(w->keys, id, acc);
            rt_drop(w->fold->acc, acc);
            if (!w->group)
                w->stacks[id].backed = true;
        }
    }
}

static void get_pane(rt_reader *r, rt_window *w)
{
    int64_t end = rt_get_i64(r);
    uint64_t n = rt_get_count(r, 8);
    Pane *p = rt_pane_new(w, n);
    rt_pane_add(w, p, end);
    for (uint64_t j = 0; j < n && !r->damaged; j++) {
        uint64_t id = rt_get_u64(r);
        Entry *e = entry(w, p, p->n);
        memset(e, 0, w->stride);
        r->damaged |= id >= w->keys->n;
        if (r->damaged)
            return;
        e->id = (uint32_t)id;
        p->n++;
        w->key[id].refs++;
        rt_get_value(r, w->fold->acc, entry_acc(w, e), &p->arena);
    }
}

void rt_get_window(rt_reader *r, rt_engine *e, rt_node *node, rt_arena *arena)
{
    rt_window *w = node->window;
    w->slide_number = rt_get_i64(r);
    get_window_keys(r, w, arena);
    uint64_t n = rt_get_count(r, 16);
    for (uint64_t i = 0; i < n && !r->damaged; i++)
        get_pane(r, w);
    w->entered = rt_get_u64(r);
    r->damaged |= w->entered > w->n;
    for (size_t i = 0; i < w->entered && !r->damaged; i++)
        rt_window_link(w, w->panes[i]);
    if (rt_get_u64(r) && !r->damaged)
        rt_window_settle(w, &e->tasks[0]);
    rt_open_pane_fill(e, node, r, rt_get_count(r, 1), arena);
}
