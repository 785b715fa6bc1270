# runs_for_ever.sh: a job of a million batches has at their end the memory, the open files and the folder that it had at a
# tenth of them. Windows, states, event time and a log that is used again, on the virtual clock. plain build only
. "$TOP/tests/cli_lib.sh"
total=${BATCHES:-1000000}
# Half a gigabyte goes through the log: in memory where that can be had.
memory=$(mktemp -d /dev/shm/dsc-test.XXXXXX 2>/dev/null) && cd "$memory" && trap 'rm -rf "$memory"' EXIT

cat >job.ds <<'.'
batch 1ms
checkpoint "ck" every 50ms
let numbers = source rate(1) | map((n, at) => (n % 50, at, n))
numbers | map((k, _, n) => (k, n)) | reduceByKeyAndWindow(_ + _, 40ms, 20ms) | sink discard()
numbers | map((k, _, n) => (k, n)) | mapWithState((k, n, sum: int?) => ((none : int?), some((sum ?? 0) + n)), timeout: 30ms) | sink discard()
numbers | eventTime((_, at, _) => at) | dropDuplicates((k, _, _) => k, within: 20ms) | sink discard()
numbers | map(_.2) | reduceByWindow(max(_, _), 10s, 10s) | sink append("progress")
.
((total >= 200000)) || fail "BATCHES is less than 200000"
"$DSC" run --quiet --clock virtual --durability none --threads 1 --batches "$total" job.ds >out 2>err &
job=$!
lines() { [[ -e progress ]] && wc -l <progress || echo 0; }
# memory (kB), open files, kB in the folder, entries in it: the most since `most` was emptied
look() {
    local now=("$(awk '/^VmRSS/ { print $2 }' /proc/$job/status 2>/dev/null)" "$(ls /proc/$job/fd 2>/dev/null | wc -l)"
        "$(du -sk ck 2>/dev/null | cut -f1)" "$(ls ck 2>/dev/null | wc -l)") i
    for i in 0 1 2 3; do
        [[ ${now[i]:-0} -le ${most[i]:-0} ]] || most[i]=${now[i]}
    done
}
most=()
until (($(lines) >= total / 100000)); do
    kill -0 $job 2>/dev/null || fail "it ended early"
    look
    sleep 0.1
done
early=("${most[@]}")
most=()
while kill -0 $job 2>/dev/null; do
    look
    sleep 0.2
done
wait $job || fail "exit status $?"
silent err
[[ $(lines) -eq $((total / 10000)) ]] || fail "$(lines) lines of progress"
echo "count: $total batches; at a tenth: ${early[*]}; later: ${most[*]} (kB of memory, open files, kB in the folder, files in it)"
((most[0] <= early[0] + early[0] / 10 + 2048)) || fail "memory grows: ${early[0]} kB, then ${most[0]}"
((most[1] <= early[1] + 2)) || fail "open files grow: ${early[1]}, then ${most[1]}"
# The log is given back at snapshots, which go by the clock; all of it would be half a kilobyte a batch.
((most[2] <= total / 4)) || fail "the folder grows: ${early[2]} kB, then ${most[2]}"
((most[3] <= early[3] + 4)) || fail "files in the folder grow: ${early[3]}, then ${most[3]}"
exit 0
