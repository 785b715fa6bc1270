/* check_builtin.c: calls of builtin functions, and the choice among overloads. */
#include "check.h"
#include "dsc_fn.h"

#include <string.h>

const Signature *builtin_signature(Checker *cx, int i)
{
    if (!cx->fn_signatures[i])
        cx->fn_signatures[i] = signature_parse(cx->arena, all_builtins[i].type);
    return cx->fn_signatures[i];
}

bool is_builtin(const char *name)
{
    for (int i = 0; i < n_all_builtins; i++)
        if (strcmp(all_builtins[i].name, name) == 0)
            return true;
    return strcmp(name, "time") == 0;
}

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
        if (times[letter] > 1 && both[letter] && (!vars->of[letter] || type_of(vars->of[letter])->kind == T_VAR))
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

/* Does a text look like a regular expression? */
static bool looks_like_regex(const Expr *e)
{
    if (e->kind != E_STRING)
        return false;
    const char *p = e->text.p;
    size_t n = e->text.n;
    for (size_t i = 0; i + 1 < n; i++)
        if ((p[i] == '\\' && strchr("sSdDwWb.|+*$^", p[i + 1])) || (strchr(".]", p[i]) && strchr("+*", p[i + 1])))
            return true;
    return false;
}

/* Does it mean a run of blanks? */
static bool is_blanks(const Expr *e)
{
    static const char *const blanks[] = {"\\s", "\\s+", "\\s*", "[ ]+", "[ \\t]+"};
    for (size_t i = 0; i < sizeof blanks / sizeof blanks[0]; i++)
        if (e->text.n == strlen(blanks[i]) && memcmp(e->text.p, blanks[i], e->text.n) == 0)
            return true;
    return false;
}

/* What does the same by a regular expression. */
static const char *in_regex(const char *name)
{
    static const char *const help[][2] = {
        {"split", "`splitBy(s, r\"..\")` splits by a regular expression"},
        {"replace", "`replaceAll(s, r\"..\", by)` replaces by a regular expression"},
        {"startsWith", "`matches(s, r\"...*\")` holds the whole text against a regular expression"},
        {"endsWith", "`matches(s, r\".*..\")` holds the whole text against a regular expression"}};
    for (size_t i = 0; i < sizeof help / sizeof help[0]; i++)
        if (strcmp(help[i][0], name) == 0)
            return help[i][1];
    return "`find(s, r\"..\")` looks for a regular expression; `find(..) is some(_)` says whether it is there";
}

/* split("\\s+") and its like, from languages where such texts are patterns. */
static void warn_of_regex(Checker *cx, const Expr *e)
{
    static const char *const literal[] = {"split", "replace", "contains", "indexOf", "startsWith", "endsWith"};
    bool takes_text = false;
    for (size_t i = 0; i < sizeof literal / sizeof literal[0]; i++)
        takes_text |= strcmp(e->name, literal[i]) == 0;
    if (!takes_text || e->args.n < 2 || !looks_like_regex(e->args.at[1].value))
        return;
    diag_warn(cx->diags, W0606, e->args.at[1].value->span, "`%s` takes this text as it is, not as a regular expression", e->name);
    diag_label(cx->diags, "looks like a regular expression");
    if (strcmp(e->name, "split") == 0 && is_blanks(e->args.at[1].value))
        diag_help(cx->diags, "`words(s)` splits at runs of blanks, as awk does; `split(s, \" \")` at each blank");
    else
        diag_help(cx->diags, "%s", in_regex(e->name));
}

/* int("3") and its like: a name that elsewhere reads text. */
static bool require_argument(Checker *cx, Expr *e, int i, Type *type)
{
    Expr **arg = &e->args.at[i].value;
    const char *habit = type_of((*arg)->type)->kind == T_STRING ? hint_for_name(HINT_FUNCTION, e->name) : NULL;
    if (!habit || convert_to(cx, arg, type))
        return require(cx, arg, type, "argument %d of `%s`", i + 1, e->name);
    diag_error(cx->diags, E0301, (*arg)->span, "argument %d of `%s` must be %s, not a string", i + 1, e->name, show_a(cx, type));
    diag_label(cx->diags, "this is a string");
    diag_help(cx->diags, "%s", habit);
    return false;
}

Type *call_builtin(Checker *cx, Expr *e)
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
        Type *hint = rows.n == 1 && i < s->params.n ? signature_type(cx->arena, s->params.at[i].type, &vars) : NULL;
        bool known = hint && s->params.at[i].type->kind != T_VAR;
        wrong |= is_error(infer(cx, &e->args.at[i].value, hint));
        if (known && !wrong)
            wrong = !require_argument(cx, e, i, hint);
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
    warn_of_regex(cx, e);
    if (strncmp(e->builtin->c_name, "dsc_regex_", 10) == 0)
        check_regex(cx, e);
    if (strncmp(e->builtin->c_name, "dsc_zone_", 9) == 0)
        check_zone(cx, e);
    if (strcmp(e->name, "format") == 0)
        check_format(cx, e);
    return signature_type(cx->arena, s->result, &vars);
}

/* time("2024-01-01T00:00:00Z") */
Type *time_literal(Checker *cx, Expr *e)
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
