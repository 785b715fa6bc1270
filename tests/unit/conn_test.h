/* conn_test.h: sources and sinks driven by hand, as the engine does. */
#ifndef CONN_TEST_H
#define CONN_TEST_H

#include "rt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct Given {
    const char *name;             /* NULL ends a list of them */
    int64_t i;
    const char *s;                /* or NULL */
} Given;

/* ---- a job and a folder of its own ---- */

static inline dsc_context *job_new(bool real, int64_t batch)
{
    static const dsc_program none;
    dsc_context *job = calloc(1, sizeof *job);
    job->program = &none;
    job->options.quiet = true;
    job->options.batches = -1;
    job->clock = rt_clock_open(real);
    job->batch = batch;
    job->zero = job->start = real ? job->clock->now(job->clock) : 0;
    return job;
}

static inline void job_free(dsc_context *job)
{
    job->clock->close(job->clock);
    free(job);
}

/* The folder that the tests of a program work in; it is the current one then. */
static inline int enter_folder(void **state)
{
    static char path[64];
    snprintf(path, sizeof path, "/tmp/dsc-unit-XXXXXX");
    *state = path;
    return mkdtemp(path) && chdir(path) == 0 ? 0 : -1;
}

static inline int leave_folder(void **state)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", (char *)*state);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

static inline void write_bytes(const char *path, const char *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static inline void write_text(const char *path, const char *text)
{
    write_bytes(path, text, strlen(text));
}

static inline void append_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "ab");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static inline char *read_text(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return NULL;
    rt_buf b = {0};
    int c;
    while ((c = getc(f)) != EOF)
        rt_buf_char(&b, (char)c);
    rt_buf_char(&b, 0);
    fclose(f);
    return b.p;
}

static inline void assert_text(char *found, const char *expected)
{
    assert_non_null(found);
    assert_string_equal(found, expected);
    free(found);
}

/* ---- sources ---- */

static inline void give(dsc_arg *args, const dsc_arg_def *defs, const Given *given)
{
    for (; given && given->name; given++) {
        dsc_arg *arg = rt_args_find(args, defs, given->name);
        assert_non_null(arg);
        arg->set = true;
        arg->i = given->i;
        if (given->s)
            arg->s = (dsc_str){given->s, (int64_t)strlen(given->s)};
    }
}

static inline dsc_source *source_make(dsc_context *job, const char *name, const Given *given)
{
    const dsc_source_def *def = dsc_find_source(name);
    assert_non_null(def);
    dsc_source *s = calloc(1, def->size);
    s->def = def;
    s->job = job;
    s->limit = INT64_MAX;
    s->args = rt_args_new(def->args);
    give(s->args, def->args, given);
    return s;
}

static inline dsc_source *source_open(dsc_context *job, const char *name, const Given *given)
{
    dsc_source *s = source_make(job, name, given);
    if (s->def->open(s) < 0 || (s->def->begin && s->def->begin(s) < 0))
        fail_msg("%s", job->error);
    return s;
}

static inline void source_close(dsc_source *s)
{
    s->def->close(s);
    free(s->args);
    free(s);
}

/* The records of a block, each with a comma behind it. */
static inline void add_records(rt_buf *out, const dsc_block *block)
{
    const char *p = block->p, *end = p + block->n;
    while (p < end) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        stop = stop ? stop : end;
        rt_buf_add(out, p, (size_t)(stop - p));
        rt_buf_char(out, ',');
        p = stop + 1;
    }
}

/* A batch in steps of `max` bytes: its records, each with a comma behind it, or NULL when it
 * failed. `end`, `steps` and `spans` may be NULL. Blocks are released after their step. */
static inline char *run_batch(dsc_source *s, int64_t time, size_t max, bool *end, int *steps)
{
    rt_buf out = {0};
    dsc_range range = {0};
    int n_steps = 0;
    bool ok = true;
    do {
        range.n = 0;
        range.last_of_batch = range.end_of_input = false;
        ok = s->def->plan(s, time, max, s->def->bounded, &range) == 0;
        dsc_block *blocks = calloc((size_t)range.n + 1, sizeof *blocks);
        int n = 0;
        for (; ok && n < range.n; n++) {
            ok = s->def->read(s, &range.piece[n], &blocks[n]) == 0;
            if (!ok)
                break;
            assert_int_equal(blocks[n].n, range.piece[n].to - range.piece[n].from);
            add_records(&out, &blocks[n]);
        }
        while (n > 0)
            s->def->release(s, &blocks[--n]);
        free(blocks);
        n_steps++;
    } while (ok && !range.last_of_batch && !range.end_of_input);
    free(range.piece);
    rt_buf_char(&out, 0);
    if (end)
        *end = range.end_of_input;
    if (steps)
        *steps = n_steps;
    if (!ok) {
        free(out.p);
        return NULL;
    }
    return out.p;
}

/* All batches: their records with '/' behind each batch. */
static inline char *run_all(dsc_source *s, size_t max)
{
    rt_buf out = {0};
    bool end = false;
    for (int64_t time = s->job->batch; !end; time += s->job->batch) {
        char *batch = run_batch(s, time, max, &end, NULL);
        assert_non_null(batch);
        rt_buf_text(&out, batch);
        rt_buf_char(&out, '/');
        free(batch);
    }
    rt_buf_char(&out, 0);
    return out.p;
}

/* ---- sinks ---- */

static inline dsc_sink *sink_make(dsc_context *job, const char *name, const Given *given)
{
    const dsc_sink_def *def = dsc_find_sink(name);
    assert_non_null(def);
    dsc_sink *s = calloc(1, def->size);
    s->def = def;
    s->job = job;
    s->args = rt_args_new(def->args);
    give(s->args, def->args, given);
    return s;
}

static inline dsc_sink *sink_open(dsc_context *job, const char *name, const Given *given)
{
    dsc_sink *s = sink_make(job, name, given);
    if (s->def->open(s) < 0)
        fail_msg("%s", job->error);
    return s;
}

static inline void sink_close(dsc_sink *s)
{
    s->def->close(s);
    free(s->args);
    free(s);
}

#endif
