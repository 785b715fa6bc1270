/* rate.c: backpressure: a batch takes so many records of a source that it is done
 * before the next is due. What is left waits with the source, which holds its sender back.
 *
 * `maxRate:` of a source is a limit that holds always. With --backpressure a
 * controller finds one by how long batches take; it never goes below 100 records a second. */
#include "core.h"
#include "rate.h"

static const double proportional = 1, integral = 0.2, derivative = 0, lowest_rate = 100;

bool rt_pid_init(rt_pid *pid, int64_t batch, double p, double i, double d, double lowest)
{
    *pid = (rt_pid){p, i, d, lowest, batch, false, -1, -1, -1};
    return batch > 0 && p >= 0 && i >= 0 && d >= 0 && lowest > 0;
}

bool rt_pid_compute(rt_pid *pid, int64_t time, int64_t records, int64_t processing, int64_t scheduling, double *rate)
{
    if (time <= pid->time || records <= 0 || processing <= 0)
        return false;
    double since = (double)(time - pid->time) / 1e6;
    double done = (double)records / (double)processing * 1e6;
    double error = pid->rate - done;
    double waiting = (double)scheduling * done / (double)pid->batch;
    double change = (error - pid->error) / since;
    double next = pid->rate - pid->proportional * error - pid->integral * waiting - pid->derivative * change;
    bool first = !pid->begun;
    pid->begun = true;
    pid->time = time;
    pid->rate = first ? done : next < pid->lowest ? pid->lowest : next;
    pid->error = first ? 0 : error;
    *rate = pid->rate;
    return !first;
}

/* ---- sources ---------------------------------------------------------------------- */

/* The argument that says that a source can be held back; NULL: it cannot. */
static const dsc_arg *max_rate(const rt_node *node)
{
    dsc_source *s = node->def->kind == DSC_SOURCE && !node->def->once ? node->source.conn : NULL;
    return s ? rt_args_find(s->args, s->def->args, "maxRate") : NULL;
}

static int64_t records_of(double rate, int64_t batch)
{
    double records = rate * (double)batch / 1e6;
    return records >= 9e18 ? INT64_MAX : records < 1 ? 1 : (int64_t)records;
}

static void set_limit(rt_node *node, int64_t batch, double rate)
{
    const dsc_arg *most = max_rate(node);
    node->source.conn->limit = records_of(rate, batch);
    int64_t limit = most->set ? records_of((double)most->i, batch) : INT64_MAX;
    if (limit < node->source.conn->limit)
        node->source.conn->limit = limit;
}

void rt_rates_begin(rt_engine *e)
{
    for (int i = 0; i < e->n_nodes; i++) {
        rt_node *node = &e->nodes[i];
        if (node->def->kind == DSC_SOURCE)
            node->source.conn->limit = INT64_MAX;
        if (!max_rate(node))
            continue;
        set_limit(node, e->job->batch, 1e300);
        rt_pid_init(&node->source.pid, e->job->batch, proportional, integral, derivative, lowest_rate);
    }
}

void rt_rates_batch(rt_engine *e, const rt_batch_log *batch)
{
    double rate;
    if (!e->job->options.backpressure || !e->job->clock->real)
        return;
    for (int i = 0; i < e->n_nodes; i++) {
        rt_node *node = &e->nodes[i];
        if (max_rate(node) && rt_pid_compute(&node->source.pid, batch->done, node->source.records, batch->done - batch->begun,
                                             batch->begun - batch->due, &rate))
            set_limit(node, e->job->batch, rate);
    }
}

void rt_rates_stop(rt_engine *e)
{
    for (int i = 0; i < e->n_nodes; i++)
        if (e->nodes[i].def->kind == DSC_SOURCE)
            e->nodes[i].source.conn->limit = INT64_MAX;
}
