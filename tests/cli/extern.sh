#!/bin/bash
# extern.sh: functions in C: the C compiler holds them to their declared types; options and params reach the program.
. "$TOP/tests/cli_lib.sh"

mkdir lib
cat >lib/half.ds <<'END'
extern fn half(n: int): int? = "half.c"
END
cat >lib/half.c <<'END'
#include "dsc_abi.h"
bool half(dsc_task *task, int64_t n, int64_t *out)
{
    (void)task;
    *out = n / 2;
    return n % 2 == 0;
}
END
cat >program.ds <<'END'
import "lib/half.ds"
param more: int = 0
source queue([[4, 5]]) | map(_ + more) | map(half(_)) | sink stdout()
END
printf 'some(2)\nnone\n' >want
expect 0 "$DSC" run program.ds
same out want
printf 'none\nsome(3)\n' >want
expect 0 "$DSC" run --threads 2 program.ds --more=1
same out want
expect 0 "$DSC" compile program.ds -o program
expect 0 ./program --more=1
same out want

# other types than declared
sed -i 's/int64_t n,/double n,/' lib/half.c
expect 1 "$DSC" run program.ds
says err half.c
expect 1 "$DSC" compile program.ds -o other
says err half.c
[[ ! -e other ]] || fail "there is an executable"
expect 0 "$DSC" check program.ds

# no such function in the file
printf '#include "dsc_abi.h"\n' >lib/half.c
expect 1 "$DSC" compile program.ds -o other
says err half
