#!/bin/bash
# follow.sh: file(.., follow: true) goes on with what is appended, through rotations, and ends when it is asked to.
. "$TOP/tests/cli_lib.sh"

echo 'batch 50ms
type Row = { n: int, s: string }
source file("log.csv", follow: true) as csv(Row) | map(r => (r.n, r.s)) | sink append("seen.txt")' >p.ds
"$DSC" run p.ds >out 2>err &
pid=$!
# next N: so many elements have been read.
next() { wait_for eval "[[ -s seen.txt && \$(wc -l <seen.txt) -ge $1 ]]"; }
wait_for grep -q 'waiting for log.csv: it is not there yet' err
printf 'n,s\n1,a\n2,' >log.csv
next 1
printf 'b\n' >>log.csv
next 2
# Rotated by rename; the new file has its columns in another order.
mv log.csv log.1
echo '3,c' >>log.1
next 3
printf 's,n\nd,4\n' >log.csv
next 4
wait_for grep -q 'another file is log.csv now: reading on in it' err
# Rotated by copy and truncate.
cp log.csv log.2
printf 'n,s\n' >log.csv
wait_for grep -q 'log.csv was cut short: reading it from its beginning' err
for ((i = 5; i <= 30; i++)); do echo "$i,x"; done >>log.csv
next 30
printf '31,y\n32' >>log.csv
next 31
kill -TERM $pid
ended $pid 0
{ printf '(1,a)\n(2,b)\n(3,c)\n(4,d)\n'; for ((i = 5; i <= 30; i++)); do echo "($i,x)"; done; echo '(31,y)'; } >want
same want seen.txt

# With a checkpoint it goes on where it was, in the same file, whose header is not read again.
rm -f log.csv seen.txt
echo 'batch 50ms
checkpoint "ck" every 1h
source file("log.csv", follow: true) as csv((int, string), header: true) | sink append("seen.txt")' >p.ds
printf 'n,s\n1,a\n2,b\n3' >log.csv
# once SIGNAL STATUS N: runs until N elements are out.
once() {
    "$DSC" run p.ds >out 2>err &
    pid=$!
    next "$3"
    kill -"$1" $pid
    ended $pid "$2"
}
once TERM 0 2
printf ',c\n4,d\n' >>log.csv
once KILL 137 4
printf '5,e\n' >>log.csv
once TERM 0 5
printf '(%s)\n' 1,a 2,b 3,c 4,d 5,e >want
same want seen.txt

# Without a clock: a batch is what there is.
printf 'a\nb\n' >words
echo 'source file("words", follow: true) | sink print()' >p.ds
expect 0 "$DSC" run --clock virtual --batches 1 p.ds
says out 'Time: 1000 ms'
says out b
rm out
"$DSC" run --clock virtual p.ds >out 2>err &
pid=$!
wait_for grep -q b out
echo c >>words
wait_for grep -q c out
kill $pid
ended $pid 0
[[ $(grep -c Time out) -le 3 ]] || fail "empty batches: $(cat out)"
exit 0
