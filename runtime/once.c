/* once.c: tables: what of the program runs once, before the first batch.
 *
 * All their sources are read to the end as one batch, then their holding operators run, and
 * what they come to is indexed (rows.c). Bad rows are told of as those of the batch that comes
 * next, and written aside with it. */
#include "core.h"

static int read_whole(rt_engine *e, rt_node *node)
{
    while (!node->source.ended)
        if (rt_source_read(e, node, true) < 0)
            return -1;
    return 0;
}

int rt_tables_read(rt_engine *e)
{
    for (int i = 0; i < e->n_nodes; i++) {
        rt_node *node = &e->nodes[i];
        if (node->def->once && node->def->kind == DSC_SOURCE && read_whole(e, node) < 0)
            return -1;
    }
    for (int i = 0; i < e->n_nodes; i++) {
        rt_node *node = &e->nodes[i];
        if (node->def->kind == DSC_TABLE)
            rt_rows_finish(node);
        else if (node->def->once && rt_node_tick(e, node, 0) < 0)
            return -1;
    }
    for (int i = 0; i < e->n_nodes; i++)
        if (e->nodes[i].def->kind == DSC_TABLE)
            rt_rows_replace(&e->nodes[i]);
    return 0;
}
