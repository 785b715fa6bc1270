/* check_conn.c: sources and sinks, by the tables of the connectors. */
#include "check.h"
#include "dsc_conn.h"

#include <string.h>

static Type *type_of_kind(dsc_kind kind)
{
    switch (kind) {
    case DSC_INT: return &type_int;
    case DSC_FLOAT: return &type_float;
    case DSC_BOOL: return &type_bool;
    case DSC_STRING: return &type_string;
    case DSC_BYTES: return &type_bytes;
    case DSC_TIME: return &type_time;
    case DSC_DURATION: return &type_duration;
    case DSC_TUPLE: case DSC_RECORD: case DSC_LIST: case DSC_OPTION: case DSC_ISUM: case DSC_FSUM:
        break;
    }
    return NULL;
}

static bool is_one_of(const char *name, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(name, words[i]) == 0)
            return true;
    return false;
}
#define IS_ONE_OF(name, words) is_one_of(name, words, sizeof words / sizeof words[0])

/* ---- arguments --------------------------------------------------------------------- */

static int find_arg(const dsc_arg_def *defs, const char *name)
{
    for (int i = 0; defs && defs[i].name; i++)
        if (strcmp(defs[i].name, name) == 0)
            return i;
    return -1;
}

static void unknown_arg(Checker *cx, const Arg *arg, const char *connector, const dsc_arg_def *defs, const char *synopsis)
{
    diag_error(cx->diags, E0402, arg->name_span, "`%s` has no argument `%s`", connector, arg->name);
    diag_label(cx->diags, "not an argument of it");
    for (int i = 0; defs && defs[i].name; i++)
        suggest_word(cx, defs[i].name);
    if (!suggest(cx, arg->name, NULL, NULL))
        diag_expected(cx->diags, "%s", synopsis);
}

/* Is an int that is known now one that the argument can have? */
static void hold_to_bounds(Checker *cx, const Expr *e, const char *owner, const dsc_bounds *bounds)
{
    int64_t value;
    if (!bounds || !constant_int(e, &value) || (value >= bounds->min && value <= bounds->max))
        return;
    char text[64];
    dsc_bounds_text(bounds, text);
    diag_error(cx->diags, E0406, e->span, "`%s` of `%s` must be %s", bounds->name, owner, text);
    diag_label(cx->diags, "this is %lld", (long long)value);
}

/* `a`, `a.txt` or `wc -l`: the name that is not known, for text without its quotes; NULL: it is none. */
static const Expr *bare_text(const Checker *cx, const Expr *e)
{
    while (e->kind == E_FIELD || e->kind == E_BINARY)
        e = e->a;
    return e->kind == E_NAME && !find_value(cx, e->name) ? e : NULL;
}

/* An argument that is one of some words, as text. */
static Expr *check_word(Checker *cx, const Arg *arg, const char *owner, const dsc_bounds *bounds)
{
    const Expr *word = arg->value;
    for (int i = 0; word && word->kind == E_NAME && bounds->words[i]; i++)
        if (strcmp(word->name, bounds->words[i]) == 0) {
            Expr *text = new_expr(cx, E_STRING, word->span);
            text->text.p = bounds->words[i];
            text->text.n = strlen(bounds->words[i]);
            infer(cx, &text, &type_string);
            return text;
        }
    diag_error(cx->diags, E0406, arg->span, "`%s` of `%s` is one of these words", bounds->name, owner);
    for (int i = 0; bounds->words[i]; i++)
        diag_expected(cx->diags, "%s: %s", bounds->name, bounds->words[i]);
    return NULL;
}

/* A literal of a kind that is no type of its own (lists of batches) stays as it is. */
static Expr *check_arg(Checker *cx, const Arg *arg, const char *owner, const dsc_arg_def *def, const dsc_bounds *bounds)
{
    Expr *value = arg->value;
    if (!value) {
        diag_error(cx->diags, E0413, arg->span, "a type is no argument of `%s`", owner);
        diag_help(cx->diags, "types belong to the format: `as csv((string, int))`");
        return NULL;
    }
    const dsc_bounds *limits = dsc_find_bounds(bounds, def->name);
    if (limits && limits->words)
        return check_word(cx, arg, owner, limits);
    if (is_stream(cx, value)) {
        infer(cx, &value, NULL);
        return NULL;
    }
    Type *wanted = type_of_kind(def->kind);
    const Expr *bare = wanted == &type_string ? bare_text(cx, value) : NULL;
    if (bare) {
        unknown_value(cx, bare);
        diag_help(cx->diags, "text is written in quotes: \"%s\"", span_text(cx, arg->value->span));
        return NULL;
    }
    infer(cx, &value, wanted);
    if (wanted && !require(cx, &value, wanted, "`%s` of `%s`", def->name, owner))
        return NULL;
    check_setting(cx, value, def->name);
    hold_to_bounds(cx, value, owner, limits);
    return value;
}

Expr **check_args(Checker *cx, const char *owner, Span at, Args args, const dsc_arg_def *defs,
                  const dsc_bounds *bounds, const char *synopsis, int *n_args)
{
    int n = 0;
    while (defs && defs[n].name)
        n++;
    *n_args = n;
    Expr **values = NEW_ARRAY(cx->arena, Expr *, n + 1);
    const Arg **given = NEW_ARRAY(cx->arena, const Arg *, n + 1);
    for (int i = 0; i < args.n; i++) {
        const Arg *arg = &args.at[i];
        int p = arg->name ? find_arg(defs, arg->name) : i;
        if (arg->name && p < 0) {
            unknown_arg(cx, arg, owner, defs, synopsis);
        } else if (p >= n) {
            diag_error(cx->diags, E0401, arg->span, "`%s` takes %s%d argument%s", owner, n ? "at most " : "", n, n == 1 ? "" : "s");
            diag_label(cx->diags, "one too many");
            diag_expected(cx->diags, "%s", synopsis);
        } else if (given[p]) {
            diag_error(cx->diags, E0404, arg->span, "the argument `%s` is given twice", defs[p].name);
            diag_also(cx->diags, given[p]->span, "the first time");
        } else {
            given[p] = arg;
            values[p] = check_arg(cx, arg, owner, &defs[p], bounds);
        }
    }
    for (int i = 0; i < n; i++)
        if (!given[i] && !defs[i].text) {
            diag_error(cx->diags, E0403, at, "`%s` needs its argument `%s`", owner, defs[i].name);
            diag_label(cx->diags, "`%s` is missing: %s", defs[i].name, defs[i].doc);
            diag_expected(cx->diags, "%s", synopsis);
        }
    return values;
}

/* The argument that is a command: a string, or a list of them. */
static void check_command(Checker *cx, const Node *n, const dsc_arg_def *defs, const char *name)
{
    int p = name ? find_arg(defs, name) : -1;
    const Expr *e = p >= 0 ? n->args[p] : NULL;
    if (!e || has_error(e->type) || type_of(e->type)->kind == T_STRING)
        return;
    bool text = e->kind != E_LIST || e->args.n > 0;
    if (text && type_unify(type_list(cx->arena, &type_string), e->type))
        return;
    diag_error(cx->diags, text ? E0301 : E0406, e->span, "`%s` of `%s` is a string, or a list of a program and its arguments",
               name, n->op_name);
    if (text)
        diag_label(cx->diags, "this is %s", show_a(cx, e->type));
    else
        diag_label(cx->diags, "there is nothing in it");
    diag_expected(cx->diags, "%s(\"sort -n\") or %s([\"sort\", \"-n\"])", n->op_name, n->op_name);
}

/* ---- onError: of a source --------------------------------------------------------------- */

/* Take `onError: skip` out of the arguments; otherwise the program's setting holds. */
static void take_on_error(Checker *cx, Node *n, Args *args)
{
    n->on_error = cx->plan->on_error;
    Args rest = {0};
    for (int i = 0; i < args->n; i++) {
        const Arg *arg = &args->at[i];
        if (!arg->name || strcmp(arg->name, "onError") != 0) {
            vec_push(cx->arena, &rest, *arg);
            continue;
        }
        const Expr *e = arg->value;
        bool word = e && (e->kind == E_NAME || e->kind == E_CALL);
        static const Args none;
        if (word)
            check_on_error_word(cx, &n->on_error, "onError:", e->name, e->name_span, e->kind == E_CALL ? &e->args : &none);
        else
            on_error_words(cx, arg->span, "onError:");
    }
    *args = rest;
}

/* ---- at: of a source --------------------------------------------------------------------- */

/* Take the function that gives an element's time out of the arguments; NULL: it is not there. */
static const Arg *take_times(Checker *cx, const dsc_source_def *def, Args *args)
{
    int place = def->times ? find_arg(def->args, def->times) : -1;
    const Arg *times = NULL;
    Args rest = {0};
    for (int i = 0; i < args->n; i++) {
        const Arg *arg = &args->at[i];
        if (place < 0 || (arg->name ? find_arg(def->args, arg->name) : i) != place || !arg->value) {
            vec_push(cx->arena, &rest, *arg);
        } else if (times) {
            diag_error(cx->diags, E0404, arg->span, "the argument `%s` is given twice", def->times);
            diag_also(cx->diags, times->span, "the first time");
        } else {
            times = arg;
        }
    }
    *args = rest;
    return times;
}

static void check_times(Checker *cx, Node *n, const Arg *arg)
{
    Type *type = type_new(cx->arena, T_FUNCTION, 2);
    type->args[0] = n->type;
    type->args[1] = &type_time;
    Expr *lambda = arg->value;
    check_function(cx, &lambda, type, n->source->times);
    if (lambda->kind != E_LAMBDA || is_error(lambda->type))
        return;
    if (asks_the_batch(lambda)) {
        diag_error(cx->diags, E0405, arg->span, "`%s` says to which batch an element belongs, so it cannot ask for the batch", n->source->times);
        diag_label(cx->diags, "asks for the batch's time");
    }
    for (int i = 0; n->source->cut_by[i]; i++) {
        int p = find_arg(n->source->args, n->source->cut_by[i]);
        const Expr *other = p >= 0 ? n->args[p] : NULL;
        if (!other || (other->kind == E_BOOL && !other->ival))
            continue;
        diag_error(cx->diags, E0406, arg->span, "`%s` cuts the input into batches, and so does `%s`", n->source->times, n->source->cut_by[i]);
        diag_label(cx->diags, "by a time in the data");
        diag_also(cx->diags, other->span, "in another way");
        diag_help(cx->diags, "give one of them");
    }
    n->args[find_arg(n->source->args, n->source->times)] = lambda;
}

/* ---- sources --------------------------------------------------------------------------- */

static void unknown_source(Checker *cx, const Expr *e)
{
    static const char *const later[] = {"kafka", "http", "mqtt"};
    if (IS_ONE_OF(e->name, later)) {
        diag_error(cx->diags, E0510, e->name_span, "the source `%s` is not in this version yet", e->name);
        diag_label(cx->diags, "not yet");
        return;
    }
    diag_error(cx->diags, E0204, e->name_span, "there is no source `%s`", e->name);
    diag_label(cx->diags, "not a source");
    if (habit(cx, HINT_SOURCE, e->name))
        return;
    for (int i = 0; dsc_all_sources[i]; i++)
        suggest_word(cx, dsc_all_sources[i]->name);
    suggest(cx, e->name, NULL, NULL);
}

/* Is the input one batch? */
static bool is_uncut(const Node *n, const dsc_source_def *def)
{
    if (!def->cut_by)
        return false;
    for (int i = 0; def->cut_by[i]; i++) {
        int p = find_arg(def->args, def->cut_by[i]);
        const Expr *arg = p >= 0 ? n->args[p] : NULL;
        if (arg && !(arg->kind == E_BOOL && !arg->ival))
            return false;
    }
    return true;
}

/* queue([[..], [..]]): its elements are those of the inner lists. */
static Type *element_of_items(Checker *cx, const Node *n)
{
    const Expr *items = n->n_args > 0 ? n->args[0] : NULL;
    if (!items || has_error(items->type))
        return &type_error;
    Type *batches = type_list(cx->arena, type_list(cx->arena, type_var(cx->arena)));
    if (type_unify(batches, items->type))
        return type_of(type_of(batches->args[0])->args[0]);
    diag_error(cx->diags, E0301, items->span, "`%s` takes a list of batches, each a list of elements, not %s", n->op_name,
               show(cx, items->type));
    diag_label(cx->diags, "this is %s", show(cx, items->type));
    diag_help(cx->diags, type_of(items->type)->kind == T_LIST ? "put it into one more pair of brackets: `[[1, 2], [3]]`"
                                                              : "write `[[1, 2], [3]]`");
    return &type_error;
}

static Type *element_type(Checker *cx, Node *n, const dsc_source_def *def, const Expr *e)
{
    if (strcmp(def->element, "bytes") == 0)
        return check_source_format(cx, n, &e->format);
    if (e->format.name) {
        diag_error(cx->diags, E0411, e->format.span, "the source `%s` gives values, so it has no format", def->name);
        diag_label(cx->diags, "leave it out");
    }
    if (strcmp(def->element, "items") == 0)
        return element_of_items(cx, n);
    return signature_parse(cx->arena, arena_printf(cx->arena, "() -> %s", def->element))->result;
}

static void one_stdin(Checker *cx, const Node *n)
{
    for (int i = 0; i < n->id; i++) {
        const Node *other = cx->plan->nodes.at[i];
        if (!other->source || strcmp(other->source->name, "stdin") != 0)
            continue;
        diag_error(cx->diags, E0507, n->span, "standard input is read twice");
        diag_label(cx->diags, "the second time");
        diag_also(cx->diags, other->span, "the first time");
        diag_help(cx->diags, "name the stream, `let lines = source stdin()`, and use the name twice");
        return;
    }
}

Node *check_source(Checker *cx, Expr *e)
{
    const dsc_source_def *def = dsc_find_source(e->name);
    if (!def) {
        unknown_source(cx, e);
        return NULL;
    }
    Node *n = add_node(cx, NODE_SOURCE, e);
    n->source = def;
    Args args = e->args;
    const char *name = find_arg(def->args, "name") < 0 ? take_name(cx, &args) : NULL;
    take_on_error(cx, n, &args);
    const Arg *times = take_times(cx, def, &args);
    n->args = check_args(cx, def->name, e->name_span, args, def->args, def->bounds, def->synopsis, &n->n_args);
    check_command(cx, n, def->args, def->command);
    n->once = e->kind == E_TABLE;
    only_in_tables(cx, n);
    n->type = element_type(cx, n, def, e);
    if (times)
        check_times(cx, n, times);
    n->stream_slide = cx->plan->batch;
    if (!times && is_uncut(n, def))
        cx->info.at[n->id].uncut = n;
    if (strcmp(def->name, "stdin") == 0)
        one_stdin(cx, n);
    name_node(cx, n, name);
    return n;
}

/* ---- sinks -------------------------------------------------------------------------------- */

static void unknown_sink(Checker *cx, const Expr *e)
{
    static const char *const later[] = {"kafka"};
    if (IS_ONE_OF(e->name, later)) {
        diag_error(cx->diags, E0510, e->name_span, "the sink `%s` is not in this version yet", e->name);
        diag_label(cx->diags, "not yet");
        return;
    }
    diag_error(cx->diags, E0205, e->name_span, "there is no sink `%s`", e->name);
    diag_label(cx->diags, "not a sink");
    if (habit(cx, HINT_SINK, e->name))
        return;
    for (int i = 0; dsc_all_sinks[i]; i++)
        suggest_word(cx, dsc_all_sinks[i]->name);
    suggest(cx, e->name, NULL, NULL);
}

static bool same_text(const Expr *a, const Expr *b)
{
    return a && b && a->kind == E_STRING && b->kind == E_STRING && a->text.n == b->text.n &&
           memcmp(a->text.p, b->text.p, a->text.n) == 0;
}

static bool same_place(const Node *a, const Node *b)
{
    if (a->sink != b->sink || !same_text(a->args[0], b->args[0]))
        return false;
    for (int i = 1; i < a->n_args; i++)
        if ((a->args[i] || b->args[i]) && !same_text(a->args[i], b->args[i]))
            return false;
    return true;
}

/* Two sinks that write the same files. */
static void own_place(Checker *cx, const Node *n)
{
    if (n->n_args == 0 || n->sink->class == DSC_AT_LEAST_ONCE)
        return;
    for (int i = 0; i < n->id; i++) {
        const Node *other = cx->plan->nodes.at[i];
        if (other->role != NODE_SINK || !other->sink || !same_place(n, other))
            continue;
        diag_error(cx->diags, E0508, n->span, "two sinks write to the same place");
        diag_label(cx->diags, "the second");
        diag_also(cx->diags, other->span, "the first");
        diag_help(cx->diags, "give them different names, or bring their streams together with `union`");
        return;
    }
}

void check_sink(Checker *cx, Expr *e, Node *input)
{
    const dsc_sink_def *def = dsc_find_sink(e->name);
    if (!def) {
        unknown_sink(cx, e);
        return;
    }
    Node *n = add_node(cx, NODE_SINK, e);
    n->sink = def;
    n->type = input->type;
    plan_link(cx->plan, input, n);
    if (input->once)
        no_table(cx, input, n->span, "a sink");
    Args args = e->args;
    const char *name = find_arg(def->args, "name") < 0 ? take_name(cx, &args) : NULL;
    if (def->calls) {
        check_call_sink(cx, n, e, &args);
    } else {
        n->args = check_args(cx, def->name, e->name_span, args, def->args, def->bounds, def->synopsis, &n->n_args);
        check_command(cx, n, def->args, def->command);
        if (!def->rows)
            check_sink_format(cx, n, &e->format);
        else if (e->format.name) {
            diag_error(cx->diags, E0411, e->format.span, "the sink `%s` takes values, so it has no format", def->name);
            diag_label(cx->diags, "nothing to be written as text");
        }
        if (def->rows)
            check_rows(cx, n);
        own_place(cx, n);
    }
    name_node(cx, n, name);
}
