/* cmd_replay_side.c: runs the parts of a span, each in a child, which writes what rt_replay.h says to a pipe. */
#define _GNU_SOURCE
#include "replay_side.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <unistd.h>

/* ---- in the child ------------------------------------------------------------------ */

static int run_here(const ReplaySide *side, const Compilation *c, const Kept *kept, const rt_replay_part *part, int out)
{
    bool own = !side->program->file;
    rt_replay replay = {.snapshot = part->snapshot, .end = part->end, .from = side->span->from, .until = side->span->until,
                        .batch = side->span->batch, .own = own, .other = side->other, .out = out, .params = kept->n_args};
    char name[] = "dsc replay", text[200];
    char **args = NEW_ARRAY(c->arena, char *, kept->n_args + side->argc + 4);
    int n = 0;
    rt_replay_text(&replay, text);
    args[n++] = name;
    args[n++] = arena_strdup(c->arena, side->folder);
    args[n++] = text;
    for (int i = 0; i < kept->n_args; i++)
        args[n++] = arena_strdup(c->arena, kept->args[i]);
    for (int i = 0; i < side->argc; i++)
        args[n++] = side->argv[i];
    return run_main(c, rt_replay_main, "rt_replay_main", n, args);
}

/* ---- beginning a part ----------------------------------------------------------------- */

/* What is to run: the program of the command line, or that of the folder. */
static int compile_part(const ReplaySide *side, const rt_replay_part *part, Compilation *c, Kept *kept)
{
    CompileOptions how = {.goal = GOAL_C, .quiet = true, .text = side->program->text};
    const char *path = side->program->file;
    bool known = kept_read(side->arena, (Bytes){part->text.p, (size_t)part->text.n}, kept);
    *c = (Compilation){0};
    if (!path && part->text.n == 0) {
        fprintf(stderr, "dsc: %s does not have the text of the program that ran there, since that was an executable: "
                        "`dsc replay %s PROGRAM.ds` runs the program that it was made from\n", side->folder, side->folder);
        return 2;
    }
    if (!path && !known) {
        fprintf(stderr, "dsc: the text of the program in %s is damaged\n", side->folder);
        return 1;
    }
    if (!path) {
        path = kept->files[0].path;
        how.text = kept->files[0].text;
        how.files = kept->files;
        how.n_files = kept->n_files;
    }
    return compile_file(path, &how, c);
}

static int begin_part(ReplaySide *side, const rt_replay_part *part)
{
    Compilation c;
    Kept kept;
    int ends[2], status = compile_part(side, part, &c, &kept);
    if (status == 0 && (pipe(ends) != 0 || fcntl(ends[0], F_SETFD, FD_CLOEXEC) != 0)) {
        perror("dsc: cannot make a pipe");
        status = 1;
    }
    if (status == 0) {
        side->sinks = 0;
        for (int i = 0; i < c.plan->nodes.n; i++)
            side->sinks += c.plan->nodes.at[i]->role == NODE_SINK && !c.plan->nodes.at[i]->dead;
        fflush(stdout);
        side->child = fork();
        if (side->child == 0) {
            close(ends[0]);
            _exit(run_here(side, &c, &kept, part, ends[1]));
        }
        close(ends[1]);
        side->fd = ends[0];
        if (side->child < 0) {
            perror("dsc: cannot start a process");
            close(ends[0]);
            side->child = 0;
            status = 1;
        }
    }
    compile_free(&c);
    return status == 0 ? 0 : -1;
}

/* ---- what it gives ------------------------------------------------------------------------ */

/* 1; 0: there is nothing any more. */
static int receive(int fd, void *to, size_t n)
{
    for (char *p = to; n > 0;) {
        ssize_t done = read(fd, p, n);
        if (done == 0 || (done < 0 && errno != EINTR))
            return 0;
        p += done > 0 ? done : 0;
        n -= done > 0 ? (size_t)done : 0;
    }
    return 1;
}

static int receive_text(int fd, Text *text, uint64_t n)
{
    char part[1 << 14];
    text->n = 0;
    text_add(text, "");
    while (n > 0) {
        size_t some = n < sizeof part ? (size_t)n : sizeof part;
        if (!receive(fd, part, some))
            return 0;
        text_addn(text, part, some);
        n -= some;
    }
    return 1;
}

static ReplayedSink *next_sink(ReplayedBatch *batch)
{
    if (batch->n == batch->cap) {
        batch->cap = batch->cap ? 2 * batch->cap : 4;
        ReplayedSink *more = realloc(batch->sinks, (size_t)batch->cap * sizeof *more);
        if (!more)
            abort();
        memset(more + batch->n, 0, (size_t)(batch->cap - batch->n) * sizeof *more);
        batch->sinks = more;
    }
    return &batch->sinks[batch->n++];
}

static int receive_sink(ReplaySide *side, const rt_replayed *frame)
{
    ReplayedSink *sink = next_sink(&side->batch);
    Text name = {0};
    int whole = receive_text(side->fd, &name, frame->name) && receive_text(side->fd, &sink->header, frame->header) &&
                receive_text(side->fd, &sink->text, frame->text);
    free(sink->name);
    sink->name = name.p;
    sink->more = frame->more;
    return whole;
}

static int wait_for(ReplaySide *side)
{
    int status = 0;
    close(side->fd);
    while (waitpid(side->child, &status, 0) < 0 && errno == EINTR) { }
    side->child = 0;
    return status;
}

/* The child has ended: how? */
static int end_part(ReplaySide *side)
{
    int status = wait_for(side);
    if (WIFSIGNALED(status))
        fprintf(stderr, "dsc: the replay ended by signal %d (%s)\n", WTERMSIG(status), strsignal(WTERMSIG(status)));
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

int replay_side_next(ReplaySide *side)
{
    side->batch.n = 0;
    for (;;) {
        rt_replayed frame;
        if (!side->child && side->part == side->n_parts)
            return 0;
        if (!side->child && begin_part(side, &side->parts[side->part++]) < 0)
            return -1;
        if (!receive(side->fd, &frame, sizeof frame)) {
            if (end_part(side) < 0)
                return -1;
            continue;
        }
        side->batch.time = frame.time;
        if (frame.name == 0)
            return 1;
        receive_sink(side, &frame);
    }
}

void replay_side_end(ReplaySide *side)
{
    if (side->child) {
        kill(side->child, SIGKILL);
        wait_for(side);
    }
    for (int i = 0; i < side->batch.cap; i++) {
        free(side->batch.sinks[i].name);
        text_free(&side->batch.sinks[i].header);
        text_free(&side->batch.sinks[i].text);
    }
    free(side->batch.sinks);
    side->batch = (ReplayedBatch){0};
}
