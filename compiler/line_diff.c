/* line_diff.c: the difference of two texts by the longest common part of what lies between their first and
 * their last difference; where that is too long, line by line. */
#include "line_diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lines compared one by one; around a difference so many equal ones are shown. */
enum { MOST_LINES = 2000, AROUND = 3 };

Lines lines_of(const Text *t)
{
    Lines l = {0};
    for (size_t i = 0; i < t->n; i++)
        l.n += t->p[i] == '\n';
    l.at = calloc((size_t)l.n + 1, sizeof *l.at);
    if (!l.at)
        abort();
    const char *p = t->p;
    for (int i = 0; i < l.n; i++) {
        const char *end = memchr(p, '\n', t->n - (size_t)(p - t->p));
        l.at[i] = (Bytes){p, (size_t)(end - p)};
        p = end + 1;
    }
    return l;
}

static bool same_line(Bytes a, Bytes b)
{
    return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

static void print_line(char sign, Bytes line, bool colour)
{
    const char *tone = !colour || sign == ' ' ? "" : sign == '-' ? "\033[31m" : "\033[32m";
    printf("    %s%c %.*s%s\n", tone, sign, (int)line.n, line.p, *tone ? "\033[0m" : "");
}

/* Equal lines wait: only those near a difference are shown. */
typedef struct Shown {
    const Lines *lines;
    int from;                     /* first equal line not yet shown */
    bool any, colour;
} Shown;

static void show_equal(Shown *s, int to, bool last)
{
    int from = s->from, n = to - from, head = s->any ? AROUND : 0, tail = last ? 0 : AROUND;
    bool cut = n > head + tail + 1;
    for (int i = from; i < to; i++) {
        if (cut && i == from + head) {
            if (!last || s->any)
                printf("      ... %d equal\n", n - head - tail);
            i = to - tail - 1;
            continue;
        }
        print_line(' ', s->lines->at[i], s->colour);
    }
}

/* Lines that are equal at the end of both. */
static int common_end(const Lines *a, const Lines *b, int first)
{
    int n = 0;
    while (a->n - n > first && b->n - n > first && same_line(a->at[a->n - n - 1], b->at[b->n - n - 1]))
        n++;
    return n;
}

/* Of lines i.. of the one and j.. of the other, up to their ends, the length of the longest common part. */
typedef struct Common {
    int from, rows, columns;
    unsigned short *length;
} Common;

static unsigned short *length_at(const Common *c, int i, int j)
{
    return &c->length[(size_t)(i - c->from) * ((size_t)c->columns + 1) + (size_t)(j - c->from)];
}

static Common find_common(const Lines *a, const Lines *b)
{
    Common c = {0};
    while (c.from < a->n && c.from < b->n && same_line(a->at[c.from], b->at[c.from]))
        c.from++;
    int end = common_end(a, b, c.from);
    c.rows = a->n - end - c.from;
    c.columns = b->n - end - c.from;
    if (c.rows > MOST_LINES || c.columns > MOST_LINES)
        return c;
    c.length = calloc(((size_t)c.rows + 1) * ((size_t)c.columns + 1), sizeof *c.length);
    if (!c.length)
        abort();
    for (int i = c.from + c.rows - 1; i >= c.from; i--)
        for (int j = c.from + c.columns - 1; j >= c.from; j--) {
            unsigned short down = *length_at(&c, i + 1, j), right = *length_at(&c, i, j + 1);
            *length_at(&c, i, j) = same_line(a->at[i], b->at[j]) ? (unsigned short)(*length_at(&c, i + 1, j + 1) + 1)
                : down > right ? down : right;
        }
    return c;
}

void lines_diff_print(const Text *before, const Text *after, bool colour)
{
    Lines a = lines_of(before), b = lines_of(after);
    Common c = find_common(&a, &b);
    Shown shown = {.lines = &a, .colour = colour};
    int i = c.from, j = c.from, a_end = c.from + c.rows, b_end = c.from + c.columns;
    while (i < a_end || j < b_end) {
        if (i < a_end && j < b_end && same_line(a.at[i], b.at[j])) {
            i++, j++;
            continue;
        }
        show_equal(&shown, i, false);
        bool drop = i < a_end && (j == b_end || !c.length || *length_at(&c, i + 1, j) >= *length_at(&c, i, j + 1));
        print_line(drop ? '-' : '+', drop ? a.at[i++] : b.at[j++], colour);
        shown.from = i;
        shown.any = true;
    }
    show_equal(&shown, a.n, true);
    free(c.length);
    free(a.at);
    free(b.at);
}
