/* check_type.c: where types meet: conversions, and messages about them. */
#include "check.h"

#include <string.h>

bool is_error(Type *t)
{
    return type_of(t)->kind == T_ERROR;
}

const char *show(Checker *cx, Type *t)
{
    return type_text(cx->arena, t);
}

const char *show_a(Checker *cx, Type *t)
{
    const char *text = show(cx, t);
    if (strcmp(text, "[_]") == 0)
        return "a list";
    return arena_printf(cx->arena, "%s %s", strchr("aeiouAEIO", *text) ? "an" : "a", text);
}

static bool same_record(const Type *a, const Type *b)
{
    for (int i = 0; i < a->n; i++)
        if (strcmp(a->names[i], b->names[i]) != 0)
            return false;
    return true;
}

bool type_fits(Type *from, Type *to, bool *convert)
{
    from = type_of(from);
    to = type_of(to);
    if (from->kind == T_VAR || to->kind == T_VAR)
        return type_unify(from, to);
    if (from == to || from->kind == T_ERROR || to->kind == T_ERROR)
        return true;
    if (from->kind == T_INT && to->kind == T_FLOAT)
        return *convert = true;
    if (to->kind == T_OPTION && from->kind != T_OPTION) {
        *convert = true;
        return type_fits(from, to->args[0], convert);
    }
    if (from->kind != to->kind || from->n != to->n)
        return false;
    if (from->kind == T_FUNCTION)
        return type_unify(from, to);
    if (from->kind == T_RECORD && !same_record(from, to))
        return false;
    for (int i = 0; i < from->n; i++)
        if (!type_fits(from->args[i], to->args[i], convert))
            return false;
    return true;
}

Type *type_meet(Arena *arena, Type *a, Type *b)
{
    a = type_of(a);
    b = type_of(b);
    if (a->kind == T_VAR || b->kind == T_VAR)
        return type_unify(a, b) ? type_of(a) : NULL;
    if (a == b || b->kind == T_ERROR)
        return b;
    if (a->kind == T_ERROR)
        return a;
    if ((a->kind == T_INT && b->kind == T_FLOAT) || (a->kind == T_FLOAT && b->kind == T_INT))
        return &type_float;
    if (a->kind == T_OPTION || b->kind == T_OPTION) {
        Type *inner = type_meet(arena, a->kind == T_OPTION ? a->args[0] : a, b->kind == T_OPTION ? b->args[0] : b);
        return inner ? type_option(arena, inner) : NULL;
    }
    if (type_equal(a, b))
        return a;
    if (a->kind != b->kind || a->n != b->n || a->kind == T_FUNCTION || (a->kind == T_RECORD && !same_record(a, b)))
        return NULL;
    Type *t = type_new(arena, a->kind, a->n);
    for (int i = 0; i < a->n; i++) {
        t->args[i] = type_meet(arena, a->args[i], b->args[i]);
        if (!t->args[i])
            return NULL;
        if (a->kind == T_RECORD)
            t->names[i] = a->names[i];
    }
    return t;
}

bool convert_to(Checker *cx, Expr **e, Type *to)
{
    bool convert = false;
    if (!type_fits((*e)->type, to, &convert))
        return false;
    if (convert && !is_error((*e)->type)) {
        Expr *c = new_expr(cx, E_CONVERT, (*e)->span);
        c->a = *e;
        c->type = to;
        *e = c;
    }
    return true;
}

/* The first field that one record has and the other has not; NULL: only the order differs. */
static const char *missing_field(const Type *in, const Type *of)
{
    for (int i = 0; i < of->n; i++) {
        bool found = false;
        for (int j = 0; j < in->n; j++)
            found |= strcmp(of->names[i], in->names[j]) == 0;
        if (!found)
            return of->names[i];
    }
    return NULL;
}

static void help_records(Checker *cx, Type *found, Type *want)
{
    const char *name = missing_field(found, want);
    if (name)
        diag_help(cx->diags, "the field `%s` is missing", name);
    else if ((name = missing_field(want, found)))
        diag_help(cx->diags, "there is a field `%s` too many", name);
    else if (!same_record(found, want))
        diag_help(cx->diags, "the order of fields is part of a record's type; a literal takes the order expected of it");
}

void help_convert(Checker *cx, Type *found, Type *want)
{
    found = type_of(found);
    want = type_of(want);
    TypeKind f = found->kind, w = want->kind;
    bool convert;
    if (f == T_RECORD && w == T_RECORD)
        help_records(cx, found, want);
    else if (f == T_OPTION && type_fits(found->args[0], want, &convert))
        diag_help(cx->diags, "it may be missing: `x ?? other` says what then, `x!` makes the element bad");
    else if (f == T_FLOAT && w == T_INT)
        diag_help(cx->diags, "`round(x)`, `floor(x)` or `int(x)` makes an int of a float");
    else if (f == T_STRING && w == T_INT)
        diag_help(cx->diags, "`parseInt(x)` reads an int from text, and gives an option: `parseInt(x) ?? 0`");
    else if (f == T_STRING && w == T_FLOAT)
        diag_help(cx->diags, "`parseFloat(x)` reads a float from text, and gives an option: `parseFloat(x) ?? 0.0`");
    else if (f == T_STRING && w == T_TIME)
        diag_help(cx->diags, "`parseTime(x)` reads a time from text, and gives an option; `time(\"..\")` is a literal");
    else if (w == T_STRING && f != T_LIST)
        diag_help(cx->diags, "`string(x)` or `format(\"{}\", x)` makes text of any value");
    else if (w == T_STRING && f == T_LIST && type_of(found->args[0])->kind == T_STRING)
        diag_help(cx->diags, "`join(x, \" \")` makes one string of a list of strings");
    else if (w == T_LIST && type_equal(found, want->args[0]))
        diag_help(cx->diags, "`[x]` is a list of one");
    else if (w == T_TUPLE && want->n == 2 && f != T_TUPLE)
        diag_help(cx->diags, "`(a, b)` makes a pair");
    else if (f == T_INT && w == T_BOOL)
        diag_help(cx->diags, "compare it: `x != 0`");
    else if (f == T_STRING && w == T_BOOL)
        diag_help(cx->diags, "compare it: `x != \"\"`");
    else if ((f == T_INT || f == T_FLOAT) && w == T_DURATION)
        diag_help(cx->diags, "a duration has a unit: `10s`, `500ms`, `n * 1s`");
}

bool has_error(Type *t)
{
    t = type_of(t);
    if (t->kind == T_ERROR)
        return true;
    for (int i = 0; i < t->n; i++)
        if (has_error(t->args[i]))
            return true;
    return false;
}

bool require(Checker *cx, Expr **e, Type *to, const char *what, ...)
{
    if (convert_to(cx, e, to))
        return true;
    if (has_error((*e)->type))
        return false;
    char text[256];
    va_list args;
    va_start(args, what);
    vsnprintf(text, sizeof text, what, args);
    va_end(args);
    Type *found = (*e)->type;
    DiagCode code = type_of(to)->kind == T_BOOL ? E0304 : E0301;
    bool convert;
    Type *f = type_of(found);
    if (f->kind == T_OPTION && type_of(to)->kind != T_OPTION && type_fits(f->args[0], to, &convert))
        code = E0309;
    if (f->kind == T_RECORD && type_of(to)->kind == T_RECORD)
        code = E0319;
    diag_error(cx->diags, code, (*e)->span, "%s must be %s, not %s", text, show_a(cx, to), show_a(cx, found));
    diag_label(cx->diags, "this is %s", show_a(cx, found));
    diag_expected(cx->diags, "%s", show(cx, to));
    if ((*e)->kind == E_INT && type_of(to)->kind == T_DURATION)
        diag_help(cx->diags, "a duration has a unit: `%llds`, `%lldms`", (long long)(*e)->ival, (long long)(*e)->ival);
    else if ((*e)->kind != E_STRING)
        help_convert(cx, found, to);
    return false;
}
