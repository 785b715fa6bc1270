/* emit_sorted.c: operators that bring a batch into an order, or take the first of it. */
#include "emit_internal.h"
#include "dsc_abi.h"

#include <string.h>

/* What it is sorted by: a function, or (top without `by`) the element itself; NULL: nothing. */
static const Expr *sort_function(Emit *e, const Node *n)
{
    return strcmp(n->op_name, "top") == 0 ? node_arg(e, n, "by") : strcmp(n->op_name, "sortBy") == 0 ? n->args[0] : NULL;
}

/* (key, element), or the element where it is not sorted by a function. */
Type *sorted_type(Emit *e, const Node *n)
{
    const Expr *f = sort_function(e, n);
    if (!f)
        return n->type;
    Type *t = type_new(e->arena, T_TUPLE, 2);
    t->args[0] = f->a->type;
    t->args[1] = n->type;
    return t;
}

Type *sort_key(Emit *e, const Node *n)
{
    const Expr *f = sort_function(e, n);
    return f ? f->a->type : strcmp(n->op_name, "top") == 0 ? n->type : NULL;
}

Value sorted_value(Emit *e, const Node *n, Value v)
{
    const Expr *f = sort_function(e, n);
    if (!f)
        return v;
    v = value_settle(e, v, lambda_hint(e, f));
    Value pair = value_parts(e, sorted_type(e, n));
    pair.parts[0] = apply_lambda(e, f, 1, &v, NULL);
    pair.parts[1] = v;
    return pair;
}

Value sorted_element(Emit *e, const Node *n, Value held)
{
    return sort_function(e, n) ? value_field(e, held, 1) : held;
}

void set_sort(Emit *e, const Node *n)
{
    const char *node = e->node_names[n->id];
    const Expr *limit = n->op->range.arg ? node_arg(e, n, "n") : NULL, *descending = node_arg(e, n, "descending");
    if (limit)
        emit_line(e, "dsc_set_limit(task, %s, %s);", node, value_c(e, emit_expr(e, limit, NULL)));
    if (descending || strcmp(n->op_name, "top") == 0)
        emit_line(e, "dsc_set_descending(task, %s, %s);", node, descending ? value_c(e, emit_expr(e, descending, NULL)) : "true");
}
