# replay.sh: batches that a checkpoint keeps run again to the same bytes, and touch no sink.
. "$TOP/tests/cli_lib.sh"

run() { expect "$1" "$DSC" run "${@:2}"; }
replay() { expect "$1" "$DSC" replay "${@:2}"; }

# All kinds of state, input from a file, in three processes, the last with another param.
cat >words.ds <<'END'
param most: int = 5
checkpoint "ck" every 1h keep 7d
let words = source file("in.txt", perBatch: 3) | flatMap(_.words()) | filter(_.length() < most)
words
  | map((_, 1))
  | updateStateByKey((ns, sum) => some((sum ?? 0) + ns.sum()), name: "counts")
  | sink append("counts.txt", name: "counts.txt")
words
  | map((_, 1))
  | reduceByKeyAndWindow(_ + _, 3s, 2s)
  | sink append("windows.txt", name: "windows.txt") as json
END
for i in $(seq 40); do echo "a b c$((i % 4)) dd$i"; done >in.txt
run 0 words.ds --batches 3
run 0 words.ds --batches 4
run 0 words.ds --most 4
mkdir real
mv counts.txt windows.txt real
find ck -type f -exec md5sum {} + | sort >before

# The whole, to files: what the sinks got. Nothing else changes, and the input is in the log.
mv in.txt gone.txt
replay 0 ck --to again
silent err
same real/counts.txt again/counts.txt
same real/windows.txt again/windows.txt
[[ ! -e counts.txt && ! -e windows.txt ]] || fail "a replay wrote to a sink"
find ck -type f -exec md5sum {} + | sort | diff before - >out || fail "a replay changed the folder"
replay 1 ck --to again
says err 'cannot make again/counts.txt: File exists'

# Any part of it is the same as in the whole, on any number of threads. @N, times, and times by RFC 3339.
cat again/counts.txt >whole.txt
: >parts.txt
for n in $(seq 14); do
    replay 0 ck --from @$n --until $((n * 1000)) --to part$n --threads $((n % 3 + 1))
    [[ ! -e part$n/counts.txt ]] || cat part$n/counts.txt >>parts.txt
done
same whole.txt parts.txt
replay 0 ck --from 1970-01-01T00:00:02Z --until 1970-01-01T00:00:02Z
says out "Time: 2000 ms  counts.txt"
says out "Time: 2000 ms  windows.txt"

# Spans that there are not.
replay 1 ck --from 100000
says err "ck keeps the batches from 1000 ms until 14000 ms, and none of 100000 or what follows at once"
replay 1 ck --from 3000 --until 2000
says err "--from 3000 lies behind --until 2000"
replay 0 ck --from 1500 --until 1600
says err "no batch lies in this span"
silent out
replay 1 ck --from soon
says err "--from takes the time of a batch"
mkdir nothing
replay 1 nothing
says err "nothing is no folder of a checkpoint"
replay 2 ck --diff
says err "--diff needs a program to compare with"

# Another program: where it comes to the same, where not, and what begins empty.
replay 0 ck --with words.ds --diff --until 7000
silent out
sed 's/map((_, 1))/map((_, 2))/' words.ds >twos.ds
replay 1 ck --with twos.ds --diff --until 1000
says out 'batch 1000 ms, `counts.txt`:'
says out "    - (a,3)"
says out "    + (a,6)"
sed 's/"counts"/"others"/' words.ds >others.ds
replay 1 ck --with others.ds --diff --from 8000 --until 8000
says err '`others` begins empty behind the batch 7000 ms: nothing of that name was kept there, so it has to warm up'
sed 's/^checkpoint/batch 500ms\ncheckpoint/' words.ds >slow.ds
replay 2 ck --with slow.ds --diff
says err "slow.ds has batches of 500 ms, and those of ck have 1000 ms"
replay 0 ck words.ds --until 1000
says out "(a,3)"

# Sinks that would be missed if they were touched; a table that has changed, event time, dead letters, a join.
cat >all.ds <<'END'
batch 1s
checkpoint "all" keep 1h
on error deadLetter("rejects")
type Click = { ad: string, at: time, n: int }
let campaigns = table file("campaigns.csv") as csv((string, string))
let clicks = source file("clicks.csv", perBatch: 2) as csv(Click, header: true) | eventTime(_.at, lateness: 1s)
let named = clicks | map(c => (c.ad, c.n)) | join(campaigns) | map((ad, (n, name)) => (name, n))
named | sink exec("cat >>exec.txt")
named | reduceByKey(_ + _) | map((name, n) => { name, n }) | sink sqlite("clicks.db", table: "clicks")
clicks | map(c => (c.ad, c.n)) | tumbling(5s) | reduceByKey(_ + _) | map(((ad, w), n) => (ad, w.start, n)) | sink append("event.txt", name: "event")
END
printf 'x,one\ny,two\n' >campaigns.csv
echo ad,at,n >clicks.csv
for i in $(seq 0 19); do echo "$([[ $((i % 2)) = 0 ]] && echo x || echo y),2024-01-01T00:00:$(printf %02d $i)Z,$i"; done >>clicks.csv
sed -i '9s/,7$/,seven/' clicks.csv
sqlite=yes
if ! "$DSC" run all.ds >out 2>err; then
    grep -q 'sqlite' err || fail "it did not run"
    sqlite= && sed -i '/sink sqlite/d' all.ds && rm -rf all exec.txt event.txt rejects && run 0 all.ds
fi
cp event.txt event.real
cp exec.txt exec.real
cat rejects/*.jsonl >letters.real
rm -rf event.txt exec.txt rejects clicks.db clicks.csv
printf 'x,other\n' >campaigns.csv
replay 0 all --to all.again
same event.real all.again/event
same letters.real all.again/deadLetter.rejects
same exec.real all.again/*exec*
[[ -z $sqlite ]] || grep -q 'name: one' all.again/*sqlite* || fail "rows are not shown"
[[ ! -e exec.txt && ! -e clicks.db && ! -e rejects && ! -e event.txt ]] || fail "a replay has touched a sink"

# Without keep a file is read where it is, which is said; what is gone is an error.
cat >plain.ds <<'END'
source file("plain.txt", perBatch: 1) | count() | sink append("plain.out")
END
printf 'a\nb\nc\n' >plain.txt
run 0 --checkpoint plain plain.ds
replay 0 plain --to plain.again
says err '`file` is read where it is, and may not be what it was'
same plain.out plain.again/*
rm plain.txt
replay 1 plain
says err 'cannot read plain.txt'

# An executable has no text.
"$DSC" compile words.ds -o words >out 2>err || fail "not compiled"
mv gone.txt in.txt
rm -rf ck counts.txt windows.txt
expect 0 ./words
replay 1 ck
says err 'ck does not have the text of the program that ran there, since that was an executable'
replay 0 ck words.ds --to exe
same counts.txt exe/counts.txt

# Old batches go: what stays is a bounded number of snapshots, and a span before them is an error.
cat >long.ds <<'END'
checkpoint "long" every 1us keep 100s
source rate(1, 400) | map(_.0) | reduceByWindow(_ + _, 5s, name: "sums") | sink append("long.txt")
END
run 0 --clock virtual long.ds
n=$(ls long/snapshot-* | wc -l)
[[ $n -le 36 && $n -ge 3 ]] || fail "$n snapshots"
replay 1 long --from 5000
says err 'long keeps the batches from'
replay 0 long --to long.again
tail -n "$(wc -l <long.again/*)" long.txt | cmp - long.again/* || fail "another end"
[[ $(wc -l <long.again/*) -ge 100 ]] || fail "less is kept than was asked for"

# Input from pipes, each with a header of its own, in two processes; and a program that imports a file which is gone.
echo 'fn twice(n: int): int = n * 2' >lib.ds
cat >piped.ds <<'END'
import "lib.ds"
source stdin() as csv({ n: int, word: string }, header: true) | map(r => (r.word, twice(r.n))) | sink append("piped.txt", name: "out")
END
printf 'word,n\na,1\nb,2\n' | timeout "$LIMIT" "$DSC" run --checkpoint piped --keep 1h piped.ds >out 2>err || fail "not run"
printf 'n,word\n3,c\n' | timeout "$LIMIT" "$DSC" run --fresh --checkpoint piped2 --keep 1h piped.ds >out 2>err || fail "not run"
rm lib.ds piped.ds
replay 0 piped --to piped.again
replay 0 piped2 --to piped2.again
cat piped.again/out piped2.again/out | cmp - piped.txt || fail "input from pipes"

# A job that is using its folder is not disturbed, and what it has done so far can be run again.
cat >live.ds <<'END'
batch 10ms
checkpoint "live" every 50ms keep 2s
source rate(500) | map(_.0) | reduceByWindow(_ + _, 100ms) | sink append("live.txt", name: "out")
END
"$DSC" run live.ds >live.log 2>&1 &
job=$!
has_lines() { [[ -e live.txt && $(wc -l <live.txt) -ge $1 ]]; }
for n in 20 60 120; do
    wait_for has_lines $n
    replay 0 live --to live.again$n
    [[ -s live.again$n/out ]] || fail "nothing came"
    wait_for has_lines $(($(wc -l <live.again$n/out) + 2))
    head -c "$(stat -c %s live.again$n/out)" live.txt | cmp - live.again$n/out || fail "not what the job wrote"
done
kill $job
ended $job 0

# A log that is damaged in the middle: the batches before it are there, and the file is named.
log=$(ls ck/log-* | head -n 1)
at=$(grep -abo 'dsc rec1' "$log" | sed -n 5p | cut -d: -f1)
printf 'xxxx' | dd of="$log" bs=1 seek=$((at + 60)) conv=notrunc 2>/dev/null
replay 1 ck words.ds
says err "$log is damaged at byte $at"
exit 0
