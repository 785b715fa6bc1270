# crash_test_block.sh: `crash everywhere` in a test: what it says of a program that comes to the same wherever it dies, and of
# one that does not, since a function in C of its own remembers.
. "$TOP/tests/cli_lib.sh"

cat >right.ds <<'.'
checkpoint "never" every 1s
let crash = source socket("localhost", 9999)
let sums = crash | map((_, 1)) | mapWithState((k, n, sum: int?) => (some((k, (sum ?? 0) + n)), some((sum ?? 0) + n)), maxKeys: 9)
let last = crash | window(2s) | count()
sums | sink files("never/sums")

test "sums" {
  give crash = [["a", "b"], ["a"]]
  crash everywhere
  expect sums = [[("a", 1), ("b", 1)], [("a", 2)]]
  expect last = [[2], [3], [1]]
}
test "without" { give crash = [["a"]] expect sums = [[("a", 1)]] }
.
expect 0 "$DSC" test right.ds
silent err
grep -qxE '2 passed, 0 failed; killed at [0-9]{3,} places' out || fail "another summary"
[[ ! -e never ]] || fail "the program's own folder was used"
cp right.ds formatted.ds
expect 0 "$DSC" fmt formatted.ds
says formatted.ds '  crash everywhere'

cat >count.c <<'.'
#include "dsc_abi.h"
int64_t number(dsc_task *task, dsc_str word)
{
    static int64_t n;
    (void)task, (void)word;
    return ++n;
}
.
cat >wrong.ds <<'.'
extern fn number(word: string): int = "count.c"
let words = source stdin()
let numbers = words | map(w => (w, number(w)))
numbers | sink stdout()

test "numbers" {
  give words = [["a"], ["b"]]
  expect numbers = [[("a", 1)], [("b", 2)]]
  crash everywhere
}
.
expect 1 "$DSC" test wrong.ds
head -n 5 out | sed 's/place [0-9]* of [0-9]*/place N of N/' >found
cat >expected <<'.'
failed: wrong.ds:6: numbers
  killed at place N of N, and started again:
  `numbers`, batch 2: - expected, + found
    - ("b", 2)
    + ("b", 1)
.
same expected found
exit 0
