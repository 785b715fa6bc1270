/* emit_held.c: operators that hold a batch and go through it in order: what they
 * hold of each element, and their stages.
 *
 * Such a stage runs once a batch. A row of the table below writes its body: it
 * reads what is held, may find and set states, and hands what it makes to
 * emit_consumers. */
#include "emit_internal.h"
#include "dsc_abi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of several inputs: (side, A, B ..). */
Type *held_type(Emit *e, const Node *n)
{
    if (n->in.n == 1)
        return n->in.at[0]->type;
    Type *t = type_new(e->arena, T_TUPLE, n->in.n + 1);
    t->args[0] = &type_int;
    for (int i = 0; i < n->in.n; i++)
        t->args[i + 1] = n->in.at[i]->type;
    return t;
}

Value held_value(Emit *e, const Node *n, int input, Value v)
{
    if (n->in.n == 1)
        return v;
    Type *type = held_type(e, n);
    const char *name = emit_name(e, "held");
    emit_line(e, "%s %s = {.%s = %d};", c_type(e, type), name, c_field(e, type, 0), input);
    emit_line(e, "%s.%s = %s;", name, c_field(e, type, input + 1), value_c(e, v));
    return value_local(type, name);
}

/* The batch as one list. */
static void held_glom(Emit *e, const Node *n)
{
    const char *list = emit_name(e, "all");
    emit_line(e, "dsc_list %s = dsc_held_list(task);", list);
    emit_consumers(e, n, value_local(n->type, list));
}

static const struct {
    const char *op;
    void (*body)(Emit *e, const Node *n);
} bodies[] = {
    {"glom", held_glom},
};

void emit_held(Emit *e, const Node *n)
{
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        if (strcmp(bodies[i].op, n->op_name) == 0) {
            bodies[i].body(e, n);
            return;
        }
    fprintf(stderr, "dsc: internal error: the operator %s has no stage\n", n->op_name);
    abort();
}
