#!/bin/bash
# jit_pages.sh: while a program runs in memory, no page is writable and executable.
. "$TOP/tests/cli_lib.sh"

echo 'source rate(10) | map((n, t) => n + 1) | sink stdout()' >rate.ds
"$DSC" run rate.ds --batch 200ms >out 2>err &
pid=$!
for _ in $(seq 100); do
    [[ -s out ]] && break
    sleep 0.1
done
grep ' rwx' "/proc/$pid/maps" >pages
kill -INT $pid
wait $pid || fail "exit status $?: $(cat err)"
[[ -s out ]] || fail "nothing came out"
[[ ! -s pages ]] || fail "writable and executable: $(cat pages)"
exit 0
