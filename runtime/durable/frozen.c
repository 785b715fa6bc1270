/* frozen.c: tables of states, copied between batches and made bytes of meanwhile, and back.
 *
 * A table, with numbers, texts and values as in bytes.h:
 *
 *   on top?      0: it is all here; 1: what has changed since the snapshot below
 *   begun?       whether `init` has been put in
 *   bytes        a text:
 *     all        keys n: key, state; in the order of birth
 *     on top     keys that there are; places that there are;
 *                removed n: place; changed n: place, key, state
 *
 * A key without a type is nothing. A key's place is its number in the order of birth, from 0 on, in the table that
 * is all here; keys that are born later have the places behind, and a place is not used again.
 *
 * A copy has the entries as they lie in the table; what they point to stays where it is, in the
 * table's arena, which is held meanwhile. Float sums that are wide change in place: accumulators with
 * them are copied with all they have, and never on top. */
#include "frozen.h"
#include "../state.h"
#include <stdlib.h>

typedef struct rt_frozen {
    bool on_top, begun;
    dsc_table table;              /* copies of entries; the rest is as in the table */
    uint32_t *places;             /* on top: of the entries; else ids by birth */
    uint64_t n;                   /* of them */
    uint64_t keys, born;          /* that there are; places that there are */
    uint32_t *gone;
    size_t n_gone;
} rt_frozen;

/* ---- copies ----------------------------------------------------------------------- */

static void put_row(rt_buf *b, const dsc_table *t, uint32_t id, rt_arena *arena, void *key)
{
    if (t->key) {
        rt_arena_rewind(arena);
        rt_table_key_value(t, id, key, arena);
        rt_put_value(b, t->key, key);
    }
    rt_put_value(b, t->acc, rt_table_acc(t, id));
}

/* The rows of ids[0..n), or of the ids 0 to n, each behind its place where `places` is given. */
static void put_rows(rt_buf *b, const dsc_table *t, const uint32_t *ids, const uint32_t *places, uint64_t n)
{
    rt_arena arena = {0};
    void *key = rt_must_alloc(t->key ? t->key->size : 1, "a checkpoint");
    rt_put_u64(b, n);
    for (uint64_t i = 0; i < n; i++) {
        if (places)
            rt_put_u64(b, places[i]);
        put_row(b, t, ids ? ids[i] : (uint32_t)i, &arena, key);
    }
    rt_arena_free(&arena);
    free(key);
}

void *rt_copy_of(const void *from, size_t n)
{
    void *to = rt_must_large(NULL, 0, n, "a checkpoint");
    if (n > 0)
        memcpy(to, from, n);
    return to;
}

dsc_table rt_table_like(const dsc_table *t)
{
    return (dsc_table){.stride = t->stride, .head = t->head, .class = t->class, .holds = t->holds, .key = t->key, .acc = t->acc};
}

void rt_table_copy(dsc_table *to, const dsc_table *from)
{
    to->entries = rt_copy_of(from->entries, (size_t)from->n * from->stride);
    for (; from->holds & RT_HOLDS_WIDE && to->n < from->n; to->n++) {
        void *acc = rt_table_acc(to, to->n);
        rt_copy(from->acc, acc, acc, &to->arena);
    }
    to->n = from->n;
}

static void freeze_all(rt_state *s, rt_frozen *f)
{
    rt_state_close_up(s);
    f->n = f->keys = s->n_order;
    rt_table_copy(&f->table, &s->table);
    f->places = rt_copy_of(s->order, s->n_order * sizeof *s->order);
}

static void freeze_changes(rt_state *s, rt_frozen *f)
{
    const rt_changes *c = &s->changes;
    size_t stride = s->table.stride;
    f->keys = s->table.live;
    f->born = s->n_order;
    f->gone = rt_copy_of(c->gone, c->n_gone * sizeof *c->gone);
    f->n_gone = c->n_gone;
    f->table.entries = rt_must_large(NULL, 0, c->n * stride, "a checkpoint");
    f->places = rt_must_alloc(c->n * sizeof *f->places, "a checkpoint");
    for (size_t i = 0; i < c->n; i++) {
        uint32_t id = c->ids[i], place = s->place[id];
        if (s->order[place] != id)
            continue;             /* it has been removed since */
        memcpy(f->table.entries + f->n * stride, s->table.entries + id * stride, stride);
        f->places[f->n++] = place;
    }
}

void rt_state_freeze(rt_state *s, bool on_top)
{
    rt_frozen *f = s->frozen = rt_must_zero(sizeof *f, "a checkpoint");
    const dsc_table *t = &s->table;
    f->table = rt_table_like(t);
    f->begun = s->begun;
    f->on_top = on_top && s->changes.known;
    if (f->on_top)
        freeze_changes(s, f);
    else
        freeze_all(s, f);
    rt_changes_begin(s, !(t->holds & RT_HOLDS_WIDE));
    rt_table_hold(&s->table);
}

void rt_put_frozen(rt_buf *b, const rt_state *s)
{
    const rt_frozen *f = s->frozen;
    rt_put_u64(b, f->on_top);
    rt_put_u64(b, f->begun);
    size_t at = rt_begin_text(b);
    if (f->on_top) {
        rt_put_u64(b, f->keys);
        rt_put_u64(b, f->born);
        rt_put_u64(b, f->n_gone);
        for (size_t i = 0; i < f->n_gone; i++)
            rt_put_u64(b, f->gone[i]);
        put_rows(b, &f->table, NULL, f->places, f->n);
    } else {
        put_rows(b, &f->table, f->places, NULL, f->n);
    }
    rt_end_text(b, at);
}

void rt_state_thaw(rt_state *s)
{
    rt_frozen *f = s->frozen;
    if (!f)
        return;
    s->frozen = NULL;
    rt_table_let_go(&s->table);
    rt_table_free(&f->table);
    free(f->places);
    free(f->gone);
    free(f);
}

void rt_state_extent(const rt_state *s, rt_extent *sum)
{
    const rt_changes *c = &s->changes;
    sum->keys += s->table.live;
    sum->changed += c->known ? c->n + c->n_gone : s->table.live;
}

/* ---- back ---------------------------------------------------------------------------- */

/* Where the newest bytes of what has a place stand; at: NULL: in the table below. */
typedef struct Newer {
    const uint8_t *at, *end;
    bool gone;
} Newer;

typedef struct Rows {
    const dsc_type *key_type, *value_type;
    void *key, *value;            /* the row in hand */
    rt_arena arena;               /* what it points to */
    Newer *newer;                 /* by place */
    uint64_t n_newer;
} Rows;

static void get_row(Rows *rows, rt_reader *r)
{
    rt_arena_rewind(&rows->arena);
    if (rows->key_type)
        rt_get_value(r, rows->key_type, rows->key, &rows->arena);
    rt_get_value(r, rows->value_type, rows->value, &rows->arena);
}

static void pass_row(Rows *rows, rt_reader *r)
{
    get_row(rows, r);
    rt_drop(rows->value_type, rows->value);
}

static bool give_row(Rows *rows, rt_reader *r, rt_row *row, void *arg)
{
    get_row(rows, r);
    bool more = !r->damaged && row(arg, rows->key_type ? rows->key : NULL, rows->value);
    rt_drop(rows->value_type, rows->value);
    return more;
}

/* The place that is read, of which there are `born`. */
static uint64_t get_place(rt_reader *r, uint64_t born)
{
    uint64_t place = rt_get_u64(r);
    r->damaged |= place >= born;
    return r->damaged ? 0 : place;
}

static void get_changes(Rows *rows, rt_reader *r)
{
    rt_get_u64(r);
    uint64_t born = rt_get_u64(r);
    r->damaged |= born < rows->n_newer || born >= RT_GONE;
    if (r->damaged)
        return;
    rows->newer = rt_must_realloc(rows->newer, (size_t)born * sizeof *rows->newer, "a checkpoint");
    memset(rows->newer + rows->n_newer, 0, (size_t)(born - rows->n_newer) * sizeof *rows->newer);
    rows->n_newer = born;
    for (uint64_t i = 0, n = rt_get_count(r, 8); i < n && !r->damaged; i++) {
        uint64_t place = get_place(r, born);
        if (r->damaged)
            return;
        rows->newer[place].gone = true;
    }
    for (uint64_t i = 0, n = rt_get_count(r, 8); i < n && !r->damaged; i++) {
        uint64_t place = get_place(r, born);
        if (r->damaged)
            return;
        rows->newer[place].at = r->at;
        rows->newer[place].end = r->end;
        pass_row(rows, r);
    }
}

static bool give_newer(Rows *rows, uint64_t place, rt_row *row, void *arg)
{
    rt_reader r = {rows->newer[place].at, rows->newer[place].end, false};
    return give_row(rows, &r, row, arg);
}

static void give_rows(Rows *rows, rt_reader *all, rt_row *row, void *arg)
{
    bool more = true;
    uint64_t n = rt_get_count(all, 1), place = 0;
    all->damaged |= rows->n_newer > 0 && n > rows->n_newer;
    for (; place < n && more && !all->damaged; place++) {
        const Newer *newer = place < rows->n_newer ? &rows->newer[place] : NULL;
        if (!newer || (!newer->gone && !newer->at)) {
            more = give_row(rows, all, row, arg);
            continue;
        }
        pass_row(rows, all);
        if (!newer->gone)
            more = give_newer(rows, place, row, arg);
    }
    for (; place < rows->n_newer && more && !all->damaged; place++) {
        all->damaged |= !rows->newer[place].gone && !rows->newer[place].at;
        if (!rows->newer[place].gone && !all->damaged)
            more = give_newer(rows, place, row, arg);
    }
}

/* The table's bytes; *on_top: not all of it. */
static rt_reader get_table(rt_reader *r, bool *on_top, bool *begun)
{
    *on_top = rt_get_u64(r) != 0;
    *begun = rt_get_u64(r) != 0;
    dsc_str bytes = rt_get_text(r);
    return (rt_reader){(const uint8_t *)bytes.p, (const uint8_t *)bytes.p + bytes.n, r->damaged};
}

bool rt_get_rows(rt_reader *parts, size_t n, const dsc_type *key, const dsc_type *value, rt_row *row, void *arg)
{
    Rows rows = {.key_type = key, .value_type = value};
    rows.key = rt_must_alloc(key ? key->size : 1, "a checkpoint");
    rows.value = rt_must_alloc(value->size, "a checkpoint");
    rt_reader all = {NULL, NULL, true};
    bool damaged = false, begun = false;
    for (size_t i = 0; i < n; i++) {
        bool on_top;
        rt_reader r = get_table(&parts[i], &on_top, &begun);
        if (on_top) {
            get_changes(&rows, &r);
        } else {
            all = r;
            rows.n_newer = 0;
        }
        damaged |= r.damaged;
    }
    if (!damaged && !all.damaged)
        give_rows(&rows, &all, row, arg);
    parts[n - 1].damaged |= damaged || all.damaged;
    rt_arena_free(&rows.arena);
    free(rows.key);
    free(rows.value);
    free(rows.newer);
    return begun;
}

typedef struct Together {
    rt_buf *b;
    const dsc_type *key, *value;
    uint64_t n;
} Together;

static bool put_next(void *arg, const void *key, void *value)
{
    Together *t = arg;
    if (t->key)
        rt_put_value(t->b, t->key, key);
    rt_put_value(t->b, t->value, value);
    t->n++;
    return true;
}

void rt_put_together(rt_reader *parts, size_t n, const dsc_type *key, const dsc_type *value, rt_buf *b)
{
    rt_buf rows = {0};
    Together t = {&rows, key, value, 0};
    bool begun = rt_get_rows(parts, n, key, value, put_next, &t);
    rt_put_u64(b, 0);
    rt_put_u64(b, begun);
    size_t at = rt_begin_text(b);
    rt_put_u64(b, t.n);
    rt_buf_add(b, rows.p, rows.n);
    b->failed |= rows.failed;
    rt_end_text(b, at);
    rt_buf_free(&rows);
}

uint64_t rt_pass_table(rt_reader *r, uint64_t *bytes)
{
    bool on_top, begun;
    rt_reader table = get_table(r, &on_top, &begun);
    *bytes += (uint64_t)(table.end - table.at);
    return rt_get_u64(&table);
}
