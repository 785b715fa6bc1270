/* ast_text.h: the AST as a short text, for tests: `(+ a (* b 2))`, `(| a map[(x => x)])`. */
#ifndef DSC_AST_TEXT_H
#define DSC_AST_TEXT_H

#include "ast.h"

static void put_expr(Text *t, const Expr *e);

static void put_type(Text *t, const TypeExpr *type)
{
    static const char *const open[] = {"", "(", "{", "[", "?"}, *const close[] = {"", ")", "}", "]", ""};
    text_add(t, open[type->kind]);
    if (type->kind == TE_NAME)
        text_add(t, type->name);
    for (int i = 0; i < type->fields.n; i++) {
        text_add(t, i ? ", " : "");
        if (type->fields.at[i].name)
            text_printf(t, "%s: ", type->fields.at[i].name);
        put_type(t, type->fields.at[i].type);
    }
    text_add(t, close[type->kind]);
}

static void put_pattern(Text *t, const Pattern *pattern)
{
    text_add(t, pattern->kind == PAT_NAME ? pattern->name : pattern->kind == PAT_IGNORE ? "_" : "(");
    for (int i = 0; i < pattern->items.n; i++) {
        text_add(t, i ? ", " : "");
        put_pattern(t, pattern->items.at[i]);
    }
    text_add(t, pattern->kind == PAT_TUPLE ? ")" : "");
    if (pattern->annotation) {
        text_add(t, ": ");
        put_type(t, pattern->annotation);
    }
}

static void put_args(Text *t, const Args *args)
{
    for (int i = 0; i < args->n; i++) {
        const Arg *arg = &args->at[i];
        text_add(t, i ? ", " : "");
        if (arg->name)
            text_printf(t, "%s: ", arg->name);
        if (arg->type) {
            text_add(t, "type ");
            put_type(t, arg->type);
        }
        if (arg->value)
            put_expr(t, arg->value);
    }
}

static void put_bytes(Text *t, Bytes b)
{
    for (size_t i = 0; i < b.n; i++)
        if ((unsigned char)b.p[i] < ' ')
            text_printf(t, "\\%d", b.p[i]);
        else
            text_addn(t, b.p + i, 1);
}

static void put_format(Text *t, const Format *format)
{
    if (!format->name)
        return;
    text_printf(t, " as %s[", format->name);
    put_args(t, &format->args);
    text_add(t, "]");
}

static void put_call(Text *t, const Expr *e)
{
    text_printf(t, "%s[", e->name);
    put_args(t, &e->args);
    text_add(t, "]");
    put_format(t, &e->format);
}

static void put_two(Text *t, const char *head, const Expr *a, const Expr *b)
{
    text_printf(t, "(%s", head);
    for (int i = 0; i < 2; i++) {
        const Expr *e = i ? b : a;
        if (e) {
            text_add(t, " ");
            put_expr(t, e);
        }
    }
    text_add(t, ")");
}

static void put_params(Text *t, Pattern *const *params, int n)
{
    for (int i = 0; i < n; i++) {
        text_add(t, i ? ", " : "");
        put_pattern(t, params[i]);
    }
}

static void put_expr(Text *t, const Expr *e)
{
    switch (e->kind) {
    case E_INT: text_printf(t, e->big ? "big" : "%lld", (long long)e->ival); break;
    case E_FLOAT: text_printf(t, "%.17gf", e->fval); break;
    case E_STRING:
        text_add(t, "'");
        put_bytes(t, e->text);
        text_add(t, "'");
        break;
    case E_BOOL: text_add(t, e->ival ? "true" : "false"); break;
    case E_NONE: text_add(t, "none"); break;
    case E_DURATION: text_printf(t, "%lldus", (long long)e->ival); break;
    case E_NAME: text_add(t, e->name); break;
    case E_HOLE: text_add(t, "_"); break;
    case E_LIST: case E_TUPLE: case E_RECORD:
        text_add(t, e->kind == E_LIST ? "(list " : e->kind == E_TUPLE ? "(tuple " : "(record ");
        put_args(t, &e->args);
        if (e->a) {
            text_add(t, " ..");
            put_expr(t, e->a);
        }
        text_add(t, ")");
        break;
    case E_FIELD: case E_OPT_FIELD:
        put_expr(t, e->a);
        text_printf(t, "%s%s", e->kind == E_FIELD ? "." : "?.", e->name);
        break;
    case E_INDEX: put_two(t, "index", e->a, e->b); break;
    case E_BANG: put_two(t, "!", e->a, NULL); break;
    case E_CALL: put_call(t, e); break;
    case E_METHOD:
        put_expr(t, e->a);
        text_add(t, ".");
        put_call(t, e);
        break;
    case E_UNARY: case E_BINARY: put_two(t, op_text(e->op), e->a, e->b); break;
    case E_IS:
        text_add(t, "(is ");
        put_expr(t, e->a);
        if (e->pattern) {
            text_add(t, " some ");
            put_pattern(t, e->pattern);
        }
        text_add(t, ")");
        break;
    case E_IF:
        put_two(t, "if", e->a, e->b);
        text_add(t, " else ");
        put_expr(t, e->c);
        break;
    case E_LAMBDA:
        text_add(t, "(");
        put_params(t, e->params.at, e->params.n);
        text_add(t, " => ");
        put_expr(t, e->a);
        text_add(t, ")");
        break;
    case E_BLOCK:
        text_add(t, "{");
        for (int i = 0; i < e->lets.n; i++) {
            put_pattern(t, e->lets.at[i].pattern);
            text_add(t, " = ");
            put_expr(t, e->lets.at[i].value);
            text_add(t, "; ");
        }
        put_expr(t, e->a);
        text_add(t, "}");
        break;
    case E_ANNOT:
        text_add(t, "(: ");
        put_expr(t, e->a);
        text_add(t, " ");
        put_type(t, e->annotation);
        text_add(t, ")");
        break;
    case E_AS:
        text_add(t, "(as ");
        put_expr(t, e->a);
        text_add(t, " ");
        put_call(t, e);
        text_add(t, ")");
        break;
    case E_SOME: put_two(t, "some", e->a, NULL); break;
    case E_PIPE: case E_SINK:
        text_add(t, e->kind == E_SINK ? "(|sink " : "(| ");
        if (e->a) {
            put_expr(t, e->a);
            text_add(t, " ");
        }
        put_call(t, e);
        text_add(t, ")");
        break;
    case E_SOURCE: case E_TABLE:
        text_add(t, e->kind == E_SOURCE ? "source " : "table ");
        put_call(t, e);
        break;
    case E_CONVERT: case E_BUILTIN: text_add(t, "?"); break;
    }
}

static void put_stmt(Text *t, const Stmt *s)
{
    static const char *const words[] = {
        "batch", "checkpoint", "on error", "param", "type", "fn", "let", "pipe", "do", "import", "extern", "test",
    };
    text_add(t, words[s->kind]);
    if (s->name)
        text_printf(t, " %s", s->name);
    if (s->kind == S_FN || s->kind == S_PIPE) {
        text_add(t, "(");
        put_params(t, s->params.at, s->params.n);
        text_add(t, ")");
    }
    if (s->args.n) {
        text_add(t, "[");
        put_args(t, &s->args);
        text_add(t, "]");
    }
    if (s->pattern) {
        text_add(t, " ");
        put_pattern(t, s->pattern);
    }
    if (s->annotation) {
        text_add(t, ": ");
        put_type(t, s->annotation);
    }
    if (s->value) {
        text_add(t, s->kind == S_FN || s->kind == S_LET || s->kind == S_PIPE || s->kind == S_PARAM ? " = " : " ");
        put_expr(t, s->value);
    }
    if (s->every) {
        text_add(t, " every ");
        put_expr(t, s->every);
    }
    if (s->keep) {
        text_add(t, " keep ");
        put_expr(t, s->keep);
    }
}

/* All statements, one a line. Free with text_free. */
static Text program_text(const Program *program)
{
    Text t = {0};
    text_add(&t, "");
    for (int i = 0; i < program->stmts.n; i++) {
        put_stmt(&t, program->stmts.at[i]);
        text_add(&t, "\n");
    }
    return t;
}

#endif
