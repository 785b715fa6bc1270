#!/bin/bash
# against_awk.sh: a word count over megabytes, with 1, 2 and 7 threads and small morsels, is what awk counts.
. "$TOP/tests/cli_lib.sh"

n=300000
[[ -z $VARIANT ]] || n=30000
awk -v n=$n 'BEGIN {
    srand(42)
    for (i = 0; i < n; i++) {
        line = ""
        for (j = int(rand() * 9); j > 0; j--) line = line "w" int(exp(rand() * 10)) " "
        print line
    }
}' >text
awk '{ for (i = 1; i <= NF; i++) { if (!($i in n)) order[++k] = $i; n[$i]++ } }
     END { for (i = 1; i <= k; i++) print "(" order[i] "," n[order[i]] ")" }' text >expected
echo 'source file("text") | flatMap(_.words()) | map((_, 1)) | reduceByKey(_ + _) | sink stdout()' >count.ds
for options in "--threads 1" "--threads 2" "--threads 7 --morsel 4096" "--threads 3 --step 100000" "--threads 2 --unfused"; do
    # shellcheck disable=SC2086
    expect 0 "$DSC" run count.ds $options
    same expected out
done
CFLAGS=-O1 "$DSC" compile count.ds -o count || fail "dsc compile"
for options in "--threads 1" "--threads 7 --morsel 4096 --step 100000"; do
    # shellcheck disable=SC2086
    expect 0 ./count $options
    same expected out
done
timeout "$LIMIT" "$DSC" run - <<<'source file("text") | flatMap(_.words()) | count() | sink stdout()' >out 2>err || fail "a program from standard input"
[[ $(cat out) = $(wc -w <text) ]] || fail "another number of words"
exit 0
