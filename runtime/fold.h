/* fold.h: by-key folds and groups of a batch (or of a window's pane).
 *
 * An EXACT fold has a table a worker; they are merged at the end by the list
 * rule: after each morsel a worker notes the size of its table, and the merge
 * walks the morsels in order and takes what is new in each, which is the order
 * in which keys were first seen.
 *
 * Any other fold, and a group, must see the values of a key in input order. It
 * has one table when there is one worker. Else keys are PARTITIONED by hash:
 * morsels run in rounds; in a round each morsel scatters (key, value, place)
 * by partition, and then each partition is folded, morsel by morsel, by one
 * worker. A partition remembers where a key was first seen; the result is put
 * in that order. */
#ifndef RT_FOLD_H
#define RT_FOLD_H

#include "table.h"

enum { RT_PARTITIONS = 16, RT_ROUND = 8 };   /* partitions of a fold; morsels of a round */

/* What a morsel has put into a partitioned fold. */
typedef struct rt_scatter rt_scatter;
struct rt_scatter {
    rt_scatter *next;
    rt_buf part[RT_PARTITIONS];   /* rt_scattered, then the value, one after the other */
    rt_arena arena;               /* long keys, and what values point to */
    dsc_table keys;               /* no entries: turns keys into words */
    uint64_t seq;                 /* of the morsel */
    size_t morsel;                /* its number in the stage run */
};

/* Where in the input a key was first seen. */
typedef struct rt_birth {
    uint64_t seq, place;
} rt_birth;

typedef struct rt_births {
    rt_birth *at;                 /* by id */
    size_t n, cap;
} rt_births;

/* The size of a worker's table after a morsel. */
typedef struct rt_note {
    uint64_t seq;
    uint32_t n;
} rt_note;

typedef struct rt_notes {
    rt_note *at;
    size_t n, cap;
} rt_notes;

typedef struct rt_keyed {
    const dsc_node *def;
    const dsc_fold *fold;         /* NULL: a group */
    const dsc_type *value;        /* of what is put in: the fold's, or its accumulator's */
    const dsc_type *acc;
    bool exact, ordered;
    int n_tables;                 /* exact: of workers; else partitions, or 1 */
    dsc_table **tables;
    rt_notes *notes;              /* exact: a worker's */
    rt_births *births;            /* partitioned: a table's */
    /* the result, after rt_keyed_finish */
    dsc_table merged;
    dsc_table *only;              /* its ids 0 .. n - 1; or, when NULL, */
    uint64_t *order;              /* n times table << 32 | id */
    size_t n, order_cap;
} rt_keyed;

void rt_keyed_init(rt_keyed *k, const dsc_node *def, int workers);
void rt_keyed_free(rt_keyed *k);
static inline bool rt_keyed_scatters(const rt_keyed *k) { return !k->exact && k->n_tables > 1; }

/* After a morsel, by the worker that ran it. */
void rt_keyed_note(rt_keyed *k, int worker, uint64_t seq);
/* Put in a value. False when combine failed. */
bool rt_keyed_in(rt_keyed *k, dsc_task *task, const void *key, const void *value);
void rt_keyed_scatter(rt_keyed *k, dsc_task *task, rt_scatter *s, const void *key, const void *value);
/* Fold partition `part` of the scatters of a round, in order; until combine fails. */
void rt_keyed_gather(rt_keyed *k, dsc_task *task, int part, rt_scatter *const *round, size_t n);
void rt_scatter_clear(rt_scatter *s);
void rt_scatter_free(rt_scatter *s);

/* Everything is in: makes the result. -1 when combine failed. */
int rt_keyed_finish(rt_keyed *k, dsc_task *task);
/* Entry i of the result. */
static inline dsc_table *rt_keyed_at(const rt_keyed *k, size_t i, uint32_t *id)
{
    if (k->only) {
        *id = (uint32_t)i;
        return k->only;
    }
    *id = (uint32_t)k->order[i];
    return k->tables[k->order[i] >> 32];
}
/* Empty again; memory is kept. */
void rt_keyed_clear(rt_keyed *k);

/* ---- groups (group.c): an accumulator that lists values ------------------------------- */

extern const dsc_type rt_group_type;
void rt_group_add(dsc_table *t, uint32_t id, const dsc_type *value_type, const void *value);
/* The values one after the other; what is not already so is copied to the arena. */
dsc_list rt_group_list(const void *acc, const dsc_type *value_type, rt_arena *arena);
/* The same, once: the group is marked as taken. */
dsc_list rt_group_take(void *acc, const dsc_type *value_type, rt_arena *arena);
bool rt_group_taken(const void *acc);

#endif
