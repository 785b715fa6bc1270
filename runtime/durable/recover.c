/* recover.c: the way back after a process has ended, however it did.
 *
 * The newest snapshot is loaded. Batches that count and are behind it run again
 * over just the input that they had, so they come to just the same. What they put
 * out was published before the next of them counted; so that of the last one alone may
 * be missing, or all of it where the machine itself has been started anew, since what was not
 * synced is gone then. That is published; the rest runs without a sound. At the end a
 * snapshot is made, and the log goes on in a new segment. */
#include "durable_job.h"
#include <stdlib.h>

static int damaged(const rt_durable *d, uint64_t seq)
{
    return dsc_fail(d->e->job, "checkpoint: record %llu of the log in %s does not fit this program; nothing has been changed: "
                    "run the program as it was, or start anew with --fresh", (unsigned long long)seq, d->path);
}

/* ---- sinks -------------------------------------------------------------------------- */

static rt_node *find_node(rt_engine *e, dsc_str name, dsc_node_kind kind)
{
    for (int i = 0; i < e->n_nodes; i++) {
        const dsc_node *def = e->nodes[i].def;
        if (def->kind == kind && def->name && strlen(def->name) == (size_t)name.n && memcmp(def->name, name.p, (size_t)name.n) == 0)
            return &e->nodes[i];
    }
    return NULL;
}

/* The sinks of a batch, which the process that prepared it may have published: a sink says that it need not be published again, or
 * is put back to before this batch, and takes all that follow. */
static int resume_sinks(rt_engine *e, rt_reader *r, bool publish)
{
    uint64_t n = rt_get_count(r, 16);
    for (uint64_t i = 0; i < n && !r->damaged; i++) {
        dsc_str name = rt_get_text(r), bytes = rt_get_text(r);
        rt_node *node = find_node(e, name, DSC_SINK);
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
        rt_node *node = find_node(e, name, DSC_SINK);
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

/* ---- input -------------------------------------------------------------------------------- */

typedef struct Replay {
    rt_durable *d;
    const rt_record *records;
    size_t n, first;              /* those of the batch's steps begin at `first` */
    uint64_t seq;                 /* of the batch's record */
} Replay;

int rt_get_step(rt_engine *e, rt_reader *r, dsc_range *range, dsc_block **blocks)
{
    rt_get_text(r);
    uint64_t n = rt_get_count(r, 48);
    range->n = 0;
    *blocks = calloc(n ? (size_t)n : 1, sizeof **blocks);
    for (uint64_t i = 0; i < n && *blocks && !r->damaged; i++) {
        dsc_block *b = &(*blocks)[i];
        int32_t split = (int32_t)rt_get_i64(r);
        uint64_t from = rt_get_u64(r), to = rt_get_u64(r);
        dsc_range_add(range, split, from, to);
        b->offset = rt_get_u64(r);
        dsc_str name = rt_get_text(r), bytes = rt_get_text(r);
        b->split_name = rt_engine_text(e, name);
        b->p = bytes.p;
        b->n = (size_t)bytes.n;
    }
    return r->damaged || !*blocks || range->failed ? -1 : 0;
}

/* The blocks of a STEP lie in the log. */
static int logged_blocks(const Replay *replay, uint64_t seq, dsc_range *range, dsc_block **blocks)
{
    for (size_t i = replay->first; i < replay->n && replay->records[i].seq <= seq; i++) {
        const rt_record *record = &replay->records[i];
        if (record->seq != seq || record->kind != RECORD_STEP)
            continue;
        const uint8_t *p = (const uint8_t *)record->body.p;
        rt_reader r = {p, p + record->body.n, false};
        return rt_get_step(replay->d->e, &r, range, blocks) < 0 ? damaged(replay->d, seq) : 0;
    }
    return damaged(replay->d, seq);
}

static int replay_step(const Replay *replay, rt_reader *r, rt_node *node)
{
    rt_engine *e = replay->d->e;
    dsc_range *range = &node->source.range;
    dsc_block *logged = NULL;
    range->n = 0;
    uint64_t n = rt_get_count(r, 8);
    int status = 0;
    if (n == 0)
        status = logged_blocks(replay, rt_get_u64(r), range, &logged);
    for (uint64_t i = 0; i < n && !r->damaged; i++) {
        int32_t split = (int32_t)rt_get_i64(r);
        uint64_t from = rt_get_u64(r), to = rt_get_u64(r);
        dsc_range_add(range, split, from, to);
    }
    if (status == 0 && !r->damaged)
        status = rt_run_range(e, node, range, logged);
    free(logged);
    return status < 0 ? status : rt_write_step(e);
}

/* All tables and sources of the batch; for rt_batch_rerun. */
static int replay_input(void *arg, rt_reader *r)
{
    const Replay *replay = arg;
    if (rt_versions_rerun(replay->d->versions, r, replay->seq) < 0 || rt_tables_read(replay->d->e, false) < 0)
        return -1;
    uint64_t n = rt_get_count(r, 40);
    for (uint64_t i = 0; i < n && !r->damaged; i++) {
        dsc_str name = rt_get_text(r);
        bool ended = rt_get_u64(r) != 0;
        uint64_t steps = rt_get_count(r, 8);
        rt_node *node = find_node(replay->d->e, name, DSC_SOURCE);
        if (!node)
            return damaged(replay->d, replay->seq);
        for (uint64_t j = 0; j < steps && !r->damaged; j++)
            if (replay_step(replay, r, node) < 0)
                return -1;
        dsc_str position = rt_get_text(r);
        if (!r->damaged && rt_source_seek(node, position) < 0)
            return -1;
        node->source.ended = ended;
    }
    return r->damaged ? damaged(replay->d, replay->seq) : 0;
}

/* ---- batches --------------------------------------------------------------------------------- */

/* What the record says of the sinks lies behind the input. */
static void pass_input(rt_reader *r)
{
    for (uint64_t n = rt_get_count(r, 32); n > 0 && !r->damaged; n--) {
        rt_get_text(r);
        for (int i = 0; i < 3; i++)
            rt_get_u64(r);
    }
    uint64_t n = rt_get_count(r, 40);
    for (uint64_t i = 0; i < n && !r->damaged; i++) {
        rt_get_text(r);
        rt_get_u64(r);
        uint64_t steps = rt_get_count(r, 8);
        for (uint64_t j = 0; j < steps && !r->damaged; j++) {
            uint64_t pieces = rt_get_count(r, 8);
            for (uint64_t k = 0; k < (pieces ? pieces * 3 : 1) && !r->damaged; k++)
                rt_get_u64(r);
        }
        rt_get_text(r);
    }
}

/* Of a batch: its time; where its sources and its sinks stand. */
static int64_t open_batch(const rt_record *record, rt_reader *sources, rt_reader *sinks)
{
    const uint8_t *p = (const uint8_t *)record->body.p;
    *sources = (rt_reader){p, p + record->body.n, false};
    int64_t time = rt_get_i64(sources);
    rt_get_i64(sources);
    *sinks = *sources;
    pass_input(sinks);
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
static int rerun(Replay *replay, const rt_record *record, bool publish, bool last)
{
    rt_durable *d = replay->d;
    rt_engine *e = d->e;
    rt_reader r, sinks;
    int64_t time = open_batch(record, &r, &sinks);
    replay->seq = record->seq;
    if (publish && !last)
        mute_pipes(e);
    if (resume_sinks(e, &sinks, publish) < 0)
        return -1;
    e->mute = !publish;
    int status = rt_batch_rerun(e, time, replay_input, replay, &r);
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
    Replay replay = {.d = d, .records = records, .n = n};
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
        if (records[i].kind != RECORD_BATCH)
            continue;
        bool missing = i == last && !ended;
        if (rerun(&replay, &records[i], missing || !d->same_boot, missing) < 0)
            return -1;
        replay.first = i + 1;
        batches++;
    }
    if (batches > 0)
        dsc_note(d->e->job, "checkpoint: %lld batch%s ran again; going on behind %lld ms", (long long)batches, batches == 1 ? "" : "es",
                 (long long)d->state.time / 1000);
    return 0;
}

/* Sources whose input was in the log begin new ones, whose first lines are headers again; but those that go on. */
static void forget_layouts(rt_engine *e)
{
    for (int i = 0; i < e->n_nodes; i++) {
        const dsc_source *s = e->nodes[i].source.conn;
        bool goes_on = s && s->def->goes_on && s->def->goes_on(s);
        if (e->nodes[i].def->kind == DSC_SOURCE && !rt_source_replays(&e->nodes[i]) && !goes_on)
            rt_layouts_forget(&e->nodes[i]);
    }
}

int rt_durable_resume(rt_engine *e, int64_t *time)
{
    rt_durable *d = e->durable;
    const rt_record *records;
    size_t n;
    if (!d)
        return 0;
    d->replaying = true;
    if (d->found && rt_snapshot_load(e, &d->before, d->versions, d->path) < 0)
        return -1;
    if (!d->found) {
        d->state.zero = e->job->zero;
        d->state.start = d->state.time = e->job->start;
    }
    e->last = d->state.last;
    e->empty = d->state.empty;
    rt_snapshot_close(&d->before);
    if (rt_log_read(d->log, d->state.seq, &records, &n) < 0)
        return -1;
    if (!d->found && n > 0)
        return dsc_fail(e->job, "checkpoint: there is a log in %s, and no snapshot to begin from; nothing has been changed: "
                        "--fresh starts anew", d->path);
    uint64_t end = n > 0 ? records[n - 1].seq : d->state.seq;
    if (n > 0 && rt_versions_restore(d->versions) < 0)
        return -1;
    if (rerun_all(d, records, n) < 0 || check_sinks(e) < 0)
        return -1;
    forget_layouts(e);
    /* Input of a batch that never counted lies behind. */
    d->state.seq = end;
    rt_versions_settle(d->versions, end);
    if (rt_log_begin(d->log, end + 1) < 0)
        return -1;
    /* What was found is as good as a new one where nothing came to it. */
    if ((n > 0 || !d->found || !d->same_boot) && (rt_durable_snapshot(d) < 0 || rt_durable_clean(d) < 0))
        return -1;
    d->replaying = false;
    d->begun = end;
    *time = d->state.time;
    return 0;
}
