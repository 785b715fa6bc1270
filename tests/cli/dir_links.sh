# dir_links.sh: files of a watched folder that a job with a checkpoint has read are held by a hard link, and not in the log: they
# may be deleted, renamed or replaced; links go when nothing can ask for them again.
. "$TOP/tests/cli_lib.sh"

echo 'batch 20ms
checkpoint "ck" every 1h
source dir("in", existing: true) | sink append("out.txt")' >watch.ds
# ran STATUS OPTION ..
ran() { expect "$1" "$DSC" run --threads 1 --stop-after-idle 60ms "${@:2}" watch.ds; }
# killed PLACE: a run dies there; 0: it does not, and says how many places there are.
killed() { (DSC_CRASH_AT=$1 timeout "$LIMIT" "$DSC" run --threads 1 --stop-after-idle 60ms watch.ds) >out 2>err; }
counted() { [[ $(awk '{n += $1} END {print n}' counts.txt) == "$1" ]]; }
held() { find "${1:-ck}" -name 'held-*' | wc -l; }

# fill: three files in `in`, of which one is too small to be held; what is in them in `expected`.
fill() {
    rm -rf in ck out.txt aside
    mkdir in
    seq 50000 >in/a
    seq 50000 110000 >in/b
    echo small >in/c
    cat in/* >expected
}

# crashed: a job was killed when a batch counted and had not been published. The place is the last before there is output.
crashed() {
    fill
    killed "$place"
    [[ $(held) == 2 ]] || fail "not both of the large files are held"
}

# At each place: the batch counts, and all is there although the files are not; or it does not, and then it reads what is there.
fill
killed 0 || fail "the job failed"
same expected out.txt
places=$(sed -n 's/^dsc: \([0-9]*\) places.*/\1/p' err)
((places > 20)) || fail "only $places places"
again=0
place=0
for ((n = 1; n <= places; n++)); do
    fill
    killed "$n"
    "$DSC" log ck >log 2>/dev/null || : >log
    counts=$(grep -c '"logged":1' log)
    if ((counts)); then
        ((place)) || place=$n
        rm in/a
        mv in/b b
        echo other >in/b
        echo other >>expected
    fi
    ran 0
    same expected out.txt
    ! grep -q 'ran again' err || again=$((again + 1))
done
((place && again)) || fail "no batch ran again"

# Nothing but ranges is in the log, and no link outlives a run that begins and ends behind the batch.
crashed
"$DSC" log ck >log
grep -q '"held":{"in/a":"held-[0-9]*000","in/b":"held-[0-9]*001"}' log || fail "dsc log does not show the links"
[[ $(sed -n 's/.*"bytes":\([0-9]*\),"held".*/\1/p' log) -lt 1000 ]] || fail "bytes are in the log"
ran 0
same expected out.txt
[[ $(held) == 0 ]] || fail "links are left over"

# What was written into a file that is held, or cut from it, is an error that names it; what was appended is not read.
crashed
printf 'X' | dd of=in/b bs=1 seek=1000 conv=notrunc status=none
cp -r ck before
ran 1
says err "checkpoint: in/b has been changed since it was read, so a batch cannot run again over what it had; nothing has been changed in ck: write the file's bytes as they were to ck/held-"
says err ', or start anew with --fresh'
diff -r -x lock before ck || fail "the folder has changed"
truncate -s 1000 in/b
ran 1
says err "in/b has been changed"
seq 50000 110000 >in/b
echo appended >>in/b
ran 0
same expected out.txt

# --fresh lets go of them.
crashed
[[ $(held) == 2 ]] || fail "nothing is held"
rm in/a in/b out.txt
ran 0 --fresh
[[ $(held) == 0 && $(cat out.txt) == small ]] || fail "--fresh did not begin anew"

# Links that nothing names are removed at the start: here of records behind the log's end.
crashed
ln in/a ck/held-000000999999
ran 0
same expected out.txt
[[ $(held) == 0 ]] || fail "a link that nothing names is left over"

# Many files, with many snapshots: few links at a time, and none at the end but for those of the last batches.
fill
rm in/*
most=0
echo 'batch 10ms
checkpoint "many" every 1us
source dir("in", existing: true) | count() | sink append("counts.txt")' >many.ds
"$DSC" run many.ds >out 2>err &
job=$!
for ((n = 1; n <= 40; n++)); do
    seq 50000 >aside
    mv aside in/f$n
    wait_for counted $((50000 * n))
    now=$(held many)
    ((now <= most)) || most=$now
done
kill -INT $job
ended $job 0
[[ $("$DSC" log many | grep -c '"held":{"in/f') == 40 ]] || fail "not each file was held"
((most < 20)) || fail "$most links at a time"
(($(held many) < 5)) || fail "links are left over: $(held many)"

# A file of many steps, of which only the first has the header, is held once.
fill
for n in 1 2; do (echo n,name; seq -f "$n%.0f,x" 40000) >in/$n.csv; done
rm in/[abc]
echo 'batch 20ms
type Row = { n: int, name: string }
checkpoint "ck" every 1h
source dir("in", existing: true) as csv(Row) | map(r => r.n) | sink append("out.txt")' >rows.ds
cat in/1.csv in/2.csv | sed '/^n/d; s/,.*//' >expected
expect 0 "$DSC" run --step 50000 --keep 1d --stop-after-idle 60ms rows.ds
same expected out.txt
rm in/*
[[ $(held) == 2 ]] || fail "$(held) links of two files"
expect 0 "$DSC" replay ck --to replayed4
cat replayed4/* | cmp expected - || fail "the replay gives something else"

# `keep` keeps them, and a replay reads through them, also by another program.
fill
ran 0 --keep 1d
rm in/*
expect 0 "$DSC" replay ck --to replayed
cat replayed/* | cmp expected - || fail "the replay gives something else"
echo 'batch 20ms
source dir("in") | filter(_.length() == 3) | sink stdout()' >other.ds
expect 0 "$DSC" replay ck --with other.ds --to replayed2
grep -hE '^[0-9]{3}$' expected | cmp - <(grep -hE '^...$' replayed2/*) || fail "the other program is given something else"
[[ $(held) == 2 ]] || fail "the links are gone"

# On another file system there are no links, and the log has the bytes.
other=
for folder in /dev/shm /tmp "${XDG_RUNTIME_DIR:-/run}"; do
    [[ ! -w $folder || $(stat -c %d "$folder") == "$(stat -c %d .)" ]] || other=$folder
done
[[ $other ]] || skip "all but a checkpoint on another file system, which there is not"
fill
other=$(mktemp -d "$other/dsc-XXXXXX")
trap 'rm -rf "$other"' EXIT
ran 0 --checkpoint "$other/ck" --keep 1d
silent err
[[ $(held "$other/ck") == 0 ]] || fail "there is a link to another file system"
rm in/*
expect 0 "$DSC" replay "$other/ck" --to replayed3
cat replayed3/* | cmp expected - || fail "the replay gives something else"
exit 0
