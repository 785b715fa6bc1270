/* event_close.c: windows of event time: those that have closed come out, by their
 * end and then by their first element; windows without a fold by their elements, in
 * the order of the input among those that end at the same time. */
#include "event.h"
#include <stdlib.h>

static void add(rt_closings *c, rt_closing one)
{
    c->at = rt_must_fit(c->at, &c->cap, c->n + 1, sizeof *c->at, "windows that close");
    c->at[c->n++] = one;
}

static int in_order(const void *x, const void *y)
{
    const rt_closing *a = x, *b = y;
    if (a->end != b->end)
        return a->end < b->end ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

static int by_number(const void *x, const void *y)
{
    const rt_closing *a = x, *b = y;
    return a->number < b->number ? -1 : a->number > b->number;
}

/* The windows that the watermark has passed: those with news come out, those that are over go. */
static void find_closing(rt_node *node)
{
    rt_event *w = node->event;
    uint64_t cursor = 0;
    uint32_t id;
    w->out.n = w->gone.n = w->place = 0;
    if (w->soonest > w->watermark)
        return;
    w->soonest = INT64_MAX;
    while (rt_state_next(node->state, &cursor, &id)) {
        const rt_event_window *window = rt_state_at(node->state, id);
        rt_closing one = {.end = window->end, .number = window->born, .window = id};
        int64_t next = window->end;
        if (window->end <= w->watermark) {
            if (window->state == RT_CHANGED)
                add(&w->out, one);
            next = rt_later(window->end, w->keep);
            if (next <= w->watermark) {
                add(&w->gone, one);
                continue;
            }
        }
        if (next < w->soonest)
            w->soonest = next;
    }
    if (w->out.n > 0)
        qsort(w->out.at, w->out.n, sizeof *w->out.at, in_order);
}

/* In place of the windows in w->out: their elements. */
static void find_elements(rt_event *w)
{
    rt_closings windows = w->out;
    w->out = (rt_closings){0};
    if (windows.n > 0)
        qsort(windows.at, windows.n, sizeof *windows.at, by_number);
    uint64_t cursor = 0;
    uint32_t id;
    while (windows.n > 0 && rt_state_next(w->elements, &cursor, &id)) {
        rt_closing key = {.number = *(const int64_t *)rt_state_at(w->elements, id)};
        const rt_closing *window = bsearch(&key, windows.at, windows.n, sizeof key, by_number);
        if (!window)
            continue;
        int64_t number;
        rt_state_key(w->elements, id, &number, NULL);
        add(&w->out, (rt_closing){.end = window->end, .number = number, .window = window->window, .element = id});
    }
    free(windows.at);
    if (w->out.n > 0)
        qsort(w->out.at, w->out.n, sizeof *w->out.at, in_order);
}

/* ---- what goes ------------------------------------------------------------------------- */

static void remove_elements(rt_event *w)
{
    qsort(w->gone.at, w->gone.n, sizeof *w->gone.at, by_number);
    uint64_t cursor = 0;
    uint32_t id;
    while (rt_state_next(w->elements, &cursor, &id)) {
        rt_closing key = {.number = *(const int64_t *)rt_state_at(w->elements, id)};
        if (bsearch(&key, w->gone.at, w->gone.n, sizeof key, by_number))
            rt_state_remove(w->elements, id);
    }
}

/* The sessions of a key that stay move up to the first places; the others go. */
static void close_up(rt_node *node, const void *key)
{
    int64_t kept = 0, n = 0;
    const rt_event_window *s;
    for (; (s = dsc_state_find(node->state, rt_event_key(node, n, key))) != NULL; n++) {
        if (s->state == RT_LEAVES)
            continue;
        if (kept < n)
            dsc_state_set(node->state, rt_event_key(node, kept, key), s);
        kept++;
    }
    while (n > kept)
        dsc_state_remove(node->state, rt_event_key(node, --n, key));
}

void rt_event_remove(rt_node *node, dsc_task *t)
{
    rt_event *w = node->event;
    if (w->gone.n == 0)
        return;
    if (w->elements)
        remove_elements(w);
    if (w->def->kind == DSC_SLIDING) {
        for (size_t i = 0; i < w->gone.n; i++)
            rt_state_remove(node->state, w->gone.at[i].window);
        return;
    }
    for (size_t i = 0; i < w->gone.n; i++)
        ((rt_event_window *)rt_state_change(node->state, w->gone.at[i].window))->state = RT_LEAVES;
    const dsc_type *type = node->def->key;
    char *key = rt_arena_alloc(&t->scratch, type->size);
    for (size_t i = 0; i < w->gone.n; i++) {
        uint32_t id = w->gone.at[i].window;
        if (((const rt_event_window *)rt_state_at(node->state, id))->state != RT_LEAVES)
            continue;             /* gone with another of its key */
        rt_state_key(node->state, id, key, &t->scratch);
        close_up(node, key + type->fields[1].offset);
    }
}

/* ---- the stage -------------------------------------------------------------------------- */

static void close_windows(rt_node *node, dsc_task *t)
{
    rt_event *w = node->event;
    rt_event_finish(node, t);
    find_closing(node);
    w->closing = true;
    for (size_t i = 0; i < w->out.n; i++)
        ((rt_event_window *)rt_state_change(node->state, w->out.at[i].window))->state = RT_SHOWN;
    if (w->elements)
        find_elements(w);
}

bool dsc_windows_next(dsc_task *t, void *key, void *window, const void **value)
{
    rt_node *node = t->node;
    rt_event *w = node->event;
    rt_arena_rewind(&t->scratch);
    t->record = 0;
    if (t->bad->why || t->engine->taking_in)
        return false;
    if (!w->closing)
        close_windows(node, t);
    if (w->place == w->out.n) {
        rt_event_remove(node, t);
        rt_event_close(node, t);
        return false;
    }
    const rt_closing *c = &w->out.at[w->place++];
    const dsc_type *type = node->def->key;
    char *whole = rt_arena_alloc(&t->scratch, type->size);
    rt_state_key(node->state, c->window, whole, &t->scratch);
    memcpy(key, whole + type->fields[1].offset, type->fields[1].type->size);
    const char *state = rt_state_at(node->state, c->window);
    memcpy(window, state, 2 * sizeof(int64_t));
    *value = w->elements ? (const char *)rt_state_at(w->elements, c->element) + w->element_fields[1].offset : state + w->acc;
    return true;
}
