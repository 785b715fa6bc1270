#!/bin/bash
# cookbook.sh: prints docs/cookbook.md: docs/cookbook.in, where each line `@NAME` is replaced by a
# recipe of examples/cookbook.
#
#   NAME.ds    its first lines, `# ..`, are what the page says of it; of those the ones that begin
#              with `# $ ` are the commands that are shown, or else it is run without arguments
#   NAME.out   what these commands print
#
# The tests of a program are in its file and not on the page. Run by `make cookbook`.
set -u
cd "$(dirname "$0")/.." || exit 1

recipe() {
    local from=examples/cookbook/$1
    awk -v file="$from.ds" -v out="$from.out" '
        !body && /^# \$ / { command[++n] = substr($0, 3); next }
        !body && /^# / { print substr($0, 3); next }
        !body { body = 1; print "\n```dsc"; if ($0 == "") next }
        /^test "/ { exit }
        { for (; blank > 0; blank--) print ""; if ($0 == "") blank++; else print }
        END {
            print "```\n\n```console"
            if (n == 0) command[++n] = "$ dsc run " file
            for (i = 1; i <= n; i++) {
                print command[i]
                while ((getline line < out) > 0 && line != "--")
                    print line
            }
            print "```"
        }' "$from.ds"
}

while IFS= read -r line; do
    case $line in
    @*) recipe "${line#@}" ;;
    *) printf '%s\n' "$line" ;;
    esac
done <docs/cookbook.in
