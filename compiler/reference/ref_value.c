/* ref_value.c: values of the reference: made, copied, compared, printed, and carried over to the C
 * representation that the runtime's functions and formats want. */
#include "ref.h"

#include <math.h>
#include <string.h>

Val val_int(TypeKind kind, int64_t i)
{
    return (Val){.kind = kind, .is.i = i};
}

Val val_bool(bool b)
{
    return (Val){.kind = T_BOOL, .is.i = b};
}

Val val_float(double f)
{
    return (Val){.kind = T_FLOAT, .is.f = f};
}

Val val_string(const char *p, int64_t n)
{
    return (Val){.kind = T_STRING, .n = n, .is.p = p};
}

Val val_parts(Arena *arena, TypeKind kind, const Val *parts, int64_t n)
{
    Val *at = NEW_ARRAY(arena, Val, n);
    if (n > 0)
        memcpy(at, parts, (size_t)n * sizeof *at);
    return (Val){.kind = kind, .n = n, .is.at = at};
}

Val val_pair(Arena *arena, Val a, Val b)
{
    return val_parts(arena, T_TUPLE, (Val[]){a, b}, 2);
}

static bool is_text(TypeKind kind)
{
    return kind == T_STRING || kind == T_BYTES;
}

static bool has_parts(TypeKind kind)
{
    return kind == T_LIST || kind == T_TUPLE || kind == T_RECORD || kind == T_OPTION;
}

Val val_copy(Arena *arena, Val v)
{
    if (is_text(v.kind)) {
        v.is.p = arena_strndup(arena, v.n > 0 ? v.is.p : "", (size_t)v.n);
    } else if (has_parts(v.kind)) {
        Val *at = NEW_ARRAY(arena, Val, v.n);
        for (int64_t i = 0; i < v.n; i++)
            at[i] = val_copy(arena, v.is.at[i]);
        v.is.at = at;
    }
    return v;
}

/* ---- equal, compare, hash ------------------------------------------------------------- */

static int sign(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_text(Val a, Val b)
{
    int64_t n = a.n < b.n ? a.n : b.n;
    int c = n > 0 ? memcmp(a.is.p, b.is.p, (size_t)n) : 0;
    return c ? c : sign(a.n, b.n);
}

static int compare_floats(double a, double b)
{
    if (isnan(a) || isnan(b))
        return (isnan(a) != 0) - (isnan(b) != 0);
    if (a == 0 && b == 0)
        return !signbit(a) - !signbit(b);
    return (a > b) - (a < b);
}

bool val_equal(Val a, Val b)
{
    if (a.kind == T_FLOAT)
        return a.is.f == b.is.f;
    if (is_text(a.kind))
        return compare_text(a, b) == 0;
    if (!has_parts(a.kind))
        return a.is.i == b.is.i;
    if (a.n != b.n)
        return false;
    for (int64_t i = 0; i < a.n; i++)
        if (!val_equal(a.is.at[i], b.is.at[i]))
            return false;
    return true;
}

int val_compare(Val a, Val b)
{
    if (a.kind == T_FLOAT)
        return compare_floats(a.is.f, b.is.f);
    if (is_text(a.kind))
        return compare_text(a, b);
    if (!has_parts(a.kind))
        return sign(a.is.i, b.is.i);
    for (int64_t i = 0; i < a.n && i < b.n; i++) {
        int c = val_compare(a.is.at[i], b.is.at[i]);
        if (c)
            return c;
    }
    return sign(a.n, b.n);        /* of options: none comes first */
}

static uint64_t mix(uint64_t h, uint64_t x)
{
    h = (h ^ x) * 0x9e3779b97f4a7c15u;
    return h ^ h >> 29;
}

uint64_t val_hash(Val v)
{
    uint64_t h = mix((uint64_t)v.n, (uint64_t)v.kind);
    if (is_text(v.kind)) {
        for (int64_t i = 0; i < v.n; i++)
            h = mix(h, (unsigned char)v.is.p[i]);
    } else if (has_parts(v.kind)) {
        for (int64_t i = 0; i < v.n; i++)
            h = mix(h, val_hash(v.is.at[i]));
    } else {
        h = mix(h, (uint64_t)v.is.i);
    }
    return h;
}

/* ---- layouts ---------------------------------------------------------------------------- */

static uint32_t alignment(const dsc_type *t)
{
    uint32_t most = 1;
    switch (t->kind) {
    case DSC_BOOL:
        return 1;
    case DSC_TUPLE: case DSC_RECORD: case DSC_OPTION:
        for (uint32_t i = 0; i < t->n; i++)
            if (alignment(t->fields[i].type) > most)
                most = alignment(t->fields[i].type);
        return most;
    default:
        return 8;
    }
}

static uint32_t round_up(uint32_t n, uint32_t to)
{
    return (n + to - 1) / to * to;
}

/* The struct that a C compiler would lay out. */
static const dsc_type *struct_layout(Arena *arena, Type *type, const Used *used)
{
    static const dsc_kind kinds[] = {[T_TUPLE] = DSC_TUPLE, [T_RECORD] = DSC_RECORD, [T_LIST] = DSC_LIST, [T_OPTION] = DSC_OPTION};
    dsc_type *t = NEW(arena, dsc_type);
    dsc_field *fields = NEW_ARRAY(arena, dsc_field, type->n + 1);
    uint32_t end = 0;
    t->flat = type->kind != T_LIST;
    for (int i = 0; i < type->n; i++) {
        const Used *part = used && !used->whole && type->kind != T_OPTION && type->kind != T_LIST ? used->parts[i] : NULL;
        bool unused = used && !used->whole && used->parts && !used->parts[i] && type->kind != T_OPTION && type->kind != T_LIST;
        fields[i].type = val_layout(arena, type->args[i], part);
        fields[i].name = type->kind == T_RECORD ? type->names[i] : NULL;
        fields[i].offset = end = round_up(end, alignment(fields[i].type));
        fields[i].unused = unused;
        t->flat &= fields[i].type->flat;
        end += fields[i].type->size;
    }
    t->kind = kinds[type->kind];
    t->n = (uint32_t)type->n;
    t->fields = fields;
    if (type->kind == T_LIST) {
        fields[0].offset = 0;
        t->size = sizeof(dsc_list);
        return t;
    }
    if (type->kind == T_OPTION)
        t->some = end++;
    t->size = round_up(end ? end : 1, alignment(t));
    return t;
}

const dsc_type *val_layout(Arena *arena, Type *type, const Used *used)
{
    type = type_of(type);
    switch (type->kind) {
    case T_FLOAT: return &dsc_type_float;
    case T_BOOL: return &dsc_type_bool;
    case T_STRING: return &dsc_type_string;
    case T_BYTES: return &dsc_type_bytes;
    case T_TIME: return &dsc_type_time;
    case T_DURATION: return &dsc_type_duration;
    case T_TUPLE: case T_RECORD: case T_LIST: case T_OPTION: return struct_layout(arena, type, used);
    case T_INT: case T_FUNCTION: case T_STREAM: case T_VAR: case T_ERROR: break;
    }
    return &dsc_type_int;
}

void val_to_c(Arena *arena, const dsc_type *t, Val v, void *out)
{
    switch (t->kind) {
    case DSC_FLOAT:
        *(double *)out = v.is.f;
        break;
    case DSC_BOOL:
        *(bool *)out = v.is.i != 0;
        break;
    case DSC_STRING: case DSC_BYTES:
        *(dsc_str *)out = (dsc_str){v.is.p, v.n};
        break;
    case DSC_TUPLE: case DSC_RECORD:
        for (uint32_t i = 0; i < t->n; i++)
            val_to_c(arena, t->fields[i].type, v.is.at[i], (char *)out + t->fields[i].offset);
        break;
    case DSC_LIST: {
        size_t size = t->fields[0].type->size;
        char *items = arena_alloc(arena, (size_t)v.n * size);
        for (int64_t i = 0; i < v.n; i++)
            val_to_c(arena, t->fields[0].type, v.is.at[i], items + (size_t)i * size);
        *(dsc_list *)out = (dsc_list){items, v.n};
        break;
    }
    case DSC_OPTION:
        memset(out, 0, t->size);
        *((bool *)out + t->some) = v.n > 0;
        if (v.n > 0)
            val_to_c(arena, t->fields[0].type, v.is.at[0], out);
        break;
    default:
        *(int64_t *)out = v.is.i;
    }
}

static Val parts_from_c(Arena *arena, TypeKind kind, const dsc_type *t, const void *p, int64_t n)
{
    Val *at = NEW_ARRAY(arena, Val, n);
    for (int64_t i = 0; i < n; i++) {
        const dsc_field *f = &t->fields[kind == T_LIST ? 0 : i];
        at[i] = val_from_c(arena, f->type, (const char *)p + (kind == T_LIST ? (size_t)i * f->type->size : f->offset));
    }
    return (Val){.kind = kind, .n = n, .is.at = at};
}

Val val_from_c(Arena *arena, const dsc_type *t, const void *p)
{
    switch (t->kind) {
    case DSC_FLOAT:
        return val_float(*(const double *)p);
    case DSC_BOOL:
        return val_bool(*(const bool *)p);
    case DSC_STRING: case DSC_BYTES: {
        const dsc_str *s = p;
        Val v = val_string(arena_strndup(arena, s->n > 0 ? s->p : "", (size_t)s->n), s->n);
        v.kind = t->kind == DSC_STRING ? T_STRING : T_BYTES;
        return v;
    }
    case DSC_TUPLE:
        return parts_from_c(arena, T_TUPLE, t, p, t->n);
    case DSC_RECORD:
        return parts_from_c(arena, T_RECORD, t, p, t->n);
    case DSC_LIST:
        return parts_from_c(arena, T_LIST, t, ((const dsc_list *)p)->p, ((const dsc_list *)p)->n);
    case DSC_OPTION:
        return parts_from_c(arena, T_OPTION, t, p, *((const bool *)p + t->some) ? 1 : 0);
    case DSC_TIME:
        return val_int(T_TIME, *(const int64_t *)p);
    case DSC_DURATION:
        return val_int(T_DURATION, *(const int64_t *)p);
    default:
        return val_int(T_INT, *(const int64_t *)p);
    }
}
