/* spill.h: a file for what waits and does not fit in memory: slots of one size, each
 * with the bytes of one chunk.
 *
 * With a checkpoint it lies in its folder, and what is in it outlives the process; else it is a
 * file without a name in TMPDIR. Used by one thread at a time. */
#ifndef RT_SPILL_H
#define RT_SPILL_H

#include "dsc_conn.h"

typedef struct Spill Spill;

/* So many bytes fit into a slot. */
#define SPILL_SLOT ((size_t)1 << 20)

/* What a slot holds: n bytes, from `offset` of a split on. */
typedef struct Spilled {
    int32_t split;
    uint64_t offset;
    size_t n;
    uint32_t slot;
} Spilled;

/* Of a source; it never has more than `max` bytes. Nothing is made before something is put, and without `make` only what is
 * there is opened: NULL and 0 where nothing is. -1 after dsc_fail. */
int spill_open(dsc_source *s, int64_t max, bool make, Spill **spill);
void spill_close(Spill *spill);
/* What another process left, in the order of splits and offsets. */
const Spilled *spill_found(const Spill *spill, size_t *n);

/* Put what->n bytes into a slot, which is set. False: there is none, or *why says what went wrong. */
bool spill_put(Spill *spill, Spilled *what, const void *bytes, const char **why);
/* Get them. False: *why says what went wrong. */
bool spill_get(const Spill *spill, const Spilled *what, void *bytes, const char **why);
/* Nobody needs the slot. Once nobody needs any the file is empty. */
void spill_drop(Spill *spill, uint32_t slot);

#endif
