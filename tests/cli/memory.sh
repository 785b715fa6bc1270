#!/bin/bash
# memory.sh: memory does not grow with the length of the input. (plain build only: a sanitizer's memory is its own)
. "$TOP/tests/cli_lib.sh"

yes 'to be or not to be that is the question' | head -c 20000000 >small
yes 'to be or not to be that is the question' | head -c 400000000 >large
echo 'param f: string
source file(f) | flatMap(_.words()) | map((_, 1)) | reduceByKey(_ + _) | sink stdout()' >count.ds
expect 0 maxrss small.kb "$DSC" run count.ds --f=small --step 8000000
expect 0 maxrss large.kb "$DSC" run count.ds --f=large --step 8000000
echo "small $(cat small.kb) kB, large $(cat large.kb) kB"
(($(cat large.kb) < $(cat small.kb) + 20000)) || fail "from $(cat small.kb) to $(cat large.kb) kB"
expect 0 maxrss large.kb "$DSC" run count.ds --f=large
(($(cat large.kb) < 200000)) || fail "$(cat large.kb) kB"
exit 0
