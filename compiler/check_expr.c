/* check_expr.c: types of expressions. */
#include "check.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

Expr *new_expr(Checker *cx, ExprKind kind, Span span)
{
    Expr *e = NEW(cx->arena, Expr);
    e->kind = kind;
    e->span = e->name_span = span;
    return e;
}

Expr *name_expr(Checker *cx, Symbol *symbol, Span span)
{
    Expr *e = new_expr(cx, E_NAME, span);
    e->name = symbol->name;
    e->symbol = symbol;
    e->type = symbol->type;
    return e;
}

/* ---- names ------------------------------------------------------------------- */

/* A constant is written out wherever it is named: `let b = a + a` doubles. */
static bool count_constant(Checker *cx, const Expr *e)
{
    bool was_small = cx->copied <= MAX_CONSTANTS;
    cx->size += e->symbol->size;
    cx->copied += e->symbol->size;
    if (cx->copied <= MAX_CONSTANTS || e->symbol->size == 0)
        return true;
    if (was_small) {
        diag_error(cx->diags, E0112, e->span, "by its constants this program comes to more than %d values", MAX_CONSTANTS);
        diag_label(cx->diags, "the constant `%s` is copied once more here", e->name);
    }
    return false;
}

static Type *infer_name(Checker *cx, Expr *e)
{
    if (e->symbol)
        return e->symbol->type;
    const Scope *s = scope_find(cx, e->name);
    if (s && !s->symbol) {
        diag_error(cx->diags, E0213, e->span, "`%s` is a function, not a value", e->name);
        diag_label(cx->diags, "a value is needed here");
        diag_help(cx->diags, "call it: `%s(..)`", e->name);
        return &type_error;
    }
    Symbol *symbol = find_value(cx, e->name);
    if (!symbol) {
        unknown_value(cx, e);
        return &type_error;
    }
    symbol->used = true;
    if (symbol->kind == SYM_STREAM) {
        diag_error(cx->diags, E0306, e->span, "the stream `%s` is not a value", e->name);
        diag_label(cx->diags, "a stream of %s", symbol->node ? show(cx, symbol->node->type) : "something wrong");
        diag_also(cx->diags, symbol->span, "defined here");
        diag_help(cx->diags, "work on its elements with operators: `%s | map(..)`", e->name);
        return &type_error;
    }
    e->symbol = symbol;
    e->name = symbol->name;
    return count_constant(cx, e) ? symbol->type : &type_error;
}

/* ---- fields ------------------------------------------------------------------- */

/* "0" or "_1" as a place in a tuple, from 0; -1: neither. */
static int tuple_place(const char *name)
{
    bool from_one = *name == '_';
    const char *digits = name + from_one;
    if (!isdigit((unsigned char)*digits) || strlen(digits) > 6)
        return -1;
    char *end;
    long place = strtol(digits, &end, 10);
    return *end ? -1 : (int)(place - from_one);
}

/* A record's or tuple's field. */
static bool field_access(Expr *e)
{
    Type *t = type_of(e->a->type);
    if (t->kind == T_RECORD) {
        for (int i = 0; i < t->n; i++)
            if (strcmp(t->names[i], e->name) == 0) {
                e->index = i;
                e->type = t->args[i];
                return true;
            }
    } else if (t->kind == T_TUPLE) {
        e->index = tuple_place(e->name);
        if (e->index >= 0 && e->index < t->n) {
            e->type = t->args[e->index];
            return true;
        }
    }
    return false;
}

static void no_such_field(Checker *cx, const Expr *e, Type *t)
{
    t = type_of(t);
    int place = tuple_place(e->name);
    if (t->kind == T_VAR) {
        diag_error(cx->diags, E0314, e->a->span, "the type of this is not known here, so `.%s` cannot be found", e->name);
        diag_label(cx->diags, "of what type?");
        diag_help(cx->diags, "write the parameter's type: `(x: T) => ..`");
    } else if (t->kind == T_TUPLE) {
        diag_error(cx->diags, place < 0 ? E0208 : E0320, e->name_span, "%s has no part `%s`", show_a(cx, t), e->name);
        diag_label(cx->diags, "not a part of it");
        diag_expected(cx->diags, t->n == 2 ? ".0 or .1" : ".0 to .%d", t->n - 1);
    } else if (t->kind == T_OPTION) {
        diag_error(cx->diags, E0309, e->name_span, "this %s may be missing, so it has no `.%s` of its own", show(cx, t), e->name);
        diag_label(cx->diags, "of something that may be missing");
        diag_help(cx->diags, "`x?.%s` passes on what is missing, `x!.%s` makes the element bad", e->name, e->name);
    } else {
        diag_error(cx->diags, E0208, e->name_span, "%s has no field `%s`", show_a(cx, t), e->name);
        diag_label(cx->diags, "not a field");
        for (int i = 0; t->kind == T_RECORD && i < t->n; i++)
            suggest_word(cx, t->names[i]);
        if (t->kind == T_LIST && place >= 0)
            diag_help(cx->diags, "an element of a list is `x[%d]`, or `x.get(%d)` where it may be missing", place, place);
        suggest(cx, e->name, NULL, NULL);
    }
}

static Type *infer_field(Checker *cx, Expr **slot, Type *hint)
{
    Expr *e = *slot;
    if (is_stream(cx, e->a)) {
        diag_error(cx->diags, E0306, e->span, "a stream has no fields");
        diag_help(cx->diags, "work on its elements: `| map(_.%s)`, or call an operator: `.%s()`", e->name, e->name);
        return &type_error;
    }
    Type *t = infer(cx, &e->a, NULL);
    if (is_error(t))
        return &type_error;
    if (field_access(e))
        return e->type;
    if (has_error(t))
        return &type_error;
    if (type_of(t)->kind != T_VAR && tuple_place(e->name) < 0 && function_exists(cx, e->name)) {
        e->kind = E_METHOD;
        return infer_method(cx, slot, hint);
    }
    no_such_field(cx, e, t);
    return &type_error;
}

static void not_an_option(Checker *cx, const Expr *e, Type *t, const char *sign)
{
    if (type_of(t)->kind == T_VAR) {
        diag_error(cx->diags, E0314, e->span, "the type of this is not known here");
        diag_label(cx->diags, "of what type?");
        return;
    }
    diag_error(cx->diags, E0310, e->span, "`%s` opens an option, but this %s is always there", sign, show(cx, t));
    diag_label(cx->diags, "never missing");
    diag_help(cx->diags, "leave `%s` out", sign);
}

Type *opened(Checker *cx, const Expr *e, Type *t, const char *sign)
{
    t = type_of(t);
    if (t->kind == T_VAR) {
        Type *option = type_option(cx->arena, type_var(cx->arena));
        type_unify(t, option);
        return option->args[0];
    }
    if (t->kind == T_OPTION)
        return t->args[0];
    if (t->kind != T_ERROR)
        not_an_option(cx, e, t, sign);
    return NULL;
}

/* a?.f is `if a is some(v) then some(v.f) else none`. */
static Type *infer_opt_field(Checker *cx, Expr **slot)
{
    Expr *e = *slot;
    Type *inner = opened(cx, e->a, infer(cx, &e->a, NULL), "?.");
    if (!inner)
        return &type_error;
    Expr *test = new_expr(cx, E_IS, e->a->span);
    test->a = e->a;
    test->type = &type_bool;
    test->pattern = NEW(cx->arena, Pattern);
    *test->pattern = (Pattern){.kind = PAT_NAME, .span = e->a->span, .name = "it", .type = inner};
    test->pattern->symbol = symbol_new(cx, SYM_LOCAL, "it", e->a->span, inner);
    test->pattern->symbol->made = true;
    Expr *part = e;
    part->kind = E_FIELD;
    part->a = name_expr(cx, test->pattern->symbol, e->a->span);
    Type *t = infer(cx, &part, NULL);
    if (is_error(t))
        return t;
    Expr *some = part;
    if (type_of(t)->kind != T_OPTION) {
        some = new_expr(cx, E_SOME, e->span);
        some->a = part;
        some->type = t = type_option(cx->arena, t);
    }
    Expr *none = new_expr(cx, E_NONE, e->span);
    none->type = t;
    Expr *choice = new_expr(cx, E_IF, e->span);
    choice->a = test;
    choice->b = some;
    choice->c = none;
    *slot = choice;
    return choice->type = t;
}

static Type *infer_index(Checker *cx, Expr *e)
{
    Type *t = type_of(infer(cx, &e->a, NULL));
    infer(cx, &e->b, &type_int);
    if (t->kind == T_ERROR)
        return t;
    if (t->kind == T_LIST) {
        int64_t place;
        if (require(cx, &e->b, &type_int, "the place in a list") && constant_int(e->b, &place) && place < 0) {
            diag_error(cx->diags, E0406, e->b->span, "places in a list count from 0");
            diag_label(cx->diags, "there is no such place");
            diag_help(cx->diags, "the last element is `xs.last()`, which may be missing; n before it `xs.get(xs.size() - 1 - n)`");
        }
        return t->args[0];
    }
    diag_error(cx->diags, t->kind == T_OPTION ? E0309 : E0315, e->a->span,
               "`[..]` takes an element of a list, but this is %s", show_a(cx, t));
    diag_label(cx->diags, "not a list");
    if (t->kind == T_STRING)
        diag_help(cx->diags, "`substring(s, from, to)` takes a part of a string, `split(s, \" \")[0]` the first word");
    else if (t->kind == T_TUPLE)
        diag_help(cx->diags, "parts of a tuple are `.0`, `.1` ..");
    else if (t->kind == T_RECORD)
        diag_help(cx->diags, "a field of a record is `x.name`");
    return &type_error;
}

/* ---- choices, blocks ---------------------------------------------------------------- */

static Type *infer_if(Checker *cx, Expr *e, Type *hint)
{
    Scope *scope = cx->scope;
    infer_condition(cx, &e->a);
    require(cx, &e->a, &type_bool, "the condition of `if`");
    if (is_stream(cx, e->b) || is_stream(cx, e->c)) {
        diag_error(cx->diags, E0306, e->span, "`if` does not choose between streams");
        diag_label(cx->diags, "a stream is not a value");
        diag_help(cx->diags, "choose between elements: `s | filter(..)`, `s | map(x => if .. then .. else ..)`");
        return &type_error;
    }
    Type *yes = infer(cx, &e->b, hint);
    cx->scope = scope;
    Type *no = infer(cx, &e->c, hint ? hint : yes);
    Type *t = type_meet(cx->arena, yes, no);
    if (!t) {
        diag_error(cx->diags, E0316, e->c->span, "`then` gives %s, `else` %s", show_a(cx, yes), show_a(cx, no));
        diag_label(cx->diags, "%s", show_a(cx, no));
        diag_also(cx->diags, e->b->span, "%s", show_a(cx, yes));
        help_convert(cx, no, yes);
        return &type_error;
    }
    convert_to(cx, &e->b, t);
    convert_to(cx, &e->c, t);
    return t;
}

/* Names of a block's `let` that nothing behind it uses. */
static void warn_unused_part(Checker *cx, const Pattern *p)
{
    for (int i = 0; i < p->items.n; i++)
        warn_unused_part(cx, p->items.at[i]);
    const Symbol *s = p->kind == PAT_NAME ? p->symbol : NULL;
    if (!s || s->used || s->made || p->span.file > 0 || is_error(s->type))
        return;
    diag_warn(cx->diags, W0602, p->span, "the value `%s` is never used", p->name);
    diag_label(cx->diags, "not used");
    diag_help(cx->diags, "remove it; `_` stands for a part of a tuple that is not needed");
}

static Type *infer_block(Checker *cx, Expr *e, Type *hint)
{
    for (int i = 0; i < e->lets.n; i++) {
        Let *let = &e->lets.at[i];
        Type *type = let->pattern->annotation ? check_type_expr(cx, let->pattern->annotation) : NULL;
        infer(cx, &let->value, type);
        if (type)
            require(cx, &let->value, type, "this");
        let->pattern->annotation = NULL;
        bind_pattern(cx, let->pattern, type ? type : let->value->type);
    }
    Type *result = infer(cx, &e->a, hint);
    for (int i = 0; i < e->lets.n; i++)
        warn_unused_part(cx, e->lets.at[i].pattern);
    return result;
}

static Type *infer_is(Checker *cx, Expr *e)
{
    Type *inner = opened(cx, e->a, infer(cx, &e->a, NULL), "is");
    if (e->pattern)
        bind_pattern(cx, e->pattern, inner ? inner : &type_error);
    return &type_bool;
}

static Type *infer_annotated(Checker *cx, Expr **slot)
{
    Expr *e = *slot;
    Type *t = check_type_expr(cx, e->annotation);
    infer(cx, &e->a, t);
    if (!require(cx, &e->a, t, "this"))
        t = &type_error;
    *slot = e->a;
    return t;
}

static Type *stream_as_value(Checker *cx, const Expr *e)
{
    diag_error(cx->diags, E0306, e->span, "a stream is not a value");
    diag_label(cx->diags, "a value is needed here");
    diag_help(cx->diags, "name the stream with `let` at the top of the program and work on its elements there");
    return &type_error;
}

static Type *infer_kind(Checker *cx, Expr **slot, Type *hint)
{
    Expr *e = *slot;
    Type *inner;
    switch (e->kind) {
    case E_INT:
        if (e->big) {
            diag_error(cx->diags, E0106, e->span, "an int goes up to 9223372036854775807");
            diag_label(cx->diags, "one too large");
            return &type_error;
        }
        return &type_int;
    case E_FLOAT: return &type_float;
    case E_STRING: return &type_string;
    case E_BOOL: return &type_bool;
    case E_DURATION: return &type_duration;
    case E_NONE: {
        Type *option = hint_of(hint, T_OPTION);
        return type_option(cx->arena, option ? option->args[0] : type_var(cx->arena));
    }
    case E_LIST: return infer_list(cx, e, hint);
    case E_TUPLE: return infer_tuple(cx, e, hint);
    case E_RECORD: return infer_record(cx, slot, hint);
    case E_NAME: return infer_name(cx, e);
    case E_HOLE:
        diag_error(cx->diags, E0311, e->span, "`_` has nothing to stand for here");
        diag_label(cx->diags, "in no argument that is a function");
        diag_help(cx->diags, "`_` is the parameter of a function argument, as in `map(_ + 1)`; elsewhere give it a name");
        return &type_error;
    case E_FIELD: return infer_field(cx, slot, hint);
    case E_OPT_FIELD: return infer_opt_field(cx, slot);
    case E_INDEX: return infer_index(cx, e);
    case E_BANG:
        inner = opened(cx, e->a, infer(cx, &e->a, hint ? type_option(cx->arena, hint) : NULL), "!");
        return inner ? inner : &type_error;
    case E_CALL: return infer_call(cx, slot, hint);
    case E_METHOD: return infer_method(cx, slot, hint);
    case E_UNARY: return infer_unary(cx, e);
    case E_BINARY: return infer_binary(cx, e);
    case E_IS: return infer_is(cx, e);
    case E_IF: return infer_if(cx, e, hint);
    case E_LAMBDA:
        diag_error(cx->diags, E0301, e->span, "a function is not a value");
        diag_label(cx->diags, "a value is needed here");
        diag_help(cx->diags, "functions are arguments of operators and functions, or are named by `fn`");
        return &type_error;
    case E_BLOCK: return infer_block(cx, e, hint);
    case E_ANNOT: return infer_annotated(cx, slot);
    case E_AS: return infer_as(cx, e);
    case E_SOME: {
        Type *option = hint_of(hint, T_OPTION);
        return type_option(cx->arena, infer(cx, &e->a, option ? option->args[0] : NULL));
    }
    case E_PIPE: case E_SOURCE: case E_TABLE: case E_SINK:
        return stream_as_value(cx, e);
    case E_CONVERT: case E_BUILTIN:
        return e->type;
    }
    return &type_error;
}

Type *infer_condition(Checker *cx, Expr **e)
{
    if ((*e)->type)
        return (*e)->type;
    if (cx->depth >= MAX_DEPTH) {
        if (!cx->too_deep) {
            diag_error(cx->diags, E0112, (*e)->span, "this expression is nested too deeply");
            diag_label(cx->diags, "more than %d deep", MAX_DEPTH);
            diag_help(cx->diags, "give the inner parts names with `let`");
        }
        cx->too_deep = true;
        return (*e)->type = &type_error;
    }
    cx->depth++;
    Scope *scope = cx->scope;
    cx->size++;
    ExprKind kind = (*e)->kind;
    bool keeps = kind == E_IS || (kind == E_BINARY && (*e)->op == OP_AND);
    Type *t = infer_kind(cx, e, NULL);
    (*e)->type = t;
    if (!keeps)
        cx->scope = scope;
    cx->depth--;
    return t;
}

Type *infer(Checker *cx, Expr **e, Type *hint)
{
    if ((*e)->type)
        return (*e)->type;
    Scope *scope = cx->scope;
    if (cx->depth >= MAX_DEPTH || !hint) {
        infer_condition(cx, e);
    } else {
        cx->depth++;
        cx->size++;
        Type *t = infer_kind(cx, e, hint);
        (*e)->type = t;
        cx->depth--;
    }
    cx->scope = scope;
    return (*e)->type;
}
