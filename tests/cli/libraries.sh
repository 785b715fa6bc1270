#!/bin/bash
# libraries.sh: a file that only defines things is right for check and test, and nothing to run.
. "$TOP/tests/cli_lib.sh"

cat >defined.ds <<'.'
type Hit = { path: string, ms: int }
fn slow(h: Hit): bool = h.ms > 500
pipe slowest() = filter(slow)
let limit = 3
.
expect 0 "$DSC" check defined.ds
silent out
silent err
expect 2 "$DSC" run defined.ds
says err 'E0501'
expect 2 "$DSC" compile defined.ds -o defined
says err 'E0501'

cat >tested.ds <<'.'
fn twice(x: int): int = 2 * x
let numbers = source stdin(live: true)
let doubled = numbers | map(parseInt(_)!) | map(twice)

test "twice" {
  give numbers = [["1", "2"]]
  expect doubled = [[2, 4]]
}
.
expect 0 "$DSC" check tested.ds
silent err
expect 0 "$DSC" test tested.ds
says out '1 passed, 0 failed'
expect 2 "$DSC" run tested.ds </dev/null
says err 'no output'
sed -i 's/twice(x: int): int = 2/twice(x: int): int = 3/' tested.ds
expect 1 "$DSC" test tested.ds

# streams without a sink and without tests are a program that is not complete
echo 'let a = source stdin()' >open.ds
expect 2 "$DSC" check open.ds
says err 'E0501'
exit 0
