/* json_text.c: values as JSON. */
#include "json_text.h"
#include "text.h"

size_t rt_utf8_length(const char *text, const char *end)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t room = (size_t)(end - text);
    unsigned c = p[0];
    if (c < 0x80)
        return 1;
    if (c < 0xc2 || c > 0xf4)
        return 0;
    size_t n = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    if (room < n)
        return 0;
    unsigned low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;      /* no longer than need be, */
    unsigned high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;     /* no surrogates, no more than U+10FFFF */
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return n;
}

/* The byte at *p, which is not plain, and with it the rest of its character. */
static void put_special(rt_buf *out, const char **p, const char *end)
{
    unsigned char c = (unsigned char)**p;
    size_t n = c < 0x80 ? 1 : rt_utf8_length(*p, end);
    if (n > 1)
        rt_buf_add(out, *p, n);
    else if (n == 0)
        rt_buf_add(out, "\xef\xbf\xbd", 3);
    else if (c == '"' || c == '\\')
        rt_buf_add(out, (char[]){'\\', (char)c}, 2);
    else if (c == '\n')
        rt_buf_add(out, "\\n", 2);
    else if (c == '\r')
        rt_buf_add(out, "\\r", 2);
    else if (c == '\t')
        rt_buf_add(out, "\\t", 2);
    else
        rt_buf_print(out, "\\u%04x", c);
    *p += n ? n : 1;
}

void rt_json_string(rt_buf *out, const char *p, size_t n)
{
    const char *end = p + n;
    rt_buf_char(out, '"');
    while (p < end) {
        const char *plain = p;
        while (p < end && *p >= ' ' && *p < 0x7f && *p != '"' && *p != '\\')
            p++;
        rt_buf_add(out, plain, (size_t)(p - plain));
        if (p < end)
            put_special(out, &p, end);
    }
    rt_buf_char(out, '"');
}

static void put_float(rt_buf *out, double value)
{
    char text[RT_TEXT_MAX];
    if (value - value != 0)               /* not finite */
        rt_buf_text(out, "null");
    else
        rt_buf_add(out, text, (size_t)rt_float_text(value, text));
}

static void put_fields(rt_buf *out, const rt_time_form *form, dsc_task *task, const dsc_type *type, const char *value)
{
    for (uint32_t i = 0; i < type->n; i++) {
        const dsc_field *field = &type->fields[i];
        if (i > 0)
            rt_buf_char(out, ',');
        if (type->kind == DSC_RECORD) {
            rt_json_string(out, field->name, strlen(field->name));
            rt_buf_char(out, ':');
        }
        rt_json_value(out, form, task, field->type, value + field->offset);
    }
}

static void put_list(rt_buf *out, const rt_time_form *form, dsc_task *task, const dsc_type *element, const dsc_list *list)
{
    rt_buf_char(out, '[');
    for (int64_t i = 0; i < list->n; i++) {
        if (i > 0)
            rt_buf_char(out, ',');
        rt_json_value(out, form, task, element, (const char *)list->p + (size_t)i * element->size);
    }
    rt_buf_char(out, ']');
}

void rt_json_value(rt_buf *out, const rt_time_form *form, dsc_task *task, const dsc_type *type, const void *value)
{
    bool quoted;
    switch ((int)type->kind) {
    case DSC_FLOAT:
        put_float(out, *(const double *)value);
        break;
    case DSC_STRING:
    case DSC_BYTES: {
        const dsc_str *s = value;
        rt_json_string(out, s->p, (size_t)s->n);
        break;
    }
    case DSC_TUPLE:
        rt_buf_char(out, '[');
        put_fields(out, form, task, type, value);
        rt_buf_char(out, ']');
        break;
    case DSC_RECORD:
        rt_buf_char(out, '{');
        put_fields(out, form, task, type, value);
        rt_buf_char(out, '}');
        break;
    case DSC_LIST:
        put_list(out, form, task, type->fields[0].type, value);
        break;
    case DSC_OPTION:
        if (*((const bool *)value + type->some))
            rt_json_value(out, form, task, type->fields[0].type, value);
        else
            rt_buf_text(out, "null");
        break;
    default:
        quoted = type->kind == DSC_DURATION || (type->kind == DSC_TIME && form->how != RT_TIME_NUMBER);
        if (quoted && type->kind == DSC_TIME && form->how == RT_TIME_PATTERN) {
            rt_buf text = {0};            /* the pattern may hold what must be escaped */
            rt_scalar_write(form, task, &text, type->kind, value);
            rt_json_string(out, text.p, text.n);
            out->failed |= text.failed;
            rt_buf_free(&text);
            break;
        }
        if (quoted)
            rt_buf_char(out, '"');
        rt_scalar_write(form, task, out, type->kind, value);
        if (quoted)
            rt_buf_char(out, '"');
    }
}
