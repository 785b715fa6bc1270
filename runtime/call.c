/* call.c: sinks that call a function of the program with what they hold of the batch. */
#include "core.h"

/* element: the one that was not taken, NULL: a whole batch. */
static int refused(rt_engine *e, const rt_node *node, const rt_bad *bad, const void *element)
{
    const dsc_node *def = node->def;
    rt_bad said = bad->why ? *bad : (rt_bad){.line = def->line, .col = def->col, .why = "the function of `call` gave false"};
    rt_buf shown = {0};
    if (element) {
        rt_buf_text(&shown, ": ");
        rt_print_value(&shown, def->type, element);
    }
    dsc_fail(e->job, "%s:%d:%d: %s\n  %s, batch %lld ms%.*s", e->job->program->file, said.line, said.col, said.why, def->name,
             (long long)(e->time / 1000), shown.n > 200 ? 200 : (int)shown.n, shown.p ? shown.p : "");
    rt_buf_free(&shown);
    return -1;
}

/* `on error` is of elements; what was published cannot be left out. */
static bool call(dsc_task *task, const void *element)
{
    task->combining = true;
    bool ok = task->node->def->call(task, element);
    task->combining = false;
    return ok;
}

int rt_call_publish(rt_engine *e, rt_node *node)
{
    dsc_task *task = &e->tasks[0];
    const dsc_node *def = node->def;
    rt_bad bad = {0};
    task->node = node;
    task->bad = &bad;
    rt_arena_rewind(&task->scratch);
    if (def->calls_batch) {
        dsc_list all = dsc_held_list(task);
        if (!call(task, &all))
            return refused(e, node, &bad, NULL);
    }
    for (const rt_seq *s = def->calls_batch ? NULL : node->held; s; s = s->next)
        for (size_t i = 0; i < s->n; i++) {
            const char *element = s->elements + i * def->type->size;
            rt_arena_rewind(&task->scratch);
            if (!call(task, element))
                return refused(e, node, &bad, element);
        }
    rt_held_clear(node);
    return 0;
}
