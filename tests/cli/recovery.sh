# recovery.sh: Spark 3.0.2, MapWithStateSuite, "mapWithState - driver failure recovery": a process that is killed in the fourth
# batch, and the one after it, put out each batch's states once, as one process does.
. "$TOP/tests/cli_lib.sh"

cat >states.ds <<'END'
batch 1s
checkpoint "ck" every 1h

source queue([[], ["a"], ["a", "b"], ["a", "b", "c"], ["a", "b"], ["a"], []])
  | map((_, 1))
  | mapWithState((key, n, sum: int?) => (some((sum ?? 0) + n), some((sum ?? 0) + n)))
  | stateSnapshots()
  | glom()
  | sink append("states.txt")
END
cat >expected <<'END'
[]
[(a, 1)]
[(a, 2), (b, 1)]
[(a, 3), (b, 2), (c, 1)]
[(a, 4), (b, 3), (c, 1)]
[(a, 5), (b, 3), (c, 1)]
[(a, 5), (b, 3), (c, 1)]
END
sed -i 's/, \([0-9]\))/,\1)/g' expected
expect 0 "$DSC" run --batches 3 states.ds
DSC_CRASH_AT=0 "$DSC" run --batches 1 states.ds >/dev/null 2>err
places=$(sed -n 's/^dsc: \([0-9]*\) places.*/\1/p' err)
for ((n = 1; n <= places; n += 3)); do
    rm -rf ck states.txt
    expect 0 "$DSC" run --batches 3 states.ds
    (DSC_CRASH_AT=$n "$DSC" run --batches 1 states.ds) >/dev/null 2>&1
    expect 0 "$DSC" run states.ds
    same expected states.txt
done
exit 0
