/* changes.h: does what a snapshot holds fit the program that is to go on from it? */
#ifndef RT_CHANGES_H
#define RT_CHANGES_H

#include "snapshot.h"

/* Sources whose positions are kept: tables are read anew at each start. */
static inline bool rt_is_source(const rt_node *node) { return node->def->kind == DSC_SOURCE && !node->def->once; }
/* The sort of part that is made of a node; false: none, or one of no consequence. */
bool rt_part_kind_of(const rt_node *node, rt_part_kind *kind);
/* A part's form, as bytes that are the same where the part's mean the same. */
void rt_put_part_form(rt_buf *b, const rt_node *node);

/* The node that a part is of: of the same name and sort, and, but for states, with the same operator. NULL: none. */
rt_node *rt_part_node(const rt_engine *e, const rt_part *part);
/* Has the part the form of what that node keeps? */
bool rt_part_fits(const rt_node *node, const rt_part *part);
/* Does the program lose something with a part that it has no node for? Not with sinks whose token says nothing. */
bool rt_part_matters(const rt_part *part);
/* Is everything in the snapshot, and all of it in the same form? -1 after an error that lists it. `path`: of the folder. */
int rt_changes_check(rt_engine *e, rt_reader parts, const char *path);

#endif
