/* emit_unit.c: the unit as a whole: names of params and nodes, setup, tables. */
#include "emit_internal.h"
#include "dsc_abi.h"
#include "dsc_conn.h"

#include <stdio.h>
#include <string.h>

static bool lives(const Node *n)
{
    return !n->dead && n->index >= 0;
}

const char *comment_text(Emit *e, const char *text)
{
    Text out = {0};
    for (const char *p = text; *p;) {
        unsigned char c = (unsigned char)*p;
        size_t n = c >= 0x80 ? readable_utf8(p, strlen(p)) : 1;
        bool splits = (p[0] == '*' && p[1] == '/') || (p[0] == '/' && p[1] == '*') || (p[0] == '?' && p[1] == '?' && p[2] == '/');
        text_addn(&out, c < ' ' || c == 0x7f || n == 0 ? "?" : p, n ? n : 1);
        if (splits)
            text_add(&out, " ");
        p += n ? n : 1;
    }
    const char *copy = arena_strndup(e->arena, out.p ? out.p : "", out.n);
    text_free(&out);
    return copy;
}

const char *place_text(Emit *e, Span span)
{
    return emit_format(e, "%s:%d", comment_text(e, e->plan->files[span.file].name), span.line);
}

Span place_in_program(const Emit *e, Span span)
{
    return span.file > 0 ? e->plan->files[span.file].imported : span;
}

const char *source_line(Emit *e, Span span)
{
    enum { LONGEST = 100 };
    const char *p = e->plan->files[span.file].text;
    int line = span.line;
    for (; line > 1 && *p; p++)
        line -= *p == '\n';
    p += strspn(p, " \t");
    size_t n = strcspn(p, "\r\n");
    bool cut = n > LONGEST;
    const char *copy = arena_strndup(e->arena, p, cut ? LONGEST : n);
    return emit_format(e, "%s%s", comment_text(e, copy), cut ? " .." : "");
}

/* The source text of a span, on one line. */
static const char *span_source(Emit *e, Span span)
{
    const char *p = e->plan->files[span.file].text, *from = NULL;
    int line = 1, col = 1;
    for (; *p; p++, col++) {
        if (line == span.line && col == span.col)
            from = p;
        if (from && (line > span.end_line || (line == span.end_line && col >= span.end_col)))
            break;
        if (*p == '\n') {
            line++;
            col = 0;
        }
    }
    return from ? arena_strndup(e->arena, from, (size_t)(p - from)) : "";
}

/* ---- names ---------------------------------------------------------------------- */
static void name_all(Emit *e)
{
    static const char *const ours[] = {"params", "nodes", "setup", "count_fold", "sum_fold", "float_sum_fold",
        "sum_intake", "float_sum_intake"};
    const Plan *plan = e->plan;
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        name_set_addn(e->arena, &e->globals, ours[i], strlen(ours[i]));
    for (int i = 0; i < plan->fns.n; i++)
        if (!plan->fns.at[i]->body)
            name_set_addn(e->arena, &e->globals, plan->fns.at[i]->name, strlen(plan->fns.at[i]->name));
    e->param_names = NEW_ARRAY(e->arena, const char *, plan->params.n + 1);
    for (int i = 0; i < plan->params.n; i++)
        e->param_names[i] = emit_global_name(e, plan->params.at[i].name);
    e->node_names = NEW_ARRAY(e->arena, const char *, plan->nodes.n + 1);
    for (int i = 0; i < plan->nodes.n; i++) {
        const Node *n = plan->nodes.at[i];
        if (!lives(n))
            continue;
        const char *hint = n->role == NODE_SOURCE && n->name ? n->name : emit_format(e, "%s_%d", n->op_name, n->span.line);
        e->node_names[i] = emit_global_name(e, hint);
    }
    e->stage_names = NEW_ARRAY(e->arena, const char *, plan->stages.n + 1);
    for (int i = 0; i < plan->stages.n; i++)
        e->stage_names[plan->stages.at[i]->number] = emit_global_name(e, emit_format(e, "stage%d", plan->stages.at[i]->number));
}

/* Live nodes in the order of their places; returns how many. */
static int in_order(Emit *e, const Node ***out)
{
    const Plan *plan = e->plan;
    *out = NEW_ARRAY(e->arena, const Node *, plan->nodes.n + 1);
    int n = 0;
    for (int i = 0; i < plan->nodes.n; i++)
        if (lives(plan->nodes.at[i])) {
            (*out)[plan->nodes.at[i]->index] = plan->nodes.at[i];
            n++;
        }
    return n;
}

static void add_enum(Text *out, const char *const *names, int n, const char *what)
{
    if (n == 0)
        return;
    text_printf(out, "enum {  /* %s */", what);
    size_t column = 1000;
    for (int i = 0; i < n; i++) {
        size_t length = strlen(names[i]) + 2;
        bool wrap = column + length > 110;
        text_printf(out, "%s%s%s", wrap ? "\n    " : " ", names[i], i < n - 1 ? "," : "");
        column = (wrap ? 4 : column) + length;
    }
    text_add(out, "\n};\n\n");
}

/* ---- setup ------------------------------------------------------------------------ */
static void set_arg(Emit *e, const Node *n, const dsc_arg_def *def, const Expr *x)
{
    const char *node = e->node_names[n->id], *arg = c_string(e, def->name, strlen(def->name));
    Value v = emit_expr(e, x, hint_name(e, def->name));
    const char *function = "int";
    switch (def->kind) {
    case DSC_INT: case DSC_TIME: case DSC_DURATION: break;
    case DSC_BOOL: function = "bool"; break;
    case DSC_FLOAT: function = "float"; break;
    case DSC_STRING: case DSC_BYTES: function = "str"; break;
    case DSC_TUPLE: case DSC_RECORD: case DSC_LIST: case DSC_OPTION: case DSC_ISUM: case DSC_FSUM: {
        const char *address = value_address(e, v, def->name);
        emit_line(e, "dsc_set_value(task, %s, %s, %s, %s);", node, arg, c_descriptor(e, x->type), address);
        return;
    }
    }
    emit_line(e, "dsc_set_%s(task, %s, %s, %s);", function, node, arg, value_c(e, v));
}

static void set_window(Emit *e, const Node *n)
{
    const Expr *length = node_arg(e, n, "window"), *slide = node_arg(e, n, "slide");
    if (!length)
        return;
    const char *window = value_c(e, emit_expr(e, length, hint_name(e, "length")));
    emit_line(e, "dsc_set_window(task, %s, %s, %s);", e->node_names[n->id], window,
              slide ? value_c(e, emit_expr(e, slide, hint_name(e, "slide"))) : "0");
}

/* A number that is not known before the start must lie in its range. */
static void check_range(Emit *e, const Node *n)
{
    if (n->dead || n->role != NODE_OP || !n->op->range.arg)
        return;
    const OpDef *op = n->op;
    const Expr *arg = node_arg(e, n, op->range.arg);
    if (!arg || is_constant(arg))
        return;
    Value v = value_settle(e, emit_expr(e, arg, hint_name(e, op->range.arg)), NULL);
    const char *at = value_operand(e, v, PREC_REL), *fits = emit_format(e, "%s >= %.0f", at, op->range.low);
    if (op->range.high != 0)
        fits = emit_format(e, "%s && %s <= %.0f", fits, at, op->range.high);
    const char *why = emit_format(e, "`%s` of `%s` must be %s", op->range.arg, op->name, op_range_text(e->arena, op));
    emit_open(e, "if (!(%s))", fits);
    emit_bad(e, n->span, c_string(e, why, strlen(why)));
    emit_close(e);
}

/* The settings of an operator: its arguments that are no functions, no streams and no windows. */
static void set_operator(Emit *e, const Node *n)
{
    static const dsc_arg_def settings[] = {{"init", DSC_LIST, NULL, NULL}, {"timeout", DSC_DURATION, NULL, NULL}, {"maxKeys", DSC_INT, NULL, NULL},
                                           {"maxBytes", DSC_INT, NULL, NULL}};
    set_window(e, n);
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        const Expr *x = node_arg(e, n, settings[i].name);
        if (x)
            set_arg(e, n, &settings[i], x);
    }
}

static void write_setup(Emit *e, const Node *const *nodes, int n)
{
    Fun fun;
    Exit exit = {.kind = EXIT_FALSE};
    fun_begin(e, &fun, &exit);
    e->in_setup = true;
    for (int i = 0; i < n; i++) {
        const Node *node = nodes[i];
        const dsc_arg_def *defs = node->role == NODE_SOURCE ? node->source->args : node->role == NODE_SINK ? node->sink->args : NULL;
        for (int j = 0; defs && j < node->n_args && defs[j].name; j++)
            if (node->args[j] && node->args[j]->kind != E_LAMBDA)
                set_arg(e, node, &defs[j], node->args[j]);
        if (node->format && strcmp(node->format->name, "regex") == 0)
            emit_line(e, "dsc_regex_use(task);");
        for (int j = 0; j < node->n_format_args; j++)
            if (node->format_args[j])
                set_arg(e, node, &node->format->args[j], node->format_args[j]);
        if (node->role == NODE_OP)
            set_operator(e, node);
        if (node->role == NODE_OP && node->op->kind == DSC_SORTED)
            set_sort(e, node);
        if (node->role == NODE_OP && held_by_time(node))
            set_event(e, node);
    }
    for (int i = 0; i < e->plan->nodes.n; i++)
        check_range(e, e->plan->nodes.at[i]);
    set_clocks(e);
    e->in_setup = false;
    emit_line(e, "return true;");
    const char *task = "task";
    bool used;
    const char *body = fun_end(e, &fun, 1, &task, &used);
    emit_item(e, SECTION_FUNCTIONS, "setup",
              emit_format(e, "static bool setup(dsc_task *task)\n{\n%s%s}\n", used ? "" : "    (void)task;\n", body));
}

/* ---- tables ------------------------------------------------------------------------- */
static const char *kind_text(Type *type)
{
    switch (type_of(type)->kind) {
    case T_FLOAT: return "DSC_FLOAT";
    case T_BOOL: return "DSC_BOOL";
    case T_STRING: return "DSC_STRING";
    case T_TIME: return "DSC_TIME";
    case T_DURATION: return "DSC_DURATION";
    case T_INT: case T_BYTES: case T_TUPLE: case T_RECORD: case T_LIST: case T_OPTION: case T_FUNCTION: case T_STREAM:
    case T_VAR: case T_ERROR: break;
    }
    return "DSC_INT";
}

static void write_params(Emit *e, Text *out)
{
    const Plan *plan = e->plan;
    if (plan->params.n == 0)
        return;
    text_add(out, "static const dsc_param params[] = {\n");
    for (int i = 0; i < plan->params.n; i++) {
        const Param *p = &plan->params.at[i];
        text_printf(out, "    {.name = %s, .kind = %s", c_string(e, p->name, strlen(p->name)), kind_text(p->type));
        if (p->value) {
            const char *source = span_source(e, p->value->span);
            const char *field = type_of(p->type)->kind == T_FLOAT ? "f" : type_of(p->type)->kind == T_STRING ? "s" : "i";
            text_printf(out, ", .text = %s, .%s = %s", c_string(e, source, strlen(source)), field, constant_text(e, p->value, p->type));
        }
        text_add(out, "},\n");
    }
    text_add(out, "};\n\n");
}

/* ".n_inputs = 2, .inputs = (const int32_t[]){words, lines}": the roots whose stages put into n. */
static const char *inputs_text(Emit *e, const Node *n)
{
    const Plan *plan = e->plan;
    Text text = {0};
    int count = 0;
    for (int i = 0; i < plan->stages.n; i++) {
        const Stage *stage = plan->stages.at[i];
        bool feeds = false;
        for (int j = 0; j < stage->ends.n && !feeds; j++)
            feeds = stage->ends.at[j] == n;
        if (feeds)
            text_printf(&text, "%s%s", count++ ? ", " : "", e->node_names[stage->root->id]);
    }
    const char *fields = count ? emit_format(e, ".n_inputs = %d, .inputs = (const int32_t[]){%s}", count, text.p) : NULL;
    text_free(&text);
    return fields;
}

static const char *node_kind(const Node *n)
{
    if (n->role != NODE_OP)
        return n->role == NODE_SOURCE ? "DSC_SOURCE" : "DSC_SINK";
    switch (n->op->kind) {
    case DSC_FOLD: return "DSC_FOLD";
    case DSC_GROUP: return "DSC_GROUP";
    case DSC_WINDOW_FOLD: return "DSC_WINDOW_FOLD";
    case DSC_HELD: return "DSC_HELD";
    case DSC_SORTED: return "DSC_SORTED";
    case DSC_TABLE: return "DSC_TABLE";
    case DSC_UPDATE: return "DSC_UPDATE";
    default: return "DSC_WINDOW";
    }
}

static const char *literal(Emit *e, const char *text)
{
    return c_string(e, text, strlen(text));
}

/* A field of a table, on a new line where the last one is full. */
static void add_field(Emit *e, Text *out, size_t *line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static void add_field(Emit *e, Text *out, size_t *line, const char *format, ...)
{
    enum { WIDTH = 118 };
    Text field = {0};
    va_list args;
    va_start(args, format);
    text_vprintf(&field, format, args);
    va_end(args);
    (void)e;
    if (out->n - *line + field.n + 3 > WIDTH) {
        text_add(out, ",\n       ");
        *line = out->n - 7;
        text_printf(out, " %s", field.p);
    } else {
        text_printf(out, ", %s", field.p);
    }
    text_free(&field);
}

static const char *on_error_text(Emit *e, const OnError *on_error)
{
    if (on_error->kind == BAD_SKIPPED)
        return ".on_error = DSC_SKIP";
    return emit_format(e, ".on_error = DSC_DEAD_LETTER, .dead_letter = %s", literal(e, on_error->folder));
}

static void write_node(Emit *e, const Node *n, Text *out)
{
    bool by_key = n->role == NODE_OP && (node_by_key(n) || n->op == &op_rows);
    bool group = n->role == NODE_OP && n->op->kind == DSC_GROUP;
    bool held = n->role == NODE_OP && n->op->kind == DSC_HELD, update = n->role == NODE_OP && n->op->kind == DSC_UPDATE;
    size_t line = out->n;
    text_printf(out, "    [%s] = {.kind = %s", e->node_names[n->id], node_kind(n));
    add_field(e, out, &line, ".name = %s", literal(e, n->name));
    add_field(e, out, &line, ".op = %s", literal(e, n->op_name));
    if (n->format)
        add_field(e, out, &line, ".format = %s", literal(e, n->format->name));
    Span at = place_in_program(e, n->span);
    add_field(e, out, &line, ".line = %d, .col = %d", at.line, at.col);
    const char *inputs = inputs_text(e, n);
    if (inputs)
        add_field(e, out, &line, "%s", inputs);
    if (by_key)
        add_field(e, out, &line, ".key = %s", c_descriptor(e, type_of(n->type)->args[0]));
    if (n->role == NODE_OP && n->op->kind == DSC_SORTED) {
        if (sort_key(e, n))
            add_field(e, out, &line, ".key = %s", c_descriptor(e, sort_key(e, n)));
        add_field(e, out, &line, ".held = %s", c_descriptor(e, sorted_type(e, n)));
    }
    if (held && n->state && n->state_key)
        add_field(e, out, &line, ".key = %s", c_descriptor(e, n->state_key));
    if (held || update)
        add_field(e, out, &line, ".held = %s", c_descriptor(e, update ? type_of(n->in.at[0]->type)->args[1] : held_type(e, n)));
    if (held && n->in.n > 1)
        add_field(e, out, &line, ".sides = %d", n->in.n);
    if ((held || update) && n->state)
        add_field(e, out, &line, ".state = %s", c_descriptor(e, held_state(e, n)));
    if (held && held_by_time(n))
        add_field(e, out, &line, ".by_time = %s", by_time_text(e, n));
    if (n->role == NODE_OP && rows_have_time(n))
        add_field(e, out, &line, ".held = %s", c_descriptor(e, timed_row_type(e, n)));
    if (n->fold)
        add_field(e, out, &line, ".fold = &%s", e->fold_names[n->id]);
    else
        add_field(e, out, &line, ".type = %s", n->role == NODE_SOURCE ? c_read_descriptor(e, n->type, n->used)
                                               : c_descriptor(e, group ? type_of(type_of(n->type)->args[1])->args[0] : n->type));
    if (n->once)
        add_field(e, out, &line, ".once = true");
    if (n->role == NODE_SINK && n->sink->calls)
        add_field(e, out, &line, ".call = %s%s", e->fold_names[n->id], n->calls_batch ? ", .calls_batch = true" : "");
    if (node_always(n))
        add_field(e, out, &line, ".always = true");
    if (n->ordered && n->role != NODE_SINK)
        add_field(e, out, &line, ".ordered = true");
    if (n->stage) {
        const char *stage = e->stage_names[n->stage->number];
        add_field(e, out, &line, ".stage = %s, .stage_name = \"%s\"", stage, stage);
        if (e->times_names[n->id])
            add_field(e, out, &line, ".times = %s", e->times_names[n->id]);
    }
    if (n->on_error.kind != BAD_STOPS)
        add_field(e, out, &line, "%s", on_error_text(e, &n->on_error));
    text_add(out, "},\n");
}

char *emit_program(Arena *arena, const Plan *plan)
{
    Emit unit = {.arena = arena, .plan = plan}, *e = &unit;
    const Node **nodes;
    int n = in_order(e, &nodes);
    name_all(e);
    find_cuts(e);
    e->fold_names = NEW_ARRAY(arena, const char *, plan->nodes.n + 1);
    e->intake_names = NEW_ARRAY(arena, const char *, plan->nodes.n + 1);
    e->rows = NEW_ARRAY(arena, Written *, plan->nodes.n + 1);
    e->outs = NEW_ARRAY(arena, Written *, plan->nodes.n + 1);
    for (int i = 0; i < plan->stages.n; i++)
        emit_stage(e, plan->stages.at[i]);
    e->times_names = NEW_ARRAY(arena, const char *, plan->nodes.n + 1);
    for (int i = 0; i < n; i++)
        e->times_names[nodes[i]->id] = emit_times(e, nodes[i]);
    for (int i = 0; i < n; i++)
        if (nodes[i]->fold)
            e->fold_names[nodes[i]->id] = fold_name(e, nodes[i]);
        else if (nodes[i]->role == NODE_SINK && nodes[i]->sink->calls)
            e->fold_names[nodes[i]->id] = emit_call_sink(e, nodes[i]);
    write_setup(e, nodes, n);

    Text tables = {0}, out = {0};
    write_params(e, &tables);
    text_add(&tables, "static const dsc_node nodes[] = {\n");
    for (int i = 0; i < n; i++)
        write_node(e, nodes[i], &tables);
    text_printf(&tables, "};\n\nconst dsc_program dsc_main_program = {\n    .abi = DSC_ABI_VERSION,\n    .file = %s,\n    .batch = %lld,\n",
                literal(e, plan->file), (long long)plan->batch);
    if (plan->on_error.kind != BAD_STOPS)
        text_printf(&tables, "    %s,\n", on_error_text(e, &plan->on_error));
    if (plan->clocks.n > 0)
        text_printf(&tables, "    .n_clocks = %d,\n", plan->clocks.n);
    if (plan->checkpoint)
        text_printf(&tables, "    .checkpoint = %s,\n", literal(e, plan->checkpoint));
    if (plan->checkpoint_every > 0)
        text_printf(&tables, "    .checkpoint_every = %lld,\n", (long long)plan->checkpoint_every);
    if (plan->checkpoint_keep > 0)
        text_printf(&tables, "    .checkpoint_keep = %lld,\n", (long long)plan->checkpoint_keep);
    if (plan->params.n > 0)
        text_printf(&tables, "    .n_params = %d,\n    .params = params,\n", plan->params.n);
    text_printf(&tables, "    .n_nodes = %d,\n    .nodes = nodes,\n    .setup = setup,\n};\n", n);

    text_printf(&out, "/* Made by dsc from %s. */\n#include \"dsc_fn.h\"\n\n", comment_text(e, plan->file));
    const char **in_place = NEW_ARRAY(arena, const char *, n + 1);
    for (int i = 0; i < n; i++)
        in_place[i] = e->node_names[nodes[i]->id];
    add_enum(&out, e->param_names, plan->params.n, "params");
    add_enum(&out, in_place, n, "nodes");
    items_write(e, tables.p, &out);
    text_addn(&out, tables.p, tables.n);
    Text wrapped = {0};
    text_wrap(out.p, &wrapped);
    char *text = arena_strndup(arena, wrapped.p, wrapped.n);
    text_free(&tables);
    text_free(&out);
    text_free(&wrapped);
    return text;
}
