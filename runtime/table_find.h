/* table_find.h: finding keys in tables: inline, for table.c and count.c.
 *
 * Hashes are seeded by process: nothing that is put out may depend on them. */
#ifndef RT_TABLE_FIND_H
#define RT_TABLE_FIND_H

#include "table.h"

extern uint64_t rt_hash_seed[2];

/* An index for at least one more entry. */
void rt_table_grow_index(dsc_table *t);
/* A new entry for the key, to be indexed at slot `at`, which is where looking for it ended. */
uint32_t rt_table_insert(dsc_table *t, const rt_key *key, uint64_t hash, uint64_t at);

/* ---- words and hashes ------------------------------------------------------------- */

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
    return fold_mul(lo ^ rt_hash_seed[0], (hi ^ rt_hash_seed[1]) + (uint64_t)n);
}

static inline uint64_t load8(const char *p)
{
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

/* n > 16 */
static inline uint64_t hash_long(const char *p, int64_t n)
{
    uint64_t h = rt_hash_seed[1] ^ (uint64_t)n;
    const char *last = p + n - 16;
    for (; p < last; p += 16)
        h = fold_mul(load8(p) ^ rt_hash_seed[0] ^ h, load8(p + 8) ^ rt_hash_seed[1]) + h;
    return fold_mul(load8(last) ^ rt_hash_seed[0] ^ h, load8(last + 8) ^ rt_hash_seed[1]);
}

/* The n bytes at p as two words, where n is 1 to 16 and they are read quickly: reading 16 bytes at once is right as
 * long as they lie in one page; sanitizers don't know that, nor does C, so other builds copy. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COPY_KEYS
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define COPY_KEYS
#endif
#endif

static inline bool load_short(const char *p, int64_t n, uint64_t *lo, uint64_t *hi)
{
#if defined(__x86_64__) && !defined(COPY_KEYS)
    static const uint64_t masks[16][2] = {
        {0xff, 0}, {0xffff, 0}, {0xffffff, 0}, {0xffffffff, 0}, {0xffffffffff, 0}, {0xffffffffffff, 0},
        {0xffffffffffffff, 0}, {~0ull, 0}, {~0ull, 0xff}, {~0ull, 0xffff}, {~0ull, 0xffffff}, {~0ull, 0xffffffff},
        {~0ull, 0xffffffffff}, {~0ull, 0xffffffffffff}, {~0ull, 0xffffffffffffff}, {~0ull, ~0ull}};
    uint64_t i = (uint64_t)n - 1;
    if (i < 16 && RT_LIKELY(((uintptr_t)p & 4095) <= 4096 - 16)) {
        *lo = load8(p) & masks[i][0];
        *hi = load8(p + 8) & masks[i][1];
        return true;
    }
#endif
    (void)p, (void)n, (void)lo, (void)hi;
    return false;
}

/* The n <= 16 bytes at p as two words. */
static inline void load_words(const char *p, int64_t n, uint64_t *lo, uint64_t *hi)
{
    if (load_short(p, n, lo, hi))
        return;
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

/* ---- slots -------------------------------------------------------------------------- */

static inline uint64_t slot_of(uint64_t hash, uint32_t id) { return (hash << 32) | ((uint64_t)id + 1); }
static inline uint32_t slot_hash(uint64_t slot) { return (uint32_t)(slot >> 32); }
static inline uint32_t slot_id(uint64_t slot) { return (uint32_t)slot - 1; }

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
    return rt_table_insert(t, &key, hash, at);
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
    return rt_table_insert(t, &(rt_key){key, 0, 8}, hash, at);
}

#endif
