/* op_glom.c: a batch as a list. */
#include "opdef.h"
#include "dsc_abi.h"

const OpDef op_glom = {
    .name = "glom",
    .signature = "A | glom() -> [A]",
    .doc = "All elements of a batch as one list, in their order; an empty list of an empty batch.\n"
           "It holds the whole batch in memory.",
    .example = "source queue([[1, 2, 3], [4]]) | glom() | sink print()",
    .class = OP_HOLD,
    .kind = DSC_HELD,
};

DSC_OPS(op_glom)
