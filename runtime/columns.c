/* columns.c: sets of columns: putting in, reading, and closing a pane. See columns.h. */
#include "columns_part.h"

/* ---- sets ------------------------------------------------------------------------------ */

static int64_t *room(int64_t *old, const Set *s, size_t cap)
{
    return rt_must_large(old, old ? s->cap * sizeof *old : 0, cap * sizeof *old, "the columns of a window");
}

static void set_room(const rt_columns *c, Set *s, uint32_t n)
{
    if (n <= s->cap)
        return;
    size_t cap = s->cap ? s->cap : 64;
    while (cap < n)
        cap *= 2;
    s->has = rt_must_realloc(s->has, cap / 8, "the columns of a window");
    memset((char *)s->has + s->cap / 8, 0, (cap - s->cap) / 8);
    for (int p = 0; p < c->n_parts; p++) {
        s->column[p].at = room(s->column[p].at, s, cap);
        if (s->column[p].high)
            s->column[p].high = room(s->column[p].high, s, cap);
    }
    s->cap = (uint32_t)cap;
}

static void fill(const rt_columns *c, Set *s, uint32_t from, uint32_t to)
{
    for (int p = 0; p < c->n_parts; p++) {
        int64_t none = nothing(c->parts[p]);
        for (uint32_t i = from; i < to; i++)
            s->column[p].at[i] = none;
        if (s->column[p].high)
            memset(s->column[p].high + from, 0, (to - from) * sizeof(int64_t));
    }
}

void rt_set_reach(const rt_columns *c, Set *s, uint32_t n)
{
    n = (n + 63) & ~63u;
    if (n <= s->n)
        return;
    set_room(c, s, n);
    fill(c, s, s->n, n);
    s->n = n;
}

Set *rt_set_new(rt_columns *c)
{
    Set *s = c->spare;
    if (!s)
        return rt_must_zero(sizeof *s, "a pane of a window");
    c->spare = s->spare;
    return s;
}

void rt_columns_give_back(rt_columns *c, Set *s)
{
    memset(s->has, 0, s->cap / 8);
    s->n = s->n_has = 0;
    free(s->ids);
    s->ids = NULL;
    s->ids_cap = 0;
    for (int p = 0; p < c->n_parts; p++) {
        drop_high(&s->column[p]);
        s->column[p].most = s->column[p].bits = 0;
    }
    s->spare = c->spare;
    c->spare = s;
}

void rt_set_free(Set *s)
{
    free(s->has);
    free(s->ids);
    for (int p = 0; p < MOST_PARTS; p++) {
        free(s->column[p].at);
        free(s->column[p].high);
    }
}

void rt_set_widen(const Set *s, Column *column)
{
    column->most = SUM_MAX;
    if (column->high)
        return;
    column->high = room(NULL, s, s->cap);
    for (uint32_t i = 0; i < s->n; i++)
        column->high[i] = column->at[i] < 0 ? -1 : 0;
}

/* ---- putting in ------------------------------------------------------------------------ */

#define EACH(op) \
    for (size_t i = 0; i < n; i++, v += size) { \
        int64_t x = *(const int64_t *)(const void *)v, *to = &column->at[ids[i]]; \
        op; \
    }

static void put_sums(const Set *s, Column *column, const uint32_t *ids, const bool *fresh, const char *v, size_t size, size_t n)
{
    uint64_t bits = 0, more;
    for (size_t i = 0; i < n; i++)
        bits |= size_bits(*(const int64_t *)(const void *)(v + i * size));
    if (__builtin_mul_overflow(most_of(bits), (uint64_t)n, &more) || (column->most += more) >= SUM_MAX || more >= SUM_MAX)
        rt_set_widen(s, column);
    if (!column->high) {
        EACH(*to = fresh[i] ? x : *to + x)
        return;
    }
    for (size_t i = 0; i < n; i++, v += size) {
        if (fresh[i])
            column->at[ids[i]] = column->high[ids[i]] = 0;
        int64_t x = *(const int64_t *)(const void *)v;
        wide_add(column, ids[i], x, x < 0 ? -1 : 0);
    }
}

static void put_part(char part, const Set *s, Column *column, const uint32_t *ids, const bool *fresh, const char *v, size_t size, size_t n)
{
    switch (part) {
    case DSC_COUNT_PART:
        for (size_t i = 0; i < n; i++)
            column->at[ids[i]] = fresh[i] ? 1 : column->at[ids[i]] + 1;
        break;
    case DSC_SUM_PART:
        put_sums(s, column, ids, fresh, v, size, n);
        break;
    case DSC_INT_MIN_PART:
        EACH(if (fresh[i] || x < *to) *to = x)
        break;
    case DSC_INT_MAX_PART:
        EACH(if (fresh[i] || x > *to) *to = x)
        break;
    default:
        EACH(if (fresh[i]) *to = x; else combine(part, to, &x, 1))
        break;
    }
}

/* Ids come into the open set: room for them, and which are fresh. */
static void come(rt_columns *c, uint32_t n_ids, const uint32_t *ids, bool *fresh, size_t n)
{
    Set *s = &c->open;
    if (RT_UNLIKELY(n_ids > s->n)) {
        s->n = (n_ids + 63) & ~63u;
        set_room(c, s, s->n);
    }
    if (RT_UNLIKELY(s->cap >= s->ids_cap)) {      /* one more than there can be */
        s->ids_cap = s->cap + 1;
        s->ids = rt_must_realloc(s->ids, s->ids_cap * sizeof *s->ids, "the order of keys");
    }
    for (size_t i = 0; i < n; i++) {
        uint64_t *word = &s->has[ids[i] / 64], bit = (uint64_t)1 << ids[i] % 64;
        fresh[i] = !(*word & bit);
        *word |= bit;
        s->ids[s->n_has] = ids[i];
        s->n_has += fresh[i];
    }
}

void rt_columns_put(rt_columns *c, uint32_t n_ids, const uint32_t *ids, const char *values, size_t n)
{
    bool fresh[AT_ONCE];
    size_t size = (size_t)c->n_parts * sizeof(int64_t);
    come(c, n_ids, ids, fresh, n);
    for (int p = 0; p < c->n_parts; p++)
        put_part(c->parts[p], &c->open, &c->open.column[p], ids, fresh, values ? values + (size_t)p * sizeof(int64_t) : NULL, size, n);
}

/* An accumulator into that of an id, of which there may be none yet. */
static void add_acc(const rt_columns *c, Set *s, uint32_t id, bool fresh, const void *acc)
{
    for (int p = 0; p < c->n_parts; p++) {
        Column *column = &s->column[p];
        dsc_isum v = {0};
        memcpy(&v, (const char *)acc + c->acc_at[p], c->parts[p] == DSC_SUM_PART ? sizeof v : sizeof v.lo);
        int64_t low = (int64_t)v.lo;
        if (fresh)
            column->at[id] = nothing(c->parts[p]);
        if (fresh && column->high)
            column->high[id] = 0;
        if (c->parts[p] == DSC_COUNT_PART) {
            column->at[id] += low;
        } else if (c->parts[p] == DSC_SUM_PART) {
            if (v.hi != (low < 0 ? -1 : 0) || (column->most += most_of(size_bits(low))) >= SUM_MAX)
                rt_set_widen(s, column);
            if (column->high)
                wide_add(column, id, low, v.hi);
            else
                column->at[id] += low;
        } else {
            combine(c->parts[p], &column->at[id], &low, 1);
        }
    }
}

void rt_columns_add(rt_columns *c, uint32_t n_ids, uint32_t id, const void *acc)
{
    bool fresh;
    come(c, n_ids, &id, &fresh, 1);
    add_acc(c, &c->open, id, fresh, acc);
}

void rt_set_put(const rt_columns *c, Set *s, uint32_t id, const void *acc)
{
    s->has[id / 64] |= (uint64_t)1 << id % 64;
    s->n_has++;
    add_acc(c, s, id, true, acc);
}

/* ---- reading --------------------------------------------------------------------------- */

void rt_columns_get(const rt_columns *c, const Set *s, uint32_t id, void *acc)
{
    for (int p = 0; p < c->n_parts; p++) {
        const Column *column = &s->column[p];
        void *to = (char *)acc + c->acc_at[p];
        memcpy(to, &column->at[id], sizeof(int64_t));
        if (c->parts[p] == DSC_SUM_PART)
            ((dsc_isum *)to)->hi = high_of(column, id);
    }
}

void rt_columns_at(const rt_window *w, uint32_t id, void *acc)
{
    const rt_columns *c = w->columns;
    const Pane *oldest = w->panes[0];
    /* an id beyond the oldest pane came after the flip */
    bool front = c->flips && oldest->number <= c->flipped[id / BLOCK] && id < oldest->set->n;
    for (int p = 0; p < c->n_parts; p++) {
        const Column *column = &c->total.column[p];
        char part = c->parts[p];
        int64_t v = column->at[id];
        void *to = (char *)acc + c->acc_at[p];
        if (front && !is_total(part))
            v = of_both(part, v, oldest->set->column[p].at[id]);
        memcpy(to, &v, sizeof v);
        if (part == DSC_SUM_PART)
            ((dsc_isum *)to)->hi = high_of(column, id);
    }
}

/* ---- panes ----------------------------------------------------------------------------- */

void rt_columns_close(rt_window *w, int64_t end)
{
    rt_columns *c = w->columns;
    Set *open = &c->open;
    if (open->n_has == 0)
        return;
    for (uint32_t i = 0; i < open->n / 64; i++)
        for (uint64_t none = ~open->has[i]; none; none &= none - 1) {
            uint32_t id = i * 64 + (uint32_t)__builtin_ctzll(none);
            fill(c, open, id, id + 1);
        }
    Set *s = rt_set_new(c);
    Pane *p = rt_pane_new(w, 0);
    p->set = s;
    p->number = ++c->number;
    rt_pane_add(w, p, end);
    Set empty = *s;
    *s = *open;
    *open = empty;
    open->ids = c->ids;
    open->ids_cap = c->ids_cap;
    c->ids = NULL;
    c->ids_cap = 0;
}
