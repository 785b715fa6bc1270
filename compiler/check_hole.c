/* check_hole.c: arguments that must be functions.
 *
 * Such an argument is a lambda, an expression with `_`, or the name of a
 * function; all become an E_LAMBDA of as many patterns as the function type
 * has parameters. Which argument a `_` belongs to is found by names alone,
 * before any type is known: a call says of each of its arguments whether it
 * must be a function. */
#include "check.h"

#include <stdlib.h>
#include <string.h>

/* ---- which arguments must be functions -------------------------------------- */

static bool op_wants_function(Checker *cx, const OpDef *op, const Arg *arg, int i)
{
    const Signature *s = op_signature(cx, op);
    bool has_inverse = false;
    for (int p = 0; p < s->params.n; p++) {
        const SigParam *param = &s->params.at[p];
        bool here = arg->name ? strcmp(arg->name, param->name) == 0 : p == i;
        if (here && param->type->kind == T_FUNCTION)
            return true;
        has_inverse |= strcmp(param->name, "inverse") == 0;
    }
    return has_inverse && !arg->name && i == 1;
}

static bool builtin_wants_function(Checker *cx, const char *name, int i, int n)
{
    for (int row = 0; row < n_all_builtins; row++) {
        if (strcmp(all_builtins[row].name, name) != 0)
            continue;
        const Signature *s = builtin_signature(cx, row);
        if (s->params.n == n && i < n && s->params.at[i].type->kind == T_FUNCTION)
            return true;
    }
    return false;
}

static bool def_wants_function(Checker *cx, Global *def, const Arg *arg, int i)
{
    if (arg->name)
        for (int p = 0; p < def->stmt->params.n; p++)
            if (def->stmt->params.at[p]->kind == PAT_NAME && strcmp(def->stmt->params.at[p]->name, arg->name) == 0)
                i = p;
    return i < def->stmt->params.n && takes_function(cx, def, i);
}

static bool wants_function(Checker *cx, const Expr *e, int i)
{
    const Arg *arg = &e->args.at[i];
    bool method = e->kind == E_METHOD;
    Global *def;
    if (e->kind == E_PIPE || (method && is_stream(cx, e->a))) {
        def = visible(cx, &cx->pipes, e->name);
        if (def)
            return def_wants_function(cx, def, arg, i);
        const OpDef *op = op_find(e->name);
        return op && op_wants_function(cx, op, arg, i);
    }
    if (e->kind != E_CALL && !method)
        return false;
    def = visible(cx, &cx->functions, e->name);
    if (def)
        return def_wants_function(cx, def, arg, i + method);
    return builtin_wants_function(cx, e->name, i + method, e->args.n + method);
}

/* Is a name called, or given on to where a function must be? */
static bool used_as_function(Checker *cx, const Expr *e, const char *name)
{
    for (; e; e = e->a) {
        if (e->kind == E_CALL && strcmp(e->name, name) == 0)
            return true;
        for (int i = 0; i < e->args.n; i++) {
            const Expr *value = e->args.at[i].value;
            if (!value)
                continue;
            if (value->kind == E_NAME && strcmp(value->name, name) == 0 && wants_function(cx, e, i))
                return true;
            if (used_as_function(cx, value, name))
                return true;
        }
        for (int i = 0; i < e->lets.n; i++)
            if (used_as_function(cx, e->lets.at[i].value, name))
                return true;
        if ((e->b && used_as_function(cx, e->b, name)) || (e->c && used_as_function(cx, e->c, name)))
            return true;
    }
    return false;
}

bool takes_function(Checker *cx, Global *def, int i)
{
    if (!def->takes_function) {
        int n = def->stmt->params.n;
        int limit = cx->limit;
        cx->limit = def->order;
        def->takes_function = NEW_ARRAY(cx->arena, bool, n + 1);
        for (int p = 0; p < n; p++) {
            const Pattern *param = def->stmt->params.at[p];
            if (param->kind == PAT_NAME && !param->annotation && def->stmt->kind != S_EXTERN)
                def->takes_function[p] = used_as_function(cx, def->stmt->value, param->name);
        }
        cx->limit = limit;
    }
    return def->takes_function[i];
}

/* ---- holes ---------------------------------------------------------------------- */

typedef VEC(Expr *) Holes;

/* The `_` of an argument, but not those of arguments in it that are functions themselves. */
static void find_holes(Checker *cx, Expr *e, Holes *holes)
{
    for (; e; e = e->a) {
        if (e->kind == E_HOLE)
            vec_push(cx->arena, holes, e);
        if (e->kind == E_LAMBDA || e->type)
            return;
        for (int i = 0; i < e->args.n; i++)
            if (e->args.at[i].value && !wants_function(cx, e, i))
                find_holes(cx, e->args.at[i].value, holes);
        for (int i = 0; i < e->lets.n; i++)
            find_holes(cx, e->lets.at[i].value, holes);
        find_holes(cx, e->b, holes);
        find_holes(cx, e->c, holes);
    }
}

static int by_place(const void *a, const void *b)
{
    const Span *x = &(*(Expr *const *)a)->span, *y = &(*(Expr *const *)b)->span;
    return x->line != y->line ? (x->line > y->line) - (x->line < y->line) : (x->col > y->col) - (x->col < y->col);
}

bool looks_like_function(Checker *cx, Expr *e)
{
    if (e->kind == E_LAMBDA)
        return true;
    if (e->kind == E_NAME) {
        const Scope *s = scope_find(cx, e->name);
        if (s)
            return s->symbol == NULL;
        return !find_value(cx, e->name) && function_exists(cx, e->name);
    }
    Holes holes = {0};
    find_holes(cx, e, &holes);
    return holes.n > 0;
}

/* ---- functions made of other things ------------------------------------------------ */

static Expr *lambda_around(Checker *cx, Expr *body, int n)
{
    static const char *const names[] = {"#a", "#b", "#c", "#d", "#e", "#f", "#g", "#h"};
    enum { N = sizeof names / sizeof names[0] };
    Expr *lambda = new_expr(cx, E_LAMBDA, body->span);
    lambda->a = body;
    for (int i = 0; i < n; i++) {
        Pattern *p = NEW(cx->arena, Pattern);
        *p = (Pattern){.kind = PAT_NAME, .span = body->span};
        p->name = n == 1 ? "#it" : i < N ? names[i] : arena_printf(cx->arena, "#p%d", i);
        vec_push(cx->arena, &lambda->params, p);
    }
    return lambda;
}

/* The first name in it that means nothing here, or NULL. */
static const Expr *unknown_name(Checker *cx, const Expr *e)
{
    const Expr *found = NULL;
    for (; e && !found; e = e->a) {
        if (e->kind == E_LAMBDA || e->kind == E_BLOCK || e->kind == E_IS)
            return NULL;
        if (e->kind == E_NAME && !scope_find(cx, e->name) && !find_value(cx, e->name))
            return e;
        for (int i = 0; i < e->args.n && !found; i++)
            found = e->args.at[i].value ? unknown_name(cx, e->args.at[i].value) : NULL;
        if (!found && e->b)
            found = unknown_name(cx, e->b);
        if (!found && e->c)
            found = unknown_name(cx, e->c);
    }
    return found;
}

static bool has_field(Type *record, const char *name)
{
    for (int i = 0; record && record->kind == T_RECORD && i < record->n; i++)
        if (strcmp(record->names[i], name) == 0)
            return true;
    return false;
}

/* first: what its first parameter would be, or NULL. */
static void must_be_function(Checker *cx, const Expr *arg, int n, Type *first, const char *what)
{
    diag_error(cx->diags, E0317, arg->span, "`%s` takes a function here", what);
    diag_label(cx->diags, "not a function");
    const Expr *name = unknown_name(cx, arg);
    if (name && n == 1 && has_field(first ? type_of(first) : NULL, name->name))
        diag_help(cx->diags, "`%s` is a field of the element: write `_.%s`", name->name, name->name);
    else if (name && n == 1 && arg->span.line == arg->span.end_line)
        diag_help(cx->diags, "where `%s` is the element, write `%s => %s`", name->name, name->name, span_text(cx, arg->span));
    else if (arg->kind == E_CALL && arg->args.n == 0)
        diag_help(cx->diags, "leave the parentheses out, `%s`, or write `%s(_)`", arg->name, arg->name);
    else if (arg->kind == E_TUPLE)
        diag_help(cx->diags, "write `_` for the element, `(_, 1)`, or name it: `x => (x, 1)`");
    else
        diag_help(cx->diags, n == 2 ? "write `(a, b) => ..`, something with `_` such as `_ + _`, or the name of a function"
                                    : "write `x => ..`, something with `_` such as `_ + 1`, or the name of a function");
}

static Expr *lambda_of_holes(Checker *cx, Expr *arg, int n, Type *first, const char *what)
{
    Holes holes = {0};
    find_holes(cx, arg, &holes);
    if (holes.n == 0) {
        must_be_function(cx, arg, n, first, what);
        return NULL;
    }
    if (n > 1 && holes.n != n) {
        diag_error(cx->diags, E0311, arg->span, "`%s` takes a function of %d parameters, so there must be %d `_`, not %d",
                   what, n, n, holes.n);
        diag_label(cx->diags, "%d `_` in here", holes.n);
        diag_help(cx->diags, n == 2 ? "name the parameters: `(a, b) => ..`" : "name the parameters: `(a, b, c) => ..`");
        return NULL;
    }
    qsort(holes.at, (size_t)holes.n, sizeof holes.at[0], by_place);
    Expr *lambda = lambda_around(cx, arg, n);
    for (int i = 0; i < holes.n; i++) {
        holes.at[i]->kind = E_NAME;
        holes.at[i]->name = lambda->params.at[n == 1 ? 0 : i]->name;
    }
    return lambda;
}

/* May a value of type t be the argument of this parameter, by its looks? */
static bool may_take(const Type *param, Type *t)
{
    return param->kind == T_VAR || t->kind == T_VAR || param->kind == t->kind || (param->kind == T_FLOAT && t->kind == T_INT);
}

/* With how many arguments is a function called where n arrive, the first of type t? A tuple may
 * be taken apart. */
static int arity_of(Checker *cx, const char *name, int n, Type *t)
{
    int parts = n == 1 && t->kind == T_TUPLE ? t->n : -1;
    Global *g = visible(cx, &cx->functions, name);
    if (g)
        return g->stmt->params.n;
    int first = -1;
    bool takes_parts = false;
    for (int i = 0; i < n_all_builtins; i++) {
        if (strcmp(all_builtins[i].name, name) != 0)
            continue;
        const Signature *s = builtin_signature(cx, i);
        if (s->rest && s->params.n <= n)
            return n;
        if (s->params.n == n && (n == 0 || may_take(s->params.at[0].type, t)))
            return n;
        takes_parts |= s->params.n == parts;
        if (first < 0)
            first = s->params.n;
    }
    return takes_parts ? parts : first < 0 ? n : first;
}

/* f becomes (a, b) => f(a, b). */
static Expr *lambda_of_name(Checker *cx, const Expr *name, int n, Type *first)
{
    int arity = arity_of(cx, name->name, n, first ? type_of(first) : &type_error);
    Expr *call = new_expr(cx, E_CALL, name->span);
    call->name = name->name;
    Expr *lambda = lambda_around(cx, call, arity);
    for (int i = 0; i < arity; i++) {
        Arg arg = {.span = name->span, .value = new_expr(cx, E_NAME, name->span)};
        arg.value->name = lambda->params.at[i]->name;
        vec_push(cx->arena, &call->args, arg);
    }
    return lambda;
}

Expr *as_lambda(Checker *cx, Expr *arg, int n, Type *first, const char *what)
{
    if (arg->kind == E_LAMBDA)
        return arg;
    if (arg->kind != E_NAME || arg->name[0] == '#')
        return lambda_of_holes(cx, arg, n, first, what);
    if (function_exists(cx, arg->name))
        return lambda_of_name(cx, arg, n, first);
    if (find_value(cx, arg->name) || (n == 1 && has_field(first ? type_of(first) : NULL, arg->name)))
        must_be_function(cx, arg, n, first, what);
    else
        unknown_function(cx, arg->name, arg->span, false);
    return NULL;
}

/* A function of m parameters takes the one tuple that arrives apart. */
static void take_apart(Checker *cx, Expr *lambda)
{
    Pattern *tuple = NEW(cx->arena, Pattern);
    tuple->kind = PAT_TUPLE;
    tuple->span = lambda->params.at[0]->span;
    const Span *last = &lambda->params.at[lambda->params.n - 1]->span;
    tuple->span.end_line = last->end_line;
    tuple->span.end_col = last->end_col;
    for (int i = 0; i < lambda->params.n; i++)
        vec_push(cx->arena, &tuple->items, lambda->params.at[i]);
    lambda->params.n = 0;
    vec_push(cx->arena, &lambda->params, tuple);
}

static bool check_lambda(Checker *cx, Expr *lambda, Type *type, const char *what)
{
    int n = type->n - 1;
    Type *first = n == 1 ? type_of(type->args[0]) : NULL;
    if (first && lambda->params.n > 1 && first->kind != T_TUPLE && first->kind != T_VAR && first->kind != T_ERROR) {
        diag_error(cx->diags, E0312, lambda->span, "a function of %d parameters takes a tuple apart, but `%s` gives it %s",
                   lambda->params.n, what, show_a(cx, first));
        diag_label(cx->diags, "%d parameters for one %s", lambda->params.n, show(cx, first));
        diag_expected(cx->diags, "%s", show(cx, type));
        if (first->kind == T_LIST)
            diag_help(cx->diags, "elements of a list are `x[0]`, `x[1]` ..: `x => (x[0], x[1])` makes a tuple of them");
        return false;
    }
    if (first && lambda->params.n > 1)
        take_apart(cx, lambda);
    if (lambda->params.n != n) {
        diag_error(cx->diags, E0312, lambda->span, "`%s` takes a function of %d parameter%s, but this one has %d", what, n,
                   n == 1 ? "" : "s", lambda->params.n);
        diag_label(cx->diags, "%d parameter%s", lambda->params.n, lambda->params.n == 1 ? "" : "s");
        diag_expected(cx->diags, "%s", show(cx, type));
        return false;
    }
    Scope *outer = cx->scope;
    bind_patterns(cx, lambda->params.at, type->args, n);
    infer(cx, &lambda->a, type->args[n]);
    bool ok = require(cx, &lambda->a, type->args[n], "what the function of `%s` gives", what);
    cx->scope = outer;
    lambda->type = type;
    return ok;
}

void check_function(Checker *cx, Expr **arg, Type *type, const char *what)
{
    type = type_of(type);
    Expr *e = *arg;
    const Scope *s = e->kind == E_NAME ? scope_find(cx, e->name) : NULL;
    if (s && !s->symbol) {
        if (!count_inlined(cx, e->span)) {
            e->type = &type_error;
            return;
        }
        Scope *scope = cx->scope;
        int limit = cx->limit;
        *arg = expr_clone(cx->arena, s->function);
        cx->scope = s->function_scope;
        cx->limit = s->function_limit;
        check_function(cx, arg, type, what);
        cx->scope = scope;
        cx->limit = limit;
        return;
    }
    Expr *lambda = as_lambda(cx, e, type->n - 1, type->args[0], what);
    if (lambda && check_lambda(cx, lambda, type, what)) {
        *arg = lambda;
        return;
    }
    type_unify(type->args[type->n - 1], &type_error);
    e->type = &type_error;
}
