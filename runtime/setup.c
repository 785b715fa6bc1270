/* setup.c: the arguments of connectors, formats and windows, given by the program's
 * setup function, and the params that it and all expressions read. */
#include "core.h"

/* ---- params --------------------------------------------------------------------- */

static const struct rt_param_value *given(const dsc_task *task, int param)
{
    const struct rt_param_value *values = task->job->options.params;
    return values && values[param].set ? &values[param] : NULL;
}

int64_t dsc_param_int(dsc_task *task, int param)
{
    const struct rt_param_value *v = given(task, param);
    return v ? v->i : task->job->program->params[param].i;
}

double dsc_param_float(dsc_task *task, int param)
{
    const struct rt_param_value *v = given(task, param);
    return v ? v->f : task->job->program->params[param].f;
}

dsc_str dsc_param_str(dsc_task *task, int param)
{
    const struct rt_param_value *v = given(task, param);
    return v ? v->s : task->job->program->params[param].s;
}

int64_t dsc_batch_time(dsc_task *task)
{
    if (task->timing)
        dsc_fail(task->job, "%s: `at` says to which batch an element belongs, so it cannot ask for batchTime()", task->node->def->op);
    return task->engine->time;
}

/* ---- arguments --------------------------------------------------------------------- */

/* The argument to be set; none after an error that cannot come from a checked program. */
static dsc_arg *arg_of(dsc_task *task, int index, const char *name)
{
    rt_node *node = &task->engine->nodes[index];
    dsc_arg *arg = NULL;
    if (node->def->kind == DSC_SOURCE)
        arg = rt_args_find(node->source.conn->args, node->source.conn->def->args, name);
    else if (node->def->kind == DSC_SINK)
        arg = rt_args_find(node->sink.conn->args, node->sink.conn->def->args, name);
    else
        arg = rt_op_arg(node, name);
    if (!arg && node->format)
        arg = rt_args_find(node->format->args, node->format->def->args, name);
    if (arg)
        arg->set = true;
    else
        dsc_fail(task->job, "%s has no argument '%s'", node->def->op, name);
    return arg;
}

void dsc_set_int(dsc_task *task, int node, const char *name, int64_t value)
{
    dsc_arg *arg = arg_of(task, node, name);
    if (arg)
        arg->i = value;
}

void dsc_set_float(dsc_task *task, int node, const char *name, double value)
{
    dsc_arg *arg = arg_of(task, node, name);
    if (arg)
        arg->f = value;
}

void dsc_set_bool(dsc_task *task, int node, const char *name, bool value)
{
    dsc_set_int(task, node, name, value);
}

void dsc_set_str(dsc_task *task, int node, const char *name, dsc_str value)
{
    dsc_arg *arg = arg_of(task, node, name);
    if (arg)
        rt_copy(&dsc_type_string, &arg->s, &value, &task->engine->arguments);
}

void dsc_set_value(dsc_task *task, int node, const char *name, const dsc_type *type, const void *value)
{
    dsc_arg *arg = arg_of(task, node, name);
    if (!arg)
        return;
    void *copy = rt_arena_alloc(&task->engine->arguments, type->size);
    rt_copy(type, copy, value, &task->engine->arguments);
    arg->value = copy;
    arg->type = type;
}

void dsc_set_limit(dsc_task *task, int index, int64_t limit)
{
    rt_node *node = &task->engine->nodes[index];
    node->limited = true;
    node->limit = limit;
}

void dsc_set_descending(dsc_task *task, int index, bool descending) { task->engine->nodes[index].descending = descending; }

void dsc_set_window(dsc_task *task, int index, int64_t length, int64_t slide)
{
    rt_node *node = &task->engine->nodes[index];
    node->length = length;
    node->slide = slide;
}
