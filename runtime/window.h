/* window.h: the panes of a window and its keys: for panes.c, which makes them,
 * and window.c, which slides. */
#ifndef RT_WINDOW_H
#define RT_WINDOW_H

#include "core.h"

typedef struct Pane Pane;

/* An entry of a pane; the accumulator follows. Group folds have only the id. */
typedef struct Entry {
    uint32_t id;
    uint32_t next;                /* the key's entry in next_pane */
    Pane *next_pane;              /* NULL: none */
} Entry;

struct Pane {
    int64_t end;                  /* microseconds since zero; it began one cell before */
    uint32_t n;
    size_t cap;
    char *entries;
    rt_arena arena;               /* what accumulators point to */
    rt_seq *first, **last;        /* raw windows */
    struct Set *set;              /* windows with columns: what it holds, instead of entries */
    uint32_t number;              /* of these: rising */
    bool held;                    /* see rt_window_hold */
    Pane *spare;
};

typedef struct Key {
    uint32_t refs, held;
    uint32_t place;               /* in order */
} Key;

typedef struct Stacks {
    Pane *oldest, *newest;        /* entered panes with the key */
    uint32_t at_oldest, at_newest;
    uint32_t phase;               /* slides at which it flips, modulo period */
    bool backed;                  /* is there a back: the accumulator in the table */
} Stacks;

/* An entry of a pane, on the way of a key. */
typedef struct Step {
    Pane *pane;
    uint32_t at;
} Step;

#define GONE UINT32_MAX           /* no place in order */
enum {
    FETCHED = 16,                 /* keys that are looked for at once */
    LANES = 16,                   /* keys that are flipped at once */
    PHASES = 64,                  /* slides of a long window at which keys flip: enough keys at each to fill the lanes */
    AHEAD = 12                    /* entries of a pane whose keys are fetched before they are needed */
};

/* Accumulators that windows combine themselves, without a call. */
typedef enum Sums { NO_SUMS, COUNTS, INT_SUMS } Sums;

struct rt_window {
    rt_node *node;
    bool raw, group, joins;
    int64_t cell;                 /* length of a pane */
    Pane **panes;                 /* oldest first; `entered` of n have entered */
    size_t n, cap, entered;
    Pane *open, *spare;           /* open: raw only */
    /* folds */
    const dsc_fold *fold;
    Sums sums;
    int holds;
    uint32_t head, stride;        /* of entries */
    dsc_table *keys;              /* `own`, or the one that the stage puts into (columns.h) */
    dsc_table own;
    struct rt_columns *columns;   /* or NULL */
    int64_t stays;                /* the slide before which it does not change to columns again */
    Key *key;                     /* by id */
    Stacks *stacks;               /* by id; not of groups */
    size_t key_cap, stacks_cap;
    uint32_t *order;              /* ids, or GONE */
    size_t n_order, order_cap, gone;
    int64_t slide_number, period;
    int64_t turn;                 /* slide_number modulo period */
    Step *path;                   /* scratch of flips */
    size_t path_cap;
    struct rt_frozen_window *frozen;  /* what the snapshot that is being written has of it; or NULL */
    Pane *left;                   /* held ones that have left */
};

static inline Entry *entry(const rt_window *w, const Pane *p, uint32_t i)
{
    return (Entry *)(void *)(p->entries + (size_t)i * w->stride);
}

static inline void copy_acc(void *to, const void *from, size_t n)
{
    if (n == 8)
        memcpy(to, from, 8);
    else if (n == 16)
        memcpy(to, from, 16);
    else
        memcpy(to, from, n);
}

/* What is known of the keys of entries to come is fetched. */
static inline void fetch_key(const rt_window *w, const Pane *p, uint32_t i)
{
    if (i >= p->n)
        return;
    uint32_t id = entry(w, p, i)->id;
    __builtin_prefetch(&w->key[id], 1);
    __builtin_prefetch(rt_table_acc(w->keys, id), 1);
    if (w->stacks)
        __builtin_prefetch(&w->stacks[id], 1);
}

static inline void *entry_acc(const rt_window *w, Entry *e) { return (char *)e + w->head; }

/* Do slides change values of panes that have entered? */
bool rt_window_flips(const rt_window *w);
/* What panes and the table of keys have stays where it is until it is let go; a closed pane changes by flips alone. */
void rt_window_hold(rt_window *w);
void rt_window_let_go(rt_window *w);
/* Give back a pane that has left; its entries must have gone from the keys. */
void rt_pane_give_back(rt_window *w, Pane *p);
/* An empty one with room for n entries; and at the end of those that are closed. */
Pane *rt_pane_new(rt_window *w, size_t n);
void rt_pane_add(rt_window *w, Pane *p, int64_t end);
/* For windows that are made of saved ones. A key that is in no pane yet; its id. Behind the last of the order.
 * The entries of an entered pane join those of their keys: panes in their order. */
uint32_t rt_window_key_add(rt_window *w, const rt_key *key);
void rt_window_order_add(rt_window *w, uint32_t id);
void rt_window_link(rt_window *w, Pane *p);
/* All panes have entered and hold their own values, or also those of later ones where that changes nothing:
 * makes what keys have beyond them. */
bool rt_window_settle(rt_window *w, dsc_task *task);
/* The newest pane that a key's front goes up to ends then, or before. */
int64_t rt_window_last_flip(const rt_window *w, uint32_t id);
/* The open pane's values into open columns, where they are not already: before it closes or is written. */
int rt_pane_collect(rt_window *w, dsc_task *task);
/* The cell of the grid that ends now becomes a pane, unless it is empty or in a gap. -1 when
 * combine failed. */
int rt_pane_close(rt_window *w, dsc_task *task, int64_t end);

#endif
