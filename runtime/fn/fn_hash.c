/* fn_hash.c: hash(x), stable: XXH3 of 64 bits over the value's canonical bytes.
 *
 * A string is its bytes. Other values, and strings inside them:
 *   int, time, duration   8 bytes, little-endian
 *   float                 its IEEE bits as an int; -0.0 as 0.0, one pattern for nan
 *   bool                  1 byte
 *   string, bytes, list   the number of bytes or elements as an int, then these
 *   option                a byte 0, or 1 and the value
 *   tuple, record         field by field */
#define XXH_INLINE_ALL
#include "dsc_fn.h"
#include <string.h>
#include <xxhash.h>

/* Where the bytes go; at == NULL only counts them. */
typedef struct Bytes {
    char *at;
    int64_t n;
} Bytes;

static void put(Bytes *out, const void *bytes, int64_t n)
{
    if (out->at && n > 0)
        memcpy(out->at + out->n, bytes, (size_t)n);
    out->n += n;
}

static void put_int(Bytes *out, uint64_t x)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(x >> 8 * i);
    put(out, bytes, 8);
}

static void put_float(Bytes *out, double x)
{
    uint64_t bits = (uint64_t)0x7ff8 << 48;
    if (x == 0)
        x = 0;
    if (x == x)
        memcpy(&bits, &x, sizeof bits);
    put_int(out, bits);
}

static void put_value(Bytes *out, const dsc_type *type, const void *value)
{
    switch (type->kind) {
    case DSC_INT:
    case DSC_TIME:
    case DSC_DURATION:
        put_int(out, *(const uint64_t *)value);
        break;
    case DSC_FLOAT:
        put_float(out, *(const double *)value);
        break;
    case DSC_BOOL:
        put(out, value, 1);
        break;
    case DSC_STRING:
    case DSC_BYTES: {
        const dsc_str *s = value;
        put_int(out, (uint64_t)s->n);
        put(out, s->p, s->n);
        break;
    }
    case DSC_TUPLE:
    case DSC_RECORD:
        for (uint32_t i = 0; i < type->n; i++)
            put_value(out, type->fields[i].type, (const char *)value + type->fields[i].offset);
        break;
    case DSC_LIST: {
        const dsc_list *list = value;
        const dsc_type *element = type->fields[0].type;
        put_int(out, (uint64_t)list->n);
        for (int64_t i = 0; i < list->n; i++)
            put_value(out, element, (const char *)list->p + i * (int64_t)element->size);
        break;
    }
    case DSC_OPTION: {
        const bool *some = (const bool *)((const char *)value + type->some);
        put(out, some, 1);
        if (*some)
            put_value(out, type->fields[0].type, value);
        break;
    }
    case DSC_ISUM:
    case DSC_FSUM:
        break;                    /* never values of the language */
    }
}

int64_t dsc_hash(dsc_task *task, const dsc_type *type, const void *value)
{
    if (type->kind == DSC_STRING || type->kind == DSC_BYTES) {
        const dsc_str *s = value;
        return (int64_t)XXH3_64bits(s->n > 0 ? s->p : "", (size_t)s->n);
    }
    Bytes bytes = {NULL, 0};
    put_value(&bytes, type, value);
    bytes = (Bytes){dsc_alloc(task, bytes.n), 0};
    put_value(&bytes, type, value);
    return (int64_t)XXH3_64bits(bytes.at, (size_t)bytes.n);
}
