/* emit_option.c: what may be missing: x!, x ?? d, x is some(v).
 *
 * A builtin that gives an option is called as `bool f(.., T *out)`. Where the
 * option is opened at once, its two halves never become a struct. */
#include "emit_internal.h"

#include <string.h>

static const char *decode_call(Emit *e, const Expr *x, Type *type, const char *text, const char *out)
{
    return emit_format(e, "dsc_decode(task, %s, %s, %s, &%s)", c_string(e, x->name, strlen(x->name)), c_descriptor(e, type), text, out);
}

/* `text as json(T)`, opened at once. */
static Option as_option(Emit *e, const Expr *x, const Pattern *hint)
{
    Type *type = type_of(type_of(x->type)->args[0]);
    const char *text = value_c(e, emit_expr(e, x->a, NULL)), *ctype = c_type(e, type);
    const char *name = emit_name(e, hint_text(hint, type_hint(e, type)));
    emit_line(e, "%s %s;", ctype, name);
    return (Option){.some = value_text(&type_bool, PREC_PRIMARY, decode_call(e, x, type, text, name)),
                    .v = value_local(type, name), .own = name};
}

Value emit_as(Emit *e, const Expr *x, const Pattern *hint)
{
    const char *text = value_c(e, emit_expr(e, x->a, NULL)), *ctype = c_type(e, x->type);
    const char *name = emit_name(e, hint_text(hint, "found"));
    emit_line(e, "%s %s = {.some = false};", ctype, name);
    emit_line(e, "%s.some = %s;", name, decode_call(e, x, type_of(x->type)->args[0], text, emit_format(e, "%s.v", name)));
    return value_local(x->type, name);
}

Option emit_option(Emit *e, const Expr *x, const Pattern *hint)
{
    if (x->kind == E_ANNOT)
        return emit_option(e, x->a, hint);
    if (x->kind == E_AS)
        return as_option(e, x, hint);
    if (x->kind == E_CALL && !x->fn->body && type_of(x->type)->kind == T_OPTION)
        return extern_option(e, x, hint);
    if (x->kind == E_BUILTIN && builtin_gives_option(x->builtin))
        return emit_builtin_option(e, x, hint);
    Value v = value_settle(e, emit_expr(e, x, NULL), hint_name(e, "found"));
    return (Option){.some = value_some(e, v), .v = value_inner(e, v)};
}

Value emit_bang(Emit *e, const Expr *x, const Pattern *hint)
{
    Option option = emit_option(e, x->a, hint);
    emit_open(e, "if (%s)", value_c(e, value_not(e, option.some)));
    emit_bad(e, x->span, "\"`!` found none\"");
    emit_close(e);
    return option.v;
}

/* a ?? b where b may be missing too: the first that is there. */
static Value first_there(Emit *e, const Expr *x, const Pattern *hint)
{
    Value a = emit_expr(e, x->a, NULL);
    const char *ctype = c_type(e, x->type), *init = value_init(e, a);
    const char *name = emit_name(e, hint_text(hint, "found"));
    emit_declare(e, ctype, name, init);
    emit_open(e, "if (!%s.some)", name);
    Scope scope = scope_begin(e);
    emit_assign(e, name, emit_expr(e, x->b, NULL));
    scope_end(e, scope);
    emit_close(e);
    return value_local(x->type, name);
}

Value emit_coalesce(Emit *e, const Expr *x, const Pattern *hint)
{
    if (type_equal(x->type, x->a->type))
        return first_there(e, x, hint);
    if (too_deep(e))
        return emit_outlined(e, x, hint);
    Option option = emit_option(e, x->a, hint);
    const char *missing = value_c(e, value_not(e, option.some));
    int names = e->fun->names.n;
    const char *name = option.own ? option.own : emit_name(e, hint_text(hint, type_hint(e, x->type)));
    Scope scope = scope_begin(e);
    Capture capture = capture_begin(e, 1);
    Value otherwise = emit_expr(e, x->b, NULL);
    const char *statements = capture_end(e, capture);
    scope_end(e, scope);
    if (!option.own && *statements == '\0' && !type_is_struct(x->type) && value_is_settled(&otherwise)) {
        e->fun->names.n = names;
        return value_text(x->type, PREC_COND,
                          emit_format(e, "%s ? %s : %s", value_c(e, option.some), value_operand(e, option.v, PREC_OR),
                                      value_operand(e, otherwise, PREC_COND)));
    }
    if (!option.own)
        emit_declare(e, c_type(e, x->type), name, value_init(e, option.v));
    const char *assign = emit_format(e, "%s = %s;", name, value_c(e, otherwise));
    if (*statements) {
        emit_open(e, "if (%s)", missing);
        emit_captured(e, statements);
        emit_line(e, "%s", assign);
        emit_close(e);
    } else {
        emit_if(e, missing, assign);
    }
    return value_local(x->type, name);
}

/* ---- is some(..) ------------------------------------------------------------------ */

/* A path from a name: its value lives outside of the block that is being written. */
static bool is_path(const Expr *x)
{
    while (x->kind == E_FIELD)
        x = x->a;
    return x->kind == E_NAME;
}

static bool has_storage(Emit *e, const Pattern *p)
{
    if (p->kind == PAT_NAME) {
        const Binding *binding = find_binding(e, p->symbol);
        return binding && binding->storage;
    }
    for (int i = 0; p->kind == PAT_TUPLE && i < p->items.n; i++)
        if (has_storage(e, p->items.at[i]))
            return true;
    return false;
}

static void assign_storage(Emit *e, const Pattern *p, Value v)
{
    if (p->kind == PAT_NAME) {
        const Binding *binding = find_binding(e, p->symbol);
        if (binding && binding->storage)
            emit_assign(e, binding->storage, v);
    }
    for (int i = 0; p->kind == PAT_TUPLE && i < p->items.n; i++)
        assign_storage(e, p->items.at[i], value_field(e, v, i));
}

Value emit_is(Emit *e, const Expr *x)
{
    Option option = emit_option(e, x->a, x->pattern);
    if (!x->pattern)
        return value_not(e, option.some);
    bool outside = is_path(x->a) && !option.own && value_is_settled(&option.v) && value_is_settled(&option.some);
    if (outside || !has_storage(e, x->pattern)) {
        emit_bind(e, x->pattern, option.v, NULL);
        return option.some;
    }
    Value some = option.some;
    if (!value_is_settled(&some)) {
        const char *name = emit_name(e, "there");
        emit_line(e, "bool %s = %s;", name, value_c(e, some));
        some = value_local(&type_bool, name);
    }
    emit_open(e, "if (%s)", value_c(e, some));
    assign_storage(e, x->pattern, option.v);
    emit_close(e);
    return some;
}

static void declare_pattern(Emit *e, const Pattern *p)
{
    if (p->kind == PAT_NAME && p->symbol->used) {
        const char *ctype = c_type(e, p->symbol->type);
        const char *name = emit_name(e, p->name);
        bool braces = type_is_struct(p->symbol->type) || strcmp(ctype, "dsc_str") == 0 || strcmp(ctype, "dsc_list") == 0;
        emit_declare(e, ctype, name, braces ? "{0}" : "0");
        vec_push(e->arena, &e->fun->env,
                 ((Binding){.symbol = p->symbol, .value = value_local(p->symbol->type, name), .storage = name}));
    }
    for (int i = 0; p->kind == PAT_TUPLE && i < p->items.n; i++)
        declare_pattern(e, p->items.at[i]);
}

void declare_patterns(Emit *e, const Expr *x)
{
    if (x->kind == E_ANNOT)
        declare_patterns(e, x->a);
    if (x->kind == E_IS && x->pattern)
        declare_pattern(e, x->pattern);
    if (x->kind == E_BINARY && x->op == OP_AND) {
        declare_patterns(e, x->a);
        declare_patterns(e, x->b);
    }
}
