/* check_regex.c: regular expressions and replacements that are known when the program is compiled. */
#include "check.h"
#include "config.h"
#include "dsc_regex.h"

#include <string.h>

const Expr *known_text(const Expr *e)
{
    while (e->kind == E_NAME && e->symbol && e->symbol->kind == SYM_CONST && e->symbol->value)
        e = e->symbol->value;
    return e->kind == E_STRING ? e : NULL;
}

/* The bytes of the program that make the character of a literal's value at p, and how many that is in
 * the value: escapes are longer as written. */
static size_t as_written(const char *p, bool raw, size_t *in_value)
{
    *in_value = 1;
    if (raw || *p != '\\')
        return 1;
    if (p[1] != 'u')
        return 2;
    uint32_t c = 0;
    const char *q = p + 3;
    for (; *q && *q != '}'; q++)
        c = c * 16 + (uint32_t)(*q <= '9' ? *q - '0' : (*q | 0x20) - 'a' + 10);
    *in_value = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    return (size_t)(q - p) + (*q == '}');
}

Span part_of_literal(Checker *cx, const Expr *literal, size_t from, size_t to)
{
    Span span = literal->span;
    if (span.line < 1 || span.line != span.end_line)
        return span;
    const char *p = text_at(cx, span.file, span.line, span.col);
    bool raw = *p == 'r';
    size_t place = raw ? 2 : 1, value = 0, start = place, n;
    while (value < to && value < literal->text.n) {
        if (value <= from)
            start = place;
        place += as_written(p + place, raw, &n);
        value += n;
    }
    if (value <= from)
        start = place;
    span.end_col = span.col + (int)(place > start ? place : start + 1);
    span.col += (int)start;
    return span;
}

#if DSC_HAVE_PCRE2
static bool check_pattern(Checker *cx, const char *name, const Expr *arg, const Expr *pattern, dsc_regex_facts *facts)
{
    if (dsc_regex_check(pattern->text.p, pattern->text.n, facts))
        return true;
    diag_error(cx->diags, E0418, part_of_literal(cx, pattern, facts->at, facts->at + 1), "the pattern of `%s` is not a regular expression",
               name);
    diag_label(cx->diags, "%s", facts->why);
    if (arg != pattern)
        diag_also(cx->diags, arg->span, "used here");
    if (pattern->text.n > 0 && memchr("*+?", pattern->text.p[0], 3))
        diag_help(cx->diags, "`.*` stands for any text; `\\*`, `\\+` and `\\?` for the signs themselves");
    return false;
}

/* The number that a reference is; -1: it is a name; too large ones stay so. */
static int64_t number_of(const dsc_regex_piece *piece)
{
    int64_t number = 0;
    for (size_t i = 0; i < piece->n; i++) {
        if (piece->text[i] < '0' || piece->text[i] > '9')
            return -1;
        number = number > 100000 ? number : number * 10 + (piece->text[i] - '0');
    }
    return number;
}

/* Does each $1 and ${name} name a group of the pattern? */
static void check_replacement(Checker *cx, const Expr *by, const Expr *pattern, const dsc_regex_facts *facts)
{
    const char *p = by->text.p, *end = p + by->text.n;
    dsc_regex_piece piece;
    for (const char *from = p; dsc_regex_next_piece(&p, end, &piece); from = p) {
        if (!piece.group)
            continue;
        const char *name = arena_strndup(cx->arena, piece.text, piece.n);
        int64_t number = number_of(&piece);
        if (number < 0 ? dsc_regex_group(pattern->text.p, pattern->text.n, name) > 0 : number <= facts->groups)
            continue;
        diag_error(cx->diags, E0418, part_of_literal(cx, by, (size_t)(from - by->text.p), (size_t)(p - by->text.p)),
                   "the regular expression has no group %s", name);
        if (number < 0)
            diag_label(cx->diags, "no group of this name");
        else
            diag_label(cx->diags, facts->groups == 1 ? "it has 1 group" : "it has %d groups", (int)facts->groups);
        diag_also(cx->diags, pattern->span, "the regular expression");
        diag_help(cx->diags, "groups are made by ( ), named ones by (?<name> ); $0 is the whole match, $$ a dollar; "
                             "${1}0 is group 1 with a 0 behind it");
        return;
    }
}

void check_regex(Checker *cx, const Expr *e)
{
    const Expr *arg = e->args.at[1].value, *pattern = known_text(arg);
    dsc_regex_facts facts;
    if (!pattern || !check_pattern(cx, e->name, arg, pattern, &facts))
        return;
    const Expr *by = e->args.n > 2 ? known_text(e->args.at[2].value) : NULL;
    if (by)
        check_replacement(cx, by, pattern, &facts);
    if (strcmp(e->name, "captures") == 0 && facts.groups == 0) {
        diag_error(cx->diags, E0418, pattern->span, "the regular expression of `captures` has no groups");
        diag_label(cx->diags, "nothing to give");
        diag_help(cx->diags, "put what is wanted in ( ), or use `find`, which gives the whole match");
    }
}

static bool has_group(const Expr *pattern, const char *name)
{
    return dsc_regex_group(pattern->text.p, pattern->text.n, name) > 0;
}

void check_regex_format(Checker *cx, const Node *n, Type *t)
{
    const Expr *arg = n->format_args && n->n_format_args > 0 ? n->format_args[0] : NULL, *pattern = arg ? known_text(arg) : NULL;
    dsc_regex_facts facts;
    if (!pattern || !check_pattern(cx, "regex", arg, pattern, &facts))
        return;
    t = type_of(t);
    bool by_name = false;
    for (int i = 0; i < t->n && t->kind == T_RECORD; i++)
        by_name |= has_group(pattern, t->names[i]);
    for (int i = 0; i < t->n && by_name; i++)
        if (!has_group(pattern, t->names[i])) {
            diag_error(cx->diags, E0411, pattern->span, "no group of the regular expression is named `%s`", t->names[i]);
            diag_label(cx->diags, "names other fields of %s", show(cx, t));
            diag_help(cx->diags, "name it: `(?<%s>..)`", t->names[i]);
            return;
        }
    if (by_name || facts.groups == (uint32_t)t->n)
        return;
    diag_error(cx->diags, E0411, pattern->span, "the regular expression does not give the fields of %s", show(cx, t));
    diag_label(cx->diags, "%d group%s for %d field%s", (int)facts.groups, facts.groups == 1 ? "" : "s", t->n, t->n == 1 ? "" : "s");
    diag_help(cx->diags, "each field is a group, `(..)`; `(?:..)` only puts things together");
}
#else
static void no_regex(Checker *cx, Span at)
{
    diag_error(cx->diags, E0419, at, "this dsc was built without regular expressions");
    diag_label(cx->diags, "needs PCRE2");
    diag_help(cx->diags, "where dsc is built: `./configure --install-deps && make`; contains, startsWith, endsWith, split and "
                         "words need no PCRE2");
}

void check_regex(Checker *cx, const Expr *e)
{
    no_regex(cx, e->name_span);
}

void check_regex_format(Checker *cx, const Node *n, Type *t)
{
    (void)t;
    no_regex(cx, n->span);
}
#endif
