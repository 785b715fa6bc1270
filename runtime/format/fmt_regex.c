/* fmt_regex.c: lines taken apart by a regular expression.
 *
 * Regular expressions come by job->regex, so that only programs that use this format are linked with
 * them. */
#define _GNU_SOURCE
#include "regex.h"
#include "scalar.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct Field {
    uint32_t group;
    dsc_kind kind;                /* of an option, of what it holds */
    uint32_t offset, some;        /* option: of its flag */
    uint32_t size;
    bool option, wanted;
    char *wrong, *missing;
} Field;

typedef struct Regex {
    dsc_format base;
    const rt_regex_use *use;
    dsc_str pattern;
    rt_time_form form;
    Field *fields;
} Regex;

enum { REGEX_PATTERN, REGEX_TIME };

static bool add_field(Regex *r, uint32_t i, uint32_t group)
{
    const dsc_field *from = &r->base.type->fields[i];
    const dsc_type *type = from->type;
    Field *field = &r->fields[i];
    *field = (Field){.group = group, .kind = type->kind, .offset = from->offset, .some = type->some, .size = type->size,
                     .option = type->kind == DSC_OPTION, .wanted = !from->unused};
    if (field->option)
        field->kind = type->fields[0].type->kind;
    char number[16];
    snprintf(number, sizeof number, "%u", group);
    const char *name = from->name ? from->name : number;
    bool made = asprintf(&field->wrong, "group %s is not %s", name, rt_kind_text(field->kind)) >= 0;
    return asprintf(&field->missing, "group %s took no part in the match", name) >= 0 && made;
}

/* The groups of the fields, by name where the regular expression names some of them, else in order. */
static int add_fields(Regex *r, const rt_regex *regex)
{
    const dsc_type *type = r->base.type;
    bool by_name = false;
    for (uint32_t i = 0; i < type->n && type->kind == DSC_RECORD; i++)
        by_name |= r->use->named(regex, type->fields[i].name, strlen(type->fields[i].name)) > 0;
    uint32_t groups = r->use->groups(regex);
    if (!by_name && groups != type->n)
        return dsc_fail(r->base.job, "regex: the regular expression has %u group%s, and the type %u field%s", groups,
                        groups == 1 ? "" : "s", type->n, type->n == 1 ? "" : "s");
    r->fields = calloc(type->n + 1, sizeof *r->fields);
    for (uint32_t i = 0; i < type->n; i++) {
        const char *name = type->fields[i].name;
        uint32_t group = by_name ? r->use->named(regex, name, strlen(name)) : i + 1;
        if (group == 0 && !type->fields[i].unused)
            return dsc_fail(r->base.job, "regex: no group of the regular expression is named %s", name);
        if (!r->fields || !add_field(r, i, group))
            return dsc_fail(r->base.job, "regex: no memory for the fields of a type");
    }
    return 0;
}

static int regex_open(dsc_format *f)
{
    Regex *r = (Regex *)f;
    const char *why = "there are no regular expressions in this build";
    r->use = f->job->regex;
    r->pattern = f->args[REGEX_PATTERN].s;
    const rt_regex *regex = r->use ? r->use->of(r->pattern, true, &why) : NULL;
    if (!regex)
        return dsc_fail(f->job, "regex: %s", why);
    if (rt_time_form_of(f, &f->args[REGEX_TIME], &r->form) < 0)
        return -1;
    return add_fields(r, regex);
}

static bool is_blank(dsc_str s)
{
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || (s.p[s.n - 1] >= '\t' && s.p[s.n - 1] <= '\r')))
        s.n--;
    return s.n == 0;
}

/* What a group holds, to a field. */
static bool store(const Regex *r, const Field *field, const rt_regex *regex, dsc_str record, char *out, const char **why)
{
    dsc_str text;
    bool there = r->use->group(regex, record, field->group, &text);
    if (field->option && text.n == 0) {
        memset(out, 0, field->size);
        return true;
    }
    *why = there ? field->wrong : field->missing;
    if (!there || !rt_scalar_read(&r->form, field->kind, text, out))
        return false;
    if (field->option)
        *(bool *)(out + field->some) = true;
    return true;
}

static int regex_decode(const dsc_format *f, dsc_task *task, const void *layout, dsc_str record, void *out, const char **why)
{
    (void)task, (void)layout;
    const Regex *r = (const Regex *)f;
    rt_regex *regex = r->use->of(r->pattern, true, why);
    int found = regex ? r->use->search(regex, record, 0, false, why) : -1;
    if (found == 0) {
        *why = "the line does not match the regular expression";
        return is_blank(record) ? 0 : -1;
    }
    for (uint32_t i = 0; found > 0 && i < f->type->n; i++)
        if (r->fields[i].wanted && !store(r, &r->fields[i], regex, record, (char *)out + r->fields[i].offset, why))
            return -1;
    return found;
}

static void regex_close(dsc_format *f)
{
    Regex *r = (Regex *)f;
    for (uint32_t i = 0; r->fields && i < f->type->n; i++) {
        free(r->fields[i].wrong);
        free(r->fields[i].missing);
    }
    free(r->fields);
}

static const dsc_arg_def regex_args[] = {
    [REGEX_PATTERN] = {"pattern", DSC_STRING, NULL, "the regular expression that a line matches as a whole"},
    [REGEX_TIME] = {"time", DSC_STRING, "none", "how times are written: \"s\", \"ms\", \"us\" (numbers since 1970), or a pattern as for "
                                                "formatTime; none: RFC 3339"},
    {0},
};

const dsc_format_def fmt_regex = {
    .name = "regex",
    .synopsis = "regex(pattern: string, T, time: string = none)",
    .doc = "Lines that a regular expression takes apart, as for `matches`: each line as a whole.\n"
           "The groups ( ) are the fields of the tuple or record T, in order; where the regular expression names them,\n"
           "(?<user>\\w+), they go to a record's fields of that name. A group that is empty or took no part is none for A?; for\n"
           "other types one that took no part is bad. A line that does not match is bad, but blank ones are passed over. Only reads.",
    .example = "source stdin() as regex(r\"(\\S+) (\\d+)\", (string, int)) | reduceByKey(_ + _) | sink stdout()",
    .args = regex_args,
    .typed = true,
    .size = sizeof(Regex),
    .open = regex_open,
    .decode = regex_decode,
    .close = regex_close,
};

DSC_FORMAT(fmt_regex)
