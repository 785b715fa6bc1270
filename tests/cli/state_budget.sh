#!/bin/bash
# state_budget.sh: what operators keep has a bound that can be seen: dsc explain says what a key costs, dsc check
# --state-budget refuses what may take more, and no run takes more than was said.
. "$TOP/tests/cli_lib.sh"

echo 'batch 1s
let s = source rate(3000, count: 30_000) | map((n, t) => (n % 3000, n))
s | updateStateByKey((ones, n) => (n ?? 0) + ones.size(), maxKeys: 3000) | sink discard()
s | mapWithState((k, v, n) => (k, (v, true)), timeout: 5s, maxKeys: 3000) | sink discard()
s | map((k, v) => ((k, k, true), v)) | mapWithState((k, v, n) => (k, v), maxKeys: 3000, name: "tuples") | sink discard()
s | reduceByKeyAndWindow(_ + _, 4s, 2s, maxKeys: 3000) | sink discard()
s | reduceByKeyAndWindow(max(_, _), 3s, maxKeys: 3000, name: "stacks") | sink discard()
s | countByWindow(10s) | sink discard()
s | dropDuplicates(within: 10s, maxKeys: 30_000) | sink discard()
let t = s | eventTime((k, n) => time("2024-01-01T00:00:00Z") + 1ms * (n / 3), lateness: 1s)
t | tumbling(2s, maxKeys: 6001) | reduceByKey(_ + _) | sink discard()
t | session(700ms, maxKeys: 9000) | reduceByKey(max(_, _)) | sink discard()
t | tumbling(2s, maxBytes: 2_000_000, name: "lists") | groupByKey() | sink discard()
s | window(2s, maxBytes: 1_000_000) | sink discard()
t | join(t | map((k, n) => (k, 1)), within: 1s, maxBytes: 4_000_000) | sink discard()' >s.ds
expect 0 "$DSC" check s.ds --state-budget 64M
silent out
expect 2 "$DSC" check s.ds --state-budget 1M
says out 's.ds:3:5: updateStateByKey takes up to'
says out 'dsc check --state-budget 1M: what the program keeps may take'

# each takes what was said, or less, with its keys at the limit
sed -n 's/^s.ds:\([0-9]*\):.* takes up to \([0-9]*\) bytes$/\1 \2/p' out | sort >most
[[ $(wc -l <most) = 12 ]] || fail "not twelve operators"
expect 0 "$DSC" run s.ds --quiet --metrics m.json
grep -o '"line": [0-9]*, "keys": [^}]*"bytes": [0-9]*' m.json | sed 's/"line": \([0-9]*\), .*"bytes": /\1 /' >taken
awk 'NR == FNR { most[$1] = $2; next } $2 > most[$1] { print "line " $1 " takes " $2 ", said to take " most[$1] } { n++ }
     END { if (n != 120) print n " lines, not 120" }' most taken >wrong
[[ ! -s wrong ]] || fail "$(cat wrong)"

# what has no bound
echo 'batch 1s
let s = source socket("localhost", 9) | map((_, 1))
s | updateStateByKey((ones, n) => if ones.size() == 0 then none else some(1)) | sink print()
s | map((w, n) => (n, n)) | reduceByKeyAndWindow(_ + _, 30s) | sink print()
s | window(30s) | reduceByKey(_ + _) | sink print()' >open.ds
expect 2 "$DSC" check open.ds --state-budget 2G
cat >expected <<'E2'
open.ds:3:5: updateStateByKey has no bound: it costs 64 bytes a key, and its text and lists; a key goes when its function gives `none`
  add one: `updateStateByKey(.., maxBytes: 10_000_000)` stops the program rather than keep more
open.ds:4:29: reduceByKeyAndWindow has no bound: it costs 60 bytes a key, and 24 for each pane that holds it; a key goes when no batch of the window holds it
  add one: `reduceByKeyAndWindow(.., maxKeys: 100_000)` stops the program rather than keep more
open.ds:5:5: window has no bound: it costs 24 bytes an element, and its text and lists; an element goes when it leaves the window
  add one: `window(.., maxBytes: 10_000_000)` stops the program rather than keep more
  it keeps elements: reduceByKeyAndWindow and countByWindow keep what has been combined
dsc check --state-budget 2G: 3 operators may keep any number of bytes
E2
same expected out
for wrong in 0 2X M 10MM 99999999999G -1; do
    expect 2 "$DSC" check s.ds --state-budget "$wrong"
    says err "--state-budget takes a number of bytes, such as 64M or 2G, and not '$wrong'"
done

# the limits hold
echo 'batch 1s
source queue([["a", "b"], ["c"], ["d"]]) | map((_, 1)) | reduceByKeyAndWindow(_ + _, 2s, maxKeys: 3) | sink discard()' >keys.ds
expect 0 "$DSC" run keys.ds --quiet
sed -i 's/maxKeys: 3/maxKeys: 2/' keys.ds
expect 1 "$DSC" run keys.ds --quiet
says err 'keys.ds:2:58: reduceByKeyAndWindow would keep more than 2 keys, its `maxKeys`, in the batch 2000 ms'
echo 'batch 1s
source queue([["a"], ["b"], ["c"]]) | map((_, 1))
  | mapWithState((k, one, s: string?) => (k, (s ?? "") + "a long line of text".repeat(10_000)), maxBytes: 450_000)
  | sink stdout()' >bytes.ds
for kept in 'tumbling(5s, maxKeys: 2) | reduceByKey(_ + _)' 'session(5s, maxKeys: 2) | groupByKey()'; do
    echo "batch 1s
source queue([[\"a\", \"b\"], [\"c\"]]) | eventTime(_ => time(\"2024-01-01T00:00:00Z\")) | map((_, 1)) | $kept | sink discard()" >event.ds
    expect 1 "$DSC" run event.ds
    says err "would keep more than 2 keys, its \`maxKeys\`, in the batch 2000 ms"
    expect 1 "$DSC" run --unfused event.ds
    sed -i 's/maxKeys: 2/maxKeys: 3/' event.ds
    expect 0 "$DSC" run event.ds
done
for kept in 'window(3s, maxBytes: 100_000)' 'join(twice, within: 3s, maxBytes: 100_000)'; do
    echo "batch 1s
let s = source rate(3000, count: 9000) | map((n, t) => (n, n)) | eventTime((_, n) => time(\"2024-01-01T00:00:00Z\") + 1ms * (n / 3))
let twice = s | mapValues(_ * 2)
s | $kept | sink discard()
twice | sink discard()" >elements.ds
    expect 1 "$DSC" run elements.ds
    grep -q 'elements.ds:4:5: [a-z]* keeps [0-9]* bytes for [0-9]* keys, more than 100000, its `maxBytes`' err || fail "no word of maxBytes"
done
expect 1 "$DSC" run bytes.ds
grep -q 'bytes.ds:3:5: mapWithState keeps [0-9]* bytes for 2 keys, more than 450000, its `maxBytes`, in the batch 2000 ms' err || fail "no word of maxBytes"
exit 0
