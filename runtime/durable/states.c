/* states.c: what nodes keep from batch to batch, as bytes, and from them: states by
 * key, and windows with their panes. Read between batches.
 *
 * Forms, with numbers, texts and values as in bytes.h:
 *   state          a table, see frozen.c. Operators by event time: those of event.h, up to three
 *   fold window    slide number; keys n: key, in order?, backed?, accumulator if backed; those in order first, in order;
 *                  panes n: end, entries n: number of the key, accumulator; how many have entered;
 *                  open pane n: key, accumulator
 *   raw window     panes n: end, elements; how many have entered; open pane: 0 or 1, elements
 *   elements       n, then they */
#include "states.h"
#include "frozen.h"
#include "../event.h"
#include "../state.h"
#include "../window.h"
#include <stdlib.h>

/* The key of an entry as a value, and back: nothing for the one entry of a cell. */
static void put_key(rt_buf *b, const dsc_table *t, uint32_t id, rt_arena *arena)
{
    if (!t->key)
        return;
    char *key = rt_arena_alloc(arena, t->key->size);
    rt_table_key_value(t, id, key, arena);
    rt_put_value(b, t->key, key);
}

static void *get_key(rt_reader *r, const dsc_type *type, rt_arena *arena)
{
    if (!type)
        return NULL;
    char *key = rt_arena_alloc(arena, type->size);
    rt_get_value(r, type, key, arena);
    return key;
}

/* ---- states by key ----------------------------------------------------------- */

static bool set_state(void *arg, const void *key, void *value)
{
    bool fresh;
    rt_state_put(arg, rt_state_upsert(arg, key, &fresh), value);
    return true;
}

static void get_state(rt_reader *parts, size_t n, rt_state *s)
{
    rt_reader last = parts[n - 1];
    uint64_t bytes = 0, keys = rt_pass_table(&last, &bytes), all = 0;
    for (size_t i = 0; i < n; i++)
        all += (uint64_t)(parts[i].end - parts[i].at);
    if (keys < all && keys < RT_GONE)
        rt_table_reserve(&s->table, (uint32_t)keys);
    if (rt_get_rows(parts, n, rt_state_key_type(s), rt_state_value_type(s), set_state, s))
        rt_state_restored(s);
}

/* ---- elements ------------------------------------------------------------------- */

static void put_elements(rt_buf *b, const dsc_type *type, const rt_seq *first)
{
    uint64_t n = 0;
    for (const rt_seq *s = first; s; s = s->next)
        n += s->n;
    rt_put_u64(b, n);
    for (const rt_seq *s = first; s; s = s->next)
        for (size_t i = 0; i < s->n; i++)
            rt_put_value(b, type, s->elements + i * type->size);
}

static rt_seq *get_elements(rt_reader *r, const dsc_type *type, rt_arena *arena)
{
    uint64_t n = rt_get_count(r, 1);
    rt_seq *seq = rt_must_zero(sizeof *seq, "the elements of a window");
    for (uint64_t i = 0; i < n && !r->damaged; i++) {
        rt_arena_rewind(arena);
        void *value = rt_arena_alloc(arena, type->size);
        rt_get_value(r, type, value, arena);
        if (!r->damaged)
            rt_seq_push(seq, type, value);
    }
    return seq;
}

/* ---- raw windows ------------------------------------------------------------------- */

static void put_raw(rt_buf *b, const rt_node *node)
{
    const rt_window *w = node->window;
    rt_put_u64(b, w->n);
    for (size_t i = 0; i < w->n; i++) {
        rt_put_i64(b, w->panes[i]->end);
        put_elements(b, node->def->type, w->panes[i]->first);
    }
    rt_put_u64(b, w->entered);
    rt_put_u64(b, w->open != NULL);
    if (w->open)
        put_elements(b, node->def->type, w->open->first);
}

static void get_raw(rt_reader *r, rt_node *node, rt_arena *arena)
{
    rt_window *w = node->window;
    uint64_t n = rt_get_count(r, 16);
    for (uint64_t i = 0; i < n && !r->damaged; i++) {
        int64_t end = rt_get_i64(r);
        rt_window_push(node, get_elements(r, node->def->type, arena));
        rt_pane_add(w, w->open, end);
        w->open = NULL;
    }
    w->entered = rt_get_u64(r);
    r->damaged |= w->entered > w->n;
    if (rt_get_u64(r))
        rt_window_push(node, get_elements(r, node->def->type, arena));
}

/* ---- windows of folds ---------------------------------------------------------------- */

static bool backed(const rt_window *w, uint32_t id) { return w->group ? w->key[id].held > 0 : w->stacks[id].backed; }

static void put_window_key(rt_buf *b, const rt_window *w, uint32_t id, bool in_order, rt_arena *arena)
{
    rt_arena_rewind(arena);
    put_key(b, &w->keys, id, arena);
    rt_put_u64(b, in_order);
    rt_put_u64(b, backed(w, id));
    if (backed(w, id))
        rt_put_value(b, w->fold->acc, rt_table_acc(&w->keys, id));
}

/* Writes the keys; the number of each by id to the array that is returned. */
static uint32_t *put_window_keys(rt_buf *b, const rt_window *w, rt_arena *arena)
{
    uint32_t *number = rt_must_alloc((w->keys.n + 1) * sizeof *number, "a checkpoint"), n = 0;
    rt_put_u64(b, w->keys.live);
    for (size_t i = 0; i < w->n_order; i++)
        if (w->order[i] != GONE) {
            put_window_key(b, w, w->order[i], true, arena);
            number[w->order[i]] = n++;
        }
    for (uint32_t id = 0; id < w->keys.n; id++)
        if (w->key[id].refs > 0 && w->key[id].held == 0) {
            put_window_key(b, w, id, false, arena);
            number[id] = n++;
        }
    return number;
}

/* What the open pane of a window has collected is taken out, and put back in one order. */
static void put_open_pane(rt_buf *b, rt_engine *e, rt_node *node, rt_arena *arena)
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
        put_key(b, t, id, arena);
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
        void *key = get_key(r, k->def->key, arena), *acc = rt_arena_alloc(arena, k->acc->size);
        rt_get_value(r, k->acc, acc, arena);
        task->place = i;
        if (!r->damaged)
            rt_keyed_in(k, task, key, acc);
        rt_drop(k->acc, acc);
    }
    if (k->exact)
        rt_keyed_note(k, 0, 0);
}

static void put_window(rt_buf *b, rt_engine *e, rt_node *node, rt_arena *arena)
{
    const rt_window *w = node->window;
    rt_put_i64(b, w->slide_number);
    uint32_t *number = put_window_keys(b, w, arena);
    rt_put_u64(b, w->n);
    for (size_t i = 0; i < w->n; i++) {
        Pane *p = w->panes[i];
        rt_put_i64(b, p->end);
        rt_put_u64(b, p->n);
        for (uint32_t j = 0; j < p->n; j++) {
            rt_put_u64(b, number[entry(w, p, j)->id]);
            rt_put_value(b, w->fold->acc, entry_acc(w, entry(w, p, j)));
        }
    }
    free(number);
    rt_put_u64(b, w->entered);
    put_open_pane(b, e, node, arena);
}

/* Keys get the ids 0, 1, .. */
static void get_window_keys(rt_reader *r, rt_window *w, rt_arena *arena)
{
    uint64_t n = rt_get_count(r, 16);
    for (uint64_t i = 0; i < n && !r->damaged; i++) {
        rt_arena_rewind(arena);
        void *key = get_key(r, w->keys.key, arena);
        bool in_order = rt_get_u64(r), has_acc = rt_get_u64(r);
        uint32_t id = rt_window_key_add(w, key);
        r->damaged |= id != i;
        if (in_order)
            rt_window_order_add(w, id);
        if (has_acc) {
            void *acc = rt_arena_alloc(arena, w->fold->acc->size);
            rt_get_value(r, w->fold->acc, acc, arena);
            rt_table_set(&w->keys, id, acc);
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
        r->damaged |= id >= w->keys.n;
        if (r->damaged)
            return;
        e->id = (uint32_t)id;
        p->n++;
        w->key[id].refs++;
        rt_get_value(r, w->fold->acc, entry_acc(w, e), &p->arena);
    }
}

static void get_window(rt_reader *r, rt_engine *e, rt_node *node, rt_arena *arena)
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
    rt_open_pane_fill(e, node, r, rt_get_count(r, 1), arena);
}

/* ---- nodes --------------------------------------------------------------------------- */

/* The tables of states that a node has; returns how many. */
static int states_of(const rt_node *node, rt_state *of[RT_TABLES])
{
    int n = 0;
    if (node->state)
        of[n++] = node->state;
    if (node->event && node->event->clocks)
        of[n++] = node->event->clocks;
    if (node->event && node->event->elements)
        of[n++] = node->event->elements;
    return n;
}

bool rt_keeps_state(const rt_node *node)
{
    rt_state *states[RT_TABLES];
    return node->window || states_of(node, states) > 0;
}

void rt_freeze_node(rt_engine *e, rt_node *node, bool on_top, rt_buf *b)
{
    rt_arena arena = {0};
    rt_state *states[RT_TABLES];
    int n = states_of(node, states);
    for (int i = 0; i < n; i++)
        rt_state_freeze(states[i], on_top);
    if (node->window && node->def->kind == DSC_WINDOW)
        put_raw(b, node);
    else if (node->window)
        put_window(b, e, node, &arena);
    rt_arena_free(&arena);
}

void rt_put_frozen_node(rt_buf *b, const rt_node *node)
{
    rt_state *states[RT_TABLES];
    int n = states_of(node, states);
    for (int i = 0; i < n; i++)
        rt_put_frozen(b, states[i]);
}

void rt_thaw_node(const rt_node *node)
{
    rt_state *states[RT_TABLES];
    int n = states_of(node, states);
    for (int i = 0; i < n; i++)
        rt_state_thaw(states[i]);
}

void rt_node_extent(const rt_node *node, rt_extent *sum)
{
    rt_state *states[RT_TABLES];
    int n = states_of(node, states);
    for (int i = 0; i < n; i++)
        rt_state_extent(states[i], sum);
}

void rt_get_node_state(rt_reader *parts, size_t n, rt_engine *e, rt_node *node)
{
    rt_arena arena = {0};
    rt_state *states[RT_TABLES];
    rt_reader *r = &parts[n - 1];
    int n_states = states_of(node, states);
    for (int i = 0; i < n_states && !r->damaged; i++)
        get_state(parts, n, states[i]);
    if (node->window && node->def->kind == DSC_WINDOW)
        get_raw(r, node, &arena);
    else if (node->window)
        get_window(r, e, node, &arena);
    rt_arena_free(&arena);
}

/* ---- forms --------------------------------------------------------------------------- */

static void put_table_form(rt_buf *b, const dsc_type *key, const dsc_type *value)
{
    rt_put_u64(b, key != NULL);
    if (key)
        rt_put_type(b, key);
    rt_put_type(b, value);
}

static rt_way way_of(const rt_node *node)
{
    const rt_window *w = node->window;
    if (!w)
        return RT_STATES;
    return w->raw ? RT_ELEMENTS : w->group ? RT_TOTALS : w->joins ? RT_LISTS : RT_STACKS;
}

void rt_put_form(rt_buf *b, const rt_node *node)
{
    const dsc_node *def = node->def;
    const rt_event *event = node->event;
    bool sliding = event && event->def->kind == DSC_SLIDING;
    rt_state *states[RT_TABLES];
    int n = states_of(node, states);
    rt_put_u64(b, (uint64_t)def->kind + (event ? 256 + 16 * (uint64_t)event->def->kind : 0));
    rt_put_u64(b, (uint64_t)way_of(node));
    rt_put_i64(b, sliding ? event->size : node->length);
    rt_put_i64(b, sliding ? event->slide : node->window ? node->slide : 0);
    rt_put_u64(b, event ? (uint64_t)event->def->n_clocks : 0);
    rt_put_u64(b, node->args && rt_op_arg(node, "timeout")->set);
    rt_put_u64(b, node->window ? 1 : (uint64_t)n);
    if (node->window)
        put_table_form(b, def->key, def->fold ? def->fold->acc : def->type);
    for (int i = 0; i < n; i++)
        put_table_form(b, rt_state_key_type(states[i]), rt_state_value_type(states[i]));
}

void rt_get_form(rt_reader *r, rt_form *form, rt_arena *arena)
{
    *form = (rt_form){.kind = rt_get_u64(r)};
    form->way = (rt_way)rt_get_u64(r);
    form->length = rt_get_i64(r);
    form->slide = rt_get_i64(r);
    form->clocks = rt_get_u64(r);
    form->timed = rt_get_u64(r) != 0;
    uint64_t n = rt_get_u64(r);
    r->damaged |= form->way > RT_STACKS || n == 0 || n > RT_TABLES;
    for (form->n = 0; !r->damaged && (uint64_t)form->n < n; form->n++) {
        rt_table_form *table = &form->table[form->n];
        table->key = rt_get_u64(r) > 0 ? rt_get_type(r, arena) : NULL;
        table->value = rt_get_type(r, arena);
    }
}
