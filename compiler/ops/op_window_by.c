/* op_window_by.c: windows that dsc makes of others. */
#include "opdef.h"

const OpDef op_countByValueAndWindow = {
    .name = "countByValueAndWindow",
    .signature = "K | countByValueAndWindow(window: duration, slide: duration = none) -> (K, int)",
    .doc = "Every `slide`, how often each value is among the elements of the last `window`.",
    .example = "batch 1s\nsource queue([[\"a\", \"b\"], [\"b\"], []]) | countByValueAndWindow(2s) | sink print()",
    .class = OP_HOLD,
    .body = "map((_, 1)) | reduceByKeyAndWindow((a, b) => a + b, window, slide)",
};

const OpDef op_countByKeyAndWindow = {
    .name = "countByKeyAndWindow",
    .signature = "(K, V) | countByKeyAndWindow(window: duration, slide: duration = none) -> (K, int)",
    .doc = "Every `slide`, how many pairs of each key the last `window` has.",
    .example = "batch 1s\nsource queue([[(\"a\", 7), (\"b\", 8)], [(\"b\", 9)], []]) | countByKeyAndWindow(2s) | sink print()",
    .class = OP_HOLD,
    .body = "map((key, _) => (key, 1)) | reduceByKeyAndWindow((a, b) => a + b, window, slide)",
};

const OpDef op_groupByKeyAndWindow = {
    .name = "groupByKeyAndWindow",
    .signature = "(K, V) | groupByKeyAndWindow(window: duration, slide: duration = none) -> (K, [V])",
    .doc = "Every `slide`, the values of each key of the last `window` as a list, in input order.\n"
           "It holds all values of the window; where they are only to be combined, reduceByKeyAndWindow is cheaper.",
    .example = "batch 1s\nsource queue([[(\"a\", 1), (\"b\", 2)], [(\"a\", 3)], []]) | groupByKeyAndWindow(2s) | sink print()",
    .class = OP_HOLD,
    .body = "groupByKey() | reduceByKeyAndWindow((a, b) => a + b, window, slide)",
};

DSC_OPS(op_countByValueAndWindow, op_countByKeyAndWindow, op_groupByKeyAndWindow)
