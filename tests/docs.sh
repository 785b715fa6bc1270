# shellcheck shell=bash
# docs.sh: runs what the documents show. Sourced by one.sh. Of the fenced blocks
#
#   ```dsc           a program: must pass `dsc check`; with an ```output block right after it,
#                    must also print just that
#   ```dsc later     a program of the language as it will be: not tried
#   ```console       lines `$ command`, each with what it prints below it, run one after the other
#                    in a folder with the examples and documents; `...` stands for any number of lines
#
# Other blocks are only text. Results are named docs/FILE:LINE.

# blocks FILE: a file $T/N.KIND for each block, its line number in $T/N.line; `output` blocks join the one before.
blocks() {
    awk -v dir="$T" '
        /^```/ && !inside {
            kind = substr($0, 4); inside = 1; gsub(/ /, "-", kind)
            if (kind == "") kind = "text"
            if (kind != "output") { n++; print NR > (dir "/" n ".line") }
            out = dir "/" n "." kind
            printf "" > out
            next
        }
        /^```/ { inside = 0; close(out); next }
        inside { print > out }' "$1"
}

# copy_of_top: $T/run with what the documents speak of.
copy_of_top() {
    mkdir "$T/run"
    cp -r "$TOP/examples" "$TOP/docs" "$TOP/README.md" "$T/run"
}

test_program() {
    local name=$1 n=$2
    copy_of_top
    cp "$T/$n.dsc" "$T/run/program.ds"
    if ! (cd "$T/run" && timeout "$LIMIT" "$DSC" check program.ds) >"$T/out" 2>&1 </dev/null; then
        failed "$name" "$(cat "$T/out")"
    elif [[ ! -f $T/$n.output ]]; then
        passed "$name"
    elif ! (cd "$T/run" && timeout "$LIMIT" "$DSC" run program.ds) >"$T/out" 2>"$T/err" </dev/null; then
        failed "$name" "$(cat "$T/err")"
    elif ! cmp -s "$T/$n.output" "$T/out"; then
        failed "$name" "$(difference "$T/$n.output" "$T/out")"
    else
        passed "$name"
    fi
    rm -rf "$T/run"
}

# agrees EXPECTED FOUND: equal but for lines `...` that stand for any number of lines.
agrees() {
    awk '
        NR == FNR { want[++n] = $0; next }
        { got[++m] = $0 }
        function match_from(i, j) {
            if (i > n) return j > m
            if (want[i] == "...") {
                for (; j <= m + 1; j++) if (match_from(i + 1, j)) return 1
                return 0
            }
            return j <= m && want[i] == got[j] && match_from(i + 1, j + 1)
        }
        END { exit !match_from(1, 1) }' "$1" "$2"
}

test_console() {
    local name=$1 n=$2 line command=''
    copy_of_top
    : >"$T/want"
    : >"$T/got"
    while IFS= read -r line; do
        printf '%s\n' "$line" >>"$T/want"
        if [[ $line == '$ '* ]]; then
            command=${line#\$ }
            printf '%s\n' "$line" >>"$T/script"
        fi
    done <"$T/$n.console"
    (
        cd "$T/run" || exit 1
        PATH=$B:$PATH
        while IFS= read -r command; do
            printf '%s\n' "$command"
            timeout "$LIMIT" bash -c "${command#\$ }" 2>&1 </dev/null
        done <"$T/script"
    ) >"$T/got"
    if agrees "$T/want" "$T/got"; then
        passed "$name"
    else
        failed "$name" "$(difference "$T/want" "$T/got")"
    fi
    rm -rf "$T/run" "$T/script"
}

test_document() {
    local line n
    blocks "$1"
    for n in $(ls "$T" | sed -n 's/\.line$//p' | sort -n); do
        line=docs/$1:$(cat "$T/$n.line")
        if [[ -f $T/$n.dsc ]]; then
            test_program "$line" "$n"
        elif [[ -f $T/$n.console ]]; then
            test_console "$line" "$n"
        fi
    done
}
