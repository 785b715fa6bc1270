/* cost.h: what operators keep from batch to batch, in bytes. The plan must have been fused. */
#ifndef DSC_COST_H
#define DSC_COST_H

#include "plan.h"

typedef struct Cost {
    bool by_key;
    int64_t key;                  /* bytes of a key with what is kept for it; 0: nothing by key */
    int64_t pane;                 /* more for each pane that holds the key; else 0 */
    int64_t element;              /* or for each element */
    bool text;                    /* and the text and lists in it, of any length */
    const char *leaves;           /* what removes a key, pane or element: "a key goes when .." */
    int64_t max_keys, max_bytes;  /* as the program says; 0: it does not */
    int64_t most;                 /* bytes at most; -1: nothing bounds them */
    const char *add;              /* what would bound them; NULL: nothing would */
} Cost;

/* False: it keeps nothing. */
bool node_cost(Arena *arena, const Node *n, Cost *out);
/* "60 bytes a key, 24 a key and pane, and its text": never empty. */
const char *cost_text(Arena *arena, const Cost *cost);

#endif
