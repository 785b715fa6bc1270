/* op_count.c: how many elements a batch has. */
#include "opdef.h"
#include "dsc_abi.h"

const OpDef op_count = {
    .name = "count",
    .signature = "A | count() -> int",
    .doc = "The number of elements of each batch: one element a batch, 0 for an empty one.",
    .example = "source queue([[\"a\", \"b\"], [], [\"c\"]]) | count() | sink print()",
    .class = OP_HOLD,
    .kind = DSC_FOLD,
};

const OpDef op_countByValue = {
    .name = "countByValue",
    .signature = "K | countByValue() -> (K, int)",
    .doc = "How often each value is among the elements of each batch, in the order in which they were first seen.",
    .example = "source queue([[\"a\", \"b\", \"a\"]]) | countByValue() | sink print()",
    .class = OP_HOLD,
    .kind = DSC_FOLD,
};

DSC_OPS(op_count, op_countByValue)
