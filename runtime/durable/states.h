/* states.h: what a node keeps from batch to batch, as bytes. May raise. */
#ifndef RT_STATES_H
#define RT_STATES_H

#include "../core.h"
#include "bytes.h"

bool rt_keeps_state(const rt_node *node);
void rt_put_node_state(rt_buf *b, rt_engine *e, rt_node *node);
/* Into a node that has none. What is damaged is said by the reader. */
void rt_get_node_state(rt_reader *r, rt_engine *e, rt_node *node);
/* How a node's bytes are to be read by those who do not know the program: the form (rt_state_form), then tables n: of each the
 * types of its keys (n: 0 or 1) and of its values. Windows have one, of keys and accumulators. */
typedef enum rt_state_form { RT_FORM_STATES, RT_FORM_WINDOW, RT_FORM_RAW_WINDOW } rt_state_form;
void rt_put_node_types(rt_buf *b, const rt_node *node);
/* Differs where the bytes of one node mean nothing to another: kind, types, length and slide of a window. */
uint64_t rt_node_state_hash(const rt_node *node);

/* n keys and accumulators into the open pane of a window, which is empty. */
void rt_open_pane_fill(rt_engine *e, rt_node *node, rt_reader *r, uint64_t n, rt_arena *arena);

#endif
