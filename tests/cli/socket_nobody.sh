#!/bin/bash
# socket_nobody.sh: nobody listens: dsc says so, tries again, and stops cleanly.
. "$TOP/tests/cli_lib.sh"

: | serve port || exit 1
echo 'batch 100ms
param port: int
source socket("127.0.0.1", port) | count() | sink stdout()' >lines.ds
"$DSC" run lines.ds --port="$(cat port)" >out 2>err &
job=$!
wait_for grep -q "$(cat port)" err
kill -INT $job
ended $job 0
exit 0
