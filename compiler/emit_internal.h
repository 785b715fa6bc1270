/* emit_internal.h: what the files of the emitter share.
 *
 *   emit_text.c     lines, ways out; emit_name.c names; emit_sweep.c takes out what is unused
 *   emit_type.c     structs, descriptors, names at file scope
 *   emit_value.c    values: C expressions, or tuples in parts
 *   emit_expr.c     expressions; emit_choice.c and, or, if; emit_option.c what may be missing
 *   emit_arith.c    arithmetic; emit_literal.c literals and constant data
 *   emit_builtin.c  builtin functions; emit_list.c those written out as loops
 *   emit_fn.c       functions: the user's, and parts of what nests too deep
 *   emit_stage.c    loops over elements; emit_row.c what operators do with each
 *   emit_held.c     operators that go through a batch in order; emit_join.c joins
 *   emit_fold.c     putting into folds, reading them, combining
 *   emit_unit.c     setup, tables, and the order of it all
 *
 * How code is written: an expression becomes a Value. The statements that it
 * needs (whatever can fail, loops) have been written to the current function
 * by then; the Value's text has no effects, so it may stand anywhere below in
 * the same block, also never. What may be used more than once is settled first:
 * given a name. Declarations of names that turn out to be unused are taken out
 * when the function is done. */
#ifndef DSC_EMIT_INTERNAL_H
#define DSC_EMIT_INTERNAL_H

#include "emit.h"
#include "opdef.h"

enum { LONGEST_TEXT = 90 };       /* a longer C expression gets a name */

/* How tightly the outermost operator of a C expression binds. */
typedef enum Prec { PREC_COND = 1, PREC_OR, PREC_AND, PREC_EQ, PREC_REL, PREC_ADD, PREC_MUL, PREC_UNARY, PREC_PRIMARY } Prec;

typedef struct Value Value;
struct Value {
    Type *type;
    const char *text;             /* C expression; NULL: in parts */
    Prec prec;
    bool atom;                    /* short, costs nothing: may stand any number of times */
    bool lvalue;                  /* & of it is allowed */
    bool pointer;                 /* text points to the value */
    bool constant;                /* an int known now: in `ival` */
    int64_t ival;
    int bits;                     /* an int64_t known to lie below 2^bits in size; 0: nothing known */
    const char *negated;          /* a bool: the text of its opposite, where that is shorter than !text */
    Prec negated_prec;
    Value *parts;                 /* tuple, record: the fields; option: {what is there, is it there} */
};

/* Where an element goes that has failed or is dropped. */
typedef enum ExitKind {
    EXIT_CONTINUE,                /* the next round of a loop */
    EXIT_BRANCH,                  /* the end of one consumer's code; another's follows */
    EXIT_RETURN, EXIT_FALSE       /* out of the function: return; return false; */
} ExitKind;
typedef struct Exit {
    ExitKind kind;
    int loops;                    /* EXIT_CONTINUE: fun->loops just inside that loop */
    int label;                    /* its number, once a goto needs one */
} Exit;

typedef struct Binding {
    const Symbol *symbol;
    Value value;
    const char *storage;          /* declared ahead: a local to be assigned */
} Binding;

typedef struct NameSet {
    const char **at;
    int n, cap;
} NameSet;

typedef struct Hoisted {
    const char *key, *name;
} Hoisted;

/* A C function being written. */
typedef struct Fun Fun;
struct Fun {
    Fun *outer;                   /* goes on when this one is done */
    Text head;                    /* declarations hoisted to its top */
    Text body;
    int indent, loops, labels;
    Exit *exit;
    bool failed;                  /* something in it can fail */
    VEC(Binding) env;
    VEC(const char *) names;      /* locals that can be seen */
    NameSet ever;                 /* and those that could be */
    VEC(Hoisted) hoisted;
};

/* The next number for names at file scope that begin alike. */
typedef struct Numbering {
    const char *base;
    int next;
} Numbering;

/* A C type, once defined. */
typedef struct TypeDef {
    Type *type;
    const char *name, *descriptor, *fields;   /* "string_int", "string_int_type", "string_int_fields" */
    bool has_struct, has_descriptor;
} TypeDef;

/* A user function, written. */
typedef struct FnMade {
    const FnDef *fn;
    struct Written *written;
} FnMade;

typedef struct ConstMade {
    const Expr *expr;
    Type *type;
    const char *name;
} ConstMade;

/* The unit is made of definitions at file scope, by section; what one refers to
 * stands before it. Those that nothing refers to are left out. */
typedef enum Section { SECTION_STRUCTS, SECTION_DATA, SECTION_FUNCTIONS, SECTIONS } Section;
typedef struct Item {
    const char *name, *text;
} Item;

typedef struct Emit {
    Arena *arena;
    const Plan *plan;
    Fun *fun;                     /* now being written */
    NameSet globals, locals;      /* names at file scope; of all locals ever */
    VEC(Numbering) numbers;
    VEC(TypeDef *) types;
    VEC(FnMade *) fns;
    VEC(ConstMade) consts;
    struct Written **rows;        /* by node id: the function that its row code is */
    struct Written **outs;        /* by node id: the function that takes what it puts out */
    bool *cut;                    /* by node id: a function of its own */
    bool in_setup;
    const char *event;            /* the local that points to the dsc_event of the element in hand; NULL: it has none */
    const char **param_names;     /* by index: its enumerator */
    const char **node_names;      /* by node id: its enumerator, NULL where fused away */
    const char **fold_names;      /* by node id: its dsc_fold; of a sink that calls, its function */
    const char **intake_names;    /* by node id: its dsc_intake, once written */
    const char **times_names;     /* by node id: sources with `at`: the function that gives times */
    const char **stage_names;     /* by stage number */
    VEC(Item) items[SECTIONS];
} Emit;

/* ---- emit_name.c -------------------------------------------------------- */
bool name_set_has(const NameSet *set, const char *name);
void name_set_addn(Arena *arena, NameSet *set, const char *name, size_t n);

/* ---- emit_text.c -------------------------------------------------------- */
void emit_line(Emit *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A line that ends in {, and what is inside it; and its end. */
void emit_open(Emit *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
void emit_close(Emit *e);
/* "} else {" */
void emit_else(Emit *e);
/* Break long lines of C behind commas. */
void text_wrap(const char *text, Text *out);
/* A statement that stands alone under an `if` of its own. */
void emit_if(Emit *e, const char *condition, const char *statement);
char *emit_format(Emit *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A name for a new local near `hint`, unlike all that can be seen. */
const char *emit_name(Emit *e, const char *hint);
/* A name for a local of the whole function, to be declared at its top. */
const char *emit_hoisted_name(Emit *e, const char *hint);
/* A name at file scope near `hint`, unlike all others. */
const char *emit_global_name(Emit *e, const char *hint);
/* "T name = init;" or, without init, "T name;": taken out again where the name is never used. */
void emit_declare(Emit *e, const char *ctype, const char *name, const char *init);
/* The same at the top of the function, once per key. Returns the local's name. */
const char *emit_hoist(Emit *e, const char *key, const char *ctype, const char *hint, const char *init);

/* A definition of `name` at file scope; is there one already? */
void emit_item(Emit *e, Section section, const char *name, const char *text);
bool has_item(const Emit *e, Section section, const char *name);
/* All items that are referred to, from `roots` on; blank lines between functions. */
void items_write(Emit *e, const char *roots, Text *out);

/* Begin a function; its end: the text of its body with what is unused taken
 * out, in the arena. `used`, when not NULL: for each of n names, is it in there? */
void fun_begin(Emit *e, Fun *fun, Exit *exit);
char *fun_end(Emit *e, Fun *fun, int n, const char *const *names, bool *used);
/* How names and bindings were, to return to at the end of a block. */
typedef struct Scope {
    int names, env;
} Scope;
Scope scope_begin(Emit *e);
void scope_end(Emit *e, Scope scope);

/* Writing aside: statements go to a text of their own until capture_end, which
 * returns them ("" when there were none). */
typedef struct Capture {
    Text body;
    int indent;
} Capture;
Capture capture_begin(Emit *e, int indent);
char *capture_end(Emit *e, Capture capture);
void emit_captured(Emit *e, const char *text);

/* Leave: the element in hand is dropped, or bad for `why`, a C string expression. */
void emit_leave(Emit *e);
void emit_bad(Emit *e, Span at, const char *why);
/* What stands before each literal in a `why` that is more than one: where in an imported file, or "". */
const char *imported_place(Emit *e, Span at);
/* What a fold made is bad: no element to drop, so the program stops. */
void emit_bad_fold(Emit *e, Span at, const char *why);
const char *exit_text(Emit *e);
/* The label of an exit, at the end of what it leaves, where a goto needs it. */
void exit_end(Emit *e, const Exit *exit);

/* ---- emit_type.c -------------------------------------------------------- */
/* Accumulators that are no values of the language. */
extern Type emit_isum, emit_fsum;
const char *c_type(Emit *e, Type *type);
/* "&string_int_type" */
const char *c_descriptor(Emit *e, Type *type);
/* The same for what a source reads, of which only `used` is looked at. */
const char *c_read_descriptor(Emit *e, Type *type, const Used *used);
/* The C name of a tuple's or record's field. */
const char *c_field(Emit *e, Type *type, int i);
/* A short name for a value of the type: "word", "pair", "n". */
const char *type_hint(Emit *e, Type *type);
bool type_is_flat(Type *type);
bool type_is_number(Type *type);  /* int, time, duration: an int64_t */
bool type_is_struct(Type *type);  /* tuple, record, option: a struct of ours */

/* ---- emit_value.c ------------------------------------------------------- */
Value value_text(Type *type, Prec prec, const char *text);
Value value_atom(Type *type, const char *text);
/* A local: an atom whose address may be taken. */
Value value_local(Type *type, const char *name);
Value value_pointer(Type *type, const char *name);
Value value_int(Emit *e, Type *type, int64_t i);
Value value_bool(bool b);
Value value_parts(Emit *e, Type *type);
bool value_is_settled(const Value *v);
/* The C expression of the whole value; tuples in parts as compound literals. */
const char *value_c(Emit *e, Value v);
/* The same with parentheses where it binds less tightly than `prec`. */
const char *value_operand(Emit *e, Value v, Prec prec);
/* For use between braces or after `=`: tuples in parts as { .. }. */
const char *value_init(Emit *e, Value v);
/* "&x": a pointer to the value, which gets a local where it has none. */
const char *value_address(Emit *e, Value v, const char *hint);
Value value_field(Emit *e, Value v, int i);
/* "x.n" or "x->n" of a settled value. */
const char *value_member(Emit *e, Value v, const char *member);
/* Is there something in an option; what it is. */
Value value_some(Emit *e, Value v);
Value value_inner(Emit *e, Value v);
Value value_not(Emit *e, Value v);
/* Give names to what may be used more than once. The hint may be NULL. */
Value value_settle(Emit *e, Value v, const Pattern *hint);
/* One local for the whole value. */
Value value_store(Emit *e, Value v, const char *hint);
/* a and b, both without statements. */
Value value_and(Emit *e, Value a, Value b);
Value value_equal(Emit *e, Value a, Value b, bool equal);
Value value_less(Emit *e, Value a, Value b, Op op);
/* As the checker's E_CONVERT: int to float, A to A?, or those inside. */
Value value_convert(Emit *e, Value v, Type *to);

/* ---- emit_expr.c -------------------------------------------------------- */
/* `hint`: where the value goes by a pattern, its names; or NULL. */
Value emit_expr(Emit *e, const Expr *x, const Pattern *hint);
const Pattern *hint_name(Emit *e, const char *name);
const char *hint_text(const Pattern *hint, const char *otherwise);
bool says_nothing(const Pattern *hint);
/* Bind a pattern's names to a value. `body`: where they are used, for counting;
 * NULL: anywhere, any number of times. */
void emit_bind(Emit *e, const Pattern *p, Value v, const Expr *body);
void emit_bind_symbol(Emit *e, const Symbol *symbol, Value v);
const Binding *find_binding(Emit *e, const Symbol *symbol);
/* A lambda's body for these arguments; one tuple is taken apart where it has more parameters. */
Value apply_lambda(Emit *e, const Expr *lambda, int n, const Value *args, const Pattern *hint);
/* Only bind a lambda's parameters to these arguments. */
void apply_params(Emit *e, const Expr *lambda, int n, const Value *args);
/* How often is a symbol used in x? Inside functions that are applied to many: twice or more. */
int count_uses(const Expr *x, const Symbol *symbol);
/* ---- emit_choice.c ------------------------------------------------------ */
Value emit_logic(Emit *e, const Expr *x);
Value emit_if_expr(Emit *e, const Expr *x, const Pattern *hint);
/* Go on only where x is true: `if (!x) <leave>`. */
void emit_keep_if(Emit *e, const Expr *x);
/* Begin the code that runs only where x is true. */
typedef struct Blocks {
    int n;
    Scope scope;
} Blocks;
Blocks emit_open_if(Emit *e, const Expr *x);
void blocks_close(Emit *e, const Blocks *blocks);
/* Assign to a temporary what x is, inside a branch. */
void emit_assign(Emit *e, const char *name, Value v);

/* ---- emit_arith.c ------------------------------------------------------- */
Value emit_negative(Emit *e, const Expr *x, const Pattern *hint);
Value emit_arithmetic(Emit *e, const Expr *x, const Pattern *hint);
/* "T name; if (!call) bad": the call fills in name. `call` has %s for it; `why` is
 * a C string expression. Returns the local. */
Value emit_fallible(Emit *e, Type *type, const char *name, const char *call, Span at, const char *why);

/* ---- emit_option.c ------------------------------------------------------ */
/* An option to be looked at at once: `some` is evaluated exactly once, right
 * here, and `v` may be used only where it was true. `own`: v is a local that
 * may be assigned to. */
typedef struct Option {
    Value some, v;
    const char *own;
} Option;
Option emit_option(Emit *e, const Expr *x, const Pattern *hint);
/* `text as json(T)`, kept as an option. */
Value emit_as(Emit *e, const Expr *x, const Pattern *hint);
Value emit_bang(Emit *e, const Expr *x, const Pattern *hint);
Value emit_coalesce(Emit *e, const Expr *x, const Pattern *hint);
Value emit_is(Emit *e, const Expr *x);
Value emit_opt_field(Emit *e, const Expr *x);
/* Declare locals ahead for the names that x's `is some(..)` bind. */
void declare_patterns(Emit *e, const Expr *x);

/* ---- emit_literal.c ----------------------------------------------------- */
/* The length of the character of UTF-8 at p, where it may stand in C as it is; else 0. */
size_t readable_utf8(const char *text, size_t n);
/* A C string literal with its quotes. */
const char *c_string(Emit *e, const char *p, size_t n);
Value emit_string(Emit *e, Bytes text);
Value emit_float(Emit *e, const Expr *x);
bool is_constant(const Expr *x);
/* A constant as a static initialiser of type `to`, which it is converted to. */
const char *constant_text(Emit *e, const Expr *x, Type *to);
/* A list of constants as data at file scope. */
Value emit_constant_list(Emit *e, const Expr *x);
Value emit_list(Emit *e, const Expr *x, const Pattern *hint);

/* ---- emit_builtin.c, emit_list.c ---------------------------------------- */
Value emit_builtin(Emit *e, const Expr *x, const Pattern *hint);
/* A call of a builtin whose result is an option, to be made at once. */
Option emit_builtin_option(Emit *e, const Expr *x, const Pattern *hint);
bool builtin_gives_option(const Builtin *b);
Value emit_inline(Emit *e, const Expr *x, const Pattern *hint);
/* A loop over a list, which must be settled; `condition`: go on only while that
 * is true, or NULL. */
typedef struct Loop {
    const char *index;
    Value item;
    Scope scope;
} Loop;
Loop loop_begin(Emit *e, Value list, const Pattern *hint, const char *condition);
void loop_end(Emit *e, const Loop *loop);
/* A loop over a list that makes another one, `type`, with at most as many elements. */
typedef struct Made {
    Loop loop;
    const char *items, *count;    /* count: a local, where there may be fewer */
    Value list;
} Made;
Made made_begin(Emit *e, Type *type, Value list, const Pattern *hint, const char *count);
void made_end(Emit *e, Made *made, Value item);
/* The element of a settled list at `index`, a C expression. */
Value list_item(Emit *e, Value list, const char *index, const Pattern *hint);
/* What emit_inline and emit_builtin say of a function's arguments. */
Value emit_format_call(Emit *e, const Expr *x, const Pattern *hint);

/* ---- emit_fn.c ---------------------------------------------------------- */
/* A parameter of a function: a value, or a pointer to it. */
typedef struct FnParam {
    Type *type;
    const char *name;
    bool pointer;
    bool used;                    /* else it is left out */
} FnParam;
/* A C function, written. */
typedef struct Written {
    const char *name;
    FnParam *params;
    int n;
    bool takes_task, fallible;
    Type *result;                 /* NULL: void */
} Written;
/* A parameter of the function being written: named, declared when it is done. */
Value fn_param(Emit *e, FnParam *param, Type *type, const char *hint, bool pointer);
/* End a function and define it. `comment`: lines before it, or "". */
Written *fn_done(Emit *e, Fun *fun, const char *name, FnParam *params, int n, Type *result, const char *comment);
/* "name(task, a, b)" with those arguments that it uses; out: NULL or the last. */
const char *fn_call_text(Emit *e, const Written *w, const Value *args, const char *out);
Value emit_call(Emit *e, const Expr *x, const Pattern *hint);

/* ---- emit_extern.c ------------------------------------------------------ */
Value emit_extern_call(Emit *e, const Expr *x, const Pattern *hint);
/* The function of `sink call(f)`, as a dsc_node has it: written; returns its name. */
const char *emit_call_sink(Emit *e, const Node *n);
/* The same of one whose result is an option, to be looked at at once. */
Option extern_option(Emit *e, const Expr *x, const Pattern *hint);
/* Is the code nested so deeply that an expression had better become a function? */
bool too_deep(const Emit *e);
/* x as a function of its own, called here. */
Value emit_outlined(Emit *e, const Expr *x, const Pattern *hint);

/* ---- emit_join.c -------------------------------------------------------- */
/* An element looked up in a table: with each of its rows of the same key. */
void row_lookup(Emit *e, const Node *n, Value v);
/* The one that held at its time. */
void row_asof(Emit *e, const Node *n, Value v);
/* Of the rows of a table for asofJoin: (key, value, time) is held of each. */
bool rows_have_time(const Node *n);
Type *timed_row_type(Emit *e, const Node *n);
Value timed_row(Emit *e, const Node *n, Value v);
/* The stages of joins and cogroup of two streams. */
void held_join(Emit *e, const Node *n);
void held_cogroup(Emit *e, const Node *n);
/* join(.., within: ..): an element of one side, and its stage. */
void row_side(Emit *e, const Node *n, Value v);
void held_interval(Emit *e, const Node *n);

/* ---- emit_held.c -------------------------------------------------------- */
/* What a DSC_HELD holds: the elements of its input; of several, (side, A, B ..). */
Type *held_type(Emit *e, const Node *n);
Value held_value(Emit *e, const Node *n, int input, Value v);
/* The body of its stage. */
void emit_held(Emit *e, const Node *n);

/* ---- emit_sorted.c: DSC_SORTED -------------------------------------------- */
/* What it holds: (key, element), or elements that are their own keys or have none; and of what is
 * put in and taken out. */
Type *sorted_type(Emit *e, const Node *n);
Value sorted_value(Emit *e, const Node *n, Value v);
Value sorted_element(Emit *e, const Node *n, Value held);
Type *sort_key(Emit *e, const Node *n);
/* The calls of setup. */
void set_sort(Emit *e, const Node *n);
/* ---- emit_at.c: sources cut by a time in the data ------------------------------ */
/* The function that gives an element's time; NULL: batches are cut otherwise. */
const Expr *source_at(const Node *n);
/* The element in hand is bad if its time is not in the batch in hand. */
void emit_in_time(Emit *e, const Node *source, Value v);
/* Write the function that tells the times of a source's elements; its name, or NULL. */
const char *emit_times(Emit *e, const Node *source);
/* Open the loop over what a source, or a window of elements, gives. (emit_stage.c) */
Value open_items(Emit *e, const Node *root, Type *type, const Pattern *hint);

/* ---- emit_event.c ------------------------------------------------------- */
/* A dsc_event, as a parameter. */
extern Type emit_event;
/* Do the elements that a narrow operator takes have event time? */
bool row_has_event(const Node *n);
void row_event_time(Emit *e, const Node *n, Value v);
/* Operators that hold elements and go by event time: what they hold, keep and are told; their stages. */
bool held_by_time(const Node *n);
Type *event_held_type(Emit *e, const Node *n);
Value event_held_value(Emit *e, const Node *n, Value v);
Type *held_state(Emit *e, const Node *n);
const char *by_time_text(Emit *e, const Node *n);
void held_windows(Emit *e, const Node *n);
void held_distinct(Emit *e, const Node *n);
/* In setup: the lengths of n; lateness and idle time of all eventTime operators. */
void set_event(Emit *e, const Node *n);
void set_clocks(Emit *e);

/* ---- emit_state.c ------------------------------------------------------- */
/* Bodies of stages that keep state. */
void held_update(Emit *e, const Node *n);
void held_map_with_state(Emit *e, const Node *n);
void held_snapshots(Emit *e, const Node *n);

/* ---- emit_stage.c ------------------------------------------------------- */
void emit_stage(Emit *e, const Stage *stage);
/* The source lines that a function does, from one node on. */
const char *stage_comment(Emit *e, const Node *first, bool root);
const Expr *node_arg(Emit *e, const Node *n, const char *name);
bool node_by_key(const Node *n);
/* Does an unkeyed fold put something out for an empty batch? */
bool node_always(const Node *n);
/* What the elements that a node puts out are called, or NULL; a lambda's parameters as one
 * pattern; a part of a hint for tuples. */
const Pattern *element_hint(Emit *e, const Node *n);
const Pattern *lambda_hint(Emit *e, const Expr *lambda);
const Pattern *item_hint(const Pattern *hint, int i);

/* ---- emit_row.c --------------------------------------------------------- */
bool node_is_narrow(const Node *n);
/* Decide which operators are functions of their own; write one, after those below it. */
void find_cuts(Emit *e);
void write_row(Emit *e, const Node *n);
/* The code of all that take n's elements, for one of them. */
void emit_consumers(Emit *e, const Node *n, Value v);
/* Each element of the list, or what is in the option, that n's lambda gives for
 * `arg`. key: by-key forms, that of each element; else NULL. */
void emit_each(Emit *e, const Node *n, const Value *key, Value arg);
/* That of one of them. */
void emit_consumer(Emit *e, const Node *n, const Node *to, Value v);
/* The same by a function that takes the element, for what is put out at several places. */
void emit_out(Emit *e, const Node *n, Value v);

/* ---- emit_fold.c -------------------------------------------------------- */
Type *fold_acc(Emit *e, const Fold *fold);
/* Put an element into a fold. */
void emit_fold_in(Emit *e, const Node *n, Value v);
/* An accumulator that holds v alone. */
Value fold_single(Emit *e, const Fold *fold, Value v);
/* The local that holds this worker's table of a flat exact fold. */
const char *fold_table(Emit *e, const Node *n);
/* The value of an accumulator; acc: a const void *. */
Value emit_fold_get(Emit *e, const Node *n, const char *acc, const Pattern *hint);
/* The dsc_fold of a node: written when first asked for. Returns its name. */
const char *fold_name(Emit *e, const Node *n);


/* ---- emit_unit.c -------------------------------------------------------- */
/* Text of the program as it may stand in a comment; the line of the program, trimmed. */
const char *comment_text(Emit *e, const char *text);
const char *source_line(Emit *e, Span span);
/* "wordcount.ds:3", for comments; where the program itself says so, for messages: of what an imported
 * file does, its `import`. */
const char *place_text(Emit *e, Span span);
Span place_in_program(const Emit *e, Span span);

#endif
