#!/bin/bash
# live.sh: standard input by the clock: a batch shows what came in its time, before the input ends.
. "$TOP/tests/cli_lib.sh"

echo 'batch 200ms
source stdin(live: true) | map(upper(_)) | sink stdout()' >p.ds
mkfifo pipe
"$DSC" run p.ds <pipe >out 2>err &
job=$!
exec 3>pipe
echo first >&3
wait_for grep -qx FIRST out
printf 'sec' >&3
sleep 0.5
grep -q SEC out && fail "half a line is no line"
echo ond >&3
wait_for grep -qx SECOND out
printf 'without end' >&3
exec 3>&-
ended $job 0
printf 'FIRST\nSECOND\nWITHOUT END\n' >expected
same expected out
exit 0
