/* laws.h: values to try laws on. */
#ifndef DSC_LAWS_H
#define DSC_LAWS_H

#include "ref.h"

/* Random numbers, the same in every run. */
typedef struct Chance {
    uint64_t state;
} Chance;
unsigned chance_below(Chance *c, unsigned n);

/* At most `most` values of a type, the simplest first. */
Vals law_small(Arena *arena, Type *type, int most);
Val law_random(Arena *arena, Chance *c, Type *type);
/* Values of the same type that are simpler than v in one way each. */
Vals law_simpler(Arena *arena, Type *type, Val v);
/* Are they the same but for the rounding of floats? */
bool law_near(Val a, Val b);

#endif
