/* snk_discard.c: counts elements and drops them. */
#include "dsc_conn.h"

typedef struct Discard {
    dsc_sink base;
    int64_t batches, elements;
} Discard;

static int discard_open(dsc_sink *s)
{
    (void)s;
    return 0;
}

static int64_t discard_limit(dsc_sink *s)
{
    (void)s;
    return 0;
}

static int discard_begin(dsc_sink *s, int64_t time)
{
    (void)s, (void)time;
    return 0;
}

static int discard_write(dsc_sink *s, const char *text, size_t n, int64_t elements)
{
    (void)s, (void)text, (void)n, (void)elements;
    return 0;
}

static int discard_prepare(dsc_sink *s, int64_t elements, dsc_token *token)
{
    (void)s;
    token->nothing = true;
    for (token->n = 0; token->n < 8; token->n++)
        token->bytes[token->n] = (uint8_t)((uint64_t)elements >> 8 * token->n);
    return 0;
}

static int discard_publish(dsc_sink *s, const dsc_token *token)
{
    Discard *discard = (Discard *)s;
    uint64_t elements = 0;
    for (int i = 0; i < token->n; i++)
        elements |= (uint64_t)token->bytes[i] << 8 * i;
    discard->elements += (int64_t)elements;
    discard->batches++;
    return 0;
}

static void discard_abort(dsc_sink *s)
{
    (void)s;
}

static void discard_close(dsc_sink *s)
{
    const Discard *discard = (const Discard *)s;
    dsc_note(s->job, "discard: %lld element%s in %lld batch%s", (long long)discard->elements,
             discard->elements == 1 ? "" : "s", (long long)discard->batches, discard->batches == 1 ? "" : "es");
}

static const dsc_arg_def discard_args[] = {{0}};

const dsc_sink_def snk_discard = {
    .name = "discard",
    .synopsis = "discard()",
    .doc = "Counts elements and drops them.\nFor measuring. The count is said on standard error at the end.",
    .example = "source queue([[1, 2], [3]]) | sink discard()",
    .args = discard_args,
    .class = DSC_IDEMPOTENT,
    .counts_only = true,
    .size = sizeof(Discard),
    .open = discard_open,
    .limit = discard_limit,
    .begin = discard_begin,
    .write = discard_write,
    .prepare = discard_prepare,
    .publish = discard_publish,
    .abort = discard_abort,
    .close = discard_close,
};

DSC_SINK(snk_discard)
