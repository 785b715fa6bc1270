/* op_map.c: one function, applied to each element or to each value. */
#include "opdef.h"

const OpDef op_map = {
    .name = "map",
    .signature = "A | map(f: A -> B) -> B",
    .doc = "Makes one element out of each.\n"
           "`_` is the element: map(_ + 1). A function of two parameters takes a pair apart:\n"
           "map((word, n) => (n, word)). In what a function makes, `_` works too: map((_, 1)).",
    .example = "source queue([[\"to be\", \"or not\"]]) | map(line => (line, line.length())) | sink print()",
    .class = OP_NARROW,
};

const OpDef op_flatMap = {
    .name = "flatMap",
    .signature = "A | flatMap(f: A -> [B] or B?) -> B",
    .doc = "Makes any number of elements out of each: those of the list that f gives.\n"
           "Where f gives an option, `none` drops the element and `some(x)` gives x.",
    .example = "source queue([[\"to be or\", \"not to be\"]]) | flatMap(_.split(\" \")) | sink print()",
    .class = OP_NARROW,
};

const OpDef op_mapValues = {
    .name = "mapValues",
    .signature = "(K, V) | mapValues(f: V -> W) -> (K, W)",
    .doc = "Changes the value of each pair and keeps its key.",
    .example = "source queue([[(\"a\", 1), (\"b\", 2)]]) | mapValues(_ * 10) | sink print()",
    .class = OP_NARROW,
};

const OpDef op_flatMapValues = {
    .name = "flatMapValues",
    .signature = "(K, V) | flatMapValues(f: V -> [W] or W?) -> (K, W)",
    .doc = "Makes a pair of each element of the list that f gives for the value, all with the same key.\n"
           "Where f gives an option, `none` drops the pair.",
    .example = "source queue([[(\"a\", \"1 2\"), (\"b\", \"3\")]]) | flatMapValues(_.split(\" \")) | sink print()",
    .class = OP_NARROW,
};

DSC_OPS(op_map, op_flatMap, op_mapValues, op_flatMapValues)
