/* delay.c: batches that do not begin at their time: because those before took long, or since
 * the clock is not where it was.
 *
 * All batches that were missed are run, so that windows slide and close; of a long row of empty ones so many as
 * timed.c runs, and the others are passed over. Batch times never go back: where the system's time
 * is set back, the job's clock goes on by itself until that has come to where it was. */
#include "core.h"
#include <inttypes.h>

static const int64_t second = 1000000;

/* "2m5s", to what matters of it. */
static void print_time(char *out, size_t room, int64_t us)
{
    rt_buf b = {0};
    rt_print_duration(&b, us < second ? us / 1000 * 1000 : us / 100000 * 100000);
    snprintf(out, room, "%.*s", (int)b.n, b.n > 0 ? b.p : "");
    rt_buf_free(&b);
}

void rt_delay_batch(dsc_context *job, rt_delays *d, const rt_batch_log *log)
{
    int64_t late = job->clock->real ? log->begun - log->due : 0;
    int64_t least = job->batch > second ? job->batch : second;
    char began[64], took[64], batch[64];
    if (late > least && late >= 2 * d->told_of && log->begun - d->told_at >= 10 * second) {
        print_time(began, sizeof began, late);
        print_time(took, sizeof took, log->done - log->begun);
        print_time(batch, sizeof batch, job->batch);
        dsc_note(job, "falling behind: the batch of %" PRId64 " ms began %s after its time (scheduling delay) and took %s (processing time); batches "
                 "are %s long, and %" PRId64 " wait. %s", log->time / 1000, began, took, batch, late / job->batch,
                 log->done - log->begun <= job->batch ? "It catches up as long as they take less than that"
                 : job->options.backpressure ? "Give it more --threads, longer batches or less to do"
                 : "Give it more --threads, longer batches or less to do, or hold its sources back: --backpressure, maxRate");
        d->told_of = late;
        d->told_at = log->begun;
    } else if (late < job->batch / 2 && d->told_of > 0) {
        dsc_note(job, "caught up with the batch of %" PRId64 " ms", log->time / 1000);
        d->told_of = 0;
    }
}

/* ---- clocks that jump -------------------------------------------------------------- */

void rt_delay_clock(dsc_context *job, rt_delays *d)
{
    if (!job->clock->real)
        return;
    int64_t ahead = job->clock->now(job->clock) - job->clock->system(job->clock);
    char text[64];
    if (ahead >= second && !d->ahead) {
        print_time(text, sizeof text, ahead);
        dsc_note(job, "the system's time is %s behind that of the batches: they go on, without it, until it has come there", text);
        d->ahead = true;
    } else if (ahead < second / 2 && d->ahead) {
        dsc_note(job, "the system's time has come to that of the batches");
        d->ahead = false;
    }
}

int64_t rt_delay_skip(rt_engine *e, int64_t time)
{
    const dsc_context *job = e->job;
    if (!job->clock->real || e->empty < rt_longest_gap(e))
        return time;
    int64_t due = (job->clock->now(job->clock) - job->zero) / job->batch * job->batch + job->zero;
    if (due <= time)
        return time;
    dsc_note(e->job, "no input for a long time, and behind the clock: %" PRId64 " empty batches are passed over, up to batch %" PRId64 " ms",
             (due - time) / job->batch, due / 1000);
    return due;
}
