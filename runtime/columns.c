/* columns.c: sets of columns, and sliding over them. See columns.h. */
#include "columns.h"
#include <stdlib.h>

enum { STRETCH = 2048 };          /* ids of a total that stay in the cache while panes go past them */

/* ---- parts ----------------------------------------------------------------------------- */

static inline bool is_total(char part) { return part == DSC_COUNT_PART || part == DSC_SUM_PART; }

/* The value that combining with changes nothing. */
static int64_t nothing(char part)
{
    static const double inf = __builtin_inf(), minus_inf = -__builtin_inf();
    int64_t bits = 0;
    switch (part) {
    case DSC_INT_MIN_PART: return INT64_MAX;
    case DSC_INT_MAX_PART: return INT64_MIN;
    case DSC_FLOAT_MIN_PART: memcpy(&bits, &inf, 8); break;
    case DSC_FLOAT_MAX_PART: memcpy(&bits, &minus_inf, 8); break;
    default: break;
    }
    return bits;
}

static inline void float_min(double *acc, double v)
{
    if (!(*acc < v))
        *acc = dsc_float_min(*acc, v);
}

static inline void float_max(double *acc, double v)
{
    if (!(*acc > v))
        *acc = dsc_float_max(*acc, v);
}

/* n values of a least or largest into those of another column. */
static void combine(char part, int64_t *to, const int64_t *from, size_t n)
{
    double *f = (double *)(void *)to;
    const double *g = (const double *)(const void *)from;
    switch (part) {
    case DSC_INT_MIN_PART:
        for (size_t i = 0; i < n; i++)
            to[i] = from[i] < to[i] ? from[i] : to[i];
        return;
    case DSC_INT_MAX_PART:
        for (size_t i = 0; i < n; i++)
            to[i] = from[i] > to[i] ? from[i] : to[i];
        return;
    case DSC_FLOAT_MIN_PART:
        for (size_t i = 0; i < n; i++)
            float_min(&f[i], g[i]);
        return;
    case DSC_FLOAT_MAX_PART:
        for (size_t i = 0; i < n; i++)
            float_max(&f[i], g[i]);
        return;
    default:
        return;
    }
}

/* What tells the size of v, to be ored: its highest bit is that of a power of two that |v| does not exceed. */
static inline uint64_t size_bits(int64_t v) { return (uint64_t)v ^ ((uint64_t)v << 1); }

static uint64_t most_of(uint64_t bits)
{
    if (bits == 0)
        return 0;
    uint64_t most = (uint64_t)1 << (63 - __builtin_clzll(bits));
    return most < SUM_MAX ? most : SUM_MAX;
}

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

static void drop_high(Column *column)
{
    free(column->high);
    column->high = NULL;
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

/* The sums of a set get high words. */
static void widen(const Set *s, Column *column)
{
    column->most = SUM_MAX;
    if (column->high)
        return;
    column->high = room(NULL, s, s->cap);
    for (uint32_t i = 0; i < s->n; i++)
        column->high[i] = column->at[i] < 0 ? -1 : 0;
}

static inline void wide_add(Column *to, size_t i, int64_t low, int64_t high)
{
    dsc_isum sum = {(uint64_t)to->at[i], to->high[i]};
    uint64_t before = sum.lo;
    sum.lo += (uint64_t)low;
    to->at[i] = (int64_t)sum.lo;
    to->high[i] = sum.hi + high + (sum.lo < before);
}

static inline int64_t high_of(const Column *column, size_t i)
{
    return column->high ? column->high[i] : column->at[i] < 0 ? -1 : 0;
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
        widen(s, column);
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
                widen(s, column);
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
    rt_columns_get(c, &c->total, id, acc);
    const Pane *oldest = w->panes[0];
    if (!c->flips || oldest->number > c->flipped[id / BLOCK] || id >= oldest->set->n)
        return;                   /* an id beyond the oldest pane came after the flip */
    for (int p = 0; p < c->n_parts; p++)
        if (!is_total(c->parts[p]))
            combine(c->parts[p], (int64_t *)(void *)((char *)acc + c->acc_at[p]), &oldest->set->column[p].at[id], 1);
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

/* ---- totals ---------------------------------------------------------------------------- */

static void pass_narrow(int64_t *restrict total, const int64_t *restrict pane, size_t n, bool leaves, uint64_t *bits)
{
    uint64_t all = 0;
    if (leaves)
        for (size_t i = 0; i < n; i++)
            total[i] -= pane[i];
    else
        for (size_t i = 0; i < n; i++) {
            total[i] += pane[i];
            all |= size_bits(pane[i]);
        }
    *bits |= all;
}

static void pass_wide(Column *total, Column *pane, size_t from, size_t to, bool leaves)
{
    for (size_t i = from; i < to; i++) {
        dsc_isum v = {(uint64_t)pane->at[i], high_of(pane, i)};
        pane->bits |= size_bits(pane->at[i]);
        if (leaves)
            v = (dsc_isum){-v.lo, ~v.hi + (v.lo == 0)};
        wide_add(total, i, (int64_t)v.lo, v.hi);
    }
}

/* Ids from .. to - 1 of a pane to or from the total. */
static void pass(rt_columns *c, Set *s, uint32_t from, uint32_t to, bool leaves)
{
    if (to > s->n)
        to = s->n;
    for (int p = 0; p < c->n_parts && from < to; p++) {
        Column *total = &c->total.column[p], *pane = &s->column[p];
        if (!is_total(c->parts[p])) {
            if (!leaves)
                combine(c->parts[p], total->at + from, pane->at + from, to - from);
        } else if (total->high) {
            pass_wide(total, pane, from, to, leaves);
        } else {
            pass_narrow(total->at + from, pane->at + from, to - from, leaves, &pane->bits);
        }
    }
}

/* Do the sums of all panes together fit into the column of a total? */
static bool sums_fit(const rt_window *w, int p)
{
    uint64_t most = 0;
    for (size_t i = 0; i < w->n; i++)
        if ((most += w->panes[i]->set->column[p].most) >= SUM_MAX)
            return false;
    return true;
}

void rt_columns_move(rt_window *w, size_t out)
{
    rt_columns *c = w->columns;
    for (int p = 0; p < c->n_parts; p++)
        if (c->parts[p] == DSC_SUM_PART && !sums_fit(w, p))
            widen(&c->total, &c->total.column[p]);
    for (uint32_t from = 0; from < c->total.n; from += STRETCH) {
        for (size_t i = 0; i < out; i++)
            pass(c, w->panes[i]->set, from, from + STRETCH, true);
        for (size_t i = w->entered; i < w->n; i++)
            pass(c, w->panes[i]->set, from, from + STRETCH, false);
    }
    for (int p = 0; p < c->n_parts; p++) {
        if (c->parts[p] != DSC_SUM_PART)
            continue;
        for (size_t i = w->entered; i < w->n; i++) {
            Column *column = &w->panes[i]->set->column[p];
            if (!column->high)
                column->most = most_of(column->bits);
        }
        if (c->total.column[p].high && sums_fit(w, p))
            drop_high(&c->total.column[p]);
    }
}

/* ---- keys that come and go ------------------------------------------------------------- */

/* The bits of a set that another has not. */
static inline uint64_t only_in(const Set *s, const Set *other, uint32_t word)
{
    return s->has[word] & ~(other && word < other->n / 64 ? other->has[word] : 0);
}

void rt_columns_pass(rt_columns *c, const Set *before, uint32_t number, const Set *next)
{
    for (uint32_t i = 0; i < before->n / 64; i++)
        for (uint64_t bits = only_in(before, next, i); bits; bits &= bits - 1)
            c->last[i * 64 + (uint32_t)__builtin_ctzll(bits)] = number;
}

static void go(rt_columns *c, uint32_t id)
{
    c->total.has[id / 64] &= ~((uint64_t)1 << id % 64);
    for (int p = 0; p < c->n_parts; p++)
        if (!is_total(c->parts[p]))
            c->total.column[p].at[id] = nothing(c->parts[p]);
    c->gone = rt_must_fit(c->gone, &c->gone_cap, c->n_gone + 1, sizeof *c->gone, "the keys of a window");
    c->gone[c->n_gone++] = id;
}

/* A pane leaves: its keys go that no later one has, up to the newest. */
static void keys_leave(rt_columns *c, const Pane *p, const Pane *newest)
{
    const Set *s = p->set;
    for (uint32_t i = 0; i < s->n / 64; i++)
        for (uint64_t bits = only_in(s, p == newest ? NULL : newest->set, i); bits; bits &= bits - 1) {
            uint32_t id = i * 64 + (uint32_t)__builtin_ctzll(bits);
            if (p == newest || c->last[id] == p->number)
                go(c, id);
        }
}

static bool has_new(const rt_columns *c, const Set *s)
{
    for (uint32_t i = 0; i < s->n / 64; i++)
        if (only_in(s, &c->total, i))
            return true;
    return false;
}

static void keys_enter(rt_window *w, Pane *p, const Pane *newest)
{
    rt_columns *c = w->columns;
    Set *s = p->set;
    if (newest)
        rt_columns_pass(c, newest->set, newest->number, s);
    if (has_new(c, s))
        for (uint32_t i = 0; i < s->n_has; i++) {
            uint32_t id = s->ids[i];
            if (set_has(&c->total, id))
                continue;
            c->total.has[id / 64] |= (uint64_t)1 << id % 64;
            w->order = rt_must_fit(w->order, &w->order_cap, w->n_order + 1, sizeof *w->order, "the order of keys");
            w->order[w->n_order++] = id;
        }
    free(c->ids);
    c->ids = s->ids;
    c->ids_cap = s->ids_cap;
    s->ids = NULL;
    s->ids_cap = 0;
}

/* Close the gaps of keys that have gone. */
static void close_order(rt_window *w)
{
    size_t n = 0;
    for (size_t i = 0; i < w->n_order; i++)
        if (set_has(&w->columns->total, w->order[i]))
            w->order[n++] = w->order[i];
    w->n_order = n;
}

/* ---- flips ----------------------------------------------------------------------------- */

void rt_columns_flip(rt_window *w, uint32_t block)
{
    rt_columns *c = w->columns;
    uint32_t from = block * BLOCK, to = from + BLOCK;
    if (to > c->total.n)
        to = c->total.n;
    for (size_t i = w->entered; i-- > 0;)
        rt_set_reach(c, w->panes[i]->set, to);    /* the oldest answers for keys that are newer, too */
    for (int p = 0; p < c->n_parts; p++) {
        if (is_total(c->parts[p]))
            continue;
        for (size_t i = w->entered - 1; i-- > 0;)
            combine(c->parts[p], w->panes[i]->set->column[p].at + from, w->panes[i + 1]->set->column[p].at + from, to - from);
        int64_t none = nothing(c->parts[p]), *total = c->total.column[p].at;
        for (uint32_t i = from; i < to; i++)
            total[i] = none;
    }
    c->flipped[block] = c->number;
}

/* Those whose turn it is, and those of whom panes have left that came after the last one. */
static void flip_those_due(rt_window *w)
{
    rt_columns *c = w->columns;
    int64_t phases = w->period < PHASES ? w->period : PHASES;
    for (size_t b = 0; b < c->n_flipped && w->entered > 0; b++)
        if ((int64_t)b % phases * w->period / phases == w->turn || c->left > c->flipped[b])
            rt_columns_flip(w, (uint32_t)b);
}

/* ---- sliding --------------------------------------------------------------------------- */

void rt_columns_reach(rt_columns *c, uint32_t n)
{
    rt_set_reach(c, &c->total, n);
    if (c->total.cap > c->last_cap) {
        c->last = rt_must_realloc(c->last, c->total.cap * sizeof *c->last, "the keys of a window");
        c->last_cap = c->total.cap;
    }
    size_t blocks = (c->total.n + BLOCK - 1) / BLOCK;
    c->flipped = rt_must_fit(c->flipped, &c->flipped_cap, blocks, sizeof *c->flipped, "the keys of a window");
    for (; c->n_flipped < blocks; c->n_flipped++)
        c->flipped[c->n_flipped] = c->left;       /* nothing that has left was in it */
}

void rt_columns_slide(rt_window *w, size_t out)
{
    rt_columns *c = w->columns;
    const Pane *newest = w->entered > 0 ? w->panes[w->entered - 1] : NULL;
    rt_columns_reach(c, w->keys->n);
    c->n_gone = 0;
    for (size_t i = 0; i < out; i++)
        keys_leave(c, w->panes[i], newest);
    if (c->n_gone > 0)
        close_order(w);
    rt_columns_move(w, out);
    for (size_t i = w->entered; i < w->n; i++) {
        keys_enter(w, w->panes[i], newest);
        newest = w->panes[i];
    }
    if (out > 0)
        c->left = w->panes[out - 1]->number;
    for (size_t i = 0; i < c->n_gone; i++)
        if (!set_has(&c->total, c->gone[i]))
            rt_table_remove(w->keys, c->gone[i]);
}

void rt_columns_flips(rt_window *w)
{
    if (w->columns->flips)
        flip_those_due(w);
}
