/* fmt_lines.c: a record is a line, and a string. */
#include "rt.h"

static int lines_open(dsc_format *f)
{
    (void)f;
    return 0;
}

static int lines_decode(const dsc_format *f, dsc_task *task, const void *layout, dsc_str record, void *out, const char **why)
{
    (void)f, (void)task, (void)layout, (void)why;
    *(dsc_str *)out = record;
    return 1;
}

static const char *lines_encode(const dsc_format *f, dsc_task *task, rt_buf *out, const void *value)
{
    (void)task;
    rt_print_value(out, f->type, value);
    return NULL;
}

static void lines_close(dsc_format *f) { (void)f; }

static const dsc_arg_def lines_args[] = {{0}};

const dsc_format_def fmt_lines = {
    .name = "lines",
    .synopsis = "lines",
    .doc = "A line is a string; written, a value of any type is a line as `string` makes it. The default.",
    .example = "source queue([[(\"a\", 1), (\"b\", 2)]]) | sink stdout() as lines",
    .args = lines_args,
    .size = sizeof(dsc_format),
    .open = lines_open,
    .decode = lines_decode,
    .encode = lines_encode,
    .close = lines_close,
};

DSC_FORMAT(fmt_lines)
