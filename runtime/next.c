/* next.c: the input of a stage, one element after the other.
 *
 * Each call ends the life of what the task's scratch held. A task reads either
 * spans of bytes, spans of elements, or places of its node's result. */
#include "core.h"

bool rt_next_span(dsc_task *t)
{
    while (t->next < t->last) {
        const rt_span *span = &t->spans[t->next++];
        t->at = span->p;
        t->end = span->p + span->n * (span->size ? span->size : 1);
        t->element_size = span->size;
        t->layout = span->layout;
        if (t->at < t->end)
            return true;
    }
    t->at = t->end = NULL;
    return false;
}

bool dsc_next_line(dsc_task *t, dsc_str *line)
{
    rt_arena_rewind(&t->scratch);
    if (RT_UNLIKELY(t->at == t->end) && !rt_next_span(t))
        return false;
    if (RT_UNLIKELY(t->element_size > 0)) {       /* strings that a source made itself */
        const dsc_str *s = (const dsc_str *)(const void *)t->at;
        t->record = (uintptr_t)s;
        t->records++;
        t->at += t->element_size;
        *line = *s;
        return true;
    }
    const char *p = t->at, *nl = memchr(p, '\n', (size_t)(t->end - p)), *end;
    t->record = (uintptr_t)p;
    t->records++;
    if (RT_LIKELY(nl != NULL)) {
        t->at = nl + 1;
        end = nl;
    } else {
        end = t->at = t->end;
    }
    if (end > p && end[-1] == '\r')
        end--;
    *line = (dsc_str){p, end - p};
    return true;
}

const void *dsc_next_item(dsc_task *t)
{
    rt_arena_rewind(&t->scratch);
    if (RT_UNLIKELY(t->at == t->end) && !rt_next_span(t))
        return NULL;
    const char *p = t->at;
    t->record = (uintptr_t)p;
    t->records++;
    t->at += t->element_size;
    return p;
}

/* The next place of the result, or false. */
static bool next_place(dsc_task *t)
{
    rt_arena_rewind(&t->scratch);
    if (RT_UNLIKELY(t->owned != NULL)) {
        rt_drop(t->owned_type, t->owned);
        t->owned = NULL;
    }
    if (t->next >= t->last)
        return false;
    t->record = t->next++;
    return true;
}

bool dsc_next_pair(dsc_task *t, void *key, const void **acc)
{
    if (!next_place(t))
        return false;
    if (t->node->window) {
        *acc = rt_window_at(t->node, t, t->record, key);
        return *acc != NULL;
    }
    uint32_t id;
    dsc_table *table = rt_keyed_at(&t->node->keyed, t->record, &id);
    rt_table_key_value(table, id, key, &t->scratch);
    *acc = rt_table_acc(table, id);
    return true;
}

bool dsc_next_cell(dsc_task *t, const void **acc)
{
    if (!next_place(t))
        return false;
    if (t->node->window) {
        *acc = rt_window_at(t->node, t, t->record, NULL);
        return *acc != NULL;
    }
    const rt_keyed *k = &t->node->keyed;
    uint32_t id;
    if (k->n > 0) {
        dsc_table *table = rt_keyed_at(k, 0, &id);
        *acc = rt_table_acc(table, id);
    } else {
        void *zero = rt_arena_alloc(&t->scratch, k->acc->size);
        memset(zero, 0, k->acc->size);
        *acc = zero;
    }
    return true;
}

bool dsc_next_group(dsc_task *t, void *key, dsc_list *values)
{
    if (!next_place(t))
        return false;
    uint32_t id;
    const rt_keyed *k = &t->node->keyed;
    dsc_table *table = rt_keyed_at(k, t->record, &id);
    rt_table_key_value(table, id, key, &t->scratch);
    *values = rt_group_list(rt_table_acc(table, id), k->value, &t->scratch);
    return true;
}

/* ---- memory ----------------------------------------------------------------- */

void *dsc_alloc(dsc_task *t, int64_t n)
{
    return rt_arena_alloc(&t->scratch, (size_t)n);
}

dsc_list dsc_list_of(dsc_task *t, const void *p, int64_t n, int64_t size)
{
    void *copy = rt_arena_alloc(&t->scratch, (size_t)n * (size_t)size);
    if (n > 0)
        memcpy(copy, p, (size_t)n * (size_t)size);
    return (dsc_list){copy, n};
}
