/* fmt.c: where lines end.
 *
 * A *level* is what stands in one bracket, or in a statement outside of all; a
 * *group* is a bracket with all that is in it. A group goes on one line when it
 * fits and nobody broke it; else each of its items starts a line, or as many go on a
 * line as fit. Where the user ended a line behind an opening bracket, before `|`,
 * `then`, `else`, `.` or an operator, or behind `=` or `=>`, a line ends again.
 *
 * Invariant: a second pass takes each decision again: a line end is put only where
 * the second pass sees either the user's or the same lack of room. */
#include "fmt.h"
#include "fmt_words.h"

#include "dsc.tab.h"

enum { LINE = 100, STEP = 2 };

typedef struct Printer {
    Items items;
    Item *at;                     /* items.at */
    Text *out;
    int col;
    int indent;                   /* of the line in hand */
    int last_line;                /* where what was printed last stood in the program */
    int lines;                    /* ended so far */
    bool fresh;                   /* nothing stands on the line yet */
    bool ended;                   /* a comment ends the line */
} Printer;

static void group(Printer *f, int open, int reserve);

/* Columns of words [from, to) in the flat form. */
static int width(const Printer *f, int from, int to)
{
    return to > from ? f->at[to - 1].at + f->at[to - 1].width - f->at[from].at : 0;
}

/* Must a line end before one of (from .. to]? */
static bool breaks_within(const Printer *f, int from, int to)
{
    return f->items.n_broken[to + 1] > f->items.n_broken[from + 1];
}

static void end_line(Printer *f)
{
    if (f->out->n > 0) {
        text_add(f->out, "\n");
        f->lines++;
    }
    f->fresh = true;
    f->ended = false;
}

static void start_line(Printer *f)
{
    for (int i = 0; f->fresh && i < f->indent; i++)
        text_add(f->out, " ");
    if (f->fresh)
        f->col = f->indent;
    f->fresh = false;
}

static void blank_line(Printer *f, int line, bool wanted)
{
    if (wanted && f->out->n > 0 && line - f->last_line > 1)
        text_add(f->out, "\n");
}

/* A new line for word i, and the comments that stand before it. blanks: an empty
 * line of the user's is kept. */
static void new_line(Printer *f, int i, int indent, bool blanks)
{
    Item *it = &f->at[i];
    end_line(f);
    f->indent = indent;
    for (int c = 0; c < it->n_lead && !it->lead_done; c++) {
        blank_line(f, it->lead[c].line, blanks);
        start_line(f);
        text_addn(f->out, it->lead[c].p, (size_t)it->lead[c].n);
        f->last_line = it->lead[c].line;
        end_line(f);
        blanks = true;
    }
    it->lead_done = true;
    if (it->kind != TOK_END)
        blank_line(f, it->line, blanks && !item_closes(it));
    f->col = indent;
}

static void put(Printer *f, int i)
{
    const Item *it = &f->at[i];
    if (f->ended || (it->n_lead > 0 && !it->lead_done))
        new_line(f, i, f->indent, false);
    if (it->space && !f->fresh) {
        text_add(f->out, " ");
        f->col++;
    }
    start_line(f);
    text_addn(f->out, it->p, (size_t)it->n);
    f->col += it->width;
    if (it->kind != TOK_BLOCK_SEP)
        f->last_line = it->end_line;
    if (it->trail) {
        text_add(f->out, "  ");
        text_addn(f->out, it->trail->p, (size_t)it->trail->n);
        f->ended = true;
    }
}

/* The word after i at its level. */
static int following(const Printer *f, int i)
{
    return f->at[i].match > i ? f->at[i].match + 1 : i + 1;
}

/* ---- levels --------------------------------------------------------------------- */

typedef struct Level {
    int pipes, branches;          /* `|`; `then`, `else` */
    bool then_broken, else_broken, any_broken;
    bool chain;                   /* `else if` */
    int loosest;
} Level;

static Level look(const Printer *f, int from, int to)
{
    Level l = {.loosest = N_LOOSE};
    for (int i = from; i < to; i = following(f, i)) {
        const Item *it = &f->at[i];
        bool branch = it->kind == TOK_THEN || it->kind == TOK_ELSE, broken = it->broken && i > from;
        l.pipes += it->kind == '|';
        l.branches += branch;
        l.then_broken |= it->kind == TOK_THEN && broken;
        l.else_broken |= it->kind == TOK_ELSE && broken;
        l.chain |= it->kind == TOK_ELSE && f->at[i + 1].kind == TOK_IF;
        l.any_broken |= broken;
        int looseness = item_looseness(&f->items, i);
        if (looseness >= 0 && looseness < l.loosest && i > from)
            l.loosest = looseness;
    }
    return l;
}

/* Would every part fit on a line if lines ended before the loosest operators? */
static bool parts_fit(const Printer *f, int from, int to, int loosest, int room, int reserve)
{
    int start = from;
    for (int i = from; i < to; i = following(f, i))
        if (item_looseness(&f->items, i) == loosest) {
            if (width(f, start, i) > room)
                return false;
            start = i;
        }
    return width(f, start, to) + reserve <= room;
}

/* The same of lines that end before `else` alone. */
static bool branches_fit(const Printer *f, int from, int to, int start, int room, int reserve)
{
    int part = from, first = room - start;
    for (int i = from; i < to; i = following(f, i))
        if (f->at[i].kind == TOK_ELSE) {
            if (width(f, part, i) > (part == from ? first : room))
                return false;
            part = i;
        }
    return width(f, part, to) + reserve <= room;
}

/* Decide where lines end at a level that starts at the column in hand. */
static void decide(Printer *f, int from, int to, int indent, int reserve)
{
    Level l = look(f, from, to);
    int start = f->fresh ? indent : f->col + f->at[from].space;
    int first_end = f->items.next_broken[from + 1] < to ? f->items.next_broken[from + 1] : to;
    bool too_long = start + width(f, from, first_end) + (first_end == to ? reserve : 0) > LINE;
    bool pipes = l.pipes > 0 && (too_long || breaks_within(f, from, to - 1));
    bool branches = l.then_broken || l.else_broken || (l.branches > 0 && too_long && !pipes);
    bool thens = l.then_broken || !(l.else_broken || l.chain) ||
                 !branches_fit(f, from, to, start - indent - STEP, LINE - indent - STEP, reserve);
    bool loosest = too_long && !pipes && !branches && !l.any_broken && l.loosest < N_LOOSE &&
                   parts_fit(f, from, to, l.loosest, LINE - indent - STEP, reserve);
    if (!pipes && !branches && !loosest)
        return;
    for (int i = following(f, from); i < to; i = following(f, i)) {
        int kind = f->at[i].kind;
        if ((pipes && kind == '|') || (branches && (kind == TOK_ELSE || (thens && kind == TOK_THEN))) ||
            (loosest && item_looseness(&f->items, i) == l.loosest))
            f->at[i].broken = true;
    }
}

/* Columns that must stay free behind the group that ends before i: up to where
 * a line may end next. */
static int reserve_after(const Printer *f, int i, int to, int reserve)
{
    int end = i;
    while (end < to && !f->at[end].broken && !item_opens(&f->at[end]))
        end++;
    if (end < to && !f->at[end].broken)
        return width(f, i - 1, end + 1) - f->at[i - 1].width;
    return width(f, i - 1, end) - f->at[i - 1].width + (end == to ? reserve : 0);
}

/* Words [from, to); lines that it breaks are indented one step more. */
static void level(Printer *f, int from, int to, int indent, int reserve)
{
    decide(f, from, to, indent, reserve);
    for (int i = from; i < to; i = following(f, i)) {
        if (f->at[i].broken && i > from)
            new_line(f, i, indent + STEP, false);
        put(f, i);
        if (f->at[i].match > i)
            group(f, i, reserve_after(f, f->at[i].match + 1, to, reserve));
    }
}

/* ---- groups ----------------------------------------------------------------------- */

/* The next word of this kind at the level, or the end. */
static int next_at_level(const Printer *f, int i, int end, int kind)
{
    while (i < end && f->at[i].kind != kind)
        i = following(f, i);
    return i;
}

static void close_group(Printer *f, int close, int indent)
{
    new_line(f, close, indent + STEP, true);
    f->indent = f->col = indent;
    put(f, close);
}

static bool is_clause(const Printer *f, int i)
{
    return f->at[i].kind == TOK_GIVE || f->at[i].kind == TOK_EXPECT || f->at[i].kind == TOK_CRASH;
}

/* `{ let a = 1 ..; result }`, `{ give a = .. expect b = .. }`, or nothing but comments. */
static bool is_block(const Printer *f, int open)
{
    int close = f->at[open].match;
    return close == open + 1 || is_clause(f, open + 1) || next_at_level(f, open + 1, close, TOK_BLOCK_SEP) < close;
}

/* A statement or clause a line. */
static void block(Printer *f, int open, int indent)
{
    int close = f->at[open].match;
    for (int i = open + 1; i < close;) {
        int end = following(f, i);
        while (end < close && f->at[end].kind != TOK_BLOCK_SEP && !is_clause(f, end))
            end = following(f, end);
        new_line(f, i, indent + STEP, i > open + 1);
        level(f, i, end, indent + STEP, 0);
        i = end + (f->at[end].kind == TOK_BLOCK_SEP);
    }
    close_group(f, close, indent);
}

/* The bracket that the last item of a group ends in, when lines may end in it
 * alone: `f(a, x => {`; or -1. */
static int last_group(const Printer *f, int open, bool broken)
{
    int close = f->at[open].match, inner = f->at[close - 1].match;
    bool ends_so = inner > open && inner < close - 1 && !f->at[close].broken && !breaks_within(f, open, inner);
    if (!ends_so || f->col + width(f, open + 1, inner + 1) > LINE)
        return -1;
    return broken || next_at_level(f, open + 1, close, ',') == close ? inner : -1;
}

/* Did a line end before each item? */
static bool item_a_line(const Printer *f, int open)
{
    int close = f->at[open].match;
    for (int i = open + 1; i < close; i = next_at_level(f, i, close, ',') + 1)
        if (!f->at[i].line_before)
            return false;
    return true;
}

static void list(Printer *f, int open, int indent)
{
    int close = f->at[open].match;
    bool alone = f->at[open].kind == '{' || item_a_line(f, open), line_ends = true;
    for (int i = open + 1; i < close;) {
        int end = next_at_level(f, i, close, ',');
        bool comma = end < close;
        line_ends |= alone || f->at[i].broken || breaks_within(f, i, end - 1) ||
                     f->col + f->at[i].space + width(f, i, end) + comma > LINE;
        if (line_ends)
            new_line(f, i, indent + STEP, alone && i > open + 1);
        int lines = f->lines;
        level(f, i, end, indent + STEP, comma);
        if (comma)
            put(f, end);
        line_ends = f->lines > lines;
        i = end + 1;
    }
    close_group(f, close, indent);
}

/* From behind an opening bracket to its closing one. reserve: columns that must
 * stay free behind that. */
static void group(Printer *f, int open, int reserve)
{
    int close = f->at[open].match, indent = f->indent;
    bool broken = breaks_within(f, open, close);
    if (!broken && f->col + width(f, open, close + 1) - f->at[open].width + reserve <= LINE) {
        for (int i = open + 1; i <= close; i++)
            put(f, i);
        return;
    }
    if (is_block(f, open)) {
        block(f, open, indent);
        return;
    }
    int inner = last_group(f, open, broken);
    bool single = next_at_level(f, open + 1, close, ',') == close;
    if (single && !f->at[open + 1].broken && !f->at[close].broken && (broken || inner >= 0)) {
        level(f, open + 1, close, indent, width(f, close - 1, close + 1) - f->at[close - 1].width + reserve);
        put(f, close);
    } else if (inner >= 0) {
        for (int i = open + 1; i <= inner; i++)
            put(f, i);
        group(f, inner, width(f, close - 1, close + 1) - f->at[close - 1].width + reserve);
        put(f, close);
    } else {
        list(f, open, indent);
    }
}

/* ---- programs -------------------------------------------------------------------------- */

static void print_program(Printer *f)
{
    for (int i = 0; i < f->items.n;) {
        int end = i + 1;
        while (!f->items.starts[end])
            end++;
        new_line(f, i, 0, true);
        level(f, i, end, 0, 0);
        i = end;
    }
    new_line(f, f->items.n, 0, true);
    f->fresh = false;
}

bool format_program(Arena *arena, Diags *diags, const char *file, const char *text, size_t size, Text *out)
{
    Printer f = {.out = out};
    if (!items_read(arena, diags, file, text, size, &f.items))
        return false;
    f.at = f.items.at;
    text_add(out, "");
    print_program(&f);

    Items again;
    Diags *none = diags_new(arena, file, out->p, out->n);
    if (items_read(arena, none, file, out->p, out->n, &again) && items_equal(&f.items, &again))
        return true;
    out->n = 0;
    diag_error(diags, E0511, (Span){0}, "the formatter would change what the program means");
    diag_help(diags, "the file is left as it is");
    return false;
}
