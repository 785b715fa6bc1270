/* ref_state.c: states by key, kept from batch to batch: a list in the order in which keys came to live,
 * looked through for each of them. */
#include "opdef.h"
#include "ref.h"

typedef struct State {
    Val key, value;
    int64_t last;                 /* the batch that brought a pair of it last */
} State;

struct RefStates {
    Arena *memory;
    VEC(State) all;
};

/* With those of `init`, where it is the node's first batch. */
static RefStates *states_of(Ref *r, RefNode *node)
{
    if (node->states)
        return node->states;
    RefStates *s = node->states = NEW(r->arena, RefStates);
    s->memory = arena_new("reference");
    const Expr *init = ref_arg(r, node->n, "init");
    Val pairs = init ? ref_eval(r, init) : (Val){.kind = T_LIST};
    for (int64_t i = 0; i < pairs.n; i++) {
        Val pair = val_copy(s->memory, pairs.is.at[i]);
        int j = 0;
        while (j < s->all.n && !val_equal(s->all.at[j].key, pair.is.at[0]))
            j++;
        if (j == s->all.n)
            vec_push(s->memory, &s->all, ((State){.key = pair.is.at[0], .last = dsc_batch_time(r->task)}));
        s->all.at[j].value = pair.is.at[1];
    }
    return s;
}

void ref_states_free(RefNode *node)
{
    if (node->states)
        arena_free(node->states->memory);
}

/* Its place; the number of states where it has none. */
static int find(const RefStates *s, Val key)
{
    int i = 0;
    while (i < s->all.n && !val_equal(s->all.at[i].key, key))
        i++;
    return i;
}

static Val option(Ref *r, const Val *v)
{
    return val_parts(r->scratch, T_OPTION, v, v ? 1 : 0);
}

static Val state_at(Ref *r, const RefStates *s, int i)
{
    return option(r, i < s->all.n ? &s->all.at[i].value : NULL);
}

static void remove_at(RefStates *s, int i)
{
    for (; i < s->all.n - 1; i++)
        s->all.at[i] = s->all.at[i + 1];
    s->all.n--;
}

/* The state at a place becomes `made`, an option. False: there are too many, which has been told. */
static bool set(Ref *r, RefNode *node, int i, Val key, Val made)
{
    RefStates *s = node->states;
    if (made.n == 0) {
        if (i < s->all.n)
            remove_at(s, i);
        return true;
    }
    if (i == s->all.n)
        vec_push(s->memory, &s->all, ((State){.key = val_copy(s->memory, key)}));
    s->all.at[i].value = val_copy(s->memory, made.is.at[0]);
    s->all.at[i].last = dsc_batch_time(r->task);
    const Expr *most = ref_arg(r, node->n, "maxKeys");
    int64_t max = most ? ref_eval(r, most).is.i : INT64_MAX;
    if (s->all.n <= max)
        return true;
    RefTry t = {.at = node->n->span};
    t.why = ref_why(r, "%s would keep more than %lld keys, its `maxKeys`, in the batch %lld ms", node->n->op_name,
                    (long long)max, (long long)(dsc_batch_time(r->task) / 1000));
    ref_tell_bad_fold(r, &t);
    return false;
}

/* What has been replaced is given back. */
static void tidy(RefStates *s)
{
    Arena *old = s->memory;
    s->memory = arena_new("reference");
    State *all = NEW_ARRAY(s->memory, State, s->all.n);
    for (int i = 0; i < s->all.n; i++)
        all[i] = (State){val_copy(s->memory, s->all.at[i].key), val_copy(s->memory, s->all.at[i].value), s->all.at[i].last};
    s->all.at = all;
    s->all.cap = s->all.n;
    arena_free(old);
}

/* ---- updateStateByKey ---------------------------------------------------------------------- */

static bool try_update(Ref *r, RefNode *node, Val key, Vals values)
{
    RefTry t;
    RefStates *s = node->states;
    if (!REF_TRY(r, &t)) {
        ref_tell_bad_fold(r, &t);
        return false;
    }
    int i = find(s, key);
    Val args[] = {val_parts(r->scratch, T_LIST, values.at, values.n), state_at(r, s, i)};
    Val made = ref_apply(r, ref_arg(r, node->n, "f"), 2, args);
    ref_done(r, &t);
    if (!set(r, node, i, key, made))
        return false;
    if (made.n > 0)
        ref_push(r, node, val_pair(r->scratch, key, made.is.at[0]));
    return true;
}

void ref_update_states(Ref *r, RefNode *node, const Entry *in, int n)
{
    RefStates *s = states_of(r, node);
    Vals keys = {0};
    for (int i = 0; i < s->all.n; i++)
        vec_push(r->scratch, &keys, val_copy(r->scratch, s->all.at[i].key));
    for (int i = 0; i < n; i++) {
        int known = 0;
        while (known < keys.n && !val_equal(keys.at[known], in[i].value.is.at[0]))
            known++;
        if (known == keys.n)
            vec_push(r->scratch, &keys, in[i].value.is.at[0]);
    }
    for (int k = 0; k < keys.n; k++) {
        Vals values = {0};
        for (int i = 0; i < n; i++)
            if (val_equal(in[i].value.is.at[0], keys.at[k]))
                vec_push(r->scratch, &values, in[i].value.is.at[1]);
        if (!try_update(r, node, keys.at[k], values))
            return;
    }
    tidy(s);
}

/* ---- mapWithState --------------------------------------------------------------------------- */

/* Keys that no pair has come of for too long go, with a word. */
static void drop_idle(Ref *r, RefNode *node, int64_t timeout)
{
    RefStates *s = node->states;
    const Expr *f = ref_arg(r, node->n, "onTimeout");
    for (int i = 0; i < s->all.n;) {
        State gone = s->all.at[i];
        Val out;
        if (dsc_batch_time(r->task) - gone.last <= timeout) {
            i++;
            continue;
        }
        remove_at(s, i);
        if (f && ref_try_apply(r, f, 2, (Val[]){gone.key, gone.value}, &out) && out.n > 0)
            ref_push(r, node, out.is.at[0]);
    }
}

void ref_map_with_state(Ref *r, RefNode *node, const Entry *in, int n)
{
    RefStates *s = states_of(r, node);
    const Expr *timeout = ref_arg(r, node->n, "timeout");
    for (int i = 0; i < n; i++) {
        Val key = in[i].value.is.at[0], made;
        int at = find(s, key);
        if (!ref_try_apply(r, ref_arg(r, node->n, "f"), 3, (Val[]){key, in[i].value.is.at[1], state_at(r, s, at)}, &made))
            continue;
        if (!set(r, node, at, key, made.is.at[1]))
            return;
        if (made.is.at[0].n > 0)
            ref_push(r, node, made.is.at[0].is.at[0]);
    }
    if (timeout)
        drop_idle(r, node, ref_eval(r, timeout).is.i);
    tidy(s);
}

void ref_snapshots(Ref *r, RefNode *node, const Entry *in, int n)
{
    (void)in, (void)n;
    const RefStates *s = states_of(r, &r->nodes[node->n->in.at[0]->id]);
    for (int i = 0; i < s->all.n; i++)
        ref_push(r, node, val_pair(r->scratch, s->all.at[i].key, s->all.at[i].value));
}
