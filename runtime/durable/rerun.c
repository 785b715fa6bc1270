/* rerun.c: the input of a batch once more: out of the log, or where it is. */
#include "durable_job.h"
#include "rerun.h"
#include "snapshot.h"
#include <stdlib.h>

rt_node *rt_find_node(rt_engine *e, dsc_str name, dsc_node_kind kind)
{
    for (int i = 0; i < e->n_nodes; i++) {
        const dsc_node *def = e->nodes[i].def;
        if (def->kind == kind && def->name && strlen(def->name) == (size_t)name.n && memcmp(def->name, name.p, (size_t)name.n) == 0)
            return &e->nodes[i];
    }
    return NULL;
}

static int damaged(const rt_rerun *again, uint64_t seq)
{
    return dsc_fail(again->e->job, "checkpoint: record %llu of the log in %s does not fit this program; nothing has been changed: "
                    "run the program as it was, or start anew with --fresh", (unsigned long long)seq, again->path);
}

void rt_get_piece(rt_engine *e, rt_reader *r, dsc_range *range, dsc_block *block)
{
    int32_t split = (int32_t)rt_get_i64(r);
    uint64_t from = rt_get_u64(r), to = rt_get_u64(r);
    dsc_range_add(range, split, from, to);
    block->offset = rt_get_u64(r);
    dsc_str name = rt_get_text(r), bytes = rt_get_text(r);
    block->split_name = rt_engine_text(e, name);
    block->p = bytes.p;
    block->n = (size_t)bytes.n;
}

/* How many pieces follow; room for their blocks. */
static uint64_t begin_step(rt_reader *r, dsc_range *range, dsc_block **blocks)
{
    rt_get_text(r);
    uint64_t n = rt_get_count(r, 48);
    range->n = 0;
    *blocks = calloc(n ? (size_t)n : 1, sizeof **blocks);
    return *blocks ? n : 0;
}

int rt_get_step(rt_engine *e, rt_reader *r, dsc_range *range, dsc_block **blocks)
{
    uint64_t n = begin_step(r, range, blocks);
    for (uint64_t i = 0; i < n && !r->damaged; i++)
        rt_get_piece(e, r, range, &(*blocks)[i]);
    return r->damaged || !*blocks || range->failed ? -1 : 0;
}

/* The same of a HELD: files are read through their links. */
static int get_held(const rt_rerun *again, rt_reader *r, dsc_range *range, dsc_block **blocks)
{
    uint64_t n = begin_step(r, range, blocks);
    for (uint64_t i = 0; i < n; i++) {
        dsc_block *block = &(*blocks)[i];
        rt_get_piece(again->e, r, range, block);
        dsc_str link = rt_get_text(r);
        uint64_t hash = rt_get_u64(r);
        if (r->damaged || range->failed)
            return -1;
        if (link.n > 0 && rt_links_read(again->e->job, again->folder, again->path, rt_engine_text(again->e, link), block->split_name,
                                        &range->piece[i], hash, block) < 0)
            return -1;
    }
    return r->damaged || !*blocks ? -1 : 0;
}

/* The blocks of a STEP or a HELD: they lie in the log, but for those of files, which are `held`. */
static int logged_blocks(const rt_rerun *again, uint64_t seq, dsc_range *range, dsc_block **blocks)
{
    for (size_t i = again->first; i < again->n && again->records[i].seq <= seq; i++) {
        const rt_record *record = &again->records[i];
        if (record->seq != seq || (record->kind != RECORD_STEP && record->kind != RECORD_HELD))
            continue;
        const uint8_t *p = (const uint8_t *)record->body.p;
        rt_reader r = {p, p + record->body.n, false};
        int status = record->kind == RECORD_HELD ? get_held(again, &r, range, blocks) : rt_get_step(again->e, &r, range, blocks);
        return status < 0 ? damaged(again, seq) : 0;
    }
    return damaged(again, seq);
}

static void free_blocks(dsc_block *blocks, int n)
{
    for (int i = 0; i < n && blocks; i++)
        free(blocks[i].held);
    free(blocks);
}

static int run_step(const rt_rerun *again, rt_node *node, dsc_block *logged)
{
    rt_engine *e = again->e;
    if (logged && !node->format)
        return dsc_fail(e->job, "%s:%d:%d: the input of `%s` in %s is text, and this source gives values", e->job->program->file, node->def->line,
                        node->def->col, node->def->name, again->path);
    if (!logged && again->apart && node->format && !node->said)
        dsc_note(e->job, "`%s` is read where it is, and may not be what it was: a job with `keep` has its input in %s", node->def->name,
                 again->path);
    node->said |= !logged;
    if (!logged && !node->source.open && rt_source_open(e, node) < 0)
        return -1;
    return rt_run_range(e, node, &node->source.range, logged) < 0 ? -1 : rt_write_step(e);
}

/* node: NULL where nothing is to be done with it. */
static int rerun_step(const rt_rerun *again, rt_reader *r, rt_node *node)
{
    dsc_range passed = {0}, *range = node ? &node->source.range : &passed;
    dsc_block *logged = NULL;
    range->n = 0;
    uint64_t n = rt_get_count(r, 8), seq = n == 0 ? rt_get_u64(r) : 0;
    int status = n == 0 && node ? logged_blocks(again, seq, range, &logged) : 0;
    for (uint64_t i = 0; i < n && !r->damaged; i++) {
        int32_t split = (int32_t)rt_get_i64(r);
        uint64_t from = rt_get_u64(r), to = rt_get_u64(r);
        dsc_range_add(range, split, from, to);
    }
    if (status == 0 && node && !r->damaged)
        status = run_step(again, node, logged);
    free_blocks(logged, range->n);
    free(passed.piece);
    return status;
}

static int rerun_source(const rt_rerun *again, rt_reader *r)
{
    dsc_str name = rt_get_text(r);
    bool ended = rt_get_u64(r) != 0;
    uint64_t steps = rt_get_count(r, 8);
    rt_node *node = rt_find_node(again->e, name, DSC_SOURCE);
    if (!node && !again->apart)
        return damaged(again, again->seq);
    for (uint64_t j = 0; j < steps && !r->damaged; j++)
        if (rerun_step(again, r, node) < 0)
            return -1;
    dsc_str position = rt_get_text(r);
    if (!node || r->damaged)
        return 0;
    node->source.ended = ended;
    return node->source.open ? rt_source_seek(node, position) : 0;
}

int rt_rerun_input(void *arg, rt_reader *r)
{
    const rt_rerun *again = arg;
    if (rt_versions_rerun(again->versions, r, again->seq) < 0 || rt_tables_read(again->e, false) < 0)
        return -1;
    uint64_t n = rt_get_count(r, 40);
    for (uint64_t i = 0; i < n && !r->damaged; i++)
        if (rerun_source(again, r) < 0)
            return -1;
    return r->damaged ? damaged(again, again->seq) : 0;
}

void rt_rerun_begin(const rt_rerun *again, const rt_record *record)
{
    const uint8_t *p = (const uint8_t *)record->body.p;
    rt_reader r = {p, p + record->body.n, false};
    while (r.at < r.end && !r.damaged) {
        rt_node *node = rt_find_node(again->e, rt_get_text(&r), DSC_SOURCE);
        if (node)
            rt_layouts_forget(node);
    }
}

void rt_rerun_pass(rt_reader *r)
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
