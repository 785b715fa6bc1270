#!/bin/bash
# event_checkpoint.sh: windows of event time and keys once seen go on where they were: a job that is ended after
# every batch, or killed, gives what one gives that runs on.
. "$TOP/tests/cli_lib.sh"

cat >p.ds <<'END'
batch 1s
let start = time("2024-01-01T00:00:00Z")
let clicks = source file("clicks.csv", perBatch: 7) as csv((int, string, int))
  | eventTime((at, _, _) => start + 1s * at, lateness: 3s, idle: 2s)
  | dropDuplicates((_, _, id) => id, within: 20s, name: "once")
  | map((_, key, n) => (key, n))

clicks | tumbling(5s, late: update, keep: 10s, name: "sums") | reduceByKey(_ + _) | sink append("sums.txt")
clicks | sliding(10s, 5s, name: "longest") | map((k, n) => (k, string(n))) | reduceByKey(max(_, _)) | sink append("longest.txt")
clicks | session(4s, late: side(tooLate), name: "sessions") | groupByKey() | sink append("sessions.txt")
tooLate | sink append("late.txt")
clicks | window(3s, name: "batches") | eventTime((_, n) => start + 1s * n) | map((k, n) => (k, 1.5 * n))
  | tumbling(7s, name: "again") | reduceByKey(_ + _) | sink append("again.txt")
END
awk 'BEGIN { srand(7); for (i = 0; i < 150; i++) { t += int(rand() * 3); print t - int(rand() * 6) "," substr("abc", 1 + int(rand() * 3), 1) "," int(rand() * 120) } }' >clicks.csv
mkdir whole parts killed
for d in whole parts killed; do cp p.ds clicks.csv $d; done

(cd whole && expect 0 "$DSC" run p.ds)
[[ $(cat whole/{sums,longest,sessions,late,again}.txt | wc -l) -gt 200 ]] || fail "windows and late elements"
(
    cd parts
    for ((i = 0; i < 60; i++)); do
        "$DSC" run --checkpoint ck --batches 1 p.ds 2>err || fail "$(cat err)"
        grep -q 'nothing is left to do' err && exit 0
    done
    fail "it does not end"
) || exit 1
(
    cd killed
    for ((i = 0; i < 400; i++)); do
        DSC_CRASH_AT=$((7 * i % 90 + 5)) "$DSC" run --checkpoint ck --batches 3 p.ds 2>err
        grep -q 'nothing is left to do' err && exit 0
    done
    fail "it does not end: $(cat err)"
) || exit 1
for d in parts killed; do
    for f in sums longest sessions late again; do
        same whole/$f.txt $d/$f.txt
    done
done

# A job that is told to stop leaves its windows open, and the next process goes on with them.
cat >live.ds <<'END'
batch 50ms
let clicks = source stdin(live: true) as csv((time, string)) | eventTime((at, _) => at, idle: 1h)
clicks | map((_, key) => key) | sink append("seen.txt")
clicks | map((_, key) => (key, 1)) | tumbling(1s) | reduceByKey(_ + _) | map(((key, w), n) => (key, w.end, n)) | sink append("counts.txt")
END
mkfifo pipe
for line in 2024-01-01T00:00:00.1Z,a 2024-01-01T00:00:00.4Z,a 2024-01-01T00:00:03.5Z,b; do
    "$DSC" run --checkpoint live live.ds <pipe 2>err &
    job=$!
    exec 3>pipe
    before=$(cat seen.txt 2>/dev/null | wc -l)
    echo $line >&3
    more() { [[ $(cat seen.txt 2>/dev/null | wc -l) -gt $before ]]; }
    wait_for more
    kill -TERM $job
    ended $job 0
    exec 3>&-
done
printf '(a,2024-01-01T00:00:01Z,2)\n' >expected
same expected counts.txt
"$DSC" run --checkpoint live live.ds </dev/null 2>err || fail "$(cat err)"
printf '(b,2024-01-01T00:00:04Z,1)\n' >>expected
same expected counts.txt
exit 0
