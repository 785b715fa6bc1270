/* laws.c: `dsc check --laws`: do functions that combine keep the laws that operators count on?
 *
 * Both sides of a law are texts, such as "f(f(a, b), c)", which are evaluated by the interpreter: first
 * with all choices of a few simple values, then with random ones. What breaks it is made simpler as far
 * as it goes, and shown. A choice for which a side is a bad element says nothing. */
#include "laws.h"
#include "opdef.h"
#include "reference.h"
#include "rt_run.h"

#include <stdio.h>
#include <string.h>

enum { VALUES = 3, SIMPLE = 7, RANDOM = 2000 };

typedef struct Law {
    const char *name;             /* "associative" */
    const char *left, *right;
    int values;                   /* a, b, c: how many stand in it */
} Law;

static const Law associative = {"associative", "f(f(a, b), c)", "f(a, f(b, c))", 3};
static const Law commutative = {"commutative", "f(a, b)", "f(b, a)", 2};
static const Law inverts = {"undone by its inverse", "inverse(f(a, b), a)", "b", 2};
static const Law merges = {"merged as it folds", "merge(f(zero, a), f(f(zero, b), c))", "f(f(f(zero, a), b), c)", 3};
static const Law combines = {"merged as it folds", "mergeCombiners(create(a), mergeValue(create(b), c))",
                             "mergeValue(mergeValue(create(a), b), c)", 3};

/* Which operators count on what. */
typedef struct Rule {
    const char *op;
    const Law *law;
    const char *needs;            /* why it has to be kept; NULL: it need not be */
} Rule;

static const char in_windows[] = "what the batches of a window gave is combined";
static const char as_given[] = "an inverse that is given has to undo the function";
static const Rule rules[] = {
    {"reduce", &associative, NULL},
    {"reduce", &commutative, NULL},
    {"reduceByKey", &associative, NULL},
    {"reduceByKey", &commutative, NULL},
    {"reduceByWindow", &associative, in_windows},
    {"reduceByWindow", &commutative, NULL},
    {"reduceByWindow", &inverts, as_given},
    {"reduceByKeyAndWindow", &associative, in_windows},
    {"reduceByKeyAndWindow", &commutative, NULL},
    {"reduceByKeyAndWindow", &inverts, as_given},
    {"aggregateByKey", &merges, NULL},
    {"combineByKey", &combines, NULL},
};

/* A law of an operator's functions, with values for a, b, c. */
typedef struct Case {
    Ref *r;
    const Node *n;
    const Law *law;
    Type *type;                   /* of a, b, c */
    Val values[VALUES];
} Case;

/* ---- both sides ---------------------------------------------------------------------------- */

static size_t word_length(const char *p)
{
    return strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

/* The value of the text at *p, which moves behind it. */
static Val side(const Case *c, const char **p)
{
    size_t length = word_length(*p);
    if (length == 1 && (*p)[1] != '(')
        return c->values[*(*p)++ - 'a'];
    const char *name = arena_strndup(c->r->scratch, *p, length);
    const Expr *e = ref_arg(c->r, c->n, name);
    *p += length;
    if (**p != '(')
        return ref_eval(c->r, e);
    Val args[2];
    int n = 0;
    while (**p != ')') {
        *p += 1 + (**p == ',');   /* "(" or ", " */
        args[n++] = side(c, p);
    }
    ++*p;
    return ref_apply(c->r, e, n, args);
}

/* False: a side is a bad element. */
static bool both_sides(const Case *c, Val *left, Val *right)
{
    RefTry t;
    if (REF_TRY(c->r, &t)) {
        const char *p = c->law->left, *q = c->law->right;
        *left = side(c, &p);
        *right = side(c, &q);
        ref_done(c->r, &t);
        return true;
    }
    return false;
}

/* ---- trying ---------------------------------------------------------------------------------- */

typedef struct Found {
    int64_t tries, bad;
    bool broken, rounded;         /* by a case; by the rounding of floats alone */
    Case by;
} Found;

static bool breaks(const Case *c)
{
    Val left, right;
    return both_sides(c, &left, &right) && !law_near(left, right);
}

static void try_case(const Case *c, Found *found)
{
    Val left, right;
    found->tries++;
    if (!both_sides(c, &left, &right)) {
        found->bad++;
    } else if (!law_near(left, right)) {
        found->broken = true;
        found->by = *c;
    } else if (val_compare(left, right) != 0) {
        found->rounded = true;
    }
}

/* As long as some simpler value in place of one breaks the law too, take that. */
static void make_simple(Found *found)
{
    Case *c = &found->by;
    for (bool again = true; again;) {
        again = false;
        for (int i = 0; i < c->law->values && !again; i++) {
            Vals simpler = law_simpler(c->r->arena, c->type, c->values[i]);
            for (int j = 0; j < simpler.n && !again; j++) {
                Case less = *c;
                less.values[i] = simpler.at[j];
                again = breaks(&less);
                if (again)
                    *c = less;
            }
        }
    }
}

static Found try_law(Ref *r, const Node *n, const Law *law, Type *type)
{
    Case c = {.r = r, .n = n, .law = law, .type = type};
    Found found = {0};
    Vals simple = law_small(r->arena, type, SIMPLE);
    int choices = 1;
    for (int i = 0; i < law->values; i++)
        choices *= simple.n;
    for (int number = 0; number < choices && !found.broken; number++) {
        for (int i = law->values - 1, rest = number; i >= 0; i--, rest /= simple.n)
            c.values[i] = simple.at[rest % simple.n];
        try_case(&c, &found);
    }
    Chance chance = {1};
    for (int number = 0; number < RANDOM && !found.broken; number++) {
        for (int i = 0; i < law->values; i++)
            c.values[i] = law_random(r->arena, &chance, type);
        try_case(&c, &found);
    }
    if (found.broken)
        make_simple(&found);
    return found;
}

/* ---- the report -------------------------------------------------------------------------------- */

/* A side's text with values in the place of their names. */
static void print_side(const Case *c, const char *p, Val v, Type *result)
{
    Text text = {0};
    while (*p) {
        size_t length = word_length(p);
        if (length == 1 && p[1] != '(') {
            val_print(&text, c->type, c->values[*p - 'a']);
        } else if (length > 0 && p[length] != '(') {
            const Expr *e = ref_arg(c->r, c->n, arena_strndup(c->r->arena, p, length));
            val_print(&text, e->type, ref_eval(c->r, e));
        } else {
            text_addn(&text, p, length ? length : 1);
        }
        p += length ? length : 1;
    }
    text_add(&text, "  is  ");
    val_print(&text, result, v);
    printf("      %s\n", text.p);
    text_free(&text);
}

static void print_found(const Rule *rule, const Found *found, Type *result)
{
    const char *name = rule->law->name;
    if (found->bad == found->tries) {
        printf("  cannot be tried: all values are bad elements for it (%s)\n", name);
        return;
    }
    if (!found->broken) {
        printf("  %s, in %lld tries%s\n", name, (long long)(found->tries - found->bad),
               found->rounded ? ", but for the rounding of floats" : "");
        return;
    }
    if (rule->needs)
        printf("  not %s, and has to be: %s\n", name, rule->needs);
    else
        printf("  not %s, which is not asked of %s\n", name, rule->op);
    Val left = {0}, right = {0};
    both_sides(&found->by, &left, &right);
    print_side(&found->by, rule->law->left, left, result);
    print_side(&found->by, rule->law->right, right, result);
}

/* Has the node all the functions that stand in a text? */
static bool has_functions(Ref *r, const Node *n, const char *p)
{
    for (size_t length; *p; p += length ? length : 1) {
        length = word_length(p);
        if (length > 0 && p[length] == '(' && !ref_arg(r, n, arena_strndup(r->arena, p, length)))
            return false;
    }
    return true;
}

/* How many laws are broken that have to be kept. */
static int check_node(Ref *r, const Node *n)
{
    int broken = 0;
    bool named = false;
    Type *in = type_of(n->in.at[0]->type), *out = type_of(n->type);
    bool by_key = strstr(n->op_name, "ByKey") != NULL;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        const Rule *rule = &rules[i];
        if (strcmp(rule->op, n->op_name) != 0 || !has_functions(r, n, rule->law->left))
            continue;
        if (!named)
            printf("%s:%d:%d: %s\n", r->plan->files[n->span.file].path, n->span.line, n->span.col, n->text);
        named = true;
        r->scratch = arena_new("laws");
        const Expr *f = ref_arg(r, n, "f");
        Found found = try_law(r, n, rule->law, by_key ? in->args[1] : in);
        found.rounded &= rule->law == &inverts || !f || !ref_is_exact(f);
        print_found(rule, &found, by_key ? out->args[1] : out);
        arena_free(r->scratch);
        broken += found.broken && rule->needs;
    }
    return broken;
}

/* ---- the run: one batch of nothing, for the sake of a task ------------------------------------------ */

static Ref *running;
static int all_broken;

static void stage(dsc_task *task)
{
    running->task = task;
    for (int i = 0; i < running->plan->nodes.n; i++)
        if (running->plan->nodes.at[i]->role == NODE_OP)
            all_broken += check_node(running, running->plan->nodes.at[i]);
}

int laws_check(Plan *plan)
{
    Ref ref = {.plan = plan, .arena = plan->arena, .scratch = plan->arena}, *r = &ref;
    if (plan->externs.n > 0) {
        fprintf(stderr, "dsc check --laws: functions in C are not interpreted: `%s`\n", plan->externs.at[0].fns.at[0]->name);
        return 2;
    }
    Val *params = NEW_ARRAY(r->arena, Val, plan->params.n + 1);
    for (int i = 0; i < plan->params.n; i++) {
        const Param *p = &plan->params.at[i];
        params[i] = p->value ? ref_eval(r, p->value) : law_small(r->arena, p->type, 2).at[1];
    }
    r->params = params;
    dsc_node node = {.kind = DSC_HELD, .name = "laws", .op = "laws", .type = &dsc_type_int, .held = &dsc_type_int,
                     .stage = stage, .stage_name = "laws"};
    dsc_program program = {.abi = DSC_ABI_VERSION, .file = plan->file, .batch = plan->batch, .n_nodes = 1, .nodes = &node};
    running = r;
    all_broken = 0;
    int status = rt_run(&program, &(rt_options){.threads = 1, .batches = 1, .clock = 'v'});
    running = NULL;
    fflush(stdout);
    if (all_broken > 0)
        fprintf(stderr, "dsc check --laws: %d law%s broken that %s to be kept\n", all_broken, all_broken == 1 ? " is" : "s are",
                all_broken == 1 ? "has" : "have");
    return all_broken > 0 ? 2 : status;
}
