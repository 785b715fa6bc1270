/* rewrite.c: changes the plan into one that does the same with less work. No
 * rewriting shows in a result; without it (dsc run --unfused) programs give the
 * same bytes.
 *
 *   window | count   ->  countByWindow     counts panes instead of keeping their elements
 *   tumbling | reduceByKey   combines as elements come, where that is exact in any order, and
 *                    keeps no elements; so do sliding and session
 *   what no sink needs is removed
 *
 * window | reduceByKey stays: its keys come in the order of the window's elements,
 * those of reduceByKeyAndWindow in the order in which they came to live. */
#include "opdef.h"

#include <string.h>

/* Replace one edge's target among a node's inputs, or its source among outputs. */
static void replace_in(Node *n, Node *from, Node *to)
{
    for (int i = 0; i < n->in.n; i++)
        if (n->in.at[i] == from)
            n->in.at[i] = to;
}

static void remove_out(Node *n, const Node *gone)
{
    int kept = 0;
    for (int i = 0; i < n->out.n; i++)
        if (n->out.at[i] != gone)
            n->out.at[kept++] = n->out.at[i];
    n->out.n = kept;
}

static void remove_node(Node *n)
{
    for (int i = 0; i < n->in.n; i++)
        remove_out(n->in.at[i], n);
    n->in.n = n->out.n = 0;
    n->dead = true;
}

static void count_panes(Plan *plan, Node *count)
{
    Node *window = count->in.at[0];
    if (window->role != NODE_OP || strcmp(window->op_name, "window") != 0)
        return;
    Node *input = window->in.at[0];
    count->op = op_find("countByWindow");
    count->op_name = count->op->name;
    count->args = window->args;
    count->n_args = window->n_args;
    count->window = window->window;
    count->slide = window->slide;
    count->text = arena_printf(plan->arena, "%s | %s", window->text, count->text);
    remove_out(window, count);
    replace_in(count, window, input);
    vec_push(plan->arena, &input->out, count);
}

static Node *only_consumer(const Node *n)
{
    Node *only = NULL;
    for (int i = 0; i < n->out.n; i++) {
        if (n->out.at[i] == n->aside)
            continue;
        if (only)
            return NULL;
        only = n->out.at[i];
    }
    return only;
}

/* The windows become one with the fold of what they put out: they take its place among the nodes. */
static void fold_windows(Plan *plan, Node *windows)
{
    Node *fold = only_consumer(windows);
    if (!fold || fold->role != NODE_OP || strcmp(fold->op_name, "reduceByKey") != 0)
        return;
    Type *pair = type_of(windows->in.at[0]->type);
    if (!fold_of_function(plan->arena, fold->args[0], type_of(pair->args[1]))->exact)
        return;
    Node *which = NEW(plan->arena, Node);
    *which = *windows;
    which->windows = windows->windows = which;
    windows->op_name = fold->op_name;
    windows->args = fold->args;
    windows->n_args = fold->n_args;
    windows->type = fold->type;
    windows->span = fold->span;
    windows->text = arena_printf(plan->arena, "%s | %s", windows->text, fold->text);
    remove_out(windows, fold);
    for (int i = 0; i < fold->out.n; i++) {
        replace_in(fold->out.at[i], fold, windows);
        vec_push(plan->arena, &windows->out, fold->out.at[i]);
    }
    fold->in.n = fold->out.n = 0;
    fold->dead = true;
}

static void remove_unneeded(Plan *plan)
{
    for (int i = plan->nodes.n - 1; i >= 0; i--) {
        Node *n = plan->nodes.at[i];
        if (n->role != NODE_SINK && n->out.n == 0)
            remove_node(n);
    }
}

void rewrite_plan(Plan *plan)
{
    for (int i = 0; i < plan->nodes.n; i++) {
        Node *n = plan->nodes.at[i];
        if (n->role == NODE_OP && strcmp(n->op_name, "count") == 0)
            count_panes(plan, n);
        else if (n->windows == n)
            fold_windows(plan, n);
    }
    remove_unneeded(plan);
}
