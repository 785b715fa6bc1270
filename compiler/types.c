/* types.c: types of values and streams, unification. */
#include "types.h"

#include <string.h>

Type type_int = {.kind = T_INT};
Type type_float = {.kind = T_FLOAT};
Type type_bool = {.kind = T_BOOL};
Type type_string = {.kind = T_STRING};
Type type_bytes = {.kind = T_BYTES};
Type type_time = {.kind = T_TIME};
Type type_duration = {.kind = T_DURATION};
Type type_error = {.kind = T_ERROR};

Type *type_new(Arena *arena, TypeKind kind, int n)
{
    Type *t = NEW(arena, Type);
    t->kind = kind;
    t->n = n;
    if (n > 0)
        t->args = NEW_ARRAY(arena, Type *, n);
    if (kind == T_RECORD)
        t->names = NEW_ARRAY(arena, const char *, n);
    return t;
}

static Type *wrap(Arena *arena, TypeKind kind, Type *inner)
{
    Type *t = type_new(arena, kind, 1);
    t->args[0] = inner;
    return t;
}

Type *type_list(Arena *arena, Type *element)
{
    return wrap(arena, T_LIST, element);
}

Type *type_option(Arena *arena, Type *element)
{
    return wrap(arena, T_OPTION, element);
}

Type *type_stream(Arena *arena, Type *element)
{
    return wrap(arena, T_STREAM, element);
}

Type *type_pair(Arena *arena, Type *a, Type *b)
{
    Type *t = type_new(arena, T_TUPLE, 2);
    t->args[0] = a;
    t->args[1] = b;
    return t;
}

Type *type_var(Arena *arena)
{
    return type_new(arena, T_VAR, 0);
}

Type *type_of(Type *t)
{
    while (t->kind == T_VAR && t->link)
        t = t->link;
    return t;
}

static bool same_names(const Type *a, const Type *b)
{
    for (int i = 0; i < a->n; i++)
        if (strcmp(a->names[i], b->names[i]) != 0)
            return false;
    return true;
}

bool type_equal(Type *a, Type *b)
{
    a = type_of(a);
    b = type_of(b);
    if (a == b)
        return true;
    if (a->kind != b->kind || a->n != b->n || a->kind == T_VAR)
        return false;
    if (a->kind == T_RECORD && !same_names(a, b))
        return false;
    for (int i = 0; i < a->n; i++)
        if (!type_equal(a->args[i], b->args[i]))
            return false;
    return true;
}

static bool occurs(const Type *var, Type *in)
{
    in = type_of(in);
    if (in == var)
        return true;
    for (int i = 0; i < in->n; i++)
        if (occurs(var, in->args[i]))
            return true;
    return false;
}

bool type_unify(Type *a, Type *b)
{
    a = type_of(a);
    b = type_of(b);
    if (a == b)
        return true;
    if (a->kind != T_VAR && b->kind == T_VAR)
        return type_unify(b, a);
    if (a->kind == T_VAR) {
        if (occurs(a, b))
            return false;
        a->link = b;
        return true;
    }
    if (a->kind == T_ERROR || b->kind == T_ERROR)
        return true;
    if (a->kind != b->kind || a->n != b->n || (a->kind == T_RECORD && !same_names(a, b)))
        return false;
    bool all = true;
    for (int i = 0; i < a->n; i++)
        all &= type_unify(a->args[i], b->args[i]);
    return all;
}

bool type_has_var(Type *t)
{
    t = type_of(t);
    if (t->kind == T_VAR)
        return true;
    for (int i = 0; i < t->n; i++)
        if (type_has_var(t->args[i]))
            return true;
    return false;
}

bool type_is_key(Type *t)
{
    t = type_of(t);
    if (t->kind == T_FLOAT)
        return false;
    for (int i = 0; i < t->n; i++)
        if (!type_is_key(t->args[i]))
            return false;
    return true;
}

bool type_is_pair(Type *t)
{
    t = type_of(t);
    return t->kind == T_TUPLE && t->n == 2;
}

static void add_type(Text *out, Type *t);

static void add_items(Text *out, Type *t, int n)
{
    for (int i = 0; i < n; i++) {
        if (i > 0)
            text_add(out, ", ");
        if (t->kind == T_RECORD)
            text_printf(out, "%s: ", t->names[i]);
        add_type(out, t->args[i]);
    }
}

static void add_function(Text *out, Type *t)
{
    bool one = t->n == 2;
    if (!one)
        text_add(out, "(");
    add_items(out, t, t->n - 1);
    text_add(out, one ? " -> " : ") -> ");
    add_type(out, t->args[t->n - 1]);
}

static void add_type(Text *out, Type *t)
{
    t = type_of(t);
    if (t->alias) {
        text_add(out, t->alias);
        return;
    }
    switch (t->kind) {
    case T_INT: text_add(out, "int"); break;
    case T_FLOAT: text_add(out, "float"); break;
    case T_BOOL: text_add(out, "bool"); break;
    case T_STRING: text_add(out, "string"); break;
    case T_BYTES: text_add(out, "bytes"); break;
    case T_TIME: text_add(out, "time"); break;
    case T_DURATION: text_add(out, "duration"); break;
    case T_ERROR: text_add(out, "(wrong)"); break;
    case T_VAR:
        if (t->id > 0)
            text_printf(out, "%c", (char)t->id);
        else
            text_add(out, "_");
        break;
    case T_TUPLE:
        text_add(out, "(");
        add_items(out, t, t->n);
        text_add(out, ")");
        break;
    case T_RECORD:
        text_add(out, t->n ? "{ " : "{");
        add_items(out, t, t->n);
        text_add(out, t->n ? " }" : "}");
        break;
    case T_LIST:
        text_add(out, "[");
        add_type(out, t->args[0]);
        text_add(out, "]");
        break;
    case T_OPTION:
        add_type(out, t->args[0]);
        text_add(out, "?");
        break;
    case T_STREAM:
        text_add(out, "stream of ");
        add_type(out, t->args[0]);
        break;
    case T_FUNCTION:
        add_function(out, t);
        break;
    }
}

const char *type_text(Arena *arena, Type *t)
{
    Text text = {0};
    add_type(&text, t);
    const char *copy = arena_strndup(arena, text.p ? text.p : "", text.n);
    text_free(&text);
    return copy;
}

/* left / unit with as many decimals as needed, of at most `digits`. */
static void add_decimal(Text *text, uint64_t left, uint64_t unit, int digits, const char *name)
{
    text_printf(text, "%llu", (unsigned long long)(left / unit));
    if (left % unit) {
        text_printf(text, ".%0*llu", digits, (unsigned long long)(left % unit));
        while (text->p[text->n - 1] == '0')
            text->p[--text->n] = '\0';
    }
    text_add(text, name);
}

const char *duration_text(Arena *arena, int64_t us)
{
    static const struct {
        uint64_t us;
        const char *name;
    } whole[] = {{86400000000, "d"}, {3600000000, "h"}, {60000000, "m"}};
    uint64_t left = us < 0 ? 0 - (uint64_t)us : (uint64_t)us;
    Text text = {0};
    text_add(&text, us < 0 ? "-" : "");
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
        if (left >= whole[i].us)
            add_decimal(&text, left / whole[i].us, 1, 0, whole[i].name);
        left %= whole[i].us;
    }
    if (left >= 1000000 || us == 0)
        add_decimal(&text, left, 1000000, 6, "s");
    else if (left >= 1000)
        add_decimal(&text, left, 1000, 3, "ms");
    else if (left > 0)
        add_decimal(&text, left, 1, 0, "us");
    const char *copy = arena_strdup(arena, text.p);
    text_free(&text);
    return copy;
}

const char *scalar_name(TypeKind kind)
{
    switch (kind) {
    case T_INT: return "int";
    case T_FLOAT: return "float";
    case T_BOOL: return "bool";
    case T_STRING: return "string";
    case T_BYTES: return "bytes";
    case T_TIME: return "time";
    case T_DURATION: return "duration";
    default: return NULL;
    }
}
