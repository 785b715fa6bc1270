/* op_count.c: how many elements a batch has, which ones, their mean. */
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

const OpDef op_distinct = {
    .name = "distinct",
    .signature = "K | distinct() -> K",
    .doc = "Each element of a batch once, in the order in which they were first seen.\n"
           "Over several batches: window(1m) | distinct().",
    .example = "source queue([[\"b\", \"a\", \"b\"], [\"a\"]]) | distinct() | sink print()",
    .class = OP_HOLD,
    .body = "countByValue() | map((value, _) => value)",
};

const OpDef op_mean = {
    .name = "mean",
    .signature = "float | mean() -> float",
    .doc = "The mean of the numbers of each batch; nothing for an empty batch.\n"
           "Ints are taken as floats. The sum is exact, so the mean does not depend on the order of the numbers.\n"
           "By key: map((k, x) => (k, (float(x), 1))) | reduceByKey((a, b) => (a.0 + b.0, a.1 + b.1)) | mapValues((sum, n) => sum / n).",
    .example = "source queue([[1, 2, 4], [], [3]]) | mean() | sink print()",
    .class = OP_HOLD,
    .body = "map(x => ((x : float), 1)) | reduce((a, b) => (a.0 + b.0, a.1 + b.1)) | map((sum, n) => sum / n)",
};

DSC_OPS(op_count, op_countByValue, op_distinct, op_mean)
