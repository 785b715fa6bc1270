/* panes.c: the panes of a window: made of what came in one cell of the grid, and
 * given back. See window.c. */
#include "columns.h"
#include "table_find.h"
#include <stdlib.h>

/* ---- panes --------------------------------------------------------------------- */

static Pane *new_pane(rt_window *w)
{
    Pane *p = w->spare;
    if (p)
        w->spare = p->spare;
    else
        p = rt_must_zero(sizeof *p, "a pane");
    p->last = &p->first;
    return p;
}

static void drop_contents(rt_window *w, Pane *p)
{
    if (w->holds & RT_HOLDS_WIDE)
        for (uint32_t i = 0; i < p->n; i++)
            rt_drop(w->fold->acc, entry_acc(w, entry(w, p, i)));
    p->n = 0;
    if (p->set)
        rt_columns_give_back(w->columns, p->set);
    p->set = NULL;
    rt_arena_reset(&p->arena);
    for (rt_seq *s = p->first, *next; s; s = next) {
        next = s->next;
        rt_seq_clear(s);
        s->next = w->node->spare_seqs;
        w->node->spare_seqs = s;
    }
    p->first = NULL;
}

Pane *rt_pane_new(rt_window *w, size_t n)
{
    Pane *p = new_pane(w);
    if (n > p->cap) {
        p->entries = rt_must_large(p->entries, 0, n * w->stride, "a pane of a window");
        p->cap = n;
    }
    return p;
}

void rt_pane_give_back(rt_window *w, Pane *p)
{
    if (p->held) {
        p->spare = w->left;
        w->left = p;
        return;
    }
    drop_contents(w, p);
    p->spare = w->spare;
    w->spare = p;
}

static void set_held(rt_window *w, bool held)
{
    for (size_t i = 0; i < w->n; i++)
        w->panes[i]->held = held;
    if (w->open)
        w->open->held = held;
}

void rt_window_hold(rt_window *w)
{
    set_held(w, true);
    if (!w->raw)
        rt_table_hold(w->keys);
}

void rt_window_let_go(rt_window *w)
{
    set_held(w, false);
    if (!w->raw)
        rt_table_let_go(w->keys);
    while (w->left) {
        Pane *p = w->left;
        w->left = p->spare;
        p->held = false;
        rt_pane_give_back(w, p);
    }
}

static void free_pane(rt_window *w, Pane *p)
{
    drop_contents(w, p);
    rt_arena_free(&p->arena);
    free(p->entries);
    free(p);
}

void rt_window_free(rt_node *node)
{
    rt_window *w = node->window;
    if (!w)
        return;
    for (size_t i = 0; i < w->n; i++)
        free_pane(w, w->panes[i]);
    if (w->open)
        free_pane(w, w->open);
    while (w->spare) {
        Pane *p = w->spare;
        w->spare = p->spare;
        free_pane(w, p);
    }
    rt_columns_free(w);
    if (!w->raw)
        rt_table_free(&w->own);
    free(w->panes);
    free(w->key);
    free(w->stacks);
    free(w->order);
    free(w->path);
    free(w);
    node->window = NULL;
}

void rt_pane_add(rt_window *w, Pane *p, int64_t end)
{
    p->end = end;
    w->panes = rt_must_fit(w->panes, &w->cap, w->n + 1, sizeof *w->panes, "the panes of a window");
    w->panes[w->n++] = p;
}

/* ---- folds ----------------------------------------------------------------------- */

static uint32_t key_phase(const rt_window *w, uint32_t id)
{
    if (w->period == 1 || w->keys->class == RT_CELL)
        return 0;
    rt_key k = rt_table_key(w->keys, id);
    unsigned char le[8];
    const void *bytes = rt_key_bytes(&k);
    if (w->keys->class == RT_INT) {
        for (int i = 0; i < 8; i++)
            le[i] = (unsigned char)(k.lo >> 8 * i);
        bytes = le;
    }
    uint64_t phases = w->period < PHASES ? (uint64_t)w->period : PHASES;
    return (uint32_t)(rt_stable_hash(bytes, (size_t)k.n) % phases * (uint64_t)w->period / phases);
}

/* What is known of the key of a new id. */
static void make_key(rt_window *w, uint32_t id)
{
    w->key = rt_must_fit(w->key, &w->key_cap, (size_t)id + 1, sizeof *w->key, "the keys of a window");
    w->key[id] = (Key){0, 0, GONE};
    if (!w->group) {
        w->stacks = rt_must_fit(w->stacks, &w->stacks_cap, (size_t)id + 1, sizeof *w->stacks, "the keys of a window");
        w->stacks[id] = (Stacks){.phase = key_phase(w, id)};
    }
}

static inline uint32_t id_of(rt_window *w, const rt_key *key, uint64_t hash)
{
    bool fresh;
    uint32_t id = w->keys->class == RT_INT ? upsert_int(w->keys, key->lo, hash, &fresh) : rt_table_upsert(w->keys, *key, hash, &fresh);
    if (fresh && !w->columns)
        make_key(w, id);
    return id;
}

uint32_t rt_window_key_add(rt_window *w, const rt_key *key) { return id_of(w, key, rt_key_hash(*key)); }

static void fill_pane(rt_window *w, Pane *p, const uint32_t *ids, const void *const *accs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        Entry *e = entry(w, p, p->n);
        if (w->group)
            e->id = ids[i];
        else
            *e = (Entry){.id = ids[i]};
        w->key[ids[i]].refs++;
        if (w->holds)
            rt_copy(w->fold->acc, entry_acc(w, e), accs[i], &p->arena);
        else
            copy_acc(entry_acc(w, e), accs[i], w->fold->acc->size);
        p->n++;
    }
}

/* Entries from .. to - 1 of the result into the pane, or into the open columns: a few at a time, so that their
 * slots can be fetched at once. */
static void take(rt_window *w, Pane *p, const rt_keyed *k, size_t from, size_t to)
{
    rt_key key[FETCHED];
    uint64_t hash[FETCHED];
    const void *accs[FETCHED];
    uint32_t ids[FETCHED];
    for (size_t i = 0; i < to - from; i++) {
        uint32_t id;
        const dsc_table *t = rt_keyed_at(k, from + i, &id);
        if (t->class == RT_INT) {
            key[i].lo = load8(t->entries + (size_t)id * t->stride);
            hash[i] = hash_words(key[i].lo, 0, 8);
        } else {
            key[i] = rt_table_key(t, id);
            hash[i] = rt_key_hash(key[i]);
        }
        accs[i] = rt_table_acc(t, id);
        rt_table_fetch(w->keys, hash[i]);
    }
    for (size_t i = 0; i < to - from; i++)
        rt_table_fetch_entry(w->keys, hash[i]);
    for (size_t i = 0; i < to - from; i++)
        ids[i] = id_of(w, &key[i], hash[i]);
    if (p)
        fill_pane(w, p, ids, accs, to - from);
    for (size_t i = 0; !p && i < to - from; i++)
        rt_columns_add(w->columns, w->keys->n, ids[i], accs[i]);
}

/* What has been put in by stages, of all workers: into the pane, or into the open columns. */
static int take_all(rt_window *w, dsc_task *task, int64_t end)
{
    rt_keyed *k = &w->node->keyed;
    if (rt_keyed_finish(k, task) < 0)
        return -1;
    Pane *p = w->columns || k->n == 0 ? NULL : rt_pane_new(w, k->n);
    if (p)
        rt_pane_add(w, p, end);
    for (size_t i = 0; i < k->n; i += FETCHED)
        take(w, p, k, i, k->n - i < FETCHED ? k->n : i + FETCHED);
    rt_keyed_clear(k);
    return 0;
}

int rt_pane_collect(rt_window *w, dsc_task *task)
{
    if (w->keys != &w->own) {
        rt_table_settle(w->keys);
        return 0;
    }
    return take_all(w, task, 0);
}

int rt_pane_close(rt_window *w, dsc_task *task, int64_t end)
{
    if (w->raw) {
        if (w->open)
            rt_pane_add(w, w->open, end);
        w->open = NULL;
        return 0;
    }
    if (w->columns) {
        if (rt_pane_collect(w, task) < 0)
            return -1;
        rt_columns_close(w, end);
        rt_columns_note(w);
        return 0;
    }
    if (!w->node->skipping)
        return take_all(w, task, end);
    rt_keyed_clear(&w->node->keyed);
    return 0;
}

/* ---- raw windows ----------------------------------------------------------------- */

void rt_window_push(rt_node *node, rt_seq *seq)
{
    rt_window *w = node->window;
    if (!w->open)
        w->open = new_pane(w);
    seq->next = NULL;
    *w->open->last = seq;
    w->open->last = &seq->next;
}

void rt_window_spans(rt_engine *e, rt_node *node)
{
    const rt_window *w = node->window;
    uint64_t n = 0;
    for (size_t i = 0; i < w->entered; i++)
        for (const rt_seq *s = w->panes[i]->first; s; n += s->n, s = s->next)
            rt_spans_add(e, (rt_span){.p = s->elements, .n = s->n, .size = node->def->type->size, .offset = n});
}

/* ---- how much it is ------------------------------------------------------------------------ */

static size_t pane_bytes(const rt_window *w, const Pane *p)
{
    if (p->set)
        return sizeof *p + rt_set_bytes(w->columns, p->set);
    size_t n = sizeof *p + p->cap * w->stride + p->arena.total;
    for (const rt_seq *s = p->first; s; s = s->next)
        n += sizeof *s + s->cap * rt_element_type(w->node)->size + s->arena.total;
    return n;
}

void rt_window_kept(const rt_node *node, rt_kept *kept)
{
    const rt_window *w = node->window;
    kept->panes = w->n;
    kept->keys = !node->def->key ? 0 : w->columns ? w->columns->kept_keys : (int64_t)w->keys->live;
    if (w->columns)
        kept->bytes += w->columns->kept_bytes;
    else if (!w->raw)
        kept->bytes += rt_table_bytes(w->keys) + w->key_cap * sizeof *w->key + w->stacks_cap * sizeof *w->stacks +
                       w->order_cap * sizeof *w->order;
    for (size_t i = 0; i < w->n; i++)
        kept->bytes += pane_bytes(w, w->panes[i]);
    if (w->open)
        kept->bytes += pane_bytes(w, w->open);
}
