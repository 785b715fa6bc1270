/* emit_event.c: event time in generated code: when an element was, windows by it,
 * repetitions.
 *
 * The time of the element in hand lies in a dsc_event of the task, which eventTime
 * fills in; the code below it reads it through a pointer (Emit.event), which goes as
 * a parameter into row code that is a function of its own. What holds elements by
 * event time holds (clock, time, largest time so far, key, value) of each. */
#include "emit_internal.h"
#include "dsc_abi.h"

#include <string.h>

Type emit_event = {.kind = T_RECORD, .alias = "event"};

bool row_has_event(const Node *n)
{
    return n->op->class == OP_UNION ? n->clocks.n > 0 : n->in.at[0]->clocks.n > 0;
}

void row_event_time(Emit *e, const Node *n, Value v)
{
    const char *key = emit_format(e, "event:%d", n->clock), *outer = e->event;
    const char *event = emit_hoist(e, key, "dsc_event *", "event", emit_format(e, "dsc_event_of(task, %d)", n->clock));
    v = value_settle(e, v, element_hint(e, n));
    Value at = apply_lambda(e, n->args[0], 1, &v, NULL);
    emit_line(e, "dsc_event_at(%s, %s);", event, value_c(e, at));
    e->event = event;
    emit_consumers(e, n, v);
    e->event = outer;
}

/* ---- what is held --------------------------------------------------------------- */

enum { HELD_CLOCK, HELD_TIME, HELD_SEEN, HELD_KEY, HELD_VALUE, HELD_PARTS };

bool held_by_time(const Node *n)
{
    return n->windows || n->op->time == TIME_KEPT || n->op->time == TIME_JOINS;
}

Type *event_held_type(Emit *e, const Node *n)
{
    Type *in = type_of(n->in.at[0]->type), *t = type_new(e->arena, T_TUPLE, HELD_PARTS);
    t->args[HELD_CLOCK] = &type_int;
    t->args[HELD_TIME] = t->args[HELD_SEEN] = &type_time;
    bool pairs = n->op->time != TIME_KEPT;
    t->args[HELD_KEY] = pairs ? in->args[0] : n->state_key;
    t->args[HELD_VALUE] = n->fold ? fold_acc(e, n->fold) : pairs ? in->args[1] : in;
    return t;
}

Value event_held_value(Emit *e, const Node *n, Value v)
{
    Type *type = event_held_type(e, n);
    Value held = value_parts(e, type);
    bool timed = n->in.at[0]->clocks.n > 0;
    v = value_settle(e, v, NULL);
    static const char *const fields[] = {"clock", "time", "seen"};
    for (int i = HELD_CLOCK; i <= HELD_SEEN; i++)
        held.parts[i] = timed ? value_text(type->args[i], PREC_PRIMARY, emit_format(e, "%s->%s", e->event, fields[i]))
                              : value_int(e, type->args[i], 0);
    if (n->op->time != TIME_KEPT) {
        held.parts[HELD_KEY] = value_field(e, v, 0);
        held.parts[HELD_VALUE] = value_field(e, v, 1);
        if (n->fold)
            held.parts[HELD_VALUE] = fold_single(e, n->fold, held.parts[HELD_VALUE]);
    } else {
        held.parts[HELD_KEY] = n->args[0] ? apply_lambda(e, n->args[0], 1, &v, hint_name(e, "key")) : v;
        held.parts[HELD_VALUE] = v;
    }
    return held;
}

Type *held_state(Emit *e, const Node *n)
{
    if (!n->windows || !n->fold)
        return n->state;
    Type *t = type_new(e->arena, T_TUPLE, n->state->n + 1);
    for (int i = 0; i < n->state->n; i++)
        t->args[i] = n->state->args[i];
    t->args[n->state->n] = fold_acc(e, n->fold);
    return t;
}

/* "&(dsc_by_time){..}": what the runtime has to know of a DSC_HELD that goes by event time. */
const char *by_time_text(Emit *e, const Node *n)
{
    static const char *const late_names[] = {"DSC_LATE_DROPPED", "DSC_LATE_UPDATES", "DSC_LATE_ASIDE"};
    const Node *op = n->windows ? n->windows : n;
    const char *kind = n->op->time == TIME_JOINS            ? "DSC_INTERVAL"
                       : !n->windows                        ? "DSC_DISTINCT"
                       : strcmp(op->op->name, "session") == 0 ? "DSC_SESSIONS"
                                                              : "DSC_SLIDING";
    Span at = place_in_program(e, op->span);
    const Node *in = n->in.at[0];
    Text text = {0};
    text_printf(&text, "&(const dsc_by_time){.kind = %s, .late = %s, .why = \"late for %s\", .line = %d, .col = %d", kind,
                late_names[n->late], op->op->name, at.line, at.col);
    if (n->late == LATE_ASIDE && n->aside->out.n > 0)
        text_printf(&text, ", .aside = %s", c_string(e, n->aside->name, strlen(n->aside->name)));
    for (int i = 0; i < in->clocks.n; i++)
        text_printf(&text, i ? ", %d" : ", .clocks = (const int32_t[]){%d", in->clocks.at[i]->clock);
    text_printf(&text, in->clocks.n > 0 ? "}, .n_clocks = %d}" : "}", in->clocks.n);
    const char *copy = arena_strdup(e->arena, text.p);
    text_free(&text);
    return copy;
}

/* ---- setup ------------------------------------------------------------------------- */

static const char *length_text(Emit *e, const Node *n, const char *name, const char *otherwise)
{
    const Expr *x = node_arg(e, n, name);
    return x ? value_c(e, emit_expr(e, x, hint_name(e, name))) : otherwise;
}

void set_event(Emit *e, const Node *n)
{
    const Node *op = n->windows ? n->windows : n;
    bool distinct = n->op->time == TIME_KEPT || n->op->time == TIME_JOINS;
    bool gap = strcmp(op->op->name, "session") == 0, tumbling = strcmp(op->op->name, "tumbling") == 0;
    const char *size = length_text(e, op, distinct ? "within" : gap ? "gap" : "size", "0");
    const char *slide = tumbling ? size : length_text(e, op, "slide", "0");
    emit_line(e, "dsc_set_time_window(task, %s, %s, %s, %s);", e->node_names[n->id], size, slide, length_text(e, op, "keep", "0"));
}

void set_clocks(Emit *e)
{
    for (int i = 0; i < e->plan->clocks.n; i++) {
        const Node *n = e->plan->clocks.at[i];
        if (n->dead)
            continue;
        const char *lateness = length_text(e, n, "lateness", "0"), *idle = length_text(e, n, "idle", "DSC_UNSET");
        Span at = place_in_program(e, n->span);
        emit_line(e, "dsc_set_clock(task, %d, %s, %s, %d, %d);", i, lateness, idle, at.line, at.col);
    }
}

/* ---- stages ------------------------------------------------------------------------- */

static Value value_behind(Emit *e, Type *type, const char *pointer, const Pattern *hint)
{
    Value v = value_pointer(type, pointer);
    return type_is_struct(type) ? v : value_store(e, value_text(type, PREC_UNARY, value_c(e, v)), hint_text(hint, "value"));
}

static bool has_consumers(const Node *n)
{
    for (int i = 0; i < n->out.n; i++)
        if (n->out.at[i] != n->aside)
            return true;
    return false;
}

static void emit_late(Emit *e, const Node *n)
{
    if (n->late != LATE_ASIDE || n->aside->out.n == 0) {
        emit_line(e, "dsc_windows_late(task);");
        return;
    }
    Type *held = event_held_type(e, n);
    const char *name = emit_name(e, "late"), *ctype = c_type(e, held);
    emit_line(e, "const %s *%s;", ctype, name);
    emit_open(e, "while ((%s = dsc_windows_late(task)) != NULL)", name);
    Exit next = {.kind = EXIT_CONTINUE, .loops = ++e->fun->loops}, *outer = e->fun->exit;
    e->fun->exit = &next;
    Value item = value_pointer(held, name), pair = value_parts(e, n->aside->type);
    pair.parts[0] = value_field(e, item, HELD_KEY);
    pair.parts[1] = n->fold ? emit_fold_get(e, n, value_address(e, value_field(e, item, HELD_VALUE), "acc"), NULL)
                            : value_field(e, item, HELD_VALUE);
    emit_consumer(e, n, n->aside, pair);
    exit_end(e, &next);
    e->fun->exit = outer;
    e->fun->loops--;
    emit_close(e);
}

void held_windows(Emit *e, const Node *n)
{
    emit_late(e, n);
    const Pattern *hint = element_hint(e, n);
    Type *pair_type = type_of(n->type), *by = type_of(pair_type->args[0]);
    Value pair = value_parts(e, pair_type);
    pair.parts[0] = value_parts(e, by);
    const char *key = emit_name(e, hint_text(item_hint(item_hint(hint, 0), 0), "key"));
    const char *window = emit_name(e, hint_text(item_hint(item_hint(hint, 0), 1), "window")), *value = emit_name(e, "value");
    emit_line(e, "%s %s;", c_type(e, by->args[0]), key);
    emit_line(e, "%s %s;", c_type(e, by->args[1]), window);
    emit_line(e, "const void *%s;", value);
    emit_open(e, "while (dsc_windows_next(task, &%s, &%s, &%s))", key, window, value);
    if (has_consumers(n)) {
        Exit next = {.kind = EXIT_CONTINUE, .loops = ++e->fun->loops}, *outer = e->fun->exit;
        e->fun->exit = &next;
        pair.parts[0].parts[0] = value_local(by->args[0], key);
        pair.parts[0].parts[1] = value_local(by->args[1], window);
        if (n->fold) {
            pair.parts[1] = emit_fold_get(e, n, value, item_hint(hint, 1));
        } else {
            const char *ctype = c_type(e, pair_type->args[1]), *typed = emit_name(e, "held");
            emit_declare(e, emit_format(e, "const %s", ctype), emit_format(e, "*%s", typed), value);
            pair.parts[1] = value_behind(e, pair_type->args[1], typed, item_hint(hint, 1));
        }
        emit_consumers(e, n, pair);
        exit_end(e, &next);
        e->fun->exit = outer;
        e->fun->loops--;
    }
    emit_close(e);
}

void held_distinct(Emit *e, const Node *n)
{
    bool timed = n->clocks.n > 0;
    const Pattern *hint = element_hint(e, n);
    const char *ctype = c_type(e, n->type), *item = emit_name(e, hint_text(hint, "first"));
    emit_line(e, "const %s *%s;", ctype, item);
    const char *outer_event = e->event;
    if (timed) {
        e->event = emit_name(e, "event");
        emit_line(e, "dsc_event *%s;", e->event);
    }
    emit_open(e, "while ((%s = dsc_distinct_next(task, %s)) != NULL)", item, timed ? emit_format(e, "&%s", e->event) : "NULL");
    Exit next = {.kind = EXIT_CONTINUE, .loops = ++e->fun->loops}, *outer = e->fun->exit;
    e->fun->exit = &next;
    emit_consumers(e, n, value_behind(e, n->type, item, hint));
    exit_end(e, &next);
    e->fun->exit = outer;
    e->fun->loops--;
    emit_close(e);
    e->event = outer_event;
}
