/* op_same.c: operators of Spark that dsc has no need of: what comes in goes out. */
#include "opdef.h"

const OpDef op_cache = {
    .name = "cache",
    .signature = "A | cache() -> A",
    .doc = "The stream itself: one that is used several times is computed once anyway. For programs from Spark.",
    .example = "let words = source queue([[\"a\", \"b\"]]) | cache()\n"
               "words | count() | sink print()\n"
               "words | sink print()",
    .body = "",
};

const OpDef op_checkpoint = {
    .name = "checkpoint",
    .signature = "A | checkpoint(interval: duration) -> A",
    .doc = "The stream itself: windows and states need no interval of their own. For programs from Spark.",
    .example = "batch 1s\nsource queue([[1], [2]]) | countByWindow(2s) | checkpoint(10s) | sink print()",
    .body = "",
};

DSC_OPS(op_cache, op_checkpoint)
