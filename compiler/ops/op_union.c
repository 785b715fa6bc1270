/* op_union.c: several streams as one. */
#include "opdef.h"

const OpDef op_union = {
    .name = "union",
    .signature = "A | union(other: stream A ..) -> A",
    .doc = "The elements of this stream and of the others, which must be of the same type and slide.\n"
           "Elements come in the order of the input records that caused them.",
    .example = "let a = source queue([[1, 2]])\n"
               "let b = source queue([[3]])\n"
               "a | union(b) | sink print()",
    .class = OP_UNION,
};

DSC_OPS(op_union)
