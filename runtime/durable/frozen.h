/* frozen.h: tables of states for snapshots. Between two batches what a snapshot needs of a
 * table is copied, as it lies in memory; another thread makes bytes of that. */
#ifndef RT_FROZEN_H
#define RT_FROZEN_H

#include "../core.h"
#include "bytes.h"

/* Copy the state, of which no copy is there: all of it, or with `on_top`, where it is known, what has changed since
 * the copy before. What changes from now on is for the next one. Raises. */
void rt_state_freeze(rt_state *s, bool on_top);
/* The copy as bytes. By any thread, while the state changes; raises. */
void rt_put_frozen(rt_buf *b, const rt_state *s);
/* Drop the copy, if there is one. */
void rt_state_thaw(rt_state *s);

/* A copy of n bytes, to be freed; raises. */
void *rt_copy_of(const void *from, size_t n);
/* A table for copies of another one's entries: without any. */
dsc_table rt_table_like(const dsc_table *t);
/* Into such a table, all entries; what they point to stays in the other one's arena. To be freed. Raises. */
void rt_table_copy(dsc_table *to, const dsc_table *from);

/* How many keys there are, and how many a copy on top would take in. */
typedef struct rt_extent {
    uint64_t keys, changed;
} rt_extent;
void rt_state_extent(const rt_state *s, rt_extent *sum);

/* The table that comes next in each of n row of readers, the first of which holds all of it. Its keys and states, in the order
 * of birth, are given to `row`, which may keep neither; the row ends where it returns false. Returns whether the state had begun. What is damaged the
 * last reader says. Raises. */
typedef bool rt_row(void *arg, const void *key, void *value);
bool rt_get_rows(rt_reader *parts, size_t n, const dsc_type *key, const dsc_type *value, rt_row *row, void *arg);
/* The same table as bytes that hold all of it. */
void rt_put_together(rt_reader *parts, size_t n, const dsc_type *key, const dsc_type *value, rt_buf *b);
/* Passes a table; how many keys there were, and the bytes that it took. */
uint64_t rt_pass_table(rt_reader *r, uint64_t *bytes);

#endif
