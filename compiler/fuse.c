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

/* Can anybody see the order in which n puts out its elements? Asked from the
 * last node to the first. */
static bool order_shows(const Node *n)
{
    for (int i = 0; i < n->out.n; i++) {
        const Node *to = n->out.at[i];
        bool shows;
        if (to->role == NODE_SINK)
            shows = strcmp(to->op_name, "discard") != 0;
        else if (to->fold && to->fold->exact)
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
    plan->unfused = !fuse;
    for (int i = plan->nodes.n - 1; i >= 0; i--)
        plan->nodes.at[i]->ordered = order_shows(plan->nodes.at[i]);
    for (int i = 0; i < plan->nodes.n; i++) {
        Node *n = plan->nodes.at[i];
        if (n->dead || !is_root(n))
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
