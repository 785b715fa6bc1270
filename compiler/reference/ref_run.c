/* ref_run.c: a plan as a program of the engine in which nothing is compiled.
 *
 * The engine reads sources, knows the time, calls sinks and says what was wrong, as always. Every
 * stage it runs is one of the two functions below: one walks the records of a source, the other does
 * what a holding operator does with a batch. What operators hold lies here; to the engine they are
 * empty nodes that are due at the same times. One thread runs them all. */
#include "config.h"
#include "opdef.h"
#include "dsc_conn.h"
#include "ref.h"
#include "reference.h"
#include "rt_run.h"

#include <stdio.h>
#include <string.h>

/* The run in hand: stages are told no more than their task. */
static Ref *running;

/* ---- bad elements ----------------------------------------------------------------------- */

/* Where the engine is to say it was: a place of an imported file is that of its import. */
static void tell(Ref *r, const RefTry *t, void (*bad)(dsc_task *task, int line, int col, const char *why))
{
    const SourceFile *file = &r->plan->files[t->at.file];
    if (t->at.file == 0)
        bad(r->task, t->at.line, t->at.col, t->why);
    else
        bad(r->task, file->imported.line, file->imported.col,
            ref_why(r, "%s:%d:%d: %s", file->name, t->at.line, t->at.col, t->why));
}

void ref_tell_bad(Ref *r, const RefTry *t)
{
    tell(r, t, dsc_bad);
}

void ref_tell_bad_fold(Ref *r, const RefTry *t)
{
    tell(r, t, dsc_bad_fold);
}

/* ---- stages -------------------------------------------------------------------------------- */

static RefNode *node_of(Ref *r)
{
    int index = rt_task_node(r->task), i = 0;
    while (r->nodes[i].index != index)
        i++;
    return &r->nodes[i];
}

static void *c_value(Ref *r, const dsc_type *layout, Val v)
{
    void *c = arena_alloc(r->scratch, layout->size);
    val_to_c(r->scratch, layout, v, c);
    return c;
}

static bool calls(const Node *n)
{
    return n->role == NODE_SINK && strcmp(n->op_name, "call") == 0;
}

void ref_sink(Ref *r, RefNode *node, Val v)
{
    (calls(node->n) ? dsc_push : dsc_put)(r->task, node->index, c_value(r, node->layout, v));
}

/* `sink call(f)`: f of an element, or of a batch and its time. */
static bool call_sink(dsc_task *task, const void *element)
{
    Ref *r = running;
    RefTry t;
    r->task = task;
    const Node *n = node_of(r)->n;
    Type *type = n->calls_batch ? type_list(r->arena, n->type) : n->type;
    Val args[] = {val_from_c(r->scratch, val_layout(r->scratch, type, NULL), element), val_int(T_TIME, dsc_batch_time(task))};
    if (REF_TRY(r, &t)) {
        bool taken = ref_apply(r, n->args[0], n->args[0]->params.n == 2 && n->calls_batch ? 2 : 1, args).is.i;
        ref_done(r, &t);
        return taken;
    }
    ref_tell_bad_fold(r, &t);
    return false;
}

static void renew(Arena **arena)
{
    arena_free(*arena);
    *arena = arena_new("reference");
}

/* The function that gives an element's time, by which a source is cut; NULL: it is cut otherwise. */
static const Expr *times_of(const Node *n)
{
    for (int i = 0; i < n->n_args; i++)
        if (n->args[i] && n->args[i]->kind == E_LAMBDA)
            return n->args[i];
    return NULL;
}

/* Is the element one of the batch in hand? It is bad where it is not. */
static bool in_time(Ref *r, const Expr *at, Val v)
{
    RefTry t;
    if (REF_TRY(r, &t)) {
        const char *why = dsc_out_of_time(r->task, ref_apply(r, at, 1, &v).is.i);
        if (why)
            ref_bad(r, at->span, why);
        ref_done(r, &t);
        return true;
    }
    ref_tell_bad(r, &t);
    return false;
}

/* What has no time is told of by the stage. */
static void tell_time(Ref *r, const Expr *at, Val v)
{
    RefTry t;
    if (!REF_TRY(r, &t))
        return;
    dsc_at(r->task, ref_apply(r, at, 1, &v).is.i);
    ref_done(r, &t);
}

/* The source's elements: their times, or what becomes of them. */
static void walk_source(dsc_task *task, bool times)
{
    enum { OFTEN = 100 };         /* records whose values are kept together */
    Ref *r = running;
    r->task = task;
    r->event = (Event){0};
    RefNode *node = node_of(r);
    const Expr *at = times_of(node->n);
    const dsc_type *layout = node->layout;
    const struct dsc_format_def *format = node->n->format;
    bool lines = format && strcmp(format->name, "lines") == 0;
    dsc_str line;
    const void *p;
    for (int64_t i = 0;; i++) {
        if (lines)
            p = dsc_next_line(task, &line) ? &line : NULL;
        else if (format)
            p = dsc_next_record(task);
        else
            p = dsc_next_item(task);
        if (!p)
            return;
        if (i % OFTEN == 0)
            renew(&r->scratch);
        Val v = val_from_c(r->scratch, layout, p);
        if (times)
            tell_time(r, at, v);
        else if (!at || in_time(r, at, v))
            ref_push(r, node, v);
    }
}

static void source_stage(dsc_task *task)
{
    walk_source(task, false);
}

static void source_times(dsc_task *task)
{
    walk_source(task, true);
}

/* Drop what no later window holds, and move the rest to other memory. */
static void forget(RefNode *node, int64_t before)
{
    Arena *old = node->memory;
    VEC(Entry) kept = {0};
    Vals order = {0};
    node->memory = arena_new("reference");
    for (int i = 0; i < node->held.n; i++) {
        Entry e = node->held.at[i];
        if (e.time <= before)
            continue;
        e.value = val_copy(node->memory, e.value);
        e.key = val_copy(node->memory, e.key);
        vec_push(node->memory, &kept, e);
    }
    for (int i = 0; i < node->order.n; i++)
        vec_push(node->memory, &order, val_copy(node->memory, node->order.at[i]));
    memcpy(&node->held, &kept, sizeof kept);
    node->order = order;
    arena_free(old);
}

/* Its rows stay, and are looked up or put out at each batch. */
static bool is_table(const Node *n)
{
    return n->op == &op_rows || n->op == &op_replay;
}

static void whole_stage(dsc_task *task)
{
    Ref *r = running;
    r->task = task;
    r->event = (Event){0};
    RefNode *node = node_of(r);
    int64_t now = dsc_batch_time(task), start = node->window ? now - node->window : INT64_MIN;
    int first = 0;
    while (first < node->held.n && node->held.at[first].time <= start)
        first++;
    renew(&r->scratch);
    node->op->whole(r, node, node->held.at + first, node->held.n - first);
    if (!is_table(node->n))
        forget(node, node->window ? start : now);
    node->last = now;
}

/* ---- arguments -------------------------------------------------------------------------------- */

static void set_arg(Ref *r, const RefNode *node, const dsc_arg_def *def, const Expr *e)
{
    Val v = ref_eval(r, e);
    switch (def->kind) {
    case DSC_FLOAT:
        dsc_set_float(r->task, node->index, def->name, v.is.f);
        break;
    case DSC_BOOL:
        dsc_set_bool(r->task, node->index, def->name, v.is.i != 0);
        break;
    case DSC_STRING: case DSC_BYTES:
        dsc_set_str(r->task, node->index, def->name, (dsc_str){v.is.p, v.n});
        break;
    case DSC_INT: case DSC_TIME: case DSC_DURATION:
        dsc_set_int(r->task, node->index, def->name, v.is.i);
        break;
    default: {
        const dsc_type *layout = val_layout(r->arena, e->type, NULL);
        dsc_set_value(r->task, node->index, def->name, layout, c_value(r, layout, v));
    }
    }
}

static void set_args(Ref *r, RefNode *node)
{
    const Node *n = node->n;
    const dsc_arg_def *defs = n->role == NODE_SOURCE ? n->source->args : n->role == NODE_SINK ? n->sink->args : NULL;
    for (int i = 0; defs && i < n->n_args && defs[i].name; i++)
        if (n->args[i] && n->args[i]->kind != E_LAMBDA)
            set_arg(r, node, &defs[i], n->args[i]);
    for (int i = 0; i < n->n_format_args; i++)
        if (n->format_args[i])
            set_arg(r, node, &n->format->args[i], n->format_args[i]);
    const Expr *window = n->role == NODE_OP ? ref_arg(r, n, "window") : NULL;
    if (!window)
        return;
    const Expr *slide = ref_arg(r, n, "slide");
    node->window = ref_eval(r, window).is.i;
    dsc_set_window(r->task, node->index, node->window, slide ? ref_eval(r, slide).is.i : 0);
}

/* Of the stream of each node: as long as a batch, or what the last window above it says. */
static void find_slide(Ref *r, RefNode *node)
{
    const Node *n = node->n;
    node->slide = n->role == NODE_SOURCE ? r->batch : r->nodes[n->in.at[0]->id].slide;
    const Expr *slide = node->window ? ref_arg(r, n, "slide") : NULL;
    if (slide)
        node->slide = ref_eval(r, slide).is.i;
}

static bool setup(dsc_task *task)
{
    Ref *r = running;
    RefTry t;
    r->task = task;
    if (!REF_TRY(r, &t)) {
        ref_tell_bad(r, &t);
        return false;
    }
    for (int i = 0; i < r->plan->nodes.n; i++) {
        RefNode *node = &r->nodes[i];
        if (node->index >= 0)
            set_args(r, node);
        find_slide(r, node);
#if DSC_HAVE_PCRE2
        if (node->n->format && strcmp(node->n->format->name, "regex") == 0)
            dsc_regex_use(task);
#endif
    }
    ref_done(r, &t);
    return true;
}

/* ---- the graph ---------------------------------------------------------------------------------- */

static bool is_narrow(const Node *n)
{
    return n->role == NODE_OP && n->op->class != OP_HOLD;
}

/* What one record puts into a union comes in the order of the union's inputs: of the streams that
 * part above it, the one that leads to the first input goes first. */
static int leads_to(const Edge *edge, const Node *join)
{
    if (edge->to->n == join)
        return edge->input;
    int least = -1;
    for (int i = 0; is_narrow(edge->to->n) && i < edge->to->out.n; i++) {
        int input = leads_to(&edge->to->out.at[i], join);
        if (input >= 0 && (least < 0 || input < least))
            least = input;
    }
    return least;
}

static void order_branches(RefNode *node, const Node *join)
{
    for (bool again = true; again;) {
        again = false;
        for (int i = 0; i < node->out.n; i++)
            for (int j = i + 1; j < node->out.n; j++) {
                int a = leads_to(&node->out.at[i], join), b = leads_to(&node->out.at[j], join);
                if (a < 0 || b < 0 || a <= b)
                    continue;
                Edge edge = node->out.at[i];
                node->out.at[i] = node->out.at[j];
                node->out.at[j] = edge;
                again = true;
            }
    }
}

/* By which the reference knows an operator: with tables some are others. */
static const char *name_of(const Node *n)
{
    if (n->op == &op_join_within)
        return "join within";
    if (n->op == &op_rows && n->n_args > 0)
        return "timed rows";
    return n->op->class == OP_LOOKUP && n->op != &op_asofJoin ? "lookup" : n->op_name;
}

/* Nodes that a sink needs, and edges between them. */
static void make_graph(Ref *r)
{
    Plan *plan = r->plan;
    r->nodes = NEW_ARRAY(r->arena, RefNode, plan->nodes.n + 1);
    for (int i = plan->nodes.n - 1; i >= 0; i--) {
        const Node *n = plan->nodes.at[i];
        RefNode *node = &r->nodes[i];
        *node = (RefNode){.n = n, .live = n->role == NODE_SINK, .index = -1, .last = INT64_MIN, .memory = arena_new("reference")};
        node->op = n->role == NODE_OP ? ref_op(name_of(n)) : NULL;
        for (int j = 0; j < n->out.n; j++) {
            RefNode *to = &r->nodes[n->out.at[j]->id];
            if (to->live)
                vec_push(r->arena, &node->out, ((Edge){to, plan_input_of(n, j)}));
            node->live |= to->live;
        }
    }
    for (int i = 0; i < plan->nodes.n; i++)
        for (int j = 0; r->nodes[i].n->role == NODE_OP && r->nodes[i].n->op->class == OP_UNION && j < i; j++)
            order_branches(&r->nodes[j], r->nodes[i].n);
}

/* ---- the engine's program -------------------------------------------------------------------------- */

/* A node that holds is numbered; the inputs of one are those that lead to it by narrow ones. */
static void add_inputs(const Ref *r, const Node *n, int32_t *inputs, int32_t *count)
{
    for (int i = 0; i < n->in.n; i++) {
        int index = r->nodes[n->in.at[i]->id].index, j = 0;
        if (index < 0) {
            add_inputs(r, n->in.at[i], inputs, count);
            continue;
        }
        while (j < *count && inputs[j] != index)
            j++;
        inputs[j] = index;
        *count += j == *count;
    }
}

static const dsc_fold nothing = {
    .acc = &dsc_type_int, .exact = true, .group = true, .combine = dsc_count_combine, .remove = dsc_count_remove};

static dsc_node engine_node(Ref *r, RefNode *node, int n_nodes)
{
    const Node *n = node->n;
    Span at = n->span.file > 0 ? r->plan->files[n->span.file].imported : n->span;
    int32_t *inputs = NEW_ARRAY(r->arena, int32_t, n_nodes + 1);
    dsc_node e = {.kind = DSC_HELD, .name = n->name, .op = n->op_name, .line = at.line, .col = at.col, .inputs = inputs,
                  .ordered = true, .stage_name = n->op_name};
    add_inputs(r, n, inputs, &e.n_inputs);
    Used none = {.parts = NEW_ARRAY(r->arena, Used *, type_of(n->type)->n + 1)};
    node->layout = val_layout(r->arena, n->type, n->role != NODE_SOURCE ? NULL : n->used ? n->used : &none);
    e.type = node->layout;
    e.format = n->format ? n->format->name : NULL;
    e.on_error = (dsc_on_error)n->on_error.kind;
    e.dead_letter = n->on_error.folder;
    if (n->role == NODE_SINK) {
        e.kind = DSC_SINK;
        e.call = calls(n) ? call_sink : NULL;
        e.calls_batch = n->calls_batch;
    } else if (n->role == NODE_SOURCE) {
        e.kind = DSC_SOURCE;
        e.stage = source_stage;
        e.times = times_of(n) ? source_times : NULL;
    } else {
        e.kind = is_table(n) ? DSC_TABLE : DSC_HELD;
        e.stage = n->op == &op_rows ? NULL : whole_stage;
        e.held = &dsc_type_int;
    }
    e.once = n->once;
    if (n->role == NODE_OP && ref_arg(r, n, "window")) {
        e.kind = DSC_WINDOW_FOLD;
        e.fold = &nothing;
        e.always = true;
    }
    return e;
}

static void make_params(Ref *r, dsc_program *program)
{
    static const dsc_kind kinds[] = {[T_INT] = DSC_INT, [T_FLOAT] = DSC_FLOAT, [T_BOOL] = DSC_BOOL, [T_STRING] = DSC_STRING,
                                     [T_TIME] = DSC_TIME, [T_DURATION] = DSC_DURATION};
    Plan *plan = r->plan;
    dsc_param *params = NEW_ARRAY(r->arena, dsc_param, plan->params.n + 1);
    for (int i = 0; i < plan->params.n; i++) {
        const Param *p = &plan->params.at[i];
        params[i].name = p->name;
        params[i].kind = kinds[type_of(p->type)->kind];
        if (!p->value)
            continue;
        Val v = ref_eval(r, p->value);
        Text text = {0};
        val_print(&text, p->type, v);
        params[i].text = arena_strdup(r->arena, text.p);
        text_free(&text);
        if (v.kind == T_FLOAT)
            params[i].f = v.is.f;
        else if (v.kind == T_STRING)
            params[i].s = (dsc_str){v.is.p, v.n};
        else
            params[i].i = v.is.i;
    }
    program->params = params;
    program->n_params = plan->params.n;
}

/* Sources, then what holds, then sinks, each in the order of the program. */
static dsc_program make_program(Ref *r)
{
    Plan *plan = r->plan;
    int n = 0;
    RefNode **order = NEW_ARRAY(r->arena, RefNode *, plan->nodes.n + 1);
    static const NodeRole roles[] = {NODE_SOURCE, NODE_OP, NODE_SINK};
    for (int role = 0; role < 3; role++)
        for (int i = 0; i < plan->nodes.n; i++)
            if (r->nodes[i].live && r->nodes[i].n->role == roles[role] && !is_narrow(r->nodes[i].n)) {
                r->nodes[i].index = n;
                order[n++] = &r->nodes[i];
            }
    dsc_node *nodes = NEW_ARRAY(r->arena, dsc_node, n + 1);
    for (int i = 0; i < n; i++)
        nodes[i] = engine_node(r, order[i], n);
    dsc_program program = {.abi = DSC_ABI_VERSION, .file = plan->file, .batch = plan->batch, .n_nodes = n, .nodes = nodes,
                           .setup = setup};
    program.on_error = (dsc_on_error)plan->on_error.kind;
    program.dead_letter = plan->on_error.folder;
    make_params(r, &program);
    return program;
}

/* Says what the reference does not know of a plan. */
static bool knows(const Ref *r)
{
    const Plan *plan = r->plan;
    if (plan->externs.n > 0) {
        fprintf(stderr, "dsc run --reference: functions in C are not interpreted: `%s`\n", plan->externs.at[0].fns.at[0]->name);
        return false;
    }
    for (int i = 0; i < plan->nodes.n; i++)
        if (r->nodes[i].live && r->nodes[i].n->role == NODE_OP && !r->nodes[i].op) {
            fprintf(stderr, "dsc run --reference: the reference does not know the operator `%s`\n", r->nodes[i].n->op_name);
            return false;
        }
    return true;
}

int reference_run(Plan *plan, int argc, char **argv, const char *usage_name)
{
    Ref ref = {.plan = plan, .arena = plan->arena, .scratch = arena_new("reference")}, *r = &ref;
    int status = 2;
    find_used(plan);              /* what no expression looks at is not read, and so not bad either */
    make_graph(r);
    if (knows(r)) {
        dsc_program program = make_program(r);
        rt_options options;
        status = rt_parse_options(&program, argc, argv, usage_name, &options);
        if (status == 0) {
            options.threads = 1;
            r->batch = options.batch > 0 ? options.batch : plan->batch;
            running = r;
            status = rt_run(&program, &options);
            running = NULL;
            rt_free_options(&options);
        } else if (status < 0) {
            status = 0;
        }
    }
    for (int i = 0; i < plan->nodes.n; i++) {
        arena_free(r->nodes[i].memory);
        event_free(&r->nodes[i]);
        ref_states_free(&r->nodes[i]);
    }
    arena_free(r->scratch);
    return status;
}
