/* bytes.h: how numbers and texts stand in the log and in snapshots: numbers as 8
 * bytes, the lowest first; texts as their length and their bytes. */
#ifndef RT_BYTES_H
#define RT_BYTES_H

#include "rt.h"

static inline void rt_put_u64(rt_buf *b, uint64_t n)
{
    uint8_t le[8];
    for (int i = 0; i < 8; i++)
        le[i] = (uint8_t)(n >> 8 * i);
    rt_buf_add(b, le, sizeof le);
}

static inline void rt_put_i64(rt_buf *b, int64_t n) { rt_put_u64(b, (uint64_t)n); }

static inline void rt_put_text(rt_buf *b, const void *bytes, size_t n)
{
    rt_put_u64(b, n);
    rt_buf_add(b, bytes, n);
}

/* A text whose length is known when it has been written: begun at what is returned. */
size_t rt_begin_text(rt_buf *b);
void rt_end_text(rt_buf *b, size_t at);

/* What is still to be read. Past the end, or where something is wrong, `damaged` is set and zeros are read. */
typedef struct rt_reader rt_reader;
struct rt_reader {
    const uint8_t *at, *end;
    bool damaged;
};

static inline uint64_t rt_get_u64(rt_reader *r)
{
    uint64_t n = 0;
    if (r->end - r->at < 8) {
        r->damaged = true;
        r->at = r->end;
        return 0;
    }
    for (int i = 0; i < 8; i++)
        n |= (uint64_t)*r->at++ << 8 * i;
    return n;
}

static inline int64_t rt_get_i64(rt_reader *r) { return (int64_t)rt_get_u64(r); }

/* It lies in what is read. */
static inline dsc_str rt_get_text(rt_reader *r)
{
    uint64_t n = rt_get_u64(r);
    if (n > (uint64_t)(r->end - r->at)) {
        r->damaged = true;
        r->at = r->end;
        n = 0;
    }
    dsc_str text = {(const char *)r->at, (int64_t)n};
    r->at += n;
    return text;
}

/* A number of things that take at least `each` bytes. */
static inline uint64_t rt_get_count(rt_reader *r, uint64_t each)
{
    uint64_t n = rt_get_u64(r);
    if (n > (uint64_t)(r->end - r->at) / (each ? each : 1)) {
        r->damaged = true;
        return 0;
    }
    return n;
}

/* ---- values of any type (encode.c) ----
 * int, time, duration 8 bytes; float its 8 bytes; bool 1; string, bytes a text; list the number of
 * its elements and they; option 1 byte and, if there is one, what is in it; tuple, record their
 * fields; an exact int sum 16 bytes; an exact float sum h, l, and 1 byte and the wide one where there is one. */
void rt_put_value(rt_buf *b, const dsc_type *type, const void *value);
struct rt_arena;
/* To *value; what it points to goes to the arena. A wide sum is the caller's to drop. */
void rt_get_value(rt_reader *r, const dsc_type *type, void *value, struct rt_arena *arena);
/* A type: its kind (dsc_kind), the number of its fields, and of each the name (a text, empty where it has none) and the type.
 * It is read again with the layout that it has in C; NULL where it is damaged. */
void rt_put_type(rt_buf *b, const dsc_type *type);
const dsc_type *rt_get_type(rt_reader *r, struct rt_arena *arena);

#endif
