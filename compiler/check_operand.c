/* check_operand.c: what operators take and give: numbers, times, text, lists,
 * comparisons, `and or not ??`. */
#include "check.h"

static bool is_number(TypeKind k)
{
    return k == T_INT || k == T_FLOAT;
}

/* What could stand behind `??` for an option of this kind. */
static const char *instead(const Type *option)
{
    switch (type_of(option->args[0])->kind) {
    case T_INT: return "0";
    case T_FLOAT: return "0.0";
    case T_STRING: return "\"\"";
    case T_DURATION: return "0s";
    case T_BOOL: return "false";
    default: return "other";
    }
}

static Type *does_not_fit(Checker *cx, const Expr *e, Type *l, Type *r)
{
    Type *option = l->kind == T_OPTION ? l : r->kind == T_OPTION ? r : NULL;
    if (option) {
        const Expr *at = l->kind == T_OPTION ? e->a : e->b;
        diag_error(cx->diags, E0309, at->span, "`%s` needs a value, but this %s may be missing", op_text(e->op),
                   show(cx, option));
        diag_label(cx->diags, "may be missing");
        diag_help(cx->diags, "say what then: `(x ?? %s) %s ..`, or `x!` to make the element bad", instead(option), op_text(e->op));
        return &type_error;
    }
    diag_error(cx->diags, E0302, e->span, "`%s` does not fit %s and %s", op_text(e->op), show(cx, l), show(cx, r));
    diag_label(cx->diags, "%s %s %s", show(cx, l), op_text(e->op), show(cx, r));
    if (e->op == OP_ADD && (l->kind == T_STRING || r->kind == T_STRING))
        diag_help(cx->diags, "`format(\"{}{}\", a, b)` puts values into text; `string(x)` makes text of one");
    else if (e->op == OP_ADD && (l->kind == T_LIST || r->kind == T_LIST))
        diag_help(cx->diags, "`+` joins lists to lists: `xs + [x]`");
    else if ((l->kind == T_DURATION && is_number(r->kind)) || (r->kind == T_DURATION && is_number(l->kind)))
        diag_help(cx->diags, "durations are added to durations (`d + 10s`), and multiplied or divided by ints");
    else if (l->kind == T_TUPLE || r->kind == T_TUPLE)
        diag_help(cx->diags, "parts of a tuple are `.0`, `.1` ..; a function of two parameters takes a pair apart");
    return &type_error;
}

static Type *numbers(Checker *cx, Expr *e, Type *l, Type *r)
{
    if (l->kind == T_INT && r->kind == T_INT)
        return &type_int;
    convert_to(cx, &e->a, &type_float);
    convert_to(cx, &e->b, &type_float);
    return &type_float;
}

/* Times and durations; NULL: not so. */
static Type *time_arithmetic(Op op, TypeKind l, TypeKind r)
{
    if (l == T_TIME && r == T_TIME && op == OP_SUB)
        return &type_duration;
    if (l == T_TIME && r == T_DURATION && (op == OP_ADD || op == OP_SUB))
        return &type_time;
    if (l == T_DURATION && r == T_TIME && op == OP_ADD)
        return &type_time;
    if (l == T_DURATION && r == T_DURATION && (op == OP_ADD || op == OP_SUB || op == OP_MOD))
        return &type_duration;
    if (l == T_DURATION && r == T_DURATION && op == OP_DIV)
        return &type_int;
    if (l == T_DURATION && r == T_INT && (op == OP_MUL || op == OP_DIV))
        return &type_duration;
    if (l == T_INT && r == T_DURATION && op == OP_MUL)
        return &type_duration;
    return NULL;
}

static Type *arithmetic(Checker *cx, Expr *e)
{
    Type *l = type_of(e->a->type), *r = type_of(e->b->type);
    if (l->kind == T_ERROR || r->kind == T_ERROR)
        return &type_error;
    if (l->kind == T_VAR || r->kind == T_VAR) {
        type_unify(l, r);
        l = type_of(l);
        r = type_of(r);
    }
    if (l->kind == T_VAR) {
        diag_error(cx->diags, E0314, e->span, "the types of these are not known here");
        diag_label(cx->diags, "of what type?");
        diag_help(cx->diags, "write the parameters' types: `(a: int, b: int) => ..`");
        return &type_error;
    }
    if (is_number(l->kind) && is_number(r->kind))
        return numbers(cx, e, l, r);
    if (e->op == OP_ADD && l->kind == T_STRING && r->kind == T_STRING)
        return &type_string;
    if (e->op == OP_ADD && l->kind == T_LIST && r->kind == T_LIST) {
        Type *t = type_meet(cx->arena, l, r);
        if (t && convert_to(cx, &e->a, t) && convert_to(cx, &e->b, t))
            return t;
    }
    Type *t = time_arithmetic(e->op, l->kind, r->kind);
    return t ? t : does_not_fit(cx, e, l, r);
}

static bool is_ordered(Type *t)
{
    t = type_of(t);
    if (t->kind == T_OPTION || t->kind == T_FUNCTION || t->kind == T_STREAM)
        return false;
    for (int i = 0; i < t->n; i++)
        if (!is_ordered(t->args[i]))
            return false;
    return true;
}

static Type *comparison(Checker *cx, Expr *e)
{
    Type *l = e->a->type, *r = e->b->type;
    Type *t = type_meet(cx->arena, l, r);
    if (!t) {
        diag_error(cx->diags, E0303, e->span, "%s is never compared with %s", show_a(cx, l), show_a(cx, r));
        diag_label(cx->diags, "%s %s %s", show(cx, l), op_text(e->op), show(cx, r));
        if ((type_of(l)->kind == T_TUPLE) != (type_of(r)->kind == T_TUPLE))
            diag_help(cx->diags, "parts of a tuple are `.0`, `.1` ..; a function of two parameters takes a pair apart");
        help_convert(cx, l, r);
        return &type_bool;
    }
    if (e->op != OP_EQ && e->op != OP_NE && !is_ordered(t)) {
        bool option = type_of(t)->kind == T_OPTION;
        diag_error(cx->diags, option ? E0309 : E0303, e->span, "`%s` needs values with an order, and %s has none", op_text(e->op),
                   show(cx, t));
        diag_label(cx->diags, "has no order");
        if (option)
            diag_help(cx->diags, "it may be missing: `(x ?? %s) %s ..`", instead(type_of(t)), op_text(e->op));
        return &type_bool;
    }
    convert_to(cx, &e->a, t);
    convert_to(cx, &e->b, t);
    return &type_bool;
}

static Type *coalesce(Checker *cx, Expr *e)
{
    Type *inner = opened(cx, e->a, e->a->type, "??");
    Type *other = infer(cx, &e->b, inner);
    if (!inner || is_error(other))
        return &type_error;
    bool still = type_of(other)->kind == T_OPTION && type_of(inner)->kind != T_OPTION;
    Type *t = type_meet(cx->arena, inner, still ? type_of(other)->args[0] : other);
    if (!t) {
        diag_error(cx->diags, E0316, e->b->span, "left of `??` is %s, right of it %s", show_a(cx, inner), show_a(cx, other));
        diag_label(cx->diags, "%s", show_a(cx, other));
        help_convert(cx, other, inner);
        return &type_error;
    }
    convert_to(cx, &e->a, type_option(cx->arena, t));
    if (still)
        t = type_option(cx->arena, t);
    convert_to(cx, &e->b, t);
    return t;
}

static Type *bool_operand(Checker *cx, Expr **e, Op op)
{
    require(cx, e, &type_bool, "what `%s` takes", op_text(op));
    return &type_bool;
}

/* The operand on the left is typed, and what it says of names is in scope. */
static Type *with_right(Checker *cx, Expr *e)
{
    switch (e->op) {
    case OP_AND:
        bool_operand(cx, &e->a, e->op);
        infer_condition(cx, &e->b);
        return bool_operand(cx, &e->b, e->op);
    case OP_OR:
        bool_operand(cx, &e->a, e->op);
        infer(cx, &e->b, &type_bool);
        return bool_operand(cx, &e->b, e->op);
    case OP_COALESCE:
        return coalesce(cx, e);
    case OP_EQ: case OP_NE: case OP_LT: case OP_LE: case OP_GT: case OP_GE:
        infer(cx, &e->b, e->a->type);
        return comparison(cx, e);
    case OP_ADD: case OP_SUB: case OP_MUL: case OP_DIV: case OP_MOD:
        infer(cx, &e->b, type_of(e->a->type)->kind == T_LIST ? e->a->type : NULL);
        return arithmetic(cx, e);
    case OP_NEG: case OP_NOT:
        break;
    }
    return &type_error;
}

/* Iterates along the left operands: `a + b + c ..` may be long. */
Type *infer_binary(Checker *cx, Expr *top)
{
    VEC(Expr *) chain = {0};
    for (Expr *e = top; e->kind == E_BINARY && !e->type; e = e->a)
        vec_push(cx->arena, &chain, e);
    Scope *scope = cx->scope;
    Expr *last = chain.at[chain.n - 1];
    if (last->op == OP_AND)
        infer_condition(cx, &last->a);
    else
        infer(cx, &last->a, NULL);
    for (int i = chain.n - 1; i >= 0; i--) {
        chain.at[i]->type = with_right(cx, chain.at[i]);
        if (i > 0 && chain.at[i - 1]->op != OP_AND)
            cx->scope = scope;
    }
    return top->type;
}

Type *infer_unary(Checker *cx, Expr *e)
{
    if (e->op == OP_NOT) {
        infer(cx, &e->a, &type_bool);
        return bool_operand(cx, &e->a, OP_NOT);
    }
    if (e->a->kind == E_INT)
        e->a->big = false;
    Type *t = type_of(infer(cx, &e->a, NULL));
    if (is_number(t->kind) || t->kind == T_DURATION || t->kind == T_ERROR)
        return t;
    diag_error(cx->diags, t->kind == T_OPTION ? E0309 : E0302, e->span, "`-` takes a number or a duration, not %s",
               show_a(cx, t));
    diag_label(cx->diags, "- %s", show(cx, t));
    return &type_error;
}
