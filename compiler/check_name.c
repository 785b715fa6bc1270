/* check_name.c: what names mean; types and patterns as written. */
#include "check.h"
#include "dsc_conn.h"

#include <ctype.h>
#include <string.h>

/* ---- tables of names ------------------------------------------------------- */

static unsigned hash_name(const char *name)
{
    unsigned h = 2166136261u;
    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 16777619u;
    return h;
}

Global *names_find(const Names *names, const char *name)
{
    if (names->n_buckets == 0)
        return NULL;
    Global *g = names->buckets[hash_name(name) % (unsigned)names->n_buckets];
    while (g && strcmp(g->name, name) != 0)
        g = g->next;
    return g;
}

static void put_in_bucket(Names *names, Global *g)
{
    Global **bucket = &names->buckets[hash_name(g->name) % (unsigned)names->n_buckets];
    g->next = *bucket;
    *bucket = g;
}

void names_add(Arena *arena, Names *names, Global *global)
{
    vec_push(arena, &names->all, global);
    if (names->all.n > names->n_buckets) {
        names->n_buckets = names->n_buckets ? names->n_buckets * 4 : 64;
        names->buckets = NEW_ARRAY(arena, Global *, names->n_buckets);
        for (int i = 0; i < names->all.n; i++)
            put_in_bucket(names, names->all.at[i]);
    } else {
        put_in_bucket(names, global);
    }
}

Global *visible(const Checker *cx, const Names *names, const char *name)
{
    Global *g = names_find(names, name);
    return g && g->order < cx->limit ? g : NULL;
}

const Scope *scope_find(const Checker *cx, const char *name)
{
    for (const Scope *s = cx->scope; s; s = s->up)
        if (strcmp(s->name, name) == 0)
            return s;
    return NULL;
}

void scope_push(Checker *cx, const char *name, Symbol *symbol)
{
    Scope *s = NEW(cx->arena, Scope);
    *s = (Scope){.name = name, .symbol = symbol, .up = cx->scope};
    cx->scope = s;
}

Symbol *symbol_new(Checker *cx, SymbolKind kind, const char *name, Span span, Type *type)
{
    Symbol *s = NEW(cx->arena, Symbol);
    *s = (Symbol){.kind = kind, .name = name, .span = span, .type = type};
    return s;
}

Symbol *find_value(const Checker *cx, const char *name)
{
    const Scope *s = scope_find(cx, name);
    if (s)
        return s->symbol;
    Global *g = visible(cx, &cx->values, name);
    return g ? g->symbol : NULL;
}

static const char *const type_names[] = {"int", "float", "bool", "string", "bytes", "time", "duration"};
enum { N_TYPE_NAMES = sizeof type_names / sizeof type_names[0] };

bool is_type_name(const char *name)
{
    for (int i = 0; i < N_TYPE_NAMES; i++)
        if (strcmp(name, type_names[i]) == 0)
            return true;
    return false;
}

/* ---- names that mean nothing ------------------------------------------------- */

void suggest_word(Checker *cx, const char *word)
{
    vec_push(cx->arena, &cx->texts, word);
}

bool habit(Checker *cx, HintKind kind, const char *name)
{
    const char *hint = hint_for_name(kind, name);
    if (hint)
        diag_help(cx->diags, "%s", hint);
    return hint != NULL;
}

static void suggest_names(Checker *cx, const Names *names)
{
    for (int i = 0; names && i < names->all.n; i++)
        if (names->all.at[i]->order < cx->limit)
            suggest_word(cx, names->all.at[i]->name);
}

bool suggest(Checker *cx, const char *found, const Names *a, const Names *b)
{
    suggest_names(cx, a);
    suggest_names(cx, b);
    bool near = diag_suggest(cx->diags, found, cx->texts.at, cx->texts.n);
    cx->texts.n = 0;
    return near;
}

/* Is it defined further down? Says so. */
static bool defined_later(Checker *cx, const Names *names, const char *name, Span at)
{
    Global *g = names_find(names, name);
    if (!g)
        return false;
    if (g->order == cx->limit && g->stmt) {
        diag_error(cx->diags, E0211, at, "`%s` uses itself", name);
        diag_label(cx->diags, "inside its own definition");
        diag_help(cx->diags, "walk lists with map, filter or fold; every element is processed in bounded time");
        return true;
    }
    diag_error(cx->diags, E0210, at, "`%s` is used before it is defined", name);
    diag_label(cx->diags, "not known yet");
    diag_also(cx->diags, g->span, "defined here");
    diag_help(cx->diags, "move its definition above this line");
    return true;
}

/* `_1` for `_._1` */
static bool help_part(Checker *cx, const char *name)
{
    if (name[0] != '_' || !isdigit((unsigned char)name[1]))
        return false;
    diag_help(cx->diags, "a part of the element is written `_.%s`", name);
    return true;
}

void unknown_value(Checker *cx, const Expr *e)
{
    if (is_type_name(e->name) || names_find(&cx->types, e->name)) {
        diag_error(cx->diags, E0413, e->span, "`%s` is a type, not a value", e->name);
        diag_label(cx->diags, "a value is needed here");
        return;
    }
    if (defined_later(cx, &cx->values, e->name, e->span))
        return;
    if (function_exists(cx, e->name)) {
        diag_error(cx->diags, E0213, e->span, "`%s` is a function, not a value", e->name);
        diag_label(cx->diags, "a value is needed here");
        diag_help(cx->diags, "call it: `%s(..)`", e->name);
        return;
    }
    diag_error(cx->diags, E0203, e->span, "there is no value `%s`", e->name);
    diag_label(cx->diags, "not known here");
    if (help_part(cx, e->name))
        return;
    if (habit(cx, HINT_VALUE, e->name) || habit(cx, HINT_WORD, e->name))
        return;
    if (dsc_find_sink(e->name) || dsc_find_source(e->name)) {
        diag_help(cx->diags, dsc_find_sink(e->name) ? "a sink ends a pipeline: `stream | sink %s(..)`" : "write `source %s(..)`", e->name);
        return;
    }
    for (const Scope *s = cx->scope; s; s = s->up)
        if (s->symbol && s->name[0] != '#')
            suggest_word(cx, s->name);
    if (suggest(cx, e->name, &cx->values, NULL))
        return;
    if (op_find(e->name))
        diag_help(cx->diags, "`%s` is an operator: write it after a stream and `|`", e->name);
}

/* What does to a list what the operator does to a stream. */
static void help_list_function(Checker *cx, const char *name, bool method)
{
    static const char *const like[][2] = {{"count", "size(xs)"}, {"reduce", "fold(xs, 0, _ + _)"}, {"flatMap", "map(xs, f).flatten()"},
                                          {"union", "xs + ys"}};
    for (size_t i = 0; method && i < sizeof like / sizeof like[0]; i++)
        if (strcmp(name, like[i][0]) == 0) {
            diag_help(cx->diags, "for a list, write `%s`", like[i][1]);
            return;
        }
    diag_help(cx->diags, "write it after a stream: `stream | %s(..)`", name);
}

void unknown_function(Checker *cx, const char *name, Span at, bool method)
{
    if (defined_later(cx, &cx->functions, name, at))
        return;
    if (op_find(name) || visible(cx, &cx->pipes, name)) {
        diag_error(cx->diags, E0213, at, "`%s` is an operator of streams, not a function of values", name);
        diag_label(cx->diags, method ? "what stands before it is no stream" : "not a function");
        if (!method && habit(cx, HINT_FUNCTION, name))
            return;
        help_list_function(cx, name, method);
        return;
    }
    const Symbol *value = find_value(cx, name);
    if (value) {
        TypeKind kind = value->type ? type_of(value->type)->kind : T_ERROR;
        diag_error(cx->diags, E0213, at, "`%s` is a value, not a function", name);
        diag_label(cx->diags, "cannot be called");
        if (kind == T_LIST || kind == T_TUPLE)
            diag_help(cx->diags, kind == T_LIST ? "an element of the list is `%s[0]`" : "a part of the tuple is `%s.0`", name);
        return;
    }
    bool source = dsc_find_source(name), sink = dsc_find_sink(name);
    if (source || sink) {
        diag_error(cx->diags, E0213, at, "`%s` is a %s, not a function", name, source ? "source" : "sink");
        diag_label(cx->diags, "`%s` is missing before it", source ? "source" : "sink");
        diag_help(cx->diags, source ? "write `source %s(..)`" : "write `stream | sink %s(..)`", name);
        return;
    }
    diag_error(cx->diags, E0202, at, "there is no function `%s`", name);
    diag_label(cx->diags, "not a function");
    if (help_part(cx, name) || habit(cx, HINT_FUNCTION, name) || habit(cx, HINT_WORD, name))
        return;
    for (int i = 0; i < n_all_builtins; i++)
        suggest_word(cx, all_builtins[i].name);
    suggest(cx, name, &cx->functions, NULL);
}

void unknown_operator(Checker *cx, const char *name, Span at)
{
    if (defined_later(cx, &cx->pipes, name, at))
        return;
    if (dsc_find_sink(name)) {
        diag_error(cx->diags, E0201, at, "`%s` is a sink, not an operator", name);
        diag_label(cx->diags, "`sink` is missing before it");
        diag_help(cx->diags, "write `| sink %s(..)`", name);
        return;
    }
    if (function_exists(cx, name)) {
        diag_error(cx->diags, E0213, at, "`%s` is a function of values, not an operator of streams", name);
        diag_label(cx->diags, "works on an element");
        if (!habit(cx, HINT_OPERATOR, name))
            diag_help(cx->diags, "apply it to each element: `| map(%s(_))`", name);
        return;
    }
    diag_error(cx->diags, E0201, at, "there is no operator `%s`", name);
    diag_label(cx->diags, "not an operator or a pipe");
    if (habit(cx, HINT_OPERATOR, name))
        return;
    for (int i = 0; i < n_all_ops; i++)
        suggest_word(cx, all_ops[i]->name);
    suggest(cx, name, &cx->pipes, NULL);
}

/* ---- types as written ----------------------------------------------------------- */

static Type *named_type(Checker *cx, const TypeExpr *te)
{
    static Type *const plain[] = {&type_int, &type_float, &type_bool, &type_string, &type_bytes, &type_time, &type_duration};
    for (int i = 0; i < N_TYPE_NAMES; i++)
        if (strcmp(te->name, type_names[i]) == 0)
            return plain[i];
    Global *g = visible(cx, &cx->types, te->name);
    if (g) {
        g->used = true;
        return g->type ? g->type : &type_error;
    }
    g = names_find(&cx->types, te->name);
    if (g && g->order == cx->limit) {
        diag_error(cx->diags, E0318, te->span, "the type `%s` contains itself", te->name);
        diag_label(cx->diags, "inside its own definition");
        return &type_error;
    }
    if (defined_later(cx, &cx->types, te->name, te->span))
        return &type_error;
    diag_error(cx->diags, E0207, te->span, "there is no type `%s`", te->name);
    diag_label(cx->diags, "not a type");
    if (habit(cx, HINT_TYPE, te->name))
        return &type_error;
    for (int i = 0; i < N_TYPE_NAMES; i++)
        suggest_word(cx, type_names[i]);
    suggest(cx, te->name, &cx->types, NULL);
    return &type_error;
}

static bool same_field_twice(Checker *cx, const TypeExpr *te)
{
    for (int i = 0; i < te->fields.n; i++)
        for (int j = 0; j < i; j++)
            if (strcmp(te->fields.at[i].name, te->fields.at[j].name) == 0) {
                diag_error(cx->diags, E0209, te->fields.at[i].span, "the field `%s` is there twice", te->fields.at[i].name);
                return true;
            }
    return false;
}

Type *check_type_expr(Checker *cx, const TypeExpr *te)
{
    Type *t;
    switch (te->kind) {
    case TE_NAME:
        return named_type(cx, te);
    case TE_LIST:
        return type_list(cx->arena, check_type_expr(cx, te->fields.at[0].type));
    case TE_OPTION:
        t = check_type_expr(cx, te->fields.at[0].type);
        return type_of(t)->kind == T_OPTION ? t : type_option(cx->arena, t);
    case TE_TUPLE:
    case TE_RECORD:
        break;
    }
    if (te->kind == TE_RECORD && same_field_twice(cx, te))
        return &type_error;
    t = type_new(cx->arena, te->kind == TE_TUPLE ? T_TUPLE : T_RECORD, te->fields.n);
    for (int i = 0; i < te->fields.n; i++) {
        t->args[i] = check_type_expr(cx, te->fields.at[i].type);
        if (te->kind == TE_RECORD)
            t->names[i] = te->fields.at[i].name;
    }
    return small_enough(cx, te->span, t);
}

/* ---- patterns --------------------------------------------------------------------- */

Pattern *pattern_clone(Checker *cx, const Pattern *p)
{
    Pattern *copy = NEW(cx->arena, Pattern);
    *copy = *p;
    copy->type = NULL;
    copy->symbol = NULL;
    copy->items.at = NULL;
    copy->items.n = copy->items.cap = 0;
    for (int i = 0; i < p->items.n; i++)
        vec_push(cx->arena, &copy->items, pattern_clone(cx, p->items.at[i]));
    return copy;
}

static Type *annotated(Checker *cx, Pattern *p, Type *type)
{
    Type *wanted = check_type_expr(cx, p->annotation);
    if (type_unify(wanted, type))
        return wanted;
    diag_error(cx->diags, E0301, p->span, "this parameter is %s, not %s", show_a(cx, type), show_a(cx, wanted));
    diag_label(cx->diags, "here comes %s", show_a(cx, type));
    diag_help(cx->diags, "leave the type out, or write `%s`", show(cx, type));
    return wanted;
}

static void bind_part(Checker *cx, Pattern *p, Type *type, Scope *outer);

static void bind_tuple(Checker *cx, Pattern *p, Type *type, Scope *outer)
{
    type = type_of(type);
    if (type->kind == T_VAR) {
        Type *parts = type_new(cx->arena, T_TUPLE, p->items.n);
        for (int i = 0; i < parts->n; i++)
            parts->args[i] = type_var(cx->arena);
        type_unify(type, parts);
        type = parts;
    }
    bool fits = type->kind == T_TUPLE && type->n == p->items.n;
    if (!fits && type->kind != T_ERROR) {
        diag_error(cx->diags, E0313, p->span, "this pattern takes a tuple of %d apart, but here is %s", p->items.n,
                   show_a(cx, type));
        diag_label(cx->diags, "does not fit %s", show(cx, type));
        if (type->kind == T_TUPLE)
            diag_expected(cx->diags, "a pattern of %d parts; `_` ignores one", type->n);
        else if (type->kind == T_LIST)
            diag_help(cx->diags, "elements of a list are taken one by one: `xs[0]`, or `xs.get(0)` where it may be missing");
    }
    for (int i = 0; i < p->items.n; i++)
        bind_part(cx, p->items.at[i], fits ? type->args[i] : &type_error, outer);
}

/* A name is there once in a list of parameters, and better does not hide one outside. Copies of
 * bodies are not looked at for that: they do not see the names where they are used. */
static void check_new_name(Checker *cx, const Pattern *p, Scope *outer)
{
    for (const Scope *s = cx->scope; s != outer; s = s->up)
        if (strcmp(s->name, p->name) == 0) {
            diag_error(cx->diags, E0209, p->span, "`%s` is named twice", p->name);
            diag_label(cx->diags, "the second time");
            diag_also(cx->diags, s->symbol->span, "the first time");
            return;
        }
    const Symbol *other = find_value(cx, p->name);
    if (!other || *p->name == '#' || cx->limit != cx->order)
        return;
    diag_warn(cx->diags, W0605, p->span, "this `%s` hides another `%s`", p->name, p->name);
    diag_label(cx->diags, "means this one in here");
    diag_also(cx->diags, other->span, "the other");
}

static void bind_part(Checker *cx, Pattern *p, Type *type, Scope *outer)
{
    if (p->annotation)
        type = annotated(cx, p, type);
    p->type = type;
    switch (p->kind) {
    case PAT_IGNORE:
        break;
    case PAT_NAME:
        check_new_name(cx, p, outer);
        p->symbol = symbol_new(cx, SYM_LOCAL, p->name + (*p->name == '#'), p->span, type);
        p->symbol->made = *p->name == '#';
        scope_push(cx, p->name, p->symbol);
        p->name = p->symbol->name;
        break;
    case PAT_TUPLE:
        bind_tuple(cx, p, type, outer);
        break;
    }
}

void bind_patterns(Checker *cx, Pattern *const *patterns, Type *const *types, int n)
{
    Scope *outer = cx->scope;
    for (int i = 0; i < n; i++)
        bind_part(cx, patterns[i], types[i], outer);
}

void bind_pattern(Checker *cx, Pattern *p, Type *type)
{
    bind_patterns(cx, &p, &type, 1);
}

/* ---- source text --------------------------------------------------------------------- */

const char *text_at(const Checker *cx, int file, int line, int col)
{
    const SourceFile *source = &cx->program->files.at[file];
    const Lines *lines = &cx->lines[file];
    size_t offset = line < 1 || line > lines->n ? source->size : lines->at[line - 1] + (size_t)(col - 1);
    return source->text + (offset < source->size ? offset : source->size);
}

/* Blanks and comments become one blank; strings stay. */
const char *span_text(Checker *cx, Span span)
{
    const char *p = text_at(cx, span.file, span.line, span.col);
    const char *end = text_at(cx, span.file, span.end_line, span.end_col);
    Text out = {0};
    char quote = 0;
    for (; p < end; p++) {
        if (quote) {
            text_addn(&out, p, 1);
            if (*p == '\\' && p + 1 < end)
                text_addn(&out, ++p, 1);
            else if (*p == quote)
                quote = 0;
        } else if (*p == '#') {
            while (p + 1 < end && p[1] != '\n')
                p++;
        } else if (strchr(" \t\r\n", *p)) {
            if (out.n && out.p[out.n - 1] != ' ')
                text_add(&out, " ");
        } else {
            if (*p == '"' || *p == '\'')
                quote = *p;
            text_addn(&out, p, 1);
        }
    }
    while (out.n && out.p[out.n - 1] == ' ')
        out.n--;
    const char *text = arena_strndup(cx->arena, out.p ? out.p : "", out.n);
    text_free(&out);
    return text;
}
