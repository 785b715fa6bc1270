#!/bin/bash
# batches.sh: --batches, --clock, --batch, --verbose, --quiet.
. "$TOP/tests/cli_lib.sh"

echo 'batch 1s
source rate(10) | count() | sink stdout()' >rate.ds
expect 0 "$DSC" run rate.ds --clock virtual --batches 4
printf '10\n10\n10\n10\n' >expected
same expected out
expect 0 "$DSC" run rate.ds --clock virtual --batches 2 --batch 3s
printf '30\n30\n' >expected
same expected out
expect 0 "$DSC" run rate.ds --clock real --batch 100ms --batches 3 --verbose
[[ $(wc -l <out) = 3 ]] || fail "not three batches"
[[ $(grep -c delay err) -ge 3 ]] || fail "no line for each batch"
echo 'source queue([[1], [2], [3]]) | map((0, _)) | reduceByKeyAndWindow(_ + _, 2s, 1s) | sink stdout()' >w.ds
expect 2 "$DSC" run w.ds --batch 3s
says err 3s
silent out
exit 0
