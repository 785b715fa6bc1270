/* fold.c: finds out how a fold's function combines, by looking at it.
 *
 * A function (a, b) => .. is exact when it is one of + (of ints, floats,
 * durations), min, max, and, or applied to a and b themselves, or a tuple or
 * record of such, each part made from the same part of a and of b. Exact folds
 * give the same bytes in any order; sums and counts can be undone too, so that
 * windows subtract. Everything else is GENERAL and runs in input order. */
#include "opdef.h"

#include <string.h>

enum { MAX_PATH = 8 };

/* A part of one of the two parameters: a.1.0 is {0, 2, {1, 0}}. */
typedef struct Part {
    int param;
    int n;
    int at[MAX_PATH];
} Part;

static bool find_symbol(const Pattern *p, const Symbol *symbol, Part *part)
{
    if (p->kind == PAT_NAME)
        return p->symbol == symbol;
    if (p->kind != PAT_TUPLE || part->n == MAX_PATH)
        return false;
    int depth = part->n++;
    for (int i = 0; i < p->items.n; i++) {
        part->at[depth] = i;
        if (find_symbol(p->items.at[i], symbol, part))
            return true;
    }
    part->n = depth;
    return false;
}

/* Which part of which parameter is e? */
static bool part_of(const Expr *f, const Expr *e, Part *part)
{
    if (e->kind == E_FIELD) {
        if (!part_of(f, e->a, part) || part->n == MAX_PATH)
            return false;
        part->at[part->n++] = e->index;
        return true;
    }
    if (e->kind == E_ANNOT)
        return part_of(f, e->a, part);
    if (e->kind != E_NAME || e->symbol == NULL)
        return false;
    for (int i = 0; i < f->params.n; i++) {
        *part = (Part){.param = i};
        if (find_symbol(f->params.at[i], e->symbol, part))
            return true;
    }
    return false;
}

static bool is_path(const Part *part, const Part *path)
{
    return part->n == path->n && memcmp(part->at, path->at, (size_t)path->n * sizeof path->at[0]) == 0;
}

/* Are x and y the part at `path` of the two parameters, one each, in either order?
 * *swapped: x is of the second. */
static bool both_sides(const Expr *f, const Expr *x, const Expr *y, const Part *path, bool *swapped)
{
    Part px, py;
    if (!part_of(f, x, &px) || !part_of(f, y, &py))
        return false;
    *swapped = px.param == 1;
    return px.param != py.param && is_path(&px, path) && is_path(&py, path);
}

static bool is_ordered_scalar(TypeKind kind)
{
    return kind == T_INT || kind == T_STRING || kind == T_TIME || kind == T_DURATION;
}

/* if a > b then a else b, and its like; not of floats, where NaN would count. */
static bool match_if(const Expr *f, const Expr *e, const Part *path, FoldKind *kind)
{
    bool compare_swapped, pick_swapped;
    const Expr *test = e->a;
    if (test->kind != E_BINARY || !is_ordered_scalar(type_of(e->type)->kind) ||
        !both_sides(f, test->a, test->b, path, &compare_swapped) ||
        !both_sides(f, e->b, e->c, path, &pick_swapped))
        return false;
    bool greater;
    switch (test->op) {
    case OP_GT: case OP_GE: greater = true; break;
    case OP_LT: case OP_LE: greater = false; break;
    default: return false;
    }
    if (compare_swapped != pick_swapped)
        greater = !greater;
    *kind = greater ? FOLD_MAX : FOLD_MIN;
    return true;
}

static bool match_binary(const Expr *f, const Expr *e, const Part *path, FoldKind *kind)
{
    bool swapped;
    if (!both_sides(f, e->a, e->b, path, &swapped))
        return false;
    TypeKind type = type_of(e->type)->kind;
    if (e->op == OP_ADD && (type == T_INT || type == T_DURATION))
        *kind = FOLD_ISUM;
    else if (e->op == OP_ADD && type == T_FLOAT)
        *kind = FOLD_FSUM;
    else if (e->op == OP_AND)
        *kind = FOLD_AND;
    else if (e->op == OP_OR)
        *kind = FOLD_OR;
    else
        return false;
    return true;
}

static bool match_builtin(const Expr *f, const Expr *e, const Part *path, FoldKind *kind)
{
    bool swapped;
    bool min = strcmp(e->builtin->name, "min") == 0;
    if ((!min && strcmp(e->builtin->name, "max") != 0) || e->args.n != 2)
        return false;
    TypeKind type = type_of(e->type)->kind;
    if (type != T_FLOAT && !is_ordered_scalar(type))
        return false;
    *kind = min ? FOLD_MIN : FOLD_MAX;
    return both_sides(f, e->args.at[0].value, e->args.at[1].value, path, &swapped);
}

static Fold *leaf(Arena *arena, FoldKind kind, Type *type)
{
    Fold *fold = NEW(arena, Fold);
    fold->kind = kind;
    fold->type = type;
    fold->exact = kind != FOLD_GENERAL;
    fold->group = kind == FOLD_COUNT || kind == FOLD_ISUM || kind == FOLD_FSUM;
    fold->flat = type->kind != T_STRING;
    return fold;
}

static Fold *match(Arena *arena, const Expr *f, const Expr *e, const Part *path);

static const Expr *item_named(const Expr *e, const char *name)
{
    for (int i = 0; i < e->args.n; i++)
        if (e->args.at[i].name && strcmp(e->args.at[i].name, name) == 0)
            return e->args.at[i].value;
    return NULL;
}

static Fold *match_parts(Arena *arena, const Expr *f, const Expr *e, const Part *path)
{
    Type *type = type_of(e->type);
    if (path->n == MAX_PATH || (e->kind == E_RECORD && e->a))
        return NULL;
    Fold *fold = leaf(arena, FOLD_TUPLE, type);
    fold->group = fold->flat = true;
    fold->parts = NEW_ARRAY(arena, Fold *, type->n);
    Part inner = *path;
    inner.n++;
    for (int i = 0; i < type->n; i++) {
        const Expr *item = e->kind == E_TUPLE ? e->args.at[i].value : item_named(e, type->names[i]);
        inner.at[path->n] = i;
        Fold *part = item ? match(arena, f, item, &inner) : NULL;
        if (!part)
            return NULL;
        fold->parts[i] = part;
        fold->group &= part->group;
        fold->flat &= part->flat;
    }
    return fold;
}

/* How e makes the part at `path` of the result; NULL: in no way we know. */
static Fold *match(Arena *arena, const Expr *f, const Expr *e, const Part *path)
{
    FoldKind kind;
    if (e->kind == E_ANNOT)
        return match(arena, f, e->a, path);
    if (e->kind == E_TUPLE || e->kind == E_RECORD)
        return match_parts(arena, f, e, path);
    if ((e->kind == E_BINARY && match_binary(f, e, path, &kind)) ||
        (e->kind == E_BUILTIN && match_builtin(f, e, path, &kind)) ||
        (e->kind == E_IF && match_if(f, e, path, &kind)))
        return leaf(arena, kind, type_of(e->type));
    return NULL;
}

static bool holds_pointer(Type *type)
{
    type = type_of(type);
    if (type->kind == T_STRING || type->kind == T_BYTES || type->kind == T_LIST)
        return true;
    for (int i = 0; i < type->n; i++)
        if (holds_pointer(type->args[i]))
            return true;
    return false;
}

Fold *fold_of_function(Arena *arena, Expr *f, Type *type)
{
    Fold *fold = match(arena, f, f->a, &(Part){0});
    if (fold)
        return fold;
    fold = leaf(arena, FOLD_GENERAL, type);
    fold->f = f;
    bool swapped;
    const Expr *e = f->a;
    if (e->kind == E_BINARY && e->op == OP_ADD && type_of(e->type)->kind == T_LIST && both_sides(f, e->a, e->b, &(Part){0}, &swapped))
        fold->joins = !swapped;
    fold->flat = !holds_pointer(type);
    return fold;
}

/* combineByKey and aggregateByKey: the accumulator is another type than the values. */
static Fold *fold_into(Arena *arena, const Node *n)
{
    Fold *fold = leaf(arena, FOLD_GENERAL, type_of(type_of(n->type)->args[1]));
    fold->value = type_of(type_of(n->in.at[0]->type)->args[1]);
    bool creates = strcmp(n->op_name, "combineByKey") == 0;
    fold->create = creates ? n->args[0] : NULL;
    fold->zero = creates ? NULL : n->args[0];
    fold->f = n->args[1];
    fold->flat = !holds_pointer(fold->type);
    return fold;
}

/* The expression whose value every element (by-key: every value) of a stream
 * has, where one map makes them all; else NULL. Filters do not matter. */
static const Expr *value_made(const Node *n, bool by_key)
{
    while (n->role == NODE_OP && strcmp(n->op_name, "filter") == 0)
        n = n->in.at[0];
    if (n->role != NODE_OP || n->n_args == 0 || n->args[0] == NULL || n->args[0]->kind != E_LAMBDA)
        return NULL;
    const Expr *body = n->args[0]->a;
    if (strcmp(n->op_name, "map") == 0) {
        if (!by_key)
            return body;
        return body->kind == E_TUPLE ? body->args.at[1].value : NULL;
    }
    return strcmp(n->op_name, "mapValues") == 0 && by_key ? body : NULL;
}

/* A sum of values that are all written as 1 is a count. */
static void count_ones(Fold *fold, const Expr *value)
{
    if (!value)
        return;
    if (fold->kind == FOLD_ISUM && fold->type->kind == T_INT && value->kind == E_INT && value->ival == 1)
        fold->kind = FOLD_COUNT;
    if (fold->kind == FOLD_TUPLE && value->kind == E_TUPLE)
        for (int i = 0; i < fold->type->n; i++)
            count_ones(fold->parts[i], value->args.at[i].value);
}

void find_folds(Plan *plan)
{
    for (int i = 0; i < plan->nodes.n; i++) {
        Node *n = plan->nodes.at[i];
        if (n->dead || n->role != NODE_OP)
            continue;
        if (strncmp(n->op_name, "count", 5) == 0) {
            n->fold = leaf(plan->arena, FOLD_COUNT, &type_int);
        } else if (strcmp(n->op_name, "combineByKey") == 0 || strcmp(n->op_name, "aggregateByKey") == 0) {
            n->fold = fold_into(plan->arena, n);
        } else if (strncmp(n->op_name, "reduce", 6) == 0) {
            bool by_key = strncmp(n->op_name, "reduceByKey", 11) == 0;
            Type *element = type_of(n->in.at[0]->type);
            n->fold = fold_of_function(plan->arena, n->args[0], by_key ? type_of(element->args[1]) : element);
            count_ones(n->fold, value_made(n->in.at[0], by_key));
        }
    }
}
