/* update.c: a batch's values by key put together with the states of all keys:
 * those that have a state in the order of birth, then those that the batch
 * brings, in the order in which they were first seen.
 *
 * What the function makes of a key is a combination: where it fails the program
 * stops. So `combining` is set from dsc_next_update until dsc_update. */
#include "state.h"

/* The batch's keys are looked for among the states and not the other way round: mostly they are fewer. */
void rt_update_begin(rt_node *node)
{
    rt_state *s = node->state;
    const rt_keyed *k = &node->keyed;
    size_t n = s->table.n, known = s->n_given;
    s->cursor = s->fresh = 0;
    s->end = s->n_order;
    s->given = rt_must_fit(s->given, &s->given_cap, n, sizeof *s->given, "state");
    if (n > known) {
        memset(s->given + known, 0, (n - known) * sizeof *s->given);
        s->n_given = n;
    }
    for (size_t i = 0; i < k->n; i++) {
        uint32_t id;
        const dsc_table *t = rt_keyed_at(k, i, &id);
        rt_key key = rt_table_key(t, id);
        id = rt_table_find(&s->table, key, rt_key_hash(key));
        if (id != RT_NO_ID)
            s->given[id] = (uint32_t)i + 1;
    }
}

static dsc_list take_values(const rt_keyed *k, uint32_t place, rt_arena *scratch)
{
    uint32_t id;
    dsc_table *t = rt_keyed_at(k, place, &id);
    return rt_group_take(rt_table_acc(t, id), k->value, scratch);
}

static bool next_known(dsc_task *task, rt_state *s, void *key, dsc_list *values, const void **state)
{
    while (s->cursor < s->end) {
        uint32_t id = s->order[s->cursor++];
        if (id == RT_GONE)
            continue;
        s->hand = id;
        task->record = RT_STATE_KEY | id;
        rt_table_key_value(&s->table, id, key, &task->scratch);
        *values = (dsc_list){0};
        if (s->given[id] != 0) {
            *values = take_values(&task->node->keyed, s->given[id] - 1, &task->scratch);
            s->given[id] = 0;
        }
        *state = rt_table_acc(&s->table, id);
        return true;
    }
    return false;
}

static bool next_fresh(dsc_task *task, rt_state *s, void *key, dsc_list *values, const void **state)
{
    const rt_keyed *k = &task->node->keyed;
    while (s->fresh < k->n) {
        uint32_t id;
        task->record = s->fresh++;
        dsc_table *t = rt_keyed_at(k, task->record, &id);
        void *group = rt_table_acc(t, id);
        if (rt_group_taken(group))
            continue;
        s->hand = RT_GONE;
        rt_table_key_value(t, id, key, &task->scratch);
        *values = rt_group_take(group, k->value, &task->scratch);
        *state = s->none;
        return true;
    }
    return false;
}

bool dsc_next_update(dsc_task *task, void *key, dsc_list *values, const void **state, bool *known)
{
    rt_state *s = task->node->state;
    if (task->bad->why) {
        task->combining = false;
        return false;
    }
    rt_arena_rewind(&task->scratch);
    *known = next_known(task, s, key, values, state);
    task->combining = *known || next_fresh(task, s, key, values, state);
    return task->combining;
}

const void *dsc_update(dsc_task *task, const void *state)
{
    rt_state *s = task->node->state;
    uint32_t id = s->hand;
    task->combining = false;
    if (state && id == RT_GONE) {
        uint32_t at;
        const dsc_table *t = rt_keyed_at(&task->node->keyed, task->record, &at);
        rt_key key = rt_table_key(t, at);
        id = rt_state_add(s, key, rt_key_hash(key), state);
    } else if (state) {
        rt_state_put(s, id, state);
    } else if (id != RT_GONE) {
        rt_state_remove(s, id);
    }
    return state ? rt_table_acc(&s->table, id) : NULL;
}
