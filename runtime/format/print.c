/* print.c: values as text, by their descriptors. The accumulators DSC_ISUM and
 * DSC_FSUM are never shown. */
#define _GNU_SOURCE
#include "rt.h"
#include "text.h"
#include "../arena.h"

void rt_print_duration(rt_buf *b, int64_t us)
{
    char text[RT_TEXT_MAX];
    rt_buf_add(b, text, (size_t)rt_duration_text(us, text));
}

static void print_fields(rt_buf *b, const dsc_type *type, const char *value, const char *between)
{
    for (uint32_t i = 0; i < type->n; i++) {
        const dsc_field *field = &type->fields[i];
        if (i > 0)
            rt_buf_text(b, between);
        if (field->name) {
            rt_buf_text(b, field->name);
            rt_buf_text(b, ": ");
        }
        rt_print_value(b, field->type, value + field->offset);
    }
}

static void print_list(rt_buf *b, const dsc_type *element, const dsc_list *list)
{
    rt_buf_char(b, '[');
    for (int64_t i = 0; i < list->n; i++) {
        if (i > 0)
            rt_buf_text(b, ", ");
        rt_print_value(b, element, (const char *)list->p + (size_t)i * element->size);
    }
    rt_buf_char(b, ']');
}

/* The text of a value without parts; -1 for all others. */
static int scalar_text(const dsc_type *type, const void *value, char text[RT_TEXT_MAX])
{
    switch ((int)type->kind) {
    case DSC_INT:
        return rt_int_text(*(const int64_t *)value, text);
    case DSC_FLOAT:
        return rt_float_text(*(const double *)value, text);
    case DSC_TIME:
        return rt_time_text(*(const int64_t *)value, text);
    case DSC_DURATION:
        return rt_duration_text(*(const int64_t *)value, text);
    case DSC_BOOL:
        return (int)(stpcpy(text, *(const bool *)value ? "true" : "false") - text);
    }
    return -1;
}

void rt_print_value(rt_buf *b, const dsc_type *type, const void *value)
{
    char text[RT_TEXT_MAX];
    int n = scalar_text(type, value, text);
    if (n >= 0) {
        rt_buf_add(b, text, (size_t)n);
        return;
    }
    switch ((int)type->kind) {
    case DSC_STRING:
    case DSC_BYTES: {
        const dsc_str *s = value;
        rt_buf_add(b, s->p, (size_t)s->n);
        break;
    }
    case DSC_TUPLE:
        rt_buf_char(b, '(');
        print_fields(b, type, value, ",");
        rt_buf_char(b, ')');
        break;
    case DSC_RECORD:
        rt_buf_char(b, '{');
        print_fields(b, type, value, ", ");
        rt_buf_char(b, '}');
        break;
    case DSC_LIST:
        print_list(b, type->fields[0].type, value);
        break;
    case DSC_OPTION:
        if (*((const bool *)value + type->some)) {
            rt_buf_text(b, "some(");
            rt_print_value(b, type->fields[0].type, value);
            rt_buf_char(b, ')');
        } else {
            rt_buf_text(b, "none");
        }
        break;
    }
}

dsc_str dsc_to_string(dsc_task *task, const dsc_type *type, const void *value)
{
    if (type->kind == DSC_STRING || type->kind == DSC_BYTES)
        return *(const dsc_str *)value;

    char scalar[RT_TEXT_MAX];
    int n = scalar_text(type, value, scalar);
    rt_buf b = {0};
    if (n < 0)
        rt_print_value(&b, type, value);
    else
        b = (rt_buf){.p = scalar, .n = (size_t)n};
    if (b.failed) {
        size_t had = b.cap;
        rt_buf_free(&b);
        rt_raise(had * 2, "a text");
    }
    dsc_str text = {dsc_alloc(task, (int64_t)b.n), (int64_t)b.n};
    if (b.n > 0)
        memcpy((char *)text.p, b.p, b.n);
    if (n < 0)
        rt_buf_free(&b);
    return text;
}
