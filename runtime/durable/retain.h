/* retain.h: which files of a checkpoint stay, and for how long. */
#ifndef RT_RETAIN_H
#define RT_RETAIN_H

#include "names.h"

/* A snapshot has been written: what nobody needs any more is unlinked. keep: for how long, before the newest snapshot, batches
 * can be run again; 0: not longer than recovery asks. *kept: up to this record the log is not needed. By any thread. */
int rt_retain(dsc_context *job, int folder, const char *path, int64_t keep, uint64_t *kept);
/* Unlink all snapshots and programs. */
int rt_retain_nothing(dsc_context *job, int folder, const char *path);

/* Is this the text of the newest program? 1, 0 (which is said where that is damaged), or -1 after dsc_fail. */
int rt_program_is_kept(dsc_context *job, int folder, const char *path, dsc_str text);
/* From behind record `seq` on, where a snapshot is, this is the program; empty: one without a text. */
int rt_program_keep(dsc_context *job, int folder, const char *path, uint64_t seq, dsc_str text);
/* The program's text from that file: *text is to be freed. 0, or -1 after dsc_fail. */
int rt_program_read(dsc_context *job, int folder, const char *path, uint64_t seq, rt_buf *text);

#endif
