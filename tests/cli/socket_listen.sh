#!/bin/bash
# socket_listen.sh: with listen, senders connect to dsc, several at a time.
. "$TOP/tests/cli_lib.sh"

echo 'batch 100ms
source socket("127.0.0.1", 0, listen: true) | sink stdout()' >p.ds
"$DSC" run p.ds >out 2>err &
job=$!
wait_for grep -q 'listening on port' err
port=$(sed -n 's/.*listening on port //p' err)
exec 4<>"/dev/tcp/127.0.0.1/$port" 5<>"/dev/tcp/127.0.0.1/$port"
echo from-four >&4
echo from-five >&5
printf 'last of four' >&4
exec 4>&-
echo five-again >&5
exec 5>&-
for line in from-four from-five 'last of four' five-again; do wait_for grep -qx "$line" out; done
kill -INT $job
ended $job 0
[[ $(wc -l <out) = 4 ]] || fail "other lines"
exit 0
