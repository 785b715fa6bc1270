/* snippet.c: source lines with carets under them.
 *
 * A line is shown whole up to LONG_LINE bytes; of a longer one the part around
 * the mark is cut out, and each mark gets a line of its own. Columns of a
 * terminal are counted from the start of what is shown. */
#include "snippet.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>

enum { LONG_LINE = 140, CUT_BEFORE = 50, CUT_AFTER = 70, TAB = 4 };

const Style style_plain = {"", "", "", "", "", ""};
const Style style_colour = {
    .error = "\033[1;31m", .warning = "\033[1;33m", .frame = "\033[34m", .strong = "\033[1m", .also = "\033[34m",
    .plain = "\033[0m",
};

/* One shown line: text[from .. to) of the source line text[start .. end). */
typedef struct Shown {
    const char *text;
    size_t start, end, from, to;
} Shown;

static void print_char(FILE *out, const char *text, size_t length, uint32_t c)
{
    if (utf8_hidden(c))
        fputs("\xef\xbf\xbd", out);
    else
        fwrite(text, 1, length, out);
}

void print_indented(FILE *out, const char *text, int indent)
{
    size_t n = strlen(text), length;
    for (size_t i = 0; i < n; i += length) {
        uint32_t c;
        length = utf8_decode(text + i, n - i, &c);
        if (c == '\n')
            fprintf(out, "\n%*s", indent, "");
        else
            print_char(out, text + i, length, c);
    }
}

/* Columns that the character at column takes. */
static int columns(uint32_t c, int column)
{
    return c == '\t' ? TAB - column % TAB : utf8_width(c);
}

/* Columns of shown bytes before the place `at`. */
static int column_of(const Shown *s, size_t at)
{
    int column = 0;
    size_t length;
    for (size_t i = s->from; i < at && i < s->to; i += length) {
        uint32_t c;
        length = utf8_decode(s->text + i, s->to - i, &c);
        column += columns(c, column);
    }
    return column;
}

static void print_shown(FILE *out, const Shown *s)
{
    int column = 0;
    size_t length;
    for (size_t i = s->from; i < s->to; i += length) {
        uint32_t c;
        length = utf8_decode(s->text + i, s->to - i, &c);
        int width = columns(c, column);
        if (c == '\t')
            fprintf(out, "%*s", width, "");
        else
            print_char(out, s->text + i, length, c);
        column += width;
    }
}

static bool inside_char(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* The line a mark is on, and the part of it to show. */
static Shown find_line(const Source *source, const Mark *mark)
{
    const char *text = source->text;
    size_t start = 0, size = source->size;
    for (int line = 1; line < mark->span.line; line++) {
        const char *end = memchr(text + start, '\n', size - start);
        if (!end) {
            start = size;
            break;
        }
        start = (size_t)(end - text) + 1;
    }
    const char *newline = start < size ? memchr(text + start, '\n', size - start) : NULL;
    size_t end = newline ? (size_t)(newline - text) : size;
    while (end > start && text[end - 1] == '\r')
        end--;
    Shown s = {.text = text, .start = start, .end = end, .from = start, .to = end};
    if (end - start <= LONG_LINE)
        return s;
    size_t at = start + (size_t)(mark->span.col - 1);
    if (at > end)
        at = end;
    if (at - start > CUT_BEFORE)
        s.from = at - CUT_BEFORE;
    if (end - at > CUT_AFTER)
        s.to = at + CUT_AFTER;
    for (int i = 0; i < 3 && s.from > start && inside_char(text[s.from]); i++)
        s.from--;
    for (int i = 0; i < 3 && s.to < end && inside_char(text[s.to]); i++)
        s.to++;
    return s;
}

static void print_margin(FILE *out, int gutter, int line, const Style *style)
{
    if (line)
        fprintf(out, "%s%*d |%s", style->frame, gutter - 1, line, style->plain);
    else
        fprintf(out, "%*s%s|%s", gutter, "", style->frame, style->plain);
}

/* The row under a line: carets, and the label after them. */
static void print_mark(FILE *out, int gutter, const Shown *s, const Mark *mark, const char *tone, const Style *style)
{
    size_t at = s->start + (size_t)(mark->span.col > 0 ? mark->span.col - 1 : 0), end = s->to;
    if (mark->span.end_line == mark->span.line && mark->span.end_col > mark->span.col)
        end = s->start + (size_t)mark->span.end_col - 1;
    else if (mark->span.end_line <= mark->span.line)
        end = at;
    int from = column_of(s, at), width = column_of(s, end) - from;
    print_margin(out, gutter, 0, style);
    int lead = s->from > s->start ? 3 : 0;
    fprintf(out, " %*s%s", lead + from, "", mark->primary ? tone : style->also);
    for (int i = 0; i < (width > 0 ? width : 1); i++)
        fputc(mark->primary ? '^' : '-', out);
    if (mark->label) {
        fputc(' ', out);
        print_indented(out, mark->label, gutter + 2 + lead + from);
    }
    fprintf(out, "%s\n", style->plain);
}

/* By line; of one line the primary first. */
static int mark_order(const Mark *a, const Mark *b)
{
    return a->span.line != b->span.line ? a->span.line - b->span.line : (int)b->primary - (int)a->primary;
}

static void sort_marks(Mark *marks, int n)
{
    for (int i = 1; i < n; i++) {
        Mark m = marks[i];
        int j = i;
        for (; j > 0 && mark_order(&m, &marks[j - 1]) < 0; j--)
            marks[j] = marks[j - 1];
        marks[j] = m;
    }
}

static void print_lines(FILE *out, int gutter, const Source *source, const Mark *marks, int n, const char *tone,
                        const Style *style)
{
    int last = 0;
    for (int i = 0; i < n; i++) {
        const Mark *mark = &marks[i];
        Shown s = find_line(source, mark);
        bool cut = s.from > s.start || s.to < s.end;
        if (last && mark->span.line > last + 1)
            fprintf(out, "%s...%s\n", style->frame, style->plain);
        if (mark->span.line != last || cut) {
            print_margin(out, gutter, mark->span.line, style);
            if (s.end > s.start)
                fputs(s.from > s.start ? " ..." : " ", out);
            print_shown(out, &s);
            fputs(s.to < s.end ? "...\n" : "\n", out);
        }
        print_mark(out, gutter, &s, mark, tone, style);
        last = mark->span.line;
    }
}

int snippet_print(FILE *out, const Source *source, const Mark *marks, int n, const char *tone, const Style *style)
{
    const Mark *first = &marks[0];
    if (first->span.line < 1 || !source->text) {
        fprintf(out, " %s-->%s %s\n", style->frame, style->plain, source->file);
        return 1;
    }
    int highest = 1;
    for (int i = 0; i < n; i++)
        if (marks[i].span.line > highest)
            highest = marks[i].span.line;
    int gutter = snprintf(NULL, 0, "%d", highest) + 2;

    Mark *sorted = malloc((size_t)n * sizeof *sorted);
    if (!sorted)
        return gutter;
    memcpy(sorted, marks, (size_t)n * sizeof *sorted);
    sort_marks(sorted, n);
    fprintf(out, "%*s%s-->%s %s:%d:%d\n", gutter - 1, "", style->frame, style->plain, source->file, first->span.line,
            first->span.col);
    print_margin(out, gutter, 0, style);
    fputc('\n', out);
    print_lines(out, gutter, source, sorted, n, tone, style);
    free(sorted);
    return gutter;
}
