/* op_filter.c: keeps some elements: those that a function wants, or a part of them. */
#include "opdef.h"

const OpDef op_filter = {
    .name = "filter",
    .signature = "A | filter(f: A -> bool) -> A",
    .doc = "Keeps the elements for which f is true.\n"
           "A function of two parameters takes a pair apart: filter((word, n) => n > 1).",
    .example = "source queue([[1, 2, 3, 4]]) | filter(_ % 2 == 0) | sink print()",
    .class = OP_NARROW,
};

const OpDef op_sample = {
    .name = "sample",
    .signature = "A | sample(fraction: float, seed: int = none) -> A",
    .doc = "About `fraction` of the elements, from 0 to 1; which ones is told by a hash of where an element stands in its\n"
           "source and of the batch's time, so that it is the same in every run. Another `seed` takes others.",
    .example = "source queue([range(0, 20)]) | sample(0.25) | sink print()",
    .class = OP_NARROW,
    .range = {"fraction", 0, 1},
};

DSC_OPS(op_filter, op_sample)
