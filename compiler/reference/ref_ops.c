/* ref_ops.c: the operators. Narrow ones get an element and give elements on; holding ones get all of a
 * batch, or of a window, as a list in input order. */
#include "opdef.h"
#include "ref.h"
#include "signature.h"

#include <stdlib.h>
#include <string.h>

const Expr *ref_arg(Ref *r, const Node *n, const char *name)
{
    const Signature *s = signature_parse(r->arena, n->op->signature);
    for (int i = 0; i < s->params.n && i < n->n_args; i++)
        if (s->params.at[i].name && strcmp(s->params.at[i].name, name) == 0)
            return n->args[i];
    return NULL;
}

/* ---- one element after the other ---------------------------------------------------------- */

/* What an operator holds of an element. */
static void hold(Ref *r, RefNode *node, int input, Val v)
{
    Val key = v;
    const Expr *f = node->op->key ? ref_arg(r, node->n, node->op->key) : NULL;
    if (f && !ref_try_apply(r, f, 1, &v, &key))
        return;
    Entry e = {.time = dsc_batch_time(r->task), .input = input, .value = val_copy(node->memory, v), .event = r->event};
    e.key = val_copy(node->memory, key);
    vec_push(node->memory, &node->held, e);
}

static void deliver(Ref *r, const Edge *edge, Val v)
{
    RefNode *to = edge->to;
    if (to->n->role == NODE_SINK)
        ref_sink(r, to, v);
    else if (to->op->each)
        to->op->each(r, to, v);
    else
        hold(r, to, edge->input, v);
}

void ref_push(Ref *r, RefNode *node, Val v)
{
    for (int i = 0; i < node->out.n; i++)
        if (node->out.at[i].to->n != node->n->aside)
            deliver(r, &node->out.at[i], v);
}

void ref_push_late(Ref *r, RefNode *node, Val v)
{
    for (int i = 0; i < node->out.n; i++)
        if (node->out.at[i].to->n == node->n->aside)
            deliver(r, &node->out.at[i], v);
}

void ref_mark(Ref *r, RefNode *node, Event event)
{
    for (int i = 0; i < node->out.n; i++) {
        RefNode *to = node->out.at[i].to;
        if (to->n->role == NODE_OP && to->op->each && to->n->op->time == TIME_PASSES)
            ref_mark(r, to, event);
        else if (to->n->role == NODE_OP && to->op->whole && to->n->op->time != TIME_PASSES)
            vec_push(to->memory, &to->held, ((Entry){.time = dsc_batch_time(r->task), .event = event, .mark = true}));
    }
}

bool ref_try_apply(Ref *r, const Expr *f, int n, const Val *args, Val *out)
{
    RefTry t;
    if (REF_TRY(r, &t)) {
        *out = ref_apply(r, f, n, args);
        ref_done(r, &t);
        return true;
    }
    ref_tell_bad(r, &t);
    return false;
}

static void map(Ref *r, RefNode *node, Val v)
{
    Val made;
    if (ref_try_apply(r, node->n->args[0], 1, &v, &made))
        ref_push(r, node, made);
}

static void filter(Ref *r, RefNode *node, Val v)
{
    Val keep;
    if (ref_try_apply(r, node->n->args[0], 1, &v, &keep) && keep.is.i)
        ref_push(r, node, v);
}

/* Options are lists of one or none. */
static void flat_map(Ref *r, RefNode *node, Val v)
{
    Val list;
    if (ref_try_apply(r, node->n->args[0], 1, &v, &list))
        for (int64_t i = 0; i < list.n; i++)
            ref_push(r, node, list.is.at[i]);
}

static void map_values(Ref *r, RefNode *node, Val v)
{
    Val made;
    if (ref_try_apply(r, node->n->args[0], 1, &v.is.at[1], &made))
        ref_push(r, node, val_pair(r->scratch, v.is.at[0], made));
}

static void flat_map_values(Ref *r, RefNode *node, Val v)
{
    Val list;
    if (ref_try_apply(r, node->n->args[0], 1, &v.is.at[1], &list))
        for (int64_t i = 0; i < list.n; i++)
            ref_push(r, node, val_pair(r->scratch, v.is.at[0], list.is.at[i]));
}

static void pass_on(Ref *r, RefNode *node, Val v)
{
    ref_push(r, node, v);
}

/* ---- by key ---------------------------------------------------------------------------------- */

typedef struct Group {
    Val key;
    Vals values;
} Group;

/* Keys in the order in which they were first seen, and where they are by their hash. */
typedef struct Groups {
    VEC(Group) all;
    int *slot;                    /* 1 + the place in `all`; 0: none */
    int n_slots;
} Groups;

static int *find_slot(const Groups *g, Val key)
{
    int i = (int)(val_hash(key) % (uint64_t)g->n_slots);
    while (g->slot[i] && !val_equal(g->all.at[g->slot[i] - 1].key, key))
        i = (i + 1) % g->n_slots;
    return &g->slot[i];
}

/* For at most n keys. */
static Groups groups_new(Ref *r, int n)
{
    return (Groups){.slot = NEW_ARRAY(r->scratch, int, 2 * n + 1), .n_slots = 2 * n + 1};
}

static Group *group_of(Ref *r, Groups *g, Val key)
{
    int *slot = find_slot(g, key);
    if (!*slot) {
        vec_push(r->scratch, &g->all, ((Group){.key = key}));
        *slot = g->all.n;
    }
    return &g->all.at[*slot - 1];
}

static Groups by_key(Ref *r, const Entry *in, int n)
{
    Groups g = groups_new(r, n);
    for (int i = 0; i < n; i++) {
        Val pair = in[i].value;
        vec_push(r->scratch, &group_of(r, &g, pair.is.at[0])->values, pair.is.at[1]);
    }
    return g;
}

/* f over values; false: it failed, which has been told. */
static bool try_fold(Ref *r, const RefNode *node, const Expr *f, Vals values, Val *out)
{
    RefTry t;
    if (REF_TRY(r, &t)) {
        *out = ref_fold(r, node->n, f, values.at, values.n);
        ref_done(r, &t);
        return true;
    }
    ref_tell_bad_fold(r, &t);
    return false;
}

static Vals values_of(Ref *r, const Entry *in, int n)
{
    Vals values = {0};
    for (int i = 0; i < n; i++)
        vec_push(r->scratch, &values, in[i].value);
    return values;
}

/* Calls `each` with the parts of a batch: as many as a repartition right above says, else one. */
static void partitions(Ref *r, RefNode *node, const Entry *in, int n, void (*each)(Ref *r, RefNode *node, Val list))
{
    const Node *above = node->n->in.at[0];
    bool parted = above->role == NODE_OP && strcmp(above->op_name, "repartition") == 0;
    int64_t count = parted ? ref_eval(r, above->args[0]).is.i : 1;
    Vals all = values_of(r, in, n);
    for (int64_t i = 0; i < count; i++) {
        int64_t from = i * n / count, to = (i + 1) * n / count;
        each(r, node, val_parts(r->scratch, T_LIST, all.at + from, to - from));
    }
}

static void glom(Ref *r, RefNode *node, const Entry *in, int n)
{
    partitions(r, node, in, n, ref_push);
}

static void map_partitions(Ref *r, RefNode *node, const Entry *in, int n)
{
    partitions(r, node, in, n, flat_map);
}

static void count(Ref *r, RefNode *node, const Entry *in, int n)
{
    (void)in;
    ref_push(r, node, val_int(T_INT, n));
}

static void count_by_value(Ref *r, RefNode *node, const Entry *in, int n)
{
    Groups g = groups_new(r, n);
    for (int i = 0; i < n; i++)
        vec_push(r->scratch, &group_of(r, &g, in[i].value)->values, in[i].value);
    for (int i = 0; i < g.all.n; i++)
        ref_push(r, node, val_pair(r->scratch, g.all.at[i].key, val_int(T_INT, g.all.at[i].values.n)));
}

/* Of a batch or a window. */
static void reduce(Ref *r, RefNode *node, const Entry *in, int n)
{
    const Expr *keep = ref_arg(r, node->n, "filter");
    Vals values = values_of(r, in, n);
    Val v, kept = {0};
    if (n > 0 && try_fold(r, node, node->n->args[0], values, &v) && (!keep || (ref_try_apply(r, keep, 1, &v, &kept) && kept.is.i)))
        ref_push(r, node, v);
}

static void reduce_by_key(Ref *r, RefNode *node, const Entry *in, int n)
{
    Groups g = by_key(r, in, n);
    for (int i = 0; i < g.all.n; i++) {
        Val v;
        if (!try_fold(r, node, node->n->args[0], g.all.at[i].values, &v))
            return;
        ref_push(r, node, val_pair(r->scratch, g.all.at[i].key, v));
    }
}

/* Each key's first value made into something by `create` or f(zero, it), further ones taken into it by f. */
static bool try_combine(Ref *r, const Expr *create, const Expr *zero, const Expr *f, Vals values, Val *out)
{
    RefTry t;
    if (REF_TRY(r, &t)) {
        Val so_far = create ? ref_apply(r, create, 1, values.at) : ref_apply(r, f, 2, (Val[]){ref_eval(r, zero), values.at[0]});
        for (int i = 1; i < values.n; i++)
            so_far = ref_apply(r, f, 2, (Val[]){so_far, values.at[i]});
        *out = so_far;
        ref_done(r, &t);
        return true;
    }
    ref_tell_bad_fold(r, &t);
    return false;
}

static void combine_by_key(Ref *r, RefNode *node, const Entry *in, int n)
{
    const Expr *create = ref_arg(r, node->n, "create"), *zero = ref_arg(r, node->n, "zero");
    const Expr *f = ref_arg(r, node->n, create ? "mergeValue" : "f");
    Groups g = by_key(r, in, n);
    for (int i = 0; i < g.all.n; i++) {
        Val v;
        if (!try_combine(r, create, zero, f, g.all.at[i].values, &v))
            return;
        ref_push(r, node, val_pair(r->scratch, g.all.at[i].key, v));
    }
}

static void group_by_key(Ref *r, RefNode *node, const Entry *in, int n)
{
    Groups g = by_key(r, in, n);
    for (int i = 0; i < g.all.n; i++) {
        Val list = val_parts(r->scratch, T_LIST, g.all.at[i].values.at, g.all.at[i].values.n);
        ref_push(r, node, val_pair(r->scratch, g.all.at[i].key, list));
    }
}

/* ---- in an order -------------------------------------------------------------------------------- */

typedef struct Ranked {
    Val key, value;
    int place;
    int sign;                     /* -1: the largest first */
} Ranked;

static int by_rank(const void *x, const void *y)
{
    const Ranked *a = x, *b = y;
    int order = val_compare(a->key, b->key);
    return order ? (order > 0 ? a->sign : -a->sign) : (a->place > b->place) - (a->place < b->place);
}

static void put_ranked(Ref *r, RefNode *node, const Entry *in, int n, bool descending, int64_t most)
{
    Ranked *all = NEW_ARRAY(r->scratch, Ranked, n + 1);
    for (int i = 0; i < n; i++)
        all[i] = (Ranked){in[i].key, in[i].value, i, descending ? -1 : 1};
    qsort(all, (size_t)n, sizeof *all, by_rank);
    for (int i = 0; i < n && i < most; i++)
        ref_push(r, node, all[i].value);
}

static void sort_by(Ref *r, RefNode *node, const Entry *in, int n)
{
    const Expr *descending = ref_arg(r, node->n, "descending");
    put_ranked(r, node, in, n, descending && ref_eval(r, descending).is.i, n);
}

static void top(Ref *r, RefNode *node, const Entry *in, int n)
{
    put_ranked(r, node, in, n, true, ref_eval(r, ref_arg(r, node->n, "n")).is.i);
}

static void limit(Ref *r, RefNode *node, const Entry *in, int n)
{
    int64_t most = ref_eval(r, ref_arg(r, node->n, "n")).is.i;
    for (int i = 0; i < n && i < most; i++)
        ref_push(r, node, in[i].value);
}

/* ---- windows ------------------------------------------------------------------------------------ */

static void window(Ref *r, RefNode *node, const Entry *in, int n)
{
    for (int i = 0; i < n; i++)
        ref_push(r, node, in[i].value);
}

/* The keys of a window in the order in which they came in: those of the last slide first that have
 * been in it ever since. */
static Vals keys_in_order(Ref *r, RefNode *node, const Entry *in, int n)
{
    int old = 0;
    while (old < n && in[old].time <= node->last)
        old++;
    Groups stayed = by_key(r, in, old), ordered = groups_new(r, n);
    for (int i = 0; i < node->order.n; i++)
        if (*find_slot(&stayed, node->order.at[i]))
            group_of(r, &ordered, node->order.at[i]);
    for (int i = old; i < n; i++)
        group_of(r, &ordered, in[i].value.is.at[0]);
    Vals keys = {0};
    for (int i = 0; i < ordered.all.n; i++)
        vec_push(node->memory, &keys, val_copy(node->memory, ordered.all.at[i].key));
    return keys;
}

static void reduce_by_key_and_window(Ref *r, RefNode *node, const Entry *in, int n)
{
    const Expr *f = ref_arg(r, node->n, "f"), *keep = ref_arg(r, node->n, "filter");
    Groups g = by_key(r, in, n);
    node->order = keys_in_order(r, node, in, n);
    for (int i = 0; i < node->order.n; i++) {
        Val v, kept = {0};
        if (!try_fold(r, node, f, group_of(r, &g, node->order.at[i])->values, &v))
            return;
        Val pair = val_pair(r->scratch, node->order.at[i], v);
        if (!keep || (ref_try_apply(r, keep, 1, &pair, &kept) && kept.is.i))
            ref_push(r, node, pair);
    }
}

static const RefOp all[] = {
    {"map", .each = map},
    {"filter", .each = filter},
    {"flatMap", .each = flat_map},
    {"mapValues", .each = map_values},
    {"flatMapValues", .each = flat_map_values},
    {"union", .each = pass_on},
    {"repartition", .each = pass_on},
    {"side", .each = pass_on},
    {"eventTime", .each = event_time},
    {"mapPartitions", .whole = map_partitions},
    {"glom", .whole = glom},
    {"count", .whole = count},
    {"countByValue", .whole = count_by_value},
    {"reduce", .whole = reduce},
    {"reduceByKey", .whole = reduce_by_key},
    {"combineByKey", .whole = combine_by_key},
    {"aggregateByKey", .whole = combine_by_key},
    {"groupByKey", .whole = group_by_key},
    {"sortBy", .whole = sort_by, .key = "f"},
    {"top", .whole = top, .key = "by"},
    {"limit", .whole = limit},
    {"window", .whole = window},
    {"countByWindow", .whole = count},
    {"reduceByWindow", .whole = reduce},
    {"reduceByKeyAndWindow", .whole = reduce_by_key_and_window},
    {"tumbling", .whole = event_windows},
    {"sliding", .whole = event_windows},
    {"session", .whole = event_windows},
    {"side of join", .each = event_side},
    {"join within", .whole = event_join},
    {"dropDuplicates", .whole = event_duplicates, .key = "key"},
    {"lookup", .each = ref_lookup},
    {"asofJoin", .each = ref_asof},
    {"timed rows", .each = ref_timed_row},
    {"join", .whole = ref_join},
    {"leftOuterJoin", .whole = ref_join},
    {"rightOuterJoin", .whole = ref_join},
    {"fullOuterJoin", .whole = ref_join},
    {"cogroup", .whole = ref_cogroup},
    {"rows", .whole = ref_rows},
    {"updateStateByKey", .whole = ref_update_states},
    {"mapWithState", .whole = ref_map_with_state},
    {"stateSnapshots", .whole = ref_snapshots},
};

const RefOp *ref_op(const char *name)
{
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strcmp(all[i].name, name) == 0)
            return &all[i];
    return NULL;
}
