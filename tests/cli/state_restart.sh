#!/bin/bash
# state_restart.sh: states go on after a restart as if there had been none: `init` is not put in again, keys keep
# their order and the time at which they were last seen.
. "$TOP/tests/cli_lib.sh"

echo 'batch 1s
let s = source queue([["a"], ["b"], [], [], [], ["a"], ["c"], []])
  | map((_, 1))
  | mapWithState((k, one, n) => (k, (n ?? 0) + one), init: [("z", 9), ("a", 1)], timeout: 3s, onTimeout: (k, n) => k + "!")
s | glom() | sink stdout()
s | stateSnapshots() | glom() | sink stdout()
source queue([["x"], ["y"], [], [], [], ["y"], ["c"], []])
  | map((_, 1))
  | updateStateByKey((ones, n) => (n ?? "") + ones.size().string(), init: [("i", "from the beginning on ")])
  | glom()
  | sink stdout()' >s.ds
expect 0 "$DSC" run s.ds --quiet
mv out whole
[[ $(wc -l <whole) = 24 ]] || fail "not three lines for each of eight batches"
for ((i = 0; i < 8; i++)); do
    expect 0 "$DSC" run s.ds --quiet --checkpoint ck --batches 1
    cat out >>parts
done
same whole parts
exit 0
