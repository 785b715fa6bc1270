# dir_restart.sh: files that come into a watched folder while the job is dead are read when it goes on, and none twice;
# what was there before the first start is not read.
. "$TOP/tests/cli_lib.sh"

mkdir in
echo before >in/old
echo 'batch 100ms
checkpoint "ck"
source dir("in") | sink append("out.txt")' >watch.ds
start() {
    "$DSC" run watch.ds >out 2>err &
    job=$!
}
come() {
    echo "$1" >aside
    mv aside "in/$1"
}
start
wait_for ls ck/snapshot-00000000000000000000
come a
wait_for grep -qx a out.txt
kill -KILL $job
wait $job 2>/dev/null
come b
exec 9>in/c
printf 'c1\n' >&9
start
wait_for grep -qx b out.txt
come d
wait_for grep -qx d out.txt
printf 'c2\n' >&9
exec 9>&-
wait_for grep -qx c2 out.txt
kill -INT $job
ended $job 0
come e
start
wait_for grep -qx e out.txt
kill -INT $job
ended $job 0
sort out.txt >sorted
printf '%s\n' a b c1 c2 d e >expected
same expected sorted
exit 0
