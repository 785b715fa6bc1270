#!/bin/bash
# laws.sh: dsc check --laws: which laws functions that combine break, by what, and which of them have to be kept.
. "$TOP/tests/cli_lib.sh"

# A program with a stream of pairs (string, int), and what follows it.
program() { printf 'batch 1s\nlet nums = source queue([[("a", 1)]])\nnums | %s | sink print()\n' "$1" >p.ds; }

program 'reduceByKeyAndWindow((a, b) => a - b, 2s)'
expect 2 "$DSC" check --laws p.ds
says out 'p.ds:3:8: reduceByKeyAndWindow((a, b) => a - b, 2s)'
says out 'not associative, and has to be'
says out 'f(f(0, 0), 1)  is  -1'
says out 'f(0, f(0, 1))  is  1'
says err '1 law is broken'

# Sums, with an inverse that undoes them, and one that does not.
program 'reduceByKeyAndWindow(_ + _, _ - _, 2s, 1s)'
expect 0 "$DSC" check p.ds --laws
says out '  associative, in '
says out '  commutative, in '
says out '  undone by its inverse, in '
silent err
program 'reduceByKeyAndWindow(_ + _, (a, b) => a - b + 1, 2s, 1s)'
expect 2 "$DSC" check --laws p.ds
says out 'not undone by its inverse, and has to be'
says out 'inverse(f(0, 0), 0)  is  1'
says out '      0  is  0'

# What is in order goes left to right anyway.
program 'reduceByKey((a, b) => a * 10 + b)'
expect 0 "$DSC" check --laws p.ds
says out 'not associative, which is not asked of reduceByKey'
silent err

# Records, options and strings; the simplest that can be.
program 'map((k, n) => (k, { n: n, who: some(k) })) | reduceByKey((a, b) => { n: a.n + b.n, who: a.who ?? b.who })'
expect 0 "$DSC" check --laws p.ds
says out 'f({ n: 0, who: some("") }, { n: 0, who: some("a") })  is  { n: 0, who: some("") }'

# A law that only large ints break: no overflow, which says nothing, but a limit.
program 'reduceByKey((a, b) => if a > 1000000 then 5 else max(a, b))'
expect 0 "$DSC" check --laws p.ds
says out '9223372036854775807'

# Floats: sums are exact, products are rounded, which is told but breaks nothing.
program 'mapValues(_ / 2.0) | reduceByKeyAndWindow(_ * _, 2s)'
expect 0 "$DSC" check --laws p.ds
says out 'associative, in'
says out 'but for the rounding of floats'
program 'mapValues(_ / 2.0) | reduceByKeyAndWindow(_ + _, 2s)'
expect 0 "$DSC" check --laws p.ds
! grep -q rounding out || fail "sums are exact"

# merge has to give what folding on gives.
program 'aggregateByKey(0, (m, v) => m + v * v, (a, b) => a * b)'
expect 0 "$DSC" check --laws p.ds
says out 'not merged as it folds, which is not asked of aggregateByKey'
says out 'merge(f(0, 0), f(f(0, 0), 1))  is  0'
says out 'f(f(f(0, 0), 0), 1)  is  1'
program 'combineByKey(v => (1, v), ((n, s), v) => (n + 1, s + v), ((n, a), (m, b)) => (n + m, a + b))'
expect 0 "$DSC" check --laws p.ds
says out 'merged as it folds, in'

# Functions that never give anything; params without a default.
printf 'param k: int\nsource queue([[1]]) | reduce((a, b) => (a + b) / (k - k)) | sink stdout()\n' >p.ds
expect 0 "$DSC" check --laws p.ds
says out 'all values are bad elements'

# The program must be right first, and what is not interpreted is said.
printf 'source queue([[1]]) | reduce(_ + "x") | sink stdout()\n' >p.ds
expect 2 "$DSC" check --laws p.ds
silent out
expect 2 "$DSC" check --laws --format json p.ds
says err '--laws writes text only'
printf 'extern fn f(a: int, b: int): int = "f.c"\nsource queue([[1]]) | reduce(f(_, _)) | sink stdout()\n' >p.ds
printf '#include "dsc_abi.h"\nint64_t f(dsc_task *task, int64_t a, int64_t b)\n{\n    (void)task;\n    return a + b;\n}\n' >f.c
expect 2 "$DSC" check --laws p.ds
says err 'functions in C are not interpreted: `f`'
expect 2 "$DSC" run --reference p.ds
says err 'functions in C are not interpreted: `f`'
