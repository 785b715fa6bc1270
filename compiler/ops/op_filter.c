/* op_filter.c: keeps some elements. */
#include "opdef.h"

const OpDef op_filter = {
    .name = "filter",
    .signature = "A | filter(f: A -> bool) -> A",
    .doc = "Keeps the elements for which f is true.\n"
           "A function of two parameters takes a pair apart: filter((word, n) => n > 1).",
    .example = "source queue([[1, 2, 3, 4]]) | filter(_ % 2 == 0) | sink print()",
    .class = OP_NARROW,
};

DSC_OPS(op_filter)
