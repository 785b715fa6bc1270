/* group.c: the accumulator of a group: a chain of chunks of values, in the
 * table's arena. */
#include "fold.h"

typedef struct Chunk Chunk;
struct Chunk {
    Chunk *next;
    uint32_t n, cap;              /* values behind this head */
};

typedef struct Group {
    Chunk *first, *last;
    int64_t n;
} Group;

const dsc_type rt_group_type = {.kind = DSC_TUPLE, .size = sizeof(Group), .flat = true};

enum { FIRST_CHUNK = 2, LARGEST_CHUNK = 4096 };

void rt_group_add(dsc_table *t, uint32_t id, const dsc_type *value_type, const void *value)
{
    Group *g = rt_table_acc(t, id);
    Chunk *c = g->last;
    if (c == NULL || c->n == c->cap) {
        uint32_t cap = c == NULL ? FIRST_CHUNK : c->cap < LARGEST_CHUNK ? c->cap * 2 : c->cap;
        Chunk *fresh = rt_arena_alloc(&t->arena, sizeof *fresh + (size_t)cap * value_type->size);
        *fresh = (Chunk){NULL, 0, cap};
        if (c)
            c->next = fresh;
        else
            g->first = fresh;
        g->last = c = fresh;
    }
    rt_copy(value_type, (char *)(c + 1) + (size_t)c->n * value_type->size, value, &t->arena);
    c->n++;
    g->n++;
}

dsc_list rt_group_list(const void *acc, const dsc_type *value_type, rt_arena *arena)
{
    const Group *g = acc;
    if (g->first == g->last)
        return (dsc_list){g->first + 1, g->n};
    char *p = rt_arena_alloc(arena, (size_t)g->n * value_type->size), *at = p;
    for (const Chunk *c = g->first; c; c = c->next) {
        memcpy(at, c + 1, (size_t)c->n * value_type->size);
        at += (size_t)c->n * value_type->size;
    }
    return (dsc_list){p, g->n};
}

dsc_list rt_group_take(void *acc, const dsc_type *value_type, rt_arena *arena)
{
    Group *g = acc;
    dsc_list list = rt_group_list(g, value_type, arena);
    g->n = 0;
    return list;
}

bool rt_group_taken(const void *acc) { return ((const Group *)acc)->n == 0; }
