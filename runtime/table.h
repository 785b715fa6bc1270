/* table.h: key -> accumulator, entries in the order of insertion.
 *
 * A table has dense entries, numbered by ids, and an index of {hash, id}. Keys
 * are held by one of four classes:
 *   CELL  one entry, no key
 *   INT   the int itself
 *   STR   the bytes of a string
 *   ANY   the canonical bytes of a value (value.h)
 * Bytes up to 16 are held inline as two words, longer ones in the table's arena.
 *
 * Pointers to accumulators are valid until the next upsert; ids until removal.
 * After a removal ids are used again, so id order is insertion order only in
 * tables that never remove. Every function that takes memory may raise (arena.h). */
#ifndef RT_TABLE_H
#define RT_TABLE_H

#include "value.h"

typedef enum rt_key_class { RT_CELL, RT_INT, RT_STR, RT_ANY } rt_key_class;
rt_key_class rt_class_of(const dsc_type *key);      /* NULL: RT_CELL */

/* A key as a table compares it. n <= 16 (INT: 8): its bytes in lo, hi, zero filled.
 * Longer: lo is the address of the bytes, hi their hash. Only for keys in hand: the
 * words of a long key in the table point into its arena. */
typedef struct rt_key {
    uint64_t lo, hi;
    int64_t n;
} rt_key;

struct dsc_table {
    /* the index: slot = hash << 32 | id + 1, 0 is free; linear probing */
    uint64_t *slots;
    uint64_t mask;
    /* entries: the key's words (INT 8 bytes, STR and ANY an rt_key), then the accumulator */
    char *entries;
    uint32_t stride, head;        /* bytes an entry, bytes of the key's words */
    uint32_t n, cap;              /* ids below n are in use or free */
    uint32_t live;                /* in use */
    rt_key_class class;
    int holds;                    /* of the accumulator, see rt_type_holds */
    const dsc_type *key, *acc;    /* key is NULL for a cell */
    uint32_t *free_ids;           /* removed ids, last removed first used */
    uint32_t n_free;
    size_t free_cap;
    rt_arena arena;               /* long keys, strings and lists of accumulators */
    size_t garbage;               /* bytes of the arena that nothing points to */
    rt_arena spare;               /* where the arena's values are being moved */
    rt_buf encoded;               /* the key in hand of a RT_ANY */
    struct rt_columns *columns;   /* of the window that holds its values by id, or NULL (columns.h) */
    struct rt_queue *queue;       /* keys that are not yet counted, or values not yet put in; or NULL */
    bool held;                    /* see rt_table_hold */
    rt_arena left;                /* an arena that was moved out of meanwhile */
};

void rt_table_init(dsc_table *t, const dsc_type *key, const dsc_type *acc);
void rt_table_free(dsc_table *t);
/* No entries. Costs as much as there were entries; the memory is kept. */
void rt_table_clear(dsc_table *t);
/* Forget id and free what its accumulator owns. */
void rt_table_remove(dsc_table *t, uint32_t id);

/* The key's words. Bytes of an ANY key live in t->encoded until the next call. */
rt_key rt_key_of(dsc_table *t, const void *key);
uint64_t rt_key_hash(rt_key key);
/* The words of an entry's key. */
rt_key rt_table_key(const dsc_table *t, uint32_t id);
/* The bytes of a key in words. They may lie in *key itself. */
static inline const char *rt_key_bytes(const rt_key *key)
{
    return key->n > 16 ? (const char *)(uintptr_t)key->lo : (const char *)key;
}

/* Count or put in what is still queued. To be called before the table is read or otherwise written. */
void rt_table_settle(dsc_table *t);
void rt_table_forget_queue(dsc_table *t);        /* without doing so */
void rt_table_free_queue(dsc_table *t);

/* Have the slot of a key fetched that will be looked for soon; and then, when it is there, the
 * entry that it leads to. */
static inline void rt_table_fetch(const dsc_table *t, uint64_t hash)
{
    if (t->slots)
        __builtin_prefetch(&t->slots[(uint32_t)hash & t->mask]);
}

static inline void rt_table_fetch_entry(const dsc_table *t, uint64_t hash)
{
    if (t->slots)
        __builtin_prefetch(t->entries + (size_t)((uint32_t)t->slots[(uint32_t)hash & t->mask] - 1) * t->stride);
}

/* Room for n entries in all. */
void rt_table_reserve(dsc_table *t, uint32_t n);
/* The id of a key; RT_NO_ID: it is not there. */
#define RT_NO_ID UINT32_MAX
uint32_t rt_table_find(const dsc_table *t, rt_key key, uint64_t hash);
/* The id of a key; new ones get zero bytes as accumulator and *fresh. Long keys are copied. */
uint32_t rt_table_upsert(dsc_table *t, rt_key key, uint64_t hash, bool *fresh);

static inline void *rt_table_acc(const dsc_table *t, uint32_t id)
{
    return t->entries + (size_t)id * t->stride + t->head;
}

/* The key as generated code wants it: a dsc_str, an int64_t, or the key's struct, at *out. What
 * it points to lives in the table or in the arena. */
void rt_table_key_value(const dsc_table *t, uint32_t id, void *out, rt_arena *arena);

/* The accumulator of id becomes a deep copy of *value (it was zero bytes or flat before). */
void rt_table_set(dsc_table *t, uint32_t id, const void *value);
/* The accumulator of id becomes zero bytes. */
void rt_table_unset(dsc_table *t, uint32_t id);
/* fold->combine(acc, value), where acc owns what it holds: strings and lists in the arena, of which
 * *garbage bytes are no longer used. Nothing has changed when it fails. `holds` as in the table. */
bool rt_acc_combine(const dsc_fold *fold, int holds, dsc_task *task, void *acc, const void *value,
                    rt_arena *arena, size_t *garbage);
/* The same for the accumulator of id, which becomes a copy when fresh. */
bool rt_table_combine(dsc_table *t, const dsc_fold *fold, dsc_task *task, uint32_t id, bool fresh, const void *value);
/* Move what is still pointed to into a new arena when more than half of it is garbage. */
void rt_table_tidy(dsc_table *t);

/* What the arena holds now stays where it is, for copies of entries, until it is let go. */
void rt_table_hold(dsc_table *t);
void rt_table_let_go(dsc_table *t);

/* Bytes that it takes. */
size_t rt_table_bytes(const dsc_table *t);

/* Draw the process's hash seeds; once, before any table is used. */
void rt_table_seed(uint64_t a, uint64_t b);

#endif
