/* recover.c: the way back after a process has ended, however it did.
 *
 * The newest snapshot is loaded. Batches that count and are behind it run again
 * over just the input that they had, so they come to just the same. What they put
 * out was published before the next of them counted; so that of the last one alone may
 * be missing, or all of it where the machine itself has been started anew, since what was not
 * synced is gone then. That is published; the rest runs without a sound. At the end a
 * snapshot is made, and the log goes on in a new segment. */
#include "durable_job.h"
#include "rerun.h"
#include "retain.h"

/* ---- sinks -------------------------------------------------------------------------- */

/* The sinks of a batch, which the process that prepared it may have published: a sink says that it need not be published again, or
 * is put back to before this batch, and takes all that follow. */
static int resume_sinks(rt_engine *e, rt_reader *r, bool publish)
{
    uint64_t n = rt_get_count(r, 16);
    for (uint64_t i = 0; i < n && !r->damaged; i++) {
        dsc_str name = rt_get_text(r), bytes = rt_get_text(r);
        rt_node *node = rt_find_node(e, name, DSC_SINK);
        if (r->damaged || !node || bytes.n > (int64_t)sizeof node->sink.token.bytes)
            continue;             /* a sink that the program no longer has */
        dsc_sink *s = node->sink.conn;
        rt_token_set(node, bytes);
        if (!publish || node->sink.resumed || !s->def->resume)
            continue;
        int status = s->def->resume(s, &node->sink.token, e->durable->same_boot);
        if (status < 0)
            return -1;
        node->sink.resumed = status == 0;
        node->sink.published = status > 0;
    }
    return 0;
}

/* What the sinks may hold at most: the token of each one's last batch. */
static void last_of_sinks(rt_engine *e, rt_reader *r)
{
    uint64_t n = rt_get_count(r, 16);
    for (uint64_t i = 0; i < n && !r->damaged; i++) {
        dsc_str name = rt_get_text(r), bytes = rt_get_text(r);
        rt_node *node = rt_find_node(e, name, DSC_SINK);
        if (r->damaged || !node || bytes.n > (int64_t)sizeof node->sink.conn->last.bytes)
            continue;
        memcpy(node->sink.conn->last.bytes, bytes.p, (size_t)bytes.n);
        node->sink.conn->last.n = (int)bytes.n;
    }
}

/* Are the sinks as they were left? */
static int check_sinks(rt_engine *e)
{
    for (int i = 0; i < e->n_nodes; i++) {
        rt_sink_state *s = &e->nodes[i].sink;
        if (s->known && s->conn->def->settled && s->conn->def->settled(s->conn, &s->token) < 0)
            return -1;
    }
    return 0;
}

/* ---- batches --------------------------------------------------------------------------------- */

/* Of a batch: its time; where its sources and its sinks stand. */
static int64_t open_batch(const rt_record *record, rt_reader *sources, rt_reader *sinks)
{
    const uint8_t *p = (const uint8_t *)record->body.p;
    *sources = (rt_reader){p, p + record->body.n, false};
    int64_t time = rt_get_i64(sources);
    rt_get_i64(sources);
    *sinks = *sources;
    rt_rerun_pass(sinks);
    return time;
}

/* Whoever reads from a pipe has had all but the last batch. */
static void mute_pipes(rt_engine *e)
{
    for (int i = 0; i < e->n_nodes; i++)
        if (e->nodes[i].sink.conn)
            e->nodes[i].sink.published = !e->nodes[i].sink.conn->def->resume;
}

/* `last`: of the batches, and its output may be missing everywhere. */
static int rerun(rt_rerun *again, const rt_record *record, bool publish, bool last)
{
    rt_engine *e = again->e;
    rt_durable *d = e->durable;
    rt_reader r, sinks;
    int64_t time = open_batch(record, &r, &sinks);
    again->seq = record->seq;
    if (publish && !last)
        mute_pipes(e);
    if (resume_sinks(e, &sinks, publish) < 0)
        return -1;
    e->mute = !publish;
    int status = rt_batch_rerun(e, time, rt_rerun_input, again, &r);
    e->mute = false;
    for (int i = 0; i < e->n_nodes; i++)
        e->nodes[i].sink.published = false;
    d->state.time = time;
    d->state.seq = record->seq;
    d->state.last = e->last;
    if (rt_timed_any(e)) {
        rt_count_empty(e);
        d->state.empty = e->empty;
    }
    return status;
}

static int rerun_all(rt_durable *d, const rt_record *records, size_t n)
{
    rt_rerun again = {.e = d->e, .versions = d->versions, .folder = d->folder, .path = d->path, .records = records, .n = n};
    size_t last = n;
    bool ended = false;
    int64_t batches = 0;
    for (size_t i = 0; i < n; i++)
        if (records[i].kind == RECORD_BATCH) {
            last = i;
            ended = false;
            rt_reader sources, sinks;
            open_batch(&records[i], &sources, &sinks);
            last_of_sinks(d->e, &sinks);
        } else if (records[i].kind == RECORD_END) {
            ended = true;
        }
    for (size_t i = 0; i < n; i++) {
        if (records[i].kind == RECORD_END)
            d->state.seq = records[i].seq;
        if (records[i].kind == RECORD_BEGIN)
            rt_rerun_begin(&again, &records[i]);
        if (records[i].kind != RECORD_BATCH)
            continue;
        bool missing = i == last && !ended;
        if (rerun(&again, &records[i], missing || !d->same_boot, missing) < 0)
            return -1;
        again.first = i + 1;
        batches++;
    }
    if (batches > 0)
        dsc_note(d->e->job, "checkpoint: %lld batch%s ran again; going on behind %lld ms", (long long)batches, batches == 1 ? "" : "es",
                 (long long)d->state.time / 1000);
    return 0;
}

/* Sources whose input was in the log begin new ones, whose first lines are headers again; but those that go on. Their names
 * are to be the body of a BEGIN. */
static int forget_layouts(rt_engine *e)
{
    rt_buf *b = &e->durable->begin;
    for (int i = 0; i < e->n_nodes; i++) {
        rt_node *node = &e->nodes[i];
        const dsc_source *s = node->source.conn;
        bool goes_on = s && s->def->goes_on && s->def->goes_on(s);
        if (node->def->kind != DSC_SOURCE || rt_source_replays(node) || goes_on || !node->layouts)
            continue;
        rt_layouts_forget(node);
        rt_put_text(b, node->def->name, strlen(node->def->name));
    }
    return b->failed ? rt_no_memory(e->job, b->cap * 2, "a record of the log") : 0;
}

int rt_durable_resume(rt_engine *e, int64_t *time)
{
    rt_durable *d = e->durable;
    const rt_record *records;
    size_t n;
    if (!d)
        return 0;
    d->replaying = true;
    if (d->found && rt_snapshot_load(e, &d->before, d->versions, d->path, false) < 0)
        return -1;
    if (!d->found) {
        d->state.zero = e->job->zero;
        d->state.start = d->state.time = e->job->start;
    }
    e->last = d->state.last;
    e->empty = d->state.empty;
    rt_snapshot_close(&d->before);
    if (d->found && !rt_log_is_there(d->log))
        return dsc_fail(e->job, "checkpoint: the log in %s is gone, and with it the batches behind the snapshot; nothing has been changed: "
                        "put it back, or start anew with --fresh", d->path);
    if (rt_log_read(d->log, d->state.seq, UINT64_MAX, &records, &n) < 0)
        return -1;
    if (!d->found && n > 0)
        return dsc_fail(e->job, "checkpoint: there is a log in %s, and no snapshot to begin from; nothing has been changed: "
                        "--fresh starts anew", d->path);
    uint64_t end = n > 0 ? records[n - 1].seq : d->state.seq;
    if (n > 0 && rt_versions_restore(d->versions) < 0)
        return -1;
    if (rerun_all(d, records, n) < 0 || check_sinks(e) < 0 || forget_layouts(e) < 0)
        return -1;
    /* Input of a batch that never counted lies behind. */
    d->state.seq = end;
    rt_versions_settle(d->versions, end);
    if (rt_links_settle(d->links, end) < 0 || rt_log_begin(d->log, end + 1) < 0)
        return -1;
    int known = rt_program_is_kept(e->job, d->folder, d->path, e->job->options.text);
    /* What was found is as good as a new one where nothing came to it, and the program is the same. */
    if (known < 0 || ((n > 0 || !d->found || !d->same_boot || !known) && (rt_durable_snapshot(d) < 0 || rt_durable_clean(d) < 0)))
        return -1;
    if (!known && rt_program_keep(e->job, d->folder, d->path, end, e->job->options.text) < 0)
        return -1;
    d->replaying = false;
    d->begun = end;
    *time = d->state.time;
    return 0;
}
