/* cost.c: what operators keep from batch to batch, in bytes: as the runtime lays it
 * out (table.h, state.h, window.h, event.h). A table has entries of a key and its
 * accumulator, up to twice as many as keys since it doubles, and an index; the
 * bytes of one key are those of a table that is full. */
#include "cost.h"
#include "dsc_abi.h"
#include "opdef.h"
#include "signature.h"

#include <string.h>

enum {
    SLOT = 8,                     /* of an index */
    PLACE = 4,                    /* in the lists of a state or window by id and by birth */
    LONG_KEY = 24, INLINE = 16,   /* a key that is no int: its words; the bytes that fit into them */
    PANE_HEAD = 8, PANE_LINK = 16,    /* before an accumulator in a pane: of groups, of stacks */
    WINDOW_KEY = 12, WINDOW_STACKS = 32,
    SMALLEST = 64,
    HEAP = 256 << 10              /* an arena doubles, too, and half of it may be garbage (state.h); but not when it is small */
};

static int64_t align(int64_t n, int64_t to) { return (n + to - 1) / to * to; }

static int64_t alignment(Type *t)
{
    int64_t most = 1;
    t = type_of(t);
    if (t->kind != T_TUPLE && t->kind != T_RECORD && t->kind != T_OPTION)
        return t->kind == T_BOOL ? 1 : 8;
    for (int i = 0; i < t->n; i++)
        if (alignment(t->args[i]) > most)
            most = alignment(t->args[i]);
    return most;
}

/* sizeof its C representation (dsc_abi.h). */
static int64_t value_size(Type *t)
{
    int64_t size = 0;
    t = type_of(t);
    switch (t->kind) {
    case T_BOOL:
        return 1;
    case T_STRING: case T_BYTES: case T_LIST:
        return 16;
    case T_OPTION:
        return align(value_size(t->args[0]) + 1, alignment(t));
    case T_TUPLE: case T_RECORD:
        for (int i = 0; i < t->n; i++)
            size = align(size, alignment(t->args[i])) + value_size(t->args[i]);
        return align(size, alignment(t));
    default:
        return 8;
    }
}

static bool has_text(Type *t)
{
    t = type_of(t);
    if (t->kind == T_STRING || t->kind == T_BYTES || t->kind == T_LIST)
        return true;
    for (int i = 0; i < t->n; i++)
        if (has_text(t->args[i]))
            return true;
    return false;
}

/* Of a key that is no int: its bytes as they are compared, without text and lists. */
static int64_t encoded_size(Type *t)
{
    int64_t size = 0;
    t = type_of(t);
    if (t->kind != T_TUPLE && t->kind != T_RECORD)
        return t->kind == T_BOOL ? 1 : t->kind == T_OPTION ? 1 + encoded_size(t->args[0]) : 8;
    for (int i = 0; i < t->n; i++)
        size += encoded_size(t->args[i]);
    return size;
}

static bool is_int_key(Type *t)
{
    t = type_of(t);
    return t->kind == T_INT || t->kind == T_TIME || t->kind == T_DURATION;
}

static int64_t acc_size(const Fold *fold)
{
    int64_t size = 0;
    switch (fold->kind) {
    case FOLD_COUNT: return 8;
    case FOLD_ISUM: return 16;
    case FOLD_FSUM: return 24;
    case FOLD_TUPLE:
        for (int i = 0; i < fold->type->n; i++)
            size += align(acc_size(fold->parts[i]), 8);
        return size;
    case FOLD_MIN: case FOLD_MAX: case FOLD_AND: case FOLD_OR: case FOLD_GENERAL:
        break;
    }
    return value_size(fold->type);
}

/* ---- tables --------------------------------------------------------------------- */

/* A table by key: entries of `stride` bytes, `beside` bytes in lists, `heap` for a long key. */
typedef struct Table {
    int64_t stride, beside, heap;
} Table;

static Table table_of(Type *key, int64_t acc, int64_t beside)
{
    bool plain = is_int_key(key), text = type_of(key)->kind == T_STRING || type_of(key)->kind == T_BYTES;
    int64_t bytes = plain || text ? 0 : encoded_size(key);
    return (Table){.stride = align((plain ? 8 : LONG_KEY) + acc, 8), .beside = beside, .heap = bytes > INLINE ? align(bytes, 8) : 0};
}

static int64_t key_bytes(const Table *t) { return t->stride + t->heap + t->beside + 2 * SLOT; }

static int64_t doubled(int64_t n)
{
    int64_t cap = SMALLEST;
    while (cap < n)
        cap *= 2;
    return cap;
}

/* An index has a slot for each half of a key, and while it is small for each quarter. */
static int64_t index_slots(int64_t keys)
{
    enum { SMALL = 1 << 16 };
    int64_t slots = SMALLEST;
    while (keys > (slots < SMALL ? slots / 4 : slots / 2))
        slots *= 2;
    return slots;
}

static int64_t most_bytes(const Table *t, int64_t keys)
{
    int64_t heap = t->heap > 0 ? 4 * keys * t->heap + HEAP : 0;
    return doubled(keys) * (t->stride + t->beside) + heap + index_slots(keys + 1) * SLOT;
}

/* ---- operators -------------------------------------------------------------------- */

static const Expr *argument(Arena *arena, const Node *n, const char *name)
{
    n = n->windows ? n->windows : n;
    const Signature *s = signature_parse(arena, n->op->signature);
    for (int i = 0; i < s->params.n && i < n->n_args; i++)
        if (strcmp(s->params.at[i].name, name) == 0)
            return n->args[i];
    return NULL;
}

static int64_t limit_of(Arena *arena, const Node *n, const char *name)
{
    const Expr *e = argument(arena, n, name);
    return e && e->kind == E_INT ? e->ival : 0;
}

static const char *state_leaves(Arena *arena, const Node *n)
{
    const Expr *timeout = argument(arena, n, "timeout");
    const char *none = gives_none(n->args[0]) ? "its function gives `none`" : NULL;
    if (!timeout)
        return none ? arena_printf(arena, "a key goes when %s", none) : "no key ever goes";
    const char *idle = timeout->kind == E_DURATION ? arena_printf(arena, "it has been idle for longer than %s", duration_text(arena, timeout->ival))
                                                   : "it has been idle for longer than `timeout`";
    return arena_printf(arena, "a key goes when %s%s%s", idle, none ? ", or " : "", none ? none : "");
}

/* By key, in so many panes: what comes into a window does so before what leaves it goes. */
static void bound(Cost *c, const Table *t, int64_t panes)
{
    c->by_key = true;
    c->key = key_bytes(t);
    if (c->max_bytes > 0)
        c->most = c->max_bytes;
    else if (c->max_keys > 0 && !c->text && (c->pane == 0 || panes > 0))
        c->most = most_bytes(t, panes > 0 ? 2 * c->max_keys : c->max_keys) + panes * doubled(c->max_keys) * c->pane;
    c->add = c->text ? "maxBytes: 10_000_000" : "maxKeys: 100_000";
}

/* What keeps elements is bounded by their bytes alone. */
static void by_bytes(Cost *c)
{
    c->most = c->max_bytes > 0 ? c->max_bytes : -1;
    c->add = "maxBytes: 10_000_000";
}

static void state_cost(Arena *arena, const Node *n, Cost *c)
{
    int64_t lists = n->op->kind == DSC_UPDATE ? 4 * PLACE : 3 * PLACE;
    Table t = table_of(n->state_key, value_size(n->state), lists);
    c->text = has_text(n->state_key) || has_text(n->state);
    c->leaves = state_leaves(arena, n);
    bound(c, &t, 0);
}

static int64_t gcd(int64_t a, int64_t b) { return b == 0 ? a : gcd(b, a % b); }

static void window_cost(const Node *n, Cost *c)
{
    bool known = n->window > 0 && n->slide > 0;
    int64_t panes = known ? (n->window + n->slide) / gcd(n->window, n->slide) + 1 : 0;
    if (!n->fold) {
        c->element = value_size(n->type);
        c->text = has_text(n->type);
        c->leaves = "an element goes when it leaves the window";
        by_bytes(c);
        return;
    }
    int64_t acc = acc_size(n->fold);
    bool by_key = strcmp(n->op_name, "reduceByKeyAndWindow") == 0;
    c->pane = align((n->fold->group ? PANE_HEAD : PANE_LINK) + acc, 8);
    c->text = has_text(n->fold->type);
    if (!by_key) {
        c->leaves = "a pane goes when it leaves the window";
        if (known && !c->text)
            c->most = (panes + 1) * (c->pane + 2 * SMALLEST);
        return;
    }
    Type *key = type_of(n->type)->args[0];
    Table t = table_of(key, acc, WINDOW_KEY + (n->fold->group ? 0 : WINDOW_STACKS) + 2 * PLACE);
    c->text |= has_text(key);
    c->leaves = "a key goes when no batch of the window holds it";
    bound(c, &t, panes);
}

/* A join by event time: the elements of both sides, each with its time, key and value. */
static void join_cost(const Node *n, Cost *c)
{
    for (int i = 0; i < n->in.n; i++) {
        Type *pair = type_of(n->in.at[i]->type);
        Table t = table_of(&type_int, 8 + value_size(pair), 3 * PLACE);
        c->element = key_bytes(&t) > c->element ? key_bytes(&t) : c->element;
        c->text |= has_text(pair);
    }
    c->leaves = "an element goes when the watermark has passed it by `within`";
    by_bytes(c);
}

static void event_cost(const Node *n, Cost *c)
{
    bool windows = n->windows != NULL;
    int64_t acc = windows && n->fold ? acc_size(n->fold) : 0;
    Table t = table_of(n->state_key, value_size(n->state) + acc, 4 * PLACE);
    Table clock = table_of(&type_int, 3 * 8, 3 * PLACE), elements = table_of(&type_int, 8, 3 * PLACE);
    c->text = has_text(n->state_key) || (windows && n->fold && has_text(n->fold->type));
    c->leaves = windows ? "a key goes when the watermark passes the end of its window" : "a key goes `within` after its first element";
    if (windows && !n->fold) {
        Type *element = type_of(n->in.at[0]->type);
        elements = table_of(&type_int, 8 + value_size(element), 3 * PLACE);
        c->element = key_bytes(&elements);
        c->text |= has_text(element);
    }
    bound(c, &t, 0);
    if (windows && !n->fold)
        by_bytes(c);
    else if (windows && c->most > 0 && c->max_bytes == 0)
        c->most += most_bytes(&clock, n->clocks.n) + most_bytes(&elements, 0);
}

bool node_cost(Arena *arena, const Node *n, Cost *c)
{
    *c = (Cost){.most = -1};
    if (n->dead || n->role != NODE_OP || n->op->class != OP_HOLD)
        return false;
    c->max_keys = limit_of(arena, n, "maxKeys");
    c->max_bytes = limit_of(arena, n, "maxBytes");
    if (n->op->state)
        state_cost(arena, n, c);
    else if (n->op->kind == DSC_WINDOW || n->op->kind == DSC_WINDOW_FOLD)
        window_cost(n, c);
    else if (n->op->time == TIME_JOINS && n->state)
        join_cost(n, c);
    else if (n->state && n->state_key)
        event_cost(n, c);
    else
        return false;
    return true;
}

const char *cost_text(Arena *arena, const Cost *c)
{
    const char *text = c->text ? ", and its text and lists" : "";
    if (!c->by_key)
        return arena_printf(arena, "%lld bytes %s%s", (long long)(c->element ? c->element : c->pane), c->element ? "an element" : "a pane", text);
    if (c->pane == 0 && c->element == 0)
        return arena_printf(arena, "%lld bytes a key%s", (long long)c->key, text);
    return arena_printf(arena, "%lld bytes a key, and %lld for each %s%s", (long long)c->key, (long long)(c->element ? c->element : c->pane),
                        c->element ? "element" : "pane that holds it", text);
}
