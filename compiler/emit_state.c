/* emit_state.c: the stages of operators that keep a state for each key.
 *
 * A state lies in its table, and what is read of it lies there until it is set:
 * so the new state is one local before it is set, and what comes out is put out
 * before that, or is read from the table afterwards. */
#include "emit_internal.h"

#include <string.h>

static bool is_true(Emit *e, Value v)
{
    return strcmp(value_c(e, v), "true") == 0;
}

static const char *param_hint(const Expr *lambda, int i, const char *otherwise)
{
    return i < lambda->params.n ? hint_text(lambda->params.at[i], otherwise) : otherwise;
}

static Value declare_key(Emit *e, const Node *n, const char *hint)
{
    const char *ctype = c_type(e, n->state_key), *name = emit_name(e, hint);
    emit_line(e, "%s %s;", ctype, name);
    return value_local(n->state_key, name);
}

/* The state proper that a const void * points to. */
static Value state_at(Emit *e, const Node *n, const char *at, const char *hint)
{
    const char *ctype = c_type(e, n->state), *name = emit_name(e, hint);
    emit_declare(e, emit_format(e, "const %s", ctype), emit_format(e, "*%s", name), at);
    Value state = value_pointer(n->state, name);
    return n->timed ? value_field(e, state, 1) : state;
}

static Value option_of(Emit *e, Value v, const char *known)
{
    Value option = value_parts(e, type_option(e->arena, v.type));
    option.parts[0] = v;
    option.parts[1] = value_local(&type_bool, known);
    return option;
}

static Value pair_of(Emit *e, const Node *n, Value key, Value state)
{
    Value pair = value_parts(e, n->type);
    pair.parts[0] = key;
    pair.parts[1] = state;
    return pair;
}

/* Begin the body of a loop whose rounds may be left; and its end. */
static void loop_open(Emit *e, Exit *next, const char *head)
{
    emit_open(e, "%s", head);
    *next = (Exit){.kind = EXIT_CONTINUE, .loops = ++e->fun->loops};
    e->fun->exit = next;
}

static void loop_close(Emit *e, Exit *next, Exit *outer)
{
    exit_end(e, next);
    e->fun->loops--;
    e->fun->exit = outer;
    emit_close(e);
}

/* ---- updateStateByKey ------------------------------------------------------------- */

void held_update(Emit *e, const Node *n)
{
    const Expr *f = node_arg(e, n, "f");
    const Pattern *hint = element_hint(e, n);
    Exit next, *outer = e->fun->exit;
    Value key = declare_key(e, n, hint_text(item_hint(hint, 0), "key"));
    const char *values = emit_name(e, param_hint(f, 0, "values")), *at = emit_name(e, "at"), *known = emit_name(e, "known");
    emit_line(e, "dsc_list %s;", values);
    emit_line(e, "const void *%s;", at);
    emit_line(e, "bool %s;", known);
    loop_open(e, &next, emit_format(e, "while (dsc_next_update(task, &%s, &%s, &%s, &%s))", key.text, values, at, known));
    Type *list = type_list(e->arena, type_of(n->in.at[0]->type)->args[1]);
    Value args[2] = {value_local(list, values)};
    args[1] = option_of(e, state_at(e, n, at, param_hint(f, 1, "state")), known);
    apply_params(e, f, 2, args);
    Option made = emit_option(e, f->a, NULL);
    if (!is_true(e, made.some)) {
        emit_open(e, "if (%s)", value_c(e, value_not(e, made.some)));
        emit_line(e, "dsc_update(task, NULL);");
        emit_leave(e);
        emit_close(e);
    }
    const char *address = value_address(e, made.v, "next");
    const char *ctype = c_type(e, n->state), *now = emit_name(e, hint_text(item_hint(hint, 1), "now"));
    emit_declare(e, emit_format(e, "const %s", ctype), emit_format(e, "*%s", now), NULL);
    emit_line(e, "%s = dsc_update(task, %s);", now, address);
    emit_consumers(e, n, pair_of(e, n, key, value_pointer(n->state, now)));
    loop_close(e, &next, outer);
}

/* ---- mapWithState -------------------------------------------------------------------- */

/* What comes out of an element: `made` is E?. Leaving it must not leave out what follows. */
static void put_out(Emit *e, const Node *n, Value made, bool by_function)
{
    Exit branch = {.kind = EXIT_BRANCH}, *outer = e->fun->exit;
    bool always = is_true(e, value_some(e, made));
    if (strcmp(value_c(e, value_some(e, made)), "false") == 0)
        return;
    Scope scope = scope_begin(e);
    if (!always)
        emit_open(e, "if (%s)", value_c(e, value_some(e, made)));
    e->fun->exit = &branch;
    if (by_function)
        emit_out(e, n, value_inner(e, made));
    else
        emit_consumers(e, n, value_inner(e, made));
    e->fun->exit = outer;
    if (!always) {
        emit_close(e);
        scope_end(e, scope);
    }
    exit_end(e, &branch);
}

/* The state becomes `made`, an S?. */
static void set_state(Emit *e, const Node *n, const char *states, const char *key, Value made)
{
    Value some = value_some(e, made);
    bool always = is_true(e, some);
    Scope scope = scope_begin(e);
    if (!always)
        emit_open(e, "if (%s)", value_c(e, some));
    Value state = value_inner(e, made);
    if (n->timed) {
        Value timed = value_parts(e, n->state);
        timed.parts[0] = value_text(&type_time, PREC_PRIMARY, "dsc_batch_time(task)");
        timed.parts[1] = state;
        state = timed;
    }
    emit_line(e, "dsc_state_set(%s, %s, %s);", states, key, value_address(e, state, "next"));
    if (!always) {
        emit_else(e);
        emit_line(e, "dsc_state_remove(%s, %s);", states, key);
        emit_close(e);
        scope_end(e, scope);
    }
}

static void put_idle(Emit *e, const Node *n, const Expr *f)
{
    if (!f) {
        emit_line(e, "dsc_drop_idle(task);");
        return;
    }
    Exit next, *outer = e->fun->exit;
    Value key = declare_key(e, n, param_hint(f, 0, "key"));
    const char *at = emit_name(e, "at");
    emit_line(e, "const void *%s;", at);
    loop_open(e, &next, emit_format(e, "while (dsc_next_idle(task, &%s, &%s))", key.text, at));
    Value args[2] = {key, state_at(e, n, at, param_hint(f, 1, "state"))};
    put_out(e, n, value_settle(e, apply_lambda(e, f, 2, args, NULL), NULL), true);
    loop_close(e, &next, outer);
}

void held_map_with_state(Emit *e, const Node *n)
{
    const Expr *f = node_arg(e, n, "f"), *idle = node_arg(e, n, "onTimeout");
    Type *pair_type = n->in.at[0]->type;
    Exit next, *outer = e->fun->exit;
    Scope scope = scope_begin(e);
    const char *states = emit_hoist(e, "states", "dsc_state *", "states", emit_format(e, "dsc_state_of(task, %s)", e->node_names[n->id]));
    const char *ctype = c_type(e, pair_type), *name = emit_name(e, "pair");
    emit_line(e, "const %s *%s;", ctype, name);
    loop_open(e, &next, emit_format(e, "while ((%s = dsc_next_item(task)) != NULL)", name));
    Value pair = value_pointer(pair_type, name), key = value_field(e, pair, 0);
    const char *at_key = value_address(e, key, "key"), *at = emit_name(e, "at"), *known = emit_name(e, "known");
    emit_line(e, "const void *%s;", at);
    emit_declare(e, "bool", known, NULL);
    emit_line(e, "%s = dsc_state_get(%s, %s, &%s);", known, states, at_key, at);
    Value args[3] = {key, value_field(e, pair, 1)};
    args[2] = option_of(e, state_at(e, n, at, param_hint(f, 2, "state")), known);
    Value made = value_settle(e, apply_lambda(e, f, 3, args, NULL), NULL);
    Value next_state = value_field(e, made, 1);
    put_out(e, n, value_field(e, made, 0), idle != NULL);
    set_state(e, n, states, at_key, next_state);
    loop_close(e, &next, outer);
    scope_end(e, scope);
    if (n->timed)
        put_idle(e, n, idle);
}

/* ---- stateSnapshots ----------------------------------------------------------------------- */

void held_snapshots(Emit *e, const Node *n)
{
    const Node *from = n->in.at[0];
    const Pattern *hint = element_hint(e, n);
    Exit next, *outer = e->fun->exit;
    Value key = declare_key(e, from, hint_text(item_hint(hint, 0), "key"));
    const char *at = emit_name(e, "at");
    emit_line(e, "const void *%s;", at);
    loop_open(e, &next, emit_format(e, "while (dsc_next_state(task, %s, &%s, &%s))", e->node_names[from->id], key.text, at));
    emit_consumers(e, n, pair_of(e, n, key, state_at(e, from, at, hint_text(item_hint(hint, 1), "state"))));
    loop_close(e, &next, outer);
}
