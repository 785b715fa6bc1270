/* snippet.h: the piece of source shown under a diagnostic, with carets that line up. */
#ifndef DSC_SNIPPET_H
#define DSC_SNIPPET_H

#include "ast.h"
#include <stdio.h>

typedef struct Source {
    const char *file, *text;
    size_t size;
} Source;

/* A place to point at: `^^^ label` for the primary one, `--- label` for others. */
typedef struct Mark {
    Span span;
    const char *label;            /* or NULL */
    bool primary;
} Mark;

/* ANSI sequences, or empty texts. */
typedef struct Style {
    const char *error, *warning, *frame, *strong, *also, *plain;
} Style;
extern const Style style_plain, style_colour;

/* Print `--> file:line:col` of marks[0] and the lines the marks are on. Returns
 * the width of the margin; what follows starts there. A mark with line 0 has no
 * place: only the file is named. */
int snippet_print(FILE *out, const Source *source, const Mark *marks, int n, const char *tone, const Style *style);

/* Text that may come from the program: control characters and bytes that are
 * not UTF-8 become U+FFFD; lines after the first are indented. */
void print_indented(FILE *out, const char *text, int indent);

#endif
