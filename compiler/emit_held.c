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
    if (held_by_time(n))
        return event_held_type(e, n);
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
    if (held_by_time(n))
        return event_held_value(e, n, v);
    if (n->in.n == 1)
        return v;
    Type *type = held_type(e, n);
    const char *name = emit_name(e, "held");
    emit_line(e, "%s %s = {.%s = %d};", c_type(e, type), name, c_field(e, type, 0), input);
    emit_line(e, "%s.%s = %s;", name, c_field(e, type, input + 1), value_c(e, v));
    return value_local(type, name);
}

/* The lists that a batch comes to: one, or as many as repartition says; `use` is what becomes of each. */
static void each_list(Emit *e, const Node *n, void (*use)(Emit *e, const Node *n, Value list))
{
    const Node *from = n->in.at[0];
    Type *type = type_list(e->arena, from->type);
    const char *all = emit_name(e, "all");
    emit_line(e, "dsc_list %s = dsc_held_list(task);", all);
    if (from->role != NODE_OP || strcmp(from->op_name, "repartition") != 0) {
        use(e, n, value_local(type, all));
        return;
    }
    const char *parts = emit_name(e, "parts"), *number = emit_name(e, "part"), *list = emit_name(e, "list");
    emit_line(e, "int64_t %s = %s;", parts, value_c(e, emit_expr(e, from->args[0], NULL)));
    emit_open(e, "for (int64_t %s = 0; %s < %s; %s++)", number, number, parts, number);
    Exit *outer = e->fun->exit, next = {.kind = EXIT_CONTINUE, .loops = ++e->fun->loops};
    e->fun->exit = &next;
    emit_line(e, "dsc_list %s = dsc_list_part(%s, %s, %s, sizeof(%s));", list, all, number, parts, c_type(e, from->type));
    use(e, n, value_local(type, list));
    exit_end(e, &next);
    e->fun->exit = outer;
    e->fun->loops--;
    emit_close(e);
}

static void use_elements(Emit *e, const Node *n, Value list) { emit_each(e, n, NULL, list); }

static void held_glom(Emit *e, const Node *n) { each_list(e, n, emit_consumers); }

static void held_map_partitions(Emit *e, const Node *n) { each_list(e, n, use_elements); }

static const struct {
    const char *op;
    void (*body)(Emit *e, const Node *n);
} bodies[] = {
    {"glom", held_glom}, {"mapPartitions", held_map_partitions}, {"tumbling", held_windows}, {"sliding", held_windows},
    {"session", held_windows}, {"dropDuplicates", held_distinct},
    {"join", held_join}, {"leftOuterJoin", held_join}, {"rightOuterJoin", held_join}, {"fullOuterJoin", held_join},
    {"cogroup", held_cogroup},
    {"updateStateByKey", held_update}, {"mapWithState", held_map_with_state}, {"stateSnapshots", held_snapshots},
};

void emit_held(Emit *e, const Node *n)
{
    if (n->op == &op_join_within) {
        held_interval(e, n);
        return;
    }
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        if (strcmp(bodies[i].op, n->op->name) == 0) {
            bodies[i].body(e, n);
            return;
        }
    fprintf(stderr, "dsc: internal error: the operator %s has no stage\n", n->op_name);
    abort();
}
