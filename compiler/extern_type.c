/* extern_type.c: types as functions in C see them: their names, and the structs of tuples, records and options.
 *
 * A struct is called as `type` names it; a tuple without a name by its parts,
 * `int_string`; an option `option_int`. The generated unit has its own names for the
 * same layouts, so that both may be read for themselves. */
#include "plan.h"

#include <string.h>

/* A type's name inside the name of another; NULL: it has none. */
static const char *part_name(Arena *arena, Type *type)
{
    type = type_of(type);
    const char *name = type->kind == T_LIST ? "list" : scalar_name(type->kind);
    return name ? name : extern_type(arena, type);
}

const char *extern_type(Arena *arena, Type *type)
{
    type = type_of(type);
    const char *name = "", *part;
    switch (type->kind) {
    case T_INT: case T_TIME: case T_DURATION: return "int64_t";
    case T_FLOAT: return "double";
    case T_BOOL: return "bool";
    case T_STRING: case T_BYTES: return "dsc_str";
    case T_LIST: return "dsc_list";
    case T_TUPLE: case T_RECORD: case T_OPTION:
        break;
    case T_FUNCTION: case T_STREAM: case T_VAR: case T_ERROR:
        return NULL;
    }
    if (type->alias)
        return type->alias;
    if (type->kind == T_RECORD)
        return NULL;
    for (int i = 0; i < type->n; i++) {
        if (!(part = part_name(arena, type->args[i])))
            return NULL;
        name = arena_printf(arena, "%s%s%s", name, i ? "_" : "", part);
    }
    return type->kind == T_OPTION ? arena_printf(arena, "option_%s", name) : name;
}

const char *extern_field(Arena *arena, Type *type, int i)
{
    type = type_of(type);
    const char *name = type->kind == T_RECORD ? type->names[i] : "";
    bool plain = (name[0] >= 'a' && name[0] <= 'z') || (name[0] >= 'A' && name[0] <= 'Z');
    for (const char *c = name; *c; c++)
        plain &= (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || *c == '_';
    return plain && !is_c_word(name) ? name : arena_printf(arena, "_%d", i);
}

/* Structs written so far, by their names. */
typedef VEC(const char *) Names;

static void write_struct(Arena *arena, Text *out, Names *written, Type *type)
{
    type = type_of(type);
    for (int i = 0; i < type->n; i++)
        write_struct(arena, out, written, type->args[i]);
    if (type->kind != T_TUPLE && type->kind != T_RECORD && type->kind != T_OPTION)
        return;
    const char *name = extern_type(arena, type);
    for (int i = 0; i < written->n; i++)
        if (strcmp(written->at[i], name) == 0)
            return;
    vec_push(arena, written, name);
    text_printf(out, "typedef struct %s {\n", name);
    for (int i = 0; i < type->n; i++)
        text_printf(out, "    %s %s;\n", extern_type(arena, type->args[i]), type->kind == T_OPTION ? "v" : extern_field(arena, type, i));
    text_printf(out, "%s} %s;\n\n", type->kind == T_OPTION ? "    bool some;\n" : type->n == 0 ? "    bool empty;\n" : "", name);
}

void extern_structs(Arena *arena, Text *out, const ExternFile *file)
{
    Names written = {0};
    for (int i = 0; i < file->fns.n; i++) {
        const FnDef *fn = file->fns.at[i];
        Type *result = type_of(fn->result);
        for (int p = 0; p < fn->params.n; p++)
            write_struct(arena, out, &written, fn->params.at[p]->type);
        write_struct(arena, out, &written, result->kind == T_OPTION ? result->args[0] : result);
    }
}
