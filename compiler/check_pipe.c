/* check_pipe.c: streams: chains of operators, pipes and functions of streams.
 *
 * Chains are walked with a list, never by recursion: they may be long. */
#include "check.h"

/* ---- what is a stream -------------------------------------------------------------- */

static bool gives_stream(Checker *cx, Global *def)
{
    if (def->gives == GIVES_UNKNOWN) {
        Scope *scope = cx->scope;
        int limit = cx->limit;
        cx->scope = NULL;
        cx->limit = def->order;
        def->gives = is_stream(cx, def->stmt->value) ? GIVES_STREAM : GIVES_VALUE;
        cx->scope = scope;
        cx->limit = limit;
    }
    return def->gives == GIVES_STREAM;
}

bool is_stream(Checker *cx, const Expr *e)
{
    const Symbol *symbol;
    Global *def;
    while (e) {
        switch (e->kind) {
        case E_PIPE: case E_SOURCE: case E_TABLE: case E_SINK:
            return true;
        case E_NAME:
            symbol = e->symbol ? e->symbol : find_value(cx, e->name);
            return symbol && symbol->kind == SYM_STREAM;
        case E_METHOD: case E_ANNOT:
            e = e->a;
            break;
        case E_CALL:
            def = visible(cx, &cx->functions, e->name);
            if (!def)
                return false;
            for (int i = 0; i < e->args.n; i++)
                if (e->args.at[i].value && is_stream(cx, e->args.at[i].value))
                    return true;
            return gives_stream(cx, def);
        default:
            return false;
        }
    }
    return false;
}

/* ---- pipes and functions of streams ------------------------------------------------------ */

typedef VEC(Expr *) Links;

/* The links of a chain, last first; what stands before the first goes to *base. */
static Links links_of(Checker *cx, Expr *e, Expr **base)
{
    Links links = {0};
    while (e && (e->kind == E_PIPE || e->kind == E_SINK || e->kind == E_METHOD || e->kind == E_ANNOT)) {
        if (e->kind == E_ANNOT) {
            diag_error(cx->diags, E0306, e->span, "a stream has no type to be written");
            diag_help(cx->diags, "write types of parameters: `map((x: int) => ..)`");
        } else {
            vec_push(cx->arena, &links, e);
        }
        e = e->a;
    }
    *base = e;
    return links;
}

bool has_room(Checker *cx, Span at)
{
    if (cx->plan->nodes.n < MAX_NODES && cx->depth < MAX_DEPTH)
        return true;
    if (!cx->too_deep) {
        if (cx->depth >= MAX_DEPTH)
            diag_error(cx->diags, E0112, at, "pipes are used in each other more than %d deep", MAX_DEPTH);
        else
            diag_error(cx->diags, E0112, at, "by its pipes this program comes to more than %d operators", MAX_NODES);
        diag_label(cx->diags, "copied once more here");
    }
    cx->too_deep = true;
    return false;
}

/* Errors in a body: where in the program proper it is used. */
static void used_here(Checker *cx, int errors, Span at, const Global *def)
{
    if (diags_errors(cx->diags) > errors && cx->depth == 1)
        diag_also(cx->diags, at, "`%s` is used here", def->name);
}

static Node *expand_pipe(Checker *cx, Expr *link, Global *def, Node *input, bool *sunk)
{
    Expr **args = arguments_by_name(cx, link, def, "pipe");
    if (!args || !has_room(cx, link->name_span)) {
        Node *n = add_node(cx, NODE_OP, link);
        add_input(cx, input, n);
        return n;
    }
    Scope *scope = cx->scope, *inner = NULL;
    int limit = cx->limit, errors = diags_errors(cx->diags);
    const char *prefix = cx->prefix;
    cx->depth++;
    for (int i = 0; i < def->stmt->params.n; i++)
        bind_argument(cx, def, i, args[i], &inner);
    Expr *base;
    Links links = links_of(cx, def->stmt->value, &base);
    cx->scope = inner;
    cx->limit = def->order;
    cx->prefix = arena_printf(cx->arena, "%s.%s", prefix, def->name);
    if (diags_errors(cx->diags) == errors) {
        for (int i = links.n - 1; i >= 0 && input; i--) {
            Expr one = *links.at[i];
            one.a = NULL;
            input = apply_link(cx, expr_clone(cx->arena, &one), input, sunk);
        }
        used_here(cx, errors, link->name_span, def);
    }
    cx->depth--;
    cx->scope = scope;
    cx->limit = limit;
    cx->prefix = prefix;
    return input;
}

/* A fn whose body is a stream: worked out at its call, with its parameters in scope. */
static Node *call_stream_fn(Checker *cx, Expr *call, Global *def, bool *sunk)
{
    Expr **args = arguments_by_name(cx, call, def, "function");
    if (!args || !has_room(cx, call->name_span))
        return NULL;
    Scope *scope = cx->scope, *inner = NULL;
    int limit = cx->limit, errors = diags_errors(cx->diags);
    const char *prefix = cx->prefix;
    cx->depth++;
    for (int i = 0; i < def->stmt->params.n; i++)
        bind_argument(cx, def, i, args[i], &inner);
    cx->scope = inner;
    cx->limit = def->order;
    cx->prefix = arena_printf(cx->arena, "%s.%s", prefix, def->name);
    Node *n = NULL;
    if (diags_errors(cx->diags) == errors) {
        if (!is_stream(cx, def->stmt->value)) {
            diag_error(cx->diags, E0305, call->span, "`%s` gives a value, not a stream", def->name);
            diag_label(cx->diags, "a stream is needed here");
        } else {
            n = check_stream(cx, expr_clone(cx->arena, def->stmt->value), sunk);
        }
        used_here(cx, errors, call->name_span, def);
    }
    cx->depth--;
    cx->scope = scope;
    cx->limit = limit;
    cx->prefix = prefix;
    return n;
}

/* s.f(a), where f is a fn: f(s, a). */
static Node *call_on_stream(Checker *cx, Expr *link, Global *def, Node *input, bool *sunk)
{
    Symbol *symbol = symbol_new(cx, SYM_STREAM, "stream", link->span, NULL);
    symbol->node = input;
    Args args = {0};
    Arg first = {.span = link->span, .value = name_expr(cx, symbol, link->span)};
    vec_push(cx->arena, &args, first);
    for (int i = 0; i < link->args.n; i++)
        vec_push(cx->arena, &args, link->args.at[i]);
    link->args = args;
    Node *n = call_stream_fn(cx, link, def, sunk);
    return n || *sunk ? n : input;
}

Node *apply_link(Checker *cx, Expr *link, Node *input, bool *sunk)
{
    if (link->kind == E_SINK) {
        check_sink(cx, link, input);
        *sunk = true;
        return NULL;
    }
    Global *def = visible(cx, &cx->pipes, link->name);
    if (def)
        return expand_pipe(cx, link, def, input, sunk);
    const OpDef *op = op_find(link->name);
    if (op && applies_streams(op_signature(cx, op)))
        return apply_streams(cx, link, op, input);
    if (op)
        return apply_op(cx, link, op, input);
    def = link->kind == E_METHOD ? visible(cx, &cx->functions, link->name) : NULL;
    if (def)
        return call_on_stream(cx, link, def, input, sunk);
    unknown_operator(cx, link->name, link->name_span);
    Node *n = add_node(cx, NODE_OP, link);
    add_input(cx, input, n);
    return n;
}

/* ---- streams -------------------------------------------------------------------------------- */

static Node *base_stream(Checker *cx, Expr *e, bool *sunk)
{
    Symbol *symbol;
    switch (e->kind) {
    case E_SOURCE:
        return check_source(cx, e);
    case E_TABLE:
        return check_table(cx, e);
    case E_NAME:
        symbol = e->symbol ? e->symbol : find_value(cx, e->name);
        if (symbol && symbol->kind == SYM_STREAM) {
            symbol->used = true;
            return symbol->node;
        }
        if (!symbol) {
            unknown_value(cx, e);
            return NULL;
        }
        symbol->used = true;
        diag_error(cx->diags, E0305, e->span, "`%s` is not a stream", e->name);
        diag_label(cx->diags, "%s", symbol->type ? show_a(cx, symbol->type) : "a value");
        diag_also(cx->diags, symbol->span, "defined here");
        return NULL;
    case E_CALL:
        if (visible(cx, &cx->functions, e->name))
            return call_stream_fn(cx, e, visible(cx, &cx->functions, e->name), sunk);
        break;
    default:
        break;
    }
    Type *t = infer(cx, &e, NULL);
    if (!is_error(t)) {
        diag_error(cx->diags, E0305, e->span, "this is not a stream");
        diag_label(cx->diags, "%s", show_a(cx, t));
        diag_expected(cx->diags, "a source, the name of a stream, or another pipeline");
    }
    return NULL;
}

Node *check_stream(Checker *cx, Expr *e, bool *sunk)
{
    Expr *base;
    Links links = links_of(cx, e, &base);
    Node *n = base ? base_stream(cx, base, sunk) : NULL;
    if (!n) {
        if (links.n == 0 || *sunk || !base)
            return NULL;
        n = add_node(cx, NODE_SOURCE, base);
    }
    for (int i = links.n - 1; i >= 0 && n; i--)
        n = apply_link(cx, links.at[i], n, sunk);
    return n;
}
