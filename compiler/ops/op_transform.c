/* op_transform.c: functions of streams, applied where a chain goes on. */
#include "opdef.h"

const OpDef op_transform = {
    .name = "transform",
    .signature = "A | transform(f: stream A -> B) -> B",
    .doc = "The stream that f makes of this one: transform(s => s | filter(_ > 0) | union(other)).\n"
           "f is applied once, when the program is compiled; `batchTime()` gives the time of the batch in expressions.\n"
           "It can also be the name of a `fn` of streams. A chain of operators with a name of its own is a `pipe`.",
    .example = "fn bothWays(s) = s | union(s | map(-_))\n"
               "source queue([[1, 2]]) | transform(bothWays) | transform(s => s | map(_ * 10)) | sink print()",
};

const OpDef op_transformWith = {
    .name = "transformWith",
    .signature = "A | transformWith(other: stream B, f: stream (A, B) -> C) -> C",
    .doc = "The stream that f makes of this one and another: transformWith(s, (a, b) => a | union(b)).",
    .example = "let old = source queue([[\"a\"], [\"b\"]])\n"
               "let new = source queue([[\"c\"], []])\n"
               "old | transformWith(new, (a, b) => a | union(b) | count()) | sink print()",
};

DSC_OPS(op_transform, op_transformWith)
