#!/bin/bash
# A table that follows its file: a new one is taken over as a whole at the beginning of a batch; one that
# cannot be read leaves the table as it was, which is said once; without `reload` nothing changes.
. "$TOP/tests/cli_lib.sh"

cat >join.ds <<'END'
batch 50ms
let names = table file("names.csv", reload: true) as csv((string, int)) | mapValues(_ * 10)
let twice = names | map((k, n) => (k, n + 1)) | reduceByKey(_ + _)
let fixed = table file("fixed.csv") as csv((string, int))
let keys = source stdin(live: true) | map((_, "x"))
keys | leftOuterJoin(names) | map((k, (_, n)) => (k, n)) | leftOuterJoin(twice) | leftOuterJoin(fixed) | map((k, v) => format("{} {}", k, v)) | sink stdout()
END
put() { printf '%s\n' "${@:2}" >"$1.new" && mv "$1.new" "$1"; }
put names.csv a,1 b,2
put fixed.csv a,7
mkfifo in
timeout "$LIMIT" "$DSC" run join.ds <in >out 2>err &
pid=$!
exec 3>in

# ask KEY ANSWER: until it is answered so; what is asked right after a change may be answered as before it.
ask() {
    local i before
    before=$(wc -l <out)
    for ((i = 0; i < 100; i++)); do
        echo "$1" >&3
        sleep 0.1
        tail -n "+$((before + 1))" out | grep -qF -e "$1 $2" && return 0
    done
    return 1
}

ask a '((some(10),some(11)),some(7))' || fail 'no answer to a'
ask c '((none,none),none)' || fail 'no answer to c'
put names.csv c,3 a,4 a,5
put fixed.csv a,8
ask a '((some(40),some(92)),some(7))' || fail 'no answer to a'
ask a '((some(50),some(92)),some(7))' || fail 'no answer to a'
ask c '((some(30),some(31)),none)' || fail 'no answer to c'
silent err

put names.csv a,6 'c,not a number'
wait_for grep -q 'stays as it was' err
ask d '((none,none),none)' || fail 'no answer to d'
rm names.csv
sleep 0.3
put names.csv 'still no number,x'
sleep 0.3
before=$(wc -l <out)
ask a '((some(50),some(92)),some(7))' || fail 'no answer to a'
tail -n "+$((before + 1))" out | grep '^a' | grep -v 'some(92)' && fail "another table is seen"
said() { [[ $(grep -c 'stays as it was' err) -eq $1 ]]; }
said 1 || fail "not said once"
says err 'the table names stays as it was before this batch: join.ds:2:19: column 2 is not an int'

put names.csv a,9
ask a '((some(90),some(91)),some(7))' || fail 'no answer to a'
echo x >names.csv
wait_for said 2
exec 3>&-
ended "$pid" 0
