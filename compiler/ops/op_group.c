/* op_group.c: the values of a key as a list. */
#include "opdef.h"
#include "dsc_abi.h"

const OpDef op_groupByKey = {
    .name = "groupByKey",
    .signature = "(K, V) | groupByKey() -> (K, [V])",
    .doc = "The values of each key of each batch as a list, in input order.\n"
           "It holds the whole batch in memory: where the values are only to be combined, reduceByKey is cheaper.",
    .example = "source queue([[(\"a\", 1), (\"b\", 2), (\"a\", 3)]]) | groupByKey() | sink print()",
    .class = OP_HOLD,
    .kind = DSC_GROUP,
};

DSC_OPS(op_groupByKey)
