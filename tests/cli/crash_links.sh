# crash_links.sh: a job that holds files of a watched folder by hard links dies, loses what was not synced, or has a call go wrong
# (tests/crash); the files it has read vanish, and it is started again. plain build only
. "$TOP/tests/cli_lib.sh"

echo 'batch 20ms
checkpoint "ck" every 1us
source dir("in", existing: true) | sink append("out.txt")' >watch.ds
"$DSC" compile watch.ds -o watch || fail "it does not compile"
printf 'one\n' >one
printf 'two\n' >two

fill() {
    rm -rf in ck out.txt side
    mkdir in side
    seq 50000 >in/a
    seq 50000 110000 >in/b
    cat in/* >expected
}

# wrong FAULT BOOT: a run with it.
wrong() {
    (timeout "$LIMIT" env LD_PRELOAD="$B/crash/fault.so" DSC_FAULT="$1" DSC_FAULT_SIDE="$PWD/side" DSC_FAULT_BOOT="$PWD/$2" \
        DSC_FAULT_COUNT="$PWD/counts" ./watch --quiet --threads 1 --stop-after-idle 40ms) >out 2>err
}

fill
wrong '' one || fail "the job failed"
same expected out.txt
cp counts all
held=0
tried=0
for kind in kill power parts lost name sync full; do
    n=$(sed -n "s/^$kind //p" all)
    ((n > 0)) || fail "no call of the kind $kind"
    for ((i = 1 + RANDOM % 3; i <= n; i += n > 20 ? n / 12 : 1)); do
        fill
        wrong "$kind:$i:$RANDOM" one
        tried=$((tried + 1))
        if "$DSC" log ck 2>/dev/null | grep -q '"logged":1'; then
            ! ls ck/held-* >/dev/null 2>&1 || held=$((held + 1))
            rm in/*
        fi
        boot=one
        [[ $kind != power && $kind != parts ]] || boot=two
        wrong '' $boot || fail "$kind:$i: it does not go on"
        same expected out.txt
        # Those of the two newest snapshots may be there.
        (($(find ck -name 'held-*' | wc -l) <= 2)) || fail "$kind:$i: links are left over"
    done
done
((held)) || fail "no batch had its files held"
echo "count: $tried tried, in $held a batch counted whose files were held"
exit 0
