/* syntax.c: what to say when the grammar does not take a word: what was found,
 * what could stand there in a user's words, and what was probably meant. */
#include "hints.h"
#include "tokens.h"

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

/* Where a line starts. Errors come in order, so the search goes on from the last. */
static const char *line_start(Parser *p, int line)
{
    const char *text = p->program->text, *end = text + p->program->size;
    if (line < p->found_line || !p->found_line) {
        p->found_line = 1;
        p->found_start = 0;
    }
    for (; p->found_line < line; p->found_line++) {
        const char *newline = memchr(text + p->found_start, '\n', p->program->size - p->found_start);
        p->found_start = newline ? (size_t)(newline - text) + 1 : (size_t)(end - text);
    }
    return text + p->found_start;
}

/* Shortened. */
const char *syntax_text(Parser *p, Span at)
{
    const char *text = line_start(p, at.line), *end = p->program->text + p->program->size;
    size_t left = (size_t)(end - text), from = (size_t)(at.col - 1), n = (size_t)(at.end_col - at.col);
    if (from >= left)
        return "";
    if (n > left - from)
        n = left - from;
    size_t shown = n > 32 ? 28 : n;
    while (shown > 0 && shown < n && ((unsigned char)text[from + shown] & 0xc0) == 0x80)
        shown--;
    return arena_printf(p->arena, "%.*s%s", (int)shown, text + from, shown < n ? ".." : "");
}

static const char *quoted(Parser *p, Span at)
{
    const char *text = syntax_text(p, at);
    return *text ? arena_printf(p->arena, "`%s`", text) : "the end of the program";
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
static const char *const single[] = {"=", ":", "then", "else", "none", "some", "=>", ",", ")", "]", "}", "("};

static bool expects_value(const Expected *e)
{
    return can(e, "a number") && can(e, "[");
}

/* Words stand there as names of fields or arguments. */
static bool expects_word(const Expected *e)
{
    return can(e, "let") && can(e, "then");
}

static bool expects_operator(const Expected *e)
{
    return can(e, "+") || (can(e, "and") && !expects_word(e));
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
        return can(e, ")") ? "a parameter" : "a name or a tuple of names";
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

/* Whether one of `single` says more than the n alternatives already said. */
static bool worth_saying(const Expected *e, const char *sign, int n)
{
    bool in_value = expects_value(e) || expects_operator(e);
    if (expects_statement(e))
        return false;
    if (*sign >= 'a' && *sign <= 'z')
        return !expects_value(e) && !expects_word(e);
    if (strcmp(sign, "=") == 0)
        return !in_value;
    return n == 0 || (strcmp(sign, "=>") != 0 && strcmp(sign, "(") != 0);
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
    else if (can(e, "a string") && tokens_before(p)->kind == TOK_TEST)
        list_add(&list, "the name of the test in quotes", &n);
    else if (tokens_before(p)->kind == TOK_EXTERN)
        list_add(&list, "`fn`", &n);
    else if (can(e, "a string") && tokens_first(p)->kind == TOK_EXTERN && tokens_before(p)->kind == '=')
        list_add(&list, "the name of a C file in quotes", &n);
    else if (can(e, "a string") && tokens_before(p)->kind == TOK_IMPORT)
        list_add(&list, "the name of a file in quotes or of a library", &n);
    else if (can(e, "a string") && can(e, "a number"))
        list_add(&list, "a literal", &n);
    if (can(e, "give") && !operator) {
        list_add(&list, "`give name = ..`", &n);
        list_add(&list, "`expect name = ..`", &n);
        list_add(&list, "`crash everywhere`", &n);
    }
    if (operator)
        list_add(&list, "an operator", &n);
    else if (can(e, "|") && !value)
        list_add(&list, "`|`", &n);
    for (size_t i = 0; i < sizeof single / sizeof *single; i++)
        if (can(e, single[i]) && worth_saying(e, single[i], n))
            list_add(&list, arena_printf(p->arena, "`%s`", single[i]), &n);
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

static bool is_type_name(const Word *w)
{
    static const char *const names[] = {"int", "float", "bool", "string", "bytes", "time", "duration"};
    for (size_t i = 0; w->kind == TOK_NAME && i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], w->name) == 0)
            return true;
    return false;
}

/* The word of another language that two words in a row come from, as `lambda x`; NULL: none. */
static const Word *foreign_word(const Parser *p, const Word *found, const Word *before)
{
    const Word *called = &p->tokens->closed.before;
    if (found->kind == '{' && before->kind == ')' && called->kind == TOK_NAME && hint_for_name(HINT_WORD, called->name))
        return called;
    if (before->kind == TOK_NAME && starts_value(found->kind) && hint_for_name(HINT_WORD, before->name))
        return before;
    return found->kind == TOK_NAME && hint_for_name(HINT_WORD, found->name) ? found : NULL;
}

/* What the statement as a whole looks like. */
static const char *form(const Word *found, const Word *first, const Expected *e)
{
    if (first->kind == TOK_IMPORT)
        return "what dsc has needs no import; `import \"lib.ds\"` brings in a file of your own";
    if (first->kind == '{')
        return "a statement is no block: what is to be done with each line is `source stdin() | map(..) | sink stdout()`";
    if (can(e, "then") && !expects_word(e))
        return "write `if c then a else b`";
    if (can(e, "else") && !expects_word(e) && found->kind != '|')
        return "an `if` always has an `else`: `if c then a else b`";
    switch (can(e, "=") || can(e, ":") || can(e, "(") ? first->kind : 0) {
    case TOK_PARAM: return can(e, "a name") ? NULL : "a param has a type and usually a default: `param port: int = 9999`";
    case TOK_FN: return expects_operator(e) ? NULL : "a function is written `fn f(x: int): int = x + 1`";
    case TOK_PIPE: return can(e, "=") ? "a pipe is written `pipe often(n: int) = map(..) | ..`" : NULL;
    case TOK_TYPE:
        if (can(e, "="))
            return "a type is written `type Hit = { user: string, n: int }`";
        return can(e, ":") ? "a record type is written `{ user: string, n: int }`" : NULL;
    default: return NULL;
    }
}

static const char *equals_habit(Parser *p, const Expected *e)
{
    const Bracket *open = tokens_bracket(p);
    const Word *before = tokens_before(p);
    if (!open && before->kind == ')')
        return "a function is written `fn f(x: int): int = x + 1`; a comparison is `==`";
    if (!open)
        return tokens_first(p)->kind == TOK_NAME ? "names are given with `let`, as in `let x = 1`; a comparison is `==`"
                                                 : NULL;
    if (before->kind == TOK_NAME && can(e, ":"))
        return arena_printf(p->arena, "a named argument or field is written `%s: ..`, a comparison `==`", before->name);
    return expects_operator(e) ? "a comparison is written `==`" : NULL;
}

/* `{ x + 1 }`, `{ y = 1; .. }`: braces that begin as neither record nor block. */
static const char *braces(Parser *p, const Word *found, const Expected *e)
{
    const Bracket *open = tokens_bracket(p);
    if (!open || open->kind != '{' || open->block || open->words > 3 || tokens_first(p)->kind == TOK_TEST)
        return NULL;
    if (!can(e, "}") && !can(e, "a string"))
        return NULL;
    if (found->kind == '=')
        return arena_printf(p->arena, "a value is named by `let`: `{ let %s = ..; .. }`; a field of a record is written `%s: ..`",
                            syntax_text(p, tokens_before(p)->span), syntax_text(p, tokens_before(p)->span));
    switch (open->before.kind) {
    case TOK_ARROW: case TOK_THEN: case TOK_ELSE: case '=':
        return "an expression stands without braces; a block begins with `let`: `{ let y = x + 1; y * 2 }`";
    default:
        return NULL;
    }
}

/* `| NR > 1`, `| where x`, `| cut -d`: what follows a name after `|`. */
static const char *after_operator(Parser *p, const Word *found, const Expected *e)
{
    const Word *before = tokens_before(p);
    if (found->kind == '{' || before->kind != TOK_NAME || !can(e, "|") || !can(e, "(") || expects_operator(e))
        return NULL;
    const char *hint = hint_for_name(HINT_OPERATOR, before->name);
    return hint ? hint : "behind `|` stands an operator with its arguments in parentheses: `| map(_ + 1)`, `| filter(_ > 1)`";
}

/* `reduce(+)`, `reduce(-)`, and /../ around a regular expression. */
static const char *bare_operator(Parser *p, const Word *found)
{
    const Word *before = tokens_before(p);
    const Bracket *open = tokens_bracket(p);
    int next = tokens_peek(p, 0)->word.kind;
    if (found->kind == '/' && next != ')' && next != ',' && !ends_value(before->kind))
        return "lines with a text are `filter(_.contains(\"..\"))`; a regular expression is a string: `filter(_.matches(r\"..\"))`";
    bool minus = before->kind == '-' && found->kind == ')' && open->words == 2;
    const Word *sign = minus ? before : found;
    if (!minus && ((before->kind != '(' && before->kind != ',') || (next != ')' && next != ',')))
        return NULL;
    const char *text = syntax_text(p, sign->span);
    return arena_printf(p->arena, "an operator is a function with `_` on both sides: `_ %s _`", text);
}

/* `(float) x` */
static bool is_cast(Parser *p, const Word *found, const Word *before)
{
    const Bracket *closed = &p->tokens->closed;
    if (before->kind != ')' || !starts_value(found->kind) || closed->words != 2 || closed->span.line != before->span.line)
        return false;
    Span inner = {closed->span.line, closed->span.end_col, before->span.line, before->span.col, before->span.file};
    Word type = {.kind = TOK_NAME, .name = syntax_text(p, inner)};
    return is_type_name(&type);
}

/* A help line for a word that is not of the kind expected, or NULL. */
static const char *habit(Parser *p, const Word *found, const Expected *e)
{
    const Word *before = tokens_before(p), *first = tokens_first(p);
    const char *hint = first->kind == TOK_NAME ? hint_for_name(HINT_WORD, first->name) : NULL;
    if (!hint)
        hint = after_operator(p, found, e);
    if (!hint)
        hint = braces(p, found, e);
    if (!hint)
        hint = form(found, first, e);
    if (hint)
        return hint;

    bool after_value = ends_value(before->kind);
    if (is_cast(p, found, before))
        return "a value is converted by a function: `float(n)`, `round(x)`, `string(x)`, `parseInt(s)`";
    if (before->kind == TOK_IS)
        return found->kind == TOK_NOT ? "write `not (x is none)`, or `x is some(v)`"
                                      : "types are known when the program is compiled; `is` asks for `some(v)` or `none`";
    switch (found->kind) {
    case ',':
        return can(e, "=") && before->kind == TOK_NAME ? "a tuple is taken apart by `let (a, b) = ..`" : NULL;
    case TOK_SOURCE:
        return first->kind == TOK_PIPE ? "a pipe begins with an operator; a stream is named by `let p = source ..`" : NULL;
    case '=':
        return equals_habit(p, e);
    case TOK_ARROW:
        if (tokens_bracket(p) && before->kind == TOK_NAME)
            return "a parameter with a type stands in parentheses: `(x: int) => ..`";
        return "left of `=>` stand parameters: `x => ..`, `(k, (a, b)) => ..`";
    case '(':
        if (before->kind == TOK_FN)
            return "a function as a value is written `x => x + 1`";
        return after_value ? "an element of a list is `xs[0]`, a part of a tuple `t.0`" : NULL;
    case '[': case '<':
        if (can(e, "_") && !expects_value(e))
            return "a pattern takes tuples apart; elements of a list are `xs[0]`, or `xs.get(0)` where it may be missing";
        return found->kind == '<' && !can(e, ",") ? bare_operator(p, found)
                                                  : before->kind == TOK_NAME ? hint_for_name(HINT_TYPE, before->name) : NULL;
    case '{':
        if (before->kind == '|')
            return "what is done with each element stands in an operator: `| map(x => ..)`";
        return before->kind == TOK_NAME ? "arguments stand in parentheses: `map(x => x + 1)`, `map((k, v) => ..)`" : NULL;
    case '?':
        return hint_for_name(HINT_SIGN, "?");
    case '!':
        return hint_for_name(HINT_SIGN, "!");
    case TOK_IF:
        if (before->kind == '|')
            return "a condition stands in an operator: `| filter(_ > 1)`, `| map(x => if c then a else b)`";
        if (after_value)
            return "the condition comes first: `if c then a else b`";
        return "an `if` inside a larger expression stands in parentheses: `1 + (if c then a else b)`";
    case TOK_INDEX:
        if (after_value)
            return NULL;
        return arena_printf(p->arena, "a number has a digit before its point: write `0.%s`", found->name);
    case TOK_SINK:
        return after_value ? "put `|` before `sink`" : "a sink ends a pipeline: `lines | sink print()`";
    case TOK_STRING: case TOK_NUMBER: case TOK_DURATION:
        if (before->kind == TOK_SOURCE || before->kind == TOK_SINK)
            return arena_printf(p->arena, before->kind == TOK_SOURCE ? "write `source file(%s)`" : "write `sink files(%s)`",
                                syntax_text(p, found->span));
        if (before->kind != TOK_NAME)
            return NULL;
        if (strcmp(before->name, "every") == 0)
            return "the folder comes first: `checkpoint \"dir\" every 10s`";
        return arena_printf(p->arena, "arguments stand in parentheses: `%s(..)`", before->name);
    case TOK_NAME:
        if (!is_type_name(before))
            return NULL;
        if (!tokens_bracket(p))
            return arena_printf(p->arena, "a value is named by `let`: `let %s = ..`", found->name);
        return arena_printf(p->arena, "a parameter with a type is written `(%s: %s) => ..`", found->name, before->name);
    case '+': case '*': case '/': case '%': case '>': case TOK_EQ: case TOK_NE: case TOK_LE: case TOK_GE: case TOK_AND:
    case TOK_OR: case ')':
        return bare_operator(p, found);
    case ':':
        if (!tokens_bracket(p) && before->kind == TOK_NAME && first->kind == TOK_NAME)
            return arena_printf(p->arena, "a value is named by `let`: `let %s: .. = ..`", before->name);
        return tokens_bracket(p) && tokens_bracket(p)->kind == '['
                   ? "a part of a text is `substring(s, from, to)`, of a list `xs.drop(from).take(n)`, each counted from 0" : NULL;
    case '|':
        if (before->kind == '(' || before->kind == ',')
            return "a function as a value is written `x => x + 1`, `(a, b) => a + b`";
        return before->kind == '=' ? "a pipeline starts with a stream: `source socket(host, port) | ..`" : NULL;
    case TOK_FN:
        return "a function as a value is written `x => x + 1`";
    default:
        return NULL;
    }
}

static bool wants_name_only(const Expected *e)
{
    return can(e, "a name") && !expects_value(e) && !expects_statement(e) && !expects_word(e) && !can(e, "sink");
}

void syntax_error(Parser *p, Span at, const char *const *expected, int n)
{
    Expected e = {expected, n};
    const Word *found = tokens_newest(p);
    const Bracket *open = tokens_bracket(p);
    const char *what = found_text(p, found, at);

    if (is_reserved(found->kind) && wants_name_only(&e)) {
        diag_error(p->diags, E0120, at, "`%s` is a reserved word and cannot be a name here", found->name);
        diag_expected(p->diags, "%s", expected_text(p, &e));
        diag_help(p->diags, "choose another name, such as `%s_`", found->name);
        return;
    }
    const Word *foreign = foreign_word(p, found, tokens_before(p));
    if (foreign) {
        diag_error(p->diags, E0110, foreign->span, "`%s` is not a word of dsc", foreign->name);
        diag_help(p->diags, "%s", hint_for_name(HINT_WORD, foreign->name));
        return;
    }
    const char *wanted = expected_text(p, &e);
    bool parameter = found->kind == TOK_ARROW && expects_operator(&e);
    bool operator = can(&e, "sink") && !can(&e, "a string");
    DiagCode code = parameter ? E0115 : operator ? E0119 : E0101;
    diag_error(p->diags, code, at, *wanted ? "found %s, expected %s" : "found %s here", what, wanted);
    if (open && open->span.line != at.line && (can(&e, ")") || can(&e, "]") || can(&e, "}")))
        diag_also(p->diags, open->span, "this `%c` is open here", open->kind);
    const char *hint = habit(p, found, &e);
    if (hint)
        diag_help(p->diags, "%s", hint);
}
