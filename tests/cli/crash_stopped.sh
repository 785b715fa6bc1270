# crash_stopped.sh: of two processes on one checkpoint the second is refused, also while the first stands still; once its lock
# has been removed the second goes on, and the first, when it wakes, writes nothing more. A job also ends whose folder is gone.
. "$TOP/tests/cli_lib.sh"

echo 'batch 20ms
checkpoint "ck" every 50ms
source rate(200) | map(_.0) | sink files("made/n", empty: true)' >job.ds
start() {
    "$DSC" run --clock real job.ds >out.txt 2>"$1" &
    job=$!
}
written() { [[ $(find made -name 'n-*' | wc -l) -gt $1 ]]; }

start err.first
first=$job
wait_for written 5
kill -STOP $first
expect 1 "$DSC" run --clock real job.ds
says err "ck is in use by process $first"
rm ck/lock
start err.second
before=$(find made -name 'n-*' | wc -l)
wait_for written $((before + 5))
kill -CONT $first
ended $first 1
# Where it stood still between a batch's record and its file, the second has published that.
grep -qE "ck/lock is not this job's any more|files: cannot rename" err.first || fail "the first says: $(cat err.first)"
before=$(find made -name 'n-*' | wc -l)
wait_for written $((before + 5))
kill -INT $job
ended $job 0

# Each number once, in the order of the batches.
numbers() { for f in $(printf '%s\n' made/n-*.txt | sort -t- -k2n); do cat "$f"; done; }
numbers >found
seq "$(wc -l <found)" >expected
same expected found
[[ -s found ]] || fail "no numbers"

start err.third
before=$(find made -name 'n-*' | wc -l)
wait_for written $((before + 5))
mv ck gone
ended $job 1
says err.third "ck/lock is not this job's any more"
exit 0
