#!/bin/bash
# event_idle.sh: by the real clock a window of event time closes although nothing more comes; a job that is
# told to stop leaves its windows open.
. "$TOP/tests/cli_lib.sh"

echo 'batch 50ms
source stdin(live: true) as csv((time, string))
  | eventTime((at, _) => at, idle: 200ms)
  | map((_, key) => (key, 1))
  | tumbling(1s)
  | reduceByKey(_ + _)
  | map(((key, w), n) => (key, w.end, n))
  | sink stdout()' >p.ds
mkfifo pipe
"$DSC" run p.ds <pipe >out 2>err &
job=$!
exec 3>pipe
printf '2024-01-01T00:00:00.1Z,a\n2024-01-01T00:00:00.4Z,a\n' >&3
wait_for grep -qx '(a,2024-01-01T00:00:01Z,2)' out
printf '2024-01-01T00:00:00.9Z,a\n2024-01-01T01:00:00Z,b\n2024-01-01T00:59:59.9Z,late\n' >&3
wait_for grep -qx '(b,2024-01-01T01:00:01Z,1)' out
printf '2024-01-01T09:00:00Z,c\n' >&3
sleep 0.1
kill -TERM $job
ended $job 0
grep -q c, out && fail "the last window was still open"
[[ $(wc -l <out) -eq 2 ]] || fail "two windows have closed"
says err 'late for tumbling: 2 elements skipped'
exit 0
