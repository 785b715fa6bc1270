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
