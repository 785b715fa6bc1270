/* op_event.c: event time: when an element was, windows by it, repetitions. */
#include "opdef.h"
#include "dsc_abi.h"

const OpDef op_eventTime = {
    .name = "eventTime",
    .signature = "A | eventTime(f: A -> time, lateness: duration = none, idle: duration = none) -> A",
    .doc = "Says when each element was: f gives its time, by which tumbling, sliding and session below it go.\n"
           "The watermark is the largest time so far less `lateness` (0s): windows that end there or before are\n"
           "closed. When batches bring no element for `idle` (60 batches), it goes on with the batches' time.\n"
           "Operators that hold a batch lose event time, except dropDuplicates.",
    .example = "batch 1s\n"
               "let clicks = source queue([[(1s, \"a\"), (4s, \"b\")], [(2s, \"a\"), (11s, \"a\")]])\n"
               "clicks\n"
               "  | eventTime((at, _) => time(\"2024-01-01T00:00:00Z\") + at, lateness: 2s)\n"
               "  | map((_, page) => (page, 1))\n"
               "  | tumbling(5s)\n"
               "  | reduceByKey(_ + _)\n"
               "  | map(((page, w), n) => (page, w.end, n))\n"
               "  | sink print()",
    .class = OP_NARROW,
    .time = TIME_GIVEN,
};

const OpDef op_tumbling = {
    .name = "tumbling",
    .signature = "(K, V) | tumbling(size: duration, keep: duration = none, maxKeys: int = none, maxBytes: int = none) -> "
                 "((K, { start: time, end: time }), V)",
    .doc = "Holds each pair until its window of event time closes, then puts out all pairs of that window, each\n"
           "with its key and window as the key: tumbling(1m) | reduceByKey(_ + _). Windows are `size` long, one\n"
           "after the other since 1970, and belong to the batch in which the watermark passes their end: those\n"
           "that end first come first, and their elements in the order of the input. The input's end closes all.\n"
           "late: drop (so it is unless said) counts and drops what comes after its window has closed;\n"
           "late: side(NAME) makes a stream NAME of it; late: update, keep: 1h keeps windows for an hour after\n"
           "their end, and puts one out again, whole, when something is added to it. With more than `maxKeys` keys and\n"
           "windows at once, or when they take more than `maxBytes`, the program stops.",
    .example = "batch 1s\n"
               "let start = time(\"2024-01-01T00:00:00Z\")\n"
               "source queue([[(1s, 10), (3s, 20), (7s, 5)], [(4s, 1), (21s, 2)]])\n"
               "  | eventTime((at, _) => start + at)\n"
               "  | map((_, bytes) => (\"all\", bytes))\n"
               "  | tumbling(5s, late: side(tooLate))\n"
               "  | reduceByKey(_ + _)\n"
               "  | map(((_, w), bytes) => (w.end - start, bytes))\n"
               "  | sink stdout()\n"
               "tooLate | map(format(\"too late: {}\", _)) | sink stdout()",
    .class = OP_HOLD,
    .kind = DSC_HELD,
    .range = {"maxKeys", 1, 0},
    .time = TIME_WINDOWS,
};

const OpDef op_sliding = {
    .name = "sliding",
    .signature = "(K, V) | sliding(size: duration, slide: duration, keep: duration = none, maxKeys: int = none, maxBytes: int = none) -> "
                 "((K, { start: time, end: time }), V)",
    .doc = "As tumbling, `late:` included, with windows of event time that begin every `slide`: each pair is in several.\n"
           "A pair that is late for some of its windows is in the others.",
    .example = "batch 1s\n"
               "let start = time(\"2024-01-01T00:00:00Z\")\n"
               "source queue([[(1s, \"a\"), (3s, \"a\"), (8s, \"a\")]])\n"
               "  | eventTime((at, _) => start + at)\n"
               "  | map((_, page) => (page, 1))\n"
               "  | sliding(10s, 5s)\n"
               "  | reduceByKey(_ + _)\n"
               "  | map(((page, w), n) => (page, w.end - start, n))\n"
               "  | sink stdout()",
    .class = OP_HOLD,
    .kind = DSC_HELD,
    .range = {"maxKeys", 1, 0},
    .time = TIME_WINDOWS,
};

const OpDef op_session = {
    .name = "session",
    .signature = "(K, V) | session(gap: duration, keep: duration = none, maxKeys: int = none, maxBytes: int = none) -> "
                 "((K, { start: time, end: time }), V)",
    .doc = "As tumbling, `late:` included, with windows that are sessions: pairs of one key less than `gap` apart in event time. A\n"
           "session ends `gap` after its last pair, and two become one when a pair between them comes.",
    .example = "batch 1s\n"
               "let start = time(\"2024-01-01T00:00:00Z\")\n"
               "source queue([[(1s, \"a\"), (30s, \"a\"), (4s, \"b\")], [(15s, \"a\"), (90s, \"b\")]])\n"
               "  | eventTime((at, _) => start + at, lateness: 30s)\n"
               "  | map((_, user) => (user, 1))\n"
               "  | session(20s)\n"
               "  | reduceByKey(_ + _)\n"
               "  | map(((user, w), n) => (user, w.start - start, w.end - start, n))\n"
               "  | sink stdout()",
    .class = OP_HOLD,
    .kind = DSC_HELD,
    .range = {"maxKeys", 1, 0},
    .time = TIME_WINDOWS,
};

const OpDef op_dropDuplicates = {
    .name = "dropDuplicates",
    .signature = "A | dropDuplicates(key: A -> K = none, within: duration, maxKeys: int = none, maxBytes: int = none) -> A",
    .doc = "Keeps the first element of each key; without `key` the element is its own.\n"
           "A key is known for `within` after its first element: by event time, which it keeps, where there is an\n"
           "eventTime before it, and else by the time of the batches. Elements so late that their key may have been\n"
           "forgotten are dropped and counted.",
    .example = "batch 1s\n"
               "source queue([[\"a\", \"b\", \"a\"], [\"a\"], [\"b\", \"c\"], [\"a\"]])\n"
               "  | dropDuplicates(within: 3s)\n"
               "  | sink print()",
    .class = OP_HOLD,
    .kind = DSC_HELD,
    .time = TIME_KEPT,
};

DSC_OPS(op_eventTime, op_tumbling, op_sliding, op_session, op_dropDuplicates)
