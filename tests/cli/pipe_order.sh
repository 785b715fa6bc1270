#!/bin/bash
# pipe_order.sh: what waits in several pieces comes in its order, when steps end before lines that do not fit into them.
. "$TOP/tests/cli_lib.sh"

awk 'BEGIN { for (i = 0; i < 60000; i++) printf "%d %s\n", i, substr("...............................", 1, i * 7919 % 31) }' >lines
echo 'source stdin() | sink stdout()' >p.ds
for step in 100 1000 4096; do
    cat lines | timeout "$LIMIT" "$DSC" run p.ds --step $step >out 2>err || fail "steps of $step bytes"
    same lines out
done
exit 0
