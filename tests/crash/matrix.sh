# shellcheck shell=bash
# matrix.sh: programs of every source, every operator that keeps something and every sink, for everywhere.c. Sourced.
# program SOURCE OPERATOR SINK: the text on standard output; `folder DIR` has what they read.

sources=(file many timed queue rate stdin pipe exec)
operators=(none inverse general lists window reduce_window update map_state states join cogroup within tumbling sliding session duplicates distinct top table)
sinks=(files append sqlite print stdout exec call)

folder() {
    mkdir -p "$1/in"
    awk 'BEGIN { srand(7); n = split("a b c dd e a_word_of_more_than_sixteen_bytes", w, " ")
        for (i = 0; i < 30; i++) { line = ""; for (j = 0; j < 3; j++) line = line " " w[int(rand() * n) + 1]; print line } }' >"$1/in.txt"
    cp "$1/in.txt" "$1/feed"
    split -l 4 -d "$1/in.txt" "$1/in/part-"
    mkdir "$1/times"
    awk '{ printf "%d %s\n", NR / 3 + NR % 7 / 5, $0 }' "$1/in.txt" | sort -s -n -k 1,1 | split -l 11 -d - "$1/times/part-"
    printf 'a,first\nb,second\na,third\na_word_of_more_than_sixteen_bytes,long\n' >"$1/table.csv"
    cat >"$1/store.c" <<'END'
#include "dsc_abi.h"
#include <stdio.h>

bool store(dsc_task *task, dsc_str line)
{
    FILE *out = fopen("again.txt", "a");
    (void)task;
    if (!out)
        return false;
    fprintf(out, "%.*s\n", (int)line.n, line.p);
    return fclose(out) == 0;
}
END
}

source_text() {
    case $1 in
    file) echo 'let lines = source file("in.txt", perBatch: 3)' ;;
    many) echo 'let lines = source file("in/part-*", perFile: true)' ;;
    timed) echo 'let lines = source file("times/part-*", at: line => time("2024-05-01T10:00:00Z") + 1s * parseInt(line.words()[0])!)' ;;
    queue) awk 'BEGIN { printf "let lines = source queue([" } { printf "%s\"%s\"%s", NR % 3 == 1 ? "[" : "", $0, NR % 3 == 0 ? "]" (NR < 30 ? ",\n" : "") : ", " } END { print "])" }' "$2/in.txt" ;;
    rate) echo 'let lines = source rate(3, count: 30) | map((n, _) => format("w{} x{} a", n * 7 % 5, n % 3))' ;;
    stdin | pipe) echo 'let lines = source stdin(perBatch: 3)' ;;
    exec) echo 'let lines = source exec("if [ -f feed ]; then exec <feed; rm feed; cat; fi", perBatch: 3)' ;;
    esac
}

operator_text() {
    local at='eventTime(w => time("2024-05-01T10:00:00Z") + (batchTime() - time("1970-01-01T00:00:00Z")) - 1s * (w.length() % 4), lateness: 1s)'
    case $1 in
    none) echo 'words' ;;
    inverse) echo 'words | map((_, 1)) | reduceByKeyAndWindow(_ + _, 4s, 2s)' ;;
    general) echo 'words | map((_, 0.1)) | reduceByKeyAndWindow((a, b) => max(a, b) + a, 3s, 1s)' ;;
    lists) echo 'words | map((_, batchTime())) | groupByKeyAndWindow(3s)' ;;
    window) echo 'words | window(3s, 2s) | countByValue()' ;;
    reduce_window) echo 'words | map(_.length()) | reduceByWindow(_ + _, 3s, 1s)' ;;
    update) echo 'words | map((_, 1)) | updateStateByKey((ns, sum: int?) => some((sum ?? 0) + ns.sum()))' ;;
    map_state) echo 'words | map((_, 1)) | mapWithState((w, n, seen: [int]?) => (some((w, (seen ?? []).size())), some(((seen ?? []) + [n]).take(4))), timeout: 2s, onTimeout: (w, seen) => some((w, -1)))' ;;
    states) echo 'words | map((_, 1)) | mapWithState((w, n, sum: int?) => (some((sum ?? 0) + n), some((sum ?? 0) + n))) | stateSnapshots()' ;;
    join) echo 'words | map((_, 1)) | join(words | window(2s) | map((_, 2)) | reduceByKey(_ + _))' ;;
    cogroup) echo 'words | map((_, 1)) | cogroup(words | window(2s) | map((_, batchTime())))' ;;
    within) echo "words | $at | map((_, 1)) | join(words | $at | map((_, batchTime())), within: 2s)" ;;
    tumbling) echo "words | $at | map((_, 0.1)) | tumbling(3s, late: update, keep: 5s) | reduceByKey(_ + _)" ;;
    sliding) echo "words | $at | map((_, 1)) | sliding(4s, 2s) | reduceByKey(_ + _)" ;;
    session) echo "words | $at | map((_, 1)) | session(1s) | reduceByKey(_ + _)" ;;
    duplicates) echo 'words | dropDuplicates(w => w, within: 3s)' ;;
    distinct) echo 'words | window(2s) | distinct()' ;;
    top) echo 'words | window(3s) | countByValue() | top(2, by: _.1)' ;;
    table) echo 'words | map((_, 1)) | join(rows)' ;;
    esac
}

sink_text() {
    local line='map(x => format("{},{}", batchTime(), x))'
    case $1 in
    files) echo 'sink files("out/part")' ;;
    append) echo 'sink append("log/all.txt")' ;;
    sqlite) echo 'map(x => (batchTime(), format("{}", x))) | sink sqlite("rows.db", table: "rows")' ;;
    print) echo 'sink print(1000)' ;;
    stdout) echo "$line | sink stdout()" ;;
    exec) echo "$line | sink exec(\"cat >>again.txt\")" ;;
    call) echo "$line | sink call(store)" ;;
    esac
}

# program SOURCE OPERATOR SINK FOLDER
program() {
    echo "batch 1s"
    echo "checkpoint \"ck\" every $5"
    [[ $3 != call ]] || echo 'extern fn store(line: string): bool = "store.c"'
    [[ $2 != table ]] || echo 'let rows = table file("table.csv") as csv((string, string))'
    source_text "$1" "$4"
    echo 'let words = lines | flatMap(_.words())'
    echo "$(operator_text "$2") | $(sink_text "$3")"
}
