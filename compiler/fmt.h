/* fmt.h: a program's text in its one form: the same words and comments, in the
 * same order, with other blanks and line ends. */
#ifndef DSC_FMT_H
#define DSC_FMT_H

#include "diag.h"

/* Format a program. Returns false when it does not parse (the errors are in
 * diags); `out` is then left as it is. What comes out has the same AST, and
 * formatting that again changes nothing. */
bool format_program(Arena *arena, Diags *diags, const char *file, const char *text, size_t size, Text *out);

#endif
