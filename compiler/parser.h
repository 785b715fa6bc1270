/* parser.h: what lexer, newline filter and grammar share. Private to them.
 *
 * text -> grammar/dsc.l (words) -> newline.c (statements, brackets, contextual
 * words; habits.c: those of other languages) -> grammar/dsc.y (AST, by build.c). Who reports an error at a word
 * that the grammar cannot take hands on TOK_BAD, which the grammar rejects
 * without a second message. After an error the rest of the statement is
 * skipped, so that each statement gives at most one syntax error. */
#ifndef DSC_PARSER_H
#define DSC_PARSER_H

#include "ast.h"
#include "diag.h"

typedef struct Tokens Tokens;     /* newline.c */
typedef VEC(Pattern *) Patterns;
typedef VEC(TypeField) TypeFields;
typedef VEC(Let) Lets;

/* A word as the grammar saw it: a TOK_ kind, the text of names and of words. */
typedef struct Word {
    int kind;
    const char *name;             /* or NULL */
    Span span;
} Word;

/* All words that the grammar was given, and the comments, in the order of the
 * text: what the formatter works from. A statement's end is SEP, or BLOCK_SEP in
 * a block; its name is ";" where that was written. */
typedef struct Written {
    VEC(Word) words;
    VEC(Span) comments;
} Written;

typedef struct Parser {
    Arena *arena;
    Written *written;             /* to be filled, or NULL */
    Diags *diags;
    Program *program;
    Tokens *tokens;

    /* lexer: where the next word starts; whether a line ended before it */
    void *scanner;
    int line, col;
    bool newline;
    int words;                    /* read so far */

    /* syntax.c: a line it looked for, and where that starts */
    int found_line;
    size_t found_start;
} Parser;

enum {
    MAX_WORDS = 4 << 20,          /* in a program */
    MAX_SIZE = 1 << 30,           /* bytes of a program */
    MAX_NESTING = 1000,           /* brackets and expressions in each other */
    MAX_CHAIN = 12000             /* operators of one expression in a row; pipelines have no bound */
};

/* ---- grammar/dsc.l ------------------------------------------------------- */
bool lexer_open(Parser *p);       /* reads p->program; false: out of memory */
void lexer_close(Parser *p);
/* The kind of a reserved word, TOK_NAME of any other. */
int lexer_reserved(const char *name);

/* ---- parse.c ------------------------------------------------------------- */
/* parse_program, which also notes the words and comments. */
Program *parse_written(Arena *arena, Diags *diags, const char *file, const char *text, size_t size, Written *written);
/* The same of a file that another imports; number: its place in that one's files. */
Program *parse_imported(Arena *arena, Diags *diags, const char *file, const char *text, size_t size, int number);

/* ---- newline.c ----------------------------------------------------------- */
typedef struct Bracket {
    int kind;                     /* ( [ { */
    bool block;                   /* `{ let`: line ends count */
    int words;                    /* handed on while it was innermost, itself included */
    Span span;
    Word before;                  /* the word before it, as the name of a call */
} Bracket;

void tokens_open(Parser *p);
/* After a syntax error: skip to the end of the statement. */
void tokens_recover(Parser *p);
/* Is what is read now part of a statement that is wrong already? */
bool tokens_skipped(const Parser *p);

/* For messages: the newest word, the one before it, the first of its statement. */
const Word *tokens_newest(const Parser *p);
const Word *tokens_before(const Parser *p);
const Word *tokens_first(const Parser *p);
/* The innermost bracket that was open when the newest word came, or NULL. */
const Bracket *tokens_bracket(const Parser *p);

/* ---- syntax.c ------------------------------------------------------------ */
/* Report the newest word, which the grammar does not take. `expected` are
 * names of grammar symbols. */
void syntax_error(Parser *p, Span at, const char *const *expected, int n);
/* The text of the program at a span of one line. */
const char *syntax_text(Parser *p, Span at);

/* ---- literal.c ----------------------------------------------------------- */
/* E_INT, E_FLOAT or E_DURATION from text that starts with a digit. */
Expr *literal_number(Parser *p, const char *s, size_t n, Span span);
/* E_STRING from a string with its quotes (and the r of a raw one). */
Expr *literal_string(Parser *p, const char *s, size_t n, Span span);
/* The unit of durations that is meant by `s`, `sec` or `seconds`; NULL: none. */
const char *literal_unit(const char *word, size_t n);

/* ---- build.c: what the actions of the grammar call ------------------------ */
Expr *build_expr(Parser *p, ExprKind kind, Span span);
Expr *build_named(Parser *p, ExprKind kind, const char *name, Span name_span, Span span);
Expr *build_binary(Parser *p, Op op, Expr *a, Expr *b, Span span);
/* at: where the operands were written, brackets included. */
Expr *build_compare(Parser *p, Op op, Expr *a, Span a_at, Expr *b, Span span);
Expr *build_coalesce(Parser *p, Expr *a, Span a_at, Expr *b, Span b_at, Span span);
Expr *build_is(Parser *p, Expr *a, Span a_at, Pattern *pattern, Span span);
/* `( items )`, trailing: a comma stood last. */
Expr *build_paren(Parser *p, Args *items, bool trailing, Span span);
Expr *build_items(Parser *p, ExprKind kind, Args *items, Span span);
Expr *build_record(Parser *p, Args *fields, Span span);
Expr *build_block(Parser *p, Lets *lets, Expr *result, Span span);
/* head: the parameters as read, an expression; NULL for `()`. */
Expr *build_lambda(Parser *p, Expr *head, Span head_at, Expr *body, Span span);
/* `a as format`, or the format of a source. */
Expr *build_as(Parser *p, Expr *a, Span a_at, Format *format, Span span);
Expr *build_pipe(Parser *p, Expr *left, Span left_at, Expr *stage, Span span);
Args *build_args(Parser *p, Args *args, Arg *arg);
Arg *build_arg(Parser *p, const char *name, Span name_span, Expr *value, Span span);
/* Arguments of calls: named ones last. */
Args *build_check_args(Parser *p, Args *args);
const char *build_field_name(Parser *p, Expr *string);
Pattern *build_pattern(Parser *p, PatternKind kind, const char *name, Span span);
TypeExpr *build_type(Parser *p, TypeExprKind kind, Span span);
/* A record type with all its fields. */
TypeExpr *build_record_type(Parser *p, TypeExpr *type, Span span);
void build_type_field(Parser *p, TypeExpr *type, const char *name, TypeExpr *field, Span span);
Stmt *build_stmt(Parser *p, StmtKind kind, Span span);
Stmt *build_test(Parser *p, const char *name, Span name_span, const Clauses *clauses, Span span);
Clause *build_clause(Parser *p, bool give, const char *name, Span name_span, Expr *value, Span span);

/* From the start of a to the end of b. */
Span span_join(Span a, Span b);
bool span_equal(Span a, Span b);

#define vec_copy(to, from) ((to)->at = (from)->at, (to)->n = (from)->n, (to)->cap = (from)->cap)

#endif
