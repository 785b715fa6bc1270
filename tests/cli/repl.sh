#!/bin/bash
# repl.sh: dsc repl through a pipe, and on a terminal where script(1) can make one.
. "$TOP/tests/cli_lib.sh"

# session: standard input; output in `out`, messages in `err`.
session() {
    timeout "$LIMIT" "$DSC" repl "$@" >out 2>err
    local status=$?
    [[ $status -eq 0 ]] || fail "exit status $status"
}

session <<'.'
1 + 2
"a b".split(" ")
let x = 4
x * 2.5
fn half(a: int): int? = if a % 2 == 0
  then some(a / 2)
  else none
half(7)
(1,
  "b")
let x = "new"
x
:type (x, [2.0])
:show
.
silent err
cat >want <<'.'
3 : int
["a", "b"] : [string]
x : int
10.0 : float
none : int?
(1, "b") : (int, string)
x : string
"new" : string
(string, [float])
let x = "new"
fn half(a: int): int? = if a % 2 == 0
  then some(a / 2)
  else none
.
same want out

# Streams, going on with `|`, sinks, settings that come late.
session <<'.'
let lines = source queue([["a b", "a"], []])
  | flatMap(_.split(" "))
batch 2s
lines | map((_, 1))
| reduceByKey(_ + _)
lines | sink stdout()
.
silent err
cat >want <<'.'
lines : stream of string
stream of (string, int)
-------------------------------------------
Time: 2000 ms
-------------------------------------------
(a,2)
(b,1)

-------------------------------------------
Time: 4000 ms
-------------------------------------------

a
b
a
.
same want out

# What is wrong is said, and the session goes on.
session <<'.'
let a = 1
a + "x"
nonsense(
  1)
a )
1 / 0
:nonsense
:load nowhere.ds
let a = true + 1
a
.
cat >want <<'.'
a : int
1 : int
.
same want out
says err "repl:3:1"
says err "division by zero"
says err "no command :nonsense"
says err "cannot read nowhere.ds"

cat >p.ds <<'.'
# a program
batch 1s
let words = source queue([["x y"]]) | flatMap(_.split(" "))
words | sink stdout()
.
session p.ds <<<'words | count()'
silent err
says out "2 definitions; 1 pipeline and tests not run"
says out "stream of int"
printf ':load p.ds\n:type words' | session
says out "stream of string"
printf '(1,' | session

# Imports, of files beside the program too.
mkdir lib
echo 'fn twice(n: int): int = n * 2' >lib/more.ds
printf 'import "more.ds"\nlet n = 4\nsource queue([[twice(n)]]) | sink stdout()\n' >lib/p.ds
printf 'import text\nimport stats\n1\ntwice(n)\n:show' | session lib/p.ds
silent err
printf '2 definitions; 1 pipeline and tests not run\n1 : int\n8 : int\nimport "lib/more.ds"\nlet n = 4\nimport text\nimport stats\n' >want
same want out
expect 2 "$DSC" repl --nonsense
expect 2 "$DSC" repl a b

# ---- a terminal: editing and history
type script >/dev/null 2>&1 || exit 0
script -qec true /dev/null </dev/null >/dev/null 2>&1 || exit 0
export DSC_HISTORY=$PWD/history TERM=xterm
# keys TEXT: typed as they stand, each part after the one before was read.
keys() {
    for part in "$@"; do
        printf '%b' "$part"
        sleep 0.3
    done | timeout "$LIMIT" script -qec "$DSC repl" /dev/null >out 2>&1
}
# 12 -> left, 0 -> 102; Ctrl-A, Delete -> 02 is wrong, so: End, Backspace.
keys '1+12\x1b[D0\r' 'junk\x15' '7*8junk\x01\x05\x1b[D\x1b[D\x1b[D\x1b[D\x0b\r' '\x1b[A\x1b[A\x1b[H2\r' 'half way\x03' '5\x7f6 x\x17\r' '\x04'
says out "103 : int"
says out "56 : int"
says out "123 : int"
says out "6 : int"
printf '1+102\n7*8\n21+102\n6 \n' >want
same want history
keys '"\xc3\xa4\xc3\xb6".length()\x1b[D\x1b[D\x1b[D\r' 'flatM\t\r' '\x1b[A\x1b[A\x1b[A\r' '\x04'
says out "2 : int"
says out "flatMap"
says out "6 : int"
exit 0
