#!/bin/bash
# network_wordcount.sh: the words of each second from a socket, as Spark prints them, until Ctrl-C.
. "$TOP/tests/cli_lib.sh"

mkfifo script
serve port <script 2>serve.err &
exec 3>script
wait_for test -s port
"$DSC" run "$TOP/examples/network_wordcount.ds" --batch 200ms --port="$(cat port)" >out 2>err &
job=$!
printf 'accept\nsend to be or not to be\n' >&3
wait_for grep -qx '(be,2)' out
printf 'send hello hello\n' >&3
wait_for grep -qx '(hello,2)' out
kill -INT $job
ended $job 0
exec 3>&-
grep -qx '(to,2)' out || fail "words are missing"
# Whole blocks, each ended by a blank line, with times of the batch's grid.
[[ $(tail -n 1 out) = "" ]] || fail "the last block is not whole"
awk '
    NR % 1 == 0 && /^Time: / { if ($0 !~ /^Time: [0-9]+ ms$/) exit 1; split($0, t, " "); if (t[2] % 200 != 0 || t[2] <= last) exit 1; last = t[2] }
    /^---/ { if (length($0) != 43) exit 1 }' out || fail "another form than Spark's"
exit 0
