/* conn.c: the connectors and formats by their names, and what they ask of the job's clock. */
#include "rt.h"

#include <ctype.h>

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

dsc_str dsc_word_of(dsc_str words, int i)
{
    const char *p = words.p, *end = words.n ? p + words.n : p;
    for (;; i--) {
        const char *comma = p < end ? memchr(p, ',', (size_t)(end - p)) : NULL, *last = comma ? comma : end;
        while (p < last && isspace((unsigned char)*p))
            p++;
        while (last > p && isspace((unsigned char)last[-1]))
            last--;
        if (i == 0)
            return (dsc_str){p, last - p};
        if (!comma)
            return (dsc_str){p, 0};
        p = comma + 1;
    }
}
