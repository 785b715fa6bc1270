#!/bin/bash
# libc_only.sh: executables run in a tree that holds nothing but the C library, static ones in an empty one. (plain build only)
. "$TOP/tests/cli_lib.sh"

# in_tree FOLDER COMMAND ..: with that folder as the root of all files.
if chroot / true 2>/dev/null; then
    in_tree() { chroot "$@"; }
elif unshare -r chroot / true 2>/dev/null; then
    in_tree() { unshare -r chroot "$@"; }
else
    skip "this user may not change the root folder"
fi

echo 'param name: string = "x"
source stdin() | flatMap(_.words()) | map(w => (w, 1)) | reduceByKey(_ + _) | map((w, n) => format("{} {} {}", name, w, n)) | sink stdout()' >count.ds
printf 'y a 2\ny b 1\n' >expected

mkdir tree
expect 0 "$DSC" compile count.ds -o tree/count
for library in $(ldd tree/count | grep -o '/[^ ]*'); do
    mkdir -p "tree$(dirname "$library")"
    cp -L "$library" "tree$library"
done
echo 'a b a' | in_tree tree /count --name=y >out 2>err || fail "it does not run"
same expected out

grep -qx 'HAVE_STATIC = 1' "$TOP/build/config.mk" || exit 0
mkdir empty
expect 0 "$DSC" compile --static count.ds -o empty/count
echo 'a b a' | in_tree empty /count --name=y >out 2>err || fail "the static one does not run"
same expected out
exit 0
