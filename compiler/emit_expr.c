/* emit_expr.c: expressions, names, choices.
 *
 * What may be long in a program is walked without recursion: chains of binary
 * operators along their left operands, `else if`. */
#include "emit_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LONGEST_TEXT = 90,            /* a longer C expression gets a name */
    LARGEST_CHOICE = 12           /* nodes in a branch of ?: */
};

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
static Value emit_logic(Emit *e, const Expr *x)
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

static void assign_branch(Emit *e, const Expr *x, const char *name)
{
    Scope scope = scope_begin(e);
    emit_assign(e, name, emit_expr(e, x, hint_name(e, name)));
    scope_end(e, scope);
}

/* if .. else if .. else: the branches assign. */
static void emit_choice(Emit *e, const Expr *x, const char *test, const char *name)
{
    int blocks = 1;
    emit_open(e, "if (%s)", test);
    Scope scope = scope_begin(e);
    for (;; x = x->c) {
        assign_branch(e, x->b, name);
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
    assign_branch(e, x->c, name);
    scope_end(e, scope);
    while (blocks-- > 0)
        emit_close(e);
}

static Value emit_if_expr(Emit *e, const Expr *x, const Pattern *hint)
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
    emit_choice(e, x, value_c(e, condition), name);
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
