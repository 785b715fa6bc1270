#!/bin/bash
# dir_source.sh: a watched folder: what is moved in is read once, whatever its date; what was there before is not.
. "$TOP/tests/cli_lib.sh"

mkdir in
echo before >in/old.txt
echo 'batch 100ms
source dir("in") | sink stdout()' >watch.ds
"$DSC" run watch.ds >out 2>err &
job=$!
sleep 0.5
echo moved >aside
touch -d '2001-01-01' aside
mv aside in/moved.txt
wait_for grep -qx moved out
echo written >in/written.txt
wait_for grep -qx written out
mv in/moved.txt in/again.txt
touch in/written.txt
echo .hidden >aside2
mv aside2 in/.hidden
echo last >aside3
mv aside3 in/last.txt
wait_for grep -qx last out
sleep 0.5
kill -INT $job
ended $job 0
sort out >sorted
printf 'last\nmoved\nwritten\n' >expected
same expected sorted
exit 0
