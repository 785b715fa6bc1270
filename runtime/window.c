/* window.c: windows over panes.
 *
 * A PANE holds what came in one cell of a grid of gcd(length, slide): of a raw
 * window the elements, of a fold each key's accumulator, in the order in which
 * keys were first seen. At a slide the panes that are out of the window leave,
 * then those that have been closed since the last slide enter. Keys have ids in
 * one table, which keeps a key as long as a pane holds it; `order` lists the
 * keys that an entered pane holds, by when they became so.
 *
 * What a key puts out:
 *   group folds   a total: what enters is combined into it, what leaves removed
 *   other folds   two stacks. The panes that hold a key are linked, oldest first.
 *                 At a FLIP each of them gets the fold of itself and all later
 *                 ones (the front); what enters later is combined into `back`.
 *                 The answer is the oldest pane's accumulator with back. A key
 *                 flips every `period` slides, by when all the front has left;
 *                 at which of them is told by a stable hash of the key, so that
 *                 the work is spread, and is the same in every run.
 *
 * Invariants: refs(id) = panes with the key, held(id) = entered ones of these;
 * id is in order iff held > 0, and in the table iff refs > 0. */
#include "core.h"
#include <stdlib.h>

typedef struct Pane Pane;

/* An entry of a pane; the accumulator follows. Group folds have only the id. */
typedef struct Entry {
    uint32_t id;
    uint32_t next;                /* the key's entry in next_pane */
    Pane *next_pane;              /* NULL: none */
} Entry;

struct Pane {
    int64_t end;                  /* microseconds since zero; it began one cell before */
    uint32_t n;
    size_t cap;
    char *entries;
    rt_arena arena;               /* what accumulators point to */
    rt_seq *first, **last;        /* raw windows */
    Pane *spare;
};

typedef struct Key {
    uint32_t refs, held;
    uint32_t place;               /* in order */
} Key;

typedef struct Stacks {
    Pane *oldest, *newest;        /* entered panes with the key */
    uint32_t at_oldest, at_newest;
    uint32_t phase;               /* slides at which it flips, modulo period */
    bool backed;                  /* is there a back: the accumulator in the table */
} Stacks;

#define GONE UINT32_MAX           /* no place in order */
enum { FETCHED = 16 };            /* keys that are looked for at once */

struct rt_window {
    rt_node *node;
    bool raw, group;
    int64_t cell;                 /* length of a pane */
    Pane **panes;                 /* oldest first; `entered` of n have entered */
    size_t n, cap, entered;
    Pane *open, *spare;           /* open: raw only */
    /* folds */
    const dsc_fold *fold;
    int holds;
    uint32_t head, stride;        /* of entries */
    dsc_table keys;
    Key *key;                     /* by id */
    Stacks *stacks;               /* by id; not of groups */
    size_t key_cap, stacks_cap;
    uint32_t *order;              /* ids, or GONE */
    size_t n_order, order_cap;
    int64_t slide_number, period;
    Pane **path;                  /* scratch of a flip */
    uint32_t *path_at;
    size_t path_cap, path_at_cap;
};

static int64_t gcd(int64_t a, int64_t b) { return b == 0 ? a : gcd(b, a % b); }

void rt_window_new(rt_node *node)
{
    rt_window *w = node->window = rt_must_zero(sizeof *w, "a window");
    w->node = node;
    w->raw = node->def->kind == DSC_WINDOW;
    w->cell = gcd(node->length, node->slide);
    if (w->raw)
        return;
    w->fold = node->def->fold;
    w->group = w->fold->group;
    w->holds = rt_type_holds(w->fold->acc);
    w->head = w->group ? 8 : sizeof(Entry);
    w->stride = (w->head + w->fold->acc->size + 7) & ~7u;
    w->period = (node->length + node->slide - 1) / node->slide;
    rt_table_init(&w->keys, node->def->key, w->fold->acc);
}

static Entry *entry(const rt_window *w, const Pane *p, uint32_t i)
{
    return (Entry *)(void *)(p->entries + (size_t)i * w->stride);
}

static void *entry_acc(const rt_window *w, Entry *e) { return (char *)e + w->head; }

/* ---- panes --------------------------------------------------------------------- */

static Pane *new_pane(rt_window *w)
{
    Pane *p = w->spare;
    if (p)
        w->spare = p->spare;
    else
        p = rt_must_zero(sizeof *p, "a pane");
    p->last = &p->first;
    return p;
}

static void drop_contents(rt_window *w, Pane *p)
{
    if (w->holds & RT_HOLDS_WIDE)
        for (uint32_t i = 0; i < p->n; i++)
            rt_drop(w->fold->acc, entry_acc(w, entry(w, p, i)));
    p->n = 0;
    rt_arena_reset(&p->arena);
    for (rt_seq *s = p->first, *next; s; s = next) {
        next = s->next;
        rt_seq_clear(s);
        s->next = w->node->spare_seqs;
        w->node->spare_seqs = s;
    }
    p->first = NULL;
}

static void give_back(rt_window *w, Pane *p)
{
    drop_contents(w, p);
    p->spare = w->spare;
    w->spare = p;
}

static void free_pane(rt_window *w, Pane *p)
{
    drop_contents(w, p);
    rt_arena_free(&p->arena);
    free(p->entries);
    free(p);
}

void rt_window_free(rt_node *node)
{
    rt_window *w = node->window;
    if (!w)
        return;
    for (size_t i = 0; i < w->n; i++)
        free_pane(w, w->panes[i]);
    if (w->open)
        free_pane(w, w->open);
    while (w->spare) {
        Pane *p = w->spare;
        w->spare = p->spare;
        free_pane(w, p);
    }
    if (!w->raw)
        rt_table_free(&w->keys);
    free(w->panes);
    free(w->key);
    free(w->stacks);
    free(w->order);
    free(w->path);
    free(w->path_at);
    free(w);
    node->window = NULL;
}

bool rt_window_skips(const rt_node *node, int64_t since_zero)
{
    int64_t next_slide = (since_zero + node->slide - 1) / node->slide * node->slide;
    return since_zero <= next_slide - node->length;
}

/* Close the pane that ends now; empty ones are not kept. */
static void add_pane(rt_window *w, Pane *p, int64_t end)
{
    p->end = end;
    w->panes = rt_must_fit(w->panes, &w->cap, w->n + 1, sizeof *w->panes, "the panes of a window");
    w->panes[w->n++] = p;
}

void rt_window_push(rt_node *node, rt_seq *seq)
{
    rt_window *w = node->window;
    if (!w->open)
        w->open = new_pane(w);
    seq->next = NULL;
    *w->open->last = seq;
    w->open->last = &seq->next;
}

/* ---- keys ------------------------------------------------------------------------ */

static uint32_t key_phase(const rt_window *w, uint32_t id)
{
    if (w->period == 1 || w->keys.class == RT_CELL)
        return 0;
    rt_key k = rt_table_key(&w->keys, id);
    unsigned char le[8];
    const void *bytes = rt_key_bytes(&k);
    if (w->keys.class == RT_INT) {
        for (int i = 0; i < 8; i++)
            le[i] = (unsigned char)(k.lo >> 8 * i);
        bytes = le;
    }
    return (uint32_t)(rt_stable_hash(bytes, (size_t)k.n) % (uint64_t)w->period);
}

/* The key's id, one more pane holding it. */
static uint32_t refer(rt_window *w, rt_key key, uint64_t hash)
{
    bool fresh;
    uint32_t id = rt_table_upsert(&w->keys, key, hash, &fresh);
    if (fresh) {
        w->key = rt_must_fit(w->key, &w->key_cap, (size_t)id + 1, sizeof *w->key, "the keys of a window");
        w->key[id] = (Key){0, 0, GONE};
        if (!w->group) {
            w->stacks = rt_must_fit(w->stacks, &w->stacks_cap, (size_t)id + 1, sizeof *w->stacks, "the keys of a window");
            w->stacks[id] = (Stacks){.phase = key_phase(w, id)};
        }
    }
    w->key[id].refs++;
    return id;
}

/* Entries from .. to - 1 of the result into the pane: a few at a time, so that their slots can be
 * fetched at once. */
static void fill_pane(rt_window *w, Pane *p, const rt_keyed *k, size_t from, size_t to)
{
    rt_key key[FETCHED];
    uint64_t hash[FETCHED];
    const void *acc[FETCHED];
    for (size_t i = 0; i < to - from; i++) {
        uint32_t id;
        const dsc_table *t = rt_keyed_at(k, from + i, &id);
        key[i] = rt_table_key(t, id);
        hash[i] = rt_key_hash(key[i]);
        acc[i] = rt_table_acc(t, id);
        rt_table_fetch(&w->keys, hash[i]);
    }
    for (size_t i = 0; i < to - from; i++) {
        Entry *e = entry(w, p, p->n);
        memset(e, 0, w->stride);
        e->id = refer(w, key[i], hash[i]);
        if (w->holds)
            rt_copy(w->fold->acc, entry_acc(w, e), acc[i], &p->arena);
        else
            memcpy(entry_acc(w, e), acc[i], w->fold->acc->size);
        p->n++;
    }
}

static int close_pane(rt_window *w, dsc_task *task, int64_t end)
{
    rt_keyed *k = &w->node->keyed;
    if (w->node->skipping) {
        rt_keyed_clear(k);
        return 0;
    }
    if (rt_keyed_finish(k, task) < 0)
        return -1;
    if (k->n > 0) {
        Pane *p = new_pane(w);
        add_pane(w, p, end);
        if (k->n > p->cap) {
            p->entries = rt_must_large(p->entries, 0, k->n * w->stride, "a pane of a window");
            p->cap = k->n;
        }
        for (size_t i = 0; i < k->n; i += FETCHED)
            fill_pane(w, p, k, i, k->n - i < FETCHED ? k->n : i + FETCHED);
    }
    rt_keyed_clear(k);
    return 0;
}

/* ---- sliding ------------------------------------------------------------------------ */

static void leave(rt_window *w, Pane *p)
{
    for (uint32_t i = 0; i < p->n; i++) {
        Entry *e = entry(w, p, i);
        uint32_t id = e->id;
        Key *key = &w->key[id];
        key->held--;
        if (!w->group) {
            w->stacks[id].oldest = e->next_pane;
            w->stacks[id].at_oldest = e->next;
        }
        if (key->held == 0) {
            w->order[key->place] = GONE;
            rt_table_unset(&w->keys, id);
            if (!w->group)
                w->stacks[id].backed = false;
        } else if (w->group) {
            w->fold->remove(rt_table_acc(&w->keys, id), entry_acc(w, e));
        }
        if (--key->refs == 0)
            rt_table_remove(&w->keys, id);
    }
}

static void link_entry(rt_window *w, Pane *p, uint32_t i, bool first)
{
    uint32_t id = entry(w, p, i)->id;
    Stacks *s = &w->stacks[id];
    if (first) {
        s->oldest = p;
        s->at_oldest = i;
    } else {
        Entry *before = entry(w, s->newest, s->at_newest);
        before->next_pane = p;
        before->next = i;
    }
    s->newest = p;
    s->at_newest = i;
}

static bool enter(rt_window *w, dsc_task *task, Pane *p)
{
    for (uint32_t i = 0; i < p->n; i++) {
        Entry *e = entry(w, p, i);
        uint32_t id = e->id;
        Key *key = &w->key[id];
        bool first = key->held++ == 0, fresh = first;
        if (first) {
            w->order = rt_must_fit(w->order, &w->order_cap, w->n_order + 1, sizeof *w->order, "the order of keys");
            key->place = (uint32_t)w->n_order;
            w->order[w->n_order++] = id;
        }
        if (!w->group) {
            link_entry(w, p, i, first);
            fresh = !w->stacks[id].backed;
            w->stacks[id].backed = true;
        }
        rt_arena_rewind(&task->scratch);
        if (!rt_table_combine(&w->keys, w->fold, task, id, fresh, entry_acc(w, e)))
            return false;
    }
    return true;
}

static bool flip(rt_window *w, dsc_task *task, uint32_t id)
{
    Stacks *s = &w->stacks[id];
    size_t n = 0;
    for (Pane *p = s->oldest, *next; p; p = next) {
        uint32_t at = n == 0 ? s->at_oldest : entry(w, w->path[n - 1], w->path_at[n - 1])->next;
        w->path = rt_must_fit(w->path, &w->path_cap, n + 1, sizeof *w->path, "the panes of a key");
        w->path_at = rt_must_fit(w->path_at, &w->path_at_cap, n + 1, sizeof *w->path_at, "the panes of a key");
        w->path[n] = p;
        w->path_at[n++] = at;
        next = entry(w, p, at)->next_pane;
    }
    for (size_t i = n; i-- > 1;) {
        void *older = entry_acc(w, entry(w, w->path[i - 1], w->path_at[i - 1]));
        const void *rest = entry_acc(w, entry(w, w->path[i], w->path_at[i]));
        size_t garbage = 0;
        rt_arena_rewind(&task->scratch);
        if (!rt_acc_combine(w->fold, w->holds, task, older, rest, &w->path[i - 1]->arena, &garbage))
            return false;
    }
    rt_table_unset(&w->keys, id);
    s->backed = false;
    return true;
}

/* When the front of a key was made last: microseconds since zero of that slide. */
static int64_t last_flip(const rt_window *w, const Stacks *s)
{
    int64_t past = (w->slide_number - s->phase + w->period) % w->period;
    return (w->slide_number - past) * w->node->slide;
}

/* Take the keys that have gone out of the order; flip those whose turn it is. */
static bool walk_order(rt_window *w, dsc_task *task)
{
    size_t n = 0;
    for (size_t i = 0; i < w->n_order; i++) {
        uint32_t id = w->order[i];
        if (id == GONE)
            continue;
        w->order[n] = id;
        w->key[id].place = (uint32_t)n++;
        if (!w->group && last_flip(w, &w->stacks[id]) == w->slide_number * w->node->slide && !flip(w, task, id)) {
            w->n_order = n;
            return false;
        }
    }
    w->n_order = n;
    return true;
}

/* Everything that ended at or before `limit` leaves. */
static void leave_until(rt_window *w, int64_t limit)
{
    size_t n = 0;
    while (n < w->entered && w->panes[n]->end <= limit) {
        if (!w->raw)
            leave(w, w->panes[n]);
        give_back(w, w->panes[n++]);
    }
    if (n == 0)
        return;
    memmove(w->panes, w->panes + n, (w->n - n) * sizeof *w->panes);
    w->n -= n;
    w->entered -= n;
}

static bool slide(rt_window *w, dsc_task *task, int64_t since_zero)
{
    leave_until(w, since_zero - w->node->length);
    w->slide_number = since_zero / w->node->slide;
    if (w->raw) {
        w->entered = w->n;
        return true;
    }
    while (w->entered < w->n)
        if (!enter(w, task, w->panes[w->entered++]))
            return false;
    bool ok = walk_order(w, task);
    rt_table_tidy(&w->keys);
    return ok;
}

int rt_window_tick(rt_engine *e, rt_node *node, int64_t since_zero, bool slides)
{
    rt_window *w = node->window;
    dsc_task *task = &e->tasks[0];
    rt_bad bad = {0};
    task->node = node;
    task->bad = &bad;
    task->n_morsel = SIZE_MAX;
    task->combining = true;
    bool ok = true;
    if (since_zero % w->cell == 0) {
        if (!w->raw) {
            ok = close_pane(w, task, since_zero) == 0;
        } else if (w->open) {
            add_pane(w, w->open, since_zero);
            w->open = NULL;
        }
    }
    task->combining = true;
    ok = ok && (!slides || slide(w, task, since_zero));
    task->combining = false;
    return ok ? 0 : bad.why ? rt_bad_fail(e, node, &bad) : -1;
}

/* ---- what is put out -------------------------------------------------------------------- */

size_t rt_window_places(const rt_node *node)
{
    const rt_window *w = node->window;
    return w->n_order == 0 && node->def->always ? 1 : w->n_order;
}

bool rt_window_key(const rt_node *node, size_t place, void *key, rt_arena *arena)
{
    const rt_window *w = node->window;
    if (place >= w->n_order)
        return false;
    rt_table_key_value(&w->keys, w->order[place], key, arena);
    return true;
}

const void *rt_window_at(rt_node *node, dsc_task *task, size_t place, void *key)
{
    rt_window *w = node->window;
    size_t size = w->fold->acc->size;
    if (place >= w->n_order)
        return memset(rt_arena_alloc(&task->scratch, size), 0, size);
    uint32_t id = w->order[place];
    rt_table_key_value(&w->keys, id, key, &task->scratch);
    if (w->group)
        return rt_table_acc(&w->keys, id);
    const Stacks *s = &w->stacks[id];
    if (s->oldest->end > last_flip(w, s))
        return rt_table_acc(&w->keys, id);
    void *front = entry_acc(w, entry(w, s->oldest, s->at_oldest));
    if (!s->backed)
        return front;
    void *both = rt_arena_alloc(&task->scratch, size);
    memcpy(both, front, size);
    if (w->holds & RT_HOLDS_WIDE) {
        rt_copy(w->fold->acc, both, front, &task->scratch);
        task->owned = both;
        task->owned_type = w->fold->acc;
    }
    task->combining = true;
    bool ok = w->fold->combine(task, both, rt_table_acc(&w->keys, id));
    task->combining = false;
    return ok ? both : NULL;
}

void rt_window_spans(rt_engine *e, rt_node *node)
{
    const rt_window *w = node->window;
    for (size_t i = 0; i < w->entered; i++)
        for (const rt_seq *s = w->panes[i]->first; s; s = s->next)
            rt_spans_add(e, (rt_span){.p = s->elements, .n = s->n, .size = node->def->type->size});
}
