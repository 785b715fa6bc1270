/* check_join.c: streams that an operator takes as arguments, and tables.
 *
 * A table is what follows a `table`: nodes marked `once`, which run before the first batch.
 * A stream reaches it only through op_rows, whose rows by key an OP_LOOKUP looks up, or
 * op_replay, which gives all of them to each batch. */
#include "check.h"
#include "dsc_abi.h"
#include "dsc_conn.h"

#include <string.h>

/* ---- the rows of a table --------------------------------------------------------------- */

static Node *add_rows(Checker *cx, Node *table, const OpDef *op, const Expr *e)
{
    Node *n = add_node(cx, NODE_OP, e);
    n->op = op;
    n->op_name = op->name;
    n->text = arena_printf(cx->arena, "rows of %s%s", n->text, op == &op_rows ? " by key" : "");
    n->type = table->type;
    n->once = true;
    plan_link(cx->plan, table, n);
    name_node(cx, n, NULL);
    return n;
}

/* One index of a table is enough for all who look it up. */
static Node *rows_by_key(Checker *cx, Node *table, const Expr *e)
{
    for (int i = 0; i < table->out.n; i++)
        if (table->out.at[i]->op == &op_rows && table->out.at[i]->n_args == 0)
            return table->out.at[i];
    return add_rows(cx, table, &op_rows, e);
}

/* ---- streams as arguments ----------------------------------------------------------------- */

Node *check_stream_argument(Checker *cx, const OpDef *op, Expr *e)
{
    if (!is_stream(cx, e)) {
        Expr *value = e;
        Type *t = infer(cx, &value, NULL);
        if (!is_error(t)) {
            diag_error(cx->diags, E0305, e->span, "`%s` takes a stream or a table", op->name);
            diag_label(cx->diags, "%s", show_a(cx, t));
            diag_expected(cx->diags, "%s", op->signature);
        }
        return NULL;
    }
    bool sunk = false;
    return check_stream(cx, e, &sunk);
}

const OpDef *op_with(const OpDef *op, const Node *input, const Node *other, bool within)
{
    if (within)
        return &op_join_within;
    return op->with_table && other->once && !input->once ? op->with_table : op;
}

static void wrong_other(Checker *cx, const Node *n, const Expr *e, Type *wanted, Type *given)
{
    Type *pair = type_of(given);
    if (pair->kind != T_TUPLE || pair->n != 2) {
        diag_error(cx->diags, E0307, e->span, "`%s` takes pairs (key, value) on both sides, but here come elements of %s",
                   n->op_name, show(cx, given));
        diag_label(cx->diags, "elements of %s", show(cx, given));
        diag_help(cx->diags, "make pairs of it: `| map(x => (x.key, x))`");
        return;
    }
    diag_error(cx->diags, E0301, e->span, "`%s` goes by equal keys, but those here are %s and those of the stream before it %s",
               n->op_name, show(cx, pair->args[0]), show(cx, type_of(wanted)->args[0]));
    diag_label(cx->diags, "by keys of %s", show(cx, pair->args[0]));
}

void add_other(Checker *cx, Node *n, Node *other, const Expr *e, Type *wanted)
{
    if (!is_error(other->type) && !type_unify(wanted, other->type))
        wrong_other(cx, n, e, wanted, other->type);
    if (n->op->class == OP_LOOKUP && other->once && !n->once)
        plan_link(cx->plan, n->op == &op_asofJoin ? add_rows(cx, other, &op_rows, e) : rows_by_key(cx, other, e), n);
    else if (other->once && !n->once)
        plan_link(cx->plan, add_rows(cx, other, &op_replay, e), n);
    else
        add_input(cx, other, n);
    same_kind(cx, n, other, e->span);
    check_slides(cx, n);
}

/* A side of a join by event time: (key, value) as (key, (side, left, right)), the other part empty. */
static Node *add_side(Checker *cx, Node *from, const Node *join, int side, Type *type)
{
    Node *n = plan_add(cx->plan, NODE_OP, join->span);
    n->op = &op_side_of;
    n->op_name = op_side_of.name;
    n->text = arena_printf(cx->arena, "%s side of %s", side == 0 ? "left" : "right", join->text);
    n->type = type;
    n->n_args = side;             /* which it is */
    n->args = NEW_ARRAY(cx->arena, Expr *, 2);
    vec_push(cx->arena, &cx->info, ((StreamInfo){0}));
    add_input(cx, from, n);
    check_event(cx, n, (LateWord){0});
    return n;
}

void split_sides(Checker *cx, Node *n)
{
    Node *left = n->in.at[0], *right = n->in.n > 1 ? n->in.at[1] : NULL;
    const Expr *most = strcmp(n->op_name, "join") == 0 ? node_argument(n, op_signature(cx, n->op), "maxBytes") : NULL;
    if (n->op != &op_join_within && most) {
        diag_error(cx->diags, E0402, most->span, "`maxBytes` of `join` goes with `within`");
        diag_label(cx->diags, "without it nothing is kept from batch to batch");
    }
    if (n->op != &op_join_within || !right || !type_is_pair(left->type) || !type_is_pair(right->type))
        return;
    if (left->once || right->once) {
        diag_error(cx->diags, E0415, n->span, "`within` joins streams by event time, and a table has none");
        diag_label(cx->diags, "of a table");
        diag_help(cx->diags, "`asofJoin(table, time, since)` finds the row that held at a time");
        return;
    }
    if (left->clocks.n == 0 || right->clocks.n == 0) {
        diag_error(cx->diags, E0421, n->span, "`within` joins by event time, and %s has none",
                   left->clocks.n == 0 ? "the stream before this" : "the other stream");
        diag_label(cx->diags, "by which time?");
        diag_help(cx->diags, "say when each element was, on both: `| eventTime(_.time, lateness: 10s)`");
        return;
    }
    Type *value = type_new(cx->arena, T_TUPLE, 3), *pair = type_new(cx->arena, T_TUPLE, 2);
    value->args[0] = &type_int;
    value->args[1] = type_of(left->type)->args[1];
    value->args[2] = type_of(right->type)->args[1];
    pair->args[0] = type_of(left->type)->args[0];
    pair->args[1] = value;
    n->in.n = 0;
    left->out.n--;                /* their edges to the join, which are the last ones */
    right->out.n--;
    Node *second = add_side(cx, right, n, 1, pair), *first = add_side(cx, left, n, 0, pair);
    Node *both = plan_add(cx->plan, NODE_OP, n->span);
    both->op = op_find("union");
    both->op_name = both->op->name;
    both->text = arena_printf(cx->arena, "both sides of %s", n->text);
    both->type = pair;
    vec_push(cx->arena, &cx->info, ((StreamInfo){0}));
    add_input(cx, first, both);
    add_input(cx, second, both);
    check_event(cx, both, (LateWord){0});
    add_input(cx, both, n);
}

void check_asof(Checker *cx, Node *n)
{
    if (n->op != &op_asofJoin || n->in.n < 2)
        return;
    Node *rows = n->in.at[1];
    if (rows->op != &op_rows) {
        diag_error(cx->diags, E0415, n->span, "`%s` looks rows up in a table, and this is a stream", n->op_name);
        diag_label(cx->diags, "not of a table");
        diag_help(cx->diags, "what is known before the first batch is read by `table` in place of `source`");
        return;
    }
    rows->n_args = 1;
    rows->args = NEW_ARRAY(cx->arena, Expr *, 1);
    rows->args[0] = n->args[n->n_args - 1];
    n->args[--n->n_args] = NULL;
}

/* ---- tables ---------------------------------------------------------------------------------- */

/* Is the source's argument of that name given, and not false? */
static const Expr *asks_for(const Node *n, const char *name)
{
    for (int i = 0; n->role == NODE_SOURCE && i < n->n_args; i++)
        if (n->args[i] && strcmp(n->source->args[i].name, name) == 0 && !(n->args[i]->kind == E_BOOL && !n->args[i]->ival))
            return n->args[i];
    return NULL;
}

bool source_ends(const Node *n)
{
    const dsc_source_def *def = n->source;
    return def->bounded != (def->turned_by && asks_for(n, def->turned_by));
}

Node *check_table(Checker *cx, Expr *e)
{
    Node *n = check_source(cx, e);
    if (!n)
        return NULL;
    n->stream_slide = 0;
    cx->info.at[n->id].uncut = NULL;
    for (int i = 0; i < n->n_args; i++)
        if (n->args[i] && n->args[i]->kind == E_LAMBDA) {
            diag_error(cx->diags, E0406, n->args[i]->span, "a table is read as a whole, so `%s` has nothing to cut", n->source->args[i].name);
            diag_label(cx->diags, "leave it out");
        }
    if (source_ends(n))
        return n;
    diag_error(cx->diags, E0414, n->span, "a table is read to its end before the first batch, and the source `%s` has none here", e->name);
    diag_label(cx->diags, "goes on for ever");
    diag_expected(cx->diags, "a source that ends: file, queue, or a stdin that is not live");
    return n;
}

void no_table(Checker *cx, const Node *table, Span at, const char *what)
{
    diag_error(cx->diags, E0415, at, "a table is no stream: it has no batches, so there are none for %s", what);
    diag_label(cx->diags, "of a table");
    const char *name = "..";
    for (int i = 0; i < cx->streams.n; i++)
        if (cx->streams.at[i]->node == table)
            name = cx->streams.at[i]->name;
    diag_help(cx->diags, "join a stream with it, `| join(%s)`, or write `source` in place of `table`", name);
}

void same_kind(Checker *cx, Node *n, const Node *other, Span at)
{
    if (n->in.at[0]->once && !other->once) {
        diag_error(cx->diags, E0415, at, "a table is complete before the first batch, so `%s` cannot bring a stream into it", n->op_name);
        diag_label(cx->diags, "a stream");
        diag_help(cx->diags, "begin with the stream: `stream | join(table)`");
        n->once = false;
    } else if (!n->in.at[0]->once && other->once && n->op->class == OP_UNION) {
        no_table(cx, other, at, "`union`");
        n->once = false;
    }
}

void only_in_tables(Checker *cx, const Node *n)
{
    const Expr *reload = asks_for(n, "reload");
    if (!reload || n->once)
        return;
    diag_error(cx->diags, E0415, reload->span, "a stream reads its files once; `reload` is for tables");
    diag_label(cx->diags, "not of a stream");
    diag_help(cx->diags, "`follow: true` goes on with what is appended; `dir(..)` takes new files as they come");
}

/* Standard input among what is read together with a table that is read again; NULL: it is not there. */
static const Node *stdin_beside(Checker *cx, Node *table)
{
    bool *seen = NEW_ARRAY(cx->arena, bool, cx->plan->nodes.n + 1);
    VEC(Node *) open = {0};
    vec_push(cx->arena, &open, table);
    while (open.n > 0) {
        Node *n = open.at[--open.n];
        if (seen[n->id] || !n->once)
            continue;
        seen[n->id] = true;
        if (n->role == NODE_SOURCE && n->source && strcmp(n->source->name, "stdin") == 0)
            return n;
        for (int i = 0; i < n->in.n; i++)
            vec_push(cx->arena, &open, n->in.at[i]);
        for (int i = 0; i < n->out.n; i++)
            vec_push(cx->arena, &open, n->out.at[i]);
    }
    return NULL;
}

static void check_reload(Checker *cx, Node *table)
{
    const Expr *reload = asks_for(table, "reload");
    const Node *input = reload ? stdin_beside(cx, table) : NULL;
    if (!input)
        return;
    diag_error(cx->diags, E0414, reload->span, "this table is read again together with standard input, which is there once");
    diag_label(cx->diags, "read again");
    diag_also(cx->diags, input->span, "there once");
}

/* What looks at several batches, or keeps something for the next one, has no meaning in a table. */
void check_tables(Checker *cx)
{
    for (int i = 0; i < cx->plan->nodes.n; i++) {
        Node *n = cx->plan->nodes.at[i];
        if (n->role == NODE_SOURCE && n->source && n->once)
            check_reload(cx, n);
        if (!n->once || n->role != NODE_OP || !n->op || n->op->class != OP_HOLD)
            continue;
        if (n->op->kind == DSC_WINDOW || n->op->kind == DSC_WINDOW_FOLD || n->op->time == TIME_WINDOWS || n->state)
            no_table(cx, n, n->span, arena_printf(cx->arena, "`%s`", n->op_name));
    }
}
