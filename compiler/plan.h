/* plan.h: the program as a DAG of typed operators, and as stages.
 *
 * The checker builds the nodes (one per source, operator and sink that the
 * program writes); rewrite.c replaces and removes some; fold.c says how folds
 * can be computed; fuse.c groups them into stages; emit_*.c writes C.
 * plan_verify holds after every pass. */
#ifndef DSC_PLAN_H
#define DSC_PLAN_H

#include "ast.h"
#include "types.h"

#include <stdio.h>

struct OpDef;
struct dsc_source_def;            /* runtime/include/dsc_conn.h */
struct dsc_sink_def;
struct dsc_format_def;

/* What becomes of bad elements. */
typedef struct OnError {
    enum { BAD_STOPS, BAD_SKIPPED, BAD_LETTER } kind;    /* as dsc_on_error */
    const char *folder;           /* BAD_LETTER */
} OnError;

/* Which parts of an element somebody looks at; found by used.c. NULL: none of it. */
typedef struct Used Used;
struct Used {
    bool whole;                   /* all of it; else */
    Used **parts;                 /* of the fields of a tuple or record */
};

typedef enum NodeRole { NODE_SOURCE, NODE_OP, NODE_SINK } NodeRole;

/* How a fold function combines, found by looking at it (fold.c). All but
 * GENERAL are exact in any order; COUNT, ISUM, FSUM and tuples of them are
 * groups (can be subtracted). */
typedef enum FoldKind {
    FOLD_COUNT,      /* +, where every value is the literal 1: plain int64_t */
    FOLD_ISUM,       /* + of ints: dsc_isum */
    FOLD_FSUM,       /* + of floats: dsc_fsum */
    FOLD_MIN, FOLD_MAX, FOLD_AND, FOLD_OR,
    FOLD_TUPLE,      /* each part of a tuple (or record) by its own */
    FOLD_GENERAL     /* f itself, in input order */
} FoldKind;

typedef struct Fold Fold;
struct Fold {
    FoldKind kind;
    Type *type;                   /* of a value, and of what comes out */
    Fold **parts;                 /* FOLD_TUPLE: type->n of them */
    Expr *f;                      /* FOLD_GENERAL: the lambda, two parameters */
    /* FOLD_GENERAL where what is put in is of another type than the accumulator: */
    Type *value;                  /* that type; else NULL */
    Expr *create;                 /* makes the accumulator of the first value; or, where NULL, */
    Expr *zero;                   /* f is applied to this and the first value */
    bool exact, group, joins;     /* as in dsc_fold */
    bool flat;                    /* the accumulator holds no string or list */
};

/* What becomes of elements that come after their window has closed; as dsc_late. */
typedef enum Late { LATE_DROPPED, LATE_UPDATES, LATE_ASIDE } Late;

typedef struct Node Node;
struct Node {
    int id;                       /* its place in Plan.nodes */
    NodeRole role;
    const struct OpDef *op;       /* NODE_OP */
    const struct dsc_source_def *source;
    const struct dsc_sink_def *sink;
    const char *op_name;          /* "map", "socket", "print": as the program writes it */
    Span span;                    /* of the operator with its arguments */
    const char *text;             /* its source text on one line: "map((_, 1))" */
    const char *name;             /* by this name state is kept; unique */
    VEC(Node *) in;               /* streams it takes: the piped one first */
    VEC(Node *) out;              /* who takes its elements, in program order */
    Type *type;                   /* of its elements (sink: those it takes) */

    /* arguments by position in the operator's or connector's parameter list;
     * NULL where left out. Functions are E_LAMBDA with typed parameters. */
    Expr **args;
    int n_args;
    const struct dsc_format_def *format;    /* source of bytes, sink; else NULL */
    Expr **format_args;           /* by position in the format's parameter list, as args */
    int n_format_args;
    bool calls_batch;             /* sink `call`: its function, args[0], takes whole batches */
    OnError on_error;             /* source */
    Used *used;                   /* source: what the program looks at of its elements (used.c) */

    /* windows: constant lengths in microseconds, 0 where only known at the start */
    int64_t window, slide;
    int64_t stream_slide;         /* slide of its output stream in batches' time; 0 unknown before start */

    Fold *fold;                   /* operators that fold */
    Type *state_key, *state;      /* DSC_HELD, DSC_UPDATE: what it keeps from batch to batch, and by which key (NULL: one for all); NULL: nothing */
    bool timed;                   /* its state is (time, S): when the key was last seen, and the state proper */
    bool once;                    /* part of a table: runs before the first batch */
    bool dead;                    /* removed by rewriting */

    /* event time: what its elements have, by the eventTime operators that say it; none: they have none */
    VEC(Node *) clocks;
    int clock;                    /* eventTime: its number in Plan.clocks */
    /* windows of event time: the operator that says which, itself or the one that it has become one with */
    const Node *windows;
    Late late;
    Node *aside;                  /* LATE_ASIDE: the stream of what was late; NULL: nobody uses it */

    /* fuse.c */
    struct Stage *stage;          /* the stage its row code runs in */
    int index;                    /* in dsc_program.nodes; -1 where fused away */
    bool ordered;                 /* some consumer can see the order of its output */
};

/* A tree of narrow operators below one root, run as one loop. */
typedef struct Stage Stage;
struct Stage {
    int number;                   /* 1, 2, .. */
    Node *root;                   /* the source or holding operator that it reads */
    VEC(Node *) nodes;            /* the narrow operators in it, topological */
    VEC(Node *) ends;             /* holding operators and sinks it puts into */
};

typedef struct Param {
    const char *name;
    Span span;
    Type *type;
    Expr *value;                  /* a literal, or NULL: must be given */
    Symbol *symbol;
} Param;

/* Does it mean something to C or to generated C? (emit_name.c) */
bool is_c_word(const char *name);

/* A C file that functions of the program are in. */
typedef struct ExternFile {
    const char *path;
    const char *text;
    VEC(FnDef *) fns;
} ExternFile;

/* extern_type.c: types of functions in C. */
/* "int64_t", "Hit", "option_int"; NULL: a record that `type` gives no name, or something with such a part. */
const char *extern_type(Arena *arena, Type *type);
/* How field i of a tuple or record is called in C: its own name where C can have it, else "_0". */
const char *extern_field(Arena *arena, Type *type, int i);
/* The structs of all types of a file's functions, each after those in it. */
void extern_structs(Arena *arena, Text *out, const ExternFile *file);

typedef struct Plan {
    Arena *arena;
    const char *file;             /* base name of the program */
    const SourceFile *files;      /* by number, as spans mean them */
    int64_t batch;                /* microseconds */
    OnError on_error;             /* of elements that come out of holding operators */
    const char *checkpoint;       /* a folder, or NULL */
    int64_t checkpoint_every;     /* microseconds; 0: not said */
    int64_t checkpoint_keep;      /* the same */
    VEC(Param) params;
    VEC(FnDef *) fns;             /* instances, each after those it calls */
    VEC(ExternFile) externs;
    VEC(Node *) nodes;            /* topological; sinks in program order */
    VEC(Node *) clocks;           /* the eventTime operators */
    VEC(Stage *) stages;          /* fuse.c */
    bool unfused;                 /* fuse.c: each operator's row code is to be a function of its own */
} Plan;

/* Check that the graph is whole: ids match places, in and out agree, inputs
 * come first, every node typed, sinks have no out, dead nodes unlinked; after
 * fusing, every live node in one stage. Ends the program with a message that
 * names the pass when not: a defect of ours, never the user's. */
void plan_verify(const Plan *plan, const char *pass);
/* Of a node that keeps state: the type of a key's state proper. */
Type *state_value_type(const Node *n);
/* A new node at the end of the plan; and an edge. */
Node *plan_add(Plan *plan, NodeRole role, Span span);
void plan_link(Plan *plan, Node *from, Node *to);
/* By which input of its end does edge number `out` of `from` come in? Of several edges between
 * the same two nodes the first is the first. */
int plan_input_of(const Node *from, int out);
/* Put plan->nodes in topological order (stable) and number them; dead nodes leave it. */
void plan_sort(Plan *plan);
/* One line a live node: "3 reduceByKey words.reduceByKey (string, int) <- 2". */
void plan_dump(const Plan *plan, FILE *out);

/* check.c: names, types, plan. NULL when there are errors. */
struct Diags;
Plan *check_program(Arena *arena, struct Diags *diags, const Program *program, bool to_run);
/* The same of test number `test`, from 1 (test_plan.h). */
Plan *check_test(Arena *arena, struct Diags *diags, const Program *program, int test, const char *folder, int64_t every);

/* How a function (V, V) -> V over values of a type combines (fold.c). */
Fold *fold_of_function(Arena *arena, Expr *f, Type *type);

/* check_bound.c: can the function of a state give `none` for it, the old one put aside? */
bool gives_none(const Expr *f);

/* used.c, rewrite.c, fold.c, fuse.c: passes over the plan. */
void find_used(Plan *plan);
void rewrite_plan(Plan *plan);
void find_folds(Plan *plan);
/* fuse = false: every operator a stage of its own would be (the oracle): no fusion
 * rewriting, and every operator's row code goes into a function of its own. */
void fuse_plan(Plan *plan, bool fuse);

#endif
