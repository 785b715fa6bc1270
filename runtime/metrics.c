/* metrics.c: how much operators keep, and the file of --metrics: a line of JSON for each batch.
 *
 *   {"batch_ms": 3000, "records": 20, "skipped": 1, "late": 0, "dropped": 0, "scheduling_delay_ms": 0.1, "processing_ms": 2.5,
 *    "total_delay_ms": 2.6, "state": [{"name": "s.mapWithState", "op": "mapWithState", "line": 4, "keys": 12, "bytes": 4096}]}
 *
 * A job with a checkpoint also says "snapshot_ms": for how long it stood still before the batch, for a snapshot.
 * `skipped`: elements that were left out, as bad or late; `late`: those that came late, also where they
 * went to a stream of their own; `dropped`: those that sources with `overflow: drop` have dropped since the batch before.
 * One entry of `state` for each operator that keeps something from batch to batch, with the keys that
 * live and the bytes that its tables take; windows also say their panes. Lines are appended, each by
 * one write, so that a reader that follows the file sees whole ones. */
#define _POSIX_C_SOURCE 200809L
#include "durable/durable.h"
#include "event.h"
#include "format/json_text.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int rt_metrics_open(rt_engine *e)
{
    const char *path = e->job->options.metrics;
    if (!path)
        return 0;
    e->metrics = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    return e->metrics < 0 ? dsc_fail(e->job, "--metrics %s: %s", path, strerror(errno)) : 0;
}

void rt_metrics_close(rt_engine *e)
{
    if (e->metrics >= 0)
        close(e->metrics);
    e->metrics = -1;
}

static void add_table(rt_kept *kept, const rt_state *state)
{
    if (state)
        kept->bytes += rt_state_bytes(state);
}

static rt_kept kept_by(const rt_node *node)
{
    rt_kept kept = {0};
    if (node->window)
        rt_window_kept(node, &kept);
    if (node->state)
        kept.keys = dsc_state_size(node->state);
    add_table(&kept, node->state);
    if (node->event) {
        add_table(&kept, node->event->clocks);
        add_table(&kept, node->event->elements);
    }
    return kept;
}

int rt_kept_check(rt_engine *e, const rt_node *node)
{
    if (!node->args)
        return 0;
    const dsc_arg *most = rt_op_arg(node, "maxBytes"), *keys = rt_op_arg(node, "maxKeys");
    if (!most->set && !(node->window && keys->set))
        return 0;
    rt_kept kept = kept_by(node);
    const dsc_node *def = node->def;
    if (keys->set && kept.keys > keys->i)
        return rt_too_many_keys(e->job, def, keys->i);
    if (!most->set || kept.bytes <= (size_t)most->i)
        return 0;
    return dsc_fail(e->job, "%s:%d:%d: %s keeps %zu bytes for %lld keys, more than %lld, its `maxBytes`, in the batch %lld ms",
                    e->job->program->file, def->line, def->col, def->op, kept.bytes, (long long)kept.keys, (long long)most->i,
                    (long long)(e->time / 1000));
}

static void add_state(rt_buf *b, const rt_node *node, const char *comma)
{
    const dsc_node *def = node->def;
    rt_kept kept = kept_by(node);
    rt_buf_print(b, "%s{\"name\": ", comma);
    rt_json_string(b, def->name, strlen(def->name));
    rt_buf_print(b, ", \"op\": \"%s\", \"line\": %d, \"keys\": %lld, ", def->op, (int)def->line, (long long)kept.keys);
    if (node->window)
        rt_buf_print(b, "\"panes\": %zu, ", kept.panes);
    rt_buf_print(b, "\"bytes\": %zu}", kept.bytes);
}

static int write_all(rt_engine *e, const rt_buf *b)
{
    for (size_t done = 0; done < b->n;) {
        ssize_t n = write(e->metrics, b->p + done, b->n - done);
        if (n < 0 && errno != EINTR)
            return dsc_fail(e->job, "--metrics %s: %s", e->job->options.metrics, strerror(errno));
        done += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

/* Since it was asked last. */
static int64_t dropped(rt_engine *e)
{
    int64_t n = 0;
    for (int i = 0; i < e->n_nodes; i++) {
        rt_source_state *s = &e->nodes[i].source;
        n += s->conn ? s->conn->dropped - s->dropped : 0;
        s->dropped = s->conn ? s->conn->dropped : 0;
    }
    return n;
}

int rt_metrics_batch(rt_engine *e, const rt_batch_log *batch)
{
    if (e->metrics < 0)
        return 0;
    rt_buf b = {0};
    rt_buf_print(&b, "{\"batch_ms\": %lld, \"records\": %lld", (long long)(batch->time / 1000), (long long)batch->records);
    rt_buf_print(&b, ", \"skipped\": %lld, \"late\": %lld, \"dropped\": %lld", (long long)e->skipped, (long long)e->late, (long long)dropped(e));
    if (rt_durable_stood(e) >= 0)
        rt_buf_print(&b, ", \"snapshot_ms\": %.3f", (double)rt_durable_stood(e) / 1e3);
    rt_buf_print(&b, ", \"scheduling_delay_ms\": %.3f, \"processing_ms\": %.3f, \"total_delay_ms\": %.3f, \"state\": [",
                 (double)(batch->begun - batch->due) / 1e3, (double)(batch->done - batch->begun) / 1e3, (double)(batch->done - batch->due) / 1e3);
    const char *comma = "";
    for (int i = 0; i < e->n_nodes; i++)
        if (e->nodes[i].window || e->nodes[i].state) {
            add_state(&b, &e->nodes[i], comma);
            comma = ", ";
        }
    rt_buf_text(&b, "]}\n");
    int status = b.failed ? rt_no_memory(e->job, b.cap, "a line of metrics") : write_all(e, &b);
    rt_buf_free(&b);
    return status;
}
