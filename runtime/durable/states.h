/* states.h: what a node keeps from batch to batch, as bytes. May raise. */
#ifndef RT_STATES_H
#define RT_STATES_H

#include "../core.h"
#include "bytes.h"
#include "frozen.h"

bool rt_keeps_state(const rt_node *node);
/* A copy of it, between two batches: with `on_top` what has changed in tables of states; windows are whole. */
void rt_freeze_node(rt_engine *e, rt_node *node, bool on_top);
/* Copy what the next slide changes; by any thread, and before it. */
void rt_copy_node(const rt_node *node);
/* What was frozen, as bytes; by any thread. */
void rt_put_frozen_node(rt_buf *b, const rt_node *node);
void rt_thaw_node(rt_node *node);
void rt_node_extent(const rt_node *node, rt_extent *sum);
/* Into a node that has none, from the bytes of a row of snapshots, each on top of the one before. What is damaged is said by the
 * last reader. */
void rt_get_node_state(rt_reader *parts, size_t n, rt_engine *e, rt_node *node);
/* How a node's bytes are to be read, also by those who do not know the program: its FORM. Bytes mean the same where forms are
 * the same. As bytes: kind, way, length, slide, clocks, timed?, then tables n: has a key?, its type, type of the values; see
 * rt_put_type. Windows have one table, of keys and accumulators or elements. */
typedef enum rt_way {
    RT_STATES,                    /* tables of states */
    RT_ELEMENTS,                  /* panes of elements; or of accumulators, with, beside them, */
    RT_TOTALS,                    /* the sum of what a key has in all of them */
    RT_LISTS,                     /* nothing */
    RT_STACKS                     /* what some are folded to; these are folded with those behind them */
} rt_way;

typedef struct rt_table_form {
    const dsc_type *key, *value;  /* key: NULL where it has none */
} rt_table_form;

enum { RT_TABLES = 3 };

typedef struct rt_form {
    uint64_t kind;                /* dsc_node_kind; of event time, with 256 and 16 times its kind added */
    rt_way way;
    int64_t length, slide;        /* of windows */
    uint64_t clocks;              /* how many eventTimes it goes by */
    bool timed;                   /* its states are pairs of when they were last seen and they */
    int n;
    rt_table_form table[RT_TABLES];
} rt_form;

void rt_put_form(rt_buf *b, const rt_node *node);
/* Into the arena; damage is said by the reader. */
void rt_get_form(rt_reader *r, rt_form *form, struct rt_arena *arena);

/* The key of an entry as a value, and back: nothing for the one entry of a cell. */
void rt_put_key(rt_buf *b, const dsc_table *t, uint32_t id, rt_arena *arena);
void *rt_get_key(rt_reader *r, const dsc_type *type, rt_arena *arena);
/* The panes of a window of elements. */
void rt_put_raw(rt_buf *b, const rt_window *w);
/* A window of a fold, into one that is new. (window_state.c) */
void rt_get_window(rt_reader *r, rt_engine *e, rt_node *node, rt_arena *arena);
/* n keys and accumulators into the open pane of a window, which is empty. */
void rt_open_pane_fill(rt_engine *e, rt_node *node, rt_reader *r, uint64_t n, rt_arena *arena);

#endif
