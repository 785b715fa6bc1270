/* dsc_conn.h: what a source or a sink sees of dsc, and shows to it.
 *
 * A connector is one file with its definition at the bottom. It moves bytes or
 * values; a format (lines) turns bytes into values. The interfaces have what
 * durability needs from the first day: a source PLANS ranges, reads any planned
 * range again, and says its position; a sink holds a batch until it is told
 * that the batch is committed.
 *
 * All functions return 0 or a negative number; after a negative one the text of
 * the error has been set with dsc_fail (first error wins) and says what was
 * being done to which file or address, the system's reason, and what to do. */
#ifndef DSC_CONN_H
#define DSC_CONN_H

#include "dsc_abi.h"

typedef struct dsc_context dsc_context;     /* the job, as connectors see it */
struct rt_buf;

/* An empty text ends the job without a message (the reader of standard output has left). */
int dsc_fail(dsc_context *job, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A line to standard error, unless --quiet: "dsc: socket localhost:9999: connection lost; trying again in 2s". */
void dsc_note(dsc_context *job, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Wake the engine: input has come (receivers). */
void dsc_wake(dsc_context *job);
/* Is the job on the real clock? Batch duration and time of the first batch minus one duration. */
bool dsc_real_clock(const dsc_context *job);
int64_t dsc_batch_duration(const dsc_context *job);
int64_t dsc_zero_time(const dsc_context *job);
/* The folder of the job's checkpoint; NULL: it has none. */
const char *dsc_checkpoint_folder(const dsc_context *job);
/* The clock's time, from any thread: by it receivers say to which batch input belongs. */
int64_t dsc_now(const dsc_context *job);
/* A descriptor that poll() finds readable once the job is asked to stop, for a plan that waits; or -1. */
int dsc_stop_fd(const dsc_context *job);

/* A file that is cut short while it is mapped raises SIGBUS. Between guard and unguard of n bytes
 * at p such a page reads as zeros instead, and the engine fails the step with `name`, which must
 * live until unguard. (guard.c) */
int rt_guard_map(dsc_context *job, const void *p, size_t n, const char *name);
void rt_unguard_map(const void *p);
/* A file to be unlinked should a second signal end the process at once. `path` must live until it
 * is dropped. (signals.c) */
void rt_signals_add_file(const char *path);
void rt_signals_drop_file(const char *path);

/* Programs that connectors start, each in a session of its own and with no descriptor of ours but
 * its standard ones. When the job's process dies it gets SIGTERM. (child.c) */
typedef struct dsc_command dsc_command;
typedef struct dsc_child {
    int pid;                      /* 0: none */
    int fd;                       /* our end of the pipe that is its standard input or output; -1 */
} dsc_child;
typedef enum dsc_ended { DSC_RUNS, DSC_ENDED_WELL, DSC_ENDED_BADLY } dsc_ended;
struct dsc_arg;
/* A connector's argument as a command: text for /bin/sh, or a list of a program, which is looked
 * for in PATH, and its arguments. `owner`: "exec". NULL: the error is set. */
dsc_command *dsc_command_new(dsc_context *job, const char *owner, const struct dsc_arg *arg);
/* As messages show it, on one line and not too long. */
const char *dsc_command_text(const dsc_command *command);
void dsc_command_free(dsc_command *command);
/* Start it, and write to its standard input (`feed`) or read its standard output; what it reads
 * otherwise is empty. variable: "NAME=VALUE" in its environment, or NULL. From a thread that
 * stays for as long as the program may run. */
int dsc_child_start(dsc_context *job, const dsc_command *command, bool feed, const char *variable, dsc_child *child);
/* Close our end. */
void dsc_child_close(dsc_child *child);
/* How did it end? Waits for it if `wait`. DSC_ENDED_BADLY: *why says "ended with status 3". */
dsc_ended dsc_child_ended(dsc_child *child, bool wait, char why[64]);
/* End it with those it started: SIGTERM, and after two seconds SIGKILL. */
void dsc_child_kill(dsc_child *child);

/* A parameter of a connector. Arguments are checked against these when a program is compiled. */
typedef struct dsc_arg_def {
    const char *name;
    dsc_kind kind;                /* DSC_LIST: any value (queue) */
    const char *text;             /* default as one writes it ("\"localhost\"", "2s"); NULL: must be given;
                                   * "none": may be left out, and then is not set */
    const char *doc;
} dsc_arg_def;

/* The least and the greatest value of an int argument. Literals and constants are held to it when a
 * program is compiled, what is only known at the start then, before the connector is opened. Or the words that
 * an argument of text can be; programs write them without quotes. */
typedef struct dsc_bounds {
    const char *name;             /* the argument's */
    int64_t min, max;             /* INT64_MAX: as great as one likes */
    const char *const *words;     /* ends with NULL; or NULL */
} dsc_bounds;
/* The argument's bounds, from an array that ends with name == NULL or is NULL; NULL: none. */
const dsc_bounds *dsc_find_bounds(const dsc_bounds *bounds, const char *name);
/* "from 1 to 65535", "at least 1". */
void dsc_bounds_text(const dsc_bounds *bounds, char out[64]);

/* Word i, from 0, of a text with commas between its words, "a, b"; n == 0: it has no more. */
dsc_str dsc_word_of(dsc_str words, int i);

typedef struct dsc_arg {
    bool set;
    int64_t i;                    /* int, bool, time, duration */
    double f;
    dsc_str s;
    const void *value;            /* DSC_LIST: of `type` */
    const dsc_type *type;
} dsc_arg;

/* ---- sources ------------------------------------------------------------ */

/* Part of one split (a file, a connection): bytes, or elements, from..to. */
typedef struct dsc_piece {
    int32_t split;
    uint64_t from, to;
} dsc_piece;

/* What one step reads: pieces in order, each ending at the end of a record. */
typedef struct dsc_range {
    int n, cap;
    dsc_piece *piece;
    bool last_of_batch;           /* no further step in this batch */
    bool end_of_input;            /* and none in any later batch */
    bool failed;                  /* dsc_range_add had no memory */
} dsc_range;
void dsc_range_add(dsc_range *range, int32_t split, uint64_t from, uint64_t to);

/* The bytes (or elements) of one piece, in memory until release. */
typedef struct dsc_block {
    const char *p;                /* bytes; or elements of `size` bytes */
    size_t n;                     /* bytes; or number of elements */
    size_t size;                  /* 0: bytes to be cut into records */
    uint64_t offset;              /* of p in the split, for messages */
    const char *split_name;       /* "access.log" */
    void *held;                   /* the source's own, for release */
} dsc_block;

typedef struct dsc_source dsc_source;

typedef struct dsc_source_def {
    const char *name;             /* "socket" */
    const char *synopsis;         /* "socket(host: string, port: int, listen: bool = false)" */
    const char *doc;              /* one line, then more after a newline */
    const char *example;          /* a program, or NULL */
    const dsc_arg_def *args;      /* ends with name == NULL */
    const dsc_bounds *bounds;     /* of some of them; ends with name == NULL; NULL: of none */
    /* "bytes": a format makes elements; else their type, "(int, time)";
     * "items": the elements of the first argument, a list of batches. */
    const char *element;
    const char *command;          /* the argument (DSC_LIST) that is a command; --no-exec refuses it; or NULL */
    bool bounded;                 /* its input ends: the program ends with it */
    /* An argument that turns `bounded` around for the choice of the clock when it is given and not
     * false: stdin's `live`, rate's `count`. NULL: none. */
    const char *turned_by;
    /* The argument (listed as DSC_TIME) that is a function of an element and gives its time, by which
     * batches are cut: then the engine reads all of it as one batch, and cuts. NULL: none. */
    const char *times;
    /* The input is ONE batch unless one of these arguments is given
     * ("perBatch", "perFile", ..; ends with NULL); NULL: it is always cut. */
    const char *const *cut_by;
    size_t size;                  /* of the source's struct, which begins with dsc_source */

    int (*open)(dsc_source *s);
    /* Choose the next step of batch `time` (what has come until then): at most `max` bytes where
     * records allow, at least one record where there is one. Waits only if `wait` (bounded input,
     * such as a pipe on stdin). An empty range is an answer. */
    int (*plan)(dsc_source *s, int64_t time, size_t max, bool wait, dsc_range *range);
    /* Bring a planned piece to memory, now or again after a restart; give it back. */
    int (*read)(dsc_source *s, const dsc_piece *piece, dsc_block *block);
    void (*release)(dsc_source *s, dsc_block *block);
    /* Where the next plan would begin, as opaque bytes (returns their number, or negative), and
     * back to there. */
    int (*position)(dsc_source *s, void *bytes, size_t room);
    int (*seek)(dsc_source *s, const void *bytes, size_t n);
    /* Can another process read what this one has planned, by `seek` and `read`? NULL: never; then what is read goes into
     * the log of a checkpoint. */
    bool (*replays)(const dsc_source *s);
    /* Of a table that is to follow its files: a number above 0 for what open and read would find now, another
     * one when that has changed; -1 after dsc_fail. 0: it never changes. May be NULL, for the same. */
    int64_t (*identity)(dsc_source *s);
    /* Where it does not: does its input go on after `seek` in the split it was in? NULL: it begins anew, header and all. */
    bool (*goes_on)(const dsc_source *s);
    /* Where it does not: make `name`, in the open `folder`, a hard link to the file that a split is, which has been read from and not
     * all released. 1; 0: it cannot be done, or does not pay; -1 after dsc_fail. May be NULL. */
    int (*hold)(dsc_source *s, int32_t split, int folder, const char *name);
    /* Receive from now on: after `seek`, where there is one. May be NULL, and `plan` may come without it. */
    int (*begin)(dsc_source *s);
    /* No new input from now on (Ctrl-C); what has come is still planned. May be NULL. */
    void (*stop)(dsc_source *s);
    void (*close)(dsc_source *s);
} dsc_source_def;

struct dsc_source {
    const dsc_source_def *def;
    dsc_context *job;
    const dsc_node *node;
    dsc_arg *args;                /* by position in def->args; defaults filled in */
    /* What the format says, set before open. Bytes of a record, where pieces end at multiples from
     * the split's beginning (the last one may be cut short); 0: lines. And whether a split's first
     * line is no record: such a line is not counted by what counts records. */
    size_t record_size;
    bool header;
    /* Records that a batch may take; INT64_MAX: any number. Only sources with an argument `maxRate` look at it. */
    int64_t limit;
    /* Records that were dropped since nobody took them in time, also by processes before; as of the last plan. */
    int64_t dropped;
};

/* ---- sinks --------------------------------------------------------------- */

typedef enum dsc_sink_class {
    DSC_ATOMIC,                   /* publishing twice is publishing once (files) */
    DSC_IDEMPOTENT,
    DSC_AT_LEAST_ONCE             /* print, stdout, exec */
} dsc_sink_class;

/* What a new process needs to publish a prepared batch: opaque bytes. */
typedef struct dsc_token {
    uint8_t bytes[256];
    int n;
    bool nothing;                 /* publishing leaves no trace that lasts, so the batch need not be on stable storage for it */
} dsc_token;

typedef struct dsc_sink dsc_sink;

typedef struct dsc_sink_def {
    const char *name, *synopsis, *doc, *example;
    const dsc_arg_def *args;
    const dsc_bounds *bounds;     /* as a source's */
    const char *command;          /* as a source's */
    dsc_sink_class class;
    bool streams;                 /* takes its text step by step (stdout); else all at the batch's end */
    bool calls;                   /* takes no text: what the program's function (dsc_node.call) is given, at publishing (call) */
    bool counts_only;             /* never looks at elements (discard): they are not formatted */
    size_t size;

    int (*open)(dsc_sink *s);
    /* How many elements of a batch it takes; the engine formats and writes no more. -1: all. */
    int64_t (*limit)(dsc_sink *s);
    /* One batch: begin, write any number of times, prepare, publish; or abort. `text` is whole
     * elements in the sink's format (one a line), `n` bytes; `elements` counts those in it. Every
     * batch of its stream comes, empty ones too. */
    int (*begin)(dsc_sink *s, int64_t time);
    int (*write)(dsc_sink *s, const char *text, size_t n, int64_t elements);
    /* Sinks that take elements as values, of the node's type, and no text: those of a batch, in one or several parts, right
     * before `prepare`. NULL: they take text. */
    int (*rows)(dsc_sink *s, const void *elements, size_t n);
    /* `elements`: how many there were in all, which can be more than were written (limit). */
    int (*prepare)(dsc_sink *s, int64_t elements, dsc_token *token);
    int (*publish)(dsc_sink *s, const dsc_token *token);
    void (*abort)(dsc_sink *s);
    /* A process that has gone had prepared a batch with this token, and may have published it, also in part. `whole`: what
     * it had written is there, since the machine was not started anew. Returns 1 when the batch is published now; 0 when it
     * is to be made and published again, and the sink is as it was before. After open, for batch after batch, the first that
     * may need it first, until it returns 0. May be NULL. */
    int (*resume)(dsc_sink *s, const dsc_token *token, bool whole);
    /* The batch with this token was the last to be published: is the sink as it was left? After open, `resume` or the batches
     * that followed it. May be NULL. */
    int (*settled)(dsc_sink *s, const dsc_token *token);
    /* Is everything published on stable storage? Syncs. May be NULL. */
    int (*synced)(dsc_sink *s);
    void (*close)(dsc_sink *s);
} dsc_sink_def;

struct dsc_sink {
    const dsc_sink_def *def;
    dsc_context *job;
    const dsc_node *node;
    dsc_arg *args;
    bool durable;                 /* set before open: the job has a checkpoint, and `resume` may follow */
    bool counts;                  /* the batch that is prepared counts: what `resume` needs to publish it outlives this process */
    dsc_token last;               /* set before `resume`: of the last batch that counts */
    /* What the format says, set before open: what each output begins with (csv: a line of names),
     * often nothing; and the bytes of an element, 0: lines. */
    dsc_str header;
    size_t record_size;
};

/* All of them, made by the build from source/src_*.c and sink/snk_*.c; end with NULL. The last
 * line of such a file names its definition:  DSC_SOURCE(src_file)  or  DSC_SINK(snk_print). */
#define DSC_SOURCE(definition)
#define DSC_SINK(definition)
extern const dsc_source_def *const dsc_all_sources[];
extern const dsc_sink_def *const dsc_all_sinks[];
const dsc_source_def *dsc_find_source(const char *name);
const dsc_sink_def *dsc_find_sink(const char *name);

/* ---- formats -------------------------------------------------------------- */

typedef struct dsc_format dsc_format;

/* A format turns records (the bytes of a line, or of a fixed size) into elements and
 * elements into text. It is one file, format/fmt_NAME.c. Its functions run on many
 * threads at once on one dsc_format, which they do not change after open and header. */
typedef struct dsc_format_def {
    const char *name, *synopsis, *doc, *example;
    const dsc_arg_def *args;      /* header, separator, time ..; ends with name == NULL */
    bool typed;                   /* takes a type as its first argument: csv(Click) */
    size_t size;                  /* of the format's struct, which begins with dsc_format */

    /* Prepare for elements of f->type. */
    int (*open)(dsc_format *f);
    /* Bytes a record has; NULL: a record is a line. */
    size_t (*record_size)(const dsc_format *f);
    /* Does a split begin with a header line (csv of a record type)? Then `header` is called once
     * for each split, with its first line, before any record of that split is decoded; it returns
     * the split's layout, or NULL after dsc_fail. NULL: never. */
    bool (*has_header)(const dsc_format *f);
    void *(*header)(dsc_format *f, dsc_str line, const char *split_name);
    void (*free_header)(dsc_format *f, void *layout);
    /* One record to an element at `out` (f->type's layout; fields marked unused are left alone).
     * Strings may point into the record, or into scratch of the task. Returns 1, 0 for a record
     * that is to be passed over (a blank line), or -1 with *why for a bad one. */
    int (*decode)(const dsc_format *f, dsc_task *task, const void *layout, dsc_str record, void *out, const char **why);
    /* The same of up to n records from p on, quickly, as long as nothing unusual stands in them and their
     * lines end before `end`, beyond which nothing is read. Elements lie one after the other at `out`. Returns
     * how many were made, 0: `decode` is to see the first; at[i] is where record i begins, and the last of
     * n + 1 where the one behind those made does. May be NULL. */
    size_t (*usual)(const dsc_format *f, const void *layout, const char *p, const char *end, size_t n, void *out, const char **at);
    /* An element as text, without the end of the line. Returns NULL, or why the element cannot be
     * written in this format, which makes it bad; never the latter unless `may_refuse`. */
    const char *(*encode)(const dsc_format *f, dsc_task *task, struct rt_buf *out, const void *value);
    bool may_refuse;
    /* The first line of an output, without its end; nothing where there is none. May be NULL. */
    void (*encode_header)(const dsc_format *f, struct rt_buf *out);
    void (*close)(dsc_format *f);
} dsc_format_def;

struct dsc_format {
    const dsc_format_def *def;
    dsc_context *job;
    const dsc_node *node;
    const dsc_type *type;         /* of an element; dsc_field.unused marks what needs no decoding */
    dsc_arg *args;                /* by position in def->args */
};

/* All of them, made by the build from format/fmt_*.c, whose last line names the definitions:
 * DSC_FORMAT(fmt_csv, fmt_tsv). */
#define DSC_FORMAT(...)
extern const dsc_format_def *const dsc_all_formats[];
const dsc_format_def *dsc_find_format(const char *name);

#endif
