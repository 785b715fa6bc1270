/* log.c: the line that --verbose writes for each batch. */
#include "rt.h"

#include <stdio.h>

static double seconds(int64_t from, int64_t to)
{
    return (double)(to - from) / 1e6;
}

void rt_log_batch(dsc_context *job, const rt_batch_log *batch)
{
    if (!job->options.verbose)
        return;
    fprintf(stderr,
            "dsc: batch %lld ms: %lld record%s, scheduling delay %.3f s, processing time %.3f s, total delay %.3f s\n",
            (long long)(batch->time / 1000), (long long)batch->records, batch->records == 1 ? "" : "s",
            seconds(batch->due, batch->begun), seconds(batch->begun, batch->done), seconds(batch->due, batch->done));
}
