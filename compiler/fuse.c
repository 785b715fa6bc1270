/* fuse.c: groups operators into stages by their class.
 *
 * A stage begins at a root (a source, or an operator that holds elements until
 * the end of a batch), takes in every narrow operator below it, and ends where
 * elements are put into a holding operator or a sink. A stream that is used
 * twice is so computed once. What lies below a union of several roots belongs
 * to the stage of each of them. */
#include "opdef.h"

#include <string.h>

static bool is_root(const Node *n)
{
    return n->role == NODE_SOURCE || (n->role == NODE_OP && n->op->class == OP_HOLD);
}

static bool is_narrow(const Node *n)
{
    return n->role == NODE_OP && n->op->class != OP_HOLD;
}

/* Mark what a root reaches through narrow operators. Nodes are in topological
 * order, so one walk over them is enough. */
static void fill_stage(Plan *plan, Stage *stage, const Stage **reached)
{
    reached[stage->root->id] = stage;
    for (int i = stage->root->id + 1; i < plan->nodes.n; i++) {
        Node *n = plan->nodes.at[i];
        if (n->dead)
            continue;
        for (int j = 0; j < n->in.n && reached[i] != stage; j++)
            if (reached[n->in.at[j]->id] == stage &&
                (n->in.at[j] == stage->root || is_narrow(n->in.at[j])))
                reached[i] = stage;
        if (reached[i] != stage)
            continue;
        if (is_narrow(n)) {
            vec_push(plan->arena, &stage->nodes, n);
            if (!n->stage)
                n->stage = stage;
        } else {
            vec_push(plan->arena, &stage->ends, n);
        }
    }
}

/* ---- unions ---------------------------------------------------------------- */

/* Which nodes reach a union, by which of its inputs first; -1: not at all. */
typedef struct Reach {
    int *input;                   /* by node id */
    VEC(Node *) open;             /* still to be followed */
} Reach;

static void mark_input(Plan *plan, Node *from, int input, Reach *reach)
{
    vec_push(plan->arena, &reach->open, from);
    while (reach->open.n > 0) {
        Node *n = reach->open.at[--reach->open.n];
        if (reach->input[n->id] >= 0)
            continue;
        reach->input[n->id] = input;
        for (int i = 0; i < n->in.n && is_narrow(n); i++)
            vec_push(plan->arena, &reach->open, n->in.at[i]);
    }
}

/* By which input of the union n's edge number `edge` leads there; -1: not at all. */
static int input_of_edge(const Node *n, int edge, const Node *join, const Reach *reach)
{
    const Node *to = n->out.at[edge];
    if (to == join)
        return plan_input_of(n, edge);
    return is_narrow(to) ? reach->input[to->id] : -1;
}

/* Of the edges of n that lead to the union put those first that lead to its
 * first inputs; others stay where they are. */
static void order_edges(Plan *plan, Node *n, const Node *join, const Reach *reach)
{
    int *input = NEW_ARRAY(plan->arena, int, n->out.n);
    for (int i = 0; i < n->out.n; i++)
        input[i] = input_of_edge(n, i, join, reach);
    for (int i = 1; i < n->out.n; i++) {
        Node *to = n->out.at[i];
        int own = input[i], free_place = i;
        for (int j = i - 1; own >= 0 && j >= 0 && (input[j] < 0 || input[j] > own); j--) {
            if (input[j] < 0)
                continue;
            n->out.at[free_place] = n->out.at[j];
            input[free_place] = input[j];
            free_place = j;
        }
        n->out.at[free_place] = to;
        input[free_place] = own;
    }
}

/* What one record puts into a union comes in the order of the union's inputs:
 * where streams part, the branch of the first input runs first. (Two unions may
 * ask for opposite orders of the same branches: then the later one has its way.) */
static void order_branches(Plan *plan, Node *join, Reach *reach)
{
    for (int i = 0; i < plan->nodes.n; i++)
        reach->input[i] = -1;
    for (int i = 0; i < join->in.n; i++)
        mark_input(plan, join->in.at[i], i, reach);
    for (int i = 0; i < join->id; i++)
        if (reach->input[i] >= 0 && plan->nodes.at[i]->out.n > 1)
            order_edges(plan, plan->nodes.at[i], join, reach);
}

/* ---- what the plan's tables need ---------------------------------------------- */

/* Can anybody see the order in which n puts out its elements? Asked from the
 * last node to the first. */
static bool order_shows(const Node *n)
{
    for (int i = 0; i < n->out.n; i++) {
        const Node *to = n->out.at[i];
        bool shows;
        if (to->role == NODE_SINK)
            shows = strcmp(to->op_name, "discard") != 0;
        else if (to->fold && to->fold->exact && !to->windows)
            shows = to->ordered && type_is_pair(to->type);
        else if (is_narrow(to))
            shows = to->ordered;
        else
            shows = true;
        if (shows)
            return true;
    }
    return false;
}

/* The places in dsc_program.nodes: sources, then what holds, then sinks. */
static void number_nodes(Plan *plan)
{
    int next = 0;
    for (int i = 0; i < plan->nodes.n; i++) {
        Node *n = plan->nodes.at[i];
        n->index = -1;
        if (!n->dead && n->role == NODE_SOURCE)
            n->index = next++;
    }
    for (int i = 0; i < plan->nodes.n; i++) {
        Node *n = plan->nodes.at[i];
        if (!n->dead && n->role == NODE_OP && is_root(n))
            n->index = next++;
    }
    for (int i = 0; i < plan->nodes.n; i++) {
        Node *n = plan->nodes.at[i];
        if (!n->dead && n->role == NODE_SINK)
            n->index = next++;
    }
}

void fuse_plan(Plan *plan, bool fuse)
{
    const Stage **reached = NEW_ARRAY(plan->arena, const Stage *, plan->nodes.n + 1);
    Reach reach = {.input = NEW_ARRAY(plan->arena, int, plan->nodes.n + 1)};
    plan->unfused = !fuse;
    for (int i = 0; i < plan->nodes.n; i++) {
        Node *n = plan->nodes.at[i];
        if (!n->dead && n->role == NODE_OP && n->op->class == OP_UNION)
            order_branches(plan, n, &reach);
    }
    /* States keep the order of their keys for batches to come, and for who looks into a checkpoint. */
    for (int i = plan->nodes.n - 1; i >= 0; i--)
        plan->nodes.at[i]->ordered = plan->nodes.at[i]->state || order_shows(plan->nodes.at[i]);
    for (int i = 0; i < plan->nodes.n; i++) {
        Node *n = plan->nodes.at[i];
        if (n->dead || !is_root(n) || n->op == &op_rows)
            continue;
        Stage *stage = NEW(plan->arena, Stage);
        stage->number = plan->stages.n + 1;
        stage->root = n;
        n->stage = stage;
        vec_push(plan->arena, &plan->stages, stage);
        fill_stage(plan, stage, reached);
    }
    number_nodes(plan);
}
