# upgrade.sh: a program is changed while its state stays: `dsc upgrade` says what becomes of each part, converts it
# whole or not at all, and what runs on from there gives what the changed program is to give.
. "$TOP/tests/cli_lib.sh"

# begin PROGRAM: run of it two batches. goes_on PROGRAM: the rest of a changed one.
begin() { rm -rf ck ./*.txt; expect 0 "$DSC" run --checkpoint ck --batches 2 "$1"; }
goes_on() { expect 0 "$DSC" run --checkpoint ck "$1"; }
upgrade() { expect "$1" "$DSC" upgrade ck "${@:2}"; }
# report LINE ..: just that was said of the parts.
report() { printf '%s\n' "$@" >expected; same expected out; }
pairs='let pairs = source queue([[("a", 1), ("b", 2)], [("a", 3)], [("c", 4), ("a", 5)], [("b", 6)]])'

# ---- records in states: other types, another order, new fields, fields that are gone
cat >old.ds <<END
type Seen = { n: int, last: [int], name: string }
fn seen(vs: [int], s: Seen?): Seen? = {
  let old = s ?? { n: 0, last: ([] : [int]), name: "-" }
  some({ n: old.n + vs.sum(), last: vs, name: old.name })
}
$pairs
pairs | updateStateByKey(seen, name: "users") | sink append("users.txt")
END
cat >new.ds <<END
type Seen = { name: string?, n: float, at: time?, last: [float], tags: [string], age: int }
fn seen(vs: [int], s: Seen?): Seen? = {
  let old = s ?? { name: none, n: 0.0, at: none, last: ([] : [float]), tags: ([] : [string]), age: 1 }
  some({ name: old.name, n: old.n + float(vs.sum()), at: old.at, last: old.last + vs.map(v => float(v)), tags: old.tags, age: old.age })
}
$pairs
pairs | updateStateByKey(seen, name: "users") | sink append("users.txt")
END
begin old.ds
find ck -type f ! -name lock -exec md5sum {} + | sort >before
expect 1 "$DSC" run --checkpoint ck new.ds
says err '`dsc upgrade ck new.ds` says what can be converted'
says err '  kept     pairs  queue'
says err '  changed  users  updateStateByKey'
upgrade 1 new.ds
says out 'lost       users  updateStateByKey: `tags: [string]` is new, and has no value where it was not: --default users.tags=VALUE gives one'
says out '`age: int` is new, and has no value where it was not: --default users.age=VALUE gives one'
says err 'has not been changed'
upgrade 1 new.ds --default users.age=old --default 'users.tags=["x"]'
says out '`age: int` cannot be old'
upgrade 0 new.ds --default users.age=7 --default 'users.tags=["x", "y"]' --dry-run
find ck -type f ! -name lock -exec md5sum {} + | sort | diff before - >diff || fail "a folder that is not to be changed has changed"
upgrade 0 new.ds --default users.age=7 --default 'users.tags=["x", "y"]'
report 'kept       pairs  queue' \
    'converted  users  updateStateByKey: `name`: string is now string?; `n`: int is now float; `at: time?` is new: none; `last`: int is now float; `tags: [string]` is new: ["x", "y"]; `age: int` is new: 7; its fields have another order' \
    'kept       pairs.append  append'
upgrade 0 new.ds
says err 'is right for the program as it is'
cp users.txt before.txt
goes_on new.ds
tail -n +$(($(wc -l <before.txt) + 1)) users.txt >rest.txt
cat >expected <<'END'
(a,{name: some(-), n: 9.0, at: none, last: [3.0, 5.0], tags: [x, y], age: 7})
(b,{name: some(-), n: 2.0, at: none, last: [], tags: [x, y], age: 7})
(c,{name: none, n: 4.0, at: none, last: [4.0], tags: [], age: 1})
(a,{name: some(-), n: 9.0, at: none, last: [3.0, 5.0], tags: [x, y], age: 7})
(b,{name: some(-), n: 8.0, at: none, last: [6.0], tags: [x, y], age: 7})
(c,{name: none, n: 4.0, at: none, last: [4.0], tags: [], age: 1})
END
same expected rest.txt
# And back: what a field held is lost, and only when that is said.
begin new.ds
sed 's/, at: time?//; s/, at: none//; s/, at: old.at//' new.ds >less.ds
upgrade 1 less.ds
says out '`at: time?` is gone: --drop users.at lets it go'
upgrade 0 less.ds --drop users.at
says out 'converted  users  updateStateByKey: `at: time?` is dropped'
goes_on less.ds
# An int that is no float is not made one.
sed 's/("b", 2)/("b", 9007199254740993)/' old.ds >large.ds
begin large.ds
upgrade 1 new.ds --default users.age=7 --default 'users.tags=[]'
says out 'it holds the int 9007199254740993, which is no float'

# ---- windows: other types and lengths. Each is what the changed program gives when it has run from the beginning
cat >old.ds <<END
$pairs
pairs | reduceByKeyAndWindow(_ + _, 3s, name: "sums") | sink append("sums.txt")
pairs | reduceByKeyAndWindow(max(_, _), 3s, name: "tops") | sink append("tops.txt")
pairs | groupByKeyAndWindow(3s, name: "lists") | sink append("lists.txt")
pairs | window(3s, name: "raw") | reduce((a, b) => (a.0 + b.0, a.1 + b.1)) | sink append("raw.txt")
pairs | map((k, v) => v) | reduceByWindow((a, b) => a * 2 + b, 2s, name: "odd") | sink append("odd.txt")
pairs | countByWindow(3s) | sink append("counts.txt")
pairs | map((k, v) => (k, -v)) | reduceByKeyAndWindow(_ + _, 3s, name: "debts") | sink append("debts.txt")
END
# as_if PROGRAM: the lines since the upgrade are the last ones of a run of it from the beginning.
as_if() {
    local f n
    rm -rf whole
    mkdir whole
    (cd whole && expect 0 "$DSC" run "../$1") || exit 1
    for f in *.txt; do
        n=$(tail -n +$(($(wc -l <"saved/$f") + 1)) "$f" | tee rest | wc -l)
        [[ $n -gt 0 ]] || fail "$f: nothing since the upgrade"
        tail -n "$n" "whole/$f" | cmp -s rest - || fail "$f: $(tail -n "$n" "whole/$f" | diff rest -)"
    done
}
through() {
    begin old.ds
    rm -rf saved
    mkdir saved
    cp ./*.txt saved
    upgrade 0 "$@"
    cp out said
    goes_on "$1"
    as_if "$1"
}
sed 's/^pairs |/pairs | map((k, v) => (k, float(v))) |/; s/a \* 2 + b/a * 2.0 + b/' old.ds >floats.ds
through floats.ds
says said 'converted  sums  reduceByKeyAndWindow: int is now float'
says said 'converted  tops  reduceByKeyAndWindow: int is now float'
says said 'converted  lists  reduceByKeyAndWindow: int is now float'
says said 'converted  raw  window: int is now float'
says said 'converted  odd  reduceByWindow: int is now float'
says said 'kept       pairs.countByWindow'
sed '/max(/!s/3s/2s/' old.ds >shorter.ds
through shorter.ds
says said 'converted  sums  reduceByKeyAndWindow: its window of 3s every 1s is now 2s every 1s'
sed '/max(/!s/3s/4s, 2s/' old.ds >slides.ds
through slides.ds
says said 'its window of 3s every 1s is now 4s every 2s, and what is older than it was is missing from its first results'
# Two batches are all there were, so that nothing is missing.
sed '/max(/!s/3s/6s/' old.ds >longer.ds
through longer.ds
sed 's/max(_, _), 3s/max(_, _), 2s/' old.ds >tops.ds
begin old.ds
upgrade 1 tops.ds
says out 'lost       tops  reduceByKeyAndWindow: its window of 3s every 1s is now 2s every 1s, for which what it holds cannot be told apart'
sed 's/max(_, _)/_ + _/' old.ds >tops.ds
upgrade 1 tops.ds
says out 'lost       tops  reduceByKeyAndWindow: what it combines by is undone in another way'
upgrade 0 tops.ds --drop tops
says out 'dropped    tops  reduceByKeyAndWindow'
says out 'new        tops  reduceByKeyAndWindow'
goes_on tops.ds

# ---- operators, sources and sinks that are new, gone, called otherwise
cat >old.ds <<'END'
let a = source queue([[1], [2], [3]])
let b = source queue([[10], [20], [30]])
a | map((1, _)) | updateStateByKey((vs, s: int?) => some((s ?? 0) + vs.sum()), name: "sums") | sink append("a.txt", name: "first")
b | reduceByWindow(_ + _, 2s, name: "tens") | sink append("b.txt")
a | sink print()
END
begin old.ds
cat >new.ds <<'END'
let a = source queue([[1], [2], [3]])
a
  | map((1, _))
  | mapWithState((k, v, s: int?) => { let sum = (s ?? 0) + v; (some((k, sum)), some(sum)) }, name: "all")
  | sink append("a.txt", name: "only")
a | count() | sink append("counts.txt")
END
sed 's/mapWithState.*name: "all")/updateStateByKey((vs, s: int?) => some((s ?? 0) + vs.sum()), name: "all")/' new.ds >renamed.ds
upgrade 1 renamed.ds
report 'kept       a  queue' \
    'lost       b  queue: the program has no such source' \
    'lost       sums  updateStateByKey: the program has no such operator' \
    'lost       tens  reduceByWindow: the program has no such operator' \
    'lost       first  append: the program has no such sink' \
    'lost       b.append  append: the program has no such sink' \
    'new        all  updateStateByKey' 'new        only  append' 'new        a.append  append'
upgrade 1 renamed.ds --format json
says out '{"change":"lost","of":"sink","name":"b.append","operator":"append","how":"the program has no such sink"}'
says out '{"change":"kept","of":"source","name":"a","operator":"queue","how":""}'
drops=(--drop b --drop tens --drop b.append)
upgrade 1 renamed.ds "${drops[@]}" --rename sums=all
says err 'has not been changed'
upgrade 1 renamed.ds "${drops[@]}" --rename sums=all --rename first=only --drop nothing
says err '--drop nothing: nothing there has that name, or needs it'
upgrade 1 renamed.ds "${drops[@]}" --rename sums=all --rename first=only --default all.x=1
says err '--default all.x=1: nothing there'
upgrade 1 new.ds "${drops[@]}" --rename sums=all --rename first=only
says out 'lost       all  updateStateByKey: it is an operator of another kind'
upgrade 0 renamed.ds "${drops[@]}" --rename sums=all --rename first=only
says out 'kept       all  updateStateByKey: it was called `sums`'
says out 'kept       only  append: it was called `first`'
says out 'dropped    b  queue'
goes_on renamed.ds
printf '(1,%d)\n' 1 3 6 | diff - a.txt >diff || fail "$(cat diff)"
[[ $(cat counts.txt) = 1 ]] || fail "the new sink has $(cat counts.txt)"

# A timeout that is new counts from the last batch on.
cat >old.ds <<'END'
source queue([[("a", 1), ("b", 2)], [("a", 3)], [("c", 4)], [("c", 5)], [("c", 6)]])
  | mapWithState((k, v, s: int?) => (some((k, (s ?? 0) + v)), some((s ?? 0) + v)), name: "sums")
  | sink append("sums.txt")
END
sed 's/, name: "sums"/, timeout: 1s, onTimeout: (k, s) => some((k, -s)), name: "sums"/' old.ds >new.ds
begin old.ds
upgrade 0 new.ds
says out 'converted  sums  mapWithState: `timeout` is new, and counts from the last batch on'
goes_on new.ds
printf '(%s)\n' a,1 b,2 a,4 c,4 c,9 a,-4 b,-2 c,15 >expected
same expected sums.txt
begin new.ds
upgrade 0 old.ds
says out '`timeout` is gone'
goes_on old.ds
printf '(%s)\n' a,1 b,2 a,4 c,4 c,9 c,15 >expected
same expected sums.txt

# Several folders of dead letters, tables of which snapshots hold only what changed, keys that are converted.
keys() {
    printf '%s\n' 'checkpoint "ck" every 1us' 'on error deadLetter("bad")' \
        'let ids = source rate(1000, count: 400, name: "numbers") | map((n, at) => n / (1 - n % 401 / 400))' \
        "ids | map(n => ({ $1 }, $2)) | updateStateByKey((ns, s: $3?) => some((s ?? $4) + ns.sum()), name: \"places\") | sink discard()" \
        'source queue([["1"], ["x"], []], onError: deadLetter("worse")) | map(parseInt(_)!) | sink append("queue.txt")' \
        "ids | map(n => ($5, 1)) | reduceByKeyAndWindow(_ + _, 1h, name: \"counts\") | sink discard()"
}
keys 'x: n' n int 0 'n % 7' >old.ds
keys 'x: some(n), area: "none"' 'float(n)' float 0.0 'some(n % 7)' >new.ds
rm -rf ck bad worse ./*.txt
expect 0 "$DSC" run --clock virtual --batch 10ms --batches 30 old.ds
upgrade 0 new.ds --batch 10ms --default places.key.area=none
report 'kept       numbers  rate' \
    'kept       queue  queue' \
    'converted  places  updateStateByKey: `key.x`: int is now int?; `key.area: string` is new: none; int is now float' \
    'converted  counts  reduceByKeyAndWindow: `key`: int is now int?' \
    'kept       queue.append  append' \
    'kept       deadLetter.bad  files' \
    'kept       deadLetter.worse  files'
expect 0 "$DSC" state export ck places
[[ $(wc -l <out) -eq 300 ]] || fail "$(wc -l <out) keys"
sed -n 300p out | grep -qx '{"key":{"x":300,"area":"none"},"value":300.0}' || fail "the last key: $(sed -n 300p out)"
expect 0 "$DSC" run --clock virtual --batch 10ms new.ds
expect 0 "$DSC" state export ck places
[[ $(wc -l <out) -eq 399 ]] || fail "$(wc -l <out) keys at the end"
says out '{"key":{"x":399,"area":"none"},"value":399.0}'
[[ $(cat bad/* worse/* | wc -l) -eq 2 ]] || fail "dead letters: $(ls bad worse)"

# Event time: windows of another size are no longer silently taken for the old ones; another eventTime before them changes nothing.
cat >old.ds <<'END'
batch 1s
let t = time("2024-01-01T00:00:00Z")
let a = source queue([[1], [2], [7], [12], [30]]) | eventTime(n => t + 1s * n)
a | map(n => ("k", n)) | tumbling(5s, name: "fives") | reduceByKey(_ + _) | sink append("fives.txt")
END
sed 's/tumbling(5s/tumbling(10s/' old.ds >sizes.ds
begin old.ds
expect 1 "$DSC" run --checkpoint ck sizes.ds
says err '  changed  fives'
upgrade 1 sizes.ds
says out 'its window of 5s every 5s is now 10s every 10s, for which what it holds cannot be told apart'
sed 's/^let a/let b = source queue([[1], [2]]) | eventTime(n => t + 1s * n)\nb | map(n => ("k", n)) | tumbling(5s, name: "others") | groupByKey() | sink append("others.txt")\n&/' old.ds >two.ds
expect 0 "$DSC" run old.ds
cp fives.txt whole.fives
begin old.ds
upgrade 0 two.ds
says out 'kept       fives'
goes_on two.ds
same whole.fives fives.txt

# Where batches come from another place their positions say nothing; a source that is dropped begins anew.
printf '2024-01-01T00:00:0%dZ\n' 1 2 3 4 5 >times
echo 'source file("times", at: parseTime(_)!) | sink append("times.txt")' >old.ds
begin old.ds
echo 'source file("times", perBatch: 1) | sink append("times.txt")' >new.ds
upgrade 1 new.ds
says out 'lost       file  file: it is cut into batches in another way'
upgrade 0 new.ds --drop file
says out 'dropped    file  file'
says out 'new        file  file'
goes_on new.ds
[[ $(wc -l <times.txt) -eq 7 ]] || fail "$(cat times.txt)"

# ---- what is refused
upgrade 2
upgrade 2 old.ds --drop
upgrade 2 old.ds --default users
upgrade 2 old.ds --format xml
expect 1 "$DSC" upgrade nowhere old.ds
says err 'nowhere is no folder of a checkpoint'
mkdir -p empty
expect 1 "$DSC" upgrade empty old.ds
says err 'empty is no folder of a checkpoint'
[[ -z $(ls empty) ]] || fail "something was written to a folder that is none of ours"
begin old.ds
upgrade 1 old.ds --batch 2s
says err 'was made with batches of 1000 ms'

# Batches of the log are the old program's, whose process was killed.
cat >log.ds <<END
checkpoint "ck" every 1h
$pairs
pairs | reduceByKeyAndWindow(_ + _, 3s, name: "sums") | sink append("sums.txt")
END
sed 's/3s/2s/' log.ds >new.ds
rm -rf ck ./*.txt
DSC_CRASH_AT=0 "$DSC" run --batches 2 log.ds >/dev/null 2>err
places=$(sed -n 's/^dsc: \([0-9]*\) places to crash at$/\1/p' err)
rm -rf ck ./*.txt
DSC_CRASH_AT=$((places - 12)) "$DSC" run --batches 2 log.ds >/dev/null 2>&1
upgrade 1 new.ds
says err 'are not in the newest snapshot, and only the program that ran them can run them again: start that once with --batches 0'
expect 0 "$DSC" run --batches 0 log.ds
upgrade 0 new.ds
says out 'converted  sums'
goes_on new.ds

# Batches that are kept run again by the program that ran them, before and after.
sed 's/every 1h/every 1h keep 7d/' log.ds >kept.ds
sed 's/3s/2s/' kept.ds >after.ds
rm -rf ck ./*.txt
expect 0 "$DSC" run --batches 2 kept.ds
upgrade 0 after.ds
expect 0 "$DSC" run after.ds
expect 0 "$DSC" replay ck --to replayed
cmp sums.txt replayed/* || fail "$(diff sums.txt replayed/*)"

# While a job uses the folder.
mkfifo gate
echo 'source stdin(live: true) | sink append("lines.txt")' >live.ds
"$DSC" run --checkpoint live live.ds <gate >/dev/null 2>first.err &
first=$!
exec 9>gate
wait_for grep -q . live/lock
wait_for ls live/snapshot-00000000000000000000
expect 1 "$DSC" upgrade live live.ds
says err 'is in use by process'
exec 9>&-
wait $first || fail "the first process failed: $(cat first.err)"

# A snapshot that is damaged: what the one before says can be converted only where no batch of the log lies behind it.
begin log.ds
newest=$(ls ck/snapshot-* | tail -n 1)
printf 'x' | dd of="$newest" bs=1 seek=40 conv=notrunc 2>/dev/null
upgrade 1 new.ds
says err 'is damaged; an older one'
says err 'only the program that ran them'
for f in ck/snapshot-*; do printf 'x' | dd of="$f" bs=1 seek=40 conv=notrunc 2>/dev/null; done
upgrade 1 new.ds
says err 'no snapshot in ck is whole'

# Killed at any place, or with any call gone wrong (tests/crash), the folder is that of the old program or of the new one, and
# goes on.
begin log.ds
rm -rf kept
mkdir kept
cp -r ck sums.txt kept
upgrade 0 new.ds
goes_on new.ds
cp sums.txt expected
put_back() { rm -rf ck sums.txt side; mkdir side; cp -r kept/* .; }
old=0 changed=0
whole() {
    upgrade 0 new.ds --dry-run
    if grep -q converted out; then
        old=$((old + 1))
        cp -r ck again
        expect 0 "$DSC" run --batches 1 log.ds
        put_back
        rm -rf ck
        mv again ck
        upgrade 0 new.ds
    else
        changed=$((changed + 1))
    fi
    goes_on new.ds
    same expected sums.txt
}
exec 8>&2 2>killed.log            # bash tells of each
for n in 1 2 3 4 5 6 7 8 9; do
    put_back
    DSC_CRASH_AT=$n "$DSC" upgrade ck new.ds >/dev/null 2>&1
    [[ $? -eq 137 ]] || break
    whole
done
[[ $old -gt 1 && $changed -gt 0 ]] || fail "$old times the old one, $changed times the new one"
fault=$B/crash/fault.so
if [[ -z $VARIANT && -f $fault ]]; then
    put_back
    LD_PRELOAD=$fault DSC_FAULT_SIDE=$PWD/side DSC_FAULT_COUNT=$PWD/counts "$DSC" upgrade ck new.ds >/dev/null 2>&1 || fail "counting"
    grep -Ev '^(open|alloc) ' counts >wrong
    [[ $(wc -l <wrong) -ge 8 ]] || fail "$(cat counts)"
    while read -r kind places; do
        for ((n = 1; n <= places; n++)); do
            put_back
            LD_PRELOAD=$fault DSC_FAULT=$kind:$n:$n DSC_FAULT_SIDE=$PWD/side "$DSC" upgrade ck new.ds >/dev/null 2>&1
            whole
        done
    done <wrong
fi
exec 2>&8
echo "$old times the old one, $changed times the new one"

# Functions in C: the program is compiled by cc, and asked in the same way.
if command -v cc >/dev/null; then
    cat >twice.c <<'END'
#include "dsc_abi.h"
int64_t twice(dsc_task *task, int64_t n)
{
    (void)task;
    return n * 2;
}
END
    { echo 'extern fn twice(n: int): int = "twice.c"'; sed 's/^pairs |/pairs | map((k, v) => (k, twice(v))) |/' new.ds; } >extern.ds
    begin log.ds
    upgrade 0 extern.ds
    says out 'converted  sums  reduceByKeyAndWindow: its window of 3s every 1s is now 2s every 1s'
    goes_on extern.ds
fi
exit 0
