#!/bin/bash
# full_disk.sh: a sink that cannot write stops the program with status 1 and says what and why.
. "$TOP/tests/cli_lib.sh"

[[ -c /dev/full ]] || skip "there is no /dev/full"
seq 100000 >numbers
echo 'source file("numbers") | sink stdout()' >copy.ds
timeout "$LIMIT" "$DSC" run copy.ds >/dev/full 2>err
[[ $? -eq 1 ]] || fail "not status 1"
says err "No space left"
echo 'source file("numbers") | sink print()' >show.ds
timeout "$LIMIT" "$DSC" run show.ds >/dev/full 2>err
[[ $? -eq 1 ]] || fail "not status 1"
says err "No space left"
echo 'source file("numbers") | sink files("no/such/folder/x")' >files.ds
touch no
expect 1 "$DSC" run files.ds
says err "no/such/folder"
# A file that may not grow: nothing half-written is left under its name.
[[ -n $VARIANT ]] || {
    mkdir out.d
    echo 'source file("numbers") | sink files("out.d/part")' >limited.ds
    (
        trap '' XFSZ
        ulimit -f 64
        timeout "$LIMIT" "$DSC" run limited.ds >out 2>err
    )
    [[ $? -eq 1 ]] || fail "not status 1"
    [[ -z $(ls out.d) ]] || fail "left behind: $(ls out.d)"
}
exit 0
