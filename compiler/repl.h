/* repl.h: a session of `dsc repl`: definitions collected so far, and what is
 * entered. Private to cmd_repl.c and cmd_session.c. */
#ifndef DSC_REPL_H
#define DSC_REPL_H

#include "ast.h"

/* A statement that stays. A later one of the same name takes its place. */
typedef struct Definition {
    StmtKind kind;
    const char *name;             /* "" for settings */
    const char *text;
} Definition;

typedef VEC(Definition) Definitions;

typedef struct Repl {
    Arena *arena;
    Definitions definitions;
    const char *last;             /* the newest expression or `let`: a line `| ..` goes on with it */
} Repl;

/* Statements, expressions, pipelines: define, show, run. Errors are shown on standard error. */
void repl_enter(Repl *r, const char *text);
/* The type of an expression. */
void repl_type(Repl *r, const char *text);
/* The definitions of a file. */
void repl_load(Repl *r, const char *path);
/* The definitions as a program. */
void repl_show(const Repl *r);
/* Does a text end inside a bracket, or behind a word after which something must follow? */
bool repl_goes_on(const char *text);

#endif
