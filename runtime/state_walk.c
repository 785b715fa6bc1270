/* state_walk.c: a task's walks over all states: those of another operator, and those
 * that have not been seen for long.
 *
 * A timed state begins with the batch time at which its key was last seen. `oldest`
 * is not above any of them, so most batches need not look at the keys at all. */
#include "state.h"

bool dsc_next_state(dsc_task *task, int node, void *key, const void **value)
{
    rt_state *s = task->engine->nodes[node].state;
    rt_arena_rewind(&task->scratch);
    uint64_t cursor = s->cursor;
    if (task->bad->why || !dsc_state_next(s, &cursor, key, value)) {
        s->cursor = 0;
        return false;
    }
    s->cursor = cursor;
    return true;
}

/* ---- what is not seen for long -------------------------------------------------------------- */

/* The next id whose state's time is below `before`; RT_GONE: no more. */
static uint32_t next_idle(rt_state *s, int64_t before)
{
    while (s->cursor < s->n_order) {
        uint32_t id = s->order[s->cursor++];
        if (id == RT_GONE)
            continue;
        int64_t seen = *(const int64_t *)rt_table_acc(&s->table, id);
        if (seen < before)
            return id;
        if (seen < s->oldest_now)
            s->oldest_now = seen;
    }
    return RT_GONE;
}

bool dsc_next_idle(dsc_task *task, void *key, const void **value)
{
    rt_state *s = task->node->state;
    int64_t before = task->engine->time - s->timeout;
    if (task->bad->why)
        return false;
    rt_arena_rewind(&task->scratch);
    if (s->hand != RT_GONE)
        rt_state_remove(s, s->hand);
    else if (s->oldest >= before)
        return false;
    else
        s->oldest_now = task->engine->time;
    s->hand = next_idle(s, before);
    if (s->hand == RT_GONE) {
        s->cursor = 0;
        s->oldest = s->oldest_now;
        return false;
    }
    task->record = RT_STATE_KEY | s->hand;
    rt_table_key_value(&s->table, s->hand, key, &task->scratch);
    *value = rt_table_acc(&s->table, s->hand);
    return true;
}

void dsc_drop_idle(dsc_task *task)
{
    rt_state *s = task->node->state;
    int64_t before = task->engine->time - s->timeout;
    if (s->oldest >= before)
        return;
    s->oldest_now = task->engine->time;
    for (uint32_t id; (id = next_idle(s, before)) != RT_GONE;)
        rt_state_remove(s, id);
    s->cursor = 0;
    s->oldest = s->oldest_now;
}
