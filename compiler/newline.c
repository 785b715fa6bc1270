/* newline.c: stands between lexer and grammar. Makes line ends into statement
 * ends, keeps account of brackets, and finds the words that are words only
 * where a statement starts (`batch`, `param`, `type` ..).
 *
 * A line end does not count inside a bracket, after a word that cannot end a
 * statement, or before one that cannot start it. Directly inside a block
 * `{ let ..` it counts again.
 *
 * Invariants: before a statement `newest` is SEP; END follows SEP only, with no
 * bracket open. Words read ahead are untouched: what they mean is decided when
 * they are handed on. */
#include "tokens.h"

#include <string.h>

static bool has_text(int kind)
{
    return is_name_or_word(kind) || kind == TOK_INDEX || kind == TOK_ARROW;
}

static Token read_token(Parser *p)
{
    Token t = {0};
    if (p->tokens->ended || p->words >= MAX_WORDS) {
        t.word.kind = TOK_END;
        t.word.span = (Span){p->line, p->col, p->line, p->col, p->program->number};
        t.newline = true;
        return t;
    }
    p->newline = false;
    t.word.kind = lexer_lex(&t.value, &t.word.span, p->scanner);
    t.newline = p->newline;
    p->tokens->ended = t.word.kind == TOK_END;
    if (p->tokens->ended)
        t.word.span = (Span){p->line, p->col, p->line, p->col, p->program->number};
    if (has_text(t.word.kind))
        t.word.name = t.value.name;
    if (++p->words == MAX_WORDS) {
        diag_error(p->diags, E0124, t.word.span, "the program has more than four million words and signs");
        diag_help(p->diags, "data belongs in files: `source file(..)`, `table file(..)`");
        t.word.kind = TOK_BAD;
    }
    return t;
}

Token *tokens_peek(Parser *p, int i)
{
    Tokens *t = p->tokens;
    while (t->n_ahead <= i)
        t->ahead[t->n_ahead++] = read_token(p);
    return &t->ahead[i];
}

Token tokens_take(Parser *p)
{
    Token first = *tokens_peek(p, 0);
    Tokens *t = p->tokens;
    t->n_ahead--;
    memmove(t->ahead, t->ahead + 1, (size_t)t->n_ahead * sizeof *t->ahead);
    return first;
}

bool token_is(const Token *t, const char *text)
{
    return t->word.kind == TOK_NAME && strcmp(t->word.name, text) == 0;
}

/* ---- what words are ---------------------------------------------------------- */

bool is_name_or_word(int kind)
{
    return kind == TOK_NAME || (kind >= TOK_LET && kind <= TOK_SOME);
}

/* Operators that stand between two operands; `-` may also start one. */
static bool is_binary(int kind)
{
    switch (kind) {
    case '+': case '*': case '/': case '%': case '<': case '>': case TOK_EQ: case TOK_NE: case TOK_LE: case TOK_GE:
    case TOK_COALESCE: case TOK_AND: case TOK_OR: case '|':
        return true;
    default:
        return false;
    }
}

/* Nothing that ends in it is a whole statement. */
static bool cannot_end(int kind)
{
    switch (kind) {
    case '=': case TOK_ARROW: case ',': case ':': case '(': case '[': case '{': case '-': case '.': case TOK_OPTDOT:
    case TOK_DOTDOT: case TOK_NOT: case TOK_IF: case TOK_THEN: case TOK_ELSE: case TOK_AS: case TOK_IS: case TOK_LET:
        return true;
    default:
        return is_binary(kind);
    }
}

/* No statement starts with it. */
static bool cannot_start(int kind)
{
    switch (kind) {
    case '.': case TOK_INDEX: case TOK_OPTDOT: case ')': case ']': case '}': case ',': case TOK_ARROW: case TOK_THEN:
    case TOK_ELSE: case TOK_AS: case TOK_IS:
        return true;
    default:
        return is_binary(kind);
    }
}

/* After a name, these go on with an expression: the name is no statement word. */
static bool goes_on(int kind)
{
    switch (kind) {
    case '(': case '[': case '!': case '?': case '=': case ':':
        return true;
    default:
        return cannot_start(kind);
    }
}

static bool opens(int kind)
{
    return kind == '(' || kind == '[' || kind == '{';
}

static bool closes(int kind)
{
    return kind == ')' || kind == ']' || kind == '}';
}

static const struct { const char *word; int kind; } statement_words[] = {
    {"batch", TOK_BATCH}, {"checkpoint", TOK_CHECKPOINT}, {"on", TOK_ON_ERROR}, {"param", TOK_PARAM},
    {"type", TOK_TYPE}, {"pipe", TOK_PIPE}, {"import", TOK_IMPORT}, {"extern", TOK_EXTERN}, {"test", TOK_TEST},
};

int statement_kind(const char *name)
{
    for (size_t w = 0; w < sizeof statement_words / sizeof *statement_words; w++)
        if (strcmp(name, statement_words[w].word) == 0)
            return statement_words[w].kind;
    return 0;
}

/* The kind of statement that the i-th word ahead starts, or 0. */
static int statement_word(Parser *p, int i)
{
    const Token *t = tokens_peek(p, i), *next = tokens_peek(p, i + 1);
    int kind = t->word.kind;
    if (kind == TOK_LET || kind == TOK_FN || kind == TOK_SOURCE || kind == TOK_TABLE)
        return next->word.kind == ':' ? 0 : kind;
    int means = kind == TOK_NAME ? statement_kind(t->word.name) : 0;
    if (means == TOK_ON_ERROR)
        return token_is(next, "error") ? means : 0;
    if (means == TOK_BATCH)
        return goes_on(next->word.kind) && next->word.kind != '=' ? 0 : means;
    return goes_on(next->word.kind) ? 0 : means;
}

/* ---- handing on ---------------------------------------------------------------- */

static int hand_on(Parser *p, const Token *token, YYSTYPE *value, Span *span)
{
    Tokens *t = p->tokens;
    t->before = t->newest;
    if (t->newest.kind == TOK_SEP)
        t->first = token->word;
    t->newest = token->word;
    if (t->brackets.n > 0)
        t->brackets.at[t->brackets.n - 1].words++;
    if (p->written)
        vec_push(p->arena, &p->written->words, token->word);
    *value = token->value;
    *span = token->word.span;
    return token->word.kind;
}

/* A statement's end, in a block or not, just behind the newest word or at `at`. */
static int end_statement(Parser *p, int kind, const Span *at, YYSTYPE *value, Span *span)
{
    Span behind = p->tokens->newest.span;
    behind.line = behind.end_line;
    behind.col = behind.end_col;
    Token sep = {.word = {.kind = kind, .span = at ? *at : behind}};
    if (at)
        sep.word.name = ";";
    return hand_on(p, &sep, value, span);
}

static int bad(Parser *p, Span at, YYSTYPE *value, Span *span)
{
    Token token = {.word = {.kind = TOK_BAD, .span = at}};
    return hand_on(p, &token, value, span);
}

static Bracket *innermost(Tokens *t)
{
    return t->brackets.n ? &t->brackets.at[t->brackets.n - 1] : NULL;
}

static int closing(int open)
{
    return open == '(' ? ')' : open == '[' ? ']' : '}';
}

static void report_unclosed(Parser *p, const Bracket *open)
{
    diag_error(p->diags, E0108, open->span, "this `%c` is not closed", open->kind);
    diag_label(p->diags, "its `%c` is missing", closing(open->kind));
}

/* Account for a bracket about to be handed on; false: reported, it cannot be. */
static bool count_bracket(Parser *p, const Token *token)
{
    Tokens *t = p->tokens;
    int kind = token->word.kind;
    if (opens(kind)) {
        if (t->brackets.n >= MAX_NESTING) {
            diag_error(p->diags, E0112, token->word.span, "brackets stand in each other more than %d deep", MAX_NESTING);
            diag_help(p->diags, "give inner parts names with `let` or `fn`");
            return false;
        }
        Bracket open = {.kind = kind, .span = token->word.span, .before = t->newest};
        open.block = kind == '{' && starts_let(p);
        vec_push(p->arena, &t->brackets, open);
        return true;
    }
    Bracket *open = innermost(t);
    if (!open) {
        diag_error(p->diags, E0109, token->word.span, "this `%c` closes nothing", kind);
        diag_help(p->diags, "remove it, or open a bracket before it");
        return false;
    }
    if (closing(open->kind) != kind) {
        diag_error(p->diags, E0109, token->word.span, "found `%c`, expected `%c`", kind, closing(open->kind));
        diag_also(p->diags, open->span, "to close this `%c`", open->kind);
        return false;
    }
    t->closed = *open;
    t->brackets.n--;
    return true;
}

/* ---- the filter -------------------------------------------------------------------- */

void tokens_open(Parser *p)
{
    p->tokens = NEW(p->arena, Tokens);
    p->tokens->newest.kind = TOK_SEP;
}

void tokens_recover(Parser *p)
{
    Tokens *t = p->tokens;
    if (t->newest.kind == TOK_SEP)
        return;                   /* the statement is over already */
    t->recovering = true;
    t->open_at_error = t->brackets.n;
}

bool tokens_skipped(const Parser *p)
{
    return p->tokens->recovering;
}

/* Skip the rest of a statement: to a line end or `;` with all brackets closed,
 * or, since a bracket may be what is wrong, to a line that starts no further
 * right than the statement did. */
static int skip_statement(Parser *p, YYSTYPE *value, Span *span)
{
    Tokens *t = p->tokens;
    int open = t->open_at_error;
    for (;;) {
        const Token *next = tokens_peek(p, 0);
        int kind = next->word.kind;
        if (kind == TOK_END)
            break;
        if (next->newline && !cannot_start(kind) &&
            (next->word.span.col <= t->first.span.col || (open <= 0 && !cannot_end(t->newest.kind))))
            break;
        Token skipped = tokens_take(p);
        t->newest = skipped.word;
        if (kind == ';' && open <= 0)
            break;
        open += opens(kind) - closes(kind);
    }
    t->recovering = false;
    t->brackets.n = 0;
    return end_statement(p, TOK_SEP, NULL, value, span);
}

/* At a line end inside a bracket: a statement word in column 1 says that the
 * bracket was forgotten. */
static bool forgotten_bracket(Parser *p)
{
    const Token *next = tokens_peek(p, 0);
    if (next->word.span.col != 1 || !statement_word(p, 0))
        return false;
    report_unclosed(p, innermost(p->tokens));
    diag_also(p->diags, next->word.span, "a statement starts here");
    diag_help(p->diags, "close the bracket; if the line belongs inside it, indent the line");
    return true;
}

/* Whether the line end before the next word ends a statement, were it not in
 * brackets. A line that can only be a statement is one, so that what is missing
 * before it is missed there. */
static bool ends_here(Parser *p)
{
    const Tokens *t = p->tokens;
    bool nested_option = t->newest.kind == TOK_COALESCE && t->first.kind == TOK_TYPE;
    if (cannot_start(tokens_peek(p, 0)->word.kind))
        return false;
    if (!cannot_end(t->newest.kind) || nested_option)
        return true;
    int starts = tokens_peek(p, 0)->word.span.col == 1 ? statement_word(p, 0) : 0;
    return starts && starts != TOK_SOURCE && starts != TOK_TABLE;
}

static int finish(Parser *p, YYSTYPE *value, Span *span)
{
    Tokens *t = p->tokens;
    if (innermost(t)) {
        report_unclosed(p, innermost(t));
        diag_help(p->diags, "the program ends before it is closed");
        return bad(p, tokens_peek(p, 0)->word.span, value, span);
    }
    if (t->newest.kind != TOK_SEP)
        return end_statement(p, TOK_SEP, NULL, value, span);
    return hand_on(p, tokens_peek(p, 0), value, span);
}

static int start_statement(Parser *p, int kind, Token *token, YYSTYPE *value, Span *span)
{
    token->word.kind = kind;
    if (kind == TOK_ON_ERROR) {
        Token error = tokens_take(p);
        token->word.span = span_join(token->word.span, error.word.span);
    }
    return hand_on(p, token, value, span);
}

/* What a line end before the next word comes to: a word to hand on, or 0. */
static int line_end(Parser *p, YYSTYPE *value, Span *span)
{
    Tokens *t = p->tokens;
    Bracket *open = innermost(t);
    if (open && forgotten_bracket(p))
        return bad(p, t->newest.span, value, span);
    bool ends = ends_here(p);
    tokens_peek(p, 0)->newline = false;
    if (!ends || (open && !open->block) || t->newest.kind == TOK_BLOCK_SEP)
        return 0;
    return end_statement(p, open ? TOK_BLOCK_SEP : TOK_SEP, NULL, value, span);
}

/* `;` where line ends count: a word to hand on, or 0 for one too many. */
static int semicolon(Parser *p, YYSTYPE *value, Span *span)
{
    Tokens *t = p->tokens;
    Token token = tokens_take(p);
    if (t->newest.kind == TOK_SEP || t->newest.kind == TOK_BLOCK_SEP)
        return 0;
    return end_statement(p, innermost(t) ? TOK_BLOCK_SEP : TOK_SEP, &token.word.span, value, span);
}

/* Directly inside the braces of a test, before a name: where `give`, `expect` and `crash` are words. */
static bool starts_clause(Parser *p)
{
    const Tokens *t = p->tokens;
    return t->first.kind == TOK_TEST && t->brackets.n == 1 && t->brackets.at[0].kind == '{' && tokens_peek(p, 0)->word.kind == TOK_NAME;
}

static int clause_word(Parser *p, const Token *token)
{
    if (token_is(token, "crash") && token_is(tokens_peek(p, 0), "everywhere"))
        return TOK_CRASH;
    return token_is(token, "give") ? TOK_GIVE : token_is(token, "expect") ? TOK_EXPECT : token->word.kind;
}

/* A word inside a statement: what it is there, or 0 to leave it out. */
static int inner_word(Parser *p, Token *token, YYSTYPE *value, Span *span)
{
    Tokens *t = p->tokens;
    int kind = token->word.kind, after = t->newest.kind;
    if (after == '.' || after == TOK_OPTDOT) {
        if (is_name_or_word(kind))
            token->word.kind = TOK_NAME;
        return hand_on(p, token, value, span);
    }
    if ((opens(kind) || closes(kind)) && !count_bracket(p, token))
        return bad(p, token->word.span, value, span);
    if (kind == '.' && half_number(p, token))
        return bad(p, token->word.span, value, span);
    if (!mend_word(p, token))
        return 0;
    bool behind_value = after != TOK_CHECKPOINT && after != TOK_EVERY && after != TOK_KEEP && !cannot_end(after);
    if (starts_clause(p))
        token->word.kind = clause_word(p, token);
    if (t->first.kind == TOK_CHECKPOINT && behind_value && !innermost(t))
        token->word.kind = token_is(token, "every") ? TOK_EVERY : token_is(token, "keep") ? TOK_KEEP : token->word.kind;
    return hand_on(p, token, value, span);
}

int tokens_next(Parser *p, YYSTYPE *value, Span *span)
{
    Tokens *t = p->tokens;
    if (t->recovering)
        return skip_statement(p, value, span);
    for (;;) {
        const Token *next = tokens_peek(p, 0);
        const Bracket *open = innermost(t);
        if (next->word.kind == TOK_END)
            return finish(p, value, span);
        if (next->newline && t->newest.kind != TOK_SEP) {
            int kind = line_end(p, value, span);
            if (kind)
                return kind;
        }
        int kind;
        if (tokens_peek(p, 0)->word.kind == ';' && (!open || open->block)) {
            kind = semicolon(p, value, span);
        } else {
            if (t->newest.kind == TOK_SEP || t->newest.kind == TOK_BLOCK_SEP || t->newest.kind == '{') {
                Token let;
                if (mend_statement(p, &let))
                    return hand_on(p, &let, value, span);
            }
            int starts = t->newest.kind == TOK_SEP ? statement_word(p, 0) : 0;
            Token token = tokens_take(p);
            kind = starts ? start_statement(p, starts, &token, value, span) : inner_word(p, &token, value, span);
        }
        if (kind)
            return kind;
    }
}

/* ---- for messages --------------------------------------------------------------------- */

const Word *tokens_newest(const Parser *p)
{
    return &p->tokens->newest;
}

const Word *tokens_before(const Parser *p)
{
    return &p->tokens->before;
}

const Word *tokens_first(const Parser *p)
{
    return &p->tokens->first;
}

const Bracket *tokens_bracket(const Parser *p)
{
    const Tokens *t = p->tokens;
    int kind = t->newest.kind, n = t->brackets.n;
    if (closes(kind))
        return &t->closed;
    if (opens(kind))
        n--;
    return n > 0 ? &t->brackets.at[n - 1] : NULL;
}
