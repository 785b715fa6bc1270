/* distinct.c: the first element of each key, which is known for a while. */
#include "event.h"

static void forget(rt_node *node)
{
    rt_event *w = node->event;
    uint64_t cursor = 0;
    uint32_t id;
    if (w->soonest > w->watermark)
        return;
    w->soonest = INT64_MAX;
    while (rt_state_next(node->state, &cursor, &id)) {
        int64_t until = rt_later(*(const int64_t *)rt_state_at(node->state, id), w->size);
        if (until <= w->watermark)
            rt_state_remove(node->state, id);
        else if (until < w->soonest)
            w->soonest = until;
    }
}

/* Is the key new at this time? Then it is known from now on. */
static bool is_first(rt_node *node, const void *held, int64_t at)
{
    rt_event *w = node->event;
    const void *key = rt_held_part(node, held, RT_HELD_KEY);
    bool fresh;
    uint32_t id = rt_state_upsert(node->state, key, &fresh);
    if (!fresh && rt_later(*(const int64_t *)rt_state_at(node->state, id), w->size) <= w->watermark) {
        rt_state_remove(node->state, id);        /* it has been forgotten: the key is born again */
        id = rt_state_upsert(node->state, key, &fresh);
    }
    if (!fresh)
        return false;
    *(int64_t *)rt_state_change(node->state, id) = at;
    if (rt_later(at, w->size) < w->soonest)
        w->soonest = rt_later(at, w->size);
    return true;
}

const void *dsc_distinct_next(dsc_task *t, dsc_event **event)
{
    rt_node *node = t->node;
    rt_event *w = node->event;
    bool timed = w->def->n_clocks > 0;
    if (!w->open) {
        rt_event_open(node, t);
        if (!timed)
            w->watermark = t->engine->time;
    }
    for (const void *held; (held = dsc_next_item(t)) != NULL;) {
        bool element = rt_event_in(node, t, held);
        int64_t at = timed ? rt_held_int(node, held, RT_HELD_TIME) : t->engine->time;
        int64_t clock = rt_held_int(node, held, RT_HELD_CLOCK);
        dsc_event *now = timed ? &t->events[element ? clock : ~clock] : NULL;
        int64_t seen = rt_held_int(node, held, RT_HELD_SEEN);
        if (now && seen > now->seen)
            now->seen = seen;
        if (!element) {
            rt_event_mark(t);
            continue;
        }
        if (timed && rt_later(at, w->size) <= w->watermark) {
            w->n_late++;
            continue;
        }
        if (!is_first(node, held, at))
            continue;
        if (event) {
            now->time = at;
            *event = now;
        }
        return rt_held_part(node, held, RT_HELD_VALUE);
    }
    if (!t->bad->why) {
        rt_event_finish(node, t);
        forget(node);
        rt_event_close(node, t);
    }
    return NULL;
}
