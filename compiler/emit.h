/* emit.h: a plan as C. */
#ifndef DSC_EMIT_H
#define DSC_EMIT_H

#include "plan.h"

/* The whole text of the unit that does what the plan says, in the arena. Requires
 * a plan after find_folds and fuse_plan. The same plan gives the same text. */
char *emit_program(Arena *arena, const Plan *plan);
/* A C file of extern functions as a unit of its own: the prototypes they must have stand before its text. */
char *emit_extern(Arena *arena, const ExternFile *file);

#endif
