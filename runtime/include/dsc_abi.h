/* dsc_abi.h: the contract between generated C and the runtime.
 *
 * Generated C sees this header and nothing else. It must compile alone under
 * gcc, clang and tcc (tcc without any system header), so it declares the few
 * standard names it needs itself there. Everything below either is a type that
 * generated code lays out, or a function in DSC_ABI_FUNCTIONS, the one list
 * that makes the prototypes, the JIT's symbol table and the link check.
 *
 * Conventions
 *   - Times and durations are int64_t microseconds; times count from 1970 UTC.
 *   - A `dsc_task` is one worker's view of one stage run. It is passed first
 *     wherever memory may be taken or an element may turn out bad.
 *   - Memory returned by functions that take a task is the task's scratch: it
 *     lives until the next call of dsc_next_*. Whatever is put into a table,
 *     a buffer or a sink is copied there.
 *   - A function that returns bool and has an `out` parameter says false for
 *     "none" (parse, find, get) or for "bad element" (add, div); its comment
 *     says which.
 */
#ifndef DSC_ABI_H
#define DSC_ABI_H

#define DSC_ABI_VERSION 1

#ifdef __TINYC__
typedef signed char int8_t;
typedef unsigned char uint8_t;
typedef short int16_t;
typedef unsigned short uint16_t;
typedef int int32_t;
typedef unsigned int uint32_t;
typedef long int64_t;
typedef unsigned long uint64_t;
typedef unsigned long size_t;
#define bool _Bool
#define true 1
#define false 0
#define NULL ((void *)0)
#define offsetof(type, field) ((size_t)&((type *)0)->field)
int memcmp(const void *, const void *, size_t);
#define DSC_MEMCMP memcmp
#define INT64_MIN (-0x7fffffffffffffffL - 1)
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#define DSC_MEMCMP __builtin_memcmp
#endif

/* ---- values ---------------------------------------------------------- */

/* A string: n bytes at p, any bytes, not terminated. Empty: n == 0, p any. */
typedef struct dsc_str {
    const char *p;
    int64_t n;
} dsc_str;

/* A list: n elements, laid out one after the other at p. */
typedef struct dsc_list {
    const void *p;
    int64_t n;
} dsc_list;

#define DSC_STR(text) ((dsc_str){(text), (int64_t)sizeof(text) - 1})
/* Is the string, a name, this text? No call where the lengths differ, also under tcc, which inlines nothing. */
#define DSC_STR_IS(s, text) ((s).n == (int64_t)sizeof(text) - 1 && DSC_MEMCMP((s).p, (text), sizeof(text) - 1) == 0)

/* The exact sum of any number of ints: a 128-bit integer, hi:lo. */
typedef struct dsc_isum {
    uint64_t lo;
    int64_t hi;
} dsc_isum;

/* The exact sum of any number of floats, rounded only when read: h + l while
 * that is exact, else `wide` points to a fixed-point accumulator that the
 * runtime owns. All zero bytes is the empty sum. */
typedef struct dsc_fsum {
    double h, l;
    void *wide;
} dsc_fsum;

/* Event time of the element in hand: of eventTime number `clock` of the program. */
typedef struct dsc_event {
    int64_t time;
    int64_t seen;                 /* the largest time so far in this morsel; INT64_MIN: none */
    int64_t clock;
} dsc_event;

/* ---- descriptors ----------------------------------------------------- */

typedef enum dsc_kind {
    DSC_INT, DSC_FLOAT, DSC_BOOL, DSC_STRING, DSC_BYTES, DSC_TIME, DSC_DURATION,
    DSC_TUPLE, DSC_RECORD, DSC_LIST, DSC_OPTION,
    DSC_ISUM, DSC_FSUM            /* accumulators only */
} dsc_kind;

typedef struct dsc_type dsc_type;

typedef struct dsc_field {
    const char *name;             /* record: the field's name; else NULL */
    const dsc_type *type;
    uint32_t offset;              /* bytes from the start of the struct */
    bool unused;                  /* of a source's elements: the program never looks at it, decoders skip it */
} dsc_field;

/* The layout of a type. C representation:
 *   int, time, duration int64_t; float double; bool bool; string, bytes dsc_str;
 *   list dsc_list; tuple and record a struct of their fields in order;
 *   option a struct { T v; bool some; } (when not some, v is all zero bytes). */
struct dsc_type {
    dsc_kind kind;
    uint32_t size;                /* sizeof the C representation */
    uint32_t n;                   /* number of fields */
    const dsc_field *fields;      /* tuple, record: n of them; list, option: 1 (the element) */
    uint32_t some;                /* option: offset of the flag */
    bool flat;                    /* holds no pointer: a copy of its bytes is a copy */
};

/* The types that need no generated descriptor. */
extern const dsc_type dsc_type_int, dsc_type_float, dsc_type_bool, dsc_type_string,
    dsc_type_bytes, dsc_type_time, dsc_type_duration, dsc_type_isum, dsc_type_fsum;

typedef struct dsc_task dsc_task;
typedef struct dsc_table dsc_table;   /* key -> accumulator, see dsc_intake_* */
typedef struct dsc_rows dsc_rows;     /* the rows of a table by key, see dsc_rows_of */
typedef struct dsc_state dsc_state;   /* key -> state, kept from batch to batch, see dsc_state_of */

/* How a fold combines values. The first value of a key is copied into its
 * accumulator; each further one is combined into it.
 *
 *   exact   any order and grouping gives the same bytes, so threads may fold
 *           apart and merge. Otherwise the runtime folds in input order.
 *   group   `remove` undoes `combine`: windows subtract what leaves.
 *   joins   accumulators are lists, and `combine` joins the second to the first.
 *   parts   of exact folds of ints and floats: what each 8 bytes of a value are for, one letter each (dsc_part);
 *           windows then keep them in columns. NULL: they are not told.
 *   value   what is put in is of this type, and `create` makes an accumulator (zero bytes before) of the
 *           first value; never exact, nor in a window. NULL: both are of one type.
 * combine and create return false when the function failed; it has called dsc_bad then. */
typedef struct dsc_fold {
    const dsc_type *acc, *value;
    bool exact;
    bool group, joins;
    const char *parts;
    bool (*create)(dsc_task *task, void *acc, const void *value);
    bool (*combine)(dsc_task *task, void *acc, const void *other);
    void (*remove)(void *acc, const void *other);
} dsc_fold;

/* The accumulator has a dsc_isum for each sum, else the 8 bytes of a value. */
typedef enum dsc_part {
    DSC_COUNT_PART = 'c', DSC_SUM_PART = 's',
    DSC_INT_MIN_PART = 'i', DSC_INT_MAX_PART = 'I', DSC_FLOAT_MIN_PART = 'f', DSC_FLOAT_MAX_PART = 'F'
} dsc_part;

/* How values come into the accumulators of an exact fold: n values, one after the other, each into
 * its own of accs, which is still zero bytes where it is fresh. A copy of a value's bytes is a copy. */
typedef struct dsc_intake {
    uint32_t size;                /* of a value */
    void (*put)(void *const *accs, const void *values, const bool *fresh, int64_t n);
} dsc_intake;

typedef enum dsc_node_kind {
    DSC_SOURCE,        /* reads records; stage pushes each of them */
    DSC_FOLD,          /* a batch's fold, by key or (key == NULL) of all elements */
    DSC_GROUP,         /* a batch's lists of values by key; put in with dsc_group */
    DSC_WINDOW_FOLD,   /* a fold over the panes of a window */
    DSC_WINDOW,        /* the elements of a window, put in with dsc_push */
    DSC_HELD,          /* the elements of a batch, put in with dsc_push; its stage runs once over all of them,
                        * one after the other, also when there are none; may keep state */
    DSC_SORTED,        /* the elements of a batch in the order of a key, or the first of them; put in with dsc_sort_in */
    DSC_TABLE,         /* the rows of a table, put in with dsc_push before the first batch. With a key its
                        * `type` is a pair, and rows are looked up; else its stage puts all out at each batch.
                        * Where `held` is given it is (key, value, time), and rows are looked up by time, too */
    DSC_UPDATE,        /* a batch's values by key, put in with dsc_group_in, and the states of all keys; its stage
                        * runs once over both */
    DSC_SINK           /* has no stage; put in with dsc_put */
} dsc_node_kind;

enum { DSC_OUTER_LEFT = 1, DSC_OUTER_RIGHT = 2 };   /* dsc_next_match */

/* What becomes of a bad element. */
typedef enum dsc_on_error {
    DSC_STOP,          /* the program stops */
    DSC_SKIP,          /* it is counted and dropped */
    DSC_DEAD_LETTER    /* and written aside */
} dsc_on_error;

/* What a DSC_HELD does by event time. */
typedef enum dsc_by_time_kind {
    DSC_SLIDING,       /* windows of one length every so often; tumbling ones too */
    DSC_SESSIONS,
    DSC_DISTINCT,      /* the first element of a key */
    DSC_INTERVAL       /* pairs of two sides that are near in time; its values are (int side, left, right) */
} dsc_by_time_kind;

/* What becomes of elements whose window has closed. */
typedef enum dsc_late {
    DSC_LATE_DROPPED, DSC_LATE_UPDATES, DSC_LATE_ASIDE
} dsc_late;

/* A DSC_HELD that goes by event time holds (int clock, time, time seen, K key, value) of each element, as in
 * dsc_event; windows with a fold hold accumulators as values. Of its state see runtime/event.c. */
typedef struct dsc_by_time {
    dsc_by_time_kind kind;
    dsc_late late;
    const char *why;              /* "late for tumbling": counted under this */
    const char *aside;            /* DSC_LATE_ASIDE: the stream they go to; NULL: nobody takes it */
    int32_t line, col;
    int32_t n_clocks;             /* whose elements come here; 0: by the time of batches (DSC_DISTINCT only) */
    const int32_t *clocks;
} dsc_by_time;

/* A source, a sink, or an operator that holds elements back until the end of
 * a batch. Whatever is neither is fused into the stage of the node it follows. */
typedef struct dsc_node {
    dsc_node_kind kind;
    const char *name;             /* the name in the program, or made from it: unique */
    const char *op;               /* "reduceByKey", "socket", "print" */
    const char *format;           /* sources and sinks: "lines"; else NULL */
    int32_t line, col;            /* where the program says so */
    int32_t n_inputs;
    const int32_t *inputs;        /* nodes whose stages feed this one; empty for sources */
    const dsc_type *type;         /* what it puts out (sink: takes; DSC_FOLD: NULL) */
    const dsc_type *key;          /* by-key nodes: the key's type, else NULL; DSC_HELD: that of its state, if any; DSC_SORTED: that it is sorted by */
    const dsc_type *held;         /* DSC_HELD: what is put in. Of several inputs: a tuple (side, A, B ..), where side
                                   * is the input's number from 0 and the parts of the others are zero bytes.
                                   * DSC_SORTED: the elements, or, where there is a key, pairs (key, element). DSC_UPDATE: a value */
    int32_t sides;                /* DSC_HELD: its inputs, where they are several */
    const dsc_type *state;        /* DSC_HELD, DSC_UPDATE: what it keeps for each key from batch to batch; NULL: nothing */
    const dsc_by_time *by_time;   /* DSC_HELD that go by event time */
    const dsc_fold *fold;         /* folds; DSC_GROUP: NULL, its value type is `type` */
    bool once;                    /* part of a table: runs before the first batch */
    bool always;                  /* unkeyed fold: put out a zero accumulator when empty */
    bool ordered;                 /* some consumer can see the order it puts out */
    /* Sinks that call a function: with an element, or with a batch as a dsc_list, put in with dsc_push.
     * False: it has not taken it, or failed and has called dsc_bad_fold. */
    bool (*call)(dsc_task *task, const void *element);
    bool calls_batch;
    void (*stage)(dsc_task *task);  /* pushes what it puts out to its consumers */
    const char *stage_name;       /* for explain, metrics */
    void (*times)(dsc_task *task);  /* source cut by a time in the data: gives each element's to dsc_at; or NULL */
    /* Of elements of this source's records, until they are put into a holding operator; the
     * program's where the source does not say its own. Other nodes: DSC_STOP and NULL. */
    dsc_on_error on_error;
    const char *dead_letter;      /* DSC_DEAD_LETTER: the folder */
} dsc_node;

typedef struct dsc_param {
    const char *name;
    dsc_kind kind;                /* int, float, bool, string, time or duration */
    const char *text;             /* the default as the program writes it, for --help; NULL: must be given */
    int64_t i;                    /* default of int, bool, time, duration */
    double f;                     /* of float */
    dsc_str s;                    /* of string */
} dsc_param;

typedef struct dsc_program {
    int32_t abi;                  /* DSC_ABI_VERSION */
    const char *file;             /* the program's name: "wordcount.ds" */
    const char *const *source;    /* reserved, NULL */
    int64_t batch;                /* batch duration */
    dsc_on_error on_error;        /* of elements that come out of holding operators */
    const char *dead_letter;      /* DSC_DEAD_LETTER: the folder */
    int32_t n_clocks;             /* eventTime operators */
    const char *checkpoint;       /* the folder of a checkpoint, or NULL */
    int64_t checkpoint_every;     /* how often a snapshot is made; 0: as the runtime likes */
    int64_t checkpoint_keep;      /* for how long what it takes to run batches again is kept; 0: not at all */
    int32_t n_params, n_nodes;
    const dsc_param *params;
    const dsc_node *nodes;        /* in topological order: sources first, sinks last */
    bool (*setup)(dsc_task *task);  /* gives connectors their arguments, windows their lengths */
} dsc_program;

/* The one symbol that a generated unit defines for the outside. */
extern const dsc_program dsc_main_program;

/* ---- functions --------------------------------------------------------
 * X(return type, name, (parameters)) */
#define DSC_ABI_FUNCTIONS(X) \
    /* -- input of a stage: each ends the life of the scratch memory of the call before -- */ \
    /* The next record of a source whose elements are lines. False at the end of the morsel. */ \
    X(bool, dsc_next_line, (dsc_task *task, dsc_str *line)) \
    /* The next record of a source with a typed format (csv, json ..), decoded: points to an element, whose \
     * unused fields are zero. Bad records are told of and passed over. NULL at the end. */ \
    X(const void *, dsc_next_record, (dsc_task *task)) \
    /* The next element of a source, window or DSC_HELD of values: points to it, NULL at the end. */ \
    X(const void *, dsc_next_item, (dsc_task *task)) \
    /* All elements of a DSC_HELD as a list, until the next call of dsc_next_*. */ \
    X(dsc_list, dsc_held_list, (dsc_task *task)) \
    /* The next two of a DSC_HELD of two sides of pairs that have equal keys: in the order of the first side, \
     * those of one pair in the order of the second. They point to what is held; what a side without a match \
     * is given with is NULL. outer: DSC_OUTER_LEFT: pairs of the first side without a match, too; \
     * DSC_OUTER_RIGHT: and at the end those of the second. */ \
    X(bool, dsc_next_match, (dsc_task *task, int outer, const void **left, const void **right)) \
    /* The next key of either side, those of the first before those that only the second has, and its values of each. */ \
    X(bool, dsc_next_cogroup, (dsc_task *task, void *key, dsc_list *left, dsc_list *right)) \
    /* The next key and accumulator of a by-key fold, in the order the law asks for. \
     * *key: dsc_str, int64_t or the key's struct. */ \
    X(bool, dsc_next_pair, (dsc_task *task, void *key, const void **acc)) \
    /* The accumulator of an unkeyed fold; once, or never when it is empty and not `always`. */ \
    X(bool, dsc_next_cell, (dsc_task *task, const void **acc)) \
    /* The next key and list of values of a DSC_GROUP. */ \
    X(bool, dsc_next_group, (dsc_task *task, void *key, dsc_list *values)) \
    /* The next key of a DSC_UPDATE: first those that have a state, in the order of birth, then those that are \
     * new in this batch. *values: those of the batch, maybe none. *state: zero bytes where it has none (!*known). */ \
    X(bool, dsc_next_update, (dsc_task *task, void *key, dsc_list *values, const void **state, bool *known)) \
    /* What becomes of that key: its state is now a deep copy of *state, which is returned; NULL: it has none. */ \
    X(const void *, dsc_update, (dsc_task *task, const void *state)) \
    \
    /* -- sources cut by a time in the data -- */ \
    /* The time of the element in hand; from dsc_node.times only. */ \
    X(void, dsc_at, (dsc_task *task, int64_t time)) \
    /* Why an element of this time is bad: its batch has been run; NULL: it is not. */ \
    X(const char *, dsc_out_of_time, (dsc_task *task, int64_t time)) \
    \
    /* -- output of a stage; `node` is the index in dsc_program.nodes -- */ \
    /* This worker's table of an exact fold with a flat accumulator; valid for one stage run. */ \
    X(dsc_table *, dsc_table_of, (dsc_task *task, int node)) \
    /* The one accumulator of an unkeyed fold, zero bytes and *fresh set when it is new. */ \
    X(void *, dsc_upsert_cell, (dsc_table *table, bool *fresh)) \
    /* A key counted, *acc += 1 where acc is an int64_t; and every string of a list. _key: of any type but \
     * string and int, by its descriptor. */ \
    X(void, dsc_count_str, (dsc_table *table, dsc_str key)) \
    X(void, dsc_count_int, (dsc_table *table, int64_t key)) \
    X(void, dsc_count_key, (dsc_table *table, const void *key)) \
    X(void, dsc_count_strs, (dsc_table *table, dsc_list keys)) \
    /* Room for a value, to be written before the next call, that intake->put will put into the key's \
     * accumulator some time before the stage run ends, values in their order. A table is only ever \
     * given one intake, and is not counted in. */ \
    X(void *, dsc_intake_str, (dsc_table *table, dsc_str key, const dsc_intake *intake)) \
    X(void *, dsc_intake_int, (dsc_table *table, int64_t key, const dsc_intake *intake)) \
    X(void *, dsc_intake_key, (dsc_table *table, const void *key, const dsc_intake *intake)) \
    /* Combine a value (of the accumulator's type) into a key's accumulator, in input order \
     * where the fold asks for it. key: NULL for an unkeyed fold. */ \
    X(void, dsc_fold_in, (dsc_task *task, int node, const void *key, const void *value)) \
    /* Append a value to a key's list. */ \
    X(void, dsc_group_in, (dsc_task *task, int node, const void *key, const void *value)) \
    /* Append an element to the pane of a DSC_WINDOW, to what a DSC_HELD holds, to the rows of a DSC_TABLE. */ \
    X(void, dsc_push, (dsc_task *task, int node, const void *value)) \
    /* Put an element, with its key before it, into a DSC_SORTED. */ \
    X(void, dsc_sort_in, (dsc_task *task, int node, const void *value)) \
    /* Give an element to a sink. */ \
    X(void, dsc_put, (dsc_task *task, int node, const void *value)) \
    \
    /* -- the state of the DSC_HELD whose stage runs; keys come in the order of birth: one that is removed \
     * and set again is new. `key` points to a value of the node's key type; NULL where that is NULL -- */ \
    X(dsc_state *, dsc_state_of, (dsc_task *task, int node)) \
    /* The state of a key, valid until the next set or remove; NULL: it has none. */ \
    X(const void *, dsc_state_find, (dsc_state *state, const void *key)) \
    /* The same; *value: zero bytes where it has none (false). */ \
    X(bool, dsc_state_get, (dsc_state *state, const void *key, const void **value)) \
    /* It becomes a deep copy of *value, which may point into itself. */ \
    X(void, dsc_state_set, (dsc_state *state, const void *key, const void *value)) \
    X(void, dsc_state_remove, (dsc_state *state, const void *key)) \
    /* The next key and its state; *cursor begins at 0. Keys may be set and removed meanwhile: those that \
     * are new come last. *key: dsc_str, int64_t or the key's struct; it and *value are valid until the next \
     * set or remove, and key until the next call. */ \
    X(bool, dsc_state_next, (dsc_state *state, uint64_t *cursor, void *key, const void **value)) \
    X(int64_t, dsc_state_size, (const dsc_state *state))         /* keys that have a state */ \
    /* The next key and state of a node that comes before the one whose stage runs; by itself from the first \
     * on. *key: as above; the task's scratch begins anew. */ \
    X(bool, dsc_next_state, (dsc_task *task, int node, void *key, const void **value)) \
    /* A state that begins with the batch time at which its key was last seen: the next of those that were \
     * seen longer ago than the argument `timeout` says, in the order of birth. It is removed by the next call. \
     * _drop: all of them are removed. */ \
    X(bool, dsc_next_idle, (dsc_task *task, void *key, const void **value)) \
    X(void, dsc_drop_idle, (dsc_task *task)) \
    \
    /* -- event time -- */ \
    /* This worker's event of a clock, valid for one stage run. */ \
    X(dsc_event *, dsc_event_of, (dsc_task *task, int clock)) \
    /* Windows whose stage runs. First: take in all that is held, until NULL; gives each late element that is \
     * to go aside, as it is held. */ \
    X(const void *, dsc_windows_late, (dsc_task *task)) \
    /* Then: the next pair of the windows that have closed: its key, {time start, end} and its value or accumulator. */ \
    X(bool, dsc_windows_next, (dsc_task *task, void *key, void *window, const void **value)) \
    /* The next pair of a DSC_INTERVAL: points to its key and to both sides. False at the end. */ \
    X(bool, dsc_interval_next, (dsc_task *task, const void **key, const void **left, const void **right)) \
    /* The next element of a DSC_DISTINCT whose key is new, and, where `event` is not NULL, when it was. NULL at the end. */ \
    X(const void *, dsc_distinct_next, (dsc_task *task, dsc_event **event)) \
    \
    /* Is the element in hand in a sample? By a hash of where it comes from. `sample`: a number for each \
     * sample of the program, from 0. */ \
    X(bool, dsc_sample, (dsc_task *task, int sample, double fraction, int64_t seed)) \
    \
    /* -- the rows of a DSC_TABLE by key; valid for one stage run -- */ \
    X(const dsc_rows *, dsc_rows_of, (dsc_task *task, int node)) \
    /* What stands behind a key in its rows, in the table's order; an empty list where there is none. */ \
    X(dsc_list, dsc_rows_str, (const dsc_rows *rows, dsc_str key)) \
    X(dsc_list, dsc_rows_int, (const dsc_rows *rows, int64_t key)) \
    X(dsc_list, dsc_rows_key, (dsc_task *task, const dsc_rows *rows, const void *key)) \
    /* Where rows have times: of those found, the newest that is not after `time`, of several the last; or NULL. */ \
    X(const void *, dsc_rows_asof, (const dsc_rows *rows, dsc_list found, int64_t time)) \
    \
    /* -- failure -- */ \
    /* The element in hand is bad, for `why` (static text), at this place of the program. */ \
    X(void, dsc_bad, (dsc_task *task, int line, int col, const char *why)) \
    /* What a fold made is bad. That stops the program whatever it says about bad elements. */ \
    X(void, dsc_bad_fold, (dsc_task *task, int line, int col, const char *why)) \
    \
    /* -- setup, called from dsc_program.setup only; `arg` is an argument of the connector or of its format -- */ \
    X(void, dsc_set_int, (dsc_task *task, int node, const char *arg, int64_t value)) \
    X(void, dsc_set_float, (dsc_task *task, int node, const char *arg, double value)) \
    X(void, dsc_set_bool, (dsc_task *task, int node, const char *arg, bool value)) \
    X(void, dsc_set_str, (dsc_task *task, int node, const char *arg, dsc_str value)) \
    /* A value of any type: for queue, a list of batches, each a list of elements. */ \
    X(void, dsc_set_value, (dsc_task *task, int node, const char *arg, const dsc_type *type, const void *value)) \
    /* Length and slide of a window; slide 0: the slide of its input. */ \
    X(void, dsc_set_window, (dsc_task *task, int node, int64_t length, int64_t slide)) \
    /* Of a DSC_SORTED: how many elements are asked for at most; do those with the largest keys come first? */ \
    X(void, dsc_set_limit, (dsc_task *task, int node, int64_t limit)) \
    X(void, dsc_set_descending, (dsc_task *task, int node, bool descending)) \
    /* Lengths of what goes by event time: of a window and from one to the next; SESSIONS: the gap; DISTINCT: for \
     * how long a key is known. keep: how long windows are kept after their end. */ \
    X(void, dsc_set_time_window, (dsc_task *task, int node, int64_t size, int64_t slide, int64_t keep)) \
    /* Of an eventTime; idle: DSC_UNSET, or after how long without elements it goes on with the batches. */ \
    X(void, dsc_set_clock, (dsc_task *task, int clock, int64_t lateness, int64_t idle, int line, int col)) \
    \
    /* -- the environment of an expression -- */ \
    X(int64_t, dsc_param_int, (dsc_task *task, int param))       /* bool, time, duration too */ \
    X(double, dsc_param_float, (dsc_task *task, int param)) \
    X(dsc_str, dsc_param_str, (dsc_task *task, int param)) \
    X(int64_t, dsc_batch_time, (dsc_task *task)) \
    \
    /* -- memory -- */ \
    /* n bytes of scratch, aligned to 8; never NULL. */ \
    X(void *, dsc_alloc, (dsc_task *task, int64_t n)) \
    /* n elements of `size` bytes at p, copied to scratch. */ \
    X(dsc_list, dsc_list_of, (dsc_task *task, const void *p, int64_t n, int64_t size)) \
    \
    /* -- exact folds -- */ \
    X(void, dsc_fsum_add, (dsc_fsum *sum, double value)) \
    X(double, dsc_fsum_get, (const dsc_fsum *sum)) \
    X(double, dsc_fsum_take, (dsc_fsum *sum))                    /* and the sum is empty afterwards */ \
    /* put into the common accumulators, for dsc_intake: int64_t, double */ \
    X(void, dsc_isum_put, (void *const *accs, const void *values, const bool *fresh, int64_t n)) \
    X(void, dsc_fsum_put, (void *const *accs, const void *values, const bool *fresh, int64_t n)) \
    /* The same for one part of a tuple: it is at byte `at` of each of accs; the first value is at \
     * `values`, the next `size` bytes on. The result of min and max is that of dsc_float_min and _max. */ \
    X(void, dsc_count_column, (void *const *accs, size_t at, const void *values, size_t size, const bool *fresh, int64_t n)) \
    X(void, dsc_isum_column, (void *const *accs, size_t at, const void *values, size_t size, const bool *fresh, int64_t n)) \
    X(void, dsc_fsum_column, (void *const *accs, size_t at, const void *values, size_t size, const bool *fresh, int64_t n)) \
    X(void, dsc_int_min_column, (void *const *accs, size_t at, const void *values, size_t size, const bool *fresh, int64_t n)) \
    X(void, dsc_int_max_column, (void *const *accs, size_t at, const void *values, size_t size, const bool *fresh, int64_t n)) \
    X(void, dsc_float_min_column, (void *const *accs, size_t at, const void *values, size_t size, const bool *fresh, int64_t n)) \
    X(void, dsc_float_max_column, (void *const *accs, size_t at, const void *values, size_t size, const bool *fresh, int64_t n)) \
    /* combine and remove of the common accumulators, for dsc_fold */ \
    X(bool, dsc_count_combine, (dsc_task *task, void *acc, const void *other))   /* int64_t */ \
    X(void, dsc_count_remove, (void *acc, const void *other)) \
    X(bool, dsc_isum_combine, (dsc_task *task, void *acc, const void *other)) \
    X(void, dsc_isum_remove, (void *acc, const void *other)) \
    X(bool, dsc_fsum_combine, (dsc_task *task, void *acc, const void *other)) \
    X(void, dsc_fsum_remove, (void *acc, const void *other)) \
    \
    /* -- values of any type, by descriptor -- */ \
    X(bool, dsc_equal, (const dsc_type *type, const void *a, const void *b)) \
    X(int, dsc_compare, (const dsc_type *type, const void *a, const void *b)) \
    X(int, dsc_compare_str, (dsc_str a, dsc_str b))              /* -1, 0, 1 by bytes */ \
    /* `text as json(T)`: false (none) when the text is no such value. format: "json", "csv" .. */ \
    X(bool, dsc_decode, (dsc_task *task, const char *format, const dsc_type *type, dsc_str text, void *out)) \
    X(dsc_str, dsc_to_string, (dsc_task *task, const dsc_type *type, const void *value)) \
    \
    /* -- arithmetic that can fail (false: bad element) or has defined edges -- */ \
    X(bool, dsc_int_mul, (int64_t a, int64_t b, int64_t *out)) \
    X(bool, dsc_float_to_int, (double a, int64_t *out))          /* truncates; false when it does not fit */ \
    X(double, dsc_float_mod, (double a, double b)) \
    X(double, dsc_float_min, (double a, double b))               /* NaN wins; -0.0 < 0.0 */ \
    X(double, dsc_float_max, (double a, double b)) \
    X(dsc_str, dsc_str_concat, (dsc_task *task, dsc_str a, dsc_str b)) \
    X(dsc_list, dsc_list_concat, (dsc_task *task, dsc_list a, dsc_list b, int64_t size)) \
    /* n strings one after the other: format("{} {}", ..) */ \
    X(dsc_str, dsc_concat_n, (dsc_task *task, const dsc_str *parts, int64_t n)) \
    /* The elements of `list` in the stable ascending order of `keys`, one for each: xs.sortBy(f) */ \
    X(dsc_list, dsc_sort_by, (dsc_task *task, const dsc_type *type, const dsc_type *key_type, dsc_list list, dsc_list keys))

#define DSC_PROTOTYPE(ret, name, params) ret name params;
DSC_ABI_FUNCTIONS(DSC_PROTOTYPE)

/* From dsc_program.setup, before the arguments: some source's format is `regex`. Not in a build without PCRE2. */
void dsc_regex_use(dsc_task *task);

/* ---- what is better in line ------------------------------------------ */

/* a + b, a - b; false when the result does not fit. */
static inline bool dsc_int_add(int64_t a, int64_t b, int64_t *out)
{
    *out = (int64_t)((uint64_t)a + (uint64_t)b);
    return b < 0 ? *out < a : *out >= a;
}

static inline bool dsc_int_sub(int64_t a, int64_t b, int64_t *out)
{
    *out = (int64_t)((uint64_t)a - (uint64_t)b);
    return b < 0 ? *out > a : *out <= a;
}

/* a / b truncated, a % b with the sign of a; false for b == 0 and for overflow. */
static inline bool dsc_int_div(int64_t a, int64_t b, int64_t *out)
{
    if (b == 0 || (b == -1 && a == INT64_MIN))
        return false;
    *out = a / b;
    return true;
}

static inline bool dsc_int_mod(int64_t a, int64_t b, int64_t *out)
{
    if (b == 0)
        return false;
    *out = b == -1 ? 0 : a % b;
    return true;
}

#define DSC_UNSET INT64_MIN

/* The element in hand was at this time. */
static inline void dsc_event_at(dsc_event *event, int64_t time)
{
    event->time = time;
    if (time > event->seen)
        event->seen = time;
}

static inline void dsc_isum_add(dsc_isum *sum, int64_t value)
{
    uint64_t before = sum->lo;
    sum->lo = before + (uint64_t)value;
    sum->hi += (value < 0 ? -1 : 0) + (sum->lo < before ? 1 : 0);
}

/* The sum as an int; false when it does not fit (bad element). */
static inline bool dsc_isum_get(const dsc_isum *sum, int64_t *out)
{
    *out = (int64_t)sum->lo;
    return sum->hi == (*out < 0 ? -1 : 0);
}

/* Part `part` of `parts` of a list, as equal in length as can be. */
static inline dsc_list dsc_list_part(dsc_list list, int64_t part, int64_t parts, size_t size)
{
    int64_t each = list.n / parts, more = list.n % parts;
    int64_t from = each * part + more * part / parts, to = each * (part + 1) + more * (part + 1) / parts;
    return (dsc_list){list.n > 0 ? (const char *)list.p + (size_t)from * size : NULL, to - from};
}

static inline bool dsc_str_equal(dsc_str a, dsc_str b)
{
    return a.n == b.n && dsc_compare_str(a, b) == 0;
}

#endif
