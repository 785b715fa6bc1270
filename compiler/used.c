/* used.c: which parts of a source's elements the program looks at, so that decoders
 * need not make the others. What is not looked at is not checked either.
 *
 * Goes from the sinks up: the demand on what an operator puts out gives the demand
 * on what it takes. A part is looked at where an expression takes it out, and all of
 * it where the value goes into anything but a tuple, a record or a name. What is in
 * doubt is looked at. */
#include "opdef.h"
#include "dsc_abi.h"

#include <string.h>

typedef struct Watched {
    const Symbol *symbol;
    Used *used;
} Watched;

typedef struct Uses {
    Arena *arena;
    VEC(Watched) watched;         /* innermost last */
} Uses;

static bool has_parts(Type *t)
{
    t = type_of(t);
    return t->kind == T_TUPLE || t->kind == T_RECORD;
}

static Used *whole(Arena *arena)
{
    Used *u = NEW(arena, Used);
    u->whole = true;
    return u;
}

/* What both ask for; neither is changed. */
static Used *join(Arena *arena, Type *type, Used *a, Used *b)
{
    if (!a || !b || a == b)
        return a ? a : b;
    if (a->whole || b->whole)
        return a->whole ? a : b;
    type = type_of(type);
    Used *u = NEW(arena, Used);
    u->parts = NEW_ARRAY(arena, Used *, type->n);
    for (int i = 0; i < type->n; i++)
        u->parts[i] = join(arena, type->args[i], a->parts[i], b->parts[i]);
    return u;
}

static Used *only(Arena *arena, Type *type, int part, Used *demand)
{
    Used *u = NEW(arena, Used);
    u->parts = NEW_ARRAY(arena, Used *, type_of(type)->n);
    u->parts[part] = demand;
    return u;
}

static Used *part_of(Used *demand, int i)
{
    return !demand || demand->whole ? demand : demand->parts[i];
}

static void use(Uses *u, const Expr *e, Used *demand);

static void use_whole(Uses *u, const Expr *e)
{
    if (e)
        use(u, e, whole(u->arena));
}

/* ---- names ----------------------------------------------------------------------- */

static void watch(Uses *u, const Pattern *p)
{
    if (p->kind == PAT_NAME && p->symbol)
        vec_push(u->arena, &u->watched, ((Watched){.symbol = p->symbol}));
    for (int i = 0; i < p->items.n; i++)
        watch(u, p->items.at[i]);
}

static Watched *find(Uses *u, const Symbol *symbol)
{
    for (int i = u->watched.n - 1; i >= 0; i--)
        if (u->watched.at[i].symbol == symbol)
            return &u->watched.at[i];
    return NULL;
}

/* What has come to be asked of what a pattern takes apart. */
static Used *asked(Uses *u, const Pattern *p)
{
    if (p->kind == PAT_NAME) {
        const Watched *w = p->symbol ? find(u, p->symbol) : NULL;
        return w ? w->used : NULL;
    }
    Used *all = NULL;
    for (int i = 0; i < p->items.n; i++) {
        Used *part = asked(u, p->items.at[i]);
        if (part && has_parts(p->type))
            all = join(u->arena, p->type, all, only(u->arena, p->type, i, part));
    }
    return all;
}

/* ---- functions --------------------------------------------------------------------- */

/* The demand on each parameter for a body's value. */
static Used **use_body(Uses *u, const Expr *body, Pattern *const *params, int n, Used *demand)
{
    int before = u->watched.n;
    for (int i = 0; i < n; i++)
        watch(u, params[i]);
    use(u, body, demand);
    Used **result = NEW_ARRAY(u->arena, Used *, n + 1);
    for (int i = 0; i < n; i++)
        result[i] = asked(u, params[i]);
    u->watched.n = before;
    return result;
}

/* What a lambda asks of its one argument, which it takes apart where it has several parameters. */
static Used *use_lambda(Uses *u, const Expr *lambda, Type *arg, Used *demand)
{
    Used **params = use_body(u, lambda->a, lambda->params.at, lambda->params.n, demand);
    if (lambda->params.n == 1)
        return params[0];
    Used *all = NULL;
    for (int i = 0; i < lambda->params.n && has_parts(arg) && i < type_of(arg)->n; i++)
        if (params[i])
            all = join(u->arena, arg, all, only(u->arena, arg, i, params[i]));
    return all;
}

/* ---- expressions ---------------------------------------------------------------------- */

/* A value taken out of others: taking it cannot fail. */
static bool is_path(const Expr *e)
{
    while (e->kind == E_FIELD || e->kind == E_ANNOT)
        e = e->a;
    return e->kind == E_NAME;
}

static void use_items(Uses *u, const Expr *e, Used *demand)
{
    Type *type = type_of(e->type);
    for (int i = 0; i < e->args.n; i++) {
        int at = i;
        for (int j = 0; e->kind == E_RECORD && j < type->n; j++)
            if (strcmp(type->names[j], e->args.at[i].name) == 0)
                at = j;
        const Expr *item = e->args.at[i].value;
        Used *part = part_of(demand, at);
        if (part || !is_path(item))
            use(u, item, part ? part : whole(u->arena));
    }
}

static void use_block(Uses *u, const Expr *e, Used *demand)
{
    int before = u->watched.n;
    for (int i = 0; i < e->lets.n; i++)
        watch(u, e->lets.at[i].pattern);
    use(u, e->a, demand);
    for (int i = e->lets.n - 1; i >= 0; i--) {
        const Let *let = &e->lets.at[i];
        Used *of_value = asked(u, let->pattern);
        if (of_value || !is_path(let->value))
            use(u, let->value, of_value ? of_value : whole(u->arena));
    }
    u->watched.n = before;
}

static void use_children(Uses *u, const Expr *e)
{
    use_whole(u, e->a);
    use_whole(u, e->b);
    use_whole(u, e->c);
    for (int i = 0; i < e->args.n; i++)
        use_whole(u, e->args.at[i].value);
}

static void use_call(Uses *u, const Expr *e)
{
    for (int i = 0; i < e->args.n; i++) {
        const Expr *arg = e->args.at[i].value;
        Used *of_param = e->fn->used[i];
        if (of_param || !is_path(arg))
            use(u, arg, of_param ? of_param : whole(u->arena));
    }
}

static void use_name(Uses *u, const Expr *e, Used *demand)
{
    Watched *w = find(u, e->symbol);
    if (w)
        w->used = join(u->arena, e->type, w->used, demand);
}

/* demand is not NULL. Left operands by a loop: chains of `+` may be long. */
static void use(Uses *u, const Expr *e, Used *demand)
{
    for (; e->kind == E_BINARY; e = e->a, demand = whole(u->arena))
        use_whole(u, e->b);
    switch (e->kind) {
    case E_NAME:
        use_name(u, e, demand);
        break;
    case E_FIELD:
        if (has_parts(e->a->type))
            use(u, e->a, only(u->arena, e->a->type, e->index, demand));
        else
            use_whole(u, e->a);
        break;
    case E_TUPLE: case E_RECORD:
        use_items(u, e, demand);
        break;
    case E_IF:
        use_whole(u, e->a);
        use(u, e->b, demand);
        use(u, e->c, demand);
        break;
    case E_BLOCK:
        use_block(u, e, demand);
        break;
    case E_ANNOT:
        use(u, e->a, demand);
        break;
    case E_CALL:
        use_call(u, e);
        break;
    default:
        use_children(u, e);
        break;
    }
}

/* ---- operators --------------------------------------------------------------------------- */

/* Of a value that nobody looks at: what making it can fail by. */
static Used *nothing(Arena *arena, Type *type)
{
    if (!has_parts(type))
        return whole(arena);
    Used *u = NEW(arena, Used);
    u->parts = NEW_ARRAY(arena, Used *, type_of(type)->n);
    return u;
}

static Used *value_demand(Uses *u, const Node *n, Used *own)
{
    Used *value = part_of(own, 1);
    return value ? value : nothing(u->arena, type_of(n->type)->args[1]);
}

static Used *by_value(Uses *u, Type *pair, Used *key, Used *value)
{
    return join(u->arena, pair, only(u->arena, pair, 0, key), only(u->arena, pair, 1, value));
}

/* A join: the key of both sides, and what is asked of the value that comes from this one. */
static Used *demand_of_join(Uses *u, const Node *n, int input, Used *own)
{
    Used *value = part_of(part_of(own, 1), input);
    Type *both = type_of(type_of(n->type)->args[1]), *given = type_of(both->args[input]);
    if (value && (given->kind == T_OPTION || given->kind == T_LIST))
        value = whole(u->arena);
    if (n->op == &op_asofJoin && input == 0)
        value = join(u->arena, both->args[0], value, use_lambda(u, n->args[1], both->args[0], whole(u->arena)));
    return by_value(u, n->in.at[input]->type, whole(u->arena), value);
}

/* What a node asks of the elements of its input number `i`, given what is asked of its own. */
static Used *demand_on_input(Uses *u, const Node *n, int i, Used *own)
{
    const char *name = n->op_name;
    Type *input = type_of(n->in.at[i]->type);
    if (n->role == NODE_SINK)
        return whole(u->arena);
    if (strcmp(name, "filter") == 0 || strcmp(name, "eventTime") == 0)
        return join(u->arena, input, own, use_lambda(u, n->args[0], input, whole(u->arena)));
    if (strcmp(name, "map") == 0)
        return use_lambda(u, n->args[0], input, own ? own : nothing(u->arena, n->type));
    if (strcmp(name, "flatMap") == 0)
        return use_lambda(u, n->args[0], input, whole(u->arena));
    if (strcmp(name, "mapValues") == 0)
        return by_value(u, input, part_of(own, 0), use_lambda(u, n->args[0], type_of(input->args[1]), value_demand(u, n, own)));
    if (strcmp(name, "flatMapValues") == 0)
        return by_value(u, input, part_of(own, 0), use_lambda(u, n->args[0], type_of(input->args[1]), whole(u->arena)));
    if (strcmp(name, "union") == 0 || strcmp(name, "repartition") == 0 || strcmp(name, "sample") == 0)
        return own;
    if (n->op->kind == DSC_TABLE && n->op->class == OP_HOLD && n->n_args > 0)
        return join(u->arena, input, own, by_value(u, input, NULL, use_lambda(u, n->args[0], type_of(input->args[1]), whole(u->arena))));
    if (n->op->kind == DSC_TABLE && n->op->class == OP_HOLD)
        return own;
    if (n->in.n == 2 && (strstr(name, "oin") || strcmp(name, "cogroup") == 0))
        return demand_of_join(u, n, i, own);
    if (strcmp(name, "count") == 0 || strcmp(name, "side") == 0)
        return NULL;
    if (strcmp(name, "limit") == 0)
        return own;
    if (strcmp(name, "sortBy") == 0)
        return join(u->arena, input, own, use_lambda(u, n->args[0], input, whole(u->arena)));
    if (strcmp(name, "top") == 0 && n->args[1])
        return join(u->arena, input, own, use_lambda(u, n->args[1], input, whole(u->arena)));
    return whole(u->arena);
}

void find_used(Plan *plan)
{
    Uses u = {.arena = plan->arena};
    Used **demand = NEW_ARRAY(plan->arena, Used *, plan->nodes.n + 1);
    for (int i = 0; i < plan->fns.n; i++) {
        FnDef *fn = plan->fns.at[i];
        fn->used = NEW_ARRAY(plan->arena, Used *, fn->params.n + 1);
        for (int p = 0; p < fn->params.n; p++)
            fn->used[p] = whole(plan->arena);
        if (fn->body)
            fn->used = use_body(&u, fn->body, fn->params.at, fn->params.n, whole(plan->arena));
    }
    for (int i = plan->nodes.n - 1; i >= 0; i--) {
        Node *n = plan->nodes.at[i];
        if (n->dead)
            continue;
        if (n->role == NODE_SOURCE) {
            n->used = demand[i];
            for (int a = 0; a < n->n_args; a++)     /* `at` */
                if (n->args[a] && n->args[a]->kind == E_LAMBDA)
                    n->used = join(plan->arena, n->type, n->used, use_lambda(&u, n->args[a], n->type, whole(plan->arena)));
            continue;
        }
        for (int j = 0; j < n->in.n; j++) {
            Node *from = n->in.at[j];
            demand[from->id] = join(plan->arena, from->type, demand[from->id], demand_on_input(&u, n, j, demand[i]));
        }
    }
}
