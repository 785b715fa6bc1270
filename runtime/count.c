/* count.c: counting strings.
 *
 * Most of what a count costs is waiting for the memory of a slot and of an entry.
 * So keys go through a queue: one that comes in has its slot fetched; LOOK keys
 * later the slot is read and its entry fetched; COUNT keys later it is counted.
 * Keys are counted in the order in which they came. */
#include "table_find.h"
#include <stdlib.h>

#define NONE UINT32_MAX           /* no id */

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

void rt_table_forget_queue(dsc_table *t)
{
    if (t->queue)
        t->queue->n = 0;
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
        rt_table_grow_index(t);
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
