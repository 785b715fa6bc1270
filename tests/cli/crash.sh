# crash.sh: a job that is killed at any place where it changes a file, and started again, leaves just what one that was
# never killed leaves. Prints how many places were tried. CRASH_STEP=1 tries all of them. plain build only
. "$TOP/tests/cli_lib.sh"
step=${CRASH_STEP:-}

awk 'BEGIN { srand(7); n = split("a b c dd e a_word_of_more_than_sixteen_bytes", w, " ")
    for (i = 0; i < 36; i++) { line = ""; for (j = 0; j < 4; j++) line = line " " w[int(rand() * n) + 1]; print line } }' >in.txt
cat >job.ds <<'END'
batch 1s
checkpoint "ck" every 1h

let words = source file("in.txt", perBatch: 3) | flatMap(_.words())
words | map((_, 1)) | reduceByKeyAndWindow(_ + _, 4s, 2s, name: "sums") | sink append("sums.txt")
words | map((_, 0.1)) | reduceByKeyAndWindow((a, b) => max(a, b) + a, 3s, 1s, name: "odd") | sink files("out/odd")
words | countByValue() | sink append("counts.csv") as csv
words | window(2s, 1s) | count() | sink append("raw.txt")
END
cat >states.ds <<'END'
batch 1s
checkpoint "ck" every 1us

let words = source file("in.txt", perBatch: 3) | flatMap(_.words())
let pairs = words | map((_, 1))
let start = time("2024-05-01T10:00:00Z")

pairs | updateStateByKey((ns, sum: int?) => some((sum ?? 0) + ns.sum())) | sink append("sums.txt")
pairs
  | mapWithState((w, n, seen: [int]?) => (some((w, (seen ?? []).size())), some(((seen ?? []) + [n]).take(4))), timeout: 2s, onTimeout: (w, seen) => some((w, -1)))
  | sink append("counts.csv") as csv
words | dropDuplicates(w => w, within: 3s) | sink append("raw.txt")
words
  | eventTime(w => batchTime() - time("1970-01-01T00:00:00Z") + start - 1s * (w.length % 4), lateness: 1s)
  | map((_, 0.1))
  | tumbling(3s, late: update, keep: 5s)
  | reduceByKey(_ + _)
  | sink files("out/windows")
END
sed 's/every 1h/every 1us/' job.ds >often.ds
# States of many keys, few of which change in a batch: snapshots on top of others.
cat >deltas.ds <<'END'
batch 1s
checkpoint "ck" every 1us

let words = source file("in.txt", perBatch: 3) | flatMap(_.words())
let known = range(0, 200).map(n => ("a key of more than sixteen bytes " + string(n), n))

words
  | map((_, 1))
  | updateStateByKey((ns, sum: int?) => if sum == some(7) then none else some((sum ?? 0) + ns.sum()), init: known)
  | sink append("sums.txt")
words
  | map(w => ("a key of more than sixteen bytes " + string(w.length), w))
  | mapWithState((k, w, seen: string?) => (some((k, seen)), if w == "c" then none else some(w)), init: known.map((k, n) => (k, string(n))))
  | sink append("counts.csv") as csv
words | dropDuplicates(w => w, within: 3s) | sink append("raw.txt")
words | map((_, 1)) | countByValueAndWindow(3s, 1s) | sink files("out/windows")
END
sed 's/file("in.txt", perBatch: 3)/stdin(perBatch: 3)/' job.ds >piped.ds

# run PROGRAM COMMAND ..: what is on the disk afterwards is in `made`.
clean() { rm -rf ck out sums.txt counts.csv raw.txt; }
made() { cat sums.txt counts.csv raw.txt; for f in out/*; do echo "== $f"; cat "$f"; done; }

tried=0
# everywhere PROGRAM WANTED: kill it at each `by`-th place, then let it run on.
everywhere() {
    local program=$1 wanted=$2 n points by status
    clean
    DSC_CRASH_AT=0 "$DSC" run --threads 1 "$program" >/dev/null 2>err || fail "$program: $(cat err)"
    points=$(sed -n 's/^dsc: \([0-9]*\) places to crash at$/\1/p' err)
    [[ $points -ge 50 ]] || fail "only $points places in $program"
    by=${step:-$((points / wanted + 1))}
    made >expected
    for ((n = 1 + RANDOM % by; n <= points; n += by)); do
        clean
        DSC_CRASH_AT=$n "$DSC" run --threads 1 "$program" >/dev/null 2>&1
        status=$?
        [[ $status -eq 137 ]] || fail "$program was not killed at place $n: exit status $status"
        # Killed again on the way back, at times.
        ((n % 3)) || DSC_CRASH_AT=$((n % 20 + 1)) "$DSC" run --threads 1 "$program" >/dev/null 2>&1
        "$DSC" run --threads $((1 + n % 2 * 2)) "$program" >/dev/null 2>err || fail "$program, place $n: $(cat err)"
        made >found
        cmp -s expected found || fail "$program, place $n: $(diff expected found | head -n 5)"
        tried=$((tried + 1))
    done
}
{ everywhere job.ds 15; everywhere often.ds 20; everywhere states.ds 20; everywhere deltas.ds 20; } 2>crash.log || { cat crash.log; exit 1; }

# Input that cannot be asked again is in the log: batches that count stay, and what was read for the one in hand is lost
# with the pipe, so each line that comes out of the second process is one it was given.
clean
"$DSC" run piped.ds <in.txt >/dev/null 2>err || fail "piped.ds: $(cat err)"
cp counts.csv whole.csv
for n in 40 60 90; do
    clean
    { cat in.txt; } | DSC_CRASH_AT=$n "$DSC" run --threads 1 piped.ds >/dev/null 2>&1
    before=$(cat counts.csv 2>/dev/null | wc -c)
    "$DSC" run --threads 1 piped.ds </dev/null >/dev/null 2>err || fail "piped.ds, place $n: $(cat err)"
    cmp -s -n "$before" counts.csv whole.csv || fail "piped.ds, place $n: what had been written has changed"
    cmp -s -n "$(wc -c <counts.csv)" counts.csv whole.csv || fail "piped.ds, place $n: $(diff counts.csv whole.csv | head -n 5)"
    tried=$((tried + 1))
done
echo "count: killed at $tried places"
exit 0
