/* check.c: from statements to a typed plan: settings, definitions, pipelines. */
#include "check.h"
#include "dsc_conn.h"

#include <stdlib.h>
#include <string.h>

/* ---- names of the top level -------------------------------------------------------- */

static void declare(Checker *cx, Names *names, const char *name, Span span, int order, const Stmt *def)
{
    const Global *other = names_find(names, name);
    if (other) {
        diag_error(cx->diags, E0209, span, "`%s` is defined twice", name);
        diag_label(cx->diags, "the second time");
        diag_also(cx->diags, other->span, "the first time");
        return;
    }
    Global *g = NEW(cx->arena, Global);
    *g = (Global){.name = name, .span = span, .order = order, .stmt = def};
    names_add(cx->arena, names, g);
}

static void declare_pattern(Checker *cx, const Pattern *p, int order)
{
    if (p->kind == PAT_NAME)
        declare(cx, &cx->values, p->name, p->span, order, NULL);
    for (int i = 0; i < p->items.n; i++)
        declare_pattern(cx, p->items.at[i], order);
}

static void taken(Checker *cx, const Stmt *s, const char *what)
{
    diag_error(cx->diags, E0214, s->name_span, "`%s` is %s of dsc itself", s->name, what);
    diag_label(cx->diags, "take another name");
}

/* All names first, so that one that is used too early can be told from one that is not there. */
static void declare_all(Checker *cx)
{
    for (int i = 0; i < cx->program->stmts.n; i++) {
        const Stmt *s = cx->program->stmts.at[i];
        switch (s->kind) {
        case S_PARAM:
            declare(cx, &cx->values, s->name, s->name_span, i, NULL);
            break;
        case S_LET:
            declare_pattern(cx, s->pattern, i);
            break;
        case S_TYPE:
            if (is_type_name(s->name))
                taken(cx, s, "a type");
            else
                declare(cx, &cx->types, s->name, s->name_span, i, NULL);
            break;
        case S_FN: case S_EXTERN:
            if (function_exists(cx, s->name) && !names_find(&cx->functions, s->name))
                taken(cx, s, "a function");
            else
                declare(cx, &cx->functions, s->name, s->name_span, i, s);
            break;
        case S_PIPE:
            if (op_find(s->name))
                taken(cx, s, "an operator");
            else
                declare(cx, &cx->pipes, s->name, s->name_span, i, s);
            break;
        case S_BATCH: case S_CHECKPOINT: case S_ON_ERROR: case S_EXPR: case S_IMPORT: case S_TEST:
            break;
        }
    }
}

/* The global that statement `order` declared under a name; NULL: it was defined twice. */
static Global *declared(const Names *names, const char *name, int order)
{
    Global *g = names_find(names, name);
    return g && g->order == order ? g : NULL;
}

void name_stream(Checker *cx, const char *name, Span span, Node *n)
{
    declare(cx, &cx->values, name, span, cx->order, NULL);
    Global *g = declared(&cx->values, name, cx->order);
    if (!g || g->symbol)
        return;
    g->symbol = symbol_new(cx, SYM_STREAM, name, span, NULL);
    g->symbol->node = n;
    vec_push(cx->arena, &cx->streams, g->symbol);
}

/* ---- settings --------------------------------------------------------------------------- */

typedef struct Settings {
    const Stmt *batch, *on_error, *checkpoint;
} Settings;

/* A setting stands once, above the first pipeline. */
static bool in_place(Checker *cx, const Stmt **first, const Stmt *s, const char *what)
{
    if (*first) {
        diag_error(cx->diags, E0504, s->span, "`%s` is set twice", what);
        diag_label(cx->diags, "the second time");
        diag_also(cx->diags, (*first)->span, "the first time");
        return false;
    }
    if (cx->plan->nodes.n > 0) {
        diag_error(cx->diags, E0505, s->span, "`%s` is set below the first pipeline", what);
        diag_label(cx->diags, "too late");
        diag_help(cx->diags, "settings stand at the top of the program");
        return false;
    }
    *first = s;
    return true;
}

static void check_batch(Checker *cx, Stmt *s, Settings *settings)
{
    if (!in_place(cx, &settings->batch, s, "batch"))
        return;
    int64_t length;
    infer(cx, &s->value, &type_duration);
    if (!require(cx, &s->value, &type_duration, "the length of a batch") || is_error(s->value->type))
        return;
    if (!constant_int(s->value, &length)) {
        diag_error(cx->diags, E0405, s->value->span, "the length of a batch is a literal");
        diag_label(cx->diags, "not known when the program is compiled");
        diag_help(cx->diags, "write `batch 1s`; `--batch 5s` sets another when the program starts");
    } else if (length <= 0) {
        diag_error(cx->diags, E0408, s->value->span, "a batch must be longer than nothing");
        diag_label(cx->diags, "%s", duration_text(cx->arena, length));
    } else {
        cx->plan->batch = length;
    }
}

static void check_on_error(Checker *cx, const Stmt *s, Settings *settings)
{
    if (in_place(cx, &settings->on_error, s, "on error"))
        check_on_error_word(cx, &cx->plan->on_error, "on error", s->name, s->name_span, &s->args);
}

/* A duration behind a word of `checkpoint`, a literal above 0: to *out. `what` is that length of time. */
static void checkpoint_duration(Checker *cx, Expr **e, const char *what, int64_t *out)
{
    if (!*e)
        return;
    infer(cx, e, &type_duration);
    if (!require(cx, e, &type_duration, "%s", what) || is_error((*e)->type))
        return;
    if (!constant_int(*e, out)) {
        diag_error(cx->diags, E0405, (*e)->span, "%s is a literal", what);
        diag_label(cx->diags, "not known when the program is compiled");
    } else if (*out <= 0) {
        diag_error(cx->diags, E0408, (*e)->span, "%s must be longer than nothing", what);
        diag_label(cx->diags, "%s", duration_text(cx->arena, *out));
    }
}

/* checkpoint "dir" every 10s keep 7d */
static void check_checkpoint(Checker *cx, Stmt *s, Settings *settings)
{
    if (!in_place(cx, &settings->checkpoint, s, "checkpoint"))
        return;
    const Expr *folder = s->value;
    if (folder->kind != E_STRING || folder->text.n == 0 || memchr(folder->text.p, '\0', folder->text.n)) {
        diag_error(cx->diags, E0405, folder->span, "`checkpoint` takes the name of a folder, written out");
        diag_label(cx->diags, "not a folder's name");
        diag_expected(cx->diags, "checkpoint \"state/clicks\" every 10s");
        diag_help(cx->diags, "`--checkpoint DIR` gives another when the program starts");
        return;
    }
    cx->plan->checkpoint = arena_strndup(cx->arena, folder->text.p, folder->text.n);
    checkpoint_duration(cx, &s->every, "the time between two snapshots", &cx->plan->checkpoint_every);
    checkpoint_duration(cx, &s->keep, "the time for which a checkpoint keeps batches", &cx->plan->checkpoint_keep);
}

/* ---- params ------------------------------------------------------------------------------- */

/* A literal, with its sign and conversion worked out; NULL: it is none. */
static Expr *literal(Checker *cx, Expr *e)
{
    Expr *inner;
    switch (e->kind) {
    case E_INT: case E_FLOAT: case E_STRING: case E_BOOL: case E_DURATION:
        return e;
    case E_UNARY:
        inner = e->op == OP_NEG ? literal(cx, e->a) : NULL;
        if (!inner)
            return NULL;
        inner->ival = (int64_t)-(uint64_t)inner->ival;
        inner->fval = -inner->fval;
        inner->big = false;
        inner->span = e->span;
        return inner;
    case E_CONVERT:
        inner = literal(cx, e->a);
        if (!inner || inner->kind != E_INT || type_of(e->type)->kind != T_FLOAT)
            return NULL;
        inner->kind = E_FLOAT;
        inner->fval = (double)inner->ival;
        inner->type = e->type;
        return inner;
    default:
        return NULL;
    }
}

static bool may_be_param(Type *t)
{
    switch (type_of(t)->kind) {
    case T_INT: case T_FLOAT: case T_BOOL: case T_STRING: case T_TIME: case T_DURATION: case T_ERROR:
        return true;
    default:
        return false;
    }
}

static void check_param(Checker *cx, Stmt *s, int order)
{
    Type *type = s->annotation ? check_type_expr(cx, s->annotation) : NULL;
    Expr *value = NULL;
    if (s->value) {
        infer(cx, &s->value, type);
        if (type && !require(cx, &s->value, type, "the default of `%s`", s->name))
            type = &type_error;
        else if (!type)
            type = s->value->type;
        if (may_be_param(type) && !is_error(type) && !is_error(s->value->type) && !(value = literal(cx, s->value))) {
            diag_error(cx->diags, E0509, s->value->span, "the default of a param is a literal");
            diag_label(cx->diags, "not a literal");
            diag_help(cx->diags, "`let` gives a name to any value: `let %s = ..`", s->name);
        }
    }
    if (!type)
        type = &type_error;
    if (!may_be_param(type)) {
        diag_error(cx->diags, E0509, s->annotation ? s->annotation->span : s->span, "a param cannot be %s", show_a(cx, type));
        diag_label(cx->diags, "not from the command line");
        diag_expected(cx->diags, "int, float, bool, string, time or duration");
    }
    Global *g = declared(&cx->values, s->name, order);
    if (!g)
        return;
    g->symbol = symbol_new(cx, SYM_PARAM, s->name, s->name_span, type);
    g->symbol->index = cx->plan->params.n;
    Param param = {.name = s->name, .span = s->name_span, .type = type, .value = value, .symbol = g->symbol};
    vec_push(cx->arena, &cx->plan->params, param);
}

/* ---- definitions ----------------------------------------------------------------------------- */

static void check_type(Checker *cx, const Stmt *s, int order)
{
    Type *t = check_type_expr(cx, s->annotation);
    Global *g = declared(&cx->types, s->name, order);
    if (!g)
        return;
    g->type = t;
    if (t->n > 0) {
        g->type = NEW(cx->arena, Type);
        *g->type = *t;
        g->type->alias = s->name;
    }
}

/* Names of a value's parts: `let (a, b) = (1, 2)`. */
static void let_constants(Checker *cx, const Pattern *p, Expr *value, int64_t size, int order)
{
    Type *t = type_of(value->type);
    if (p->kind == PAT_NAME) {
        Global *g = declared(&cx->values, p->name, order);
        if (!g)
            return;
        g->symbol = symbol_new(cx, SYM_CONST, p->name, p->span, value->type);
        g->symbol->value = value;
        g->symbol->size = size;
        vec_push(cx->arena, &cx->constants, g->symbol);
    }
    if (p->kind != PAT_TUPLE)
        return;
    bool fits = t->kind == T_TUPLE && t->n == p->items.n;
    if (!fits && t->kind != T_ERROR) {
        diag_error(cx->diags, E0313, p->span, "this pattern takes a tuple of %d apart, but here is %s", p->items.n,
                   show_a(cx, t));
        diag_label(cx->diags, "does not fit %s", show(cx, t));
    }
    for (int i = 0; i < p->items.n; i++) {
        Expr *part = new_expr(cx, E_FIELD, value->span);
        part->a = value;
        part->name = arena_printf(cx->arena, "%d", i);
        part->index = i;
        part->type = fits ? t->args[i] : &type_error;
        let_constants(cx, p->items.at[i], part, size, order);
    }
}

static void let_stream(Checker *cx, Stmt *s, int order)
{
    if (s->span.file > 0) {
        diag_error(cx->diags, E0514, s->span, "a file that is imported defines no streams");
        diag_label(cx->diags, "a stream");
        diag_help(cx->diags, "make it a pipe, `pipe %s = map(..) | ..`, and apply it in the program", s->pattern->name ? s->pattern->name : "p");
        return;
    }
    if (s->pattern->kind != PAT_NAME) {
        diag_error(cx->diags, E0313, s->pattern->span, "a stream is not taken apart by a pattern");
        diag_help(cx->diags, "name the stream, and take its elements apart: `map((a, b) => ..)`");
        return;
    }
    bool sunk = false;
    cx->prefix = s->pattern->name;
    cx->in_let = true;
    Node *n = check_stream(cx, s->value, &sunk);
    if (sunk) {
        diag_error(cx->diags, E0305, s->value->span, "a pipeline that ends in a sink is no stream, so it has no name");
        diag_label(cx->diags, "nothing comes out of it");
        diag_help(cx->diags, "name the stream before the sink: `let %s = ..`, and below it `%s | sink ..`", s->pattern->name,
                  s->pattern->name);
    }
    Global *g = declared(&cx->values, s->pattern->name, order);
    if (!g)
        return;
    g->symbol = symbol_new(cx, SYM_STREAM, g->name, g->span, NULL);
    g->symbol->node = n;
    vec_push(cx->arena, &cx->streams, g->symbol);
}

static void check_let(Checker *cx, Stmt *s, int order)
{
    if (is_stream(cx, s->value)) {
        let_stream(cx, s, order);
        return;
    }
    const TypeExpr *annotation = s->pattern->annotation ? s->pattern->annotation : s->annotation;
    Type *wanted = annotation ? check_type_expr(cx, annotation) : NULL;
    int64_t size = -cx->size;
    infer(cx, &s->value, wanted);
    size += cx->size;
    if (wanted && !require(cx, &s->value, wanted, "this"))
        s->value->type = &type_error;
    let_constants(cx, s->pattern, s->value, size, order);
}

/* ---- pipelines ---------------------------------------------------------------------------------- */

/* What a pipeline that has no name of its own is called: by its head. */
static const char *head_name(const Expr *e)
{
    while (e->a && (e->kind == E_PIPE || e->kind == E_SINK || e->kind == E_METHOD))
        e = e->a;
    return e->name ? e->name : "stream";
}

static void check_pipeline(Checker *cx, Stmt *s)
{
    if (!is_stream(cx, s->value)) {
        Type *t = infer(cx, &s->value, NULL);
        if (is_error(t))
            return;
        diag_error(cx->diags, E0503, s->span, "this statement does nothing");
        diag_label(cx->diags, "%s that goes nowhere", show_a(cx, t));
        diag_help(cx->diags, "name it with `let`, or remove it");
        return;
    }
    bool sunk = false;
    cx->prefix = head_name(s->value);
    cx->in_let = false;
    int errors = diags_errors(cx->diags);
    Node *n = check_stream(cx, s->value, &sunk);
    if (!n || sunk || diags_errors(cx->diags) > errors)
        return;
    diag_error(cx->diags, E0502, s->span, "this pipeline has no sink, so its elements go nowhere");
    diag_label(cx->diags, "a stream of %s", show(cx, n->type));
    diag_help(cx->diags, "end it in a sink, `| sink print()`, or name it with `let` to use it below");
}

static void check_stmt(Checker *cx, Stmt *s, int order, Settings *settings)
{
    Global *g;
    switch (s->kind) {
    case S_BATCH: check_batch(cx, s, settings); break;
    case S_ON_ERROR: check_on_error(cx, s, settings); break;
    case S_CHECKPOINT: check_checkpoint(cx, s, settings); break;
    case S_PARAM: check_param(cx, s, order); break;
    case S_TYPE: check_type(cx, s, order); break;
    case S_FN:
        if ((g = declared(&cx->functions, s->name, order)))
            check_fn(cx, g);
        break;
    case S_LET: check_let(cx, s, order); break;
    case S_PIPE: break;
    case S_EXPR: check_pipeline(cx, s); break;
    case S_TEST: check_test_block(cx, s); break;
    case S_IMPORT: break;
    case S_EXTERN:
        if ((g = declared(&cx->functions, s->name, order)))
            check_extern(cx, g);
        break;
    }
}

/* ---- the whole ------------------------------------------------------------------------------------- */

static void warn_unused_streams(Checker *cx)
{
    for (int i = 0; i < cx->streams.n; i++) {
        const Symbol *s = cx->streams.at[i];
        if (s->used || s->span.file > 0)
            continue;
        diag_warn(cx->diags, W0601, s->span, "the stream `%s` is never used", s->name);
        diag_label(cx->diags, "not computed");
        diag_help(cx->diags, s->node && s->node->once ? "join a stream with it: `| join(%s)`" : "end it in a sink: `%s | sink print()`", s->name);
    }
}

static void warn_unused_values(Checker *cx)
{
    for (int i = 0; i < cx->values.all.n; i++) {
        const Symbol *s = cx->values.all.at[i]->symbol;
        if (!s || s->used || s->kind == SYM_STREAM || s->span.file > 0)
            continue;
        diag_warn(cx->diags, W0602, s->span, "the %s `%s` is never used", s->kind == SYM_PARAM ? "param" : "value", s->name);
        diag_label(cx->diags, "not used");
    }
}

static void warn_unused_names(Checker *cx, const Names *names, const char *kind)
{
    for (int i = 0; i < names->all.n; i++) {
        const Global *g = names->all.at[i];
        if (g->used || g->span.file > 0)
            continue;
        diag_warn(cx->diags, W0602, g->span, "the %s `%s` is never used", kind, g->name);
        diag_label(cx->diags, "not used");
    }
}

/* A file of definitions, to be imported or tested: nothing that runs is missed in it. */
static bool is_library(const Checker *cx)
{
    const Program *program = cx->program;
    bool tests = false, settings = false;
    for (int i = 0; i < program->stmts.n; i++) {
        StmtKind kind = program->stmts.at[i]->kind;
        tests |= kind == S_TEST;
        settings |= kind == S_BATCH || kind == S_ON_ERROR || kind == S_PARAM;
    }
    return tests || (program->stmts.n > 0 && cx->plan->nodes.n == 0 && !settings);
}

static bool has_sink(const Plan *plan)
{
    for (int i = 0; i < plan->nodes.n; i++)
        if (plan->nodes.at[i]->role == NODE_SINK)
            return true;
    return false;
}

static void need_output(Checker *cx)
{
    if (has_sink(cx->plan) || (!cx->to_run && is_library(cx)))
        return;
    int n = cx->program->stmts.n;
    Span at = n > 0 ? cx->program->stmts.at[n - 1]->span : (Span){1, 1, 1, 1, 0};
    const Symbol *last = cx->streams.n > 0 ? cx->streams.at[cx->streams.n - 1] : NULL;
    diag_error(cx->diags, E0501, at, n > 0 ? "no output: this program has no sink, so there is nothing to run"
                                           : "this program is empty");
    if (n > 0)
        diag_label(cx->diags, "the last statement");
    diag_help(cx->diags, "send a stream somewhere: `%s | sink print()`", last ? last->name : "source stdin()");
}

/* Nodes from which nothing reaches a sink leave the plan. */
static void prune(Plan *plan)
{
    for (int i = plan->nodes.n - 1; i >= 0; i--) {
        Node *n = plan->nodes.at[i];
        if (n->role == NODE_SINK || n->out.n > 0)
            continue;
        for (int j = 0; j < n->in.n; j++) {
            Node *from = n->in.at[j];
            int kept = 0;
            for (int k = 0; k < from->out.n; k++)
                if (from->out.at[k] != n)
                    from->out.at[kept++] = from->out.at[k];
            from->out.n = kept;
        }
        n->in.n = 0;
        n->dead = true;
    }
}

static Lines lines_of(Arena *arena, const SourceFile *source)
{
    VEC(size_t) lines = {0};
    vec_push(arena, &lines, (size_t)0);
    for (size_t i = 0; i < source->size; i++)
        if (source->text[i] == '\n')
            vec_push(arena, &lines, i + 1);
    return (Lines){lines.at, lines.n};
}

static void find_lines(Checker *cx)
{
    int n = cx->program->files.n;
    Lines *lines = NEW_ARRAY(cx->arena, Lines, n);
    for (int i = 0; i < n; i++)
        lines[i] = lines_of(cx->arena, &cx->program->files.at[i]);
    cx->lines = lines;
}

/* Statements in order, then what can only be said of the whole. */
static Plan *check_all(Checker *cx)
{
    Arena *arena = cx->arena;
    const Program *program = cx->program;
    cx->plan = NEW(arena, Plan);
    cx->prefix = "stream";
    cx->op_signatures = NEW_ARRAY(arena, const Signature *, n_all_ops + 1);
    cx->fn_signatures = NEW_ARRAY(arena, const Signature *, n_all_builtins + 1);
    cx->plan->arena = arena;
    cx->plan->file = path_name(program->file);
    cx->plan->files = program->files.at;
    cx->plan->batch = 1000000;
    find_lines(cx);
    int before = diags_errors(cx->diags);
    declare_all(cx);
    Settings settings = {0};
    for (int i = 0; i < program->stmts.n; i++) {
        cx->limit = cx->order = i;
        cx->scope = NULL;
        check_stmt(cx, program->stmts.at[i], i, &settings);
    }
    cx->limit = program->stmts.n;
    check_tables(cx);
    if (diags_errors(cx->diags) == before)
        need_output(cx);
    if (diags_errors(cx->diags) == before)
        finish_types(cx);
    if (diags_errors(cx->diags) > before)
        return NULL;
    warn_unused_streams(cx);
    if (has_sink(cx->plan)) {     /* without one, definitions are for other files */
        warn_unused_values(cx);
        warn_unused_names(cx, &cx->functions, "function");
        warn_unused_names(cx, &cx->pipes, "pipe");
        warn_unused_names(cx, &cx->types, "type");
    }
    if (cx->test)
        keep_test_sinks(cx);
    prune(cx->plan);
    plan_sort(cx->plan);
    if (!cx->test)
        warn_state(cx);
    return cx->plan;
}

Plan *check_program(Arena *arena, Diags *diags, const Program *program, bool to_run)
{
    Checker cx = {.arena = arena, .diags = diags, .program = program, .to_run = to_run};
    return check_all(&cx);
}

Plan *check_test(Arena *arena, Diags *diags, const Program *program, int test, const char *folder, int64_t every)
{
    Checker cx = {.arena = arena, .diags = diags, .program = program, .test_folder = folder, .test_every = every};
    for (int i = 0; i < program->stmts.n; i++)
        if (program->stmts.at[i]->kind == S_TEST && --test == 0)
            cx.test = program->stmts.at[i];
    return check_all(&cx);
}
