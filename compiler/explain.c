/* explain.c: prints a fused plan as text, as a graph for dot, and as JSON. */
#include "explain.h"
#include "cost.h"
#include "opdef.h"
#include "dsc_abi.h"

#include <stdio.h>
#include <string.h>

static const char *fold_text(Arena *arena, const Fold *fold)
{
    switch (fold->kind) {
    case FOLD_COUNT: return "count";
    case FOLD_ISUM: return "sum of ints";
    case FOLD_FSUM: return "sum of floats, rounded once";
    case FOLD_MIN: return "min";
    case FOLD_MAX: return "max";
    case FOLD_AND: return "and";
    case FOLD_OR: return "or";
    case FOLD_GENERAL: return "the function, in input order";
    case FOLD_TUPLE: break;
    }
    Text all = {0};
    for (int i = 0; i < fold->type->n; i++)
        text_printf(&all, "%s%s", i ? ", " : "(", fold_text(arena, fold->parts[i]));
    text_add(&all, ")");
    const char *text = arena_strdup(arena, all.p);
    text_free(&all);
    return text;
}

static bool is_windowed(const Node *n)
{
    return n->role == NODE_OP && strstr(n->op_name, "indow") != NULL;
}

/* The same of windows of event time, and of keys that are known for a while. */
static const char *event_text(Arena *arena, const Node *n)
{
    if (!n->windows)
        return arena_printf(arena, "the time of the first element of each key, for a while of %s time",
                            n->clocks.n > 0 ? "event" : "the batches'");
    const char *what = n->fold ? arena_printf(arena, "one value a key and window: %s", fold_text(arena, n->fold))
                               : "every element of each window";
    return arena_printf(arena, "%s; until the watermark is %s its end%s", what, n->late == LATE_UPDATES ? "`keep` past" : "at",
                        n->late == LATE_ASIDE && n->aside->out.n > 0 ? "; late elements go aside" : "");
}

/* What a holding operator keeps, and until when; NULL where it keeps nothing. */
static const char *held_text(Arena *arena, const Node *n)
{
    if (n->role != NODE_OP || n->op->class != OP_HOLD)
        return NULL;
    if (n->op->time == TIME_JOINS)
        return "every element of both sides, until the watermark has passed it by `within`";
    if (n->windows || n->op->time == TIME_KEPT)
        return event_text(arena, n);
    if (n->op->kind == DSC_SORTED && n->op->range.arg)
        return "about twice as many elements as it gives";
    if (n->op->kind == DSC_TABLE)
        return n->op == &op_rows ? "every row of the table, by key" : "every row of the table";
    if (n->op->state)
        return arena_printf(arena, "a state of %s for each key", type_text(arena, state_value_type(n)));
    if (strcmp(n->op_name, "stateSnapshots") == 0)
        return NULL;
    if (!n->fold)
        return is_windowed(n) ? "every element of the window" : "every element of the batch";
    const char *what = arena_printf(arena, "%s: %s", type_is_pair(n->type) ? "one value a key" : "one value",
                                    fold_text(arena, n->fold));
    if (!is_windowed(n))
        return what;
    return arena_printf(arena, "%s; %s", what,
                        n->fold->group ? "a slide subtracts what leaves the window"
                        : n->fold->joins ? "a slide joins the lists of the batches in the window"
                                         : "a slide combines what stays, by two stacks");
}

static const char *role_text(const Node *n)
{
    return n->role == NODE_SOURCE ? "source" : n->role == NODE_SINK ? "sink" : "operator";
}

/* ---- text ---------------------------------------------------------------- */

/* The program's words for a node: "words = socket(host, port)". */
static const char *node_text(Arena *arena, const Node *n)
{
    return n->role == NODE_SOURCE && n->name ? arena_printf(arena, "%s = %s", n->name, n->text) : n->text;
}

/* Wide enough for most of the plan's texts; longer ones push their line out. */
static int text_width(const Plan *plan)
{
    int width = 0;
    for (int i = 0; i < plan->nodes.n; i++) {
        int n = (int)strlen(node_text(plan->arena, plan->nodes.at[i]));
        if (!plan->nodes.at[i]->dead && n > width && n <= 48)
            width = n;
    }
    return width;
}

static void node_line(const Plan *plan, const Node *n, int width, Text *out)
{
    bool source = n->role == NODE_SOURCE, sink = n->role == NODE_SINK;
    text_printf(out, "  %3d  %-*s", n->id + 1, width, node_text(plan->arena, n));
    for (int i = 0; i < n->in.n; i++)
        text_printf(out, "%s%d", i ? ", " : sink ? "  takes " : "  from ", n->in.at[i]->id + 1);
    if (!sink)
        text_printf(out, "%s%s", source ? "  gives " : " gives ", type_text(plan->arena, n->type));
    text_add(out, "\n");
    const char *held = held_text(plan->arena, n);
    if (held)
        text_printf(out, "         holds %s\n", held);
    Cost cost;
    if (node_cost(plan->arena, n, &cost))
        text_printf(out, "         costs %s; %s\n", cost_text(plan->arena, &cost), cost.leaves);
}

static void stage_lines(const Stage *s, Text *out)
{
    bool source = s->root->role == NODE_SOURCE;
    text_printf(out, "  stage%d: for each element of %d (%s)%s\n", s->number, s->root->id + 1, s->root->op_name,
                s->root->once && s->root->op != &op_replay ? ", before the first batch"
                : source ? "" : is_windowed(s->root) ? ", at each slide" : ", at the end of each batch");
    for (int i = 0; i < s->nodes.n; i++)
        text_printf(out, "    %d %s\n", s->nodes.at[i]->id + 1, s->nodes.at[i]->text);
    for (int i = 0; i < s->ends.n; i++)
        text_printf(out, "    into %d %s\n", s->ends.at[i]->id + 1, s->ends.at[i]->text);
}

void explain_text(const Plan *plan, Text *out)
{
    int width = text_width(plan);
    text_printf(out, "%s: batch %s\n\nplan\n", plan->file, duration_text(plan->arena, plan->batch));
    for (int i = 0; i < plan->nodes.n; i++)
        if (!plan->nodes.at[i]->dead)
            node_line(plan, plan->nodes.at[i], width, out);
    text_add(out, "\nstages\n");
    for (int i = 0; i < plan->stages.n; i++)
        stage_lines(plan->stages.at[i], out);
}

/* ---- DOT ------------------------------------------------------------------ */

/* Text between double quotes; DOT and JSON agree on \" and \\, and neither
 * sees another control character (Node.text is one line). */
static void quote(Text *out, const char *text)
{
    text_add(out, "\"");
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            text_addn(out, "\\", 1);
        if ((unsigned char)*text < 0x20)
            text_printf(out, "\\u%04x", (unsigned)*text);
        else
            text_addn(out, text, 1);
    }
    text_add(out, "\"");
}

static void dot_node(const Node *n, Text *out)
{
    text_printf(out, "    n%d [label=", n->id);
    quote(out, n->text);
    text_add(out, n->role == NODE_OP ? "];\n" : ", shape=ellipse];\n");
}

static void dot_edges(const Plan *plan, const Node *n, Text *out)
{
    for (int i = 0; i < n->out.n; i++) {
        text_printf(out, "  n%d -> n%d [label=", n->id, n->out.at[i]->id);
        quote(out, type_text(plan->arena, n->type));
        text_add(out, "];\n");
    }
}

void explain_dot(const Plan *plan, Text *out)
{
    text_add(out, "digraph plan {\n  rankdir=TB;\n  node [shape=box, fontname=\"monospace\", fontsize=11];\n"
                  "  edge [fontname=\"monospace\", fontsize=9];\n");
    for (int i = 0; i < plan->stages.n; i++) {
        const Stage *s = plan->stages.at[i];
        text_printf(out, "  subgraph cluster_stage%d {\n    label=\"stage%d\"; style=rounded; fontname=\"monospace\";\n",
                    s->number, s->number);
        dot_node(s->root, out);
        for (int j = 0; j < s->nodes.n; j++)
            if (s->nodes.at[j]->stage == s)
                dot_node(s->nodes.at[j], out);
        text_add(out, "  }\n");
    }
    for (int i = 0; i < plan->nodes.n; i++) {
        const Node *n = plan->nodes.at[i];
        if (n->dead)
            continue;
        if (n->role == NODE_SINK)
            dot_node(n, out);
        dot_edges(plan, n, out);
    }
    text_add(out, "}\n");
}

/* ---- JSON ------------------------------------------------------------------ */

static void json_ids(Text *out, const char *key, Node *const *nodes, int n)
{
    text_printf(out, ", \"%s\": [", key);
    for (int i = 0; i < n; i++)
        text_printf(out, "%s%d", i ? ", " : "", nodes[i]->id + 1);
    text_add(out, "]");
}

static void json_string(Text *out, const char *key, const char *value)
{
    text_printf(out, ", \"%s\": ", key);
    quote(out, value);
}

static void json_node(const Plan *plan, const Node *n, Text *out)
{
    text_printf(out, "    {\"id\": %d", n->id + 1);
    json_string(out, "role", role_text(n));
    json_string(out, "op", n->op_name);
    json_string(out, "text", n->text);
    if (n->name)
        json_string(out, "name", n->name);
    json_string(out, "type", type_text(plan->arena, n->type));
    text_printf(out, ", \"line\": %d, \"column\": %d", n->span.line, n->span.col);
    json_ids(out, "inputs", n->in.at, n->in.n);
    const char *held = held_text(plan->arena, n);
    if (held)
        json_string(out, "holds", held);
    Cost cost;
    if (node_cost(plan->arena, n, &cost)) {
        if (cost.by_key)
            text_printf(out, ", \"bytes_per_key\": %lld", (long long)cost.key);
        if (cost.pane > 0)
            text_printf(out, ", \"bytes_per_pane\": %lld", (long long)cost.pane);
        if (cost.element > 0)
            text_printf(out, ", \"bytes_per_element\": %lld", (long long)cost.element);
        json_string(out, "leaves", cost.leaves);
        if (cost.most >= 0)
            text_printf(out, ", \"bytes_at_most\": %lld", (long long)cost.most);
    }
    if (n->window)
        text_printf(out, ", \"window_us\": %lld, \"slide_us\": %lld", (long long)n->window, (long long)n->slide);
    text_add(out, "}");
}

void explain_json(const Plan *plan, Text *out)
{
    text_add(out, "{\n  \"program\": ");
    quote(out, plan->file);
    text_printf(out, ",\n  \"batch_us\": %lld,\n  \"nodes\": [\n", (long long)plan->batch);
    bool first = true;
    for (int i = 0; i < plan->nodes.n; i++) {
        if (plan->nodes.at[i]->dead)
            continue;
        text_add(out, first ? "" : ",\n");
        json_node(plan, plan->nodes.at[i], out);
        first = false;
    }
    text_add(out, "\n  ],\n  \"stages\": [\n");
    for (int i = 0; i < plan->stages.n; i++) {
        const Stage *s = plan->stages.at[i];
        text_printf(out, "%s    {\"stage\": %d, \"reads\": %d", i ? ",\n" : "", s->number, s->root->id + 1);
        json_ids(out, "runs", s->nodes.at, s->nodes.n);
        json_ids(out, "into", s->ends.at, s->ends.n);
        text_add(out, "}");
    }
    text_add(out, "\n  ]\n}\n");
}
