/* check_call_sink.c: `sink call(f)`: the function that is given each element, or each batch. */
#include "check.h"
#include "dsc_conn.h"

/* Is parameter i of a function of the program a list of these elements? */
static bool takes_list(Checker *cx, const Stmt *def, int i, Type *element)
{
    if (i >= def->params.n || !def->params.at[i]->annotation)
        return false;
    Type *t = type_of(check_type_expr(cx, def->params.at[i]->annotation));
    return t->kind == T_LIST && type_equal(t->args[0], element);
}

/* Does the function, by the types that it is written with, take a whole batch? */
static bool takes_batch(Checker *cx, const Expr *f, Type *element)
{
    const Global *def = f->kind == E_NAME ? visible(cx, &cx->functions, f->name) : NULL;
    if (!def || !takes_list(cx, def->stmt, 0, element))
        return false;
    const Stmt *s = def->stmt;
    return s->params.n == 1 || (s->params.n == 2 && check_type_expr(cx, s->params.at[1]->annotation)->kind == T_TIME);
}

/* ([A], time) -> bool, [A] -> bool or A -> bool */
static Type *function_type(Checker *cx, const Expr *f, Type *element, bool batch)
{
    int n = 1;
    if (batch)
        n = visible(cx, &cx->functions, f->name)->stmt->params.n;
    Type *t = type_new(cx->arena, T_FUNCTION, n + 1);
    t->args[0] = batch ? type_list(cx->arena, element) : element;
    if (n > 1)
        t->args[1] = &type_time;
    t->args[n] = &type_bool;
    return t;
}

void check_call_sink(Checker *cx, Node *n, const Expr *e, const Args *args)
{
    n->args = NEW_ARRAY(cx->arena, Expr *, 1);
    n->n_args = 1;
    if (args->n != 1 || args->at[0].name || !args->at[0].value) {
        diag_error(cx->diags, args->n > 1 ? E0401 : E0403, e->name_span, "`call` takes one function");
        diag_label(cx->diags, "of each element, or of each batch");
        diag_expected(cx->diags, "%s", n->sink->synopsis);
        return;
    }
    if (e->format.name) {
        diag_error(cx->diags, E0411, e->format.span, "the sink `call` gives values to its function, so it has no format");
        diag_label(cx->diags, "leave it out");
    }
    Type *element = type_of(n->type);
    if (is_error(element))
        return;
    n->args[0] = args->at[0].value;
    n->calls_batch = takes_batch(cx, n->args[0], element);
    check_function(cx, &n->args[0], function_type(cx, n->args[0], element, n->calls_batch), "call");
}
