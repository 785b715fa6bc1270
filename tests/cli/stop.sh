#!/bin/bash
# stop.sh: Ctrl-C and SIGTERM end a program that waits for input, or has more than enough of it, with status 0 and whole batches.
. "$TOP/tests/cli_lib.sh"

# Waiting for a pipe that says nothing.
echo 'source stdin() | count() | sink stdout()' >p.ds
mkfifo pipe
"$DSC" run p.ds <pipe >out 2>err &
job=$!
exec 3>pipe
printf 'one\ntwo\n' >&3
sleep 0.5
kill -INT $job
ended $job 0
exec 3>&-
[[ $(cat out) = 2 ]] || fail "what had come is not counted"

# Input without an end, as fast as it goes.
echo 'batch 100ms
source rate(100000) | map((n, at) => n) | sink files("o/part")' >p.ds
"$DSC" run p.ds --clock virtual >out 2>err &
job=$!
wait_for test -e o/part-500.txt
kill -TERM $job
ended $job 0
[[ -z $(find o -name '*.txt' -size -1) && -z $(find o -type f ! -name 'part-*.txt') ]] || fail "half-written files: $(ls -la o | head)"
# Whole batches of 10,000 each, without a hole.
[[ $(cat o/part-*.txt | sort -n | awk 'NR != $1 { print "hole"; exit } END { print NR % 10000 }') = 0 ]] || fail "a batch is not whole"

# Two impatient signals end it at once or soon, not with a crash.
"$DSC" run p.ds --clock virtual >out 2>err &
job=$!
sleep 0.3
kill -INT $job
kill -INT $job 2>/dev/null
wait $job
status=$?
[[ $status -eq 0 || $status -eq 1 || $status -eq 130 ]] || fail "exit status $status"
exit 0
