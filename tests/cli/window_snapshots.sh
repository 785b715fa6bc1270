#!/bin/bash
# window_snapshots.sh: windows of all kinds go on while snapshots of them are being written: what comes out is the same without any,
# and when the job has been stopped on the way. Keys come and go, so that windows also change to columns and back.
. "$TOP/tests/cli_lib.sh"

cat >keys.ds <<'END'
batch 1s
let values = source rate(2000)
  | map((i, t) => ((if i / 20_000 % 2 == 0 then i % 2000 else i * 7919 % 50_000), i * 31 % 1000))
END

# job NAME TAIL: the program that ends so, run whole without a checkpoint, whole with one, and in two parts.
job() {
    local name=$1 part
    (cat keys.ds; printf 'values%s\n  | sink append("%s.txt")\n' "$2" "$name") >"$name.ds"
    expect 0 "$DSC" run --clock virtual --quiet --batches 40 "$name.ds"
    mv "$name.txt" "$name.whole"
    (echo "checkpoint \"$name.ck\" every 1us"; cat "$name.ds") >"$name.often.ds"
    expect 0 "$DSC" run --clock virtual --quiet --batches 40 --metrics metrics.json "$name.often.ds"
    grep -q '"snapshot_ms": [0-9.]*[1-9]' metrics.json || fail "$name: no snapshot was made"
    same "$name.whole" "$name.txt"
    rm -r "$name.txt" "$name.ck"
    for part in 11 13 16; do
        expect 0 "$DSC" run --clock virtual --quiet --batches $part "$name.often.ds"
    done
    same "$name.whole" "$name.txt"
}

for kind in \
    'sum reduceByKeyAndWindow(_ + _, 3s)' \
    'long reduceByKeyAndWindow(_ + _, 7s, 2s)' \
    'least reduceByKeyAndWindow(min, 3s)' \
    'other reduceByKeyAndWindow((a, b) => (a * 3 + b) % 1009, 4s)' \
    'lists groupByKeyAndWindow(3s) | mapValues(_.sum())' \
    'elements window(5s, 2s) | reduceByKey(_ + _)' \
    'floats mapValues(n => float(n) * 0.1) | reduceByKeyAndWindow(_ + _, 3s)'; do
    job "${kind%% *}" "
  | ${kind#* }"
done
