/* check_body.c: operators that dsc says itself: those with a body, which is the text of a pipe, and
 * those that apply a function of streams.
 *
 * A body is expanded as a pipe is, with the operator's arguments as its parameters. They have been
 * held against the operator's own signature by then, so nothing in a body can be wrong. All that is
 * made of it stands where the operator does; names of the program mean nothing inside. An argument of
 * a body that only names a parameter which was left out is left out too. Holes in a body would all
 * stand at one place, so functions of two parameters are written out there. */
#include "check.h"

#include <string.h>

/* ---- bodies ---------------------------------------------------------------------------- */

/* "pipe distinct() = countByValue() | .." as a definition that sees nothing of the program. */
static Global *definition_of(Checker *cx, const OpDef *op, const Signature *s, const char **source)
{
    Text text = {0};
    text_printf(&text, "pipe %s(", op->name);
    for (int i = 0; i < s->params.n; i++)
        text_printf(&text, "%s%s", i ? ", " : "", s->params.at[i].name);
    text_printf(&text, ") = %s", op->body);
    *source = arena_strndup(cx->arena, text.p, text.n);
    const Program *program = parse_program(cx->arena, cx->diags, op->name, *source, text.n);
    text_free(&text);
    Global *def = NEW(cx->arena, Global);
    def->name = op->name;
    def->stmt = program->stmts.at[0];
    def->span = def->stmt->span;
    return def;
}

/* "distinct(): countByValue()" of a link of a body, which stands on one line. */
static const char *link_text(Checker *cx, const char *outer, const char *source, const Expr *link)
{
    int from = link->name_span.col - 1;
    return arena_printf(cx->arena, "%s: %.*s", outer, link->span.end_col - 1 - from, source + from);
}

static bool left_out(const Signature *s, Expr *const *args, const Arg *arg)
{
    for (int i = 0; i < s->params.n; i++)
        if (!args[i] && arg->value->kind == E_NAME && strcmp(arg->value->name, s->params.at[i].name) == 0)
            return true;
    return false;
}

static Expr *copy_link(Checker *cx, const Expr *link, const Signature *s, Expr *const *args, const Span *at)
{
    Expr one = *link;
    one.a = NULL;
    Expr *copy = expr_clone_at(cx->arena, &one, at);
    Args given = {0};
    for (int i = 0; i < copy->args.n; i++)
        if (!left_out(s, args, &copy->args.at[i]))
            vec_push(cx->arena, &given, copy->args.at[i]);
    copy->args = given;
    return copy;
}

static void add_name(Checker *cx, Expr *link, const char *name)
{
    Arg arg = {.name = "name", .name_span = link->span, .span = link->span, .value = new_expr(cx, E_STRING, link->span)};
    arg.value->text = (Bytes){name, strlen(name)};
    vec_push(cx->arena, &link->args, arg);
}

/* The number of the last link that holds something; -1: none does. */
static int last_hold(Expr *const *links, int n)
{
    for (int i = 0; i < n; i++)
        if (op_find(links[i]->name)->class == OP_HOLD)
            return i;
    return -1;
}

Node *expand_body(Checker *cx, const Expr *link, const OpDef *op, Expr *const *args, const char *name, Node *input)
{
    if (!*op->body || !has_room(cx, link->name_span))
        return input;
    const Signature *s = op_signature(cx, op);
    const char *source, *prefix = cx->prefix, *within = cx->within;
    Global *def = definition_of(cx, op, s, &source);
    Scope *scope = cx->scope, *inner = NULL;
    int limit = cx->limit, made = cx->plan->nodes.n;
    Span at = link->span;
    at.line = link->name_span.line;
    at.col = link->name_span.col;
    const char *outer = span_text(cx, at);
    for (int i = 0; i < s->params.n; i++)
        if (args[i])
            bind_argument(cx, def, i, args[i], &inner);
    VEC(Expr *) links = {0};
    for (Expr *e = def->stmt->value; e; e = e->a)
        vec_push(cx->arena, &links, e);
    cx->depth++;
    cx->scope = inner;
    cx->limit = 0;
    cx->prefix = arena_printf(cx->arena, "%s.%s", prefix, op->name);
    cx->within = within ? within : op->name;
    for (int i = links.n - 1; i >= 0; i--) {
        bool sunk = false;
        Expr *one = copy_link(cx, links.at[i], s, args, &at);
        if (name && i == last_hold(links.at, links.n))
            add_name(cx, one, name);
        input = apply_link(cx, one, input, &sunk);
        for (; made < cx->plan->nodes.n; made++)
            cx->plan->nodes.at[made]->text = link_text(cx, outer, source, links.at[i]);
    }
    cx->depth--;
    cx->scope = scope;
    cx->limit = limit;
    cx->prefix = prefix;
    cx->within = within;
    return input;
}

/* ---- functions of streams ----------------------------------------------------------------- */

bool applies_streams(const Signature *s)
{
    for (int i = 0; i < s->params.n; i++)
        if (s->params.at[i].stream && s->params.at[i].type->kind == T_FUNCTION)
            return true;
    return false;
}

static bool bind_stream(Checker *cx, const Pattern *p, Node *stream)
{
    if (p->kind == PAT_TUPLE || p->annotation) {
        diag_error(cx->diags, E0313, p->span, "a parameter that is a stream is a name");
        diag_label(cx->diags, p->kind == PAT_TUPLE ? "streams are not taken apart" : "a stream has no type to be written");
        return false;
    }
    if (p->kind == PAT_IGNORE)
        return true;
    Symbol *symbol = symbol_new(cx, SYM_STREAM, p->name, p->span, NULL);
    symbol->node = stream;
    scope_push(cx, p->name, symbol);
    return true;
}

/* What the function makes of the streams; NULL: it was wrong. */
static Node *apply_stream_function(Checker *cx, const OpDef *op, Expr *f, Node *const *streams, int n)
{
    const Scope *given = f->kind == E_NAME ? scope_find(cx, f->name) : NULL;
    if (given && !given->symbol) {
        Scope *scope = cx->scope;
        int limit = cx->limit;
        cx->scope = given->function_scope;
        cx->limit = given->function_limit;
        Node *made = apply_stream_function(cx, op, expr_clone(cx->arena, given->function), streams, n);
        cx->scope = scope;
        cx->limit = limit;
        return made;
    }
    Expr *lambda = as_lambda(cx, f, n, NULL, op->name);
    if (!lambda)
        return NULL;
    if (lambda->params.n != n) {
        diag_error(cx->diags, E0312, lambda->span, "`%s` takes a function of %d stream%s, but this one has %d parameter%s", op->name, n,
                   n == 1 ? "" : "s", lambda->params.n, lambda->params.n == 1 ? "" : "s");
        diag_label(cx->diags, "%d parameter%s", lambda->params.n, lambda->params.n == 1 ? "" : "s");
        return NULL;
    }
    Scope *scope = cx->scope;
    Node *made = NULL;
    bool ok = true, sunk = false;
    for (int i = 0; i < n; i++)
        ok &= bind_stream(cx, lambda->params.at[i], streams[i]);
    if (ok && !is_stream(cx, lambda->a)) {
        diag_error(cx->diags, E0305, lambda->a->span, "the function of `%s` must give a stream", op->name);
        diag_label(cx->diags, "not a stream");
        diag_help(cx->diags, "to make something of each element, use map: `| map(x => ..)`");
    } else if (ok) {
        made = check_stream(cx, lambda->a, &sunk);
    }
    if (sunk) {
        diag_error(cx->diags, E0305, lambda->a->span, "the function of `%s` must give a stream, but ends in a sink", op->name);
        diag_label(cx->diags, "nothing comes out of it");
        diag_help(cx->diags, "write the sink behind `%s(..)`", op->name);
    }
    cx->scope = scope;
    return made;
}

Node *apply_streams(Checker *cx, Expr *link, const OpDef *op, Node *input)
{
    const Signature *s = op_signature(cx, op);
    const Arg **args = op_arguments(cx, link, op, s);
    Node *streams[2] = {input};
    int n = s->params.n;
    for (int i = 0; args && i < n - 1; i++) {
        Expr *e = args[i]->value;
        bool sunk = false;
        streams[i + 1] = is_stream(cx, e) ? check_stream(cx, e, &sunk) : not_a_stream(cx, e, op->name);
        if (!streams[i + 1])
            args = NULL;
    }
    Node *made = NULL;
    if (args) {
        const char *prefix = cx->prefix;
        cx->prefix = arena_printf(cx->arena, "%s.%s", prefix, op->name);
        made = apply_stream_function(cx, op, args[n - 1]->value, streams, n);
        cx->prefix = prefix;
    }
    if (made)
        return made;
    made = add_node(cx, NODE_OP, link);
    add_input(cx, input, made);
    return made;
}
