/* put.c: the output of a stage: into folds, groups, windows and sinks; and what
 * becomes of a sink's text.
 *
 * Elements are made text by the worker that put them; the texts of morsels
 * join the step in the order of morsels, and reach the sink when the step is
 * over, so that nothing of a step that fails does. */
#include "core.h"
#include "crash.h"
#include <stdlib.h>

/* ---- ports ------------------------------------------------------------------------ */

/* Take a spare from *list, or have a new one of zero bytes. */
#define TAKE_SPARE(e, list, type) ((type *)take_spare(e, (void **)&(list), offsetof(type, next), sizeof(type)))

static void *take_spare(rt_engine *e, void **list, size_t next, size_t size)
{
    pthread_mutex_lock(&e->spares);
    char *spare = *list;
    if (spare)
        memcpy(list, spare + next, sizeof *list);
    pthread_mutex_unlock(&e->spares);
    if (!spare)
        return rt_must_zero(size, "buffers");
    memset(spare + next, 0, sizeof(void *));
    return spare;
}

static void *open_text(rt_engine *e, rt_node *node, rt_out *out)
{
    rt_text *text = out->text = TAKE_SPARE(e, node->spare_texts, rt_text);
    const rt_sink_state *s = &node->sink;
    text->room = s->conn->def->counts_only ? 0 : s->limit - s->total < 0 ? 0 : s->limit - s->total;
    return text;
}

void *rt_port_open(dsc_task *task, rt_node *node)
{
    rt_engine *e = task->engine;
    void *port = NULL;
    bool elements = rt_reads_elements(node) || node->def->call || (node->sink.conn && node->sink.conn->def->rows);
    if (node->def->kind != DSC_SINK && !elements && !rt_keyed_scatters(&node->keyed)) {
        port = node->keyed.tables[node->keyed.n_tables == 1 ? 0 : task->worker];
    } else {
        rt_out *out = TAKE_SPARE(e, node->spare_outs, rt_out);
        *out = (rt_out){.next = task->morsel->outs, .node = node};
        task->morsel->outs = out;
        if (elements) {
            port = out->seq = TAKE_SPARE(e, node->spare_seqs, rt_seq);
        } else if (node->def->kind == DSC_SINK) {
            port = open_text(e, node, out);
        } else {
            rt_scatter *s = out->scatter = TAKE_SPARE(e, node->spare_scatters, rt_scatter);
            if (s->keys.acc == NULL)
                rt_table_init(&s->keys, node->def->key, node->keyed.acc);
            s->seq = task->seq;
            s->morsel = task->n_morsel;
            port = s;
        }
    }
    task->ports[node->index] = port;
    task->touched[task->n_touched++] = node;
    return port;
}

dsc_table *dsc_table_of(dsc_task *task, int node) { return rt_port(task, node); }

/* ---- folds, groups, windows -------------------------------------------------------------- */

static void fold_in(dsc_task *task, int index, const void *key, const void *value)
{
    rt_node *node = &task->engine->nodes[index];
    rt_keyed *k = &node->keyed;
    task->place++;
    if (node->skipping)
        return;
    if (rt_keyed_scatters(k) && !task->alone) {
        rt_keyed_scatter(k, task, rt_port(task, index), key, value);
    } else {
        if (k->exact)
            rt_port(task, index);         /* so that the table's size is noted */
        rt_keyed_in(k, task, key, value);
    }
}

void dsc_fold_in(dsc_task *task, int node, const void *key, const void *value) { fold_in(task, node, key, value); }

void dsc_group_in(dsc_task *task, int node, const void *key, const void *value) { fold_in(task, node, key, value); }

void dsc_push(dsc_task *task, int index, const void *value)
{
    rt_node *node = &task->engine->nodes[index];
    if (RT_UNLIKELY(node->event && node->def->by_time->n_clocks > 1))
        rt_event_push(task, node, value);
    if (!node->skipping)
        rt_seq_push(rt_port(task, index), rt_element_type(node), value);
}

/* ---- sinks ----------------------------------------------------------------------------------- */

/* The element as the sink's format has it, or false after it has been called bad. */
static bool add_element(dsc_task *task, const rt_node *node, rt_buf *out, const void *value)
{
    const dsc_format *f = node->format;
    size_t before = out->n;
    const char *why = f->def->encode(f, task, out, value);
    if (RT_UNLIKELY(why != NULL)) {
        out->n = before;
        dsc_bad(task, node->def->line, node->def->col, why);
    } else if (node->record_size == 0) {
        rt_buf_char(out, '\n');
    }
    return why == NULL;
}

void dsc_put(dsc_task *task, int index, const void *value)
{
    const rt_node *node = &task->engine->nodes[index];
    rt_text *text = rt_port(task, index);
    bool shown = text->count < text->room;
    if (!shown && !node->format->def->may_refuse) {
        text->count++;
        return;
    }
    if (node->plain && node->def->type->kind == DSC_STRING) {
        const dsc_str *s = value;
        rt_buf_add(&text->buf, s->p, (size_t)s->n);
        rt_buf_char(&text->buf, '\n');
    } else {
        size_t before = text->buf.n;
        if (!add_element(task, node, &text->buf, value))
            return;
        if (!shown)
            text->buf.n = before;
    }
    text->count++;
    if (text->buf.failed)
        rt_raise(text->buf.cap * 2, "the text of a sink");
    if (shown && node->sink.limit != INT64_MAX) {
        text->ends = rt_must_fit(text->ends, &text->ends_cap, (size_t)text->count, sizeof *text->ends, "the text of a sink");
        text->ends[text->count - 1] = text->buf.n;
    }
}

static void give_back(rt_node *node, rt_text *text)
{
    text->buf.n = 0;
    text->count = 0;
    text->next = node->spare_texts;
    node->spare_texts = text;
}

void rt_sink_take(rt_engine *e, rt_node *node, rt_text *text)
{
    rt_sink_state *s = &node->sink;
    if (e->mute || s->published) {
        give_back(node, text);
        return;
    }
    s->total += text->count;
    text->next = NULL;
    if (s->first == NULL)
        s->last = &s->first;
    *s->last = text;
    s->last = &text->next;
}

static int begin(rt_engine *e, rt_sink_state *s)
{
    if (s->begun)
        return 0;
    s->begun = true;
    return s->conn->def->begin(s->conn, e->time);
}

static int write_text(rt_sink_state *s, const rt_text *text)
{
    int64_t n = text->count < text->room ? text->count : text->room;
    if (n > s->limit - s->written)
        n = s->limit - s->written;
    if (n <= 0)
        return 0;
    s->written += n;
    size_t bytes = n == text->count ? text->buf.n : text->ends[n - 1];
    return s->conn->def->write(s->conn, text->buf.p, bytes, n);
}

int rt_sink_write(rt_engine *e, rt_node *node)
{
    rt_sink_state *s = &node->sink;
    if (begin(e, s) < 0)
        return -1;
    while (s->first) {
        rt_text *text = s->first;
        if (write_text(s, text) < 0)
            return -1;
        s->first = text->next;
        give_back(node, text);
    }
    return 0;
}

static int give_rows(rt_node *node)
{
    const dsc_sink_def *def = node->sink.conn->def;
    int status = 0;
    for (const rt_seq *seq = def->rows ? node->held : NULL; seq && status == 0; seq = seq->next)
        status = def->rows(node->sink.conn, seq->elements, seq->n);
    if (def->rows)
        rt_held_clear(node);
    return status;
}

int rt_sink_prepare(rt_engine *e, rt_node *node)
{
    rt_sink_state *s = &node->sink;
    s->token.nothing = false;
    if (begin(e, s) < 0 || give_rows(node) < 0 || s->conn->def->prepare(s->conn, s->total, &s->token) < 0)
        return -1;
    s->known = true;
    return 0;
}

int rt_sink_publish(rt_engine *e, rt_node *node)
{
    rt_sink_state *s = &node->sink;
    if (!s->published && s->conn->def->calls && rt_call_publish(e, node) < 0)
        return -1;
    if (s->published) {
        rt_held_clear(node);
        s->conn->def->abort(s->conn);
    } else if (s->conn->def->publish(s->conn, &s->token) < 0) {
        return -1;
    }
    rt_crash_point();
    s->begun = s->conn->counts = false;
    s->total = s->written = 0;
    return 0;
}

static void drop_texts(rt_node *node)
{
    for (rt_text *text = node->sink.first, *next; text; text = next) {
        next = text->next;
        give_back(node, text);
    }
    node->sink.first = NULL;
}

void rt_sink_abort(rt_node *node)
{
    rt_sink_state *s = &node->sink;
    drop_texts(node);
    rt_held_clear(node);
    if (s->begun)
        s->conn->def->abort(s->conn);
    s->begun = false;
}

void rt_sink_aside(rt_node *node, rt_aside *aside)
{
    rt_sink_state *s = &node->sink;
    *aside = (rt_aside){s->first, s->last, s->total};
    s->first = NULL;
}

void rt_sink_back(rt_node *node, const rt_aside *aside, bool keep)
{
    rt_sink_state *s = &node->sink;
    if (!keep) {
        drop_texts(node);
        s->total = aside->total;
    }
    if (!aside->first)
        return;
    *aside->last = s->first;
    if (!s->first)
        s->last = aside->last;
    s->first = aside->first;
}

void rt_text_free(rt_text *text)
{
    rt_buf_free(&text->buf);
    free(text->ends);
    free(text);
}
