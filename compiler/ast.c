/* ast.c: copies of expressions, and names of their kinds.
 *
 * Chains of operators are as long as a program likes, and they grow along `a`:
 * walks loop there and recurse elsewhere, where the parser bounds the depth. */
#include "ast.h"

/* at: where all of the copy is said to stand; NULL: where the original stands. */
static Pattern *pattern_clone(Arena *arena, const Pattern *pattern, const Span *at)
{
    if (!pattern)
        return NULL;
    Pattern *copy = NEW(arena, Pattern);
    copy->kind = pattern->kind;
    copy->span = at ? *at : pattern->span;
    copy->name = pattern->name;
    copy->annotation = pattern->annotation;
    for (int i = 0; i < pattern->items.n; i++)
        vec_push(arena, &copy->items, pattern_clone(arena, pattern->items.at[i], at));
    return copy;
}

static Args args_clone(Arena *arena, const Args *args, const Span *at)
{
    Args copies = {0};
    for (int i = 0; i < args->n; i++) {
        Arg copy = args->at[i];
        copy.value = expr_clone_at(arena, copy.value, at);
        if (at)
            copy.span = copy.name_span = *at;
        vec_push(arena, &copies, copy);
    }
    return copies;
}

/* All but `a`. */
static Expr *node_clone(Arena *arena, const Expr *e, const Span *at)
{
    Expr *copy = NEW(arena, Expr);
    copy->kind = e->kind;
    copy->span = at ? *at : e->span;
    copy->op = e->op;
    copy->ival = e->ival;
    copy->big = e->big;
    copy->fval = e->fval;
    copy->text = e->text;
    copy->name = e->name;
    copy->name_span = at ? *at : e->name_span;
    copy->b = expr_clone_at(arena, e->b, at);
    copy->c = expr_clone_at(arena, e->c, at);
    copy->args = args_clone(arena, &e->args, at);
    copy->format.name = e->format.name;
    copy->format.span = e->format.span;
    copy->format.args = args_clone(arena, &e->format.args, at);
    for (int i = 0; i < e->params.n; i++)
        vec_push(arena, &copy->params, pattern_clone(arena, e->params.at[i], at));
    for (int i = 0; i < e->lets.n; i++) {
        Let let = {pattern_clone(arena, e->lets.at[i].pattern, at), expr_clone_at(arena, e->lets.at[i].value, at)};
        vec_push(arena, &copy->lets, let);
    }
    copy->pattern = pattern_clone(arena, e->pattern, at);
    copy->annotation = e->annotation;
    return copy;
}

Expr *expr_clone_at(Arena *arena, const Expr *e, const Span *at)
{
    Expr *first = NULL, **place = &first;
    for (; e; e = e->a) {
        *place = node_clone(arena, e, at);
        place = &(*place)->a;
    }
    return first;
}

Expr *expr_clone(Arena *arena, const Expr *e) { return expr_clone_at(arena, e, NULL); }

const char *expr_kind_name(ExprKind kind)
{
    switch (kind) {
    case E_INT: return "an int";
    case E_FLOAT: return "a float";
    case E_STRING: return "a string";
    case E_BOOL: return "a bool";
    case E_NONE: return "`none`";
    case E_DURATION: return "a duration";
    case E_LIST: return "a list";
    case E_TUPLE: return "a tuple";
    case E_RECORD: return "a record";
    case E_NAME: return "a name";
    case E_HOLE: return "`_`";
    case E_FIELD: return "a field";
    case E_OPT_FIELD: return "a field of an option";
    case E_INDEX: return "an element of a list";
    case E_BANG: return "an opened option";
    case E_CALL: return "a call";
    case E_METHOD: return "a call";
    case E_UNARY: return "an operation";
    case E_BINARY: return "an operation";
    case E_IS: return "a test with `is`";
    case E_IF: return "an `if`";
    case E_LAMBDA: return "a function";
    case E_BLOCK: return "a block";
    case E_ANNOT: return "an expression with a type";
    case E_AS: return "a value read with `as`";
    case E_SOME: return "`some(..)`";
    case E_PIPE: return "a pipeline";
    case E_SOURCE: return "a source";
    case E_TABLE: return "a table";
    case E_SINK: return "a sink";
    case E_CONVERT: return "a conversion";
    case E_BUILTIN: return "a call";
    }
    return "an expression";
}

const char *op_text(Op op)
{
    switch (op) {
    case OP_NEG: return "-";
    case OP_NOT: return "not";
    case OP_ADD: return "+";
    case OP_SUB: return "-";
    case OP_MUL: return "*";
    case OP_DIV: return "/";
    case OP_MOD: return "%";
    case OP_EQ: return "==";
    case OP_NE: return "!=";
    case OP_LT: return "<";
    case OP_LE: return "<=";
    case OP_GT: return ">";
    case OP_GE: return ">=";
    case OP_AND: return "and";
    case OP_OR: return "or";
    case OP_COALESCE: return "??";
    }
    return "?";
}
