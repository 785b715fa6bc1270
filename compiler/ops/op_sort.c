/* op_sort.c: a batch in an order, or the first of it. */
#include "opdef.h"
#include "dsc_abi.h"

const OpDef op_sortBy = {
    .name = "sortBy",
    .signature = "A | sortBy(f: A -> B, descending: bool = none) -> A",
    .doc = "The elements of each batch in the ascending order of what f gives for them, or, with\n"
           "`descending: true`, in the descending one. What is equal stays in the order of the input.\n"
           "It holds the whole batch; for the first few of it, top is cheaper.",
    .example = "source queue([[\"pear\", \"fig\", \"plum\"]]) | sortBy(_.length(), descending: true) | sink print()",
    .class = OP_HOLD,
    .kind = DSC_SORTED,
};

const OpDef op_top = {
    .name = "top",
    .signature = "A | top(n: int, by: A -> B = none) -> A",
    .doc = "The n elements of each batch for which `by` gives the most (those that sort last, where it is left out),\n"
           "the largest first; of equal ones the first. It holds about 2 n elements, however long the batch is.",
    .example = "source queue([[(\"a\", 3), (\"b\", 7), (\"c\", 5)]]) | top(2, by: _.1) | sink print()",
    .class = OP_HOLD,
    .kind = DSC_SORTED,
    .range = {"n", 0, 0},
};

const OpDef op_limit = {
    .name = "limit",
    .signature = "A | limit(n: int) -> A",
    .doc = "The first n elements of each batch.",
    .example = "source queue([[1, 2, 3], [4]]) | limit(2) | sink print()",
    .class = OP_HOLD,
    .kind = DSC_SORTED,
    .range = {"n", 0, 0},
};

DSC_OPS(op_sortBy, op_top, op_limit)
