# rates.sh: batches take no more than a source's maxRate, or than what they can do in their time; nothing is lost.
. "$TOP/tests/cli_lib.sh"

seq 1 60 >numbers
cat numbers | "$DSC" run -e 'batch 100ms; source stdin(live: true, maxRate: 100) | count() | sink stdout()' >out 2>err || fail "exit status $?"
awk '{ n += $1; if ($1 > 10) exit 1 } END { exit n != 60 }' out || fail "a batch took more than ten, or not all came"

cat numbers | "$DSC" run -e 'batch 100ms; source stdin(live: true, maxRate: 100) | sink append("all")' >out 2>err || fail "exit status $?"
same numbers all

# Batches that take four times their time: the job says so, and with --backpressure they get smaller.
echo 'batch 50ms
source rate(20000, count: 60000) | map((n, at) => n) | sink exec("sleep 0.2; cat >/dev/null")' >slow.ds
timeout "$LIMIT" "$DSC" run --clock real --batches 20 slow.ds >out 2>err || fail "exit status $?"
says err 'falling behind: the batch of'
says err 'after its time (scheduling delay) and took '
says err 'or hold its sources back: --backpressure, maxRate'
[[ $(grep -c 'falling behind' err) -eq 1 ]] || fail 'it is said at most every 10 s'

# Two thousand records every 50 ms, and batches that take 0.2 s: ten thousand a second can be done, five hundred a batch.
cat >pressed.ds <<'END'
batch 50ms
source exec("for i in $(seq 1 40); do seq 1 2000; sleep 0.05; done", live: true)
  | glom()
  | map(_.size())
  | filter(_ > 0)
  | sink exec("cat >>sizes; sleep 0.2")
END
timeout "$LIMIT" "$DSC" run --backpressure --batches 25 pressed.ds >out 2>err || fail "exit status $?"
[[ $(wc -l <sizes) -ge 6 ]] || fail "only $(wc -l <sizes) batches"
tail -n +5 sizes | awk '$1 > 1000 { exit 1 }' || fail "batches did not get smaller: $(tr '\n' ' ' <sizes)"
exit 0
