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

# A folder that is not there yet is said and waited for.
"$DSC" run watch.ds >out 2>err &
job=$!
wait_for grep -q 'in: No such file' err
mkdir in
sleep 0.5
echo hello >aside
mv aside in/hello
wait_for grep -qx hello out
kill -INT $job
ended $job 0
exit 0
