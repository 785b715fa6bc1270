/* opdef.h: what an operator says of itself. One operator, or a close family, a file in ops/. */
#ifndef DSC_OPDEF_H
#define DSC_OPDEF_H

#include "plan.h"

/* How an operator runs. */
typedef enum OpClass {
    OP_NARROW,       /* element by element: fused into the stage of its input */
    OP_LOOKUP,       /* element by element, each looked up in the rows of a table, its second input: fused */
    OP_UNION,        /* passes elements of several inputs on: fused */
    OP_HOLD          /* holds elements until the end of the batch or slide: ends a stage, roots another */
} OpClass;

/* What it has to do with event time. */
typedef enum OpTime {
    TIME_PASSES,     /* narrow operators and unions keep it, holding ones lose it */
    TIME_GIVEN,      /* says it */
    TIME_WINDOWS,    /* windows of it: needs it */
    TIME_KEPT,       /* holds, goes by it where there is one, and keeps it */
    TIME_JOINS       /* brings two sides together by it: needs it */
} OpTime;

typedef struct OpDef OpDef;
struct OpDef {
    const char *name;
    /* The type scheme, which is also what `dsc help` shows:
     *   "(K, V) | reduceByKey(f: (V, V) -> V) -> (K, V)"
     *   "A | countByWindow(window: duration, slide: duration = none) -> int"
     * Capital letters are type variables; K must be a key (no float inside).
     * `f: A -> [B] or B?` is a function that gives a list or an option.
     * `p: T = none` may be left out. `stream A` is a parameter that takes a
     * stream, `stream (A, B) -> C` a function of streams, applied once, when the
     * program is compiled; `..` after the last parameter repeats it. Every holding
     * operator also takes `name: "..."`. */
    const char *signature;
    const char *doc;              /* one line, then more after a newline */
    const char *example;          /* a whole program; run as a test */
    OpClass class;
    /* The Node kind its runtime half has: a dsc_node_kind of dsc_abi.h; OP_HOLD only. */
    int kind;
    /* Where dsc can say it: the operator as the text of a pipe, whose parameters are the signature's
     * (check_body.c); "": what comes in goes out. No node is made of the operator itself. Else NULL. */
    const char *body;
    /* A number among the arguments that must lie between two others; those of params are looked at
     * when the program starts. high 0: no more than low is asked for. */
    struct {
        const char *arg;
        double low, high;
    } range;
    OpTime time;
    const OpDef *with_table;      /* what it is where its other stream is a table: an OP_LOOKUP; or NULL */
    bool state;                   /* it keeps a state of type S for each key K */
};

/* All operators, made by the build from ops/op_*.c: each defines `const OpDef op_NAME`s
 * and lists them in its last line as  DSC_OPS(op_map, op_filter). */
#define DSC_OPS(...)
#define DSC_OPS(...)
extern const OpDef *const all_ops[];
extern const int n_all_ops;
const OpDef *op_find(const char *name);
/* Of OpDef.range: does the number fit; "from 1 to 1000000" or "at least 0". */
bool op_in_range(const OpDef *op, double value);
const char *op_range_text(Arena *arena, const OpDef *op);

/* The rows of a table by key, which OP_LOOKUP looks up; and all of them at each batch. Not in all_ops. */
extern const OpDef op_rows, op_replay;
extern const OpDef op_asofJoin;
/* join(.., within: ..), and what its sides go through. */
extern const OpDef op_join_within, op_side_of;

/* The builtin functions, one row of dsc_fn.h each. */
typedef enum BuiltinConvention { FN_PLAIN, FN_TASK, FN_OPT, FN_OPT_TASK, FN_FAIL, FN_FAIL_TASK, FN_TRY, FN_GENERIC, FN_INLINE } BuiltinConvention;
typedef struct Builtin {
    const char *name, *type;      /* "split", "(string, string) -> [string]" */
    BuiltinConvention convention;
    const char *c_name;
    const char *doc, *example, *result;
} Builtin;
extern const Builtin all_builtins[];
extern const int n_all_builtins;

#endif
