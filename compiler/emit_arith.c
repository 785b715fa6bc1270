/* emit_arith.c: arithmetic. What can fail is checked, unless the operands are
 * known to be so small that it cannot. */
#include "emit_internal.h"

#include <stdlib.h>
#include <string.h>

enum { SAFE_BITS = 62 };

Value emit_fallible(Emit *e, Type *type, const char *name, const char *call, Span at, const char *why)
{
    emit_line(e, "%s %s;", c_type(e, type), name);
    emit_open(e, "if (!%s)", call);
    emit_bad(e, at, why);
    emit_close(e);
    return value_local(type, name);
}

static Value checked(Emit *e, const Expr *x, const char *function, const char *a, const char *b, const char *hint, const char *why)
{
    const char *name = emit_name(e, hint);
    const char *call = emit_format(e, "dsc_int_%s(%s, %s, &%s)", function, a, b, name);
    return emit_fallible(e, x->type, name, call, x->span, why);
}

Value emit_negative(Emit *e, const Expr *x, const Pattern *hint)
{
    if (x->a->kind == E_INT && x->a->ival == INT64_MIN)    /* -9223372036854775808 */
        return value_int(e, x->type, INT64_MIN);
    Value v = emit_expr(e, x->a, NULL);
    if (type_of(x->type)->kind == T_FLOAT) {
        Value negative = value_text(x->type, PREC_UNARY, emit_format(e, "-%s", value_operand(e, v, PREC_PRIMARY)));
        negative.atom = x->a->kind == E_FLOAT;
        return negative;
    }
    if (v.constant && v.ival != INT64_MIN)
        return value_int(e, x->type, -v.ival);
    if (v.bits && v.bits <= SAFE_BITS) {
        Value negative = value_text(x->type, PREC_UNARY, emit_format(e, "-%s", value_operand(e, v, PREC_PRIMARY)));
        negative.bits = v.bits;
        return negative;
    }
    return checked(e, x, "sub", "0", value_c(e, v), hint_text(hint, "opposite"), "\"int overflow\"");
}

/* Both operands known: the result, where it fits. */
static bool fold_constants(Op op, int64_t a, int64_t b, int64_t *out)
{
    switch (op) {
    case OP_ADD: return !__builtin_add_overflow(a, b, out);
    case OP_SUB: return !__builtin_sub_overflow(a, b, out);
    case OP_MUL: return !__builtin_mul_overflow(a, b, out);
    case OP_DIV: case OP_MOD:
        if (b == 0 || (b == -1 && a == INT64_MIN))
            return false;
        *out = op == OP_DIV ? a / b : a % b;
        return true;
    default: return false;
    }
}

/* Bits of the result where nothing can go wrong; else 0. */
static int safe_bits(Op op, const Value *a, const Value *b)
{
    if (op == OP_DIV || op == OP_MOD) {
        if (!b->constant || b->ival == 0 || b->ival == -1)
            return 0;
        return op == OP_MOD ? b->bits : a->bits ? a->bits : 64;
    }
    if (!a->bits || !b->bits)
        return 0;
    int larger = a->bits > b->bits ? a->bits : b->bits;
    int bits = op == OP_MUL ? a->bits + b->bits : larger + 1;
    return bits <= SAFE_BITS ? bits : 0;
}

static const char *symbol(Op op)
{
    return op == OP_ADD ? "+" : op == OP_SUB ? "-" : op == OP_MUL ? "*" : op == OP_DIV ? "/" : "%";
}

static Value plain(Emit *e, const Expr *x, Value a, Value b)
{
    Prec prec = x->op == OP_ADD || x->op == OP_SUB ? PREC_ADD : PREC_MUL;
    const char *left = value_operand(e, a, prec), *right = value_operand(e, b, prec + 1);
    return value_text(x->type, prec, emit_format(e, "%s %s %s", left, symbol(x->op), right));
}

static Value int_arithmetic(Emit *e, const Expr *x, Value a, Value b, const Pattern *hint)
{
    static const struct { const char *function, *hint; } names[] = {
        [OP_ADD] = {"add", "sum"}, [OP_SUB] = {"sub", "difference"}, [OP_MUL] = {"mul", "product"},
        [OP_DIV] = {"div", "quotient"}, [OP_MOD] = {"mod", "remainder"}};
    int64_t known;
    if (a.constant && b.constant && fold_constants(x->op, a.ival, b.ival, &known))
        return value_int(e, x->type, known);
    int bits = safe_bits(x->op, &a, &b);
    if (bits) {
        Value v = plain(e, x, a, b);
        v.bits = bits < 64 ? bits : 0;
        return v;
    }
    const char *why = "\"int overflow\"";
    if (x->op == OP_MOD || (x->op == OP_DIV && b.constant && b.ival == 0))
        why = "\"division by zero\"";
    else if (x->op == OP_DIV && !b.constant) {
        b = value_settle(e, b, NULL);
        why = emit_format(e, "%s == 0 ? %s\"division by zero\" : %s\"int overflow\"", value_c(e, b), imported_place(e, x->span),
                          imported_place(e, x->span));
    }
    return checked(e, x, names[x->op].function, value_c(e, a), value_c(e, b), hint_text(hint, names[x->op].hint), why);
}

static Value two_operands(Emit *e, const Expr *x, Value a, Value b, const Pattern *hint)
{
    Type *type = type_of(x->type);
    switch (type->kind) {
    case T_FLOAT:
        if (x->op == OP_MOD)
            return value_text(type, PREC_PRIMARY, emit_format(e, "dsc_float_mod(%s, %s)", value_c(e, a), value_c(e, b)));
        return plain(e, x, a, b);
    case T_STRING:
        return value_text(type, PREC_PRIMARY, emit_format(e, "dsc_str_concat(task, %s, %s)", value_c(e, a), value_c(e, b)));
    case T_LIST:
        return value_text(type, PREC_PRIMARY,
                          emit_format(e, "dsc_list_concat(task, %s, %s, (int64_t)sizeof(%s))", value_c(e, a), value_c(e, b),
                                      c_type(e, type->args[0])));
    default:
        return int_arithmetic(e, x, a, b, hint);
    }
}

static bool is_arithmetic(const Expr *x)
{
    return x->kind == E_BINARY && x->op >= OP_ADD && x->op <= OP_MOD;
}

Value emit_arithmetic(Emit *e, const Expr *x, const Pattern *hint)
{
    VEC(const Expr *) chain = {0};
    const Expr *first = x;
    for (; is_arithmetic(first); first = first->a)
        vec_push(e->arena, &chain, first);
    Value v = emit_expr(e, first, NULL);
    for (int i = chain.n - 1; i >= 0; i--) {
        Value b = emit_expr(e, chain.at[i]->b, NULL);
        v = two_operands(e, chain.at[i], v, b, i == 0 ? hint : NULL);
        if (i > 0 && !v.atom && strlen(v.text) > LONGEST_TEXT)
            v = value_store(e, v, NULL);
    }
    return v;
}
