#!/bin/bash
# explain.sh: the plan as text, as DOT that dot can draw, as JSON.
. "$TOP/tests/cli_lib.sh"

cp "$TOP/examples/loglevels.ds" .
expect 0 "$DSC" explain loglevels.ds
says out reduceByKeyAndWindow
silent err
cp out text
expect 0 "$DSC" explain --format text loglevels.ds
same text out
expect 0 "$DSC" explain --format dot loglevels.ds
says out digraph
if command -v dot >/dev/null; then
    dot -Tsvg out >drawn.svg || fail "dot cannot draw it"
    expect 0 "$DSC" explain --format svg loglevels.ds
    says out "<svg"
fi
expect 0 "$DSC" explain --format json loglevels.ds
if command -v python3 >/dev/null; then
    python3 -m json.tool <out >/dev/null || fail "not JSON"
fi
expect 2 "$DSC" explain --format nonsense loglevels.ds
exit 0
