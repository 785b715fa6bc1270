/* fuzz_program.c: any bytes as a program: the lexer, the parser and the checker say
 * what is wrong or make a plan, and a right program goes on until it is C. A libFuzzer
 * target; tests/fuzz/fuzz.sh runs it. */
#define _GNU_SOURCE
#include "compile.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = malloc(size + 1), *messages = NULL;
    size_t n = 0;
    if (!text)
        abort();
    memcpy(text, bytes, size);
    text[size] = '\0';
    /* These name other files, which are no part of the input. */
    bool alone = !memmem(text, size, "import", 6) && !memmem(text, size, "extern", 6);
    Arena *arena = arena_new("fuzz");
    Diags *diags = diags_new(arena, "x.ds", text, size);
    Program *program = parse_program(arena, diags, "x.ds", text, size);
    Plan *plan = alone && diags_errors(diags) == 0 ? check_program(arena, diags, program, true) : NULL;
    bool right = plan && diags_errors(diags) == 0;
    if (right)
        plan_verify(plan, "check");
    FILE *out = open_memstream(&messages, &n);
    if (!out)
        abort();
    diags_print(diags, out, false);
    fclose(out);
    free(messages);
    arena_free(arena);
    if (right && !memchr(text, '\0', size)) {
        Compilation c;
        CompileOptions how = {.goal = GOAL_C, .text = text, .quiet = true};
        if (compile_file("x.ds", &how, &c) != 0)
            abort();
        compile_free(&c);
    }
    free(text);
    return 0;
}
