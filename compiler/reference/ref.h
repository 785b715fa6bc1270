/* ref.h: the parts of the reference, a slow interpreter of checked plans that the compiler and the
 * engine are held to.
 *
 * It shares with them what a program is read by (parser, checker), what moves bytes (sources, sinks,
 * formats) and the bodies of the builtin functions. What it does itself is what it is there to check:
 * expressions, operators, folds, sums and windows, by the shortest way that is right.
 *
 * Invariants: a value never changes once it is made. A bad element is a jump to the nearest ref_try.
 * Only ref_run.c knows of the engine. */
#ifndef DSC_REF_H
#define DSC_REF_H

#include "dsc_abi.h"
#include "plan.h"

#include <setjmp.h>

/* ---- values (ref_value.c) --------------------------------------------------------- */

/* A value with what it is. Parts of lists, tuples and records follow each other at `at`; an option
 * has one part or none. */
typedef struct Val Val;
struct Val {
    TypeKind kind;
    int64_t n;                    /* bytes of a string, else parts */
    union {
        int64_t i;                /* int, time, duration; bool: 0 or 1 */
        double f;
        const char *p;
        const Val *at;
    } is;
};

typedef VEC(Val) Vals;

Val val_int(TypeKind kind, int64_t i);
Val val_bool(bool b);
Val val_float(double f);
Val val_string(const char *p, int64_t n);
/* Of n parts, which are copied. */
Val val_parts(Arena *arena, TypeKind kind, const Val *parts, int64_t n);
Val val_pair(Arena *arena, Val a, Val b);
/* A copy that shares nothing. */
Val val_copy(Arena *arena, Val v);
/* == of the language, and its total order: -0.0 before 0.0, nan last. */
bool val_equal(Val a, Val b);
int val_compare(Val a, Val b);
uint64_t val_hash(Val v);
/* As a program writes it; type: for the names of fields. */
void val_print(Text *out, Type *type, Val v);

/* The layout that the runtime's functions and formats want of a type, which lives in the arena.
 * used: what is looked at of it (plan.h), or NULL: all. */
const dsc_type *val_layout(Arena *arena, Type *type, const Used *used);
/* A value in that layout, at `out`; strings point into the value. And back, copied. */
void val_to_c(Arena *arena, const dsc_type *layout, Val v, void *out);
Val val_from_c(Arena *arena, const dsc_type *layout, const void *p);

/* The exact sum of floats, rounded once (ref_sum.c). */
double sum_floats(const Val *values, int64_t n);

/* ---- the interpreter ------------------------------------------------------------------- */

typedef struct Binding {
    const Symbol *symbol;
    Val value;
} Binding;

/* Event time: of which eventTime, NULL where there is none, and when. */
typedef struct Event {
    const Node *clock;
    int64_t at;
} Event;

typedef struct Ref {
    Plan *plan;
    Arena *arena;                 /* of the whole run */
    Arena *scratch;               /* of the record or batch in hand */
    dsc_task *task;
    const Val *params;            /* their values; NULL: those the task has */
    Event event;                  /* of the element in hand */
    int64_t batch;                /* its length */
    VEC(Binding) env;
    struct RefTry *attempt;       /* where bad elements go */
    VEC(const char *) whys;       /* reasons that were made, each once */
    const struct Signature **signatures;    /* of builtins, once asked for */
    struct RefNode *nodes;        /* by node id */
} Ref;

/* What is tried: bad elements in it come back with where and why. */
typedef struct RefTry {
    jmp_buf back;
    struct RefTry *outer;
    int env;
    Span at;
    const char *why;
} RefTry;

/*  RefTry t;
 *  if (REF_TRY(r, &t)) { .. ref_done(r, &t); } else { t.at, t.why }  */
#define REF_TRY(r, t) (ref_begin((r), (t)), setjmp((t)->back) == 0)
void ref_begin(Ref *r, RefTry *t);
void ref_done(Ref *r, RefTry *t);
_Noreturn void ref_bad(Ref *r, Span at, const char *why);
/* A reason that lives as long as the run. */
const char *ref_why(Ref *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ref_expr.c. An expression's value; a function's of n arguments. Bad elements jump. */
Val ref_eval(Ref *r, const Expr *e);
Val ref_apply(Ref *r, const Expr *lambda, int n, const Val *args);
Val ref_convert(Ref *r, Val v, Type *from, Type *to);

/* ref_call.c */
Val ref_builtin(Ref *r, const Expr *e);
/* The C functions of the builtins, by their place in all_builtins; NULL: INLINE. Made by bridge.sh.
 * Arguments and results are pointers to their C representation. False: none, or bad. */
typedef bool (*RefCall)(dsc_task *task, const dsc_type *const *types, const void *const *args, void *out, bool *some,
                        const char **why);
extern const RefCall ref_calls[];

/* ref_fold.c: f over all values from the first on, at least one. Sums are exact. Jumps. */
Val ref_fold(Ref *r, const Node *n, const Expr *f, const Val *values, int64_t count);
/* Is what it makes of floats, too, the same in any order and grouping? */
bool ref_is_exact(const Expr *f);

/* ---- operators (ref_ops.c) ---------------------------------------------------------------- */

/* What came to a holding operator, in which batch and by which of its inputs. */
typedef struct Entry {
    int64_t time;
    int input;
    Val value;
    Val key;                      /* what the operator's function `key` made of it when it came */
    Event event;
    bool mark;                    /* no element: event time has come as far */
} Entry;

typedef struct Edge {
    struct RefNode *to;
    int input;                    /* its place in to->n->in */
} Edge;

typedef struct RefStates RefStates;
typedef struct RefNode RefNode;
struct RefNode {
    const Node *n;
    bool live;                    /* a sink needs it */
    int index;                    /* in the engine's program; -1: narrow */
    const struct RefOp *op;
    const dsc_type *layout;       /* sources: of an element read; sinks: of one written */
    VEC(Edge) out;
    VEC(Entry) held;              /* in `memory` */
    Arena *memory;
    int64_t window;               /* its length; 0: none */
    int64_t slide;                /* how often its elements come */
    int64_t last;                 /* when it ran last */
    struct ByTime *by_time;       /* what goes by event time keeps (ref_event.c) */
    RefStates *states;            /* by key, from batch to batch (ref_state.c) */
    Vals order;                   /* windows: keys of the last slide; in `memory` */
};

typedef struct RefOp {
    const char *name;
    /* Narrow operators: one element. */
    void (*each)(Ref *r, RefNode *node, Val v);
    /* Holding ones: all of a batch or window, in input order. */
    void (*whole)(Ref *r, RefNode *node, const Entry *in, int n);
    const char *key;              /* which of its functions makes an entry's key; without it the element is its own */
} RefOp;

/* f of a value; false: it was bad, which has been told. */
bool ref_try_apply(Ref *r, const Expr *f, int n, const Val *args, Val *out);

/* ref_event.c */
void event_time(Ref *r, RefNode *node, Val v);
void event_windows(Ref *r, RefNode *node, const Entry *in, int n);
void event_side(Ref *r, RefNode *node, Val v);
void event_join(Ref *r, RefNode *node, const Entry *in, int n);
void event_duplicates(Ref *r, RefNode *node, const Entry *in, int n);
void event_free(RefNode *node);

/* NULL: the reference does not know it. */
const RefOp *ref_op(const char *name);
/* Give an element to all that take it. Bad elements end here. What is late goes to node->n->aside alone, all
 * else not there. */
void ref_push(Ref *r, RefNode *node, Val v);
void ref_push_late(Ref *r, RefNode *node, Val v);
/* Event time has come as far, for all below that goes by it. */
void ref_mark(Ref *r, RefNode *node, Event event);
/* The argument of that name of an operator; NULL: left out. */
const Expr *ref_arg(Ref *r, const Node *n, const char *name);
/* ref_join.c. An element and the rows of a table; two streams; all rows of a table. */
void ref_lookup(Ref *r, RefNode *node, Val v);
void ref_asof(Ref *r, RefNode *node, Val v);
void ref_timed_row(Ref *r, RefNode *node, Val v);
void ref_join(Ref *r, RefNode *node, const Entry *in, int n);
void ref_cogroup(Ref *r, RefNode *node, const Entry *in, int n);
void ref_rows(Ref *r, RefNode *node, const Entry *in, int n);
/* ref_state.c */
void ref_update_states(Ref *r, RefNode *node, const Entry *in, int n);
void ref_map_with_state(Ref *r, RefNode *node, const Entry *in, int n);
void ref_snapshots(Ref *r, RefNode *node, const Entry *in, int n);
void ref_states_free(RefNode *node);
/* ref_run.c: the element is bad; what a fold made is, which always stops the program. */
void ref_tell_bad(Ref *r, const RefTry *t);
void ref_tell_bad_fold(Ref *r, const RefTry *t);
/* An element has come to a sink. */
void ref_sink(Ref *r, RefNode *node, Val v);

#endif
