/* check_call.c: calls: builtins and their overloads, functions of the program.
 *
 * A fn becomes one FnDef for each choice of parameter types it is used with.
 * One that is given a function (or gives a stream) has no C function of its
 * own: its body is copied to where it is called. */
#include "check.h"
#include "dsc_fn.h"

#include <string.h>

const Signature *builtin_signature(Checker *cx, int i)
{
    if (!cx->fn_signatures[i])
        cx->fn_signatures[i] = signature_parse(cx->arena, all_builtins[i].type);
    return cx->fn_signatures[i];
}

static bool is_builtin(const char *name)
{
    for (int i = 0; i < n_all_builtins; i++)
        if (strcmp(all_builtins[i].name, name) == 0)
            return true;
    return strcmp(name, "time") == 0;
}

bool function_exists(const Checker *cx, const char *name)
{
    const Scope *s = scope_find(cx, name);
    return (s && !s->symbol) || visible(cx, &cx->functions, name) || is_builtin(name);
}

bool count_inlined(Checker *cx, Span at)
{
    if (cx->inlined++ < MAX_INLINED)
        return true;
    if (cx->inlined == MAX_INLINED + 1) {
        diag_error(cx->diags, E0112, at, "functions that take functions make this program too large");
        diag_label(cx->diags, "their bodies are copied for each use");
    }
    return false;
}

/* ---- builtins ------------------------------------------------------------------- */

typedef VEC(int) Rows;

static bool accepts(const Signature *s, int n)
{
    return s->params.n == n || (s->rest && n >= s->params.n);
}

/* " split(string, string) -> [string]" of each row. */
static const char *forms(Checker *cx, const char *name)
{
    Text all = {0};
    int n = 0;
    for (int i = 0; i < n_all_builtins; i++)
        if (strcmp(all_builtins[i].name, name) == 0)
            text_printf(&all, "%s%s%s", n++ ? " or " : "", name, all_builtins[i].type);
    const char *text = arena_strdup(cx->arena, all.p ? all.p : name);
    text_free(&all);
    return text;
}

static const char *argument_types(Checker *cx, const Expr *e)
{
    Text all = {0};
    for (int i = 0; i < e->args.n; i++) {
        Type *t = e->args.at[i].value->type;
        text_printf(&all, "%s%s", i ? ", " : "", t ? show(cx, t) : "a function");
    }
    const char *text = arena_printf(cx->arena, "(%s)", all.p ? all.p : "");
    text_free(&all);
    return text;
}

static Rows rows_for(Checker *cx, const Expr *e)
{
    Rows rows = {0};
    for (int i = 0; i < n_all_builtins; i++)
        if (strcmp(all_builtins[i].name, e->name) == 0 && accepts(builtin_signature(cx, i), e->args.n))
            vec_push(cx->arena, &rows, i);
    if (rows.n == 0) {
        diag_error(cx->diags, E0401, e->name_span, "`%s` does not take %d argument%s", e->name, e->args.n,
                   e->args.n == 1 ? "" : "s");
        diag_label(cx->diags, "%d argument%s", e->args.n, e->args.n == 1 ? "" : "s");
        diag_expected(cx->diags, "%s", forms(cx, e->name));
    }
    return rows;
}

static bool is_function_at(Checker *cx, int row, int i)
{
    const Signature *s = builtin_signature(cx, row);
    return i < s->params.n && s->params.at[i].type->kind == T_FUNCTION;
}

/* Where rows disagree whether argument i is a function, keep those that fit how it is written. */
static void keep_by_shape(Checker *cx, Rows *rows, Expr *e)
{
    for (int i = 0; i < e->args.n; i++) {
        int functions = 0, kept = 0;
        for (int r = 0; r < rows->n; r++)
            functions += is_function_at(cx, rows->at[r], i);
        if (functions == 0 || functions == rows->n)
            continue;
        bool function = looks_like_function(cx, e->args.at[i].value);
        for (int r = 0; r < rows->n; r++)
            if (is_function_at(cx, rows->at[r], i) == function)
                rows->at[kept++] = rows->at[r];
        rows->n = kept;
    }
}

enum { NO_MATCH = 1000000 };

/* How far a typed argument is from a parameter: 0 exact, more for variables and conversions. */
static int distance(Type *arg, Type *scheme, Type **bound)
{
    arg = type_of(arg);
    if (arg->kind == T_VAR || arg->kind == T_ERROR)
        return 1;
    if (scheme->kind == T_VAR) {
        Type **b = &bound[scheme->id - 'A'];
        bool convert = false;
        if (!*b) {
            *b = arg;
            return 1;
        }
        if (type_equal(*b, arg))
            return 1;
        return type_fits(arg, *b, &convert) || type_fits(*b, arg, &convert) ? 3 : NO_MATCH;
    }
    if (arg->kind == T_INT && scheme->kind == T_FLOAT)
        return 2;
    if (scheme->kind == T_OPTION && arg->kind != T_OPTION)
        return 2 + distance(arg, scheme->args[0], bound);
    if (arg->kind != scheme->kind || arg->n != scheme->n)
        return NO_MATCH;
    int sum = 0;
    for (int i = 0; i < arg->n && sum < NO_MATCH; i++)
        sum += distance(arg->args[i], scheme->args[i], bound);
    return sum;
}

static int best_row(Checker *cx, const Rows *rows, const Expr *e)
{
    int best = -1, least = NO_MATCH;
    for (int r = 0; r < rows->n; r++) {
        const Signature *s = builtin_signature(cx, rows->at[r]);
        Type *bound[26] = {0};
        int sum = 0;
        for (int i = 0; i < s->params.n && sum < NO_MATCH; i++)
            if (s->params.at[i].type->kind != T_FUNCTION)
                sum += distance(e->args.at[i].value->type, s->params.at[i].type, bound);
        if (sum < least) {
            least = sum;
            best = rows->at[r];
        }
    }
    return best;
}

/* Does some argument only fail to fit because it may be missing? */
static const Expr *missing_argument(const Expr *e)
{
    for (int i = 0; i < e->args.n; i++)
        if (e->args.at[i].value->type && type_of(e->args.at[i].value->type)->kind == T_OPTION)
            return e->args.at[i].value;
    return NULL;
}

static void no_row(Checker *cx, const Expr *e)
{
    const Expr *option = missing_argument(e);
    diag_error(cx->diags, option ? E0309 : E0301, option ? option->span : e->span, "no `%s` takes %s", e->name,
               argument_types(cx, e));
    diag_label(cx->diags, option ? "may be missing" : "with these types");
    diag_expected(cx->diags, "%s", forms(cx, e->name));
    if (option)
        diag_help(cx->diags, "say what then: `x ?? other`; `x?.%s(..)` passes on what is missing; `x!` makes the element bad",
                  e->name);
}

/* Arguments that share a bare type variable meet: max(1, 2.5) is of floats. */
static void meet_variables(Checker *cx, const Signature *s, const Expr *e, SigVars *vars)
{
    Type *both[26] = {0};
    int times[26] = {0};
    for (int i = 0; i < s->params.n; i++) {
        Type *scheme = s->params.at[i].type;
        if (scheme->kind != T_VAR)
            continue;
        int letter = scheme->id - 'A';
        Type *t = e->args.at[i].value->type;
        Type *m = times[letter]++ == 0 ? t : both[letter] ? type_meet(cx->arena, both[letter], t) : NULL;
        both[letter] = m;
    }
    for (int letter = 0; letter < 26; letter++)
        if (times[letter] > 1 && both[letter] && !vars->of[letter])
            vars->of[letter] = both[letter];
}

/* How many `{}` a format text has; -1: it is malformed (said so). */
static int format_places(Checker *cx, const Expr *text)
{
    int n = 0;
    for (size_t i = 0; i < text->text.n; i++) {
        char c = text->text.p[i], next = i + 1 < text->text.n ? text->text.p[i + 1] : 0;
        if (c != '{' && c != '}')
            continue;
        if (c == '{' && next == '}')
            n++;
        else if (c != next) {
            diag_error(cx->diags, E0406, text->span, "a single `%c` in the text of `format`", c);
            diag_label(cx->diags, "place %zu of the text", i + 1);
            diag_help(cx->diags, "`{}` is a place for a value; `{{` and `}}` stand for the signs themselves");
            return -1;
        }
        i++;
    }
    return n;
}

static void check_format(Checker *cx, const Expr *e)
{
    const Expr *text = e->args.at[0].value;
    if (text->kind != E_STRING) {
        diag_error(cx->diags, E0405, text->span, "the text of `format` is a literal");
        diag_label(cx->diags, "not known when the program is compiled");
        diag_help(cx->diags, "`format(\"{} {}\", a, b)`; strings are joined by `+`");
        return;
    }
    int places = format_places(cx, text), values = e->args.n - 1;
    if (places < 0 || places == values)
        return;
    diag_error(cx->diags, E0401, e->span, "the text of `format` has %d place%s `{}`, but there %s %d value%s", places,
               places == 1 ? "" : "s", values == 1 ? "is" : "are", values, values == 1 ? "" : "s");
    diag_label(cx->diags, "%d `{}`, %d value%s", places, values, values == 1 ? "" : "s");
}

static Type *call_builtin(Checker *cx, Expr *e)
{
    for (int i = 0; i < e->args.n; i++)
        if (e->args.at[i].name) {
            diag_error(cx->diags, E0402, e->args.at[i].name_span, "`%s` takes its arguments by position", e->name);
            diag_label(cx->diags, "no argument has this name");
            diag_expected(cx->diags, "%s", forms(cx, e->name));
            return &type_error;
        }
    Rows rows = rows_for(cx, e);
    if (rows.n == 0)
        return &type_error;
    keep_by_shape(cx, &rows, e);
    if (rows.n == 0) {
        no_row(cx, e);
        return &type_error;
    }
    const Signature *s = builtin_signature(cx, rows.at[0]);
    SigVars vars = {0};
    bool wrong = false;
    for (int i = 0; i < e->args.n; i++) {
        if (is_function_at(cx, rows.at[0], i))
            continue;
        Type *hint = rows.n == 1 && i < s->params.n && s->params.at[i].type->kind != T_VAR
                         ? signature_type(cx->arena, s->params.at[i].type, &(SigVars){0}) : NULL;
        wrong |= is_error(infer(cx, &e->args.at[i].value, hint));
    }
    if (wrong)
        return &type_error;
    int row = rows.n == 1 ? rows.at[0] : best_row(cx, &rows, e);
    if (row < 0) {
        no_row(cx, e);
        return &type_error;
    }
    s = builtin_signature(cx, row);
    meet_variables(cx, s, e, &vars);
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < s->params.n; i++) {
            Type *t = signature_type(cx->arena, s->params.at[i].type, &vars);
            bool function = t->kind == T_FUNCTION;
            if (pass == 0 && !function)
                wrong |= !require(cx, &e->args.at[i].value, t, "argument %d of `%s`", i + 1, e->name);
            if (pass == 1 && function && !wrong)
                check_function(cx, &e->args.at[i].value, t, e->name);
        }
    if (wrong)
        return &type_error;
    e->kind = E_BUILTIN;
    e->builtin = &all_builtins[row];
    if (strcmp(e->name, "format") == 0)
        check_format(cx, e);
    return signature_type(cx->arena, s->result, &vars);
}

/* time("2024-01-01T00:00:00Z") */
static Type *time_literal(Checker *cx, Expr *e)
{
    const Expr *text = e->args.n == 1 ? e->args.at[0].value : NULL;
    int64_t us;
    if (!text || text->kind != E_STRING) {
        diag_error(cx->diags, E0405, e->span, "`time` takes the text of a time");
        diag_label(cx->diags, "known when the program is compiled");
        diag_help(cx->diags, "`time(\"2024-01-01T00:00:00Z\")`; `parseTime(s)` reads one from data");
        return &type_error;
    }
    if (!dsc_parse_time((dsc_str){text->text.p, (int64_t)text->text.n}, &us)) {
        diag_error(cx->diags, E0406, text->span, "this is not a time");
        diag_label(cx->diags, "not RFC 3339");
        diag_expected(cx->diags, "\"2024-01-01T00:00:00Z\", \"2024-01-01T00:00:00.5+02:00\" or \"2024-01-01\"");
        return &type_error;
    }
    e->kind = E_INT;
    e->ival = us;
    e->text = (Bytes){0};
    e->args.n = 0;
    return &type_time;
}

/* ---- functions of the program ------------------------------------------------------ */

static int param_named(const Stmt *def, const char *name)
{
    for (int i = 0; i < def->params.n; i++)
        if (def->params.at[i]->kind == PAT_NAME && strcmp(def->params.at[i]->name, name) == 0)
            return i;
    return -1;
}

static void wrong_count(Checker *cx, const Expr *call, const Stmt *def, const char *kind)
{
    diag_error(cx->diags, E0401, call->name_span, "the %s `%s` takes %d argument%s, not %d", kind, call->name, def->params.n,
               def->params.n == 1 ? "" : "s", call->args.n);
    diag_label(cx->diags, "%d argument%s", call->args.n, call->args.n == 1 ? "" : "s");
    diag_also(cx->diags, def->name_span, "defined here");
}

Expr **arguments_by_name(Checker *cx, const Expr *call, const Stmt *def, const char *kind)
{
    int n = def->params.n;
    Expr **args = NEW_ARRAY(cx->arena, Expr *, n + 1);
    if (call->args.n != n) {
        wrong_count(cx, call, def, kind);
        return NULL;
    }
    for (int i = 0; i < n; i++) {
        const Arg *arg = &call->args.at[i];
        int place = arg->name ? param_named(def, arg->name) : i;
        if (place < 0) {
            diag_error(cx->diags, E0402, arg->name_span, "the %s `%s` has no parameter `%s`", kind, call->name, arg->name);
            diag_label(cx->diags, "not a parameter");
            for (int p = 0; p < n; p++)
                if (def->params.at[p]->kind == PAT_NAME)
                    suggest_word(cx, def->params.at[p]->name);
            suggest(cx, arg->name, NULL, NULL);
            return NULL;
        }
        if (args[place]) {
            diag_error(cx->diags, E0404, arg->span, "this argument is given twice");
            return NULL;
        }
        if (!arg->value) {
            diag_error(cx->diags, E0413, arg->span, "a type is no argument here");
            return NULL;
        }
        args[place] = arg->value;
    }
    return args;
}

/* Is the argument for parameter i to be copied in as a function? */
static bool given_function(Checker *cx, Global *def, int i, Expr *arg)
{
    return arg->kind == E_LAMBDA || (takes_function(cx, def, i) && looks_like_function(cx, arg));
}

static void push_function(Checker *cx, const char *name, const Expr *f, Scope *scope, int limit)
{
    scope_push(cx, name, NULL);
    cx->scope->function = f;
    cx->scope->function_scope = scope;
    cx->scope->function_limit = limit;
}

/* f(..), where f is a parameter that a function was given for: `{ let p = arg; body }`. */
static Type *apply_function(Checker *cx, Expr **slot, const Scope *f, Type *hint)
{
    Expr *e = *slot;
    if (!count_inlined(cx, e->span))
        return &type_error;
    for (int i = 0; i < e->args.n; i++)
        if (is_error(infer(cx, &e->args.at[i].value, NULL)))
            return &type_error;
    Scope *scope = cx->scope;
    int limit = cx->limit;
    cx->scope = f->function_scope;
    cx->limit = f->function_limit;
    const Scope *further = f->function->kind == E_NAME ? scope_find(cx, f->function->name) : NULL;
    if (further && !further->symbol) {
        cx->scope = scope;
        cx->limit = limit;
        return apply_function(cx, slot, further, hint);
    }
    Type *t = &type_error;
    Type *first = e->args.n > 0 ? e->args.at[0].value->type : NULL;
    Expr *lambda = as_lambda(cx, expr_clone(cx->arena, f->function), e->args.n, first, e->name);
    if (lambda && lambda->params.n != e->args.n) {
        diag_error(cx->diags, E0312, lambda->span, "this function has %d parameter%s, but is called with %d", lambda->params.n,
                   lambda->params.n == 1 ? "" : "s", e->args.n);
        diag_also(cx->diags, e->span, "called here");
    } else if (lambda) {
        Expr *block = new_expr(cx, E_BLOCK, e->span);
        for (int i = 0; i < e->args.n; i++) {
            Let let = {.pattern = lambda->params.at[i], .value = e->args.at[i].value};
            bind_pattern(cx, let.pattern, let.value->type);
            vec_push(cx->arena, &block->lets, let);
        }
        t = infer(cx, &lambda->a, hint);
        block->a = lambda->a;
        block->type = t;
        *slot = block;
    }
    cx->scope = scope;
    cx->limit = limit;
    return t;
}

/* The body copied to the call: `{ let p = arg; body }`, with functions in scope. */
static Type *inline_fn(Checker *cx, Expr **slot, Global *def, Expr **args, Type *hint)
{
    Expr *e = *slot;
    if (!count_inlined(cx, e->span))
        return &type_error;
    Scope *scope = cx->scope, *inner = NULL;
    int limit = cx->limit;
    Expr *block = new_expr(cx, E_BLOCK, e->span);
    for (int i = 0; i < def->stmt->params.n; i++) {
        Pattern *p = pattern_clone(cx, def->stmt->params.at[i]);
        bool function = p->kind == PAT_NAME && given_function(cx, def, i, args[i]);
        Let let = {.pattern = p, .value = args[i]};
        if (!function && is_error(infer(cx, &let.value, NULL)))
            return &type_error;
        cx->scope = inner;
        if (function) {
            push_function(cx, p->name, args[i], scope, limit);
        } else {
            bind_pattern(cx, p, let.value->type);
            vec_push(cx->arena, &block->lets, let);
        }
        inner = cx->scope;
        cx->scope = scope;
    }
    cx->scope = inner;
    cx->limit = def->order;
    block->a = expr_clone(cx->arena, def->stmt->value);
    Type *t = infer(cx, &block->a, hint);
    cx->scope = scope;
    cx->limit = limit;
    block->type = t;
    *slot = block;
    return t;
}

void bind_argument(Checker *cx, Global *def, int i, Expr *arg, Scope **inner)
{
    const Pattern *p = def->stmt->params.at[i];
    Scope *scope = cx->scope;
    int limit = cx->limit;
    if (p->kind != PAT_NAME) {
        diag_error(cx->diags, E0313, p->span, "a parameter of a pipe has a name");
        return;
    }
    if (given_function(cx, def, i, arg)) {
        cx->scope = *inner;
        push_function(cx, p->name, arg, scope, limit);
    } else if (is_stream(cx, arg)) {
        Symbol *symbol = symbol_new(cx, SYM_STREAM, p->name, p->span, NULL);
        bool sunk = false;
        symbol->node = check_stream(cx, arg, &sunk);
        cx->scope = *inner;
        scope_push(cx, p->name, symbol);
    } else {
        Type *wanted = p->annotation ? check_type_expr(cx, p->annotation) : NULL;
        infer(cx, &arg, wanted);
        if (wanted)
            require(cx, &arg, wanted, "`%s` of `%s`", p->name, def->name);
        Symbol *symbol = symbol_new(cx, SYM_CONST, p->name, p->span, wanted ? wanted : arg->type);
        symbol->value = arg;
        vec_push(cx->arena, &cx->constants, symbol);
        cx->scope = *inner;
        scope_push(cx, p->name, symbol);
    }
    *inner = cx->scope;
    cx->scope = scope;
}

static FnDef *find_instance(const Global *def, Expr *const *args)
{
    for (int i = 0; i < def->instances.n; i++) {
        FnDef *fn = def->instances.at[i];
        bool same = true;
        for (int p = 0; p < fn->params.n && same; p++)
            same = type_equal(fn->params.at[p]->type, args[p]->type);
        if (same)
            return fn;
    }
    return NULL;
}

/* The body, typed for these types of parameters. at: where it is asked for. */
static FnDef *make_instance(Checker *cx, Global *def, Type *const *types, Span at)
{
    const Stmt *stmt = def->stmt;
    FnDef *fn = NEW(cx->arena, FnDef);
    fn->name = def->name;
    fn->span = stmt->span;
    Scope *scope = cx->scope;
    int limit = cx->limit, errors = diags_errors(cx->diags);
    bool typed = true;
    cx->scope = NULL;
    cx->limit = def->order;
    for (int i = 0; i < stmt->params.n; i++) {
        Pattern *p = pattern_clone(cx, stmt->params.at[i]);
        typed &= p->annotation != NULL;
        p->annotation = NULL;
        vec_push(cx->arena, &fn->params, p);
    }
    bind_patterns(cx, fn->params.at, types, fn->params.n);
    fn->body = expr_clone(cx->arena, stmt->value);
    cx->copies++;
    Type *wanted = stmt->annotation ? check_type_expr(cx, stmt->annotation) : NULL;
    Type *t = infer(cx, &fn->body, wanted);
    if (wanted)
        require(cx, &fn->body, wanted, "what `%s` gives", def->name);
    fn->result = wanted ? wanted : t;
    cx->scope = scope;
    cx->limit = limit;
    cx->copies--;
    if (diags_errors(cx->diags) > errors) {
        if (!typed && cx->copies == 0)
            diag_also(cx->diags, at, "used here");
        fn->result = &type_error;
    }
    vec_push(cx->arena, &def->instances, fn);
    vec_push(cx->arena, &cx->plan->fns, fn);
    return fn;
}

void check_fn(Checker *cx, Global *def)
{
    const Stmt *stmt = def->stmt;
    Type **types = NEW_ARRAY(cx->arena, Type *, stmt->params.n + 1);
    for (int i = 0; i < stmt->params.n; i++) {
        if (!stmt->params.at[i]->annotation)
            return;
        types[i] = check_type_expr(cx, stmt->params.at[i]->annotation);
    }
    if (!is_stream(cx, stmt->value))
        make_instance(cx, def, types, stmt->name_span);
}

static Type *call_fn(Checker *cx, Expr **slot, Global *def, Type *hint)
{
    Expr *e = *slot;
    const Stmt *stmt = def->stmt;
    Expr **args = arguments_by_name(cx, e, stmt, "function");
    if (!args)
        return &type_error;
    for (int i = 0; i < stmt->params.n; i++)
        if (stmt->params.at[i]->kind == PAT_NAME && given_function(cx, def, i, args[i]))
            return inline_fn(cx, slot, def, args, hint);
    Type **types = NEW_ARRAY(cx->arena, Type *, stmt->params.n + 1);
    Args ordered = {0};
    bool wrong = false;
    for (int i = 0; i < stmt->params.n; i++) {
        const Pattern *p = stmt->params.at[i];
        Type *wanted = p->annotation ? check_type_expr(cx, p->annotation) : NULL;
        types[i] = infer(cx, &args[i], wanted);
        if (wanted) {
            wrong |= !require(cx, &args[i], wanted, "`%s` of `%s`", p->kind == PAT_NAME ? p->name : "_", def->name);
            types[i] = wanted;
        }
        wrong |= is_error(args[i]->type);
        Arg arg = {.span = args[i]->span, .value = args[i]};
        vec_push(cx->arena, &ordered, arg);
    }
    e->args = ordered;
    if (wrong)
        return &type_error;
    e->fn = find_instance(def, args);
    if (!e->fn)
        e->fn = make_instance(cx, def, types, e->span);
    return e->fn->result;
}

/* ---- both ------------------------------------------------------------------------------ */

Type *infer_call(Checker *cx, Expr **slot, Type *hint)
{
    Expr *e = *slot;
    const Scope *s = scope_find(cx, e->name);
    if (s && !s->symbol)
        return apply_function(cx, slot, s, hint);
    for (int i = 0; i < e->args.n; i++) {
        if (!e->args.at[i].value) {
            diag_error(cx->diags, E0413, e->args.at[i].span, "a type is no argument of a function");
            return &type_error;
        }
        if (is_stream(cx, e->args.at[i].value)) {
            infer(cx, &e->args.at[i].value, NULL);
            return &type_error;
        }
    }
    Global *def = visible(cx, &cx->functions, e->name);
    if (def)
        return call_fn(cx, slot, def, hint);
    if (strcmp(e->name, "time") == 0)
        return time_literal(cx, e);
    if (is_builtin(e->name))
        return call_builtin(cx, e);
    unknown_function(cx, e->name, e->name_span, false);
    return &type_error;
}

/* x.f(a) is f(x, a). */
Type *infer_method(Checker *cx, Expr **slot, Type *hint)
{
    Expr *e = *slot;
    if (is_stream(cx, e->a)) {
        infer(cx, &e->a, NULL);
        return &type_error;
    }
    if (is_error(infer(cx, &e->a, NULL)))
        return &type_error;
    if (!function_exists(cx, e->name)) {
        unknown_function(cx, e->name, e->name_span, true);
        return &type_error;
    }
    Args args = {0};
    Arg first = {.span = e->a->span, .value = e->a};
    vec_push(cx->arena, &args, first);
    for (int i = 0; i < e->args.n; i++)
        vec_push(cx->arena, &args, e->args.at[i]);
    e->kind = E_CALL;
    e->a = NULL;
    e->args = args;
    return infer_call(cx, slot, hint);
}
