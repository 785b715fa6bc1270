/* scalar.c: values without parts as the text formats write them. */
#include "scalar.h"
#include "dsc_fn.h"
#include "number.h"

int rt_time_form_of(const dsc_format *f, const dsc_arg *arg, rt_time_form *out)
{
    *out = (rt_time_form){.how = RT_TIME_TEXT};
    if (!arg->set)
        return 0;
    if (arg->s.n == 0)
        return dsc_fail(f->job, "%s: `time` is \"s\", \"ms\", \"us\" or a pattern such as \"%%Y-%%m-%%d %%H:%%M:%%S\", and is empty",
                        f->def->name);
    static const struct { const char *name; int64_t unit; int digits; } units[] = {
        {"s", 1000000, 6}, {"ms", 1000, 3}, {"us", 1, 0}};
    *out = (rt_time_form){.how = RT_TIME_PATTERN, .pattern = arg->s};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (arg->s.n == (int64_t)strlen(units[i].name) && memcmp(arg->s.p, units[i].name, (size_t)arg->s.n) == 0)
            *out = (rt_time_form){.how = RT_TIME_NUMBER, .unit = units[i].unit, .digits = units[i].digits};
    return 0;
}

bool rt_is_scalar(dsc_kind kind) { return kind <= DSC_DURATION; }

const char *rt_kind_text(dsc_kind kind)
{
    static const char *const texts[] = {
        [DSC_INT] = "an int", [DSC_FLOAT] = "a float", [DSC_BOOL] = "a bool", [DSC_STRING] = "a string",
        [DSC_BYTES] = "a string", [DSC_TIME] = "a time", [DSC_DURATION] = "a duration", [DSC_TUPLE] = "a list",
        [DSC_RECORD] = "a record", [DSC_LIST] = "a list", [DSC_OPTION] = "an option"};
    return kind <= DSC_OPTION ? texts[kind] : "a value";
}

/* A number of units; digits of parts of a microsecond are dropped. */
static bool read_number_of(const rt_time_form *form, dsc_str text, int64_t *out)
{
    const char *p = text.p, *end = text.p + text.n;
    int64_t whole, part = 0, unit = form->unit;
    bool minus = p < end && *p == '-';
    if (!(p = rt_read_int(p, end, false, &whole)) || __builtin_mul_overflow(whole, unit, &whole))
        return false;
    if (p < end && *p == '.' && form->digits > 0) {
        if (++p == end)
            return false;
        for (; p < end && *p >= '0' && *p <= '9'; p++) {
            unit /= 10;
            part += (*p - '0') * unit;
        }
    }
    return p == end && !__builtin_add_overflow(whole, minus ? -part : part, out);
}

static bool read_time(const rt_time_form *form, dsc_str text, int64_t *out)
{
    if (form->how == RT_TIME_TEXT)
        return dsc_parse_time(text, out);
    if (form->how == RT_TIME_NUMBER)
        return read_number_of(form, text, out);
    return dsc_parse_time_by(text, form->pattern, out);
}

static bool read_bool(dsc_str text, bool *out)
{
    *out = text.n == 4 && memcmp(text.p, "true", 4) == 0;
    return *out || (text.n == 5 && memcmp(text.p, "false", 5) == 0);
}

bool rt_scalar_read(const rt_time_form *form, dsc_kind kind, dsc_str text, void *out)
{
    const char *end = text.p + text.n;
    switch ((int)kind) {
    case DSC_INT:
        return rt_read_int(text.p, end, true, out) == end || dsc_parse_int(text, out);
    case DSC_FLOAT:
        return rt_read_decimal(text.p, end, out) == end || dsc_parse_float(text, out);
    case DSC_BOOL:
        return read_bool(text, out);
    case DSC_STRING:
    case DSC_BYTES:
        *(dsc_str *)out = text;
        return true;
    case DSC_TIME:
        return read_time(form, text, out);
    case DSC_DURATION:
        return dsc_parse_duration(text, out);
    }
    return false;
}

void rt_scalar_write(const rt_time_form *form, dsc_task *task, rt_buf *out, dsc_kind kind, const void *value)
{
    static const dsc_type *const types[] = {
        [DSC_INT] = &dsc_type_int, [DSC_FLOAT] = &dsc_type_float, [DSC_BOOL] = &dsc_type_bool,
        [DSC_STRING] = &dsc_type_string, [DSC_BYTES] = &dsc_type_bytes, [DSC_TIME] = &dsc_type_time,
        [DSC_DURATION] = &dsc_type_duration};
    if (kind == DSC_TIME && form->how == RT_TIME_NUMBER) {
        int64_t time = *(const int64_t *)value, units = time / form->unit - (time % form->unit < 0);
        rt_print_value(out, &dsc_type_int, &units);
    } else if (kind == DSC_TIME && form->how == RT_TIME_PATTERN) {
        dsc_str text = dsc_format_time(task, *(const int64_t *)value, form->pattern);
        rt_buf_add(out, text.p, (size_t)text.n);
    } else {
        rt_print_value(out, types[kind], value);
    }
}
