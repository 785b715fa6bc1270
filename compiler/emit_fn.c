/* emit_fn.c: functions of the unit that are no stages: the user's own, and
 * expressions that nest too deep to be read (or compiled) in place.
 *
 *     R name(dsc_task *task, args)               where nothing in it can fail
 *     bool name(dsc_task *task, args, R *out)    else; it has called dsc_bad when false
 *
 * A function takes only what it uses. */
#include "emit_internal.h"

#include <string.h>

enum { DEEPEST = 10 };            /* blocks in a function */

bool too_deep(const Emit *e)
{
    return e->fun->indent > DEEPEST;
}

Value fn_param(Emit *e, FnParam *param, Type *type, const char *hint, bool pointer)
{
    *param = (FnParam){.type = type, .pointer = pointer};
    c_type(e, type);
    param->name = emit_name(e, hint);
    return pointer ? value_pointer(type, param->name) : value_local(type, param->name);
}

Written *fn_done(Emit *e, Fun *fun, const char *name, FnParam *params, int n, Type *result, const char *comment)
{
    Written *w = NEW(e->arena, Written);
    *w = (Written){.name = name, .params = params, .n = n, .fallible = result && fun->failed, .result = result};
    const char **names = NEW_ARRAY(e->arena, const char *, n + 1);
    bool *used = NEW_ARRAY(e->arena, bool, n + 1);
    for (int i = 0; i < n; i++)
        names[i] = params[i].name;
    names[n] = "task";
    const char *body = fun_end(e, fun, n + 1, names, used);
    w->takes_task = used[n];
    Text text = {0};
    text_printf(&text, "%sstatic %s %s(", comment, !result ? "void" : w->fallible ? "bool" : c_type(e, result), name);
    const char *comma = "";
    if (w->takes_task) {
        text_add(&text, "dsc_task *task");
        comma = ", ";
    }
    for (int i = 0; i < n; i++) {
        params[i].used = used[i];
        if (!used[i])
            continue;
        text_printf(&text, "%s%s%s %s%s", comma, params[i].pointer ? "const " : "", c_type(e, params[i].type),
                    params[i].pointer ? "*" : "", params[i].name);
        comma = ", ";
    }
    if (w->fallible) {
        text_printf(&text, "%s%s *out", comma, c_type(e, result));
        comma = ", ";
    }
    text_printf(&text, "%s)\n{\n%s}\n", *comma ? "" : "void", body);
    emit_item(e, SECTION_FUNCTIONS, name, text.p);
    text_free(&text);
    return w;
}

const char *fn_call_text(Emit *e, const Written *w, const Value *args, const char *out)
{
    Text text = {0};
    text_printf(&text, "%s(%s", w->name, w->takes_task ? "task" : "");
    const char *comma = w->takes_task ? ", " : "";
    for (int i = 0; i < w->n; i++) {
        if (!w->params[i].used)
            continue;
        text_printf(&text, "%s%s", comma,
                    w->params[i].pointer ? value_address(e, args[i], w->params[i].name) : value_c(e, args[i]));
        comma = ", ";
    }
    text_printf(&text, out ? "%s&%s)" : ")", comma, out);
    const char *call = arena_strndup(e->arena, text.p, text.n);
    text_free(&text);
    return call;
}

/* The result of a call: in place, or, where it can fail, in a local. */
static Value call_written(Emit *e, const Written *w, const Value *args, const char *hint)
{
    if (!w->fallible)
        return value_text(w->result, PREC_PRIMARY, fn_call_text(e, w, args, NULL));
    const char *ctype = c_type(e, w->result);
    const char *name = emit_name(e, hint);
    const char *call = fn_call_text(e, w, args, name);
    emit_line(e, "%s %s;", ctype, name);
    e->fun->failed = true;
    emit_if(e, emit_format(e, "!%s", call), exit_text(e));
    return value_local(w->result, name);
}

/* The body's value, given back. */
static void emit_return(Emit *e, Value v)
{
    if (e->fun->failed) {
        emit_line(e, "*out = %s;", value_c(e, v));
        emit_line(e, "return true;");
    } else {
        emit_line(e, "return %s;", value_c(e, v));
    }
}

static const char *fn_comment(Emit *e, const FnDef *fn)
{
    return emit_format(e, "/* %s  %s */\n", place_text(e, fn->span), source_line(e, fn->span));
}

static const Written *write_fn(Emit *e, const FnDef *fn)
{
    for (int i = 0; i < e->fns.n; i++)
        if (e->fns.at[i]->fn == fn)
            return e->fns.at[i]->written;
    const char *name = emit_global_name(e, emit_format(e, "fn_%s", fn->name));
    bool in_setup = e->in_setup;
    e->in_setup = false;
    Fun fun;
    Exit exit = {.kind = EXIT_FALSE};
    fun_begin(e, &fun, &exit);
    vec_push(e->arena, &fun.names, "out");
    FnParam *params = NEW_ARRAY(e->arena, FnParam, fn->params.n + 1);
    for (int i = 0; i < fn->params.n; i++) {
        const Pattern *p = fn->params.at[i];
        Value v = fn_param(e, &params[i], p->type, hint_text(p, type_hint(e, p->type)), false);
        emit_bind(e, p, v, NULL);
    }
    emit_return(e, emit_expr(e, fn->body, NULL));
    FnMade *made = NEW(e->arena, FnMade);
    made->fn = fn;
    made->written = fn_done(e, &fun, name, params, fn->params.n, fn->body->type, fn_comment(e, fn));
    vec_push(e->arena, &e->fns, made);
    e->in_setup = in_setup;
    return made->written;
}

Value emit_call(Emit *e, const Expr *x, const Pattern *hint)
{
    if (!x->fn->body)
        return emit_extern_call(e, x, hint);
    const Written *w = write_fn(e, x->fn);
    Value *args = NEW_ARRAY(e->arena, Value, x->args.n + 1);
    for (int i = 0; i < x->args.n; i++)
        args[i] = emit_expr(e, x->args.at[i].value, i < x->fn->params.n ? x->fn->params.at[i] : NULL);
    return call_written(e, w, args, hint_text(hint, type_hint(e, x->type)));
}

/* ---- parts of expressions ------------------------------------------------------- */

typedef VEC(const Symbol *) Symbols;

/* The names of x that are bound outside of it. */
static void find_free(Emit *e, const Expr *x, Symbols *out)
{
    for (; x; x = x->a) {
        if (x->kind == E_NAME && x->symbol->kind == SYM_LOCAL && find_binding(e, x->symbol)) {
            bool known = false;
            for (int i = 0; i < out->n && !known; i++)
                known = out->at[i] == x->symbol;
            if (!known)
                vec_push(e->arena, out, x->symbol);
        }
        if (x->b)
            find_free(e, x->b, out);
        if (x->c)
            find_free(e, x->c, out);
        for (int i = 0; i < x->lets.n; i++)
            find_free(e, x->lets.at[i].value, out);
        for (int i = 0; i < x->args.n; i++)
            if (x->args.at[i].value)
                find_free(e, x->args.at[i].value, out);
    }
}

Value emit_outlined(Emit *e, const Expr *x, const Pattern *hint)
{
    Symbols symbols = {0};
    find_free(e, x, &symbols);
    Value *args = NEW_ARRAY(e->arena, Value, symbols.n + 1);
    for (int i = 0; i < symbols.n; i++)
        args[i] = find_binding(e, symbols.at[i])->value;
    Fun fun;
    Exit exit = {.kind = EXIT_FALSE};
    fun_begin(e, &fun, &exit);
    vec_push(e->arena, &fun.names, "out");
    FnParam *params = NEW_ARRAY(e->arena, FnParam, symbols.n + 1);
    for (int i = 0; i < symbols.n; i++) {
        Value v = fn_param(e, &params[i], args[i].type, symbols.at[i]->name, type_is_struct(args[i].type));
        emit_bind_symbol(e, symbols.at[i], v);
    }
    emit_return(e, emit_expr(e, x, NULL));
    const char *name = emit_global_name(e, "inner_1");
    const Written *w = fn_done(e, &fun, name, params, symbols.n, x->type,
                               emit_format(e, "/* %s  an inner part */\n", place_text(e, x->span)));
    return call_written(e, w, args, hint_text(hint, type_hint(e, x->type)));
}
