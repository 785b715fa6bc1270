/* emit_builtin.c: calls of builtin functions, by the convention of their row. */
#include "emit_internal.h"
#include "signature.h"

#include <string.h>

typedef struct Call {
    const Signature *signature;
    Type *vars[26];               /* what the letters of the scheme stand for */
    Text args;                    /* C arguments so far, with a comma before the next */
} Call;

static void solve(Type *scheme, Type *actual, Type **vars)
{
    scheme = type_of(scheme);
    actual = type_of(actual);
    if (scheme->kind == T_VAR) {
        vars[scheme->id - 'A'] = actual;
        return;
    }
    for (int i = 0; i < scheme->n && i < actual->n; i++)
        solve(scheme->args[i], actual->args[i], vars);
}

static void add_arg(Call *call, const char *text)
{
    text_printf(&call->args, "%s%s", call->args.n ? ", " : "", text);
}

/* Evaluate the arguments and write them, descriptors and task before them. */
static Call begin_call(Emit *e, const Expr *x)
{
    const Builtin *b = x->builtin;
    Call call = {.signature = signature_parse(e->arena, b->type)};
    Value *args = NEW_ARRAY(e->arena, Value, x->args.n + 1);
    for (int i = 0; i < x->args.n; i++) {
        args[i] = emit_expr(e, x->args.at[i].value, NULL);
        solve(call.signature->params.at[i].type, x->args.at[i].value->type, call.vars);
    }
    solve(call.signature->result, x->type, call.vars);
    bool task = b->convention == FN_TASK || b->convention == FN_OPT_TASK || b->convention == FN_FAIL_TASK ||
                b->convention == FN_TRY || b->convention == FN_GENERIC;
    if (task)
        add_arg(&call, "task");
    for (int i = 0; i < 26 && b->convention == FN_GENERIC; i++)
        if (call.vars[i])
            add_arg(&call, c_descriptor(e, call.vars[i]));
    for (int i = 0; i < x->args.n; i++) {
        bool by_address = type_of(call.signature->params.at[i].type)->kind == T_VAR;
        add_arg(&call, by_address ? value_address(e, args[i], NULL) : value_c(e, args[i]));
    }
    return call;
}

static const char *end_call(Emit *e, const Expr *x, Call *call, const char *out)
{
    if (out)
        add_arg(call, out);
    const char *text = emit_format(e, "%s(%s)", x->builtin->c_name, call->args.p ? call->args.p : "");
    text_free(&call->args);
    return text;
}

bool builtin_gives_option(const Builtin *b)
{
    size_t n = strlen(b->type);
    return b->convention == FN_OPT || b->convention == FN_OPT_TASK ||
           ((b->convention == FN_GENERIC || b->convention == FN_TRY) && b->type[n - 1] == '?');
}

/* A name for what a function gives: that of the function, where it is a noun. */
static const char *result_hint(Emit *e, const Expr *x)
{
    static const char *const nouns[][2] = {
        {"parseInt", "number"}, {"parseFloat", "number"}, {"parseTime", "time"}, {"parseDuration", "duration"},
        {"indexOf", "at"}, {"split", "pieces"}, {"words", "words"}, {"lines", "lines"}, {"chars", "chars"},
        {"get", "item"}, {"head", "first"}, {"last", "last"}, {"min", "least"}, {"max", "greatest"}, {"sum", "sum"},
        {"length", "length"}, {"size", "size"}, {"sort", "sorted"}, {"distinct", "distinct"}, {"zip", "pairs"},
        {"range", "range"}, {"round", "rounded"}, {"floor", "floored"}, {"ceil", "raised"}, {"abs", "size"}, {"int", "whole"},
        {"lower", "lower"}, {"upper", "upper"}, {"trim", "trimmed"}, {"join", "joined"}, {"repeat", "repeated"},
        {"padLeft", "padded"}, {"padRight", "padded"}, {"truncate", "start"}, {"hash", "hash"}, {"replace", "replaced"},
        {"matches", "matches"}, {"find", "part"}, {"findAll", "parts"}, {"captures", "groups"}, {"replaceAll", "replaced"},
        {"splitBy", "pieces"}};
    for (size_t i = 0; i < sizeof nouns / sizeof nouns[0]; i++)
        if (strcmp(nouns[i][0], x->builtin->name) == 0)
            return nouns[i][1];
    return type_hint(e, x->type);
}

/* The C name of the reason that a call gives. */
static const char *reason(Emit *e)
{
    return emit_hoist(e, "why", "const char *", "why", "NULL");
}

/* Where a call puts what it gives, the last of its arguments. */
static const char *option_places(Emit *e, const Builtin *b, const char *v, const char *some)
{
    return b->convention == FN_TRY ? emit_format(e, "&%s, &%s, &%s", v, some, reason(e)) : emit_format(e, "&%s", v);
}

/* A call that says whether the element is good. */
static void emit_try(Emit *e, const Expr *x, const char *call)
{
    emit_open(e, "if (!%s)", call);
    emit_bad(e, x->span, reason(e));
    emit_close(e);
}

Option emit_builtin_option(Emit *e, const Expr *x, const Pattern *hint)
{
    Type *type = type_of(type_of(x->type)->args[0]);
    Call call = begin_call(e, x);
    const char *ctype = c_type(e, type);
    const char *name = emit_name(e, hint_text(hint, result_hint(e, x)));
    emit_declare(e, ctype, name, NULL);
    if (x->builtin->convention == FN_TRY) {
        const char *found = emit_name(e, "found");
        emit_line(e, "bool %s;", found);
        emit_try(e, x, end_call(e, x, &call, option_places(e, x->builtin, name, found)));
        return (Option){.some = value_local(&type_bool, found), .v = value_local(type, name), .own = name};
    }
    const char *text = end_call(e, x, &call, emit_format(e, "&%s", name));
    return (Option){.some = value_text(&type_bool, PREC_PRIMARY, text), .v = value_local(type, name), .own = name};
}

/* An option that is kept as such. */
static Value whole_option(Emit *e, const Expr *x, const Pattern *hint)
{
    Call call = begin_call(e, x);
    const char *ctype = c_type(e, x->type);
    const char *name = emit_name(e, hint_text(hint, result_hint(e, x)));
    emit_line(e, "%s %s = {.some = false};", ctype, name);
    const char *text = end_call(e, x, &call, option_places(e, x->builtin, emit_format(e, "%s.v", name), emit_format(e, "%s.some", name)));
    if (x->builtin->convention == FN_TRY)
        emit_try(e, x, text);
    else
        emit_line(e, "%s.some = %s;", name, text);
    return value_local(x->type, name);
}

static Value fails(Emit *e, const Expr *x, const Pattern *hint)
{
    Call call = begin_call(e, x);
    const char *name = emit_name(e, hint_text(hint, result_hint(e, x)));
    if (x->builtin->convention == FN_TRY) {
        const char *text = end_call(e, x, &call, emit_format(e, "&%s, &%s", name, reason(e)));
        return emit_fallible(e, x->type, name, text, x->span, reason(e));
    }
    const char *text = end_call(e, x, &call, emit_format(e, "&%s", name));
    return emit_fallible(e, x->type, name, text, x->span, emit_format(e, "\"%s: no result for these arguments\"", x->builtin->name));
}

/* Results known to be far below 2^63. */
static bool is_small(const Builtin *b)
{
    static const char *const names[] = {"dsc_length", "dsc_year", "dsc_month", "dsc_day", "dsc_weekday",
                                        "dsc_hour", "dsc_minute", "dsc_second"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], b->c_name) == 0)
            return true;
    return false;
}

static Value returns(Emit *e, const Expr *x, const Pattern *hint)
{
    enum { SMALL_BITS = 48 };
    const Builtin *b = x->builtin;
    Call call = begin_call(e, x);
    if (b->convention == FN_GENERIC && type_of(call.signature->result)->kind == T_VAR) {
        const char *ctype = c_type(e, x->type);
        const char *name = emit_name(e, hint_text(hint, result_hint(e, x)));
        emit_line(e, "%s %s;", ctype, name);
        emit_line(e, "%s;", end_call(e, x, &call, emit_format(e, "&%s", name)));
        return value_local(x->type, name);
    }
    Value v = value_text(x->type, PREC_PRIMARY, end_call(e, x, &call, NULL));
    v.bits = is_small(b) ? SMALL_BITS : 0;
    return v;
}

static Value list_size(Emit *e, const Expr *x)
{
    enum { SIZE_BITS = 48 };
    Value list = value_settle(e, emit_expr(e, x->args.at[0].value, NULL), NULL);
    Value v = value_local(x->type, value_member(e, list, "n"));
    v.bits = SIZE_BITS;
    return v;
}

Value emit_builtin(Emit *e, const Expr *x, const Pattern *hint)
{
    const Builtin *b = x->builtin;
    if (strcmp(b->c_name, "dsc_list_size") == 0)
        return list_size(e, x);
    if (strcmp(b->c_name, "dsc_to_string") == 0 && type_of(x->args.at[0].value->type)->kind == T_STRING)
        return emit_expr(e, x->args.at[0].value, hint);
    if (builtin_gives_option(b))
        return whole_option(e, x, hint);
    switch (b->convention) {
    case FN_FAIL: case FN_FAIL_TASK: case FN_TRY:
        return fails(e, x, hint);
    case FN_INLINE:
        return emit_inline(e, x, hint);
    case FN_PLAIN: case FN_TASK: case FN_OPT: case FN_OPT_TASK: case FN_GENERIC:
        break;
    }
    return returns(e, x, hint);
}
