/* snk_call.c: a function of the program as a sink. The engine calls it (runtime/call.c): it has the
 * elements as values; so there is nothing to open, write or close here. */
#include "dsc_conn.h"

static int call_open(dsc_sink *s)
{
    (void)s;
    return 0;
}

static int64_t call_limit(dsc_sink *s)
{
    (void)s;
    return -1;
}

static int call_begin(dsc_sink *s, int64_t time)
{
    (void)s, (void)time;
    return 0;
}

static int call_write(dsc_sink *s, const char *text, size_t n, int64_t elements)
{
    (void)s, (void)text, (void)n, (void)elements;
    return 0;
}

static int call_prepare(dsc_sink *s, int64_t elements, dsc_token *token)
{
    (void)s, (void)elements;
    token->n = 0;
    return 0;
}

static int call_publish(dsc_sink *s, const dsc_token *token)
{
    (void)s, (void)token;
    return 0;
}

static void call_done(dsc_sink *s)
{
    (void)s;
}

static const dsc_arg_def call_args[] = {{0}};

const dsc_sink_def snk_call = {
    .name = "call",
    .synopsis = "call(f: A -> bool)  or  call(f: ([A], time) -> bool)",
    .doc = "Calls a function, mostly an `extern fn`, with each element, in order, by one thread.\n"
           "One whose first parameter is a list of the elements gets each batch as a whole, also an empty one, and the\n"
           "time of the batch, where it has a second parameter. It is called when all other sinks have their batch\n"
           "prepared. `false` says that it could not take it: that stops the program. A batch that is run again after a\n"
           "crash is given again: the time tells which one it is.",
    .example = "fn known(word: string): bool = word != \"\"\n"
               "source queue([[\"a\", \"b\"]]) | sink call(known)",
    .args = call_args,
    .class = DSC_AT_LEAST_ONCE,
    .calls = true,
    .size = sizeof(dsc_sink),
    .open = call_open,
    .limit = call_limit,
    .begin = call_begin,
    .write = call_write,
    .prepare = call_prepare,
    .publish = call_publish,
    .abort = call_done,
    .close = call_done,
};

DSC_SINK(snk_call)
