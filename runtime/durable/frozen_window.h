/* frozen_window.h: a window as it was between two batches, for the snapshot that is being written.
 *
 * What closed panes have does not change while they are held, so a copy refers to it; a pane that leaves
 * the window meanwhile stays. Copied between two batches are the keys, their totals, and the open pane. Flips alone
 * change closed panes (window.c, columns.h): windows that have them wait with the next slide until
 * rt_window_copy has copied their panes. A window that is frozen does not change to columns or back.
 * Made bytes of at once are windows that flip wide float sums, and open panes without columns. */
#ifndef RT_FROZEN_WINDOW_H
#define RT_FROZEN_WINDOW_H

#include "../columns.h"

typedef struct rt_frozen_window {
    rt_window w;                  /* of what follows, as far as bytes are made of it */
    dsc_table keys;
    rt_columns columns;
    bool *backed;                 /* by id: has the key a back? NULL: none has */
    Pane *panes;                  /* and behind them the open one of a raw window */
    Set *sets;                    /* of panes; their arrays are those of the window's panes, or of `own` */
    Set *own;
    char **entries;               /* copies of those of panes, or NULL */
    rt_buf open;                  /* the open pane, unless there are columns */
    rt_buf bytes;                 /* of a window that flips wide sums: all */
} rt_frozen_window;

/* Of the window of a node, of which no copy is there. Raises. */
void rt_window_freeze(rt_engine *e, rt_node *node);
/* Copy what flips change; by any thread, while nothing flips. Raises. */
void rt_window_copy(const rt_node *node);
/* The copy as bytes. By any thread; raises. (window_state.c) */
void rt_put_frozen_window(rt_buf *b, const rt_node *node);
/* Drop the copy, if there is one. */
void rt_window_thaw(rt_node *node);
/* What the open pane of a window without columns has collected. (window_state.c) */
void rt_put_open_pane(rt_buf *b, rt_engine *e, rt_node *node, rt_arena *arena);

#endif
