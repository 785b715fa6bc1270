/* rt_replay.h: batches that a checkpoint keeps, run again: what `dsc replay` calls. Nothing in the
 * folder is locked or changed, no sink is opened, and sources only where their input is not in the log. */
#ifndef RT_REPLAY_H
#define RT_REPLAY_H

#include "rt_run.h"

/* What one program ran of a span: from behind the snapshot of a record on to another record. */
typedef struct rt_replay_part {
    uint64_t snapshot, end;       /* end: UINT64_MAX: to the end of the log */
    dsc_str text;                 /* of the program, as rt_options.text was; empty: not known */
} rt_replay_part;

typedef struct rt_replay_span {
    int64_t from, until;          /* times of batches, both included */
    int64_t batch;                /* length of a batch */
    rt_replay_part *parts;
    int n_parts;
} rt_replay_span;

/* Find what it takes to run the batches of a folder from..until again, each a time in milliseconds, by RFC 3339, or `@N`, the
 * N-th batch; NULL: all that are kept. Returns 0, or 1 after saying on standard error what is wrong. */
int rt_replay_find(const char *path, const char *from, const char *until, rt_replay_span *span);
void rt_replay_span_free(rt_replay_span *span);

/* What a sink was given in a batch, as it comes from rt_replay_main: behind it name, header and text. The header is what the
 * sink's output begins with; the text its elements: in its format, values as `print` shows them. No name: the batch is over. */
typedef struct rt_replayed {
    int64_t time;
    uint64_t name, header, text;  /* bytes */
    uint64_t more;                /* the sink takes so many elements only, and there were more */
} rt_replayed;

struct rt_engine;
struct dsc_sink;
struct dsc_sink_def;

typedef struct rt_replay {
    const char *path;
    uint64_t snapshot, end;
    int64_t from, until, batch;
    int own;                      /* it is a program that the folder keeps */
    int other;                    /* it is not the program that ran there: what does not fit begins empty, and that is said */
    int out;                      /* a descriptor: what comes of it, by the thread that runs batches */
    int params;                   /* so many of the arguments are params that the job had */
    /* In place of the engine's own; NULL before rt_replay_main. */
    int (*run)(struct rt_engine *e);
    struct dsc_sink *(*sink)(const struct dsc_sink_def *def);
} rt_replay;

/* A replay as an argument of a program's process, which has the same folder at hand. */
void rt_replay_text(const rt_replay *replay, char text[200]);

/* Run it: argv[1] is the folder, argv[2] such a text, then come --NAME=VALUE of the job, of which those are taken that the program
 * has, and run options and params as of rt_parse_options. Returns the exit status, as rt_run. */
int rt_replay_main(const dsc_program *program, int argc, char **argv);

#endif
