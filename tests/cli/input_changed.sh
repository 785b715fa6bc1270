# input_changed.sh: a job that goes on over input that is not what it was says so and changes nothing; over more files than can be
# open at a time it goes on. plain build only
. "$TOP/tests/cli_lib.sh"

# Of a batch that was recorded and not published all input is read again.
mkdir many
for n in $(seq -w 300); do echo "$n" >"many/$n"; done
cat many/* >expected
echo 'source file("many/*") | sink append("out.txt")' >many.ds
DSC_CRASH_AT=0 "$DSC" run --threads 1 --checkpoint places many.ds >/dev/null 2>err
places=$(sed -n 's/^dsc: \([0-9]*\) places.*/\1/p' err)
again=0
for ((n = 1; n <= places; n++)); do
    rm -rf ck out.txt
    (DSC_CRASH_AT=$n "$DSC" run --threads 1 --checkpoint ck many.ds) >/dev/null 2>&1
    expect 0 bash -c "ulimit -n 200; exec '$DSC' run --checkpoint ck many.ds"
    ! grep -q 'ran again' err || again=$((again + 1))
    same expected out.txt
done
[[ $again -gt 0 ]] || fail "no batch ran again"

# A file that is shorter than what was read, also when that has to be read again; fewer files.
echo 'batch 1s
source file("in/*", perBatch: 30) | sink append("sums.txt")' >job.ds
mkdir in
seq 40 >in/a
seq 50 >in/b
expect 0 "$DSC" run --checkpoint ends --batches 2 job.ds
seq 5 >in/b
expect 1 "$DSC" run --checkpoint ends job.ds
says err 'file: in/b is shorter than what has been read of it'
rm in/b
expect 1 "$DSC" run --checkpoint ends job.ds
says err 'file: there are fewer files'
seq 50 >in/b
expect 0 "$DSC" run --checkpoint ends job.ds
cat in/a in/b | diff - sums.txt >out || fail "not all of it came"

# A file that is another one, as long as the one before; and one that has only grown.
mkdir other
seq 40 >other/a
echo 'batch 1s
source file("other/a", perBatch: 30) | sink append("other.txt")' >other.ds
expect 0 "$DSC" run --checkpoint o --batches 1 other.ds
seq 101 140 >other/b
mv other/a kept
mv other/b other/a
cp other.txt before.txt
expect 1 "$DSC" run --checkpoint o other.ds
says err 'file: other/a is not the file that was read: what stands before byte 81 of it'
same before.txt other.txt
mv kept other/a
seq 41 45 >>other/a
expect 0 "$DSC" run --checkpoint o other.ds
seq 45 | diff - other.txt >out || fail "not all of it came"

# A queue of the program that has become shorter.
queue() { echo "source queue([$1]) | sink append(\"q.txt\")" >queue.ds; }
queue '[1], [2], [3], [4]'
expect 0 "$DSC" run --checkpoint q --batches 3 queue.ds
queue '[1], [2]'
expect 1 "$DSC" run --checkpoint q queue.ds
says err 'queue: its batches are fewer or shorter'
exit 0
