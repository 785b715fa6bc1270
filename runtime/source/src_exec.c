/* src_exec.c: the standard output of a program. */
#define _GNU_SOURCE
#include "inbox.h"

#include <stdio.h>

typedef struct Exec {
    dsc_source base;
    dsc_command *command;
    dsc_child child;              /* once it is received from, the receiver's */
    Inbox *inbox;
} Exec;

enum { COMMAND, PER_BATCH, LIVE, MAX_RATE, OVERFLOW, BUFFER, SPILL_MAX, AT };

/* Its output has ended, and soon it will: its status counts. */
static void wait_for_end(Exec *x, char *why, size_t room)
{
    char how[64];
    dsc_ended ended = DSC_RUNS;
    for (int ms = 1; (ended = dsc_child_ended(&x->child, false, how)) == DSC_RUNS; ms = ms < 64 ? 2 * ms : ms)
        if (!inbox_pause(x->inbox, ms))
            return;
    if (ended == DSC_ENDED_BADLY)
        snprintf(why, room, "exec: `%s` %s", dsc_command_text(x->command), how);
}

static void *receive(void *arg)
{
    Exec *x = arg;
    char what[192], why[256];
    snprintf(what, sizeof what, "what `%s` prints", dsc_command_text(x->command));
    if (lines_read_all(x->child.fd, x->inbox, what, why, sizeof why))
        wait_for_end(x, why, sizeof why);
    dsc_child_kill(&x->child);
    inbox_end(x->inbox, why);
    return NULL;
}

static int exec_open(dsc_source *s)
{
    Exec *x = (Exec *)s;
    int64_t per_batch = s->args[PER_BATCH].i;
    bool cut = s->args[PER_BATCH].set, live = s->args[LIVE].i;
    x->child.fd = -1;
    if (cut && live)
        return dsc_fail(s->job, "exec: batches are cut by perBatch or, with live, by the clock: give one of them");
    x->command = dsc_command_new(s->job, "exec", &s->args[COMMAND]);
    if (!x->command)
        return -1;
    InboxCut how = live ? INBOX_BY_CLOCK : cut ? INBOX_BY_RECORDS : INBOX_WHOLE;
    x->inbox = inbox_new(s, dsc_command_text(x->command), how, per_batch, &s->args[OVERFLOW]);
    /* By this thread, which stays: the program is told when the thread that started it ends. */
    if (!x->inbox || dsc_child_start(s->job, x->command, false, NULL, &x->child) < 0)
        return -1;
    return inbox_start(x->inbox, receive, x);
}

static int exec_plan(dsc_source *s, int64_t time, size_t max, bool wait, dsc_range *range)
{
    return inbox_plan(((Exec *)s)->inbox, time, max, wait, range);
}

static int exec_read(dsc_source *s, const dsc_piece *piece, dsc_block *block)
{
    return inbox_read(((Exec *)s)->inbox, piece, block);
}

static void exec_release(dsc_source *s, dsc_block *block)
{
    inbox_release(((Exec *)s)->inbox, block);
}

static int exec_position(dsc_source *s, void *bytes, size_t room)
{
    return inbox_position(((Exec *)s)->inbox, bytes, room);
}

static int exec_seek(dsc_source *s, const void *bytes, size_t n)
{
    return inbox_seek(((Exec *)s)->inbox, bytes, n);
}

static bool exec_goes_on(const dsc_source *s)
{
    return inbox_goes_on(((const Exec *)s)->inbox);
}

static int exec_begin(dsc_source *s)
{
    return inbox_begin(((Exec *)s)->inbox);
}

static void exec_stop(dsc_source *s)
{
    inbox_stop(((Exec *)s)->inbox);
}

static void exec_close(dsc_source *s)
{
    Exec *x = (Exec *)s;
    if (x->inbox)
        inbox_free(x->inbox);
    dsc_child_kill(&x->child);
    dsc_command_free(x->command);
}

static const dsc_arg_def exec_args[] = {
    [COMMAND] = {"command", DSC_LIST, NULL, "text for the shell, or a program and its arguments, [\"tail\", \"-F\", \"x\"], without one"},
    [PER_BATCH] = {"perBatch", DSC_INT, "none", "records a batch"},
    [LIVE] = {"live", DSC_BOOL, "false", "batches are what came in their time, by the real clock"},
    [MAX_RATE] = {"maxRate", DSC_INT, "none", "with live: records a second that batches take at most; what is beyond waits"},
    [OVERFLOW] = INBOX_ARGS,
    [AT] = {"at", DSC_TIME, "none", "a function that gives an element's time, by which batches are cut"},
    {0},
};

static const dsc_bounds exec_bounds[] = {{"perBatch", 1, INT64_MAX, NULL}, {"maxRate", 1, INT64_MAX, NULL}, INBOX_ARG_BOUNDS, {0}};

static const char *const exec_cut_by[] = {"at", "perBatch", "live", NULL};

const dsc_source_def src_exec = {
    .name = "exec",
    .synopsis = "exec(command: string | [string], perBatch: int = none, live: bool = false, maxRate: int = none, "
                INBOX_SYNOPSIS ", at: A -> time = none)",
    .doc = "What a program prints, to its end.\n"
           "All of it is one batch unless at, perBatch or live cuts it. Another status than 0 is an error; its messages go where\n"
           "those of dsc go, and it has nothing to read. When dsc is asked to stop the program gets SIGTERM, and what it\n"
           "printed until then is the input. With --no-exec a program that has this source does not start.",
    .example = "source exec(\"dmesg --follow\", live: true) | filter(_.contains(\"usb\")) | sink print()",
    .args = exec_args,
    .bounds = exec_bounds,
    .element = "bytes",
    .command = "command",
    .bounded = true,
    .turned_by = "live",
    .times = "at",
    .cut_by = exec_cut_by,
    .size = sizeof(Exec),
    .open = exec_open,
    .plan = exec_plan,
    .read = exec_read,
    .release = exec_release,
    .position = exec_position,
    .seek = exec_seek,
    .goes_on = exec_goes_on,
    .begin = exec_begin,
    .stop = exec_stop,
    .close = exec_close,
};

DSC_SOURCE(src_exec)
