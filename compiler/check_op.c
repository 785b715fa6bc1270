/* check_op.c: one operator becomes one node: its name, its arguments, its types.
 *
 * A node of which something is wrong is still made, with type_error, so that
 * the rest of its chain is looked at. */
#include "check.h"
#include "dsc_abi.h"

#include <string.h>

const Signature *op_signature(Checker *cx, const OpDef *op)
{
    int i = 0;
    while (i < n_all_ops && all_ops[i] != op)
        i++;
    if (i == n_all_ops)           /* the way of an operator with a table, or by event time */
        return signature_parse(cx->arena, op->signature);
    if (!cx->op_signatures[i])
        cx->op_signatures[i] = signature_parse(cx->arena, op->signature);
    return cx->op_signatures[i];
}

/* ---- nodes ----------------------------------------------------------------------- */

Node *add_node(Checker *cx, NodeRole role, const Expr *e)
{
    Span span = e->span;
    span.line = e->name_span.line;
    span.col = e->name_span.col;
    Node *n = plan_add(cx->plan, role, span);
    n->op_name = e->name;
    n->text = span_text(cx, span);
    n->type = &type_error;
    StreamInfo info = {0};
    vec_push(cx->arena, &cx->info, info);
    return n;
}

void add_input(Checker *cx, Node *from, Node *n)
{
    plan_link(cx->plan, from, n);
    n->once |= from->once;
    if (!cx->info.at[n->id].uncut)
        cx->info.at[n->id].uncut = cx->info.at[from->id].uncut;
    if (n->stream_slide == 0)
        n->stream_slide = from->stream_slide;
}

static void take_node_name(Checker *cx, Node *n, const char *name)
{
    Global *g = NEW(cx->arena, Global);
    g->name = n->name = name;
    g->span = n->span;
    names_add(cx->arena, &cx->node_names, g);
}

/* Does it keep something from batch to batch? */
static bool keeps_state(const Node *n)
{
    if (n->role != NODE_OP)
        return false;
    return n->op->kind == DSC_WINDOW || n->op->kind == DSC_WINDOW_FOLD || n->state;
}

/* What keeps no state gets a name that is free; states insist on theirs. */
static const char *free_name(Checker *cx, const char *name)
{
    Global *first = names_find(&cx->node_names, name);
    const char *free = name;
    while (names_find(&cx->node_names, free))
        free = arena_printf(cx->arena, "%s_%d", name, 2 + first->order++);
    return free;
}

void name_node(Checker *cx, Node *n, const char *given)
{
    const char *name = given;
    if (!name) {
        name = arena_printf(cx->arena, "%s.%s", cx->prefix, n->op_name);
        if (n->role == NODE_SOURCE)
            name = cx->in_let ? cx->prefix : n->op_name;
        if (!keeps_state(n))
            name = free_name(cx, name);
    }
    const Global *other = names_find(&cx->node_names, name);
    if (other) {
        diag_error(cx->diags, E0212, n->span, "two operators keep what they hold under the name `%s`", name);
        diag_label(cx->diags, "the second");
        diag_also(cx->diags, other->span, "the first");
        diag_help(cx->diags, "give one a name of its own: `%s(.., name: \"..\")`", cx->within ? cx->within : n->op_name);
    }
    take_node_name(cx, n, name);
}

const char *take_name(Checker *cx, Args *args)
{
    const char *name = NULL;
    Args others = {0};
    for (int i = 0; i < args->n; i++) {
        const Arg *arg = &args->at[i];
        if (!arg->name || strcmp(arg->name, "name") != 0) {
            vec_push(cx->arena, &others, *arg);
            continue;
        }
        if (arg->value && arg->value->kind == E_STRING && arg->value->text.n > 0) {
            name = arena_strndup(cx->arena, arg->value->text.p, arg->value->text.n);
        } else {
            diag_error(cx->diags, E0405, arg->span, "`name:` is a text that is not empty, written out");
            diag_label(cx->diags, "not a literal text");
        }
    }
    *args = others;
    return name;
}

/* ---- operators ------------------------------------------------------------------------ */

/* Arguments by parameter; streams and what repeats are left in `more`. */
typedef struct Bound {
    const Arg **of;
    int stream;                   /* which parameter is .. */
    Node *other;                  /* .. this stream; NULL: none */
    VEC(const Arg *) more;
} Bound;

static int op_param(const Signature *s, const char *name)
{
    for (int i = 0; i < s->params.n; i++)
        if (strcmp(s->params.at[i].name, name) == 0)
            return i;
    return -1;
}

static void no_such_argument(Checker *cx, const Arg *arg, const OpDef *op, const Signature *s)
{
    diag_error(cx->diags, E0402, arg->name_span, "`%s` has no argument `%s`", op->name, arg->name);
    diag_label(cx->diags, "not an argument of it");
    for (int i = 0; i < s->params.n; i++)
        suggest_word(cx, s->params.at[i].name);
    if (!suggest(cx, arg->name, NULL, NULL))
        diag_expected(cx->diags, "%s", op->signature);
}

static void too_many(Checker *cx, const Arg *arg, const OpDef *op, const Signature *s)
{
    diag_error(cx->diags, E0401, arg->span, "`%s` takes %s%d argument%s", op->name, s->params.n ? "at most " : "", s->params.n,
               s->params.n == 1 ? "" : "s");
    diag_label(cx->diags, "one too many");
    diag_expected(cx->diags, "%s", op->signature);
    if (strcmp(op->name, "map") == 0)
        diag_help(cx->diags, "a pair has parentheses of its own: `map((_, 1))`, `map(w => (w, 1))`");
}

/* By position, the last parameter may repeat; by name. Spark's (f, inverse, window, slide) is known
 * by a function in second place. */
static bool bind_arguments(Checker *cx, const Args *args, const OpDef *op, const Signature *s, Bound *bound)
{
    bool ok = true;
    int place = 0, inverse = op_param(s, "inverse");
    bound->of = NEW_ARRAY(cx->arena, const Arg *, s->params.n + 1);
    for (int i = 0; i < args->n; i++) {
        const Arg *arg = &args->at[i];
        int p;
        if (arg->name)
            p = op_param(s, arg->name);
        else if (inverse >= 0 && i == 1 && arg->value && looks_like_function(cx, arg->value))
            p = inverse;
        else
            p = place++;
        if (!arg->value) {
            diag_error(cx->diags, E0413, arg->span, "a type is no argument of an operator");
        } else if (p < 0) {
            no_such_argument(cx, arg, op, s);
        } else if (s->params.n > 0 && s->params.at[s->params.n - 1].repeats && p >= s->params.n - 1) {
            vec_push(cx->arena, &bound->more, arg);
            continue;
        } else if (p >= s->params.n) {
            too_many(cx, arg, op, s);
        } else if (bound->of[p]) {
            diag_error(cx->diags, E0404, arg->span, "the argument `%s` is given twice", s->params.at[p].name);
            diag_also(cx->diags, bound->of[p]->span, "the first time");
        } else {
            bound->of[p] = arg;
            continue;
        }
        ok = false;
    }
    return ok;
}

static bool none_missing(Checker *cx, const Expr *link, const OpDef *op, const Signature *s, const Bound *bound)
{
    for (int i = 0; i < s->params.n; i++) {
        const SigParam *p = &s->params.at[i];
        if (bound->of[i] || p->optional || (p->repeats && bound->more.n > 0))
            continue;
        diag_error(cx->diags, E0403, link->name_span, "`%s` needs its argument `%s`", op->name, p->name);
        diag_label(cx->diags, "`%s` is missing", p->name);
        diag_expected(cx->diags, "%s", op->signature);
        if (strcmp(p->name, "within") == 0)
            diag_help(cx->diags, "without it every key would be kept for ever; say how long: `%s(.., within: 10m)`", op->name);
        return false;
    }
    return true;
}

/* The stream among the arguments. */
static bool find_other(Checker *cx, const OpDef *op, const Signature *s, Bound *bound)
{
    for (int i = 0; i < s->params.n && !bound->other; i++) {
        if (!s->params.at[i].stream || s->params.at[i].repeats || !bound->of[i])
            continue;
        bound->stream = i;
        bound->other = check_stream_argument(cx, op, bound->of[i]->value);
        if (!bound->other)
            return false;
    }
    return true;
}

/* flatMap's function gives a list or an option. */
static void check_either(Checker *cx, Expr **arg, Type *f, const SigParam *p, SigVars *vars, const char *what)
{
    Type *given = type_var(cx->arena);
    Type *main = f->args[f->n - 1];
    f->args[f->n - 1] = given;
    check_function(cx, arg, f, what);
    given = type_of(given);
    Type *other = signature_type(cx->arena, p->other, vars);
    bool ok = given->kind == T_OPTION ? type_unify(other, given) : type_unify(main, given);
    f->args[f->n - 1] = given;
    if (ok)
        return;
    const Expr *body = (*arg)->kind == E_LAMBDA ? (*arg)->a : *arg;
    diag_error(cx->diags, E0301, body->span, "the function of `%s` must give a list or an option, not %s", what,
               show_a(cx, given));
    diag_label(cx->diags, "this is %s", show_a(cx, given));
    bool text = given->kind == T_STRING;
    diag_help(cx->diags, text ? "`split(s, \" \")` or `words(s)` makes a list of text; map makes one element of each"
                              : "map makes one element of each; `[x]` is a list of one");
    type_unify(main, type_list(cx->arena, &type_error));
}

static void check_argument(Checker *cx, Node *n, int i, const Signature *s, SigVars *vars, const Arg *arg)
{
    const SigParam *p = &s->params.at[i];
    Type *t = signature_type(cx->arena, p->type, vars);
    Expr *value = arg->value;
    if (t->kind == T_FUNCTION && p->other)
        check_either(cx, &value, t, p, vars, n->op_name);
    else if (t->kind == T_FUNCTION)
        check_function(cx, &value, t, n->op_name);
    else {
        infer(cx, &value, t);
        if (require(cx, &value, t, "`%s` of `%s`", p->name, n->op_name))
            check_setting(cx, value, p->name);
        else
            value = NULL;
    }
    n->args[i] = value;
}

static void wrong_input(Checker *cx, const Node *n, const Expr *link, Type *given, Type *wanted)
{
    bool pairs = type_of(wanted)->kind == T_TUPLE;
    diag_error(cx->diags, E0307, link->name_span, "`%s` takes %s, but here comes a stream of %s", n->op_name,
               pairs ? "pairs (key, value)" : "numbers", show(cx, given));
    diag_label(cx->diags, "a stream of %s", show(cx, given));
    diag_expected(cx->diags, pairs ? "a stream of (K, V)" : "a stream of int or float");
    if (!pairs)
        diag_help(cx->diags, "make numbers before it: `| map(x => ..)`");
    else if (type_of(given)->kind == T_LIST)
        diag_help(cx->diags, "flatMap in place of map makes a stream of a list's elements; pairs are made by `| map((_, 1))`");
    else
        diag_help(cx->diags, "make pairs before it: `| map(x => (x, 1))`");
}

static void check_input(Checker *cx, const Node *n, const Expr *link, const Signature *s, SigVars *vars)
{
    Type *given = n->in.at[0]->type;
    Type *wanted = signature_type(cx->arena, s->input, vars);
    bool fits = type_unify(wanted, given) || (n->op->body && type_of(wanted)->kind == T_FLOAT && type_of(given)->kind == T_INT);
    for (int i = 0; i < 26 && (!fits || is_error(given)); i++)
        if (vars->of[i])
            type_unify(vars->of[i], &type_error);
    if (!fits) {
        wrong_input(cx, n, link, given, wanted);
        return;
    }
    Type *key = vars->of['K' - 'A'];
    bool pairs = type_of(wanted)->kind == T_TUPLE;
    if (key && (n->op->class == OP_HOLD || n->op->class == OP_LOOKUP) && !type_is_key(key)) {
        diag_error(cx->diags, E0308, link->name_span,
                   type_of(key)->kind == T_FLOAT ? "%s cannot be a key" : "%s cannot be a key, since it holds a float",
                   show_a(cx, key));
        diag_label(cx->diags, "by a key of %s", show(cx, key));
        diag_help(cx->diags, "round it: `| map(%s)`, or make it text: `string(%s)`",
                  pairs ? "(k, v) => (round(k), v)" : "x => round(x)", pairs ? "k" : "x");
    }
}

Node *not_a_stream(Checker *cx, const Expr *e, const char *op)
{
    diag_error(cx->diags, E0305, e->span, "`%s` takes streams", op);
    diag_label(cx->diags, "not a stream");
    return NULL;
}

static void check_streams(Checker *cx, Node *n, Type *element, const Bound *bound)
{
    for (int i = 0; i < bound->more.n; i++) {
        Expr *e = bound->more.at[i]->value;
        if (!is_stream(cx, e)) {
            not_a_stream(cx, e, n->op_name);
            continue;
        }
        bool sunk = false;
        Node *other = check_stream(cx, e, &sunk);
        if (!other)
            continue;
        if (!type_unify(element, other->type)) {
            diag_error(cx->diags, E0301, e->span, "`%s` brings streams of one type together, but this is a stream of %s",
                       n->op_name, show(cx, other->type));
            diag_label(cx->diags, "a stream of %s", show(cx, other->type));
            diag_expected(cx->diags, "a stream of %s", show(cx, element));
        }
        add_input(cx, other, n);
        same_kind(cx, n, other, e->span);
    }
    check_slides(cx, n);
}

const Arg **op_arguments(Checker *cx, const Expr *link, const OpDef *op, const Signature *s)
{
    Bound bound = {0};
    bool ok = bind_arguments(cx, &link->args, op, s, &bound) && none_missing(cx, link, op, s, &bound);
    return ok ? bound.of : NULL;
}

static Node *new_op(Checker *cx, const Expr *link, const OpDef *op, const Signature *s, Node *input)
{
    Node *n = add_node(cx, NODE_OP, link);
    n->op = op;
    n->op_name = op->name;
    n->args = NEW_ARRAY(cx->arena, Expr *, s->params.n + 1);
    n->n_args = s->params.n;
    add_input(cx, input, n);
    return n;
}

/* Input and arguments of n against its signature, and the type of what it puts out. */
static void check_op(Checker *cx, Node *n, const Expr *link, const Signature *s, const Bound *bound, bool ok)
{
    SigVars vars = {0};
    check_input(cx, n, link, s, &vars);
    if (bound->other)
        add_other(cx, n, bound->other, bound->of[bound->stream]->value, signature_type(cx->arena, s->params.at[bound->stream].type, &vars));
    for (int functions = 0; functions < 2; functions++)
        for (int i = 0; i < s->params.n && ok; i++)
            if (bound->of[i] && !s->params.at[i].stream && (s->params.at[i].type->kind == T_FUNCTION) == functions)
                check_argument(cx, n, i, s, &vars, bound->of[i]);
    if (ok && bound->more.n > 0)
        check_streams(cx, n, vars.of[s->input->id - 'A'], bound);
    if (ok)
        check_state(cx, n, s, &vars);
    n->type = ok ? signature_type(cx->arena, s->result, &vars) : &type_error;
    if (ok) {
        check_window(cx, n, s);
        check_range(cx, n, s);
    }
}

/* An operator with a body: what is written is held against its signature, by a node that goes again
 * if all is well; then the body stands in its place. */
static Node *apply_body(Checker *cx, const Expr *link, const OpDef *op, const char *name, const Args *args, Node *input)
{
    const Signature *s = op_signature(cx, op);
    Bound bound = {0}, copies = {.of = NEW_ARRAY(cx->arena, const Arg *, s->params.n + 1)};
    int errors = diags_errors(cx->diags);
    bool ok = bind_arguments(cx, args, op, s, &bound) && none_missing(cx, link, op, s, &bound);
    Expr **given = NEW_ARRAY(cx->arena, Expr *, s->params.n + 1);
    for (int i = 0; i < s->params.n && ok; i++)
        if (bound.of[i]) {
            Arg *copy = NEW(cx->arena, Arg);
            *copy = *bound.of[i];
            given[i] = copy->value;
            copy->value = expr_clone(cx->arena, given[i]);
            copies.of[i] = copy;
        }
    Node *n = new_op(cx, link, op, s, input);
    check_op(cx, n, link, s, &copies, ok);
    if (diags_errors(cx->diags) > errors || is_error(input->type))
        return n;
    input->out.n--;
    cx->plan->nodes.n--;
    cx->info.n--;
    return expand_body(cx, link, op, given, name, input);
}

Node *apply_op(Checker *cx, Expr *link, const OpDef *op, Node *input)
{
    const Signature *s = op_signature(cx, op);
    Bound bound = {0};
    Args args = link->args;
    const char *name = op->class == OP_HOLD ? take_name(cx, &args) : NULL;
    if (op->body)
        return apply_body(cx, link, op, name, &args, input);
    LateWord late = {0};
    if (op->time == TIME_WINDOWS)
        late = take_late(cx, &args);
    bool ok = bind_arguments(cx, &args, op, s, &bound) && none_missing(cx, link, op, s, &bound) && find_other(cx, op, s, &bound);
    if (bound.other)
        op = op_with(op, input, bound.other, bound.of[op_param(s, "within") < 0 ? s->params.n : op_param(s, "within")] != NULL);
    Node *n = new_op(cx, link, op, s, input);
    check_op(cx, n, link, s, &bound, ok);
    check_asof(cx, n);
    split_sides(cx, n);
    check_event(cx, n, late);
    if (op->class == OP_HOLD)
        name_node(cx, n, name);
    return n;
}
