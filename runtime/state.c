/* state.c: what an operator keeps for each key from batch to batch.
 *
 * A table from keys to states; `order` lists the ids by when their keys were born,
 * RT_GONE where a key has been removed. A new key goes to its end, so that a walk
 * meets what is set meanwhile; rt_state_tidy closes the gaps between batches.
 *
 * Strings and lists of a state lie in the table's arena. What a change leaves
 * behind there stays readable until rt_state_tidy. */
#include "state.h"
#include "durable/frozen.h"
#include <stdlib.h>

rt_state *rt_state_new(const dsc_type *key, const dsc_type *value)
{
    rt_state *s = rt_must_zero(sizeof *s, "state");
    s->hand = RT_GONE;
    s->oldest = INT64_MIN;
    rt_table_init(&s->table, key, value);
    s->none = rt_must_zero(value->size, "state");
    return s;
}

void rt_state_limit(rt_state *s, dsc_context *job, const rt_node *node)
{
    s->job = job;
    s->def = node->def;
    s->timeout = rt_op_arg(node, "timeout")->i;
    s->most = rt_op_arg(node, "maxKeys")->i;
}

void rt_state_free(rt_state *s)
{
    rt_state_thaw(s);
    rt_table_free(&s->table);
    rt_arena_free(&s->key);
    free(s->changes.marks);
    free(s->changes.ids);
    free(s->changes.gone);
    rt_buf_free(&s->before);
    free(s->none);
    free(s->given);
    free(s->place);
    free(s->order);
    free(s);
}

const dsc_type *rt_state_key_type(const rt_state *s) { return s->table.key; }

const dsc_type *rt_state_value_type(const rt_state *s) { return s->table.acc; }

dsc_state *dsc_state_of(dsc_task *task, int node) { return task->engine->nodes[node].state; }

int64_t dsc_state_size(const dsc_state *s) { return s->table.live; }

size_t rt_state_bytes(const rt_state *s)
{
    return rt_table_bytes(&s->table) + s->place_cap * sizeof *s->place + s->order_cap * sizeof *s->order +
           s->given_cap * sizeof *s->given;
}

/* ---- changes -------------------------------------------------------------------------- */

/* More are not worth noting: a snapshot of all of it is not much larger. */
static bool too_many(const rt_state *s) { return s->changes.n + s->changes.n_gone > s->table.live / 2 + 64; }

void rt_changes_begin(rt_state *s, bool known)
{
    rt_changes *c = &s->changes;
    for (size_t i = 0; i < c->n; i++)
        c->marks[c->ids[i] / 64] = 0;
    c->n = c->n_gone = 0;
    c->known = known;
}

static void note_change(rt_state *s, uint32_t id)
{
    rt_changes *c = &s->changes;
    size_t word = id / 64, had = c->marks_cap;
    uint64_t bit = (uint64_t)1 << id % 64;
    c->marks = rt_must_fit(c->marks, &c->marks_cap, word + 1, sizeof *c->marks, "state");
    if (c->marks_cap > had)
        memset(c->marks + had, 0, (c->marks_cap - had) * sizeof *c->marks);
    if (c->marks[word] & bit)
        return;
    c->ids = rt_must_fit(c->ids, &c->cap, c->n + 1, sizeof *c->ids, "state");
    c->marks[word] |= bit;
    c->ids[c->n++] = id;
    if (too_many(s))
        rt_changes_begin(s, false);
}

static inline void changed(rt_state *s, uint32_t id)
{
    if (RT_UNLIKELY(s->changes.known))
        note_change(s, id);
}

static void note_removal(rt_state *s, uint32_t place)
{
    rt_changes *c = &s->changes;
    c->gone = rt_must_fit(c->gone, &c->gone_cap, c->n_gone + 1, sizeof *c->gone, "state");
    c->gone[c->n_gone++] = place;
    if (too_many(s))
        rt_changes_begin(s, false);
}

/* ---- one key -------------------------------------------------------------------------- */

static bool find(dsc_state *s, const void *key, uint32_t *id)
{
    rt_key k = rt_key_of(&s->table, key);
    *id = rt_table_find(&s->table, k, rt_key_hash(k));
    return *id != RT_NO_ID;
}

const void *dsc_state_find(dsc_state *s, const void *key)
{
    uint32_t id;
    return find(s, key, &id) ? rt_table_acc(&s->table, id) : NULL;
}

bool dsc_state_get(dsc_state *s, const void *key, const void **value)
{
    uint32_t id;
    bool known = find(s, key, &id);
    *value = known ? rt_table_acc(&s->table, id) : s->none;
    return known;
}

static void set_place(dsc_state *s, uint32_t id)
{
    s->place = rt_must_fit(s->place, &s->place_cap, (size_t)id + 1, sizeof *s->place, "state");
    s->order = rt_must_fit(s->order, &s->order_cap, s->n_order + 1, sizeof *s->order, "state");
    s->place[id] = (uint32_t)s->n_order;
    s->order[s->n_order++] = id;
    changed(s, id);
    if (RT_UNLIKELY(s->most > 0 && (int64_t)s->table.live > s->most)) {
        rt_too_many_keys(s->job, s->def, s->most);
        rt_leave();
    }
}

void rt_state_put(rt_state *s, uint32_t id, const void *value)
{
    dsc_table *t = &s->table;
    char *acc = rt_table_acc(t, id);
    size_t size = t->acc->size;
    if (RT_UNLIKELY(s->changes.known) && memcmp(acc, value, size) != 0)
        note_change(s, id);
    if (t->holds == 0) {
        memmove(acc, value, size);
        return;
    }
    if (t->holds & RT_HOLDS_WIDE) {
        rt_table_set(t, id, value);
        return;
    }
    s->before.n = 0;
    if (!rt_buf_reserve(&s->before, size))
        rt_raise(size, "a state");
    memcpy(s->before.p, acc, size);
    memmove(acc, value, size);
    t->garbage += rt_keep_changed(t->acc, acc, s->before.p, &t->arena);
}

uint32_t rt_state_add(rt_state *s, rt_key key, uint64_t hash, const void *value)
{
    bool fresh;
    uint32_t id = rt_table_upsert(&s->table, key, hash, &fresh);
    set_place(s, id);
    rt_state_put(s, id, value);
    return id;
}

void dsc_state_set(dsc_state *s, const void *key, const void *value)
{
    rt_key k = rt_key_of(&s->table, key);
    uint64_t hash = rt_key_hash(k);
    uint32_t id = rt_table_find(&s->table, k, hash);
    if (id != RT_NO_ID)
        rt_state_put(s, id, value);
    else
        rt_state_add(s, k, hash, value);
}

void rt_state_remove(rt_state *s, uint32_t id)
{
    if (RT_UNLIKELY(s->changes.known))
        note_removal(s, s->place[id]);
    s->order[s->place[id]] = RT_GONE;
    rt_table_remove(&s->table, id);
}

void dsc_state_remove(dsc_state *s, const void *key)
{
    uint32_t id;
    if (find(s, key, &id))
        rt_state_remove(s, id);
}

/* ---- all keys --------------------------------------------------------------------------- */

bool rt_state_next(const rt_state *s, uint64_t *cursor, uint32_t *id)
{
    while (*cursor < s->n_order && s->order[*cursor] == RT_GONE)
        ++*cursor;
    if (*cursor >= s->n_order)
        return false;
    *id = s->order[(*cursor)++];
    return true;
}

bool dsc_state_next(dsc_state *s, uint64_t *cursor, void *key, const void **value)
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

const void *rt_state_at(const rt_state *s, uint32_t id) { return rt_table_acc(&s->table, id); }

void *rt_state_change(rt_state *s, uint32_t id)
{
    changed(s, id);
    return rt_table_acc(&s->table, id);
}

void rt_state_key(const rt_state *s, uint32_t id, void *key, rt_arena *arena) { rt_table_key_value(&s->table, id, key, arena); }

bool rt_state_combine(rt_state *s, uint32_t id, size_t offset, const dsc_fold *fold, dsc_task *task, bool fresh, const void *value)
{
    dsc_table *t = &s->table;
    void *acc = (char *)rt_state_change(s, id) + offset;
    if (!fresh)
        return rt_acc_combine(fold, t->holds, task, acc, value, &t->arena, &t->garbage);
    rt_copy(fold->acc, acc, value, &t->arena);
    return true;
}

void rt_state_fill(rt_state *s, uint32_t id, size_t offset, const dsc_type *type, const void *value)
{
    rt_copy(type, (char *)rt_state_change(s, id) + offset, value, &s->table.arena);
}

/* ---- before and between batches ------------------------------------------------------------- */

void rt_state_begin(rt_state *s, const dsc_arg *init, int64_t time)
{
    if (s->begun)
        return;
    s->begun = true;
    if (!init->set)
        return;
    const dsc_type *state = s->table.acc, *pair = init->type->fields[0].type;
    const dsc_list *list = init->value;
    char *timed = rt_must_alloc(state->size, "state");
    for (int64_t i = 0; i < list->n; i++) {
        const char *key = (const char *)list->p + (size_t)i * pair->size, *value = key + pair->fields[1].offset;
        if (s->timeout > 0) {
            memset(timed, 0, state->size);
            memcpy(timed, &time, sizeof time);
            memcpy(timed + state->fields[1].offset, value, state->fields[1].type->size);
            value = timed;
        }
        dsc_state_set(s, key, value);
    }
    free(timed);
}

void rt_state_restored(rt_state *s) { s->begun = true; }

void rt_state_close_up(rt_state *s)
{
    size_t n = 0;
    if (s->n_order == s->table.live)
        return;
    for (size_t i = 0; i < s->n_order; i++)
        if (s->order[i] != RT_GONE) {
            s->place[s->order[i]] = (uint32_t)n;
            s->order[n++] = s->order[i];
        }
    s->n_order = n;
    rt_changes_begin(s, false);
}

void rt_state_tidy(rt_state *s)
{
    if (s->n_order > 2 * (size_t)s->table.live + 64)
        rt_state_close_up(s);
    rt_table_tidy(&s->table);
}
