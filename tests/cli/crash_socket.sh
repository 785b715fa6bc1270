#!/bin/bash
# crash_socket.sh: a job that takes lines from a socket is killed while they come, again and again. What was not in a batch that counts
# is lost with the connection; what counts is there once, in its order, in the output and in the state. KILLS=N. plain build only
. "$TOP/tests/cli_lib.sh"
wanted=${KILLS:-8}
RANDOM=${CRASH_SEED:-$$}

cat >job.ds <<'.'
batch 10ms
checkpoint "ck" every 30ms
let lines = source socket("127.0.0.1", 0, listen: true)
lines | sink append("lines.txt")
lines | map(_ => ("all", 1)) | updateStateByKey((ns, sum: int?) => some((sum ?? 0) + ns.sum())) | map(_.1) | sink append("count.txt")
.

# begin: a job, with a connection to it as descriptor 4.
begin() {
    : >err
    "$DSC" run --threads $((RANDOM % 3 + 1)) job.ds >out 2>err &
    job=$!
    wait_for grep -q 'listening on port' err
    exec 4<>"/dev/tcp/127.0.0.1/$(sed -n 's/.*listening on port //p' err)"
}
kept=0
for ((kill = 0; kill < wanted; kill++)); do
    before=$(cat lines.txt 2>/dev/null | wc -l)
    begin
    (
        for ((i = 0; i < 1000; i++)); do
            seq "$(((kill * 1000 + i) * 100))" "$(((kill * 1000 + i) * 100 + 99))" >&4 || exit
        done
    ) 2>/dev/null &
    feeder=$!
    sleep "0.$((RANDOM % 3))$((RANDOM % 10))"
    kill -KILL $job
    wait $job 2>/dev/null
    exec 4>&-
    wait $feeder
    [[ $(cat lines.txt 2>/dev/null | wc -l) -eq $before ]] || kept=$((kept + 1))
done
begin
seq 1000000000 1000000099 >&4
exec 4>&-
wait_for grep -qx 1000000099 lines.txt
kill -INT $job
ended $job 0
awk 'NR > 1 && $1 + 0 <= last { print "line " NR ": " $1 " behind " last; bad = 1; exit } { last = $1 + 0 } END { exit bad }' lines.txt >out ||
    fail "$wanted kills: $(cat out)"
[[ $(tail -n 1 count.txt) -eq $(wc -l <lines.txt) ]] || fail "$wanted kills: the state counts $(tail -n 1 count.txt) of $(wc -l <lines.txt) lines"
[[ $kept -gt 0 ]] || fail "no job took anything before it was killed"
echo "count: $wanted kills; $(wc -l <lines.txt) lines from a socket"
exit 0
