/* syntax.c: what to say when the grammar does not take a word: what was found,
 * what could stand there in a user's words, and what was probably meant. */
#include "hints.h"
#include "parser.h"

#include "dsc.tab.h"

#include <string.h>

typedef struct Expected {
    const char *const *names;
    int n;
} Expected;

static bool can(const Expected *e, const char *name)
{
    for (int i = 0; i < e->n; i++)
        if (strcmp(e->names[i], name) == 0)
            return true;
    return false;
}

/* ---- what was found ------------------------------------------------------------ */

/* The source text at a span of one line, shortened; with the place's own quotes. */
static const char *quoted(Parser *p, Span at)
{
    const char *text = p->program->text, *end = text + p->program->size;
    for (int line = 1; line < at.line && text < end; line++) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        text = newline ? newline + 1 : end;
    }
    size_t left = (size_t)(end - text), from = (size_t)(at.col - 1), n = (size_t)(at.end_col - at.col);
    if (from >= left)
        return "the end of the program";
    if (n > left - from)
        n = left - from;
    size_t shown = n > 32 ? 28 : n;
    while (shown > 0 && shown < n && ((unsigned char)text[from + shown] & 0xc0) == 0x80)
        shown--;
    return arena_printf(p->arena, "`%.*s%s`", (int)shown, text + from, shown < n ? ".." : "");
}

static bool is_reserved(int kind)
{
    return kind >= TOK_LET && kind <= TOK_SOME;
}

static const char *found_text(Parser *p, const Word *found, Span at)
{
    if (found->kind == TOK_END)
        return "the end of the program";
    if ((found->kind == TOK_SEP || found->kind == TOK_BLOCK_SEP) && !found->name)
        return "the end of the line";
    const char *text = quoted(p, at);
    return is_reserved(found->kind) ? arena_printf(p->arena, "the word %s", text) : text;
}

/* ---- what could stand there ------------------------------------------------------- */

/* Signs and words that are said one by one, in this order. */
static const char *const single[] = {
    "=", ":", "then", "else", "some", "=>", ",", ")", "]", "}", "(",
};

static bool expects_value(const Expected *e)
{
    return can(e, "a number") && can(e, "[");
}

static bool expects_operator(const Expected *e)
{
    return can(e, "+") || can(e, "and");
}

static bool expects_statement(const Expected *e)
{
    return can(e, "batch");
}

static bool expects_type(const Expected *e)
{
    return can(e, "a name") && can(e, "{") && can(e, "[") && !can(e, "a number");
}

static const char *expected_name(const Parser *p, const Expected *e)
{
    int before = tokens_before(p)->kind;
    if (can(e, "sink"))
        return can(e, "a string") ? "a field's name" : "the name of an operator, or `sink`";
    if (can(e, "_"))
        return "a name, `_` or a tuple of these";
    if (can(e, "a string"))
        return "a field's name";
    switch (before) {
    case TOK_SOURCE: case TOK_TABLE: return "the name of a source, as in `socket(host, port)`";
    case TOK_SINK: return "the name of a sink, as in `print()`";
    case TOK_AS: return "the name of a format, as in `csv(T)`";
    case TOK_ON_ERROR: return "`stop`, `skip` or `deadLetter(\"dir\")`";
    default: return "a name";
    }
}

static void list_add(Text *list, const char *item, int *n)
{
    text_printf(list, "%s%s", *n ? "\n" : "", item);
    ++*n;
}

/* The alternatives, joined: "a, b or c". */
static const char *expected_text(Parser *p, const Expected *e)
{
    Text list = {0};
    int n = 0;
    bool value = expects_value(e), operator = expects_operator(e), statement = expects_statement(e);
    if (statement)
        list_add(&list, "a statement", &n);
    else if (value)
        list_add(&list, "a value", &n);
    else if (expects_type(e))
        list_add(&list, "a type", &n);
    else if (can(e, "a name"))
        list_add(&list, expected_name(p, e), &n);
    else if (can(e, "a string") && can(e, "a number"))
        list_add(&list, "a literal", &n);
    if (operator)
        list_add(&list, "an operator", &n);
    else if (can(e, "?"))
        list_add(&list, "`?`", &n);
    else if (can(e, "|") && !value)
        list_add(&list, "`|`", &n);
    for (size_t i = 0; i < sizeof single / sizeof *single; i++) {
        const char *sign = single[i];
        bool opens = *sign == '(' || *sign == '=' || *sign == 's';
        if (!can(e, sign) || statement || (opens && (value || operator)) || (*sign == '(' && n) ||
            (strcmp(sign, "=>") == 0 && n) || (*sign == 's' && can(e, "a name")))
            continue;
        list_add(&list, arena_printf(p->arena, "`%s`", sign), &n);
    }
    if (can(e, "the end of the line") || can(e, "the end of the line in a block"))
        list_add(&list, "the end of the line", &n);

    Text out = {0};
    char *item = list.p;
    for (int i = 0; i < n; i++) {
        char *end = strchr(item, '\n');
        if (end)
            *end = '\0';
        text_printf(&out, "%s%s", i == 0 ? "" : i + 1 < n ? ", " : " or ", item);
        item = end ? end + 1 : item;
    }
    const char *text = arena_strdup(p->arena, out.p ? out.p : "");
    text_free(&list);
    text_free(&out);
    return text;
}

/* ---- what was probably meant --------------------------------------------------------- */

static bool is_value_end(int kind)
{
    return kind == TOK_NAME || kind == TOK_NUMBER || kind == TOK_DURATION || kind == TOK_STRING || kind == TOK_HOLE ||
           kind == ')' || kind == ']' || kind == '}' || kind == TOK_INDEX;
}

/* A help line for a word that is not of the kind expected, or NULL. */
static const char *habit(Parser *p, const Word *found, const Expected *e)
{
    const Word *before = tokens_before(p), *first = tokens_first(p);
    const Bracket *open = tokens_bracket(p);
    const char *hint = before->kind == TOK_NAME ? hint_for_name(HINT_WORD, before->name) : NULL;
    if (hint)
        return hint;
    if (first->kind == TOK_NAME && found->kind != ')' && (hint = hint_for_name(HINT_WORD, first->name)))
        return hint;
    if (found->kind == TOK_NAME && (hint = hint_for_name(HINT_WORD, found->name)))
        return hint;

    switch (found->kind) {
    case '=':
        if (open && open->kind == '(' && before->kind == TOK_NAME && open->before.kind == TOK_NAME)
            return arena_printf(p->arena, "a named argument is written `%s: ..`, a comparison `==`", before->name);
        if (open)
            return "a field is written `name: ..`, a comparison `==`";
        if (first->kind == TOK_NAME)
            return "names are given with `let`, as in `let x = 1`; a comparison is `==`";
        return NULL;
    case TOK_ARROW:
        if (open && before->kind == TOK_NAME)
            return "a parameter with a type stands in parentheses: `(x: int) => ..`";
        return "left of `=>` stand parameters: `x => ..` or `(k, (a, b)) => ..`";
    case '{':
        if (before->kind == TOK_NAME)
            return "arguments stand in parentheses: `map(x => x + 1)`, `map((k, v) => ..)`";
        return NULL;
    case '?':
        return hint_for_name(HINT_SIGN, "?");
    case '!':
        return hint_for_name(HINT_SIGN, "!");
    case TOK_IF:
        return "an `if` inside a larger expression stands in parentheses: `1 + (if c then a else b)`";
    case TOK_INDEX:
        return is_value_end(before->kind) ? NULL : arena_printf(p->arena, "a number has a digit before its point: write `0.%s`", found->name);
    case '.':
        return NULL;
    case TOK_SINK:
        return is_value_end(before->kind) ? "put `|` before `sink`" : "a sink ends a pipeline: `lines | sink print()`";
    case TOK_STRING: case TOK_NUMBER: case TOK_DURATION:
        if (before->kind == TOK_NAME)
            return arena_printf(p->arena, "arguments stand in parentheses: `%s(..)`", before->name);
        return NULL;
    case '|':
        if (before->kind == '=' || before->kind == TOK_SEP)
            return "a pipeline starts with a stream: `source socket(host, port) | ..`";
        return NULL;
    case TOK_FN:
        return "a function as a value is written `x => x + 1`";
    default:
        if (before->kind == '.' && tokens_newest(p)->kind == TOK_NUMBER)
            return "a part of a tuple is `t.0`";
        if (expects_value(e) && found->kind == ')' && before->kind == '(' && open && open->before.kind == TOK_SOME)
            return "write `some(x)`, or `none`";
        return NULL;
    }
}

/* `1.` and the like. */
static bool is_half_number(const Parser *p)
{
    return tokens_before(p)->kind == '.' && tokens_newest(p)->kind != TOK_NAME;
}

static bool wants_name_only(const Expected *e)
{
    return can(e, "a name") && !expects_value(e) && !expects_statement(e) && !can(e, "let");
}

void syntax_error(Parser *p, Span at, const char *const *expected, int n)
{
    Expected e = {expected, n};
    const Word *found = tokens_newest(p);
    const Bracket *open = tokens_bracket(p);
    const char *what = found_text(p, found, at);

    if (is_reserved(found->kind) && wants_name_only(&e) && !can(&e, "sink")) {
        diag_error(p->diags, E0120, at, "`%s` is a reserved word and cannot be a name here", found->name);
        diag_expected(p->diags, "%s", expected_text(p, &e));
        diag_help(p->diags, "choose another name, such as `%s_`", found->name);
        return;
    }
    const char *wanted = expected_text(p, &e);
    bool operator = can(&e, "sink") && !can(&e, "a string");
    diag_error(p->diags, operator ? E0119 : E0101, at, *wanted ? "found %s, expected %s" : "found %s here", what, wanted);
    if (open && open->span.line != at.line && (can(&e, ")") || can(&e, "]") || can(&e, "}")))
        diag_also(p->diags, open->span, "this `%c` is open here", open->kind);
    const char *hint = is_half_number(p) ? "numbers have a digit on each side of the point; fields have names"
                                         : habit(p, found, &e);
    if (hint)
        diag_help(p->diags, "%s", hint);
}
