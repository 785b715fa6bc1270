/* op_reduce.c: combines the elements of a batch, all or those of a key. Partial results are never
 * combined where a fold runs in input order, so `mergeCombiners` and `merge` are looked at only. */
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

const OpDef op_combineByKey = {
    .name = "combineByKey",
    .signature = "(K, V) | combineByKey(create: V -> C, mergeValue: (C, V) -> C, mergeCombiners: (C, C) -> C = none) -> (K, C)",
    .doc = "Combines the values of each key of each batch into something of another type: `create` makes it of the\n"
           "first value, `mergeValue` takes each further one in, in input order. So `mergeCombiners`, which Spark\n"
           "asks for, has no work here; it may be left out.",
    .example = "source queue([[(\"a\", 1), (\"b\", 5), (\"a\", 3)]])\n"
               "  | combineByKey(n => (n, 1), (acc, n) => (acc.0 + n, acc.1 + 1))\n"
               "  | mapValues((sum, n) => sum / n)\n"
               "  | sink print()",
    .class = OP_HOLD,
    .kind = DSC_FOLD,
};

const OpDef op_aggregateByKey = {
    .name = "aggregateByKey",
    .signature = "(K, V) | aggregateByKey(zero: C, f: (C, V) -> C, merge: (C, C) -> C = none) -> (K, C)",
    .doc = "Combines the values of each key of each batch into something of another type, in input order: f takes\n"
           "the first value into `zero`, and each further one into what came of it. `merge`, which Spark asks for,\n"
           "has no work here; it may be left out.",
    .example = "source queue([[(\"a\", \"x\"), (\"b\", \"yy\"), (\"a\", \"zzz\")]])\n"
               "  | aggregateByKey(0, (longest, s) => max(longest, s.length()))\n"
               "  | sink print()",
    .class = OP_HOLD,
    .kind = DSC_FOLD,
};

DSC_OPS(op_reduce, op_reduceByKey, op_combineByKey, op_aggregateByKey)
