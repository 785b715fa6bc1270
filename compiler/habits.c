/* habits.c: words of other languages, found by the words around them before the
 * grammar sees them. Each is reported with what to type instead and read as what
 * was meant, so that what follows is checked as if it had been written right. */
#include "hints.h"
#include "tokens.h"

#include <ctype.h>
#include <string.h>

bool ends_value(int kind)
{
    return kind == TOK_NAME || kind == TOK_NUMBER || kind == TOK_DURATION || kind == TOK_STRING || kind == TOK_HOLE ||
           kind == TOK_TRUE || kind == TOK_FALSE || kind == TOK_NONE || kind == TOK_INDEX || kind == ')' || kind == ']' || kind == '}';
}

bool starts_value(int kind)
{
    return kind == TOK_NAME || kind == TOK_NUMBER || kind == TOK_DURATION || kind == TOK_STRING || kind == TOK_HOLE ||
           kind == TOK_TRUE || kind == TOK_FALSE || kind == TOK_NONE || kind == TOK_SOME || kind == TOK_NOT || kind == TOK_IF ||
           kind == TOK_SOURCE || kind == TOK_TABLE;
}

static void report_habit(Parser *p, const char *kind, const char *found, Span at, const char *hint)
{
    diag_error(p->diags, E0110, at, "`%s` is not a %s of dsc", found, kind);
    diag_help(p->diags, "%s", hint);
}

static void report_word(Parser *p, const Token *token, const char *hint)
{
    report_habit(p, "word", token->word.name, token->word.span, hint);
}

static bool means_let(const char *hint)
{
    return strncmp(hint, "write `let`", 11) == 0;
}

bool starts_let(Parser *p)
{
    const Token *next = tokens_peek(p, 0);
    if (next->word.kind != TOK_NAME || tokens_peek(p, 1)->word.kind != TOK_NAME)
        return next->word.kind == TOK_LET;
    const char *hint = hint_for_name(HINT_WORD, next->word.name);
    return hint && means_let(hint);
}

/* ---- capitals ------------------------------------------------------------------------ */

/* The word of dsc that a name is in capitals, `Source`, `AND`; NULL: none. */
static const char *in_small(Parser *p, const Token *token)
{
    if (token->word.kind != TOK_NAME || strlen(token->word.name) > 10)
        return NULL;
    char *small = arena_strdup(p->arena, token->word.name);
    for (char *c = small; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    if (strcmp(small, token->word.name) == 0 || (lexer_reserved(small) == TOK_NAME && !statement_kind(small)))
        return NULL;
    return small;
}

static void make_small(Parser *p, Token *token, const char *small)
{
    report_word(p, token, arena_printf(p->arena, "write `%s`: capitals and small letters differ", small));
    token->word.name = small;
    token->value.name = small;
    token->word.kind = lexer_reserved(small);
}

/* `a AND b`, `NOT a`, `| Sink print()`: two words in a row, which no names can be. */
static void mend_capitals(Parser *p, Token *token)
{
    const char *small = in_small(p, token);
    int kind = small ? lexer_reserved(small) : TOK_NAME;
    bool infix = kind == TOK_AND || kind == TOK_OR || kind == TOK_IS || kind == TOK_AS || kind == TOK_THEN || kind == TOK_ELSE;
    bool prefix = kind == TOK_NOT || kind == TOK_IF || kind == TOK_SOURCE || kind == TOK_TABLE || kind == TOK_SINK;
    if ((infix && ends_value(p->tokens->newest.kind)) || (prefix && starts_value(tokens_peek(p, 0)->word.kind)))
        make_small(p, token, small);
}

/* ---- where a statement starts ---------------------------------------------------------- */

/* `x = 1`: as if `let` stood before it. */
static bool is_assignment(Parser *p, Token *let)
{
    const Token *name = tokens_peek(p, 0);
    if (p->tokens->newest.kind == '{' || tokens_peek(p, 1)->word.kind != '=' || statement_kind(name->word.name))
        return false;
    diag_error(p->diags, E0110, name->word.span, "a name is given a value by `let`");
    diag_help(p->diags, "write `let %s = ..`", name->word.name);
    *let = (Token){.word = {.kind = TOK_LET, .name = "let", .span = name->word.span}};
    return true;
}

bool mend_statement(Parser *p, Token *let)
{
    const Token *after = tokens_peek(p, 1);
    Token *token = tokens_peek(p, 0);
    int next = after->word.kind;
    if (token->word.kind != TOK_NAME || after->newline)
        return false;
    const char *hint = hint_for_name(HINT_WORD, token->word.name), *small = in_small(p, token);
    bool columns = next == '*' && (token_is(token, "SELECT") || token_is(token, "select")) && tokens_peek(p, 2)->word.kind == TOK_NAME;
    if (small && !hint && starts_value(next)) {
        make_small(p, token, small);
    } else if (token_is(token, "return") && next == '(') {
        report_word(p, token, hint);
        if (p->tokens->newest.kind == '{')
            token->word.kind = TOK_BAD;
        else
            tokens_take(p);
    } else if (hint && (starts_value(next) || next == '{' || columns)) {
        report_word(p, token, hint);
        bool function = strncmp(hint, "write `fn`", 10) == 0;
        token->word.kind = next != TOK_NAME ? TOK_BAD : means_let(hint) ? TOK_LET : function ? TOK_FN : TOK_BAD;
    }
    return is_assignment(p, let);
}

/* ---- inside a statement ------------------------------------------------------------------ */

/* None, null, True, Some(x). */
static void mend_value(Parser *p, Token *token)
{
    static const struct { const char *name; int kind; } values[] = {
        {"None", TOK_NONE}, {"null", TOK_NONE}, {"NULL", TOK_NONE}, {"NONE", TOK_NONE}, {"nil", TOK_NONE}, {"True", TOK_TRUE},
        {"TRUE", TOK_TRUE}, {"False", TOK_FALSE}, {"FALSE", TOK_FALSE}, {"Some", TOK_SOME},
    };
    if (token->word.kind != TOK_NAME || tokens_peek(p, 0)->word.kind == ':')
        return;
    bool call = tokens_peek(p, 0)->word.kind == '(';
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        if (strcmp(values[i].name, token->word.name) == 0 && call == (values[i].kind == TOK_SOME)) {
            report_word(p, token, hint_for_name(HINT_VALUE, token->word.name));
            token->word.kind = values[i].kind;
        }
}

/* `x in xs`, `x not in xs`, `s like "a"`: read as `==`, which stands in the same places. */
static void mend_infix(Parser *p, Token *token)
{
    const Token *next = tokens_peek(p, 0);
    if (!ends_value(p->tokens->newest.kind))
        return;
    if (token->word.kind == TOK_NOT && next->word.kind == TOK_NAME) {
        const char *both = arena_printf(p->arena, "not %s", next->word.name), *hint = hint_for_name(HINT_INFIX, both);
        if (!hint)
            return;
        Token second = tokens_take(p);
        report_habit(p, "word", both, span_join(token->word.span, second.word.span), hint);
        token->word.kind = TOK_EQ;
    } else if (token->word.kind == TOK_NAME && (starts_value(next->word.kind) || next->word.kind == '(' || next->word.kind == '[')) {
        const char *hint = hint_for_name(HINT_INFIX, token->word.name);
        if (!hint)
            return;
        report_word(p, token, hint);
        token->word.kind = TOK_EQ;
    }
}

/* May `not` stand behind it? */
static bool before_condition(int kind)
{
    return kind == '(' || kind == ',' || kind == TOK_ARROW || kind == TOK_AND || kind == TOK_OR || kind == TOK_IF || kind == TOK_THEN ||
           kind == TOK_ELSE || kind == '=' || kind == TOK_NOT;
}

/* `a -> b`, `a || b` and `!a`. */
static void mend_sign(Parser *p, Token *token)
{
    const Tokens *t = p->tokens;
    if (token->word.kind == TOK_OR && strcmp(token->word.name, "||") == 0) {
        bool pipe = tokens_peek(p, 0)->word.kind == TOK_SINK || (t->first.kind == TOK_SOURCE && t->brackets.n == 0);
        report_habit(p, "sign", "||", token->word.span, hint_for_name(HINT_SIGN, pipe ? "| |" : "||"));
        token->word.kind = pipe ? '|' : TOK_OR;
    } else if (token->word.kind == TOK_ARROW && token->word.name) {
        bool result = (t->first.kind == TOK_FN || t->first.kind == TOK_EXTERN) && t->brackets.n == 0 && t->newest.kind == ')';
        report_habit(p, "sign", "->", token->word.span, hint_for_name(HINT_SIGN, result ? ") ->" : "->"));
        bool plain = tokens_peek(p, 0)->word.kind == TOK_NAME && tokens_peek(p, 1)->word.kind == '=';
        token->word.kind = !result ? TOK_ARROW : plain ? ':' : TOK_BAD;
    } else if (token->word.kind == '!' && before_condition(t->newest.kind)) {
        report_habit(p, "sign", "!", token->word.span, hint_for_name(HINT_SIGN, "!"));
        token->word.kind = TOK_NOT;
    }
}

/* `10 s`, `1h 30m`: the second word is left out. */
static bool is_duration(Parser *p, const Token *token)
{
    const Word *before = &p->tokens->newest, *word = &token->word;
    if (before->span.line != word->span.line)
        return false;
    bool parts = before->kind == TOK_DURATION && word->kind == TOK_DURATION;
    const char *unit = before->kind == TOK_NUMBER && word->kind == TOK_NAME ? literal_unit(word->name, strlen(word->name)) : NULL;
    if (!parts && !unit)
        return false;
    diag_error(p->diags, E0105, span_join(before->span, word->span), "a duration is written without a blank");
    diag_help(p->diags, "write `%s%s`", syntax_text(p, before->span), parts ? syntax_text(p, word->span) : unit);
    return true;
}

/* `case (a, b) => e` inside brackets: the word is left out. */
static bool is_case(Parser *p, const Token *token)
{
    int after = p->tokens->newest.kind, next = tokens_peek(p, 0)->word.kind;
    if (!token_is(token, "case") || (after != '(' && after != '{') || (next != '(' && next != TOK_NAME && next != TOK_HOLE))
        return false;
    report_word(p, token, hint_for_name(HINT_WORD, "case"));
    return true;
}

bool mend_word(Parser *p, Token *token)
{
    if (is_case(p, token) || is_duration(p, token))
        return false;
    mend_capitals(p, token);
    mend_infix(p, token);
    mend_sign(p, token);
    mend_value(p, token);
    return true;
}

bool half_number(Parser *p, const Token *point)
{
    const Word *before = &p->tokens->newest;
    const Token *next = tokens_peek(p, 0);
    if (before->kind != TOK_NUMBER || (is_name_or_word(next->word.kind) && !next->newline))
        return false;
    diag_error(p->diags, E0105, span_join(before->span, point->word.span), "a number does not end in a point");
    diag_help(p->diags, "numbers have a digit on each side of the point: `1.0`");
    return true;
}
