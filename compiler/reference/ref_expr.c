/* ref_expr.c: what expressions of a checked program come to. */
#include "opdef.h"
#include "ref.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- bad elements ------------------------------------------------------------------------ */

void ref_begin(Ref *r, RefTry *t)
{
    *t = (RefTry){.outer = r->attempt, .env = r->env.n};
    r->attempt = t;
}

void ref_done(Ref *r, RefTry *t)
{
    r->attempt = t->outer;
    r->env.n = t->env;
}

void ref_bad(Ref *r, Span at, const char *why)
{
    RefTry *t = r->attempt;
    t->at = at;
    t->why = why;
    ref_done(r, t);
    longjmp(t->back, 1);
}

const char *ref_why(Ref *r, const char *format, ...)
{
    Text text = {0};
    va_list args;
    va_start(args, format);
    text_vprintf(&text, format, args);
    va_end(args);
    int i = 0;
    while (i < r->whys.n && strcmp(r->whys.at[i], text.p) != 0)
        i++;
    if (i == r->whys.n)
        vec_push(r->arena, &r->whys, arena_strdup(r->arena, text.p));
    text_free(&text);
    return r->whys.at[i];
}

/* ---- names ---------------------------------------------------------------------------------- */

static void bind(Ref *r, const Pattern *p, Val v)
{
    if (p->kind == PAT_NAME)
        vec_push(r->arena, &r->env, ((Binding){p->symbol, v}));
    for (int i = 0; p->kind == PAT_TUPLE && i < p->items.n; i++)
        bind(r, p->items.at[i], v.is.at[i]);
}

Val ref_apply(Ref *r, const Expr *lambda, int n, const Val *args)
{
    int env = r->env.n;
    bool apart = lambda->params.n != n;          /* (a, b) => .. of one pair */
    for (int i = 0; i < lambda->params.n; i++)
        bind(r, lambda->params.at[i], apart ? args[0].is.at[i] : args[i]);
    Val v = ref_eval(r, lambda->a);
    r->env.n = env;
    return v;
}

static Val param(Ref *r, const Symbol *symbol)
{
    Type *type = type_of(symbol->type);
    if (r->params)
        return r->params[symbol->index];
    if (type->kind == T_FLOAT)
        return val_float(dsc_param_float(r->task, symbol->index));
    if (type->kind != T_STRING)
        return val_int(type->kind, dsc_param_int(r->task, symbol->index));
    dsc_str s = dsc_param_str(r->task, symbol->index);
    return val_string(s.p, s.n);
}

static Val name(Ref *r, const Symbol *symbol)
{
    if (symbol->kind == SYM_PARAM)
        return param(r, symbol);
    if (symbol->kind == SYM_CONST)
        return ref_eval(r, symbol->value);
    for (int i = r->env.n - 1; i >= 0; i--)
        if (r->env.at[i].symbol == symbol)
            return r->env.at[i].value;
    fprintf(stderr, "dsc: internal error: `%s` means nothing to the reference\n", symbol->name);
    abort();
}

/* ---- operators --------------------------------------------------------------------------------- */

static Val join(Ref *r, Val a, Val b)
{
    Val v = {.kind = a.kind, .n = a.n + b.n};
    size_t size = a.kind == T_LIST ? sizeof(Val) : 1;
    char *at = arena_alloc(r->scratch, (size_t)v.n * size);
    if (a.n > 0)
        memcpy(at, a.is.p, (size_t)a.n * size);
    if (b.n > 0)
        memcpy(at + (size_t)a.n * size, b.is.p, (size_t)b.n * size);
    v.is.p = at;
    return v;
}

static Val int_arithmetic(Ref *r, const Expr *e, int64_t a, int64_t b)
{
    int64_t result = 0;
    bool overflow = false;
    if ((e->op == OP_DIV || e->op == OP_MOD) && b == 0)
        ref_bad(r, e->span, "division by zero");
    switch (e->op) {
    case OP_ADD: overflow = __builtin_add_overflow(a, b, &result); break;
    case OP_SUB: overflow = __builtin_sub_overflow(a, b, &result); break;
    case OP_MUL: overflow = __builtin_mul_overflow(a, b, &result); break;
    case OP_MOD: result = b == -1 ? 0 : a % b; break;
    default:
        overflow = a == INT64_MIN && b == -1;
        result = overflow ? 0 : a / b;
    }
    if (overflow)
        ref_bad(r, e->span, "int overflow");
    return val_int(type_of(e->type)->kind, result);
}

static double float_arithmetic(Op op, double a, double b)
{
    switch (op) {
    case OP_ADD: return a + b;
    case OP_SUB: return a - b;
    case OP_MUL: return a * b;
    case OP_DIV: return a / b;
    default: return fmod(a, b);
    }
}

static Val arithmetic(Ref *r, const Expr *e, Val a, Val b)
{
    switch (type_of(e->type)->kind) {
    case T_FLOAT: return val_float(float_arithmetic(e->op, a.is.f, b.is.f));
    case T_STRING: case T_BYTES: case T_LIST: return join(r, a, b);
    default: return int_arithmetic(r, e, a.is.i, b.is.i);
    }
}

/* Two floats are compared by IEEE 754; those inside of other values by the total order. */
static bool compared(Op op, Val a, Val b)
{
    if (op == OP_EQ || op == OP_NE)
        return val_equal(a, b) == (op == OP_EQ);
    double x = a.is.f, y = b.is.f;
    if (a.kind != T_FLOAT) {
        x = val_compare(a, b);
        y = 0;
    }
    return op == OP_LT ? x < y : op == OP_LE ? x <= y : op == OP_GT ? x > y : x >= y;
}

/* `e`, whose left operand is `a`. */
static Val right_operand(Ref *r, const Expr *e, Val a)
{
    switch (e->op) {
    case OP_AND:
        return a.is.i ? ref_eval(r, e->b) : a;
    case OP_OR:
        return a.is.i ? a : ref_eval(r, e->b);
    case OP_COALESCE:
        if (a.n == 0)
            return ref_eval(r, e->b);
        return type_equal(e->type, e->a->type) ? a : a.is.at[0];
    case OP_EQ: case OP_NE: case OP_LT: case OP_LE: case OP_GT: case OP_GE:
        return val_bool(compared(e->op, a, ref_eval(r, e->b)));
    default:
        return arithmetic(r, e, a, ref_eval(r, e->b));
    }
}

/* Long chains lean to the left, and are walked without recursion. */
static Val binary(Ref *r, const Expr *e)
{
    VEC(const Expr *) chain = {0};
    for (; e->kind == E_BINARY; e = e->a)
        vec_push(r->scratch, &chain, e);
    Val v = ref_eval(r, e);
    while (chain.n > 0)
        v = right_operand(r, chain.at[--chain.n], v);
    return v;
}

static Val unary(Ref *r, const Expr *e)
{
    if (e->op == OP_NEG && e->a->kind == E_INT)      /* also -9223372036854775808, whose opposite is none */
        return val_int(T_INT, (int64_t)-(uint64_t)e->a->ival);
    Val v = ref_eval(r, e->a);
    if (e->op == OP_NOT)
        return val_bool(!v.is.i);
    if (v.kind == T_FLOAT)
        return val_float(-v.is.f);
    if (v.is.i == INT64_MIN)
        ref_bad(r, e->span, "int overflow");
    return val_int(v.kind, -v.is.i);
}

/* ---- the rest ------------------------------------------------------------------------------------ */

static Val parts(Ref *r, const Expr *e, TypeKind kind)
{
    Vals all = {0};
    for (int i = 0; i < e->args.n; i++)
        vec_push(r->scratch, &all, ref_eval(r, e->args.at[i].value));
    return (Val){.kind = kind, .n = all.n, .is.at = all.at};
}

static Val record(Ref *r, const Expr *e)
{
    Type *type = type_of(e->type);
    Val *at = NEW_ARRAY(r->scratch, Val, type->n);
    for (int i = 0; i < e->args.n; i++) {
        int field = 0;
        while (strcmp(type->names[field], e->args.at[i].name) != 0)
            field++;
        at[field] = ref_eval(r, e->args.at[i].value);
    }
    return (Val){.kind = T_RECORD, .n = type->n, .is.at = at};
}

static Val element(Ref *r, const Expr *e)
{
    Val list = ref_eval(r, e->a), i = ref_eval(r, e->b);
    if (i.is.i < 0 || i.is.i >= list.n)
        ref_bad(r, e->span, "index outside the list");
    return list.is.at[i.is.i];
}

static Val must_be_there(Ref *r, const Expr *e)
{
    Val v = ref_eval(r, e->a);
    if (v.n == 0)
        ref_bad(r, e->span, "`!` found none");
    return v.is.at[0];
}

static Val is_some(Ref *r, const Expr *e)
{
    Val v = ref_eval(r, e->a);
    if (!e->pattern)
        return val_bool(v.n == 0);
    if (v.n > 0)
        bind(r, e->pattern, v.is.at[0]);
    return val_bool(v.n > 0);
}

static Val block(Ref *r, const Expr *e)
{
    int env = r->env.n;
    for (int i = 0; i < e->lets.n; i++)
        bind(r, e->lets.at[i].pattern, ref_eval(r, e->lets.at[i].value));
    Val v = ref_eval(r, e->a);
    r->env.n = env;
    return v;
}

static Val call(Ref *r, const Expr *e)
{
    Val args = parts(r, e, T_TUPLE);
    int env = r->env.n;
    for (int i = 0; i < e->fn->params.n; i++)
        bind(r, e->fn->params.at[i], args.is.at[i]);
    Val v = ref_eval(r, e->fn->body);
    r->env.n = env;
    return v;
}

static Val decoded(Ref *r, const Expr *e)
{
    Val text = ref_eval(r, e->a);
    const dsc_type *layout = val_layout(r->scratch, type_of(e->type)->args[0], NULL);
    void *out = arena_alloc(r->scratch, layout->size);
    if (!dsc_decode(r->task, e->name, layout, (dsc_str){text.is.p, text.n}, out))
        return (Val){.kind = T_OPTION};
    Val v = val_from_c(r->scratch, layout, out);
    return val_parts(r->scratch, T_OPTION, &v, 1);
}

Val ref_convert(Ref *r, Val v, Type *from, Type *to)
{
    from = type_of(from);
    to = type_of(to);
    if (type_equal(from, to))
        return v;
    if (to->kind == T_FLOAT)
        return val_float((double)v.is.i);
    bool wrap = to->kind == T_OPTION && from->kind != T_OPTION;
    int64_t n = wrap ? 1 : v.n;
    Val *at = NEW_ARRAY(r->scratch, Val, n);
    for (int64_t i = 0; i < n; i++) {
        bool list = to->kind == T_LIST || to->kind == T_OPTION;
        at[i] = wrap ? ref_convert(r, v, from, to->args[0])
                     : ref_convert(r, v.is.at[i], from->args[list ? 0 : i], to->args[list ? 0 : i]);
    }
    return (Val){.kind = to->kind, .n = n, .is.at = at};
}

Val ref_eval(Ref *r, const Expr *e)
{
    while (e->kind == E_IF || e->kind == E_ANNOT)
        e = e->kind == E_ANNOT ? e->a : ref_eval(r, e->a).is.i ? e->b : e->c;
    switch (e->kind) {
    case E_INT: case E_BOOL: case E_DURATION:
        return val_int(type_of(e->type)->kind, e->ival);
    case E_FLOAT: return val_float(e->fval);
    case E_STRING: return val_string(e->text.p, (int64_t)e->text.n);
    case E_NONE: return (Val){.kind = T_OPTION};
    case E_LIST: return parts(r, e, T_LIST);
    case E_TUPLE: return parts(r, e, T_TUPLE);
    case E_RECORD: return record(r, e);
    case E_NAME: return name(r, e->symbol);
    case E_FIELD: return ref_eval(r, e->a).is.at[e->index];
    case E_INDEX: return element(r, e);
    case E_BANG: return must_be_there(r, e);
    case E_CALL: return call(r, e);
    case E_UNARY: return unary(r, e);
    case E_BINARY: return binary(r, e);
    case E_IS: return is_some(r, e);
    case E_BLOCK: return block(r, e);
    case E_SOME: {
        Val v = ref_eval(r, e->a);
        return val_parts(r->scratch, T_OPTION, &v, 1);
    }
    case E_CONVERT: return ref_convert(r, ref_eval(r, e->a), e->a->type, e->type);
    case E_BUILTIN: return ref_builtin(r, e);
    case E_AS: return decoded(r, e);
    case E_IF: case E_ANNOT: case E_HOLE: case E_OPT_FIELD: case E_METHOD: case E_LAMBDA: case E_PIPE: case E_SOURCE:
    case E_TABLE: case E_SINK:
        break;
    }
    fprintf(stderr, "dsc: internal error: %d:%d: %s reached the reference\n", e->span.line, e->span.col, expr_kind_name(e->kind));
    abort();
}
