/* walk.h: a list of files planned one after the other, as one batch or cut into
 * batches by a number of records or by file. For file, and stdin where that is a file. */
#ifndef RT_WALK_H
#define RT_WALK_H

#include "input.h"

typedef struct Walk {
    Input *inputs;
    int n;
    int64_t per_batch;            /* records a batch; 0: not cut by them */
    bool per_file;                /* a batch ends with a file */

    uint64_t start;               /* where the first file is read from */
    int at;                       /* the file the next plan begins in */
    uint64_t offset;              /* and where */
    int64_t batch;                /* the time of the batch in hand, and .. */
    int64_t left;                 /* .. the records that it still takes */
    uint64_t tail;                /* input_tail of what was read before walk_seek */
} Walk;

/* `start`: in the first file. */
void walk_init(Walk *walk, Input *inputs, int n, uint64_t start, int64_t per_batch, bool per_file);
int walk_plan(dsc_source *s, Walk *walk, int64_t time, size_t max, dsc_range *range);
int walk_position(Walk *walk, void *bytes, size_t room);
int walk_seek(dsc_source *s, Walk *walk, const void *bytes, size_t n);
void walk_close(Walk *walk);

#endif
