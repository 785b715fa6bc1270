/* check_test.c: `test` blocks: what they give and expect fits the program; and the
 * plan of one test (test_plan.h). */
#include "check.h"
#include "dsc_conn.h"
#include "test_plan.h"

#include <string.h>

TestCases test_cases(Arena *arena, const Program *program)
{
    TestCases cases = {0};
    for (int i = 0; i < program->stmts.n; i++) {
        const Stmt *s = program->stmts.at[i];
        if (s->kind != S_TEST)
            continue;
        TestCase test = {.name = s->name, .span = s->name_span, .crash = s->crash};
        for (int j = 0; j < s->clauses.n; j++) {
            const Clause *c = &s->clauses.at[j];
            TestExpect expect = {.stream = c->name, .span = c->name_span, .value = c->value->span,
                                 .batches = c->value->kind == E_LIST ? c->value->args.n : -1};
            if (!c->give)
                vec_push(arena, &test.expects, expect);
        }
        vec_push(arena, &cases, test);
    }
    return cases;
}

/* ---- what the clauses say ------------------------------------------------------------- */

static Symbol *stream_named(Checker *cx, const Clause *c)
{
    Expr name = {.kind = E_NAME, .name = c->name, .span = c->name_span, .name_span = c->name_span};
    Symbol *symbol = find_value(cx, c->name);
    if (!symbol) {
        unknown_value(cx, &name);
        return NULL;
    }
    symbol->used = true;
    if (symbol->kind == SYM_STREAM)
        return symbol;
    diag_error(cx->diags, E0305, c->name_span, "`%s` is not a stream", c->name);
    diag_label(cx->diags, "a test gives and expects batches of streams");
    diag_also(cx->diags, symbol->span, "defined here");
    return NULL;
}

static void said_twice(Checker *cx, const Stmt *s, int i)
{
    const Clause *c = &s->clauses.at[i];
    for (int j = 0; j < i; j++) {
        const Clause *other = &s->clauses.at[j];
        if (other->give != c->give || strcmp(other->name, c->name) != 0)
            continue;
        diag_error(cx->diags, E0404, c->name_span, c->give ? "`%s` is given twice" : "`%s` is expected twice", c->name);
        diag_also(cx->diags, other->name_span, "the first time");
        return;
    }
}

static bool can_be_given(Checker *cx, const Clause *c, const Symbol *symbol)
{
    if (symbol->node->role == NODE_SOURCE)
        return true;
    diag_error(cx->diags, E0513, c->name_span, "`%s` is made by operators, so a test cannot give it", c->name);
    diag_label(cx->diags, "not a source and nothing else");
    diag_also(cx->diags, symbol->span, "defined here");
    diag_help(cx->diags, "give what it is made from, after naming that: `let lines = source ..`");
    return false;
}

static bool is_given(Checker *cx, const Stmt *s, const Node *source)
{
    if (!source->op_name || strcmp(source->op_name, "queue") == 0)   /* without a name: what was wrong, and said */
        return true;
    for (int i = 0; i < s->clauses.n; i++) {
        const Symbol *symbol = s->clauses.at[i].give ? find_value(cx, s->clauses.at[i].name) : NULL;
        if (symbol && symbol->node == source)
            return true;
    }
    return false;
}

/* Every source that the stream is made from is given, or a queue. */
static bool sources_given(Checker *cx, const Stmt *s, const Clause *c, Node *stream)
{
    bool *seen = NEW_ARRAY(cx->arena, bool, cx->plan->nodes.n);
    VEC(Node *) open = {0};
    vec_push(cx->arena, &open, stream);
    while (open.n > 0) {
        Node *n = open.at[--open.n];
        if (seen[n->id])
            continue;
        seen[n->id] = true;
        for (int i = 0; i < n->in.n; i++)
            vec_push(cx->arena, &open, n->in.at[i]);
        if (n->role != NODE_SOURCE || is_given(cx, s, n))
            continue;
        diag_error(cx->diags, E0513, c->name_span, "`%s` is made from a source that this test does not give", c->name);
        diag_label(cx->diags, "of what input?");
        diag_also(cx->diags, n->span, "from this source");
        diag_help(cx->diags, "give it batches, `give lines = [[..]]`, after naming it: `let lines = source %s(..)`", n->op_name);
        return false;
    }
    return true;
}

/* Lists of elements of the stream's type; false: they are not. */
static bool check_batches(Checker *cx, Clause *c, Type *element)
{
    Type *wanted = type_list(cx->arena, type_list(cx->arena, element));
    infer(cx, &c->value, wanted);
    if (!require(cx, &c->value, wanted, "the batches of `%s`", c->name))
        return false;
    check_setting(cx, c->value, c->give ? "give" : "expect");
    return true;
}

/* ---- the plan of a test ------------------------------------------------------------------ */

/* A source reads the given batches instead. */
static void give(Checker *cx, const Clause *c, Node *source)
{
    source->source = dsc_find_source("queue");
    source->op_name = source->source->name;
    source->text = arena_printf(cx->arena, "give %s", c->name);
    source->format = NULL;
    source->n_format_args = 0;
    source->n_args = 1;
    source->args = NEW_ARRAY(cx->arena, Expr *, 1);
    source->args[0] = c->value;
}

static void write_to(Checker *cx, const Clause *c, Node *stream, const char *what, int k)
{
    Expr *sink = new_expr(cx, E_SINK, c->name_span), *prefix = new_expr(cx, E_STRING, c->name_span);
    const char *name = arena_printf(cx->arena, "%s/%s-%d", cx->test_folder, what, k);
    prefix->text = (Bytes){name, strlen(name)};
    sink->name = "files";
    sink->format.name = "literal";
    vec_push(cx->arena, &sink->args, ((Arg){.span = c->name_span, .value = prefix}));
    check_sink(cx, sink, stream);
    vec_push(cx->arena, &cx->test_sinks, cx->plan->nodes.at[cx->plan->nodes.n - 1]);
}

static void expect(Checker *cx, const Clause *c, Node *stream, int k)
{
    cx->prefix = arena_printf(cx->arena, "test.%d", k);
    cx->in_let = true;
    write_to(cx, c, stream, "actual", k);
    Expr *queue = new_expr(cx, E_SOURCE, c->name_span);
    queue->name = "queue";
    vec_push(cx->arena, &queue->args, ((Arg){.span = c->span, .value = c->value}));
    Node *expected = check_source(cx, queue);
    if (expected)
        write_to(cx, c, expected, "expected", k);
}

void check_test_block(Checker *cx, Stmt *s)
{
    for (int i = 0, k = 0; i < s->clauses.n; i++) {
        Clause *c = &s->clauses.at[i];
        Symbol *symbol = stream_named(cx, c);
        said_twice(cx, s, i);
        bool right = symbol && symbol->node &&
                     (c->give ? can_be_given(cx, c, symbol) : sources_given(cx, s, c, symbol->node)) &&
                     check_batches(cx, c, symbol->node->type);
        if (right && s == cx->test && c->give)
            give(cx, c, symbol->node);
        else if (right && s == cx->test)
            expect(cx, c, symbol->node, k);
        k += !c->give;
    }
    for (int i = 0; i < s->clauses.n; i++)
        if (!s->clauses.at[i].give)
            return;
    diag_error(cx->diags, E0513, s->name_span, "this test expects nothing");
    diag_label(cx->diags, "it could not fail");
    diag_help(cx->diags, "say what a stream gives: `expect counts = [[(\"a\", 1)]]`");
}

void keep_test_sinks(Checker *cx)
{
    Plan *plan = cx->plan;
    plan->checkpoint = NULL;
    plan->checkpoint_every = cx->test_every;
    for (int i = 0; i < plan->nodes.n; i++) {
        Node *n = plan->nodes.at[i];
        bool ours = false;
        for (int j = 0; j < cx->test_sinks.n; j++)
            ours |= cx->test_sinks.at[j] == n;
        if (n->role != NODE_SINK || ours)
            continue;
        Node *from = n->in.at[0];
        int kept = 0;
        for (int j = 0; j < from->out.n; j++)
            if (from->out.at[j] != n)
                from->out.at[kept++] = from->out.at[j];
        from->out.n = kept;
        n->in.n = 0;
        n->dead = true;
    }
    if (plan->on_error.kind == BAD_LETTER)
        plan->on_error.kind = BAD_SKIPPED;
    for (int i = 0; i < plan->nodes.n; i++)
        if (plan->nodes.at[i]->on_error.kind == BAD_LETTER)
            plan->nodes.at[i]->on_error.kind = BAD_SKIPPED;
}
