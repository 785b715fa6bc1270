/* emit_stage.c: stages: a loop over what a root puts out, and in it the row code
 * of the narrow operators below it, each around what follows it.
 *
 * A union, and whatever would lie too deep or too far down, is a function of
 * its own that takes the element; so is every operator of an unfused plan. */
#include "emit_internal.h"
#include "dsc_abi.h"
#include "dsc_conn.h"
#include "signature.h"

#include <stdlib.h>
#include <string.h>

enum {
    MOST_OPERATORS = 50,          /* in one function */
    DEEPEST_LOOPS = 5,
    MOST_PARTS = 8                /* of an element given as parameters */
};

static void emit_row(Emit *e, const Node *n, Value v);

const Expr *node_arg(Emit *e, const Node *n, const char *name)
{
    const Signature *s = signature_parse(e->arena, n->op->signature);
    for (int i = 0; i < s->params.n && i < n->n_args; i++)
        if (s->params.at[i].name && strcmp(s->params.at[i].name, name) == 0)
            return n->args[i];
    return NULL;
}

bool node_by_key(const Node *n)
{
    return strstr(n->op_name, "ByKey") != NULL || strcmp(n->op_name, "countByValue") == 0;
}

bool node_always(const Node *n)
{
    return n->fold && !node_by_key(n) && strncmp(n->op_name, "count", 5) == 0;
}

static bool is_narrow(const Node *n)
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
        if (n->dead || !is_narrow(n))
            continue;
        const Node *from = n->in.at[0];
        bool blocks = is_flat_map(from) || (from->in.n > 0 && from->in.at[0]->out.n > 1);
        depth[i] = depth[from->id] + blocks;
        operators[i] = operators[from->id] + 1;
        e->cut[i] = plan->unfused || n->in.n > 1 || depth[i] > DEEPEST_LOOPS || operators[i] > MOST_OPERATORS;
        if (e->cut[i])
            depth[i] = operators[i] = 0;
    }
}

/* ---- names for elements -------------------------------------------------------------- */

static Pattern *pair_hint(Emit *e, const Pattern *a, const Pattern *b)
{
    static Pattern ignore = {.kind = PAT_IGNORE};
    Pattern *p = NEW(e->arena, Pattern);
    p->kind = PAT_TUPLE;
    vec_push(e->arena, &p->items, a ? (Pattern *)a : &ignore);
    vec_push(e->arena, &p->items, b ? (Pattern *)b : &ignore);
    return p;
}

static const Pattern *lambda_hint(Emit *e, const Expr *lambda)
{
    if (lambda->params.n == 1)
        return lambda->params.at[0];
    Pattern *p = NEW(e->arena, Pattern);
    p->kind = PAT_TUPLE;
    p->items.at = lambda->params.at;
    p->items.n = lambda->params.n;
    return p;
}

/* What the elements that a node puts out are called, by those who take them. */
static const Pattern *out_hint(Emit *e, const Node *n, int far)
{
    for (int i = 0; i < n->out.n && far > 0; i++) {
        const Node *to = n->out.at[i];
        if (!is_narrow(to))
            continue;
        const Pattern *p = NULL;
        if (to->n_args > 0 && to->args[0] && to->args[0]->kind == E_LAMBDA) {
            p = lambda_hint(e, to->args[0]);
            if (strstr(to->op_name, "Values"))
                p = pair_hint(e, NULL, says_nothing(p) ? NULL : p);
        }
        bool same = strcmp(to->op_name, "filter") == 0 || to->op->class == OP_UNION;
        if (same && (!p || says_nothing(p)))
            p = out_hint(e, to, far - 1);
        if (p && !says_nothing(p))
            return p;
    }
    return NULL;
}

/* Where nobody says: by what makes them. */
static const Pattern *element_hint(Emit *e, const Node *n)
{
    enum { FAR = 6 };
    const Pattern *p = out_hint(e, n, FAR);
    if (p)
        return p;
    const Expr *body = n->n_args > 0 && n->args[0] && n->args[0]->kind == E_LAMBDA ? n->args[0]->a : NULL;
    if (body && is_flat_map(n) && body->kind == E_BUILTIN) {
        const char *name = body->builtin->name;
        if (strcmp(name, "words") == 0 || strcmp(name, "split") == 0)
            return hint_name(e, "word");
        if (strcmp(name, "lines") == 0)
            return hint_name(e, "line");
    }
    if (n->fold && node_by_key(n)) {
        const char *value = n->fold->kind == FOLD_COUNT ? "count" : n->fold->kind == FOLD_ISUM || n->fold->kind == FOLD_FSUM ? "sum" : "value";
        return pair_hint(e, hint_name(e, "key"), hint_name(e, value));
    }
    if (n->op_name && strcmp(n->op_name, "groupByKey") == 0)
        return pair_hint(e, hint_name(e, "key"), hint_name(e, "values"));
    return NULL;
}

static const Pattern *item_hint(const Pattern *hint, int i)
{
    return hint && hint->kind == PAT_TUPLE && i < hint->items.n ? hint->items.at[i] : NULL;
}

/* ---- ends ------------------------------------------------------------------------------ */

static void emit_end(Emit *e, const Node *n, Value v)
{
    const char *name = e->node_names[n->id];
    if (n->fold) {
        emit_fold_in(e, n, v);
        return;
    }
    if (n->role == NODE_OP && n->op->kind == DSC_GROUP) {
        v = v.parts ? v : value_settle(e, v, NULL);
        Value key = value_field(e, v, 0), value = value_field(e, v, 1);
        const char *at_key = value_address(e, key, "key"), *at_value = value_address(e, value, "value");
        emit_line(e, "dsc_group_in(task, %s, %s, %s);", name, at_key, at_value);
        return;
    }
    const char *address = value_address(e, v, type_hint(e, v.type));
    emit_line(e, "%s(task, %s, %s);", n->role == NODE_SINK ? "dsc_put" : "dsc_push", name, address);
}

static void emit_consumers(Emit *e, const Node *n, Value v)
{
    if (n->out.n > 1)
        v = value_settle(e, v, element_hint(e, n));
    Exit *outer = e->fun->exit;
    for (int i = 0; i < n->out.n - 1; i++) {
        Exit branch = {.kind = EXIT_BRANCH};
        e->fun->exit = &branch;
        emit_row(e, n->out.at[i], v);
        exit_end(e, &branch);
    }
    e->fun->exit = outer;
    emit_row(e, n->out.at[n->out.n - 1], v);
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

/* Each element of the list, or what is in the option, that the lambda gives for
 * `arg`. key: by-key forms, that of each element; else NULL. */
static void emit_each(Emit *e, const Node *n, const Value *key, Value arg)
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

static void row_union(Emit *e, const Node *n, Value v)
{
    emit_consumers(e, n, v);
}

static const struct {
    const char *op;
    void (*row)(Emit *e, const Node *n, Value v);
} rows[] = {
    {"map", row_map}, {"flatMap", row_flat_map}, {"filter", row_filter}, {"mapValues", row_map_values},
    {"flatMapValues", row_flat_map_values}, {"union", row_union},
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

static void emit_row(Emit *e, const Node *n, Value v)
{
    if (n->index >= 0) {
        emit_end(e, n, v);
    } else if (!e->cut[n->id]) {
        emit_row_here(e, n, v);
    } else {
        Value args[MOST_PARTS];
        int count = 0;
        give_parts(e, v, in_parts(v.type), args, &count);
        emit_line(e, "%s;", fn_call_text(e, e->rows[n->id], args, NULL));
    }
}

/* ---- what stands above a function ------------------------------------------------------- */

typedef VEC(const Node *) Nodes;

static void collect(Emit *e, const Node *n, Nodes *out)
{
    for (int i = 0; i < n->out.n; i++) {
        const Node *to = n->out.at[i];
        bool known = to->index < 0 && e->cut[to->id];
        for (int j = 0; j < out->n && !known; j++)
            known = out->at[j] == to;
        if (known)
            continue;
        vec_push(e->arena, out, to);
        if (to->index < 0)
            collect(e, to, out);
    }
}

static const char *role_text(const Node *n, bool root)
{
    if (n->role != NODE_OP)
        return "";
    switch (n->op->class == OP_HOLD ? n->op->kind : -1) {
    case DSC_WINDOW: case DSC_WINDOW_FOLD: return root ? ", what a window puts out" : ", what a batch puts in";
    case DSC_FOLD: case DSC_GROUP: return root ? ", what a batch puts out" : ", what a batch puts in";
    default: return "";
    }
}

static void add_source_line(Emit *e, Text *text, const Node *n, bool root)
{
    enum { LONGEST = 100 };
    const char *source = comment_text(e, n->text);
    const char *word = n->role == NODE_SOURCE ? "source " : n->role == NODE_SINK ? "sink " : "";
    if (strncmp(source, word, strlen(word)) == 0)
        word = "";
    int length = (int)strlen(source);
    text_printf(text, "%s%s  %s%.*s%s%s\n", text->n ? " * " : "/* ", place_text(e, n->span), word,
                length > LONGEST ? LONGEST : length, source, length > LONGEST ? " .." : "", role_text(n, root));
}

static const char *stage_comment(Emit *e, const Node *first, bool root)
{
    Nodes nodes = {0};
    collect(e, first, &nodes);
    Text text = {0};
    add_source_line(e, &text, first, root);
    for (int i = 0; i < nodes.n; i++)
        add_source_line(e, &text, nodes.at[i], false);
    const char *comment = emit_format(e, "%.*s */\n", (int)text.n - 1, text.p);
    text_free(&text);
    return comment;
}

static void write_row(Emit *e, const Node *n)
{
    Type *type = n->in.at[0]->type;
    const char *name = emit_global_name(e, emit_format(e, "%s_%d", n->op_name, n->span.line));
    Fun fun;
    Exit exit = {.kind = EXIT_RETURN};
    fun_begin(e, &fun, &exit);
    FnParam *params = NEW_ARRAY(e->arena, FnParam, MOST_PARTS);
    int count = 0;
    Value v = declare_parts(e, type, element_hint(e, n->in.at[0]), in_parts(type), params, &count);
    emit_row_here(e, n, v);
    e->rows[n->id] = fn_done(e, &fun, name, params, count, NULL, stage_comment(e, n, false));
}

/* ---- roots -------------------------------------------------------------------------------- */

/* Open the loop over what a root puts out. */
static Value open_pairs(Emit *e, const Node *root, const Pattern *hint)
{
    Value pair = value_parts(e, root->type);
    Type *key = type_of(root->type)->args[0];
    const char *ctype = c_type(e, key);
    const char *name = emit_name(e, hint_text(item_hint(hint, 0), "key"));
    emit_line(e, "%s %s;", ctype, name);
    pair.parts[0] = value_local(key, name);
    if (root->op->kind == DSC_GROUP) {
        const char *values = emit_name(e, hint_text(item_hint(hint, 1), "values"));
        emit_line(e, "dsc_list %s;", values);
        emit_open(e, "while (dsc_next_group(task, &%s, &%s))", name, values);
        pair.parts[1] = value_local(type_of(root->type)->args[1], values);
        return pair;
    }
    const char *acc = emit_name(e, "acc");
    emit_line(e, "const void *%s;", acc);
    emit_open(e, "while (dsc_next_pair(task, &%s, &%s))", name, acc);
    pair.parts[1] = value_local(&type_int, acc);
    return pair;
}

/* The loop over records that a format decodes: one local takes them in turn. */
static Value open_records(Emit *e, const Node *root, const Pattern *hint)
{
    const char *ctype = c_type(e, root->type);
    const char *name = emit_name(e, hint_text(hint, type_hint(e, root->type)));
    bool parts = !root->used || !root->used->whole;      /* what is not decoded is zero */
    emit_line(e, parts && type_is_struct(root->type) ? "%s %s = {0};" : "%s %s;", ctype, name);
    emit_open(e, "while (dsc_next_record(task, &%s))", name);
    return value_local(root->type, name);
}

static Value open_items(Emit *e, const Node *root, const Pattern *hint)
{
    if (root->format && strcmp(root->format->name, "lines") != 0)
        return open_records(e, root, hint);
    if (root->format) {
        const char *name = emit_name(e, hint_text(hint, "line"));
        emit_line(e, "dsc_str %s;", name);
        emit_open(e, "while (dsc_next_line(task, &%s))", name);
        return value_local(root->type, name);
    }
    const char *ctype = c_type(e, root->type);
    bool whole = type_is_struct(root->type);
    const char *name = emit_name(e, whole ? hint_text(hint, type_hint(e, root->type)) : "next");
    emit_line(e, "const %s *%s;", ctype, name);
    emit_open(e, "while ((%s = dsc_next_item(task)) != NULL)", name);
    return value_pointer(root->type, name);
}

static void emit_loop_over(Emit *e, const Node *root)
{
    const Pattern *hint = element_hint(e, root);
    Exit next = {.kind = EXIT_CONTINUE, .loops = 1};
    e->fun->exit = &next;
    Value v = {0};
    const char *acc = NULL;
    if (root->role == NODE_SOURCE || root->op->kind == DSC_WINDOW) {
        v = open_items(e, root, hint);
    } else if (node_by_key(root)) {
        v = open_pairs(e, root, hint);
        acc = root->op->kind == DSC_GROUP ? NULL : v.parts[1].text;
    } else {
        acc = emit_name(e, "acc");
        emit_line(e, "const void *%s;", acc);
        emit_open(e, "while (dsc_next_cell(task, &%s))", acc);
    }
    e->fun->loops++;
    if (!acc && v.pointer && !type_is_struct(v.type))
        v = value_store(e, value_text(v.type, PREC_UNARY, value_c(e, v)), hint_text(hint, NULL));
    if (acc && node_by_key(root))
        v.parts[1] = emit_fold_get(e, root, acc, item_hint(hint, 1));
    else if (acc)
        v = emit_fold_get(e, root, acc, hint);
    const Expr *filter = root->role == NODE_OP ? node_arg(e, root, "filter") : NULL;
    if (filter) {
        v = value_settle(e, v, hint);
        apply_params(e, filter, 1, &v);
        emit_keep_if(e, filter->a);
    }
    emit_consumers(e, root, v);
    exit_end(e, &next);
    e->fun->loops--;
    emit_close(e);
}

void emit_stage(Emit *e, const Stage *stage)
{
    for (int i = stage->nodes.n - 1; i >= 0; i--) {
        const Node *n = stage->nodes.at[i];
        if (e->cut[n->id] && !e->rows[n->id])
            write_row(e, n);
    }
    Fun fun;
    Exit none = {.kind = EXIT_RETURN};
    fun_begin(e, &fun, &none);
    emit_loop_over(e, stage->root);
    FnParam no_params;
    fn_done(e, &fun, e->stage_names[stage->number], &no_params, 0, NULL, stage_comment(e, stage->root, true));
}
