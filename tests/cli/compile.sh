#!/bin/bash
# compile.sh: an executable stands alone: its help, its params, its size, static or not.
. "$TOP/tests/cli_lib.sh"

cat >hello.ds <<'END'
# says hello
param name: string = "world"
param times: int
source queue([["hello"]]) | map(format("{} {}", _, name).repeat(times)) | sink stdout()
END
expect 0 env CFLAGS= "$DSC" compile hello.ds
silent out
silent err
[[ -x hello ]] || fail "there is no hello"
mkdir elsewhere
mv hello elsewhere/
cd elsewhere || exit 1
expect 0 ./hello --help
says out --name
says out --times
says out --threads
expect 0 ./hello --times=1
[[ $(cat out) = "hello world" ]] || fail "other output"
expect 0 ./hello --name=you --times=2
[[ $(cat out) = "hello youhello you" ]] || fail "other output"
expect 2 ./hello
says err times
expect 2 ./hello --times=many
says err times
expect 2 ./hello --times=1 --nothing=2
cd .. || exit 1

if [[ -z $VARIANT ]]; then
    size=$(stat -c %s elsewhere/hello)
    ((size < 300000)) || fail "the executable has $size bytes"
    if command -v ldd >/dev/null; then
        ldd elsewhere/hello | grep -vE 'linux-vdso|/libc\.so|/libm\.so|ld-linux' && fail "it needs more than libc"
    fi
    if grep -qx 'HAVE_STATIC = 1' "$TOP/build/config.mk"; then
        expect 0 "$DSC" compile --static hello.ds -o hello-static
        expect 0 ./hello-static --times=1
        [[ $(cat out) = "hello world" ]] || fail "other output"
    fi
fi

# Every connector and format can be linked, by the name that aot.c gives it; only what is used lies in an executable.
"$DSC" help | sed -n '/^\(sources\|sinks\|formats\)$/,/^$/p' | grep '^ ' | xargs -n 1 >names
words=$(sed 's/.*/"&"/' names | paste -sd,)
echo "source queue([[1]]) | flatMap(_ => [$words]) | sink stdout()" >every.ds
expect 0 "$DSC" compile every.ds -o every
expect 0 ./every
same out names
(($(wc -l <names) > 20)) || fail "there are more names than $(wc -l <names)"
if [[ -z $VARIANT ]]; then
    grep -q libsqlite3 every || fail "no sink sqlite in it"
    grep -q libsqlite3 elsewhere/hello && fail "a sink that is not used lies in the executable"
fi

expect 0 "$DSC" compile --emit c hello.ds
mv out unit.c
says unit.c "dsc_main_program"
expect 0 "$DSC" compile --emit c hello.ds -o same.c
same unit.c same.c
expect 0 "$DSC" compile --emit plan hello.ds
silent err
expect 2 "$DSC" compile --emit nonsense hello.ds
expect 1 env CC=no-such-compiler "$DSC" compile hello.ds -o x
says err no-such-compiler
[[ ! -e x ]] || fail "something was left behind"
expect 1 "$DSC" compile hello.ds -o no/such/folder/x
exit 0
