/* explain.h: the plan and its stages, for people and tools. */
#ifndef DSC_EXPLAIN_H
#define DSC_EXPLAIN_H

#include "plan.h"

/* Append what the plan does to a text. The plan must have been fused. */
void explain_text(const Plan *plan, Text *out);
void explain_dot(const Plan *plan, Text *out);    /* for Graphviz: one box a stage */
void explain_json(const Plan *plan, Text *out);   /* { program, batch_us, nodes: [..], stages: [..] } */

#endif
