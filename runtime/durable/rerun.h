/* rerun.h: batches of the log once more, over the input that they had. */
#ifndef RT_RERUN_H
#define RT_RERUN_H

#include "log.h"
#include "bytes.h"
#include "versions.h"
#include "../core.h"

typedef struct rt_rerun {
    rt_engine *e;
    int folder;                   /* of the checkpoint, open */
    const char *path;
    rt_versions *versions;
    const rt_record *records;
    size_t n, first;              /* those of the batch's steps begin at `first` */
    uint64_t seq;                 /* of the batch's record */
    bool apart;                   /* a replay: input is asked for only where it is not in the log, and a source that the
                                   * program does not have is passed over */
} rt_rerun;

/* All tables and sources of the batch in hand; for rt_batch_rerun, with the rt_rerun as `arg`. */
int rt_rerun_input(void *arg, rt_reader *r);
/* To what the record says of sinks, behind the input. */
void rt_rerun_pass(rt_reader *r);
/* A BEGIN: its sources begin anew. */
void rt_rerun_begin(const rt_rerun *again, const rt_record *record);
/* The node of that name and kind, or NULL. */
rt_node *rt_find_node(rt_engine *e, dsc_str name, dsc_node_kind kind);

#endif
