/* bad.c: bad elements: the one that stops a program, and those that do not. */
#include "core.h"
#include <stdio.h>
#include <stdlib.h>

/* How many elements were left out for a reason at a place of the program, and where they went. */
typedef struct Skip {
    int line, col;
    const char *why;
    const char *folder;           /* of dead letters; NULL: nowhere */
    const char *stream;           /* where late elements went; NULL: nowhere */
    int64_t n;
} Skip;

struct rt_skips {
    Skip *at;
    size_t n, cap;
};

static bool same_text(const char *a, const char *b) { return a == b || (a && b && strcmp(a, b) == 0); }

static bool is_skip(const Skip *s, const Skip *like)
{
    return s->line == like->line && s->col == like->col && same_text(s->why, like->why) && same_text(s->folder, like->folder);
}

static void count_skip(rt_engine *e, Skip like, int64_t n)
{
    pthread_mutex_lock(&e->spares);
    struct rt_skips *s = e->skips;
    size_t i = 0;
    while (s && i < s->n && !is_skip(&s->at[i], &like))
        i++;
    if (!s)
        s = e->skips = calloc(1, sizeof *s);
    if (s && i == s->cap) {
        size_t cap = s->cap ? s->cap * 2 : 8;
        Skip *at = realloc(s->at, cap * sizeof *at);
        if (at) {
            s->at = at;
            s->cap = cap;
        }
    }
    if (s && i < s->cap) {
        if (i == s->n)
            s->at[s->n++] = like;
        s->at[i].n += n;
        e->skipped += like.folder || like.stream ? 0 : n;
    }
    pthread_mutex_unlock(&e->spares);
}

void dsc_bad(dsc_task *task, int line, int col, const char *why)
{
    rt_engine *e = task->engine;
    if (task->setting_up) {
        dsc_fail(task->job, "%s:%d:%d: %s", task->job->program->file, line, col, why);
        return;
    }
    if (task->timing)
        return;
    const rt_node *node = task->node;
    if (node->on_error != DSC_STOP && !task->combining) {
        const char *folder = NULL;
        if (node->on_error == DSC_DEAD_LETTER) {
            folder = e->nodes[node->dead_letter].def->dead_letter;
            rt_dead_letter(task, line, col, why);
        }
        count_skip(e, (Skip){.line = line, .col = col, .why = why, .folder = folder}, 1);
        return;
    }
    if (task->bad->why == NULL)
        *task->bad = (rt_bad){line, col, why, task->combining, task->n_morsel, ++task->place, task->record};
    /* nothing more of this morsel */
    task->next = task->last;
    task->at = task->end = NULL;
    task->ahead.next = task->ahead.n;
}

void dsc_bad_fold(dsc_task *task, int line, int col, const char *why)
{
    bool combining = task->combining;
    task->combining = true;
    dsc_bad(task, line, col, why);
    task->combining = combining;
}

void rt_late_count(rt_engine *e, const dsc_by_time *w, int64_t n)
{
    e->late += n;
    if (n > 0)
        count_skip(e, (Skip){.line = w->line, .col = w->col, .why = w->why, .stream = w->aside}, n);
}

bool rt_bad_before(const rt_bad *a, const rt_bad *b)
{
    if (!a->why || !b->why)
        return a->why != NULL;
    return a->morsel != b->morsel ? a->morsel < b->morsel : a->place < b->place;
}

/* ---- what went wrong, and where ------------------------------------------------------ */

enum { SHOWN = 160 };             /* bytes of a record that are shown */

void rt_buf_shown(rt_buf *b, const char *p, size_t n)
{
    for (size_t i = 0; i < n && i < SHOWN; i++) {
        unsigned char c = (unsigned char)p[i];
        if (c == '\t')
            rt_buf_text(b, "\\t");
        else if (c == '\n')
            rt_buf_text(b, "\\n");
        else if (c < ' ' || c == 0x7f)
            rt_buf_print(b, "\\x%02x", c);
        else
            rt_buf_char(b, (char)c);
    }
    if (n > SHOWN) {
        while (b->n > 0 && ((unsigned char)b->p[b->n - 1] & 0xc0) == 0x80)
            b->n--;               /* no half characters */
        if (b->n > 0 && (unsigned char)b->p[b->n - 1] >= 0xc0)
            b->n--;
        rt_buf_print(b, "... (%zu bytes)", n);
    }
}

const rt_span *rt_span_of(const rt_engine *e, const char *record)
{
    for (size_t i = 0; i < e->n_spans; i++) {
        const rt_span *s = &e->spans[i];
        if (record >= s->p && record < s->p + s->n * (s->size ? s->size : 1))
            return s;
    }
    return NULL;
}

/* The line number of a record, where its split was read from the beginning in this step; else 0. */
static uint64_t line_of(const rt_engine *e, const rt_span *span, const char *record)
{
    uint64_t lines = 1, expected = span->offset;
    const char *end = record;
    for (const rt_span *s = span;; s--) {
        for (const char *p = s->p; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++)
            lines++;
        if (s->offset == s->head)
            return lines + s->head_lines;
        if (s == e->spans || s[-1].split_name != s->split_name || s[-1].offset + s[-1].n != expected)
            return 0;
        expected = s[-1].offset;
        end = s[-1].p + s[-1].n;
    }
}

size_t rt_record_length(const rt_node *node, const rt_span *span, const char *record)
{
    size_t left = (size_t)(span->p + span->n - record);
    if (node->record_size > 0)
        return left < node->record_size ? left : node->record_size;
    const char *nl = memchr(record, '\n', left);
    size_t n = nl ? (size_t)(nl - record) : left;
    return n - (n > 0 && record[n - 1] == '\r');
}

static void show_record(rt_buf *b, const rt_engine *e, const rt_node *node, const char *record)
{
    const rt_span *span = rt_span_of(e, record);
    if (!span)
        return;
    const char *name = span->split_name ? span->split_name : node->def->name;
    if (span->size > 0) {
        rt_buf text = {0};
        const dsc_type *type;
        record = rt_shown(node, record, &type);
        if (type)
            rt_print_value(&text, type, record);
        rt_buf_print(b, "\n  %s, batch %lld ms: ", name, (long long)(e->time / 1000));
        rt_buf_shown(b, text.p, text.n);
        rt_buf_free(&text);
        return;
    }
    size_t n = rt_record_length(node, span, record);
    uint64_t line = node->record_size == 0 ? line_of(e, span, record) : 0;
    if (line > 0)
        rt_buf_print(b, "\n  %s, line %llu: ", name, (unsigned long long)line);
    else
        rt_buf_print(b, "\n  %s, byte %llu: ", name, (unsigned long long)(span->offset + (uint64_t)(record - span->p)));
    rt_buf_shown(b, record, n);
}

bool rt_print_key_at(rt_buf *b, dsc_task *t, rt_node *node, uint64_t place)
{
    const dsc_type *type = node->def->key;
    if (node->event)
        return rt_event_print_key(b, t, node);
    if (!type)
        return false;
    void *key = rt_arena_alloc(&t->scratch, type->size);
    uint32_t id;
    if (node->window) {
        if (!rt_window_key(node, place, key, &t->scratch))
            return false;
    } else if (place & RT_STATE_KEY) {
        rt_state_key(node->state, (uint32_t)place, key, &t->scratch);
    } else {
        if (place >= node->keyed.n)
            return false;
        dsc_table *table = rt_keyed_at(&node->keyed, place, &id);
        rt_table_key_value(table, id, key, &t->scratch);
    }
    rt_print_value(b, type, key);
    return true;
}

static void show_place(rt_buf *b, rt_engine *e, rt_node *node, uint64_t place)
{
    rt_buf_print(b, "\n  %s, batch %lld ms", node->def->op, (long long)(e->time / 1000));
    rt_buf text = {0};
    if (rt_print_key_at(&text, &e->tasks[0], node, place)) {
        rt_buf_text(b, ", key ");
        rt_buf_shown(b, text.p, text.n);
    }
    rt_buf_free(&text);
}

int rt_bad_fail(rt_engine *e, rt_node *node, const rt_bad *bad)
{
    if (rt_guard_check(e->job) < 0)       /* then the element may never have been there */
        return -1;
    rt_buf b = {0};
    if (bad->morsel != SIZE_MAX) {
        if (rt_reads_elements(node) && bad->record != 0 && !(bad->record & RT_STATE_KEY))
            show_record(&b, e, node, (const char *)(uintptr_t)bad->record);
        else
            show_place(&b, e, node, bad->record);
    } else {
        rt_buf_print(&b, "\n  %s, batch %lld ms", node->def->op, (long long)(e->time / 1000));
    }
    if (!bad->combining)
        rt_buf_text(&b, "\n  `on error skip` in the program leaves bad elements out and counts them");
    dsc_fail(e->job, "%s:%d:%d: %s%.*s", e->job->program->file, bad->line, bad->col, bad->why, (int)b.n, b.p ? b.p : "");
    rt_buf_free(&b);
    return -1;
}

/* ---- counts ----------------------------------------------------------------------------- */

static int by_place(const void *x, const void *y)
{
    const Skip *a = x, *b = y;
    int order = a->line != b->line ? a->line - b->line : a->col != b->col ? a->col - b->col : strcmp(a->why, b->why);
    return order ? order : strcmp(a->folder ? a->folder : "", b->folder ? b->folder : "");
}

void rt_skips_report(rt_engine *e)
{
    struct rt_skips *s = e->skips;
    if (!s)
        return;
    qsort(s->at, s->n, sizeof *s->at, by_place);
    for (size_t i = 0; i < s->n; i++)
        dsc_note(e->job, "%s:%d:%d: %s: %lld element%s %s%s", e->job->program->file, s->at[i].line, s->at[i].col,
                 s->at[i].why, (long long)s->at[i].n, s->at[i].n == 1 ? "" : "s",
                 s->at[i].folder ? "written to " : s->at[i].stream ? "given to " : "skipped",
                 s->at[i].folder ? s->at[i].folder : s->at[i].stream ? s->at[i].stream : "");
}

void rt_skips_free(rt_engine *e)
{
    if (e->skips)
        free(e->skips->at);
    free(e->skips);
    e->skips = NULL;
}
