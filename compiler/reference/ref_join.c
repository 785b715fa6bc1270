/* ref_join.c: joins: every pair of one side is held against every one of the other. */
#include "opdef.h"
#include "ref.h"

#include <string.h>

static Val option(Ref *r, const Val *v)
{
    return val_parts(r->scratch, T_OPTION, v, v ? 1 : 0);
}

static bool lacks(const RefNode *node, const char *left_or_right)
{
    return strncmp(node->n->op_name, left_or_right, strlen(left_or_right)) == 0 || strcmp(node->n->op_name, "fullOuterJoin") == 0;
}

/* a, b: pairs; NULL: none, which makes that side an option. */
static void give(Ref *r, RefNode *node, const Val *a, const Val *b)
{
    Val key = (a ? a : b)->is.at[0];
    Val left = lacks(node, "right") ? option(r, a ? &a->is.at[1] : NULL) : a->is.at[1];
    Val right = lacks(node, "left") ? option(r, b ? &b->is.at[1] : NULL) : b->is.at[1];
    ref_push(r, node, val_pair(r->scratch, key, val_pair(r->scratch, left, right)));
}

static bool match(const Entry *a, const Entry *b)
{
    return val_equal(a->value.is.at[0], b->value.is.at[0]);
}

static void join_one(Ref *r, RefNode *node, const Entry *a, const Entry *in, int n, int side)
{
    bool met = false;
    for (int i = 0; i < n; i++)
        if (in[i].input == side && match(a, &in[i])) {
            met = true;
            give(r, node, &a->value, &in[i].value);
        }
    if (!met && lacks(node, "left"))
        give(r, node, &a->value, NULL);
}

void ref_lookup(Ref *r, RefNode *node, Val v)
{
    const RefNode *rows = &r->nodes[node->n->in.at[1]->id];
    join_one(r, node, &(Entry){.value = v}, rows->held.at, rows->held.n, 0);
}

void ref_timed_row(Ref *r, RefNode *node, Val v)
{
    Val since;
    if (ref_try_apply(r, node->n->args[0], 1, &v.is.at[1], &since))
        vec_push(node->memory, &node->held, ((Entry){.time = since.is.i, .value = val_copy(node->memory, v)}));
}

void ref_asof(Ref *r, RefNode *node, Val v)
{
    const RefNode *rows = &r->nodes[node->n->in.at[1]->id];
    Val now;
    if (!ref_try_apply(r, node->n->args[1], 1, &v.is.at[1], &now))
        return;
    const Entry *newest = NULL;
    for (int i = 0; i < rows->held.n; i++) {
        const Entry *row = &rows->held.at[i];
        if (val_equal(row->value.is.at[0], v.is.at[0]) && row->time <= now.is.i && (!newest || row->time >= newest->time))
            newest = row;
    }
    Val both = val_pair(r->scratch, v.is.at[1], option(r, newest ? &newest->value.is.at[1] : NULL));
    ref_push(r, node, val_pair(r->scratch, v.is.at[0], both));
}

void ref_join(Ref *r, RefNode *node, const Entry *in, int n)
{
    for (int i = 0; i < n; i++)
        if (in[i].input == 0)
            join_one(r, node, &in[i], in, n, 1);
    for (int i = 0; i < n && lacks(node, "right"); i++) {
        bool met = in[i].input == 0;
        for (int j = 0; j < n && !met; j++)
            met = in[j].input == 0 && match(&in[i], &in[j]);
        if (!met)
            give(r, node, NULL, &in[i].value);
    }
}

void ref_cogroup(Ref *r, RefNode *node, const Entry *in, int n)
{
    bool *done = NEW_ARRAY(r->scratch, bool, n + 1);
    for (int side = 0; side < 2; side++)
        for (int i = 0; i < n; i++) {
            if (in[i].input != side || done[i])
                continue;
            Vals values[2] = {{0}, {0}};
            for (int j = 0; j < n; j++)
                if (match(&in[i], &in[j])) {
                    done[j] = true;
                    vec_push(r->scratch, &values[in[j].input], in[j].value.is.at[1]);
                }
            Val lists = val_pair(r->scratch, val_parts(r->scratch, T_LIST, values[0].at, values[0].n),
                                 val_parts(r->scratch, T_LIST, values[1].at, values[1].n));
            ref_push(r, node, val_pair(r->scratch, in[i].value.is.at[0], lists));
        }
}

void ref_rows(Ref *r, RefNode *node, const Entry *in, int n)
{
    for (int i = 0; i < n; i++)
        ref_push(r, node, in[i].value);
}
