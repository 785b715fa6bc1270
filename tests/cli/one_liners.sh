#!/bin/bash
# one_liners.sh: -e and -: programs on the command line and from standard input; messages for editors.
. "$TOP/tests/cli_lib.sh"

words='source stdin() | flatMap(_.split(" ")) | countByValue() | sink stdout()'
printf 'a b\na\n' | "$DSC" -e "$words" >out 2>err || fail "-e failed"
printf '(a,2)\n(b,1)\n' >want
same want out
silent err
printf 'a b\na\n' | "$DSC" run -e "$words" --threads 1 >out || fail "run -e failed"
same want out
expect 0 "$DSC" -e 'param n: int = 1; source queue([[1]]) | map(_ + n) | sink stdout()' --n=4
says out 5
expect 0 "$DSC" explain -e "$words"
expect 0 "$DSC" compile --emit c -e "$words"
says out dsc_
expect 2 "$DSC" check -e 'source stdin() | mop(_) | sink stdout()'
says err "-e:1:18"
expect 2 "$DSC" -e
says err "-e needs a program"
expect 2 "$DSC" check -e "$words" x.ds
expect 2 "$DSC" check -e "$words" -e "$words"
echo 'source stdin() | mop(_) | sink stdout()' >p.ds
"$DSC" check - <p.ds 2>err && fail "a wrong program passed"
says err "-:1:18"
echo 'source queue([[7]]) | sink stdout()' | "$DSC" run - >out || fail "run - failed"
says out 7

# ---- JSON lines
expect 2 "$DSC" check --format json p.ds
silent err
cat >want <<'.'
{"file": "p.ds", "line": 1, "column": 18, "endLine": 1, "endColumn": 21, "severity": "error", "code": "E0201", "message": "there is no operator `mop`", "label": "not an operator or a pipe", "expected": [], "help": ["did you mean `map`?"], "related": []}
.
same want out
printf 'let a = 1\nlet a = "\\u{1}\\"\\\\"\nsource queue([[a]]) | sink stdout()\n' >twice.ds
expect 2 "$DSC" check --format=json twice.ds
says out '"related": [{"file": "twice.ds", "line": 1, '
expect 2 "$DSC" run --format json p.ds
silent out
says err '"code": "E0201"'
expect 2 "$DSC" compile --format json p.ds
says err '"code": "E0201"'
expect 0 "$DSC" check --format json -e "$words"
silent out
expect 0 "$DSC" check --format text -e "$words"
expect 2 "$DSC" check --format xml p.ds
expect 0 "$DSC" check --format json -e 'let unused = 1; source stdin() | sink stdout()'
says out '"severity": "warning"'
if type python3 >/dev/null 2>&1; then
    printf 'let s = "\xc3\xa4\x01" source\nlet \xe2\x80\x9cx = 1\n' >odd.ds
    "$DSC" check --format json odd.ds >out
    python3 -c 'import json, sys; [json.loads(l) for l in open("out")]' || fail "not JSON"
fi
exit 0
