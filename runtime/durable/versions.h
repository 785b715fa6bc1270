/* versions.h: the tables of the program, as they were when batches used them: each version is a file
 * of the checkpoint's folder. A group (see ../once.c) goes by the place of its first node. */
#ifndef RT_VERSIONS_H
#define RT_VERSIONS_H

#include "../core.h"
#include "bytes.h"

typedef struct rt_versions rt_versions;

/* Those that are in the folder. NULL after dsc_fail. */
rt_versions *rt_versions_open(rt_engine *e, int folder, const char *path);
void rt_versions_close(rt_versions *v);
/* Unlink all of them. */
int rt_versions_remove(rt_versions *v);

/* Of a group that is being read: a step of one of its sources; it is complete (1: it is what it was before, else 0); it failed. */
int rt_versions_step(rt_versions *v, rt_node *node, const dsc_range *range, const dsc_block *blocks);
int rt_versions_done(rt_versions *v, int group);
void rt_versions_drop(rt_versions *v);

/* The versions that begin with the batch in hand: n, and of each the group's name, its number, the time of that batch, and whether
 * its bad rows are written aside with it. */
void rt_versions_put_begun(rt_buf *b, const rt_versions *v);
/* The batch counts, by the log's record `seq`. */
void rt_versions_counted(rt_versions *v, uint64_t seq);
/* What is in use: out, in the same form; and in, to be brought back by rt_versions_restore. */
void rt_versions_put(rt_buf *b, const rt_versions *v);
void rt_versions_get(rt_reader *r, rt_versions *v);
int rt_versions_restore(rt_versions *v);
/* A batch runs again: the versions that began with it take the place of those before; `seq` is its record. */
int rt_versions_rerun(rt_versions *v, rt_reader *r, uint64_t seq);
/* All batches that count have been run: what is not in use now is of no use to what follows `seq`. */
void rt_versions_settle(rt_versions *v, uint64_t seq);
/* The log is no longer needed up to record `seq`: versions that ended there are unlinked. */
int rt_versions_trim(rt_versions *v, uint64_t seq);

#endif
