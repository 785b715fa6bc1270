/* core.h: the engine's own types: nodes with their state, tasks, morsels, and
 * what a morsel puts out.
 *
 * How a batch runs. Sources are read step by step; a step's input is cut into
 * morsels at record ends, and workers run the source's stage over them. At the
 * end of the batch's last step the nodes that are due finish in topological
 * order and their stages run over what they put out, cut into morsels too.
 * Whatever depends on order is put aside by morsel and put together in the
 * order of morsels by the main thread. So:
 *
 *   - nothing that is put out depends on the number of workers, on which worker
 *     took a morsel, or on where steps and morsels are cut;
 *   - a worker shares nothing that it writes with another while a stage runs. */
#ifndef RT_CORE_H
#define RT_CORE_H

#include "fold.h"
#include "rate.h"
#include "table.h"
#include "workers.h"
#include <pthread.h>

/* The parts of what a DSC_HELD that goes by event time holds of an element. */
enum { RT_HELD_CLOCK, RT_HELD_TIME, RT_HELD_SEEN, RT_HELD_KEY, RT_HELD_VALUE };

enum { RT_PLACES = 64 };          /* bytes of a morsel that a place of a result counts for */

typedef struct rt_node rt_node;
typedef struct rt_engine rt_engine;
typedef struct rt_window rt_window;
typedef struct rt_sorted rt_sorted;
typedef struct rt_rows rt_rows;
typedef struct rt_join rt_join;
typedef struct dsc_state rt_state;
typedef struct rt_event rt_event;
typedef struct rt_interval rt_interval;
typedef struct rt_decoder rt_decoder;
typedef struct rt_layouts rt_layouts;
typedef struct rt_timed rt_timed;

/* ---- what a morsel puts out ----------------------------------------------------- */

/* Text for a sink, whole elements. */
typedef struct rt_text rt_text;
struct rt_text {
    rt_text *next;
    rt_buf buf;
    int64_t count;                /* elements put, shown or not */
    int64_t room;                 /* elements that are written out; further ones are counted only */
    size_t *ends;                 /* where each ends, if the sink has a limit */
    size_t ends_cap;
};

/* Elements in order, their strings and lists in the arena (seq.c). */
typedef struct rt_seq rt_seq;
struct rt_seq {
    rt_seq *next;
    char *elements;
    size_t n, cap;
    size_t kept;                  /* of a DSC_SORTED: so many are the first ones of all before the others */
    rt_arena arena;
};
void rt_seq_push(rt_seq *seq, const dsc_type *type, const void *value);
void rt_seq_clear(rt_seq *seq);
void rt_seq_free(rt_seq *seq);

/* Why and where an element is bad. */
typedef struct rt_bad {
    int line, col;                /* of the program */
    const char *why;              /* NULL: none */
    bool combining;               /* in a function that combines: `on error skip` would not have helped */
    size_t morsel;                /* its number in the stage run */
    uint64_t place;               /* within the morsel */
    uint64_t record;              /* as in dsc_task */
} rt_bad;

/* What one worker has put into one node within one morsel: which of the three
 * depends on the node. */
typedef struct rt_out rt_out;
struct rt_out {
    rt_out *next;
    rt_node *node;
    rt_text *text;
    rt_seq *seq;
    rt_scatter *scatter;
};

/* ---- input of a stage --------------------------------------------------------------- */

/* Bytes to be cut into records (size == 0), or n elements of `size` bytes. */
typedef struct rt_span {
    const char *p;
    size_t n, size;
    uint64_t offset;              /* of p in the split */
    int32_t split;                /* its number, where it is bytes */
    const char *split_name;       /* or NULL */
    const void *layout;           /* of the split, by its header; or NULL */
    uint32_t head, head_lines;    /* what was cut off before p, where the split begins: bytes, and lines in them */
} rt_span;

/* Of a source cut by a time in the data: here a later batch begins. */
typedef struct rt_cut {
    const char *at;
    int64_t batch;                /* its number */
} rt_cut;

typedef struct rt_morsel {
    size_t first, last;           /* spans; or places in the node's result */
    rt_out *outs;                 /* in reverse order of first use */
    rt_bad bad;
    uint64_t records;
    rt_cut *cuts;                 /* found by dsc_at */
    size_t n_cuts, cuts_cap;
} rt_morsel;

/* ---- tasks ------------------------------------------------------------------------------ */

/* One worker's view of the stage run in hand. `ports` has a slot for every node:
 * a dsc_table of exact folds, an rt_text, rt_seq or rt_scatter; NULL until first used
 * in the morsel. */
/* Records that a format has decoded ahead of the stage. */
enum { RT_AHEAD = 64 };
typedef struct rt_ahead {
    const rt_node *node;          /* whose elements these are; NULL: of none yet */
    char *elements;               /* room for RT_AHEAD */
    size_t size;                  /* of an element */
    size_t next, n;               /* of these the stage has been given so many */
    size_t want;                  /* how many are tried next: few where many are unusual */
    size_t pause, left;           /* where none is usual, none is tried for so many records; of these so many are left */
    const char *at[RT_AHEAD + 1]; /* where each record begins */
} rt_ahead;

struct dsc_task {
    const char *at, *end;         /* what is left of the span */
    rt_arena scratch;
    uint64_t record;              /* the record in hand: its address, 0 before the first; or its place in the result;
                                   * or RT_STATE_KEY | id */
    size_t element_size;          /* of the span; 0: bytes */
    uint64_t records;             /* begun in this morsel */
    uint64_t place;               /* of what was put last, counted through the morsel */
    size_t next, last;            /* spans still to come; or places in the result */
    const rt_span *spans;
    const void *layout;           /* of the span */
    rt_ahead ahead;               /* records before `at` */
    rt_decoder *decoders;         /* of dsc_decode */
    dsc_event *events;            /* by clock */
    void **ports;
    rt_node **touched;            /* nodes whose port is set */
    int n_touched;
    rt_node *node;                /* whose stage runs */
    rt_morsel *morsel;            /* whose stage runs, or whose values are folded */
    size_t n_morsel;              /* its number in the stage run */
    rt_bad *bad;                  /* where dsc_bad writes */
    void *owned;                  /* an accumulator made for the element in hand, to be dropped; or NULL */
    const dsc_type *owned_type;
    struct rt_draws *draws;       /* of the program's samples (sample.c) */
    size_t draws_cap;
    bool combining;               /* dsc_bad is called by a combine: on error does not matter */
    uint64_t seq;                 /* number of the morsel, rising through the run */
    bool alone;                   /* no other worker runs: folds go straight in, in order */
    bool setting_up;
    bool timing;                  /* dsc_node.times runs: what is bad is told of by the stage, later */
    int64_t top;                  /* timing: the last batch of a time so far */
    int worker;
    rt_engine *engine;
    rt_buf key;                   /* bytes of a key that is looked up */
    dsc_context *job;
    char apart[128];              /* what two workers write lies on different cache lines */
};

/* ---- nodes ------------------------------------------------------------------------------- */

typedef struct rt_source_state {
    dsc_source *conn;
    bool open, stopped, ended;
    bool cut;                     /* it ended when it was told to stop: there may be more input */
    int64_t records;              /* of the batch in hand */
    int64_t dropped;              /* conn->dropped before it */
    rt_pid pid;                   /* of those that can be held back */
    dsc_range range;              /* of the step in hand */
    int64_t identity;             /* of a table: what was there when it was read last */
    rt_timed *timed;              /* cut by a time in the data; or NULL */
} rt_source_state;

typedef struct rt_sink_state {
    dsc_sink *conn;
    bool open, begun;
    bool published;               /* recovery: a process before has published the batch in hand */
    bool known, resumed;          /* `token` is that of the last batch; recovery: the sink has been told where it is */
    int64_t limit;                /* INT64_MAX: none */
    int64_t total;                /* elements of this batch so far, of finished morsels */
    int64_t written;              /* of which the sink was given */
    rt_text *first, **last;       /* texts of the step in hand, in order */
    dsc_token token;
} rt_sink_state;

struct rt_node {
    const dsc_node *def;
    int index;
    int64_t in_slide, slide;      /* of its input, of what it puts out */
    int64_t length;               /* of a window */
    rt_node **feeds;              /* nodes that its stage puts into */
    int n_feeds;
    size_t feeds_cap;
    bool skipping;                /* window: the batch in hand lies in the gap between two windows */
    rt_source_state source;
    rt_sink_state sink;
    dsc_format *format;           /* sinks, and sources of bytes; else NULL */
    size_t record_size;           /* 0: lines */
    bool plain;                   /* the format is `lines` */
    rt_layouts *layouts;          /* sources: of the splits seen last */
    dsc_on_error on_error;        /* of what its stage makes */
    int dead_letter;              /* DSC_DEAD_LETTER: the sink, one of the engine's own */
    rt_keyed keyed;               /* DSC_FOLD, DSC_GROUP, DSC_UPDATE; DSC_WINDOW_FOLD: of the open pane */
    rt_window *window;            /* DSC_WINDOW_FOLD, DSC_WINDOW */
    rt_rows *rows;                /* DSC_TABLE */
    int group;                    /* of tables that are read together; see once.c */
    bool said;                    /* that reading them again has failed */
    rt_join *join;                /* DSC_HELD that joins; NULL until first used */
    rt_seq *held, **last_held;    /* DSC_HELD: of the batch in hand; DSC_TABLE: of the table being read. In order */
    rt_state *state;              /* DSC_UPDATE, and DSC_HELD that keep state */
    dsc_arg *args;                /* of operators, by rt_op_args */
    bool limited, descending;     /* DSC_SORTED: are only `limit` elements asked for; do the largest come first? */
    int64_t limit;
    rt_sorted *sorted;
    rt_event *event;              /* DSC_HELD that go by event time */
    rt_interval *interval;        /* DSC_INTERVAL; NULL until first used */
    int64_t ends;                 /* since zero: it gives nothing after that; 0: not known yet */
    rt_text *spare_texts;         /* under engine->spares */
    rt_seq *spare_seqs;
    rt_scatter *spare_scatters;
    rt_out *spare_outs;
};

/* Does its stage read elements one after the other, and not places of a result? Of what type? */
static inline bool rt_reads_elements(const rt_node *node)
{
    switch (node->def->kind) {
    case DSC_SOURCE: case DSC_WINDOW: case DSC_HELD: case DSC_SORTED: case DSC_TABLE: return true;
    default: return false;
    }
}

/* Bit of dsc_task.record: what is in hand is no element and no place but a key of the node's state,
 * whose id the other bits are. */
#define RT_STATE_KEY ((uint64_t)1 << 63)

static inline const dsc_type *rt_element_type(const rt_node *node)
{
    return node->def->held ? node->def->held : node->def->type;
}

/* An element as messages show it, and its type: without the key that it is sorted by, the side it is of,
 * or what is held with it of event time. */
static inline const char *rt_shown(const rt_node *node, const char *element, const dsc_type **type)
{
    const dsc_node *def = node->def;
    if (def->by_time) {
        *type = def->held->fields[RT_HELD_VALUE].type;
        return element + def->held->fields[RT_HELD_VALUE].offset;
    }
    bool keyed = def->kind == DSC_SORTED && def->held != def->type && def->key;
    *type = rt_element_type(node);
    if (!keyed && def->sides == 0)
        return element;
    const dsc_field *part = &def->held->fields[keyed ? 1 : 1 + *(const int64_t *)(const void *)element];
    *type = part->type;
    return element + part->offset;
}

struct rt_engine {
    dsc_context *job;
    rt_pool *pool;
    dsc_task *tasks;              /* one a worker */
    int n_tasks;
    rt_node *nodes;
    int n_nodes;                  /* those of the program, and behind them sinks of dead letters */
    int64_t time;                 /* of the batch in hand */
    rt_batch_log log;             /* of the batch in hand; `done` and `records` once it is */
    uint64_t seq;                 /* of the next morsel: from 1 on, rising through the run */
    rt_morsel *morsels;           /* of the stage run in hand */
    size_t n_morsels, morsels_cap;
    rt_span *spans;
    size_t n_spans, spans_cap;
    pthread_mutex_t spares;
    atomic_size_t lowest_bad;     /* morsels above are not begun */
    int64_t last;                 /* the last batch's time since zero, once the input has ended; else INT64_MAX */
    int64_t records;              /* input records of the batch */
    int64_t empty;                /* batches without any since the last that had some */
    int64_t skipped, late;        /* of the batch: elements left out, as bad or late; late ones, whatever became of them */
    bool taking_in;               /* what is held is only taken in: the batch goes on */
    rt_bad gather_bad[RT_PARTITIONS];  /* of the round in hand */
    struct rt_clock_set *clocks;  /* of event time (event.c) */
    rt_arena arguments;           /* of connectors */
    int metrics;                  /* the file of --metrics; -1: none */
    bool signals;                 /* their handlers are ours */
    struct rt_durable *durable;   /* the job's checkpoint, or NULL */
    bool mute;                    /* recovery: what the batch in hand puts out has been published */
    struct rt_aside *aside;       /* by node, while a table is read: what sinks were to get before; else NULL */
    struct rt_skips *skips;       /* bad elements that were left out (bad.c) */
};

/* Arguments that operators have beside their functions and windows (nodes.c). */
extern const dsc_arg_def rt_op_args[];
static inline dsc_arg *rt_op_arg(const rt_node *node, const char *name) { return rt_args_find(node->args, rt_op_args, name); }

/* ---- running a stage (stage.c) -------------------------------------------------------------- */

/* Run the node's stage over engine->spans (sources, windows of values) or over places 0 .. n - 1 of
 * its result (n_places; the others pass 0). */
int rt_stage_run_spans(rt_engine *e, rt_node *node);
int rt_stage_run_places(rt_engine *e, rt_node *node, size_t n_places);
/* Run it once, over all of engine->spans or over none. */
int rt_stage_run_once(rt_engine *e, rt_node *node);
void rt_spans_add(rt_engine *e, rt_span span);
void rt_morsels_drop(rt_engine *e);              /* what a failed run has left in them, and in tasks */
void rt_morsels_free(rt_engine *e);              /* and what a failed run has left in them */
void rt_outs_free(rt_node *node);                /* spare buffers */

/* Check its arguments and open it. (engine.c) */
int rt_source_open(rt_engine *e, rt_node *node);
/* Run dsc_node.times over engine->spans; what it finds stays with the morsels. */
int rt_stage_run_times(rt_engine *e, rt_node *node, int64_t top);

/* The port of a task to a node, made at first use in the morsel. */
void *rt_port_open(dsc_task *task, rt_node *node);
static inline void *rt_port(dsc_task *task, int node)
{
    void *port = task->ports[node];
    return RT_LIKELY(port != NULL) ? port : rt_port_open(task, &task->engine->nodes[node]);
}

/* ---- formats (records.c) ------------------------------------------------------------------------- */

/* A format with its arguments' defaults; raises. */
dsc_format *rt_format_new(dsc_context *job, const char *name, const dsc_node *node, const dsc_type *type);
/* Opens it, and tells the node's connector what follows from it. */
int rt_format_open(rt_engine *e, rt_node *node);
/* The format, the layouts of splits; the decoders of a task. */
void rt_format_free(rt_node *node);
void rt_decoders_free(dsc_task *task);
/* Add a block as a span: where a split begins, without the mark of UTF-8 and the header. */
int rt_block_add(rt_engine *e, rt_node *node, int32_t split, const dsc_block *block);
/* The layouts of splits that are in hand: out, n and then split, where it begins, header (durable/bytes.h); in; and none any more. */
void rt_layouts_put(struct rt_buf *b, const rt_node *node);
int rt_layout_set(rt_node *node, int32_t split, uint64_t begin, dsc_str header);
void rt_layouts_forget(rt_node *node);
/* Move to the next span that is not empty. */
bool rt_next_span(dsc_task *task);

/* ---- sinks (put.c) ----------------------------------------------------------------------------- */

void rt_text_free(rt_text *text);
/* The text of a finished morsel joins the step. */
void rt_sink_take(rt_engine *e, rt_node *node, rt_text *text);
/* Give the sink what the step collected, all of it; begins its batch where needed. */
int rt_sink_write(rt_engine *e, rt_node *node);
int rt_sink_prepare(rt_engine *e, rt_node *node);
int rt_sink_publish(rt_engine *e, rt_node *node);
/* Call the node's function with what it holds, which is gone then. (call.c) */
int rt_call_publish(rt_engine *e, rt_node *node);
/* Drop what was collected and, if its batch has begun, abort that. */
void rt_sink_abort(rt_node *node);
/* What the step in hand has for the sink, to be put aside; and back, in front of what has come since, which is dropped unless `keep`. */
typedef struct rt_aside {
    rt_text *first, **last;
    int64_t total;
} rt_aside;
void rt_sink_aside(rt_node *node, rt_aside *aside);
void rt_sink_back(rt_node *node, const rt_aside *aside, bool keep);

/* ---- windows (window.c) ---------------------------------------------------------------------------- */

void rt_window_new(rt_node *node);
void rt_window_free(rt_node *node);
/* A batch begins: does it lie in a gap? */
bool rt_window_skips(const rt_node *node, int64_t since_zero);
/* The inputs of the batch are complete. Closes the pane when one ends, and slides when that is due. */
int rt_window_tick(rt_engine *e, rt_node *node, int64_t since_zero, bool slides);
/* After a slide. DSC_WINDOW_FOLD: how many keys it puts out; the place-th of them. */
size_t rt_window_places(const rt_node *node);
const void *rt_window_at(rt_node *node, dsc_task *task, size_t place, void *key);
/* The key alone; false where there is none. */
bool rt_window_key(const rt_node *node, size_t place, void *key, rt_arena *arena);
/* DSC_WINDOW: its elements as spans. */
void rt_window_spans(rt_engine *e, rt_node *node);
void rt_window_push(rt_node *node, rt_seq *seq);

/* ---- rates (rate.c) ------------------------------------------------------------------------------------- */

/* Limits before the first batch; after a batch; and none any more, since the job stops. */
void rt_rates_begin(rt_engine *e);
void rt_rates_batch(rt_engine *e, const rt_batch_log *batch);
void rt_rates_stop(rt_engine *e);

/* Its keys, panes and bytes. */
typedef struct rt_kept {
    int64_t keys;
    size_t panes, bytes;
} rt_kept;
void rt_window_kept(const rt_node *node, rt_kept *kept);

/* ---- metrics (metrics.c) --------------------------------------------------------------------------- */

/* Open the file of --metrics, where it is asked for; -1 after dsc_fail. */
int rt_metrics_open(rt_engine *e);
int rt_metrics_batch(rt_engine *e, const rt_batch_log *batch);
void rt_metrics_close(rt_engine *e);
/* After the node's part of a batch: does it keep more than its `maxBytes`? Then -1 after dsc_fail. */
int rt_kept_check(rt_engine *e, const rt_node *node);

/* ---- what is held (held.c, state.c) ------------------------------------------------------------------ */

void rt_held_push(rt_node *node, rt_seq *seq);
void rt_held_spans(rt_engine *e, rt_node *node);
/* Nothing is held; the memory is kept. */
void rt_held_clear(rt_node *node);

/* ---- what is sorted (sorted.c) ------------------------------------------------------------------------ */

void rt_sorted_new(rt_node *node, int workers);
void rt_sorted_free(rt_node *node);
/* A morsel has put in all it has, by the worker that ran it; then, morsel by morsel, they are taken over. */
void rt_sorted_end(rt_node *node, dsc_task *task, rt_seq *seq);
void rt_sorted_take(rt_engine *e, rt_node *node, rt_seq *seq);
/* The batch is complete: its elements in order as a span, until it is cleared. */
void rt_sorted_spans(rt_engine *e, rt_node *node);
void rt_sorted_clear(rt_node *node);

rt_state *rt_state_new(const dsc_type *key, const dsc_type *value);    /* raises */
void rt_state_free(rt_state *state);
const dsc_type *rt_state_key_type(const rt_state *state);      /* NULL: one state, without a key */
const dsc_type *rt_state_value_type(const rt_state *state);
/* Take over the node's `timeout` and `maxKeys`. */
void rt_state_limit(rt_state *state, dsc_context *job, const rt_node *node);
/* Before the first batch, whose time is `time`: the pairs of the argument `init`. */
void rt_state_begin(rt_state *state, const dsc_arg *init, int64_t time);
/* It has been read back: `init` was before. */
void rt_state_restored(rt_state *state);
/* Bytes that it takes. */
size_t rt_state_bytes(const rt_state *state);
/* DSC_UPDATE: its stage is about to run. */
void rt_update_begin(rt_node *node);
/* The operator keeps more keys than its `maxKeys`: sets the job's error, returns -1. */
int rt_too_many_keys(dsc_context *job, const dsc_node *def, int64_t most);
/* A batch is done: places and bytes that are no longer used are given back. */
void rt_state_tidy(rt_state *state);

/* States by id, for the runtime's own operators. What rt_state_at points to is valid until the next upsert or
 * removal; rt_state_change gives the same where it is to be changed in place, as may be what is flat. */
uint32_t rt_state_upsert(rt_state *state, const void *key, bool *fresh);     /* new ones are zero bytes */
uint32_t rt_state_find(rt_state *state, const void *key);                    /* RT_NO_ID: none */
const void *rt_state_at(const rt_state *state, uint32_t id);
void *rt_state_change(rt_state *state, uint32_t id);
void rt_state_key(const rt_state *state, uint32_t id, void *key, rt_arena *arena);
void rt_state_remove(rt_state *state, uint32_t id);
/* The next id in the order of birth; *cursor begins at 0. */
bool rt_state_next(const rt_state *state, uint64_t *cursor, uint32_t *id);
/* Combine a value into the accumulator at an offset of the state, which it becomes a copy of when fresh. */
bool rt_state_combine(rt_state *state, uint32_t id, size_t offset, const dsc_fold *fold, dsc_task *task, bool fresh, const void *value);
/* Put a deep copy of a value at an offset of the state, where zero bytes are. */
void rt_state_fill(rt_state *state, uint32_t id, size_t offset, const dsc_type *type, const void *value);

/* ---- event time (event.c) --------------------------------------------------------------------------------- */

void rt_events_make(rt_engine *e);               /* raises */
void rt_events_free(rt_engine *e);
void rt_event_new(rt_node *node);                /* raises */
void rt_event_free(rt_node *node);
void rt_interval_free(rt_node *node);            /* (interval.c) */
/* Are the lengths that setup has given right? -1 after dsc_fail. */
int rt_event_check(rt_engine *e, const rt_node *node);
/* A morsel begins; it is done: what it fed is told how far time has come in it. */
void rt_event_begin(dsc_task *task);
void rt_event_mark(dsc_task *task);
/* An element is to be pushed to a node of several clocks: marks of the others stand before it. */
void rt_event_push(dsc_task *task, const rt_node *to, const void *held);
/* Can its stage run over a part of the batch? Then it puts nothing out. */
bool rt_event_takes_in(const rt_node *node);
/* Before what is due at the end of a batch runs: which nodes have had their last input? Is it known now, when
 * the stage of this one runs? */
void rt_event_ends(rt_engine *e, int64_t since_zero);
bool rt_event_ended(const rt_engine *e, const rt_node *node);
/* The key and window in hand, printed; false where there is none. */
bool rt_event_print_key(rt_buf *b, dsc_task *task, const rt_node *node);
void rt_join_clear(rt_node *node);               /* what it knows of a batch; the memory is kept */
void rt_join_free(rt_node *node);

/* ---- tables of the program (rows.c, once.c) ----------------------------------------------------------- */

void rt_rows_new(rt_node *node);
void rt_rows_free(rt_node *node);
/* All rows have come: index them. They are not seen before rt_rows_replace. */
void rt_rows_finish(rt_node *node);
void rt_rows_replace(rt_node *node);
/* Forget what has come, and is not seen yet. */
void rt_rows_drop(rt_node *node);
/* Has the table been read? */
bool rt_rows_are_there(const rt_node *node);
/* The rows as spans. */
void rt_rows_spans(rt_engine *e, const rt_node *node);

/* Tables that are read together make a group, which has the number of its first node; before anything is read. */
void rt_tables_group(rt_engine *e);
/* Read the tables, before the first batch, whose time is e->time; all, or those that have not been. */
int rt_tables_read(rt_engine *e, bool all);
/* Read a group again; `read` gives what its sources of bytes gave once. */
int rt_tables_restore(rt_engine *e, int group, int (*read)(void *arg, rt_node *source), void *arg);
/* A batch begins: those whose files have changed are read again. One that cannot be stays as it was. */
void rt_tables_reload(rt_engine *e);

/* ---- bad elements (bad.c) ---------------------------------------------------------------------------- */

/* The element is the bad one of a stage run of `node`: sets the job's error, which names it and
 * shows its record or element; bad->morsel is SIZE_MAX when neither is known. Returns -1. */
int rt_bad_fail(rt_engine *e, rt_node *node, const rt_bad *bad);
/* Is a before b in the input? Those without a reason come last. */
bool rt_bad_before(const rt_bad *a, const rt_bad *b);
/* The span that holds the record or element; NULL: none of the step does. */
const rt_span *rt_span_of(const rt_engine *e, const char *record);
/* Bytes of the record, without the end of its line. */
size_t rt_record_length(const rt_node *node, const rt_span *span, const char *record);
/* Print the key at a place of the node's result; false where there is none. */
bool rt_print_key_at(rt_buf *b, dsc_task *task, rt_node *node, uint64_t place);
/* n elements were left out for being late, or went to a stream of their own. */
void rt_late_count(rt_engine *e, const dsc_by_time *by_time, int64_t n);
/* What was left out or written aside, to standard error. */
void rt_skips_report(rt_engine *e);
void rt_skips_free(rt_engine *e);

/* ---- dead letters (dead.c) ------------------------------------------------------------------------------ */

/* How many folders of dead letters a program names; each becomes a sink behind the program's nodes. */
int rt_dead_letters_count(const dsc_program *program);
/* Make them, and say of each node what becomes of the bad elements of its stage. */
void rt_dead_letters_make(rt_engine *e);
void rt_dead_letters_free(rt_engine *e);
/* The element in hand is bad: write it to the folder of the node in hand. */
void rt_dead_letter(dsc_task *task, int line, int col, const char *why);
/* ---- sources cut by a time in the data (timed.c) ----------------------------------------------------- */

void rt_timed_new(rt_node *node);
void rt_timed_free(rt_node *node);
/* Read as far as the first element with a time, and say when the first batch begins. */
int rt_timed_start(rt_engine *e);
/* Run the stage over what there is of the batch in hand; *more: its end has not been seen. */
int rt_timed_read(rt_engine *e, rt_node *node, bool *more);
/* After e->empty empty batches: the time of the next batch, `time` or later. */
int64_t rt_timed_skip(rt_engine *e, int64_t time);
/* Does time come from the data? */
bool rt_timed_any(const rt_engine *e);
/* Where what no batch has taken yet begins: out, as a text (durable/bytes.h); in, from the bytes of one. */
void rt_timed_put(struct rt_buf *b, const rt_node *node);
int rt_timed_seek(rt_node *node, dsc_str position);
/* Batches until e->time have been run by a process before: look ahead as it did. */
int rt_timed_resume(rt_engine *e);
/* So many empty batches are run before any is passed over. */
int64_t rt_longest_gap(const rt_engine *e);

/* ---- batches behind their time (delay.c) -------------------------------------------------------------- */

/* What has been told of; told_at begins at INT64_MIN / 2. */
typedef struct rt_delays {
    int64_t told_of, told_at;     /* a scheduling delay, 0: none or it is over; and when */
    bool ahead;                   /* that the system's time lies behind the job's */
} rt_delays;
/* A batch has been run: a job that falls behind says so, at most every 10 s and when the delay has doubled, and when it has caught up. */
void rt_delay_batch(dsc_context *job, rt_delays *d, const rt_batch_log *log);
/* A batch is next: the same of a clock that was set back. */
void rt_delay_clock(dsc_context *job, rt_delays *d);
/* As rt_timed_skip, of a job that is behind the real clock. */
int64_t rt_delay_skip(rt_engine *e, int64_t time);

static inline int64_t rt_gcd(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* ---- nodes (nodes.c) ---------------------------------------------------------------------------------- */

/* Nodes with their connectors, whose arguments have the defaults. Raises. */
void rt_nodes_make(rt_engine *e);
/* After the program's setup: slides, and whether windows fit them; -1 after dsc_fail. */
int rt_nodes_find_slides(rt_engine *e);
void rt_nodes_make_state(rt_engine *e);          /* raises */
void rt_nodes_free(rt_engine *e);                /* closes the connectors that are open */

/* ---- the batch (batch.c) and the job (engine.c) --------------------------------------------------------- */

int rt_batch_run(rt_engine *e, int64_t time);
/* Read a source to the end of its batch. `last`: no other source follows, so that the last step is
 * left open for what is due. */
int rt_source_read(rt_engine *e, rt_node *node, bool last);
/* What the node holds is complete: its stage runs, if it is due. */
int rt_node_tick(rt_engine *e, rt_node *node, int64_t since_zero);
/* The same with tables and sources that `input` reads, from *r on. */
struct rt_reader;
int rt_batch_rerun(rt_engine *e, int64_t time, int (*input)(void *arg, struct rt_reader *r), void *arg, struct rt_reader *r);
/* A step: run the stage over a range, whose blocks are `logged`, or are read where that is NULL; and give sinks what came of it. */
int rt_run_range(rt_engine *e, rt_node *node, const dsc_range *range, dsc_block *logged);
int rt_write_step(rt_engine *e);
/* A batch has been run: had it input? */
static inline void rt_count_empty(rt_engine *e) { e->empty = e->records > 0 ? 0 : e->empty + 1; }
/* A copy, terminated, that lives as long as the engine. (engine.c) */
const char *rt_engine_text(rt_engine *e, dsc_str text);
/* Has all input ended? And if it has in the batch at `since_zero`: when has every window slid once more? (engine.c) */
bool rt_all_ended(const rt_engine *e);
/* Has its input come to an end? */
static inline bool rt_source_ended(const rt_node *node) { return node->source.ended && !node->source.cut; }
int64_t rt_last_slide(const rt_engine *e, int64_t since_zero);
/* Can another process read again what it has read? (durable.c) */
bool rt_source_replays(const rt_node *node);
/* The next step of a source to node->source.range. */
int rt_source_plan(rt_engine *e, rt_node *node);
/* Does the node put out at this time? */
static inline bool rt_due(int64_t since_zero, int64_t slide) { return slide > 0 && since_zero % slide == 0; }

/* A sink with its arguments' defaults; raises. (engine.c) */
void rt_sink_make(rt_engine *e, rt_node *node);
/* Tell the sources, once, that the job ends (SIGINT, SIGTERM). */
void rt_sources_stop(rt_engine *e);

/* Has a guarded file been cut short? Then sets the error and returns -1. (guard.c) */
int rt_guard_check(dsc_context *job);

#endif
