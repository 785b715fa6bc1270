/* convert_bytes.c: states and windows as bytes of one form to bytes of another. Values are turned over as they are
 * read, without being made; what stands around them, as states.c has it, stays. */
#include "convert.h"
#include "snapshot.h"
#include "../value.h"
#include <inttypes.h>

static void fail(rt_conversion *c, int64_t n)
{
    if (c->why.n == 0)
        rt_buf_print(&c->why, "it holds the int %" PRId64 ", which is no float", n);
}

/* ---- parts of values -------------------------------------------------------------- */

static void pass(rt_reader *r, rt_buf *b, uint64_t n)
{
    if (n > (uint64_t)(r->end - r->at)) {
        r->damaged = true;
        r->at = r->end;
        return;
    }
    if (b)
        rt_buf_add(b, r->at, (size_t)n);
    r->at += n;
}

static uint64_t pass_number(rt_reader *r, rt_buf *b)
{
    uint64_t n = rt_get_u64(r);
    if (b)
        rt_put_u64(b, n);
    return n;
}

static bool pass_flag(rt_reader *r, rt_buf *b)
{
    bool flag = r->at < r->end && *r->at != 0;
    pass(r, b, 1);
    return flag;
}

static void put_double(rt_buf *b, double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    rt_put_u64(b, bits);
}

static void convert_int(rt_conversion *c, rt_reader *r, rt_buf *b, bool to_float)
{
    int64_t n = rt_get_i64(r);
    if (!to_float) {
        if (b)
            rt_put_i64(b, n);
        return;
    }
    /* 2^63 itself is no int, but what INT64_MAX would become. */
    if ((double)n >= 9223372036854775808.0 || (int64_t)(double)n != n)
        fail(c, n);
    put_double(b, (double)n);
}

/* 128 bits, in parts that are floats. */
static void convert_sum(rt_reader *r, rt_buf *b, bool to_float)
{
    uint64_t lo = rt_get_u64(r);
    int64_t hi = rt_get_i64(r);
    if (!to_float) {
        if (b) {
            rt_put_u64(b, lo);
            rt_put_i64(b, hi);
        }
        return;
    }
    const double half = 4294967296.0;
    dsc_fsum sum = {0};
    uint64_t rest = (uint64_t)hi & 0xffffffffu;
    dsc_fsum_add(&sum, (double)((hi - (int64_t)rest) / 4294967296) * half * half * half);
    dsc_fsum_add(&sum, (double)rest * half * half);
    dsc_fsum_add(&sum, (double)(lo >> 32) * half);
    dsc_fsum_add(&sum, (double)(lo & 0xffffffffu));
    rt_put_value(b, &dsc_type_fsum, &sum);
    rt_drop(&dsc_type_fsum, &sum);
}

/* ---- values ------------------------------------------------------------------------- */

static void convert(rt_conversion *c, rt_reader *r, const dsc_type *from, rt_buf *b, const dsc_type *to);

/* `to` NULL: the value is passed over, and b is NULL, too. */
static void convert_parts(rt_conversion *c, rt_reader *r, const dsc_type *from, rt_buf *b, const dsc_type *to, uint64_t n, bool same)
{
    for (uint64_t i = 0; i < n && !r->damaged; i++) {
        uint64_t part = same ? 0 : i;
        convert(c, r, from->fields[part].type, b, to ? to->fields[part].type : NULL);
    }
}

static void convert_record(rt_conversion *c, rt_reader *r, const dsc_type *from, rt_buf *b, const dsc_type *to)
{
    enum { FEW = 64 };
    const uint8_t *few[FEW], **begin = from->n > FEW ? rt_arena_alloc(&c->arena, from->n * sizeof *begin) : few;
    for (uint32_t i = 0; i < from->n && !r->damaged; i++) {
        begin[i] = r->at;
        convert(c, r, from->fields[i].type, NULL, NULL);
    }
    for (uint32_t i = 0; i < to->n && !r->damaged; i++) {
        int old = rt_find_field(from, to->fields[i].name);
        if (old < 0) {
            const rt_buf *bytes = rt_added_bytes(c, &to->fields[i]);
            rt_buf_add(b, bytes->p, bytes->n);
            continue;
        }
        rt_reader part = {begin[old], r->at, false};
        convert(c, &part, from->fields[old].type, b, to->fields[i].type);
        r->damaged |= part.damaged;
    }
}

static void convert(rt_conversion *c, rt_reader *r, const dsc_type *from, rt_buf *b, const dsc_type *to)
{
    if (to && to->kind == DSC_OPTION && from->kind != DSC_OPTION) {
        rt_buf_char(b, 1);
        convert(c, r, from, b, to->fields[0].type);
        return;
    }
    switch (from->kind) {
    case DSC_INT:
        convert_int(c, r, b, to && to->kind == DSC_FLOAT);
        return;
    case DSC_TIME: case DSC_DURATION: case DSC_FLOAT:
        pass(r, b, 8);
        return;
    case DSC_BOOL:
        pass(r, b, 1);
        return;
    case DSC_STRING: case DSC_BYTES:
        pass(r, b, pass_number(r, b));
        return;
    case DSC_LIST: {
        uint64_t n = rt_get_count(r, 1);
        if (b)
            rt_put_u64(b, n);
        convert_parts(c, r, from, b, to, n, true);
        return;
    }
    case DSC_OPTION:
        if (pass_flag(r, b))
            convert_parts(c, r, from, b, to, 1, true);
        return;
    case DSC_RECORD:
        if (to) {
            convert_record(c, r, from, b, to);
            return;
        }
        convert_parts(c, r, from, b, to, from->n, false);
        return;
    case DSC_TUPLE:
        convert_parts(c, r, from, b, to, from->n, false);
        return;
    case DSC_ISUM:
        convert_sum(r, b, to && to->kind == DSC_FSUM);
        return;
    case DSC_FSUM:
        pass(r, b, 16);
        if (pass_flag(r, b))
            pass(r, b, RT_WIDE_WORDS * 8);
        return;
    }
}

/* ---- tables and windows ---------------------------------------------------------------- */

typedef struct Turn {
    rt_conversion *c;
    rt_reader *r;
    rt_buf *b;
    const rt_table_form *from, *to;
    bool timed_before, timed;
} Turn;

static void turn_key(const Turn *t)
{
    if (t->from->key)
        convert(t->c, t->r, t->from->key, t->b, t->to->key);
}

static void turn_value(const Turn *t)
{
    const dsc_type *from = t->from->value, *to = t->to->value;
    if (t->timed != t->timed_before) {
        if (t->timed)
            rt_put_i64(t->b, t->c->time);
        else
            rt_get_i64(t->r);
        from = t->timed ? from : from->fields[1].type;
        to = t->timed ? to->fields[1].type : to;
    }
    convert(t->c, t->r, from, t->b, to);
}

/* A number of things that take at least a byte each. */
static uint64_t turn_count(const Turn *t)
{
    uint64_t n = rt_get_count(t->r, 1);
    rt_put_u64(t->b, n);
    return n;
}

static void turn_pairs(const Turn *t)
{
    uint64_t n = turn_count(t);
    for (uint64_t i = 0; i < n && !t->r->damaged; i++) {
        turn_key(t);
        turn_value(t);
    }
}

static void turn_elements(const Turn *t)
{
    uint64_t n = turn_count(t);
    for (uint64_t i = 0; i < n && !t->r->damaged; i++)
        turn_value(t);
}

static void turn_panes_of_elements(const Turn *t)
{
    uint64_t n = turn_count(t);
    for (uint64_t i = 0; i < n && !t->r->damaged; i++) {
        pass(t->r, t->b, 8);
        turn_elements(t);
    }
    pass(t->r, t->b, 8);
    if (pass_number(t->r, t->b))
        turn_elements(t);
}

static void turn_folds(const Turn *t)
{
    pass(t->r, t->b, 8);
    uint64_t n = turn_count(t);
    for (uint64_t i = 0; i < n && !t->r->damaged; i++) {
        turn_key(t);
        pass(t->r, t->b, 8);
        if (pass_number(t->r, t->b))
            turn_value(t);
    }
    n = turn_count(t);
    for (uint64_t i = 0; i < n && !t->r->damaged; i++) {
        pass(t->r, t->b, 8);
        uint64_t entries = turn_count(t);
        for (uint64_t j = 0; j < entries && !t->r->damaged; j++) {
            pass(t->r, t->b, 8);
            turn_value(t);
        }
    }
    pass(t->r, t->b, 16);
    turn_pairs(t);
}

/* A table that is all there, as frozen.c has it. */
static void turn_table(const Turn *t)
{
    t->r->damaged |= pass_number(t->r, t->b) != 0;
    pass_number(t->r, t->b);
    rt_reader r = rt_reader_of(rt_get_text(t->r));
    Turn in = *t;
    in.r = &r;
    size_t at = rt_begin_text(t->b);
    turn_pairs(&in);
    rt_end_text(t->b, at);
    t->r->damaged |= r.damaged || r.at != r.end;
}

void rt_convert_bytes(rt_conversion *c, const rt_form *from, const rt_form *to, rt_reader *r, rt_buf *b)
{
    for (int i = 0; i < to->n && !r->damaged; i++) {
        Turn t = {c, r, b, &from->table[i], &to->table[i], from->timed, to->timed};
        if (to->way == RT_STATES)
            turn_table(&t);
        else if (to->way == RT_ELEMENTS)
            turn_panes_of_elements(&t);
        else
            turn_folds(&t);
    }
    r->damaged |= r->at != r->end;
}
