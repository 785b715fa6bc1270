/* plan.c: the graph of operators: building, ordering, checking, dumping. */
#include "opdef.h"
#include "dsc_abi.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

Node *plan_add(Plan *plan, NodeRole role, Span span)
{
    Node *n = NEW(plan->arena, Node);
    n->id = plan->nodes.n;
    n->role = role;
    n->span = span;
    n->index = -1;
    vec_push(plan->arena, &plan->nodes, n);
    return n;
}

void plan_link(Plan *plan, Node *from, Node *to)
{
    vec_push(plan->arena, &from->out, to);
    vec_push(plan->arena, &to->in, from);
}

int plan_input_of(const Node *from, int out)
{
    const Node *to = from->out.at[out];
    int before = 0, input = 0;
    for (int i = 0; i < out; i++)
        before += from->out.at[i] == to;
    while (to->in.at[input] != from || before-- > 0)
        input++;
    return input;
}

Type *state_value_type(const Node *n)
{
    return n->timed ? type_of(n->state)->args[1] : n->state;
}

/* Depth first along the inputs, with a stack of its own: chains may be long. */
void plan_sort(Plan *plan)
{
    int n = plan->nodes.n;
    for (int i = 0; i < n; i++)
        plan->nodes.at[i]->id = -1;
    struct { Node *node; int next; } *stack = calloc((size_t)n + 1, sizeof *stack);
    Node **sorted = NEW_ARRAY(plan->arena, Node *, n + 1);
    if (!stack)
        abort();
    int done = 0;
    for (int i = 0; i < n; i++) {
        int depth = 0;
        if (plan->nodes.at[i]->id < 0 && !plan->nodes.at[i]->dead) {
            stack[depth].node = plan->nodes.at[i];
            stack[depth++].next = 0;
        }
        while (depth > 0) {
            Node *top = stack[depth - 1].node;
            if (stack[depth - 1].next < top->in.n) {
                Node *in = top->in.at[stack[depth - 1].next++];
                if (in->id < 0 && depth <= n) {
                    stack[depth].node = in;
                    stack[depth++].next = 0;
                }
                continue;
            }
            if (top->id < 0) {
                top->id = done;
                sorted[done++] = top;
            }
            depth--;
        }
    }
    free(stack);
    plan->nodes.at = sorted;
    plan->nodes.n = done;
    plan->nodes.cap = n + 1;
}

static void __attribute__((noreturn, format(printf, 3, 4)))
broken(const char *pass, const Node *n, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "dsc: internal error after pass %s: node %d (%s): ", pass, n->id, n->op_name ? n->op_name : "?");
    vfprintf(stderr, format, args);
    va_end(args);
    fputs("\n", stderr);
    abort();
}

static int times_in(Node *const *nodes, int n, const Node *node)
{
    int times = 0;
    for (int i = 0; i < n; i++)
        times += nodes[i] == node;
    return times;
}

static void verify_edges(const Plan *plan, const Node *n, const char *pass)
{
    for (int i = 0; i < n->in.n; i++) {
        const Node *from = n->in.at[i];
        if (from->dead)
            broken(pass, n, "takes from removed node %d", from->id);
        if (from->id < 0 || from->id >= plan->nodes.n || plan->nodes.at[from->id] != from)
            broken(pass, n, "takes from a node outside the plan");
        if (from->id >= n->id)
            broken(pass, n, "comes before its input %d", from->id);
        if (times_in(from->out.at, from->out.n, n) != times_in(n->in.at, n->in.n, from))
            broken(pass, n, "input %d does not agree on the edge", from->id);
    }
    for (int i = 0; i < n->out.n; i++)
        if (times_in(n->out.at[i]->in.at, n->out.at[i]->in.n, n) == 0)
            broken(pass, n, "output %d does not know of it", n->out.at[i]->id);
}

static void verify_node(const Plan *plan, const Node *n, const char *pass)
{
    if (n->dead) {
        if (n->in.n || n->out.n)
            broken(pass, n, "is removed but still linked");
        return;
    }
    if (!n->op_name || !n->text)
        broken(pass, n, "has no name or text");
    if (!n->type || n->type->kind == T_VAR || n->type->kind == T_ERROR || type_has_var(n->type))
        broken(pass, n, "has no type");
    switch (n->role) {
    case NODE_SOURCE:
        if (!n->source || n->in.n || !n->name)
            broken(pass, n, "is no whole source");
        break;
    case NODE_SINK:
        if (!n->sink || n->in.n != 1 || n->out.n || !n->name)
            broken(pass, n, "is no whole sink");
        break;
    case NODE_OP:
        if (!n->op || n->in.n == 0 || (n->op->class == OP_HOLD && !n->name))
            broken(pass, n, "is no whole operator");
        break;
    }
    verify_edges(plan, n, pass);
}

/* After fusing: roots have stages that hold each narrow node, and no node is in none. */
static void verify_stages(const Plan *plan, const char *pass)
{
    if (plan->stages.n == 0)
        return;
    for (int i = 0; i < plan->nodes.n; i++) {
        const Node *n = plan->nodes.at[i];
        if (!n->dead && n->role != NODE_SINK && !n->stage && !(n->role == NODE_OP && n->op == &op_rows))
            broken(pass, n, "is in no stage");
    }
}

void plan_verify(const Plan *plan, const char *pass)
{
    for (int i = 0; i < plan->nodes.n; i++) {
        const Node *n = plan->nodes.at[i];
        if (n->id != i)
            broken(pass, n, "stands at place %d", i);
        verify_node(plan, n, pass);
    }
    verify_stages(plan, pass);
}

void plan_dump(const Plan *plan, FILE *out)
{
    for (int i = 0; i < plan->nodes.n; i++) {
        const Node *n = plan->nodes.at[i];
        if (n->dead)
            continue;
        fprintf(out, "%d %s %s %s", n->id, n->op_name, n->name ? n->name : "-", type_text(plan->arena, n->type));
        for (int j = 0; j < n->in.n; j++)
            fprintf(out, "%s%d", j ? "," : " <- ", n->in.at[j]->id);
        fputs("\n", out);
    }
}

const OpDef *op_find(const char *name)
{
    for (int i = 0; i < n_all_ops; i++)
        if (strcmp(all_ops[i]->name, name) == 0)
            return all_ops[i];
    return NULL;
}

bool op_in_range(const OpDef *op, double value)
{
    return value >= op->range.low && (op->range.high == 0 || value <= op->range.high);
}

const char *op_range_text(Arena *arena, const OpDef *op)
{
    if (op->range.high == 0)
        return arena_printf(arena, "at least %.0f", op->range.low);
    return arena_printf(arena, "from %.0f to %.0f", op->range.low, op->range.high);
}
