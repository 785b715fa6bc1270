/* log.h: records that are on stable storage once the log has been synced, in order.
 * Used by one thread. Functions return a negative number after dsc_fail; a log that
 * could not be written or synced once is never written again. */
#ifndef RT_LOG_H
#define RT_LOG_H

#include "rt.h"

typedef struct rt_log rt_log;

typedef struct rt_record {
    uint64_t seq, kind;           /* kind < 256 */
    uint64_t unsynced;            /* records before it that were not synced when it was written */
    dsc_str body;                 /* mapped until rt_log_close */
} rt_record;

/* The log in a folder, which is open; `path` names it in messages. NULL after dsc_fail. */
rt_log *rt_log_open(dsc_context *job, int folder, const char *path);
void rt_log_close(rt_log *log);
/* Were there any files, whatever is in them? Right after rt_log_open. A folder with a snapshot has one. */
bool rt_log_is_there(const rt_log *log);

/* Find the records above `after`, in order, up to `upto` or the log's end: *records, *n of them, the log's own.
 * What was being written when a process died is no record. Damage before the end is an error that names
 * the file and the place. */
int rt_log_read(rt_log *log, uint64_t after, uint64_t upto, const rt_record **records, size_t *n);
/* Of a log that a job is using: is what was found as record `seq` still there? */
bool rt_log_holds(const rt_log *log, uint64_t seq);
/* Write from here on, in a new segment; the next record has the number `seq`. After rt_log_read. */
int rt_log_begin(rt_log *log, uint64_t seq);
/* Append a record; it is written but not synced. Returns 0 and its number. */
int rt_log_append(rt_log *log, uint64_t kind, dsc_str body, uint64_t *seq);
/* The number of the next one. */
uint64_t rt_log_next(const rt_log *log);
/* All that has been appended; nothing to do where it is. */
int rt_log_sync(rt_log *log);
/* Records up to `seq` are no longer needed. */
int rt_log_trim(rt_log *log, uint64_t seq);

/* Unlink all of it. Right after rt_log_open. */
int rt_log_remove(rt_log *log);

#endif
