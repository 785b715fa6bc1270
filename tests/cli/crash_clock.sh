# crash_clock.sh: the system's time is set forward and back while a job runs by the clock, and is killed: the times of its batches
# go up by the length of a batch, and each element comes once. plain build only
. "$TOP/tests/cli_lib.sh"

cat >job.ds <<'.'
batch 20ms
checkpoint "ck" every 50ms
source rate(200) | map((n, _) => (batchTime(), n)) | sink append("seen.txt")
.
CFLAGS=-O1 "$DSC" compile job.ds -o job >/dev/null 2>err || fail "job.ds"
start() {
    LD_PRELOAD=$B/crash/fault.so DSC_FAULT_CLOCK=$1 ./job --clock real >out 2>err &
    job=$!
}
count() { [[ -e seen.txt && $(wc -l <seen.txt) -ge $1 ]]; }
start 200000:700000,500000:-3600000000
wait_for count 70
kill -KILL $job
wait $job 2>/dev/null
# Two hours back while it was dead.
start 0:-7200000000
n=$(wc -l <seen.txt)
wait_for count $((n + 40))
kill -INT $job
ended $job 0
awk -F'[(,)]' '{ print $3 }' seen.txt >numbers
seq "$(wc -l <seen.txt)" >expected
same expected numbers
awk -F'[(,)]' '{ sub(/Z/, "", $2) } $2 < last { print "goes back at line " NR; exit 1 } { last = $2 }' seen.txt || fail "times of batches go back"
exit 0
