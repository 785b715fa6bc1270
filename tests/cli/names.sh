#!/bin/bash
# names.sh: paths with blanks, quotes and non-ASCII letters; programs without .ds, from elsewhere.
. "$TOP/tests/cli_lib.sh"

mkdir 'a b' 'a b/é"x'
echo hello >'a b/é"x/in put.txt'
echo 'source file("a b/é\"x/*.txt") | sink files("a b/é\"x/out")' >'a b/my prog.ds'
expect 0 "$DSC" run 'a b/my prog.ds'
[[ $(cat 'a b/é"x/out-1000.txt') = hello ]] || fail "no output"
rm 'a b/é"x/out-1000.txt'
expect 0 env CFLAGS=-O0 TMPDIR="$PWD/a b" "$DSC" compile 'a b/my prog.ds' -o 'a b/my prog'
expect 0 './a b/my prog'
[[ $(cat 'a b/é"x/out-1000.txt') = hello ]] || fail "no output of the executable"
mv 'a b/my prog.ds' script
expect 0 "$DSC" check script
expect 0 "$DSC" check ./script
expect 0 "$DSC" explain script
says out 'script: batch'
expect 2 env CFLAGS=-O0 "$DSC" compile script
says err -o
exit 0
