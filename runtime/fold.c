/* fold.c: by-key folds. See fold.h for how they keep the law.
 *
 * Tables never remove here, so ids are in the order of insertion. */
#include "core.h"
#include <stdlib.h>

typedef struct Scattered {
    rt_key key;
    uint64_t hash, place, record; /* as in dsc_task */
} Scattered;

/* Which partition: by bits of the hash that the index of a table does not begin with. */
static int partition_of(uint64_t hash) { return (int)(hash >> 60) % RT_PARTITIONS; }

void rt_keyed_init(rt_keyed *k, const dsc_node *def, int workers)
{
    *k = (rt_keyed){.def = def, .fold = def->fold, .ordered = def->ordered};
    const dsc_type *put = def->kind == DSC_UPDATE ? def->held : def->type;
    k->value = !def->fold ? put : def->fold->value ? def->fold->value : def->fold->acc;
    k->acc = def->fold ? def->fold->acc : &rt_group_type;
    k->exact = def->fold && def->fold->exact;
    int n = workers == 1 ? 1 : k->exact ? workers : RT_PARTITIONS;
    k->tables = rt_must_zero((size_t)n * sizeof *k->tables, "key tables");
    if (k->exact)
        k->notes = rt_must_zero((size_t)n * sizeof *k->notes, "key tables");
    else
        k->births = rt_must_zero((size_t)n * sizeof *k->births, "key tables");
    for (int i = 0; i < n; i++) {
        k->tables[i] = rt_must_alloc((sizeof(dsc_table) + 127) & ~(size_t)63, "key tables");
        rt_table_init(k->tables[i], def->key, k->acc);
        k->n_tables = i + 1;
    }
    rt_table_init(&k->merged, def->key, k->acc);
}

void rt_keyed_free(rt_keyed *k)
{
    for (int i = 0; i < k->n_tables; i++) {
        rt_table_free(k->tables[i]);
        free(k->tables[i]);
        if (k->notes)
            free(k->notes[i].at);
        if (k->births)
            free(k->births[i].at);
    }
    if (k->n_tables > 0)
        rt_table_free(&k->merged);
    free(k->tables);
    free(k->notes);
    free(k->births);
    free(k->order);
    *k = (rt_keyed){0};
}

/* ---- putting in --------------------------------------------------------------- */

void rt_keyed_note(rt_keyed *k, int worker, uint64_t seq)
{
    rt_table_settle(k->tables[k->n_tables == 1 ? 0 : worker]);
    if (k->n_tables == 1)
        return;
    rt_notes *notes = &k->notes[worker];
    uint32_t n = k->tables[worker]->n;
    if (n == (notes->n > 0 ? notes->at[notes->n - 1].n : 0))
        return;
    notes->at = rt_must_fit(notes->at, &notes->cap, notes->n + 1, sizeof *notes->at, "the order of keys");
    notes->at[notes->n++] = (rt_note){seq, n};
}

/* Combine or append; task may be the one whose worker folds a partition. */
static bool put_in(rt_keyed *k, dsc_task *task, dsc_table *t, uint32_t id, bool fresh, const void *value)
{
    if (!k->fold) {
        rt_group_add(t, id, k->value, value);
        return true;
    }
    bool ok = true;
    task->combining = true;
    if (fresh && k->fold->create) {
        void *first = rt_arena_alloc(&task->scratch, k->acc->size);
        memset(first, 0, k->acc->size);
        ok = k->fold->create(task, first, value);
        value = first;
    }
    ok = ok && rt_table_combine(t, k->fold, task, id, fresh, value);
    task->combining = false;
    rt_table_tidy(t);
    return ok;
}

static void note_birth(rt_keyed *k, int table, rt_birth birth)
{
    rt_births *b = &k->births[table];
    b->at = rt_must_fit(b->at, &b->cap, b->n + 1, sizeof *b->at, "the order of keys");
    b->at[b->n++] = birth;
}

bool rt_keyed_in(rt_keyed *k, dsc_task *task, const void *key, const void *value)
{
    bool fresh;
    if (k->exact || k->n_tables == 1) {
        dsc_table *t = k->tables[k->n_tables == 1 ? 0 : task->worker];
        rt_table_settle(t);
        rt_key words = rt_key_of(t, key);
        uint32_t id = rt_table_upsert(t, words, rt_key_hash(words), &fresh);
        return put_in(k, task, t, id, fresh, value);
    }
    rt_key words = rt_key_of(&k->merged, key);
    uint64_t hash = rt_key_hash(words);
    int part = partition_of(hash);
    uint32_t id = rt_table_upsert(k->tables[part], words, hash, &fresh);
    if (fresh)
        note_birth(k, part, (rt_birth){task->seq, task->place});
    return put_in(k, task, k->tables[part], id, fresh, value);
}

void rt_keyed_scatter(rt_keyed *k, dsc_task *task, rt_scatter *s, const void *key, const void *value)
{
    rt_key words = rt_key_of(&s->keys, key);
    uint64_t hash = rt_key_hash(words);
    if (words.n > 16) {
        char *copy = rt_arena_alloc(&s->arena, (size_t)words.n);
        memcpy(copy, rt_key_bytes(&words), (size_t)words.n);
        words.lo = (uintptr_t)copy;
    }
    rt_buf *b = &s->part[partition_of(hash)];
    size_t room = (k->value->size + 7) & ~(size_t)7;
    if (!rt_buf_reserve(b, sizeof(Scattered) + room))
        rt_raise(b->cap * 2, "keys and values in exchange");
    Scattered *to = (Scattered *)(void *)(b->p + b->n);
    *to = (Scattered){words, hash, task->place, task->record};
    rt_copy(k->value, to + 1, value, &s->arena);
    b->n += sizeof *to + room;
}

void rt_keyed_gather(rt_keyed *k, dsc_task *task, int part, rt_scatter *const *round, size_t n)
{
    dsc_table *t = k->tables[part];
    size_t room = (k->value->size + 7) & ~(size_t)7;
    for (size_t i = 0; i < n; i++) {
        const rt_buf *b = &round[i]->part[part];
        for (size_t at = 0; at < b->n; at += sizeof(Scattered) + room) {
            Scattered *from = (Scattered *)(void *)(b->p + at);
            bool fresh;
            uint32_t id = rt_table_upsert(t, from->key, from->hash, &fresh);
            if (fresh)
                note_birth(k, part, (rt_birth){round[i]->seq, from->place});
            task->place = from->place;
            task->record = from->record;
            task->n_morsel = round[i]->morsel;
            rt_arena_rewind(&task->scratch);
            if (!put_in(k, task, t, id, fresh, from + 1))
                return;
            rt_drop(k->value, from + 1);
        }
    }
}

void rt_scatter_clear(rt_scatter *s)
{
    for (int i = 0; i < RT_PARTITIONS; i++)
        s->part[i].n = 0;
    rt_arena_reset(&s->arena);
}

void rt_scatter_free(rt_scatter *s)
{
    for (int i = 0; i < RT_PARTITIONS; i++)
        rt_buf_free(&s->part[i]);
    rt_arena_free(&s->arena);
    rt_table_free(&s->keys);
    free(s);
}

/* ---- the result ---------------------------------------------------------------------- */

/* Entries first .. last - 1 of a worker's table into `into`: a few at a time, so that what is
 * looked at for them can be fetched at once. */
static bool take_entries(rt_keyed *k, dsc_task *task, dsc_table *into, const dsc_table *from, uint32_t first, uint32_t last)
{
    enum { FETCHED = 16 };
    rt_key key[FETCHED];
    uint64_t hash[FETCHED];
    for (uint32_t n; first < last; first += n) {
        n = last - first < FETCHED ? last - first : FETCHED;
        for (uint32_t i = 0; i < n; i++) {
            key[i] = rt_table_key(from, first + i);
            hash[i] = rt_key_hash(key[i]);
            rt_table_fetch(into, hash[i]);
        }
        for (uint32_t i = 0; i < n; i++)
            rt_table_fetch_entry(into, hash[i]);
        for (uint32_t i = 0; i < n; i++) {
            bool fresh;
            uint32_t to = rt_table_upsert(into, key[i], hash[i], &fresh);
            if (!put_in(k, task, into, to, fresh, rt_table_acc(from, first + i)))
                return false;
        }
    }
    return true;
}

static int largest_table(const rt_keyed *k)
{
    int largest = 0;
    for (int i = 1; i < k->n_tables; i++)
        if (k->tables[i]->n > k->tables[largest]->n)
            largest = i;
    return largest;
}

/* The list rule: notes of all workers in the order of morsels. */
static bool merge_in_order(rt_keyed *k, dsc_task *task)
{
    size_t *next = rt_must_zero((size_t)k->n_tables * sizeof *next, "the order of keys");
    bool ok = true;
    rt_table_reserve(&k->merged, k->tables[largest_table(k)]->n);
    for (;;) {
        int w = -1;
        for (int i = 0; i < k->n_tables; i++)
            if (next[i] < k->notes[i].n && (w < 0 || k->notes[i].at[next[i]].seq < k->notes[w].at[next[w]].seq))
                w = i;
        if (w < 0 || !ok)
            break;
        const rt_note *note = &k->notes[w].at[next[w]];
        ok = take_entries(k, task, &k->merged, k->tables[w], next[w]++ > 0 ? note[-1].n : 0, note->n);
    }
    free(next);
    k->only = &k->merged;
    return ok;
}

static bool merge_into_largest(rt_keyed *k, dsc_task *task)
{
    int largest = largest_table(k);
    k->only = k->tables[largest];
    for (int i = 0; i < k->n_tables; i++)
        if (i != largest && !take_entries(k, task, k->only, k->tables[i], 0, k->tables[i]->n))
            return false;
    return true;
}

static bool born_before(const rt_keyed *k, int a, uint32_t id_a, int b, uint32_t id_b)
{
    const rt_birth *x = &k->births[a].at[id_a], *y = &k->births[b].at[id_b];
    return x->seq != y->seq ? x->seq < y->seq : x->place < y->place;
}

/* Tables of partitions are each in the order of birth. */
static void merge_partitions(rt_keyed *k)
{
    uint32_t next[RT_PARTITIONS] = {0};
    for (k->n = 0;; k->n++) {
        int first = -1;
        for (int i = 0; i < k->n_tables; i++)
            if (next[i] < k->tables[i]->n && (first < 0 || (k->ordered && born_before(k, i, next[i], first, next[first]))))
                first = i;
        if (first < 0)
            return;
        k->order = rt_must_fit(k->order, &k->order_cap, k->n + 1, sizeof *k->order, "the order of keys");
        k->order[k->n] = (uint64_t)first << 32 | next[first]++;
    }
}

int rt_keyed_finish(rt_keyed *k, dsc_task *task)
{
    int filled = 0;
    for (int i = 0; i < k->n_tables; i++)
        if (k->tables[i]->n > 0) {
            filled++;
            k->only = k->tables[i];
        }
    bool ok = true;
    if (filled == 0) {
        k->only = k->tables[0];
    } else if (filled > 1) {
        k->only = NULL;
        if (!k->exact) {
            merge_partitions(k);
            return 0;
        }
        ok = k->ordered ? merge_in_order(k, task) : merge_into_largest(k, task);
    }
    k->n = k->only->n;
    return ok ? 0 : -1;
}

void rt_keyed_clear(rt_keyed *k)
{
    for (int i = 0; i < k->n_tables; i++) {
        if (k->tables[i]->n > 0)
            rt_table_clear(k->tables[i]);
        if (k->notes)
            k->notes[i].n = 0;
        if (k->births)
            k->births[i].n = 0;
    }
    if (k->merged.n > 0)
        rt_table_clear(&k->merged);
    k->n = 0;
    k->only = NULL;
}
