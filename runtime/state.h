/* state.h: states by key, for state.c, which keeps them, and update.c, which
 * goes through all keys of a batch. */
#ifndef RT_STATE_H
#define RT_STATE_H

#include "core.h"

#define RT_GONE UINT32_MAX        /* no place in order; no key in hand */

/* What has changed since the snapshot before, for the one that comes. */
typedef struct rt_changes {
    bool known;                   /* all of it is here; else nothing is noted */
    uint64_t *marks;              /* a bit for each of `ids` */
    size_t marks_cap;
    uint32_t *ids;                /* new, or with another state; some may have been removed since */
    size_t n, cap;
    uint32_t *gone;               /* where in order keys were that have been removed */
    size_t n_gone, gone_cap;
} rt_changes;

struct dsc_state {
    dsc_table table;              /* its accumulator: the state */
    uint32_t *place;              /* in order, by id */
    size_t place_cap;
    uint32_t *order;              /* ids by when their keys were born, or RT_GONE */
    size_t n_order, order_cap;
    rt_arena key;                 /* what the key in hand of a walk points to */
    void *none;                   /* zero bytes, of the size of a state */
    rt_buf before;                /* scratch: a state that is being changed */

    dsc_context *job;
    const dsc_node *def;
    int64_t timeout, most;        /* 0: none */
    bool begun;                   /* `init` has been put in */
    rt_changes changes;
    struct rt_frozen *frozen;     /* what the snapshot that is being written has of it; or NULL */

    /* the walk of dsc_next_idle, dsc_next_state or dsc_next_update in hand; over: cursor 0 */
    size_t cursor, end;           /* end: update only, behind the keys that had state before */
    size_t fresh;                 /* update: the next place of what the batch has put in */
    uint32_t *given;              /* update: by id, 1 + its place in what the batch has put in; 0: none */
    size_t n_given, given_cap;
    uint32_t hand;                /* the key that has been given out, or RT_GONE */
    int64_t oldest;               /* no key was last seen before that */
    int64_t oldest_now;           /* of those that the walk in hand has passed */
};

/* The state of id, which is in use, becomes a copy of *value, which may point into it where it holds no float sums. */
void rt_state_put(rt_state *s, uint32_t id, const void *value);
/* The state of a key that has none. Raises when there are too many keys. */
uint32_t rt_state_add(rt_state *s, rt_key key, uint64_t hash, const void *value);

/* `order` has no gaps; those who know places no longer do. */
void rt_state_close_up(rt_state *s);
/* Nothing has changed; what does from now on is noted if `known`. */
void rt_changes_begin(rt_state *s, bool known);

#endif
