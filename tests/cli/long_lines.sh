#!/bin/bash
# long_lines.sh: a line of 100 MB is a line.
. "$TOP/tests/cli_lib.sh"

n=100000000
[[ -z $VARIANT ]] || n=10000000
head -c $n /dev/zero | tr '\0' x >long
printf '\nshort\n' >>long
echo 'source file("long") | map(_.length()) | sink stdout()' >p.ds
printf '%d\n5\n' $n >expected
for threads in 1 2; do
    expect 0 "$DSC" run p.ds --threads $threads
    same expected out
done
echo 'source stdin() | map(_.length()) | sink stdout()' >p.ds
timeout "$LIMIT" "$DSC" run p.ds <long >out 2>err || fail "from standard input"
same expected out
cat long | timeout "$LIMIT" "$DSC" run p.ds >out 2>err || fail "from a pipe"
same expected out
exit 0
