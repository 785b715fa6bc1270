# spark.sh: what docs/spark.md shows as dsc is dsc, and its table of Spark's test cases names every test there is.
. "$TOP/tests/cli_lib.sh"
cp -r "$TOP/examples" .
page=$TOP/docs/spark.md
awk '/^```dsc prelude/ { inside = 1; next } /^```/ { inside = 0 } inside' "$page" >prelude.ds

# The second cell of a row; `\|` is a bar there.
awk '/^\| / {
    gsub(/\\\|/, "\001")
    split($0, cell, "|")
    if (match(cell[3], /`[^`]*`/)) {
        code = substr(cell[3], RSTART + 1, RLENGTH - 2)
        gsub("\001", "|", code)
        if (code ~ /^(source|ints|words|pairs|others|hits) /) print code
    }
}' "$page" >programs
[[ $(wc -l <programs) -ge 45 ]] || fail "only $(wc -l <programs) programs in the tables"

while IFS= read -r code; do
    [[ $code == *'| sink '* ]] || code+=' | sink discard()'
    { cat prelude.ds; printf '%s\n' "$code"; } >program.ds
    "$DSC" check program.ds >out 2>err || fail "$code"
done <programs

awk '/^## Spark.s own test cases/ { on = 1 } on && /^\| [A-Z]/ { split($0, cell, "|"); gsub(/[ `]/, "", cell[4]); if (cell[4] != "") print cell[4] }' "$page" | sort >named
basename -s .test "$TOP"/tests/conformance/*.test | sort >there
same there named
exit 0
