/* diag.c: collects diagnostics and prints them; see diag.h for the form.
 *
 * Invariants: `newest` is what labels and helps are added to; it is NULL when
 * nothing was said yet or the newest error was beyond KEPT and only counted.
 * Texts are made safe for a terminal when they are printed, not before. */
#include "diag.h"
#include "snippet.h"
#include "utf8.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Errors shown, and errors kept to choose them from. */
enum { SHOWN = 20, KEPT = 1000, LONGEST_TEXT = 600 };

typedef struct Diag {
    DiagCode code;
    bool warning;
    int order;
    Mark at;
    const char *message;
    VEC(Mark) also;
    VEC(const char *) expected, help;
} Diag;

struct Diags {
    Arena *arena;
    VEC(Source) sources;          /* by number, as spans mean them */
    VEC(Diag *) list;
    Diag *newest;
    int errors, count;            /* of all, kept or not */
    int errors_before;            /* printed and forgotten */
};

typedef struct Row {
    const char *code, *title, *help;
} Row;

static const Row rows[] = {
#define DIAG(code, title, help) {#code, title, help},
#include "diag.def"
#undef DIAG
};

Diags *diags_new(Arena *arena, const char *file, const char *text, size_t size)
{
    Diags *d = NEW(arena, Diags);
    d->arena = arena;
    diags_add_file(d, file, text, size);
    return d;
}

int diags_add_file(Diags *d, const char *file, const char *text, size_t size)
{
    size_t mark = size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;       /* as parse_program does */
    Source source = {.file = file, .text = text + mark, .size = size - mark};
    vec_push(d->arena, &d->sources, source);
    return d->sources.n - 1;
}

/* The formatted text, cut where it is longer than anyone reads. */
static const char *say(Diags *d, const char *format, va_list args)
{
    Text text = {0};
    text_vprintf(&text, format, args);
    size_t n = text.n;
    if (n > LONGEST_TEXT) {
        n = LONGEST_TEXT;
        while (n > 0 && ((unsigned char)text.p[n] & 0xc0) == 0x80)
            n--;
        text.n = n;
        text_add(&text, "...");
    }
    char *copy = arena_strndup(d->arena, text.p, text.n);
    text_free(&text);
    return copy;
}

static void add(Diags *d, bool warning, DiagCode code, Span at, const char *format, va_list args)
{
    d->count++;
    d->errors += !warning;
    d->newest = NULL;
    if (d->list.n >= KEPT)
        return;
    Diag *new = NEW(d->arena, Diag);
    new->code = code;
    new->warning = warning;
    new->order = d->list.n;
    new->at = (Mark){.span = at, .primary = true};
    new->message = say(d, format, args);
    vec_push(d->arena, &d->list, new);
    d->newest = new;
}

void diag_error(Diags *d, DiagCode code, Span at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(d, false, code, at, format, args);
    va_end(args);
}

void diag_warn(Diags *d, DiagCode code, Span at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(d, true, code, at, format, args);
    va_end(args);
}

void diag_label(Diags *d, const char *format, ...)
{
    if (!d->newest)
        return;
    va_list args;
    va_start(args, format);
    d->newest->at.label = say(d, format, args);
    va_end(args);
}

void diag_also(Diags *d, Span at, const char *format, ...)
{
    if (!d->newest)
        return;
    va_list args;
    va_start(args, format);
    Mark mark = {.span = at, .label = say(d, format, args)};
    va_end(args);
    vec_push(d->arena, &d->newest->also, mark);
}

void diag_expected(Diags *d, const char *format, ...)
{
    if (!d->newest)
        return;
    va_list args;
    va_start(args, format);
    const char *text = say(d, format, args);
    va_end(args);
    vec_push(d->arena, &d->newest->expected, text);
}

void diag_help(Diags *d, const char *format, ...)
{
    if (!d->newest)
        return;
    va_list args;
    va_start(args, format);
    const char *text = say(d, format, args);
    va_end(args);
    vec_push(d->arena, &d->newest->help, text);
}

static bool same_but_case(const char *a, const char *b)
{
    while (*a && tolower((unsigned char)*a) == tolower((unsigned char)*b))
        a++, b++;
    return *a == *b;
}

bool diag_suggest(Diags *d, const char *found, const char *const *names, int n)
{
    const char *best = NULL;
    size_t length = strlen(found);
    int nearest = length < 4 ? 2 : length < 6 ? 3 : 4;      /* must be below */
    for (int i = 0; i < n; i++) {
        if (!names[i])
            continue;
        int distance = same_but_case(found, names[i]) ? 0 : edit_distance(found, names[i]);
        if (distance < nearest && (size_t)distance < length) {
            nearest = distance;
            best = names[i];
        }
    }
    if (best)
        diag_help(d, "did you mean `%s`?", best);
    return best != NULL;
}

int diags_errors(const Diags *d)
{
    return d->errors_before + d->errors;
}

int diags_count(const Diags *d)
{
    return d->count;
}

static int by_place(const void *left, const void *right)
{
    const Diag *a = *(Diag *const *)left, *b = *(Diag *const *)right;
    if (a->at.span.file != b->at.span.file)
        return a->at.span.file < b->at.span.file ? -1 : 1;
    if (a->at.span.line != b->at.span.line)
        return a->at.span.line < b->at.span.line ? -1 : 1;
    if (a->at.span.col != b->at.span.col)
        return a->at.span.col < b->at.span.col ? -1 : 1;
    return a->order < b->order ? -1 : 1;
}

static bool same(const Diag *a, const Diag *b)
{
    return a->code == b->code && a->warning == b->warning && a->at.span.file == b->at.span.file && a->at.span.line == b->at.span.line &&
           a->at.span.col == b->at.span.col && strcmp(a->message, b->message) == 0;
}

static void print_notes(FILE *out, const Style *style, int gutter, const char *kind, const char *const *texts, int n)
{
    for (int i = 0; i < n; i++) {
        fprintf(out, "%*s%s=%s %s%s:%s ", gutter, "", style->frame, style->plain, style->strong, kind, style->plain);
        print_indented(out, texts[i], gutter + 2);
        fputc('\n', out);
    }
}

static void print_diag(const Diags *d, const Diag *it, FILE *out, const Style *style)
{
    const char *tone = it->warning ? style->warning : style->error;
    fprintf(out, "%s%s[%s]%s%s: ", tone, it->warning ? "warning" : "error", rows[it->code].code, style->plain,
            style->strong);
    print_indented(out, it->message, 0);
    fprintf(out, "%s\n", style->plain);

    Mark *marks = NEW_ARRAY(d->arena, Mark, it->also.n + 1);
    int n = 0;
    marks[n++] = it->at;
    for (int i = 0; i < it->also.n; i++)
        if (it->also.at[i].span.file == it->at.span.file)
            marks[n++] = it->also.at[i];
    int gutter = snippet_print(out, &d->sources.at[it->at.span.file], marks, n, tone, style);
    for (int i = 0; i < it->also.n; i++)
        if (it->also.at[i].span.file != it->at.span.file)
            snippet_print(out, &d->sources.at[it->also.at[i].span.file], &it->also.at[i], 1, tone, style);
    if (it->expected.n + it->help.n > 0 && gutter > 1)
        fprintf(out, "%*s%s|%s\n", gutter, "", style->frame, style->plain);
    print_notes(out, style, gutter, "expected", it->expected.at, it->expected.n);
    print_notes(out, style, gutter, "help", it->help.at, it->help.n);
}

/* What is unused may be used by what is wrong. */
static void drop_unused(Diags *d)
{
    int kept = 0;
    for (int i = 0; i < d->list.n; i++)
        if (d->list.at[i]->code != W0601 && d->list.at[i]->code != W0602)
            d->list.at[kept++] = d->list.at[i];
    d->list.n = kept;
}

static void sort_diags(Diags *d)
{
    if (d->errors > 0)
        drop_unused(d);
    if (d->list.n > 1)
        qsort(d->list.at, (size_t)d->list.n, sizeof *d->list.at, by_place);
}

static void forget_diags(Diags *d)
{
    d->errors_before += d->errors;
    d->errors = d->count = 0;
    d->list.n = 0;
    d->newest = NULL;
}

void diags_print(Diags *d, FILE *out, bool colour)
{
    const Style *style = colour ? &style_colour : &style_plain;
    sort_diags(d);
    int shown = 0, errors_shown = 0, repeated = 0;
    const Diag *last = NULL;
    for (int i = 0; i < d->list.n; i++) {
        const Diag *it = d->list.at[i];
        if (last && same(last, it)) {
            repeated += !it->warning;
            continue;
        }
        last = it;
        if (!it->warning && errors_shown == SHOWN)
            continue;
        errors_shown += !it->warning;
        if (shown++ > 0)
            fputc('\n', out);
        print_diag(d, it, out, style);
    }
    int more = d->errors - errors_shown - repeated;
    if (more > 0)
        fprintf(out, "\nand %d more error%s\n", more, more == 1 ? "" : "s");
    forget_diags(d);
}

/* ---- for editors ------------------------------------------------------------- */

static void json_text(FILE *out, const char *text)
{
    size_t n = strlen(text), length;
    fputc('"', out);
    for (size_t i = 0; i < n; i += length) {
        uint32_t c;
        length = utf8_decode(text + i, n - i, &c);
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", (int)c);
        else if (c < ' ' || c == 0x7f)
            fprintf(out, "\\u%04x", (unsigned)c);
        else if (length == 1 && c >= 0x80)
            fputs("\\ufffd", out);
        else
            fwrite(text + i, 1, length, out);
    }
    fputc('"', out);
}

static void json_member(FILE *out, const char *name, const char *text)
{
    if (!text)
        return;
    fprintf(out, ", \"%s\": ", name);
    json_text(out, text);
}

static void json_place(FILE *out, const Diags *d, Span s)
{
    fputs("\"file\": ", out);
    json_text(out, d->sources.at[s.file].file);
    fprintf(out, ", \"line\": %d, \"column\": %d, \"endLine\": %d, \"endColumn\": %d", s.line, s.col, s.end_line, s.end_col);
}

static void json_list(FILE *out, const char *name, const char *const *texts, int n)
{
    fprintf(out, ", \"%s\": [", name);
    for (int i = 0; i < n; i++) {
        fputs(i ? ", " : "", out);
        json_text(out, texts[i]);
    }
    fputs("]", out);
}

void diags_print_json(Diags *d, FILE *out)
{
    sort_diags(d);
    for (int i = 0; i < d->list.n; i++) {
        const Diag *it = d->list.at[i];
        if (i > 0 && same(d->list.at[i - 1], it))
            continue;
        fputc('{', out);
        json_place(out, d, it->at.span);
        json_member(out, "severity", it->warning ? "warning" : "error");
        json_member(out, "code", rows[it->code].code);
        json_member(out, "message", it->message);
        json_member(out, "label", it->at.label);
        json_list(out, "expected", it->expected.at, it->expected.n);
        json_list(out, "help", it->help.at, it->help.n);
        fputs(", \"related\": [", out);
        for (int j = 0; j < it->also.n; j++) {
            fputs(j ? ", {" : "{", out);
            json_place(out, d, it->also.at[j].span);
            json_member(out, "message", it->also.at[j].label);
            fputc('}', out);
        }
        fputs("]}\n", out);
    }
    fflush(out);
    forget_diags(d);
}

const char *diag_explain(const char *code, const char **title)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (same_but_case(rows[i].code, code)) {
            *title = rows[i].title;
            return rows[i].help;
        }
    return NULL;
}
