/* states.c: what nodes keep from batch to batch, as bytes, and from them: states by
 * key, and windows with their panes (those of folds: window_state.c).
 *
 * Forms, with numbers, texts and values as in bytes.h:
 *   state          a table, see frozen.c. Operators by event time: those of event.h, up to three
 *   fold window    slide number; keys n: key, in order?, backed?, accumulator if backed; those in order first, in order;
 *                  panes n: end, entries n: number of the key, accumulator; how many have entered;
 *                  of columns?; open pane n: key, accumulator.
 *                  Of columns (columns.h) no key is backed, and the least or largest of a pane may be those of later ones
 *   raw window     panes n: end, elements; how many have entered; open pane: 0 or 1, elements
 *   elements       n, then they */
#include "states.h"
#include "frozen_window.h"
#include "../event.h"
#include "../state.h"
#include "../window.h"
#include <stdlib.h>

void rt_put_key(rt_buf *b, const dsc_table *t, uint32_t id, rt_arena *arena)
{
    if (!t->key)
        return;
    char *key = rt_arena_alloc(arena, t->key->size);
    rt_table_key_value(t, id, key, arena);
    rt_put_value(b, t->key, key);
}

void *rt_get_key(rt_reader *r, const dsc_type *type, rt_arena *arena)
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

/* A pane that is open may have got more. */
static const rt_seq *next_seq(const Pane *p, const rt_seq *s) { return &s->next == p->last ? NULL : s->next; }

/* Those that a pane had when `p` was copied from it. */
static void put_elements(rt_buf *b, const dsc_type *type, const Pane *p)
{
    uint64_t n = 0;
    for (const rt_seq *s = p->first; s; s = next_seq(p, s))
        n += s->n;
    rt_put_u64(b, n);
    for (const rt_seq *s = p->first; s; s = next_seq(p, s))
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

void rt_put_raw(rt_buf *b, const rt_window *w)
{
    rt_put_u64(b, w->n);
    for (size_t i = 0; i < w->n; i++) {
        rt_put_i64(b, w->panes[i]->end);
        put_elements(b, w->node->def->type, w->panes[i]);
    }
    rt_put_u64(b, w->entered);
    rt_put_u64(b, w->open != NULL);
    if (w->open)
        put_elements(b, w->node->def->type, w->open);
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

void rt_freeze_node(rt_engine *e, rt_node *node, bool on_top)
{
    rt_state *states[RT_TABLES];
    int n = states_of(node, states);
    for (int i = 0; i < n; i++)
        rt_state_freeze(states[i], on_top);
    if (node->window)
        rt_window_freeze(e, node);
}

void rt_copy_node(const rt_node *node)
{
    if (node->window)
        rt_window_copy(node);
}

void rt_put_frozen_node(rt_buf *b, const rt_node *node)
{
    rt_state *states[RT_TABLES];
    int n = states_of(node, states);
    for (int i = 0; i < n; i++)
        rt_put_frozen(b, states[i]);
    if (node->window)
        rt_put_frozen_window(b, node);
}

void rt_thaw_node(rt_node *node)
{
    rt_state *states[RT_TABLES];
    int n = states_of(node, states);
    for (int i = 0; i < n; i++)
        rt_state_thaw(states[i]);
    if (node->window)
        rt_window_thaw(node);
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
        rt_get_window(r, e, node, &arena);
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
