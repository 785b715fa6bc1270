/* ref_fold.c: folds: a function over all values, from the first to the last.
 *
 * The language says one thing more: sums are exact. Of ints the result alone has to fit; of floats it
 * is rounded once. A function is taken to sum where it is + of its two parameters, or a tuple or record
 * in which each part is made of that part of both, by +, min, max, and, or, or `if a > b then a else b`. */
#include "opdef.h"
#include "ref.h"

#include <string.h>

/* A part of a value: t.1.0 is {2, {1, 0}}. */
typedef struct Path {
    int n;
    int at[16];
} Path;

enum { MOST_PARTS = 8 };          /* in each other; deeper ones are folded as they are written */

static bool find_symbol(const Pattern *p, const Symbol *symbol, Path *path)
{
    if (p->kind == PAT_NAME)
        return p->symbol == symbol;
    for (int i = 0; p->kind == PAT_TUPLE && i < p->items.n && path->n < MOST_PARTS; i++) {
        path->at[path->n++] = i;
        if (find_symbol(p->items.at[i], symbol, path))
            return true;
        path->n--;
    }
    return false;
}

/* The parameter, 0 or 1, of which e is a part; -1: of none. */
static int parameter(const Expr *f, const Expr *e, Path *path)
{
    if (e->kind == E_ANNOT)
        return parameter(f, e->a, path);
    if (e->kind == E_FIELD) {
        int which = parameter(f, e->a, path);
        if (which < 0 || path->n == MOST_PARTS)
            return -1;
        path->at[path->n++] = e->index;
        return which;
    }
    for (int i = 0; e->kind == E_NAME && i < 2; i++) {
        path->n = 0;
        if (find_symbol(f->params.at[i], e->symbol, path))
            return i;
    }
    return -1;
}

/* Are a and b the part `path` of the two parameters, one each? */
static bool of_both(const Expr *f, const Expr *a, const Expr *b, const Path *path)
{
    Path pa = {0}, pb = {0};
    int of_a = parameter(f, a, &pa), of_b = parameter(f, b, &pb);
    size_t size = (size_t)path->n * sizeof path->at[0];
    return of_a >= 0 && of_b >= 0 && of_a != of_b && pa.n == path->n && pb.n == path->n &&
           memcmp(pa.at, path->at, size) == 0 && memcmp(pb.at, path->at, size) == 0;
}

static bool is_number(Type *type)
{
    TypeKind kind = type_of(type)->kind;
    return kind == T_INT || kind == T_FLOAT || kind == T_DURATION;
}

static bool is_sum(const Expr *f, const Expr *e, const Path *path)
{
    return e->kind == E_BINARY && e->op == OP_ADD && is_number(e->type) && of_both(f, e->a, e->b, path);
}

/* Something else that is made of the part of both alone. */
static bool is_choice(const Expr *f, const Expr *e, const Path *path)
{
    TypeKind kind = type_of(e->type)->kind;
    bool ordered = kind == T_INT || kind == T_STRING || kind == T_TIME || kind == T_DURATION;
    if (e->kind == E_BINARY && (e->op == OP_AND || e->op == OP_OR))
        return of_both(f, e->a, e->b, path);
    if (e->kind == E_BUILTIN && (strcmp(e->builtin->name, "min") == 0 || strcmp(e->builtin->name, "max") == 0))
        return e->args.n == 2 && (ordered || kind == T_FLOAT) && of_both(f, e->args.at[0].value, e->args.at[1].value, path);
    return e->kind == E_IF && ordered && e->a->kind == E_BINARY && e->a->op >= OP_LT && e->a->op <= OP_GE &&
           of_both(f, e->a->a, e->a->b, path) && of_both(f, e->b, e->c, path);
}

/* What makes part i of a tuple or record; NULL: nothing by itself. */
static const Expr *item(const Expr *e, int i)
{
    if (e->kind == E_TUPLE)
        return e->args.at[i].value;
    for (int j = 0; e->kind == E_RECORD && j < e->args.n; j++)
        if (strcmp(e->args.at[j].name, type_of(e->type)->names[i]) == 0)
            return e->args.at[j].value;
    return NULL;
}

static const Expr *plain(const Expr *e)
{
    while (e->kind == E_ANNOT)
        e = e->a;
    return e;
}

/* Is each part made by itself? */
static bool in_parts(const Expr *f, const Expr *e, const Path *path)
{
    e = plain(e);
    if (is_sum(f, e, path) || is_choice(f, e, path))
        return true;
    if ((e->kind != E_TUPLE && e->kind != E_RECORD) || path->n == MOST_PARTS)
        return false;
    Path inner = *path;
    inner.n++;
    for (int i = 0; i < type_of(e->type)->n; i++) {
        inner.at[path->n] = i;
        if (!item(e, i) || !in_parts(f, item(e, i), &inner))
            return false;
    }
    return true;
}

static Val part_of(Val v, const Path *path)
{
    for (int i = 0; i < path->n; i++)
        v = v.is.at[path->at[i]];
    return v;
}

/* v with another part at path, from place `depth` of it on. */
static Val with_part(Ref *r, Val v, const Path *path, int depth, Val part)
{
    if (depth == path->n)
        return part;
    Val *at = NEW_ARRAY(r->scratch, Val, v.n);
    memcpy(at, v.is.at, (size_t)v.n * sizeof *at);
    int i = path->at[depth];
    at[i] = with_part(r, at[i], path, depth + 1, part);
    v.is.at = at;
    return v;
}

static Val evaluate(Ref *r, const Expr *f, const Expr *e, Val a, Val b)
{
    Expr body = *f;
    body.a = (Expr *)e;
    return ref_apply(r, &body, 2, (Val[]){a, b});
}

__extension__ typedef __int128 wide_int;

static Val sum(Ref *r, const Node *n, Type *type, const Path *path, const Val *values, int64_t count)
{
    Val *parts = NEW_ARRAY(r->scratch, Val, count);
    wide_int total = 0;
    for (int64_t i = 0; i < count; i++) {
        parts[i] = part_of(values[i], path);
        total += parts[i].is.i;
    }
    TypeKind kind = type_of(type)->kind;
    if (kind == T_FLOAT)
        return val_float(sum_floats(parts, count));
    if (total > INT64_MAX || total < INT64_MIN)
        ref_bad(r, n->span, "int overflow in a sum");
    return val_int(kind, (int64_t)total);
}

static Val fold_part(Ref *r, const Node *n, const Expr *f, const Expr *e, const Path *path, const Val *values, int64_t count)
{
    e = plain(e);
    if (is_sum(f, e, path))
        return sum(r, n, e->type, path, values, count);
    if (e->kind == E_TUPLE || e->kind == E_RECORD) {
        Type *type = type_of(e->type);
        Val *at = NEW_ARRAY(r->scratch, Val, type->n);
        Path inner = *path;
        inner.n++;
        for (int i = 0; i < type->n; i++) {
            inner.at[path->n] = i;
            at[i] = fold_part(r, n, f, item(e, i), &inner, values, count);
        }
        return (Val){.kind = type->kind, .n = type->n, .is.at = at};
    }
    Val so_far = values[0];
    for (int64_t i = 1; i < count; i++)
        so_far = with_part(r, so_far, path, 0, evaluate(r, f, e, so_far, values[i]));
    return part_of(so_far, path);
}

bool ref_is_exact(const Expr *f)
{
    return in_parts(f, f->a, &(Path){0});
}

Val ref_fold(Ref *r, const Node *n, const Expr *f, const Val *values, int64_t count)
{
    if (ref_is_exact(f))
        return fold_part(r, n, f, f->a, &(Path){0}, values, count);
    Val so_far = values[0];
    for (int64_t i = 1; i < count; i++)
        so_far = ref_apply(r, f, 2, (Val[]){so_far, values[i]});
    return so_far;
}
