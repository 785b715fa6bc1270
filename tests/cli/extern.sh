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

# structs: the C compiler holds the definition to the fields, too
cat >program.ds <<'END'
type Hit = { path: string, ms: int }
extern fn slow(h: Hit): bool = "slow.c"
source queue([[{ path: "/", ms: 900 }]]) | filter(slow) | sink stdout()
END
printf 'bool slow(dsc_task *task, Hit h)\n{\n    (void)task;\n    return h.ms > 500;\n}\n' >slow.c
expect 0 "$DSC" run program.ds
says out '{path: /, ms: 900}'
sed -i 's/h.ms/h.seconds/' slow.c
expect 1 "$DSC" run program.ds
says err slow.c:4
sed -i 's/h.seconds/h.ms/; s/Hit h/int_string h/' slow.c
expect 1 "$DSC" run program.ds
says err slow.c:1
