/* emit_expr.c: expressions: what names mean, and the kinds that are not in a file
 * of their own. */
#include "emit_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- names for what has none ----------------------------------------------- */
const Pattern *hint_name(Emit *e, const char *name)
{
    Pattern *p = NEW(e->arena, Pattern);
    p->kind = PAT_NAME;
    p->name = name;
    return p;
}

const char *hint_text(const Pattern *hint, const char *otherwise)
{
    return hint && !says_nothing(hint) && hint->kind == PAT_NAME ? hint->name : otherwise;
}

bool says_nothing(const Pattern *hint)
{
    return hint->kind == PAT_IGNORE || (hint->kind == PAT_NAME && hint->symbol && hint->symbol->made);
}

/* ---- what names mean --------------------------------------------------------- */
const Binding *find_binding(Emit *e, const Symbol *symbol)
{
    for (int i = e->fun->env.n - 1; i >= 0; i--)
        if (e->fun->env.at[i].symbol == symbol)
            return &e->fun->env.at[i];
    return NULL;
}

void emit_bind_symbol(Emit *e, const Symbol *symbol, Value v)
{
    vec_push(e->arena, &e->fun->env, ((Binding){.symbol = symbol, .value = v}));
}

static int count_in_args(const Args *args, const Symbol *symbol)
{
    int n = 0;
    for (int i = 0; i < args->n && n < 2; i++)
        if (args->at[i].value)
            n += count_uses(args->at[i].value, symbol);
    return n;
}

int count_uses(const Expr *x, const Symbol *symbol)
{
    int n = 0;
    for (; x && n < 2; x = x->a) {
        if (x->kind == E_NAME)
            n += x->symbol == symbol;
        if (x->kind == E_LAMBDA && count_uses(x->a, symbol) > 0)
            return 2;
        if (x->b)
            n += count_uses(x->b, symbol);
        if (x->c && n < 2)
            n += count_uses(x->c, symbol);
        for (int i = 0; i < x->lets.n && n < 2; i++)
            n += count_uses(x->lets.at[i].value, symbol);
        n += count_in_args(&x->args, symbol);
    }
    return n < 2 ? n : 2;
}

void emit_bind(Emit *e, const Pattern *p, Value v, const Expr *body)
{
    switch (p->kind) {
    case PAT_IGNORE:
        return;
    case PAT_NAME:
        if (!value_is_settled(&v) && (!body || count_uses(body, p->symbol) > 1))
            v = value_settle(e, v, p);
        emit_bind_symbol(e, p->symbol, v);
        return;
    case PAT_TUPLE:
        if (!v.parts && (!v.atom || v.prec < PREC_PRIMARY))
            v = value_store(e, v, NULL);
        for (int i = 0; i < p->items.n; i++)
            emit_bind(e, p->items.at[i], value_field(e, v, i), body);
        return;
    }
}

void apply_params(Emit *e, const Expr *lambda, int n, const Value *args)
{
    if (lambda->params.n == n) {
        for (int i = 0; i < n; i++)
            emit_bind(e, lambda->params.at[i], args[i], lambda->a);
    } else {
        Pattern all = {.kind = PAT_TUPLE};
        all.items.at = lambda->params.at;
        all.items.n = lambda->params.n;
        emit_bind(e, &all, args[0], lambda->a);
    }
}

Value apply_lambda(Emit *e, const Expr *lambda, int n, const Value *args, const Pattern *hint)
{
    int env = e->fun->env.n;
    apply_params(e, lambda, n, args);
    Value v = emit_expr(e, lambda->a, hint);
    e->fun->env.n = env;
    return v;
}

static Value emit_param(Emit *e, const Symbol *symbol)
{
    Type *type = type_of(symbol->type);
    const char *name = e->param_names[symbol->index];
    const char *suffix = type->kind == T_STRING ? "str" : type->kind == T_FLOAT ? "float" : "int";
    const char *call = emit_format(e, "dsc_param_%s(task, %s)%s", suffix, name, type->kind == T_BOOL ? " != 0" : "");
    if (e->in_setup)
        return value_text(type, type->kind == T_BOOL ? PREC_EQ : PREC_PRIMARY, call);
    return value_local(type, emit_hoist(e, call, c_type(e, type), emit_format(e, "%s_value", symbol->name), call));
}

static Value emit_symbol(Emit *e, const Expr *x, const Pattern *hint)
{
    const Symbol *symbol = x->symbol;
    switch (symbol->kind) {
    case SYM_LOCAL: {
        const Binding *binding = find_binding(e, symbol);
        if (binding)
            return binding->value;
        break;
    }
    case SYM_PARAM:
        return emit_param(e, symbol);
    case SYM_CONST:
        return emit_expr(e, symbol->value, hint);
    case SYM_STREAM:
        break;
    }
    fprintf(stderr, "dsc: internal error: %d:%d: `%s` means nothing to the emitter\n", x->span.line, x->span.col, symbol->name);
    abort();
}

/* ---- the rest ---------------------------------------------------------------------- */
static Value emit_tuple(Emit *e, const Expr *x, const Pattern *hint)
{
    Value v = value_parts(e, x->type);
    for (int i = 0; i < x->args.n; i++) {
        const Pattern *inner = hint && hint->kind == PAT_TUPLE && i < hint->items.n ? hint->items.at[i] : NULL;
        v.parts[i] = emit_expr(e, x->args.at[i].value, inner);
    }
    return v;
}

static Value emit_record(Emit *e, const Expr *x)
{
    Value v = value_parts(e, x->type);
    Type *type = type_of(x->type);
    for (int i = 0; i < x->args.n; i++) {
        const char *name = x->args.at[i].name;
        int at = 0;
        while (at < type->n - 1 && strcmp(type->names[at], name) != 0)
            at++;
        v.parts[at] = emit_expr(e, x->args.at[i].value, hint_name(e, name));
    }
    return v;
}

static Value emit_index(Emit *e, const Expr *x, const Pattern *hint)
{
    Value list = value_settle(e, emit_expr(e, x->a, NULL), NULL);
    Value i = value_settle(e, emit_expr(e, x->b, NULL), hint_name(e, "i"));
    const char *n = value_member(e, list, "n"), *at = value_c(e, i);
    bool outside = i.constant && (i.ival < 0 || i.ival > INT32_MAX);
    if (outside)
        emit_open(e, "if (true)");
    else if (i.constant)
        emit_open(e, i.ival == 0 ? "if (%s == %s)" : "if (%s <= %s)", n, at);
    else
        emit_open(e, "if (%s < 0 || %s >= %s)", at, at, n);
    emit_bad(e, x->span, "\"index outside the list\"");
    emit_close(e);
    return list_item(e, list, outside ? "0" : value_operand(e, i, PREC_ADD), hint);
}

static Value emit_block(Emit *e, const Expr *x, const Pattern *hint)
{
    enum { MANY = 200 };          /* lets: uses are no longer counted */
    for (int i = 0; i < x->lets.n; i++) {
        const Let *let = &x->lets.at[i];
        emit_bind(e, let->pattern, emit_expr(e, let->value, let->pattern), x->lets.n > MANY ? NULL : x);
    }
    return emit_expr(e, x->a, hint);
}

static Value emit_binary(Emit *e, const Expr *x, const Pattern *hint)
{
    switch (x->op) {
    case OP_ADD: case OP_SUB: case OP_MUL: case OP_DIV: case OP_MOD:
        return emit_arithmetic(e, x, hint);
    case OP_EQ: case OP_NE: case OP_LT: case OP_LE: case OP_GT: case OP_GE: {
        Value a = emit_expr(e, x->a, NULL), b = emit_expr(e, x->b, NULL);
        return x->op == OP_EQ || x->op == OP_NE ? value_equal(e, a, b, x->op == OP_EQ) : value_less(e, a, b, x->op);
    }
    case OP_AND: case OP_OR:
        return emit_logic(e, x);
    case OP_COALESCE:
        return emit_coalesce(e, x, hint);
    case OP_NEG: case OP_NOT:
        break;
    }
    abort();
}

static Value emit_any(Emit *e, const Expr *x, const Pattern *hint)
{
    switch (x->kind) {
    case E_INT: case E_DURATION:
        return value_int(e, x->type, x->ival);
    case E_BOOL:
        return value_bool(x->ival != 0);
    case E_FLOAT:
        return emit_float(e, x);
    case E_STRING:
        return emit_string(e, x->text);
    case E_NONE:
        return value_text(x->type, PREC_PRIMARY, emit_format(e, "(%s){.some = false}", c_type(e, x->type)));
    case E_LIST:
        return emit_list(e, x, hint);
    case E_TUPLE:
        return emit_tuple(e, x, hint);
    case E_RECORD:
        return emit_record(e, x);
    case E_NAME:
        return emit_symbol(e, x, hint);
    case E_FIELD:
        return value_field(e, emit_expr(e, x->a, NULL), x->index);
    case E_INDEX:
        return emit_index(e, x, hint);
    case E_BANG:
        return emit_bang(e, x, hint);
    case E_CALL:
        return emit_call(e, x, hint);
    case E_UNARY:
        return x->op == OP_NOT ? value_not(e, emit_expr(e, x->a, NULL)) : emit_negative(e, x, hint);
    case E_BINARY:
        return emit_binary(e, x, hint);
    case E_IS:
        return emit_is(e, x);
    case E_IF:
        return emit_if_expr(e, x, hint);
    case E_BLOCK:
        return emit_block(e, x, hint);
    case E_ANNOT:
        return emit_expr(e, x->a, hint);
    case E_SOME: {
        Value v = value_parts(e, x->type);
        v.parts[0] = emit_expr(e, x->a, hint);
        v.parts[1] = value_bool(true);
        return v;
    }
    case E_CONVERT:
        return value_convert(e, emit_expr(e, x->a, hint), x->type);
    case E_BUILTIN:
        return emit_builtin(e, x, hint);
    case E_AS:
        return emit_as(e, x, hint);
    case E_HOLE: case E_OPT_FIELD: case E_METHOD: case E_LAMBDA: case E_PIPE: case E_SOURCE: case E_TABLE: case E_SINK:
        break;
    }
    fprintf(stderr, "dsc: internal error: %d:%d: %s reached the emitter\n", x->span.line, x->span.col, expr_kind_name(x->kind));
    abort();
}

Value emit_expr(Emit *e, const Expr *x, const Pattern *hint)
{
    Value v = emit_any(e, x, hint);
    if (!v.parts && !v.atom && strlen(v.text) > LONGEST_TEXT)
        v = value_store(e, v, hint_text(hint, NULL));
    return v;
}
