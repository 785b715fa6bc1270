# checkpoint.sh: what a folder of a checkpoint does and refuses.
. "$TOP/tests/cli_lib.sh"

cat >job.ds <<'END'
checkpoint "ck" every 1h
source queue([[("a", 1)], [("b", 2)], [("a", 3)], []])
  | reduceByKeyAndWindow(_ + _, 3s, name: "sums")
  | sink append("sums.txt")
END
run() { expect "$1" "$DSC" run "${@:2}"; }

# In parts it gives what it gives at once.
run 0 job.ds
cp sums.txt whole.txt
rm -rf ck sums.txt
for batches in 1 1 2; do run 0 --batches $batches job.ds; done
same whole.txt sums.txt
run 0 job.ds
says err 'all input has been read'
same whole.txt sums.txt
[[ $(stat -c %a ck) == 700 ]] || fail "others may look into the folder"

# --fresh begins anew; the file stays as it is and grows.
run 0 --fresh job.ds
[[ $(wc -l <sums.txt) -eq $((2 * $(wc -l <whole.txt))) ]] || fail "--fresh did not begin anew"

# Another batch length, another type, an operator that is gone: refused, and nothing is changed.
rm -rf ck sums.txt
run 0 --batches 2 job.ds
find ck -type f -exec md5sum {} + | sort >before
run 1 --batch 500ms job.ds
says err 'was made with batches of 1000 ms'
sed 's/name: "sums"/name: "others"/' job.ds >other.ds
run 1 other.ds
says err 'lost     sums  reduceByKeyAndWindow'
sed 's/("a", 1)/("a", "x")/; s/("b", 2)/("b", "y")/; s/("a", 3)/("a", "z")/' job.ds >typed.ds
run 1 typed.ds
says err 'changed  sums  reduceByKeyAndWindow'
sed 's/3s/2s/' job.ds >window.ds
run 1 window.ds
says err 'changed  sums  reduceByKeyAndWindow'
run 1 --clock real job.ds
says err 'was made on the virtual clock'
find ck -type f ! -name lock -exec md5sum {} + | sort >after
grep -v ck/lock before | diff - after >out || fail "a refused start changed the folder"

# Something else has written to the file.
echo foreign >>sums.txt
cp sums.txt touched.txt
DSC_CRASH_AT=0 "$DSC" run job.ds >out 2>err && fail "a file that was changed is taken"
same touched.txt sums.txt
sed -i '$d' sums.txt

# A snapshot that is damaged: the one before takes its place, since the log reaches back.
newest=$(ls ck/snapshot-* | tail -n 1)
cp -r ck saved
printf 'x' | dd of="$newest" bs=1 seek=40 conv=notrunc 2>/dev/null
run 0 job.ds
says err 'is damaged; an older one and the log take its place'
same whole.txt sums.txt
for f in ck/snapshot-*; do printf 'x' | dd of="$f" bs=1 seek=40 conv=notrunc 2>/dev/null; done
run 1 job.ds
says err 'no snapshot in ck is whole'

# A record in the middle of the log is damaged: named, and nothing is changed.
rm -rf ck
"$DSC" compile job.ds -o job
DSC_CRASH_AT=0 ./job --fresh >/dev/null 2>err
places=$(sed -n 's/^dsc: \([0-9]*\) places.*/\1/p' err)
rm -rf ck sums.txt
DSC_CRASH_AT=$((places - 22)) ./job >/dev/null 2>&1
log=$(ls ck/log-* | tail -n 1)
rm -f ck/snapshot-0000000000000000000[1-9]
printf 'x' | dd of="$log" bs=1 seek=600 conv=notrunc 2>/dev/null
md5sum "$log" >before
expect 1 ./job
says err 'is damaged at byte 512'
md5sum "$log" >after
same before after

# The head of the newest file of the log is damaged, or all of the log is gone: no batch that counts is lost in silence.
printf 'x' | dd of="$log" bs=1 seek=20 conv=notrunc 2>/dev/null
expect 1 ./job
says err "$log is damaged at byte 0"
rm -f ck/log-*
expect 1 ./job
says err 'the log in ck is gone'
[[ -z $(ls ck/log-* 2>/dev/null) ]] || fail "a refused start began a log"

# What is no file of a checkpoint but has such a name does not make a start wait.
run 0 --fresh --batches 2 job.ds
for name in log-000000000999 snapshot-00000000000000000999 program-00000000000000000999 table-000000000999; do
    rm -rf piped
    cp -r ck piped
    mkfifo "piped/$name"
    timeout 20 "$DSC" run --checkpoint piped --batches 0 job.ds >out 2>err
    [[ $? -le 1 ]] || fail "$name is waited for"
done

# Nor is what has another name of the same number, or one that no number has, a file of it.
touch ck/log-1 ck/snapshot-0 ck/program-99999999999999999999 ck/table-99999999999999999999 ck/log-99999999999999999999
run 0 --batches 1 job.ds
run 0 job.ds
expect 0 "$DSC" log ck

# A job that is started again and again does not fill the disk with files of the log in which little is.
rm -rf ck sums.txt
for batches in 1 1 0 0 0 0 2; do run 0 --keep 1h --batches $batches job.ds; done
same whole.txt sums.txt
[[ $(ls ck/log-* | wc -l) -ge 7 ]] || fail "the log is not that of seven starts"
ls ck/log-* | head -n -1 | xargs du -ck | tail -n 1 | awk '$1 > 1000 { exit 1 }' || fail "the log takes room that it does not need"
expect 0 "$DSC" replay ck --to again
same whole.txt again/*

# The text of a program that is damaged stops only its replay.
rm -rf ck sums.txt
run 0 --keep 1h --batches 2 job.ds
printf 'xx' | dd of=ck/program-00000000000000000000 bs=1 seek=40 conv=notrunc 2>/dev/null
run 0 --keep 1h job.ds
says err 'program-00000000000000000000 is damaged'
same whole.txt sums.txt
expect 1 "$DSC" replay ck
says err 'program-00000000000000000000 is damaged'
expect 0 "$DSC" replay ck --from @3

# One process at a time.
rm -rf ck
mkfifo gate
echo 'source stdin(live: true) | sink append("lines.txt")' >live.ds
"$DSC" run --checkpoint ck live.ds <gate >/dev/null 2>first.err &
first=$!
exec 9>gate
wait_for test -e ck/lock
wait_for grep -q . ck/lock
run 1 --checkpoint ck live.ds
says err 'is in use by process'
exec 9>&-
wait $first || fail "the first process failed: $(cat first.err)"

# A job on the real clock that is killed several times: every number once, in order.
echo 'checkpoint "rk" every 200ms
batch 50ms
source rate(1000, count: 1500) | map((n, at) => n) | sink append("numbers.txt")' >rate.ds
for i in 1 2 3; do
    "$DSC" run --clock real rate.ds >/dev/null 2>err &
    pid=$!
    sleep 0.4
    kill -9 $pid
    wait $pid 2>/dev/null
done
run 0 --clock real rate.ds
seq 1 1500 | diff - numbers.txt >out || fail "numbers are missing or come twice"
exit 0
