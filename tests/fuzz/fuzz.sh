# shellcheck shell=bash disable=SC2154
# fuzz.sh: tests with random programs and random input. Sourced by one.sh, which gives the folder $T.
#
#   fuzz/random-N    every fourth of FUZZ_RUNS random programs, from seed N on (gen_program.c), gives
#                    the same bytes in every way to run it, and by the reference
#   fuzz/program     FUZZ_RUNS * 200 inputs for fuzz_program.c
#   fuzz/decode      FUZZ_RUNS * 4000 inputs for fuzz_decode.c
#   fuzz/compare-X   FUZZ_RUNS * 4000 records for compare_json.c, and lines for compare_csv.c
FUZZ_RUNS=${FUZZ_RUNS:-60}
FUZZ_SEED=${FUZZ_SEED:-1}
FUZZ_PARTS=4
# Of so many random programs one is also compiled to an executable.
FUZZ_EXE=6

# one_way NAME COMMAND ..: its output, messages and exit status, as files of $T/way.
one_way() {
    local name=$1
    shift
    (cd "$T/way" && timeout "$LIMIT" "$@" >"$name.out" 2>"$name.err" </dev/null)
    echo "exit status $?" >>"$T/way/$name.out"
}

# differs PROGRAM EXE THREADS: does it give other bytes in some way? Leaves what differs in $T/why. A program that is wrong does not differ.
differs() {
    local way cut=(--threads "$3" --step 4096 --morsel 64)
    rm -rf "$T/way"
    mkdir "$T/way"
    [[ $1 = "$T/p.ds" ]] || cp "$1" "$T/p.ds"
    cp "$1" "$T/way/p.ds"
    "$DSC" check "$T/way/p.ds" >/dev/null 2>&1 || return 1
    one_way unfused "$DSC" run --unfused --threads 1 p.ds
    one_way jit1 "$DSC" run --threads 1 p.ds
    one_way "jit$3" "$DSC" run "${cut[@]}" p.ds
    # which does not know all that stands below the first line of a message
    one_way reference "$DSC" run --reference p.ds
    sed '/^  /d' "$T/way/reference.err" >"$T/way/reference.first"
    sed '/^  /d' "$T/way/unfused.err" | cmp -s - "$T/way/reference.first" && cp "$T/way/unfused.err" "$T/way/reference.err"
    if [[ $2 = yes ]]; then
        (cd "$T/way" && CFLAGS=-O1 timeout "$LIMIT" "$DSC" compile p.ds -o exe) >"$T/why" 2>&1 || return 0
        one_way exe ./exe "${cut[@]}"
        rm -f "$T/way/exe"
        cp "$T/way/unfused.err" "$T/way/exe.err"
    fi
    for way in "$T"/way/*.out; do
        way=$(basename "$way" .out)
        cmp -s "$T/way/unfused.out" "$T/way/$way.out" && cmp -s "$T/way/unfused.err" "$T/way/$way.err" && continue
        echo "$way is not what --unfused is:"
        difference "$T/way/unfused.out" "$T/way/$way.out"
        difference "$T/way/unfused.err" "$T/way/$way.err"
        return 0
    done >"$T/why"
    return 1
}

# smaller EXE THREADS: leaves out lines of $T/least while what is left still differs.
smaller() {
    local line again=yes
    while [[ $again = yes ]]; do
        again=no
        for ((line = $(wc -l <"$T/least"); line > 0; line--)); do
            sed "${line}d" "$T/least" >"$T/less"
            differs "$T/less" "$@" || continue
            cp "$T/less" "$T/least"
            again=yes
        done
    done
    differs "$T/least" "$@"
}

test_random() {
    local part=${1#fuzz/random-} seed exe threads said
    for ((seed = FUZZ_SEED + part - 1; seed < FUZZ_SEED + FUZZ_RUNS; seed += FUZZ_PARTS)); do
        "$B/gen_program" "$seed" >"$T/least"
        threads=$((seed % 6 + 2))
        exe=$(((seed / FUZZ_PARTS) % FUZZ_EXE == 0))
        [[ $exe = 1 ]] && exe=yes || exe=no
        if ! said=$("$DSC" check "$T/least" 2>&1 >/dev/null); then
            failed "$1" "seed $seed: a program that is wrong:"$'\n'"$said"
            return
        fi
        differs "$T/least" $exe $threads || continue
        smaller $exe $threads
        failed "$1" "seed $seed, of which this is left (as p.ds):"$'\n'"$(cat "$T/least" "$T/why")"
        return
    done
    passed "$1"
}

# Seeds are the programs and the input of the tests and the examples.
seeds() {
    local f n=0 section way
    mkdir -p "$T/seeds"
    for f in tests/lang/*.test tests/errors/*.test; do
        rm -rf "$T/split"
        split "$f" "$T/split"
        if [[ $1 = program ]]; then
            mv "$T/split/program" "$T/seeds/$((n++))"
            continue
        fi
        grep -qE 'as (csv|tsv|json)' "$T/split/program" || continue
        for section in "$T/split/input" "$T/split/output" "$T"/split/files/*; do
            [[ -f $section ]] && head -n 8 "$section" >>"$T/records"
        done
    done
    if [[ $1 = program ]]; then
        cp examples/*.ds "$T/seeds"
        return
    fi
    # The first byte chooses the format and the type.
    while IFS= read -r line; do
        for way in 0 1 2 3 4 5; do
            printf '%s%s' $way "$line" >"$T/seeds/$((n++))"
        done
    done <"$T/records"
}

test_target() {
    local name=${1#fuzz/} runs=$((FUZZ_RUNS * 200)) target=$TOP/build/fuzz/fuzz_${1#fuzz/}
    if grep -q '^HAVE_FUZZER = 0' build/config.mk; then
        skipped "$1" "clang or its libFuzzer is not installed"
        return
    fi
    [[ $name = decode ]] && runs=$((FUZZ_RUNS * 4000))
    seeds "$name"
    if (cd "$T" && "$target" -runs=$runs -seed="$FUZZ_SEED" -max_len=2000 -timeout=20 -rss_limit_mb=4000 seeds) >"$T/log" 2>&1; then
        passed "$1"
    else
        failed "$1" "$(grep -vE '^#[0-9]|NEW_FUNC' "$T/log" | tail -n 40)"$'\n'"the input:"$'\n'"$(cat "$T"/crash-* "$T"/timeout-* 2>/dev/null | cat -A)"
    fi
}

# test_compare NAME: with which library, if it is installed.
test_compare() {
    local format=${1#fuzz/compare-} library
    library=$([[ $format = json ]] && echo jansson || echo libcsv)
    if grep -q "^HAVE_${library^^} = 0" build/config.mk; then
        skipped "$1" "$library is not installed"
    elif "$B/compare_$format" $((FUZZ_RUNS * 4000)) "$FUZZ_SEED" >"$T/log" 2>&1; then
        passed "$1"
    else
        failed "$1" "$(cat "$T/log")"
    fi
}

test_fuzz() {
    case $1 in
    fuzz/compare-*) test_compare "$1" ;;
    fuzz/random-*) test_random "$1" ;;
    *) test_target "$1" ;;
    esac
}
