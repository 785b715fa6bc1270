#!/bin/bash
# Batches that run again find the tables that they had: a job is killed at any place where it changes a file, its table
# gets other rows, and it is started again. Each batch shows one table or the other, once; what is kept agrees with what
# was put out; and bad rows are written aside once for each table. Tables that nothing needs any more are unlinked.
# plain build only
. "$TOP/tests/cli_lib.sh"

cat >job.ds <<'END'
batch 1s
checkpoint "ck" every 1h
on error deadLetter("rejects")

let names = table file("names.csv", reload: true) as csv((string, int))
let found = source file("in.txt", perBatch: 1) | map((_, 1)) | join(names) | map((k, (_, n)) => (k, n))
found | map((_, n) => n) | sink append("found.txt")
found | updateStateByKey((ns, sum: int?) => some((sum ?? 0) + ns.sum())) | map((_, n) => n) | sink append("sums.txt")
END
sed 's/every 1h/every 1us/' job.ds >often.ds
yes a | head -n 9 >in.txt
clean() { rm -rf ck rejects found.txt sums.txt; }

# check PROGRAM PLACE: `found` is 1s, then 100s, in all nine, with those that were published before in front.
check() {
    local before
    before=$(wc -l <before)
    paste found.txt sums.txt | awk -v at_least="$before" '
        { sum += $1; if ($1 < last || ($1 != 1 && $1 != 100) || $2 != sum || (NR <= at_least && $1 != 1)) exit 1; last = $1 }
        END { if (NR != 9) exit 1 }' || fail "$1, place $2: $(paste found.txt sums.txt | tr '\n' ' ')"
    [[ $(cat rejects/* | wc -l) -eq $(sort -u found.txt | wc -l) ]] || fail "$1, place $2: $(cat rejects/*)"
}

tried=0
everywhere() {
    local program=$1 wanted=$2 n points by
    clean
    printf 'a,1\nb,x\n' >names.csv
    DSC_CRASH_AT=0 "$DSC" run --threads 1 "$program" >/dev/null 2>err || fail "$program: $(cat err)"
    points=$(sed -n 's/^dsc: \([0-9]*\) places to crash at$/\1/p' err)
    by=${CRASH_STEP:-$((points / wanted + 1))}
    for ((n = 1 + RANDOM % by; n <= points; n += by)); do
        clean
        printf 'a,1\nb,x\n' >names.csv
        DSC_CRASH_AT=$n "$DSC" run --threads 1 "$program" >/dev/null 2>&1
        cat found.txt >before 2>/dev/null
        printf 'a,100\nb,yy\n' >names.csv
        ((n % 2)) || DSC_CRASH_AT=$((n % 20 + 1)) "$DSC" run --threads 1 "$program" >/dev/null 2>&1
        "$DSC" run --threads 3 "$program" >/dev/null 2>err || fail "$program, place $n: $(cat err)"
        check "$program" "$n"
        tried=$((tried + 1))
    done
}
{ everywhere job.ds 12; everywhere often.ds 12; } 2>crash.log || { cat crash.log; exit 1; }

# A version is a file, written once: not for a process that finds the table as it was, nor for each snapshot.
clean
for i in 1 2 3; do expect 0 "$DSC" run --batches 1 often.ds; done
[[ $(ls ck/table-* | wc -l) -eq 1 ]] || fail "$(ls ck)"
[[ $(cat rejects/* | wc -l) -eq 1 ]] || fail "$(cat rejects/*)"
for i in 1 2 3 4 5; do
    echo "a,$i" >names.csv
    expect 0 "$DSC" run --batches 1 often.ds
done
[[ $(ls ck/table-* | wc -l) -le 3 ]] || fail "$(ls ck)"
"$DSC" log ck | grep -q '"tables":\[{"name":"names[^"]*","version":6}\]' || fail "$("$DSC" log ck)"

# A file that is damaged is named, where it is needed.
clean
DSC_CRASH_AT=70 "$DSC" run --threads 1 job.ds >/dev/null 2>&1
[[ -s found.txt ]] || fail 'nothing had counted'
printf 'x' | dd of=ck/table-000000000001 bs=1 seek=60 conv=notrunc 2>/dev/null
expect 1 "$DSC" run job.ds
says err 'ck/table-000000000001 is damaged, so the batches that used this table cannot run again'
expect 0 "$DSC" run --fresh --batches 1 job.ds
echo "$tried places"
exit 0
