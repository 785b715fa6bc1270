/* durable.h: what makes a job survive its process: the log of its batches, snapshots of
 * its state, and the way back from both. See docs/checkpoints.md. */
#ifndef RT_DURABLE_H
#define RT_DURABLE_H

#include "../core.h"

typedef struct rt_durable rt_durable;

enum { RT_EACH_BATCH, RT_INTERVAL, RT_NEVER };   /* rt_options.durability: when the log is synced */

/* The folder is made, locked against other processes, and the newest snapshot found; the job gets the zero time that the
 * job had before. Nothing to do without a folder. Before connectors are opened. */
int rt_durable_open(rt_engine *e);
/* Was there a job before? */
bool rt_durable_goes_on(const rt_engine *e);
/* What was before comes back: state, positions; batches behind the snapshot run again, and the last is
 * published where it was not. *time and e->last as in rt_job_state. After connectors are open. */
int rt_durable_resume(rt_engine *e, int64_t *time);
/* A step of a source has been read: it goes into the log, or will be in the batch's record. */
int rt_durable_step(rt_engine *e, rt_node *node, const dsc_range *range, const dsc_block *blocks);
/* All of a group of tables has been read: 1 where it is what it was before, else 0; or reading it has failed. */
int rt_durable_table(rt_engine *e, int group);
void rt_durable_table_drop(rt_engine *e);
/* All sinks are prepared: from now on the batch counts. */
int rt_durable_commit(rt_engine *e);
/* The batch is published. A snapshot is made where it is time. */
int rt_durable_published(rt_engine *e);
/* The job ends as it should. */
int rt_durable_end(rt_engine *e);
/* Nothing of the job is read any more by another thread. Before its nodes are freed. */
void rt_durable_quiet(rt_engine *e);
void rt_durable_close(rt_engine *e);

/* Wait until no flip changes what the snapshot that is being written has. */
void rt_durable_copied(rt_engine *e);
/* Microseconds for which the job stood still for a snapshot, between the last two batches and in the last; -1: it makes none. */
int64_t rt_durable_stood(const rt_engine *e);

#endif
