/* fmt_binary.c: records of a fixed size. */
#include "rt.h"

typedef struct Binary {
    dsc_format base;
    size_t size;                  /* of a record */
} Binary;

/* Bytes of a value; 0: it has no fixed size. */
static size_t size_of(const dsc_type *type)
{
    size_t size = 0;
    switch ((int)type->kind) {
    case DSC_INT:
    case DSC_FLOAT:
    case DSC_TIME:
    case DSC_DURATION:
        return 8;
    case DSC_BOOL:
        return 1;
    case DSC_TUPLE:
    case DSC_RECORD:
        for (uint32_t i = 0; i < type->n; i++) {
            size_t part = size_of(type->fields[i].type);
            if (part == 0)
                return 0;
            size += part;
        }
        return size;
    }
    return 0;
}

static int binary_open(dsc_format *f)
{
    Binary *b = (Binary *)f;
    b->size = size_of(f->type);
    if (b->size == 0)
        return dsc_fail(f->job, "binary: its records hold ints, floats, bools, times and durations only");
    return 0;
}

static size_t binary_record_size(const dsc_format *f) { return ((const Binary *)f)->size; }

static const char *read_value(const dsc_type *type, const char *p, char *out, const char **why)
{
    if (type->kind == DSC_TUPLE || type->kind == DSC_RECORD) {
        for (uint32_t i = 0; i < type->n; i++) {
            const dsc_field *field = &type->fields[i];
            if (field->unused)
                p += size_of(field->type);
            else if (!(p = read_value(field->type, p, out + field->offset, why)))
                return NULL;
        }
        return p;
    }
    if (type->kind == DSC_BOOL) {
        if ((unsigned char)*p > 1) {
            *why = "a byte that is neither 0 nor 1 stands for a bool";
            return NULL;
        }
        *(bool *)out = *p != 0;
        return p + 1;
    }
    uint64_t word = 0;
    for (int i = 0; i < 8; i++)
        word |= (uint64_t)(unsigned char)p[i] << 8 * i;
    memcpy(out, &word, sizeof word);
    return p + 8;
}

static int binary_decode(const dsc_format *f, dsc_task *task, const void *layout, dsc_str record, void *out, const char **why)
{
    (void)task, (void)layout;
    if (record.n != (int64_t)((const Binary *)f)->size) {
        *why = "the input ends within a record";
        return -1;
    }
    return read_value(f->type, record.p, out, why) ? 1 : -1;
}

static void write_value(const dsc_type *type, rt_buf *out, const char *value)
{
    if (type->kind == DSC_TUPLE || type->kind == DSC_RECORD) {
        for (uint32_t i = 0; i < type->n; i++)
            write_value(type->fields[i].type, out, value + type->fields[i].offset);
    } else if (type->kind == DSC_BOOL) {
        rt_buf_char(out, *(const bool *)value);
    } else {
        uint64_t word;
        memcpy(&word, value, sizeof word);
        for (int i = 0; i < 8; i++)
            rt_buf_char(out, (char)(word >> 8 * i));
    }
}

static const char *binary_encode(const dsc_format *f, dsc_task *task, rt_buf *out, const void *value)
{
    (void)task;
    write_value(f->type, out, value);
    return NULL;
}

static void binary_close(dsc_format *f) { (void)f; }

static const dsc_arg_def binary_args[] = {{0}};

const dsc_format_def fmt_binary = {
    .name = "binary",
    .synopsis = "binary(T)",
    .doc = "Records of a fixed size, one directly after the other.\n"
           "T is a record or tuple of ints, floats, times and durations, 8 bytes each with the lowest first, and bools, one byte\n"
           "0 or 1, without space between them. Times and durations count microseconds. A record that the input's end cuts short\n"
           "is bad.",
    .example = NULL,
    .args = binary_args,
    .typed = true,
    .size = sizeof(Binary),
    .open = binary_open,
    .record_size = binary_record_size,
    .decode = binary_decode,
    .encode = binary_encode,
    .close = binary_close,
};

DSC_FORMAT(fmt_binary)
