/* op_glom.c: a batch as one list, or as several: those that repartition, directly before it, asks for. */
#include "opdef.h"
#include "dsc_abi.h"

const OpDef op_glom = {
    .name = "glom",
    .signature = "A | glom() -> [A]",
    .doc = "All elements of a batch as one list, in their order; an empty list of an empty batch.\n"
           "Directly behind repartition(n): n lists, those that are empty too. It holds the whole batch in memory.",
    .example = "source queue([[1, 2, 3], [4]]) | glom() | sink print()",
    .class = OP_HOLD,
    .kind = DSC_HELD,
};

const OpDef op_mapPartitions = {
    .name = "mapPartitions",
    .signature = "A | mapPartitions(f: [A] -> [B]) -> B",
    .doc = "The elements of the list that f makes of all elements of a batch, also of an empty one.\n"
           "Directly behind repartition(n), f is applied to each of n lists, one after the other. It holds the whole\n"
           "batch in memory; for one element after the other there are map and flatMap.",
    .example = "source queue([[3, 1, 2], [5, 4]]) | mapPartitions(_.sort()) | sink print()",
    .class = OP_HOLD,
    .kind = DSC_HELD,
};

const OpDef op_repartition = {
    .name = "repartition",
    .signature = "A | repartition(n: int) -> A",
    .doc = "The stream itself: how work is divided among threads never shows. Directly before glom and mapPartitions\n"
           "it divides a batch into n lists of adjacent elements, as equal in length as can be: of `size` elements the list\n"
           "number p, from 0, has those from p * size / n on.",
    .example = "source queue([[1, 2, 3, 4, 5], [6]]) | repartition(2) | glom() | sink print()",
    .class = OP_NARROW,
    .range = {"n", 1, 1e6},
};

DSC_OPS(op_glom, op_mapPartitions, op_repartition)
