/* sample.c: which elements a sample takes: told by a hash of where they come from, so that it is the
 * same in every run.
 *
 * A draw depends on the seed, the batch's time, the source (its split, or the operator that held the
 * batch), the position of the record in it, and how many elements of that record have come to the same
 * sample before. None of these knows of steps, morsels or threads. */
#include "core.h"
#include <stdlib.h>

/* What a task knows of one sample of the program. */
struct rt_draws {
    uint64_t seq, record;         /* the record in hand: of which morsel; as in dsc_task */
    uint64_t base;                /* its hash */
    uint64_t n;                   /* elements of it so far */
};

static void add_word(unsigned char *to, uint64_t word)
{
    for (int i = 0; i < 8; i++)
        to[i] = (unsigned char)(word >> 8 * i);
}

/* The split of the record in hand, and its position there. */
static const char *place_of(const dsc_task *t, uint64_t *position)
{
    *position = t->record;
    if (!rt_reads_elements(t->node) || t->record == 0)
        return t->node->def->name;
    const char *record = (const char *)(uintptr_t)t->record;
    const rt_span *span = t->next > 0 ? &t->spans[t->next - 1] : NULL;
    if (!span || record < span->p || record >= span->p + span->n * (span->size ? span->size : 1))
        span = rt_span_of(t->engine, record);
    if (!span)
        return t->node->def->name;
    *position = span->offset + (uint64_t)(record - span->p) / (span->size ? span->size : 1);
    return span->split_name ? span->split_name : t->node->def->name;
}

static uint64_t record_hash(const dsc_task *t, int64_t seed)
{
    unsigned char bytes[32];
    uint64_t position;
    const char *name = place_of(t, &position);
    add_word(bytes, (uint64_t)seed);
    add_word(bytes + 8, (uint64_t)t->engine->time);
    add_word(bytes + 16, rt_stable_hash(name, strlen(name)));
    add_word(bytes + 24, position);
    return rt_stable_hash(bytes, sizeof bytes);
}

bool dsc_sample(dsc_task *t, int sample, double fraction, int64_t seed)
{
    size_t before = t->draws_cap;
    t->draws = rt_must_fit(t->draws, &t->draws_cap, (size_t)sample + 1, sizeof *t->draws, "samples");
    if (t->draws_cap > before)
        memset(t->draws + before, 0xff, (t->draws_cap - before) * sizeof *t->draws);
    struct rt_draws *d = &t->draws[sample];
    if (d->seq != t->seq || d->record != t->record)
        *d = (struct rt_draws){t->seq, t->record, record_hash(t, seed), 0};
    uint64_t x = d->base + d->n++ * 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return (double)((x ^ x >> 31) >> 11) * 0x1p-53 < fraction;
}
