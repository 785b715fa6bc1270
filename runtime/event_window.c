/* event_window.c: windows of event time: what comes in. */
#include "event.h"

const void *rt_event_key(rt_node *node, int64_t place, const void *key)
{
    const dsc_type *type = node->def->key;
    char *to = node->event->key;
    memcpy(to + type->fields[0].offset, &place, sizeof place);
    memcpy(to + type->fields[1].offset, key, type->fields[1].type->size);
    return to;
}

static const void *key_of(const rt_node *node, const void *held) { return rt_held_part(node, held, RT_HELD_KEY); }

/* The element joins the window: by its value, or as one that is held. */
static void join(rt_node *node, dsc_task *t, uint32_t id, bool fresh, const void *held)
{
    rt_event *w = node->event;
    rt_event_window *window = rt_state_change(node->state, id);
    const void *value = rt_held_part(node, held, RT_HELD_VALUE);
    int64_t number = w->next++;
    if (fresh)
        window->born = number;
    window->state = RT_CHANGED;
    if (window->end < w->soonest)
        w->soonest = window->end;
    if (node->def->fold) {
        rt_state_combine(node->state, id, w->acc, node->def->fold, t, fresh, value);
        return;
    }
    bool new_element;
    uint32_t element = rt_state_upsert(w->elements, &number, &new_element);
    memcpy(rt_state_change(w->elements, element), &window->born, sizeof window->born);
    rt_state_fill(w->elements, element, w->element_fields[1].offset, w->element_fields[1].type, value);
}

/* ---- windows of one length ---------------------------------------------------------- */

static bool into_sliding(rt_node *node, dsc_task *t, const void *held)
{
    rt_event *w = node->event;
    int64_t at = rt_held_int(node, held, RT_HELD_TIME), behind = at % w->slide;
    bool in = false;
    for (int64_t start = rt_earlier(at, behind < 0 ? behind + w->slide : behind); start > rt_earlier(at, w->size);
         start = rt_earlier(start, w->slide)) {
        int64_t end = rt_later(start, w->size);
        if (rt_event_over(w, end))
            break;
        bool fresh;
        uint32_t id = rt_state_upsert(node->state, rt_event_key(node, start, key_of(node, held)), &fresh);
        if (fresh) {
            rt_event_window *window = rt_state_change(node->state, id);
            window->start = start;
            window->end = end;
        }
        join(node, t, id, fresh, held);
        in = true;
    }
    return in;
}

/* ---- sessions -------------------------------------------------------------------------- */

/* The elements of one window become those of another. */
static void rename_elements(rt_event *w, int64_t from, int64_t to)
{
    uint64_t cursor = 0;
    uint32_t id;
    while (rt_state_next(w->elements, &cursor, &id)) {
        if (*(const int64_t *)rt_state_at(w->elements, id) == from)
            *(int64_t *)rt_state_change(w->elements, id) = to;
    }
}

/* Session `place` of the key goes; the last one takes its place. */
static void remove_session(rt_node *node, int64_t place, int64_t n, const void *key)
{
    if (place < n - 1) {
        const void *last = dsc_state_find(node->state, rt_event_key(node, n - 1, key));
        dsc_state_set(node->state, rt_event_key(node, place, key), last);
    }
    dsc_state_remove(node->state, rt_event_key(node, n - 1, key));
}

/* Session `from` of the key is put into `into`, which was born before it. */
static void merge(rt_node *node, dsc_task *t, uint32_t into, uint32_t from)
{
    rt_event *w = node->event;
    rt_event_window *a = rt_state_change(node->state, into);
    const rt_event_window *b = rt_state_at(node->state, from);
    a->start = b->start < a->start ? b->start : a->start;
    a->end = b->end > a->end ? b->end : a->end;
    if (node->def->fold)
        rt_state_combine(node->state, into, w->acc, node->def->fold, t, false, (const char *)b + w->acc);
    else
        rename_elements(w, b->born, a->born);
}

/* Does what comes at `at` belong to the session? Not to one that has closed for good. */
static bool meets(const rt_event *w, const rt_event_window *s, int64_t at)
{
    return !rt_event_over(w, s->end) && at < s->end && s->start < rt_later(at, w->size);
}

/* The first born of the key's sessions that it belongs to, the others put into it; RT_NO_ID: none.
 * *n: how many sessions the key has. */
static uint32_t session_of(rt_node *node, dsc_task *t, const void *key, int64_t at, int64_t *n)
{
    uint32_t first = RT_NO_ID, id;
    int64_t first_place = 0;
    for (*n = 0; (id = rt_state_find(node->state, rt_event_key(node, *n, key))) != RT_NO_ID; ++*n) {
        const rt_event_window *s = rt_state_at(node->state, id);
        if (!meets(node->event, s, at))
            continue;
        if (first == RT_NO_ID || s->born < ((const rt_event_window *)rt_state_at(node->state, first))->born) {
            first = id;
            first_place = *n;
        }
    }
    for (int64_t i = 0; i < *n && first != RT_NO_ID;) {
        id = rt_state_find(node->state, rt_event_key(node, i, key));
        if (i == first_place || !meets(node->event, rt_state_at(node->state, id), at)) {
            i++;
            continue;
        }
        merge(node, t, first, id);
        if (first_place == *n - 1) {
            first_place = i;
            first = id;
        }
        remove_session(node, i, (*n)--, key);
    }
    return first;
}

static bool into_session(rt_node *node, dsc_task *t, const void *held)
{
    rt_event *w = node->event;
    const void *key = key_of(node, held);
    int64_t at = rt_held_int(node, held, RT_HELD_TIME), end = rt_later(at, w->size), n;
    uint32_t id = session_of(node, t, key, at, &n);
    bool fresh = id == RT_NO_ID;
    if (fresh) {
        if (rt_event_over(w, end))
            return false;
        id = rt_state_upsert(node->state, rt_event_key(node, n, key), &fresh);
    }
    rt_event_window *s = rt_state_change(node->state, id);
    if (fresh || at < s->start)
        s->start = at;
    if (fresh || end > s->end)
        s->end = end;
    join(node, t, id, fresh, held);
    return true;
}

bool rt_event_takes_in(const rt_node *node)
{
    const dsc_by_time *def = node->def->by_time;
    return def && def->kind <= DSC_SESSIONS && !def->aside;
}

/* ---- the stage ---------------------------------------------------------------------------- */

const void *dsc_windows_late(dsc_task *t)
{
    rt_node *node = t->node;
    rt_event *w = node->event;
    if (!w->open)
        rt_event_open(node, t);
    for (const void *held; (held = dsc_next_item(t)) != NULL;) {
        if (!rt_event_in(node, t, held))
            continue;
        if (w->def->kind == DSC_SESSIONS ? into_session(node, t, held) : into_sliding(node, t, held))
            continue;
        w->n_late++;
        if (w->def->aside)
            return held;
    }
    return NULL;
}
