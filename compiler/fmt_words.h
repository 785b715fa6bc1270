/* fmt_words.h: the words of a program as the formatter sees them. Private to fmt*.c. */
#ifndef DSC_FMT_WORDS_H
#define DSC_FMT_WORDS_H

#include "diag.h"
#include "parser.h"

typedef struct Comment {
    const char *p;
    int n, line;
} Comment;

/* One word. What is said of the flat form is about a text without any line end. */
typedef struct Item {
    int kind;                     /* TOK_ or a sign */
    const char *p;
    int n;                        /* bytes */
    int line, end_line;           /* where it was written */
    int at, width;                /* columns in the flat form */
    bool space;                   /* a blank stands before it in the flat form */
    bool broken;                  /* a line must end before it: the user's wish, or a comment */
    bool line_before;             /* a line ended before it */
    int match;                    /* of a bracket: its other half; else -1 */
    Comment *lead;                /* comments on lines of their own before it */
    int n_lead;
    bool lead_done;               /* they are printed */
    const Comment *trail;         /* the comment behind it on its line */
} Item;

typedef struct Items {
    Item *at;                     /* the last is TOK_END, before it all words but ends of statements */
    int n;                        /* without TOK_END */
    bool *starts;                 /* a statement starts with this word */
    int *n_broken;                /* of words before this one, how many are broken */
    int *next_broken;             /* the first broken word here or later */
} Items;

/* False: the program does not parse. */
bool items_read(Arena *arena, Diags *diags, const char *file, const char *text, size_t size, Items *items);
/* The same program: equal words and comments in an equal order. */
bool items_equal(const Items *a, const Items *b);

bool item_opens(const Item *item);
bool item_closes(const Item *item);
/* Operators of the level where a line that is too long may end, loosest first; -1: none of them. */
enum { LOOSEST_OR, LOOSEST_AND, LOOSEST_COALESCE, LOOSEST_SUM, N_LOOSE };
int item_looseness(const Items *items, int i);
/* A `-` between two operands. */
bool item_is_minus(const Items *items, int i);

#endif
