/* check_done.c: the last pass of the checker: every type without a variable left.
 *
 * Asked for only when nothing is wrong, so a variable that is left is one that
 * nothing in the program decides. */
#include "check.h"

/* The type with all that is solved put in place. */
static Type *solved(Checker *cx, Type *t)
{
    t = type_of(t);
    if (t->n == 0)
        return t;
    Type *copy = NULL;
    for (int i = 0; i < t->n; i++) {
        Type *part = solved(cx, t->args[i]);
        if (part == t->args[i])
            continue;
        if (!copy) {
            copy = type_new(cx->arena, t->kind, t->n);
            copy->alias = t->alias;
            for (int j = 0; j < t->n; j++) {
                copy->args[j] = t->args[j];
                if (t->names)
                    copy->names[j] = t->names[j];
            }
        }
        copy->args[i] = part;
    }
    return copy ? copy : t;
}

/* Let what is open be int, for an example of what to write, and so that it is reported once. */
static void settle(Type *t)
{
    t = type_of(t);
    if (t->kind == T_VAR)
        t->link = &type_int;
    for (int i = 0; i < t->n; i++)
        settle(t->args[i]);
}

static void unsolved(Checker *cx, Span at, Type *t, const Expr *e)
{
    diag_error(cx->diags, E0314, at, "nothing says of what type this is");
    diag_label(cx->diags, "%s, but which?", show_a(cx, t));
    settle(t);
    if (e && (e->kind == E_LIST || e->kind == E_NONE))
        diag_help(cx->diags, "write its type: `(%s : %s)`", e->kind == E_NONE ? "none" : e->args.n > 0 ? "[..]" : "[]", show(cx, t));
    else
        diag_help(cx->diags, "write the type: `(x : T)`");
}

static void finish_pattern(Checker *cx, Pattern *p)
{
    p->type = solved(cx, p->type);
    if (type_has_var(p->type))
        unsolved(cx, p->span, p->type, NULL);
    if (p->symbol)
        p->symbol->type = p->type;
    for (int i = 0; i < p->items.n; i++)
        finish_pattern(cx, p->items.at[i]);
}

static void finish_expr(Checker *cx, Expr *e);

static void finish_one(Checker *cx, Expr *e)
{
    for (int i = 0; i < e->args.n; i++)
        if (e->args.at[i].value)
            finish_expr(cx, e->args.at[i].value);
    for (int i = 0; i < e->params.n; i++)
        finish_pattern(cx, e->params.at[i]);
    for (int i = 0; i < e->lets.n; i++) {
        finish_expr(cx, e->lets.at[i].value);
        finish_pattern(cx, e->lets.at[i].pattern);
    }
    if (e->b)
        finish_expr(cx, e->b);
    if (e->c)
        finish_expr(cx, e->c);
    if (e->pattern)
        finish_pattern(cx, e->pattern);
    e->type = solved(cx, e->type);
    if (type_has_var(e->type))
        unsolved(cx, e->span, e->type, e);
}

/* Left operands by a list: chains of `+` may be long. */
static void finish_expr(Checker *cx, Expr *e)
{
    if (e->kind != E_BINARY) {
        if (e->a)
            finish_expr(cx, e->a);
        finish_one(cx, e);
        return;
    }
    VEC(Expr *) chain = {0};
    for (; e->kind == E_BINARY; e = e->a)
        vec_push(cx->arena, &chain, e);
    finish_expr(cx, e);
    for (int i = chain.n - 1; i >= 0; i--)
        finish_one(cx, chain.at[i]);
}

void finish_types(Checker *cx)
{
    Plan *plan = cx->plan;
    for (int i = 0; i < cx->constants.n; i++) {
        Symbol *s = cx->constants.at[i];
        finish_expr(cx, s->value);
        s->type = solved(cx, s->type);
    }
    for (int i = 0; i < plan->fns.n; i++) {
        FnDef *fn = plan->fns.at[i];
        for (int p = 0; p < fn->params.n; p++)
            finish_pattern(cx, fn->params.at[p]);
        if (fn->body)
            finish_expr(cx, fn->body);
        fn->result = solved(cx, fn->result);
    }
    for (int i = 0; i < plan->nodes.n; i++) {
        Node *n = plan->nodes.at[i];
        for (int a = 0; a < n->n_args; a++)
            if (n->args[a])
                finish_expr(cx, n->args[a]);
        for (int a = 0; a < n->n_format_args; a++)
            if (n->format_args[a])
                finish_expr(cx, n->format_args[a]);
        n->type = solved(cx, n->type);
        if (n->state_key)
            n->state_key = solved(cx, n->state_key);
        if (n->state && !type_has_var(n->type)) {
            n->state = solved(cx, n->state);
            if (type_has_var(n->state))
                unsolved(cx, n->span, n->state, NULL);
        }
        if (type_has_var(n->type))
            unsolved(cx, n->span, n->type, NULL);
    }
}
