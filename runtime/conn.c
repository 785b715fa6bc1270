/* conn.c: the connectors and formats by their names, and what they ask of the job's clock. */
#include "rt.h"

const dsc_source_def *dsc_find_source(const char *name)
{
    for (const dsc_source_def *const *def = dsc_all_sources; *def; def++)
        if (strcmp((*def)->name, name) == 0)
            return *def;
    return NULL;
}

const dsc_sink_def *dsc_find_sink(const char *name)
{
    for (const dsc_sink_def *const *def = dsc_all_sinks; *def; def++)
        if (strcmp((*def)->name, name) == 0)
            return *def;
    return NULL;
}

const dsc_format_def *dsc_find_format(const char *name)
{
    for (const dsc_format_def *const *def = dsc_all_formats; *def; def++)
        if (strcmp((*def)->name, name) == 0)
            return *def;
    return NULL;
}

int64_t dsc_now(const dsc_context *job)
{
    return job->clock->now(job->clock);
}
