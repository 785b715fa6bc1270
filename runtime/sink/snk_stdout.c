/* snk_stdout.c: every element on standard output, for pipelines of the shell.
 *
 * The first sink of a program on standard output writes step by step, and what
 * it wrote of a batch that fails stays written. With a checkpoint all wait until the batch counts. */
#include "output.h"

typedef struct Stdout {
    dsc_sink base;
    bool first;
    bool headed;                  /* the header is written */
    Held text;                    /* of the batch in hand, unless first */
} Stdout;

static int stdout_open(dsc_sink *s)
{
    Stdout *out = (Stdout *)s;
    out->text = HELD_NOTHING;
    out->first = output_open() && !s->durable;
    return 0;
}

static int64_t stdout_limit(dsc_sink *s)
{
    (void)s;
    return -1;
}

static int stdout_begin(dsc_sink *s, int64_t time)
{
    (void)time;
    held_drop(&((Stdout *)s)->text);
    return 0;
}

static int put(Stdout *out, const char *text, size_t n)
{
    return out->first ? output_write(out->base.job, text, n) : held_add(out->base.job, &out->text, text, n);
}

static int stdout_write(dsc_sink *s, const char *text, size_t n, int64_t elements)
{
    Stdout *out = (Stdout *)s;
    if (!out->headed && elements > 0 && s->header.n > 0 && put(out, s->header.p, (size_t)s->header.n) < 0)
        return -1;
    out->headed |= elements > 0;
    return put(out, text, n);
}

static int stdout_prepare(dsc_sink *s, int64_t elements, dsc_token *token)
{
    (void)s;
    token->n = 0;
    token->nothing = elements == 0;
    return 0;
}

static int stdout_publish(dsc_sink *s, const dsc_token *token)
{
    (void)token;
    return output_send(s->job, &((Stdout *)s)->text);
}

static void stdout_abort(dsc_sink *s)
{
    held_drop(&((Stdout *)s)->text);
}

static void stdout_close(dsc_sink *s)
{
    held_free(&((Stdout *)s)->text);
    output_close();
}

static const dsc_arg_def stdout_args[] = {{0}};

const dsc_sink_def snk_stdout = {
    .name = "stdout",
    .synopsis = "stdout()",
    .doc = "Every element on standard output, one a line.\n"
           "For pipelines of the shell. Elements come as soon as they are there, not at the batch's end.",
    .example = "source queue([[\"b\", \"a\"], [\"c\"]]) | map(upper(_)) | sink stdout()",
    .args = stdout_args,
    .class = DSC_AT_LEAST_ONCE,
    .streams = true,
    .size = sizeof(Stdout),
    .open = stdout_open,
    .limit = stdout_limit,
    .begin = stdout_begin,
    .write = stdout_write,
    .prepare = stdout_prepare,
    .publish = stdout_publish,
    .abort = stdout_abort,
    .close = stdout_close,
};

DSC_SINK(snk_stdout)
