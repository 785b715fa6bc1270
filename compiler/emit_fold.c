/* emit_fold.c: folds: putting elements in, reading accumulators, combining them.
 *
 * Accumulators of exact folds without strings or lists are updated in place in
 * the worker's own table; others are given whole to the runtime. Inside, ints
 * and floats are summed exactly (dsc_isum, dsc_fsum); a sum becomes an int or a
 * float when it leaves the fold. */
#include "dsc_abi.h"
#include "emit_internal.h"

#include <string.h>

Type *fold_acc(Emit *e, const Fold *fold)
{
    switch (fold->kind) {
    case FOLD_ISUM: return &emit_isum;
    case FOLD_FSUM: return &emit_fsum;
    case FOLD_TUPLE: {
        Type *acc = type_new(e->arena, T_TUPLE, fold->type->n);
        bool same = true;
        for (int i = 0; i < acc->n; i++) {
            acc->args[i] = fold_acc(e, fold->parts[i]);
            same &= type_of(acc->args[i]) == type_of(fold->type->args[i]);
        }
        return same ? fold->type : acc;
    }
    case FOLD_COUNT: case FOLD_MIN: case FOLD_MAX: case FOLD_AND: case FOLD_OR: case FOLD_GENERAL:
        break;
    }
    return fold->type;
}

static const char *acc_hint(const Fold *fold)
{
    switch (fold->kind) {
    case FOLD_COUNT: return "count";
    case FOLD_ISUM: case FOLD_FSUM: return "sum";
    case FOLD_MIN: return "min";
    case FOLD_MAX: return "max";
    case FOLD_AND: return "all";
    case FOLD_OR: return "any";
    case FOLD_TUPLE: case FOLD_GENERAL: break;
    }
    return "acc";
}

/* Is a zero accumulator one that nothing has been put into? */
static bool starts_at_zero(const Fold *fold)
{
    if (fold->kind == FOLD_TUPLE) {
        for (int i = 0; i < fold->type->n; i++)
            if (!starts_at_zero(fold->parts[i]))
                return false;
        return true;
    }
    return fold->kind == FOLD_COUNT || fold->kind == FOLD_ISUM || fold->kind == FOLD_FSUM || fold->kind == FOLD_OR;
}

/* ---- putting in -------------------------------------------------------------------- */

/* Combine v into an accumulator. fresh: a C bool, is it empty yet? NULL: it never is. */
static void emit_update(Emit *e, const Fold *fold, Value acc, Value v, const char *fresh)
{
    const char *at = value_c(e, acc);
    switch (fold->kind) {
    case FOLD_COUNT:
        emit_line(e, "%s += 1;", at);
        return;
    case FOLD_ISUM: case FOLD_FSUM:
        emit_line(e, "dsc_%s_add(%s, %s);", fold->kind == FOLD_ISUM ? "isum" : "fsum", value_address(e, acc, NULL), value_c(e, v));
        return;
    case FOLD_MIN: case FOLD_MAX:
        v = value_settle(e, v, NULL);
        if (type_of(fold->type)->kind == T_FLOAT) {
            const char *function = fold->kind == FOLD_MIN ? "min" : "max", *text = value_c(e, v);
            if (fresh)
                emit_line(e, "%s = %s ? %s : dsc_float_%s(%s, %s);", at, fresh, text, function, at, text);
            else
                emit_line(e, "%s = dsc_float_%s(%s, %s);", at, function, at, text);
            return;
        }
        Value better = value_less(e, v, acc, fold->kind == FOLD_MIN ? OP_LT : OP_GT);
        emit_if(e, fresh ? emit_format(e, "%s || %s", fresh, value_c(e, better)) : value_c(e, better),
                emit_format(e, "%s = %s;", at, value_c(e, v)));
        return;
    case FOLD_AND:
        emit_line(e, fresh ? "%s = (%s || %s) && %s;" : "%s = %s%s && %s;", at, fresh ? fresh : "", at, value_operand(e, v, PREC_AND));
        return;
    case FOLD_OR:
        emit_line(e, "%s = %s || %s;", at, at, value_operand(e, v, PREC_EQ));
        return;
    case FOLD_TUPLE:
        for (int i = 0; i < fold->type->n; i++)
            emit_update(e, fold->parts[i], value_field(e, acc, i), value_field(e, v, i), fresh);
        return;
    case FOLD_GENERAL:
        return;                   /* never in place */
    }
}

const char *fold_table(Emit *e, const Node *n)
{
    const char *name = e->node_names[n->id];
    const char *hint = n->fold->kind == FOLD_COUNT ? "counts" : n->fold->kind == FOLD_ISUM || n->fold->kind == FOLD_FSUM ? "sums" : "table";
    return emit_hoist(e, name, "dsc_table *", hint, emit_format(e, "dsc_table_of(task, %s)", name));
}

/* The runtime's loop for values that are no tuples: dsc_NAME_column; NULL: it has none. */
static const char *column_name(const Fold *fold)
{
    TypeKind kind = type_of(fold->type)->kind;
    bool whole = kind == T_INT || kind == T_TIME || kind == T_DURATION;
    switch (fold->kind) {
    case FOLD_COUNT: return "count";
    case FOLD_ISUM: return "isum";
    case FOLD_FSUM: return "fsum";
    case FOLD_MIN: return whole ? "int_min" : kind == T_FLOAT ? "float_min" : NULL;
    case FOLD_MAX: return whole ? "int_max" : kind == T_FLOAT ? "float_max" : NULL;
    case FOLD_AND: case FOLD_OR: case FOLD_TUPLE: case FOLD_GENERAL: break;
    }
    return NULL;
}

static bool in_columns(const Fold *fold)
{
    if (fold->kind != FOLD_TUPLE)
        return column_name(fold) != NULL;
    for (int i = 0; i < fold->type->n; i++)
        if (!in_columns(fold->parts[i]))
            return false;
    return true;
}

/* One call for each part. acc: where a part is in the C type `whole`, as offsetof has it; "" is all of it.
 * v: the same part of the first value, of those that the pointer `values` goes through. */
static void put_columns(Emit *e, const Fold *fold, const char *whole, const char *acc, const char *values, Value v)
{
    if (fold->kind == FOLD_TUPLE) {
        Type *type = fold_acc(e, fold);
        for (int i = 0; i < fold->type->n; i++)
            put_columns(e, fold->parts[i], whole, emit_format(e, "%s%s%s", acc, *acc ? "." : "", c_field(e, type, i)), values,
                        value_field(e, v, i));
        return;
    }
    emit_line(e, "dsc_%s_column(accs, %s, %s, sizeof *%s, fresh, n);", column_name(fold),
              *acc ? emit_format(e, "offsetof(%s, %s)", whole, acc) : "0", value_address(e, v, NULL), values);
}

/* A function that puts values into accumulators: part by part by the runtime's loops where it has them all. */
static const char *write_put(Emit *e, const Node *n)
{
    const Fold *fold = n->fold;
    Type *type = fold_acc(e, fold);
    const char *name = emit_global_name(e, emit_format(e, "%s_put", e->node_names[n->id]));
    Fun fun;
    Exit exit = {.kind = EXIT_RETURN};
    fun_begin(e, &fun, &exit);
    vec_push(e->arena, &fun.names, "accs");
    vec_push(e->arena, &fun.names, "values");
    vec_push(e->arena, &fun.names, "fresh");
    vec_push(e->arena, &fun.names, "n");
    const char *v = emit_name(e, "v");
    emit_line(e, "const %s *%s = values;", c_type(e, fold->type), v);
    if (in_columns(fold)) {
        put_columns(e, fold, c_type(e, type), "", v, value_pointer(fold->type, v));
    } else {
        const char *i = emit_name(e, "i"), *acc = emit_name(e, acc_hint(fold));
        emit_open(e, "for (int64_t %s = 0; %s < n; %s++, %s++)", i, i, i, v);
        emit_line(e, "%s *%s = accs[%s];", c_type(e, type), acc, i);
        emit_update(e, fold, value_pointer(type, acc), value_pointer(fold->type, v),
                    starts_at_zero(fold) ? NULL : emit_format(e, "fresh[%s]", i));
        emit_close(e);
    }
    const char *names[] = {"fresh"};
    bool used[1];
    const char *body = fun_end(e, &fun, 1, names, used);
    emit_item(e, SECTION_FUNCTIONS, name,
              emit_format(e, "/* %s  %s */\nstatic void %s(void *const *accs, const void *values, const bool *fresh, int64_t n)\n{\n%s%s}\n",
                          place_text(e, n->span), comment_text(e, n->text), name, used[0] ? "" : "    (void)fresh;\n", body));
    return name;
}

/* The dsc_intake of a by-key fold. The runtime puts into sums itself. */
static const char *intake_name(Emit *e, const Node *n)
{
    const Fold *fold = n->fold;
    const char **made = &e->intake_names[n->id], *put = NULL;
    if (*made)
        return *made;
    if (fold->kind == FOLD_ISUM || fold->kind == FOLD_FSUM) {
        *made = fold->kind == FOLD_ISUM ? "sum_intake" : "float_sum_intake";
        if (has_item(e, SECTION_FUNCTIONS, *made))
            return *made;
        put = fold->kind == FOLD_ISUM ? "dsc_isum_put" : "dsc_fsum_put";
    } else {
        *made = emit_global_name(e, emit_format(e, "%s_intake", e->node_names[n->id]));
        put = write_put(e, n);
    }
    emit_item(e, SECTION_FUNCTIONS, *made,
              emit_format(e, "static const dsc_intake %s = {sizeof(%s), %s};\n", *made, c_type(e, fold->type), put));
    return *made;
}

/* Write what emit_update will look at of v. `to` is a value in memory. */
static void write_value(Emit *e, const Fold *fold, Value to, Value v)
{
    if (fold->kind == FOLD_TUPLE)
        for (int i = 0; i < fold->type->n; i++)
            write_value(e, fold->parts[i], value_field(e, to, i), value_field(e, v, i));
    else if (fold->kind != FOLD_COUNT)
        emit_assign(e, value_c(e, to), v);
}

static void put_keyed(Emit *e, const Node *n, Value key, Value v)
{
    const char *table = fold_table(e, n), *kind = "key", *text;
    if (type_of(key.type)->kind == T_STRING) {
        kind = "str";
        text = value_c(e, key);
    } else if (type_is_number(key.type)) {
        kind = "int";
        text = value_c(e, key);
    } else {
        text = value_address(e, key, "key");
    }
    if (n->fold->kind == FOLD_COUNT) {
        emit_line(e, "dsc_count_%s(%s, %s);", kind, table, text);
        return;
    }
    Type *type = n->fold->type;
    if (type_is_struct(type))
        v = value_settle(e, v, NULL);
    const char *value = emit_name(e, "value");
    emit_line(e, "%s *%s = dsc_intake_%s(%s, %s, &%s);", c_type(e, type), value, kind, table, text, intake_name(e, n));
    write_value(e, n->fold, value_pointer(type, value), v);
}

/* The one accumulator of an unkeyed fold, asked for once in a stage: before the
 * first element where an empty batch puts one out, too. */
static void put_unkeyed(Emit *e, const Node *n, Value v)
{
    const Fold *fold = n->fold;
    Type *type = fold_acc(e, fold);
    const char *table = fold_table(e, n), *ctype = c_type(e, type);
    if (!fold->group)
        v = value_settle(e, v, NULL);
    const char *fresh = NULL, *acc;
    if (starts_at_zero(fold) && e->fun->loops > 0) {
        const char *key = e->node_names[n->id];
        const char *unused = emit_hoist(e, emit_format(e, "fresh:%s", key), "bool", "fresh", "false");
        const char *upsert = emit_format(e, "dsc_upsert_cell(%s, &%s)", table, unused);
        bool counts = node_always(n);
        acc = emit_hoist(e, emit_format(e, "cell:%s", key), emit_format(e, "%s *", ctype), acc_hint(fold), counts ? upsert : "NULL");
        if (!counts)
            emit_if(e, emit_format(e, "%s == NULL", acc), emit_format(e, "%s = %s;", acc, upsert));
    } else {
        fresh = emit_name(e, "fresh");
        acc = emit_name(e, acc_hint(fold));
        emit_line(e, "bool %s;", fresh);
        emit_line(e, "%s *%s = dsc_upsert_cell(%s, &%s);", ctype, acc, table, fresh);
    }
    emit_update(e, fold, value_pointer(type, acc), v, starts_at_zero(fold) ? NULL : fresh);
}

Value fold_single(Emit *e, const Fold *fold, Value v)
{
    switch (fold->kind) {
    case FOLD_ISUM: {
        v = value_settle(e, v, NULL);
        const char *n = value_operand(e, v, PREC_ADD);
        return value_text(&emit_isum, PREC_PRIMARY, emit_format(e, "(dsc_isum){(uint64_t)%s, %s < 0 ? -1 : 0}", n, n));
    }
    case FOLD_FSUM: {
        const char *sum = emit_name(e, "sum");
        emit_line(e, "dsc_fsum %s = {0};", sum);
        emit_line(e, "dsc_fsum_add(&%s, %s);", sum, value_c(e, v));
        return value_local(&emit_fsum, sum);
    }
    case FOLD_TUPLE: {
        Value acc = value_parts(e, fold_acc(e, fold));
        v = value_settle(e, v, NULL);
        for (int i = 0; i < fold->type->n; i++)
            acc.parts[i] = fold_single(e, fold->parts[i], value_field(e, v, i));
        return acc;
    }
    case FOLD_COUNT: case FOLD_MIN: case FOLD_MAX: case FOLD_AND: case FOLD_OR: case FOLD_GENERAL:
        break;
    }
    return v;
}

void emit_fold_in(Emit *e, const Node *n, Value v)
{
    const Fold *fold = n->fold;
    bool by_key = node_by_key(n), counts = strncmp(n->op_name, "count", 5) == 0;
    Value key = {0};
    if (by_key && counts) {
        key = v;
    } else if (by_key) {
        if (!v.parts)
            v = value_settle(e, v, NULL);
        key = value_field(e, v, 0);
        v = value_field(e, v, 1);
    }
    if (counts)
        v = value_int(e, &type_int, 1);
    if (fold->exact && fold->flat) {
        if (by_key)
            put_keyed(e, n, key, v);
        else
            put_unkeyed(e, n, v);
        return;
    }
    const char *at_key = by_key ? value_address(e, key, "key") : "NULL";
    const char *at_value = value_address(e, fold_single(e, fold, v), "value");
    emit_line(e, "dsc_fold_in(task, %s, %s, %s);", e->node_names[n->id], at_key, at_value);
}

/* ---- reading -------------------------------------------------------------------------- */

static Value read_sum(Emit *e, const Node *n, const char *address, Type *type, const Pattern *hint)
{
    const char *name = emit_name(e, hint_text(hint, "sum"));
    emit_line(e, "%s %s;", c_type(e, type), name);
    emit_open(e, "if (!dsc_isum_get(%s, &%s))", address, name);
    emit_bad_fold(e, n->span, "\"int overflow in a sum\"");
    emit_close(e);
    return value_local(type, name);
}

static Value read_part(Emit *e, const Node *n, const Fold *fold, Value acc, const Pattern *hint)
{
    switch (fold->kind) {
    case FOLD_ISUM:
        return read_sum(e, n, value_address(e, acc, NULL), fold->type, hint);
    case FOLD_FSUM:
        return value_text(fold->type, PREC_PRIMARY, emit_format(e, "dsc_fsum_get(%s)", value_address(e, acc, NULL)));
    case FOLD_TUPLE: {
        if (type_equal(fold_acc(e, fold), fold->type))
            break;
        Value v = value_parts(e, fold->type);
        for (int i = 0; i < fold->type->n; i++)
            v.parts[i] = read_part(e, n, fold->parts[i], value_field(e, acc, i), item_hint(hint, i));
        return v;
    }
    case FOLD_COUNT: case FOLD_MIN: case FOLD_MAX: case FOLD_AND: case FOLD_OR: case FOLD_GENERAL:
        break;
    }
    acc.type = fold->type;
    return acc;
}

Value emit_fold_get(Emit *e, const Node *n, const char *acc, const Pattern *hint)
{
    const Fold *fold = n->fold;
    Type *type = fold_acc(e, fold);
    if (fold->kind == FOLD_ISUM)
        return read_sum(e, n, acc, fold->type, hint);
    if (fold->kind == FOLD_FSUM)
        return value_text(fold->type, PREC_PRIMARY, emit_format(e, "dsc_fsum_get(%s)", acc));
    const char *ctype = c_type(e, type);
    bool sums = fold->kind == FOLD_TUPLE && type_is_struct(type);
    const char *otherwise = sums ? "sums" : fold->kind == FOLD_GENERAL ? "value" : acc_hint(fold);
    const char *name = emit_name(e, hint_text(hint, otherwise));
    if (type_is_struct(type)) {
        emit_declare(e, emit_format(e, "const %s", ctype), emit_format(e, "*%s", name), acc);
        return read_part(e, n, fold, value_pointer(type, name), hint);
    }
    emit_declare(e, ctype, name, emit_format(e, "*(const %s *)%s", ctype, acc));
    return value_local(fold->type, name);
}

/* ---- the dsc_fold ---------------------------------------------------------------------- */

static void combine_parts(Emit *e, const Fold *fold, Value a, Value b)
{
    switch (fold->kind) {
    case FOLD_COUNT:
        emit_line(e, "%s += %s;", value_c(e, a), value_c(e, b));
        return;
    case FOLD_ISUM: case FOLD_FSUM:
        emit_line(e, "dsc_%s_combine(task, %s, %s);", fold->kind == FOLD_ISUM ? "isum" : "fsum", value_address(e, a, NULL),
                  value_address(e, b, NULL));
        return;
    case FOLD_TUPLE:
        for (int i = 0; i < fold->type->n; i++)
            combine_parts(e, fold->parts[i], value_field(e, a, i), value_field(e, b, i));
        return;
    case FOLD_MIN: case FOLD_MAX: case FOLD_AND: case FOLD_OR:
        emit_update(e, fold, a, b, NULL);
        return;
    case FOLD_GENERAL: {
        Value args[2] = {a, b};
        emit_assign(e, value_c(e, a), apply_lambda(e, fold->f, 2, args, NULL));
        return;
    }
    }
}

static void remove_parts(Emit *e, const Fold *fold, Value a, Value b)
{
    if (fold->kind == FOLD_TUPLE) {
        for (int i = 0; i < fold->type->n; i++)
            remove_parts(e, fold->parts[i], value_field(e, a, i), value_field(e, b, i));
    } else if (fold->kind == FOLD_COUNT) {
        emit_line(e, "%s -= %s;", value_c(e, a), value_c(e, b));
    } else {
        emit_line(e, "dsc_%s_remove(%s, %s);", fold->kind == FOLD_ISUM ? "isum" : "fsum", value_address(e, a, NULL),
                  value_address(e, b, NULL));
    }
}

static const char *param_hint(const Fold *fold, int i, const char *otherwise)
{
    return fold->kind == FOLD_GENERAL && i < fold->f->params.n ? hint_text(fold->f->params.at[i], otherwise) : otherwise;
}

static const char *write_function(Emit *e, const Node *n, const char *prefix, bool removes)
{
    const Fold *fold = n->fold;
    Type *type = fold_acc(e, fold), *other = fold->value ? fold->value : type;
    const char *name = emit_global_name(e, emit_format(e, "%s_%s", prefix, removes ? "remove" : "combine"));
    const char *ctype = c_type(e, type);
    Fun fun;
    Exit exit = {.kind = EXIT_FALSE};
    fun_begin(e, &fun, &exit);
    vec_push(e->arena, &fun.names, "acc");
    vec_push(e->arena, &fun.names, "other");
    const char *a = emit_name(e, param_hint(fold, 0, "a")), *b = emit_name(e, param_hint(fold, 1, "b"));
    emit_declare(e, ctype, emit_format(e, "*%s", a), "acc");
    emit_declare(e, emit_format(e, "const %s", c_type(e, other)), emit_format(e, "*%s", b), "other");
    if (removes) {
        remove_parts(e, fold, value_pointer(type, a), value_pointer(type, b));
    } else {
        combine_parts(e, fold, value_pointer(type, a), value_pointer(other, b));
        emit_line(e, "return true;");
    }
    const char *names[] = {"task", "other", "acc"};
    bool used[3];
    const char *body = fun_end(e, &fun, 3, names, used);
    emit_item(e, SECTION_FUNCTIONS, name,
              emit_format(e, "%sstatic %s %s(%svoid *acc, const void *other)\n{\n%s%s%s%s}\n",
                          removes ? "" : emit_format(e, "/* %s  %s */\n", place_text(e, n->span), comment_text(e, n->text)),
                          removes ? "void" : "bool", name, removes ? "" : "dsc_task *task, ",
                          removes || used[0] ? "" : "    (void)task;\n", used[1] ? "" : "    (void)other;\n",
                          used[2] ? "" : "    (void)acc;\n", body));
    return name;
}

/* What makes the accumulator of the first value. */
static const char *write_create(Emit *e, const Node *n, const char *prefix)
{
    const Fold *fold = n->fold;
    const char *name = emit_global_name(e, emit_format(e, "%s_create", prefix)), *ctype = c_type(e, fold->type);
    Fun fun;
    Exit exit = {.kind = EXIT_FALSE};
    fun_begin(e, &fun, &exit);
    vec_push(e->arena, &fun.names, "acc");
    vec_push(e->arena, &fun.names, "value");
    const Expr *lambda = fold->create ? fold->create : fold->f;
    const Pattern *param = lambda->params.at[lambda->params.n - 1];
    const char *v = emit_name(e, hint_text(param, "v"));
    emit_declare(e, emit_format(e, "const %s", c_type(e, fold->value)), emit_format(e, "*%s", v), "value");
    Value args[2];
    int n_args = 0;
    if (!fold->create)
        args[n_args++] = value_settle(e, emit_expr(e, fold->zero, NULL), NULL);
    args[n_args++] = value_pointer(fold->value, v);
    emit_line(e, "*(%s *)acc = %s;", ctype, value_c(e, apply_lambda(e, lambda, n_args, args, NULL)));
    emit_line(e, "return true;");
    const char *names[] = {"task", "value"};
    bool used[2];
    const char *body = fun_end(e, &fun, 2, names, used);
    emit_item(e, SECTION_FUNCTIONS, name,
              emit_format(e, "/* %s  %s: of the first value */\nstatic bool %s(dsc_task *task, void *acc, const void *value)\n{\n%s%s%s}\n",
                          place_text(e, n->span), comment_text(e, n->text), name, used[0] ? "" : "    (void)task;\n",
                          used[1] ? "" : "    (void)value;\n", body));
    return name;
}

/* The runtime has these itself. */
static const char *common_fold(Emit *e, const char *name, const char *acc, const char *word)
{
    if (!has_item(e, SECTION_FUNCTIONS, name))
        emit_item(e, SECTION_FUNCTIONS, name,
                  emit_format(e, "static const dsc_fold %s = {\n    .acc = &dsc_type_%s, .exact = true, .group = true,\n"
                              "    .combine = dsc_%s_combine, .remove = dsc_%s_remove};\n", name, acc, word, word));
    return name;
}

/* The letters of dsc_part; NULL: there are other parts. */
static const char *part_letters(Emit *e, const Fold *fold)
{
    static const char *const names[][2] = {{"count", "c"}, {"isum", "s"}, {"int_min", "i"}, {"int_max", "I"},
                                           {"float_min", "f"}, {"float_max", "F"}};
    if (fold->kind == FOLD_TUPLE) {
        const char *letters = "";
        for (int i = 0; letters && i < fold->type->n; i++) {
            const char *more = part_letters(e, fold->parts[i]);
            letters = more ? emit_format(e, "%s%s", letters, more) : NULL;
        }
        return letters;
    }
    const char *column = column_name(fold);
    for (size_t i = 0; column && i < sizeof names / sizeof *names; i++)
        if (strcmp(column, names[i][0]) == 0)
            return names[i][1];
    return NULL;
}

const char *fold_name(Emit *e, const Node *n)
{
    const Fold *fold = n->fold;
    if (fold->kind == FOLD_COUNT)
        return common_fold(e, "count_fold", "int", "count");
    if (fold->kind == FOLD_ISUM)
        return common_fold(e, "sum_fold", "isum", "isum");
    if (fold->kind == FOLD_FSUM)
        return common_fold(e, "float_sum_fold", "fsum", "fsum");
    const char *prefix = e->node_names[n->id];
    const char *combine = write_function(e, n, prefix, false), *remove = fold->group ? write_function(e, n, prefix, true) : NULL;
    const char *create = "", *name = emit_global_name(e, emit_format(e, "%s_fold", prefix)), *acc = c_descriptor(e, fold_acc(e, fold));
    const char *letters = n->op->kind == DSC_WINDOW_FOLD && node_by_key(n) ? part_letters(e, fold) : NULL;
    if (fold->value)
        create = emit_format(e, ".value = %s, .create = %s,\n    ", c_descriptor(e, fold->value), write_create(e, n, prefix));
    emit_item(e, SECTION_FUNCTIONS, name,
              emit_format(e, "static const dsc_fold %s = {\n    %s.acc = %s%s%s%s,\n    .combine = %s%s%s};\n", name, create, acc,
                          fold->exact ? ", .exact = true" : "", fold->group ? ", .group = true" : fold->joins ? ", .joins = true" : "",
                          letters ? emit_format(e, ", .parts = \"%s\"", letters) : "", combine, remove ? ", .remove = " : "", remove ? remove : ""));
    return name;
}
