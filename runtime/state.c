/* state.c: what a DSC_HELD keeps for each key from batch to batch.
 *
 * A table from keys to states; `order` lists the ids by when their keys were born,
 * GONE where a key has been removed. A new key goes to its end, so that a walk
 * meets what is set meanwhile; rt_state_tidy closes the gaps between batches. */
#include "core.h"
#include <stdlib.h>

#define GONE UINT32_MAX

struct dsc_state {
    dsc_table table;              /* its accumulator: the state */
    uint32_t *place;              /* in order, by id */
    size_t place_cap;
    uint32_t *order;
    size_t n_order, order_cap;
    rt_arena key;                 /* what the key in hand of a walk points to */
    rt_arena own;                 /* a value that is set to something of itself */
};

rt_state *rt_state_new(const dsc_type *key, const dsc_type *value)
{
    rt_state *s = rt_must_zero(sizeof *s, "state");
    rt_table_init(&s->table, key, value);
    return s;
}

void rt_state_free(rt_state *s)
{
    rt_table_free(&s->table);
    rt_arena_free(&s->key);
    rt_arena_free(&s->own);
    free(s->place);
    free(s->order);
    free(s);
}

const dsc_type *rt_state_key_type(const rt_state *s) { return s->table.key; }

const dsc_type *rt_state_value_type(const rt_state *s) { return s->table.acc; }

dsc_state *dsc_state_of(dsc_task *task, int node) { return task->engine->nodes[node].state; }

int64_t dsc_state_size(const dsc_state *s) { return s->table.live; }

static bool find(dsc_state *s, const void *key, uint32_t *id)
{
    rt_key k = rt_key_of(&s->table, key);
    *id = rt_table_find(&s->table, k, rt_key_hash(k));
    return *id != RT_NO_ID;
}

void *dsc_state_find(dsc_state *s, const void *key)
{
    uint32_t id;
    return find(s, key, &id) ? rt_table_acc(&s->table, id) : NULL;
}

static void set_place(dsc_state *s, uint32_t id)
{
    s->place = rt_must_fit(s->place, &s->place_cap, (size_t)id + 1, sizeof *s->place, "state");
    s->order = rt_must_fit(s->order, &s->order_cap, s->n_order + 1, sizeof *s->order, "state");
    s->place[id] = (uint32_t)s->n_order;
    s->order[s->n_order++] = id;
}

void dsc_state_set(dsc_state *s, const void *key, const void *value)
{
    dsc_table *t = &s->table;
    rt_key k = rt_key_of(t, key);
    bool fresh;
    uint32_t id = rt_table_upsert(t, k, rt_key_hash(k), &fresh);
    if (fresh)
        set_place(s, id);
    if (t->holds == 0) {
        memmove(rt_table_acc(t, id), value, t->acc->size);
        return;
    }
    char *copy = rt_arena_alloc(&s->own, t->acc->size);
    rt_copy(t->acc, copy, value, &s->own);
    rt_table_set(t, id, copy);
    rt_drop(t->acc, copy);
    rt_arena_rewind(&s->own);
}

void rt_state_remove(rt_state *s, uint32_t id)
{
    s->order[s->place[id]] = GONE;
    rt_table_remove(&s->table, id);
}

void dsc_state_remove(dsc_state *s, const void *key)
{
    uint32_t id;
    if (find(s, key, &id))
        rt_state_remove(s, id);
}

bool rt_state_next(const rt_state *s, uint64_t *cursor, uint32_t *id)
{
    while (*cursor < s->n_order && s->order[*cursor] == GONE)
        ++*cursor;
    if (*cursor >= s->n_order)
        return false;
    *id = s->order[(*cursor)++];
    return true;
}

bool dsc_state_next(dsc_state *s, uint64_t *cursor, void *key, void **value)
{
    uint32_t id;
    if (!rt_state_next(s, cursor, &id))
        return false;
    rt_arena_rewind(&s->key);
    if (key)
        rt_table_key_value(&s->table, id, key, &s->key);
    *value = rt_table_acc(&s->table, id);
    return true;
}

/* ---- by id --------------------------------------------------------------------- */

uint32_t rt_state_upsert(rt_state *s, const void *key, bool *fresh)
{
    rt_key k = rt_key_of(&s->table, key);
    uint32_t id = rt_table_upsert(&s->table, k, rt_key_hash(k), fresh);
    if (*fresh)
        set_place(s, id);
    return id;
}

uint32_t rt_state_find(rt_state *s, const void *key)
{
    uint32_t id;
    return find(s, key, &id) ? id : RT_NO_ID;
}

void *rt_state_at(const rt_state *s, uint32_t id) { return rt_table_acc(&s->table, id); }

void rt_state_key(const rt_state *s, uint32_t id, void *key, rt_arena *arena) { rt_table_key_value(&s->table, id, key, arena); }

bool rt_state_combine(rt_state *s, uint32_t id, size_t offset, const dsc_fold *fold, dsc_task *task, bool fresh, const void *value)
{
    dsc_table *t = &s->table;
    void *acc = (char *)rt_table_acc(t, id) + offset;
    if (!fresh)
        return rt_acc_combine(fold, t->holds, task, acc, value, &t->arena, &t->garbage);
    rt_copy(fold->acc, acc, value, &t->arena);
    return true;
}

void rt_state_fill(rt_state *s, uint32_t id, size_t offset, const dsc_type *type, const void *value)
{
    rt_copy(type, (char *)rt_table_acc(&s->table, id) + offset, value, &s->table.arena);
}

void rt_state_tidy(rt_state *s)
{
    if (s->n_order > 2 * (size_t)s->table.live + 64) {
        size_t n = 0;
        for (size_t i = 0; i < s->n_order; i++)
            if (s->order[i] != GONE) {
                s->place[s->order[i]] = (uint32_t)n;
                s->order[n++] = s->order[i];
            }
        s->n_order = n;
    }
    rt_table_tidy(&s->table);
}
