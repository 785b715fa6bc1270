/* durable_job.h: what durable.c and recover.c share. */
#ifndef RT_DURABLE_JOB_H
#define RT_DURABLE_JOB_H

#include "durable.h"
#include "links.h"
#include "log.h"
#include "snapshot.h"
#include "versions.h"

enum { RECORD_STEP = 1, RECORD_BATCH, RECORD_END, RECORD_BEGIN, RECORD_HELD };

struct rt_durable {
    rt_engine *e;
    const char *path;
    int folder, lock;
    rt_log *log;
    rt_versions *versions;        /* of tables */
    rt_links *links;              /* to files of sources */
    rt_job_state state;
    bool found, same_boot;        /* a snapshot, of before; what was not synced then is there all the same */
    bool lost;                    /* a sync failed, so what it was to keep may be gone: `lock` says so until a snapshot is made */
    rt_buf begin;                 /* body of a BEGIN that is to be written before anything else */
    int64_t keep;                 /* as in rt_options, or as the program says; 0: not at all */
    uint64_t begun;               /* state.seq when this process went on */
    bool replaying;               /* batches of the log run again: nothing is logged */
    rt_snapshot before;           /* what was found, until it is loaded */
    int64_t snapshot_at, synced_at;  /* when the last snapshot was made, when the log was synced; by a clock of their own */
    int64_t stood;                /* microseconds for which the job stood still for the last one */
    rt_chain chain;
    /* the snapshot that is being written, by a thread of its own */
    rt_picture copy;
    uint64_t kept;
    pthread_t writer;
    bool writing;                 /* it has been begun, and not been waited for */
    int written;                  /* its status */
    atomic_bool done;
    pthread_mutex_t copying;      /* guards `copied`: windows may flip */
    pthread_cond_t has_copied;
    bool copied;
    /* the batch in hand */
    rt_node *source;              /* whose steps are in `steps` */
    uint64_t n_steps, n_sources;
    bool read;                    /* it has input, or a batch that has not been synced */
    rt_buf steps, sources, body;
};

/* The body of a STEP; and its pieces, whose blocks lie in it: free() *blocks. -1: it is damaged. */
void rt_put_step(rt_buf *b, const rt_node *node, const dsc_range *range, const dsc_block *blocks);
int rt_get_step(rt_engine *e, rt_reader *r, dsc_range *range, dsc_block **blocks);
/* A piece in it. */
void rt_put_piece(rt_buf *b, const rt_node *node, const dsc_piece *piece, const dsc_block *block);
void rt_get_piece(rt_engine *e, rt_reader *r, dsc_range *range, dsc_block *block);
/* The source in hand has no further step in this batch. */
int rt_durable_source_done(rt_engine *e);
/* Nothing that was not synced is needed any more. */
int rt_durable_clean(rt_durable *d);
/* Make a snapshot, and see it written. */
int rt_durable_snapshot(rt_durable *d);

#endif
