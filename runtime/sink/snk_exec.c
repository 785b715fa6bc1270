/* snk_exec.c: each batch to a program's standard input, a process a batch.
 *
 * A batch waits until it is published; its program is started then, and the
 * batch has been published when that ended well. */
#define _GNU_SOURCE
#include "disk.h"
#include "held.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

typedef struct Exec {
    dsc_sink base;
    dsc_command *command;
    dsc_child child;
    int64_t time, elements;       /* of the batch in hand */
    Held text;
} Exec;

enum { COMMAND, EMPTY };

static int exec_open(dsc_sink *s)
{
    Exec *x = (Exec *)s;
    x->text = HELD_NOTHING;
    x->child.fd = -1;
    x->command = dsc_command_new(s->job, "exec", &s->args[COMMAND]);
    return x->command ? 0 : -1;
}

static int64_t exec_limit(dsc_sink *s)
{
    (void)s;
    return -1;
}

static int exec_begin(dsc_sink *s, int64_t time)
{
    Exec *x = (Exec *)s;
    x->time = time;
    x->elements = 0;
    held_drop(&x->text);
    return held_add(s->job, &x->text, s->header.p, (size_t)s->header.n);
}

static int exec_write(dsc_sink *s, const char *text, size_t n, int64_t elements)
{
    Exec *x = (Exec *)s;
    x->elements += elements;
    return held_add(s->job, &x->text, text, n);
}

static int exec_prepare(dsc_sink *s, int64_t elements, dsc_token *token)
{
    token->n = 0;
    token->nothing = elements == 0 && !s->args[EMPTY].i;
    return 0;
}

/* A program need not read all of its input. */
static int feed(void *arg, const char *text, size_t n)
{
    Exec *x = arg;
    if (x->child.fd < 0 || disk_write(x->child.fd, text, n) == 0)
        return 0;
    if (errno != EPIPE)
        return dsc_fail(x->base.job, "exec: cannot write to `%s`: %s", dsc_command_text(x->command), strerror(errno));
    dsc_child_close(&x->child);
    return 0;
}

static int exec_publish(dsc_sink *s, const dsc_token *token)
{
    Exec *x = (Exec *)s;
    char variable[48], why[64];
    (void)token;
    if (x->elements == 0 && !s->args[EMPTY].i)
        return 0;
    snprintf(variable, sizeof variable, "DSC_BATCH_TIME=%lld", (long long)(x->time / 1000));
    if (dsc_child_start(s->job, x->command, true, variable, &x->child) < 0 || held_send(s->job, &x->text, feed, x) < 0)
        return -1;
    dsc_child_close(&x->child);
    if (dsc_child_ended(&x->child, true, why) == DSC_ENDED_WELL)
        return 0;
    return dsc_fail(s->job, "exec: `%s` %s in batch %lld ms", dsc_command_text(x->command), why, (long long)(x->time / 1000));
}

static void exec_abort(dsc_sink *s)
{
    Exec *x = (Exec *)s;
    held_drop(&x->text);
    dsc_child_kill(&x->child);
}

static void exec_close(dsc_sink *s)
{
    Exec *x = (Exec *)s;
    dsc_child_kill(&x->child);
    held_free(&x->text);
    dsc_command_free(x->command);
}

static const dsc_arg_def exec_args[] = {
    [COMMAND] = {"command", DSC_LIST, NULL, "text for the shell, or a program and its arguments, [\"sort\", \"-n\"], without one"},
    [EMPTY] = {"empty", DSC_BOOL, "false", "start it for a batch without elements, too"},
    {0},
};

const dsc_sink_def snk_exec = {
    .name = "exec",
    .synopsis = "exec(command: string | [string], empty: bool = false)",
    .doc = "Each batch to the standard input of a program, a process a batch.\n"
           "Its environment has the batch's time in ms, DSC_BATCH_TIME. What it prints goes where dsc prints. The batch is done\n"
           "when the program has ended; if its status is not 0 the job ends, too. It need not read all of its input. With\n"
           "--no-exec a program that has this sink does not start.",
    .example = "source queue([[\"b\", \"a\"], [\"c\"]]) | sink exec(\"sort\")",
    .args = exec_args,
    .command = "command",
    .class = DSC_AT_LEAST_ONCE,
    .size = sizeof(Exec),
    .open = exec_open,
    .limit = exec_limit,
    .begin = exec_begin,
    .write = exec_write,
    .prepare = exec_prepare,
    .publish = exec_publish,
    .abort = exec_abort,
    .close = exec_close,
};

DSC_SINK(snk_exec)
