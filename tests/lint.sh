#!/bin/bash
# lint.sh: rules on the sources that a compiler does not check. Each rule is a test of its own.
#
#   tests/lint.sh             shows what breaks them
#   tests/lint.sh --results   also notes the results for the suite
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/lib.sh
. tests/lib.sh
[[ ${1:-} = --results ]] && note=yes || note=no
status=0

# rule NAME: standard input has a line for each breach.
rule() {
    local found
    found=$(cat)
    if [[ -z $found ]]; then
        [[ $note = no ]] || passed "lint/$1"
    elif [[ $note = yes ]]; then
        failed "lint/$1" "$found"
    else
        printf '%s:\n%s\n' "$1" "$(printf '%s\n' "$found" | sed 's/^/    /')"
        status=1
    fi
}

if git rev-parse --git-dir >/dev/null 2>&1; then
    mapfile -t files < <(git ls-files --cached --others --exclude-standard)
else
    mapfile -t files < <(find . -path ./build -prune -o -type f -print | sed 's|^\./||')
fi
text=() c=() code=() smooth=()
for f in "${files[@]}"; do
    [[ -f $f ]] || continue
    case $f in
    *.c | *.h | *.def | *.l | *.y) c+=("$f") text+=("$f") ;;
    *.sh | *.md | *.ds | *.1 | *.test | Makefile | configure | .ci/run) text+=("$f") ;;
    esac
    case $f in *.[ch]) code+=("$f") ;; esac
    case $f in *.[ch] | *.def | *.[ly] | *.sh | *.ds | Makefile | configure) smooth+=("$f") ;; esac
done
[[ ${#text[@]} -gt 0 ]] || exit 1

# ---- who may include whom ----------------------------------------------------

# includes FILE-PATTERN: lines "file header" for each #include "header" in files that match.
includes() {
    grep -HoE '^# *include "[^"]+"' "${code[@]}" | tr ':"' '  ' | awk -v files="^($1)\$" '$1 ~ files { print $1, $NF }'
}

# A header of the compiler sees only those below it.
level() {
    case $1 in
    base.h) echo 0 ;;
    ast.h | types.h) echo 1 ;;
    diag.h) echo 2 ;;
    plan.h) echo 3 ;;
    opdef.h) echo 4 ;;
    signature.h | check.h) echo 5 ;;
    emit.h | emit_*.h | explain.h) echo 6 ;;
    compile.h) echo 7 ;;
    esac
}
includes 'compiler/[a-z_]+[.]h' | while read -r file header; do
    up=$(level "$header") own=$(level "$(basename "$file")")
    if [[ -n $up && -n $own ]] && ((up >= own)) && [[ $up != "$own" || $own -lt 5 ]]; then
        echo "$file includes $header, which stands above it or beside it"
    fi
done | rule compiler-layers

includes 'compiler/ops/[a-z_]+[.]c' | grep -vE ' (opdef|dsc_abi)\.h$' | rule ops-see-opdef-only

includes 'compiler/[a-z_/]+[.][ch]' | grep -E ' (rt\.h|.*/.*|[a-z_]*table\.h|rt_[a-z]+\.h)$' | grep -vE ' rt_(run|replay)\.h$' |
    rule compiler-sees-the-contracts-of-the-runtime-only

includes 'runtime/[a-z_/]+[.][ch]' | while read -r file header; do
    base=${header##*/}
    [[ ! -e $(dirname "$file")/$header && -e compiler/$base ]] && echo "$file includes $header of the compiler"
done | rule runtime-does-not-see-the-compiler

includes 'runtime/(source|sink)/[a-z_]+[.]c' | while read -r file header; do
    [[ $header = dsc_conn.h || -e $(dirname "$file")/$header ]] || echo "$file includes $header; a connector sees dsc_conn.h"
done | rule connectors-see-dsc_conn-only

includes 'runtime/fn/[a-z_]+[.]c' | while read -r file header; do
    [[ $header = dsc_fn.h || $header = fn_*.def || $header = dsc_regex.h || $header = config.h || -e $(dirname "$file")/$header ]] ||
        echo "$file includes $header; a function sees dsc_fn.h"
done | rule functions-see-dsc_fn-only

includes 'runtime/include/[a-z_]+[.]h' | grep -vE ' (dsc_[a-z]+\.h|fn_[a-z]+\.def)$' | rule contracts-stand-alone

# The generated C must not lean on libc by itself.
grep -nE '^# *include <' runtime/include/dsc_abi.h runtime/include/dsc_fn.h |
    grep -vE '<(stdbool|stddef|stdint)\.h>' | rule contract-without-libc

# ---- form --------------------------------------------------------------------

wc -l "${c[@]}" tests/*.sh | awk '$2 != "total" && $1 > 800 { print $2 ": " $1 " lines" }' | rule at-most-800-lines

grep -nP '\t' "${code[@]}" | head -n 20 | rule no-tabs-in-c

grep -nE '[[:blank:]]+$' "${smooth[@]}" | head -n 20 | rule no-trailing-blanks

for f in "${c[@]}"; do
    [[ $f = *.[ch] && $(head -c 2 "$f") != '/*' ]] && echo "$f does not open with a comment on its purpose"
done | rule opens-with-its-purpose

for f in "${text[@]}"; do
    [[ -s $f && $(tail -c 1 "$f") != '' ]] && echo "$f"
done | rule ends-with-a-line-end

grep -nE '^.{151,}$' "${code[@]}" | cut -c 1-100 | head -n 20 | rule lines-of-150-at-most

grep -nwE 'TODO|FIXME|XXX|HACK' "${c[@]}" | head -n 20 | rule nothing-left-for-later

# Paths of the machine it was written on.
grep -nE '/(tmp/scratch|work)/|\.\./shared|/root/|/home/' "${text[@]}" | grep -v '^tests/lint.sh:' | head -n 20 | rule no-private-paths

# The runtime returns its errors; only main() and the last resort of an arena end a process.
grep -nE '[^_a-z>](exit|abort) *\(' runtime/*.c runtime/*/*.c 2>/dev/null |
    grep -vE '^runtime/rt_main\.c:|^runtime/arena\.c:.*abort|_exit|^[^:]*:[0-9]+: *(/?\*|//)' | rule runtime-does-not-exit

# ---- diagnostics, operators, connectors ---------------------------------------

defs=compiler/diag.def
mapfile -t raising < <(printf '%s\n' "${c[@]}" | grep -E '^(compiler|grammar)/' | grep -v '^compiler/diag')
if [[ -f $defs ]]; then
    sed -nE 's/^DIAG\((E[0-9]+|W[0-9]+).*/\1/p' "$defs" | sort | uniq -d | rule codes-once
    # E0511 is a defect of the compiler, which no program is known to show.
    sed -nE 's/^DIAG\((E[0-9]+|W[0-9]+).*/\1/p' "$defs" | grep -v E0511 | while read -r code; do
        grep -lqw "$code" "${raising[@]}" || continue
        grep -qF "[$code]" tests/errors/*.test tests/cli/*.sh || echo "no test in tests/errors shows $code"
    done | rule every-code-has-a-test
fi

for f in compiler/ops/op_*.c; do
    [[ ! -e $f ]] || tail -n 1 "$f" | grep -q '^DSC_OPS(' || echo "$f does not end in DSC_OPS(..)"
done | rule operators-are-listed
for f in runtime/source/src_*.c runtime/sink/snk_*.c; do
    [[ ! -e $f ]] || tail -n 1 "$f" | grep -qE '^DSC_(SOURCE|SINK)\(' || echo "$f does not end in DSC_SOURCE(..) or DSC_SINK(..)"
done | rule connectors-are-listed
for f in runtime/format/fmt_*.c; do
    [[ ! -e $f ]] || tail -n 1 "$f" | grep -q '^DSC_FORMAT(' || echo "$f does not end in DSC_FORMAT(..)"
done | rule formats-are-listed

ls tests/emit/*.test 2>/dev/null | tail -n +31 | rule at-most-30-golden-units

exit $status
