#!/bin/bash
# syncs.sh: a batch that counts costs one fdatasync, however many sinks it has and whatever they put out. plain build only
. "$TOP/tests/cli_lib.sh"

strace -o calls true 2>err || skip "strace does not work: $(head -n 1 err)"
awk 'BEGIN { for (i = 0; i < 60; i++) { for (j = 0; j < 2000; j++) printf "word%d ", i * j; print "" } }' >in.txt
cat >one.ds <<'END'
batch 1s
checkpoint "ck" every 1h

source file("in.txt", perBatch: 1) | flatMap(_.words()) | count() | sink append("count.txt")
END
cat >many.ds <<'END'
batch 1s
checkpoint "ck" every 1h

let words = source file("in.txt", perBatch: 1) | flatMap(_.words())
words | sink append("a.txt")
words | map(_.upper()) | sink append("b.txt")
words | map((_, 1)) | reduceByKey(_ + _) | sink files("out/c")
words | map((_, 1)) | updateStateByKey((ns, sum: int?) => some((sum ?? 0) + ns.sum())) | sink files("out/d") as csv
END

# syncs PROGRAM BATCHES: how often it syncs.
syncs() {
    rm -rf ck out ./{a,b,count}.txt
    timeout "$LIMIT" strace -f -o calls -e trace=fdatasync,fsync,sync_file_range "$DSC" run --threads 1 --batches "$2" "$1" >/dev/null 2>err || fail "$1: $(cat err)"
    grep -cE '(fdatasync|fsync)\(' calls
}
for program in one many; do
    few=$(syncs $program.ds 10) || exit 1
    more=$(syncs $program.ds 30) || exit 1
    [[ $((more - few)) -eq 20 ]] || fail "$program.ds: $((more - few)) syncs for 20 batches"
done

# Batches without input and output cost none.
cat >idle.ds <<'END'
batch 1s
checkpoint "ck" every 1h

source queue([[1, 2]] + range(0, 60).map(_ => [])) | countByWindow(10s, 10s) | filter(_ > 0) | sink append("count.txt")
END
few=$(syncs idle.ds 15) || exit 1
more=$(syncs idle.ds 55) || exit 1
[[ $((more - few)) -eq 0 ]] || fail "$((more - few)) syncs for 40 batches in which nothing happens"
exit 0
