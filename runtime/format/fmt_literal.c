/* fmt_literal.c: values as a program writes them, for tests. Only written. */
#include "rt.h"

static int literal_open(dsc_format *f)
{
    (void)f;
    return 0;
}

static void put_string(rt_buf *out, const dsc_str *s)
{
    static const char special[] = "\"\\\n\t\r", names[] = "\"\\ntr";
    rt_buf_char(out, '"');
    for (int64_t i = 0; i < s->n; i++) {
        unsigned char c = (unsigned char)s->p[i];
        const char *found = c ? strchr(special, c) : NULL;
        if (found)
            rt_buf_add(out, (char[]){'\\', names[found - special]}, 2);
        else if (c < ' ' || c == 0x7f)
            rt_buf_print(out, "\\u{%x}", c);
        else
            rt_buf_char(out, (char)c);
    }
    rt_buf_char(out, '"');
}

static void put_value(rt_buf *out, const dsc_type *type, const char *value);

static void put_fields(rt_buf *out, const dsc_type *type, const char *value)
{
    for (uint32_t i = 0; i < type->n; i++) {
        const dsc_field *field = &type->fields[i];
        if (i > 0)
            rt_buf_text(out, ", ");
        if (field->name)
            rt_buf_print(out, "%s: ", field->name);
        put_value(out, field->type, value + field->offset);
    }
}

static void put_list(rt_buf *out, const dsc_type *element, const dsc_list *list)
{
    rt_buf_char(out, '[');
    for (int64_t i = 0; i < list->n; i++) {
        if (i > 0)
            rt_buf_text(out, ", ");
        put_value(out, element, (const char *)list->p + (size_t)i * element->size);
    }
    rt_buf_char(out, ']');
}

static void put_value(rt_buf *out, const dsc_type *type, const char *value)
{
    switch ((int)type->kind) {
    case DSC_STRING:
    case DSC_BYTES:
        put_string(out, (const dsc_str *)(const void *)value);
        break;
    case DSC_TIME:
        rt_buf_text(out, "time(\"");
        rt_print_value(out, type, value);
        rt_buf_text(out, "\")");
        break;
    case DSC_TUPLE:
        rt_buf_char(out, '(');
        put_fields(out, type, value);
        rt_buf_char(out, ')');
        break;
    case DSC_RECORD:
        rt_buf_text(out, "{ ");
        put_fields(out, type, value);
        rt_buf_text(out, " }");
        break;
    case DSC_LIST:
        put_list(out, type->fields[0].type, (const dsc_list *)(const void *)value);
        break;
    case DSC_OPTION:
        if (*((const bool *)value + type->some))
            put_value(out, type->fields[0].type, value);
        else
            rt_buf_text(out, "none");
        break;
    default:
        rt_print_value(out, type, value);
    }
}

static const char *literal_encode(const dsc_format *f, dsc_task *task, rt_buf *out, const void *value)
{
    (void)task;
    put_value(out, f->type, value);
    return NULL;
}

static void literal_close(dsc_format *f) { (void)f; }

static const dsc_arg_def literal_args[] = {{0}};

const dsc_format_def fmt_literal = {
    .name = "literal",
    .synopsis = "literal",
    .doc = "Each element as a program writes it: strings in quotes, an option as what it holds, or none. For sinks.",
    .example = "source queue([[(\"a b\", 1.5, 90s)]]) | sink stdout() as literal",
    .args = literal_args,
    .typed = true,
    .size = sizeof(dsc_format),
    .open = literal_open,
    .encode = literal_encode,
    .close = literal_close,
};

DSC_FORMAT(fmt_literal)
