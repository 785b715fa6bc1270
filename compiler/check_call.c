/* check_call.c: calls, and the functions of the program.
 *
 * A fn becomes one FnDef for each choice of parameter types it is used with.
 * One that is given a function (or gives a stream) has no C function of its
 * own: its body is copied to where it is called. */
#include "check.h"

#include <string.h>

bool function_exists(const Checker *cx, const char *name)
{
    const Scope *s = scope_find(cx, name);
    return (s && !s->symbol) || visible(cx, &cx->functions, name) || is_builtin(name);
}

bool count_inlined(Checker *cx, Span at)
{
    if (cx->inlined++ < MAX_INLINED)
        return true;
    if (cx->inlined == MAX_INLINED + 1) {
        diag_error(cx->diags, E0112, at, "functions that take functions make this program too large");
        diag_label(cx->diags, "their bodies are copied for each use");
    }
    return false;
}

/* ---- functions of the program ------------------------------------------------------ */

static int param_named(const Stmt *def, const char *name)
{
    for (int i = 0; i < def->params.n; i++)
        if (def->params.at[i]->kind == PAT_NAME && strcmp(def->params.at[i]->name, name) == 0)
            return i;
    return -1;
}

static void wrong_count(Checker *cx, const Expr *call, const Stmt *def, const char *kind)
{
    diag_error(cx->diags, E0401, call->name_span, "the %s `%s` takes %d argument%s, not %d", kind, call->name, def->params.n,
               def->params.n == 1 ? "" : "s", call->args.n);
    diag_label(cx->diags, "%d argument%s", call->args.n, call->args.n == 1 ? "" : "s");
    diag_also(cx->diags, def->name_span, "defined here");
}

Expr **arguments_by_name(Checker *cx, const Expr *call, Global *global, const char *kind)
{
    const Stmt *def = global->stmt;
    int n = def->params.n;
    global->used = true;
    Expr **args = NEW_ARRAY(cx->arena, Expr *, n + 1);
    if (call->args.n != n) {
        wrong_count(cx, call, def, kind);
        return NULL;
    }
    for (int i = 0; i < n; i++) {
        const Arg *arg = &call->args.at[i];
        int place = arg->name ? param_named(def, arg->name) : i;
        if (place < 0) {
            diag_error(cx->diags, E0402, arg->name_span, "the %s `%s` has no parameter `%s`", kind, call->name, arg->name);
            diag_label(cx->diags, "not a parameter");
            for (int p = 0; p < n; p++)
                if (def->params.at[p]->kind == PAT_NAME)
                    suggest_word(cx, def->params.at[p]->name);
            suggest(cx, arg->name, NULL, NULL);
            return NULL;
        }
        if (args[place]) {
            diag_error(cx->diags, E0404, arg->span, "this argument is given twice");
            return NULL;
        }
        if (!arg->value) {
            diag_error(cx->diags, E0413, arg->span, "a type is no argument here");
            return NULL;
        }
        args[place] = arg->value;
    }
    return args;
}

/* Is the argument for parameter i to be copied in as a function? */
static bool given_function(Checker *cx, Global *def, int i, Expr *arg)
{
    return arg->kind == E_LAMBDA || (takes_function(cx, def, i) && looks_like_function(cx, arg));
}

static void push_function(Checker *cx, const char *name, const Expr *f, Scope *scope, int limit)
{
    scope_push(cx, name, NULL);
    cx->scope->function = f;
    cx->scope->function_scope = scope;
    cx->scope->function_limit = limit;
}

/* f(..), where f is a parameter that a function was given for: `{ let p = arg; body }`. */
static Type *apply_function(Checker *cx, Expr **slot, const Scope *f, Type *hint)
{
    Expr *e = *slot;
    if (!count_inlined(cx, e->span))
        return &type_error;
    for (int i = 0; i < e->args.n; i++)
        if (is_error(infer(cx, &e->args.at[i].value, NULL)))
            return &type_error;
    Scope *scope = cx->scope;
    int limit = cx->limit;
    cx->scope = f->function_scope;
    cx->limit = f->function_limit;
    const Scope *further = f->function->kind == E_NAME ? scope_find(cx, f->function->name) : NULL;
    if (further && !further->symbol) {
        cx->scope = scope;
        cx->limit = limit;
        return apply_function(cx, slot, further, hint);
    }
    Type *t = &type_error;
    Type *first = e->args.n > 0 ? e->args.at[0].value->type : NULL;
    Expr *lambda = as_lambda(cx, expr_clone(cx->arena, f->function), e->args.n, first, e->name);
    if (lambda && lambda->params.n != e->args.n) {
        diag_error(cx->diags, E0312, lambda->span, "this function has %d parameter%s, but is called with %d", lambda->params.n,
                   lambda->params.n == 1 ? "" : "s", e->args.n);
        diag_also(cx->diags, e->span, "called here");
    } else if (lambda) {
        Expr *block = new_expr(cx, E_BLOCK, e->span);
        for (int i = 0; i < e->args.n; i++) {
            Let let = {.pattern = lambda->params.at[i], .value = e->args.at[i].value};
            bind_pattern(cx, let.pattern, let.value->type);
            vec_push(cx->arena, &block->lets, let);
        }
        t = infer(cx, &lambda->a, hint);
        block->a = lambda->a;
        block->type = t;
        *slot = block;
    }
    cx->scope = scope;
    cx->limit = limit;
    return t;
}

/* The body copied to the call: `{ let p = arg; body }`, with functions in scope. */
static Type *inline_fn(Checker *cx, Expr **slot, Global *def, Expr **args, Type *hint)
{
    Expr *e = *slot;
    if (!count_inlined(cx, e->span))
        return &type_error;
    Scope *scope = cx->scope, *inner = NULL;
    int limit = cx->limit;
    Expr *block = new_expr(cx, E_BLOCK, e->span);
    for (int i = 0; i < def->stmt->params.n; i++) {
        Pattern *p = pattern_clone(cx, def->stmt->params.at[i]);
        bool function = p->kind == PAT_NAME && given_function(cx, def, i, args[i]);
        Let let = {.pattern = p, .value = args[i]};
        if (!function && is_error(infer(cx, &let.value, NULL)))
            return &type_error;
        cx->scope = inner;
        if (function) {
            push_function(cx, p->name, args[i], scope, limit);
        } else {
            bind_pattern(cx, p, let.value->type);
            vec_push(cx->arena, &block->lets, let);
        }
        inner = cx->scope;
        cx->scope = scope;
    }
    cx->scope = inner;
    cx->limit = def->order;
    block->a = expr_clone(cx->arena, def->stmt->value);
    Type *t = infer(cx, &block->a, hint);
    cx->scope = scope;
    cx->limit = limit;
    block->type = t;
    *slot = block;
    return t;
}

void bind_argument(Checker *cx, Global *def, int i, Expr *arg, Scope **inner)
{
    const Pattern *p = def->stmt->params.at[i];
    Scope *scope = cx->scope;
    int limit = cx->limit;
    if (p->kind != PAT_NAME) {
        diag_error(cx->diags, E0313, p->span, "a parameter of a pipe has a name");
        return;
    }
    if (given_function(cx, def, i, arg)) {
        cx->scope = *inner;
        push_function(cx, p->name, arg, scope, limit);
    } else if (is_stream(cx, arg)) {
        Symbol *symbol = symbol_new(cx, SYM_STREAM, p->name, p->span, NULL);
        bool sunk = false;
        symbol->node = check_stream(cx, arg, &sunk);
        cx->scope = *inner;
        scope_push(cx, p->name, symbol);
    } else {
        Type *wanted = p->annotation ? check_type_expr(cx, p->annotation) : NULL;
        int64_t size = -cx->size;
        infer(cx, &arg, wanted);
        size += cx->size;
        if (wanted)
            require(cx, &arg, wanted, "`%s` of `%s`", p->name, def->name);
        Symbol *symbol = symbol_new(cx, SYM_CONST, p->name, p->span, wanted ? wanted : arg->type);
        symbol->value = arg;
        symbol->size = size;
        vec_push(cx->arena, &cx->constants, symbol);
        cx->scope = *inner;
        scope_push(cx, p->name, symbol);
    }
    *inner = cx->scope;
    cx->scope = scope;
}

static FnDef *find_instance(const Global *def, Expr *const *args)
{
    for (int i = 0; i < def->instances.n; i++) {
        FnDef *fn = def->instances.at[i];
        bool same = true;
        for (int p = 0; p < fn->params.n && same; p++)
            same = type_equal(fn->params.at[p]->type, args[p]->type);
        if (same)
            return fn;
    }
    return NULL;
}

/* The body, typed for these types of parameters. at: where it is asked for. */
static FnDef *make_instance(Checker *cx, Global *def, Type *const *types, Span at)
{
    const Stmt *stmt = def->stmt;
    FnDef *fn = NEW(cx->arena, FnDef);
    fn->name = def->name;
    fn->span = stmt->span;
    Scope *scope = cx->scope;
    int limit = cx->limit, errors = diags_errors(cx->diags);
    bool typed = true;
    cx->scope = NULL;
    cx->limit = def->order;
    for (int i = 0; i < stmt->params.n; i++) {
        Pattern *p = pattern_clone(cx, stmt->params.at[i]);
        typed &= p->annotation != NULL;
        p->annotation = NULL;
        vec_push(cx->arena, &fn->params, p);
    }
    bind_patterns(cx, fn->params.at, types, fn->params.n);
    fn->body = expr_clone(cx->arena, stmt->value);
    cx->copies++;
    Type *wanted = stmt->annotation ? check_type_expr(cx, stmt->annotation) : NULL;
    Type *t = infer(cx, &fn->body, wanted);
    if (wanted)
        require(cx, &fn->body, wanted, "what `%s` gives", def->name);
    fn->result = wanted ? wanted : t;
    cx->scope = scope;
    cx->limit = limit;
    cx->copies--;
    if (diags_errors(cx->diags) > errors) {
        if (!typed && cx->copies == 0)
            diag_also(cx->diags, at, "used here");
        fn->result = &type_error;
    }
    vec_push(cx->arena, &def->instances, fn);
    vec_push(cx->arena, &cx->plan->fns, fn);
    return fn;
}

void check_fn(Checker *cx, Global *def)
{
    const Stmt *stmt = def->stmt;
    Type **types = NEW_ARRAY(cx->arena, Type *, stmt->params.n + 1);
    for (int i = 0; i < stmt->params.n; i++) {
        if (!stmt->params.at[i]->annotation)
            return;
        types[i] = check_type_expr(cx, stmt->params.at[i]->annotation);
    }
    if (!is_stream(cx, stmt->value))
        make_instance(cx, def, types, stmt->name_span);
}

static Type *call_fn(Checker *cx, Expr **slot, Global *def, Type *hint)
{
    Expr *e = *slot;
    const Stmt *stmt = def->stmt;
    Expr **args = arguments_by_name(cx, e, def, "function");
    if (!args)
        return &type_error;
    for (int i = 0; i < stmt->params.n; i++)
        if (stmt->params.at[i]->kind == PAT_NAME && given_function(cx, def, i, args[i]))
            return inline_fn(cx, slot, def, args, hint);
    Type **types = NEW_ARRAY(cx->arena, Type *, stmt->params.n + 1);
    Args ordered = {0};
    bool wrong = false;
    for (int i = 0; i < stmt->params.n; i++) {
        const Pattern *p = stmt->params.at[i];
        Type *wanted = p->annotation ? check_type_expr(cx, p->annotation) : NULL;
        types[i] = infer(cx, &args[i], wanted);
        if (wanted) {
            wrong |= !require(cx, &args[i], wanted, "`%s` of `%s`", p->kind == PAT_NAME ? p->name : "_", def->name);
            types[i] = wanted;
        }
        wrong |= is_error(args[i]->type);
        Arg arg = {.span = args[i]->span, .value = args[i]};
        vec_push(cx->arena, &ordered, arg);
    }
    e->args = ordered;
    if (wrong)
        return &type_error;
    e->fn = find_instance(def, args);
    if (!e->fn && stmt->kind == S_EXTERN)
        return &type_error;       /* its definition was wrong */
    if (!e->fn)
        e->fn = make_instance(cx, def, types, e->span);
    return e->fn->result;
}

/* ---- both ------------------------------------------------------------------------------ */

Type *infer_call(Checker *cx, Expr **slot, Type *hint)
{
    Expr *e = *slot;
    const Scope *s = scope_find(cx, e->name);
    if (s && !s->symbol)
        return apply_function(cx, slot, s, hint);
    for (int i = 0; i < e->args.n; i++) {
        if (!e->args.at[i].value) {
            diag_error(cx->diags, E0413, e->args.at[i].span, "a type is no argument of a function");
            return &type_error;
        }
        if (is_stream(cx, e->args.at[i].value)) {
            infer(cx, &e->args.at[i].value, NULL);
            return &type_error;
        }
    }
    Global *def = visible(cx, &cx->functions, e->name);
    if (def)
        return call_fn(cx, slot, def, hint);
    if (strcmp(e->name, "time") == 0)
        return time_literal(cx, e);
    if (is_builtin(e->name))
        return call_builtin(cx, e);
    unknown_function(cx, e->name, e->name_span, false);
    return &type_error;
}

/* x.f(a) is f(x, a). */
Type *infer_method(Checker *cx, Expr **slot, Type *hint)
{
    Expr *e = *slot;
    if (is_stream(cx, e->a)) {
        infer(cx, &e->a, NULL);
        return &type_error;
    }
    if (is_error(infer(cx, &e->a, NULL)))
        return &type_error;
    if (!function_exists(cx, e->name)) {
        unknown_function(cx, e->name, e->name_span, true);
        return &type_error;
    }
    Args args = {0};
    Arg first = {.span = e->a->span, .value = e->a};
    vec_push(cx->arena, &args, first);
    for (int i = 0; i < e->args.n; i++)
        vec_push(cx->arena, &args, e->args.at[i]);
    e->kind = E_CALL;
    e->a = NULL;
    e->args = args;
    return infer_call(cx, slot, hint);
}
