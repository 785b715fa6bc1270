/* records.h: types of records of which the decoders are tried, and one record through a decoder. */
#ifndef DSC_FUZZ_RECORDS_H
#define DSC_FUZZ_RECORDS_H

#include "core.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNUSED __attribute__((unused))      /* not every program has use for all of it */

typedef struct MaybeInt {
    int64_t v;
    bool some;
} MaybeInt;

typedef struct Row {
    int64_t n;
    MaybeInt m;
    dsc_str s;
    double x;
    bool b;
    int64_t at, took;
} Row;

typedef struct Deep {
    Row row;
    dsc_list xs;
    dsc_str last;
} Deep;

static const dsc_field in_maybe = {NULL, &dsc_type_int, 0, false};
static const dsc_type maybe = {.kind = DSC_OPTION, .size = sizeof(MaybeInt), .n = 1, .fields = &in_maybe,
                               .some = offsetof(MaybeInt, some), .flat = true};
#define FIELDS(N) { \
    {N("n"), &dsc_type_int, offsetof(Row, n), false}, {N("m"), &maybe, offsetof(Row, m), false}, \
    {N("s"), &dsc_type_string, offsetof(Row, s), false}, {N("x"), &dsc_type_float, offsetof(Row, x), false}, \
    {N("b"), &dsc_type_bool, offsetof(Row, b), false}, {N("at"), &dsc_type_time, offsetof(Row, at), false}, \
    {N("took"), &dsc_type_duration, offsetof(Row, took), false}}
#define NAMED(name) name
#define UNNAMED(name) NULL
enum { ROW_N = 7 };
static const dsc_field row_fields[ROW_N] = FIELDS(NAMED), tuple_fields[ROW_N] = FIELDS(UNNAMED);
static const dsc_type row_type = {.kind = DSC_RECORD, .size = sizeof(Row), .n = ROW_N, .fields = row_fields},
                      tuple_type = {.kind = DSC_TUPLE, .size = sizeof(Row), .n = ROW_N, .fields = tuple_fields};
/* What most lines of CSV are. */
static const dsc_field UNUSED plain_fields[] = {
    {NULL, &dsc_type_string, 0, false}, {NULL, &dsc_type_int, 16, false}, {NULL, &dsc_type_float, 24, false}, {NULL, &dsc_type_string, 32, false}};
static const dsc_type UNUSED plain_type = {.kind = DSC_TUPLE, .size = 48, .n = 4, .fields = plain_fields};
static const dsc_field UNUSED in_xs = {NULL, &maybe, 0, false};
static const dsc_type UNUSED xs_type = {.kind = DSC_LIST, .size = sizeof(dsc_list), .n = 1, .fields = &in_xs};
static const dsc_field UNUSED deep_fields[] = {
    {"row", &row_type, offsetof(Deep, row), false}, {"xs", &xs_type, offsetof(Deep, xs), false},
    {"last", &dsc_type_string, offsetof(Deep, last), false}};
static const dsc_type UNUSED deep_type = {.kind = DSC_RECORD, .size = sizeof(Deep), .n = 3, .fields = deep_fields};

static dsc_context job;
static dsc_task task = {.job = &job};

static inline dsc_format *format_open(const char *name, const dsc_type *type)
{
    dsc_format *f = rt_format_new(&job, name, NULL, type);
    if (f->def->open(f) < 0)
        abort();
    return f;
}

/* Does the quick way to decode many lines, of which the record is each, make of them the value that is `expected`, or nothing?
 * NULL: it must make nothing. */
static inline bool usual_is(const dsc_format *f, const void *layout, const char *bytes, size_t n, const rt_buf *expected)
{
    enum { LINES = 5, BEHIND = 200 };
    char *input = malloc(LINES * (n + 1) + BEHIND), *values = calloc(LINES, f->type->size);
    const char *at[LINES + 1];
    rt_buf value = {0};
    bool same = true;
    if (!input || !values)
        abort();
    for (size_t i = 0; i < LINES * (n + 1) + BEHIND; i++)
        input[i] = i % (n + 1) < n ? bytes[i % (n + 1)] : '\n';
    size_t made = f->def->usual(f, layout, input, input + LINES * (n + 1) + BEHIND, LINES, values, at);
    for (size_t i = 0; i < made && same; i++) {
        value.n = 0;
        rt_print_value(&value, f->type, values + i * f->type->size);
        same = expected && at[i] == input + i * (n + 1) && value.n == expected->n && memcmp(value.p, expected->p, value.n) == 0;
    }
    rt_buf_free(&value);
    free(values);
    free(input);
    return same;
}

/* The value of a record as text in `out`, and as it is written in `again` (NULL: is not). 1; 0: passed
 * over; -1: bad, or not to be written. layout: of the split (csv), or NULL. The record lies in memory of its own size, so that reading
 * beyond it is seen. */
static inline int decode_record(dsc_format *f, const void *layout, const char *bytes, size_t n, rt_buf *out, rt_buf *again)
{
    char *input = malloc(n ? n : 1);
    void *value = calloc(1, f->type->size);
    const char *why;
    if (!input || !value)
        abort();
    memcpy(input, bytes, n);
    task.record = (uintptr_t)input;
    task.end = input + n;
    rt_arena_rewind(&task.scratch);
    bool refused = false;
    int status = f->def->decode(f, &task, layout, (dsc_str){input, (int64_t)n}, value, &why);
    if (status > 0) {
        rt_print_value(out, f->type, value);
        refused = again && f->def->encode(f, &task, again, value) != NULL;
    }
    free(value);
    free(input);
    bool line = f->def->usual && !(n > 0 && bytes[n - 1] == '\r');
    if (line && !usual_is(f, layout, bytes, n, status > 0 ? out : NULL)) {
        fprintf(stderr, "%s: read quickly it is something else: %.*s\n", f->def->name, (int)n, bytes);
        abort();
    }
    return refused ? -1 : status;
}

#endif
