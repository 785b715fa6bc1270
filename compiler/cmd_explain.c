/* cmd_explain.c: `dsc explain FILE [--format text|dot|svg|json]`. */
#define _POSIX_C_SOURCE 200809L
#include "cmd.h"
#include "compile.h"
#include "explain.h"

#include <stdio.h>
#include <string.h>

/* The graph drawn by Graphviz's dot, which must be installed. */
static int write_svg(const Text *dot)
{
    FILE *out = popen("dot -Tsvg", "w");
    bool sent = out && fwrite(dot->p, 1, dot->n, out) == dot->n;
    if (!out || pclose(out) != 0 || !sent) {
        fprintf(stderr, "dsc: dot could not draw the plan; is Graphviz installed? (Debian: apt-get install graphviz)\n");
        return 1;
    }
    return 0;
}

static int explain(const Plan *plan, const char *format)
{
    Text out = {0};
    int status;
    if (strcmp(format, "text") == 0)
        explain_text(plan, &out);
    else if (strcmp(format, "json") == 0)
        explain_json(plan, &out);
    else
        explain_dot(plan, &out);
    status = strcmp(format, "svg") == 0 ? write_svg(&out) : write_text(NULL, &out);
    text_free(&out);
    return status;
}

int cmd_explain(int argc, char **argv)
{
    static const char *const formats[] = {"text", "dot", "svg", "json"};
    const char *format = "text", *value;
    char *rest[16];
    CompileOptions options = {.goal = GOAL_PLAN};
    int n = 0;
    ProgramArgs program;
    if (!take_program("explain", FORMAT_OTHER, &argc, argv, &program))
        return 2;
    options.text = program.text;
    for (int i = 0; i < argc && n < 16; i++) {
        if ((value = option_value("--format", argc, argv, &i)))
            format = value;
        else if (strcmp(argv[i], "--unfused") == 0)
            options.unfused = true;
        else
            rest[n++] = argv[i];
    }
    bool known = false;
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        known |= strcmp(format, formats[i]) == 0;
    if (!known)
        return usage_error("explain", "there is no format %s; there are text, dot, svg and json", format);
    if (!only_program("explain", n, rest, &program))
        return 2;
    Compilation c;
    int status = compile_file(program.file, &options, &c);
    if (status == 0)
        status = explain(c.plan, format);
    compile_free(&c);
    return status;
}
