/* encode.c: values of any type by their descriptors, as bytes that any process can
 * read again; and types themselves. See bytes.h for the form. */
#include "bytes.h"
#include "../value.h"

size_t rt_begin_text(rt_buf *b)
{
    rt_put_u64(b, 0);
    return b->n - 8;
}

void rt_end_text(rt_buf *b, size_t at)
{
    uint64_t n = b->n - at - 8;
    for (int i = 0; i < 8 && !b->failed; i++)
        b->p[at + (size_t)i] = (char)(n >> 8 * i);
}

/* ---- out --------------------------------------------------------------------- */

static void put_fields(rt_buf *b, const dsc_type *type, const char *value)
{
    for (uint32_t i = 0; i < type->n; i++)
        rt_put_value(b, type->fields[i].type, value + type->fields[i].offset);
}

static void put_list(rt_buf *b, const dsc_type *type, const dsc_list *list)
{
    const dsc_type *element = type->fields[0].type;
    rt_put_i64(b, list->n);
    for (int64_t i = 0; i < list->n; i++)
        rt_put_value(b, element, (const char *)list->p + (size_t)i * element->size);
}

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static void put_fsum(rt_buf *b, const dsc_fsum *sum)
{
    rt_put_u64(b, bits_of(sum->h));
    rt_put_u64(b, bits_of(sum->l));
    rt_buf_char(b, sum->wide != NULL);
    uint64_t words[RT_WIDE_WORDS];
    if (!sum->wide)
        return;
    rt_fsum_words(sum, words);
    for (int i = 0; i < RT_WIDE_WORDS; i++)
        rt_put_u64(b, words[i]);
}

void rt_put_value(rt_buf *b, const dsc_type *type, const void *value)
{
    const dsc_str *s = value;
    const dsc_isum *sum = value;
    switch (type->kind) {
    case DSC_INT: case DSC_TIME: case DSC_DURATION:
        rt_put_i64(b, *(const int64_t *)value);
        return;
    case DSC_FLOAT:
        rt_put_u64(b, bits_of(*(const double *)value));
        return;
    case DSC_BOOL:
        rt_buf_char(b, *(const bool *)value);
        return;
    case DSC_STRING: case DSC_BYTES:
        rt_put_text(b, s->p, (size_t)s->n);
        return;
    case DSC_LIST:
        put_list(b, type, value);
        return;
    case DSC_OPTION: {
        bool some = *((const bool *)value + type->some);
        rt_buf_char(b, some);
        if (some)
            rt_put_value(b, type->fields[0].type, value);
        return;
    }
    case DSC_TUPLE: case DSC_RECORD:
        put_fields(b, type, value);
        return;
    case DSC_ISUM:
        rt_put_u64(b, sum->lo);
        rt_put_i64(b, sum->hi);
        return;
    case DSC_FSUM:
        put_fsum(b, value);
        return;
    }
}

/* ---- in ------------------------------------------------------------------------ */

static uint8_t get_byte(rt_reader *r)
{
    if (r->at == r->end) {
        r->damaged = true;
        return 0;
    }
    return *r->at++;
}

static double get_double(rt_reader *r)
{
    uint64_t bits = rt_get_u64(r);
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static void get_list(rt_reader *r, const dsc_type *type, dsc_list *list, rt_arena *arena)
{
    const dsc_type *element = type->fields[0].type;
    /* An element takes at least a byte, but for empty tuples, which there are none of. */
    uint64_t n = rt_get_count(r, 1);
    char *p = rt_arena_alloc(arena, (size_t)n * element->size);
    memset(p, 0, (size_t)n * element->size);
    *list = (dsc_list){p, (int64_t)n};
    for (uint64_t i = 0; i < n && !r->damaged; i++)
        rt_get_value(r, element, p + (size_t)i * element->size, arena);
}

static void get_fsum(rt_reader *r, dsc_fsum *sum)
{
    *sum = (dsc_fsum){.h = get_double(r)};
    sum->l = get_double(r);
    uint64_t words[RT_WIDE_WORDS];
    if (!get_byte(r))
        return;
    for (int i = 0; i < RT_WIDE_WORDS; i++)
        words[i] = rt_get_u64(r);
    if (!r->damaged)
        rt_fsum_from_words(sum, words);
}

void rt_get_value(rt_reader *r, const dsc_type *type, void *value, rt_arena *arena)
{
    memset(value, 0, type->size);
    switch (type->kind) {
    case DSC_INT: case DSC_TIME: case DSC_DURATION:
        *(int64_t *)value = rt_get_i64(r);
        return;
    case DSC_FLOAT:
        *(double *)value = get_double(r);
        return;
    case DSC_BOOL:
        *(bool *)value = get_byte(r) != 0;
        return;
    case DSC_STRING: case DSC_BYTES: {
        dsc_str s = rt_get_text(r);
        char *copy = rt_arena_alloc(arena, (size_t)s.n);
        if (s.n > 0)
            memcpy(copy, s.p, (size_t)s.n);
        *(dsc_str *)value = (dsc_str){copy, s.n};
        return;
    }
    case DSC_LIST:
        get_list(r, type, value, arena);
        return;
    case DSC_OPTION:
        if (get_byte(r) == 0)
            return;
        *((bool *)value + type->some) = true;
        rt_get_value(r, type->fields[0].type, value, arena);
        return;
    case DSC_TUPLE: case DSC_RECORD:
        for (uint32_t i = 0; i < type->n && !r->damaged; i++)
            rt_get_value(r, type->fields[i].type, (char *)value + type->fields[i].offset, arena);
        return;
    case DSC_ISUM: {
        dsc_isum *sum = value;
        sum->lo = rt_get_u64(r);
        sum->hi = rt_get_i64(r);
        return;
    }
    case DSC_FSUM:
        get_fsum(r, value);
        return;
    }
}

/* ---- types ------------------------------------------------------------------------ */

void rt_put_type(rt_buf *b, const dsc_type *type)
{
    rt_put_u64(b, (uint64_t)type->kind);
    rt_put_u64(b, type->n);
    for (uint32_t i = 0; i < type->n; i++) {
        const dsc_field *f = &type->fields[i];
        rt_put_text(b, f->name ? f->name : "", f->name ? strlen(f->name) : 0);
        rt_put_type(b, f->type);
    }
}

static uint32_t align_of(const dsc_type *type)
{
    uint32_t most = type->kind == DSC_BOOL ? 1 : 8;
    if (type->kind != DSC_TUPLE && type->kind != DSC_RECORD && type->kind != DSC_OPTION)
        return most;
    most = 1;
    for (uint32_t i = 0; i < type->n; i++)
        if (align_of(type->fields[i].type) > most)
            most = align_of(type->fields[i].type);
    return most;
}

static uint32_t round_up(uint32_t n, uint32_t align) { return (n + align - 1) / align * align; }

/* The layout that the C compiler gives. */
static void lay_out(dsc_type *type, dsc_field *fields)
{
    static const uint32_t sizes[] = {[DSC_INT] = 8, [DSC_FLOAT] = 8, [DSC_BOOL] = 1, [DSC_TIME] = 8, [DSC_DURATION] = 8,
                                     [DSC_STRING] = sizeof(dsc_str), [DSC_BYTES] = sizeof(dsc_str), [DSC_LIST] = sizeof(dsc_list),
                                     [DSC_ISUM] = sizeof(dsc_isum), [DSC_FSUM] = sizeof(dsc_fsum)};
    if (type->kind == DSC_OPTION) {
        type->some = fields[0].type->size;
        type->size = round_up(type->some + 1, align_of(type));
        return;
    }
    if (type->kind != DSC_TUPLE && type->kind != DSC_RECORD) {
        type->size = sizes[type->kind];
        return;
    }
    for (uint32_t i = 0; i < type->n; i++) {
        fields[i].offset = round_up(type->size, align_of(fields[i].type));
        type->size = fields[i].offset + fields[i].type->size;
    }
    type->size = round_up(type->size, align_of(type));
}

static const dsc_type *get_type(rt_reader *r, rt_arena *arena, int depth)
{
    enum { DEEPEST = 1000 };
    uint64_t kind = rt_get_u64(r), n = rt_get_count(r, 24);
    bool one = kind == DSC_LIST || kind == DSC_OPTION, many = kind == DSC_TUPLE || kind == DSC_RECORD;
    if (r->damaged || depth > DEEPEST || kind > DSC_FSUM || (one ? n != 1 : !many && n != 0)) {
        r->damaged = true;
        return NULL;
    }
    dsc_type *type = rt_arena_alloc(arena, sizeof *type);
    dsc_field *fields = rt_arena_alloc(arena, (size_t)n * sizeof *fields);
    for (uint64_t i = 0; i < n; i++) {
        dsc_str name = rt_get_text(r);
        char *copy = rt_arena_alloc(arena, (size_t)name.n + 1);
        memcpy(copy, name.p, (size_t)name.n);
        copy[name.n] = '\0';
        fields[i] = (dsc_field){.name = name.n > 0 ? copy : NULL, .type = get_type(r, arena, depth + 1)};
        if (!fields[i].type)
            return NULL;
    }
    *type = (dsc_type){.kind = (dsc_kind)kind, .n = (uint32_t)n, .fields = fields};
    lay_out(type, fields);
    return type;
}

const dsc_type *rt_get_type(rt_reader *r, rt_arena *arena) { return get_type(r, arena, 0); }
