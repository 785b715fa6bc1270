/* kept.h: a program as a checkpoint keeps it: its text, those of the files it imports, and the params
 * that it was started with. As text, one after the other:
 *
 *     file BYTES PATH         the program first, under the name that it was given
 *     <the bytes>
 *     param BYTES NAME
 *     <the value, as it was given> */
#ifndef DSC_KEPT_H
#define DSC_KEPT_H

#include "compile.h"
#include "rt_run.h"

typedef struct Kept {
    const SourceFile *files;      /* path, text, size */
    int n_files;
    const char **args;            /* --NAME=VALUE */
    int n_args;
} Kept;

/* The program that was compiled, with its options. */
void kept_write(const Program *program, const dsc_program *compiled, const rt_options *options, Text *out);
/* Back. False: it is none. */
bool kept_read(Arena *arena, Bytes text, Kept *out);

#endif
