#!/bin/bash
# dir_vanishes.sh: the watched folder goes away: a clear message, not silence.
. "$TOP/tests/cli_lib.sh"

mkdir in
echo 'batch 100ms
source dir("in") | sink stdout()' >watch.ds
"$DSC" run watch.ds >out 2>err &
job=$!
sleep 0.5
rmdir in
wait_for grep -q '"\?in"\?' err
kill -INT $job 2>/dev/null
wait $job
status=$?
[[ $status -le 1 ]] || fail "exit status $status"
expect 1 "$DSC" run watch.ds
says err in
exit 0
