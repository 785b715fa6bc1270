#!/bin/bash
# one.sh: runs the tests named as arguments, one after the other, each in a
# temporary folder of its own. Called by run.sh; BLESS=1 rewrites expectations.
#
#   lang/NAME    a program gives the same bytes in every way to run it
#   conformance/NAME  the same, of a case of Spark's own tests
#   errors/NAME  a wrong program and the whole of what dsc says about it
#   emit/NAME    the C made from a program, compiled by every compiler there is
#   cli/NAME     a shell script; exit status 77 and a line of text: skipped
#   unit/NAME    a cmocka program: each of its tests counts
#   example/N    line N of what build/examples printed
#   fuzz/NAME    random programs and random input (fuzz/fuzz.sh)
#   reference    docs/reference.md says what the tables say
#   cookbook     docs/cookbook.md shows the recipes of examples/cookbook
#   docs/FILE    the programs and commands in a document: each counts
#   lint         the form of the sources: each rule counts
set -u
# shellcheck source=tests/lib.sh
. tests/lib.sh
BLESS=${BLESS:-}

# lacks NAME: the test needs something that is not here, `--- needs pcre2` or `tzdata`; it is skipped. After split.
lacks() {
    case $(cat "$T/needs.words" 2>/dev/null) in
    pcre2) grep -q '^HAVE_PCRE2 = 1' build/config.mk || { skipped "$1" "this dsc was built without PCRE2"; return 0; } ;;
    tzdata) [[ -e /usr/share/zoneinfo/Europe/Berlin ]] || { skipped "$1" "there is no tzdata"; return 0; } ;;
    esac
    return 1
}

# ---- lang ------------------------------------------------------------------

# run_once LABEL COMMAND ..: in a fresh copy of the test's files; sets problem.
run_once() {
    local label=$1 status
    shift
    rm -rf "$T/run"
    cp -r "$T/files" "$T/run"
    cd "$T/run" || exit 1
    timeout "$LIMIT" "$@" "${args[@]}" <"$T/input" >"$T/out" 2>"$T/err"
    status=$?
    [[ -f $T/after ]] && bash "$T/after" >>"$T/out" 2>&1
    cd "$TOP" || exit 1
    if [[ -n $BLESS ]]; then
        section_replace "$file" output "$T/out"
        section_replace "$file" stderr "$T/err"
        return
    fi
    if [[ $status -ne $expected_status ]]; then
        problem="$label: exit status $status, not $expected_status; it said:"$'\n'"$(head -c 2000 "$T/err")"
    elif ! cmp -s "$T/output" "$T/out"; then
        problem="$label: other output"$'\n'"$(difference "$T/output" "$T/out")"
    elif [[ $check_stderr = yes ]] && ! cmp -s <("${told[@]}" "$T/stderr") <("${told[@]}" "$T/err"); then
        problem="$label: other messages"$'\n'"$(difference "$T/stderr" "$T/err")"
    fi
}

# run_reference TEST: what stands below the first line of a message is not compared. `--- reference not: WHY` says that
# it is known to differ. Then it must differ, so that no such line outlives its reason.
run_reference() {
    told=(sed '/^  /d')
    run_once 'dsc run --reference' "$DSC" run --reference "$name.ds"
    [[ -f $T/reference.words ]] || return
    if [[ -n $problem ]]; then
        problem=
        skipped "$1/reference" "$(sed 's/^not: //' "$T/reference.words")"
    else
        problem='dsc run --reference: gives the same: the line `--- reference not:` is to go'
    fi
}

check_stages() {
    "$DSC" explain --format text "$T/files/$name.ds" >"$T/explained" 2>"$T/err"
    if [[ -n $BLESS ]]; then
        section_replace "$file" stages "$T/explained"
    elif ! cmp -s "$T/stages" "$T/explained"; then
        problem="other stages"$'\n'"$(cat "$T/err")$(difference "$T/stages" "$T/explained")"
    fi
}

# run_parts: with a checkpoint, one batch, then another one, then the rest, each by a process of its own, come to the same.
# Programs that fail, that say themselves when to stop, or whose test says `parts not`, are left out.
run_parts() {
    local part
    [[ $expected_status -eq 0 && ! -f $T/parts.words && ! " ${args[*]} " =~ \ --(clock|batches|checkpoint) ]] || return 0
    rm -rf "$T/run" "$T/ck"
    cp -r "$T/files" "$T/run"
    : >"$T/out"
    cd "$T/run" || exit 1
    for part in '--batches 1 --threads 1' '--batches 1 --threads 3' "--threads 3 ${small[*]}"; do
        # shellcheck disable=SC2086
        timeout "$LIMIT" "$DSC" run --checkpoint "$T/ck" $part "$name.ds" "${args[@]}" <"$T/input" >>"$T/out" 2>"$T/err" && continue
        problem="in parts, $part: exit status $?; it said:"$'\n'"$(head -c 2000 "$T/err")"
        break
    done
    [[ -f $T/after ]] && bash "$T/after" >>"$T/out" 2>&1
    cd "$TOP" || exit 1
    [[ -n $problem ]] || cmp -s "$T/output" "$T/out" || problem="in parts: other output"$'\n'"$(difference "$T/output" "$T/out")"
}

test_lang() {
    local name=${1#*/} file=tests/$1.test problem='' expected_status=0 check_stderr=yes
    local args=() small=(--step 4096 --morsel 64) told=(cat)
    split "$file" "$T"
    lacks "$1" && return
    mv "$T/program" "$T/files/$name.ds"
    [[ -f $T/input ]] || : >"$T/input"
    [[ -f $T/output ]] || : >"$T/output"
    [[ -f $T/stderr ]] || : >"$T/stderr"
    [[ $(cat "$T/stderr.words" 2>/dev/null) == any ]] && check_stderr=no
    [[ -f $T/args ]] && eval "args=($(cat "$T/args"))"
    [[ -f $T/status.words ]] && expected_status=$(cat "$T/status.words")
    if [[ -f $T/stages ]]; then
        check_stages
        [[ -z $problem ]] || { failed "$1" "$problem"; return; }
    fi
    local way ways="unfused jit1 jit3 exe1 exe3 reference parts"
    [[ $VARIANT = asan || $VARIANT = ubsan ]] && ways="unfused jit3 exe3 reference parts"
    [[ $VARIANT = tsan ]] && ways="jit3 exe3"
    [[ -n $BLESS ]] && ways=jit1
    for way in $ways; do
        case $way in
        unfused) run_once 'dsc run --unfused' "$DSC" run --unfused --threads 1 "$name.ds" ;;
        reference) run_reference "$1" ;;
        parts) run_parts ;;
        jit1) run_once 'dsc run --threads 1' "$DSC" run --threads 1 "$name.ds" ;;
        jit3) run_once 'dsc run --threads 3, small steps' "$DSC" run --threads 3 "${small[@]}" "$name.ds" ;;
        exe1 | exe3)
            if [[ ! -x $T/exe ]]; then
                if ! (cd "$T/files" && CFLAGS=-O1 "$DSC" compile "$name.ds" -o "$T/exe") >"$T/out" 2>&1; then
                    problem="dsc compile failed:"$'\n'"$(cat "$T/out")"
                    break
                fi
            fi
            if [[ $way = exe1 ]]; then
                run_once 'executable, --threads 1' "$T/exe" --threads 1
            else
                run_once 'executable, --threads 3, small steps' "$T/exe" --threads 3 "${small[@]}"
            fi
            ;;
        esac
        [[ -z $problem ]] || break
    done
    [[ -z $problem ]] && passed "$1" || failed "$1" "$problem"
}

# ---- errors ----------------------------------------------------------------

test_errors() {
    local name=${1#errors/} file=tests/$1.test status expected_status=2
    local args=(check)
    split "$file" "$T"
    lacks "$1" && return
    mv "$T/program" "$T/files/$name.ds"
    [[ -f $T/status.words ]] && expected_status=$(cat "$T/status.words")
    [[ -f $T/args ]] && eval "args=($(cat "$T/args"))"
    (cd "$T/files" && timeout "$LIMIT" "$DSC" "${args[@]}" "$name.ds" >"$T/out" 2>"$T/err" </dev/null)
    status=$?
    if [[ -n $BLESS ]]; then
        section_replace "$file" stderr "$T/err"
        passed "$1"
    elif [[ $status -ne $expected_status ]]; then
        failed "$1" "exit status $status, not $expected_status; it said:"$'\n'"$(head -c 2000 "$T/err")"
    elif [[ -s $T/out ]]; then
        failed "$1" "something on standard output:"$'\n'"$(head -c 2000 "$T/out")"
    elif ! cmp -s "$T/stderr" "$T/err"; then
        failed "$1" "other messages"$'\n'"$(difference "$T/stderr" "$T/err")"
    else
        passed "$1"
    fi
}

# ---- emit ------------------------------------------------------------------

# compiled_by COMPILER ..: says what the compiler said, if anything.
compiled_by() {
    command -v "$1" >/dev/null || return 0
    "$@" -Iruntime/include -c -o "$T/unit.o" "$T/unit.c" >"$T/log" 2>&1 && [[ ! -s $T/log ]] && return 0
    echo "$1 on the C made:"
    head -n 20 "$T/log"
}

test_emit() {
    local name=${1#emit/} file=tests/$1.test said
    local strict=(-std=c11 -Wall -Wextra -Wshadow -Werror -pedantic)
    split "$file" "$T"
    lacks "$1" && return
    mv "$T/program" "$T/files/$name.ds"
    if ! (cd "$T/files" && "$DSC" compile --emit c "$name.ds" -o "$T/unit.c") >"$T/out" 2>&1; then
        failed "$1" "$(cat "$T/out")"
        return
    fi
    if [[ -n $BLESS ]]; then
        section_replace "$file" c "$T/unit.c"
        passed "$1"
        return
    fi
    if ! cmp -s "$T/c" "$T/unit.c"; then
        failed "$1" "$(difference "$T/c" "$T/unit.c")"
        return
    fi
    said=$(compiled_by gcc "${strict[@]}" -O2
        compiled_by clang "${strict[@]}" -O1
        compiled_by tcc -nostdinc -Wall)
    [[ -z $said ]] && passed "$1" || failed "$1" "$said"
}

# ---- the others ------------------------------------------------------------

test_cli() {
    local status
    (
        cd "$T" || exit 1
        export TOP DSC VARIANT B LIMIT PATH="$B/helpers:$PATH"
        timeout $((LIMIT * 4)) bash -u "$TOP/tests/$1.sh"
    ) >"$T.log" 2>&1
    status=$?
    case $status in
    0)
        passed "$1"
        sed -n "s,^count: ,$1: ,p" "$T.log"
        ;;
    77) skipped "$1" "$(tail -n 1 "$T.log")" ;;
    *) failed "$1" "exit status $status"$'\n'"$(tail -n 40 "$T.log")" ;;
    esac
    rm -f "$T.log"
}

# cmocka says "[       OK ] name" or "[  FAILED  ] name" for each test.
test_unit() {
    local program=$B/$1 name ok=0 bad=0 status
    (cd "$T" && timeout $((LIMIT * 2)) "$program") >"$T/log" 2>&1
    status=$?
    for name in $(sed -n 's/^\[ *OK \] \(.*\)$/\1/p' "$T/log"); do
        passed "$1/$name"
        ok=$((ok + 1))
    done
    for name in $(sed -n 's/^\[ *FAILED *\] \([A-Za-z_][A-Za-z0-9_]*\)$/\1/p' "$T/log" | sort -u); do
        failed "$1/$name" "$(grep -B 12 "FAILED.*$name" "$T/log" | head -n 30)"
        bad=$((bad + 1))
    done
    if [[ $status -ne 0 && $bad -eq 0 ]] || [[ $ok -eq 0 && $bad -eq 0 ]]; then
        failed "$1" "exit status $status"$'\n'"$(tail -n 30 "$T/log")"
    fi
}

# A line of tables: its name, `run` or `check`, the program, what it must give (`-`: anything).
test_example() {
    local what verb program output
    IFS=$'\t' read -r what verb program output < <(sed -n "${1#example/}p" "$B/examples.txt")
    printf '%b\n' "$program" >"$T/example.ds"
    printf '%b\n' "$output" >"$T/output"
    if ! (cd "$T" && timeout "$LIMIT" "$DSC" "$verb" example.ds) >"$T/out" 2>"$T/err" </dev/null; then
        failed "$what" "$(cat "$T/example.ds" "$T/err")"
    elif [[ $verb = check ]]; then
        passed "$what"
    elif [[ $output = - ]]; then
        [[ -s $T/out ]] && passed "$what" || failed "$what" "no output from"$'\n'"$(cat "$T/example.ds")"
    elif ! cmp -s "$T/output" "$T/out"; then
        failed "$what" "$(cat "$T/example.ds")"$'\n'"$(difference "$T/output" "$T/out")"
    else
        passed "$what"
    fi
}

# docs/cookbook.md is what its recipes make it; and there is none that it leaves out.
test_cookbook() {
    local left_out
    left_out=$(comm -23 <(basename -s .ds examples/cookbook/*.ds | sort) <(sed -n 's/^@//p' docs/cookbook.in | sort))
    docs/cookbook.sh >"$T/cookbook.md" 2>"$T/err"
    if [[ -n $left_out || -s $T/err ]]; then
        failed cookbook "not in docs/cookbook.in: $left_out"$'\n'"$(cat "$T/err")"
    elif cmp -s docs/cookbook.md "$T/cookbook.md"; then
        passed cookbook
    else
        failed cookbook "stale; make cookbook renews it"$'\n'"$(difference docs/cookbook.md "$T/cookbook.md")"
    fi
}

test_reference() {
    "$B/tables" reference >"$T/reference.md" 2>"$T/err"
    if cmp -s docs/reference.md "$T/reference.md"; then
        passed reference
    else
        failed reference "stale; make reference renews it"$'\n'"$(difference docs/reference.md "$T/reference.md")"
    fi
}

for t in "$@"; do
    T=$(mktemp -d "${TMPDIR:-/tmp}/dsc-test.XXXXXX") || exit 1
    case $t in
    lang/* | conformance/*) test_lang "$t" ;;
    errors/*) test_errors "$t" ;;
    emit/*) test_emit "$t" ;;
    cli/*) test_cli "$t" ;;
    unit/*) test_unit "$t" ;;
    example/*) test_example "$t" ;;
    docs/*) . tests/docs.sh && test_document "${t#docs/}" ;;
    fuzz/*) . tests/fuzz/fuzz.sh && test_fuzz "$t" ;;
    reference) test_reference ;;
    cookbook) test_cookbook ;;
    lint) tests/lint.sh --results ;;
    *) failed "$t" "there is no such kind of test" ;;
    esac
    rm -rf "$T"
done
exit 0
