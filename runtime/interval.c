/* interval.c: two streams joined by key where their event times differ by at most so much.
 *
 * Both sides come here as one stream of (key, (side, left, right)). Each element is held against
 * those of the other side that came before it, then it is kept until the watermark has passed its
 * time by the interval: from then on nothing can come that would match it. An element below the
 * watermark is late, since some of what it would match may be gone.
 *
 * What is kept lies in the state, by numbers in the order of arrival: (time, key, value). The
 * index of its keys is made anew when a batch brings something. */
#include "event.h"
#include <stdlib.h>

enum { PART_TIME, PART_KEY, PART_VALUE };   /* of the state */
enum { VALUE_SIDE, VALUE_LEFT };            /* of the value; the right side follows */
#define NONE UINT32_MAX

typedef struct Chains {
    uint32_t first[2], last[2];   /* of a key, by side: places in `kept` */
} Chains;

typedef struct Kept {
    int64_t time;
    uint32_t id, next;            /* in the state; of the same key and side */
} Kept;

struct rt_interval {
    dsc_table keys;               /* key -> Chains */
    Kept *kept;
    size_t n, cap;
    bool indexed;
    const void *held;             /* the element in hand; NULL: none */
    uint32_t other;               /* the next one that it may match */
};

static const dsc_type chains_type = {.kind = DSC_TUPLE, .size = sizeof(Chains), .flat = true};

void rt_interval_free(rt_node *node)
{
    if (!node->interval)
        return;
    rt_table_free(&node->interval->keys);
    free(node->interval->kept);
    free(node->interval);
    node->interval = NULL;
}

/* ---- what is kept ------------------------------------------------------------------ */

static const char *state_part(const rt_node *node, uint32_t id, int part)
{
    return (const char *)rt_state_at(node->state, id) + node->def->state->fields[part].offset;
}

static int side_of(const rt_node *node, const char *value)
{
    const dsc_type *type = node->def->state->fields[PART_VALUE].type;
    return *(const int64_t *)(const void *)(value + type->fields[VALUE_SIDE].offset) == 0 ? 0 : 1;
}

static Chains *chains_of(rt_interval *j, const void *key)
{
    bool fresh;
    rt_key words = rt_key_of(&j->keys, key);
    Chains *c = rt_table_acc(&j->keys, rt_table_upsert(&j->keys, words, rt_key_hash(words), &fresh));
    if (fresh)
        *c = (Chains){{NONE, NONE}, {NONE, NONE}};
    return c;
}

static void add(rt_interval *j, Chains *c, int side, int64_t time, uint32_t id)
{
    j->kept = rt_must_fit(j->kept, &j->cap, j->n + 1, sizeof *j->kept, "a join");
    uint32_t at = (uint32_t)j->n++;
    j->kept[at] = (Kept){time, id, NONE};
    if (c->last[side] == NONE)
        c->first[side] = at;
    else
        j->kept[c->last[side]].next = at;
    c->last[side] = at;
}

static void make_index(rt_node *node)
{
    rt_interval *j = node->interval;
    if (!j) {
        j = node->interval = rt_must_zero(sizeof *j, "a join");
        rt_table_init(&j->keys, node->def->state->fields[PART_KEY].type, &chains_type);
    }
    rt_table_clear(&j->keys);
    j->n = 0;
    j->indexed = true;
    uint64_t cursor = 0;
    uint32_t id;
    while (rt_state_next(node->state, &cursor, &id)) {
        int side = side_of(node, state_part(node, id, PART_VALUE));
        add(j, chains_of(j, state_part(node, id, PART_KEY)), side, *(const int64_t *)(const void *)state_part(node, id, PART_TIME), id);
    }
}

/* Keep an element, and find what it is to be held against. */
static void take(rt_node *node, const void *held, int64_t time)
{
    rt_event *w = node->event;
    rt_interval *j = node->interval;
    const dsc_field *parts = node->def->state->fields;
    const char *value = rt_held_part(node, held, RT_HELD_VALUE);
    const void *key = rt_held_part(node, held, RT_HELD_KEY);
    int64_t number = w->next++;
    bool fresh;
    uint32_t id = rt_state_upsert(node->state, &number, &fresh);
    *(int64_t *)rt_state_change(node->state, id) = time;
    rt_state_fill(node->state, id, parts[PART_KEY].offset, parts[PART_KEY].type, key);
    rt_state_fill(node->state, id, parts[PART_VALUE].offset, parts[PART_VALUE].type, value);
    Chains *c = chains_of(j, key);
    int side = side_of(node, value);
    add(j, c, side, time, id);
    j->held = held;
    j->other = c->first[1 - side];
    if (time < w->soonest)
        w->soonest = time;
}

/* Drop what the watermark has passed. */
static void forget(rt_node *node)
{
    rt_event *w = node->event;
    uint64_t cursor = 0;
    uint32_t id;
    if (rt_later(w->soonest, w->size) >= w->watermark)
        return;
    w->soonest = INT64_MAX;
    while (rt_state_next(node->state, &cursor, &id)) {
        int64_t time = *(const int64_t *)(const void *)state_part(node, id, PART_TIME);
        if (rt_later(time, w->size) < w->watermark)
            rt_state_remove(node->state, id);
        else if (time < w->soonest)
            w->soonest = time;
    }
}

/* ---- the stage ------------------------------------------------------------------------ */

/* The next one that the element in hand matches; false: there is none any more. */
static bool next_match(rt_node *node, const void **key, const void **left, const void **right)
{
    rt_interval *j = node->interval;
    const dsc_type *type = node->def->state->fields[PART_VALUE].type;
    int64_t time = rt_held_int(node, j->held, RT_HELD_TIME);
    const char *own = rt_held_part(node, j->held, RT_HELD_VALUE);
    int side = side_of(node, own);
    while (j->other != NONE) {
        const Kept *k = &j->kept[j->other];
        j->other = k->next;
        if (k->time < rt_earlier(time, node->event->size) || k->time > rt_later(time, node->event->size))
            continue;
        const char *sides[2];
        sides[side] = own;
        sides[1 - side] = state_part(node, k->id, PART_VALUE);
        *key = rt_held_part(node, j->held, RT_HELD_KEY);
        *left = sides[0] + type->fields[VALUE_LEFT].offset;
        *right = sides[1] + type->fields[VALUE_LEFT + 1].offset;
        return true;
    }
    j->held = NULL;
    return false;
}

bool dsc_interval_next(dsc_task *t, const void **key, const void **left, const void **right)
{
    rt_node *node = t->node;
    rt_event *w = node->event;
    if (!w->open) {
        rt_event_open(node, t);
        if (node->interval) {
            node->interval->indexed = false;
            node->interval->held = NULL;
        }
    }
    for (;;) {
        if (node->interval && node->interval->held && next_match(node, key, left, right)) {
            rt_arena_rewind(&t->scratch);
            return true;
        }
        const void *held = dsc_next_item(t);
        if (!held)
            break;
        if (!rt_event_in(node, t, held))
            continue;
        int64_t time = rt_held_int(node, held, RT_HELD_TIME);
        if (time < w->watermark) {
            w->n_late++;
            continue;
        }
        if (!node->interval || !node->interval->indexed)
            make_index(node);
        take(node, held, time);
    }
    if (!t->bad->why) {
        rt_event_finish(node, t);
        forget(node);
        rt_event_close(node, t);
    }
    return false;
}
