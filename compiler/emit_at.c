/* emit_at.c: sources cut into batches by a time in the data (`at`): a function that
 * tells the runtime the time of each element, and the check in the stage. */
#include "emit_internal.h"
#include "dsc_conn.h"

#include <string.h>

const Expr *source_at(const Node *n)
{
    for (int i = 0; n->role == NODE_SOURCE && n->source->times && i < n->n_args; i++)
        if (strcmp(n->source->args[i].name, n->source->times) == 0)
            return n->args[i];
    return NULL;
}

static const char *time_of(Emit *e, const Expr *at, Value v)
{
    return value_c(e, value_settle(e, apply_lambda(e, at, 1, &v, hint_name(e, "at")), hint_name(e, "at")));
}

void emit_in_time(Emit *e, const Node *source, Value v)
{
    const Expr *at = source_at(source);
    if (!at)
        return;
    const char *time = time_of(e, at, v), *why = emit_name(e, "why");
    emit_declare(e, "const char", emit_format(e, "*%s", why), emit_format(e, "dsc_out_of_time(task, %s)", time));
    emit_open(e, "if (%s)", why);
    emit_bad(e, at->span, why);
    emit_close(e);
}

const char *emit_times(Emit *e, const Node *source)
{
    const Expr *at = source_at(source);
    if (!at)
        return NULL;
    Fun fun;
    Exit none = {.kind = EXIT_RETURN}, next = {.kind = EXIT_CONTINUE, .loops = 1};
    const char *name = emit_global_name(e, emit_format(e, "times_of_%s", e->node_names[source->id]));
    fun_begin(e, &fun, &none);
    const Pattern *hint = element_hint(e, source);
    e->fun->exit = &next;
    Value v = open_items(e, source, source->type, hint);
    e->fun->loops++;
    emit_line(e, "dsc_at(task, %s);", time_of(e, at, v));
    exit_end(e, &next);
    e->fun->loops--;
    emit_close(e);
    FnParam no_params;
    fn_done(e, &fun, name, &no_params, 0, NULL, emit_format(e, "/* %s  in which batch elements are */\n", place_text(e, at->span)));
    return name;
}
