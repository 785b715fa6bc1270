/* check_event.c: event time: which streams have it, windows by it, what comes late.
 *
 * A stream has event time below an eventTime, through narrow operators and through
 * unions of streams that all have it, until an operator holds a batch. */
#include "check.h"

#include <string.h>

/* The stream of what comes late; no name of the language, since a program says `late: side(name)`. */
static const OpDef op_side = {.name = "side", .signature = "A | side() -> A", .class = OP_NARROW};

/* ---- late: --------------------------------------------------------------------------- */

LateWord take_late(Checker *cx, Args *args)
{
    LateWord late = {0};
    Args others = {0};
    for (int i = 0; i < args->n; i++) {
        const Arg *arg = &args->at[i];
        if (!arg->name || strcmp(arg->name, "late") != 0 || !arg->value) {
            vec_push(cx->arena, &others, *arg);
            continue;
        }
        if (late.value) {
            diag_error(cx->diags, E0404, arg->span, "the argument `late` is given twice");
            diag_also(cx->diags, late.value->span, "the first time");
        }
        late.value = arg->value;
    }
    *args = others;
    return late;
}

static void late_words(Checker *cx, Span at, const char *word)
{
    static const char *const words[] = {"drop", "update", "side"};
    if (word)
        diag_error(cx->diags, E0422, at, "`late:` does not know `%s`", word);
    else
        diag_error(cx->diags, E0422, at, "`late:` does not know this");
    diag_label(cx->diags, "not one of its words");
    if (!word || !diag_suggest(cx->diags, word, words, 3))
        diag_expected(cx->diags, "drop, update or side(name)");
}

static void check_side(Checker *cx, Node *n, const Expr *e)
{
    const Expr *name = e->args.n == 1 && !e->args.at[0].name ? e->args.at[0].value : NULL;
    if (!name || name->kind != E_NAME) {
        diag_error(cx->diags, E0422, e->span, "`side` takes the name that the stream of late elements is to have");
        diag_label(cx->diags, "which name?");
        diag_expected(cx->diags, "late: side(tooLate)");
        return;
    }
    Node *side = add_node(cx, NODE_OP, e);
    side->op = &op_side;
    side->op_name = op_side.name;
    side->type = n->in.at[0]->type;
    plan_link(cx->plan, n, side);
    side->stream_slide = n->stream_slide;
    cx->info.at[side->id] = (StreamInfo){.uncut = cx->info.at[n->id].uncut, .untimed = n};
    side->name = name->name;
    n->late = LATE_ASIDE;
    n->aside = side;
    name_stream(cx, name->name, name->span, side);
}


static void check_late(Checker *cx, Node *n, const Expr *e)
{
    const Expr *keep = node_argument(n, op_signature(cx, n->op), "keep");
    bool update = e && e->kind == E_NAME && strcmp(e->name, "update") == 0;
    if (update) {
        n->late = LATE_UPDATES;
        if (!keep) {
            diag_error(cx->diags, E0403, e->span, "`late: update` needs `keep`: for how long is a window to be changed?");
            diag_label(cx->diags, "until when?");
            diag_help(cx->diags, "`late: update, keep: 1h` keeps windows for an hour after their end");
        }
        return;
    }
    if (e && e->kind == E_CALL && strcmp(e->name, "side") == 0)
        check_side(cx, n, e);
    else if (e && (e->kind != E_NAME || strcmp(e->name, "drop") != 0))
        late_words(cx, e->span, e->kind == E_NAME || e->kind == E_CALL ? e->name : NULL);
    if (keep) {
        diag_error(cx->diags, E0422, keep->span, "`keep` goes with `late: update`");
        diag_label(cx->diags, "nothing is changed after it has closed");
        diag_help(cx->diags, "windows wait for what comes late by `lateness:` of eventTime");
    }
}

/* ---- lengths -------------------------------------------------------------------------- */

/* The length where it is known and right, else 0. */
static int64_t length_of(Checker *cx, const Node *n, const char *what)
{
    const Signature *s = op_signature(cx, n->op);
    for (int i = 0; i < s->params.n; i++) {
        int64_t length;
        if (strcmp(s->params.at[i].name, what) != 0 || !n->args[i] || !constant_int(n->args[i], &length))
            continue;
        if (length > 0 || (length == 0 && strcmp(what, "lateness") == 0))
            return length;
        diag_error(cx->diags, E0408, n->args[i]->span, "`%s` of `%s` must %s", what, n->op_name,
                   strcmp(what, "lateness") == 0 ? "not be negative" : "be longer than nothing");
        diag_label(cx->diags, "%s", duration_text(cx->arena, length));
    }
    return 0;
}

static void check_lengths(Checker *cx, const Node *n)
{
    static const char *const others[] = {"gap", "keep", "within", "lateness", "idle"};
    int64_t size = length_of(cx, n, "size"), slide = length_of(cx, n, "slide");
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        length_of(cx, n, others[i]);
    if (size == 0 || slide <= size)
        return;
    diag_error(cx->diags, E0406, n->args[1]->span, "the slide of `%s` is longer than its size", n->op_name);
    diag_label(cx->diags, "some elements would be in no window");
    diag_help(cx->diags, "`tumbling(%s)` has windows one after the other", duration_text(cx->arena, size));
}

/* ---- streams --------------------------------------------------------------------------- */

static void no_event_time(Checker *cx, const Node *n)
{
    const Node *lost = cx->info.at[n->in.at[0]->id].untimed;
    diag_error(cx->diags, E0421, n->span, "`%s` goes by event time, and this stream has none", n->op_name);
    diag_label(cx->diags, "by which time?");
    if (lost && lost->op && lost->op->class == OP_UNION)
        diag_also(cx->diags, lost->span, "some of what comes together here has no event time");
    else if (lost)
        diag_also(cx->diags, lost->span, "this holds a batch, and loses event time");
    diag_help(cx->diags, "say when each element was: `| eventTime(_.time, lateness: 10s)` %s",
              lost && lost->op && lost->op->class == OP_UNION ? "before the union, on each of its streams"
              : lost                                          ? "behind that"
                                                              : "before it");
}

/* The clocks of all inputs; none where one of them has none. */
static void inherit(Checker *cx, Node *n)
{
    StreamInfo *info = &cx->info.at[n->id];
    int streams = n->op->class == OP_LOOKUP ? 1 : n->in.n;
    for (int i = 0; i < streams; i++) {
        const Node *from = n->in.at[i];
        if (from->clocks.n == 0) {
            info->untimed = n->op->class == OP_UNION && n->clocks.n > 0 ? n : cx->info.at[from->id].untimed;
            n->clocks.n = 0;
            return;
        }
        for (int j = 0; j < from->clocks.n; j++) {
            bool known = false;
            for (int k = 0; k < n->clocks.n && !known; k++)
                known = n->clocks.at[k] == from->clocks.at[j];
            if (!known)
                vec_push(cx->arena, &n->clocks, from->clocks.at[j]);
        }
    }
}

static Type *tuple_of(Checker *cx, int n, Type *const *parts)
{
    Type *t = type_new(cx->arena, T_TUPLE, n);
    for (int i = 0; i < n; i++)
        t->args[i] = parts[i];
    return t;
}

/* What its state is: see runtime/event.c and runtime/distinct.c. */
static void set_state(Checker *cx, Node *n)
{
    Type *in = type_of(n->in.at[0]->type);
    if (n->op->time == TIME_JOINS) {
        n->state_key = &type_int;
        n->state = tuple_of(cx, 3, (Type *[]){&type_time, in->args[0], in->args[1]});
        return;
    }
    if (n->op->time == TIME_KEPT) {
        n->state_key = n->args[0] ? n->args[0]->a->type : in;
        n->state = &type_time;
        return;
    }
    n->state_key = tuple_of(cx, 2, (Type *[]){&type_int, type_is_pair(in) ? in->args[0] : &type_error});
    n->state = tuple_of(cx, 4, (Type *[]){&type_time, &type_time, &type_int, &type_int});
}

static void check_key(Checker *cx, const Node *n)
{
    if (n->op->time != TIME_KEPT || is_error(n->state_key) || type_is_key(n->state_key))
        return;
    const Expr *key = n->args[0];
    diag_error(cx->diags, E0308, key ? key->span : n->span, "%s cannot be a key%s", show_a(cx, n->state_key),
               type_of(n->state_key)->kind == T_FLOAT ? "" : ", since it holds a float");
    diag_label(cx->diags, "by a key of %s", show(cx, n->state_key));
    diag_help(cx->diags, key ? "round it: `round(x)`, or make it text: `string(x)`" : "say what of it is the key: `%s(_.id, within: 10m)`",
              n->op_name);
}

void check_event(Checker *cx, Node *n, LateWord late)
{
    bool ok = !is_error(n->type);
    switch (n->op->time) {
    case TIME_GIVEN:
        n->clock = cx->plan->clocks.n;
        vec_push(cx->arena, &cx->plan->clocks, n);
        vec_push(cx->arena, &n->clocks, n);
        break;
    case TIME_PASSES:
        inherit(cx, n);
        if (n->op->class != OP_HOLD)
            return;
        n->clocks.n = 0;
        cx->info.at[n->id].untimed = n;
        return;
    case TIME_KEPT:
        inherit(cx, n);
        set_state(cx, n);
        if (ok)
            check_key(cx, n);
        break;
    case TIME_JOINS:
        cx->info.at[n->id].untimed = n;
        if (n->in.n != 1 || !ok)
            return;
        set_state(cx, n);
        break;
    case TIME_WINDOWS:
        n->windows = n;
        set_state(cx, n);
        cx->info.at[n->id].untimed = n;
        if (n->in.at[0]->clocks.n == 0 && !is_error(n->in.at[0]->type))
            no_event_time(cx, n);
        if (ok)
            check_late(cx, n, late.value);
        break;
    }
    if (ok)
        check_lengths(cx, n);
}
