/* table.c: key tables. See table.h for what they hold.
 *
 * Invariants: the index has at least twice as many slots as live entries; a key's slot is reached from its home (hash & mask) without crossing a
 * free one, so removal shifts back what follows. Hashes are seeded by process:
 * nothing that is put out may depend on them. */
#include "table_find.h"
#include <stdlib.h>

uint64_t rt_hash_seed[2] = {0x9e3779b97f4a7c15u, 0xd1b54a32d192ed03u};

void rt_table_seed(uint64_t a, uint64_t b)
{
    rt_hash_seed[0] = a | 1;
    rt_hash_seed[1] = b | 1;
}

/* ---- keys ---------------------------------------------------------------------------- */

rt_key rt_key_of(dsc_table *t, const void *key)
{
    switch (t->class) {
    case RT_CELL:
        return (rt_key){0, 0, 0};
    case RT_INT:
        return (rt_key){*(const uint64_t *)key, 0, 8};
    case RT_STR: {
        const dsc_str *s = key;
        return key_of_bytes(s->p, s->n);
    }
    case RT_ANY:
        break;
    }
    t->encoded.n = 0;
    rt_key_encode(t->key, key, &t->encoded);
    if (t->encoded.failed)
        rt_raise(t->encoded.cap, "a key");
    return key_of_bytes(t->encoded.p, (int64_t)t->encoded.n);
}

uint64_t rt_key_hash(rt_key key) { return hash_of(key); }

/* ---- entries ---------------------------------------------------------------------- */

rt_key_class rt_class_of(const dsc_type *key)
{
    if (key == NULL)
        return RT_CELL;
    switch (key->kind) {
    case DSC_INT:
    case DSC_TIME:
    case DSC_DURATION:
        return RT_INT;
    case DSC_STRING:
    case DSC_BYTES:
        return RT_STR;
    default:
        return RT_ANY;
    }
}

void rt_table_init(dsc_table *t, const dsc_type *key, const dsc_type *acc)
{
    *t = (dsc_table){.key = key, .acc = acc, .class = rt_class_of(key), .holds = rt_type_holds(acc)};
    t->head = t->class == RT_CELL ? 0 : t->class == RT_INT ? 8 : sizeof(rt_key);
    t->stride = (t->head + acc->size + 7) & ~7u;
}

static void drop_accs(dsc_table *t)
{
    if (t->holds & RT_HOLDS_WIDE)         /* those of removed ids are zero bytes */
        for (uint32_t id = 0; id < t->n; id++)
            rt_drop(t->acc, rt_table_acc(t, id));
}

void rt_table_free(dsc_table *t)
{
    drop_accs(t);
    free(t->slots);
    free(t->entries);
    free(t->free_ids);
    rt_table_free_queue(t);
    rt_arena_free(&t->arena);
    rt_arena_free(&t->spare);
    rt_arena_free(&t->left);
    rt_buf_free(&t->encoded);
    *t = (dsc_table){0};
}

rt_key rt_table_key(const dsc_table *t, uint32_t id)
{
    const char *e = t->entries + (size_t)id * t->stride;
    switch (t->class) {
    case RT_CELL:
        return (rt_key){0, 0, 0};
    case RT_INT:
        return (rt_key){load8(e), 0, 8};
    case RT_STR:
    case RT_ANY:
        break;
    }
    rt_key k;
    memcpy(&k, e, sizeof k);
    return k;
}

void rt_table_key_value(const dsc_table *t, uint32_t id, void *out, rt_arena *arena)
{
    const char *e = t->entries + (size_t)id * t->stride;
    switch (t->class) {
    case RT_CELL:
        return;
    case RT_INT:
        memcpy(out, e, 8);
        return;
    case RT_STR: {
        const rt_key *k = (const rt_key *)(const void *)e;
        *(dsc_str *)out = (dsc_str){rt_key_bytes(k), k->n};
        return;
    }
    case RT_ANY:
        rt_key_decode(t->key, rt_key_bytes((const rt_key *)(const void *)e), out, arena);
        return;
    }
}

/* ---- the index ---------------------------------------------------------------------- */

/* As long as an index is small it stays rather empty: that a slot has another key is never foretold, and costs more
 * than the room. */
static uint64_t most_keys(uint64_t slots)
{
    enum { SMALL = 1 << 16 };
    return slots < SMALL ? slots / 4 : slots / 2;
}

static void set_index(dsc_table *t, uint64_t cap)
{
    uint64_t mask = cap - 1;
    uint64_t *slots = rt_must_large(NULL, 0, cap * sizeof *slots, "the index of a key table");
    memset(slots, 0, cap * sizeof *slots);
    if (t->slots)
        for (uint64_t i = 0; i <= t->mask; i++) {
            uint64_t s = t->slots[i], at;
            if (s == 0)
                continue;
            for (at = slot_hash(s) & mask; slots[at]; at = (at + 1) & mask)
                ;
            slots[at] = s;
        }
    free(t->slots);
    t->slots = slots;
    t->mask = mask;
}

void rt_table_grow_index(dsc_table *t)
{
    set_index(t, t->slots ? (t->mask + 1) * 2 : 64);
}

static void set_room(dsc_table *t, size_t cap)
{
    if (cap > UINT32_MAX - 1)
        rt_raise(cap * t->stride, "a table of more than 4 billion keys");
    t->entries = rt_must_large(t->entries, (size_t)t->n * t->stride, cap * t->stride, "a key table");
    t->cap = (uint32_t)cap;
}

static uint32_t new_id(dsc_table *t)
{
    if (t->n_free > 0)
        return t->free_ids[--t->n_free];
    if (RT_UNLIKELY(t->n == t->cap))
        set_room(t, t->cap ? (size_t)t->cap * 2 : t->class == RT_CELL ? 1 : 32);
    return t->n++;
}

void rt_table_reserve(dsc_table *t, uint32_t n)
{
    uint64_t slots = t->slots ? t->mask + 1 : 64;
    if (t->class != RT_CELL && (t->slots == NULL || n > most_keys(slots))) {
        while (n > most_keys(slots))
            slots *= 2;
        set_index(t, slots);
    }
    if (n > t->cap)
        set_room(t, n);
}

uint32_t rt_table_insert(dsc_table *t, const rt_key *key, uint64_t hash, uint64_t at)
{
    if (t->slots == NULL || t->live >= most_keys(t->mask + 1)) {
        rt_table_grow_index(t);
        for (at = (uint32_t)hash & t->mask; t->slots[at]; at = (at + 1) & t->mask)
            ;
    }
    char *copy = NULL;
    if (key->n > 16) {
        copy = rt_arena_alloc(&t->arena, (size_t)key->n);
        memcpy(copy, rt_key_bytes(key), (size_t)key->n);
    }
    uint32_t id = new_id(t);
    char *e = t->entries + (size_t)id * t->stride;
    memset(e, 0, t->stride);
    memcpy(e, key, t->head);
    if (copy)
        ((rt_key *)(void *)e)->lo = (uintptr_t)copy;
    t->slots[at] = slot_of(hash, id);
    t->live++;
    return id;
}

static uint32_t upsert_cell(dsc_table *t, bool *fresh)
{
    *fresh = t->live == 0;
    if (*fresh) {
        uint32_t id = new_id(t);
        memset(t->entries, 0, t->stride);
        t->live = 1;
        return id;
    }
    return 0;
}

uint32_t rt_table_upsert(dsc_table *t, rt_key key, uint64_t hash, bool *fresh)
{
    switch (t->class) {
    case RT_CELL:
        return upsert_cell(t, fresh);
    case RT_INT:
        return upsert_int(t, key.lo, hash, fresh);
    case RT_STR:
    case RT_ANY:
        break;
    }
    return upsert_bytes(t, key, hash, fresh);
}

uint32_t rt_table_find(const dsc_table *t, rt_key key, uint64_t hash)
{
    if (t->class == RT_CELL)
        return t->live > 0 ? 0 : RT_NO_ID;
    if (!t->slots)
        return RT_NO_ID;
    for (uint64_t at = (uint32_t)hash & t->mask, s; (s = t->slots[at]) != 0; at = (at + 1) & t->mask) {
        if (slot_hash(s) != (uint32_t)hash)
            continue;
        uint32_t id = slot_id(s);
        if (t->class == RT_INT ? rt_table_key(t, id).lo == key.lo : same_bytes(entry_key(t, id), key))
            return id;
    }
    return RT_NO_ID;
}

/* The slot that holds id: it is there, so free slots on the way (while clearing) are passed over. */
static uint64_t find_slot(const dsc_table *t, uint32_t id)
{
    uint64_t s = slot_of(hash_of(rt_table_key(t, id)), id), at = slot_hash(s) & t->mask;
    while (t->slots[at] != s)
        at = (at + 1) & t->mask;
    return at;
}

void rt_table_clear(dsc_table *t)
{
    drop_accs(t);
    if (t->slots) {
        if (t->n_free == 0 && t->n < (t->mask + 1) / 16)
            for (uint32_t id = 0; id < t->n; id++)
                t->slots[find_slot(t, id)] = 0;
        else if (t->live > 0)
            memset(t->slots, 0, (t->mask + 1) * sizeof *t->slots);
    }
    rt_table_forget_queue(t);
    t->n = t->live = t->n_free = 0;
    t->garbage = 0;
    rt_arena_reset(&t->arena);
}

void rt_table_remove(dsc_table *t, uint32_t id)
{
    t->free_ids = rt_must_fit(t->free_ids, &t->free_cap, (size_t)t->n_free + 1, sizeof *t->free_ids, "a key table");
    if (t->class != RT_CELL) {
        uint64_t hole = find_slot(t, id), mask = t->mask;
        for (uint64_t at = (hole + 1) & mask, s; (s = t->slots[at]) != 0; at = (at + 1) & mask)
            if (((at - (slot_hash(s) & mask)) & mask) >= ((at - hole) & mask)) {
                t->slots[hole] = s;
                hole = at;
            }
        t->slots[hole] = 0;
        rt_key k = rt_table_key(t, id);
        if (k.n > 16)
            t->garbage += ((size_t)k.n + 7) & ~(size_t)7;
        if (t->head == sizeof(rt_key))        /* holds nothing of the arena from now on */
            memset(t->entries + (size_t)id * t->stride, 0, sizeof(rt_key));
    }
    rt_table_unset(t, id);
    t->free_ids[t->n_free++] = id;
    t->live--;
    if (t->class == RT_CELL)
        t->n = t->n_free = 0;
}

/* ---- accumulators -------------------------------------------------------------------- */

void rt_table_unset(dsc_table *t, uint32_t id)
{
    void *acc = rt_table_acc(t, id);
    if (t->holds & RT_HOLDS_HEAP)
        t->garbage += rt_heap_size(t->acc, acc);
    if (t->holds & RT_HOLDS_WIDE)
        rt_drop(t->acc, acc);
    memset(acc, 0, t->acc->size);
}

void rt_table_set(dsc_table *t, uint32_t id, const void *value)
{
    if (t->holds) {
        rt_table_unset(t, id);
        rt_copy(t->acc, rt_table_acc(t, id), value, &t->arena);
    } else {
        memcpy(rt_table_acc(t, id), value, t->acc->size);
    }
}

bool rt_acc_combine(const dsc_fold *fold, int holds, dsc_task *task, void *acc, const void *value,
                    rt_arena *arena, size_t *garbage)
{
    if (!(holds & RT_HOLDS_HEAP))
        return fold->combine(task, acc, value);
    size_t size = fold->acc->size;
    char small[256], *before = size <= sizeof small ? small : rt_must_alloc(size, "an accumulator");
    memcpy(before, acc, size);
    bool ok = fold->combine(task, acc, value);
    if (ok)
        *garbage += rt_keep_changed(fold->acc, acc, before, arena);
    else
        memcpy(acc, before, size);
    if (before != small)
        free(before);
    return ok;
}

bool rt_table_combine(dsc_table *t, const dsc_fold *fold, dsc_task *task, uint32_t id, bool fresh, const void *value)
{
    if (!fresh)
        return rt_acc_combine(fold, t->holds, task, rt_table_acc(t, id), value, &t->arena, &t->garbage);
    rt_table_set(t, id, value);
    return true;
}

/* The same values with what they point to in t->spare. */
static void move_entry(dsc_table *t, uint32_t id)
{
    rt_key *k = (rt_key *)(void *)(t->entries + (size_t)id * t->stride);
    if (t->head == sizeof *k && k->n > 16) {
        char *copy = rt_arena_alloc(&t->spare, (size_t)k->n);
        memcpy(copy, rt_key_bytes(k), (size_t)k->n);
        k->lo = (uintptr_t)copy;
    }
    if (t->holds & RT_HOLDS_HEAP)
        rt_move(t->acc, rt_table_acc(t, id), &t->spare);
}

void rt_table_tidy(dsc_table *t)
{
    if (t->garbage < 65536 || t->garbage < rt_arena_used(&t->arena) / 2)
        return;
    for (uint32_t id = 0; id < t->n; id++)
        move_entry(t, id);
    if (t->held && !t->left.chunks)
        t->left = t->arena;
    else
        rt_arena_free(&t->arena);
    t->arena = t->spare;
    t->spare = (rt_arena){0};
    t->garbage = 0;
}

void rt_table_hold(dsc_table *t) { t->held = true; }

void rt_table_let_go(dsc_table *t)
{
    t->held = false;
    rt_arena_free(&t->left);
}

size_t rt_table_bytes(const dsc_table *t)
{
    size_t index = t->slots ? (t->mask + 1) * sizeof *t->slots : 0;
    return index + (size_t)t->cap * t->stride + t->free_cap * sizeof *t->free_ids + t->arena.total;
}

/* ---- what generated code calls --------------------------------------------------------- */

void *dsc_upsert_cell(dsc_table *t, bool *fresh)
{
    return rt_table_acc(t, upsert_cell(t, fresh));
}
