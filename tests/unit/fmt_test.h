/* fmt_test.h: formats driven by hand, record by record. A record lies in memory of
 * exactly its size, so that a sanitizer sees what is read beyond it. */
#ifndef FMT_TEST_H
#define FMT_TEST_H

#include "core_test.h"
#include "format/csv.h"

/* struct { int64_t n; int64_t? m; dsc_str s; dsc_str? t; double x; bool b; int64_t at, took } */
typedef struct OptionInt {
    int64_t v;
    bool some;
} OptionInt;

typedef struct OptionStr {
    dsc_str v;
    bool some;
} OptionStr;

typedef struct Row {
    int64_t n;
    OptionInt m;
    dsc_str s;
    OptionStr t;
    double x;
    bool b;
    int64_t at, took;
} Row;

static const dsc_field in_option_int = {NULL, &dsc_type_int, 0, false}, in_option_str = {NULL, &dsc_type_string, 0, false};
static const dsc_type option_int = {.kind = DSC_OPTION, .size = sizeof(OptionInt), .n = 1, .fields = &in_option_int,
                                    .some = offsetof(OptionInt, some), .flat = true};
static const dsc_type option_str = {.kind = DSC_OPTION, .size = sizeof(OptionStr), .n = 1, .fields = &in_option_str,
                                    .some = offsetof(OptionStr, some)};

#define ROW_FIELDS(N) { \
    {N("n"), &dsc_type_int, offsetof(Row, n), false}, {N("m"), &option_int, offsetof(Row, m), false}, \
    {N("s"), &dsc_type_string, offsetof(Row, s), false}, {N("t"), &option_str, offsetof(Row, t), false}, \
    {N("x"), &dsc_type_float, offsetof(Row, x), false}, {N("b"), &dsc_type_bool, offsetof(Row, b), false}, \
    {N("at"), &dsc_type_time, offsetof(Row, at), false}, {N("took"), &dsc_type_duration, offsetof(Row, took), false}}
#define NAMED(name) name
#define UNNAMED(name) NULL
enum { ROW_N = 8 };
static const dsc_field row_fields[ROW_N] = ROW_FIELDS(NAMED), tuple_fields[ROW_N] = ROW_FIELDS(UNNAMED);
static const dsc_type row_record = {.kind = DSC_RECORD, .size = sizeof(Row), .n = ROW_N, .fields = row_fields},
                      row_tuple = {.kind = DSC_TUPLE, .size = sizeof(Row), .n = ROW_N, .fields = tuple_fields};

typedef struct Fmt {
    dsc_context job;
    dsc_task task;
    dsc_format *f;
    void *layout;
} Fmt;

typedef struct FmtArg {
    const char *name;             /* NULL ends a list of them */
    const char *s;                /* or NULL */
    int64_t i;
} FmtArg;

/* Zero, or what the job's error says. */
static inline const char *fmt_open(Fmt *fmt, const char *name, const dsc_type *type, const FmtArg *args)
{
    memset(fmt, 0, sizeof *fmt);
    fmt->task.job = &fmt->job;
    fmt->f = rt_format_new(&fmt->job, name, NULL, type);
    for (; args && args->name; args++) {
        dsc_arg *arg = rt_args_find(fmt->f->args, fmt->f->def->args, args->name);
        assert_non_null(arg);
        arg->set = true;
        arg->i = args->i;
        if (args->s)
            arg->s = (dsc_str){args->s, (int64_t)strlen(args->s)};
    }
    return fmt->f->def->open(fmt->f) < 0 ? fmt->job.error : NULL;
}

static inline void fmt_close(Fmt *fmt)
{
    if (fmt->layout)
        fmt->f->def->free_header(fmt->f, fmt->layout);
    fmt->f->def->close(fmt->f);
    free(fmt->f->args);
    free(fmt->f);
    rt_arena_free(&fmt->task.scratch);
}

/* The text in memory of its own size; free it. */
static inline dsc_str exactly(const char *text, size_t n)
{
    char *p = malloc(n ? n : 1);
    assert_non_null(p);
    memcpy(p, text, n);
    return (dsc_str){p, (int64_t)n};
}

/* Reads a record, behind which `tail` further bytes of input lie: its value as text, "-" for one to be
 * passed over, or "bad: why". */
static inline void fmt_read_before(Fmt *fmt, const char *text, size_t n, size_t tail, rt_buf *out)
{
    char *input = malloc(n + tail + 1);
    dsc_str record = {input, (int64_t)n};
    assert_non_null(input);
    memcpy(input, text, n);
    for (size_t i = 0; i < tail; i++)
        input[n + i] = "\n,\"\\:}0"[(i + n) % 7];
    input = realloc(input, n + tail ? n + tail : 1);
    record.p = input;
    fmt->task.record = (uintptr_t)input;
    fmt->task.end = input + n + tail;
    void *value = malloc(fmt->f->type->size);
    memset(value, 0xee, fmt->f->type->size);
    const char *why = "no reason";
    rt_arena_rewind(&fmt->task.scratch);
    out->n = 0;
    int made = fmt->f->def->decode(fmt->f, &fmt->task, fmt->layout, record, value, &why);
    if (made > 0)
        rt_print_value(out, fmt->f->type, value);
    else
        rt_buf_print(out, made < 0 ? "bad: %s" : "-", why);
    rt_buf_char(out, '\0');
    out->n--;
    free(value);
    free(input);
    fmt->task.record = 0;
    fmt->task.end = NULL;
}

enum { FMT_LINES = 7 };

/* One way to decode many lines. They are lines of the text but that the input is cut off in the last one: how many were made, and
 * of each what is `expected`. */
static inline size_t fmt_usual_by(Fmt *fmt, size_t usual(const dsc_format *, const void *, const char *, const char *, size_t, void *, const char **),
                                  const char *input, size_t bytes, size_t n, const char *expected)
{
    size_t size = fmt->f->type->size;
    char *values = malloc(FMT_LINES * size);
    const char *at[FMT_LINES + 1];
    rt_buf out = {0};
    assert_non_null(values);
    memset(values, 0xee, FMT_LINES * size);
    size_t made = usual(fmt->f, fmt->layout, input, input + bytes, FMT_LINES, values, at);
    assert_true(made <= FMT_LINES);
    for (size_t i = 0; made > 0 && i <= made; i++)
        assert_ptr_equal(at[i], input + i * (n + 1));
    for (size_t i = 0; i < made; i++) {
        out.n = 0;
        rt_print_value(&out, fmt->f->type, values + i * size);
        rt_buf_char(&out, '\0');
        assert_string_equal(out.p, expected);
    }
    rt_buf_free(&out);
    free(values);
    return made;
}

/* Reads the text as so many lines, of which the last is cut off, by the quick way to decode: what that makes of each, which is
 * `expected` where it makes anything. Says how many it makes. */
static inline size_t fmt_read_usual(Fmt *fmt, const char *text, size_t n, size_t lines, const char *expected)
{
    const dsc_format_def *def = fmt->f->def;
    if (!def->usual || memchr(text, '\n', n) || (n > 0 && text[n - 1] == '\r'))
        return 0;
    size_t bytes = lines * (n + 1) - 1;
    char *input = malloc(bytes ? bytes : 1);
    assert_non_null(input);
    for (size_t i = 0; i < bytes; i++)
        input[i] = i % (n + 1) < n ? text[i % (n + 1)] : '\n';
    size_t made = fmt_usual_by(fmt, def->usual, input, bytes, n, expected);
    assert_int_equal(fmt_usual_by(fmt, rt_csv_usual_plain, input, bytes, n, expected), made);
    free(input);
    return made;
}

/* What lies behind it makes no difference. */
static inline void fmt_read(Fmt *fmt, const char *text, size_t n, rt_buf *out)
{
    rt_buf other = {0};
    fmt_read_before(fmt, text, n, 0, out);
    fmt_read_before(fmt, text, n, 1 + random_below(40), &other);
    assert_string_equal(out->p, other.p);
    fmt_read_usual(fmt, text, n, 1 + random_below(40), out->p);
    rt_buf_free(&other);
}

#define READS(fmt, text, expected) fmt_reads(fmt, text, sizeof(text) - 1, expected, __FILE__, __LINE__)
static inline void fmt_reads(Fmt *fmt, const char *text, size_t n, const char *expected, const char *file, int line)
{
    rt_buf out = {0};
    fmt_read(fmt, text, n, &out);
    if (strcmp(out.p, expected) != 0)
        print_error("%s:%d: %.*s\n", file, line, (int)n, text);
    assert_string_equal(out.p, expected);
    rt_buf_free(&out);
}

/* The value as text; its terminating zero is not counted. */
static inline const char *fmt_write(Fmt *fmt, const void *value, rt_buf *out)
{
    out->n = 0;
    const char *why = fmt->f->def->encode(fmt->f, &fmt->task, out, value);
    rt_buf_char(out, '\0');
    out->n--;
    return why;
}

static inline void fmt_header(Fmt *fmt, const char *line)
{
    dsc_str text = exactly(line, strlen(line));
    if (fmt->layout)
        fmt->f->def->free_header(fmt->f, fmt->layout);
    fmt->layout = fmt->f->def->header(fmt->f, text, "in.csv");
    free((char *)text.p);
}

static inline dsc_str str(const char *text) { return (dsc_str){text, (int64_t)strlen(text)}; }

#endif
