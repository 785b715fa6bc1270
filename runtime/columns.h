/* columns.h: a window whose panes hold most of its keys, as columns by id.
 *
 * A SET has some keys of a pane: a bit for each id that is there, and one column of 8 bytes for each
 * PART of the accumulator. Ids that are not there hold the value that changes nothing, so that a slide
 * is a pass over columns, in which no key is looked for. Ids are those of the window's table, which
 * holds keys alone; with one worker it is the table that the stage puts into, and values go straight
 * into the open set. With several, the workers' tables are put into it when the pane closes.
 *
 *   counts, sums    `total` is that of the panes in the window: what enters is added, what leaves is
 *                   subtracted. A sum has high words beside its column where 8 bytes may not hold it.
 *   least, largest  two stacks, by blocks of ids: at a flip of a block each pane's values become those
 *                   of itself and all later ones, so that the oldest pane answers for all up to the
 *                   flip, and `total` for those that entered since. Blocks flip at different slides.
 *
 * A window begins without columns (window.h), changes to them when its panes hold at least half of
 * its keys, and back when they hold less than a quarter. The answers are the same.
 *
 * Invariants: only an exact fold with `parts` has columns. Between slides all ids of the table are in
 * total.has (those in order), in a pane that has not entered, or in the open set. */
#ifndef RT_COLUMNS_H
#define RT_COLUMNS_H

#include "window.h"

enum {
    BLOCK = 256,                  /* ids that flip at once */
    AT_ONCE = 32,                 /* values that are put in */
    MOST_PARTS = 8,               /* of an accumulator */
    FEWEST_KEYS = 64              /* of a window that changes to columns */
};

typedef struct Column {
    int64_t *at;
    int64_t *high;                /* of sums: the words above, or NULL where all are those of an int */
    uint64_t most;                /* of sums: none is larger than this, up to its sign; or SUM_MAX */
    uint64_t bits;                /* of sums that have entered: the sizes of all */
} Column;

#define SUM_MAX ((uint64_t)1 << 62)

typedef struct Set {
    uint32_t n;                   /* a multiple of 64; ids below are there or, once the pane is closed, hold what changes nothing */
    uint32_t cap;
    uint64_t *has;                /* bits; those of ids from n to cap - 1 are 0 */
    uint32_t n_has;
    uint32_t *ids, ids_cap;       /* these, as they were first seen; NULL once the pane has entered */
    Column column[MOST_PARTS];
    struct Set *spare;
} Set;

typedef struct rt_columns {
    const char *parts;            /* of the fold */
    int n_parts;
    bool flips;                   /* has least or largest */
    uint32_t acc_at[MOST_PARTS];  /* offsets in the accumulator */
    Set open, total, *spare;
    uint32_t *ids, ids_cap;       /* spare */
    uint32_t number, left;        /* of the newest pane; of the newest one that has left */
    uint32_t *last;               /* by id: number of the last pane that had the key; right where the newest one has it not */
    uint32_t last_cap;
    uint32_t *flipped;            /* by block: number of the newest pane when it flipped last */
    size_t flipped_cap, n_flipped;
    uint32_t *gone;               /* ids that have left at the slide in hand */
    size_t n_gone, gone_cap;
    int64_t kept_keys;            /* those in panes */
    size_t kept_bytes;            /* of all but the panes */
} rt_columns;

static inline bool set_has(const Set *s, uint32_t id) { return id < s->n && (s->has[id / 64] >> id % 64 & 1); }

/* Have memory fetched that rt_columns_put will need soon for an id. */
static inline void rt_columns_fetch(const rt_columns *c, uint32_t id)
{
    for (int p = 0; p < c->n_parts && id < c->open.cap; p++)
        __builtin_prefetch(&c->open.column[p].at[id], 1);
}

/* A window of folds may come to have columns. */
bool rt_columns_fit(const rt_window *w);
/* At most AT_ONCE values as they are put in (NULL: to be counted) or an accumulator; by ids below n_ids, to the open set. */
void rt_columns_put(rt_columns *c, uint32_t n_ids, const uint32_t *ids, const char *values, size_t n);
void rt_columns_add(rt_columns *c, uint32_t n_ids, uint32_t id, const void *acc);
/* What a set has of id, as an accumulator. */
void rt_columns_get(const rt_columns *c, const Set *s, uint32_t id, void *acc);
/* The answer for a key of the window. */
void rt_columns_at(const rt_window *w, uint32_t id, void *acc);
/* A pane ends, and its values are in the open set. */
void rt_columns_close(rt_window *w, int64_t end);
/* The first `out` panes leave, and all that have not entered enter; then, when the former have gone, blocks flip. */
void rt_columns_slide(rt_window *w, size_t out);
void rt_columns_flips(rt_window *w);
/* After a slide: change to columns, or back, where that is better. */
bool rt_columns_choose(rt_window *w, dsc_task *task);
/* Of a pane of a window with columns. */
void rt_columns_give_back(rt_columns *c, Set *s);
/* Bytes of a set. What there is is noted when a pane has closed or entered: what one worker puts into the
 * table sooner than several does not show. */
size_t rt_set_bytes(const rt_columns *c, const Set *s);
void rt_columns_note(rt_window *w);
void rt_columns_free(rt_window *w);

/* ---- among columns*.c ------------------------------------------------------------------ */

/* Room for ids below n, and what changes nothing for all of them that are not there. */
void rt_set_reach(const rt_columns *c, Set *s, uint32_t n);
Set *rt_set_new(rt_columns *c);
void rt_set_free(Set *s);
/* The sums of a column get high words. */
void rt_set_widen(const Set *s, Column *column);
/* Put an accumulator at an id that is not there. */
void rt_set_put(const rt_columns *c, Set *s, uint32_t id, const void *acc);
/* Ids of `before`, the newest pane, that `next` has not: this was the last pane that had them. */
void rt_columns_pass(rt_columns *c, const Set *before, uint32_t number, const Set *next);
/* The same for the totals alone; and room in these for ids below n. */
void rt_columns_move(rt_window *w, size_t out);
void rt_columns_reach(rt_columns *c, uint32_t n);
/* The window has panes. */
void rt_columns_flip(rt_window *w, uint32_t block);

#endif
