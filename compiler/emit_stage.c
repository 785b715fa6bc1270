/* emit_stage.c: stages: a loop over what a root puts out, with the row code of
 * what follows in it; what elements are called. */
#include "emit_internal.h"
#include "dsc_abi.h"
#include "dsc_conn.h"
#include "signature.h"

#include <string.h>

const Expr *node_arg(Emit *e, const Node *n, const char *name)
{
    if (n->windows)               /* it may have the arguments of a fold now */
        n = n->windows;
    const Signature *s = signature_parse(e->arena, n->op->signature);
    for (int i = 0; i < s->params.n && i < n->n_args; i++)
        if (s->params.at[i].name && strcmp(s->params.at[i].name, name) == 0)
            return n->args[i];
    return NULL;
}

bool node_by_key(const Node *n)
{
    if (n->op->kind == DSC_HELD || n->op->kind == DSC_SORTED)
        return false;
    return strstr(n->op_name, "ByKey") != NULL || strcmp(n->op_name, "countByValue") == 0;
}

bool node_always(const Node *n)
{
    return n->fold && !node_by_key(n) && strncmp(n->op_name, "count", 5) == 0;
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

const Pattern *lambda_hint(Emit *e, const Expr *lambda)
{
    if (lambda->params.n == 1)
        return lambda->params.at[0];
    Pattern *p = NEW(e->arena, Pattern);
    p->kind = PAT_TUPLE;
    p->items.at = lambda->params.at;
    p->items.n = lambda->params.n;
    return p;
}

static bool gives_what_it_takes(const Node *n)
{
    return strcmp(n->op_name, "filter") == 0 || strcmp(n->op_name, "sample") == 0 || strcmp(n->op_name, "repartition") == 0 ||
        n->op->class == OP_UNION;
}

/* What the elements that a node puts out are called, by those who take them. */
static const Pattern *out_hint(Emit *e, const Node *n, int far)
{
    for (int i = 0; i < n->out.n && far > 0; i++) {
        const Node *to = n->out.at[i];
        if (!node_is_narrow(to))
            continue;
        const Pattern *p = NULL;
        if (to->n_args > 0 && to->args[0] && to->args[0]->kind == E_LAMBDA) {
            p = lambda_hint(e, to->args[0]);
            if (strstr(to->op_name, "Values"))
                p = pair_hint(e, NULL, says_nothing(p) ? NULL : p);
        }
        bool same = gives_what_it_takes(to);
        if (same && (!p || says_nothing(p)))
            p = out_hint(e, to, far - 1);
        if (p && !says_nothing(p))
            return p;
    }
    return NULL;
}

/* Where nobody says: by what makes them. */
const Pattern *element_hint(Emit *e, const Node *n)
{
    enum { FAR = 6 };
    const Pattern *p = out_hint(e, n, FAR);
    if (p)
        return p;
    const Expr *body = n->n_args > 0 && n->args[0] && n->args[0]->kind == E_LAMBDA ? n->args[0]->a : NULL;
    if (body && strncmp(n->op_name, "flatMap", 7) == 0 && body->kind == E_BUILTIN) {
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
    if (strcmp(n->op_name, "groupByKey") == 0)
        return pair_hint(e, hint_name(e, "key"), hint_name(e, "values"));
    for (int i = 0; i < n->out.n; i++)
        if (strstr(n->out.at[i]->op_name, "ByKey") || strstr(n->out.at[i]->op_name, "Values"))
            return pair_hint(e, hint_name(e, "key"), hint_name(e, "value"));
    return NULL;
}

const Pattern *item_hint(const Pattern *hint, int i)
{
    return hint && hint->kind == PAT_TUPLE && i < hint->items.n ? hint->items.at[i] : NULL;
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
    case DSC_FOLD: case DSC_GROUP: case DSC_HELD: case DSC_SORTED: case DSC_UPDATE:
        return root ? ", what a batch puts out" : ", what a batch puts in";
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

const char *stage_comment(Emit *e, const Node *first, bool root)
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

Value open_items(Emit *e, const Node *root, Type *type, const Pattern *hint)
{
    bool decoded = root->format && strcmp(root->format->name, "lines") != 0;
    if (root->format && !decoded) {
        const char *name = emit_name(e, hint_text(hint, "line"));
        emit_line(e, "dsc_str %s;", name);
        emit_open(e, "while (dsc_next_line(task, &%s))", name);
        return value_local(root->type, name);
    }
    const char *ctype = c_type(e, type);
    bool whole = type_is_struct(type);
    const char *name = emit_name(e, whole ? hint_text(hint, type_hint(e, type)) : "next");
    emit_line(e, "const %s *%s;", ctype, name);
    emit_open(e, "while ((%s = dsc_next_%s(task)) != NULL)", name, decoded ? "record" : "item");
    return value_pointer(type, name);
}

static void emit_loop_over(Emit *e, const Node *root)
{
    const Pattern *hint = element_hint(e, root);
    Exit next = {.kind = EXIT_CONTINUE, .loops = 1};
    e->fun->exit = &next;
    Value v = {0};
    const char *acc = NULL;
    if (root->role == NODE_SOURCE || root->op->kind == DSC_WINDOW || root->op->kind == DSC_TABLE) {
        v = open_items(e, root, root->type, hint);
    } else if (root->op->kind == DSC_SORTED) {
        v = sorted_element(e, root, open_items(e, root, sorted_type(e, root), NULL));
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
    emit_in_time(e, root, v);
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
    if (stage->root->role == NODE_OP && (stage->root->op->kind == DSC_HELD || stage->root->op->kind == DSC_UPDATE))
        emit_held(e, stage->root);
    else
        emit_loop_over(e, stage->root);
    FnParam no_params;
    fn_done(e, &fun, e->stage_names[stage->number], &no_params, 0, NULL, stage_comment(e, stage->root, true));
}
