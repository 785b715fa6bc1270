/* signature.c: parses type schemes. They are written by us, so a wrong one is
 * a defect and ends the program. */
#include "signature.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Reader {
    Arena *arena;
    const char *text, *p;
} Reader;

static void __attribute__((noreturn)) wrong(const Reader *r, const char *want)
{
    fprintf(stderr, "dsc: internal error: type scheme `%s`: %s wanted at `%s`\n", r->text, want, r->p);
    abort();
}

static void skip_blanks(Reader *r)
{
    while (*r->p == ' ')
        r->p++;
}

static bool take(Reader *r, const char *token)
{
    skip_blanks(r);
    size_t n = strlen(token);
    if (strncmp(r->p, token, n) != 0 || (isalpha((unsigned char)token[0]) && isalnum((unsigned char)r->p[n])))
        return false;
    r->p += n;
    return true;
}

static void want(Reader *r, const char *token)
{
    if (!take(r, token))
        wrong(r, token);
}

static const char *read_name(Reader *r)
{
    skip_blanks(r);
    const char *start = r->p;
    while (isalnum((unsigned char)*r->p) || *r->p == '_')
        r->p++;
    if (r->p == start)
        wrong(r, "a name");
    return arena_strndup(r->arena, start, (size_t)(r->p - start));
}

static Type *named_type(Reader *r, const char *name)
{
    static Type *const plain[] = {&type_int, &type_float, &type_bool, &type_string, &type_bytes, &type_time, &type_duration};
    static const char *const names[] = {"int", "float", "bool", "string", "bytes", "time", "duration"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return plain[i];
    if (!isupper((unsigned char)name[0]) || name[1])
        wrong(r, "a type");
    Type *var = type_var(r->arena);
    var->id = name[0];
    return var;
}

static Type *read_type(Reader *r);

typedef VEC(Type *) Types;

static void read_list(Reader *r, Types *types, const char *end)
{
    while (!take(r, end)) {
        if (types->n > 0)
            want(r, ",");
        Type *t = read_type(r);
        vec_push(r->arena, types, t);
    }
}

static Type *made_of(Reader *r, TypeKind kind, const Types *items, Type *last)
{
    Type *t = type_new(r->arena, kind, items->n + (last ? 1 : 0));
    for (int i = 0; i < items->n; i++)
        t->args[i] = items->at[i];
    if (last)
        t->args[items->n] = last;
    return t;
}

/* Behind the `{`. */
static Type *read_record(Reader *r)
{
    Types items = {0};
    VEC(const char *) names = {0};
    while (!take(r, "}")) {
        if (names.n > 0)
            want(r, ",");
        const char *name = read_name(r);
        vec_push(r->arena, &names, name);
        want(r, ":");
        Type *t = read_type(r);
        vec_push(r->arena, &items, t);
    }
    Type *t = made_of(r, T_RECORD, &items, NULL);
    for (int i = 0; i < t->n; i++)
        t->names[i] = names.at[i];
    return t;
}

static Type *read_type(Reader *r)
{
    Type *t;
    Types items = {0};
    if (take(r, "{")) {
        t = read_record(r);
    } else if (take(r, "(")) {
        read_list(r, &items, ")");
        if (take(r, "->"))
            return made_of(r, T_FUNCTION, &items, read_type(r));
        t = items.n == 1 ? items.at[0] : made_of(r, T_TUPLE, &items, NULL);
    } else if (take(r, "[")) {
        t = type_list(r->arena, read_type(r));
        want(r, "]");
    } else {
        t = named_type(r, read_name(r));
    }
    while (take(r, "?"))
        t = type_option(r->arena, t);
    if (take(r, "->")) {
        vec_push(r->arena, &items, t);
        items.at[0] = t;
        items.n = 1;
        return made_of(r, T_FUNCTION, &items, read_type(r));
    }
    return t;
}

static void read_param(Reader *r, Signature *s)
{
    SigParam p = {.name = read_name(r)};
    want(r, ":");
    p.stream = take(r, "stream");
    p.type = read_type(r);
    if (take(r, "or"))
        p.other = read_type(r);
    p.repeats = take(r, "..");
    if (take(r, "=")) {
        want(r, "none");
        p.optional = true;
    }
    vec_push(r->arena, &s->params, p);
}

static void read_operator(Reader *r, Signature *s, Type *input)
{
    s->input = input;
    s->name = read_name(r);
    want(r, "(");
    while (!take(r, ")")) {
        if (s->params.n > 0)
            want(r, ",");
        read_param(r, s);
    }
    want(r, "->");
    s->result = read_type(r);
}

/* A builtin's parameters have no names; `..` stands for any further arguments. */
static void read_function(Reader *r, Signature *s)
{
    want(r, "(");
    while (!take(r, ")")) {
        if (s->params.n > 0)
            want(r, ",");
        if (take(r, "..")) {
            s->rest = true;
            continue;
        }
        SigParam p = {.type = read_type(r)};
        vec_push(r->arena, &s->params, p);
    }
    want(r, "->");
    s->result = read_type(r);
}

const Signature *signature_parse(Arena *arena, const char *text)
{
    Reader r = {.arena = arena, .text = text, .p = text};
    Signature *s = NEW(arena, Signature);
    if (strchr(text, '|')) {
        Type *input = read_type(&r);
        want(&r, "|");
        read_operator(&r, s, input);
    } else {
        read_function(&r, s);
    }
    skip_blanks(&r);
    if (*r.p)
        wrong(&r, "the end");
    return s;
}

Type *signature_type(Arena *arena, Type *scheme, SigVars *vars)
{
    if (scheme->kind == T_VAR) {
        Type **of = &vars->of[scheme->id - 'A'];
        if (!*of)
            *of = type_var(arena);
        return *of;
    }
    if (scheme->n == 0)
        return scheme;
    Type *t = type_new(arena, scheme->kind, scheme->n);
    for (int i = 0; i < scheme->n; i++) {
        t->args[i] = signature_type(arena, scheme->args[i], vars);
        if (scheme->kind == T_RECORD)
            t->names[i] = scheme->names[i];
    }
    return t;
}
