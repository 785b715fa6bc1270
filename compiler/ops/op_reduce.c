/* op_reduce.c: combines the elements of a batch, all or those of a key. */
#include "opdef.h"
#include "dsc_abi.h"

const OpDef op_reduce = {
    .name = "reduce",
    .signature = "A | reduce(f: (A, A) -> A) -> A",
    .doc = "Combines all elements of each batch, from the first on; nothing for an empty batch.\n"
           "`_` is each of the two in turn: reduce(_ + _), reduce(max(_, _)).",
    .example = "source queue([[1, 2, 3], [4]]) | reduce(_ + _) | sink print()",
    .class = OP_HOLD,
    .kind = DSC_FOLD,
};

const OpDef op_reduceByKey = {
    .name = "reduceByKey",
    .signature = "(K, V) | reduceByKey(f: (V, V) -> V) -> (K, V)",
    .doc = "Combines the values of each key of each batch.\n"
           "f takes what has been combined so far and the next value: reduceByKey(_ + _) adds. Keys come in\n"
           "the order in which they were first seen. It takes pairs; make them with map((_, 1)).\n"
           "Over several batches: reduceByKeyAndWindow.",
    .example = "source queue([[\"to be or not to be\"]])\n"
               "  | flatMap(_.split(\" \"))\n"
               "  | map((_, 1))\n"
               "  | reduceByKey(_ + _)\n"
               "  | sink print()",
    .class = OP_HOLD,
    .kind = DSC_FOLD,
};

DSC_OPS(op_reduce, op_reduceByKey)
