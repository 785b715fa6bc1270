/* nodes.c: the nodes of a job: made from the program's, with their connectors
 * (not yet opened), slides and state; and freed. */
#include "core.h"
#include "rt_replay.h"
#include <stdlib.h>

/* ---- making ------------------------------------------------------------------------ */

static void make_source(rt_engine *e, rt_node *node)
{
    const dsc_source_def *def = dsc_find_source(node->def->op);
    if (!def) {
        dsc_fail(e->job, "there is no source '%s' in this build", node->def->op);
        rt_leave();
    }
    dsc_source *s = node->source.conn = rt_must_zero(def->size, "a source");
    s->def = def;
    s->job = e->job;
    s->node = node->def;
    s->args = rt_args_new(def->args);
    if (!s->args)
        rt_raise(sizeof(dsc_arg), "a source");
    if (node->def->format)
        node->format = rt_format_new(e->job, node->def->format, node->def, node->def->type);
    if (node->def->times)
        rt_timed_new(node);
}

void rt_sink_make(rt_engine *e, rt_node *node)
{
    const dsc_sink_def *def = dsc_find_sink(node->def->op);
    if (!def) {
        dsc_fail(e->job, "there is no sink '%s' in this build", node->def->op);
        rt_leave();
    }
    const rt_replay *replay = e->job->options.replay;
    dsc_sink *s = node->sink.conn = replay ? replay->sink(def) : rt_must_zero(def->size, "a sink");
    s->def = replay ? s->def : def;
    s->job = e->job;
    s->node = node->def;
    s->args = rt_args_new(def->args);
    if (!s->args)
        rt_raise(sizeof(dsc_arg), "a sink");
    node->format = rt_format_new(e->job, node->def->format ? node->def->format : "lines", node->def, node->def->type);
}

const dsc_arg_def rt_op_args[] = {
    {"init", DSC_LIST, "none", NULL},
    {"timeout", DSC_DURATION, "none", NULL},
    {"maxKeys", DSC_INT, "none", NULL},
    {"maxBytes", DSC_INT, "none", NULL},
    {0},
};

static void make_operator(rt_node *node)
{
    node->args = rt_args_new(rt_op_args);
    if (!node->args)
        rt_raise(sizeof(dsc_arg), "an operator");
}

static void link_feeds(rt_engine *e)
{
    for (int i = 0; i < e->n_nodes; i++) {
        rt_node *node = &e->nodes[i];
        for (int j = 0; j < node->def->n_inputs; j++) {
            rt_node *from = &e->nodes[node->def->inputs[j]];
            from->feeds = rt_must_fit(from->feeds, &from->feeds_cap, (size_t)from->n_feeds + 1, sizeof *from->feeds, "nodes");
            from->feeds[from->n_feeds++] = node;
        }
    }
}

void rt_nodes_make(rt_engine *e)
{
    const dsc_program *program = e->job->program;
    int n = program->n_nodes + rt_dead_letters_count(program);
    e->nodes = rt_must_zero((size_t)n * sizeof *e->nodes, "nodes");
    while (e->n_nodes < program->n_nodes) {
        rt_node *node = &e->nodes[e->n_nodes];
        node->def = &program->nodes[e->n_nodes];
        node->index = e->n_nodes++;
        if (node->def->kind == DSC_SOURCE)
            make_source(e, node);
        else if (node->def->kind == DSC_SINK)
            rt_sink_make(e, node);
        else
            make_operator(node);
    }
    rt_dead_letters_make(e);
    link_feeds(e);
}

/* ---- slides and windows -------------------------------------------------------------------- */

static int wrong_window(rt_engine *e, const rt_node *node, const char *what, int64_t value)
{
    rt_buf b = {0};
    const dsc_node *def = node->def;
    if (value <= 0) {
        rt_buf_print(&b, "the %s must be above 0, and is ", what);
        rt_print_duration(&b, value);
    } else {
        rt_buf_print(&b, "the %s (", what);
        rt_print_duration(&b, value);
        rt_buf_print(&b, ") must be a multiple of the %s (", node->in_slide == e->job->batch ? "batch" : "slide of its input");
        rt_print_duration(&b, node->in_slide);
        rt_buf_char(&b, ')');
    }
    dsc_fail(e->job, "%s:%d:%d: %s: %.*s", e->job->program->file, def->line, def->col, def->op, (int)b.n, b.p);
    rt_buf_free(&b);
    return -1;
}

/* The slide of what a node takes. A table gives its rows whenever the others come. */
static int find_in_slide(rt_engine *e, rt_node *node)
{
    const dsc_node *def = node->def;
    node->in_slide = 0;
    for (int i = 0; i < def->n_inputs; i++) {
        const rt_node *from = &e->nodes[def->inputs[i]];
        if (from->def->kind == DSC_TABLE)
            continue;
        if (node->in_slide != 0 && from->slide != node->in_slide)
            return dsc_fail(e->job, "%s:%d:%d: the streams that %s takes come at different times: give their windows the same slide",
                            e->job->program->file, def->line, def->col, def->op);
        node->in_slide = from->slide;
    }
    if (node->in_slide == 0)
        node->in_slide = e->job->batch;
    for (int i = 0; i < def->n_inputs; i++) {
        rt_node *from = &e->nodes[def->inputs[i]];
        if (from->def->kind == DSC_TABLE)
            from->in_slide = from->slide = node->in_slide;
    }
    return 0;
}

static int find_slide(rt_engine *e, rt_node *node)
{
    const dsc_node *def = node->def;
    if (find_in_slide(e, node) < 0)
        return -1;
    int64_t in = node->in_slide;
    if (def->by_time && rt_event_check(e, node) < 0)
        return -1;
    for (int i = 0; node->args && rt_op_args[i].name; i++)
        if (node->args[i].set && rt_op_args[i].kind != DSC_LIST && node->args[i].i <= 0)
            return dsc_fail(e->job, "%s:%d:%d: %s: the %s must be above 0", e->job->program->file, def->line, def->col, def->op,
                            rt_op_args[i].name);
    if (def->kind != DSC_WINDOW && def->kind != DSC_WINDOW_FOLD) {
        node->slide = in;
        return 0;
    }
    if (node->slide == 0)
        node->slide = in;
    if (node->length <= 0 || node->length % in != 0)
        return wrong_window(e, node, "window", node->length);
    if (node->slide < 0 || node->slide % in != 0)
        return wrong_window(e, node, "slide", node->slide);
    return 0;
}

static void make_state(rt_engine *e, rt_node *node)
{
    switch (node->def->kind) {
    case DSC_SOURCE:
    case DSC_SINK:
        break;
    case DSC_FOLD:
    case DSC_GROUP:
        rt_keyed_init(&node->keyed, node->def, e->job->options.threads);
        break;
    case DSC_WINDOW_FOLD:
        rt_keyed_init(&node->keyed, node->def, e->job->options.threads);
        rt_window_new(node);
        break;
    case DSC_WINDOW:
        rt_window_new(node);
        break;
    case DSC_SORTED:
        rt_sorted_new(node, e->job->options.threads);
        break;
    case DSC_TABLE:
        rt_rows_new(node);
        break;
    case DSC_UPDATE:
        rt_keyed_init(&node->keyed, node->def, e->job->options.threads);
        node->state = rt_state_new(node->def->key, node->def->state);
        rt_state_limit(node->state, e->job, node);
        break;
    case DSC_HELD:
        if (node->def->state) {
            node->state = rt_state_new(node->def->key, node->def->state);
            rt_state_limit(node->state, e->job, node);
        }
        if (node->def->by_time)
            rt_event_new(node);
        break;
    }
}

int rt_nodes_find_slides(rt_engine *e)
{
    for (int i = 0; i < e->n_nodes; i++)
        if (find_slide(e, &e->nodes[i]) < 0)
            return -1;
    return 0;
}

void rt_nodes_make_state(rt_engine *e)
{
    for (int i = 0; i < e->n_nodes; i++)
        make_state(e, &e->nodes[i]);
}

int rt_too_many_keys(dsc_context *job, const dsc_node *def, int64_t most)
{
    return dsc_fail(job, "%s:%d:%d: %s would keep more than %lld key%s, its `maxKeys`, in the batch %lld ms", job->program->file,
                    def->line, def->col, def->op, (long long)most, most == 1 ? "" : "s", (long long)(job->engine->time / 1000));
}

/* ---- the end ------------------------------------------------------------------------- */

static void free_node(rt_node *node)
{
    rt_timed_free(node);
    if (node->source.open)
        node->source.conn->def->close(node->source.conn);
    if (node->sink.open)
        node->sink.conn->def->close(node->sink.conn);
    rt_format_free(node);
    if (node->source.conn)
        free(node->source.conn->args);
    if (node->sink.conn)
        free(node->sink.conn->args);
    free(node->source.conn);
    free(node->source.range.piece);
    free(node->sink.conn);
    rt_window_free(node);
    rt_keyed_free(&node->keyed);
    rt_rows_free(node);
    rt_join_free(node);
    rt_interval_free(node);
    rt_held_clear(node);
    rt_sorted_free(node);
    if (node->state)
        rt_state_free(node->state);
    rt_event_free(node);
    rt_outs_free(node);
    free(node->args);
    free(node->feeds);
}

void rt_nodes_free(rt_engine *e)
{
    for (int i = 0; i < e->n_nodes; i++)
        free_node(&e->nodes[i]);
    rt_dead_letters_free(e);
    free(e->nodes);
}
