/* snk_print.c: the first elements of each batch, to be looked at. */
#include "output.h"

#include <stdio.h>
#include <string.h>

#define RULE "-------------------------------------------\n"

typedef struct Print {
    dsc_sink base;
    int64_t shown;                /* elements of this batch in `text` */
    Held text;
} Print;

enum { N };

static int print_open(dsc_sink *s)
{
    Print *print = (Print *)s;
    print->text = HELD_NOTHING;
    output_open();
    return 0;
}

static int64_t print_limit(dsc_sink *s)
{
    return s->args[N].i;
}

static int print_begin(dsc_sink *s, int64_t time)
{
    Print *print = (Print *)s;
    char head[160];
    int n = snprintf(head, sizeof head, RULE "Time: %lld ms\n" RULE, (long long)(time / 1000));
    print->shown = 0;
    held_drop(&print->text);
    return held_add(s->job, &print->text, head, (size_t)n);
}

static int print_write(dsc_sink *s, const char *text, size_t n, int64_t elements)
{
    Print *print = (Print *)s;
    print->shown += elements;
    return held_add(s->job, &print->text, text, n);
}

static int print_prepare(dsc_sink *s, int64_t elements, dsc_token *token)
{
    Print *print = (Print *)s;
    const char *end = elements > print->shown ? "...\n\n" : "\n";
    token->n = 0;
    token->nothing = elements == 0;
    return held_add(s->job, &print->text, end, strlen(end));
}

static int print_publish(dsc_sink *s, const dsc_token *token)
{
    (void)token;
    return output_send(s->job, &((Print *)s)->text);
}

static void print_abort(dsc_sink *s)
{
    held_drop(&((Print *)s)->text);
}

static void print_close(dsc_sink *s)
{
    held_free(&((Print *)s)->text);
    output_close();
}

static const dsc_arg_def print_args[] = {
    [N] = {"n", DSC_INT, "10", "how many elements to show"},
    {0},
};

static const dsc_bounds print_bounds[] = {{"n", 0, INT64_MAX, NULL}, {0}};

const dsc_sink_def snk_print = {
    .name = "print",
    .synopsis = "print(n: int = 10)",
    .doc = "Each batch on standard output: its time, its first n elements, ... if there are more.\n"
           "Empty batches are shown too. The layout is that of Spark Streaming's print.",
    .example = "source queue([[\"to be\", \"or not\"]]) | sink print()",
    .args = print_args,
    .bounds = print_bounds,
    .class = DSC_AT_LEAST_ONCE,
    .size = sizeof(Print),
    .open = print_open,
    .limit = print_limit,
    .begin = print_begin,
    .write = print_write,
    .prepare = print_prepare,
    .publish = print_publish,
    .abort = print_abort,
    .close = print_close,
};

DSC_SINK(snk_print)
