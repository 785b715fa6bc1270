/* op_join.c: two streams of pairs, or a stream and a table, brought together by key. */
#include "opdef.h"
#include "dsc_abi.h"

static const OpDef join_table = {
    .name = "join",
    .signature = "(K, V) | join(other: stream (K, W), within: duration = none, maxBytes: int = none) -> (K, (V, W))",
    .class = OP_LOOKUP,
};

const OpDef op_join = {
    .name = "join",
    .signature = "(K, V) | join(other: stream (K, W), within: duration = none, maxBytes: int = none) -> (K, (V, W))",
    .doc = "Each pair with each one of the other stream, or of a table, that has the same key.\n"
           "Of two streams those of the same batch meet, which holds the batch of both; give both a window of the same\n"
           "slide to join over more. A table is looked up pair by pair and holds nothing of the stream. Matches\n"
           "come in the order of this stream, those of one pair in the order of the other.\n"
           "With `within` two streams that have event time meet across batches: pairs whose times differ by at most\n"
           "that, as soon as the later one comes. A pair is kept until the watermark has passed it by `within`;\n"
           "when they take more than `maxBytes` the program stops.",
    .example = "let ads = table queue([[(\"a1\", \"shoes\"), (\"a2\", \"hats\")]])\n"
               "source queue([[(\"a1\", 3), (\"a7\", 1), (\"a2\", 5)]]) | join(ads) | sink print()",
    .class = OP_HOLD,
    .kind = DSC_HELD,
    .with_table = &join_table,
};

static const OpDef left_join_table = {
    .name = "leftOuterJoin",
    .signature = "(K, V) | leftOuterJoin(other: stream (K, W)) -> (K, (V, W?))",
    .class = OP_LOOKUP,
};

const OpDef op_leftOuterJoin = {
    .name = "leftOuterJoin",
    .signature = "(K, V) | leftOuterJoin(other: stream (K, W)) -> (K, (V, W?))",
    .doc = "As join, and a pair without a match comes with none.",
    .example = "let ads = table queue([[(\"a1\", \"shoes\"), (\"a2\", \"hats\")]])\n"
               "source queue([[(\"a1\", 3), (\"a7\", 1)]])\n"
               "  | leftOuterJoin(ads)\n"
               "  | mapValues((n, ad) => (n, ad ?? \"unknown\"))\n"
               "  | sink print()",
    .class = OP_HOLD,
    .kind = DSC_HELD,
    .with_table = &left_join_table,
};

const OpDef op_rightOuterJoin = {
    .name = "rightOuterJoin",
    .signature = "(K, V) | rightOuterJoin(other: stream (K, W)) -> (K, (V?, W))",
    .doc = "As join, and behind the matches the pairs of the other stream that have none, each with none.\n"
           "With a table these are all its rows that nothing of the batch matches, at every batch.",
    .example = "let stock = source queue([[(\"pens\", 20), (\"cups\", 7)]])\n"
               "source queue([[(\"pens\", 3)]]) | rightOuterJoin(stock) | sink print()",
    .class = OP_HOLD,
    .kind = DSC_HELD,
};

const OpDef op_fullOuterJoin = {
    .name = "fullOuterJoin",
    .signature = "(K, V) | fullOuterJoin(other: stream (K, W)) -> (K, (V?, W?))",
    .doc = "As join, and what has no match comes with none: pairs of this stream in their place, those of the other\n"
           "behind them.",
    .example = "let stock = source queue([[(\"pens\", 20), (\"cups\", 7)]])\n"
               "source queue([[(\"pens\", 3), (\"hats\", 1)]]) | fullOuterJoin(stock) | sink print()",
    .class = OP_HOLD,
    .kind = DSC_HELD,
};

const OpDef op_cogroup = {
    .name = "cogroup",
    .signature = "(K, V) | cogroup(other: stream (K, W)) -> (K, ([V], [W]))",
    .doc = "The values of each key of both streams as two lists, either of which may be empty.\n"
           "Keys come in the order in which they are first seen, those of this stream before those that only the\n"
           "other has. It holds the whole batch of both.",
    .example = "let paid = source queue([[(\"ann\", 20), (\"bob\", 5), (\"ann\", 1)]])\n"
               "source queue([[(\"ann\", \"pens\"), (\"cid\", \"cups\")]]) | cogroup(paid) | sink print()",
    .class = OP_HOLD,
    .kind = DSC_HELD,
};

const OpDef op_asofJoin = {
    .name = "asofJoin",
    .signature = "(K, V) | asofJoin(other: stream (K, W), time: V -> time, since: W -> time) -> (K, (V, W?))",
    .doc = "Each pair with the row of a table that held at its time: of the rows of its key whose `since` is not after\n"
           "`time` the newest, of several the last; none where there is none. It holds nothing of the stream.",
    .example = "let start = time(\"2024-05-01T00:00:00Z\")\n"
               "let rates = table queue([[(\"usd\", (0h, 92)), (\"usd\", (10h, 95))]])\n"
               "source queue([[(\"usd\", (9h, 10)), (\"usd\", (10h, 20)), (\"yen\", (1h, 5))]])\n"
               "  | asofJoin(rates, time: p => start + p.0, since: r => start + r.0)\n"
               "  | sink print()",
    .class = OP_LOOKUP,
};

const OpDef op_join_within = {
    .name = "join",
    .signature = "(K, V) | join(other: stream (K, W), within: duration = none, maxBytes: int = none) -> (K, (V, W))",
    .class = OP_HOLD,
    .kind = DSC_HELD,
    .time = TIME_JOINS,
};

const OpDef op_side_of = {
    .name = "side of join",
    .signature = "A | side() -> B",
    .class = OP_NARROW,
};

const OpDef op_rows = {
    .name = "rows",
    .signature = "A | rows() -> A",
    .class = OP_HOLD,
    .kind = DSC_TABLE,
};

const OpDef op_replay = {
    .name = "rows",
    .signature = "A | rows() -> A",
    .class = OP_HOLD,
    .kind = DSC_TABLE,
};

DSC_OPS(op_join, op_leftOuterJoin, op_rightOuterJoin, op_fullOuterJoin, op_cogroup, op_asofJoin)
