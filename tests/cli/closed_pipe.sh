#!/bin/bash
# closed_pipe.sh: whoever reads our output goes away: dsc ends soon, with status 1 and without a word.
. "$TOP/tests/cli_lib.sh"

seq 2000000 >numbers
echo 'source file("numbers") | sink stdout()' >copy.ds
timeout "$LIMIT" "$DSC" run copy.ds 2>err | head -n 3 >out
status=${PIPESTATUS[0]}
[[ $status -eq 1 ]] || fail "exit status $status, not 1"
[[ ! -s err ]] || fail "it said: $(cat err)"
printf '1\n2\n3\n' >expected
same expected out
exit 0
