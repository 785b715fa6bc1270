/* cmd_replay.c: `dsc replay DIR [PROGRAM] [--from T] [--until T] [--to FOLDER] [--with OTHER [--diff]]`: batches that
 * a checkpoint keeps, run again, shown, written to files, or compared with what another program makes of them. */
#define _GNU_SOURCE
#include "line_diff.h"
#include "replay_side.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RULE "-------------------------------------------\n"

/* A file of --to. */
typedef struct SinkFile {
    const char *name;
    FILE *out;
} SinkFile;

typedef struct Replay {
    const char *folder, *from, *until, *to;
    ProgramArgs program, other;
    bool diff;
    int argc;                     /* what is for the programs */
    char **argv;
    Arena *arena;
    rt_replay_span span;
    VEC(SinkFile) files;
    int64_t batches, differences;
} Replay;

/* ---- showing ------------------------------------------------------------------------ */

static bool show_batch(const ReplaySide *side)
{
    const ReplayedBatch *batch = &side->batch;
    for (int i = 0; i < batch->n; i++) {
        const ReplayedSink *sink = &batch->sinks[i];
        bool named = side->sinks > 1 || strncmp(sink->name, "deadLetter.", 11) == 0;
        printf(RULE "Time: %lld ms%s%s\n" RULE, (long long)batch->time / 1000, named ? "  " : "", named ? sink->name : "");
        fwrite(sink->text.p, 1, sink->text.n, stdout);
        fputs(sink->more ? "...\n\n" : "\n", stdout);
    }
    return fflush(stdout) == 0;
}

/* The file of a sink, in which its header stands. NULL after saying why. */
static FILE *file_of(Replay *r, const ReplayedSink *sink)
{
    for (int i = 0; i < r->files.n; i++)
        if (strcmp(r->files.at[i].name, sink->name) == 0)
            return r->files.at[i].out;
    char *name = arena_strdup(r->arena, sink->name);
    for (char *p = name; *p; p++)
        *p = *p == '/' ? '_' : *p;
    const char *path = arena_printf(r->arena, "%s/%s", r->to, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    FILE *out = fd >= 0 ? fdopen(fd, "wb") : NULL;
    if (!out) {
        fprintf(stderr, "dsc: cannot make %s: %s\n", path, strerror(errno));
        return NULL;
    }
    vec_push(r->arena, &r->files, ((SinkFile){arena_strdup(r->arena, sink->name), out}));
    fwrite(sink->header.p, 1, sink->header.n, out);
    return out;
}

static bool write_batch(Replay *r, const ReplayedBatch *batch)
{
    for (int i = 0; i < batch->n; i++) {
        const ReplayedSink *sink = &batch->sinks[i];
        FILE *out = file_of(r, sink);
        if (!out || fwrite(sink->text.p, 1, sink->text.n, out) != sink->text.n)
            return false;
    }
    return true;
}

static bool close_files(Replay *r)
{
    bool whole = true;
    for (int i = 0; i < r->files.n; i++)
        if (fclose(r->files.at[i].out) != 0) {
            fprintf(stderr, "dsc: cannot write %s/%s: %s\n", r->to, r->files.at[i].name, strerror(errno));
            whole = false;
        }
    return whole;
}

static int run_one(Replay *r, ReplaySide *side)
{
    int next = 0;
    bool written = true;
    if (r->to && mkdir(r->to, 0777) < 0 && errno != EEXIST) {
        fprintf(stderr, "dsc: cannot make the folder %s: %s\n", r->to, strerror(errno));
        return 1;
    }
    while (written && (next = replay_side_next(side)) > 0) {
        r->batches++;
        written = r->to ? write_batch(r, &side->batch) : show_batch(side);
    }
    return close_files(r) && written && next == 0 ? 0 : 1;
}

/* ---- comparing ------------------------------------------------------------------------ */

static ReplayedSink *sink_named(const ReplayedBatch *batch, const char *name)
{
    for (int i = 0; i < batch->n; i++)
        if (strcmp(batch->sinks[i].name, name) == 0)
            return &batch->sinks[i];
    return NULL;
}

static void compare_sink(Replay *r, int64_t time, const char *name, const ReplayedSink *before, const ReplayedSink *after)
{
    Text empty = {0}, *a = before ? (Text *)&before->text : &empty, *b = after ? (Text *)&after->text : &empty;
    text_add(&empty, "");
    if (before && before->more)
        text_add(a, "...\n");
    if (after && after->more)
        text_add(b, "...\n");
    if (a->n != b->n || memcmp(a->p, b->p, a->n) != 0) {
        r->differences++;
        printf("batch %lld ms, `%s`:\n", (long long)time / 1000, name);
        lines_diff_print(a, b, isatty(STDOUT_FILENO) && !getenv("NO_COLOR"));
    }
    text_free(&empty);
}

/* Either may have no batch of that time. */
static void compare_batches(Replay *r, int64_t time, const ReplayedBatch *before, const ReplayedBatch *after)
{
    for (int i = 0; i < before->n; i++)
        compare_sink(r, time, before->sinks[i].name, &before->sinks[i], sink_named(after, before->sinks[i].name));
    for (int i = 0; i < after->n; i++)
        if (!sink_named(before, after->sinks[i].name))
            compare_sink(r, time, after->sinks[i].name, NULL, &after->sinks[i]);
}

static int compare(Replay *r, ReplaySide *before, ReplaySide *after)
{
    static const ReplayedBatch none;
    int a = replay_side_next(before), b = a < 0 ? -1 : replay_side_next(after);
    while (a >= 0 && b >= 0 && (a > 0 || b > 0)) {
        bool has_a = a > 0 && (b == 0 || before->batch.time <= after->batch.time);
        bool has_b = b > 0 && (a == 0 || after->batch.time <= before->batch.time);
        compare_batches(r, has_a ? before->batch.time : after->batch.time, has_a ? &before->batch : &none, has_b ? &after->batch : &none);
        r->batches++;
        a = has_a ? replay_side_next(before) : a;
        b = has_b ? replay_side_next(after) : b;
    }
    if (a < 0 || b < 0 || fflush(stdout) != 0)
        return 2;
    return r->differences > 0;
}

/* ---- the whole ------------------------------------------------------------------------- */

static int run(Replay *r)
{
    const rt_replay_span *span = &r->span;
    /* What one program is to run in the place of those that ran the span. */
    rt_replay_part whole = span->parts[0];
    whole.end = span->parts[span->n_parts - 1].end;
    whole.text = span->parts[span->n_parts - 1].text;
    ReplaySide own = {.arena = r->arena, .folder = r->folder, .span = span, .program = &r->program, .argc = r->argc, .argv = r->argv,
                      .parts = r->program.file ? &whole : span->parts, .n_parts = r->program.file ? 1 : span->n_parts};
    ReplaySide other = {.arena = r->arena, .folder = r->folder, .span = span, .program = &r->other, .other = true, .argc = r->argc, .argv = r->argv,
                        .parts = &whole, .n_parts = 1};
    int status = r->diff ? compare(r, &own, &other) : run_one(r, r->other.file ? &other : &own);
    replay_side_end(&own);
    replay_side_end(&other);
    if (r->batches == 0 && status == 0)
        fprintf(stderr, "dsc: no batch lies in this span\n");
    return status;
}

static bool take_options(Replay *r, int *argc, char **argv)
{
    struct { const char *name, **value; } options[] = {{"--from", &r->from}, {"--until", &r->until}, {"--to", &r->to}, {"--with", &r->other.file}};
    int n = 0;
    r->diff = take_flag("--diff", argc, argv);
    for (int i = 0; i < *argc; i++) {
        char *arg = argv[i];
        const char *value = NULL;
        for (size_t j = 0; j < sizeof options / sizeof options[0] && !value; j++)
            if ((value = option_value(options[j].name, *argc, argv, &i)))
                *options[j].value = value;
        if (value)
            continue;
        if (strncmp(arg, "--", 2) == 0) {
            r->argv[r->argc++] = arg;
            if ((strcmp(arg, "--threads") == 0 || strcmp(arg, "--batch") == 0) && i + 1 < *argc)
                r->argv[r->argc++] = argv[++i];
        } else {
            argv[n++] = arg;
        }
    }
    *argc = n;
    return n >= 1;
}

int cmd_replay(int argc, char **argv)
{
    Replay r = {0};
    if (!take_program("replay", FORMAT_OTHER, &argc, argv, &r.program))
        return 2;
    r.argv = (char **)calloc((size_t)argc + 1, sizeof *r.argv);
    if (!r.argv)
        return 1;
    int status = 2;
    if (!take_options(&r, &argc, argv))
        usage_error("replay", "the folder of a checkpoint is wanted");
    else if (argc > 2 || (argc == 2 && r.program.file))
        usage_error("replay", "one folder and one program at a time: found %s after %s", argv[argc - 1], argv[argc - 2]);
    else if (r.diff && (!r.other.file || r.to))
        usage_error("replay", "%s", r.to ? "--diff shows what differs, and writes no files: leave out --to"
                                         : "--diff needs a program to compare with: --with OTHER.ds");
    else {
        r.folder = argv[0];
        r.program.file = argc == 2 ? argv[1] : r.program.file;
        r.arena = arena_new("replay");
        status = rt_replay_find(r.folder, r.from, r.until, &r.span);
        if (status == 0)
            status = run(&r);
        else if (r.diff)
            status = 2;
        rt_replay_span_free(&r.span);
        arena_free(r.arena);
    }
    free(r.argv);
    return status;
}
