/* emit_type.c: C types and descriptors of the language's types.
 *
 * A tuple, record or option has one struct, whatever aliases it is known by;
 * it is written, after those inside it, when it is first asked for. */
#include "emit_internal.h"

#include <string.h>

static Type *no_types[] = {NULL};
Type emit_isum = {.kind = T_RECORD, .args = no_types, .alias = "isum"};
Type emit_fsum = {.kind = T_RECORD, .args = no_types, .alias = "fsum"};

bool type_is_number(Type *type)
{
    TypeKind kind = type_of(type)->kind;
    return kind == T_INT || kind == T_TIME || kind == T_DURATION;
}

bool type_is_struct(Type *type)
{
    type = type_of(type);
    return (type->kind == T_TUPLE || type->kind == T_RECORD || type->kind == T_OPTION) &&
           type != &emit_isum && type != &emit_fsum && type != &emit_event;
}

bool type_is_flat(Type *type)
{
    type = type_of(type);
    if (type->kind == T_STRING || type->kind == T_BYTES || type->kind == T_LIST || type == &emit_fsum)
        return false;
    for (int i = 0; i < type->n; i++)
        if (!type_is_flat(type->args[i]))
            return false;
    return true;
}

static bool same_type(Type *a, Type *b)
{
    if (a == &emit_isum || a == &emit_fsum || b == &emit_isum || b == &emit_fsum)
        return a == b;
    if (a->kind != b->kind || a->n != b->n)
        return false;
    for (int i = 0; i < a->n; i++)
        if ((a->kind == T_RECORD && strcmp(a->names[i], b->names[i]) != 0) ||
            !same_type(type_of(a->args[i]), type_of(b->args[i])))
            return false;
    return true;
}

static TypeDef *find_def(Emit *e, Type *type);

/* A type's name inside the name of another. */
static const char *part_name(Emit *e, Type *type)
{
    type = type_of(type);
    switch (type->kind) {
    case T_RECORD:
        if (type == &emit_isum || type == &emit_fsum)
            return type->alias;
        return find_def(e, type)->name;
    case T_TUPLE: case T_LIST: case T_OPTION:
        return find_def(e, type)->name;
    case T_FUNCTION: case T_STREAM: case T_VAR: case T_ERROR:
        return "none";
    default:
        return scalar_name(type->kind);
    }
}

static const char *def_name(Emit *e, Type *type)
{
    if (type->alias && type->kind != T_LIST)
        return type->alias;
    if (type->kind == T_LIST)
        return emit_format(e, "list_%s", part_name(e, type->args[0]));
    if (type->kind == T_OPTION)
        return emit_format(e, "option_%s", part_name(e, type->args[0]));
    Text text = {0};
    for (int i = 0; i < type->n && text.n <= 40; i++)
        text_printf(&text, "%s%s", i ? "_" : "",
                    type->kind == T_RECORD ? type->names[i] : part_name(e, type->args[i]));
    const char *name = text.n == 0 || text.n > 40 ? (type->kind == T_RECORD ? "record" : "tuple")
                                                  : arena_strndup(e->arena, text.p, text.n);
    text_free(&text);
    return name;
}

static TypeDef *find_def(Emit *e, Type *type)
{
    for (int i = 0; i < e->types.n; i++)
        if (same_type(e->types.at[i]->type, type))
            return e->types.at[i];
    TypeDef *def = NEW(e->arena, TypeDef);
    def->type = type;
    def->name = emit_global_name(e, def_name(e, type));
    def->descriptor = emit_global_name(e, emit_format(e, "%s_type", def->name));
    def->fields = emit_global_name(e, emit_format(e, "%s_fields", def->name));
    vec_push(e->arena, &e->types, def);
    return def;
}

const char *c_field(Emit *e, Type *type, int i)
{
    type = type_of(type);
    if (type->kind != T_RECORD)
        return emit_format(e, "_%d", i);
    /* an identifier that no macro or keyword is, and no other field of it */
    const char *name = type->names[i];
    bool plain = name[0] >= 'a' && name[0] <= 'z';
    for (const char *c = name; *c; c++)
        plain &= (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9');
    return plain && !is_c_word(name) ? name : emit_format(e, "_%d", i);
}

static const char *struct_name(Emit *e, Type *type)
{
    TypeDef *def = find_def(e, type);
    if (def->has_struct)
        return def->name;
    def->has_struct = true;
    Text text = {0};
    text_printf(&text, "typedef struct %s {\n", def->name);
    if (type->kind == T_OPTION) {
        text_printf(&text, "    %s v;\n    bool some;\n", c_type(e, type->args[0]));
    } else {
        for (int i = 0; i < type->n; i++)
            text_printf(&text, "    %s %s;\n", c_type(e, type->args[i]), c_field(e, type, i));
        if (type->n == 0)
            text_add(&text, "    bool empty;\n");
    }
    text_printf(&text, "} %s;\n", def->name);
    emit_item(e, SECTION_STRUCTS, def->name, text.p);
    text_free(&text);
    return def->name;
}

const char *c_type(Emit *e, Type *type)
{
    type = type_of(type);
    switch (type->kind) {
    case T_INT: case T_TIME: case T_DURATION: return "int64_t";
    case T_FLOAT: return "double";
    case T_BOOL: return "bool";
    case T_STRING: case T_BYTES: return "dsc_str";
    case T_LIST: return "dsc_list";
    case T_TUPLE: case T_RECORD: case T_OPTION:
        if (type == &emit_isum)
            return "dsc_isum";
        if (type == &emit_fsum)
            return "dsc_fsum";
        if (type == &emit_event)
            return "dsc_event";
        return struct_name(e, type);
    case T_FUNCTION: case T_STREAM: case T_VAR: case T_ERROR:
        break;
    }
    return "int64_t";             /* the element of a list that is always empty */
}

static const char *const kind_names[] = {
    [T_TUPLE] = "TUPLE", [T_RECORD] = "RECORD", [T_LIST] = "LIST", [T_OPTION] = "OPTION"};

/* One field; `used`: what is looked at of it, where the whole type is a source's. */
static void add_field(Emit *e, Text *text, Type *type, int i, const char *name, const char *inner, bool unused)
{
    if (type->kind == T_LIST)
        text_printf(text, "    {.type = %s", inner);
    else if (type->kind == T_OPTION)
        text_printf(text, "    {.type = %s, .offset = offsetof(%s, v)", inner, name);
    else if (type->kind == T_RECORD)
        text_printf(text, "    {.name = %s, .type = %s, .offset = offsetof(%s, %s)", c_string(e, type->names[i], strlen(type->names[i])),
                    inner, name, c_field(e, type, i));
    else
        text_printf(text, "    {.type = %s, .offset = offsetof(%s, %s)", inner, name, c_field(e, type, i));
    text_add(text, unused ? ", .unused = true},\n" : "},\n");
}

/* `names`: how the struct, its descriptor and its fields are called. used: NULL where all of it is. */
static void add_descriptor(Emit *e, Type *type, const TypeDef *names, const Used *used)
{
    Text fields = {0}, text = {0};
    const char *c = c_type(e, type);
    for (int i = 0; i < type->n; i++) {
        const Used *part = used ? used->parts[i] : NULL;
        const char *inner = part ? c_read_descriptor(e, type->args[i], part) : c_descriptor(e, type->args[i]);
        add_field(e, &fields, type, i, names->name, inner, used && !part);
    }
    if (type->n > 0)
        emit_item(e, SECTION_DATA, names->fields, emit_format(e, "static const dsc_field %s[] = {\n%s};\n", names->fields, fields.p));
    text_printf(&text, "static const dsc_type %s = {\n    .kind = DSC_%s, .size = sizeof(%s)", names->descriptor,
                kind_names[type->kind], c);
    if (type->n > 0)
        text_printf(&text, ", .n = %d, .fields = %s", type->n, names->fields);
    if (type->kind == T_OPTION)
        text_printf(&text, ", .some = offsetof(%s, some)", names->name);
    text_add(&text, type_is_flat(type) ? ", .flat = true};\n" : "};\n");
    emit_item(e, SECTION_DATA, names->descriptor, text.p);
    text_free(&fields);
    text_free(&text);
}

const char *c_read_descriptor(Emit *e, Type *type, const Used *used)
{
    type = type_of(type);
    if (used && used->whole)
        return c_descriptor(e, type);
    if (!type_is_struct(type) || type->kind == T_OPTION || type->n == 0)
        return c_descriptor(e, type);
    TypeDef names = {.name = struct_name(e, type)};
    names.descriptor = emit_global_name(e, emit_format(e, "%s_read_type", names.name));
    names.fields = emit_global_name(e, emit_format(e, "%s_read_fields", names.name));
    Used none = {.parts = NEW_ARRAY(e->arena, Used *, type->n)};
    add_descriptor(e, type, &names, used ? used : &none);
    return emit_format(e, "&%s", names.descriptor);
}

const char *c_descriptor(Emit *e, Type *type)
{
    type = type_of(type);
    switch (type->kind) {
    case T_INT: case T_FUNCTION: case T_STREAM: case T_VAR: case T_ERROR: return "&dsc_type_int";
    case T_FLOAT: return "&dsc_type_float";
    case T_BOOL: return "&dsc_type_bool";
    case T_STRING: return "&dsc_type_string";
    case T_BYTES: return "&dsc_type_bytes";
    case T_TIME: return "&dsc_type_time";
    case T_DURATION: return "&dsc_type_duration";
    case T_TUPLE: case T_RECORD: case T_LIST: case T_OPTION:
        break;
    }
    if (type == &emit_isum)
        return "&dsc_type_isum";
    if (type == &emit_fsum)
        return "&dsc_type_fsum";
    TypeDef *def = find_def(e, type);
    if (!def->has_descriptor) {
        def->has_descriptor = true;
        add_descriptor(e, type, def, NULL);
    }
    return emit_format(e, "&%s", def->descriptor);
}

const char *type_hint(Emit *e, Type *type)
{
    type = type_of(type);
    switch (type->kind) {
    case T_INT: return "n";
    case T_FLOAT: return "x";
    case T_BOOL: return "is";
    case T_STRING: return "text";
    case T_BYTES: return "bytes";
    case T_TIME: return "time";
    case T_DURATION: return "duration";
    case T_LIST: return "list";
    case T_OPTION: return "found";
    case T_TUPLE: case T_RECORD:
        if (type->alias) {
            char *name = arena_strdup(e->arena, type->alias);
            if (name[0] >= 'A' && name[0] <= 'Z')
                name[0] = (char)(name[0] - 'A' + 'a');
            return name;
        }
        return type->kind == T_RECORD ? "record" : type->n == 2 ? "pair" : "tuple";
    case T_FUNCTION: case T_STREAM: case T_VAR: case T_ERROR:
        break;
    }
    return "x";
}
