/* once.c: tables: what of the program runs once, before the first batch; and again at the
 * beginning of a batch when a file has changed that is to be reloaded.
 *
 * All sources of a table are read to their end as one batch, then its holding operators run, and
 * what they come to is indexed (rows.c). Tables that share a source or an operator make a GROUP,
 * which is read as a whole. Bad rows are told of as those of the batch that comes next, and written
 * aside with it. When reading again fails nothing of it is seen: the rows of before stay, what the
 * failed run has left is dropped, and its error becomes a note, said once until all is well. */
#include "core.h"
#include "durable/durable.h"
#include <stdlib.h>

static bool is_source(const rt_node *node) { return node->def->once && node->def->kind == DSC_SOURCE; }

/* Two nodes are of one group when one puts into the other. */
void rt_tables_group(rt_engine *e)
{
    for (int i = 0; i < e->n_nodes; i++)
        e->nodes[i].group = i;
    for (bool again = true; again;) {
        again = false;
        for (int i = 0; i < e->n_nodes; i++) {
            rt_node *node = &e->nodes[i];
            for (int j = 0; node->def->once && j < node->def->n_inputs; j++) {
                rt_node *from = &e->nodes[node->def->inputs[j]];
                int first = from->group < node->group ? from->group : node->group;
                again |= from->group != node->group;
                from->group = node->group = first;
            }
        }
    }
}

static bool is_of(const rt_node *node, int group) { return node->def->once && node->group == group; }

/* As if it had never been read. */
static int open_again(rt_node *node)
{
    dsc_source *s = node->source.conn;
    s->def->close(s);
    memset((char *)s + sizeof *s, 0, s->def->size - sizeof *s);
    rt_layouts_forget(node);
    node->source.ended = node->source.stopped = false;
    return s->def->open(s);
}

static int read_whole(void *arg, rt_node *node)
{
    rt_engine *e = arg;
    if (node->source.open ? node->source.ended && open_again(node) < 0 : rt_source_open(e, node) < 0)
        return -1;
    while (!node->source.ended)
        if (rt_source_read(e, node, true) < 0)
            return -1;
    return 0;
}

/* All rows of a group; they are not seen yet. */
static int read_group(rt_engine *e, int group, int (*read)(void *arg, rt_node *source), void *arg)
{
    int64_t records = e->records;
    for (int i = 0; i < e->n_nodes; i++)
        if (is_of(&e->nodes[i], group) && is_source(&e->nodes[i]) && read(arg, &e->nodes[i]) < 0)
            return -1;
    e->records = records;
    for (int i = 0; i < e->n_nodes; i++) {
        rt_node *node = &e->nodes[i];
        if (!is_of(node, group))
            continue;
        if (node->def->kind == DSC_TABLE)
            rt_rows_finish(node);
        else if (rt_node_tick(e, node, 0) < 0)
            return -1;
    }
    return 0;
}

static void show_group(rt_engine *e, int group)
{
    for (int i = 0; i < e->n_nodes; i++)
        if (is_of(&e->nodes[i], group) && e->nodes[i].def->kind == DSC_TABLE)
            rt_rows_replace(&e->nodes[i]);
}

static int64_t look(const rt_node *node)
{
    dsc_source *s = node->source.conn;
    return s->def->identity && node->source.open ? s->def->identity(s) : 0;
}

/* Has a group been read? */
static bool is_read(const rt_engine *e, int group)
{
    for (int i = 0; i < e->n_nodes; i++)
        if (is_of(&e->nodes[i], group) && e->nodes[i].def->kind == DSC_TABLE && !rt_rows_are_there(&e->nodes[i]))
            return false;
    return true;
}

/* What sinks were to get before the group was read; and what is bad in it if `keep`. */
static void take_back(rt_engine *e, bool keep)
{
    for (int i = 0; i < e->n_nodes && e->aside; i++)
        rt_sink_back(&e->nodes[i], &e->aside[i], keep);
    free(e->aside);
    e->aside = NULL;
}

/* Read a group, and have it in the checkpoint. What is bad in it was written aside before where it is what it was before. */
static int read_version(rt_engine *e, int group)
{
    e->aside = rt_must_alloc((size_t)e->n_nodes * sizeof *e->aside, "a table");
    for (int i = 0; i < e->n_nodes; i++)
        rt_sink_aside(&e->nodes[i], &e->aside[i]);
    int same = read_group(e, group, read_whole, e) < 0 ? -1 : rt_durable_table(e, group);
    take_back(e, same == 0);
    return same < 0 ? -1 : 0;
}

int rt_tables_read(rt_engine *e, bool all)
{
    for (int i = 0; i < e->n_nodes; i++)
        if (is_source(&e->nodes[i]) && (e->nodes[i].source.identity = look(&e->nodes[i])) < 0)
            return -1;
    for (int i = 0; i < e->n_nodes; i++) {
        if (!e->nodes[i].def->once || e->nodes[i].group != i || (!all && is_read(e, i)))
            continue;
        if (read_version(e, i) < 0)
            return -1;
        show_group(e, i);
    }
    return 0;
}

/* A source of bytes as it was, another as the program has it. */
typedef struct Restored {
    rt_engine *e;
    int (*read)(void *arg, rt_node *source);
    void *arg;
} Restored;

static int read_restored(void *arg, rt_node *node)
{
    const Restored *r = arg;
    if (strcmp(node->source.conn->def->element, "bytes") != 0)
        return read_whole(r->e, node);
    if (!node->source.open)
        rt_layouts_forget(node);
    else if (node->source.ended && open_again(node) < 0)
        return -1;
    return r->read(r->arg, node);
}

int rt_tables_restore(rt_engine *e, int group, int (*read)(void *arg, rt_node *source), void *arg)
{
    Restored restored = {e, read, arg};
    if (read_group(e, group, read_restored, &restored) < 0)
        return -1;
    show_group(e, group);
    return 0;
}

/* ---- reading again ---------------------------------------------------------------------- */

typedef struct Reload {
    rt_engine *e;
    int group;
    int status;
} Reload;

/* Has one of the group's files changed? Whatever is there now counts as looked at. */
static int has_changed(rt_engine *e, int group)
{
    int changed = 0;
    for (int i = 0; i < e->n_nodes; i++) {
        rt_node *node = &e->nodes[i];
        if (!is_of(node, group) || !is_source(node))
            continue;
        int64_t identity = look(node);
        if (identity < 0)
            return -1;
        changed |= identity != node->source.identity;
        node->source.identity = identity;
    }
    return changed;
}

static void reload_group(void *arg)
{
    Reload *r = arg;
    rt_engine *e = r->e;
    int changed = has_changed(e, r->group);
    r->status = changed;
    if (changed > 0 && read_version(e, r->group) < 0)
        r->status = -1;
}

/* What a run that failed has left in the group. */
static void drop_group(rt_engine *e, int group)
{
    rt_morsels_drop(e);
    rt_durable_table_drop(e);
    take_back(e, false);
    for (int i = 0; i < e->n_nodes; i++) {
        rt_node *node = &e->nodes[i];
        if (!is_of(node, group))
            continue;
        rt_keyed_clear(&node->keyed);
        rt_join_clear(node);
        rt_held_clear(node);
        if (node->sorted)
            rt_sorted_clear(node);
        if (node->rows)
            rt_rows_drop(node);
    }
}

/* Which table is meant: the name of its first source. */
static void note_failure(rt_engine *e, rt_node *first)
{
    if (!first->said)
        dsc_note(e->job, "the table %s stays as it was before this batch: %s", first->def->name, e->job->error);
    first->said = true;
    e->job->error[0] = '\0';
    atomic_store(&e->job->failed, false);
    atomic_store(&e->job->failing, false);
}

void rt_tables_reload(rt_engine *e)
{
    for (int i = 0; i < e->n_nodes && !atomic_load(&e->job->stopping) && !atomic_load(&e->job->failed); i++) {
        rt_node *first = &e->nodes[i];
        if (!first->def->once || first->group != i)
            continue;
        Reload r = {.e = e, .group = i};
        int64_t records = e->records;
        if (rt_protect(e->job, reload_group, &r) != 0)
            r.status = -1;
        e->records = records;
        if (r.status < 0) {
            drop_group(e, i);
            note_failure(e, first);
        } else if (r.status > 0) {
            show_group(e, i);
            first->said = false;
        }
    }
}
