#!/bin/bash
# When more comes than batches take: `drop` drops and counts it, `spill` keeps it on the disk and loses nothing, also not
# when the process is killed, `block` and a full disk hold back who sends. Bounds are those of maxRate, so no clock decides.
. "$TOP/tests/cli_lib.sh"

# 600 records of 10 KB: six times what `buffer` holds.
awk 'BEGIN { for (i = 1; i <= 10000; i++) s = s "x"; for (i = 1; i <= 600; i++) printf "%03d %s\n", i, s }' >in
cut -c1-3 in >numbers
# fed STATUS COMMAND ..: as `expect`, with `in` from a pipe.
fed() {
    local want=$1 status
    shift
    cat in | timeout "$LIMIT" "$@" >out 2>err
    status=${PIPESTATUS[1]}
    [[ $status -eq $want ]] || fail "exit status $status, not $want: $*"
}
job() { echo "batch 20ms; source stdin(live: true, maxRate: $1, buffer: 1048576$2) | map(_.split(\" \")[0]) | sink $3"; }

fed 0 "$DSC" run --metrics metrics -e "$(job 50 ', overflow: drop' 'stdout()')"
kept=$(wc -l <out)
[[ $kept -ge 100 && $kept -lt 600 ]] || fail "$kept were kept"
says err 'stdin: more comes than batches take: '
says err "stdin: $((600 - kept)) records dropped in all"
[[ $(awk -F'"dropped": ' '{ n += $2 + 0 } END { print n }' metrics) -eq $((600 - kept)) ]] || fail "$(cat metrics)"
head -n 100 numbers | cmp -s - <(head -n 100 out) || fail 'what comes first stays'

for more in ', overflow: spill' ', overflow: spill, spillMax: 1048576' ''; do
    fed 0 "$DSC" run -e "$(job 250 "$more" 'stdout()')"
    same numbers out
    case $more in
    *Max*) says err 'more waits than `spillMax`, so who sends is held back' ;;
    *spill) says err 'stdin: more comes than batches take: what waits is written to the disk' ;;
    *) ! grep -q 'more comes\|held back' err || fail 'it blocks, and says so' ;;
    esac
done

# Nowhere to spill to.
TMPDIR=/nowhere fed 0 "$DSC" run -e "$(job 250 ', overflow: spill' 'stdout()')"
same numbers out
says err 'what waits cannot be written to the disk, so who sends is held back: No such file or directory'

# Killed with a spilled rest: what a batch took is there once, then what was on the disk, in order.
for at in 60 130; do
    rm -rf ck sums
    cat in | DSC_CRASH_AT=$at "$DSC" run --checkpoint ck -e "$(job 300 ', overflow: spill' 'append("sums")')" >/dev/null 2>err
    before=$(wc -l <sums)
    ls ck/spill-* >/dev/null || fail 'nothing was spilled'
    expect 0 "$DSC" run --checkpoint ck -e "$(job 300 ', overflow: spill' 'append("sums")')"
    awk '$1 <= last { exit 1 } { last = $1 }' sums || fail "$(tr '\n' ' ' <sums)"
    [[ $(wc -l <sums) -ge $((before + 200)) ]] || fail "$before, then $(wc -l <sums)"
    head -n "$before" numbers | cmp -s - <(head -n "$before" sums) || fail 'what had been taken has changed'
    expect 0 "$DSC" run --checkpoint ck --fresh -e "$(job 300 ', overflow: spill' 'append("sums")')"
    ! ls ck/spill-* >/dev/null 2>&1 || fail '--fresh left what was spilled'
done

# The count goes on with the job.
rm -rf ck sums
fed 0 "$DSC" run --checkpoint ck --batches 90 -e "$(job 50 ', overflow: drop' 'append("sums")')"
kept=$(wc -l <sums)
dropped=$(sed -n 's/dsc: stdin: \([0-9]*\) records dropped in all/\1/p' err)
[[ $dropped -gt 0 ]] || fail 'nothing was dropped'
fed 0 "$DSC" run --checkpoint ck -e "$(job 1000 ', overflow: drop' 'append("sums")')"
says err "stdin: $((dropped + 600 - $(wc -l <sums) + kept)) records dropped in all"

expect 1 "$DSC" run -e 'source stdin(overflow: drop) | sink stdout()'
says err '`overflow` is for input that is cut by the clock, so that it cannot wait: give `live: true`, too'
exit 0
