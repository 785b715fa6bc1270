/* dead.c: dead letters: bad elements that are written aside.
 *
 * Each folder is a `files` sink of the engine's own, which takes part in every
 * batch as the program's sinks do: DIR/rejects-<ms>.jsonl is complete or not
 * there, and comes with its batch. A letter is one line of JSON. Letters of a
 * batch stand in the order of the input, whatever the number of threads. */
#include "core.h"
#include "format/json_text.h"
#include <stdlib.h>

/* ---- folders ---------------------------------------------------------------------- */

/* The folder of what the node's stage finds bad; NULL: it is not written aside. */
static const char *folder_of(const dsc_program *program, int i)
{
    const dsc_node *node = &program->nodes[i];
    if (node->kind == DSC_SOURCE)
        return node->on_error == DSC_DEAD_LETTER ? node->dead_letter : NULL;
    return program->on_error == DSC_DEAD_LETTER ? program->dead_letter : NULL;
}

/* The first node with the same folder. */
static int first_with(const dsc_program *program, const char *folder)
{
    for (int i = 0; i < program->n_nodes; i++) {
        const char *other = folder_of(program, i);
        if (other && strcmp(other, folder) == 0)
            return i;
    }
    return -1;
}

int rt_dead_letters_count(const dsc_program *program)
{
    int n = 0;
    for (int i = 0; i < program->n_nodes; i++) {
        const char *folder = folder_of(program, i);
        n += folder && first_with(program, folder) == i;
    }
    return n;
}

static void set_text(rt_engine *e, rt_node *node, const char *name, const char *before, const char *after)
{
    dsc_arg *arg = rt_args_find(node->sink.conn->args, node->sink.conn->def->args, name);
    size_t n = strlen(before), m = strlen(after);
    char *text = rt_arena_alloc(&e->arguments, n + m);
    memcpy(text, before, n);
    memcpy(text + n, after, m);
    arg->s = (dsc_str){text, (int64_t)(n + m)};
    arg->set = true;
}

static void make_folder(rt_engine *e, const char *folder)
{
    static const char prefix[] = "deadLetter.";
    dsc_node *def = rt_must_zero(sizeof *def, "a sink");
    char *name = rt_arena_alloc(&e->arguments, sizeof prefix + strlen(folder));
    memcpy(name, prefix, sizeof prefix - 1);
    strcpy(name + sizeof prefix - 1, folder);
    *def = (dsc_node){.kind = DSC_SINK, .name = name, .op = "files", .type = &dsc_type_string, .dead_letter = folder};
    rt_node *node = &e->nodes[e->n_nodes];
    node->def = def;
    node->index = e->n_nodes++;
    rt_sink_make(e, node);
    set_text(e, node, "prefix", folder, *folder && folder[strlen(folder) - 1] == '/' ? "rejects" : "/rejects");
    set_text(e, node, "suffix", "jsonl", "");
}

void rt_dead_letters_make(rt_engine *e)
{
    const dsc_program *program = e->job->program;
    for (int i = 0; i < program->n_nodes; i++) {
        rt_node *node = &e->nodes[i];
        const char *folder = folder_of(program, i);
        node->on_error = node->def->kind == DSC_SOURCE ? node->def->on_error : program->on_error;
        if (!folder)
            continue;
        int first = first_with(program, folder);
        if (first == i)
            make_folder(e, folder);
        node->dead_letter = first == i ? e->n_nodes - 1 : e->nodes[first].dead_letter;
    }
}

void rt_dead_letters_free(rt_engine *e)
{
    for (int i = e->job->program->n_nodes; i < e->n_nodes; i++)
        free((void *)e->nodes[i].def);
}

/* ---- letters ------------------------------------------------------------------------- */

static void add_text(rt_buf *b, const char *name, const char *text, size_t n)
{
    rt_buf_print(b, ",\"%s\":", name);
    rt_json_string(b, text, n);
}

static bool is_utf8(const char *p, size_t n)
{
    for (const char *end = p + n; p < end;) {
        size_t length = rt_utf8_length(p, end);
        if (length == 0)
            return false;
        p += length;
    }
    return true;
}

static void add_base64(rt_buf *b, const char *bytes, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *p = (const unsigned char *)bytes;
    for (size_t i = 0; i < n; i += 3) {
        unsigned left = n - i < 3 ? (unsigned)(n - i) : 3;
        unsigned word = (unsigned)p[i] << 16 | (left > 1 ? (unsigned)p[i + 1] << 8 : 0) | (left > 2 ? p[i + 2] : 0);
        for (unsigned k = 0; k < 4; k++)
            rt_buf_char(b, k <= left ? digits[word >> (18 - 6 * k) & 63] : '=');
    }
}

/* The record or element at `record` of a span. */
static void add_record(rt_buf *b, const rt_node *node, const rt_span *span, const char *record)
{
    if (span->size > 0) {
        rt_buf text = {0};
        const dsc_type *type;
        record = rt_shown(node, record, &type);
        rt_print_value(&text, type, record);
        add_text(b, "element", text.p, text.n);
        b->failed |= text.failed;
        rt_buf_free(&text);
        return;
    }
    size_t n = rt_record_length(node, span, record);
    if (node->record_size == 0 && is_utf8(record, n)) {
        add_text(b, "raw", record, n);
    } else {
        rt_buf_text(b, ",\"rawBase64\":\"");
        add_base64(b, record, n);
        rt_buf_char(b, '"');
    }
}

static void add_key(rt_buf *b, dsc_task *t)
{
    rt_buf text = {0};
    if (rt_print_key_at(&text, t, &t->engine->nodes[t->node->index], t->record))
        add_text(b, "key", text.p, text.n);
    b->failed |= text.failed;
    rt_buf_free(&text);
}

static void add_letter(rt_buf *b, dsc_task *t, int line, int col, const char *why)
{
    const rt_engine *e = t->engine;
    const dsc_node *def = t->node->def;
    const char *record = (const char *)(uintptr_t)t->record;
    bool element = rt_reads_elements(t->node) && !(t->record & RT_STATE_KEY);
    const rt_span *span = element ? rt_span_of(e, record) : NULL;
    const char *from = def->kind != DSC_SOURCE ? def->op : span && span->split_name ? span->split_name : def->name;
    rt_buf_text(b, def->kind == DSC_SOURCE ? "{\"source\":" : "{\"operator\":");
    rt_json_string(b, from, strlen(from));
    rt_buf_print(b, ",\"batch\":%lld", (long long)(e->time / 1000));
    if (span && span->size == 0)
        rt_buf_print(b, ",\"offset\":%llu", (unsigned long long)(span->offset + (uint64_t)(record - span->p)));
    add_text(b, "reason", why, strlen(why));
    rt_buf at = {0};
    rt_buf_print(&at, "%s:%d:%d", t->job->program->file, line, col);
    add_text(b, "at", at.p, at.n);
    b->failed |= at.failed;
    rt_buf_free(&at);
    if (span)
        add_record(b, t->node, span, record);
    else if (!element || t->node->event)
        add_key(b, t);
    rt_buf_text(b, "}\n");
}

void rt_dead_letter(dsc_task *t, int line, int col, const char *why)
{
    rt_text *text = rt_port(t, t->node->dead_letter);
    add_letter(&text->buf, t, line, col, why);
    text->count++;
    if (text->buf.failed)
        rt_raise(text->buf.cap * 2, "dead letters");
}
