/* records.c: the formats of nodes: records to elements, with the layouts that the
 * headers of splits give; and text to a value in an expression. */
#include "core.h"
#include "durable/bytes.h"
#include "format/scalar.h"
#include <stdlib.h>

/* ---- formats --------------------------------------------------------------------- */

dsc_format *rt_format_new(dsc_context *job, const char *name, const dsc_node *node, const dsc_type *type)
{
    const dsc_format_def *def = dsc_find_format(name);
    if (!def) {
        dsc_fail(job, "there is no format '%s' in this build", name);
        rt_leave();
    }
    dsc_format *f = rt_must_zero(def->size, "a format");
    f->def = def;
    f->job = job;
    f->node = node;
    f->type = type;
    f->args = rt_args_new(def->args);
    if (!f->args) {
        free(f);
        rt_raise(sizeof(dsc_arg), "a format");
    }
    return f;
}

static void close_format(dsc_format *f)
{
    f->def->close(f);
    free(f->args);
    free(f);
}

static void give_header(rt_engine *e, rt_node *node)
{
    dsc_str *header = &node->sink.conn->header;
    rt_buf b = {0};
    if (node->format->def->encode_header)
        node->format->def->encode_header(node->format, &b);
    if (b.n > 0)
        rt_buf_char(&b, '\n');
    *header = (dsc_str){"", (int64_t)b.n};
    bool failed = b.failed;
    if (b.n > 0 && !failed)
        header->p = memcpy(rt_arena_alloc(&e->arguments, b.n), b.p, b.n);
    rt_buf_free(&b);
    if (failed)
        rt_raise(b.n, "a header");
}

int rt_format_open(rt_engine *e, rt_node *node)
{
    dsc_format *f = node->format;
    if (f->def->open(f) < 0)
        return -1;
    node->plain = strcmp(f->def->name, "lines") == 0;
    node->record_size = f->def->record_size ? f->def->record_size(f) : 0;
    if (node->def->kind == DSC_SINK) {
        node->sink.conn->record_size = node->record_size;
        give_header(e, node);
    } else {
        node->source.conn->record_size = node->record_size;
        node->source.conn->header = f->def->has_header && f->def->has_header(f);
    }
    return 0;
}

/* ---- layouts ----------------------------------------------------------------------- */

/* Splits end without a word, so the layouts of so many that began last are kept; a step has
 * fewer, and so does what is read at the same time. */
enum { KEPT = 4096 };

typedef struct Split {
    int32_t number;
    uint64_t begin;               /* where it begins: a block from there begins it anew */
    void *layout;                 /* NULL: it has no header */
    char *header;                 /* the line it was made of, n bytes */
    size_t n;
} Split;

struct rt_layouts {
    uint64_t n;                   /* begun in all; the i-th is at i % KEPT */
    Split of[KEPT];
};

/* NULL: nothing of it has been read. */
static Split *split_of(rt_layouts *l, int32_t number)
{
    for (uint64_t i = l->n; i > 0 && l->n - i < KEPT; i--)
        if (l->of[(i - 1) % KEPT].number == number)
            return &l->of[(i - 1) % KEPT];
    return NULL;
}

static void free_split(const rt_node *node, Split *split)
{
    if (split->layout)
        node->format->def->free_header(node->format, split->layout);
    free(split->header);
    *split = (Split){0};
}

static Split *new_split(rt_node *node, int32_t number, uint64_t begin)
{
    if (!node->layouts)
        node->layouts = rt_must_zero(sizeof *node->layouts, "the headers of files");
    Split *split = &node->layouts->of[node->layouts->n++ % KEPT];
    free_split(node, split);
    split->number = number;
    split->begin = begin;
    return split;
}

void rt_layouts_forget(rt_node *node)
{
    for (size_t i = 0; node->layouts && i < KEPT; i++)
        free_split(node, &node->layouts->of[i]);
    free(node->layouts);
    node->layouts = NULL;
}

void rt_format_free(rt_node *node)
{
    rt_layouts_forget(node);
    if (node->format)
        close_format(node->format);
    node->format = NULL;
}

/* The layout that a header line gives; the line is kept. */
static int take_header(rt_node *node, Split *split, dsc_str line, const char *name)
{
    split->layout = node->format->def->header(node->format, line, name);
    if (!split->layout)
        return -1;
    split->header = rt_must_alloc((size_t)line.n + 1, "the headers of files");
    memcpy(split->header, line.p, (size_t)line.n);
    split->n = (size_t)line.n;
    return 0;
}

void rt_layouts_put(rt_buf *b, const rt_node *node)
{
    const rt_layouts *l = node->layouts;
    uint64_t n = l ? l->n < KEPT ? l->n : KEPT : 0;
    rt_put_u64(b, n);
    for (uint64_t i = l ? l->n - n : 0; l && i < l->n; i++) {
        const Split *split = &l->of[i % KEPT];
        rt_put_i64(b, split->number);
        rt_put_u64(b, split->begin);
        rt_put_text(b, split->layout ? split->header : "", split->layout ? split->n : 0);
    }
}

int rt_layout_set(rt_node *node, int32_t number, uint64_t begin, dsc_str header)
{
    Split *split = new_split(node, number, begin);
    return header.n == 0 ? 0 : take_header(node, split, header, node->def->name);
}

static void cut_off(rt_span *span, size_t n, uint32_t lines)
{
    span->p += n;
    span->n -= n;
    span->offset += n;
    span->head += (uint32_t)n;
    span->head_lines += lines;
}

/* The beginning of a split: without its mark and header. */
static int begin_split(rt_node *node, rt_span *span, Split *split)
{
    if (span->n >= 3 && memcmp(span->p, "\xef\xbb\xbf", 3) == 0)
        cut_off(span, 3, 0);
    if (!node->source.conn->header)
        return 0;
    const char *nl = memchr(span->p, '\n', span->n);
    size_t whole = nl ? (size_t)(nl + 1 - span->p) : span->n, n = nl ? whole - 1 : whole;
    n -= n > 0 && span->p[n - 1] == '\r';
    int status = take_header(node, split, (dsc_str){span->p, (int64_t)n}, span->split_name ? span->split_name : node->def->name);
    cut_off(span, whole, 1);
    return status;
}

int rt_block_add(rt_engine *e, rt_node *node, int32_t split, const dsc_block *b)
{
    rt_span span = {.p = b->p, .n = b->n, .size = b->size, .offset = b->offset, .split = split, .split_name = b->split_name};
    if (node->format && !node->plain && node->record_size == 0 && b->n > 0) {
        Split *known = node->layouts ? split_of(node->layouts, split) : NULL;
        bool begins = !known || known->begin == b->offset;
        if (begins && begin_split(node, &span, known = new_split(node, split, b->offset)) < 0)
            return -1;
        span.layout = known->layout;
    }
    if (span.n > 0)
        rt_spans_add(e, span);
    return 0;
}

/* ---- the next record ------------------------------------------------------------------ */

/* The bytes of the next record, and past them. */
static inline bool next_bytes(dsc_task *t, size_t size, dsc_str *record)
{
    if (RT_UNLIKELY(t->at == t->end) && !rt_next_span(t))
        return false;
    const char *p = t->at, *end = t->end;
    t->record = (uintptr_t)p;
    t->records++;
    if (size > 0) {
        t->at = (size_t)(end - p) > size ? p + size : end;
        *record = (dsc_str){p, t->at - p};
        return true;
    }
    end = rt_line_end(p, end);
    t->at = end < t->end ? end + 1 : end;
    *record = (dsc_str){p, end - p - (end > p && end[-1] == '\r')};
    return true;
}

rt_scan rt_scan_of(const dsc_task *t, dsc_str record)
{
    const char *end = record.p + record.n;
    bool within = (uintptr_t)record.p >= t->record && (uintptr_t)end <= (uintptr_t)t->end;
    return (rt_scan){end, within ? t->end : end};
}

/* Room for elements of the node that runs. */
static __attribute__((noinline)) void make_room(dsc_task *t)
{
    rt_ahead *a = &t->ahead;
    free(a->elements);
    *a = (rt_ahead){0};
    a->size = t->node->format->type->size;
    a->elements = rt_must_zero(RT_AHEAD * a->size, "records");
    a->want = RT_AHEAD;
    a->node = t->node;
}

/* Whatever the next record is. */
static const void *any_record(dsc_task *t)
{
    const rt_node *node = t->node;
    const dsc_format *f = node->format;
    dsc_str record;
    for (;;) {
        rt_arena_rewind(&t->scratch);
        if (!next_bytes(t, node->record_size, &record))
            return NULL;
        const char *why = NULL;
        int made = f->def->decode(f, t, t->layout, record, t->ahead.elements, &why);
        if (RT_LIKELY(made > 0))
            return t->ahead.elements;
        if (made < 0)
            dsc_bad(t, node->def->line, node->def->col, why);
    }
}

static inline const void *next_ahead(dsc_task *t)
{
    rt_ahead *a = &t->ahead;
    size_t i = a->next++;
    t->record = (uintptr_t)a->at[i];
    t->records++;
    return a->elements + i * a->size;
}

/* As many records as can be decoded quickly, or none. */
static void decode_ahead(dsc_task *t)
{
    rt_ahead *a = &t->ahead;
    const dsc_format *f = t->node->format;
    a->next = a->n = 0;
    if (!f->def->usual || t->at == t->end)
        return;
    if (a->left > 0) {
        a->left--;
        return;
    }
    a->n = f->def->usual(f, t->layout, t->at, t->end, a->want, a->elements, a->at);
    if (a->n > 0)
        t->at = a->at[a->n];
    size_t more = a->n < a->want ? a->n + 1 : 2 * a->want;
    a->want = more < RT_AHEAD ? more : RT_AHEAD;
    a->pause = a->n > 0 ? 0 : a->pause < RT_AHEAD / 2 ? 2 * a->pause + 1 : RT_AHEAD;
    a->left = a->pause;
}

static __attribute__((noinline)) const void *next_or_more(dsc_task *t)
{
    rt_ahead *a = &t->ahead;
    rt_arena_rewind(&t->scratch);
    if (a->next < a->n)
        return next_ahead(t);
    if (a->node != t->node)
        make_room(t);
    decode_ahead(t);
    return a->n > 0 ? next_ahead(t) : any_record(t);
}

const void *dsc_next_record(dsc_task *t)
{
    bool rewound = t->scratch.at == t->scratch.only;
    return RT_LIKELY(t->ahead.next < t->ahead.n) && RT_LIKELY(rewound) ? next_ahead(t) : next_or_more(t);
}

/* ---- text in expressions ---------------------------------------------------------------- */

/* What a task has read texts as, the last first. */
struct rt_decoder {
    rt_decoder *next;
    const char *name;
    dsc_format *format;
};

static rt_decoder *new_decoder(dsc_task *task, const char *name, const dsc_type *type)
{
    rt_decoder *d = rt_must_zero(sizeof *d, "a format");
    d->name = name;
    d->next = task->decoders;
    task->decoders = d;
    d->format = rt_format_new(task->job, name, NULL, type);
    if (d->format->def->open(d->format) < 0)
        rt_leave();
    return d;
}

bool dsc_decode(dsc_task *task, const char *name, const dsc_type *type, dsc_str text, void *out)
{
    rt_decoder *d = task->decoders;
    while (d && (d->format->type != type || strcmp(d->name, name) != 0))
        d = d->next;
    if (RT_UNLIKELY(!d))
        d = new_decoder(task, name, type);
    const char *why;
    return d->format->def->decode(d->format, task, NULL, text, out, &why) > 0;
}

void rt_decoders_free(dsc_task *task)
{
    for (rt_decoder *d = task->decoders, *next; d; d = next) {
        next = d->next;
        if (d->format)
            close_format(d->format);
        free(d);
    }
    task->decoders = NULL;
}
