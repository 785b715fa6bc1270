/* fuzz_decode.c: any bytes as a record of csv, tsv or json. Whatever was decoded and can be written
 * is read back and written as the same text, and is the same value unless it has bytes beyond ASCII:
 * those that are no UTF-8 cannot stand in JSON. Neither can infinities, which are left alone. The
 * first byte chooses the format and the type. A libFuzzer target; tests/fuzz/fuzz.sh runs it. */
#define _GNU_SOURCE
#include "core.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

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
static const dsc_field in_xs = {NULL, &maybe, 0, false};
static const dsc_type xs_type = {.kind = DSC_LIST, .size = sizeof(dsc_list), .n = 1, .fields = &in_xs};
static const dsc_field deep_fields[] = {
    {"row", &row_type, offsetof(Deep, row), false}, {"xs", &xs_type, offsetof(Deep, xs), false},
    {"last", &dsc_type_string, offsetof(Deep, last), false}};
static const dsc_type deep_type = {.kind = DSC_RECORD, .size = sizeof(Deep), .n = 3, .fields = deep_fields};

static const struct {
    const char *format;
    const dsc_type *type;
} ways[] = {{"csv", &tuple_type}, {"tsv", &tuple_type}, {"json", &row_type}, {"json", &deep_type}, {"json", &tuple_type}, {"json", &xs_type}};
enum { WAYS = sizeof ways / sizeof *ways };

static dsc_context job;
static dsc_task task = {.job = &job};
static dsc_format *formats[WAYS];

/* The value of a record as text in `out`, and as written again in `again`; says whether there is both. The
 * record lies in memory of its own size, so that reading beyond it is seen. */
static bool read_record(dsc_format *f, const char *bytes, size_t n, rt_buf *out, rt_buf *again)
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
    bool fine = f->def->decode(f, &task, NULL, (dsc_str){input, (int64_t)n}, value, &why) > 0;
    if (fine) {
        rt_print_value(out, f->type, value);
        fine = !f->def->encode(f, &task, again, value);
    }
    free(value);
    free(input);
    return fine;
}

static bool same_text(const rt_buf *a, const rt_buf *b) { return a->n == b->n && (a->n == 0 || memcmp(a->p, b->p, a->n) == 0); }

static bool is_ascii(const rt_buf *b)
{
    for (size_t i = 0; i < (size_t)b->n; i++)
        if ((unsigned char)b->p[i] >= 0x80)
            return false;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size == 0 || memchr(bytes, '\n', size))
        return 0;
    unsigned way = bytes[0] % WAYS;
    dsc_format *f = formats[way];
    if (!f) {
        f = formats[way] = rt_format_new(&job, ways[way].format, NULL, ways[way].type);
        if (f->def->open(f) < 0)
            abort();
    }
    rt_buf value = {0}, text = {0}, value_again = {0}, text_again = {0};
    if (read_record(f, (const char *)bytes + 1, size - 1, &value, &text) && !memmem(value.p, value.n, "inf", 3)) {
        bool same = read_record(f, text.p, text.n, &value_again, &text_again) && same_text(&text, &text_again) &&
                    (!is_ascii(&value) || same_text(&value, &value_again));
        if (!same) {
            fprintf(stderr, "%s: wrote %.*s\nfor  %.*s\nread %.*s\n", ways[way].format, (int)text.n, text.p, (int)value.n, value.p,
                    (int)value_again.n, value_again.n ? value_again.p : "");
            abort();
        }
    }
    rt_buf_free(&value);
    rt_buf_free(&text);
    rt_buf_free(&value_again);
    rt_buf_free(&text_again);
    return 0;
}
