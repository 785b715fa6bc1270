/* emit_row.c: the row code of the narrow operators, each around what follows it,
 * and of the ends: what puts an element into a fold, a window or a sink.
 *
 * A union, and whatever would lie too deep or too far down, is a function of
 * its own that takes the element; so is every operator of an unfused plan. */
#include "emit_internal.h"
#include "dsc_abi.h"
#include "dsc_conn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_OPERATORS = 50,          /* in one function */
    DEEPEST_LOOPS = 5,
    MOST_PARTS = 8                /* of an element given as parameters */
};

/* `input`: by which of its inputs the element comes. */
static void emit_row(Emit *e, const Node *n, int input, Value v);

bool node_is_narrow(const Node *n)
{
    return n->role == NODE_OP && n->op->class != OP_HOLD;
}

static bool is_flat_map(const Node *n)
{
    return strncmp(n->op_name, "flatMap", 7) == 0;
}

void find_cuts(Emit *e)
{
    const Plan *plan = e->plan;
    e->cut = NEW_ARRAY(e->arena, bool, plan->nodes.n + 1);
    int *depth = NEW_ARRAY(e->arena, int, plan->nodes.n + 1), *operators = NEW_ARRAY(e->arena, int, plan->nodes.n + 1);
    for (int i = 0; i < plan->nodes.n; i++) {
        const Node *n = plan->nodes.at[i];
        if (n->dead || !node_is_narrow(n))
            continue;
        const Node *from = n->in.at[0];
        bool loops = is_flat_map(from) || (node_is_narrow(from) && from->op->class == OP_LOOKUP);
        bool blocks = loops || (from->in.n > 0 && from->in.at[0]->out.n > 1);
        depth[i] = depth[from->id] + blocks;
        operators[i] = operators[from->id] + 1;
        e->cut[i] = plan->unfused || (n->op->class == OP_UNION && n->in.n > 1) || depth[i] > DEEPEST_LOOPS || operators[i] > MOST_OPERATORS;
        if (e->cut[i])
            depth[i] = operators[i] = 0;
    }
}

/* ---- ends ------------------------------------------------------------------------------ */

static void emit_end(Emit *e, const Node *n, int input, Value v)
{
    const char *name = e->node_names[n->id];
    if (n->fold && n->op->kind != DSC_HELD) {
        emit_fold_in(e, n, v);
        return;
    }
    if (strcmp(n->op_name, "stateSnapshots") == 0)
        return;                   /* it reads the states, not what comes out */
    if (n->role == NODE_OP && (n->op->kind == DSC_GROUP || n->op->kind == DSC_UPDATE)) {
        v = v.parts ? v : value_settle(e, v, NULL);
        Value key = value_field(e, v, 0), value = value_field(e, v, 1);
        const char *at_key = value_address(e, key, "key"), *at_value = value_address(e, value, "value");
        emit_line(e, "dsc_group_in(task, %s, %s, %s);", name, at_key, at_value);
        return;
    }
    if (n->role == NODE_OP && n->op->kind == DSC_SORTED) {
        emit_line(e, "dsc_sort_in(task, %s, %s);", name, value_address(e, sorted_value(e, n, v), "pair"));
        return;
    }
    if (n->role == NODE_OP && n->op->kind == DSC_HELD)
        v = held_value(e, n, input, v);
    if (n->role == NODE_OP && rows_have_time(n))
        v = timed_row(e, n, v);
    const char *address = value_address(e, v, type_hint(e, v.type));
    bool text = n->role == NODE_SINK && !n->sink->calls && !n->sink->rows;
    emit_line(e, "%s(task, %s, %s);", text ? "dsc_put" : "dsc_push", name, address);
}

/* What is late goes a way of its own. */
static int next_consumer(const Node *n, int i)
{
    while (i < n->out.n && n->windows && n->out.at[i] == n->aside)
        i++;
    return i;
}

void emit_consumers(Emit *e, const Node *n, Value v)
{
    int i = next_consumer(n, 0), next = next_consumer(n, i + 1);
    if (next < n->out.n)
        v = value_settle(e, v, element_hint(e, n));
    Exit *outer = e->fun->exit;
    for (; next < n->out.n; i = next, next = next_consumer(n, i + 1)) {
        Exit branch = {.kind = EXIT_BRANCH};
        e->fun->exit = &branch;
        emit_row(e, n->out.at[i], plan_input_of(n, i), v);
        exit_end(e, &branch);
    }
    e->fun->exit = outer;
    emit_row(e, n->out.at[i], plan_input_of(n, i), v);
}

void emit_consumer(Emit *e, const Node *n, const Node *to, Value v)
{
    int i = 0;
    while (n->out.at[i] != to)
        i++;
    emit_row(e, to, plan_input_of(n, i), v);
}

/* ---- narrow operators ---------------------------------------------------------------- */

static void row_map(Emit *e, const Node *n, Value v)
{
    emit_consumers(e, n, apply_lambda(e, n->args[0], 1, &v, element_hint(e, n)));
}

static void row_filter(Emit *e, const Node *n, Value v)
{
    const Expr *lambda = n->args[0];
    const Pattern *own = lambda_hint(e, lambda), *later = element_hint(e, n);
    v = value_settle(e, v, says_nothing(own) ? later : own);
    apply_params(e, lambda, 1, &v);
    if (e->fun->exit->kind != EXIT_BRANCH) {
        emit_keep_if(e, lambda->a);
        emit_consumers(e, n, v);
        return;
    }
    Blocks blocks = emit_open_if(e, lambda->a);
    emit_consumers(e, n, v);
    blocks_close(e, &blocks);
}

/* Special form: does n, which makes lists of strings, only feed a count of each
 * string? That is flatMap(..) | map((_, 1)) | reduceByKey(_ + _), or countByValue(). The
 * runtime then takes the whole list at once. Returns the fold's node, or NULL. */
static const Node *counted_by(Emit *e, const Node *n)
{
    const Node *to = n->out.at[0];
    if (n->out.n > 1 || type_of(n->type)->kind != T_STRING)
        return NULL;
    if (strcmp(to->op_name, "map") == 0 && !e->cut[to->id] && to->out.n == 1) {
        const Expr *f = to->args[0], *pair = f->a;
        if (f->params.n != 1 || f->params.at[0]->kind != PAT_NAME || pair->kind != E_TUPLE || pair->args.n != 2 ||
            pair->args.at[0].value->kind != E_NAME || pair->args.at[0].value->symbol != f->params.at[0]->symbol)
            return NULL;
        to = to->out.at[0];
    } else if (strcmp(to->op_name, "countByValue") != 0) {
        return NULL;
    }
    bool counts = to->fold && to->fold->kind == FOLD_COUNT && node_by_key(to) && (to->in.at[0] == n || strncmp(to->op_name, "count", 5) != 0);
    return counts ? to : NULL;
}

void emit_each(Emit *e, const Node *n, const Value *key, Value arg)
{
    const Expr *lambda = n->args[0];
    const Pattern *hint = element_hint(e, n), *item = key ? item_hint(hint, 1) : hint;
    apply_params(e, lambda, 1, &arg);
    bool option = type_of(lambda->a->type)->kind == T_OPTION;
    Blocks blocks = {0};
    Exit *outer = e->fun->exit;
    Exit next = {.kind = EXIT_CONTINUE};
    Loop loop;
    Value v;
    if (option) {
        Option found = emit_option(e, lambda->a, item);
        v = found.v;
        if (outer->kind == EXIT_BRANCH) {
            blocks = (Blocks){.n = 1, .scope = scope_begin(e)};
            emit_open(e, "if (%s)", value_c(e, found.some));
        } else if (strcmp(value_c(e, found.some), "true") != 0) {
            emit_if(e, value_c(e, value_not(e, found.some)), exit_text(e));
        }
    } else if (!key && counted_by(e, n)) {
        const char *table = fold_table(e, counted_by(e, n));
        emit_line(e, "dsc_count_strs(%s, %s);", table, value_c(e, emit_expr(e, lambda->a, NULL)));
        return;
    } else {
        Value list = value_settle(e, emit_expr(e, lambda->a, NULL), hint_name(e, "pieces"));
        loop = loop_begin(e, list, item, NULL);
        next.loops = e->fun->loops;
        e->fun->exit = &next;
        v = loop.item;
    }
    if (key) {
        Value pair = value_parts(e, n->type);
        pair.parts[0] = *key;
        pair.parts[1] = v;
        v = pair;
    }
    emit_consumers(e, n, v);
    if (!option) {
        exit_end(e, &next);
        loop_end(e, &loop);
        e->fun->exit = outer;
    }
    blocks_close(e, &blocks);
}

static void row_flat_map(Emit *e, const Node *n, Value v)
{
    emit_each(e, n, NULL, v);
}

static Value take_apart(Emit *e, Value v)
{
    return v.parts || (v.atom && v.prec == PREC_PRIMARY) ? v : value_store(e, v, NULL);
}

static void row_map_values(Emit *e, const Node *n, Value v)
{
    v = take_apart(e, v);
    Value value = value_field(e, v, 1), pair = value_parts(e, n->type);
    pair.parts[0] = value_field(e, v, 0);
    pair.parts[1] = apply_lambda(e, n->args[0], 1, &value, item_hint(element_hint(e, n), 1));
    emit_consumers(e, n, pair);
}

static void row_flat_map_values(Emit *e, const Node *n, Value v)
{
    v = take_apart(e, v);
    Value key = value_settle(e, value_field(e, v, 0), hint_name(e, "key"));
    emit_each(e, n, &key, value_field(e, v, 1));
}

static void row_same(Emit *e, const Node *n, Value v)
{
    emit_consumers(e, n, v);
}

static void row_sample(Emit *e, const Node *n, Value v)
{
    int number = 0;
    for (int i = 0; i < n->id; i++)
        number += e->plan->nodes.at[i]->op == n->op && !e->plan->nodes.at[i]->dead;
    v = value_settle(e, v, element_hint(e, n));
    const char *fraction = value_c(e, emit_expr(e, n->args[0], NULL));
    const char *seed = n->args[1] ? value_c(e, emit_expr(e, n->args[1], NULL)) : "0";
    emit_if(e, emit_format(e, "!dsc_sample(task, %d, %s, %s)", number, fraction, seed), exit_text(e));
    emit_consumers(e, n, v);
}

static const struct {
    const char *op;
    void (*row)(Emit *e, const Node *n, Value v);
} rows[] = {
    {"map", row_map}, {"flatMap", row_flat_map}, {"filter", row_filter}, {"mapValues", row_map_values},
    {"flatMapValues", row_flat_map_values}, {"union", row_same}, {"repartition", row_same}, {"sample", row_sample}, {"side", row_same},
    {"eventTime", row_event_time},
    {"join", row_lookup}, {"leftOuterJoin", row_lookup}, {"asofJoin", row_asof}, {"side of join", row_side},
};

static void emit_row_here(Emit *e, const Node *n, Value v)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].op, n->op_name) == 0) {
            rows[i].row(e, n, v);
            return;
        }
    fprintf(stderr, "dsc: internal error: the operator %s has no row code\n", n->op_name);
    abort();
}

/* ---- operators as functions ------------------------------------------------------------- */

/* The parts of an element that become parameters; a struct that is no tuple is
 * given by pointer. */
static int count_parts(Type *type)
{
    type = type_of(type);
    if (type->kind != T_TUPLE)
        return 1;
    int n = 0;
    for (int i = 0; i < type->n; i++)
        n += count_parts(type->args[i]);
    return n;
}

static bool in_parts(Type *type)
{
    return type_of(type)->kind == T_TUPLE && count_parts(type) <= MOST_PARTS;
}

static Value declare_parts(Emit *e, Type *type, const Pattern *hint, bool apart, FnParam *params, int *n)
{
    type = type_of(type);
    if (!apart || type->kind != T_TUPLE)
        return fn_param(e, &params[(*n)++], type, hint_text(hint, type_hint(e, type)), type_is_struct(type));
    Value v = value_parts(e, type);
    for (int i = 0; i < type->n; i++)
        v.parts[i] = declare_parts(e, type->args[i], item_hint(hint, i), true, params, n);
    return v;
}

static void give_parts(Emit *e, Value v, bool apart, Value *args, int *n)
{
    Type *type = type_of(v.type);
    if (!apart || type->kind != T_TUPLE) {
        args[(*n)++] = v;
        return;
    }
    v = take_apart(e, v);
    for (int i = 0; i < type->n; i++)
        give_parts(e, value_field(e, v, i), true, args, n);
}

static void emit_row(Emit *e, const Node *n, int input, Value v)
{
    if (n->index >= 0) {
        emit_end(e, n, input, v);
    } else if (!e->cut[n->id]) {
        emit_row_here(e, n, v);
    } else {
        Value args[MOST_PARTS + 1];
        int count = 0;
        give_parts(e, v, in_parts(v.type), args, &count);
        if (row_has_event(n))
            args[count++] = value_pointer(&emit_event, e->event);
        emit_line(e, "%s;", fn_call_text(e, e->rows[n->id], args, NULL));
    }
}

void write_row(Emit *e, const Node *n)
{
    const Node *from = n->in.at[0]->windows && n->in.at[0]->aside == n ? n : n->in.at[0];
    Type *type = from->type;
    const char *name = emit_global_name(e, emit_format(e, "%s_%d", n->op_name, n->span.line));
    Fun fun;
    Exit exit = {.kind = EXIT_RETURN};
    fun_begin(e, &fun, &exit);
    FnParam *params = NEW_ARRAY(e->arena, FnParam, MOST_PARTS + 1);
    int count = 0;
    Value v = declare_parts(e, type, element_hint(e, from), in_parts(type), params, &count);
    const char *outer = e->event;
    e->event = NULL;
    if (row_has_event(n))
        e->event = fn_param(e, &params[count++], &emit_event, "event", true).text;
    emit_row_here(e, n, v);
    e->event = outer;
    e->rows[n->id] = fn_done(e, &fun, name, params, count, NULL, stage_comment(e, n, false));
}

void emit_out(Emit *e, const Node *n, Value v)
{
    Value args[MOST_PARTS];
    int count = 0;
    if (!e->outs[n->id]) {
        const char *name = emit_global_name(e, emit_format(e, "%s_out", e->node_names[n->id]));
        Fun fun;
        Exit exit = {.kind = EXIT_RETURN};
        fun_begin(e, &fun, &exit);
        FnParam *params = NEW_ARRAY(e->arena, FnParam, MOST_PARTS);
        Value element = declare_parts(e, n->type, element_hint(e, n), in_parts(n->type), params, &count);
        emit_consumers(e, n, element);
        e->outs[n->id] = fn_done(e, &fun, name, params, count, NULL, stage_comment(e, n, true));
        count = 0;
    }
    give_parts(e, v, in_parts(v.type), args, &count);
    emit_line(e, "%s;", fn_call_text(e, e->outs[n->id], args, NULL));
}
