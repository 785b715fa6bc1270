/* emit_choice.c: what is evaluated only where it is needed: and, or, if.
 *
 * What may be long in a program is walked without recursion: chains of `and`
 * and `or` along their left operands, `else if`. */
#include "emit_internal.h"

#include <string.h>

enum { LARGEST_CHOICE = 12 };     /* nodes in the branches of ?: */

/* ---- and, or ------------------------------------------------------------------- */
typedef VEC(const Expr *) Exprs;

static void flatten(Emit *e, const Expr *x, Op op, Exprs *out)
{
    Exprs later = {0};
    for (; x->kind == E_BINARY && x->op == op; x = x->a)
        vec_push(e->arena, &later, x->b);
    vec_push(e->arena, out, x);
    for (int i = later.n - 1; i >= 0; i--) {
        if (later.at[i]->kind == E_BINARY && later.at[i]->op == op)
            flatten(e, later.at[i], op, out);
        else
            vec_push(e->arena, out, later.at[i]);
    }
}

static Value join_text(Emit *e, Op op, Value a, Value b)
{
    if (op == OP_AND)
        return value_and(e, a, b);
    const char *left = value_operand(e, a, a.prec == PREC_OR ? PREC_OR : PREC_EQ);
    const char *right = value_operand(e, b, b.prec == PREC_OR ? PREC_OR : PREC_EQ);
    return value_text(&type_bool, PREC_OR, emit_format(e, "%s || %s", left, right));
}

/* Has x an `is some(v)` whose name is known to the right of x? */
static bool binds_names(const Expr *x)
{
    for (; x->kind == E_BINARY && x->op == OP_AND; x = x->a)
        if (binds_names(x->b))
            return true;
    return x->kind == E_IS && x->pattern && x->pattern->kind != PAT_IGNORE;
}

/* Code for an operand that has statements: only where the others leave it open. */
static void emit_operand(Emit *e, Op op, const char *name, const char *statements, Value v)
{
    const char *test = emit_format(e, op == OP_AND ? "%s" : "!%s", name);
    const char *assign = emit_format(e, "%s = %s;", name, value_c(e, v));
    if (*statements == '\0') {
        emit_if(e, test, assign);
        return;
    }
    emit_open(e, "if (%s)", test);
    emit_captured(e, statements);
    emit_line(e, "%s", assign);
    emit_close(e);
}

/* Operands are evaluated from the left as long as they are needed. While they
 * have no statements, they make one C expression; then a local takes over. */
Value emit_logic(Emit *e, const Expr *x)
{
    if (too_deep(e) && !binds_names(x))
        return emit_outlined(e, x, NULL);
    Exprs operands = {0};
    flatten(e, x, x->op, &operands);
    const char *name = NULL;
    Value all = emit_expr(e, operands.at[0], NULL);
    for (int i = 1; i < operands.n; i++) {
        if (x->op == OP_AND)
            declare_patterns(e, operands.at[i]);
        int names = e->fun->names.n;
        const char *local = name ? name : emit_name(e, x->op == OP_AND ? "both" : "either");
        int with_local = e->fun->names.n;
        Capture capture = capture_begin(e, 1);
        Value v = emit_expr(e, operands.at[i], NULL);
        const char *statements = capture_end(e, capture);
        if (*statements == '\0' && strlen(value_c(e, all)) + strlen(value_c(e, v)) <= LONGEST_TEXT) {
            e->fun->names.n = names;
            all = join_text(e, x->op, all, v);
            continue;
        }
        e->fun->names.n = with_local;
        const char *text = value_c(e, all);
        if (!name)
            emit_declare(e, "bool", local, text);
        else if (strcmp(text, name) != 0)
            emit_line(e, "%s = %s;", name, text);
        name = local;
        emit_operand(e, x->op, name, statements, v);
        all = value_local(&type_bool, name);
    }
    return all;
}

/* ---- if -------------------------------------------------------------------------- */

/* May x be written as a C expression, and a short one? Counts down what is left. */
static bool is_simple(Emit *e, const Expr *x, int *left)
{
    if (--*left < 0)
        return false;
    Type *type = type_of(x->type);
    switch (x->kind) {
    case E_INT: case E_FLOAT: case E_BOOL: case E_STRING: case E_DURATION:
        return true;
    case E_NAME: {
        const Binding *binding = x->symbol->kind == SYM_LOCAL ? find_binding(e, x->symbol) : NULL;
        return (binding && value_is_settled(&binding->value)) || x->symbol->kind == SYM_PARAM;
    }
    case E_FIELD:
        return x->a->kind == E_NAME && is_simple(e, x->a, left);
    case E_UNARY:
        return (x->op == OP_NOT || type->kind == T_FLOAT) && is_simple(e, x->a, left);
    case E_BINARY:
        if (x->op == OP_COALESCE || (type->kind != T_BOOL && type->kind != T_FLOAT) || type_is_struct(x->a->type))
            return false;
        return is_simple(e, x->a, left) && is_simple(e, x->b, left);
    case E_IF:
        return is_simple(e, x->a, left) && is_simple(e, x->b, left) && is_simple(e, x->c, left);
    case E_BUILTIN:
        if (x->builtin->convention != FN_PLAIN)
            return false;
        for (int i = 0; i < x->args.n; i++)
            if (!is_simple(e, x->args.at[i].value, left))
                return false;
        return true;
    case E_NONE: case E_LIST: case E_TUPLE: case E_RECORD: case E_HOLE: case E_OPT_FIELD: case E_INDEX: case E_BANG:
    case E_CALL: case E_METHOD: case E_IS: case E_LAMBDA: case E_BLOCK: case E_ANNOT: case E_AS: case E_SOME: case E_PIPE:
    case E_SOURCE: case E_TABLE: case E_SINK: case E_CONVERT:
        break;
    }
    return false;
}

void emit_assign(Emit *e, const char *name, Value v)
{
    const char *text = value_c(e, v);
    if (strcmp(text, name) != 0)
        emit_line(e, "%s = %s;", name, text);
}

static void assign_branch(Emit *e, const Expr *x, const char *name, const Pattern *hint)
{
    Scope scope = scope_begin(e);
    emit_assign(e, name, emit_expr(e, x, hint));
    scope_end(e, scope);
}

/* if .. else if .. else: the branches assign. */
static void emit_choice(Emit *e, const Expr *x, const char *test, const char *name, const Pattern *hint)
{
    int blocks = 1;
    emit_open(e, "if (%s)", test);
    Scope scope = scope_begin(e);
    for (;; x = x->c) {
        assign_branch(e, x->b, name, hint);
        if (x->c->kind != E_IF)
            break;
        Capture capture = capture_begin(e, 0);
        test = value_c(e, emit_expr(e, x->c->a, NULL));
        const char *statements = capture_end(e, capture);
        e->fun->indent--;
        emit_line(e, *statements ? "} else {" : "} else if (%s) {", test);
        e->fun->indent++;
        if (*statements) {
            emit_captured(e, statements);
            emit_open(e, "if (%s)", test);
            blocks++;
        }
    }
    emit_else(e);
    assign_branch(e, x->c, name, hint);
    scope_end(e, scope);
    while (blocks-- > 0)
        emit_close(e);
}

Value emit_if_expr(Emit *e, const Expr *x, const Pattern *hint)
{
    if (too_deep(e))
        return emit_outlined(e, x, hint);
    Value condition = emit_expr(e, x->a, NULL);
    int left = LARGEST_CHOICE;
    if (!type_is_struct(x->type) && is_simple(e, x->b, &left) && is_simple(e, x->c, &left)) {
        Value yes = emit_expr(e, x->b, NULL), no = emit_expr(e, x->c, NULL);
        return value_text(x->type, PREC_COND,
                          emit_format(e, "%s ? %s : %s", value_operand(e, condition, PREC_OR), value_operand(e, yes, PREC_OR),
                                      value_operand(e, no, PREC_COND)));
    }
    const char *ctype = c_type(e, x->type);
    const char *name = emit_name(e, hint_text(hint, type_hint(e, x->type)));
    emit_declare(e, ctype, name, NULL);
    emit_choice(e, x, value_c(e, condition), name, hint);
    return value_local(x->type, name);
}

/* ---- conditions that decide whether to go on ------------------------------------ */
static void keep_if(Emit *e, const Expr *x, Blocks *blocks)
{
    if (x->kind == E_BINARY && x->op == OP_AND) {
        Exprs operands = {0};
        flatten(e, x, OP_AND, &operands);
        for (int i = 0; i < operands.n; i++)
            keep_if(e, operands.at[i], blocks);
        return;
    }
    Value v = emit_expr(e, x, NULL);
    const char *text = value_c(e, v);
    if (strcmp(text, "true") == 0)
        return;
    if (blocks) {
        if (blocks->n++ == 0)
            blocks->scope = scope_begin(e);
        emit_open(e, "if (%s)", text);
    } else {
        emit_if(e, value_c(e, value_not(e, v)), exit_text(e));
    }
}

void emit_keep_if(Emit *e, const Expr *x)
{
    keep_if(e, x, NULL);
}

Blocks emit_open_if(Emit *e, const Expr *x)
{
    Blocks blocks = {0};
    keep_if(e, x, &blocks);
    return blocks;
}

void blocks_close(Emit *e, const Blocks *blocks)
{
    for (int i = 0; i < blocks->n; i++)
        emit_close(e);
    if (blocks->n > 0)
        scope_end(e, blocks->scope);
}
