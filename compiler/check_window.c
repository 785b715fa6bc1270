/* check_window.c: arguments that are known when compiled: lengths of windows and slides of
 * streams, numbers with a range.
 *
 * A length that depends on a param is 0 in the plan; the runtime checks it at
 * the start, as it does numbers. What is known is checked here. */
#include "check.h"
#include "dsc_conn.h"

#include <string.h>

static bool constant_binary(const Expr *e, int64_t *value)
{
    int64_t a, b;
    if (!constant_int(e->a, &a) || !constant_int(e->b, &b))
        return false;
    switch (e->op) {
    case OP_ADD: return !__builtin_add_overflow(a, b, value);
    case OP_SUB: return !__builtin_sub_overflow(a, b, value);
    case OP_MUL: return !__builtin_mul_overflow(a, b, value);
    case OP_DIV:
    case OP_MOD:
        if (b == 0 || (b == -1 && a == INT64_MIN))
            return false;
        *value = e->op == OP_DIV ? a / b : a % b;
        return true;
    default:
        return false;
    }
}

bool constant_int(const Expr *e, int64_t *value)
{
    switch (e->kind) {
    case E_INT: case E_DURATION: case E_BOOL:
        *value = e->ival;
        return true;
    case E_UNARY:
        return e->op == OP_NEG && constant_int(e->a, value) && !__builtin_sub_overflow((int64_t)0, *value, value);
    case E_BINARY:
        return constant_binary(e, value);
    case E_NAME:
        return e->symbol && e->symbol->kind == SYM_CONST && constant_int(e->symbol->value, value);
    default:
        return false;
    }
}

static bool constant_number(const Expr *e, double *value)
{
    int64_t whole;
    if (type_of(e->type)->kind != T_FLOAT) {
        bool known = constant_int(e, &whole);
        *value = known ? (double)whole : 0;
        return known;
    }
    switch (e->kind) {
    case E_FLOAT:
        *value = e->fval;
        return true;
    case E_CONVERT:
        return constant_number(e->a, value);
    case E_UNARY:
        if (e->op != OP_NEG || !constant_number(e->a, value))
            return false;
        *value = -*value;
        return true;
    case E_NAME:
        return e->symbol && e->symbol->kind == SYM_CONST && constant_number(e->symbol->value, value);
    default:
        return false;
    }
}

bool asks_the_batch(const Expr *e)
{
    for (; e; e = e->a) {
        if (e->kind == E_BUILTIN && strcmp(e->builtin->name, "batchTime") == 0)
            return true;
        for (int i = 0; i < e->args.n; i++)
            if (asks_the_batch(e->args.at[i].value))
                return true;
        if (asks_the_batch(e->b) || asks_the_batch(e->c))
            return true;
        if (e->kind == E_NAME && e->symbol && e->symbol->kind == SYM_CONST && asks_the_batch(e->symbol->value))
            return true;
    }
    return false;
}

void check_setting(Checker *cx, const Expr *e, const char *what)
{
    if (!asks_the_batch(e))
        return;
    diag_error(cx->diags, E0405, e->span, "`%s` is set once, before the first batch", what);
    diag_label(cx->diags, "changes from batch to batch");
    diag_expected(cx->diags, "a literal, a param, or an expression of these");
}

static void nearest(Checker *cx, int64_t length, int64_t step, const char *step_name)
{
    int64_t below = length / step * step;
    const char *above = duration_text(cx->arena, below + step);
    if (below > 0)
        diag_help(cx->diags, "the nearest are %s and %s; or choose another %s", duration_text(cx->arena, below), above,
                  step_name);
    else
        diag_help(cx->diags, "the shortest is %s; or choose another %s", above, step_name);
}

/* The length in microseconds, 0 where it is not known or wrong. */
static int64_t check_length(Checker *cx, const Node *n, const Expr *e, const char *what)
{
    int64_t length;
    if (!e || !constant_int(e, &length))
        return 0;
    if (length <= 0) {
        diag_error(cx->diags, E0408, e->span, "the %s of `%s` must be longer than nothing", what, n->op_name);
        diag_label(cx->diags, "%s", duration_text(cx->arena, length));
        return 0;
    }
    int64_t step = n->in.at[0]->stream_slide;
    if (step <= 0 || length % step == 0)
        return length;
    bool batch = step == cx->plan->batch;
    diag_error(cx->diags, E0407, e->span, "the %s %s is no multiple of %s, %s", what, duration_text(cx->arena, length),
               batch ? "the batch" : "the slide of the stream", duration_text(cx->arena, step));
    diag_label(cx->diags, "not a multiple of %s", duration_text(cx->arena, step));
    nearest(cx, length, step, batch ? "`batch`" : "slide before it");
    return 0;
}

static void window_over_one_batch(Checker *cx, const Node *n, const Node *source)
{
    diag_error(cx->diags, E0409, n->span, "`%s` works over several batches, but the source `%s` is read as one", n->op_name,
               source->op_name);
    diag_label(cx->diags, "over one batch only");
    diag_also(cx->diags, source->span, "all of it is one batch");
    Text ways = {0};
    for (int i = 0; source->source->cut_by[i]; i++) {
        const char *by = source->source->cut_by[i];
        const char *value = strcmp(by, "perBatch") == 0 ? "1000" : strcmp(by, "at") == 0 ? "_.time" : "true";
        text_printf(&ways, "%s`%s: %s`", i == 0 ? "" : source->source->cut_by[i + 1] ? ", " : " or ", by, value);
    }
    diag_help(cx->diags, "cut it into batches: %s%s", ways.p ? ways.p : "it cannot be",
              ways.p ? " as an argument of the source" : "");
    text_free(&ways);
}

void check_several_batches(Checker *cx, const Node *n)
{
    const Node *uncut = cx->info.at[n->id].uncut;
    if (uncut)
        window_over_one_batch(cx, n, uncut);
}

const Expr *node_argument(const Node *n, const Signature *s, const char *name)
{
    for (int i = 0; i < s->params.n; i++)
        if (strcmp(s->params.at[i].name, name) == 0)
            return n->args[i];
    return NULL;
}

void check_range(Checker *cx, const Node *n, const Signature *s)
{
    const Expr *e = n->op->range.arg ? node_argument(n, s, n->op->range.arg) : NULL;
    double value;
    if (!e || !constant_number(e, &value) || op_in_range(n->op, value))
        return;
    diag_error(cx->diags, E0406, e->span, "`%s` of `%s` must be %s", n->op->range.arg, n->op_name, op_range_text(cx->arena, n->op));
    diag_label(cx->diags, "out of range");
}

void check_window(Checker *cx, Node *n, const Signature *s)
{
    const Expr *window = node_argument(n, s, "window"), *slide = node_argument(n, s, "slide");
    if (!window)
        return;
    n->window = check_length(cx, n, window, "window");
    n->slide = check_length(cx, n, slide, "slide");
    if (!slide)
        n->slide = n->stream_slide;
    n->stream_slide = n->slide;
    check_several_batches(cx, n);
}

void check_slides(Checker *cx, const Node *n)
{
    for (int i = 1; i < n->in.n; i++) {
        int64_t a = n->in.at[0]->stream_slide, b = n->in.at[i]->stream_slide;
        if (a == 0 || b == 0 || a == b)
            continue;
        diag_error(cx->diags, E0410, n->span, "streams that slide by %s and by %s cannot be put together",
                   duration_text(cx->arena, a), duration_text(cx->arena, b));
        diag_label(cx->diags, "different slides");
        diag_help(cx->diags, "give both the same slide");
        return;
    }
}
