#!/bin/bash
# deltas.sh: states of which little changes are written as deltas on top of a snapshot; what is made of a row of them is what a
# whole snapshot has, and damage of any of them is named.
. "$TOP/tests/cli_lib.sh"

awk 'BEGIN { for (i = 0; i < 20; i++) print "key" i % 7, "new" i, "key" i * 3 }' >in.txt
cat >whole.ds <<'END'
batch 1s

let known = range(0, 2000).map(n => ("key" + string(n), n))

source file("in.txt", perBatch: 1)
  | flatMap(_.words())
  | map((_, 1))
  | mapWithState((k, v, n: int?) => (some((k, n)), if n == some(9) then none else some((n ?? 0) + v)), init: known, name: "seen")
  | sink append("out.txt")
END
{ echo 'checkpoint "ck" every 1us'; cat whole.ds; } >job.ds
{ echo 'checkpoint "ck" every 1h'; cat whole.ds; } >once.ds
run() { expect "$1" "$DSC" run --threads 1 "${@:2}"; }
# go BATCHES: so many, each with a snapshot that is waited for
go() { DSC_CRASH_AT=0 "$DSC" run --threads 1 --batches "$1" job.ds >/dev/null 2>err || fail "$(cat err)"; }
# damage FILE
damage() { printf 'x' | dd of="$1" bs=1 seek=$(($(stat -c %s "$1") - 3)) conv=notrunc 2>/dev/null; }

run 0 once.ds
mv out.txt want.txt
rm -rf ck
run 0 --batches 9 once.ds
"$DSC" state export ck seen >want.json || fail "no state"
rm -rf ck out.txt

go 9
cp out.txt nine.txt
[[ $(ls ck/delta-* | wc -l) -ge 5 ]] || fail "too few deltas: $(ls ck)"
base=$(ls ck/snapshot-* | head -n 1)
for f in ck/delta-*; do
    [[ $(stat -c %s "$f") -lt $(($(stat -c %s "$base") / 4)) ]] || fail "$f is not small"
done
"$DSC" state export ck seen >have.json || fail "no state with deltas"
same want.json have.json
expect 0 "$DSC" state get ck seen new4
[[ $(cat out) = 1 ]] || fail "new4 has $(cat out)"
expect 0 "$DSC" state ls ck
says out "seen  mapWithState  $(wc -l <want.json) keys"
cp -r ck saved

# It goes on where it was, and after deltas there are whole ones again.
run 0 job.ds
same want.txt out.txt
[[ ! -e $base ]] || fail "$base is still there"

# again: as it was after nine batches
again() {
    rm -rf ck out.txt
    cp -r saved ck
    cp nine.txt out.txt
}
# A delta is damaged: the state before it takes over, and what came since runs again.
newest=$(ls saved/delta-* | tail -n 1)
again
damage "ck/$(basename "$newest")"
run 0 job.ds
says err "$(basename "$newest") is damaged; an older one and the log take its place"
same want.txt out.txt
again
middle=$(basename "$(ls saved/delta-* | tail -n 3 | head -n 1)")
rm "ck/$middle"
run 0 job.ds
says err 'is damaged; an older one and the log take its place'
same want.txt out.txt

# What all of them stand on is damaged, or gone.
for how in damage rm; do
    again
    $how "ck/$(basename "$base")"
    find ck -type f ! -name lock -exec md5sum {} + | sort >before
    run 1 job.ds
    says err 'no snapshot in ck is whole'
    find ck -type f ! -name lock -exec md5sum {} + | sort | diff before - || fail "a refused start changed the folder"
done

# A changed program takes over what deltas hold.
again
sed 's/"seen"/"counts"/' job.ds >renamed.ds
expect 0 "$DSC" upgrade ck renamed.ds --rename seen=counts
"$DSC" state export ck counts >have.json || fail "no state after an upgrade"
same want.json have.json
run 0 renamed.ds
same want.txt out.txt
again
sed 's/n: int?/n: float?/; s/some(9)/some(9.0)/; s/(n ?? 0) + v/(n ?? 0.0) + v.float()/; s/string(n), n)/string(n), n.float())/' job.ds >floats.ds
expect 0 "$DSC" upgrade ck floats.ds
says out 'converted'
"$DSC" state export ck seen | sed 's/\.0}/}/' >have.json
same want.json have.json
exit 0
