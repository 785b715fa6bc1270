#!/bin/bash
# demo.sh: what `make demo` runs shows word counts over a sliding window.
. "$TOP/tests/cli_lib.sh"

cd "$TOP" || exit 1
timeout "$LIMIT" "$DSC" run examples/wordcount.ds >"$OLDPWD/out" 2>"$OLDPWD/err" </dev/null
status=$?
cd "$OLDPWD" || exit 1
[[ $status -eq 0 ]] || fail "exit status $status"
says out "Time: 10000 ms"
says out "Time: 20000 ms"
grep -qE '^\([a-z]+,[0-9]+\)$' out || fail "no word is counted"
silent err
exit 0
