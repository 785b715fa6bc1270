# crash_dir.sh: files of a watched folder vanish or are replaced between a crash and the restart. What a batch that counts had
# read is there once; of the others what is there then is read, each file once; what vanished is left out.
. "$TOP/tests/cli_lib.sh"

echo 'batch 20ms
checkpoint "ck" every 1us
source dir("in", existing: true) | sink append("out.txt")' >watch.ds
for ((n = 5; n <= 95; n += 15)); do
    rm -rf in ck out.txt
    mkdir in
    for i in 1 2 3 4 5; do printf "old $i %s\n" a b c >in/f$i; done
    DSC_CRASH_AT=$n timeout "$LIMIT" "$DSC" run --threads 1 --stop-after-idle 100ms watch.ds >out 2>err
    had=$(cat out.txt 2>/dev/null)
    rm in/f1 in/f2
    printf "new 3 %s\n" a b >aside
    mv aside in/f3
    echo "new 6" >aside
    mv aside in/f6
    expect 0 "$DSC" run --stop-after-idle 200ms watch.ds
    [[ $(head -c "${#had}" out.txt) == "$had" ]] || fail "place $n: what had been written has changed"
    sort out.txt | uniq -d | grep . && fail "place $n: something came twice"
    says out.txt "new 6"
    for i in 1 2 3 4 5; do
        some=$(grep -c "^old $i" out.txt)
        ((some == 0 || some == 3)) || fail "place $n: a part of f$i"
    done
    for i in 4 5; do
        grep -q "^old $i" out.txt || fail "place $n: f$i is lost"
    done
    grep -q '3 a$' out.txt || fail "place $n: f3 is lost"
done
exit 0
