/* held.c: the elements that a DSC_HELD holds until the end of the batch, in the
 * order of the input: the sequences of morsels, in their order. */
#include "core.h"

void rt_held_push(rt_node *node, rt_seq *seq)
{
    if (!node->held)
        node->last_held = &node->held;
    seq->next = NULL;
    *node->last_held = seq;
    node->last_held = &seq->next;
}

void rt_held_spans(rt_engine *e, rt_node *node)
{
    uint64_t n = 0;
    for (const rt_seq *s = node->held; s; n += s->n, s = s->next)
        rt_spans_add(e, (rt_span){.p = s->elements, .n = s->n, .size = node->def->held->size, .offset = n});
}

void rt_held_clear(rt_node *node)
{
    for (rt_seq *s = node->held, *next; s; s = next) {
        next = s->next;
        rt_seq_clear(s);
        s->next = node->spare_seqs;
        node->spare_seqs = s;
    }
    node->held = NULL;
}

dsc_list dsc_held_list(dsc_task *t)
{
    const rt_seq *first = t->node->held;
    size_t size = rt_element_type(t->node)->size, n = 0;
    if (!first || !first->next)
        return first ? (dsc_list){first->elements, (int64_t)first->n} : (dsc_list){0};
    for (const rt_seq *s = first; s; s = s->next)
        n += s->n;
    char *all = rt_arena_alloc(&t->scratch, n * size), *to = all;
    for (const rt_seq *s = first; s; s = s->next) {
        memcpy(to, s->elements, s->n * size);
        to += s->n * size;
    }
    return (dsc_list){all, (int64_t)n};
}
