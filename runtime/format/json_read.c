/* json_read.c: JSON by the description of a type, in one forward scan.
 *
 * A record's fields are looked for in the order of the type, going on behind the
 * one found last, so that the usual text costs one comparison a field. Values
 * that nobody asks for are passed over with an eye on quotes and brackets only.
 * Where a name stands twice the first counts. */
#define _GNU_SOURCE
#include "dsc_fn.h"
#include "json_text.h"
#include "number.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct Field {
    const char *name;             /* record */
    size_t name_n;
    uint64_t word, mask;          /* of the name with its closing quote, the first 8 bytes as they lie in memory */
    uint32_t offset;
    rt_json *value;               /* NULL: nobody looks at it */
} Field;

struct rt_json {
    dsc_kind kind;
    uint32_t size, some;          /* of the value; option: of its flag */
    uint32_t n, wanted;           /* fields, and how many of them are looked at */
    Field *fields;                /* record, tuple: n; list, option: 1 */
    const rt_time_form *form;
    char *wrong, *missing;
};

typedef struct Reader {
    const char *end;
    rt_scan scan;
    dsc_task *task;
    const char *why;
} Reader;

static const char not_json[] = "this is not JSON";

/* ---- preparing -------------------------------------------------------------------- */

/* What messages call a part of `subject`. */
static char *part_subject(const rt_json *json, const dsc_type *type, uint32_t i, const char *subject)
{
    char *text = NULL;
    size_t n = strlen(subject);
    int made;
    if (type->kind == DSC_OPTION)
        made = asprintf(&text, "%s", subject);
    else if (type->kind == DSC_LIST)
        made = asprintf(&text, "an element of %s", subject);
    else if (type->kind == DSC_TUPLE)
        made = asprintf(&text, "element %u of %s", i, subject);
    else if (n > 8 && memcmp(subject, "field `", 7) == 0 && subject[n - 1] == '`')
        made = asprintf(&text, "%.*s.%s`", (int)n - 1, subject, json->fields[i].name);
    else
        made = asprintf(&text, "field `%s`", json->fields[i].name);
    return made < 0 ? NULL : text;
}

static bool make_field(rt_json *json, const dsc_type *type, uint32_t i, const char *subject)
{
    const dsc_field *field = &type->fields[i];
    Field *f = &json->fields[i];
    *f = (Field){.name = field->name, .name_n = field->name ? strlen(field->name) : 0, .offset = field->offset};
    if (field->name) {
        size_t n = f->name_n < 8 ? f->name_n + 1 : 8;
        memset(&f->mask, 0xff, n);
        memcpy(&f->word, field->name, n);
        if (f->name_n < 8)
            ((char *)&f->word)[f->name_n] = '"';
    }
    if (field->unused)
        return true;
    json->wanted++;
    char *part = part_subject(json, type, i, subject);
    f->value = part ? rt_json_new(field->type, json->form, part) : NULL;
    free(part);
    return f->value != NULL;
}

rt_json *rt_json_new(const dsc_type *type, const rt_time_form *form, const char *subject)
{
    rt_json *json = calloc(1, sizeof *json);
    if (!json)
        return NULL;
    *json = (rt_json){.kind = type->kind, .size = type->size, .some = type->some, .form = form};
    bool ok = asprintf(&json->wrong, "%s is not %s", subject, rt_kind_text(type->kind)) >= 0
        && asprintf(&json->missing, "%s is missing", subject) >= 0
        && (json->fields = calloc(type->n + 1, sizeof *json->fields)) != NULL;
    for (; ok && json->n < type->n; json->n++)
        ok = make_field(json, type, json->n, subject);
    if (ok)
        return json;
    rt_json_free(json);
    return NULL;
}

void rt_json_free(rt_json *json)
{
    if (!json)
        return;
    for (uint32_t i = 0; json->fields && i < json->n; i++)
        rt_json_free(json->fields[i].value);
    free(json->fields);
    free(json->wrong);
    free(json->missing);
    free(json);
}

/* ---- words ------------------------------------------------------------------------- */

static const char *fail(Reader *r, const char *why)
{
    r->why = why;
    return NULL;
}

static inline const char *blanks(const Reader *r, const char *p)
{
    while (p < r->end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
        p++;
    return p;
}

/* Past the quote that ends a string whose content begins at p; *escapes: some stand in it. */
static inline const char *string_end(Reader *r, const char *p, bool *escapes)
{
    *escapes = false;
    for (;;) {
        p = rt_scan_two(p, r->scan, '"', '\\');
        if (p == r->end)
            return fail(r, "a quote of this JSON is not closed");
        if (*p == '"')
            return p + 1;
        *escapes = true;
        p += r->end - p > 1 ? 2 : 1;
    }
}

static bool four_hex(const char *p, const char *end, unsigned *out)
{
    if (end - p < 4)
        return false;
    *out = 0;
    for (int i = 0; i < 4; i++) {
        unsigned char c = (unsigned char)p[i], lower = c | 0x20;
        if (c >= '0' && c <= '9')
            *out = *out * 16 + (c - '0');
        else if (lower >= 'a' && lower <= 'f')
            *out = *out * 16 + (lower - 'a' + 10);
        else
            return false;
    }
    return true;
}

static char *put_utf8(char *out, unsigned c)
{
    if (c < 0x80) {
        *out++ = (char)c;
        return out;
    }
    if (c >= 0x10000) {
        *out++ = (char)(0xf0 | c >> 18);
        *out++ = (char)(0x80 | (c >> 12 & 0x3f));
    } else if (c >= 0x800) {
        *out++ = (char)(0xe0 | c >> 12);
    }
    *out++ = (char)(c < 0x800 ? 0xc0 | c >> 6 : 0x80 | (c >> 6 & 0x3f));
    *out++ = (char)(0x80 | (c & 0x3f));
    return out;
}

/* \uXXXX at p, or two of them that make one character; half of such a pair is U+FFFD. */
static const char *unicode_escape(const char *p, const char *end, char **out)
{
    unsigned c, low;
    if (!four_hex(p + 2, end, &c))
        return NULL;
    p += 6;
    if (c >= 0xd800 && c < 0xdc00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u' && four_hex(p + 2, end, &low)
        && low >= 0xdc00 && low < 0xe000) {
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        p += 6;
    }
    *out = put_utf8(*out, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
    return p;
}

/* The string with its escapes resolved, in scratch; its text is never longer than with them. */
static bool unescape(Reader *r, const char *p, const char *end, dsc_str *out)
{
    static const char names[] = "\"\\/bfnrt", stand_for[] = "\"\\/\b\f\n\r\t";
    char *to = dsc_alloc(r->task, end - p);
    out->p = to;
    while (p < end) {
        const char *plain = p, *name;
        p = rt_scan_one(p, (rt_scan){end, end}, '\\');
        memcpy(to, plain, (size_t)(p - plain));
        to += p - plain;
        if (p == end)
            break;
        if (end - p > 1 && p[1] == 'u') {
            p = unicode_escape(p, end, &to);
        } else if (end - p > 1 && p[1] && (name = strchr(names, p[1]))) {
            *to++ = stand_for[name - names];
            p += 2;
        } else {
            p = NULL;
        }
        if (!p) {
            r->why = "a string of this JSON holds a wrong escape";
            return false;
        }
    }
    out->n = to - out->p;
    return true;
}

/* A string whose opening quote stands at p - 1. */
static inline const char *read_string(Reader *r, const char *p, dsc_str *out)
{
    bool escapes;
    const char *end = string_end(r, p, &escapes);
    if (!end)
        return NULL;
    *out = (dsc_str){p, end - 1 - p};
    return !escapes || unescape(r, p, end - 1, out) ? end : NULL;
}

/* The end of a number or a word: where something stands that can be part of neither. */
static const char *word_end(const Reader *r, const char *p)
{
    while (p < r->end && ((*p >= '0' && *p <= '9') || ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z') || *p == '-' || *p == '+'
                          || *p == '.'))
        p++;
    return p;
}

/* Past the brackets that close the `depth` ones that are open at p. */
static const char *close_brackets(Reader *r, const char *p, int64_t depth)
{
    bool escapes;
    while (depth > 0) {
        if (p == r->end)
            return fail(r, "a bracket of this JSON is not closed");
        char c = *p++;
        if (c == '"') {
            if (!(p = string_end(r, p, &escapes)))
                return NULL;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return p;
}

static inline const char *skip_value(Reader *r, const char *p)
{
    bool escapes;
    if (p == r->end)
        return fail(r, not_json);
    if (*p == '"')
        return string_end(r, p + 1, &escapes);
    if (*p == '{' || *p == '[')
        return close_brackets(r, p + 1, 1);
    const char *end = word_end(r, p);
    return end > p ? end : fail(r, not_json);
}

/* ---- values ------------------------------------------------------------------------- */

static const char *read_value(Reader *r, const rt_json *json, const char *p, void *out, bool whole);

/* A value is not of the type: is that because it is null? */
static const char *wrong(Reader *r, const rt_json *json, const char *p)
{
    const char *end = word_end(r, p);
    return fail(r, end - p == 4 && memcmp(p, "null", 4) == 0 ? json->missing : json->wrong);
}

/* A value that is not there: none, or bad. */
static bool leave_out(Reader *r, const rt_json *json, char *out)
{
    if (json->kind != DSC_OPTION)
        return fail(r, json->missing) != NULL;
    memset(out, 0, json->size);
    return true;
}

/* Is [p, end) a number as JSON has them? */
static bool is_number(const char *p, const char *end)
{
    p += p < end && *p == '-';
    const char *from = p;
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    if (p == from || (*from == '0' && p - from > 1))
        return false;
    if (p < end && *p == '.') {
        from = ++p;
        while (p < end && *p >= '0' && *p <= '9')
            p++;
        if (p == from)
            return false;
    }
    if (p < end && (*p | 0x20) == 'e') {
        p++;
        p += p < end && (*p == '-' || *p == '+');
        from = p;
        while (p < end && *p >= '0' && *p <= '9')
            p++;
        if (p == from)
            return false;
    }
    return p == end;
}

static inline bool leading_zero(const char *p, const char *end)
{
    p += *p == '-';
    return end - p > 1 && *p == '0' && p[1] >= '0' && p[1] <= '9';
}

static const char *read_number(Reader *r, const rt_json *json, const char *p, void *out)
{
    const char *stop = json->kind == DSC_INT ? rt_read_int(p, r->end, false, out) : rt_read_decimal(p, r->end, out);
    if (RT_LIKELY(stop != NULL) && (stop == r->end || *stop == ',' || *stop == '}' || *stop == ']' || *stop == ' ')
        && !leading_zero(p, stop))
        return stop;
    stop = word_end(r, p);
    dsc_str text = {p, stop - p};
    bool ok = is_number(p, stop) && (json->kind == DSC_INT ? dsc_parse_int(text, out) : dsc_parse_float(text, out));
    return ok ? stop : wrong(r, json, p);
}

static const char *read_bool(Reader *r, const rt_json *json, const char *p, bool *out)
{
    const char *end = word_end(r, p);
    *out = end - p == 4 && memcmp(p, "true", 4) == 0;
    return *out || (end - p == 5 && memcmp(p, "false", 5) == 0) ? end : wrong(r, json, p);
}

/* A time or a duration: text, or where times are numbers, a number as such or as text. */
static const char *read_text(Reader *r, const rt_json *json, const char *p, void *out)
{
    dsc_str text;
    const char *end;
    if (p < r->end && *p == '"') {
        end = read_string(r, p + 1, &text);
        if (!end)
            return NULL;
    } else {
        end = word_end(r, p);
        text = (dsc_str){p, end - p};
        if (json->kind != DSC_TIME || json->form->how != RT_TIME_NUMBER)
            return wrong(r, json, p);
    }
    return rt_scalar_read(json->form, json->kind, text, out) ? end : wrong(r, json, p);
}

static const char *read_list(Reader *r, const rt_json *json, const char *p, dsc_list *out)
{
    if (p == r->end || *p != '[')
        return wrong(r, json, p);
    const rt_json *element = json->fields[0].value;
    size_t size = element->size, room = 0;
    char *elements = NULL;
    *out = (dsc_list){"", 0};
    p = blanks(r, p + 1);
    if (p < r->end && *p == ']')
        return p + 1;
    for (;;) {
        if ((size_t)out->n == room) {
            char *more = dsc_alloc(r->task, (int64_t)((room ? room * 2 : 8) * size));
            if (room > 0)
                memcpy(more, elements, room * size);
            out->p = elements = more;
            room = room ? room * 2 : 8;
        }
        if (!(p = read_value(r, element, blanks(r, p), elements + (size_t)out->n * size, false)))
            return NULL;
        out->n++;
        p = blanks(r, p);
        if (p < r->end && *p == ']')
            return p + 1;
        if (p == r->end || *p++ != ',')
            return fail(r, not_json);
    }
}

/* An array: what is beyond the tuple's length is passed over. */
static const char *read_tuple(Reader *r, const rt_json *json, const char *p, char *out)
{
    if (p == r->end || *p != '[')
        return wrong(r, json, p);
    uint32_t n = 0;
    p = blanks(r, p + 1);
    bool more = !(p < r->end && *p == ']');
    for (; more; n++) {
        const Field *f = n < json->n ? &json->fields[n] : NULL;
        p = f && f->value ? read_value(r, f->value, p, out + f->offset, false) : skip_value(r, p);
        if (!p)
            return NULL;
        p = blanks(r, p);
        more = p < r->end && *p == ',';
        if (more)
            p = blanks(r, p + 1);
    }
    if (p == r->end || *p != ']')
        return fail(r, not_json);
    for (; n < json->n; n++)
        if (json->fields[n].value && !leave_out(r, json->fields[n].value, out + json->fields[n].offset))
            return NULL;
    return p + 1;
}

/* Does the field's name stand at p, with its quote behind it? */
static inline bool stands_at(const Reader *r, const Field *f, const char *p)
{
    uint64_t word;
    if (r->scan.limit - p >= 8) {
        memcpy(&word, p, sizeof word);
        if ((word & f->mask) != f->word)
            return false;
        if (f->name_n < 8)
            return r->end - p > (ptrdiff_t)f->name_n;
    }
    return r->end - p > (ptrdiff_t)f->name_n && p[f->name_n] == '"' && memcmp(p, f->name, f->name_n) == 0;
}

/* The field whose name begins at p, behind its quote, the first looked at being `guess`; json->n: none
 * of them. *after: behind the name's closing quote. */
static inline uint32_t find_field(Reader *r, const rt_json *json, const char *p, uint32_t guess, const char **after)
{
    if (RT_LIKELY(guess < json->n && stands_at(r, &json->fields[guess], p))) {
        *after = p + json->fields[guess].name_n + 1;
        return guess;
    }
    dsc_str name;
    *after = read_string(r, p, &name);
    if (!*after)
        return json->n;
    for (uint32_t i = 0; i < json->n; i++)
        if ((int64_t)json->fields[i].name_n == name.n && memcmp(json->fields[i].name, name.p, (size_t)name.n) == 0)
            return i;
    return json->n;
}

enum { FEW = 64 };                /* fields of a record that are noted in a word */

/* Is the field seen for the first time? */
static inline bool first_time(uint64_t *seen, uint32_t i)
{
    uint64_t bit = UINT64_C(1) << i % FEW;
    bool fresh = !(seen[i / FEW] & bit);
    seen[i / FEW] |= bit;
    return fresh;
}

static bool leave_out_unseen(Reader *r, const rt_json *json, uint64_t *seen, char *out)
{
    for (uint32_t i = 0; i < json->n; i++) {
        const Field *f = &json->fields[i];
        if (f->value && first_time(seen, i) && !leave_out(r, f->value, out + f->offset))
            return false;
    }
    return true;
}

/* `whole`: the text need not be read beyond the fields asked for. */
static const char *read_record(Reader *r, const rt_json *json, const char *p, char *out, bool whole)
{
    if (p == r->end || *p != '{')
        return wrong(r, json, p);
    uint64_t few[1] = {0}, *seen = few;
    if (json->n > FEW) {
        size_t words = (json->n + FEW - 1) / FEW;
        seen = memset(dsc_alloc(r->task, (int64_t)(words * sizeof *seen)), 0, words * sizeof *seen);
    }
    uint32_t guess = 0, left = json->wanted;
    p = blanks(r, p + 1);
    bool more = !(p < r->end && *p == '}');
    while (more) {
        if (p == r->end || *p != '"')
            return fail(r, not_json);
        uint32_t i = find_field(r, json, p + 1, guess, &p);
        if (!p)
            return NULL;
        if (RT_UNLIKELY(p == r->end || *p != ':')) {
            p = blanks(r, p);
            if (p == r->end || *p != ':')
                return fail(r, not_json);
        }
        p = blanks(r, p + 1);
        if (i < json->n) {
            const Field *f = &json->fields[i];
            guess = i + 1;
            bool take = f->value && first_time(seen, i);
            left -= take;
            p = take ? read_value(r, f->value, p, out + f->offset, false) : skip_value(r, p);
        } else {
            p = skip_value(r, p);
        }
        if (!p)
            return NULL;
        p = blanks(r, p);
        more = p < r->end && *p == ',';
        if (left == 0 && (more || (p < r->end && *p == '}')))
            return whole ? r->end : close_brackets(r, p, 1);
        if (more)
            p = blanks(r, p + 1);
    }
    if (p == r->end || *p != '}')
        return fail(r, p == r->end ? "a bracket of this JSON is not closed" : not_json);
    return leave_out_unseen(r, json, seen, out) ? p + 1 : NULL;
}

static const char *read_option(Reader *r, const rt_json *json, const char *p, char *out)
{
    if (r->end - p >= 4 && memcmp(p, "null", 4) == 0 && word_end(r, p) == p + 4) {
        memset(out, 0, json->size);
        return p + 4;
    }
    *(bool *)(out + json->some) = true;
    return read_value(r, json->fields[0].value, p, out, false);
}

static const char *read_value(Reader *r, const rt_json *json, const char *p, void *out, bool whole)
{
    switch ((int)json->kind) {
    case DSC_STRING:
    case DSC_BYTES:
        if (RT_UNLIKELY(p == r->end || *p != '"'))
            return wrong(r, json, p);
        return read_string(r, p + 1, out);
    case DSC_INT:
    case DSC_FLOAT:
        return read_number(r, json, p, out);
    case DSC_BOOL:
        return read_bool(r, json, p, out);
    case DSC_TIME:
    case DSC_DURATION:
        return read_text(r, json, p, out);
    case DSC_TUPLE:
        return read_tuple(r, json, p, out);
    case DSC_RECORD:
        return read_record(r, json, p, out, whole);
    case DSC_LIST:
        return read_list(r, json, p, out);
    case DSC_OPTION:
        return read_option(r, json, p, out);
    }
    return fail(r, json->wrong);
}

bool rt_json_read(const rt_json *json, dsc_task *task, dsc_str text, void *out, const char **why)
{
    Reader r = {.end = text.p + text.n, .scan = rt_scan_of(task, text), .task = task};
    const char *p = read_value(&r, json, blanks(&r, text.p), out, true);
    if (RT_LIKELY(p != NULL) && (p = blanks(&r, p)) == r.end)
        return true;
    *why = p ? not_json : r.why;
    return false;
}
