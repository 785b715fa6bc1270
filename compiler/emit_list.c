/* emit_list.c: loops over lists, and the builtins that are written out: those
 * that take functions, and format. */
#include "emit_internal.h"

#include <stdlib.h>
#include <string.h>

Value list_item(Emit *e, Value list, const char *index, const Pattern *hint)
{
    Type *type = type_of(type_of(list.type)->args[0]);
    const char *ctype = c_type(e, type), *p = value_member(e, list, "p");
    if (!type_is_struct(type))
        return value_text(type, PREC_PRIMARY, emit_format(e, "((const %s *)%s)[%s]", ctype, p, index));
    const char *name = emit_name(e, hint_text(hint, type_hint(e, type)));
    emit_declare(e, emit_format(e, "const %s", ctype), emit_format(e, "*%s", name),
                 emit_format(e, "(const %s *)%s + %s", ctype, p, index));
    return value_pointer(type, name);
}

Loop loop_begin(Emit *e, Value list, const Pattern *hint, const char *condition)
{
    Loop loop = {.scope = scope_begin(e)};
    loop.index = emit_name(e, "i");
    emit_open(e, "for (int64_t %s = 0; %s < %s%s%s; %s++)", loop.index, loop.index, value_member(e, list, "n"),
              condition ? " && " : "", condition ? condition : "", loop.index);
    e->fun->loops++;
    loop.item = value_settle(e, list_item(e, list, loop.index, hint), hint);
    return loop;
}

void loop_end(Emit *e, const Loop *loop)
{
    e->fun->loops--;
    emit_close(e);
    scope_end(e, loop->scope);
}

Made made_begin(Emit *e, Type *type, Value list, const Pattern *hint, const char *count)
{
    type = type_of(type);
    Made made = {.count = count};
    const char *ctype = c_type(e, type->args[0]), *n = value_member(e, list, "n");
    made.items = emit_name(e, "items");
    emit_line(e, "%s *%s = dsc_alloc(task, %s * (int64_t)sizeof(%s));", ctype, made.items, n, ctype);
    if (count)
        emit_line(e, "int64_t %s = 0;", count);
    made.list = value_text(type, PREC_PRIMARY, emit_format(e, "(dsc_list){%s, %s}", made.items, count ? count : n));
    made.loop = loop_begin(e, list, hint, NULL);
    return made;
}

void made_end(Emit *e, Made *made, Value item)
{
    if (made->count)
        emit_line(e, "%s[%s++] = %s;", made->items, made->count, value_c(e, item));
    else
        emit_line(e, "%s[%s] = %s;", made->items, made->loop.index, value_c(e, item));
    loop_end(e, &made->loop);
}

static const Expr *arg(const Expr *x, int i)
{
    return x->args.at[i].value;
}

static const Pattern *first_param(const Expr *lambda, int i)
{
    return i < lambda->params.n ? lambda->params.at[i] : NULL;
}

/* The list that is walked, named. */
static Value walked(Emit *e, const Expr *x)
{
    return value_settle(e, emit_expr(e, arg(x, 0), NULL), NULL);
}

static Value list_map(Emit *e, const Expr *x)
{
    const Expr *f = arg(x, 1);
    Made made = made_begin(e, x->type, walked(e, x), first_param(f, 0), NULL);
    made_end(e, &made, apply_lambda(e, f, 1, &made.loop.item, NULL));
    return made.list;
}

static Value list_filter(Emit *e, const Expr *x)
{
    const Expr *f = arg(x, 1);
    Value list = walked(e, x);
    Made made = made_begin(e, x->type, list, first_param(f, 0), emit_name(e, "kept"));
    Value test = apply_lambda(e, f, 1, &made.loop.item, NULL);
    emit_if(e, value_c(e, test), emit_format(e, "%s[%s++] = %s;", made.items, made.count, value_c(e, made.loop.item)));
    loop_end(e, &made.loop);
    return made.list;
}

static Value list_fold(Emit *e, const Expr *x, const Pattern *hint)
{
    const Expr *f = arg(x, 2);
    Value list = walked(e, x);
    Value start = emit_expr(e, arg(x, 1), NULL);
    const char *ctype = c_type(e, x->type), *init = value_init(e, start);
    const char *name = emit_name(e, hint_text(hint, hint_text(first_param(f, 0), "total")));
    emit_declare(e, ctype, name, init);
    Loop loop = loop_begin(e, list, first_param(f, 1), NULL);
    Value args[2] = {value_local(x->type, name), loop.item};
    emit_assign(e, name, apply_lambda(e, f, 2, args, NULL));
    loop_end(e, &loop);
    return value_local(x->type, name);
}

/* any, all */
static Value list_test(Emit *e, const Expr *x, bool all)
{
    const Expr *f = arg(x, 1);
    Value list = walked(e, x);
    const char *name = emit_name(e, all ? "all" : "any");
    emit_declare(e, "bool", name, all ? "true" : "false");
    Loop loop = loop_begin(e, list, first_param(f, 0), emit_format(e, all ? "%s" : "!%s", name));
    emit_assign(e, name, apply_lambda(e, f, 1, &loop.item, NULL));
    loop_end(e, &loop);
    return value_local(&type_bool, name);
}

/* (what the function makes, place, element) for each element, sorted; the place
 * decides between equal ones. Then the elements are taken out again. */
static Value list_sort_by(Emit *e, const Expr *x)
{
    const Expr *f = arg(x, 1);
    Type *element = type_of(x->type)->args[0];
    Type *entry = type_new(e->arena, T_TUPLE, 3);
    entry->args[0] = f->a->type;
    entry->args[1] = &type_int;
    entry->args[2] = element;
    Made made = made_begin(e, type_list(e->arena, entry), walked(e, x), first_param(f, 0), NULL);
    Value tuple = value_parts(e, entry);
    tuple.parts[0] = apply_lambda(e, f, 1, &made.loop.item, NULL);
    tuple.parts[1] = value_local(&type_int, made.loop.index);
    tuple.parts[2] = made.loop.item;
    made_end(e, &made, tuple);
    Value sorted = value_text(made.list.type, PREC_PRIMARY,
                              emit_format(e, "dsc_list_sort(task, %s, %s)", c_descriptor(e, entry), value_c(e, made.list)));
    Made taken = made_begin(e, x->type, value_store(e, sorted, "sorted"), NULL, NULL);
    made_end(e, &taken, value_field(e, taken.loop.item, 2));
    return taken.list;
}

/* ---- format ------------------------------------------------------------------------ */

static Value shown(Emit *e, const Expr *x)
{
    Value v = emit_expr(e, x, NULL);
    if (type_of(x->type)->kind == T_STRING)
        return v;
    const char *address = value_address(e, v, NULL);
    return value_text(&type_string, PREC_PRIMARY, emit_format(e, "dsc_to_string(task, %s, %s)", c_descriptor(e, x->type), address));
}

/* Strings and values in turn, joined. {{ and }} stand for { and }. */
Value emit_format_call(Emit *e, const Expr *x, const Pattern *hint)
{
    Bytes text = arg(x, 0)->text;
    VEC(Value) pieces = {0};
    Text literal = {0};
    int next = 1;
    for (size_t i = 0; i <= text.n; i++) {
        bool place = i + 1 < text.n && text.p[i] == '{' && text.p[i + 1] == '}';
        if ((place || i == text.n) && literal.n) {
            const char *copy = arena_strndup(e->arena, literal.p, literal.n);
            vec_push(e->arena, &pieces, emit_string(e, (Bytes){copy, literal.n}));
            literal.n = 0;
        }
        if (i == text.n)
            break;
        if (place) {
            vec_push(e->arena, &pieces, shown(e, arg(x, next++)));
            i++;
            continue;
        }
        text_addn(&literal, text.p + i, 1);
        if ((text.p[i] == '{' || text.p[i] == '}') && i + 1 < text.n && text.p[i + 1] == text.p[i])
            i++;
    }
    text_free(&literal);
    if (pieces.n == 0)
        return emit_string(e, (Bytes){"", 0});
    if (pieces.n == 1)
        return pieces.at[0];
    if (pieces.n == 2)
        return value_text(&type_string, PREC_PRIMARY, emit_format(e, "dsc_str_concat(task, %s, %s)", value_c(e, pieces.at[0]),
                                                                  value_c(e, pieces.at[1])));
    Text init = {0};
    for (int i = 0; i < pieces.n; i++)
        text_printf(&init, "%s%s", i ? ", " : "{", value_c(e, pieces.at[i]));
    text_add(&init, "}");
    const char *name = emit_name(e, "parts");
    emit_declare(e, "const dsc_str", emit_format(e, "%s[%d]", name, pieces.n), init.p);
    text_free(&init);
    (void)hint;
    return value_text(&type_string, PREC_PRIMARY, emit_format(e, "dsc_join(task, (dsc_list){%s, %d}, DSC_STR(\"\"))", name, pieces.n));
}

Value emit_inline(Emit *e, const Expr *x, const Pattern *hint)
{
    const char *name = x->builtin->name;
    if (strcmp(name, "format") == 0)
        return emit_format_call(e, x, hint);
    if (too_deep(e))
        return emit_outlined(e, x, hint);
    if (strcmp(name, "map") == 0)
        return list_map(e, x);
    if (strcmp(name, "filter") == 0)
        return list_filter(e, x);
    if (strcmp(name, "fold") == 0)
        return list_fold(e, x, hint);
    if (strcmp(name, "any") == 0 || strcmp(name, "all") == 0)
        return list_test(e, x, name[1] == 'l');
    if (strcmp(name, "sortBy") == 0)
        return list_sort_by(e, x);
    abort();
}
