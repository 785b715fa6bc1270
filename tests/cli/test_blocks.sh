#!/bin/bash
# test_blocks.sh: dsc test: what passes and fails, how differences look, --bless, exit statuses.
. "$TOP/tests/cli_lib.sh"

cat >good.ds <<'.'
batch 500ms
param least: int = 1
let lines = source stdin(live: true)
let counts = lines | flatMap(_.words()) | map((_, 1)) | reduceByKeyAndWindow(_ + _, 1s) | filter((w, n) => n >= least)
counts | sink stdout()

test "windows" {
  give lines = [["a b", "a"], ["b"], []]
  expect counts = [[("a", 2), ("b", 1)], [("a", 2), ("b", 2)], [("b", 1)]]
}
test "nothing gives nothing" { give lines = [] expect counts = [] }
.
expect 0 "$DSC" test good.ds
silent err
echo '2 passed, 0 failed' >want
same want out
expect 1 "$DSC" test good.ds --least=2
says out '- ("b", 1)'

cat >bad.ds <<'.'
let lines = source file("nowhere.txt")
let words = lines | flatMap(_.words())
let numbers = lines | map(parseInt(_)!)
words | sink files("never")
numbers | sink stdout()
# expectations that are wrong
test "first" {
  give lines = [["a \"quoted\" b"], [], ["c"]]
  expect words = [["a", "b"], ["x"]]  # kept
}
test "second" { give lines = [["1", "2"]] expect numbers = [[1, 2]] }
test "third" {
  give lines = [["1", "x"]]
  expect numbers = [[1]]
}
.
cp bad.ds blessed.ds
expect 1 "$DSC" test bad.ds good.ds
cat >want <<'.'
failed: bad.ds:7: first
  `words`, batch 1: - expected, + found
      "a"
    + "\"quoted\""
      "b"
  `words`, batch 2: - expected, + found
    - "x"
  `words`, batch 3: - expected, + found
    + "c"

failed: bad.ds:12: third
.
says out '`!` found none'
says out 'it stopped: '
says out '3 passed, 2 failed'
head -n 9 want >want9
head -n 9 out >out9
same want9 out9
[[ -z $(ls never* 2>/dev/null) ]] || fail "a sink of the program wrote"

expect 1 "$DSC" test --bless blessed.ds
says out '1 expectation rewritten'
sed 's/expect words = .*\]\]/expect words = [["a", "\\"quoted\\"", "b"], [], ["c"]]/' bad.ds >want
same want blessed.ds
expect 1 "$DSC" test blessed.ds
says out '2 passed, 1 failed'

# A file in its one form stays in it.
cat >long.ds <<'.'
let lines = source stdin()
let words = lines | flatMap(_.words())
words | sink stdout()

test "long" {
  give lines = [["a bb ccc dddd eeeee ffffff ggggggg hhhhhhhh iiiiiiiii jjjjjjjjjj kkkkkkkkkkk"], ["b"]]
  expect words = []
}
.
expect 0 "$DSC" fmt long.ds
expect 0 "$DSC" test --bless long.ds
expect 0 "$DSC" fmt --check long.ds
expect 0 "$DSC" test long.ds

echo 'source stdin() | sink stdout()' >none.ds
expect 2 "$DSC" test none.ds
says err "no tests"
expect 0 "$DSC" test none.ds good.ds
echo 'source stdin() | mop() | sink stdout()' >wrong.ds
expect 2 "$DSC" test wrong.ds good.ds
says err "wrong.ds:1:18"
expect 2 "$DSC" test
expect 2 "$DSC" test --nonsense good.ds
expect 2 "$DSC" test nowhere.ds
[[ -z $(find "${TMPDIR:-/tmp}" -maxdepth 1 -name 'dsc-test-*' -newer good.ds -user "$(id -u)" 2>/dev/null) ]] ||
    fail "a folder was left"

# Our own examples; they and the libraries are in their one form.
for f in "$TOP"/examples/*.ds; do
    grep -q '^test "' "$f" || continue
    (cd "$TOP" && "$DSC" test "$f") >out 2>err || fail "$f"
done
expect 0 "$DSC" fmt --check "$TOP"/examples/*.ds "$TOP"/stdlib/*.ds
exit 0
