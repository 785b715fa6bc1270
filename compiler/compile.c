/* compile.c: the list of passes. The plan is verified after each. */
#include "compile.h"
#include "emit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *read_source(Arena *arena, const char *path, size_t *size)
{
    char *text = read_file(arena, path, size);
    if (!text)
        fprintf(stderr, "dsc: cannot read %s: %s\n", path, strerror(errno));
    return text;
}

static void plan_passes(Compilation *c, const CompileOptions *options)
{
    /* ensures that each source knows what of its elements is looked at. Before
     * rewriting: what is decoded, and so can be bad, is the same without it. */
    find_used(c->plan);
    if (!options->unfused) {
        /* requires a checked plan; ensures that every node reaches a sink and
         * that no window feeds a count, which counts panes instead */
        rewrite_plan(c->plan);
        plan_verify(c->plan, "rewrite");
    }
    /* ensures that each folding node knows how its function combines */
    find_folds(c->plan);
    plan_verify(c->plan, "folds");
    /* ensures that every live node lies in a stage and has its place in the unit's tables */
    fuse_plan(c->plan, !options->unfused);
    plan_verify(c->plan, "fuse");
}

int compile_file(const char *path, const CompileOptions *options, Compilation *out)
{
    *out = (Compilation){.arena = arena_new("compilation")};
    size_t size = options->text ? strlen(options->text) : 0;
    const char *text = options->text ? options->text : read_source(out->arena, path, &size);
    if (!text)
        return 2;
    Diags *diags = diags_new(out->arena, path, text, size);
    out->program = parse_program(out->arena, diags, path, text, size);
    import_files(out->arena, diags, out->program, options->files, options->n_files);
    if (diags_errors(diags) == 0)
        out->plan = options->test ? check_test(out->arena, diags, out->program, options->test, options->test_folder, options->test_every)
                                  : check_program(out->arena, diags, out->program, options->goal > GOAL_CHECK);
    bool wrong = diags_errors(diags) > 0;
    if (options->json)
        diags_print_json(diags, options->json);
    else if (wrong || !options->quiet)
        diags_print(diags, stderr, isatty(STDERR_FILENO) && !getenv("NO_COLOR"));
    if (wrong) {
        out->plan = NULL;
        return 2;
    }
    plan_verify(out->plan, "check");
    if (options->goal >= GOAL_PLAN)
        plan_passes(out, options);
    if (options->goal >= GOAL_C)
        out->c_text = emit_program(out->arena, out->plan);
    for (int i = 0; options->goal >= GOAL_C && i < out->plan->externs.n; i++) {
        const ExternFile *file = &out->plan->externs.at[i];
        vec_push(out->arena, &out->c_files, ((CFile){.path = file->path, .text = emit_extern(out->arena, file)}));
    }
    return 0;
}

void compile_free(Compilation *c)
{
    arena_free(c->arena);
    *c = (Compilation){0};
}
