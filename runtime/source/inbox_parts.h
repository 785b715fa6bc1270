/* inbox_parts.h: what inbox.c (receiving) and inbox_plan.c (planning) share. */
#ifndef RT_INBOX_PARTS_H
#define RT_INBOX_PARTS_H

#include "inbox.h"
#include "spill.h"

#include <pthread.h>
#include <stdatomic.h>

#define CHUNK SPILL_SLOT

/* Bytes in the order in which they are planned. */
typedef struct Chunk Chunk;
struct Chunk {
    Chunk *next;
    uint64_t at;                  /* of its first byte, in all that this process plans */
    int32_t split;
    uint64_t offset;              /* of it in the split */
    size_t n, cap;
    size_t planned, released;     /* of the n bytes */
    bool on_disk;                 /* in `slot`; */
    uint32_t slot;
    char *bytes;                  /* NULL: there only */
};

/* A slot whose bytes were planned in a batch, and are in its record once that counts. */
typedef struct Done {
    uint32_t slot;
    int64_t batch;
} Done;

/* Whose time the clock said: what ends at `end` and began where the mark before ends came for batch `time`. */
typedef struct Mark {
    int64_t time;
    uint64_t end;
} Mark;

struct Inbox {
    dsc_source *source;
    char *name;
    InboxCut cut;
    int64_t per_batch;
    InboxOverflow overflow;
    size_t most;                  /* bytes that wait in memory */
    void *(*receive)(void *);
    void *receiver;               /* its argument */
    pthread_t thread;
    bool started;
    Spill *spill;                 /* or NULL */
    InboxPosition left;           /* where the process before had come to; all zero: there was none */
    int quit_from, quit_to;       /* a pipe, written once to wake the receiver */
    atomic_bool stopping;

    pthread_mutex_t lock;         /* guards all that follows */
    pthread_cond_t came, taken;
    Chunk *first, *last;
    uint64_t received, planned;   /* bytes so far */
    size_t waiting;               /* of those not planned, in memory */
    int32_t split;                /* of what this process receives, */
    uint64_t offset;              /* .. and how much that is */
    InboxPosition position;       /* behind what was planned last */
    Done *done;
    size_t n_done, done_cap;
    int64_t said_at;              /* when it was told last of what is dropped */
    int said_spill;               /* until all has been planned: 1: that it spills, 2: that it cannot; 0: nothing */
    Mark *marks;
    size_t n_marks, marks_cap;
    bool ended;
    char error[512];              /* set with `ended` */
    char unreadable[512];         /* what is on the disk, why */

    int64_t batch;                /* the time of the batch in hand, and .. */
    int64_t records;              /* .. those that it still takes, or .. */
    uint64_t limit;               /* .. where it ends */
};

/* Out of the row, and freed. */
void inbox_drop_chunk(Inbox *inbox, Chunk *chunk);
/* How many of the n bytes at p go into a step of at most `max`, in whole records of `size` bytes, at most *records
 * of them; `longer`: one record even if it is longer. */
size_t inbox_whole_records(const char *p, size_t n, size_t max, bool longer, size_t size, int64_t *records);

#endif
