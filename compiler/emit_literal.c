/* emit_literal.c: literals, and lists of constants as data of the unit. */
#include "emit_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST_STRING = 4000 };   /* compilers need not take longer literals */

/* Does a character of UTF-8 that is fit to be read begin at p? Returns its
 * length; 0 for broken sequences, control characters, and marks that turn the
 * direction of writing, of which compilers warn. */
size_t readable_utf8(const char *text, size_t n)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t length = p[0] >= 0xc3 && p[0] < 0xe0 ? 2 : p[0] > 0xe0 && p[0] < 0xed ? 3 : 0;
    if (length == 0 || n < length)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if (length == 3 && p[0] == 0xe2 && (p[1] == 0x80 || p[1] == 0x81))
        return 0;
    return length;
}

static void add_escaped(Text *text, unsigned char c)
{
    switch (c) {
    case '\n': text_add(text, "\\n"); break;
    case '\t': text_add(text, "\\t"); break;
    case '\r': text_add(text, "\\r"); break;
    case '"': text_add(text, "\\\""); break;
    case '\\': text_add(text, "\\\\"); break;
    default: text_printf(text, "\\%03o", c);
    }
}

const char *c_string(Emit *e, const char *p, size_t n)
{
    Text text = {0};
    text_add(&text, "\"");
    for (size_t i = 0; i < n;) {
        unsigned char c = (unsigned char)p[i];
        size_t length = c >= 0x80 ? readable_utf8(p + i, n - i) : 0;
        if (length) {
            text_addn(&text, p + i, length);
            i += length;
            continue;
        }
        if (c == '?' && i > 0 && p[i - 1] == '?')
            text_add(&text, "\\?");           /* ??/ and its like mean something else */
        else if (c >= ' ' && c < 0x7f && c != '"' && c != '\\')
            text_addn(&text, p + i, 1);
        else
            add_escaped(&text, c);
        i++;
    }
    text_add(&text, "\"");
    const char *literal = arena_strndup(e->arena, text.p, text.n);
    text_free(&text);
    return literal;
}

/* A long string as an array of bytes; its name. */
static const char *long_string(Emit *e, Bytes bytes)
{
    const char *name = emit_global_name(e, "long_text");
    Text text = {0};
    text_printf(&text, "static const char %s[%zu] = {", name, bytes.n);
    for (size_t i = 0; i < bytes.n; i++)
        text_printf(&text, "%s%d,", i % 24 ? " " : "\n    ", (int)(signed char)bytes.p[i]);
    text_add(&text, "\n};\n");
    emit_item(e, SECTION_DATA, name, text.p);
    text_free(&text);
    return name;
}

Value emit_string(Emit *e, Bytes text)
{
    if (text.n > LONGEST_STRING)
        return value_atom(&type_string, emit_format(e, "(dsc_str){%s, %zu}", long_string(e, text), text.n));
    return value_atom(&type_string, emit_format(e, "DSC_STR(%s)", c_string(e, text.p, text.n)));
}

static const char *float_text(Emit *e, double x)
{
    if (isinf(x))
        return "(1.0 / 0.0)";
    for (int digits = 15;; digits++) {
        char text[64];
        snprintf(text, sizeof text, "%.*g", digits, x);
        double back;
        if (digits < 17 && (sscanf(text, "%lf", &back) != 1 || back < x || back > x))
            continue;
        return emit_format(e, strpbrk(text, ".e") ? "%s" : "%s.0", text);
    }
}

Value emit_float(Emit *e, const Expr *x)
{
    return value_atom(x->type, float_text(e, x->fval));
}

/* ---- constants ------------------------------------------------------------------ */
static bool is_number_literal(const Expr *x)
{
    return x->kind == E_INT || x->kind == E_FLOAT || x->kind == E_DURATION;
}

bool is_constant(const Expr *x)
{
    switch (x->kind) {
    case E_INT: case E_FLOAT: case E_STRING: case E_BOOL: case E_NONE: case E_DURATION:
        return true;
    case E_LIST: case E_TUPLE: case E_RECORD:
        for (int i = 0; i < x->args.n; i++)
            if (!is_constant(x->args.at[i].value))
                return false;
        return true;
    case E_UNARY:
        return x->op == OP_NEG && is_number_literal(x->a);
    case E_SOME: case E_CONVERT: case E_ANNOT:
        return is_constant(x->a);
    case E_HOLE: case E_NAME: case E_FIELD: case E_OPT_FIELD: case E_INDEX: case E_BANG: case E_CALL: case E_METHOD:
    case E_BINARY: case E_IS: case E_IF: case E_LAMBDA: case E_BLOCK: case E_AS: case E_PIPE: case E_SOURCE: case E_TABLE:
    case E_SINK: case E_BUILTIN:
        break;
    }
    return false;
}

static const char *constant_number(Emit *e, const Expr *x, Type *to)
{
    bool negative = x->kind == E_UNARY;
    const Expr *literal = negative ? x->a : x;
    if (to->kind == T_FLOAT) {
        double value = literal->kind == E_FLOAT ? literal->fval : (double)literal->ival;
        return emit_format(e, "%s%s", negative ? "-" : "", float_text(e, value));
    }
    int64_t value = literal->ival;
    if (literal->big || value == INT64_MIN)
        return "INT64_MIN";
    return emit_format(e, "%lld", (long long)(negative ? -value : value));
}

/* The elements of a list or the fields of a tuple between braces. */
static const char *constant_items(Emit *e, const Expr *x, Type *to)
{
    Text text = {0};
    size_t line = 0;
    for (int i = 0; i < to->n || (to->kind == T_LIST && i < x->args.n); i++) {
        const Expr *item = x->args.at[i].value;
        Type *type = to->args[to->kind == T_LIST ? 0 : i];
        for (int j = 0; x->kind == E_RECORD && j < x->args.n; j++)
            if (strcmp(x->args.at[j].name, to->names[i]) == 0)
                item = x->args.at[j].value;
        const char *one = constant_text(e, item, type);
        bool wrap = to->kind == T_LIST && text.n - line + strlen(one) > 100;
        if (wrap)
            line = text.n;
        text_printf(&text, "%s%s", i == 0 ? "" : wrap ? ",\n    " : ", ", one);
    }
    const char *items = arena_strndup(e->arena, text.p ? text.p : "", text.n);
    text_free(&text);
    return items;
}

static const char *constant_list(Emit *e, const Expr *x, Type *to)
{
    for (int i = 0; i < e->consts.n; i++)
        if (e->consts.at[i].expr == x && e->consts.at[i].type == to)
            return e->consts.at[i].name;
    const char *ctype = c_type(e, to->args[0]);
    const char *items = constant_items(e, x, to);
    const char *name = emit_global_name(e, "items");
    bool one_line = strlen(items) < 70 && !strchr(items, '\n');
    emit_item(e, SECTION_DATA, name, emit_format(e, one_line ? "static const %s %s[%d] = {%s};\n" : "static const %s %s[%d] = {\n    %s\n};\n",
                                                 ctype, name, x->args.n, items));
    vec_push(e->arena, &e->consts, ((ConstMade){.expr = x, .type = to, .name = name}));
    return name;
}

static int option_depth(Type *type)
{
    int n = 0;
    for (type = type_of(type); type->kind == T_OPTION; type = type_of(type->args[0]))
        n++;
    return n;
}

const char *constant_text(Emit *e, const Expr *x, Type *to)
{
    to = type_of(to);
    c_type(e, to);
    while (x->kind == E_CONVERT || x->kind == E_ANNOT)
        x = x->a;
    if (to->kind == T_OPTION && option_depth(x->type) < option_depth(to))
        return emit_format(e, "{%s, true}", constant_text(e, x, to->args[0]));
    switch (x->kind) {
    case E_BOOL:
        return x->ival ? "true" : "false";
    case E_STRING:
        if (x->text.n > LONGEST_STRING)
            return emit_format(e, "{%s, %zu}", long_string(e, x->text), x->text.n);
        return emit_format(e, "{%s, %zu}", c_string(e, x->text.p, x->text.n), x->text.n);
    case E_NONE:
        return "{.some = false}";
    case E_SOME:
        return emit_format(e, "{%s, true}", constant_text(e, x->a, to->args[0]));
    case E_LIST:
        if (x->args.n == 0)
            return "{NULL, 0}";
        return emit_format(e, "{%s, %d}", constant_list(e, x, to), x->args.n);
    case E_TUPLE: case E_RECORD:
        return emit_format(e, "{%s}", constant_items(e, x, to));
    default:
        return constant_number(e, x, to);
    }
}

Value emit_constant_list(Emit *e, const Expr *x)
{
    return value_text(x->type, PREC_PRIMARY, emit_format(e, "(dsc_list)%s", constant_text(e, x, x->type)));
}

/* ---- lists ------------------------------------------------------------------------ */
Value emit_list(Emit *e, const Expr *x, const Pattern *hint)
{
    enum { LARGEST_LOCAL = 64 };
    if (is_constant(x))
        return emit_constant_list(e, x);
    const char *ctype = c_type(e, type_of(x->type)->args[0]);
    int n = x->args.n;
    Value *items = NEW_ARRAY(e->arena, Value, n);
    for (int i = 0; i < n; i++)
        items[i] = emit_expr(e, x->args.at[i].value, NULL);
    const char *name = emit_name(e, hint_text(hint, "items"));
    if (n > LARGEST_LOCAL) {
        emit_line(e, "%s *%s = dsc_alloc(task, %d * (int64_t)sizeof(%s));", ctype, name, n, ctype);
        for (int i = 0; i < n; i++)
            emit_line(e, "%s[%d] = %s;", name, i, value_c(e, items[i]));
        return value_text(x->type, PREC_PRIMARY, emit_format(e, "(dsc_list){%s, %d}", name, n));
    }
    Text text = {0};
    for (int i = 0; i < n; i++)
        text_printf(&text, "%s%s", i ? ", " : "", value_init(e, items[i]));
    emit_declare(e, emit_format(e, "const %s", ctype), emit_format(e, "%s[%d]", name, n), emit_format(e, "{%s}", text.p));
    text_free(&text);
    return value_text(x->type, PREC_PRIMARY, emit_format(e, "dsc_list_of(task, %s, %d, (int64_t)sizeof(%s))", name, n, ctype));
}
