#!/bin/bash
# examples.sh: the examples give what awk finds in the same data.
. "$TOP/tests/cli_lib.sh"

mkdir examples
cp -r "$TOP/examples/." examples/
log=examples/data/access.log

expect 0 "$DSC" run examples/access_log.ds
awk '{ n[$3]++; b[$3] += $5; if ($6 > m[$3]) m[$3] = $6; if (n[$3] == 1) order[++k] = $3 }
     END { for (i = 1; i <= k; i++) { p = order[i]
         printf "%s: %d requests, %d bytes, at most %d ms\n", p, n[p], b[p], m[p] } }' $log >expected
grep ' requests, ' out >found
same expected found
awk '{ n[$4]++; if (n[$4] == 1) order[++k] = $4 } END { for (i = 1; i <= k; i++) printf "(%s,%d)\n", order[i], n[order[i]] }' $log >expected
grep '^(' out >found
same expected found

# A window of three batches of 20 lines: the last full one is lines 61 to 120 of 120.
expect 0 "$DSC" run examples/loglevels.ds
tail -n 60 examples/data/service.log |
    awk '{ n[$2]++; if (n[$2] == 1) order[++k] = $2 } END { for (i = 1; i <= k; i++) printf "(%s,%d)\n", order[i], n[order[i]] }' | sort >expected
awk '/^Time: /{ last = $2 } /^\(/ { block[last] = block[last] $0 "\n" } END { printf "%s", block["6000"] }' out | sort >found
same expected found
awk '$2 == "ERROR" { sub(/:$/, "", $3); c = $3; sub(/^[^ ]* [^ ]* [^ ]* /, ""); print c ": " $0 }' examples/data/service.log | sort >expected
grep -E '^(db|web|jobs|cache): ' out | sort >found
same expected found

# A window of two batches of 10 clicks: the last full one is lines 41 to 60 of 60, joined with the table.
expect 0 "$DSC" run examples/clicks.ds
awk -F'[,"]+' 'FNR == NR { of[$1] = of[$1] "," $2; next }
    FNR > 40 { n = split(substr(of[$7], 2), c, ","); for (i = 1; i <= n; i++) { views[c[i]]++; clicks[c[i]] += $10 == "click" } }
    END { for (name in views) printf "%s: %d of %d clicked\n", name, clicks[name], views[name] }' examples/data/campaigns.csv examples/data/clicks.jsonl |
    sort >expected
awk '/^Time: /{ last = $2 } /clicked$/ { block[last] = block[last] $0 "\n" } END { printf "%s", block["6000"] }' out | sort >found
same expected found

for program in examples/*.ds; do
    expect 0 "$DSC" check "$program"
    silent err
    expect 0 "$DSC" compile --emit c "$program"
done
exit 0
