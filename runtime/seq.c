/* seq.c: ordered buffers of elements. */
#include "core.h"
#include <stdlib.h>

void rt_seq_push(rt_seq *seq, const dsc_type *type, const void *value)
{
    seq->elements = rt_must_fit(seq->elements, &seq->cap, seq->n + 1, type->size, "the elements of a window");
    rt_copy(type, seq->elements + seq->n * type->size, value, &seq->arena);
    seq->n++;
}

void rt_seq_clear(rt_seq *seq)
{
    seq->n = seq->kept = 0;
    rt_arena_reset(&seq->arena);
}

void rt_seq_free(rt_seq *seq)
{
    free(seq->elements);
    rt_arena_free(&seq->arena);
    free(seq);
}
