#!/bin/bash
# install.sh: what `make install` puts below DESTDIR works there; `make uninstall` takes it all away. (plain build only: what is installed is the plain build)
. "$TOP/tests/cli_lib.sh"

make -C "$TOP" --no-print-directory install DESTDIR="$PWD/root" >out 2>err || fail "make install"
dsc=$(find root -name dsc -type f)
[[ -x $dsc ]] || fail "no dsc"
[[ -n $(find root -name dsc.1) ]] || fail "no man page"
echo 'source stdin() | sink stdout()' >p.ds
echo hello | env -i PATH="$PATH" "$dsc" run p.ds >out 2>err || fail "the installed dsc does not run"
[[ $(cat out) = hello ]] || fail "other output"
env -i PATH="$PATH" "$dsc" compile p.ds -o p 2>err || fail "the installed dsc does not compile"
echo hello | ./p >out
[[ $(cat out) = hello ]] || fail "other output"
make -C "$TOP" --no-print-directory uninstall DESTDIR="$PWD/root" >out 2>err || fail "make uninstall"
[[ -z $(find root -type f) ]] || fail "left behind: $(find root -type f)"
exit 0
