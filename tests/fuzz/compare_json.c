/* compare_json.c: random JSON records through dsc's decoder and through jansson: compare_json RUNS SEED.
 *
 * Where jansson takes a record, dsc takes it too and has the same value, or both find that it is none of
 * the type. On purpose dsc differs in this, and in nothing else:
 *   - of a name that stands twice it takes the first value (jansson is told to refuse such a record);
 *   - in strings it takes bytes that are not UTF-8 and control characters, and half a surrogate pair as
 *     U+FFFD; jansson refuses them;
 *   - numbers have no bound where a float is read; jansson refuses ints beyond 64 bits and floats beyond
 *     1.8e308 wherever they stand; "-0" read as a float is -0.0;
 *   - behind the last field that is looked at nothing is checked but quotes and brackets, in each object: where
 *     dsc takes what jansson refuses, a part of it can be left out, or its end closed, so that jansson takes
 *     the rest and gives the same value. */
#define _GNU_SOURCE
#include "compare.h"

#include "dsc_fn.h"

#include <jansson.h>

static const dsc_type *const types[] = {&row_type, &deep_type, &tuple_type, &xs_type};

/* ---- random records --------------------------------------------------------------- */

static void blanks(rt_buf *out)
{
    static const char *const some[] = {" ", "\t", "  ", "\r"};
    if (one_of(6))
        rt_buf_text(out, PICK(some));
}

static void random_string(rt_buf *out)
{
    static const char *const pieces[] = {"a", "word", " ", "\\n", "\\\"", "\\\\", "\\/", "\\u0041", "\\u00e9", "\xc3\xa9", "\\ud83d\\ude00",
                                         "\xf0\x9f\x98\x80", "{", "]", ",", ":", "\\u0000", "\\t", "\\b\\f\\r", "null", "\\uFFFD", "'"};
    rt_buf_char(out, '"');
    for (unsigned i = below(6); i > 0; i--)
        rt_buf_text(out, PICK(pieces));
    rt_buf_char(out, '"');
}

static void random_value(rt_buf *out, const dsc_type *type);

/* Any JSON value, for a field that the type does not have. */
static void random_other(rt_buf *out, int depth)
{
    unsigned kind = below(depth > 2 ? 4 : 6);
    if (kind == 0)
        random_string(out);
    else if (kind == 1)
        random_float(out);
    else if (kind == 2)
        rt_buf_text(out, one_of(2) ? "null" : "true");
    else if (kind == 3)
        rt_buf_text(out, one_of(2) ? "[]" : "{}");
    else {
        rt_buf_char(out, kind == 4 ? '[' : '{');
        for (unsigned i = 0, n = 1 + below(3); i < n; i++) {
            rt_buf_print(out, kind == 4 ? "%s" : "%s\"k%u\" :", i ? "," : "", i);
            random_other(out, depth + 1);
        }
        rt_buf_char(out, kind == 4 ? ']' : '}');
    }
}

static void random_name(rt_buf *out, const char *name)
{
    if (one_of(10))
        rt_buf_print(out, "\"\\u%04x%s\"", (unsigned)(unsigned char)name[0], name + 1);
    else
        rt_buf_print(out, "\"%s\"", name);
}

static void random_object(rt_buf *out, const dsc_type *type, bool others)
{
    unsigned first = below(type->n), other = others && one_of(3) ? below(type->n) : type->n;
    bool comma = false;
    rt_buf_char(out, '{');
    for (unsigned i = 0; i < type->n; i++) {
        const dsc_field *field = &type->fields[(first + i) % type->n];
        if (i == other) {
            rt_buf_print(out, "%s\"other\":", comma ? "," : "");
            random_other(out, 0);
            comma = true;
        }
        if (one_of(field->type->kind == DSC_OPTION ? 3 : 60))
            continue;
        blanks(out);
        if (comma)
            rt_buf_char(out, ',');
        blanks(out);
        random_name(out, field->name);
        blanks(out);
        rt_buf_char(out, ':');
        blanks(out);
        random_value(out, field->type);
        comma = true;
    }
    blanks(out);
    rt_buf_char(out, '}');
}

static void random_array(rt_buf *out, const dsc_type *type)
{
    unsigned n = type->kind == DSC_LIST ? below(5) : type->n;
    if (type->kind == DSC_TUPLE && one_of(20))
        n--;
    rt_buf_char(out, '[');
    for (unsigned i = 0; i < n; i++) {
        if (i)
            rt_buf_char(out, ',');
        blanks(out);
        random_value(out, type->fields[type->kind == DSC_LIST ? 0 : i].type);
        blanks(out);
    }
    rt_buf_char(out, ']');
}

static void quoted(rt_buf *out, void (*text)(rt_buf *))
{
    rt_buf_char(out, '"');
    text(out);
    rt_buf_char(out, '"');
}

static bool with_others;          /* fields that the type does not have */

static void random_value(rt_buf *out, const dsc_type *type)
{
    if (one_of(60)) {
        random_other(out, 0);
        return;
    }
    switch (type->kind) {
    case DSC_INT: random_int(out); break;
    case DSC_FLOAT: random_float(out); break;
    case DSC_BOOL: rt_buf_text(out, one_of(2) ? "true" : "false"); break;
    case DSC_TIME: quoted(out, random_time); break;
    case DSC_DURATION: quoted(out, random_duration); break;
    case DSC_RECORD: random_object(out, type, with_others); break;
    case DSC_TUPLE: case DSC_LIST: random_array(out, type); break;
    case DSC_OPTION:
        if (one_of(4))
            rt_buf_text(out, "null");
        else
            random_value(out, type->fields[0].type);
        break;
    default: random_string(out);
    }
}

/* ---- the library's value as one of the type ------------------------------------------ */

static dsc_str text_of(const json_t *json)
{
    return (dsc_str){json_string_value(json), (int64_t)json_string_length(json)};
}

static bool to_value(const dsc_type *type, const json_t *json, char *out);

static bool to_list(const dsc_type *type, const json_t *json, dsc_list *out)
{
    const dsc_type *item = type->fields[0].type;
    size_t n = json_array_size(json);
    char *items = dsc_alloc(&task, (int64_t)(n * item->size + 1));
    memset(items, 0, n * item->size + 1);
    *out = (dsc_list){items, (int64_t)n};
    for (size_t i = 0; i < n; i++)
        if (!to_value(item, json_array_get(json, i), items + i * item->size))
            return false;
    return true;
}

/* json: NULL where there is none. out: all zero. */
static bool to_value(const dsc_type *type, const json_t *json, char *out)
{
    if (type->kind == DSC_OPTION) {
        bool some = json && !json_is_null(json);
        memcpy(out + type->some, &some, sizeof some);
        return !some || to_value(type->fields[0].type, json, out);
    }
    if (!json)
        return false;
    int64_t whole = json_is_integer(json) ? json_integer_value(json) : 0;
    double number = json_number_value(json);
    bool is = json_is_true(json);
    dsc_str text = text_of(json);
    switch (type->kind) {
    case DSC_INT: memcpy(out, &whole, sizeof whole); return json_is_integer(json);
    case DSC_FLOAT: memcpy(out, &number, sizeof number); return json_is_number(json);
    case DSC_BOOL: memcpy(out, &is, sizeof is); return json_is_boolean(json);
    case DSC_TIME: return json_is_string(json) && dsc_parse_time(text, (int64_t *)(void *)out);
    case DSC_DURATION: return json_is_string(json) && dsc_parse_duration(text, (int64_t *)(void *)out);
    case DSC_LIST: return json_is_array(json) && to_list(type, json, (dsc_list *)(void *)out);
    case DSC_RECORD: case DSC_TUPLE:
        if (type->kind == DSC_RECORD ? !json_is_object(json) : !json_is_array(json))
            return false;
        for (uint32_t i = 0; i < type->n; i++) {
            const dsc_field *f = &type->fields[i];
            if (!to_value(f->type, type->kind == DSC_RECORD ? json_object_get(json, f->name) : json_array_get(json, i), out + f->offset))
                return false;
        }
        return true;
    default: memcpy(out, &text, sizeof text); return json_is_string(json);
    }
}

/* As decode_record says it. *excuse: jansson refuses what dsc takes on purpose. */
static int read_by_library(const dsc_type *type, const char *bytes, size_t n, rt_buf *out, bool *excuse)
{
    json_error_t error;
    json_t *json = json_loadb(bytes, n, JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
    enum json_error_code code = json ? json_error_unknown : json_error_code(&error);
    *excuse = !json && (code == json_error_duplicate_key || code == json_error_numeric_overflow || code == json_error_invalid_utf8 ||
                        strstr(error.text, "invalid Unicode") || strstr(error.text, "control character"));
    char *value = calloc(1, type->size);
    bool fine = json && to_value(type, json, value);
    if (fine)
        rt_print_value(out, type, value);
    free(value);
    json_decref(json);
    return fine ? 1 : -1;
}

/* Does jansson take the record without its bytes from .. to, and `end` behind it, as the same value? */
static bool same_without(const dsc_type *type, const rt_buf *record, size_t from, size_t to, const char *end, const rt_buf *value)
{
    rt_buf text = {0}, other = {0};
    bool excuse;
    rt_buf_add(&text, record->p, from);
    rt_buf_add(&text, record->p + to, (size_t)record->n - to);
    rt_buf_text(&text, end);
    bool same = read_by_library(type, text.p, (size_t)text.n, &other, &excuse) > 0 && other.n == value->n &&
                memcmp(other.p, value->p, (size_t)value->n) == 0;
    rt_buf_free(&text);
    rt_buf_free(&other);
    return same;
}

static bool right_but_for_a_part(const dsc_type *type, const rt_buf *record, const rt_buf *value)
{
    static const char *const ends[] = {"}", "]", "}}"};
    size_t n = (size_t)record->n;
    for (size_t from = n; from > 0; from--) {
        for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
            if (same_without(type, record, from, n, ends[i], value))
                return true;
        for (size_t to = from; to <= n; to++)
            if (same_without(type, record, from, to, "", value))
                return true;
    }
    return false;
}

/* The int -0, which is a float of its own to dsc. */
static bool has_minus_zero(const rt_buf *record)
{
    for (int64_t i = 0; i + 1 < (int64_t)record->n; i++) {
        char before = i > 0 ? record->p[i - 1] : ' ', after = i + 2 < (int64_t)record->n ? record->p[i + 2] : ' ';
        if (memcmp(record->p + i, "-0", 2) == 0 && (before < '0' || before > '9') && !memchr("0123456789.eE", after, 13))
            return true;
    }
    return false;
}

static bool is_blank(const rt_buf *record)
{
    for (size_t i = 0; i < (size_t)record->n; i++)
        if (!strchr(" \t\r", record->p[i]))
            return false;
    return true;
}

int main(int argc, char **argv)
{
    int runs = argc > 1 ? atoi(argv[1]) : 1000;
    random_state = 88172645463325252u + (argc > 2 ? strtoull(argv[2], NULL, 10) : 1) * 7919;
    Counts counts = {0};
    dsc_format *formats[sizeof types / sizeof *types];
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        formats[i] = format_open("json", types[i]);
    for (int run = 0; run < runs; run++) {
        dsc_format *f = PICK(formats);
        rt_buf record = {0}, value = {0}, other = {0};
        bool changed = one_of(2), excuse;
        with_others = !changed;
        random_value(&record, f->type);
        if (changed)
            change(&record, "{}[]\",:\\ 0129-+.eEtfnu\t\xc3\xa9/");
        int theirs = read_by_library(f->type, record.p, (size_t)record.n, &other, &excuse);
        int ours = decode_record(f, NULL, record.p, (size_t)record.n, &value, NULL);
        if (theirs < 0 && ours == 0 && is_blank(&record))
            theirs = 0;
        if (excuse || has_minus_zero(&record) || (theirs < 0 && ours > 0 && right_but_for_a_part(f->type, &record, &value)))
            counts.excused++;
        else
            hold_together(&counts, &record, ours, &value, "jansson", theirs, &other);
        rt_buf_free(&record);
        rt_buf_free(&value);
        rt_buf_free(&other);
    }
    printf("%d records of the same value, %d bad for both, %d blank; %d where dsc differs on purpose\n", counts.values, counts.bad,
           counts.blank, counts.excused);
    return counts.values * 3 < runs;
}
