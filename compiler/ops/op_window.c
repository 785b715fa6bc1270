/* op_window.c: the last batches together. Window and slide are multiples of the
 * input's slide; the slide is the input's own where it is left out. */
#include "opdef.h"
#include "dsc_abi.h"

const OpDef op_window = {
    .name = "window",
    .signature = "A | window(window: duration, slide: duration = none, maxBytes: int = none) -> A",
    .doc = "Every `slide`, the elements of the last `window`.\n"
           "Both are multiples of the batch (of the input's slide); `slide` is the batch where it is left out.\n"
           "What follows it works on all elements of the window: window(30s, 10s) | reduceByKey(_ + _).\n"
           "It holds the elements; reduceByKeyAndWindow and countByWindow hold what has been combined. When they take\n"
           "more than `maxBytes` the program stops.",
    .example = "batch 1s\nsource queue([[1], [2], [3], [4]]) | window(2s) | reduce(_ + _) | sink print()",
    .class = OP_HOLD,
    .kind = DSC_WINDOW,
};

const OpDef op_reduceByKeyAndWindow = {
    .name = "reduceByKeyAndWindow",
    .signature = "(K, V) | reduceByKeyAndWindow(f: (V, V) -> V, window: duration, slide: duration = none, "
                 "inverse: (V, V) -> V = none, filter: (K, V) -> bool = none, maxKeys: int = none, maxBytes: int = none) -> (K, V)",
    .doc = "Every `slide`, the values of each key of the last `window` combined.\n"
           "Spark's order (f, inverse, window, slide) is understood too. `inverse` is never needed: where f can\n"
           "be undone (sums, counts) the window subtracts what leaves by itself, and a key that no batch of the\n"
           "window holds is gone. `filter` keeps the pairs for which it is true. f must be associative, as + and max\n"
           "are: what the batches of a window gave is combined. For any other, window(..) | reduceByKey(f).\n"
           "With more than `maxKeys` keys in the window, or when they take more than `maxBytes`, the program stops.",
    .example = "batch 1s\n"
               "source queue([[\"a b\"], [\"a\"], [\"b\"]])\n"
               "  | flatMap(_.split(\" \"))\n"
               "  | map((_, 1))\n"
               "  | reduceByKeyAndWindow(_ + _, 2s)\n"
               "  | sink print()",
    .class = OP_HOLD,
    .kind = DSC_WINDOW_FOLD,
    .range = {"maxKeys", 1, 0},
};

const OpDef op_countByWindow = {
    .name = "countByWindow",
    .signature = "A | countByWindow(window: duration, slide: duration = none) -> int",
    .doc = "Every `slide`, the number of elements of the last `window`: one element a slide, 0 included.",
    .example = "batch 1s\nsource queue([[1, 1], [1], []]) | countByWindow(2s) | sink print()",
    .class = OP_HOLD,
    .kind = DSC_WINDOW_FOLD,
};

const OpDef op_reduceByWindow = {
    .name = "reduceByWindow",
    .signature = "A | reduceByWindow(f: (A, A) -> A, window: duration, slide: duration = none, "
                 "inverse: (A, A) -> A = none, filter: A -> bool = none) -> A",
    .doc = "Every `slide`, all elements of the last `window` combined; nothing for an empty window.\n"
           "f must be associative; `inverse`, also in Spark's order (f, inverse, window, slide), is never needed, and\n"
           "`filter` keeps a result for which it is true: all as for reduceByKeyAndWindow.",
    .example = "batch 1s\nsource queue([[3, 1], [2], []]) | reduceByWindow(max(_, _), 2s) | sink print()",
    .class = OP_HOLD,
    .kind = DSC_WINDOW_FOLD,
};

DSC_OPS(op_window, op_reduceByKeyAndWindow, op_countByWindow, op_reduceByWindow)
