#!/bin/bash
# fmt.sh: dsc fmt: files replaced whole, --check, links, modes; all programs of the tests keep
# their meaning and a second pass changes nothing.
. "$TOP/tests/cli_lib.sh"

printf '# words\nsource stdin()|flatMap( _.split(" ") )\n\n\n|  sink   stdout( )# out\n' >a.ds
cat >want <<'.'
# words
source stdin()
  | flatMap(_.split(" "))
  | sink stdout()  # out
.
expect 1 "$DSC" fmt --check a.ds
says out a.ds
chmod 640 a.ds
ln -s a.ds link.ds
expect 0 "$DSC" fmt link.ds
silent out
silent err
same want a.ds
[[ -L link.ds ]] || fail "the link was replaced"
[[ $(stat -c %a a.ds) = 640 ]] || fail "the mode was lost"
expect 0 "$DSC" fmt --check a.ds
silent out
stamp=$(stat -c %i a.ds)
expect 0 "$DSC" fmt a.ds
[[ $(stat -c %i a.ds) = "$stamp" ]] || fail "a formatted file was replaced"

"$DSC" fmt - <a.ds >out || fail "fmt - failed"
same want out
printf '\xef\xbb\xbfbatch   1s\r\nsource stdin() | sink stdout()\r\n' | "$DSC" fmt - >out
printf 'batch 1s\nsource stdin() | sink stdout()\n' >want
same want out

echo 'source stdin( | sink stdout()' >wrong.ds
cp wrong.ds kept
expect 2 "$DSC" fmt wrong.ds a.ds
says err "wrong.ds:1:15"
same wrong.ds kept
expect 2 "$DSC" fmt nowhere.ds
expect 2 "$DSC" fmt
expect 2 "$DSC" fmt --nonsense a.ds
mkdir closed
cp kept closed/a.ds
echo 'batch   1s' >closed/a.ds
if [[ $(id -u) != 0 ]]; then
    chmod 555 closed
    expect 1 "$DSC" fmt closed/a.ds
    says err "cannot write"
    chmod 755 closed
fi
[[ $(ls | grep -c 'ds\.') = 0 ]] || fail "something was left: $(ls)"

# Every program there is. dsc fmt compares the words and comments before and after by itself.
tried=0
for f in "$TOP"/examples/*.ds "$TOP"/tests/lang/*.test "$TOP"/tests/emit/*.test "$TOP"/tests/errors/*.test; do
    case $f in
    *.test) awk '/^--- / { inside = $0 ~ /^--- program/; next } inside' "$f" >p.ds ;;
    *) cp "$f" p.ds ;;
    esac
    [[ $(stat -c %s p.ds) -lt 200000 ]] || continue
    cp p.ds once.ds
    "$DSC" fmt once.ds 2>err
    case $? in
    0) ;;
    2) grep -q E0511 err && fail "$f"; continue ;;
    *) fail "$f" ;;
    esac
    tried=$((tried + 1))
    [[ $(grep -c . once.ds) -gt 0 || ! -s p.ds ]] || fail "$f: nothing is left"
    [[ $(grep -o '#' p.ds | wc -l) = "$(grep -o '#' once.ds | wc -l)" ]] || fail "$f: a comment was lost"
    cp once.ds twice.ds
    "$DSC" fmt twice.ds || fail "$f, again"
    same once.ds twice.ds
done
[[ $tried -gt 100 ]] || fail "only $tried programs"
exit 0
