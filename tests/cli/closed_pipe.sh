#!/bin/bash
# closed_pipe.sh: whoever reads our output goes away: dsc ends soon and quietly or with a message, never hangs.
. "$TOP/tests/cli_lib.sh"

seq 2000000 >numbers
echo 'source file("numbers") | sink stdout()' >copy.ds
timeout "$LIMIT" "$DSC" run copy.ds 2>err | head -n 3 >out
[[ ${PIPESTATUS[0]} -ne 124 ]] || fail "it hung"
printf '1\n2\n3\n' >expected
same expected out
exit 0
