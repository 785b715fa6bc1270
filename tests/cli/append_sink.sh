#!/bin/bash
# append_sink.sh: what append does with files that are there, and with others who write to them.
. "$TOP/tests/cli_lib.sh"

seq 5 >numbers
echo 'source file("numbers") | sink append("o/all.txt")' >p.ds
expect 0 "$DSC" run p.ds
expect 0 "$DSC" run p.ds
{ seq 5; seq 5; } >want
same want o/all.txt

# refused TEXT: the program does not start, for that reason, and the file is as it was.
refused() {
    cp "$1" before
    expect 1 "$DSC" run p.ds
    says err "$2"
    same before "$1"
}
echo 'source file("numbers") | map(n => { n: n, m: 1 }) | sink append("t.csv") as csv' >p.ds
printf 'a,b\n1,2\n' >t.csv
refused t.csv 'append: the first line of t.csv is not the one of this program, n,m: give another file'
echo 'source file("numbers") | sink append("cut")' >p.ds
printf 'whole\nhal' >cut
refused cut 'append: the last line of cut is cut short: end it or remove it, or give another file'
echo 'source file("numbers") | map(n => parseInt(n)!) | sink append("cut") as binary' >p.ds
printf '123456789' >cut
refused cut 'append: cut has 9 bytes, which are not whole elements of 8 bytes: mend it, or give another file'
mkdir folder
for wrong in folder /dev/null numbers/x ''; do
    echo "source file(\"numbers\") | sink append(\"$wrong\")" >p.ds
    expect 1 "$DSC" run p.ds
    says err "append: "
done
mkfifo fifo
echo 'source file("numbers") | sink append("fifo")' >p.ds
expect 1 "$DSC" run p.ds
says err 'append: cannot append to fifo: it is not a regular file'

# Two sinks on one file, under two names.
ln -s real.txt other.txt
echo 'let n = source file("numbers")
n | sink append("real.txt")
n | sink append("other.txt")' >p.ds
expect 1 "$DSC" run p.ds
says err 'another program or sink is writing to it'

# Others that write to it, or take it away, between batches.
mkfifo in
echo 'batch 50ms
source stdin(live: true) | sink append("live.txt")' >p.ds
live() {
    rm -f live.txt
    "$DSC" run p.ds <in >out 2>err &
    pid=$!
    exec 3>in
    echo one >&3
    wait_for grep -q one live.txt
    eval "$1"
    echo two >&3
    ended $pid 1
    exec 3>&-
}
live 'echo foreign >>live.txt'
says err 'append: something else has changed live.txt: it has 12 bytes, and 4 after the last batch'
printf 'one\nforeign\n' >want
same want live.txt
live ': >live.txt'
says err 'append: something else has changed live.txt: it has 0 bytes, and 4 after the last batch'
live 'mv live.txt live.1'
says err 'append: live.txt was removed, renamed or replaced while the program writes to it'
live 'rm live.txt; echo one >live.txt'
says err 'append: live.txt was removed, renamed or replaced'

# A batch that does not fit is not there at all; the one before it is.
[[ -n $VARIANT ]] || {
    seq 100000 >numbers
    echo 'source file("numbers", perBatch: 60000) | sink append("small.txt")' >p.ds
    (
        trap '' XFSZ
        ulimit -f 400
        timeout "$LIMIT" "$DSC" run p.ds >out 2>err
    )
    [[ $? -eq 1 ]] || fail "not status 1"
    says err 'append: cannot write to small.txt: File too large'
    seq 60000 >want
    same want small.txt
}
exit 0
