/* fmt_csv.c: csv, as RFC 4180, and tsv, as IANA's text/tab-separated-values.
 *
 * A layout says which field each column of a split is for. It is made from the
 * split's header, or is the plain one: column i for field i. */
#define _GNU_SOURCE
#include "csv.h"
#include "scalar.h"

#include <stdio.h>
#include <stdlib.h>

static const Field unwanted = {.way = SKIP};

static int no_memory(dsc_format *f)
{
    return dsc_fail(f->job, "%s: no memory for the columns of a type", f->def->name);
}

/* ---- opening -------------------------------------------------------------------------- */

static bool name_errors(Field *field, uint32_t i)
{
    char *subject = NULL;
    if ((field->name ? asprintf(&subject, "column `%s`", field->name) : asprintf(&subject, "column %u", i + 1)) < 0)
        return false;
    bool ok = asprintf(&field->wrong, "%s is not %s", subject, rt_kind_text(field->kind)) >= 0;
    ok = asprintf(&field->missing, "%s is missing", subject) >= 0 && ok;
    free(subject);
    return ok;
}

static bool add_field(Csv *csv, uint32_t i)
{
    const dsc_field *from = &csv->base.type->fields[i];
    const dsc_type *type = from->type;
    Field *field = &csv->fields[i];
    *field = (Field){.name = from->name, .kind = type->kind, .offset = from->offset, .size = type->size, .some = type->some,
                     .way = RARE, .option = type->kind == DSC_OPTION, .wanted = !from->unused};
    if (field->option)
        field->kind = type->fields[0].type->kind;
    else
        field->way = field->kind == DSC_STRING ? TEXT : field->kind == DSC_INT ? INT : field->kind == DSC_FLOAT ? FLOAT : RARE;
    return name_errors(field, i);
}

/* Room for n columns that nobody looks at. */
static Layout *new_layout(uint32_t n)
{
    Layout *layout = malloc(sizeof *layout + n * sizeof *layout->field);
    if (!layout)
        return NULL;
    layout->n = n;
    for (uint32_t i = 0; i < n; i++)
        layout->field[i] = &unwanted;
    return layout;
}

/* When all its fields are there. */
static void end_layout(Layout *layout)
{
    while (layout->n > 0 && layout->field[layout->n - 1] == &unwanted)
        layout->n--;
    layout->usual = layout->n > 0;
    for (uint32_t i = 0; i < layout->n; i++)
        layout->usual &= layout->field[i]->way != RARE;
}

static bool add_fields(Csv *csv)
{
    uint32_t n = csv->base.type->n;
    csv->fields = calloc(n + 1, sizeof *csv->fields);
    csv->plain = new_layout(n);
    if (!csv->fields || !csv->plain)
        return false;
    for (; csv->n < n; csv->n++) {
        if (!add_field(csv, csv->n))
            return false;
        if (csv->fields[csv->n].wanted)
            csv->plain->field[csv->n] = &csv->fields[csv->n];
    }
    end_layout(csv->plain);
    return true;
}

/* Can it be a line of columns? */
static bool fits(const dsc_type *type)
{
    for (uint32_t i = 0; i < type->n; i++) {
        const dsc_type *part = type->fields[i].type;
        if (!rt_is_scalar(part->kind == DSC_OPTION ? part->fields[0].type->kind : part->kind))
            return false;
    }
    return type->kind == DSC_RECORD || type->kind == DSC_TUPLE;
}

static int open_with(Csv *csv, const dsc_arg *header, const dsc_arg *time)
{
    if (!fits(csv->base.type))
        return dsc_fail(csv->base.job, "%s: its type is a record or a tuple of values without parts", csv->base.def->name);
    if (rt_time_form_of(&csv->base, time, &csv->form) < 0)
        return -1;
    csv->unusual = csv->quotes ? '"' : '\n';
    memset(csv->separators, csv->separator, sizeof csv->separators);
    bool record = csv->base.type->kind == DSC_RECORD;
    csv->header = header->set ? header->i != 0 : record;
    return add_fields(csv) ? 0 : no_memory(&csv->base);
}

enum { CSV_HEADER, CSV_SEPARATOR, CSV_TIME };
enum { TSV_HEADER, TSV_TIME };

static int csv_open(dsc_format *f)
{
    Csv *csv = (Csv *)f;
    dsc_str separator = f->args[CSV_SEPARATOR].s;
    if (separator.n != 1 || memchr("\"\r\n", separator.p[0], 3))
        return dsc_fail(f->job, "csv: the separator is one byte, and no quote or line end; \"%.*s\" is not",
                        (int)separator.n, separator.p);
    csv->separator = separator.p[0];
    csv->quotes = true;
    return open_with(csv, &f->args[CSV_HEADER], &f->args[CSV_TIME]);
}

static int tsv_open(dsc_format *f)
{
    ((Csv *)f)->separator = '\t';
    return open_with((Csv *)f, &f->args[TSV_HEADER], &f->args[TSV_TIME]);
}

static void csv_close(dsc_format *f)
{
    Csv *csv = (Csv *)f;
    for (uint32_t i = 0; csv->fields && i < f->type->n; i++) {
        free(csv->fields[i].wrong);
        free(csv->fields[i].missing);
    }
    free(csv->fields);
    free(csv->plain);
}

/* ---- one column ------------------------------------------------------------------------- */

/* A column in quotes, p behind the first: its text, which is copied where quotes stand in it.
 * Returns where it ends, a separator or the end of the line, or NULL with *why. */
static const char *quoted(const Csv *csv, dsc_task *task, const char *p, rt_scan s, dsc_str *text, const char **why)
{
    const char *from = p, *end = s.end;
    bool doubled = false;
    for (;; p += 2, doubled = true) {
        p = rt_scan_one(p, s, '"');
        if (p == end) {
            *why = "a quote is not closed on its line";
            return NULL;
        }
        if (end - p < 2 || p[1] != '"')
            break;
    }
    *text = (dsc_str){from, p - from};
    if (++p < end && *p != csv->separator) {
        *why = "text stands behind a closing quote";
        return NULL;
    }
    if (doubled && task) {
        char *to = dsc_alloc(task, text->n);
        int64_t n = 0;
        for (int64_t i = 0; i < text->n; i++, n++) {
            to[n] = from[i];
            i += from[i] == '"';
        }
        *text = (dsc_str){to, n};
    }
    return p;
}

/* A column's text, which is copied where quotes are doubled in it and there is a task. Returns where it ends, or NULL with *why. */
static const char *text_of(const Csv *csv, dsc_task *task, const char *p, rt_scan s, dsc_str *text, const char **why)
{
    if (csv->quotes && p < s.end && *p == '"')
        return quoted(csv, task, p + 1, s, text, why);
    const char *stop = rt_scan_one(p, s, csv->separator);
    *text = (dsc_str){p, stop - p};
    return stop;
}

static bool store(const Csv *csv, const Field *field, dsc_str text, char *out, const char **why)
{
    if (field->option)
        *(bool *)(out + field->some) = true;
    *why = field->wrong;
    return rt_scalar_read(&csv->form, field->kind, text, out);
}

/* Nothing stands there; `there`: though the column is. */
static bool store_nothing(const Field *field, bool there, char *out, const char **why)
{
    *why = field->missing;
    if (!field->option && !(there && (field->kind == DSC_STRING || field->kind == DSC_BYTES)))
        return false;
    memset(out, 0, field->size);
    return true;
}

/* A column whatever stands in it. */
static __attribute__((noinline)) const char *rare_column(const Csv *csv, const Field *field, dsc_task *task, const char *p,
                                                         rt_scan s, char *out, const char **why)
{
    dsc_str text;
    bool nothing = p == s.end || *p == csv->separator;
    const char *stop = text_of(csv, field->way == SKIP ? NULL : task, p, s, &text, why);
    if (!stop || field->way == SKIP)
        return stop;
    out += field->offset;
    return (nothing ? store_nothing(field, true, out, why) : store(csv, field, text, out, why)) ? stop : NULL;
}

/* A column that is read where it stands. Returns where it ends; NULL: something unusual is there. */
static inline const char *usual_column(const Csv *csv, const Field *field, const char *p, rt_scan s, char *out)
{
    const char *stop = NULL;
    if (p == s.end || (*p == '"' && csv->quotes))
        return NULL;
    out += field->offset;
    switch (field->way) {
    case SKIP:
        return rt_scan_one(p, s, csv->separator);
    case TEXT:
        stop = rt_scan_one(p, s, csv->separator);
        *(dsc_str *)(void *)out = (dsc_str){p, stop - p};
        return stop;
    case INT:
        stop = rt_read_int(p, s.end, false, (int64_t *)(void *)out);
        break;
    case FLOAT:
        stop = rt_read_decimal(p, s.end, (double *)(void *)out);
        break;
    case RARE:
        break;
    }
    return stop && (stop == s.end || *stop == csv->separator) ? stop : NULL;
}

/* ---- one line --------------------------------------------------------------------------- */

static int csv_decode(const dsc_format *f, dsc_task *task, const void *given, dsc_str record, void *out, const char **why)
{
    const Csv *csv = (const Csv *)f;
    const Layout *layout = given ? given : csv->plain;
    if (record.n == 0)
        return 0;
    const char *p = record.p;
    rt_scan s = rt_scan_of(task, record);
    uint32_t i = 0, n = layout->n;
    for (; i < n; i++) {
        const Field *field = layout->field[i];
        const char *stop = usual_column(csv, field, p, s, out);
        if (RT_UNLIKELY(stop == NULL) && !(stop = rare_column(csv, field, task, p, s, out, why)))
            return -1;
        p = stop + 1;
        if (stop == s.end)
            break;
    }
    for (i++; i < n; i++)
        if (layout->field[i]->wanted && !store_nothing(layout->field[i], false, (char *)out + layout->field[i]->offset, why))
            return -1;
    return 1;
}

/* ---- the header --------------------------------------------------------------------------- */

static bool csv_has_header(const dsc_format *f)
{
    return ((const Csv *)f)->header;
}

/* The names of a header, one after the other; false at the end of them. A name in quotes keeps those doubled in it. */
static bool next_name(const Csv *csv, const char **p, const char *end, dsc_str *name)
{
    const char *why, *stop;
    const rt_scan s = {end, end};
    if (*p > end)
        return false;
    stop = text_of(csv, NULL, *p, s, name, &why);
    if (!stop) {                  /* a quote that is not closed */
        stop = rt_scan_one(*p, s, csv->separator);
        *name = (dsc_str){*p, stop - *p};
    }
    *p = stop + 1;
    return true;
}

static bool same_name(const char *name, dsc_str text)
{
    for (int64_t i = 0; i < text.n; i++, name++) {
        if (*name != text.p[i])
            return false;
        if (text.p[i] == '"' && i + 1 < text.n && text.p[i + 1] == '"')
            i++;
    }
    return *name == '\0';
}

static void fail_missing(Csv *csv, const char *missing, dsc_str line, const char *split)
{
    const char *p = line.p;
    dsc_str name;
    rt_buf b = {0};
    while (b.n < 1000 && next_name(csv, &p, line.p + line.n, &name)) {
        rt_buf_text(&b, b.n ? ", `" : "`");
        rt_buf_shown(&b, name.p, (size_t)name.n);
        rt_buf_char(&b, '`');
    }
    dsc_fail(csv->base.job, "%s: %s has no column `%s`; its first line names %.*s%s", csv->base.def->name, split, missing, (int)b.n,
             b.p ? b.p : "", p <= line.p + line.n ? ", .." : "");
    rt_buf_free(&b);
}

/* Columns by their names. A tuple under a header goes by position. */
static void *csv_header(dsc_format *f, dsc_str line, const char *split)
{
    Csv *csv = (Csv *)f;
    const char *end = line.p + line.n, *p = line.p;
    dsc_str name;
    uint32_t n = 0;
    while (next_name(csv, &p, end, &name))
        n++;
    bool by_name = f->type->kind == DSC_RECORD;
    Layout *layout = new_layout(by_name ? n : csv->plain->n);
    if (!layout) {
        no_memory(f);
        return NULL;
    }
    if (!by_name) {
        memcpy(layout->field, csv->plain->field, layout->n * sizeof *layout->field);
        end_layout(layout);
        return layout;
    }
    for (uint32_t i = 0; i < csv->n; i++) {
        uint32_t at = 0;
        if (!csv->fields[i].wanted)
            continue;
        for (p = line.p; next_name(csv, &p, end, &name) && !same_name(csv->fields[i].name, name); at++)
            ;
        if (at == n) {
            fail_missing(csv, csv->fields[i].name, line, split);
            free(layout);
            return NULL;
        }
        layout->field[at] = &csv->fields[i];
    }
    end_layout(layout);
    return layout;
}

static void csv_free_header(dsc_format *f, void *layout)
{
    (void)f;
    free(layout);
}

/* ---- writing -------------------------------------------------------------------------------- */

static inline bool is_special(const Csv *csv, char c)
{
    return c == csv->separator || c == '"' || c == '\r' || c == '\n';
}

/* Text as a column, in quotes where it needs them. */
static void put_text(const Csv *csv, rt_buf *out, const char *p, size_t n)
{
    bool plain = true;
    for (size_t i = 0; i < n && plain; i++)
        plain = !is_special(csv, p[i]);
    if (plain) {
        rt_buf_add(out, p, n);
        return;
    }
    rt_buf_char(out, '"');
    for (const char *end = p + n; p < end;) {
        const char *stop = rt_scan_one(p, (rt_scan){end, end}, '"');
        rt_buf_add(out, p, (size_t)(stop - p));
        if (stop < end)
            rt_buf_add(out, "\"\"", 2);
        p = stop + (stop < end);
    }
    rt_buf_char(out, '"');
}

static bool is_text(const Field *field) { return field->kind == DSC_STRING || field->kind == DSC_BYTES; }

/* What was written from `from` on may need quotes after all: a separator can stand in numbers and times. */
static void quote_made(const Csv *csv, rt_buf *out, size_t from)
{
    bool plain = true;
    for (size_t i = from; i < out->n && plain; i++)
        plain = !is_special(csv, out->p[i]);
    if (plain)
        return;
    rt_buf text = {0};
    rt_buf_add(&text, out->p + from, out->n - from);
    out->n = from;
    put_text(csv, out, text.p, text.n);
    out->failed |= text.failed;
    rt_buf_free(&text);
}

static void put_column(const Csv *csv, const Field *field, dsc_task *task, rt_buf *out, const char *value)
{
    if (field->option && !*(const bool *)(value + field->some))
        return;
    if (is_text(field)) {
        const dsc_str *s = (const dsc_str *)(const void *)value;
        if (s->n == 0 && csv->quotes && (field->option || csv->n == 1))
            rt_buf_add(out, "\"\"", 2);   /* what is not there is written without quotes */
        else if (csv->quotes)
            put_text(csv, out, s->p, (size_t)s->n);
        else
            rt_buf_add(out, s->p, (size_t)s->n);
    } else {
        size_t from = out->n;
        rt_scalar_write(&csv->form, task, out, field->kind, value);
        if (csv->quotes)
            quote_made(csv, out, from);
    }
}

static const char *csv_encode(const dsc_format *f, dsc_task *task, rt_buf *out, const void *value)
{
    const Csv *csv = (const Csv *)f;
    for (uint32_t i = 0; i < csv->n; i++) {
        if (i > 0)
            rt_buf_char(out, csv->separator);
        put_column(csv, &csv->fields[i], task, out, (const char *)value + csv->fields[i].offset);
    }
    return NULL;
}

static const char *tsv_encode(const dsc_format *f, dsc_task *task, rt_buf *out, const void *value)
{
    const Csv *csv = (const Csv *)f;
    for (uint32_t i = 0; i < csv->n; i++) {
        size_t from = out->n;
        put_column(csv, &csv->fields[i], task, out, (const char *)value + csv->fields[i].offset);
        for (size_t at = from; at < out->n; at++)
            if (out->p[at] == '\t' || out->p[at] == '\n' || out->p[at] == '\r')
                return "a text with a tab or a line end in it cannot be written as tsv";
        if (i + 1 < csv->n)
            rt_buf_char(out, '\t');
    }
    return NULL;
}

static void csv_encode_header(const dsc_format *f, rt_buf *out)
{
    const Csv *csv = (const Csv *)f;
    if (!csv->header || f->type->kind != DSC_RECORD)
        return;
    for (uint32_t i = 0; i < csv->n; i++) {
        if (i > 0)
            rt_buf_char(out, csv->separator);
        if (csv->quotes)
            put_text(csv, out, csv->fields[i].name, strlen(csv->fields[i].name));
        else
            rt_buf_text(out, csv->fields[i].name);
    }
}

/* ---- definitions ------------------------------------------------------------------------------ */

#define HEADER_ARG {"header", DSC_BOOL, "none", "does the input begin with a line of names? without this, it does if T is a record"}
#define TIME_ARG {"time", DSC_STRING, "none", "how times are written: \"s\", \"ms\", \"us\" (numbers since 1970), or a pattern as for " \
                                              "parseTime; without this, RFC 3339"}

static const dsc_arg_def csv_args[] = {
    [CSV_HEADER] = HEADER_ARG,
    [CSV_SEPARATOR] = {"separator", DSC_STRING, "\",\"", "what stands between columns: one byte"},
    [CSV_TIME] = TIME_ARG,
    {0},
};

static const dsc_arg_def tsv_args[] = {
    [TSV_HEADER] = HEADER_ARG,
    [TSV_TIME] = TIME_ARG,
    {0},
};

const dsc_format_def fmt_csv = {
    .name = "csv",
    .synopsis = "csv(T, header: bool = none, separator: string = \",\", time: string = none)",
    .doc = "Lines of columns, as RFC 4180 has them but that a quote is closed on its line.\n"
           "With a record type the input begins with a line of names, and columns go by them; with a tuple there is no such line\n"
           "and they go by position. Further columns are passed over, and so are blank lines. An empty column without quotes, and\n"
           "one that is not there, is none for A?; for other types that is bad, but an empty one is \"\" for a string. Written, a\n"
           "record type gets its line of names at the beginning of each file, and columns get quotes where they need them.",
    .example = "source queue([[(\"a, b\", 1), (\"c\", 2)]]) | sink stdout() as csv",
    .args = csv_args,
    .typed = true,
    .size = sizeof(Csv),
    .open = csv_open,
    .has_header = csv_has_header,
    .header = csv_header,
    .free_header = csv_free_header,
    .decode = csv_decode,
    .usual = rt_csv_usual,
    .encode = csv_encode,
    .encode_header = csv_encode_header,
    .close = csv_close,
};

const dsc_format_def fmt_tsv = {
    .name = "tsv",
    .synopsis = "tsv(T, header: bool = none, time: string = none)",
    .doc = "Lines of columns with tabs between them.\n"
           "As csv, but that quotes mean nothing and nothing is escaped: a text with a tab or a line end in it cannot be written,\n"
           "and is a bad element.",
    .example = "source queue([[(\"a, b\", 1), (\"c\", 2)]]) | sink stdout() as tsv",
    .args = tsv_args,
    .typed = true,
    .size = sizeof(Csv),
    .open = tsv_open,
    .has_header = csv_has_header,
    .header = csv_header,
    .free_header = csv_free_header,
    .decode = csv_decode,
    .usual = rt_csv_usual,
    .encode = tsv_encode,
    .may_refuse = true,
    .encode_header = csv_encode_header,
    .close = csv_close,
};

DSC_FORMAT(fmt_csv, fmt_tsv)
