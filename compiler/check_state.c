/* check_state.c: operators that keep a state for each key. */
#include "check.h"
#include "dsc_abi.h"

#include <string.h>

static bool is_op(const Node *n, const char *name)
{
    return n->role == NODE_OP && strcmp(n->op_name, name) == 0;
}

static void check_timeout(Checker *cx, const Expr *timeout, const Expr *on_timeout)
{
    int64_t length;
    if (timeout && constant_int(timeout, &length) && length <= 0) {
        diag_error(cx->diags, E0408, timeout->span, "the timeout of `mapWithState` must be longer than nothing");
        diag_label(cx->diags, "%s", duration_text(cx->arena, length));
    }
    if (on_timeout && !timeout) {
        diag_error(cx->diags, E0403, on_timeout->span, "`onTimeout` is never called without `timeout`");
        diag_label(cx->diags, "after how long?");
        diag_help(cx->diags, "say how long a key may be idle: `timeout: 30m`");
    }
}

/* What state does the mapWithState right before it keep? */
static void check_snapshots(Checker *cx, Node *n, SigVars *vars)
{
    const Node *from = n->in.at[0];
    Type **key = &vars->of['K' - 'A'], **state = &vars->of['S' - 'A'];
    *key = *state = &type_error;
    if (!is_op(from, "mapWithState")) {
        diag_error(cx->diags, E0412, n->span, "`stateSnapshots` stands directly after `mapWithState`");
        diag_label(cx->diags, "whose states?");
        diag_help(cx->diags, "name the stream: `let s = .. | mapWithState(..)`; then `s | stateSnapshots()` beside `s | ..`");
    } else if (from->state) {
        *key = from->state_key;
        *state = state_value_type(from);
    }
}

void check_state(Checker *cx, Node *n, const Signature *s, SigVars *vars)
{
    if (is_op(n, "stateSnapshots"))
        check_snapshots(cx, n, vars);
    if (!n->op->state)
        return;
    const Expr *timeout = node_argument(n, s, "timeout");
    check_timeout(cx, timeout, node_argument(n, s, "onTimeout"));
    n->state_key = vars->of['K' - 'A'];
    n->state = vars->of['S' - 'A'];
    n->timed = timeout != NULL;
    if (n->timed)
        n->state = type_pair(cx->arena, &type_time, n->state);
    if (n->op->kind == DSC_UPDATE)
        check_several_batches(cx, n);
}
