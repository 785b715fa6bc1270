#!/bin/bash
# socket_drop.sh: a connection that breaks in the middle of a line: dsc says so, comes again, and loses no whole line.
. "$TOP/tests/cli_lib.sh"

mkfifo script
serve port <script 2>serve.err &
exec 3>script
wait_for test -s port
echo 'batch 100ms
param port: int
source socket("127.0.0.1", port) | sink stdout()' >lines.ds
"$DSC" run lines.ds --port="$(cat port)" >out 2>err &
job=$!
printf 'accept\nsend one\nsend two\npart thr\n' >&3
wait_for grep -qx two out
printf 'close\naccept\nsend four\n' >&3
wait_for grep -qx four out
printf 'part fi\nreset\naccept\nsend six\n' >&3
wait_for grep -qx six out
kill -TERM $job
ended $job 0
exec 3>&-
says err "$(cat port)"
for line in one two four six; do
    [[ $(grep -cx $line out) = 1 ]] || fail "$line is not there once"
done
exit 0
