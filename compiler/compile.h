/* compile.h: from a program's text to C text: the passes in order. */
#ifndef DSC_COMPILE_H
#define DSC_COMPILE_H

#include "diag.h"
#include "plan.h"

typedef struct Compilation {
    Arena *arena;                 /* owns everything below */
    Program *program;
    Plan *plan;                   /* NULL after errors */
    char *c_text;                 /* NULL unless asked for */
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
    int test;                     /* the program's test of this number, from 1 (test_plan.h); 0: the program */
    const char *test_folder;      /* where its sinks write */
} CompileOptions;

/* Compile the program in `path` ("-": standard input). Errors and warnings are
 * shown on standard error. Returns 0, or 2 when the program is wrong or cannot
 * be read. The compilation is to be freed with compile_free either way. */
int compile_file(const char *path, const CompileOptions *options, Compilation *out);
void compile_free(Compilation *c);

#endif
