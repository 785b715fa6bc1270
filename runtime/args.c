/* args.c: the arguments of connectors: literals and defaults. */
#include "rt.h"
#include "dsc_fn.h"

#include <stdlib.h>

bool rt_parse_literal(dsc_kind kind, const char *text, dsc_arg *out)
{
    size_t n = strlen(text);
    dsc_str whole = {text, (int64_t)n};
    out->set = true;
    switch ((int)kind) {
    case DSC_INT:
        return dsc_parse_int(whole, &out->i);
    case DSC_FLOAT:
        return dsc_parse_float(whole, &out->f);
    case DSC_BOOL:
        out->i = strcmp(text, "true") == 0;
        return out->i || strcmp(text, "false") == 0;
    case DSC_STRING:
        out->s = (dsc_str){text + 1, (int64_t)n - 2};
        return n >= 2 && text[0] == '"' && text[n - 1] == '"';
    case DSC_TIME:
        return dsc_parse_time(whole, &out->i);
    case DSC_DURATION:
        return dsc_parse_duration(whole, &out->i);
    }
    return false;
}

dsc_arg *rt_args_new(const dsc_arg_def *defs)
{
    size_t n = 0;
    while (defs[n].name)
        n++;
    dsc_arg *args = calloc(n + 1, sizeof *args);
    for (size_t i = 0; args && i < n; i++) {
        const char *text = defs[i].text;
        if (text && strcmp(text, "none") != 0 && !rt_parse_literal(defs[i].kind, text, &args[i]))
            args[i].set = false;
    }
    return args;
}

dsc_arg *rt_args_find(dsc_arg *args, const dsc_arg_def *defs, const char *name)
{
    for (size_t i = 0; defs[i].name; i++)
        if (strcmp(defs[i].name, name) == 0)
            return &args[i];
    return NULL;
}

const dsc_bounds *dsc_find_bounds(const dsc_bounds *bounds, const char *name)
{
    for (; bounds && bounds->name; bounds++)
        if (strcmp(bounds->name, name) == 0)
            return bounds;
    return NULL;
}

void dsc_bounds_text(const dsc_bounds *bounds, char out[64])
{
    if (bounds->max == INT64_MAX)
        snprintf(out, 64, "at least %lld", (long long)bounds->min);
    else
        snprintf(out, 64, "from %lld to %lld", (long long)bounds->min, (long long)bounds->max);
}

int rt_args_within(dsc_context *job, const char *owner, const dsc_arg_def *defs, const dsc_bounds *bounds, dsc_arg *args)
{
    for (; bounds && bounds->name; bounds++) {
        const dsc_arg *arg = rt_args_find(args, defs, bounds->name);
        if (!arg || !arg->set || (arg->i >= bounds->min && arg->i <= bounds->max))
            continue;
        char text[64];
        dsc_bounds_text(bounds, text);
        return dsc_fail(job, "%s: %s must be %s, and is %lld", owner, bounds->name, text, (long long)arg->i);
    }
    return 0;
}

bool rt_source_is_bounded(const dsc_source *s)
{
    const dsc_source_def *def = s->def;
    if (!def->turned_by)
        return def->bounded;
    const dsc_arg *arg = rt_args_find(s->args, def->args, def->turned_by);
    bool is_false = arg && arg->i == 0 && def->args[arg - s->args].kind == DSC_BOOL;
    return def->bounded != (arg && arg->set && !is_false);
}
