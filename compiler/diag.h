/* diag.h: what is wrong with a program, said so that one knows what to type instead.
 *
 * A diagnostic is a row of diag.def (code, title, long help) and a place, a label,
 * what was expected, and what to do. Shown as
 *
 *   error[E0201]: there is no operator `redueByKey`
 *     --> wordcount.ds:9:5
 *      |
 *    9 |   | redueByKey(_ + _)
 *      |     ^^^^^^^^^^ not an operator, a pipe or a sink
 *      |
 *      = expected: ..
 *      = help: did you mean `reduceByKey`?
 *
 * All errors of a phase are shown at once, at most 20, sorted by place. */
#ifndef DSC_DIAG_H
#define DSC_DIAG_H

#include "ast.h"
#include <stdio.h>

typedef enum DiagCode {
#define DIAG(code, title, help) code,
#include "diag.def"
#undef DIAG
    DIAG_COUNT
} DiagCode;

typedef struct Diags Diags;

Diags *diags_new(Arena *arena, const char *file, const char *text, size_t size);

/* A further text; returns the number by which spans mean it. */
int diags_add_file(Diags *d, const char *file, const char *text, size_t size);

/* A new error at a place. The message says what was found; later calls add to it. */
void diag_error(Diags *d, DiagCode code, Span at, const char *format, ...) __attribute__((format(printf, 4, 5)));
void diag_warn(Diags *d, DiagCode code, Span at, const char *format, ...) __attribute__((format(printf, 4, 5)));
/* To the newest diagnostic: the text under its caret, a second place, what was
 * expected, what to do instead. */
void diag_label(Diags *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
void diag_also(Diags *d, Span at, const char *format, ...) __attribute__((format(printf, 3, 4)));
void diag_expected(Diags *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
void diag_help(Diags *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "did you mean `x`?" when one of the names is near; says whether it did. */
bool diag_suggest(Diags *d, const char *found, const char *const *names, int n);

/* Errors since diags_new, printed or not. */
int diags_errors(const Diags *d);
/* Errors and warnings not yet printed. */
int diags_count(const Diags *d);
/* Show all so far, sorted, and forget them. colour: ANSI colours. */
void diags_print(Diags *d, FILE *out, bool colour);
/* The same as JSON, an object a line. Lines and columns count from 1, columns in
 * bytes, ends are exclusive; line 0: of no place in the text. */
void diags_print_json(Diags *d, FILE *out);
/* The long text of "E0201" and its title, or NULL. */
const char *diag_explain(const char *code, const char **title);

#endif
