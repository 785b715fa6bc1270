/* fmt_json.c: one JSON value a line. */
#include "json_text.h"

typedef struct Json {
    dsc_format base;
    rt_time_form form;
    rt_json *reader;
} Json;

enum { TIME };

static int json_open(dsc_format *f)
{
    Json *json = (Json *)f;
    if (rt_time_form_of(f, &f->args[TIME], &json->form) < 0)
        return -1;
    json->reader = rt_json_new(f->type, &json->form, "the line");
    return json->reader ? 0 : dsc_fail(f->job, "json: no memory for the fields of a type");
}

static bool is_blank(dsc_str text)
{
    while (text.n > 0 && (text.p[text.n - 1] == ' ' || text.p[text.n - 1] == '\t' || text.p[text.n - 1] == '\r'))
        text.n--;
    return text.n == 0;
}

static int json_decode(const dsc_format *f, dsc_task *task, const void *layout, dsc_str record, void *out, const char **why)
{
    (void)layout;
    if (RT_LIKELY(rt_json_read(((const Json *)f)->reader, task, record, out, why)))
        return 1;
    return is_blank(record) ? 0 : -1;
}

static const char *json_encode(const dsc_format *f, dsc_task *task, rt_buf *out, const void *value)
{
    rt_json_value(out, &((const Json *)f)->form, task, f->type, value);
    return NULL;
}

static void json_close(dsc_format *f)
{
    rt_json_free(((Json *)f)->reader);
}

static const dsc_arg_def json_args[] = {
    [TIME] = {"time", DSC_STRING, "none", "how times are written: \"s\", \"ms\", \"us\" (numbers since 1970), or a pattern as for parseTime; "
                                          "without this, RFC 3339"},
    {0},
};

const dsc_format_def fmt_json = {
    .name = "json",
    .synopsis = "json(T, time: string = none)",
    .doc = "One JSON value a line, of any type.\n"
           "Records are objects, tuples and lists are arrays, times and durations strings. A field that is missing or null is none\n"
           "for A? and bad for other types; fields that the type does not have are passed over, and of a name that stands twice\n"
           "the first counts. An int is written without point or exponent. What is not UTF-8 becomes U+FFFD when it is written,\n"
           "nan and the infinities null. A line is read as far as its fields are found: what follows is not looked at, and of\n"
           "values that the program does not use only quotes and brackets are.",
    .example = "source queue([[(\"a\", 1.5), (\"b\", 2.0)]]) | sink stdout() as json",
    .args = json_args,
    .typed = true,
    .size = sizeof(Json),
    .open = json_open,
    .decode = json_decode,
    .encode = json_encode,
    .close = json_close,
};

DSC_FORMAT(fmt_json)
