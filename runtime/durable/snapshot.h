/* snapshot.h: all that a job keeps at the end of a batch, as a file, or as a row of files each of which
 * has what changed since the one before. */
#ifndef RT_SNAPSHOT_H
#define RT_SNAPSHOT_H

#include "../core.h"
#include "bytes.h"
#include "versions.h"

/* What is known of the job itself. */
typedef struct rt_job_state {
    uint64_t seq;                 /* of the log's last record that it covers */
    uint64_t epoch;               /* how often the job was started before, this time included */
    int64_t zero, start, batch;   /* as in the job */
    bool real;                    /* the clock */
    int64_t time;                 /* of the last batch that ran; start: none has */
    int64_t last;                 /* of the last batch there will be; INT64_MAX: not known */
    int64_t empty;                /* batches without input before that; only where time comes from the data */
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

/* ---- files (chain.c) ---- */

typedef struct rt_snapshot_file {
    rt_reader rest;               /* behind what is known of the job */
    void *map;
    size_t size;
    uint64_t seq, hash;
} rt_snapshot_file;

/* A snapshot as it was found: a file that has all of it, and those on top, the newest last. */
typedef struct rt_snapshot {
    rt_job_state state;
    rt_snapshot_file *files;
    size_t n;
} rt_snapshot;

/* The newest in the folder that is whole, of record `upto` or before, mapped. Returns 1; 0 when there is none at all; -1
 * after dsc_fail when there are only damaged ones. Damaged ones above it are named. */
int rt_snapshot_find(dsc_context *job, int folder, const char *path, uint64_t upto, rt_snapshot *s);
void rt_snapshot_close(rt_snapshot *s);

typedef struct rt_snapshot_entry {
    uint64_t seq;
    bool whole;                   /* it stands on no other */
} rt_snapshot_entry;

/* Which there are, damaged or not, the newest first. */
typedef struct rt_snapshots {
    rt_snapshot_entry *entries;   /* free() them */
    size_t n;
} rt_snapshots;
int rt_snapshots_list(dsc_context *job, int folder, const char *path, rt_snapshots *found);
/* What a file says of the time of its last batch, unchecked; INT64_MIN where it says nothing. */
int64_t rt_snapshot_time(int folder, const rt_snapshot_entry *entry);
int rt_snapshot_unlink(dsc_context *job, int folder, const char *path, const rt_snapshot_entry *entry);

/* The files that this process has written, from the last one that has all on. */
typedef struct rt_chain {
    uint64_t seq, hash;           /* of the newest; */
    size_t n;                     /* files; 0: none yet */
    size_t base, above;           /* bytes of the first, and of those on top */
} rt_chain;

/* Have a file on stable storage, with all that sinks have published; its hash is put into the bytes. By any thread. */
int rt_snapshot_write(rt_engine *e, int folder, const char *path, uint64_t seq, bool on_top, rt_buf *bytes, rt_chain *chain);
/* A file of the folder, whole or not at all. By any thread. */
int rt_file_put(dsc_context *job, int folder, const char *path, const char *name, const rt_buf *bytes);

/* ---- contents (snapshot.c) ---- */

/* What a snapshot needs of the job, as it was between two batches. All zero bytes is none. */
typedef struct rt_picture {
    rt_job_state state;
    bool on_top;                  /* of the files of the chain */
    struct rt_picture_part {
        bool is;
        rt_part_kind kind;
        rt_buf bytes;             /* but for what is frozen */
    } *parts;                     /* of each node */
    rt_buf tail;                  /* versions of tables */
    rt_buf bytes;                 /* the file, once they are made */
} rt_picture;

int rt_picture_take(rt_engine *e, const rt_job_state *state, const rt_versions *versions, const rt_chain *chain, rt_picture *p);
/* Copy what the next batch's slides change. By any thread, before them; raises. */
void rt_picture_copy(rt_engine *e, const rt_picture *p);
/* Then make its bytes. By any thread; raises. */
void rt_picture_put(rt_engine *e, rt_picture *p, const rt_chain *chain);
void rt_picture_free(rt_engine *e, rt_picture *p);

/* What stands before the parts. `below`: NULL: the file has all. */
void rt_snapshot_begin(rt_buf *b, const rt_job_state *state, const rt_chain *below);
/* The head of a file, all but whether its hash is right: *below, *below_hash: the file that it is on top of. False: it is damaged. */
bool rt_snapshot_head(rt_reader *r, uint64_t *hash, uint64_t *below, uint64_t *below_hash, rt_job_state *s);
/* Is it of another version of dsc? */
bool rt_snapshot_foreign(const rt_reader *r);

/* The bytes that a part of the newest file has in each of the files, for rt_get_node_state; false: a file has none. */
bool rt_snapshot_rows(const rt_snapshot *s, const rt_part *part, rt_reader *rows);

/* The nodes' states and positions, and which versions of tables were in use, from what rt_snapshot_find found. Sinks are open, sources
 * that are not do not go where they were. other: what does not fit the program is left out. */
int rt_snapshot_load(rt_engine *e, const rt_snapshot *s, rt_versions *versions, const char *path, bool other);

/* What the sink's last batch had as its token. */
void rt_token_set(rt_node *sink, dsc_str bytes);
/* The tokens of the sinks that take part in the batch in hand: n, and of each name, token (texts). */
void rt_put_tokens(rt_buf *b, const rt_engine *e);
/* The position of a source, as a text, and back to one; and that of its connector alone. */
int rt_put_position(rt_buf *b, rt_node *source);
int rt_source_seek(rt_node *source, dsc_str position);
int rt_put_conn_position(rt_buf *b, rt_node *source);

#endif
