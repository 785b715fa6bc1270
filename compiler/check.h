/* check.h: internals of the checker: names, types, plan building.
 *
 * The checker walks the statements once, in order. Expressions are typed in
 * place: names are resolved, calls of builtins become E_BUILTIN, conversions
 * become E_CONVERT, function arguments become E_LAMBDA with one pattern a
 * parameter, and the sugar goes away (E_HOLE, E_METHOD, E_ANNOT, E_OPT_FIELD,
 * `..rest`). Bodies of `fn` and `pipe` are copied for each use, never typed in place.
 *
 * Whatever is wrong is reported where it is found and gets type_error, which
 * agrees with everything, so that one mistake is one message. */
#ifndef DSC_CHECK_H
#define DSC_CHECK_H

#include "diag.h"
#include "hints.h"
#include "opdef.h"
#include "signature.h"

struct dsc_arg_def;               /* runtime/include/dsc_conn.h */
struct dsc_bounds;

enum {
    MAX_DEPTH = 2000,             /* of nested expressions */
    MAX_NODES = 200000,           /* operators that a program may come to by its pipes */
    MAX_INLINED = 20000,          /* bodies copied for functions that take functions */
    MAX_TYPE = 20000,             /* parts of a type */
    MAX_CONSTANTS = 1000000       /* parts of constants, counted wherever they are named */
};

/* A name of the program's top level. */
typedef struct Global {
    const char *name;
    Span span;
    int order;                    /* of its statement; only what comes later sees it */
    Symbol *symbol;               /* values and streams */
    const Stmt *stmt;             /* fn, pipe */
    Type *type;                   /* type */
    bool used;                    /* fn, pipe, type */
    VEC(FnDef *) instances;       /* fn */
    bool *takes_function;         /* fn, pipe: by parameter, once asked for */
    enum { GIVES_UNKNOWN, GIVES_VALUE, GIVES_STREAM } gives;    /* fn: what its body is, once asked for */
    struct Global *next;          /* in its bucket */
} Global;

typedef struct Names {
    Global **buckets;
    int n_buckets;
    VEC(Global *) all;
} Names;

/* What a name means inside functions and pipes; newest first. */
typedef struct Scope Scope;
struct Scope {
    const char *name;
    Symbol *symbol;               /* or, where NULL, a function that was given to a fn or pipe: */
    const Expr *function;         /* never typed in place */
    Scope *function_scope;        /* where its names are looked up */
    int function_limit;
    Scope *up;
};

/* What the checker knows of a node's stream besides its type. */
typedef struct StreamInfo {
    const Node *uncut;            /* the source that makes it one batch, or NULL */
    const Node *untimed;          /* no event time: the operator that lost it, or NULL: nothing has said it */
} StreamInfo;

/* The offset of each line of a file. */
typedef struct Lines {
    const size_t *at;
    int n;
} Lines;

typedef struct Checker {
    Arena *arena;
    Diags *diags;
    const Program *program;
    Plan *plan;
    Names values, functions, pipes, types;
    Scope *scope;
    int limit;                    /* globals of this order or later are not seen */
    int order;                    /* of the statement in hand */
    int depth, inlined;
    int64_t size, copied;         /* parts of all expressions so far; of constants, where they are named */
    int copies;                   /* bodies of functions that are being typed in each other */
    bool too_deep;                /* said once */
    const char *prefix;           /* of state names: LET or LET.PIPE */
    const char *within;           /* the operator whose body is being expanded, or NULL */
    bool in_let;                  /* the prefix is a let's name */
    VEC(StreamInfo) info;         /* by node id */
    VEC(Symbol *) constants;      /* whose values are to be finished */
    VEC(Symbol *) streams;        /* of top-level lets */
    VEC(Type *) extern_types;     /* structs that functions in C take and give */
    Names node_names;             /* those taken: `span` tells by whom, `order` how many were numbered */
    VEC(const char *) texts;      /* scratch for suggestions */
    const Lines *lines;           /* of each file */
    bool to_run;                  /* a program without a sink is wrong, though it may define things */
    const Stmt *test;             /* the plan is to be of this test; NULL: of the program */
    const char *test_folder;
    int64_t test_every;
    VEC(Node *) test_sinks;
    const Signature **op_signatures, **fn_signatures;   /* by place in all_ops, all_builtins */
} Checker;

/* ---- check_name.c: names, types as written, patterns ---------------------- */
Global *names_find(const Names *names, const char *name);
void names_add(Arena *arena, Names *names, Global *global);
/* Defined above the statement in hand. */
Global *visible(const Checker *cx, const Names *names, const char *name);
const Scope *scope_find(const Checker *cx, const char *name);
void scope_push(Checker *cx, const char *name, Symbol *symbol);
Symbol *symbol_new(Checker *cx, SymbolKind kind, const char *name, Span span, Type *type);
bool is_type_name(const char *name);
/* A value or stream by name, local or global; NULL. */
Symbol *find_value(const Checker *cx, const char *name);
Type *check_type_expr(Checker *cx, const TypeExpr *te);
Pattern *pattern_clone(Checker *cx, const Pattern *p);
/* Type a pattern and bring its names into scope. A name made for `_` begins with # in the scope,
 * where no name of the program can meet it. */
void bind_pattern(Checker *cx, Pattern *p, Type *type);
/* The same of several, whose names must differ. */
void bind_patterns(Checker *cx, Pattern *const *patterns, Type *const *types, int n);
/* Errors for names that mean nothing here. */
void unknown_value(Checker *cx, const Expr *e);
void unknown_function(Checker *cx, const char *name, Span at, bool method);
void unknown_operator(Checker *cx, const char *name, Span at);
/* "did you mean" among words that the caller lists, then globals of two spaces (or NULL). */
bool suggest(Checker *cx, const char *found, const Names *a, const Names *b);
void suggest_word(Checker *cx, const char *word);
/* Help for a word of another language; false: it is none. */
bool habit(Checker *cx, HintKind kind, const char *name);
/* Where a place is in the text of its file. */
const char *text_at(const Checker *cx, int file, int line, int col);
/* The source text of a span on one line. */
const char *span_text(Checker *cx, Span span);

/* ---- check_type.c: conversions and messages about types -------------------- */
/* Can a value of `from` be taken where `to` is wanted? Solves variables. *convert: not as it is. */
bool type_fits(Type *from, Type *to, bool *convert);
/* The type that both become where branches meet; NULL: none. */
Type *type_meet(Arena *arena, Type *a, Type *b);
/* Wrap *e so that it is of type `to`; false: it cannot be. */
bool convert_to(Checker *cx, Expr **e, Type *to);
/* The same; says so when it cannot be. what: "the condition of `if`". */
bool require(Checker *cx, Expr **e, Type *to, const char *what, ...) __attribute__((format(printf, 4, 5)));
const char *show(Checker *cx, Type *t);
/* The same with its article: "an int", "a string". */
const char *show_a(Checker *cx, Type *t);
bool is_error(Type *t);
/* In some part of it. */
bool has_error(Type *t);
/* Help on how to make `want` of `found`. */
void help_convert(Checker *cx, Type *found, Type *want);

/* ---- check_expr.c ----------------------------------------------------------- */
/* Type an expression. hint: what is expected, or NULL; it only guides (order of
 * fields, type of []); whether it fits is the caller's question. Returns (*e)->type. */
Type *infer(Checker *cx, Expr **e, Type *hint);
/* The same, for conditions: `x is some(v)` brings v into scope, which the caller restores. */
Type *infer_condition(Checker *cx, Expr **e);
Expr *new_expr(Checker *cx, ExprKind kind, Span span);
Expr *name_expr(Checker *cx, Symbol *symbol, Span span);
/* The T of a T?; NULL: it is none, which has been said. sign: what opens it, "??". */
Type *opened(Checker *cx, const Expr *e, Type *t, const char *sign);

/* ---- check_literal.c ---------------------------------------------------------- */
/* The hint, or what is in it where it is an option, if it is of this kind; NULL. */
Type *hint_of(Type *hint, TypeKind kind);
Type *infer_list(Checker *cx, Expr *e, Type *hint);
Type *small_enough(Checker *cx, Span at, Type *t);
Type *infer_tuple(Checker *cx, Expr *e, Type *hint);
Type *infer_record(Checker *cx, Expr **slot, Type *hint);

/* ---- check_operand.c ---------------------------------------------------------- */
Type *infer_unary(Checker *cx, Expr *e);
Type *infer_binary(Checker *cx, Expr *top);

/* ---- check_builtin.c ----------------------------------------------------------- */
const Signature *builtin_signature(Checker *cx, int i);
bool is_builtin(const char *name);
Type *call_builtin(Checker *cx, Expr *e);
/* time("2024-01-01T00:00:00Z") */
Type *time_literal(Checker *cx, Expr *e);

/* ---- check_regex.c -------------------------------------------------------------- */
/* Part of a string literal: the bytes from .. to of its value, as a place of the program. */
Span part_of_literal(Checker *cx, const Expr *literal, size_t from, size_t to);
/* The string literal that an expression is or names by `let`; NULL: it is known only when running. */
const Expr *known_text(const Expr *e);
/* Patterns and replacements that are known now are right? e: a typed call of a function of fn_regex.def. */
void check_regex(Checker *cx, const Expr *e);

/* A source's format `regex` of that type: does the pattern give its fields? */
void check_regex_format(Checker *cx, const Node *n, Type *t);

/* ---- check_zone.c --------------------------------------------------------------- */
/* Is the time zone, the last argument, one that there is, where it is known now? */
void check_zone(Checker *cx, const Expr *e);

/* ---- check_call.c ------------------------------------------------------------ */
Type *infer_call(Checker *cx, Expr **e, Type *hint);
Type *infer_method(Checker *cx, Expr **e, Type *hint);
bool function_exists(const Checker *cx, const char *name);
/* A body of a fn or a function given to one, with its parameters' names in scope. */
bool count_inlined(Checker *cx, Span at);
/* Put a fn's or pipe's arguments into the order of its parameters; NULL: was wrong. */
Expr **arguments_by_name(Checker *cx, const Expr *call, Global *global, const char *kind);
/* Bring parameter i of a pipe, or of a fn of streams, into scope as what its argument is: a value,
 * a function or a stream.
 * The argument's names are looked up in the scope in hand; *inner grows. */
void bind_argument(Checker *cx, Global *def, int i, Expr *arg, Scope **inner);
/* A fn whose parameters are all typed is typed where it stands. */
void check_fn(Checker *cx, Global *def);

/* ---- check_hole.c: arguments that must be functions --------------------------- */
/* Type an argument as a function: a lambda, something with `_`, or a function's name.
 * what: "map". The argument becomes an E_LAMBDA. */
void check_function(Checker *cx, Expr **arg, Type *type, const char *what);
/* Make a lambda of n parameters of it (names and patterns, not typed); NULL: said why not. */
Expr *as_lambda(Checker *cx, Expr *arg, int n, Type *first, const char *what);
/* Is this written as a function? */
bool looks_like_function(Checker *cx, Expr *e);
/* Does parameter i of a fn or pipe take a function? By how its body uses it. */
bool takes_function(Checker *cx, Global *def, int i);

/* ---- check_pipe.c -------------------------------------------------------------- */
/* Is it a stream, by its looks and its names? */
bool is_stream(Checker *cx, const Expr *e);
/* Build the nodes of a stream expression; NULL: it was wrong, or ends in a sink (*sunk). */
Node *check_stream(Checker *cx, Expr *e, bool *sunk);
/* One operator, pipe or sink of a chain; NULL after a sink (*sunk). */
Node *apply_link(Checker *cx, Expr *link, Node *input, bool *sunk);
/* May the program's pipes go on growing? Says so when not. */
bool has_room(Checker *cx, Span at);

/* ---- check_body.c: operators that dsc says itself -------------------------------------- */
/* The stream that an operator with a body comes to. args: by parameter, held against its signature,
 * NULL where left out; name: of what it holds, or NULL. */
Node *expand_body(Checker *cx, const Expr *link, const OpDef *op, Expr *const *args, const char *name, Node *input);
/* Is its last argument a function of streams? That is applied, and no node is made of the operator. */
bool applies_streams(const Signature *s);
Node *apply_streams(Checker *cx, Expr *link, const OpDef *op, Node *input);

/* ---- check_op.c: nodes -------------------------------------------------------------- */
const Signature *op_signature(Checker *cx, const OpDef *op);
Node *apply_op(Checker *cx, Expr *link, const OpDef *op, Node *input);
/* The arguments by parameter, NULL where left out. NULL: something is wrong with them, which has been said. */
const Arg **op_arguments(Checker *cx, const Expr *link, const OpDef *op, const Signature *s);
/* An argument of `op` should be a stream, and is none. Returns NULL. */
Node *not_a_stream(Checker *cx, const Expr *e, const char *op);
/* An edge, and what it says of the stream. */
void add_input(Checker *cx, Node *from, Node *n);
/* A name for a node: `given`, or made of prefix and operator. Says when a state's name is taken. */
void name_node(Checker *cx, Node *n, const char *given);
/* Take `name: ".."` out of the arguments; NULL: not there. */
const char *take_name(Checker *cx, Args *args);
Node *add_node(Checker *cx, NodeRole role, const Expr *e);

/* ---- check_join.c: streams as arguments, tables ------------------------------------ */
/* The stream that an argument is; NULL: it was wrong. */
Node *check_stream_argument(Checker *cx, const OpDef *op, Expr *e);
/* What the operator is with that stream in its argument: the same, or its way with a table; within: or by event time. */
const OpDef *op_with(const OpDef *op, const Node *input, const Node *other, bool within);
/* Does the source's input end? */
bool source_ends(const Node *n);
/* The stream becomes an input of n, whose elements are to be of the type `wanted`. */
void add_other(Checker *cx, Node *n, Node *other, const Expr *e, Type *wanted);
/* Tables and streams do not mix but by joins. */
void same_kind(Checker *cx, Node *n, const Node *other, Span at);
/* join(.., within: ..): its two inputs become one, in which each element says its side. */
void split_sides(Checker *cx, Node *n);
/* asofJoin: its second stream is a table, which goes by the function of a row's time. */
void check_asof(Checker *cx, Node *n);
Node *check_table(Checker *cx, Expr *e);
/* Says when a stream has what only tables have. */
void only_in_tables(Checker *cx, const Node *n);
/* Says that a table cannot be what `what` takes. */
void no_table(Checker *cx, const Node *table, Span at, const char *what);
/* Says what cannot stand in a table. */
void check_tables(Checker *cx);

/* ---- check_conn.c: sources and sinks --------------------------------------------- */
Node *check_source(Checker *cx, Expr *e);
void check_sink(Checker *cx, Expr *e, Node *input);
/* Arguments in the order of a table of the runtime, NULL where left out; owner: "socket", at: where it is named. */
Expr **check_args(Checker *cx, const char *owner, Span at, Args args, const struct dsc_arg_def *defs,
                  const struct dsc_bounds *bounds, const char *synopsis, int *n_args);

/* ---- check_rows.c ----------------------------------------------------------------- */

/* A sink that keeps rows: the names in its arguments. */
void check_rows(Checker *cx, const Node *n);

/* ---- check_call_sink.c ---------------------------------------------------------- */
/* The function of `sink call(f)`. */
void check_call_sink(Checker *cx, Node *n, const Expr *e, const Args *args);

/* ---- check_format.c: formats of sources, sinks and `s as json(T)` ------------------ */
/* The type of a source's elements, by its format. */
Type *check_source_format(Checker *cx, Node *n, const Format *format);
void check_sink_format(Checker *cx, Node *n, const Format *format);
Type *infer_as(Checker *cx, Expr *e);

/* ---- check_extern.c ------------------------------------------------------------------ */
void check_extern(Checker *cx, Global *def);

/* ---- check_test.c ------------------------------------------------------------------- */
/* A test's names and values; where it is cx->test also what it gives and expects becomes part of the plan. */
void check_test_block(Checker *cx, Stmt *s);
/* Cut the program's own sinks off. */
void keep_test_sinks(Checker *cx);

/* ---- check_setting.c: what stands at the top of a program ---------------------------- */
/* `stop`, `skip`, `deadLetter("dir")`; where: "on error", "onError:". */
void check_on_error_word(Checker *cx, OnError *out, const char *where, const char *word, Span at, const Args *args);
/* What was written after `where` is none of its words. */
void on_error_words(Checker *cx, Span at, const char *where);

/* ---- check_window.c: lengths known when compiled ----------------------------------- */
/* The value of an int, time or duration that depends on no param. */
bool constant_int(const Expr *e, int64_t *value);
/* The argument of a node that must lie in a range. */
void check_range(Checker *cx, const Node *n, const Signature *s);
/* Window and slide of a node whose arguments are typed. */
void check_window(Checker *cx, Node *n, const Signature *s);
/* Says when its source is one batch. */
void check_several_batches(Checker *cx, const Node *n);
/* Says when a union's inputs slide differently. */
void check_slides(Checker *cx, const Node *n);
/* The argument of an operator by its parameter's name; NULL: left out, or there is none of it. */
const Expr *node_argument(const Node *n, const Signature *s, const char *name);
/* Does it call batchTime()? */
bool asks_the_batch(const Expr *e);
/* Says when a setting depends on more than literals and params. */
void check_setting(Checker *cx, const Expr *e, const char *what);

/* ---- check_event.c: event time ------------------------------------------------------- */
/* `late:` of a window of event time, as written. */
typedef struct LateWord {
    const Expr *value;            /* NULL: not there */
} LateWord;
/* Take `late: ..` out of the arguments. */
LateWord take_late(Checker *cx, Args *args);
/* What a node whose arguments are typed has to do with event time: does it have what it needs, what it
 * keeps, what becomes of what is late. */
void check_event(Checker *cx, Node *n, LateWord late);

/* ---- check.c ---------------------------------------------------------------------------- */
/* Give a stream a name that the statements below know. */
void name_stream(Checker *cx, const char *name, Span span, Node *n);

/* ---- check_state.c: what is kept by key ---------------------------------------------- */
/* Of a node whose arguments are typed: its state's type, its limits; solves what stateSnapshots puts out. */
void check_state(Checker *cx, Node *n, const Signature *s, SigVars *vars);

/* ---- check_bound.c: what a program keeps for ever -------------------------------------- */
/* Warns of state that only grows, and of state that is lost when the program ends. The plan is sorted. */
void warn_state(Checker *cx);

/* ---- check_done.c --------------------------------------------------------------------- */
/* Replace solved variables by what they are; report what is unsolved. */
void finish_types(Checker *cx);

#endif
