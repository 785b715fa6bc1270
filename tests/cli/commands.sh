#!/bin/bash
# commands.sh: verbs, help, versions, and exit status 2 for what is wrong.
. "$TOP/tests/cli_lib.sh"

expect 0 "$DSC" --version
says out "dsc "
silent err
expect 0 "$DSC" help
says out "dsc run FILE"
says out reduceByKeyAndWindow
expect 0 "$DSC" --help
expect 0 "$DSC" help reduceByKey
says out "reduceByKey(f: (V, V) -> V)"
expect 0 "$DSC" help split
expect 0 "$DSC" help socket
expect 0 "$DSC" help print
expect 0 "$DSC" help run
expect 2 "$DSC" help reduceBykey
says err reduceByKey
expect 2 "$DSC"
expect 2 "$DSC" rum x.ds
says err "run"
expect 2 "$DSC" run
silent out
expect 2 "$DSC" run nowhere.ds
says err nowhere.ds
echo 'source stdin() | sink stdout()' >ok.ds
expect 2 "$DSC" run --nonsense ok.ds
says err nonsense
silent out
expect 2 "$DSC" run --threads none ok.ds
expect 2 "$DSC" run --batch 0s ok.ds
expect 2 "$DSC" run ok.ds ok.ds
expect 0 "$DSC" check ok.ds
silent out
echo 'source stdin() | nonsense() | sink stdout()' >bad.ds
for verb in run check explain compile; do
    expect 2 "$DSC" $verb bad.ds
    says err "bad.ds:1:18"
    silent out
done
[[ ! -e bad ]] || fail "an executable was made of a wrong program"
exit 0
