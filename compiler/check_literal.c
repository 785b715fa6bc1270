/* check_literal.c: lists, tuples and records as written. */
#include "check.h"

#include <string.h>

Type *hint_of(Type *hint, TypeKind kind)
{
    if (!hint)
        return NULL;
    hint = type_of(hint);
    if (hint->kind == T_OPTION && kind != T_OPTION)
        hint = type_of(hint->args[0]);
    return hint->kind == kind ? hint : NULL;
}

Type *infer_list(Checker *cx, Expr *e, Type *hint)
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
Type *small_enough(Checker *cx, Span at, Type *t)
{
    if (count_parts(t, MAX_TYPE) <= MAX_TYPE)
        return t;
    diag_error(cx->diags, E0112, at, "the type of this has more than %d parts", MAX_TYPE);
    diag_label(cx->diags, "too large");
    return &type_error;
}

Type *infer_tuple(Checker *cx, Expr *e, Type *hint)
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
    return small_enough(cx, e->span, t);
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

Type *infer_record(Checker *cx, Expr **slot, Type *hint)
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
    t = small_enough(cx, e->span, t);
    if (block) {
        e->type = block->type = t;
        *slot = block;
    }
    return t;
}
