#!/bin/bash
# big_programs.sh: programs of 10,000 operators or nested 1,000 deep: the right answer or a clear message.
. "$TOP/tests/cli_lib.sh"

{
    echo 'source queue([[0]])'
    for ((i = 0; i < 10000; i++)); do echo '  | map(_ + 1)'; done
    echo '  | sink stdout()'
} >wide.ds
timeout $LIMIT "$DSC" run wide.ds >out 2>err </dev/null
case $? in
0) [[ $(cat out) = 10000 ]] || fail "another sum" ;;
2) says err "error[" ;;
*) fail "exit status of 10,000 operators" ;;
esac
{
    printf 'source queue([[1]]) | map(x => '
    for ((i = 0; i < 1000; i++)); do printf '(1 + '; done
    printf x
    for ((i = 0; i < 1000; i++)); do printf ')'; done
    echo ') | sink stdout()'
} >deep.ds
timeout $LIMIT "$DSC" run deep.ds >out 2>err </dev/null
case $? in
0) [[ $(cat out) = 1001 ]] || fail "another sum" ;;
2) says err "error[" ;;
*) fail "exit status of 1,000 levels" ;;
esac
{
    printf 'source queue([[1]]) | map(x => '
    for ((i = 0; i < 100000; i++)); do printf '('; done
} >open.ds
expect 2 "$DSC" check open.ds
says err "error["
exit 0
