#!/bin/bash
# messages.sh: standard output is data only; --quiet leaves errors alone; no colour without a terminal.
. "$TOP/tests/cli_lib.sh"

printf '1\nx\n3\n' >in
echo 'on error skip
source file("in") | map(parseInt(_)!) | sink stdout()' >p.ds
expect 0 "$DSC" run p.ds
printf '1\n3\n' >expected
same expected out
says err 1
[[ $(wc -l <err) -ge 1 ]] || fail "skipped elements are not reported"
expect 0 "$DSC" run --quiet p.ds
same expected out
silent err
sed -i 's/skip/stop/' p.ds
expect 1 "$DSC" run --quiet p.ds
says err 'in, line 2'
grep -q $'\033' err && fail "colour in a file"
unset NO_COLOR
expect 1 "$DSC" run p.ds
grep -q $'\033' err && fail "colour in a file"
exit 0
