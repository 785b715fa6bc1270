# cookbook.sh: recipes give what other tools find in the same data, and their own tests pass.
. "$TOP/tests/cli_lib.sh"
cp -r "$TOP/examples" .
data=examples/data
recipe() {
    local name=$1
    shift
    "$DSC" run "examples/cookbook/$name.ds" "$@" 2>err || fail "$name: $(cat err)"
}

recipe grep_count <$data/service.log >found
grep -cE 'failed|late' $data/service.log >expected
same expected found

recipe regex_format | sort >found
awk 'NF == 10 && $9 == 200 { n[$1] += $10 } END { for (h in n) printf "(%s,%d)\n", h, n[h] }' $data/web.log | sort >expected
same expected found

recipe percent_by_status >found
awk '{ n[$4]++ } END { for (s in n) printf "%s %.1f %%\n", s, 100 * n[s] / NR }' $data/access.log | sort >expected
same expected found

recipe histogram | awk '{ print $1, $3, length($4) }' >found
awk '{ n[int($6 / 20)]++ } END { for (i in n) printf "%d %d %d\n", i * 20, n[i], int((n[i] + 3) / 4) }' $data/access.log | sort -n >expected
same expected found

recipe captures >found
sed -n 's/.*cache: \([0-9]*\) % full.*/\1/p' $data/service.log | sort -n | tail -n 1 >expected
same expected found

recipe min_max_mean | tail -n +2 | sort >found
awk -F, 'NR > 1 && $3 ~ /^[0-9.]+$/ {
    if (!($2 in n) || $3 < low[$2]) low[$2] = $3
    if (!($2 in n) || $3 > high[$2]) high[$2] = $3
    sum[$2] += $3; n[$2]++
} END { for (s in n) { mean = sprintf("%.2f", sum[s] / n[s]); sub(/0$/, "", mean); printf "%s,%s,%s,%s,%d\n", s, low[s], high[s], mean, n[s] } }' \
    $data/sensors.csv | sort >expected
same expected found

recipe word_count <$data/poem.txt >found
tr -cs 'A-Za-z' '\n' <$data/poem.txt | tr 'A-Z' 'a-z' | awk 'NF { if (!n[$1]++) at[$1] = NR } END { for (w in n) print n[w], at[w], w }' |
    sort -k1,1nr -k2,2n | head -n 4 | awk '{ print $3 "\t" $1 }' >expected
same expected found

recipe visitors_by_hour >found
awk 'NF == 10 { h = substr($4, 14, 2); n[h]++; if (!seen[h, $1]++) v[h]++ } END { for (h in n) printf "2024-05-01 %sh: %d requests, %d visitors\n", h, n[h], v[h] }' \
    $data/web.log | sort >expected
same expected found

recipe skip_bad_lines >found
awk -F'\t' 'NR > 1 { n += $3 } END { print n }' $data/cities.tsv >expected
same expected found

recipe files_per_batch >found
awk '$6 > 100 { print $3 "," $6 }' $data/access.log >expected
cat slow/*.csv | grep -v '^path,ms$' >found
same expected found

recipe to_binary >binary
recipe from_binary <binary | cut -d, -f2 | sort >found
awk -F, 'NR > 1 && $3 ~ /^[0-9.]+$/ && (!($2 in m) || $3 > m[$2]) { m[$2] = $3 } END { for (s in m) print m[s] }' $data/sensors.csv | sort >expected
same expected found

recipe top_urls >found
awk 'NF == 10 { m = substr($4, 14, 5); k = m " " $7; if (!n[k]++) at[k] = NR } END { for (k in n) print k, n[k], at[k] }' $data/web.log |
    sort -k1,1 -k3,3nr -k4,4n | awk 'c[$1]++ < 2 { printf "(%s,%s,%d)\n", $1, $2, $3 }' >expected
same expected found

recipe sessions | sort >found
awk 'NF == 10 { split(substr($4, 14), t, ":"); s = t[1] * 3600 + t[2] * 60 + t[3]
    if (!($1 in last) || s - last[$1] >= 30) { id[$1]++; first[$1, id[$1]] = s }
    last[$1] = s; n[$1, id[$1]]++; end[$1, id[$1]] = s }
    END { for (k in n) if (n[k] > 3) { split(k, p, SUBSEP); d = end[k] - first[k]
        printf "(%s,%s,%d)\n", p[1], (d >= 60 ? int(d / 60) "m" : "") (d % 60 ? d % 60 "s" : ""), n[k] } }' $data/web.log | sort >expected
same expected found

recipe largest | sed 's/,.*//; s/(//' >found
awk '{ print $6 }' $data/access.log | sort -nr | head -n 3 >expected
same expected found

recipe join_table | sort >found
sed -n 's/.*"item": "\(.*\)", "price": \([0-9.]*\).*/\1;\2/p' $data/orders.jsonl |
    awk -F';' '{ c = $1 ~ /^tea/ ? "drinks" : $1 ~ /^(mug|spoon)$/ ? "kitchen" : "other"; n[c] += $2 } END { for (c in n) print c "," n[c] }' | sort >expected
same expected found

for program in $(grep -l '^test ' examples/cookbook/*.ds examples/*.ds); do
    "$DSC" test "$program" >out 2>&1 || fail "$program: $(cat out)"
done
exit 0
