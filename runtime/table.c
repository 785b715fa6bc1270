/* table.c: key tables. See table.h for what they hold.
 *
 * Invariants: the index has at least 8/5 as many slots as live entries, and one
 * free; a key's slot is reached from its home (hash & mask) without crossing a
 * free one, so removal shifts back what follows. Hashes are seeded by process:
 * nothing that is put out may depend on them. */
#include "table.h"
#include <stdlib.h>

static uint64_t seed_a = 0x9e3779b97f4a7c15u, seed_b = 0xd1b54a32d192ed03u;

void rt_table_seed(uint64_t a, uint64_t b)
{
    seed_a = a | 1;
    seed_b = b | 1;
}

/* ---- hashing ------------------------------------------------------------------ */

static inline uint64_t fold_mul(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
    __extension__ typedef unsigned __int128 u128;
    u128 p = (u128)a * b;
    return (uint64_t)p ^ (uint64_t)(p >> 64);
#else
    uint64_t al = (uint32_t)a, ah = a >> 32, bl = (uint32_t)b, bh = b >> 32;
    uint64_t ll = al * bl, lh = al * bh, hl = ah * bl, hh = ah * bh;
    uint64_t mid = (ll >> 32) + (uint32_t)lh + (uint32_t)hl;
    return ((mid << 32) | (uint32_t)ll) ^ (hh + (lh >> 32) + (hl >> 32) + (mid >> 32));
#endif
}

static inline uint64_t hash_words(uint64_t lo, uint64_t hi, int64_t n)
{
    return fold_mul(lo ^ seed_a, (hi ^ seed_b) + (uint64_t)n * 0xa0761d6478bd642fu);
}

static inline uint64_t load8(const char *p)
{
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

/* n > 16 */
static uint64_t hash_long(const char *p, int64_t n)
{
    uint64_t h = seed_b ^ (uint64_t)n;
    const char *last = p + n - 16;
    for (; p < last; p += 16)
        h = fold_mul(load8(p) ^ seed_a ^ h, load8(p + 8) ^ seed_b) + h;
    return fold_mul(load8(last) ^ seed_a ^ h, load8(last + 8) ^ seed_b);
}

/* The n <= 16 bytes at p as two words. Reading 16 bytes at once is right as long as they lie in
 * one page; sanitizers don't know that, nor does C, so other builds copy. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COPY_KEYS
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define COPY_KEYS
#endif
#endif

static inline void load_words(const char *p, int64_t n, uint64_t *lo, uint64_t *hi)
{
#if defined(__x86_64__) && !defined(COPY_KEYS)
    static const uint64_t low[17] = {
        0, 0xff, 0xffff, 0xffffff, 0xffffffff, 0xffffffffff, 0xffffffffffff, 0xffffffffffffff,
        ~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull};
    static const uint64_t high[17] = {
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xffff, 0xffffff, 0xffffffff, 0xffffffffff, 0xffffffffffff,
        0xffffffffffffff, ~0ull};
    if (n == 0)
        p = (const char *)low;        /* that of an empty string may be any address */
    if (RT_LIKELY(((uintptr_t)p & 4095) <= 4096 - 16)) {
        *lo = load8(p) & low[n];
        *hi = load8(p + 8) & high[n];
        return;
    }
#endif
    uint64_t words[2] = {0, 0};
    if (n > 0)
        memcpy(words, p, (size_t)n);
    *lo = words[0];
    *hi = words[1];
}

static inline rt_key key_of_bytes(const char *p, int64_t n)
{
    rt_key k;
    k.n = n;
    if (RT_LIKELY(n <= 16)) {
        load_words(p, n, &k.lo, &k.hi);
    } else {
        k.lo = (uintptr_t)p;
        k.hi = hash_long(p, n);
    }
    return k;
}

static inline uint64_t hash_of(rt_key k) { return k.n > 16 ? k.hi : hash_words(k.lo, k.hi, k.n); }

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

/* ---- the queue of dsc_count_str, see there ------------------------------------------- */

enum { QUEUE = 64, LOOK = 16, COUNT = 32, LONGEST = 256 };

typedef struct Counted {          /* an entry of a table of counts by string */
    rt_key key;
    int64_t count;
} Counted;

struct rt_queue {
    uint64_t n;                   /* keys that have come in since it was empty */
    rt_key key[QUEUE];
    uint64_t hash[QUEUE];
    uint32_t found[QUEUE];
    char bytes[QUEUE][LONGEST];   /* of keys that are not held in words */
};

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
    free(t->queue);
    rt_arena_free(&t->arena);
    rt_arena_free(&t->spare);
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

static inline uint64_t slot_of(uint64_t hash, uint32_t id) { return (hash << 32) | ((uint64_t)id + 1); }
static inline uint32_t slot_hash(uint64_t slot) { return (uint32_t)(slot >> 32); }
static inline uint32_t slot_id(uint64_t slot) { return (uint32_t)slot - 1; }

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

static void grow_index(dsc_table *t)
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
    if (t->class != RT_CELL && (t->slots == NULL || n * (uint64_t)8 > slots * 5)) {
        while (n * (uint64_t)8 > slots * 5)
            slots *= 2;
        set_index(t, slots);
    }
    if (n > t->cap)
        set_room(t, n);
}

/* A new entry for the key, to be indexed at slot `at`. */
static __attribute__((noinline)) uint32_t insert(dsc_table *t, const rt_key *key, uint64_t hash, uint64_t at)
{
    if (t->slots == NULL || (t->live + 1) * (uint64_t)8 > (t->mask + 1) * 5) {
        grow_index(t);
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

enum { NONE = UINT32_MAX };       /* no id */

static inline const rt_key *entry_key(const dsc_table *t, uint32_t id)
{
    return (const rt_key *)(const void *)(t->entries + (size_t)id * t->stride);
}

static inline bool same_bytes(const rt_key *e, rt_key key)
{
    if (e->hi != key.hi || e->n != key.n)
        return false;
    return e->lo == key.lo ||
        (key.n > 16 && memcmp(rt_key_bytes(e), (const char *)(uintptr_t)key.lo, (size_t)key.n) == 0);
}

static inline uint32_t upsert_bytes(dsc_table *t, rt_key key, uint64_t hash, bool *fresh)
{
    uint64_t at = 0;
    if (RT_LIKELY(t->slots != NULL)) {
        uint64_t mask = t->mask, s;
        for (at = (uint32_t)hash & mask; (s = t->slots[at]) != 0; at = (at + 1) & mask)
            if (slot_hash(s) == (uint32_t)hash) {
                if (RT_LIKELY(same_bytes(entry_key(t, slot_id(s)), key))) {
                    *fresh = false;
                    return slot_id(s);
                }
            }
    }
    *fresh = true;
    return insert(t, &key, hash, at);
}

static inline uint32_t upsert_int(dsc_table *t, uint64_t key, uint64_t hash, bool *fresh)
{
    uint64_t at = 0;
    if (RT_LIKELY(t->slots != NULL)) {
        uint64_t mask = t->mask, s;
        for (at = (uint32_t)hash & mask; (s = t->slots[at]) != 0; at = (at + 1) & mask)
            if (slot_hash(s) == (uint32_t)hash && load8(t->entries + (size_t)slot_id(s) * t->stride) == key) {
                *fresh = false;
                return slot_id(s);
            }
    }
    *fresh = true;
    return insert(t, &(rt_key){key, 0, 8}, hash, at);
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
    if (t->queue)
        t->queue->n = 0;
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
    rt_arena_free(&t->arena);
    t->arena = t->spare;
    t->spare = (rt_arena){0};
    t->garbage = 0;
}

/* ---- what generated code calls --------------------------------------------------------- */

void *dsc_upsert_str(dsc_table *t, dsc_str key, bool *fresh)
{
    if (RT_UNLIKELY(t->queue != NULL))
        rt_table_settle(t);
    rt_key k = key_of_bytes(key.p, key.n);
    return rt_table_acc(t, upsert_bytes(t, k, hash_of(k), fresh));
}

void *dsc_upsert_int(dsc_table *t, int64_t key, bool *fresh)
{
    return rt_table_acc(t, upsert_int(t, (uint64_t)key, hash_words((uint64_t)key, 0, 8), fresh));
}

void *dsc_upsert_key(dsc_table *t, const void *key, bool *fresh)
{
    rt_key k = rt_key_of(t, key);
    return rt_table_acc(t, rt_table_upsert(t, k, hash_of(k), fresh));
}

void *dsc_upsert_cell(dsc_table *t, bool *fresh)
{
    return rt_table_acc(t, upsert_cell(t, fresh));
}

/* ---- counting strings ---------------------------------------------------------------------
 *
 * Most of what a count costs is waiting for the memory of a slot and of an entry.
 * So keys go through a queue: one that comes in has its slot fetched; LOOK keys
 * later the slot is read and its entry fetched; COUNT keys later it is counted.
 * Keys are counted in the order in which they came. */

static inline Counted *counted(const dsc_table *t, uint32_t id)
{
    return (Counted *)(void *)t->entries + id;
}

static inline void look(dsc_table *t, struct rt_queue *q, uint64_t i)
{
    i %= QUEUE;
    uint32_t h = (uint32_t)q->hash[i];
    uint64_t at = h & t->mask, s = t->slots[at];
    while (RT_UNLIKELY(slot_hash(s) != h) && s != 0)
        s = t->slots[at = (at + 1) & t->mask];
    q->found[i] = slot_id(s);     /* NONE where s is free */
    __builtin_prefetch(counted(t, slot_id(s)));
}

static inline void count(dsc_table *t, struct rt_queue *q, uint64_t i)
{
    i %= QUEUE;
    uint32_t id = q->found[i];
    bool fresh;
    if (RT_UNLIKELY(id == NONE) || RT_UNLIKELY(!same_bytes(&counted(t, id)->key, q->key[i])))
        id = upsert_bytes(t, q->key[i], q->hash[i], &fresh);
    counted(t, id)->count++;
}

/* Number n of the queue; returns the next number. */
static inline uint64_t enqueue(dsc_table *t, struct rt_queue *q, uint64_t n, dsc_str s)
{
    uint64_t at = n % QUEUE;
    rt_key k = key_of_bytes(s.p, s.n);
    if (RT_UNLIKELY(k.n > 16)) {
        if (k.n > LONGEST) {
            bool fresh;
            q->n = n;
            rt_table_settle(t);
            counted(t, upsert_bytes(t, k, k.hi, &fresh))->count++;
            return 0;
        }
        memcpy(q->bytes[at], s.p, (size_t)s.n);
        k.lo = (uintptr_t)q->bytes[at];
    }
    uint64_t h = hash_of(k);
    __builtin_prefetch(&t->slots[(uint32_t)h & t->mask]);
    q->key[at] = k;
    q->hash[at] = h;
    if (RT_LIKELY(n >= LOOK))
        look(t, q, n - LOOK);
    if (RT_LIKELY(n >= COUNT))
        count(t, q, n - COUNT);
    return n + 1;
}

void rt_table_settle(dsc_table *t)
{
    struct rt_queue *q = t->queue;
    if (q == NULL || q->n == 0)
        return;
    for (uint64_t i = q->n < LOOK ? 0 : q->n - LOOK; i < q->n; i++)
        look(t, q, i);
    for (uint64_t i = q->n < COUNT ? 0 : q->n - COUNT; i < q->n; i++)
        count(t, q, i);
    q->n = 0;
}

static __attribute__((noinline)) void make_queue(dsc_table *t)
{
    t->queue = rt_must_zero(sizeof *t->queue, "a key table");
    if (t->slots == NULL)
        grow_index(t);
}

void dsc_count_str(dsc_table *t, dsc_str key)
{
    if (RT_UNLIKELY(t->queue == NULL))
        make_queue(t);
    t->queue->n = enqueue(t, t->queue, t->queue->n, key);
}

void dsc_count_strs(dsc_table *t, dsc_list keys)
{
    const dsc_str *strs = keys.p;
    if (RT_UNLIKELY(t->queue == NULL))
        make_queue(t);
    struct rt_queue *q = t->queue;
    uint64_t n = q->n;
    for (int64_t i = 0; i < keys.n; i++)
        n = enqueue(t, q, n, strs[i]);
    q->n = n;
}
