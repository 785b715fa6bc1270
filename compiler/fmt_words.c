/* fmt_words.c: words and comments put together: which blanks stand between words
 * on one line, which comments belong to which word, where the user broke lines.
 *
 * Invariants: comments on lines of their own go with the word after them, others
 * with the word before. A line may end wherever one ended before or a comment
 * stood; so what the line ends mean never changes. */
#include "fmt_words.h"
#include "utf8.h"

#include "dsc.tab.h"

#include <string.h>

bool item_opens(const Item *item)
{
    return item->kind == '(' || item->kind == '[' || item->kind == '{';
}

bool item_closes(const Item *item)
{
    return item->kind == ')' || item->kind == ']' || item->kind == '}';
}

/* ---- what words are ------------------------------------------------------------ */

static bool ends_operand(int kind)
{
    switch (kind) {
    case TOK_NAME: case TOK_NUMBER: case TOK_DURATION: case TOK_STRING: case TOK_INDEX: case TOK_HOLE: case TOK_TRUE:
    case TOK_FALSE: case TOK_NONE: case ')': case ']': case '}': case '!': case '?':
        return true;
    default:
        return false;
    }
}

bool item_is_minus(const Items *items, int i)
{
    return items->at[i].kind == '-' && i > 0 && !items->starts[i] && ends_operand(items->at[i - 1].kind);
}

static bool is_negative(const Items *items, int i)
{
    return items->at[i].kind == '-' && !item_is_minus(items, i);
}

/* The `??` of a type: an option in an option. */
static bool is_option_sign(const Items *items, int i)
{
    if (items->at[i].kind != TOK_COALESCE)
        return false;
    if (items->starts[i + 1])
        return true;
    switch (items->at[i + 1].kind) {
    case ')': case ']': case '}': case ',': case '=': case '?': case TOK_COALESCE: case TOK_BLOCK_SEP: case TOK_END:
        return true;
    default:
        return false;
    }
}

static bool is_operator(const Items *items, int i)
{
    switch (items->at[i].kind) {
    case '+': case '*': case '/': case '%': case '<': case '>': case TOK_EQ: case TOK_NE: case TOK_LE: case TOK_GE:
    case TOK_AND: case TOK_OR:
        return true;
    case TOK_COALESCE:
        return !is_option_sign(items, i);
    default:
        return false;
    }
}

int item_looseness(const Items *items, int i)
{
    switch (items->at[i].kind) {
    case TOK_OR: return LOOSEST_OR;
    case TOK_AND: return LOOSEST_AND;
    case TOK_COALESCE: return is_option_sign(items, i) ? -1 : LOOSEST_COALESCE;
    case '+': return LOOSEST_SUM;
    default: return -1;
    }
}

/* ---- blanks ---------------------------------------------------------------------- */

static bool touched(const Item *before, const Item *it)
{
    return before->p + before->n == it->p;
}

static bool space_before(const Items *items, int i)
{
    const Item *it = &items->at[i], *before = &items->at[i - 1];
    if (item_opens(before) && item_closes(it))
        return false;
    switch (before->kind) {
    case '(': case '[': case '.': case TOK_OPTDOT: case TOK_DOTDOT:
        return false;
    case '-':
        if (is_negative(items, i - 1))
            return false;
        break;
    default:
        break;
    }
    switch (it->kind) {
    case ',': case TOK_BLOCK_SEP: case ')': case ']': case ':': case '!': case TOK_OPTDOT:
        return false;
    case '.': case TOK_INDEX:
        return before->kind == TOK_NUMBER && !touched(before, it);
    case '?':
        return before->kind == '?';       /* together they were another sign */
    case TOK_COALESCE:
        return !is_option_sign(items, i) || before->kind == '?';
    case '(':
        return before->kind != TOK_NAME && before->kind != TOK_SOME;
    case '[':
        return !ends_operand(before->kind);
    default:
        return true;
    }
}

/* ---- line ends of the user ------------------------------------------------------------ */

/* A line ended between i - 1 and i, and no comment stood there: the word before
 * which a line ends from now on, or -1. Operators stand at the start of a line,
 * but `-` at the end, since at the start it could begin a statement. */
static int wished_break(const Items *items, int i)
{
    const Item *it = &items->at[i], *before = &items->at[i - 1];
    if (item_closes(it))
        return -1;
    if (item_opens(before) || before->kind == TOK_BLOCK_SEP)
        return i;
    if (it->kind == '|' || it->kind == TOK_THEN || it->kind == TOK_ELSE || it->kind == '.' || it->kind == TOK_OPTDOT ||
        it->kind == TOK_GIVE || it->kind == TOK_EXPECT || it->kind == TOK_CRASH || is_operator(items, i) || item_is_minus(items, i - 1))
        return i;
    if (item_is_minus(items, i))
        return i + 1;
    if (before->kind == '|' || is_operator(items, i - 1))
        return item_opens(&items->at[i - 2]) ? -1 : i - 1;
    if (before->kind == '=' || before->kind == TOK_ARROW)
        return it->kind == '{' ? -1 : i;
    return -1;
}

static void find_breaks(Items *items)
{
    const Item *last = NULL;      /* word with a text */
    for (int i = 0; i <= items->n; i++) {
        Item *it = &items->at[i];
        if (it->kind == TOK_BLOCK_SEP)
            continue;
        bool comment = it->n_lead > 0 || (last && last->trail);
        it->line_before = last && it->line > last->end_line;
        if (i > 0 && i < items->n && !items->starts[i]) {
            int wish = comment ? i : it->line_before ? wished_break(items, i) : -1;
            if (wish >= 0)
                items->at[wish].broken = true;
        }
        last = it;
    }
}

/* ---- reading ----------------------------------------------------------------------------- */

static int columns_of(const char *p, int n)
{
    int columns = 0;
    for (int i = 0; i < n; i++)
        columns += ((unsigned char)p[i] & 0xc0) != 0x80;
    return columns;
}

static const char *place(const char *const *lines, int line, int col)
{
    return lines[line - 1] + col - 1;
}

static const char **find_lines(Arena *arena, const Program *program)
{
    int n = 1;
    for (size_t i = 0; i < program->size; i++)
        n += program->text[i] == '\n';
    const char **lines = NEW_ARRAY(arena, const char *, n);
    const char *p = program->text;
    for (int i = 0; i < n; i++) {
        lines[i] = p;
        p = i + 1 < n ? strchr(p, '\n') + 1 : p;
    }
    return lines;
}

static Item read_item(const Word *word, const char *const *lines)
{
    const Span *s = &word->span;
    Item it = {.kind = word->kind, .line = s->line, .end_line = s->end_line, .match = -1};
    if (word->kind == TOK_BLOCK_SEP) {
        it.p = ";";
        it.n = 1;
    } else if (word->kind == TOK_ON_ERROR) {
        it.p = "on error";
        it.n = (int)strlen(it.p);
    } else if (word->kind != TOK_END) {
        it.p = place(lines, s->line, s->col);
        it.n = (int)(place(lines, s->end_line, s->end_col) - it.p);
    }
    it.width = columns_of(it.p, it.n);
    return it;
}

static Comment *read_comments(Arena *arena, const Written *written, const char *const *lines)
{
    Comment *comments = NEW_ARRAY(arena, Comment, written->comments.n + 1);
    for (int i = 0; i < written->comments.n; i++) {
        const Span *s = &written->comments.at[i];
        Comment c = {.p = place(lines, s->line, s->col), .n = s->end_col - s->col, .line = s->line};
        while (c.n > 1 && strchr(" \t\r", c.p[c.n - 1]))
            c.n--;
        comments[i] = c;
    }
    return comments;
}

static bool before(const Span *a, const Span *b)
{
    return a->line != b->line ? a->line < b->line : a->col < b->col;
}

/* Words without the ends of statements, each with the comments that go with it. */
static void collect(Items *items, const Written *written, const char *const *lines, Comment *comments)
{
    int next = 0;                 /* comment */
    bool starts = true;
    Item *last = NULL;
    for (int w = 0; w < written->words.n; w++) {
        const Word *word = &written->words.at[w];
        if (word->kind == TOK_SEP) {
            starts = true;
            continue;
        }
        if (word->kind == ';')                    /* between the clauses of a test */
            continue;
        Item *it = &items->at[items->n];
        *it = read_item(word, lines);
        if (it->kind == TOK_BLOCK_SEP) {
            if (written->words.at[w + 1].kind != '}')
                items->n++;
            continue;
        }
        Span inside = word->span;
        if (word->kind == TOK_ON_ERROR) {
            inside.line = inside.end_line;        /* a comment between its two words goes before them */
            inside.col = inside.end_col;
        }
        it->lead = comments + next;
        for (; next < written->comments.n; next++) {
            if (it->kind != TOK_END && !before(&written->comments.at[next], &inside))
                break;
            if (last && !it->n_lead && !last->trail && comments[next].line == last->end_line) {
                last->trail = &comments[next];
                it->lead = comments + next + 1;
            } else {
                it->n_lead++;
            }
        }
        items->starts[items->n++] = starts;
        starts = false;
        last = it;
    }
    items->n--;                   /* TOK_END */
    items->starts[items->n] = true;
}

static void match_brackets(Arena *arena, Items *items)
{
    VEC(int) open = {0};
    for (int i = 0; i < items->n; i++) {
        if (item_opens(&items->at[i])) {
            vec_push(arena, &open, i);
        } else if (item_closes(&items->at[i])) {
            int j = open.at[--open.n];
            items->at[i].match = j;
            items->at[j].match = i;
        }
    }
}

static void lay_flat(Items *items)
{
    for (int i = 1; i < items->n; i++) {
        Item *it = &items->at[i];
        it->space = space_before(items, i);
        it->at = items->at[i - 1].at + items->at[i - 1].width + it->space;
    }
    int next = items->n;
    for (int i = items->n; i >= 0; i--) {
        next = items->at[i].broken ? i : next;
        items->next_broken[i] = next;
    }
    for (int i = 0; i <= items->n; i++)
        items->n_broken[i + 1] = items->n_broken[i] + items->at[i].broken;
}

bool items_read(Arena *arena, Diags *diags, const char *file, const char *text, size_t size, Items *items)
{
    Written written = {0};
    Program *program = parse_written(arena, diags, file, text, size, &written);
    if (diags_errors(diags) > 0)
        return false;
    Word end = {.kind = TOK_END, .span = {.line = 1, .col = 1, .end_line = 1, .end_col = 1}};
    if (written.words.n == 0 || written.words.at[written.words.n - 1].kind != TOK_END)
        vec_push(arena, &written.words, end);
    int n = written.words.n + 1;
    *items = (Items){.at = NEW_ARRAY(arena, Item, n), .starts = NEW_ARRAY(arena, bool, n),
                     .n_broken = NEW_ARRAY(arena, int, n + 1), .next_broken = NEW_ARRAY(arena, int, n)};
    const char **lines = find_lines(arena, program);
    collect(items, &written, lines, read_comments(arena, &written, lines));
    match_brackets(arena, items);
    find_breaks(items);
    lay_flat(items);
    return true;
}

/* ---- comparing ------------------------------------------------------------------------------ */

static bool same_comment(const Comment *a, const Comment *b)
{
    return a->n == b->n && memcmp(a->p, b->p, (size_t)a->n) == 0;
}

bool items_equal(const Items *a, const Items *b)
{
    if (a->n != b->n)
        return false;
    for (int i = 0; i <= a->n; i++) {
        const Item *x = &a->at[i], *y = &b->at[i];
        if (x->kind != y->kind || x->n != y->n || a->starts[i] != b->starts[i] || (x->n && memcmp(x->p, y->p, (size_t)x->n)))
            return false;
        if (x->n_lead != y->n_lead || !x->trail != !y->trail || (x->trail && !same_comment(x->trail, y->trail)))
            return false;
        for (int c = 0; c < x->n_lead; c++)
            if (!same_comment(&x->lead[c], &y->lead[c]))
                return false;
    }
    return true;
}
