/* build.c: the nodes of the AST, as the actions of the grammar put them together.
 *
 * Whether an expression stood in brackets is not kept in the AST; where it
 * matters (mixing `??`, chains of comparisons, sinks in the middle) it shows in
 * the span: the grammar's includes the brackets, the node's does not. */
#include "parser.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

Span span_join(Span a, Span b)
{
    return (Span){a.line, a.col, b.end_line, b.end_col, a.file};
}

bool span_equal(Span a, Span b)
{
    return a.line == b.line && a.col == b.col && a.end_line == b.end_line && a.end_col == b.end_col;
}

Expr *build_expr(Parser *p, ExprKind kind, Span span)
{
    Expr *e = NEW(p->arena, Expr);
    e->kind = kind;
    e->span = span;
    return e;
}

Expr *build_named(Parser *p, ExprKind kind, const char *name, Span name_span, Span span)
{
    Expr *e = build_expr(p, kind, span);
    e->name = name;
    e->name_span = name_span;
    return e;
}

Expr *build_binary(Parser *p, Op op, Expr *a, Expr *b, Span span)
{
    Expr *e = build_expr(p, E_BINARY, span);
    e->op = op;
    e->a = a;
    e->b = b;
    return e;
}

static bool is_arithmetic(const Expr *e)
{
    return e->kind == E_BINARY && e->op >= OP_ADD && e->op <= OP_MOD;
}

static bool is_comparison(const Expr *e)
{
    return e->kind == E_IS || (e->kind == E_BINARY && e->op >= OP_EQ && e->op <= OP_GE);
}

static void refuse_chain(Parser *p, const Expr *a, Span a_at, Span span)
{
    if (!is_comparison(a) || !span_equal(a->span, a_at))
        return;
    diag_error(p->diags, E0114, span, "comparisons do not chain");
    diag_help(p->diags, "write `a < b and b < c`, or put one comparison in parentheses");
}

Expr *build_compare(Parser *p, Op op, Expr *a, Span a_at, Expr *b, Span span)
{
    refuse_chain(p, a, a_at, span);
    return build_binary(p, op, a, b, span);
}

Expr *build_is(Parser *p, Expr *a, Span a_at, Pattern *pattern, Span span)
{
    refuse_chain(p, a, a_at, span);
    Expr *e = build_expr(p, E_IS, span);
    e->a = a;
    e->pattern = pattern;
    return e;
}

Expr *build_coalesce(Parser *p, Expr *a, Span a_at, Expr *b, Span b_at, Span span)
{
    bool left = is_arithmetic(a) && span_equal(a->span, a_at);
    bool right = is_arithmetic(b) && span_equal(b->span, b_at);
    if (left || right) {
        const char *op = op_text(left ? a->op : b->op);
        diag_error(p->diags, E0116, span, "`??` and `%s` need parentheses to say which comes first", op);
        if (left)
            diag_help(p->diags, "write `a %s (b ?? c)` or `(a %s b) ?? c`", op, op);
        else
            diag_help(p->diags, "write `(a ?? b) %s c` or `a ?? (b %s c)`", op, op);
    }
    return build_binary(p, OP_COALESCE, a, b, span);
}

Expr *build_items(Parser *p, ExprKind kind, Args *items, Span span)
{
    Expr *e = build_expr(p, kind, span);
    if (items)
        vec_copy(&e->args, items);
    return e;
}

Expr *build_paren(Parser *p, Args *items, bool trailing, Span span)
{
    if (items->n > 1)
        return build_items(p, E_TUPLE, items, span);
    if (trailing) {
        diag_error(p->diags, E0117, span, "a tuple has two parts or more");
        diag_help(p->diags, "write `(a)` or just `a` for one value, `[a]` for a list of one");
    }
    return items->at[0].value;
}

static int by_name(const void *left, const void *right)
{
    const TypeField *const *a = left, *const *b = right;
    int order = strcmp((*a)->name, (*b)->name);
    return order ? order : (*a < *b) - (*a > *b);
}

/* Report names that stand in a record, or record type, more than once. */
static void check_fields(Parser *p, const TypeField *fields, int n)
{
    if (n < 2)
        return;
    const TypeField **sorted = NEW_ARRAY(p->arena, const TypeField *, n);
    for (int i = 0; i < n; i++)
        sorted[i] = &fields[i];
    qsort(sorted, (size_t)n, sizeof *sorted, by_name);        /* of one name, the last first */
    for (int i = 0; i + 1 < n; i++)
        if (strcmp(sorted[i]->name, sorted[i + 1]->name) == 0) {
            diag_error(p->diags, E0123, sorted[i]->span, "the field `%s` is given twice", sorted[i]->name);
            diag_also(p->diags, sorted[i + 1]->span, "here before");
        }
}

Expr *build_record(Parser *p, Args *fields, Span span)
{
    Expr *e = build_items(p, E_RECORD, NULL, span);
    TypeFields names = {0};
    for (int i = 0; i < fields->n; i++) {
        Arg *field = &fields->at[i];
        if (field->name) {
            vec_push(p->arena, &e->args, *field);
            vec_push(p->arena, &names, ((TypeField){field->name, field->name_span, NULL}));
        } else if (i + 1 < fields->n) {
            diag_error(p->diags, E0123, field->span, "`..` stands last in a record");
            diag_help(p->diags, "write `{ a: 1, ..rest }`");
        } else {
            e->a = field->value;
        }
    }
    check_fields(p, names.at, names.n);
    return e;
}

TypeExpr *build_record_type(Parser *p, TypeExpr *type, Span span)
{
    check_fields(p, type->fields.at, type->fields.n);
    type->span = span;
    return type;
}

Expr *build_block(Parser *p, Lets *lets, Expr *result, Span span)
{
    Expr *e = build_expr(p, E_BLOCK, span);
    vec_copy(&e->lets, lets);
    if (!result) {
        diag_error(p->diags, E0122, span, "the block has no result");
        diag_expected(p->diags, "an expression after the last `let`");
        result = build_expr(p, E_NONE, span);
    }
    e->a = result;
    return e;
}

/* ---- lambdas: parameters are read as an expression, then turned ------------ */

static Pattern *to_pattern(Parser *p, Expr *e, int depth)
{
    switch ((int)e->kind) {
    case E_NAME:
        return build_pattern(p, PAT_NAME, e->name, e->span);
    case E_HOLE:
        return build_pattern(p, PAT_IGNORE, NULL, e->span);
    case E_ANNOT: {
        Pattern *pattern = to_pattern(p, e->a, depth);
        pattern->annotation = e->annotation;
        return pattern;
    }
    case E_TUPLE: {
        Pattern *pattern = build_pattern(p, PAT_TUPLE, NULL, e->span);
        for (int i = 0; i < e->args.n; i++)
            vec_push(p->arena, &pattern->items, to_pattern(p, e->args.at[i].value, depth + 1));
        return pattern;
    }
    default:
        diag_error(p->diags, E0115, e->span, "%s cannot be a parameter", expr_kind_name(e->kind));
        diag_label(p->diags, "left of `=>`");
        diag_expected(p->diags, "a name, `_`, or a tuple of these");
        return build_pattern(p, PAT_IGNORE, NULL, e->span);
    }
}

Expr *build_lambda(Parser *p, Expr *head, Span head_at, Expr *body, Span span)
{
    Expr *e = build_expr(p, E_LAMBDA, span);
    e->a = body;
    if (head && head->kind == E_TUPLE && span_equal(head->span, head_at)) {
        for (int i = 0; i < head->args.n; i++)
            vec_push(p->arena, &e->params, to_pattern(p, head->args.at[i].value, 0));
    } else if (head) {
        vec_push(p->arena, &e->params, to_pattern(p, head, 0));
    }
    return e;
}

/* ---- pipelines -------------------------------------------------------------- */

Expr *build_as(Parser *p, Expr *a, Span a_at, Format *format, Span span)
{
    bool source = a->kind == E_SOURCE || a->kind == E_TABLE;
    if (source && !a->format.name && span_equal(a->span, a_at)) {
        a->format = *format;
        a->span = span;
        return a;
    }
    Expr *e = build_named(p, E_AS, format->name, format->span, span);
    e->name_span.end_line = format->span.line;
    e->name_span.end_col = format->span.col + (int)strlen(format->name);
    e->args = format->args;
    e->a = a;
    return e;
}

Expr *build_pipe(Parser *p, Expr *left, Span left_at, Expr *stage, Span span)
{
    if (left->kind == E_SINK && span_equal(left->span, left_at)) {
        diag_error(p->diags, E0118, stage->span, "nothing can follow a sink");
        diag_also(p->diags, left->name_span, "the pipeline ends here");
        diag_help(p->diags, "name the stream with `let` and use it twice");
    }
    stage->a = left;
    stage->span = span;
    return stage;
}

/* ---- arguments -------------------------------------------------------------- */

Args *build_args(Parser *p, Args *args, Arg *arg)
{
    if (!args)
        args = NEW(p->arena, Args);
    if (arg)
        vec_push(p->arena, args, *arg);
    return args;
}

static bool is_type_name(const char *name)
{
    static const char *const names[] = {"int", "float", "bool", "string", "bytes", "time", "duration"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return isupper((unsigned char)name[0]);
}

/* `x: int => e` reads as an argument x that is a function of `int`. */
static Expr *mend_annotation(Parser *p, const char *name, Span name_span, Expr *value)
{
    Pattern *only = value->kind == E_LAMBDA && value->params.n == 1 ? value->params.at[0] : NULL;
    if (!only || only->kind != PAT_NAME || only->annotation || !is_type_name(only->name))
        return NULL;
    if (only->span.line != value->span.line || only->span.col != value->span.col)
        return NULL;
    diag_error(p->diags, E0110, span_join(name_span, only->span), "a parameter with a type stands in parentheses");
    diag_help(p->diags, "write `(%s: %s) => ..`", name, only->name);
    TypeExpr *type = build_type(p, TE_NAME, only->span);
    type->name = only->name;
    only->annotation = type;
    only->name = name;
    only->span = name_span;
    return value;
}

Arg *build_arg(Parser *p, const char *name, Span name_span, Expr *value, Span span)
{
    Arg *arg = NEW(p->arena, Arg);
    arg->name = name;
    arg->span = span;
    arg->value = value;
    if (name) {
        arg->name_span = name_span;
        if (value && mend_annotation(p, name, name_span, value))
            arg->name = NULL;
    }
    return arg;
}

Args *build_check_args(Parser *p, Args *args)
{
    const Arg *named = NULL;
    for (int i = 0; i < args->n; i++) {
        const Arg *arg = &args->at[i];
        if (arg->name) {
            named = arg;
        } else if (named) {
            diag_error(p->diags, E0121, arg->span, "a plain argument after a named one");
            diag_also(p->diags, named->name_span, "from here on arguments need names");
            diag_help(p->diags, "put it before `%s:`, or give it its name", named->name);
            break;
        }
    }
    return args;
}

const char *build_field_name(Parser *p, Expr *string)
{
    Bytes text = string->text;
    if (text.n == 0 || memchr(text.p, '\0', text.n)) {
        diag_error(p->diags, E0101, string->span, "this text cannot be a name");
        diag_expected(p->diags, "a name of one character or more, without \\0");
        return "?";
    }
    return arena_strndup(p->arena, text.p, text.n);
}

/* ---- patterns, types, statements --------------------------------------------- */

Pattern *build_pattern(Parser *p, PatternKind kind, const char *name, Span span)
{
    Pattern *pattern = NEW(p->arena, Pattern);
    pattern->kind = kind;
    pattern->name = name;
    pattern->span = span;
    return pattern;
}

TypeExpr *build_type(Parser *p, TypeExprKind kind, Span span)
{
    TypeExpr *type = NEW(p->arena, TypeExpr);
    type->kind = kind;
    type->span = span;
    return type;
}

void build_type_field(Parser *p, TypeExpr *type, const char *name, TypeExpr *field, Span span)
{
    TypeField item = {.name = name, .span = span, .type = field};
    vec_push(p->arena, &type->fields, item);
}

Stmt *build_stmt(Parser *p, StmtKind kind, Span span)
{
    Stmt *stmt = NEW(p->arena, Stmt);
    stmt->kind = kind;
    stmt->span = span;
    return stmt;
}

/* Of the clauses `crash everywhere` is one without a name. */
Stmt *build_test(Parser *p, const char *name, Span name_span, const Clauses *clauses, Span span)
{
    Stmt *stmt = build_stmt(p, S_TEST, span);
    stmt->name = name;
    stmt->name_span = name_span;
    for (int i = 0; i < clauses->n; i++)
        if (clauses->at[i].name)
            vec_push(p->arena, &stmt->clauses, clauses->at[i]);
        else
            stmt->crash = true;
    return stmt;
}

Clause *build_clause(Parser *p, bool give, const char *name, Span name_span, Expr *value, Span span)
{
    Clause *clause = NEW(p->arena, Clause);
    *clause = (Clause){.give = give, .name = name, .name_span = name_span, .span = span, .value = value};
    return clause;
}
