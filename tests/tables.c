/* tables.c: what the compiler's own tables say of operators, functions, sources, sinks and formats.
 *
 *     tables examples     their examples for the tests to run, one a line, four fields with tabs between:
 *
 *         name   verb   program   output
 *
 *     verb is `run` or, for connectors, whose examples may need a peer, `check`. Line ends of a
 *     program are written \n and backslashes \\. An output of `-` is any.
 *
 *     tables reference    docs/reference.md */
#include "config.h"
#include "dsc_conn.h"
#include "dsc_zone.h"
#include "opdef.h"

#include <stdio.h>
#include <string.h>

/* ---- examples ---------------------------------------------------------------- */

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

static void put_examples(void)
{
    for (int i = 0; i < n_all_builtins; i++) {
        const Builtin *b = &all_builtins[i];
        bool regex = strncmp(b->c_name, "dsc_regex_", 10) == 0, zone = strncmp(b->c_name, "dsc_zone_", 9) == 0;
        if ((regex && !DSC_HAVE_PCRE2) || (zone && !dsc_zone_folder()))
            continue;
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
    /* What only reads has nothing to read here. */
    for (int i = 0; dsc_all_formats[i]; i++) {
        const dsc_format_def *f = dsc_all_formats[i];
        bool regex = strcmp(f->name, "regex") == 0;
        if (f->example && (!regex || DSC_HAVE_PCRE2))
            put_example("format", f->name, i, f->encode ? "run" : "check", f->example, f->encode ? "-" : "");
    }
}

/* ---- reference ---------------------------------------------------------------- */

/* Text in a cell of a table: a bar would end it. */
static void put_cell(const char *text)
{
    for (; *text; text++)
        if (*text == '|')
            fputs("\\|", stdout);
        else
            putchar(*text == '\n' ? ' ' : *text);
}

static void put_connector(const char *name, const char *synopsis, const char *doc, const dsc_arg_def *args)
{
    printf("\n### %s\n\n    %s\n\n%s\n", name, synopsis, doc);
    if (!args[0].name)
        return;
    printf("\n| argument | default | |\n|---|---|---|\n");
    for (; args->name; args++) {
        printf("| `%s` | ", args->name);
        if (!args->text)
            printf("must be given");
        else if (strcmp(args->text, "none") != 0)
            printf("`%s`", args->text);
        printf(" | ");
        put_cell(args->doc);
        printf(" |\n");
    }
}

static void put_reference(void)
{
    printf("# Operators, functions, sources, sinks and formats\n\n"
           "Made from the compiler's own tables (`make reference`); `dsc help NAME` prints the same.\n\n"
           "## Operators\n\n"
           "Left of the first `|` stands what the operator takes, after `->` what it gives. Capital letters stand\n"
           "for any type; K is a key: any type without a float in it. A parameter with `= none` may be left out.\n");
    for (int i = 0; i < n_all_ops; i++) {
        const OpDef *op = all_ops[i];
        printf("\n### %s\n\n    %s\n\n%s\n\n```dsc\n%s\n```\n", op->name, op->signature, op->doc, op->example);
    }
    printf("\n## Functions\n\n"
           "`f(x, a)` may also be written `x.f(a)`. A result `A?` is an option: `none` where there is no answer.\n\n"
           "| function | type | | example | gives |\n|---|---|---|---|---|\n");
    for (int i = 0; i < n_all_builtins; i++) {
        const Builtin *b = &all_builtins[i];
        printf("| `%s` | `", b->name);
        put_cell(b->type);
        printf("` | ");
        put_cell(b->doc);
        printf(" | `");
        put_cell(b->example);
        printf("` | `");
        put_cell(b->result);
        printf("` |\n");
    }
    printf("\n## Sources\n");
    for (int i = 0; dsc_all_sources[i]; i++) {
        const dsc_source_def *s = dsc_all_sources[i];
        put_connector(s->name, s->synopsis, s->doc, s->args);
    }
    printf("\n## Sinks\n");
    for (int i = 0; dsc_all_sinks[i]; i++) {
        const dsc_sink_def *s = dsc_all_sinks[i];
        put_connector(s->name, s->synopsis, s->doc, s->args);
    }
    printf("\n## Formats\n\nOf sources, `as csv(T)` with the type T of an element; of sinks, `as csv` without it.\n");
    for (int i = 0; dsc_all_formats[i]; i++) {
        const dsc_format_def *f = dsc_all_formats[i];
        put_connector(f->name, f->synopsis, f->doc, f->args);
    }
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "examples") == 0) {
        put_examples();
    } else if (argc == 2 && strcmp(argv[1], "reference") == 0) {
        put_reference();
    } else {
        fprintf(stderr, "usage: tables examples | reference\n");
        return 2;
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
