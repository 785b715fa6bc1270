/* check_extern.c: `extern fn geo(ip: string): string? = "geo.c"`: functions written in C.
 *
 * Their types are those that C can take as they are: scalars and lists of them,
 * and as a result also an option of these. The C compiler holds the definition
 * to the prototype that is made of them (emit_extern.c). */
#include "check.h"

#include <errno.h>
#include <string.h>

static bool is_plain(Type *t)
{
    switch (type_of(t)->kind) {
    case T_INT: case T_FLOAT: case T_BOOL: case T_STRING: case T_BYTES: case T_TIME: case T_DURATION: case T_ERROR:
        return true;
    default:
        return false;
    }
}

static bool fits_c(Type *t)
{
    t = type_of(t);
    return is_plain(t) || (t->kind == T_LIST && is_plain(t->args[0]));
}

static void misfit(Checker *cx, Span at, Type *t, bool result)
{
    diag_error(cx->diags, E0516, at, result ? "an extern function cannot give %s" : "an extern function cannot take %s", show_a(cx, t));
    diag_label(cx->diags, "not a type that C can have here");
    diag_expected(cx->diags, result ? "a scalar, a list of scalars, or an option of these" : "a scalar or a list of scalars");
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
        if (!fits_c(p->type)) {
            misfit(cx, p->annotation->span, p->type, false);
            right = false;
        }
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
    if (!fits_c(t->kind == T_OPTION ? t->args[0] : t)) {
        misfit(cx, s->annotation->span, t, true);
        return false;
    }
    return right;
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
