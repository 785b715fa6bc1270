/* ast.h: the program as written. The parser builds it; the checker adds types,
 * what names mean, and the few nodes marked "made by the checker". */
#ifndef DSC_AST_H
#define DSC_AST_H

#include "base.h"

typedef struct Type Type;
typedef struct Symbol Symbol;
typedef struct Expr Expr;
typedef struct Pattern Pattern;
typedef struct FnDef FnDef;

/* Where in the source: lines and columns count from 1, columns in bytes; the
 * end is exclusive. */
typedef struct Span {
    int line, col, end_line, end_col;
    int file;                     /* 0: the program itself; an imported one's place in Program.files */
} Span;

/* A text that is part of a program. */
typedef struct SourceFile {
    const char *path;             /* as given, or found by its import; "-" for standard input */
    const char *name;             /* the last part of it */
    const char *text;             /* without a byte order mark, terminated, `size` bytes */
    size_t size;
    Span imported;                /* imported files: the `import` in the program itself that led to it */
} SourceFile;

/* ---- types as written -------------------------------------------------- */
typedef enum TypeExprKind { TE_NAME, TE_TUPLE, TE_RECORD, TE_LIST, TE_OPTION } TypeExprKind;
typedef struct TypeExpr TypeExpr;
typedef struct TypeField {
    const char *name;             /* records; else NULL */
    Span span;
    TypeExpr *type;
} TypeField;
struct TypeExpr {
    TypeExprKind kind;
    Span span;
    const char *name;             /* TE_NAME */
    VEC(TypeField) fields;        /* tuple, record: all; list, option: one */
};

/* ---- patterns: parameters of lambdas, `let (a, b) = e` ------------------ */
typedef enum PatternKind { PAT_NAME, PAT_IGNORE, PAT_TUPLE } PatternKind;
struct Pattern {
    PatternKind kind;
    Span span;
    const char *name;
    TypeExpr *annotation;         /* or NULL */
    VEC(Pattern *) items;         /* PAT_TUPLE */
    Type *type;                   /* checker */
    Symbol *symbol;               /* checker: PAT_NAME */
};

/* ---- expressions -------------------------------------------------------- */
typedef enum ExprKind {
    /* literals */
    E_INT, E_FLOAT, E_STRING, E_BOOL, E_NONE, E_DURATION,
    E_LIST,          /* items */
    E_TUPLE,         /* items, two or more */
    E_RECORD,        /* items with names; `rest` in a: `{ n: 1, ..rest }`; `{ user }` is user: user */
    /* names */
    E_NAME, E_HOLE,  /* E_HOLE: `_` */
    /* access */
    E_FIELD,         /* a.name, or a.(0) with name "0"; `_1` stays a name, the checker knows */
    E_OPT_FIELD,     /* a?.name */
    E_INDEX,         /* a[b] */
    E_BANG,          /* a! */
    /* application */
    E_CALL,          /* name(args) */
    E_METHOD,        /* a.name(args) */
    E_UNARY,         /* op a: OP_NEG, OP_NOT */
    E_BINARY,        /* a op b */
    E_IS,            /* a is some(pattern) / a is none (pattern NULL) */
    E_IF,            /* if a then b else c */
    E_LAMBDA,        /* params => a */
    E_BLOCK,         /* { let ..; a } : lets, a */
    E_ANNOT,         /* (a : annotation) */
    E_AS,            /* a as format(args): name, args (args.at[i].type for types) */
    E_SOME,          /* some(a) */
    /* pipelines */
    E_PIPE,          /* a | name(args); a is a stream (or NULL at the head of a `pipe` definition) */
    E_SOURCE,        /* source name(args) as format(..) */
    E_TABLE,         /* table name(args) as format(..) */
    E_SINK,          /* a | sink name(args) as format(..) */
    /* made by the checker */
    E_CONVERT,       /* a, converted to .type: int -> float, A -> A?, or those inside lists and tuples */
    E_BUILTIN        /* a call of a builtin: args by position, .builtin */
} ExprKind;

typedef enum Op {
    OP_NEG, OP_NOT,
    OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_MOD,
    OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE,
    OP_AND, OP_OR, OP_COALESCE
} Op;

typedef struct Arg {
    const char *name;             /* `name: value`, or NULL */
    Span name_span, span;
    Expr *value;                  /* or */
    TypeExpr *type;               /* a type as argument of a format */
} Arg;
typedef VEC(Arg) Args;

typedef struct Format {           /* `as csv(Click, header: true)` */
    const char *name;             /* NULL: none written */
    Span span;
    Args args;
} Format;

typedef struct Let {              /* in a block */
    Pattern *pattern;
    Expr *value;
} Let;

struct Expr {
    ExprKind kind;
    Span span;
    Type *type;                   /* checker; never NULL after it */

    Op op;
    int64_t ival;                 /* E_INT, E_BOOL, E_DURATION (microseconds) */
    bool big;                     /* E_INT 9223372036854775808: only right under OP_NEG */
    double fval;
    Bytes text;                   /* E_STRING; E_FLOAT and E_INT as written */

    const char *name;             /* E_NAME, E_FIELD, E_CALL, E_METHOD, E_PIPE, E_SOURCE.. */
    Span name_span;               /* of that name */
    Expr *a, *b, *c;
    Args args;                    /* call, method, pipe, source, sink; items of list, tuple, record */
    Format format;                /* source, table, sink */
    VEC(Pattern *) params;        /* E_LAMBDA */
    VEC(Let) lets;                /* E_BLOCK */
    Pattern *pattern;             /* E_IS some(pattern) */
    TypeExpr *annotation;         /* E_ANNOT */

    /* checker */
    Symbol *symbol;               /* E_NAME: the variable or param it means */
    FnDef *fn;                    /* E_CALL: the instance of a user function it calls */
    const struct Builtin *builtin;/* E_BUILTIN */
    int index;                    /* E_FIELD: position of the field */
};

/* A variable: a lambda's parameter, a let, a param of the program. */
typedef enum SymbolKind { SYM_LOCAL, SYM_PARAM, SYM_STREAM, SYM_CONST } SymbolKind;
struct Symbol {
    SymbolKind kind;
    const char *name;
    Span span;                    /* of its definition */
    Type *type;
    int index;                    /* SYM_PARAM: its number */
    Expr *value;                  /* SYM_CONST: top-level `let` of a plain value */
    struct Node *node;            /* SYM_STREAM */
    int64_t size;                 /* SYM_CONST: parts of its value, with those of the constants in it */
    bool used;
    bool made;                    /* for `_`: its name says nothing */
};

/* ---- statements ---------------------------------------------------------- */
typedef enum StmtKind {
    S_BATCH,         /* batch 1s */
    S_CHECKPOINT,    /* checkpoint "dir" every 10s keep 7d */
    S_ON_ERROR,      /* on error stop | skip | deadLetter("..") : name, args */
    S_PARAM,         /* param name: type = value */
    S_TYPE,          /* type name = annotation */
    S_FN,            /* fn name(params): annotation = value */
    S_LET,           /* let pattern = value */
    S_PIPE,          /* pipe name(params) = value (an E_PIPE chain whose head is NULL) */
    S_EXPR,          /* a pipeline that ends in a sink */
    S_IMPORT,        /* import "lib.ds" : value, import stats : name; gone once import.c has put in the file's statements */
    S_EXTERN,        /* extern fn name(params): annotation = value, a file's name */
    S_TEST           /* test "name" { .. } : name, clauses */
} StmtKind;

/* `give lines = [["a b"], []]` or `expect counts = [[("a", 1)], []]` */
typedef struct Clause {
    bool give;
    const char *name;
    Span name_span, span;
    Expr *value;
} Clause;
typedef VEC(Clause) Clauses;

typedef struct Stmt {
    StmtKind kind;
    Span span;
    const char *name;
    Span name_span;
    VEC(Pattern *) params;        /* S_FN, S_PIPE */
    TypeExpr *annotation;
    Pattern *pattern;             /* S_LET */
    Expr *value;
    Args args;
    Expr *every, *keep;           /* S_CHECKPOINT; or NULL */
    Clauses clauses;              /* S_TEST */
    bool crash;                   /* S_TEST: crash everywhere */
} Stmt;

typedef struct Program {
    const char *file;             /* as given; "-" for standard input */
    const char *text;             /* the whole source, terminated, `size` bytes */
    size_t size;
    int number;                   /* of this file: in the spans of its statements */
    VEC(Stmt *) stmts;
    VEC(SourceFile) files;        /* itself, then those it imports */
} Program;

/* A user function at one choice of parameter types: parameters left untyped
 * make a new instance at each use with other types. */
struct FnDef {
    const char *name;
    Span span;
    VEC(Pattern *) params;
    Type *result;
    Expr *body;                   /* a typed copy of the definition's; NULL: in C */
    struct Used **used;           /* used.c: by parameter, what the body looks at of it */
};

struct Diags;
/* Parse text. Errors go to diags; returns the statements it could read (never
 * NULL). Everything lives in the arena but the text, which must outlive it.
 * A byte order mark is skipped: spans count from behind it, as program->text does. */
Program *parse_program(Arena *arena, struct Diags *diags, const char *file, const char *text, size_t size);
/* import.c: put what a parsed program imports where its `import` statements stand. */
/* given: files that are read from here, in the place of their paths, and no others; NULL: none. */
void import_files(Arena *arena, struct Diags *diags, Program *program, const SourceFile *given, int n_given);
/* The last part of a path. */
const char *path_name(const char *path);

/* A deep copy of an expression as written (no checker fields). */
Expr *expr_clone(Arena *arena, const Expr *e);
/* The same, said to stand at one place as a whole: text of dsc's own. */
Expr *expr_clone_at(Arena *arena, const Expr *e, const Span *at);
/* The kind's name for messages and dumps: "a list", "a call". */
const char *expr_kind_name(ExprKind kind);
const char *op_text(Op op);       /* "+", "and" */

#endif
