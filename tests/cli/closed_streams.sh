#!/bin/bash
# closed_streams.sh: started without a standard input, output or error, dsc says so or does without; no file
# of its own takes their place.
. "$TOP/tests/cli_lib.sh"

echo 'source stdin() | sink stdout()' >copy.ds
"$DSC" compile copy.ds -o copy || fail "it does not compile"

for run in "$DSC run copy.ds" ./copy; do
    timeout "$LIMIT" $run >out 2>err <&-
    [[ $? -eq 1 ]] || fail "$run: not status 1 without an input"
    says err "cannot read standard input"
    echo hello | timeout "$LIMIT" $run 2>err >&-
    [[ $? -eq 1 ]] || fail "$run: not status 1 without an output"
    says err "Bad file descriptor"
    echo hello | timeout "$LIMIT" $run >out 2>&- || fail "$run: not status 0 without standard error"
    [[ $(cat out) == hello ]] || fail "$run: other output"
done
exit 0
