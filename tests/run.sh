#!/bin/bash
# run.sh: runs tests and writes their results to build/results/all (see lib.sh).
#
#   tests/run.sh                     all of them, two at a time or as many as there are processors
#   tests/run.sh lang errors/typo    a kind, or one
#   tests/run.sh --bless emit/count  rewrites its expectation from what comes out now
#
# DSC_VARIANT=asan: with that build. The format of each kind is told in docs/testing.md.
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/lib.sh
. tests/lib.sh

BLESS=
[[ ${1:-} = --bless ]] && { BLESS=1; shift; }
export BLESS

# list KIND ENDING: a file with the words "plain build only" is left out of sanitizers' runs.
list() {
    local f
    for f in $(printf '%s\n' tests/"$1"/*."$2" | sort); do
        [[ -e $f ]] || continue
        [[ -n $VARIANT ]] && grep -q 'plain build only' "$f" && continue
        f=${f#tests/}
        echo "${f%."$2"}"
    done
}

# all: the slow ones first, so that no processor waits at the end.
all() {
    [[ -z $VARIANT ]] && printf 'fuzz/%s\n' random-{1,2,3,4} program decode compare-{json,csv}
    list cli sh
    for f in tests/unit/test_*.c; do
        f=$(basename "$f" .c)
        [[ -x $B/unit/$f ]] && echo "unit/$f"
    done
    echo reference
    echo cookbook
    echo docs/README.md
    for f in docs/*.md; do echo "docs/$f"; done
    [[ -z $VARIANT ]] && echo lint
    list emit test
    list errors test
    list lang test
    list conformance test
    if [[ -x $B/tables ]]; then
        "$B/tables" examples >"$B/examples.txt"
        seq -f 'example/%g' "$(wc -l <"$B/examples.txt")"
    fi
}

mkdir -p "$RESULTS"
if [[ ! -x $DSC ]]; then
    failed build "there is no $DSC"
    exit 1
fi
names=$(all)
if [[ $# -gt 0 ]]; then
    wanted=
    for w in "$@"; do
        found=$(printf '%s\n' "$names" | grep -x -e "$w" -e "$w/.*" || true)
        [[ -n $found ]] || { echo "there is no test $w" >&2; exit 2; }
        wanted+=$found$'\n'
    done
    names=$wanted
fi
[[ -z $BLESS ]] || rm -f "$RESULTS/all"
if [[ $# -eq 0 && -n $(list unit c) && $names != *unit/* ]]; then
    skipped unit 'cmocka is not installed'
fi
echo "${VARIANT:-tests}: $(printf '%s\n' $names | wc -l) to run"
# shellcheck disable=SC2086
printf '%s\n' $names | xargs -P "$(nproc 2>/dev/null || echo 2)" -n 3 tests/one.sh
