/* op_state.c: what is kept for each key from batch to batch. The state is typed
 * by the letter S of a signature. */
#include "opdef.h"
#include "dsc_abi.h"

const OpDef op_updateStateByKey = {
    .name = "updateStateByKey",
    .signature = "(K, V) | updateStateByKey(f: ([V], S?) -> S?, init: [(K, S)] = none, maxKeys: int = none, "
                 "maxBytes: int = none) -> (K, S)",
    .doc = "Every batch, the new state of each key: f takes the key's values of the batch, in input order, and its\n"
           "state before, and gives the state from now on, or `none` to remove the key. It is called for each key\n"
           "that has a state, with no values where the batch brings none, and for each key that the batch brings.\n"
           "Out come the keys with their states, those that live longest first. `init` is the state before the first\n"
           "batch. With more than `maxKeys` keys, or when they take more than `maxBytes`, the program stops. Where\n"
           "f calls `batchTime()` it knows the time.\n"
           "It costs a call of f a key and batch: mapWithState only looks at the keys that come.",
    .example = "batch 1s\n"
               "source queue([[\"a\", \"b\", \"a\"], [], [\"b\"]])\n"
               "  | map((_, 1))\n"
               "  | updateStateByKey((ones, n) => (n ?? 0) + ones.sum())\n"
               "  | sink print()",
    .class = OP_HOLD,
    .kind = DSC_UPDATE,
    .state = true,
    .range = {"maxKeys", 1, 0},
};

const OpDef op_mapWithState = {
    .name = "mapWithState",
    .signature = "(K, V) | mapWithState(f: (K, V, S?) -> (E?, S?), init: [(K, S)] = none, timeout: duration = none, "
                 "onTimeout: (K, S) -> E? = none, maxKeys: int = none, maxBytes: int = none) -> E",
    .doc = "Each pair in turn: f takes the key, the value and the key's state, and gives what comes out and the\n"
           "state from now on. What comes out may be `none`: nothing; a state `none` removes the key, and `state`\n"
           "leaves it. `init` is the state before the first batch.\n"
           "A key that no pair has come of for longer than `timeout` is removed at the end of the batch, after what\n"
           "the batch has put out; what `onTimeout` makes of it comes out there. With more than `maxKeys` keys, or when they\n"
           "take more than `maxBytes`, the program stops. A pair that is bad leaves the state as it was. See stateSnapshots for all states.",
    .example = "batch 1s\n"
               "source queue([[(\"a\", 3), (\"a\", 4)], [(\"b\", 5), (\"a\", 1)]])\n"
               "  | mapWithState((key, n, sum) => { let now = (sum ?? 0) + n; ((key, now), now) })\n"
               "  | sink print()",
    .class = OP_HOLD,
    .kind = DSC_HELD,
    .state = true,
    .range = {"maxKeys", 1, 0},
};

const OpDef op_stateSnapshots = {
    .name = "stateSnapshots",
    .signature = "A | stateSnapshots() -> (K, S)",
    .doc = "All keys with their states after each batch, those that live longest first. It stands directly after\n"
           "mapWithState, or after the name of a stream that ends in mapWithState.",
    .example = "batch 1s\n"
               "source queue([[(\"a\", 3), (\"b\", 4)], [(\"b\", 5)]])\n"
               "  | mapWithState((key, n, last) => (last, n))\n"
               "  | stateSnapshots()\n"
               "  | sink print()",
    .class = OP_HOLD,
    .kind = DSC_HELD,
};

DSC_OPS(op_updateStateByKey, op_mapWithState, op_stateSnapshots)
