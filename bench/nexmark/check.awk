# check.awk: what the queries give, from the events of bench/gen_nexmark.c: awk -F, -v query=q5 -f check.awk FILE.
# Lines in any order; prices of q1 and q14 in thousandths.

$1 != "bid" { next }

query == "q1" { printf "%s,%s,%.3f,%s,%s\n", $2, $3, 0.908 * $4, $7, $8 }

query == "q2" && $2 % 123 == 0 { print $2 "," $4 }

query == "q5" {
    for (start = $7 - $7 % 2000; start > $7 - 10000; start -= 2000) {
        n = ++bids[start + 10000, $2]
        if (n > most[start + 10000])
            most[start + 10000] = n
    }
}

query == "q7" {
    end = $7 - $7 % 10000 + 10000
    if ($4 > highest[end]) {
        highest[end] = $4 + 0
        which[end] = ""
    }
    if ($4 == highest[end])
        which[end] = which[end] end "," $4 "," $2 "," $3 "," $7 "," $8 "\n"
}

query == "q12" { bids[$3]++ }

query == "q14" && 0.908 * $4 > 1000000 && 0.908 * $4 < 50000000 {
    hour = int($7 / 3600000) % 24
    when = hour >= 8 && hour <= 18 ? "dayTime" : hour <= 6 || hour >= 20 ? "nightTime" : "otherTime"
    cs = gsub("c", "c", $8)
    printf "%s,%s,%.3f,%s,%s,%s,%d\n", $2, $3, 0.908 * $4, when, $7, $8, cs
}

query == "q17" {
    key = $2 "," $7 - $7 % 86400000
    if (!bids[key]++ || $4 < lowest[key])
        lowest[key] = $4 + 0
    if ($4 > highest[key])
        highest[key] = $4 + 0
    low[key] += $4 < 10000
    middle[key] += $4 >= 10000 && $4 < 1000000
    high[key] += $4 >= 1000000
    sum[key] += $4
}

query == "q22" {
    split($6, parts, "/")
    print $2 "," $3 "," $4 "," $5 "," parts[4] "," parts[5] "," parts[6]
}

query == "campaigns" { bids[$5 "," $7 - $7 % 10000 + 10000]++ }

END {
    if (query == "q5")
        for (key in bids) {
            split(key, parts, SUBSEP)
            if (bids[key] == most[parts[1]])
                print parts[1] "," parts[2] "," bids[key]
        }
    else if (query == "q7")
        for (end in which)
            printf "%s", which[end]
    else if (query == "q17")
        for (key in bids)
            printf "%s,%d,%d,%d,%d,%d,%d,%d,%d\n", key, bids[key], low[key], middle[key], high[key], lowest[key], highest[key],
                   int(sum[key] / bids[key]), sum[key]
    else
        for (key in bids)
            print key "," bids[key]
}
