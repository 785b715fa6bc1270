#!/bin/bash
# run.sh: measures dsc against hand-written C. See bench/README.md.
#
#   bench/run.sh                    everything
#   bench/run.sh words window ..    some of: words long rows csv json window panes nexmark durable start memory tools
#
# BENCH_MB=500   megabytes of input
# BENCH_RUNS=5   times that each command is run, in turns
# BENCH_EVENTS=4000000   events for nexmark, 136 bytes each
# BENCH_DUCKDB=1   install the npm package of DuckDB under build/bench, to be compared with
#
# What two threads gain can only be seen on a machine that does nothing else: the
# first line says its load. Everything is made under build/bench. The exit status is 0 when all outputs
# were right; a target that is missed says so in its line.
set -euo pipefail
cd "$(dirname "$0")/.."
BENCH_MB=${BENCH_MB:-500}
BENCH_RUNS=${BENCH_RUNS:-5}
BENCH_EVENTS=${BENCH_EVENTS:-4000000}
DSC=build/dsc
B=build/bench
ZIPF=$B/zipf-$BENCH_MB.txt
LONG=$B/long-$BENCH_MB.txt
CC=${CC:-cc}
FLAGS="-O3 -std=c11 -Wall -Wextra"
missed=0

mkdir -p $B
[[ -x $DSC ]] || { echo "bench: there is no $DSC; make builds it" >&2; exit 1; }
for tool in gen_words ref_wordcount gen_rows gen_events ref_rows ref_csv ref_json gen_nexmark ref_log timeit; do
    if [[ bench/$tool.c -nt $B/$tool || bench/ref.h -nt $B/$tool || bench/gen.h -nt $B/$tool ]]; then
        # shellcheck disable=SC2086
        $CC $FLAGS -o $B/$tool bench/$tool.c -lpthread
    fi
done

say() { printf '%s\n' "$*"; }

# field N NAME FILE: a column of the line that timeit wrote for NAME.
field() { awk -v name="$2" -v n="$1" '$1 == name { print $n }' "$3"; }

# table FILE: the lines of timeit as a table.
table() {
    awk 'BEGIN { printf "  %-22s %10s %10s %10s %10s %9s %7s %7s\n", "", "min ms", "median", "max", "cpu", "peak MB", "speed", "paired" }
         { printf "  %-22s %10.1f %10.1f %10.1f %10.1f %9.1f %7.2f %7.2f\n", $1, $2, $3, $4, $5, $6, $7, $8 }' "$1"
}

# ratio TEXT A B least|most TARGET: says A / B and whether it is as wanted.
ratio() {
    local line
    line=$(awk -v text="$1" -v a="$2" -v b="$3" -v way="$4" -v target="$5" 'BEGIN {
        r = a / b
        ok = way == "least" ? r >= target : r <= target
        printf "  %-52s %6.2f   at %s %s   %s\n", text, r, way, target, ok ? "ok" : "MISSED"
    }')
    say "  ${line#  }"
    [[ $line = *MISSED ]] && missed=$((missed + 1))
    return 0
}

# text FILE MEGABYTES DISTINCT LONG: makes a text unless it is there.
text() {
    [[ -s $1 && ! $B/gen_words -nt $1 ]] || $B/gen_words "$@"
}

# same A B: two outputs must be equal.
same() {
    cmp "$1" "$2" || { say "bench: $1 and $2 differ"; exit 1; }
}

# words FILE: word count by the executable, by dsc run, and by C.
words() {
    local file=$1 threads
    $DSC compile bench/wordcount.ds -o $B/wordcount
    $B/ref_wordcount "$file" 1 >$B/want.txt
    $B/ref_wordcount "$file" 2 >$B/have.txt
    same $B/want.txt $B/have.txt
    for threads in 1 2; do
        $B/wordcount --path="$file" --threads $threads >$B/have.txt
        same $B/want.txt $B/have.txt
        $DSC run bench/wordcount.ds --path="$file" --threads $threads >$B/have.txt
        same $B/want.txt $B/have.txt
    done
    say "  outputs are equal: $(wc -l <$B/want.txt) words"
    $B/timeit "$BENCH_RUNS" \
        c-1 $B/ref_wordcount "$file" 1 -- \
        exe-1 $B/wordcount --path="$file" --threads 1 -- \
        jit-1 $DSC run bench/wordcount.ds --path="$file" --threads 1 -- \
        c-2 $B/ref_wordcount "$file" 2 -- \
        exe-2 $B/wordcount --path="$file" --threads 2 -- \
        jit-2 $DSC run bench/wordcount.ds --path="$file" --threads 2 -- \
        two-at-once sh -c "$B/wordcount --path='$file' --threads 1 & $B/wordcount --path='$file' --threads 1; wait" >$B/words.out
    table $B/words.out
    local m=3
    ratio 'executable to C, 1 thread (speed)' "$(field $m c-1 $B/words.out)" "$(field $m exe-1 $B/words.out)" least 0.7
    ratio 'executable to C, 2 threads (speed)' "$(field $m c-2 $B/words.out)" "$(field $m exe-2 $B/words.out)" least 0.7
    ratio 'dsc run to executable, 1 thread (speed)' "$(field $m exe-1 $B/words.out)" "$(field $m jit-1 $B/words.out)" least 0.85
    ratio 'dsc run to executable, 2 threads (speed)' "$(field $m exe-2 $B/words.out)" "$(field $m jit-2 $B/words.out)" least 0.85
    ratio 'executable, 2 threads to 1 (speed)' "$(field $m exe-1 $B/words.out)" "$(field $m exe-2 $B/words.out)" least 1.7
    # Two processes that share nothing: more than this the machine's second processor does not give.
    awk -v a="$(field $m exe-1 $B/words.out)" -v b="$(field $m two-at-once $B/words.out)" 'BEGIN {
        printf "  %-52s %6.2f\n", "what two separate processes at once gain", 2 * a / b }'
}

bench_words() {
    say "Word count: $BENCH_MB MB, 100,000 distinct words"
    text "$ZIPF" "$BENCH_MB" 100000 0
    words "$ZIPF"
}

bench_long() {
    say "Word count with 5 % of long words: $BENCH_MB MB"
    text "$LONG" "$BENCH_MB" 100000 5
    words "$LONG"
}

# slide WINDOW TOUCHED FROM TO: milliseconds of processor time a slide, from what slides FROM to TO take.
slide() {
    local run="--window=$1 --touched=$2 --clock virtual --threads 1 --quiet"
    # shellcheck disable=SC2086
    $B/timeit "$BENCH_RUNS" short $B/window $run --batches "$3" -- long $B/window $run --batches "$4" >$B/slide.out
    awk -v n=$(($4 - $3)) '{ t[$1] = $5 } END { printf "%.3f", (t["long"] - t["short"]) / n }' $B/slide.out
}

bench_window() {
    say "reduceByKeyAndWindow(_ + _, .., 1s): milliseconds a slide, 100,000 keys live, 1 thread"
    $DSC compile bench/window.ds -o $B/window
    local w t first='' last=''
    for w in 10 30 120 600; do
        last=$(slide ${w}s 10000 $((w + 20)) $((w + 220)))
        first=${first:-$last}
        say "  window $(printf %4d $w) s, $(printf %6d 10000) keys touched: $last"
    done
    for t in 100 1000 10000; do
        say "  window 1000 s, $(printf %6d $t) keys touched: $(slide 1000s $t 1020 1120)"
    done
    ratio 'a slide of 600 s to one of 10 s (time)' "$last" "$first" most 1.5
}

# duck NAME FILE: is DuckDB there to be compared with? Checks what it writes.
duck() {
    if [[ -n ${BENCH_DUCKDB:-} && ! -d $B/duck ]]; then
        npm install --prefix $B/duck --no-audit --no-fund --silent @duckdb/node-api || say '  npm cannot install DuckDB'
    fi
    if ! NODE_PATH=$B/duck/node_modules node -e 'require("@duckdb/node-api")' 2>/dev/null; then
        say '  DuckDB is not compared: BENCH_DUCKDB=1 installs its npm package into build/bench/duck, which needs node'
        return 1
    fi
    NODE_PATH=$B/duck/node_modules node bench/duck.js "$1" "$2" 2 | sort >$B/have.txt
    sort $B/want.txt | same - $B/have.txt
}

# workload NAME FILE ARG..: NAME.ds over FILE by C, by the executable, by dsc run and by DuckDB. ARG: more of C's arguments.
workload() {
    local name=$1 file=$2 exe=$B/$1 ref=$B/ref_$1 out=$B/$1.out threads ducks=()
    shift 2
    $DSC compile "bench/$name.ds" -o "$exe"
    "$ref" "$file" 1 "$@" >$B/want.txt
    for threads in 1 2; do
        "$ref" "$file" "$threads" "$@" >$B/have.txt
        same $B/want.txt $B/have.txt
        "$exe" --path="$file" --threads "$threads" >$B/have.txt
        same $B/want.txt $B/have.txt
        $DSC run "bench/$name.ds" --path="$file" --threads "$threads" >$B/have.txt
        same $B/want.txt $B/have.txt
    done
    duck "$name" "$file" && ducks=(-- duckdb-2 env NODE_PATH="$B/duck/node_modules" node bench/duck.js "$name" "$file" 2)
    say "  outputs are equal: $(wc -l <$B/want.txt) lines"
    $B/timeit "$BENCH_RUNS" \
        c-1 "$ref" "$file" 1 "$@" -- \
        exe-1 "$exe" --path="$file" --threads 1 -- \
        c-2 "$ref" "$file" 2 "$@" -- \
        exe-2 "$exe" --path="$file" --threads 2 -- \
        jit-2 $DSC run "bench/$name.ds" --path="$file" --threads 2 \
        "${ducks[@]}" >"$out"
    table "$out"
    ratio 'executable to C, 1 thread (speed)' "$(field 3 c-1 "$out")" "$(field 3 exe-1 "$out")" least 0.6
    ratio 'executable to C, 2 threads (speed)' "$(field 3 c-2 "$out")" "$(field 3 exe-2 "$out")" least 0.6
    ratio 'dsc run to executable, 2 threads (speed)' "$(field 3 exe-2 "$out")" "$(field 3 jit-2 "$out")" least 0.85
    [[ ${#ducks[@]} -eq 0 ]] ||
        ratio 'executable to DuckDB, 2 threads (speed)' "$(field 3 duckdb-2 "$out")" "$(field 3 exe-2 "$out")" least 1
}

# rows FILE FORM KEYS: makes lines of keys and numbers unless they are there.
rows() {
    [[ -s $1 && ! $B/gen_rows -nt $1 ]] || $B/gen_rows "$1" "$BENCH_MB" "$2" "$3"
}

# batch PROGRAM RECORDS KEYS WINDOW FROM TO: milliseconds of processor time a batch, from what batches FROM to TO take.
batch() {
    local run="--records=$2 --keys=$3 --window=$4 --clock virtual --threads 1 --quiet"
    # shellcheck disable=SC2086
    $B/timeit "$BENCH_RUNS" short $B/panes_$1 $run --batches "$5" -- long $B/panes_$1 $run --batches "$6" >$B/batch.out
    awk -v n=$(($6 - $5)) '{ t[$1] = $5 } END { printf "%.3f", (t["long"] - t["short"]) / n }' $B/batch.out
}

bench_panes() {
    say "reduceByKeyAndWindow(.., 30s, 1s), 1,000,000 keys, all of them in each batch, 1 thread"
    sed 's/_ + _/max(_, _)/' bench/panes.ds >$B/panes_max.ds
    sed 's/reduceByKeyAndWindow(_ + _, window, 1s)/reduceByKey(_ + _)/' bench/panes.ds >$B/panes_plain.ds
    cp bench/panes.ds $B/panes_sum.ds
    local f few many plain sum='' short
    for f in sum max plain; do
        $DSC compile $B/panes_$f.ds -o $B/panes_$f 2>/dev/null
    done
    plain=$(batch plain 1000000 1000000 30s 40 60)
    say "  without a window, reduceByKey: $plain ms a batch of 1,000,000 records"
    for f in sum max; do
        few=$(batch $f 1000000 1000000 30s 40 60)
        many=$(batch $f 4000000 1000000 30s 40 60)
        sum=${sum:-$many}
        say "  $f: $few ms a batch of 1,000,000 records, $many ms of 4,000,000"
        ratio "$f: millions of records a second" 3000 "$(awk "BEGIN { print $many - $few }")" least 15
        ratio "$f: milliseconds that the window adds to a batch" "$(awk "BEGIN { print $few - $plain }")" 1 most 3
    done
    ratio 'max to sum, 4,000,000 records a batch (time)' "$many" "$sum" most 2
    for f in sum max; do
        short=$(batch $f 2000 2000 30s 50 1050)
        ratio "$f: a slide of 3,600 panes to one of 30 (time)" "$(batch $f 2000 2000 3600s 3620 4620)" "$short" most 1.2
    done
}

bench_rows() {
    say "Rows: lowest, highest, sum and number by key, $BENCH_MB MB of lines \`key;-12.3\`, 10,000 keys"
    rows "$B/rows-$BENCH_MB.csv" station 10000
    workload rows "$B/rows-$BENCH_MB.csv"
}

bench_csv() {
    say "CSV: sum by key, $BENCH_MB MB of lines \`key,123\`, 1,000,000 keys"
    rows "$B/ints-$BENCH_MB.csv" int 1000000
    workload csv "$B/ints-$BENCH_MB.csv"
}

bench_json() {
    local file=$B/events-$BENCH_MB.json
    say "JSON: views by campaign and 10 s of event time, $BENCH_MB MB of events of 250 bytes"
    [[ -s $file && -s $B/ads.csv && ! $B/gen_events -nt $file ]] || $B/gen_events "$file" "$BENCH_MB" $B/ads.csv
    workload json "$file" $B/ads.csv
}

# check_nexmark QUERY FILE: what it gives for few events must be what awk gives.
check_nexmark() {
    local thousandths='{ if (query == "q1" || query == "q14") $3 = sprintf("%.3f", $3) } 1'
    awk -F, -v query="$1" -f bench/nexmark/check.awk "$2" | sort >$B/want.txt
    sed 's/sink discard()/sink stdout() as csv(time: "ms", header: false)/' "bench/nexmark/$1.ds" >"$B/nexmark-$1.ds"
    cp bench/nexmark/bids.ds $B/bids.ds
    $DSC run "$B/nexmark-$1.ds" --path="$2" --threads 2 --quiet |
        awk -F, -v OFS=, -v query="$1" "$thousandths" | sort >$B/have.txt
    [[ -s $B/want.txt ]] || { say "bench: $1 gives nothing"; exit 1; }
    same $B/want.txt $B/have.txt
}

bench_nexmark() {
    local file=$B/nexmark-$BENCH_EVENTS.csv few=$B/nexmark-few.csv query queries=() commands=()
    say "Nexmark: $BENCH_EVENTS events as CSV, 1 thread; events a second of processor time, to those that Flink is published with"
    [[ -s $file && ! $B/gen_nexmark -nt $file ]] || $B/gen_nexmark "$file" "$BENCH_EVENTS"
    $B/gen_nexmark $few 100000 2000
    # thousands of events a second and core of Flink; 0: not published
    for query in q1:158 q2:175 q5:22 q7:12 q12:76 q14:161 q17:117 q22:130 campaigns:0; do
        queries+=("$query")
        query=${query%:*}
        check_nexmark "$query" $few
        $DSC compile "bench/nexmark/$query.ds" -o "$B/nexmark-$query"
        commands+=(-- "$query" "$B/nexmark-$query" --path="$file" --threads 1 --quiet)
    done
    say '  outputs are equal to those of awk'
    $B/timeit "$BENCH_RUNS" "${commands[@]:1}" >$B/nexmark.out
    table $B/nexmark.out
    for query in "${queries[@]}"; do
        local rate
        rate=$(awk -v n="$BENCH_EVENTS" -v ms="$(field 5 "${query%:*}" $B/nexmark.out)" 'BEGIN { printf "%.0f", n / ms }')
        if [[ ${query#*:} -gt 0 ]]; then
            ratio "${query%:*}: $rate thousand a second, to Flink's ${query#*:}" "$rate" "${query#*:}" least 20
        else
            say "  ${query%:*}: $rate thousand a second"
        fi
    done
}

# ratio with a second way to hold the target. either TEXT A B TARGET C D TARGET2: A / B or C / D is at least its target.
either() {
    local line
    line=$(awk -v text="$1" -v r="$(awk "BEGIN { print $2 / $3 }")" -v t="$4" -v s="$(awk "BEGIN { print $5 / $6 }")" -v u="$7" 'BEGIN {
        printf "  %-52s %6.2f   at least %s, or %.2f at least %s   %s\n", text, r, t, s, u, r >= t || s >= u ? "ok" : "MISSED"
    }')
    say "  ${line#  }"
    [[ $line = *MISSED ]] && missed=$((missed + 1))
    return 0
}

# killed: build/bench/killed is what a job with 1,000,000 keys leaves that is killed some batches behind its snapshot.
killed() {
    rm -rf "$CK" $B/killed $B/state.txt
    $B/state --clock virtual --quiet --threads 1 --batches 1
    (DSC_CRASH_AT=20 $B/state --clock virtual --quiet --threads 1 --records 1000 || true) 2>/dev/null
    mv "$CK" $B/killed
    mv $B/state.txt $B/killed/output
}

# start_again NAME ARG..: the median of milliseconds from exec to exit of a job that goes on from build/bench/killed.
start_again() {
    local i from
    for ((i = 0; i < BENCH_RUNS; i++)); do
        rm -rf "$CK"
        cp -r $B/killed "$CK"
        mv "$CK/output" $B/state.txt
        sync -f "$CK"
        from=$(date +%s%N)
        $B/state --clock virtual --quiet --threads 1 --records 1000 "$@"
        echo $((($(date +%s%N) - from) / 1000))
    done | sort -n | awk '{ t[NR] = $1 } END { print t[int((NR + 1) / 2)] / 1000 }'
}

CK=$B/checkpoint
bench_durable() {
    local bytes=$((BENCH_MB * 1000000)) batches=3000 run='--clock virtual --quiet --threads 1' f stands again
    say "Checkpoints, on the file system of $B"
    text "$ZIPF" "$BENCH_MB" 100000 0
    seq $batches >$B/lines.txt
    sed 's/every 1h/every 1us/' bench/state.ds >$B/often.ds
    for f in bench/{log,batches,state,wordcount}.ds $B/often.ds; do
        $DSC compile "$f" -o "$B/$(basename "$f" .ds)" 2>/dev/null
    done
    # 64 MB are written to the log between two syncs. Each has a folder of its own: to remove another's large log takes its time.
    $B/timeit "$BENCH_RUNS" \
        writer $B/ref_log write $B/log.bin "$bytes" 67108864 -- \
        full-log sh -c "rm -rf $CK; cat '$ZIPF' | $B/log --quiet" -- \
        words $B/wordcount --path="$ZIPF" --threads 1 --quiet -- \
        words-offsets sh -c "rm -rf $CK-words; $B/wordcount --path='$ZIPF' --threads 1 --quiet --checkpoint $CK-words" -- \
        syncs $B/ref_log sync $B/log.bin $batches -- \
        batches sh -c "rm -f $B/lines.out; $B/batches $run" -- \
        batches-durable sh -c "rm -rf $CK-batches $B/lines.out; $B/batches $run --checkpoint $CK-batches" >$B/durable.out
    table $B/durable.out
    either 'log of all input: GB a second, or to a plain writer' "$BENCH_MB" "$(field 3 full-log $B/durable.out)" 0.5 \
        "$(field 3 writer $B/durable.out)" "$(field 3 full-log $B/durable.out)" 0.7
    ratio 'word count with offsets in the log (time)' "$(field 3 words-offsets $B/durable.out)" "$(field 3 words $B/durable.out)" most 1.1
    ratio 'what it adds to a batch, to a sync (time)' \
        "$(awk -v a="$(field 3 batches-durable $B/durable.out)" -v b="$(field 3 batches $B/durable.out)" 'BEGIN { print a - b }')" \
        "$(field 3 syncs $B/durable.out)" most 1.5
    rm -rf "$CK" $B/state.txt $B/state.json
    $B/often $run --batches 10 --metrics $B/state.json
    stands=$(sed -n 's/.*"snapshot_ms": \([0-9.]*\).*/\1/p' $B/state.json | sort -n | tail -n 1)
    ratio '1,000,000 keys: the longest stop for a snapshot, ms' "$stands" 1 most 20
    rm -rf "$CK" $B/state.json
    sed 's/^batch 1s/checkpoint "build\/bench\/checkpoint" every 1s\n&/' bench/panes.ds >$B/window_often.ds
    $DSC run $run --batches 30 --metrics $B/state.json $B/window_often.ds --window 3s
    stands=$(sed -n 's/.*"snapshot_ms": \([0-9.]*\).*/\1/p' $B/state.json | sort -n | tail -n 1)
    ratio '1,000,000 keys in a window of 3 s: the longest stop, ms' "$stands" 1 most 20
    killed
    again=$(start_again --batches 0)
    ratio '1,000,000 keys: recovery, ms' "$again" 1 most 500
    ratio '1,000,000 keys: from the start to the first output, ms' "$(start_again --batches 1)" 1 most 500
}

bench_start() {
    say "Start: a three-line program by dsc run, from exec to exit (50 runs)"
    $DSC run bench/start.ds --quiet >$B/have.txt
    printf '(to,2)\n(be,2)\n(or,1)\n(not,1)\n' >$B/want.txt
    same $B/want.txt $B/have.txt
    $DSC compile bench/start.ds -o $B/start
    $B/timeit 50 dsc-run $DSC run bench/start.ds --quiet -- exe $B/start --quiet -- true /bin/true >$B/start.out
    table $B/start.out
    ratio 'dsc run, milliseconds' "$(field 3 dsc-run $B/start.out)" 1 most 10
    say "  bytes of the executable: $(stat -c %s $B/start)"
}

# A program of a thousand lines: functions, and streams that use them.
long_program() {
    awk 'BEGIN {
        for (i = 0; i < 100; i++) {
            printf "# What is worth counting, number %d.\ntype Event%d = { user: string, kind: string, n: int }\n", i, i
            printf "fn score%d(e: Event%d): int =\n  if e.kind == \"view\" then e.n * %d\n  else e.n + %d\n\n", i, i, i + 1, i
            printf "source file(\"events%d.json\") as json(Event%d)\n  | map(e => (e.user, score%d(e)))\n", i, i, i
            printf "  | reduceByKey(_ + _)\n  | sink stdout()\n"
        }
    }'
}

bench_tools() {
    local file=$B/long.ds
    long_program >$file
    say "Tools: a program of $(wc -l <$file) lines, from exec to exit, the shortest of 20 runs"
    $DSC check $file >$B/have.txt
    $DSC fmt --check $file
    $B/timeit 20 check $DSC check $file -- fmt $DSC fmt --check $file >$B/tools.out
    table $B/tools.out
    ratio 'dsc check, milliseconds' "$(field 2 check $B/tools.out)" 1 most 50
    ratio 'dsc fmt, milliseconds' "$(field 2 fmt $B/tools.out)" 1 most 20
}

bench_memory() {
    say "Memory: largest resident set, 2 threads"
    text $B/zipf-50.txt 50 100000 0
    text "$ZIPF" "$BENCH_MB" 100000 0
    $DSC compile bench/wordcount.ds -o $B/wordcount
    $B/timeit 1 input-of-50MB $B/wordcount --path=$B/zipf-50.txt --threads 2 -- \
        "input-of-${BENCH_MB}MB" $B/wordcount --path="$ZIPF" --threads 2 >$B/memory.out
    table $B/memory.out
    ratio "$BENCH_MB MB to 50 MB of input" "$(field 6 "input-of-${BENCH_MB}MB" $B/memory.out)" \
        "$(field 6 input-of-50MB $B/memory.out)" most 1.5
}

say "$(nproc) processors, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), load $(cut -d' ' -f1 /proc/loadavg)"
[[ $# -gt 0 ]] || set -- words long rows csv json window panes nexmark durable start memory tools
for part in "$@"; do
    say
    "bench_$part"
done
say
if [[ $missed -eq 0 ]]; then
    say 'All targets are met.'
else
    say "$missed targets are missed."
fi
