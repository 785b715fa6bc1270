# service.sh: a service manager is told when a job is ready, after each batch, and when it stops; and a job stops when it is idle.
. "$TOP/tests/cli_lib.sh"

datagrams "$PWD/notify" 4 >told &
listener=$!
wait_for test -S notify
NOTIFY_SOCKET=$PWD/notify expect 0 "$DSC" run --quiet -e 'source queue([[1], [2]]) | sink discard()'
wait $listener
printf 'READY=1\nWATCHDOG=1\nWATCHDOG=1\nSTOPPING=1\n' | diff - told || fail "told otherwise"
NOTIFY_SOCKET=$PWD/nowhere expect 0 "$DSC" run --quiet -e 'source queue([[1]]) | sink discard()'

# Input that ends is followed by batches without any, and then by the end.
mkfifo in
{ echo one; echo two; sleep 60; } >in &
writer=$!
expect 0 timeout 30 "$DSC" run --stop-after-idle 300ms -e 'batch 100ms; source exec("cat in", live: true) | sink append("lines")'
kill $writer
printf 'one\ntwo\n' | diff - lines || fail "lines are missing"
expect 2 "$DSC" run --stop-after-idle never -e 'source stdin() | sink stdout()'
says err '--stop-after-idle takes a duration'
exit 0
