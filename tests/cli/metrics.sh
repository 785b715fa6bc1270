#!/bin/bash
# metrics.sh: --metrics FILE: a line of JSON for each batch, with keys and bytes of each state.
. "$TOP/tests/cli_lib.sh"

echo 'batch 1s
let s = source queue([["a", "b"], ["a"], ["a", "c"]]) | map((_, 1))
s | updateStateByKey((ones, n) => (n ?? 0) + ones.sum()) | sink discard()
s | reduceByKeyAndWindow(_ + _, 2s) | sink discard()
s | mapWithState((k, one, n) => (n, one), timeout: 1s, name: "recent") | sink discard()' >s.ds
expect 0 "$DSC" run s.ds --metrics m.json --quiet
[[ $(wc -l <m.json) = 3 ]] || fail "not a line for each of three batches"
[[ $(grep -o '"batch_ms": [0-9]*, "records": [0-9]*' m.json | tr -d '\n') = \
    '"batch_ms": 1000, "records": 2"batch_ms": 2000, "records": 1"batch_ms": 3000, "records": 2' ]] || fail "other batches"
grep -o '"name": "[^}]*"keys": [0-9]*' m.json >keys
printf '"name": "s.updateStateByKey", "op": "updateStateByKey", "line": 3, "keys": %s
"name": "s.reduceByKeyAndWindow", "op": "reduceByKeyAndWindow", "line": 4, "keys": %s
"name": "recent", "op": "mapWithState", "line": 5, "keys": %s\n' 2 2 2 2 2 2 3 2 2 >expected
same expected keys
grep -q '"panes": 2, "bytes": [1-9][0-9]*}' m.json || fail "no panes"
says m.json '"scheduling_delay_ms": 0.000'

# what is left out, and what comes late
echo 'on error skip
batch 1s
let start = time("2024-01-01T00:00:00Z")
source queue([[(1s, 1), (9s, 0), (2s, 1), (3s, 1)], [(4s, 1), (10s, 1)]])
  | eventTime((at, n) => start + at / n)
  | map((_, n) => ("all", n)) | tumbling(2s, late: side(tooLate)) | sink discard()
tooLate | sink discard()' >late.ds
expect 0 "$DSC" run late.ds --metrics late.json --quiet
[[ $(grep -o '"skipped": [0-9]*, "late": [0-9]*' late.json | tr '\n' ' ') = '"skipped": 1, "late": 0 "skipped": 0, "late": 0 ' ]] ||
    fail "other elements are skipped or late: $(cat late.json)"
sed -i 's/(9s, 0)/(9s, 1)/; s/late: side(tooLate)/late: drop/; /^tooLate/d' late.ds
expect 0 "$DSC" run late.ds --metrics late2.json --quiet
[[ $(grep -o '"skipped": [0-9]*, "late": [0-9]*' late2.json | tr '\n' ' ') = '"skipped": 2, "late": 2 "skipped": 1, "late": 1 ' ]] ||
    fail "other elements are skipped or late: $(cat late2.json)"

# it grows from run to run, and what cannot be written is said
expect 0 "$DSC" run s.ds --metrics m.json --quiet
[[ $(wc -l <m.json) = 6 ]] || fail "the second run's lines are not behind the first one's"
expect 1 "$DSC" run s.ds --metrics nowhere/m.json
says err '--metrics nowhere/m.json: No such file or directory'
expect 2 "$DSC" run s.ds --metrics=
says err '--metrics takes the name of a file'
if [[ -w /dev/full ]]; then
    expect 1 "$DSC" run s.ds --metrics /dev/full
    says err 'No space left on device'
fi
exit 0
