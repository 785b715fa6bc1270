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
    return symbol->type;
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

bool field_access(Checker *cx, Expr *e)
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
    (void)cx;
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
    if (field_access(cx, e))
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

/* The T of a T?; NULL: said that it is none. */
static Type *opened(Checker *cx, const Expr *e, Type *t, const char *sign)
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
    require(cx, &e->b, &type_int, "the place in a list");
    if (t->kind == T_LIST)
        return t->args[0];
    if (t->kind == T_ERROR)
        return t;
    diag_error(cx->diags, t->kind == T_OPTION ? E0309 : E0315, e->a->span,
               "`[..]` takes an element of a list, but this is %s", show_a(cx, t));
    diag_label(cx->diags, "not a list");
    if (t->kind == T_STRING)
        diag_help(cx->diags, "`substring(s, from, to)` takes a part of a string, `split(s, \" \")[0]` the first word");
    else if (t->kind == T_TUPLE)
        diag_help(cx->diags, "parts of a tuple are `.0`, `.1` ..");
    return &type_error;
}

/* ---- literals ------------------------------------------------------------------- */

static Type *hint_of(Type *hint, TypeKind kind)
{
    if (!hint)
        return NULL;
    hint = type_of(hint);
    if (hint->kind == T_OPTION && kind != T_OPTION)
        hint = type_of(hint->args[0]);
    return hint->kind == kind ? hint : NULL;
}

static Type *infer_list(Checker *cx, Expr *e, Type *hint)
{
    Type *list = hint_of(hint, T_LIST);
    Type *element = list ? list->args[0] : NULL;
    Type *all = NULL;
    for (int i = 0; i < e->args.n; i++) {
        Type *t = infer(cx, &e->args.at[i].value, element ? element : all);
        Type *both = all ? type_meet(cx->arena, all, t) : t;
        if (!both) {
            diag_error(cx->diags, E0316, e->args.at[i].value->span, "this element is %s, those before are %s", show_a(cx, t),
                       show(cx, all));
            diag_label(cx->diags, "%s", show_a(cx, t));
            diag_also(cx->diags, e->args.at[0].value->span, "the first is %s", show_a(cx, e->args.at[0].value->type));
            diag_help(cx->diags, "all elements of a list are of one type");
            return &type_error;
        }
        all = both;
    }
    if (!all)
        all = element ? element : type_var(cx->arena);
    else if (element && !type_has_var(element)) {
        Type *both = type_meet(cx->arena, all, element);
        all = both ? both : all;
    }
    for (int i = 0; i < e->args.n; i++)
        convert_to(cx, &e->args.at[i].value, all);
    return type_list(cx->arena, all);
}

static int count_parts(Type *t, int most)
{
    int n = 1;
    t = type_of(t);
    for (int i = 0; i < t->n && n <= most; i++)
        n += count_parts(t->args[i], most - n);
    return n;
}

/* Types made of types made of types: `(x, x)` doubles. */
static Type *small_enough(Checker *cx, const Expr *e, Type *t)
{
    if (count_parts(t, MAX_TYPE) <= MAX_TYPE)
        return t;
    diag_error(cx->diags, E0112, e->span, "the type of this has more than %d parts", MAX_TYPE);
    diag_label(cx->diags, "too large");
    return &type_error;
}

static Type *infer_tuple(Checker *cx, Expr *e, Type *hint)
{
    Type *like = hint_of(hint, T_TUPLE);
    Type *t = type_new(cx->arena, T_TUPLE, e->args.n);
    for (int i = 0; i < e->args.n; i++) {
        Type *part = like && like->n == t->n ? like->args[i] : NULL;
        infer(cx, &e->args.at[i].value, part);
        if (part && !type_has_var(part))
            convert_to(cx, &e->args.at[i].value, part);
        t->args[i] = e->args.at[i].value->type;
    }
    return small_enough(cx, e, t);
}

static int item_named(const Args *items, const char *name)
{
    for (int i = 0; i < items->n; i++)
        if (strcmp(items->at[i].name, name) == 0)
            return i;
    return -1;
}

/* Are the items exactly the fields of `like`? */
static bool same_fields(const Args *items, const Type *like)
{
    if (!like || like->n != items->n)
        return false;
    for (int i = 0; i < like->n; i++)
        if (item_named(items, like->names[i]) < 0)
            return false;
    return true;
}

/* `..rest`: its other fields become items, in rest's order. Where rest is more
 * than a name it is worked out once, in a block around the record: *block. */
static bool spread(Checker *cx, Expr *e, Expr **block)
{
    Type *t = type_of(infer(cx, &e->a, NULL));
    if (t->kind != T_RECORD) {
        if (t->kind != T_ERROR) {
            diag_error(cx->diags, E0301, e->a->span, "`..` takes the fields of a record, but this is %s", show_a(cx, t));
            diag_label(cx->diags, "not a record");
        }
        return false;
    }
    Symbol *rest = e->a->kind == E_NAME ? e->a->symbol : NULL;
    if (!rest) {
        Let let = {.pattern = NEW(cx->arena, Pattern), .value = e->a};
        rest = symbol_new(cx, SYM_LOCAL, "rest", e->a->span, t);
        rest->made = true;
        *let.pattern = (Pattern){.kind = PAT_NAME, .span = e->a->span, .name = "rest", .type = t, .symbol = rest};
        *block = new_expr(cx, E_BLOCK, e->span);
        vec_push(cx->arena, &(*block)->lets, let);
        (*block)->a = e;
    }
    Args items = {0};
    for (int i = 0; i < t->n; i++) {
        int own = item_named(&e->args, t->names[i]);
        Arg item = {.name = t->names[i], .span = e->a->span};
        if (own >= 0) {
            item = e->args.at[own];
        } else {
            item.value = new_expr(cx, E_FIELD, e->a->span);
            item.value->a = name_expr(cx, rest, e->a->span);
            item.value->name = t->names[i];
            item.value->index = i;
            item.value->type = t->args[i];
        }
        vec_push(cx->arena, &items, item);
    }
    for (int i = 0; i < e->args.n; i++)
        if (item_named(&items, e->args.at[i].name) < 0)
            vec_push(cx->arena, &items, e->args.at[i]);
    e->a = NULL;
    e->args = items;
    return true;
}

static Type *infer_record(Checker *cx, Expr **slot, Type *hint)
{
    Expr *e = *slot, *block = NULL;
    for (int i = 0; i < e->args.n; i++)
        for (int j = 0; j < i; j++)
            if (strcmp(e->args.at[i].name, e->args.at[j].name) == 0) {
                diag_error(cx->diags, E0123, e->args.at[i].span, "the field `%s` is given twice", e->args.at[i].name);
                return &type_error;
            }
    if (e->a && !spread(cx, e, &block))
        return &type_error;
    Type *like = hint_of(hint, T_RECORD);
    if (!same_fields(&e->args, like))
        like = NULL;
    if (like) {
        Args ordered = {0};
        for (int i = 0; i < like->n; i++)
            vec_push(cx->arena, &ordered, e->args.at[item_named(&e->args, like->names[i])]);
        e->args = ordered;
    }
    Type *t = type_new(cx->arena, T_RECORD, e->args.n);
    if (like)
        t->alias = like->alias;
    for (int i = 0; i < e->args.n; i++) {
        Arg *item = &e->args.at[i];
        t->names[i] = item->name;
        t->args[i] = infer(cx, &item->value, like ? like->args[i] : NULL);
        if (like && !type_has_var(like->args[i]) && convert_to(cx, &item->value, like->args[i]))
            t->args[i] = like->args[i];
        if (like && !type_equal(t->args[i], like->args[i]))
            t->alias = NULL;
    }
    t = small_enough(cx, e, t);
    if (block) {
        e->type = block->type = t;
        *slot = block;
    }
    return t;
}

/* ---- operators -------------------------------------------------------------------- */

static bool is_number(TypeKind k)
{
    return k == T_INT || k == T_FLOAT;
}

static Type *does_not_fit(Checker *cx, const Expr *e, Type *l, Type *r)
{
    Type *option = l->kind == T_OPTION ? l : r->kind == T_OPTION ? r : NULL;
    if (option) {
        const Expr *at = l->kind == T_OPTION ? e->a : e->b;
        diag_error(cx->diags, E0309, at->span, "`%s` needs a value, but this %s may be missing", op_text(e->op),
                   show(cx, option));
        diag_label(cx->diags, "may be missing");
        diag_help(cx->diags, "say what then: `(x ?? 0) %s ..`, or `x!` to make the element bad", op_text(e->op));
        return &type_error;
    }
    diag_error(cx->diags, E0302, e->span, "`%s` does not fit %s and %s", op_text(e->op), show(cx, l), show(cx, r));
    diag_label(cx->diags, "%s %s %s", show(cx, l), op_text(e->op), show(cx, r));
    if (e->op == OP_ADD && (l->kind == T_STRING || r->kind == T_STRING))
        diag_help(cx->diags, "`format(\"{}{}\", a, b)` puts values into text; `string(x)` makes text of one");
    else if (e->op == OP_ADD && (l->kind == T_LIST || r->kind == T_LIST))
        diag_help(cx->diags, "`+` joins lists to lists: `xs + [x]`");
    else if ((l->kind == T_DURATION && is_number(r->kind)) || (r->kind == T_DURATION && is_number(l->kind)))
        diag_help(cx->diags, "durations are added to durations (`d + 10s`), and multiplied or divided by ints");
    else if (l->kind == T_TUPLE || r->kind == T_TUPLE)
        diag_help(cx->diags, "parts of a tuple are `.0`, `.1` ..; a function of two parameters takes a pair apart");
    return &type_error;
}

static Type *numbers(Checker *cx, Expr *e, Type *l, Type *r)
{
    if (l->kind == T_INT && r->kind == T_INT)
        return &type_int;
    convert_to(cx, &e->a, &type_float);
    convert_to(cx, &e->b, &type_float);
    return &type_float;
}

/* Times and durations; NULL: not so. */
static Type *time_arithmetic(Op op, TypeKind l, TypeKind r)
{
    if (l == T_TIME && r == T_TIME && op == OP_SUB)
        return &type_duration;
    if (l == T_TIME && r == T_DURATION && (op == OP_ADD || op == OP_SUB))
        return &type_time;
    if (l == T_DURATION && r == T_TIME && op == OP_ADD)
        return &type_time;
    if (l == T_DURATION && r == T_DURATION && (op == OP_ADD || op == OP_SUB || op == OP_MOD))
        return &type_duration;
    if (l == T_DURATION && r == T_DURATION && op == OP_DIV)
        return &type_int;
    if (l == T_DURATION && r == T_INT && (op == OP_MUL || op == OP_DIV))
        return &type_duration;
    if (l == T_INT && r == T_DURATION && op == OP_MUL)
        return &type_duration;
    return NULL;
}

static Type *arithmetic(Checker *cx, Expr *e)
{
    Type *l = type_of(e->a->type), *r = type_of(e->b->type);
    if (l->kind == T_ERROR || r->kind == T_ERROR)
        return &type_error;
    if (l->kind == T_VAR || r->kind == T_VAR) {
        type_unify(l, r);
        l = type_of(l);
        r = type_of(r);
    }
    if (l->kind == T_VAR) {
        diag_error(cx->diags, E0314, e->span, "the types of these are not known here");
        diag_label(cx->diags, "of what type?");
        diag_help(cx->diags, "write the parameters' types: `(a: int, b: int) => ..`");
        return &type_error;
    }
    if (is_number(l->kind) && is_number(r->kind))
        return numbers(cx, e, l, r);
    if (e->op == OP_ADD && l->kind == T_STRING && r->kind == T_STRING)
        return &type_string;
    if (e->op == OP_ADD && l->kind == T_LIST && r->kind == T_LIST) {
        Type *t = type_meet(cx->arena, l, r);
        if (t && convert_to(cx, &e->a, t) && convert_to(cx, &e->b, t))
            return t;
    }
    Type *t = time_arithmetic(e->op, l->kind, r->kind);
    return t ? t : does_not_fit(cx, e, l, r);
}

static bool is_ordered(Type *t)
{
    t = type_of(t);
    if (t->kind == T_OPTION || t->kind == T_FUNCTION || t->kind == T_STREAM)
        return false;
    for (int i = 0; i < t->n; i++)
        if (!is_ordered(t->args[i]))
            return false;
    return true;
}

static Type *comparison(Checker *cx, Expr *e)
{
    Type *l = e->a->type, *r = e->b->type;
    Type *t = type_meet(cx->arena, l, r);
    if (!t) {
        diag_error(cx->diags, E0303, e->span, "%s is never compared with %s", show_a(cx, l), show_a(cx, r));
        diag_label(cx->diags, "%s %s %s", show(cx, l), op_text(e->op), show(cx, r));
        help_convert(cx, l, r);
        return &type_bool;
    }
    if (e->op != OP_EQ && e->op != OP_NE && !is_ordered(t)) {
        bool option = type_of(t)->kind == T_OPTION;
        diag_error(cx->diags, option ? E0309 : E0303, e->span, "`%s` needs values with an order, and %s has none", op_text(e->op),
                   show(cx, t));
        diag_label(cx->diags, "has no order");
        if (option)
            diag_help(cx->diags, "it may be missing: `(x ?? 0) %s ..`", op_text(e->op));
        return &type_bool;
    }
    convert_to(cx, &e->a, t);
    convert_to(cx, &e->b, t);
    return &type_bool;
}

static Type *coalesce(Checker *cx, Expr *e)
{
    Type *inner = opened(cx, e->a, e->a->type, "??");
    Type *other = infer(cx, &e->b, inner);
    if (!inner || is_error(other))
        return &type_error;
    bool still = type_of(other)->kind == T_OPTION && type_of(inner)->kind != T_OPTION;
    Type *t = type_meet(cx->arena, inner, still ? type_of(other)->args[0] : other);
    if (!t) {
        diag_error(cx->diags, E0316, e->b->span, "left of `??` is %s, right of it %s", show_a(cx, inner), show_a(cx, other));
        diag_label(cx->diags, "%s", show_a(cx, other));
        help_convert(cx, other, inner);
        return &type_error;
    }
    convert_to(cx, &e->a, type_option(cx->arena, t));
    if (still)
        t = type_option(cx->arena, t);
    convert_to(cx, &e->b, t);
    return t;
}

static Type *bool_operand(Checker *cx, Expr **e, Op op)
{
    require(cx, e, &type_bool, "what `%s` takes", op_text(op));
    return &type_bool;
}

/* The operand on the left is typed, and what it says of names is in scope. */
static Type *with_right(Checker *cx, Expr *e)
{
    switch (e->op) {
    case OP_AND:
        bool_operand(cx, &e->a, e->op);
        infer_condition(cx, &e->b);
        return bool_operand(cx, &e->b, e->op);
    case OP_OR:
        bool_operand(cx, &e->a, e->op);
        infer(cx, &e->b, &type_bool);
        return bool_operand(cx, &e->b, e->op);
    case OP_COALESCE:
        return coalesce(cx, e);
    case OP_EQ: case OP_NE: case OP_LT: case OP_LE: case OP_GT: case OP_GE:
        infer(cx, &e->b, e->a->type);
        return comparison(cx, e);
    case OP_ADD: case OP_SUB: case OP_MUL: case OP_DIV: case OP_MOD:
        infer(cx, &e->b, type_of(e->a->type)->kind == T_LIST ? e->a->type : NULL);
        return arithmetic(cx, e);
    case OP_NEG: case OP_NOT:
        break;
    }
    return &type_error;
}

/* Iterates along the left operands: `a + b + c ..` may be long. */
static Type *infer_binary(Checker *cx, Expr *top)
{
    VEC(Expr *) chain = {0};
    for (Expr *e = top; e->kind == E_BINARY && !e->type; e = e->a)
        vec_push(cx->arena, &chain, e);
    Scope *scope = cx->scope;
    Expr *last = chain.at[chain.n - 1];
    if (last->op == OP_AND)
        infer_condition(cx, &last->a);
    else
        infer(cx, &last->a, NULL);
    for (int i = chain.n - 1; i >= 0; i--) {
        chain.at[i]->type = with_right(cx, chain.at[i]);
        if (i > 0 && chain.at[i - 1]->op != OP_AND)
            cx->scope = scope;
    }
    return top->type;
}

static Type *infer_unary(Checker *cx, Expr *e)
{
    if (e->op == OP_NOT) {
        infer(cx, &e->a, &type_bool);
        return bool_operand(cx, &e->a, OP_NOT);
    }
    if (e->a->kind == E_INT)
        e->a->big = false;
    Type *t = type_of(infer(cx, &e->a, NULL));
    if (is_number(t->kind) || t->kind == T_DURATION || t->kind == T_ERROR)
        return t;
    diag_error(cx->diags, t->kind == T_OPTION ? E0309 : E0302, e->span, "`-` takes a number or a duration, not %s",
               show_a(cx, t));
    diag_label(cx->diags, "- %s", show(cx, t));
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
    return infer(cx, &e->a, hint);
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
    case E_AS:
        diag_error(cx->diags, E0510, e->span, "`as` in an expression is not in this version yet");
        diag_label(cx->diags, "not yet");
        return &type_error;
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
        Type *t = infer_kind(cx, e, hint);
        (*e)->type = t;
        cx->depth--;
    }
    cx->scope = scope;
    return (*e)->type;
}
