/* snapshot.c: what snapshots hold: what the job keeps when a record of the log has been carried out.
 *
 * A file, with numbers, texts and values as in bytes.h:
 *
 *   "dscsnap4", XXH3 of all that follows
 *   number of the file below, its XXH3: the file is on top of that one; its own number and 0: it has all
 *   seq, epoch, zero, start, batch, real clock?, time, last, empty batches, boot (text)
 *   parts, n: kind, name (text), operator (text), form (text), bytes (text):
 *     0  of a node that keeps state: form and bytes of states.h
 *     1  of a source: form: is it cut by a time in the data? Bytes: ended?, position (text), layouts of splits n: split,
 *        where it begins, header line (text). The position of one that is cut by a time in the data is that of timed.c
 *     2  of a sink that has had a batch: form: does its token say something to another process? Bytes: the token of the last one
 *   versions of tables in use, n: as in versions.h
 *
 * A file on top of another has the same nodes, and of their tables what frozen.c says; of all else it has the whole.
 * What is to be in it is copied between two batches: states and windows as they lie in memory, all else as bytes. */
#define _GNU_SOURCE
#include "snapshot.h"
#include "changes.h"
#include "states.h"

#include <stdlib.h>

enum { PART_BYTES = 40 };         /* that a part takes at least */
static const char mark[8] = {'d', 's', 'c', 's', 'n', 'a', 'p', '4'};

/* ---- the job --------------------------------------------------------------------- */

void rt_snapshot_begin(rt_buf *b, const rt_job_state *s, const rt_chain *below)
{
    b->n = 0;
    rt_buf_add(b, mark, sizeof mark);
    rt_put_u64(b, 0);
    rt_put_u64(b, below ? below->seq : s->seq);
    rt_put_u64(b, below ? below->hash : 0);
    rt_put_u64(b, s->seq);
    rt_put_u64(b, s->epoch);
    rt_put_i64(b, s->zero);
    rt_put_i64(b, s->start);
    rt_put_i64(b, s->batch);
    rt_put_u64(b, s->real);
    rt_put_i64(b, s->time);
    rt_put_i64(b, s->last);
    rt_put_i64(b, s->empty);
    rt_put_text(b, s->boot, strlen(s->boot));
}

static void get_job(rt_reader *r, rt_job_state *s)
{
    *s = (rt_job_state){.seq = rt_get_u64(r)};
    s->epoch = rt_get_u64(r);
    s->zero = rt_get_i64(r);
    s->start = rt_get_i64(r);
    s->batch = rt_get_i64(r);
    s->real = rt_get_u64(r) != 0;
    s->time = rt_get_i64(r);
    s->last = rt_get_i64(r);
    s->empty = rt_get_i64(r);
    dsc_str boot = rt_get_text(r);
    r->damaged |= boot.n >= (int64_t)sizeof s->boot;
    if (!r->damaged && boot.n > 0)
        memcpy(s->boot, boot.p, (size_t)boot.n);
}

static bool has_mark(const rt_reader *r, size_t n) { return r->end - r->at >= (ptrdiff_t)sizeof mark && memcmp(r->at, mark, n) == 0; }

bool rt_snapshot_foreign(const rt_reader *r) { return has_mark(r, sizeof mark - 1) && !has_mark(r, sizeof mark); }

bool rt_snapshot_head(rt_reader *r, uint64_t *hash, uint64_t *below, uint64_t *below_hash, rt_job_state *s)
{
    if (!has_mark(r, sizeof mark))
        return false;
    r->at += sizeof mark;
    *hash = rt_get_u64(r);
    *below = rt_get_u64(r);
    *below_hash = rt_get_u64(r);
    get_job(r, s);
    return !r->damaged;
}

/* ---- parts ------------------------------------------------------------------------------- */

void rt_get_part(rt_reader *r, rt_part *part)
{
    *part = (rt_part){.kind = (rt_part_kind)rt_get_u64(r)};
    part->name = rt_get_text(r);
    part->op = rt_get_text(r);
    part->form = rt_get_text(r);
    part->bytes = rt_get_text(r);
    r->damaged |= part->kind > RT_PART_SINK;
}

/* ---- into the nodes ------------------------------------------------------------------------- */

static int load_source(rt_node *node, rt_reader *r)
{
    node->source.ended = rt_get_u64(r) != 0;
    dsc_str position = rt_get_text(r);
    uint64_t n = rt_get_count(r, 24);
    for (uint64_t i = 0; i < n && !r->damaged; i++) {
        int32_t split = (int32_t)rt_get_i64(r);
        uint64_t begin = rt_get_u64(r);
        dsc_str header = rt_get_text(r);
        if (!r->damaged && rt_layout_set(node, split, begin, header) < 0)
            return -1;
    }
    return r->damaged || !node->source.open ? 0 : rt_source_seek(node, position);
}

void rt_token_set(rt_node *node, dsc_str bytes)
{
    memcpy(node->sink.token.bytes, bytes.p, (size_t)bytes.n);
    node->sink.token.n = (int)bytes.n;
    node->sink.known = true;
}

bool rt_snapshot_rows(const rt_snapshot *s, const rt_part *part, rt_reader *rows)
{
    for (size_t i = 0; i < s->n; i++) {
        rt_reader r = s->files[i].rest;
        bool found = false;
        for (uint64_t j = 0, n = rt_get_count(&r, PART_BYTES); j < n && !found && !r.damaged; j++) {
            rt_part other;
            rt_get_part(&r, &other);
            found = other.kind == part->kind && other.name.n == part->name.n && memcmp(other.name.p, part->name.p, (size_t)part->name.n) == 0;
            rows[i] = rt_reader_of(other.bytes);
        }
        if (!found || r.damaged)
            return false;
    }
    return true;
}

static bool load_state(rt_engine *e, const rt_snapshot *s, const rt_part *part, rt_node *node)
{
    rt_reader *rows = rt_must_alloc(s->n * sizeof *rows, "a checkpoint"), *last = &rows[s->n - 1];
    bool whole = rt_snapshot_rows(s, part, rows);
    if (whole) {
        rt_get_node_state(rows, s->n, e, node);
        whole = !last->damaged && last->at == last->end;
    }
    free(rows);
    return whole;
}

static int load_part(rt_engine *e, const rt_snapshot *s, const rt_part *part, bool *damaged)
{
    rt_node *node = rt_part_node(e, part);
    rt_reader r = rt_reader_of(part->bytes);
    int status = 0;
    if (!node)
        return 0;                 /* nothing is lost by it, or nobody minds */
    if (part->kind == RT_PART_STATE && !rt_part_fits(node, part))
        return 0;
    if (part->kind == RT_PART_STATE) {
        *damaged |= !load_state(e, s, part, node);
    } else if (part->kind == RT_PART_SOURCE) {
        status = load_source(node, &r);
    } else if (part->bytes.n <= (int64_t)sizeof node->sink.token.bytes) {
        rt_token_set(node, part->bytes);
    }
    *damaged |= r.damaged;
    return status;
}

int rt_snapshot_load(rt_engine *e, const rt_snapshot *s, rt_versions *versions, const char *path, bool other)
{
    rt_reader rest = s->files[s->n - 1].rest, *r = &rest;
    int status = other ? 0 : rt_changes_check(e, *r, path);
    uint64_t n = rt_get_count(r, PART_BYTES);
    bool damaged = false;
    for (uint64_t i = 0; i < n && status == 0 && !damaged; i++) {
        rt_part part;
        rt_get_part(r, &part);
        status = r->damaged ? 0 : load_part(e, s, &part, &damaged);
        damaged |= r->damaged;
    }
    if (status == 0 && !damaged)
        rt_versions_get(r, versions);
    if (status == 0 && (damaged || r->damaged))
        status = dsc_fail(e->job, "checkpoint: the snapshot in %s does not fit this program; nothing has been changed", path);
    return status;
}

/* ---- writing ------------------------------------------------------------------------------- */

void rt_put_part(rt_buf *b, const rt_part *part)
{
    rt_put_u64(b, part->kind);
    rt_put_text(b, part->name.p, (size_t)part->name.n);
    rt_put_text(b, part->op.p, (size_t)part->op.n);
    rt_put_text(b, part->form.p, (size_t)part->form.n);
    rt_put_text(b, part->bytes.p, (size_t)part->bytes.n);
}

static bool is_part(const rt_node *node, rt_part_kind *kind)
{
    bool keeps = rt_part_kind_of(node, kind);
    return *kind == RT_PART_SINK ? node->sink.known : keeps;
}

void rt_put_tokens(rt_buf *b, const rt_engine *e)
{
    uint64_t n = 0;
    for (int i = 0; i < e->n_nodes; i++)
        n += e->nodes[i].sink.begun;
    rt_put_u64(b, n);
    for (int i = 0; i < e->n_nodes; i++) {
        const rt_node *node = &e->nodes[i];
        if (!node->sink.begun)
            continue;
        rt_put_text(b, node->def->name, strlen(node->def->name));
        rt_put_text(b, node->sink.token.bytes, (size_t)node->sink.token.n);
    }
}

int rt_put_position(rt_buf *b, rt_node *node)
{
    if (!node->source.timed)
        return rt_put_conn_position(b, node);
    rt_timed_put(b, node);
    return 0;
}

int rt_source_seek(rt_node *node, dsc_str position)
{
    dsc_source *s = node->source.conn;
    return node->source.timed ? rt_timed_seek(node, position) : s->def->seek(s, position.p, (size_t)position.n);
}

int rt_put_conn_position(rt_buf *b, rt_node *node)
{
    dsc_source *s = node->source.conn;
    char small[256];
    size_t room = sizeof small;
    char *bytes = small;
    int n;
    while ((n = s->def->position(s, bytes, room)) < 0 && room < (size_t)1 << 30) {
        if (atomic_load(&s->job->failing))
            return -1;
        room *= 4;
        bytes = rt_must_realloc(bytes == small ? NULL : bytes, room, "a checkpoint");
    }
    if (n >= 0)
        rt_put_text(b, bytes, (size_t)n);
    if (bytes != small)
        free(bytes);
    return n < 0 ? dsc_fail(s->job, "checkpoint: the position of %s is too long", node->def->name) : 0;
}

/* ---- pictures ------------------------------------------------------------------------------- */

/* Is what has changed worth a file on top of the others? */
static bool goes_on_top(const rt_engine *e, const rt_chain *chain)
{
    const size_t most_files = 16;
    rt_extent extent = {0};
    if (chain->n == 0 || chain->n >= most_files || chain->above > chain->base / 2)
        return false;
    for (int i = 0; i < e->n_nodes; i++)
        rt_node_extent(&e->nodes[i], &extent);
    return extent.changed < extent.keys / 2;
}

static int take_part(rt_engine *e, rt_node *node, const rt_picture *p, struct rt_picture_part *part)
{
    part->is = is_part(node, &part->kind);
    if (!part->is)
        return 0;
    if (part->kind == RT_PART_STATE) {
        rt_freeze_node(e, node, p->on_top);
    } else if (part->kind == RT_PART_SINK) {
        rt_buf_add(&part->bytes, node->sink.token.bytes, (size_t)node->sink.token.n);
    } else {
        rt_put_u64(&part->bytes, rt_source_ended(node));
        if (rt_put_position(&part->bytes, node) < 0)
            return -1;
        rt_layouts_put(&part->bytes, node);
    }
    return 0;
}

int rt_picture_take(rt_engine *e, const rt_job_state *state, const rt_versions *versions, const rt_chain *chain, rt_picture *p)
{
    int status = 0;
    p->state = *state;
    p->on_top = goes_on_top(e, chain);
    p->parts = rt_must_zero((size_t)e->n_nodes * sizeof *p->parts, "a checkpoint");
    for (int i = 0; i < e->n_nodes && status == 0; i++)
        status = take_part(e, &e->nodes[i], p, &p->parts[i]);
    rt_versions_put(&p->tail, versions);
    return status;
}

void rt_picture_copy(rt_engine *e, const rt_picture *p)
{
    for (int i = 0; i < e->n_nodes; i++)
        if (p->parts[i].is && p->parts[i].kind == RT_PART_STATE)
            rt_copy_node(&e->nodes[i]);
}

static void put_taken(rt_buf *b, const rt_node *node, const struct rt_picture_part *part)
{
    rt_put_u64(b, part->kind);
    rt_put_text(b, node->def->name, strlen(node->def->name));
    rt_put_text(b, node->def->op, strlen(node->def->op));
    size_t at = rt_begin_text(b);
    rt_put_part_form(b, node);
    rt_end_text(b, at);
    at = rt_begin_text(b);
    if (part->kind == RT_PART_STATE)
        rt_put_frozen_node(b, node);
    rt_buf_add(b, part->bytes.p, part->bytes.n);
    b->failed |= part->bytes.failed;
    rt_end_text(b, at);
}

void rt_picture_put(rt_engine *e, rt_picture *p, const rt_chain *chain)
{
    rt_buf *b = &p->bytes;
    uint64_t n = 0;
    rt_snapshot_begin(b, &p->state, p->on_top ? chain : NULL);
    for (int i = 0; i < e->n_nodes; i++)
        n += p->parts[i].is;
    rt_put_u64(b, n);
    for (int i = 0; i < e->n_nodes; i++)
        if (p->parts[i].is)
            put_taken(b, &e->nodes[i], &p->parts[i]);
    rt_buf_add(b, p->tail.p, p->tail.n);
    if (b->failed || p->tail.failed)
        rt_raise(b->cap * 2, "a snapshot");
}

void rt_picture_free(rt_engine *e, rt_picture *p)
{
    for (int i = 0; p->parts && i < e->n_nodes; i++) {
        rt_thaw_node(&e->nodes[i]);
        rt_buf_free(&p->parts[i].bytes);
    }
    free(p->parts);
    rt_buf_free(&p->tail);
    rt_buf_free(&p->bytes);
    *p = (rt_picture){0};
}
