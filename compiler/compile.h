/* compile.h: from a program's text to C text: the passes in order. */
#ifndef DSC_COMPILE_H
#define DSC_COMPILE_H

#include "aot.h"
#include "diag.h"
#include "plan.h"

#include <stdio.h>

typedef struct Compilation {
    Arena *arena;                 /* owns everything below */
    Program *program;
    Plan *plan;                   /* NULL after errors */
    char *c_text;                 /* NULL unless asked for */
    VEC(CFile) c_files;           /* with it: C files of extern functions, which must be compiled by cc */
} Compilation;

typedef enum CompileGoal {
    GOAL_CHECK,                   /* errors and warnings only */
    GOAL_PLAN,                    /* stages too */
    GOAL_C
} CompileGoal;

typedef struct CompileOptions {
    CompileGoal goal;
    bool unfused;                 /* every operator a function of its own, nothing rewritten */
    bool quiet;                   /* no warnings */
    const char *text;             /* the program itself, in place of a file; the path is only its name */
    const SourceFile *files;      /* with `text`: those that it imports, in the place of files; or NULL */
    int n_files;
    FILE *json;                   /* errors and warnings go here as JSON lines; NULL: to standard error as text */
    int test;                     /* the program's test of this number, from 1 (test_plan.h); 0: the program */
    const char *test_folder;      /* where its sinks write */
    int64_t test_every;           /* how often its checkpoint is made, microseconds; 0: the default */
} CompileOptions;

/* Compile the program in `path` ("-": standard input). Errors and warnings are
 * shown on standard error. Returns 0, or 2 when the program is wrong or cannot
 * be read. The compilation is to be freed with compile_free either way. */
int compile_file(const char *path, const CompileOptions *options, Compilation *out);
/* All of a file, or of standard input for "-", terminated; NULL after saying why. */
char *read_source(Arena *arena, const char *path, size_t *size);
void compile_free(Compilation *c);

#endif
