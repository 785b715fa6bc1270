#!/bin/bash
# bad_files.sh: files that are not there, not readable, not files.
. "$TOP/tests/cli_lib.sh"

echo 'source file("nowhere.txt") | sink stdout()' >p.ds
expect 1 "$DSC" run p.ds
says err nowhere.txt
says err "No such file"
silent out
mkdir folder
echo 'source file("folder") | sink stdout()' >p.ds
expect 1 "$DSC" run p.ds
says err folder
if [[ $(id -u) != 0 ]]; then
    echo x >secret
    chmod 0 secret
    echo 'source file("secret") | sink stdout()' >p.ds
    expect 1 "$DSC" run p.ds
    says err "Permission denied"
fi
# A pattern that matches nothing is said, too.
echo 'source file("*.nothing") | count() | sink stdout()' >p.ds
expect 1 "$DSC" run p.ds
says err "*.nothing"
exit 0
