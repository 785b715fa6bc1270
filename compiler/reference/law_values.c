/* law_values.c: values to try laws on: a few simple ones of each type, random ones, and simpler ones
 * than a given one. */
#include "laws.h"

#include <math.h>
#include <string.h>

unsigned chance_below(Chance *c, unsigned n)
{
    c->state = c->state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(c->state >> 33) % n;
}

static const int64_t ints[] = {0, 1, 2, -1, 3, -7, 100, INT64_MAX, INT64_MIN};
static const double floats[] = {0.0, 1.0, 2.0, -1.0, 0.5, 0.1, 1e20, -1e-20};
static const char *const strings[] = {"", "a", "b", "ab", "c d", "\xc3\xa9", "a,b"};
enum {
    N_INTS = sizeof ints / sizeof ints[0],
    N_FLOATS = sizeof floats / sizeof floats[0],
    N_STRINGS = sizeof strings / sizeof strings[0]
};

/* 2024-01-01, so that a time looks like one. */
static const int64_t some_time = 1704067200000000, second = 1000000;

static Val string(const char *text)
{
    return val_string(text, (int64_t)strlen(text));
}

/* The number-th of the values that a type without parts has here. */
static Val plain(TypeKind kind, int number)
{
    switch (kind) {
    case T_FLOAT: return val_float(floats[number % N_FLOATS]);
    case T_BOOL: return val_bool(number % 2 != 0);
    case T_STRING: case T_BYTES: {
        Val v = string(strings[number % N_STRINGS]);
        v.kind = kind;
        return v;
    }
    case T_TIME: return val_int(T_TIME, some_time + number % N_INTS * second);
    case T_DURATION: return val_int(T_DURATION, ints[number % (N_INTS - 2)] * second);
    default: return val_int(T_INT, ints[number % N_INTS]);
    }
}

static int plain_count(TypeKind kind)
{
    return kind == T_FLOAT ? N_FLOATS : kind == T_BOOL ? 2 : kind == T_STRING || kind == T_BYTES ? N_STRINGS : N_INTS;
}

/* ---- simple ones ------------------------------------------------------------------------- */

/* All tuples of the first `each` values of the parts. */
static void small_tuples(Arena *arena, Type *type, int most, Vals *out)
{
    Vals *parts = NEW_ARRAY(arena, Vals, type->n);
    int each = type->n <= 1 ? most : type->n == 2 ? 3 : 2;
    for (int i = 0; i < type->n; i++)
        parts[i] = law_small(arena, type->args[i], each);
    for (int number = 0; out->n < most; number++) {
        Val *at = NEW_ARRAY(arena, Val, type->n);
        int rest = number;
        for (int i = type->n - 1; i >= 0; i--) {
            at[i] = parts[i].at[rest % parts[i].n];
            rest /= parts[i].n;
        }
        if (rest > 0)
            return;
        vec_push(arena, out, ((Val){.kind = type->kind, .n = type->n, .is.at = at}));
    }
}

/* [], [x], [y], [x, y] .. */
static void small_lists(Arena *arena, Type *type, int most, Vals *out)
{
    Vals items = law_small(arena, type->args[0], 3);
    vec_push(arena, out, ((Val){.kind = T_LIST}));
    for (int i = 0; i < items.n && out->n < most; i++)
        vec_push(arena, out, val_parts(arena, T_LIST, &items.at[i], 1));
    if (out->n < most)
        vec_push(arena, out, val_parts(arena, T_LIST, items.at, items.n < 2 ? items.n : 2));
}

Vals law_small(Arena *arena, Type *type, int most)
{
    Vals out = {0};
    type = type_of(type);
    switch (type->kind) {
    case T_TUPLE: case T_RECORD:
        small_tuples(arena, type, most, &out);
        break;
    case T_LIST:
        small_lists(arena, type, most, &out);
        break;
    case T_OPTION: {
        Vals items = law_small(arena, type->args[0], most - 1);
        vec_push(arena, &out, ((Val){.kind = T_OPTION}));
        for (int i = 0; i < items.n; i++)
            vec_push(arena, &out, val_parts(arena, T_OPTION, &items.at[i], 1));
        break;
    }
    default:
        for (int i = 0; i < most && i < plain_count(type->kind); i++)
            vec_push(arena, &out, plain(type->kind, i));
    }
    return out;
}

/* ---- random ones ---------------------------------------------------------------------------- */

static Val random_string(Arena *arena, Chance *c)
{
    Text text = {0};
    for (unsigned n = chance_below(c, 6); n > 0; n--)
        text_add(&text, strings[1 + chance_below(c, N_STRINGS - 1)]);
    Val v = val_string(arena_strndup(arena, text.n ? text.p : "", text.n), (int64_t)text.n);
    text_free(&text);
    return v;
}

Val law_random(Arena *arena, Chance *c, Type *type)
{
    type = type_of(type);
    bool rare = chance_below(c, 4) == 0;
    int64_t number = (int64_t)chance_below(c, 2001) - 1000;
    switch (type->kind) {
    case T_TUPLE: case T_RECORD: case T_LIST: case T_OPTION: {
        int64_t n = type->n;
        if (type->kind == T_LIST || type->kind == T_OPTION)
            n = chance_below(c, type->kind == T_LIST ? 5 : 2);
        Val *at = NEW_ARRAY(arena, Val, n);
        for (int64_t i = 0; i < n; i++)
            at[i] = law_random(arena, c, type->args[type->kind == T_LIST ? 0 : i]);
        return (Val){.kind = type->kind, .n = n, .is.at = at};
    }
    case T_STRING:
        return rare ? plain(T_STRING, (int)chance_below(c, N_STRINGS)) : random_string(arena, c);
    case T_FLOAT:
        return rare ? plain(T_FLOAT, (int)chance_below(c, N_FLOATS)) : val_float((double)number / 8);
    case T_INT:
        return rare ? plain(T_INT, (int)chance_below(c, N_INTS)) : val_int(T_INT, number);
    case T_TIME: case T_DURATION:
        return val_int(type->kind, (type->kind == T_TIME ? some_time : 0) + number * second);
    default:
        return plain(type->kind, (int)chance_below(c, 100));
    }
}

/* ---- simpler ones ------------------------------------------------------------------------------ */

static Val with_part(Arena *arena, Val v, int64_t i, Val part)
{
    Val copy = val_parts(arena, v.kind, v.is.at, v.n);
    ((Val *)copy.is.at)[i] = part;
    return copy;
}

static Val without_part(Arena *arena, Val v, int64_t i)
{
    Val *at = NEW_ARRAY(arena, Val, v.n);
    for (int64_t j = 0, n = 0; j < v.n; j++)
        if (j != i)
            at[n++] = v.is.at[j];
    return (Val){.kind = v.kind, .n = v.n - 1, .is.at = at};
}

Vals law_simpler(Arena *arena, Type *type, Val v)
{
    Vals out = {0};
    type = type_of(type);
    switch (v.kind) {
    case T_TUPLE: case T_RECORD: case T_LIST: case T_OPTION:
        for (int64_t i = 0; i < v.n; i++) {
            Type *part = type->args[v.kind == T_LIST ? 0 : i];
            Vals parts = law_simpler(arena, part, v.is.at[i]);
            if (v.kind == T_LIST || v.kind == T_OPTION)
                vec_push(arena, &out, without_part(arena, v, i));
            for (int j = 0; j < parts.n; j++)
                vec_push(arena, &out, with_part(arena, v, i, parts.at[j]));
        }
        break;
    case T_STRING: case T_BYTES:
        for (int i = 0; i < N_STRINGS && (int64_t)strlen(strings[i]) < v.n; i++)
            vec_push(arena, &out, plain(v.kind, i));
        break;
    default:
        /* those that stand before it in the list of simple ones */
        for (int i = 0; i < plain_count(v.kind) && val_compare(plain(v.kind, i), v) != 0; i++)
            vec_push(arena, &out, plain(v.kind, i));
    }
    return out;
}

bool law_near(Val a, Val b)
{
    if (a.kind == T_FLOAT) {
        double larger = fmax(fabs(a.is.f), fabs(b.is.f));
        return a.is.f == b.is.f || (isnan(a.is.f) && isnan(b.is.f)) || fabs(a.is.f - b.is.f) <= 1e-9 * larger;
    }
    if (a.kind != T_TUPLE && a.kind != T_RECORD && a.kind != T_LIST && a.kind != T_OPTION)
        return val_compare(a, b) == 0;
    bool near = a.n == b.n;
    for (int64_t i = 0; i < a.n && near; i++)
        near = law_near(a.is.at[i], b.is.at[i]);
    return near;
}
