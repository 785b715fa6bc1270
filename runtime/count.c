/* count.c: counting keys, and putting values in by key.
 *
 * Most of what that costs is waiting for the memory of a slot and of an entry.
 * So keys wait in a queue of two halves: one that comes in has its slot fetched;
 * LOOK keys later, GROUP of them at a time, the slot is read and its entry
 * fetched; when the half behind its own is full, all keys of its half are
 * counted, or the values that came with them put in. This is done in the order
 * in which the keys came. */
#include "columns.h"
#include "table_find.h"
#include <stdlib.h>

#define NONE UINT32_MAX           /* no id */

enum { HALF = 32, QUEUE = 2 * HALF, LOOK = 16, GROUP = 8, LONG_BYTES = 1 << 16 };

typedef struct Waiting {
    rt_key key;
    uint64_t hash;
} Waiting;

struct rt_queue {
    uint64_t n;                   /* keys that have come in since it was empty */
    const dsc_intake *intake;     /* NULL: keys are counted */
    rt_arena arena;               /* keys that are not held in words, some LONG_BYTES of them */
    Waiting waiting[QUEUE];
    uint32_t found[QUEUE];
    _Alignas(8) char values[];
};

static __attribute__((noinline)) void make_queue(dsc_table *t, const dsc_intake *intake)
{
    t->queue = rt_must_zero(sizeof *t->queue + (intake ? QUEUE * intake->size : 0), "a key table");
    t->queue->intake = intake;
    if (t->slots == NULL)
        rt_table_grow_index(t);
}

static inline struct rt_queue *queue_of(dsc_table *t, const dsc_intake *intake)
{
    if (RT_UNLIKELY(t->queue == NULL))
        make_queue(t, intake);
    return t->queue;
}

static inline char *entry_at(const dsc_table *t, uint32_t id) { return t->entries + (size_t)id * t->stride; }

/* Those numbered from `first` on, n of them, which do not go over the end of the queue. */
static inline void look(const dsc_table *t, struct rt_queue *q, uint64_t first, uint64_t n)
{
    const Waiting *w = &q->waiting[first % QUEUE];
    uint32_t *found = &q->found[first % QUEUE];
    for (const Waiting *end = w + n; w < end; w++) {
        uint32_t h = (uint32_t)w->hash;
        uint64_t at = h & t->mask, s = t->slots[at];
        while (RT_UNLIKELY(slot_hash(s) != h) && s != 0)
            s = t->slots[at = (at + 1) & t->mask];
        *found++ = slot_id(s);    /* NONE where s is free */
        if (s == 0)
            continue;
        const char *e = entry_at(t, slot_id(s));
        __builtin_prefetch(e);
        if (t->columns)
            rt_columns_fetch(t->columns, slot_id(s));
        else
            __builtin_prefetch(e + t->stride - 1);
    }
}

/* Is this the entry of an int, or of a key that is not long? */
static inline bool is_there(const char *e, const Waiting *w, bool ints)
{
    const rt_key *k = (const rt_key *)(const void *)e;
    return ints ? load8(e) == w->key.lo : ((k->lo ^ w->key.lo) | (k->hi ^ w->key.hi) | (uint64_t)(k->n ^ w->key.n)) == 0;
}

/* The id of any other key. */
static uint32_t id_of(dsc_table *t, const Waiting *w, uint32_t found, bool ints, bool *fresh)
{
    if (ints)
        return upsert_int(t, w->key.lo, w->hash, fresh);
    return found != NONE && same_bytes(entry_key(t, found), w->key) ? found : upsert_bytes(t, w->key, w->hash, fresh);
}

/* Those numbered from `first` on, n of them, of one half. Nothing foretells which keys are long: so all are
 * compared as if none were, without a branch, and then the others are looked at, in their order. */
static void put(dsc_table *t, struct rt_queue *q, uint64_t first, uint64_t n, bool ints)
{
    first %= QUEUE;
    const Waiting *waiting = &q->waiting[first];
    uint32_t *ids = &q->found[first];
    uint8_t others[HALF];
    uint64_t n_others = 0;
    void *accs[HALF];
    for (uint64_t i = 0; i < n; i++) {
        others[n_others] = (uint8_t)i;
        if (RT_UNLIKELY(ids[i] == NONE)) {
            n_others++;
            continue;
        }
        const char *e = entry_at(t, ids[i]);
        n_others += !is_there(e, &waiting[i], ints);
        accs[i] = (char *)e + t->head;
    }
    bool fresh[HALF] = {false}, moved = false;
    for (uint64_t j = 0; j < n_others; j++) {
        uint64_t i = others[j];
        uint32_t id = id_of(t, &waiting[i], ids[i], ints, &fresh[i]);
        moved |= id != ids[i];
        ids[i] = id;
    }
    const char *values = q->intake ? q->values + first * q->intake->size : NULL;
    if (t->columns) {
        rt_columns_put(t->columns, t->n, ids, values, n);
        return;
    }
    for (uint64_t i = 0; moved && i < n; i++)      /* from now on the entries stay where they are */
        accs[i] = rt_table_acc(t, ids[i]);
    if (q->intake)
        q->intake->put(accs, values, fresh, (int64_t)n);
    else
        for (uint64_t i = 0; i < n; i++)
            ++*(int64_t *)accs[i];
}

static __attribute__((noinline)) const char *keep_long(dsc_table *t, struct rt_queue *q, rt_key key)
{
    if (rt_arena_used(&q->arena) > LONG_BYTES)
        rt_table_settle(t);
    return memcpy(rt_arena_alloc(&q->arena, (size_t)key.n), rt_key_bytes(&key), (size_t)key.n);
}

/* What is due when a group is full, the last of which is number n. Returns `place`. */
static __attribute__((noinline)) void *turn(dsc_table *t, struct rt_queue *q, uint64_t n, bool ints, void *place)
{
    if (RT_LIKELY(n >= GROUP + LOOK - 1))
        look(t, q, n - (GROUP + LOOK - 1), GROUP);
    if (n % HALF == HALF - 1 && n > HALF)
        put(t, q, n + 1 - QUEUE, HALF, ints);
    return place;
}

/* A key comes in; returns the place of its value, of `size` bytes. In line, since a key that goes through memory in
 * words and is taken from there as a whole has to wait. */
static inline __attribute__((always_inline)) void *enqueue(dsc_table *t, struct rt_queue *q, uint32_t size, rt_key key, uint64_t hash,
                                                           bool ints)
{
    __builtin_prefetch(&t->slots[(uint32_t)hash & t->mask]);
    uint64_t n = q->n++;
    Waiting *w = &q->waiting[n % QUEUE];
    w->key.lo = key.lo;
    w->key.hi = key.hi;
    w->key.n = key.n;
    w->hash = hash;
    void *place = q->values + n % QUEUE * size;
    return n % GROUP == GROUP - 1 ? turn(t, q, n, ints, place) : place;
}

static inline __attribute__((always_inline)) void *enqueue_int(dsc_table *t, const dsc_intake *intake, uint32_t size, int64_t key)
{
    struct rt_queue *q = queue_of(t, intake);
    return enqueue(t, q, size, (rt_key){(uint64_t)key, 0, 8}, hash_words((uint64_t)key, 0, 8), true);
}

static __attribute__((noinline)) void *enqueue_key(dsc_table *t, const dsc_intake *intake, rt_key key)
{
    struct rt_queue *q = queue_of(t, intake);
    uint64_t hash = hash_of(key);
    if (key.n > 16)
        key.lo = (uintptr_t)keep_long(t, q, key);
    return enqueue(t, q, intake ? intake->size : 0, key, hash, false);
}

static __attribute__((noinline)) void *enqueue_rare(dsc_table *t, const dsc_intake *intake, dsc_str key)
{
    return enqueue_key(t, intake, key_of_bytes(key.p, key.n));
}

static inline __attribute__((always_inline)) void *enqueue_str(dsc_table *t, const dsc_intake *intake, uint32_t size, dsc_str s)
{
    struct rt_queue *q = t->queue;
    rt_key key = {.n = s.n};
    if (RT_UNLIKELY(q == NULL) || !load_short(s.p, s.n, &key.lo, &key.hi))
        return enqueue_rare(t, intake, s);
    return enqueue(t, q, size, key, hash_words(key.lo, key.hi, key.n), false);
}

void rt_table_forget_queue(dsc_table *t)
{
    if (t->queue == NULL)
        return;
    t->queue->n = 0;
    rt_arena_rewind(&t->queue->arena);
}

void rt_table_free_queue(dsc_table *t)
{
    if (t->queue)
        rt_arena_free(&t->queue->arena);
    free(t->queue);
}

void rt_table_settle(dsc_table *t)
{
    struct rt_queue *q = t->queue;
    if (q == NULL || q->n == 0)
        return;
    bool ints = t->class == RT_INT;
    uint64_t n = q->n, done = n < QUEUE ? 0 : n / HALF * HALF - HALF, groups = n / GROUP * GROUP;
    for (uint64_t i = groups < LOOK ? 0 : groups - LOOK; i < n; i += GROUP)
        look(t, q, i, n - i < GROUP ? n - i : GROUP);
    for (; done < n; done += HALF)
        put(t, q, done, n - done < HALF ? n - done : HALF, ints);
    rt_table_forget_queue(t);
}

/* ---- what generated code calls --------------------------------------------------------- */

void dsc_count_str(dsc_table *t, dsc_str key) { enqueue_str(t, NULL, 0, key); }

void dsc_count_int(dsc_table *t, int64_t key) { enqueue_int(t, NULL, 0, key); }

void dsc_count_key(dsc_table *t, const void *key) { enqueue_key(t, NULL, rt_key_of(t, key)); }

void dsc_count_strs(dsc_table *t, dsc_list keys)
{
    const dsc_str *strs = keys.p;
    for (int64_t i = 0; i < keys.n; i++)
        enqueue_str(t, NULL, 0, strs[i]);
}

void *dsc_intake_str(dsc_table *t, dsc_str key, const dsc_intake *intake) { return enqueue_str(t, intake, intake->size, key); }

void *dsc_intake_int(dsc_table *t, int64_t key, const dsc_intake *intake) { return enqueue_int(t, intake, intake->size, key); }

void *dsc_intake_key(dsc_table *t, const void *key, const dsc_intake *intake) { return enqueue_key(t, intake, rt_key_of(t, key)); }
