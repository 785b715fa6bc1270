/* list_examples.c: the examples that stand in the compiler's own tables, for the
 * tests to run. One a line, four fields with tabs between:
 *
 *   name   verb   program   output
 *
 * verb is `run` or, for connectors, whose examples may need a peer, `check`.
 * Line ends of a program are written \n and backslashes \\. An output of `-` is any. */
#include "dsc_conn.h"
#include "opdef.h"

#include <stdio.h>

static void put_escaped(const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '\n': fputs("\\n", stdout); break;
        case '\t': fputs("\\t", stdout); break;
        case '\\': fputs("\\\\", stdout); break;
        default: putchar(*text);
        }
}

static void put_example(const char *kind, const char *name, int number, const char *verb, const char *program, const char *output)
{
    printf("%s/%s-%d\t%s\t", kind, name, number, verb);
    put_escaped(program);
    putchar('\t');
    put_escaped(output);
    putchar('\n');
}

int main(void)
{
    for (int i = 0; i < n_all_builtins; i++) {
        const Builtin *b = &all_builtins[i];
        char program[4096];
        snprintf(program, sizeof program, "source queue([[0]]) | map(_ => %s) | sink stdout()", b->example);
        put_example("function", b->name, i, "run", program, b->result);
    }
    for (int i = 0; i < n_all_ops; i++)
        put_example("operator", all_ops[i]->name, i, "run", all_ops[i]->example, "-");
    for (int i = 0; dsc_all_sources[i]; i++)
        if (dsc_all_sources[i]->example)
            put_example("source", dsc_all_sources[i]->name, i, "check", dsc_all_sources[i]->example, "");
    for (int i = 0; dsc_all_sinks[i]; i++)
        if (dsc_all_sinks[i]->example)
            put_example("sink", dsc_all_sinks[i]->name, i, "check", dsc_all_sinks[i]->example, "");
    return 0;
}
