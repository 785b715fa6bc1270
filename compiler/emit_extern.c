/* emit_extern.c: functions that are written in C: their prototypes and calls.
 *
 *     R name(dsc_task *task, args)
 *     bool name(dsc_task *task, args, T *out)     where the result is a T? */
#include "emit_internal.h"

#include <string.h>

static bool gives_option(const FnDef *fn)
{
    return type_of(fn->result)->kind == T_OPTION;
}

/* e: with the unit's names of types, or NULL, with those that the C file has. */
static const char *prototype(Emit *e, Arena *arena, const FnDef *fn)
{
    Text text = {0};
    Type *result = type_of(fn->result);
    bool option = gives_option(fn);
    if (option)
        result = result->args[0];
    const char *given = e ? c_type(e, result) : extern_type(arena, result);
    text_printf(&text, "%s %s(dsc_task *task", option ? "bool" : given, fn->name);
    for (int i = 0; i < fn->params.n; i++) {
        const Pattern *p = fn->params.at[i];
        text_printf(&text, ", %s %s", e ? c_type(e, p->type) : extern_type(arena, p->type), is_c_word(p->name) ? "" : p->name);
    }
    if (option)
        text_printf(&text, ", %s *out", given);
    text_add(&text, ");\n");
    const char *copy = arena_strndup(arena, text.p, text.n);
    text_free(&text);
    return copy;
}

static const char *call_text(Emit *e, const Expr *x, const char *out)
{
    Text text = {0};
    text_printf(&text, "%s(task", x->fn->name);
    for (int i = 0; i < x->args.n; i++)
        text_printf(&text, ", %s", value_c(e, emit_expr(e, x->args.at[i].value, NULL)));
    text_printf(&text, out ? ", &%s)" : ")", out);
    const char *copy = arena_strndup(e->arena, text.p, text.n);
    text_free(&text);
    if (!has_item(e, SECTION_FUNCTIONS, x->fn->name))
        emit_item(e, SECTION_FUNCTIONS, x->fn->name, prototype(e, e->arena, x->fn));
    return copy;
}

/* What it gives has a name at once: it is called once, in its place. */
Value emit_extern_call(Emit *e, const Expr *x, const Pattern *hint)
{
    Type *type = x->fn->result;
    if (!gives_option(x->fn))
        return value_store(e, value_text(type, PREC_PRIMARY, call_text(e, x, NULL)), hint_text(hint, type_hint(e, type)));
    const char *ctype = c_type(e, type), *name = emit_name(e, hint_text(hint, "found"));
    const char *call = call_text(e, x, emit_format(e, "%s.v", name));
    emit_line(e, "%s %s = {.some = false};", ctype, name);
    emit_line(e, "%s.some = %s;", name, call);
    return value_local(type, name);
}

Option extern_option(Emit *e, const Expr *x, const Pattern *hint)
{
    Type *type = type_of(type_of(x->fn->result)->args[0]);
    const char *ctype = c_type(e, type), *name = emit_name(e, hint_text(hint, type_hint(e, type)));
    const char *call = call_text(e, x, name);
    emit_line(e, "%s %s;", ctype, name);
    return (Option){.some = value_text(&type_bool, PREC_PRIMARY, call), .v = value_local(type, name), .own = name};
}

const char *emit_call_sink(Emit *e, const Node *n)
{
    const Expr *lambda = n->args[0];
    Type *type = n->calls_batch ? type_list(e->arena, n->type) : n->type;
    const char *name = emit_global_name(e, emit_format(e, "%s_call", e->node_names[n->id]));
    Fun fun;
    Exit exit = {.kind = EXIT_FALSE};
    fun_begin(e, &fun, &exit);
    vec_push(e->arena, &fun.names, "element");
    const char *v = emit_name(e, n->calls_batch ? "all" : hint_text(lambda_hint(e, lambda), type_hint(e, type)));
    emit_declare(e, emit_format(e, "const %s", c_type(e, type)), emit_format(e, "*%s", v), "element");
    Value args[2] = {value_pointer(type, v), value_text(&type_time, PREC_PRIMARY, "dsc_batch_time(task)")};
    emit_line(e, "return %s;", value_c(e, apply_lambda(e, lambda, lambda->params.n, args, NULL)));
    const char *names[] = {"task", "element"};
    bool used[2];
    const char *body = fun_end(e, &fun, 2, names, used);
    emit_item(e, SECTION_FUNCTIONS, name,
              emit_format(e, "/* %s  %s */\nstatic bool %s(dsc_task *task, const void *element)\n{\n%s%s%s}\n", place_text(e, n->span),
                          comment_text(e, n->text), name, used[0] ? "" : "    (void)task;\n", used[1] ? "" : "    (void)element;\n", body));
    return name;
}

char *emit_extern(Arena *arena, const ExternFile *file)
{
    Text text = {0};
    text_add(&text, "#include \"dsc_abi.h\"\n");
    extern_structs(arena, &text, file);
    for (int i = 0; i < file->fns.n; i++)
        text_add(&text, prototype(NULL, arena, file->fns.at[i]));
    text_printf(&text, "#line 1 \"%s\"\n%s", file->path, file->text);
    char *copy = arena_strndup(arena, text.p, text.n);
    text_free(&text);
    return copy;
}
