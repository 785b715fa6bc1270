/* check_extern.c: `extern fn geo(ip: string): string? = "geo.c"`: functions written in C.
 *
 * They take and give any types whose structs have names in C (extern_type.c). The
 * C compiler holds the definition to the prototype that is made of them
 * (emit_extern.c). */
#include "check.h"

#include <errno.h>
#include <string.h>

/* A struct of that name for another type, in this program; NULL: none. */
static Type *named_before(Checker *cx, const char *name, Type *type)
{
    for (int i = 0; i < cx->extern_types.n; i++)
        if (strcmp(extern_type(cx->arena, cx->extern_types.at[i]), name) == 0)
            return type_equal(cx->extern_types.at[i], type) ? NULL : cx->extern_types.at[i];
    vec_push(cx->arena, &cx->extern_types, type);
    return NULL;
}

/* Has the type, and each in it, a name in C? Says where it has none. */
static bool fits_c(Checker *cx, Span at, Type *type)
{
    type = type_of(type);
    for (int i = 0; i < type->n; i++)
        if (!fits_c(cx, at, type->args[i]))
            return false;
    if (type->kind == T_ERROR)
        return false;
    if (type->kind != T_TUPLE && type->kind != T_RECORD && type->kind != T_OPTION)
        return true;
    const char *name = extern_type(cx->arena, type);
    Type *other = name ? named_before(cx, name, type) : NULL;
    if (!name) {
        diag_error(cx->diags, E0516, at, "a record that goes to C needs a name there");
        diag_label(cx->diags, "this is %s", show_a(cx, type));
        diag_help(cx->diags, "name it above: `type Name = %s`", show(cx, type));
    } else if (is_c_word(name)) {
        diag_error(cx->diags, E0516, at, "`%s` means something to C already", name);
        diag_label(cx->diags, "give the type another name");
    } else if (other) {
        diag_error(cx->diags, E0516, at, "two types would both be `%s` in C", name);
        diag_label(cx->diags, "%s, which already means %s", show(cx, type), show(cx, other));
        diag_help(cx->diags, "give it a name of its own: `type Name = %s`", show(cx, type));
    }
    return name && !other && !is_c_word(name);
}

static bool check_signature(Checker *cx, const Stmt *s, FnDef *fn)
{
    bool right = true;
    for (int i = 0; i < s->params.n; i++) {
        Pattern *p = pattern_clone(cx, s->params.at[i]);
        if (p->kind != PAT_NAME || !p->annotation) {
            diag_error(cx->diags, E0516, p->span, "a parameter of an extern function has a name and a type");
            diag_label(cx->diags, "write `x: int`");
            right = false;
            continue;
        }
        p->type = check_type_expr(cx, p->annotation);
        right &= fits_c(cx, p->annotation->span, p->type);
        vec_push(cx->arena, &fn->params, p);
    }
    if (!s->annotation) {
        diag_error(cx->diags, E0516, s->name_span, "an extern function says what it gives");
        diag_label(cx->diags, "of what type is its result?");
        diag_help(cx->diags, "write it after the parameters: `extern fn %s(..): int = ..`", s->name);
        return false;
    }
    fn->result = check_type_expr(cx, s->annotation);
    Type *t = type_of(fn->result);
    return fits_c(cx, s->annotation->span, t->kind == T_OPTION ? t->args[0] : t) && right;
}

/* The C file, read once for all functions that are in it; NULL: it cannot be read, which has been said. */
static ExternFile *extern_file(Checker *cx, const Stmt *s)
{
    const char *importer = cx->program->files.at[s->span.file].path;
    Bytes given = s->value->text;
    const char *name = arena_strndup(cx->arena, given.p, given.n);
    const char *path = *name == '/' ? name : arena_printf(cx->arena, "%.*s%s", (int)(path_name(importer) - importer), importer, name);
    for (int i = 0; i < cx->plan->externs.n; i++)
        if (strcmp(cx->plan->externs.at[i].path, path) == 0)
            return &cx->plan->externs.at[i];
    size_t size;
    const char *text = given.n > 0 && !memchr(given.p, '\0', given.n) ? read_file(cx->arena, path, &size) : NULL;
    if (!text) {
        diag_error(cx->diags, E0512, s->value->span, "cannot read the C file of `%s`", s->name);
        diag_label(cx->diags, "%s", given.n ? strerror(errno) : "of what name?");
        if (given.n && *name != '/')
            diag_help(cx->diags, "the path is relative to the folder of %s", path_name(importer));
        return NULL;
    }
    ExternFile file = {.path = path, .text = text};
    vec_push(cx->arena, &cx->plan->externs, file);
    return &cx->plan->externs.at[cx->plan->externs.n - 1];
}

void check_extern(Checker *cx, Global *def)
{
    const Stmt *s = def->stmt;
    FnDef *fn = NEW(cx->arena, FnDef);
    fn->name = def->name;
    fn->span = s->span;
    if (is_c_word(s->name)) {
        diag_error(cx->diags, E0516, s->name_span, "`%s` means something to C already", s->name);
        diag_label(cx->diags, "take another name, in C too");
        return;
    }
    bool right = check_signature(cx, s, fn);
    ExternFile *file = extern_file(cx, s);
    if (!right || !file)
        return;
    vec_push(cx->arena, &file->fns, fn);
    vec_push(cx->arena, &def->instances, fn);
    vec_push(cx->arena, &cx->plan->fns, fn);
}
