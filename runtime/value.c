/* value.c: values of any type by their descriptors. See value.h for the key bytes' format.
 *
 * Floats: dsc_equal is that of IEEE (NaN equals nothing, -0.0 equals 0.0);
 * dsc_compare is a total order in which -0.0 < 0.0 and NaN comes last, the one
 * that sorting, min and max use. Keys hold no floats. */
#include "value.h"
#define XXH_INLINE_ALL
#include <xxhash.h>

#define SCALAR(name, k, T) const dsc_type dsc_type_##name = {.kind = k, .size = sizeof(T), .flat = true}
SCALAR(int, DSC_INT, int64_t);
SCALAR(float, DSC_FLOAT, double);
SCALAR(bool, DSC_BOOL, bool);
SCALAR(time, DSC_TIME, int64_t);
SCALAR(duration, DSC_DURATION, int64_t);
SCALAR(isum, DSC_ISUM, dsc_isum);
const dsc_type dsc_type_string = {.kind = DSC_STRING, .size = sizeof(dsc_str)};
const dsc_type dsc_type_bytes = {.kind = DSC_BYTES, .size = sizeof(dsc_str)};
const dsc_type dsc_type_fsum = {.kind = DSC_FSUM, .size = sizeof(dsc_fsum)};

static const char *at(const void *p, size_t offset) { return (const char *)p + offset; }

static bool option_some(const dsc_type *type, const void *value) { return *(const bool *)at(value, type->some); }

static const void *element(const dsc_type *type, const dsc_list *list, int64_t i)
{
    return at(list->p, (size_t)i * type->fields[0].type->size);
}

/* ---- equal, compare --------------------------------------------------------- */

bool dsc_equal(const dsc_type *type, const void *a, const void *b)
{
    switch (type->kind) {
    case DSC_INT:
    case DSC_TIME:
    case DSC_DURATION:
        return *(const int64_t *)a == *(const int64_t *)b;
    case DSC_FLOAT:
        return *(const double *)a == *(const double *)b;
    case DSC_BOOL:
        return *(const bool *)a == *(const bool *)b;
    case DSC_STRING:
    case DSC_BYTES: {
        const dsc_str *s = a, *t = b;
        return s->n == t->n && (s->n == 0 || memcmp(s->p, t->p, (size_t)s->n) == 0);
    }
    case DSC_TUPLE:
    case DSC_RECORD:
        for (uint32_t i = 0; i < type->n; i++) {
            const dsc_field *f = &type->fields[i];
            if (!dsc_equal(f->type, at(a, f->offset), at(b, f->offset)))
                return false;
        }
        return true;
    case DSC_LIST: {
        const dsc_list *s = a, *t = b;
        if (s->n != t->n)
            return false;
        for (int64_t i = 0; i < s->n; i++)
            if (!dsc_equal(type->fields[0].type, element(type, s, i), element(type, t, i)))
                return false;
        return true;
    }
    case DSC_OPTION:
        if (option_some(type, a) != option_some(type, b))
            return false;
        return !option_some(type, a) || dsc_equal(type->fields[0].type, a, b);
    case DSC_ISUM: {
        const dsc_isum *s = a, *t = b;
        return s->lo == t->lo && s->hi == t->hi;
    }
    case DSC_FSUM:
        return dsc_fsum_get(a) == dsc_fsum_get(b);
    }
    return false;
}

static int order_int(int64_t a, int64_t b) { return (a > b) - (a < b); }

static int order_float(double a, double b)
{
    if (a < b)
        return -1;
    if (a > b)
        return 1;
    if (a == b) {
        if (a != 0)
            return 0;
        return !__builtin_signbit(a) - !__builtin_signbit(b);
    }
    return (a != a) - (b != b);
}

int dsc_compare_str(dsc_str a, dsc_str b)
{
    int64_t n = a.n < b.n ? a.n : b.n;
    int c = n > 0 ? memcmp(a.p, b.p, (size_t)n) : 0;
    return c ? (c > 0) - (c < 0) : order_int(a.n, b.n);
}

int dsc_compare(const dsc_type *type, const void *a, const void *b)
{
    switch (type->kind) {
    case DSC_INT:
    case DSC_TIME:
    case DSC_DURATION:
        return order_int(*(const int64_t *)a, *(const int64_t *)b);
    case DSC_FLOAT:
        return order_float(*(const double *)a, *(const double *)b);
    case DSC_BOOL:
        return *(const bool *)a - *(const bool *)b;
    case DSC_STRING:
    case DSC_BYTES:
        return dsc_compare_str(*(const dsc_str *)a, *(const dsc_str *)b);
    case DSC_TUPLE:
    case DSC_RECORD:
        for (uint32_t i = 0; i < type->n; i++) {
            const dsc_field *f = &type->fields[i];
            int c = dsc_compare(f->type, at(a, f->offset), at(b, f->offset));
            if (c)
                return c;
        }
        return 0;
    case DSC_LIST: {
        const dsc_list *s = a, *t = b;
        for (int64_t i = 0; i < s->n && i < t->n; i++) {
            int c = dsc_compare(type->fields[0].type, element(type, s, i), element(type, t, i));
            if (c)
                return c;
        }
        return order_int(s->n, t->n);
    }
    case DSC_OPTION:
        if (!option_some(type, a) || !option_some(type, b))
            return option_some(type, a) - option_some(type, b);
        return dsc_compare(type->fields[0].type, a, b);
    case DSC_ISUM: {
        const dsc_isum *s = a, *t = b;
        return s->hi != t->hi ? order_int(s->hi, t->hi) : (s->lo > t->lo) - (s->lo < t->lo);
    }
    case DSC_FSUM:
        return order_float(dsc_fsum_get(a), dsc_fsum_get(b));
    }
    return 0;
}

/* ---- copies ------------------------------------------------------------------ */

int rt_type_holds(const dsc_type *type)
{
    int holds = 0;
    switch (type->kind) {
    case DSC_STRING:
    case DSC_BYTES:
        return RT_HOLDS_HEAP;
    case DSC_FSUM:
        return RT_HOLDS_WIDE;
    case DSC_LIST:
        return RT_HOLDS_HEAP | rt_type_holds(type->fields[0].type);
    case DSC_TUPLE:
    case DSC_RECORD:
        for (uint32_t i = 0; i < type->n; i++)
            holds |= rt_type_holds(type->fields[i].type);
        return holds;
    case DSC_OPTION:
        return rt_type_holds(type->fields[0].type);
    default:
        return 0;
    }
}

static void copy_str(dsc_str *dst, const dsc_str *src, rt_arena *arena)
{
    char *p = src->n > 0 ? rt_arena_alloc(arena, (size_t)src->n) : NULL;
    if (src->n > 0)
        memcpy(p, src->p, (size_t)src->n);
    *dst = (dsc_str){p, src->n};
}

/* Wide accumulators are cloned, where they are not to be left as they are. */
static void own(const dsc_type *type, void *value, rt_arena *arena, bool clone)
{
    switch (type->kind) {
    case DSC_STRING:
    case DSC_BYTES:
        copy_str(value, value, arena);
        break;
    case DSC_TUPLE:
    case DSC_RECORD:
        for (uint32_t i = 0; i < type->n; i++)
            own(type->fields[i].type, (char *)value + type->fields[i].offset, arena, clone);
        break;
    case DSC_LIST: {
        dsc_list *list = value;
        const dsc_type *t = type->fields[0].type;
        if (list->n == 0) {
            list->p = NULL;
            break;
        }
        char *p = rt_arena_alloc(arena, (size_t)list->n * t->size);
        memcpy(p, list->p, (size_t)list->n * t->size);
        list->p = p;
        if (!t->flat)
            for (int64_t i = 0; i < list->n; i++)
                own(t, p + (size_t)i * t->size, arena, clone);
        break;
    }
    case DSC_OPTION:
        if (option_some(type, value))
            own(type->fields[0].type, value, arena, clone);
        break;
    case DSC_FSUM:
        if (clone) {
            dsc_fsum whole = *(dsc_fsum *)value;
            rt_fsum_copy(value, &whole);
        }
        break;
    default:
        break;
    }
}

void rt_move(const dsc_type *type, void *value, rt_arena *arena) { own(type, value, arena, false); }

void rt_copy(const dsc_type *type, void *dst, const void *src, rt_arena *arena)
{
    if (dst != src)
        memcpy(dst, src, type->size);
    own(type, dst, arena, true);
}

size_t rt_heap_size(const dsc_type *type, const void *value)
{
    size_t n = 0;
    switch (type->kind) {
    case DSC_STRING:
    case DSC_BYTES:
        return ((size_t)((const dsc_str *)value)->n + 7) & ~(size_t)7;
    case DSC_TUPLE:
    case DSC_RECORD:
        for (uint32_t i = 0; i < type->n; i++)
            n += rt_heap_size(type->fields[i].type, at(value, type->fields[i].offset));
        return n;
    case DSC_LIST: {
        const dsc_list *list = value;
        const dsc_type *t = type->fields[0].type;
        n = ((size_t)list->n * t->size + 7) & ~(size_t)7;
        for (int64_t i = 0; !t->flat && i < list->n; i++)
            n += rt_heap_size(t, element(type, list, i));
        return n;
    }
    case DSC_OPTION:
        return option_some(type, value) ? rt_heap_size(type->fields[0].type, value) : 0;
    default:
        return 0;
    }
}

size_t rt_keep_changed(const dsc_type *type, void *value, const void *before, rt_arena *arena)
{
    size_t lost = 0;
    switch (type->kind) {
    case DSC_STRING:
    case DSC_BYTES: {
        const dsc_str *now = value, *old = before;
        if (now->n == old->n && (now->p == old->p || now->n == 0))
            return 0;
        break;
    }
    case DSC_LIST: {
        const dsc_list *now = value, *old = before;
        if (now->n == old->n && (now->p == old->p || now->n == 0))
            return 0;
        break;
    }
    case DSC_TUPLE:
    case DSC_RECORD:
        for (uint32_t i = 0; i < type->n; i++) {
            uint32_t o = type->fields[i].offset;
            lost += rt_keep_changed(type->fields[i].type, (char *)value + o, at(before, o), arena);
        }
        return lost;
    case DSC_OPTION:
        if (option_some(type, value) && option_some(type, before))
            return rt_keep_changed(type->fields[0].type, value, before, arena);
        break;
    default:
        return 0;                 /* a float sum owns what it points to, changed or not */
    }
    lost = rt_heap_size(type, before);
    own(type, value, arena, false);
    return lost;
}

void rt_drop(const dsc_type *type, void *value)
{
    switch (type->kind) {
    case DSC_FSUM:
        rt_fsum_drop(value);
        break;
    case DSC_TUPLE:
    case DSC_RECORD:
        for (uint32_t i = 0; i < type->n; i++)
            rt_drop(type->fields[i].type, (char *)value + type->fields[i].offset);
        break;
    case DSC_OPTION:
        if (option_some(type, value))
            rt_drop(type->fields[0].type, value);
        break;
    default:
        break;
    }
}

/* ---- key bytes ------------------------------------------------------------------ */

static void encode_int(uint64_t v, rt_buf *out)
{
    unsigned char b[8];
    for (int i = 0; i < 8; i++)
        b[i] = (unsigned char)(v >> 8 * i);
    rt_buf_add(out, b, 8);
}

static int64_t decode_int(const char *p)
{
    uint64_t v = 0;
    for (int i = 0; i < 8; i++)
        v |= (uint64_t)(unsigned char)p[i] << 8 * i;
    return (int64_t)v;
}

void rt_key_encode(const dsc_type *type, const void *value, rt_buf *out)
{
    switch (type->kind) {
    case DSC_INT:
    case DSC_TIME:
    case DSC_DURATION:
        encode_int(*(const uint64_t *)value, out);
        break;
    case DSC_BOOL:
        rt_buf_char(out, *(const bool *)value);
        break;
    case DSC_STRING:
    case DSC_BYTES: {
        const dsc_str *s = value;
        encode_int((uint64_t)s->n, out);
        rt_buf_add(out, s->p, (size_t)s->n);
        break;
    }
    case DSC_TUPLE:
    case DSC_RECORD:
        for (uint32_t i = 0; i < type->n; i++)
            rt_key_encode(type->fields[i].type, at(value, type->fields[i].offset), out);
        break;
    case DSC_LIST: {
        const dsc_list *list = value;
        encode_int((uint64_t)list->n, out);
        for (int64_t i = 0; i < list->n; i++)
            rt_key_encode(type->fields[0].type, element(type, list, i), out);
        break;
    }
    case DSC_OPTION:
        rt_buf_char(out, option_some(type, value));
        if (option_some(type, value))
            rt_key_encode(type->fields[0].type, value, out);
        break;
    case DSC_FLOAT:
    case DSC_ISUM:
    case DSC_FSUM:
        break;                    /* never in a key */
    }
}

const char *rt_key_decode(const dsc_type *type, const char *p, void *value, rt_arena *arena)
{
    switch (type->kind) {
    case DSC_INT:
    case DSC_TIME:
    case DSC_DURATION:
        *(int64_t *)value = decode_int(p);
        return p + 8;
    case DSC_BOOL:
        *(bool *)value = *p != 0;
        return p + 1;
    case DSC_STRING:
    case DSC_BYTES: {
        int64_t n = decode_int(p);
        *(dsc_str *)value = (dsc_str){p + 8, n};
        return p + 8 + n;
    }
    case DSC_TUPLE:
    case DSC_RECORD:
        for (uint32_t i = 0; i < type->n; i++)
            p = rt_key_decode(type->fields[i].type, p, (char *)value + type->fields[i].offset, arena);
        return p;
    case DSC_LIST: {
        const dsc_type *t = type->fields[0].type;
        int64_t n = decode_int(p);
        char *elements = rt_arena_alloc(arena, (size_t)n * t->size);
        p += 8;
        for (int64_t i = 0; i < n; i++)
            p = rt_key_decode(t, p, elements + (size_t)i * t->size, arena);
        *(dsc_list *)value = (dsc_list){elements, n};
        return p;
    }
    case DSC_OPTION: {
        bool some = *p++ != 0;
        memset(value, 0, type->size);
        *(bool *)((char *)value + type->some) = some;
        return some ? rt_key_decode(type->fields[0].type, p, value, arena) : p;
    }
    case DSC_FLOAT:
    case DSC_ISUM:
    case DSC_FSUM:
        break;
    }
    return p;
}

uint64_t rt_stable_hash(const void *bytes, size_t n) { return XXH3_64bits(bytes, n); }
