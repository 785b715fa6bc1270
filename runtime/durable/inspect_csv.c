/* inspect_csv.c: see inspect_csv.h. */
#include "inspect_csv.h"
#include "../format/json_text.h"

static bool has_fields(const dsc_type *type) { return type->kind == DSC_TUPLE || type->kind == DSC_RECORD; }

static void put_quoted(rt_buf *line, dsc_str text)
{
    rt_buf_char(line, '"');
    for (int64_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"')
            rt_buf_char(line, '"');
        rt_buf_char(line, text.p[i]);
    }
    rt_buf_char(line, '"');
}

void rt_csv_text(rt_buf *line, dsc_str text)
{
    bool plain = text.n > 0;
    for (int64_t i = 0; i < text.n && plain; i++)
        plain = !strchr(",\"\r\n", text.p[i]) || text.p[i] == '\0';
    if (plain)
        rt_buf_add(line, text.p, (size_t)text.n);
    else
        put_quoted(line, text);
}

/* None is written as nothing. */
static void put_cell(rt_buf *line, const dsc_type *type, const char *value)
{
    static const rt_time_form form = {0};
    rt_buf text = {0};
    if (type->kind == DSC_OPTION) {
        if (*(const bool *)(value + type->some))
            put_cell(line, type->fields[0].type, value);
        return;
    }
    if (rt_is_scalar(type->kind))
        rt_print_value(&text, type, value);
    else
        rt_json_value(&text, &form, NULL, type, value);
    rt_csv_text(line, (dsc_str){text.n ? text.p : "", (int64_t)text.n});
    line->failed |= text.failed;
    rt_buf_free(&text);
}

void rt_csv_names(rt_buf *line, const char *name, const dsc_type *type)
{
    for (uint32_t i = 0; has_fields(type) && i < type->n; i++) {
        rt_buf_text(line, i ? "," : "");
        if (type->fields[i].name)
            rt_buf_print(line, "%s.%s", name, type->fields[i].name);
        else
            rt_buf_print(line, "%s.%u", name, i);
    }
    if (!has_fields(type))
        rt_buf_text(line, name);
}

void rt_csv_cells(rt_buf *line, const dsc_type *type, const void *value)
{
    for (uint32_t i = 0; has_fields(type) && i < type->n; i++) {
        rt_buf_text(line, i ? "," : "");
        put_cell(line, type->fields[i].type, (const char *)value + type->fields[i].offset);
    }
    if (!has_fields(type))
        put_cell(line, type, value);
}
