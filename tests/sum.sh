#!/bin/bash
# sum.sh: one line that sums up the results of all runs since they were cleared. Fails when a test failed, or none ran.
cd "$(dirname "$0")/.." || exit 1
results=build/results/all
[[ -f $results ]] || { echo "no test ran"; echo "0 passed, 1 failed"; exit 1; }
count() { grep -c "^$1 " "$results"; }
ok=$(count ok) bad=$(count FAIL) skip=$(count skip)
grep '^skip ' "$results"
grep '^FAIL ' "$results"
[[ $skip -gt 0 ]] && skip_text=", $skip skipped" || skip_text=
echo "$ok passed, $bad failed$skip_text"
[[ $bad -eq 0 && $ok -gt 0 ]]
