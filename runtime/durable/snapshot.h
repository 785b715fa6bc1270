/* snapshot.h: all that a job keeps at the end of a batch, as one file. */
#ifndef RT_SNAPSHOT_H
#define RT_SNAPSHOT_H

#include "../core.h"
#include "bytes.h"
#include "versions.h"

/* What is known of the job itself. */
typedef struct rt_job_state {
    uint64_t seq;                 /* of the log's last record that it covers */
    uint64_t epoch;               /* how often the job was started before, this time included */
    int64_t zero, batch;          /* as in the job */
    bool real;                    /* the clock */
    int64_t time;                 /* of the last batch that ran; zero: none has */
    int64_t last;                 /* of the last batch there will be; INT64_MAX: not known */
    char boot[64];                /* of the machine, while it wrote this */
} rt_job_state;

/* What one node keeps. */
typedef enum rt_part_kind { RT_PART_STATE, RT_PART_SOURCE, RT_PART_SINK } rt_part_kind;
typedef struct rt_part {
    rt_part_kind kind;
    dsc_str name, op;
    dsc_str form;                 /* of a state, see states.h; of a source: is it cut by a time in the data? Of a sink: does its
                                   * token say something to another process? */
    dsc_str bytes;
} rt_part;

/* The next of the parts, whose number stands before them; it lies in what is read. */
void rt_get_part(rt_reader *r, rt_part *part);
void rt_put_part(rt_buf *b, const rt_part *part);
static inline rt_reader rt_reader_of(dsc_str bytes)
{
    const uint8_t *p = (const uint8_t *)bytes.p;
    return (rt_reader){p, p + bytes.n, false};
}

/* The newest in the folder that is whole, mapped: the job's state, and the rest in *rest. Returns 1;
 * 0 when there is none at all; -1 after dsc_fail when there are only damaged ones. Damaged ones above it are named. */
int rt_snapshot_find(dsc_context *job, int folder, const char *path, rt_job_state *state, rt_reader *rest, void **map, size_t *size);
/* The nodes' states and positions, and which versions of tables were in use, from what rt_snapshot_find left. Sources and sinks are open. */
int rt_snapshot_load(rt_engine *e, rt_reader *rest, rt_versions *versions, const char *path);
/* What stands before the parts. */
void rt_snapshot_begin(rt_buf *out, const rt_job_state *state);
/* One as bytes, between batches. */
int rt_snapshot_make(rt_engine *e, const rt_job_state *state, const rt_versions *versions, rt_buf *out);
/* Have it on stable storage, with all that sinks have published; older ones but the newest of them are unlinked: *kept is the number of
 * the log's record up to which nothing is needed any more. By any thread. */
int rt_snapshot_write(rt_engine *e, int folder, const char *path, uint64_t seq, const rt_buf *bytes, uint64_t *kept);
/* Unlink all of them. */
int rt_snapshots_remove(dsc_context *job, int folder, const char *path);

/* What the sink's last batch had as its token. */
void rt_token_set(rt_node *sink, dsc_str bytes);
/* The tokens of the sinks that take part in the batch in hand: n, and of each name, token (texts). */
void rt_put_tokens(rt_buf *b, const rt_engine *e);
/* The position of a source, as a text. */
int rt_put_position(rt_buf *b, rt_node *source);

#endif
