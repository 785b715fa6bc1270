/* compare_csv.c: random lines of CSV through dsc's decoder and through libcsv: compare_csv RUNS SEED.
 *
 * Where libcsv, in its strict mode, takes a line, both find the same columns, so that the values are the
 * same, or both find that they are none of the type. On purpose dsc differs in this, and in nothing else:
 *   - a quote inside of a column that does not begin with one is a plain character, which libcsv takes so
 *     when it is not strict;
 *   - behind the last column that is looked at nothing is read: where dsc takes what libcsv refuses, libcsv
 *     takes a beginning of it as the same value.
 * Blanks belong to columns, and only "\n" ends a line here; libcsv is told so. */
#define _GNU_SOURCE
#include "compare.h"
#include "format/scalar.h"

#include <csv.h>

/* ---- random lines ------------------------------------------------------------------- */

static void random_words(rt_buf *out)
{
    static const char *const pieces[] = {"a", "word", " ", "'", "\t", "\xc3\xa9", "1", "\\", ";", "true"};
    for (unsigned i = below(5); i > 0; i--)
        rt_buf_text(out, PICK(pieces));
}

static void random_text(rt_buf *out, dsc_kind kind)
{
    switch (kind) {
    case DSC_INT: random_int(out); break;
    case DSC_FLOAT: random_float(out); break;
    case DSC_BOOL: rt_buf_text(out, one_of(2) ? "true" : "false"); break;
    case DSC_TIME: random_time(out); break;
    case DSC_DURATION: random_duration(out); break;
    default: random_words(out);
    }
}

static void random_column(rt_buf *out, const dsc_type *type)
{
    bool option = type->kind == DSC_OPTION;
    dsc_kind kind = one_of(60) ? DSC_STRING : option ? type->fields[0].type->kind : type->kind;
    if (option && one_of(3))
        return;
    if (one_of(2)) {
        random_text(out, kind);
        return;
    }
    rt_buf_char(out, '"');
    random_text(out, kind);
    if (kind == DSC_STRING && one_of(2))
        rt_buf_text(out, one_of(2) ? "\"\"" : ",");
    rt_buf_char(out, '"');
}

/* Which field a column is for; ROW_N and beyond: none. */
typedef struct Columns {
    unsigned n, field[ROW_N + 3];
} Columns;

static Columns plain_columns(void)
{
    Columns c = {.n = ROW_N};
    for (unsigned i = 0; i < ROW_N; i++)
        c.field[i] = i;
    return c;
}

/* Columns in any order, some that no field is for. */
static Columns random_columns(void)
{
    Columns c = plain_columns();
    for (unsigned more = below(4); more > 0; more--, c.n++)
        c.field[c.n] = c.n;
    for (unsigned i = c.n - 1; i > 0; i--) {
        unsigned j = below(i + 1), field = c.field[i];
        c.field[i] = c.field[j];
        c.field[j] = field;
    }
    return c;
}

static void write_header(rt_buf *out, const Columns *c)
{
    for (unsigned i = 0; i < c->n; i++) {
        const char *quote = one_of(4) ? "\"" : "", *comma = i ? "," : "";
        if (c->field[i] < ROW_N)
            rt_buf_print(out, "%s%s%s%s", comma, quote, row_fields[c->field[i]].name, quote);
        else
            rt_buf_print(out, "%s%sother%u%s", comma, quote, i, quote);
    }
}

static void write_line(rt_buf *out, const Columns *c)
{
    unsigned n = one_of(20) ? below(c->n + 1) : c->n + (one_of(20) ? 1 : 0);
    for (unsigned i = 0; i < n; i++) {
        if (i)
            rt_buf_char(out, ',');
        random_column(out, i < c->n && c->field[i] < ROW_N ? row_fields[c->field[i]].type : &dsc_type_string);
    }
}

/* ---- the library's columns as a value of the type ----------------------------------------- */

typedef struct Line {
    dsc_str column[ROW_N + 40];
    unsigned n;
} Line;

/* text: NULL where nothing stands, not even quotes. */
static void add_column(void *text, size_t n, void *given)
{
    Line *line = given;
    if (line->n == sizeof line->column / sizeof *line->column)
        return;
    char *copy = text ? dsc_alloc(&task, (int64_t)n + 1) : NULL;
    if (n > 0)
        memcpy(copy, text, n);
    line->column[line->n++] = (dsc_str){copy, (int64_t)n};
}

static void end_line(int c, void *line) { (void)c, (void)line; }

static int is_never(unsigned char c) { (void)c; return 0; }

static int is_line_end(unsigned char c) { return c == '\n'; }

/* text: NULL where the line has no such column. */
static bool to_field(const dsc_type *type, const dsc_str *text, char *out)
{
    static const rt_time_form form;
    bool option = type->kind == DSC_OPTION, there = text && text->p;
    if (!there)
        return option || (text && type->kind == DSC_STRING);
    if (option)
        memcpy(out + type->some, &there, sizeof there);
    return rt_scalar_read(&form, option ? type->fields[0].type->kind : type->kind, *text, out);
}

/* As decode_record says it. *refused: the line is none to libcsv. */
static int read_by_library(const Columns *c, const rt_buf *record, size_t n, unsigned char mode, rt_buf *out, bool *refused)
{
    struct csv_parser parser;
    Line line = {.n = 0};
    Row row;
    csv_init(&parser, mode | CSV_STRICT_FINI | CSV_EMPTY_IS_NULL);
    csv_set_space_func(&parser, is_never);
    csv_set_term_func(&parser, is_line_end);
    *refused = csv_parse(&parser, record->p, n, add_column, end_line, &line) != n || csv_parse(&parser, "\n", 1, add_column, end_line, &line) != 1 ||
               csv_fini(&parser, add_column, end_line, &line) != 0;
    csv_free(&parser);
    memset(&row, 0, sizeof row);
    if (line.n == 0 && !*refused)
        return 0;
    for (unsigned i = 0; i < c->n && !*refused; i++) {
        const dsc_field *field = &row_fields[c->field[i] < ROW_N ? c->field[i] : 0];
        if (c->field[i] < ROW_N && !to_field(field->type, i < line.n ? &line.column[i] : NULL, (char *)&row + field->offset))
            return -1;
    }
    if (!*refused)
        rt_print_value(out, &row_type, &row);
    return *refused ? -1 : 1;
}

static bool same_value(const Columns *c, const rt_buf *record, size_t n, unsigned char mode, const rt_buf *value)
{
    rt_buf other = {0};
    bool refused, same = read_by_library(c, record, n, mode, &other, &refused) > 0 && other.n == value->n &&
                         memcmp(other.p, value->p, (size_t)value->n) == 0;
    rt_buf_free(&other);
    return same;
}

/* What libcsv refuses and dsc takes: is it one of the differences? */
static bool on_purpose(const Columns *c, const rt_buf *record, const rt_buf *value)
{
    for (size_t n = (size_t)record->n; n > 0; n--)
        if (same_value(c, record, n, CSV_STRICT, value) || same_value(c, record, n, 0, value))
            return true;
    return false;
}

int main(int argc, char **argv)
{
    int runs = argc > 1 ? atoi(argv[1]) : 1000;
    random_state = 88172645463325252u + (argc > 2 ? strtoull(argv[2], NULL, 10) : 1) * 7919;
    Counts counts = {0};
    dsc_format *f = format_open("csv", &row_type);
    for (int run = 0; run < runs; run++) {
        rt_buf header = {0}, record = {0}, value = {0}, other = {0};
        Columns c = random_columns();
        bool refused;
        write_header(&header, &c);
        void *layout = f->def->header(f, (dsc_str){header.p, (int64_t)header.n}, "header");
        write_line(&record, &c);
        if (one_of(2))
            change(&record, "\"\",, a0-\t'");
        rt_arena_rewind(&task.scratch);
        int theirs = read_by_library(&c, &record, (size_t)record.n, CSV_STRICT, &other, &refused);
        int ours = decode_record(f, layout, record.p, (size_t)record.n, &value, NULL);
        if (refused && ours > 0 && on_purpose(&c, &record, &value))
            counts.excused++;
        else
            hold_together(&counts, &record, ours, &value, "libcsv", theirs, &other);
        f->def->free_header(f, layout);
        rt_buf_free(&header);
        rt_buf_free(&record);
        rt_buf_free(&value);
        rt_buf_free(&other);
    }
    printf("%d lines of the same value, %d bad for both, %d blank; %d where dsc differs on purpose\n", counts.values, counts.bad,
           counts.blank, counts.excused);
    return counts.values * 3 < runs;
}
