/* columns_switch.c: a window changes to columns and back. See columns.h.
 *
 * Either way the keys get new ids, in the order of the window, in a table made anew. Both happen right
 * after a slide, when all panes have entered and nothing has been put into the open one. A window that
 * has changed back stays as it is for twice its length, so that changing costs no more than sliding. */
#include "columns.h"
#include <stdlib.h>

static const dsc_type no_acc = {.kind = DSC_TUPLE, .flat = true};

static const char *parts_of(const dsc_fold *fold)
{
    return fold->combine == dsc_count_combine ? "c" : fold->combine == dsc_isum_combine ? "s" : fold->parts;
}

bool rt_columns_fit(const rt_window *w)
{
    if (w->raw || w->own.class == RT_CELL || !w->node->keyed.exact || w->node->length < 2 * w->node->slide)
        return false;
    const char *parts = parts_of(w->fold);
    return parts && strlen(parts) <= MOST_PARTS;
}

/* Put the window's keys into a new table: with columns and one worker that of the stage. Returns the new ids by
 * old ones, to be freed. */
static uint32_t *number_keys(rt_window *w)
{
    rt_keyed *k = &w->node->keyed;
    dsc_table old = *w->keys, *next = w->columns && k->n_tables == 1 ? k->tables[0] : &w->own;
    uint32_t *new_ids = rt_must_alloc((old.n + 1) * sizeof *new_ids, "the keys of a window");
    rt_table_init(w->keys, k->def->key, k->acc);
    rt_table_free(next);
    rt_table_init(next, k->def->key, w->columns ? &no_acc : k->acc);
    rt_table_reserve(next, (uint32_t)w->n_order);
    w->keys = next;
    for (size_t i = 0; i < w->n_order; i++) {
        rt_key key = rt_table_key(&old, w->order[i]);
        w->order[i] = new_ids[w->order[i]] = rt_window_key_add(w, &key);
    }
    rt_table_free(&old);
    return new_ids;
}

static void set_parts(rt_columns *c, const rt_window *w)
{
    c->parts = parts_of(w->fold);
    uint32_t at = 0;
    for (; c->parts[c->n_parts]; c->n_parts++) {
        char part = c->parts[c->n_parts];
        c->acc_at[c->n_parts] = at;
        at += part == DSC_SUM_PART ? sizeof(dsc_isum) : sizeof(int64_t);
        c->flips |= part != DSC_SUM_PART && part != DSC_COUNT_PART;
    }
}

/* ---- to columns ------------------------------------------------------------------------ */

/* A pane's own value: the counts and sums of one of a front are also those of the later ones there. */
static void own_value(const rt_window *w, const Entry *e, char *acc)
{
    const rt_columns *c = w->columns;
    memcpy(acc, (const char *)e + w->head, w->fold->acc->size);
    if (w->group || !e->next_pane || e->next_pane->end > rt_window_last_flip(w, e->id))
        return;
    const char *rest = entry_acc(w, entry(w, e->next_pane, e->next));
    for (int p = 0; p < c->n_parts; p++)
        if (c->parts[p] == DSC_COUNT_PART)
            *(int64_t *)(void *)(acc + c->acc_at[p]) -= *(const int64_t *)(const void *)(rest + c->acc_at[p]);
        else if (c->parts[p] == DSC_SUM_PART)
            dsc_isum_remove(acc + c->acc_at[p], rest + c->acc_at[p]);
}

static void take_entries(rt_window *w, const uint32_t *new_ids, Pane *p)
{
    rt_columns *c = w->columns;
    _Alignas(8) char acc[MOST_PARTS * sizeof(dsc_isum)];
    p->set = rt_set_new(c);
    p->number = ++c->number;
    rt_set_reach(c, p->set, w->keys->n);
    for (uint32_t i = 0; i < p->n; i++) {
        const Entry *e = entry(w, p, i);
        own_value(w, e, acc);
        rt_set_put(c, p->set, new_ids[e->id], acc);
    }
}

static void drop_entries(Pane *p)
{
    free(p->entries);
    p->entries = NULL;
    p->n = 0;
    p->cap = 0;
}

/* What only windows without columns have. */
static void drop_keys(rt_window *w)
{
    free(w->key);
    free(w->stacks);
    free(w->path);
    w->key = NULL;
    w->stacks = NULL;
    w->path = NULL;
    w->key_cap = w->stacks_cap = w->path_cap = 0;
}

static void begin(rt_window *w)
{
    rt_columns *c = w->columns = rt_must_zero(sizeof *c, "a window");
    set_parts(c, w);
    uint32_t *new_ids = number_keys(w);
    for (size_t i = 0; i < w->n; i++)
        take_entries(w, new_ids, w->panes[i]);
    free(new_ids);
    for (size_t i = 0; i < w->n; i++)
        drop_entries(w->panes[i]);
    for (Pane *p = w->spare; p; p = p->spare)
        drop_entries(p);
    drop_keys(w);
    rt_columns_reach(c, w->keys->n);
    for (uint32_t id = 0; id < w->keys->n; id++)
        c->total.has[id / 64] |= (uint64_t)1 << id % 64;
    for (size_t i = 1; i < w->n; i++)
        rt_columns_pass(c, w->panes[i - 1]->set, w->panes[i - 1]->number, w->panes[i]->set);
    w->entered = 0;
    rt_columns_move(w, 0);
    w->entered = w->n;
    for (size_t b = 0; c->flips && b < c->n_flipped; b++)
        rt_columns_flip(w, (uint32_t)b);
    if (w->keys != &w->own)
        w->keys->columns = c;
}

/* ---- and back -------------------------------------------------------------------------- */

static void drop_set(Set *s)
{
    rt_set_free(s);
    free(s);
}

static void give_entries(rt_window *w, const rt_columns *c, const uint32_t *new_ids, Pane *p)
{
    const Set *s = p->set;
    p->entries = rt_must_large(NULL, 0, s->n_has * (size_t)w->stride, "a pane of a window");
    p->cap = s->n_has;
    memset(p->entries, 0, s->n_has * (size_t)w->stride);
    for (uint32_t i = 0; i < s->n / 64; i++)
        for (uint64_t bits = s->has[i]; bits; bits &= bits - 1) {
            uint32_t id = i * 64 + (uint32_t)__builtin_ctzll(bits);
            Entry *e = entry(w, p, p->n++);
            e->id = new_ids[id];
            w->key[e->id].refs++;
            rt_columns_get(c, s, id, entry_acc(w, e));
        }
    drop_set(p->set);
    p->set = NULL;
}

static void drop_columns(rt_columns *c)
{
    for (Set *s = c->spare, *next; s; s = next) {
        next = s->spare;
        drop_set(s);
    }
    rt_set_free(&c->open);
    rt_set_free(&c->total);
    free(c->ids);
    free(c->last);
    free(c->flipped);
    free(c->gone);
    free(c);
}

static bool end(rt_window *w, dsc_task *task)
{
    rt_columns *c = w->columns;
    w->columns = NULL;
    uint32_t *new_ids = number_keys(w);
    for (size_t i = 0; i < w->n; i++)
        give_entries(w, c, new_ids, w->panes[i]);
    free(new_ids);
    drop_columns(c);
    for (size_t i = 0; i < w->n_order; i++)
        w->key[w->order[i]].place = (uint32_t)i;
    for (size_t i = 0; i < w->n; i++)
        rt_window_link(w, w->panes[i]);
    w->stays = w->slide_number + 2 * w->period;
    return rt_window_settle(w, task);
}

void rt_columns_free(rt_window *w)
{
    if (w->columns)
        drop_columns(w->columns);
    w->columns = NULL;
}

/* ---- when ------------------------------------------------------------------------------ */

/* Do panes hold at least one in `least` of so many keys each? */
static bool is_full(const rt_window *w, size_t keys, size_t least)
{
    size_t held = 0;
    for (size_t i = 0; i < w->n; i++)
        held += w->columns ? w->panes[i]->set->n_has : w->panes[i]->n;
    return held >= w->n * keys / least;
}

bool rt_columns_choose(rt_window *w, dsc_task *task)
{
    if (w->columns) {
        if (!w->frozen && (w->n == 0 || !is_full(w, w->keys->n, 4)))
            return end(w, task);
        rt_columns_note(w);
        return true;
    }
    if (w->frozen || w->n < 2 || w->n_order < FEWEST_KEYS || w->slide_number < w->stays || !rt_columns_fit(w) || !is_full(w, w->n_order, 2))
        return true;
    begin(w);
    rt_columns_note(w);
    return true;
}

/* ---- how much it is -------------------------------------------------------------------- */

size_t rt_set_bytes(const rt_columns *c, const Set *s)
{
    size_t n = sizeof *s + s->cap / 8 + s->ids_cap * sizeof *s->ids;
    for (int p = 0; p < c->n_parts; p++)
        n += s->cap * sizeof(int64_t) * (s->column[p].high ? 2 : 1);
    return n;
}

void rt_columns_note(rt_window *w)
{
    rt_columns *c = w->columns;
    c->kept_keys = w->keys->live;
    c->kept_bytes = sizeof *c + rt_table_bytes(w->keys) + rt_set_bytes(c, &c->open) + rt_set_bytes(c, &c->total) +
                    c->ids_cap * sizeof *c->ids + c->last_cap * sizeof *c->last + c->flipped_cap * sizeof *c->flipped +
                    w->order_cap * sizeof *w->order;
}
