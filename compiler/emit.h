/* emit.h: a plan as C. */
#ifndef DSC_EMIT_H
#define DSC_EMIT_H

#include "plan.h"

/* The whole text of the unit that does what the plan says, in the arena. Requires
 * a plan after find_folds and fuse_plan. The same plan gives the same text. */
char *emit_program(Arena *arena, const Plan *plan);

#endif
