/* join.c: two streams brought together by key: the stage of a DSC_HELD whose two inputs are
 * streams of pairs.
 *
 * What is held are tuples (side, left pair, right pair). When the stage asks for its first
 * match everything is there: one pass numbers the keys of the right side and chains its pairs
 * by key, then the left side is walked in its order. Nothing is copied: pairs stay where they
 * are held. For cogroup one pass numbers the keys of both and a second lays their values out
 * as lists. All of it is by one worker. */
#include "core.h"
#include <stdlib.h>

enum { LEFT, RIGHT };
#define NONE UINT32_MAX

/* The pairs of a key on one side: the first and last of a chain (joins), or places (cogroup). */
typedef struct Side {
    uint32_t first, last, n;
} Side;

typedef struct Key {
    Side side[2];
    const char *item;             /* the first that has the key */
    bool met;                     /* by a pair of the left side */
} Key;

static const dsc_type key_type = {.kind = DSC_TUPLE, .size = sizeof(Key), .flat = true};

struct rt_join {
    dsc_table keys;               /* key -> Key */
    const char **right;           /* the pairs of the right side, in order: held tuples */
    uint32_t *next, *id;          /* of each: the next one of its key; its key */
    size_t n_right, right_cap, next_cap, id_cap;
    char *values[2];              /* cogroup: of each side, by key */
    size_t values_cap[2];         /* in bytes */
    bool begun;
    const rt_seq *seq;            /* the left side: the next item to be looked at */
    size_t at;
    const char *left;             /* the pair in hand, and .. */
    uint32_t match;               /* .. its next match */
    size_t rest;                  /* the next of the right side that may have no match; of cogroup's keys */
};

void rt_join_free(rt_node *node)
{
    rt_join *j = node->join;
    if (!j)
        return;
    rt_table_free(&j->keys);
    free(j->right);
    free(j->next);
    free(j->id);
    free(j->values[LEFT]);
    free(j->values[RIGHT]);
    free(j);
    node->join = NULL;
}

void rt_join_clear(rt_node *node)
{
    rt_join *j = node->join;
    if (!j || !j->begun)
        return;
    rt_table_clear(&j->keys);
    j->n_right = 0;
    j->begun = false;
}

/* ---- what is held -------------------------------------------------------------------- */

static int side_of(const char *item)
{
    return *(const int64_t *)(const void *)item == LEFT ? LEFT : RIGHT;
}

static const dsc_type *pair_type(const dsc_node *def, int side) { return def->held->fields[1 + side].type; }

static const char *key_at(const dsc_node *def, const char *item, int side)
{
    return item + def->held->fields[1 + side].offset + pair_type(def, side)->fields[0].offset;
}

static rt_join *begin(rt_node *node)
{
    rt_join *j = node->join;
    if (!j) {
        j = node->join = rt_must_zero(sizeof *j, "a join");
        rt_table_init(&j->keys, pair_type(node->def, LEFT)->fields[0].type, &key_type);
    }
    j->begun = true;
    j->seq = node->held;
    j->at = j->rest = 0;
    j->left = NULL;
    j->match = NONE;
    return j;
}

static uint32_t find_key(rt_join *j, const char *key)
{
    rt_key words = rt_key_of(&j->keys, key);
    return rt_table_find(&j->keys, words, rt_key_hash(words));
}

static Key *key_of(const rt_join *j, uint32_t id) { return rt_table_acc(&j->keys, id); }

static uint32_t add_key(rt_join *j, const char *key, const char *item)
{
    bool fresh;
    rt_key words = rt_key_of(&j->keys, key);
    uint32_t id = rt_table_upsert(&j->keys, words, rt_key_hash(words), &fresh);
    if (fresh)
        *key_of(j, id) = (Key){.side = {{NONE, NONE, 0}, {NONE, NONE, 0}}, .item = item};
    return id;
}

/* Have what will be looked at soon fetched: the slot of a key some items on, the entry of a nearer one. */
static void fetch_ahead(rt_join *j, const dsc_node *def, const rt_seq *seq, size_t at, int side)
{
    enum { SLOTS = 16, ENTRIES = 8 };
    for (size_t ahead = ENTRIES; ahead <= SLOTS && j->keys.class != RT_ANY && at + ahead < seq->n; ahead += SLOTS - ENTRIES) {
        const char *item = seq->elements + (at + ahead) * def->held->size;
        if (side_of(item) != side)
            continue;
        uint64_t hash = rt_key_hash(rt_key_of(&j->keys, key_at(def, item, side)));
        if (ahead == SLOTS)
            rt_table_fetch(&j->keys, hash);
        else
            rt_table_fetch_entry(&j->keys, hash);
    }
}

/* ---- joins ----------------------------------------------------------------------------- */

static void add_right(rt_join *j, const char *key, const char *item)
{
    static const char what[] = "a join";
    size_t n = j->n_right;
    if (n == NONE)
        rt_raise(n * sizeof *j->right, "a join of more than 4 billion pairs");
    j->right = rt_must_fit(j->right, &j->right_cap, n + 1, sizeof *j->right, what);
    j->next = rt_must_fit(j->next, &j->next_cap, n + 1, sizeof *j->next, what);
    j->id = rt_must_fit(j->id, &j->id_cap, n + 1, sizeof *j->id, what);
    uint32_t id = add_key(j, key, item);
    Side *side = &key_of(j, id)->side[RIGHT];
    if (side->last == NONE)
        side->first = (uint32_t)n;
    else
        j->next[side->last] = (uint32_t)n;
    side->last = (uint32_t)n;
    j->right[n] = item;
    j->next[n] = NONE;
    j->id[n] = id;
    j->n_right++;
}

static void begin_join(rt_node *node)
{
    rt_join *j = begin(node);
    size_t size = node->def->held->size;
    for (const rt_seq *seq = node->held; seq; seq = seq->next)
        for (size_t i = 0; i < seq->n; i++) {
            const char *item = seq->elements + i * size;
            if (side_of(item) != RIGHT)
                continue;
            fetch_ahead(j, node->def, seq, i, RIGHT);
            add_right(j, key_at(node->def, item, RIGHT), item);
        }
}

/* The next pair of the left side; NULL at the end. */
static const char *next_left(rt_join *j, const dsc_node *def)
{
    size_t size = def->held->size;
    for (; j->seq; j->seq = j->seq->next, j->at = 0)
        while (j->at < j->seq->n) {
            const char *item = j->seq->elements + j->at * size;
            fetch_ahead(j, def, j->seq, j->at++, LEFT);
            if (side_of(item) == LEFT)
                return item;
        }
    return NULL;
}

static bool give(dsc_task *t, const char *a, const char *b, const void **left, const void **right)
{
    t->record = (uintptr_t)(a ? a : b);
    t->records++;
    *left = a;
    *right = b;
    return true;
}

bool dsc_next_match(dsc_task *t, int outer, const void **left, const void **right)
{
    rt_node *node = t->node;
    rt_arena_rewind(&t->scratch);
    if (!node->join || !node->join->begun)
        begin_join(node);
    rt_join *j = node->join;
    while (j->match == NONE && (j->left = next_left(j, node->def))) {
        uint32_t id = find_key(j, key_at(node->def, j->left, LEFT));
        if (id != RT_NO_ID) {
            Key *key = key_of(j, id);
            key->met = true;
            j->match = key->side[RIGHT].first;
        } else if (outer & DSC_OUTER_LEFT) {
            return give(t, j->left, NULL, left, right);
        }
    }
    if (j->match != NONE) {
        const char *item = j->right[j->match];
        j->match = j->next[j->match];
        return give(t, j->left, item, left, right);
    }
    while ((outer & DSC_OUTER_RIGHT) && j->rest < j->n_right) {
        size_t i = j->rest++;
        if (!key_of(j, j->id[i])->met)
            return give(t, NULL, j->right[i], left, right);
    }
    return false;
}

/* ---- cogroup ------------------------------------------------------------------------------ */

/* Number the keys of one side, whose ids follow those of `n` pairs before it. */
static size_t number_side(rt_node *node, int side, size_t n)
{
    rt_join *j = node->join;
    size_t size = node->def->held->size;
    for (const rt_seq *seq = node->held; seq; seq = seq->next)
        for (size_t i = 0; i < seq->n; i++) {
            const char *item = seq->elements + i * size;
            if (side_of(item) != side)
                continue;
            if (n == NONE)
                rt_raise(n * size, "a cogroup of more than 4 billion pairs");
            j->id = rt_must_fit(j->id, &j->id_cap, n + 1, sizeof *j->id, "a cogroup");
            uint32_t id = j->id[n++] = add_key(j, key_at(node->def, item, side), item);
            key_of(j, id)->side[side].n++;
        }
    return n;
}

/* Lay the values of one side out by key; id: the keys of its n pairs. */
static void place_side(rt_node *node, int side, const uint32_t *id, size_t n)
{
    rt_join *j = node->join;
    const dsc_field *pair = &node->def->held->fields[1 + side], *value = &pair->type->fields[1];
    size_t size = node->def->held->size, width = value->type->size;
    j->values[side] = rt_must_fit(j->values[side], &j->values_cap[side], n * width, 1, "a cogroup");
    uint32_t first = 0;
    for (uint32_t k = 0; k < j->keys.n; k++) {
        Side *s = &key_of(j, k)->side[side];
        s->first = s->last = first;
        first += s->n;
    }
    for (const rt_seq *seq = node->held; seq; seq = seq->next)
        for (size_t i = 0; i < seq->n; i++) {
            const char *item = seq->elements + i * size;
            if (side_of(item) == side)
                memcpy(j->values[side] + (size_t)key_of(j, *id++)->side[side].last++ * width,
                       item + pair->offset + value->offset, width);
        }
}

static void begin_cogroup(rt_node *node)
{
    rt_join *j = begin(node);
    size_t n_left = number_side(node, LEFT, 0), n = number_side(node, RIGHT, n_left);
    place_side(node, LEFT, j->id, n_left);
    place_side(node, RIGHT, j->id + n_left, n - n_left);
}

bool dsc_next_cogroup(dsc_task *t, void *key, dsc_list *left, dsc_list *right)
{
    rt_node *node = t->node;
    rt_arena_rewind(&t->scratch);
    if (!node->join || !node->join->begun)
        begin_cogroup(node);
    rt_join *j = node->join;
    if (j->rest >= j->keys.n)
        return false;
    const Key *found = key_of(j, (uint32_t)j->rest);
    rt_table_key_value(&j->keys, (uint32_t)j->rest++, key, &t->scratch);
    dsc_list *lists[2] = {left, right};
    for (int side = LEFT; side <= RIGHT; side++)
        *lists[side] = (dsc_list){j->values[side] + (size_t)found->side[side].first * pair_type(node->def, side)->fields[1].type->size,
                                  found->side[side].n};
    t->record = (uintptr_t)found->item;
    t->records++;
    return true;
}
