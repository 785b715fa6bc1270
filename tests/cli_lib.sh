# shellcheck shell=bash
# cli_lib.sh: what the command line tests share: . "$TOP/tests/cli_lib.sh"
# A test runs in an empty folder of its own; it ends by itself when all is well.

fail() {
    echo "$*"
    for f in out err; do
        [[ ! -s $f ]] || { echo "-- $f:"; tail -n 30 $f; }
    done
    exit 1
}

skip() {
    echo "$*"
    exit 77
}

# expect STATUS COMMAND ..: runs it with its output in `out`, its messages in `err`.
expect() {
    local want=$1 status
    shift
    timeout "$LIMIT" "$@" >out 2>err </dev/null
    status=$?
    [[ $status -eq $want ]] || fail "exit status $status, not $want: $*"
}

# says FILE TEXT: the text is somewhere in the file. silent FILE: there is nothing in it.
says() { grep -qF -e "$2" "$1" || fail "$1 does not say: $2"; }
silent() { [[ ! -s $1 ]] || fail "$1 is not empty"; }

# wait_for COMMAND ..: until it succeeds, for 20 seconds.
wait_for() {
    local i
    for ((i = 0; i < 400; i++)); do
        "$@" >/dev/null 2>&1 && return 0
        sleep 0.05
    done
    fail "waited in vain for: $*"
}

# same FILE FILE
same() { cmp "$1" "$2" || fail "$(diff "$1" "$2" | head -n 20)"; }

# ended PID STATUS: it ends within 20 seconds, with that exit status.
ended() {
    local i status
    for ((i = 0; i < 400; i++)); do
        kill -0 "$1" 2>/dev/null || break
        sleep 0.05
    done
    kill -0 "$1" 2>/dev/null && { kill -9 "$1"; fail "it did not end"; }
    wait "$1"
    status=$?
    [[ $status -eq $2 ]] || fail "exit status $status, not $2"
}
