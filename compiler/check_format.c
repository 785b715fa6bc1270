/* check_format.c: formats of sources, sinks and `s as json(T)`, by the table of the formats. */
#include "check.h"
#include "dsc_conn.h"

#include <string.h>

static void unknown_format(Checker *cx, const Format *format)
{
    diag_error(cx->diags, E0206, format->span, "there is no format `%s`", format->name);
    diag_label(cx->diags, "not a format");
    if (habit(cx, HINT_FORMAT, format->name))
        return;
    for (int i = 0; dsc_all_formats[i]; i++)
        suggest_word(cx, dsc_all_formats[i]->name);
    suggest(cx, format->name, NULL, NULL);
}

/* ---- which types fit which format ---------------------------------------------------- */

static bool is_scalar(Type *t)
{
    switch (type_of(t)->kind) {
    case T_INT: case T_FLOAT: case T_BOOL: case T_STRING: case T_BYTES: case T_TIME: case T_DURATION:
    case T_ERROR: case T_VAR:
        return true;
    default:
        return false;
    }
}

static bool is_column(Type *t)
{
    t = type_of(t);
    return is_scalar(t->kind == T_OPTION ? t->args[0] : t);
}

static bool is_fixed(Type *t)
{
    return is_scalar(t) && type_of(t)->kind != T_STRING && type_of(t)->kind != T_BYTES;
}

static bool is_row(Type *t)
{
    return t->kind == T_TUPLE || t->kind == T_RECORD;
}

static const char *what_fits(const dsc_format_def *def)
{
    return strcmp(def->name, "binary") == 0 ? "a number, bool, time or duration, or a tuple or record of these"
                                            : "a tuple or record whose parts are numbers, bools, strings, times or "
                                              "durations, or options of these";
}

/* The first part of a type that the format has no place for; NULL: it fits. */
static Type *misfit(const dsc_format_def *def, Type *t)
{
    t = type_of(t);
    if (strcmp(def->name, "json") == 0 || !def->typed || !def->decode || t->kind == T_ERROR || t->kind == T_VAR)
        return NULL;
    bool binary = strcmp(def->name, "binary") == 0;
    if (!is_row(t))
        return binary && is_fixed(t) ? NULL : t;
    for (int i = 0; i < t->n; i++)
        if (!(binary ? is_fixed(t->args[i]) : is_column(t->args[i])))
            return t->args[i];
    return NULL;
}

static bool fits(Checker *cx, const dsc_format_def *def, Type *t, Span at, const char *does)
{
    Type *part = has_error(t) ? NULL : misfit(def, t);
    if (!part)
        return true;
    diag_error(cx->diags, E0411, at, "the format `%s` cannot %s %s", def->name, does, show(cx, t));
    diag_label(cx->diags, part == type_of(t) ? "%s does not fit" : "%s in it does not fit", show_a(cx, part));
    diag_expected(cx->diags, "%s", what_fits(def));
    if (part == type_of(t) && is_column(part))
        diag_help(cx->diags, "one column is a record of one field, as `{ value: %s }`; `lines` has whole lines as text", show(cx, part));
    else if (is_row(type_of(part)) && part != type_of(t))
        diag_help(cx->diags, "put its parts side by side: `map(((a, b), n) => (a, b, n))`; `json` takes any value");
    return false;
}

/* ---- arguments -------------------------------------------------------------------------- */

/* A bare name may be that of a type or of a value. */
static bool names_value(Checker *cx, const TypeExpr *t)
{
    return t->kind == TE_NAME && !is_type_name(t->name) && !visible(cx, &cx->types, t->name) && find_value(cx, t->name);
}

/* Take the type out of a format's arguments; NULL: none is there, or several, which has been said. */
static const Arg *take_type(Checker *cx, const dsc_format_def *def, Args *args)
{
    const Arg *type = NULL;
    Args rest = {0};
    for (int i = 0; i < args->n; i++) {
        const Arg *arg = &args->at[i];
        if (!arg->type) {
            vec_push(cx->arena, &rest, *arg);
        } else if (names_value(cx, arg->type)) {
            Arg value = *arg;
            value.value = new_expr(cx, E_NAME, arg->span);
            value.value->name = arg->type->name;
            value.value->name_span = arg->span;
            value.type = NULL;
            vec_push(cx->arena, &rest, value);
        } else if (!type && def->typed) {
            type = arg;
        } else {
            diag_error(cx->diags, E0401, arg->span, def->typed ? "`%s` takes one type" : "`%s` takes no type", def->name);
            diag_label(cx->diags, "one too many");
            if (def->typed)
                diag_help(cx->diags, "several columns are a tuple: `%s((string, int))`", def->name);
        }
    }
    *args = rest;
    return type;
}

/* The type that a format is asked to read. */
static Type *wanted_type(Checker *cx, const dsc_format_def *def, const Format *format, Args *args)
{
    const Arg *arg = take_type(cx, def, args);
    if (!def->typed)
        return &type_string;
    if (!arg) {
        diag_error(cx->diags, E0403, format->span, "the format `%s` needs the type to read", def->name);
        diag_label(cx->diags, "of what type?");
        diag_expected(cx->diags, "%s", def->synopsis);
        diag_help(cx->diags, "name the fields that you need: `as %s({ user: string, n: int })`", def->name);
        return &type_error;
    }
    Type *t = check_type_expr(cx, arg->type);
    return fits(cx, def, t, arg->span, "read") ? t : &type_error;
}

static Span name_of(const Format *format)
{
    Span at = format->span;
    at.end_line = at.line;
    at.end_col = at.col + (int)strlen(format->name);
    return at;
}

static void set_format(Checker *cx, Node *n, const dsc_format_def *def, const Format *format, Args args)
{
    n->format = def;
    n->format_args = check_args(cx, def->name, name_of(format), args, def->args, NULL, def->synopsis, &n->n_format_args);
}

Type *check_source_format(Checker *cx, Node *n, const Format *format)
{
    static const Format lines = {.name = "lines"};
    format = format->name ? format : &lines;
    const dsc_format_def *def = dsc_find_format(format->name);
    if (!def) {
        unknown_format(cx, format);
        return &type_error;
    }
    if (!def->decode && def->typed) {
        diag_error(cx->diags, E0411, format->span, "the format `%s` only writes", def->name);
        diag_label(cx->diags, "of a source");
        return &type_error;
    }
    Args args = format->args;
    Type *t = wanted_type(cx, def, format, &args);
    set_format(cx, n, def, format, args);
    if (strcmp(def->name, "regex") == 0 && !is_error(t))
        check_regex_format(cx, n, t);
    return t;
}

void check_sink_format(Checker *cx, Node *n, const Format *format)
{
    static const Format lines = {.name = "lines"};
    format = format->name ? format : &lines;
    const dsc_format_def *def = dsc_find_format(format->name);
    if (!def) {
        unknown_format(cx, format);
        return;
    }
    if (!def->encode && def->typed) {
        diag_error(cx->diags, E0411, format->span, "the format `%s` only reads", def->name);
        diag_label(cx->diags, "of a sink");
        return;
    }
    Args args = format->args;
    const Arg *type = take_type(cx, def, &args);
    if (type) {
        diag_error(cx->diags, E0401, type->span, "a sink's format takes no type: it writes the elements that come");
        diag_label(cx->diags, "leave it out");
    }
    if (format->span.line > 0)
        fits(cx, def, n->type, format->span, "write");
    set_format(cx, n, def, format, args);
}

/* ---- in expressions ---------------------------------------------------------------------- */

Type *infer_as(Checker *cx, Expr *e)
{
    Format format = {.name = e->name, .span = e->name_span, .args = e->args};
    if (is_type_name(e->name)) {
        diag_error(cx->diags, E0206, e->name_span, "`as` is followed by a format, and `%s` is a type", e->name);
        diag_label(cx->diags, "not a format");
        diag_help(cx->diags, "a value is converted by a function: `float(n)`, `round(x)`, `string(x)`, `parseInt(s)`");
        return &type_error;
    }
    infer(cx, &e->a, &type_string);
    bool text = require(cx, &e->a, &type_string, "what `as` reads");
    const dsc_format_def *def = dsc_find_format(e->name);
    if (!def) {
        unknown_format(cx, &format);
        return &type_error;
    }
    bool json = strcmp(def->name, "json") == 0;
    if (!json && strcmp(def->name, "csv") != 0 && strcmp(def->name, "tsv") != 0) {
        diag_error(cx->diags, E0411, e->name_span, "the format `%s` does not read single values", def->name);
        diag_label(cx->diags, "in an expression");
        diag_expected(cx->diags, "json, csv or tsv");
        return &type_error;
    }
    Args args = e->args;
    Type *t = wanted_type(cx, def, &format, &args);
    if (args.n > 0) {
        diag_error(cx->diags, E0401, args.at[0].span, "in an expression a format takes its type only");
        diag_label(cx->diags, "one too many");
        return &type_error;
    }
    if (!json && type_of(t)->kind == T_RECORD) {
        diag_error(cx->diags, E0411, e->args.at[0].span, "a single line has no header, so its columns have no names");
        diag_label(cx->diags, "a record");
        diag_help(cx->diags, "read a tuple: `as %s((string, int))`", def->name);
        return &type_error;
    }
    e->args.n = 0;
    return text && !is_error(t) ? type_option(cx->arena, t) : &type_error;
}
