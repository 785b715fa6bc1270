/* tokens.h: the state of the filter between lexer and grammar, for newline.c, which
 * turns words into what they mean, and habits.c, which knows those of other languages. */
#ifndef DSC_TOKENS_H
#define DSC_TOKENS_H

#include "parser.h"

#include "dsc.tab.h"

typedef struct Token {
    Word word;
    YYSTYPE value;
    bool newline;                 /* a line ended before it */
} Token;

enum { AHEAD = 3 };

struct Tokens {
    Token ahead[AHEAD];
    int n_ahead;
    Word newest, before, first;
    VEC(Bracket) brackets;
    Bracket closed;               /* by the newest word, if that is a closing bracket */
    bool recovering, ended;
    int open_at_error;            /* brackets */
};

/* ---- newline.c ------------------------------------------------------------------ */
/* The i-th word not yet handed on; take the first one. */
Token *tokens_peek(Parser *p, int i);
Token tokens_take(Parser *p);
bool token_is(const Token *t, const char *text);
bool is_name_or_word(int kind);
/* The kind of statement that a name starts where one may start (`batch`, `param`), or 0. */
int statement_kind(const char *name);

/* ---- habits.c -------------------------------------------------------------------- */
/* Each reports what it finds and makes of the word what was meant, or TOK_BAD. */

/* `val x`, `def f`, `END {`, `Batch 1s`: the next word, which starts a statement. True: `x = 1`, for which
 * the word `let` is to be handed on before it. */
bool mend_statement(Parser *p, Token *let);
/* A word inside a statement; false: leave it out. */
bool mend_word(Parser *p, Token *token);
/* `1.` without a digit after it; false: it is none. */
bool half_number(Parser *p, const Token *point);
/* Whether `let` comes next, or what is read as such. */
bool starts_let(Parser *p);
/* A value may end in such a word, one may start with it; two in a row are always wrong. */
bool ends_value(int kind);
bool starts_value(int kind);

#endif
