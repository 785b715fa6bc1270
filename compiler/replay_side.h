/* replay_side.h: a span of a checkpoint's batches run by one program, or by those that ran it, in processes
 * of their own; what its sinks were given comes batch by batch. Private to cmd_replay*.c. */
#ifndef DSC_REPLAY_SIDE_H
#define DSC_REPLAY_SIDE_H

#include "cmd.h"
#include "kept.h"
#include "rt_replay.h"

/* What a sink was given in a batch. */
typedef struct ReplayedSink {
    char *name;
    Text header, text;
    bool more;
} ReplayedSink;

typedef struct ReplayedBatch {
    int64_t time;
    ReplayedSink *sinks;
    int n, cap;                   /* cap of them hold memory */
} ReplayedBatch;

typedef struct ReplaySide {
    Arena *arena;
    const char *folder;
    const rt_replay_span *span;
    const rt_replay_part *parts;
    int n_parts, part;            /* the next that is to run */
    const ProgramArgs *program;   /* in the place of what the folder keeps; file NULL: none */
    bool other;                   /* it is not the program that the state in the folder is of */
    int argc;                     /* for the program: run options and params */
    char **argv;
    int child, fd;                /* that runs now; 0: none */
    int sinks;                    /* of the program that runs now */
    ReplayedBatch batch;
} ReplaySide;

/* The next batch, to side->batch. 1; 0: there is none; -1 after an error, which has been said. */
int replay_side_next(ReplaySide *side);
void replay_side_end(ReplaySide *side);

#endif
