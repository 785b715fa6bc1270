#!/bin/bash
# bounds.sh: arguments of sources and sinks that are only known at the start are held to their bounds there.
. "$TOP/tests/cli_lib.sh"

cat >p.ds <<'.'
param cut: int = 2
param shown: int = 10
source stdin(perBatch: cut) | sink print(shown)
.
expect 0 "$DSC" check p.ds
expect 0 "$DSC" run p.ds </dev/null
expect 1 "$DSC" run p.ds --cut=0 </dev/null
says err 'dsc: stdin: perBatch must be at least 1, and is 0'
expect 1 "$DSC" run p.ds --shown=-1 </dev/null
says err 'dsc: print: n must be at least 0, and is -1'

echo 'param port: int = 99999
source socket("127.0.0.1", port) | sink print()' >q.ds
expect 1 "$DSC" run q.ds
says err 'dsc: socket: port must be from 0 to 65535, and is 99999'
exit 0
