/* check_bound.c: warnings on state by key: that only grows, or that no checkpoint keeps. Both only where
 * the input does not end, since what ends bounds its keys and can be read again. */
#include "check.h"
#include "dsc_abi.h"

/* Blocks around an expression, for the values that their names stand for. */
typedef struct Blocks {
    const Expr *block;
    const struct Blocks *up;
} Blocks;

static const Expr *value_of(const Blocks *blocks, const Symbol *symbol)
{
    for (; blocks; blocks = blocks->up)
        for (int i = 0; i < blocks->block->lets.n; i++)
            if (blocks->block->lets.at[i].pattern->symbol == symbol)
                return blocks->block->lets.at[i].value;
    return NULL;
}

enum { STEPS = 1000 };            /* names may stand for names that .. : where it takes more, all is taken for right */

/* Can what a function gives as the new state be none? The old state, given back, is not taken for that.
 * Of a tuple the second part is the state. */
static bool can_be_none(const Expr *e, const Blocks *blocks, int *left)
{
    if ((*left)-- <= 0)
        return true;
    if (type_of(e->type)->kind == T_TUPLE && e->kind == E_TUPLE)
        return can_be_none(e->args.at[1].value, blocks, left);
    const Type *t = type_of(e->type);
    if (t->kind != T_OPTION && t->kind != T_TUPLE)
        return false;
    const Blocks inner = {e, blocks};
    const Expr *value;
    switch (e->kind) {
    case E_SOME: return false;
    case E_CONVERT: case E_ANNOT: return can_be_none(e->a, blocks, left);
    case E_IF: return can_be_none(e->b, blocks, left) || can_be_none(e->c, blocks, left);
    case E_BLOCK: return can_be_none(e->a, &inner, left);
    case E_BINARY: return can_be_none(e->b, blocks, left);
    case E_CALL: return !e->fn || !e->fn->body || can_be_none(e->fn->body, NULL, left);
    case E_NAME:
        value = value_of(blocks, e->symbol);
        return value && can_be_none(value, blocks, left);
    default: return true;
    }
}

bool gives_none(const Expr *f)
{
    int left = STEPS;
    return f && f->kind == E_LAMBDA && can_be_none(f->a, NULL, &left);
}

static bool is_bounded(Checker *cx, const Node *n)
{
    const Signature *s = op_signature(cx, n->op);
    return node_argument(n, s, "timeout") || node_argument(n, s, "maxKeys") || node_argument(n, s, "maxBytes") || gives_none(n->args[0]);
}

void warn_state(Checker *cx)
{
    const Plan *plan = cx->plan;
    bool *endless = NEW_ARRAY(cx->arena, bool, plan->nodes.n + 1), said = cx->to_run || plan->checkpoint;
    for (int i = 0; i < plan->nodes.n; i++) {
        const Node *n = plan->nodes.at[i];
        endless[n->id] = n->source && !source_ends(n);
        for (int j = 0; j < n->in.n; j++)
            endless[n->id] |= endless[n->in.at[j]->id];
        if (n->role != NODE_OP || !n->op->state || !endless[n->id])
            continue;
        if (!is_bounded(cx, n)) {
            diag_warn(cx->diags, W0604, n->span, "`%s` keeps every key that ever comes", n->op_name);
            diag_label(cx->diags, "nothing removes a key");
            diag_help(cx->diags, "%slet the function give `none` for a key that is done, or say `maxKeys: 1_000_000`",
                      n->op->kind == DSC_HELD ? "remove keys by `timeout: 30m`, " : "");
        }
        if (!said) {
            said = true;
            diag_warn(cx->diags, W0603, n->span, "what `%s` keeps is lost when the program ends", n->op_name);
            diag_label(cx->diags, "in memory only");
            diag_help(cx->diags, "write `checkpoint \"dir\" every 10s` at the top, or start it with `--checkpoint DIR`");
        }
    }
}
