/* rt.h: what the parts of the runtime share: the job, text buffers, the clock,
 * errors, and the few functions that one part offers to the others.
 *
 * Core (engine, tables, windows, folds) and io (clock, connectors, formats,
 * options) meet here only. Nothing in the runtime calls exit(): a function
 * that can fail returns a negative number after dsc_fail has set the text. */
#ifndef RT_H
#define RT_H

#include "dsc_conn.h"
#include "rt_run.h"
#include <stdatomic.h>
#include <stdarg.h>
#include <string.h>

#define RT_LIKELY(x) __builtin_expect(!!(x), 1)
#define RT_UNLIKELY(x) __builtin_expect(!!(x), 0)

/* ---- text buffers (buf.c) --------------------------------------------------
 * Grows as needed. When memory cannot be had `failed` is set, what did not fit
 * is dropped, and the owner looks at the flag once at the end. */
typedef struct rt_buf {
    char *p;
    size_t n, cap;
    bool failed;
} rt_buf;

/* Room for `more` bytes at p + n; false when there is no memory. */
bool rt_buf_reserve(rt_buf *b, size_t more);
void rt_buf_free(rt_buf *b);                        /* frees and zeroes */
void rt_buf_print(rt_buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline void rt_buf_add(rt_buf *b, const void *bytes, size_t n)
{
    if (n > b->cap - b->n && !rt_buf_reserve(b, n))
        return;
    if (n > 0)
        memcpy(b->p + b->n, bytes, n);
    b->n += n;
}

static inline void rt_buf_char(rt_buf *b, char c)
{
    if (b->n == b->cap && !rt_buf_reserve(b, 1))
        return;
    b->p[b->n++] = c;
}

static inline void rt_buf_text(rt_buf *b, const char *text) { rt_buf_add(b, text, strlen(text)); }

/* Bytes of the input as a message shows them: printable, on one line, cut. */
void rt_buf_shown(rt_buf *b, const char *p, size_t n);

/* ---- the clock (io: clock.c) -------------------------------------------------
 * An object, so that tests and replay bring their own. Times are microseconds
 * since 1970 UTC; those of a virtual clock begin at 0. */
typedef struct rt_clock rt_clock;
struct rt_clock {
    bool real;
    /* Real: never goes back, whatever is done to the system's time. Virtual: the time last waited for. */
    int64_t (*now)(rt_clock *clock);
    /* Of a real clock: the system's time, wherever that is; and from now on now() is not before `time`. */
    int64_t (*system)(rt_clock *clock);
    void (*reach)(rt_clock *clock, int64_t time);
    /* Return when now() >= time (virtual: at once, and now() is `time`), or when `wake` has been
     * called since the last return. INT64_MAX: until woken. May return early: callers look again. */
    void (*wait)(rt_clock *clock, int64_t time);
    /* End a wait. From any thread and from signal handlers. */
    void (*wake)(rt_clock *clock);
    void (*close)(rt_clock *clock);
};
/* Tests: microseconds that a real clock's system time is set forward, or back. */
extern _Atomic int64_t rt_clock_shift;
rt_clock *rt_clock_open(bool real);                  /* NULL: no memory or no descriptor */

/* ---- the job ------------------------------------------------------------------ */

struct rt_engine;

struct dsc_context {
    const dsc_program *program;
    rt_options options;           /* the defaults filled in: batch, threads, step, morsel > 0 */
    rt_clock *clock;
    int64_t batch, zero;          /* batches have times zero + k * batch, windows slide by k */
    int64_t start;                /* the first batch has time start + batch */
    atomic_bool stopping;         /* asked to end (signal): finish the batch in hand */
    atomic_bool failing;          /* dsc_fail has been called; */
    atomic_bool failed;           /* and its text is in `error`, which no longer changes */
    char error[2048];
    const struct rt_regex_use *regex;   /* regular expressions, where the program reads a format by them */
    struct rt_engine *engine;     /* core's own */
};

/* `what` needed `bytes` of memory and there is none: sets the error, returns -1. */
int rt_no_memory(dsc_context *job, size_t bytes, const char *what);

/* Microseconds as the language writes them: "30s", "1m30s", "250ms"; "0s". (io: format/print.c) */
void rt_print_duration(rt_buf *b, int64_t us);

/* A value as `lines` and `print` show it: "(hello,1)", "[a, b]"; a string as it is. (io: format/print.c) */
void rt_print_value(rt_buf *b, const dsc_type *type, const void *value);

/* A literal of int, float, bool, string, time or duration as a program writes it: the defaults of
 * dsc_arg_def. Strings point into `text`, which has no escapes. False when it is none. (io: args.c) */
bool rt_parse_literal(dsc_kind kind, const char *text, dsc_arg *out);

/* The arguments of a connector, of as many as `defs` lists, with their defaults; free() them.
 * NULL: no memory. (io: args.c) */
dsc_arg *rt_args_new(const dsc_arg_def *defs);
/* The argument of that name, or NULL. */
dsc_arg *rt_args_find(dsc_arg *args, const dsc_arg_def *defs, const char *name);
/* Fails the job where an argument that is set lies out of its bounds; owner: "socket". */
int rt_args_within(dsc_context *job, const char *owner, const dsc_arg_def *defs, const dsc_bounds *bounds, dsc_arg *args);
/* Does the source's input end, as its arguments say? */
bool rt_source_is_bounded(const dsc_source *s);

/* When a batch was due (by the real clock its time, unless it was begun before that), begun and done, by rt_wall_clock. */
typedef struct rt_batch_log {
    int64_t time, due, begun, done, records;
} rt_batch_log;
/* One line to standard error, of --verbose. */
void rt_log_batch(dsc_context *job, const rt_batch_log *batch);      /* io: log.c */
/* The job's clock where that is the real one, else one that runs like it. (engine.c) */
int64_t rt_wall_clock(const dsc_context *job);

/* ---- signals (io: signals.c) ---------------------------------------------------------
 * Of one job in the process at a time. SIGINT and SIGTERM set job->stopping and wake the
 * clock; a second one ends the process with status 1, after naming the batch in hand.
 * SIGPIPE is ignored, so that writes fail with EPIPE. */
int rt_signals_open(dsc_context *job);
void rt_signals_close(void);                         /* the handlers of before */
void rt_signals_batch(int64_t time);                 /* the batch in hand; INT64_MIN: none */

#endif
