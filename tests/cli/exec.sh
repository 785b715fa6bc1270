#!/bin/bash
# exec.sh: programs that are started: what they inherit, how they end, --no-exec, and commands that cannot be.
. "$TOP/tests/cli_lib.sh"

# Nothing but the standard descriptors, nothing on the source's input, SIGPIPE as usual.
# shellcheck disable=SC2016
echo 'source exec("ls /proc/self/fd | wc -l; wc -c; grep SigIgn /proc/self/status | tr -dc 0-9a-f | tail -c 4") | sink stdout()
source queue([["x"]]) | sink exec("ls /proc/self/fd | wc -l; grep SigIgn /proc/self/status | tr -dc 0-9a-f | tail -c 4; echo")' >p.ds
timeout "$LIMIT" "$DSC" run p.ds >out 2>err 7<p.ds <p.ds || fail "not status 0"
printf '%s\n' 4 0 0000 4 0000 >want
same want out

for what in 'source exec("touch it") | sink stdout()' 'source queue([[1]]) | sink exec("touch it")'; do
    echo "$what" >p.ds
    expect 2 "$DSC" run --no-exec p.ds
    says err 'exec starts a program, which --no-exec forbids'
    [[ ! -e it ]] || fail "it was started"
done

# wrong COMMAND TEXT: as a source's and as a sink's.
wrong() {
    echo "source exec($1) | sink stdout()" >p.ds
    expect 1 "$DSC" run p.ds
    says err "$2"
    echo "source queue([[1]]) | sink exec($1)" >p.ds
    expect 1 "$DSC" run p.ds
    says err "$2"
}
# shellcheck disable=SC2209
echo text >plain
chmod a+x plain
wrong '"a\0b"' 'exec: a command has no NUL byte in it'
wrong '["ls", "a\0b"]' 'exec: a command has no NUL byte in it'
wrong '""' 'exec: the command is empty'
wrong '["", "a"]' 'exec: the command is empty'
wrong '["no such program"]' 'exec: there is no program `no such program` in PATH'
wrong '["./nowhere"]' 'exec: cannot start `./nowhere`: No such file or directory'
wrong '["./plain"]' 'exec: cannot start `./plain`: Exec format error'
wrong '"exit 9"' 'exec: `exit 9` ended with status 9'
wrong '["sh", "-c", "exit 1; a line\nand another, and so on, much longer than one wants to read in a message about something that did not work"]' \
    'in a message about something that did not wo ..` ended with status 1'

# A status is a status also where SIGCHLD is ignored.
echo 'source exec("exit 4") | sink stdout()' >p.ds
(trap '' CHLD; expect 1 "$DSC" run p.ds) || exit 1
says err 'ended with status 4'

# Asked to stop: the program gets SIGTERM, and what it printed is the input.
echo 'source exec("trap \"echo last; exit\" TERM; echo first; while true; do sleep 0.05; done") | sink print()' >p.ds
"$DSC" run p.ds >out 2>err &
pid=$!
wait_for pgrep -P $pid
sleep 0.3
kill $pid
ended $pid 0
says out first
# One that does not care is ended all the same.
echo 'batch 50ms
source exec("trap \"\" TERM; echo first; echo $$ >pid; while true; do sleep 0.05; done", live: true) | sink stdout()' >p.ds
rm out
"$DSC" run p.ds >out 2>err &
pid=$!
wait_for grep -q first out
kill $pid
ended $pid 0
wait_for test ! -e "/proc/$(cat pid)"
# Nor does it stay when dsc is killed.
echo 'batch 50ms
source exec(["sh", "-c", "echo $$ >pid; exec sleep 1000"], live: true) | sink stdout()' >p.ds
rm pid
"$DSC" run p.ds >out 2>err &
pid=$!
wait_for test -s pid
kill -9 $pid
wait_for test ! -e "/proc/$(cat pid)"

# A batch that comes again after a crash has the same time and the same bytes.
if [[ -z $VARIANT ]]; then
    echo 'checkpoint "ck" every 1h; source queue([["a"], ["b"], ["c"]]) | sink exec("cat >batch-$DSC_BATCH_TIME; echo $DSC_BATCH_TIME >>times")' >again.ds
    DSC_CRASH_AT=0 "$DSC" run --threads 1 again.ds 2>err || fail "exit status $?"
    places=$(sed -n 's/^dsc: \([0-9]*\) places.*/\1/p' err)
    twice=0
    for ((n = 1; n <= places; n += 2)); do
        rm -rf ck times batch-*
        (DSC_CRASH_AT=$n "$DSC" run --threads 1 again.ds) >killed 2>&1
        expect 0 "$DSC" run again.ds
        [[ $(cat batch-*) == $'a\nb\nc' ]] || fail "place $n: $(grep . batch-*)"
        [[ $(sort -u times) == $'1000\n2000\n3000' && $(wc -l <times) -le 4 ]] || fail "place $n: $(cat times)"
        twice=$((twice + $(wc -l <times) - 3))
    done
    ((twice > 0)) || fail "no batch came twice"
fi
exit 0
