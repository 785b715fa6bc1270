/* emit_join.c: joins: of elements with the rows of a table, one by one, and of two
 * streams, when a batch of both is complete. */
#include "emit_internal.h"

#include <string.h>

/* ---- with a table ----------------------------------------------------------------------- */

/* The local that holds the table's rows. */
static const char *rows_local(Emit *e, const Node *n)
{
    const char *table = e->node_names[n->in.at[1]->id];
    return emit_hoist(e, table, "const dsc_rows *", "rows", emit_format(e, "dsc_rows_of(task, %s)", table));
}

/* A local that lists the rows of a key. */
static const char *find_rows(Emit *e, const Node *n, Value key)
{
    const char *rows = rows_local(e, n), *find;
    if (type_of(key.type)->kind == T_STRING || type_of(key.type)->kind == T_BYTES)
        find = emit_format(e, "dsc_rows_str(%s, %s)", rows, value_c(e, key));
    else if (type_is_number(key.type))
        find = emit_format(e, "dsc_rows_int(%s, %s)", rows, value_c(e, key));
    else
        find = emit_format(e, "dsc_rows_key(task, %s, %s)", rows, value_address(e, key, "key"));
    const char *matches = emit_name(e, "matches");
    emit_line(e, "const dsc_list %s = %s;", matches, find);
    return matches;
}

/* One option in a local: none in the place of a row where there are no matches. */
static Value row_or_none(Emit *e, Type *option, Value matches, const char *index, const Pattern *hint)
{
    const char *ctype = c_type(e, option), *name = emit_name(e, hint_text(hint, "match"));
    emit_line(e, "%s %s = {.some = false};", ctype, name);
    emit_open(e, "if (%s < %s)", index, value_member(e, matches, "n"));
    Value row = list_item(e, matches, index, NULL);
    emit_line(e, "%s.v = %s;", name, value_c(e, row));
    emit_line(e, "%s.some = true;", name);
    emit_close(e);
    return value_local(option, name);
}

void row_lookup(Emit *e, const Node *n, Value v)
{
    bool outer = strcmp(n->op_name, "leftOuterJoin") == 0;
    const Pattern *hint = element_hint(e, n), *of_row = item_hint(item_hint(hint, 1), 1);
    v = v.parts ? value_settle(e, v, hint) : v.atom && v.prec == PREC_PRIMARY ? v : value_store(e, v, NULL);
    Value key = value_settle(e, value_field(e, v, 0), hint_name(e, "key"));
    Type *rows = type_list(e->arena, type_of(n->in.at[1]->type)->args[1]);
    Value matches = value_local(rows, find_rows(e, n, key));
    Exit *out = e->fun->exit, next = {.kind = EXIT_CONTINUE};
    Loop loop = {.scope = scope_begin(e), .index = emit_name(e, "i")};
    emit_open(e, "for (int64_t %s = 0; %s%s < %s; %s++)", loop.index, outer ? emit_format(e, "%s == 0 || ", loop.index) : "",
              loop.index, value_member(e, matches, "n"), loop.index);
    next.loops = ++e->fun->loops;
    e->fun->exit = &next;
    Value both = value_parts(e, type_of(n->type)->args[1]), pair = value_parts(e, n->type);
    both.parts[0] = value_field(e, v, 1);
    both.parts[1] = outer ? row_or_none(e, type_of(both.type)->args[1], matches, loop.index, of_row)
                          : value_settle(e, list_item(e, matches, loop.index, of_row), of_row);
    pair.parts[0] = key;
    pair.parts[1] = both;
    emit_consumers(e, n, pair);
    exit_end(e, &next);
    loop_end(e, &loop);
    e->fun->exit = out;
}

bool rows_have_time(const Node *n)
{
    return n->op == &op_rows && n->n_args > 0;
}

Type *timed_row_type(Emit *e, const Node *n)
{
    Type *row = type_of(n->type), *t = type_new(e->arena, T_TUPLE, 3);
    t->args[0] = row->args[0];
    t->args[1] = row->args[1];
    t->args[2] = &type_time;
    return t;
}

Value timed_row(Emit *e, const Node *n, Value v)
{
    Value held = value_parts(e, timed_row_type(e, n));
    v = value_settle(e, v, NULL);
    held.parts[0] = value_field(e, v, 0);
    held.parts[1] = value_field(e, v, 1);
    held.parts[2] = apply_lambda(e, n->args[0], 1, &held.parts[1], hint_name(e, "since"));
    return held;
}

void row_asof(Emit *e, const Node *n, Value v)
{
    const Pattern *hint = element_hint(e, n), *of_row = item_hint(item_hint(hint, 1), 1);
    v = v.parts ? value_settle(e, v, hint) : v.atom && v.prec == PREC_PRIMARY ? v : value_store(e, v, NULL);
    Value key = value_settle(e, value_field(e, v, 0), hint_name(e, "key")), value = value_field(e, v, 1);
    const char *at = value_c(e, value_settle(e, apply_lambda(e, n->args[1], 1, &value, NULL), hint_name(e, "at")));
    const char *matches = find_rows(e, n, key), *rows = rows_local(e, n), *found = emit_name(e, "newest");
    Value both = value_parts(e, type_of(n->type)->args[1]), pair = value_parts(e, n->type);
    Type *option = type_of(type_of(both.type)->args[1]), *row = type_of(option->args[0]);
    const char *ctype = c_type(e, row), *option_type = c_type(e, option), *name = emit_name(e, hint_text(of_row, "match"));
    emit_line(e, "const %s *%s = dsc_rows_asof(%s, %s, %s);", ctype, found, rows, matches, at);
    emit_line(e, "%s %s = {.some = false};", option_type, name);
    emit_open(e, "if (%s != NULL)", found);
    emit_line(e, "%s.v = *%s;", name, found);
    emit_line(e, "%s.some = true;", name);
    emit_close(e);
    both.parts[0] = value;
    both.parts[1] = value_local(option, name);
    pair.parts[0] = key;
    pair.parts[1] = both;
    emit_consumers(e, n, pair);
}

/* ---- of two streams ---------------------------------------------------------------------- */

enum { LEFT, RIGHT };

/* Part i of the pair of one side; item: a local that points to what is held. */
static Value pair_part(Emit *e, const Node *n, const char *item, int side, int i)
{
    return value_field(e, value_field(e, value_pointer(held_type(e, n), item), side + 1), i);
}

/* Of a side that may be missing: item is NULL then. */
static Value part_or_none(Emit *e, const Node *n, const char *item, int side, Type *option, const Pattern *hint)
{
    const char *ctype = c_type(e, option), *name = emit_name(e, hint_text(hint, side == LEFT ? "found" : "match"));
    emit_line(e, "%s %s = {.some = false};", ctype, name);
    emit_open(e, "if (%s != NULL)", item);
    emit_line(e, "%s.v = %s;", name, value_c(e, pair_part(e, n, item, side, 1)));
    emit_line(e, "%s.some = true;", name);
    emit_close(e);
    return value_local(option, name);
}

void held_join(Emit *e, const Node *n)
{
    static const char *const flags[] = {"0", "DSC_OUTER_LEFT", "DSC_OUTER_RIGHT", "DSC_OUTER_LEFT | DSC_OUTER_RIGHT"};
    bool full = strcmp(n->op_name, "fullOuterJoin") == 0;
    bool may_lack[2] = {full || strcmp(n->op_name, "rightOuterJoin") == 0, full || strcmp(n->op_name, "leftOuterJoin") == 0};
    const Pattern *hint = element_hint(e, n), *values = item_hint(hint, 1);
    const char *given[2] = {emit_name(e, "left"), emit_name(e, "right")}, *item[2];
    const char *held = c_type(e, held_type(e, n));
    emit_line(e, "const void *%s, *%s;", given[LEFT], given[RIGHT]);
    Exit next = {.kind = EXIT_CONTINUE, .loops = e->fun->loops + 1};
    e->fun->exit = &next;
    emit_open(e, "while (dsc_next_match(task, %s, &%s, &%s))", flags[may_lack[RIGHT] + 2 * may_lack[LEFT]], given[LEFT], given[RIGHT]);
    e->fun->loops++;
    for (int side = LEFT; side <= RIGHT; side++) {
        item[side] = emit_name(e, side == LEFT ? "a" : "b");
        emit_declare(e, emit_format(e, "const %s", held), emit_format(e, "*%s", item[side]), given[side]);
    }
    Value pair = value_parts(e, n->type), both = value_parts(e, type_of(n->type)->args[1]);
    if (full) {
        const char *a = value_c(e, pair_part(e, n, item[LEFT], LEFT, 0)), *b = value_c(e, pair_part(e, n, item[RIGHT], RIGHT, 0));
        Value key = value_text(type_of(n->type)->args[0], PREC_COND, emit_format(e, "%s != NULL ? %s : %s", item[LEFT], a, b));
        pair.parts[0] = value_store(e, key, hint_text(item_hint(hint, 0), "key"));
    } else {
        int side = may_lack[LEFT] ? RIGHT : LEFT;
        pair.parts[0] = pair_part(e, n, item[side], side, 0);
    }
    for (int side = LEFT; side <= RIGHT; side++)
        both.parts[side] = may_lack[side] ? part_or_none(e, n, item[side], side, type_of(both.type)->args[side], item_hint(values, side))
                                          : pair_part(e, n, item[side], side, 1);
    pair.parts[1] = both;
    emit_consumers(e, n, pair);
    exit_end(e, &next);
    e->fun->loops--;
    emit_close(e);
}

void held_cogroup(Emit *e, const Node *n)
{
    const Pattern *hint = element_hint(e, n), *values = item_hint(hint, 1);
    Type *lists = type_of(type_of(n->type)->args[1]);
    Value pair = value_parts(e, n->type), both = value_parts(e, lists);
    Type *key = type_of(n->type)->args[0];
    const char *ctype = c_type(e, key), *name = emit_name(e, hint_text(item_hint(hint, 0), "key"));
    const char *left = emit_name(e, hint_text(item_hint(values, LEFT), "left"));
    const char *right = emit_name(e, hint_text(item_hint(values, RIGHT), "right"));
    emit_line(e, "%s %s;", ctype, name);
    emit_line(e, "dsc_list %s, %s;", left, right);
    Exit next = {.kind = EXIT_CONTINUE, .loops = e->fun->loops + 1};
    e->fun->exit = &next;
    emit_open(e, "while (dsc_next_cogroup(task, &%s, &%s, &%s))", name, left, right);
    e->fun->loops++;
    pair.parts[0] = value_local(key, name);
    both.parts[LEFT] = value_local(lists->args[LEFT], left);
    both.parts[RIGHT] = value_local(lists->args[RIGHT], right);
    pair.parts[1] = both;
    emit_consumers(e, n, pair);
    exit_end(e, &next);
    e->fun->loops--;
    emit_close(e);
}

/* ---- of two streams, by event time ------------------------------------------------------- */

void row_side(Emit *e, const Node *n, Value v)
{
    v = v.parts ? value_settle(e, v, NULL) : v.atom && v.prec == PREC_PRIMARY ? v : value_store(e, v, NULL);
    int side = n->n_args;
    Type *type = type_of(n->type)->args[1];
    const char *ctype = c_type(e, type), *name = emit_name(e, "value");
    emit_line(e, "%s %s = {.%s = %d};", ctype, name, c_field(e, type_of(type), 0), side);
    emit_line(e, "%s.%s = %s;", name, c_field(e, type_of(type), 1 + side), value_c(e, value_field(e, v, 1)));
    Value pair = value_parts(e, n->type);
    pair.parts[0] = value_field(e, v, 0);
    pair.parts[1] = value_local(type, name);
    emit_consumers(e, n, pair);
}

void held_interval(Emit *e, const Node *n)
{
    Type *both = type_of(type_of(n->type)->args[1]);
    Type *types[] = {type_of(n->type)->args[0], both->args[LEFT], both->args[RIGHT]};
    static const char *const hints[] = {"key", "left", "right"};
    const char *given[3], *typed[3];
    for (int i = 0; i < 3; i++)
        given[i] = emit_name(e, hints[i]);
    emit_line(e, "const void *%s, *%s, *%s;", given[0], given[1], given[2]);
    emit_open(e, "while (dsc_interval_next(task, &%s, &%s, &%s))", given[0], given[1], given[2]);
    Exit next = {.kind = EXIT_CONTINUE, .loops = ++e->fun->loops}, *outer = e->fun->exit;
    e->fun->exit = &next;
    Value parts[3];
    for (int i = 0; i < 3; i++) {
        typed[i] = emit_name(e, "p");
        emit_declare(e, emit_format(e, "const %s", c_type(e, types[i])), emit_format(e, "*%s", typed[i]), given[i]);
        parts[i] = value_pointer(types[i], typed[i]);
        if (!type_is_struct(types[i]))
            parts[i] = value_store(e, value_text(types[i], PREC_UNARY, value_c(e, parts[i])), NULL);
    }
    Value pair = value_parts(e, n->type), values = value_parts(e, both);
    pair.parts[0] = parts[0];
    values.parts[LEFT] = parts[1];
    values.parts[RIGHT] = parts[2];
    pair.parts[1] = values;
    emit_consumers(e, n, pair);
    exit_end(e, &next);
    e->fun->exit = outer;
    e->fun->loops--;
    emit_close(e);
}
