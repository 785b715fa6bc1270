# at_checkpoint.sh: input cut by a time in the data goes on from a checkpoint: after each batch, killed at any place, with other
# steps than before; from files with headers, from a pipe, beside sources that are cut otherwise, over long gaps. plain build only
. "$TOP/tests/cli_lib.sh"

# Times go back and forth, skip batches, and are wrong at times; the files cut them anywhere.
mkdir in
awk 'BEGIN { srand(5); for (i = 0; i < 240; i++) { if (i % 80 == 0) { f = "in/" i / 80 + 1 ".csv"; print "n,at,key" >f }
    t += int(rand() * 4); if (i % 50 == 49) t += 40
    u = t + 100 - int(rand() * 8)
    at = i % 37 == 36 ? "x" : sprintf("2024-01-01T%02d:%02d:%02dZ", 10 + u / 3600, u / 60 % 60, u % 60)
    print i "," at "," substr("abc", 1 + int(rand() * 3), 1) >f } }'
cat >job.ds <<'END'
# a snapshot now and then
batch 10s
on error deadLetter("made/bad")
type Click = { n: int, at: string, key: string }
let clicks = source file("in/*.csv", at: parseTime(_.at)!) as csv(Click, header: true)
let pairs = clicks | map(c => (c.key, c.n))
clicks | map(c => format("{} {} {}", batchTime(), c.n, c.at)) | sink append("lines.txt")
pairs | reduceByKeyAndWindow(_ + _, 30s, 20s, name: "sums") | sink append("sums.txt")
pairs | updateStateByKey((ns, s: int?) => some((s ?? 0) + ns.size()), name: "counts") | sink files("made/counts")
source queue([[1], [2], [3]]) | map(_ * 10) | union(clicks | map(_.n)) | count() | sink append("both.txt")
END
clean() { rm -rf ck made ./*.txt; }
made() { for f in ./*.txt made/counts* made/bad/*; do echo "== $f"; cat "$f"; done; }

expect 0 "$DSC" run job.ds
made >expected
[[ $(wc -l <expected) -gt 400 ]] || fail "only $(wc -l <expected) lines"
[[ -n $(ls made/bad) ]] || fail "nothing is late or wrong"
clean
for ((i = 0; i < 200; i++)); do
    small=(--step 300 --morsel 64)
    ((i % 3)) || small=()
    expect 0 "$DSC" run --checkpoint ck --batches 1 --threads $((1 + i % 2 * 2)) "${small[@]}" job.ds
    ! grep -q 'nothing is left to do' err || break
done
[[ $i -gt 20 && $i -lt 200 ]] || fail "$i batches"
made | diff expected - >diff || fail "in parts: $(head -n 20 diff)"

# Killed at places that are spread over the run; batches of the log run again.
clean
mv job.ds often.ds
sed '1s/.*/checkpoint "ck" every 1h/' often.ds >job.ds
DSC_CRASH_AT=0 "$DSC" run job.ds >/dev/null 2>err
places=$(sed -n 's/^dsc: \([0-9]*\) places to crash at$/\1/p' err)
[[ $places -gt 100 ]] || fail "only $places places: $(cat err)"
made | diff expected - >diff || fail "with a checkpoint: $(head -n 20 diff)"
tried=0
exec 8>&2 2>killed.log            # bash tells of each
for ((n = 1 + RANDOM % (places / 24); n <= places; n += places / 24)); do
    clean
    DSC_CRASH_AT=$n "$DSC" run --threads 1 --step 500 job.ds >/dev/null 2>&1
    [[ $? -eq 137 ]] || fail "not killed at place $n"
    ((n % 3)) || DSC_CRASH_AT=$((n % 20 + 1)) "$DSC" run --threads 1 job.ds >/dev/null 2>&1
    expect 0 "$DSC" run --threads $((1 + n % 2 * 2)) job.ds
    made | diff expected - >diff || fail "killed at place $n of $places: $(head -n 20 diff)"
    tried=$((tried + 1))
done

# From a pipe: batches that count are in the log, what was read ahead of them is lost with the pipe.
cat >piped.ds <<'END'
batch 10s
checkpoint "ck" every 1h
source stdin(at: time("2024-01-01T10:00:00Z") + 1s * _.length) | map(s => format("{} {}", batchTime(), s.length)) | sink append("lines.txt")
END
clean
seq 1 60 | awk '{ s = ""; for (i = 0; i < $1; i++) s = s "x"; print s }' >xs
"$DSC" run piped.ds < <(cat xs) >/dev/null 2>err || fail "$(cat err)"
cp lines.txt whole
for n in 20 35 50; do
    clean
    DSC_CRASH_AT=$n "$DSC" run piped.ds < <(cat xs) >/dev/null 2>&1
    before=$(cat lines.txt 2>/dev/null | wc -c)
    "$DSC" run piped.ds < <(tail -n 5 xs) >/dev/null 2>err || fail "piped, place $n: $(cat err)"
    cmp -n "$before" lines.txt whole || fail "piped, place $n"
    tail -n 5 lines.txt | diff <(tail -n 5 whole) - >diff || fail "piped, place $n: what came after it: $(cat diff)"
done
exec 2>&8

# What is kept of it runs again to the same bytes.
clean
sed '1s/.*/checkpoint "ck" every 1h keep 7d/' often.ds >kept.ds
expect 0 "$DSC" run --batches 9 --step 300 kept.ds
expect 0 "$DSC" run kept.ds
expect 0 "$DSC" replay ck --to again
[[ $(ls again/*append* | wc -l) -eq 3 ]] || fail "$(ls again)"
cat again/*append* | sort | diff <(sort ./*.txt) - >diff || fail "replayed: $(head -n 20 diff)"

# Input that is shorter than what batches have taken.
echo 'source file("times", at: parseTime(_)!) | sink append("times.txt")' >short.ds
printf '2024-01-01T00:00:0%dZ\n' 1 2 3 4 5 6 >times
clean
expect 0 "$DSC" run --checkpoint ck --batches 3 short.ds
cp times before
head -n 2 before >times
expect 1 "$DSC" run --checkpoint ck short.ds
says err 'file: its input is shorter than what has been read of it'
cp before times
expect 0 "$DSC" run --checkpoint ck short.ds
same before times.txt

# Empty batches over a gap are counted through the end of the process.
cat >gap.ds <<'END'
batch 1s
let times = source file("times", at: parseTime(_)!)
times | countByWindow(1h, 1h) | map(n => (batchTime(), n)) | sink append("counts.txt")
times | map(s => (batchTime(), s)) | sink append("times.txt")
END
printf '%s\n' 2024-01-01T10:00:00Z 2024-01-01T10:00:01Z 2024-01-01T14:00:00Z 2033-03-03T03:03:03Z >times
clean
expect 0 "$DSC" run gap.ds
made >expected
clean
for i in 1 2 3 4 5 6 7; do expect 0 "$DSC" run --checkpoint ck --durability none --batches 4000 gap.ds; done
says err 'nothing is left to do'
made | diff expected - >diff || fail "over a gap: $(cat diff)"
echo "$i parts, $tried places"
exit 0
