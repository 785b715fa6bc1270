#!/bin/bash
# no_regex.sh: a dsc without PCRE2 runs programs, and says so where one asks for regular expressions; plain build only.
. "$TOP/tests/cli_lib.sh"
DSC=$TOP/build/nopcre/dsc
[[ -x $DSC ]] || fail "there is no $DSC: make nopcre builds it"
strings=$(printf 'a b\nb\n' | "$DSC" run -e 'source stdin() | flatMap(_.words()) | countByValue() | sink stdout()')
[[ $strings = $'(a,1)\n(b,2)' ]] || fail "other output: $strings"

echo 'source stdin() | filter(_.matches("a+")) | sink stdout()' >program.ds
"$DSC" check program.ds >out 2>err
[[ $? -eq 2 && ! -s out ]] || fail "exit status or output"
diff err - <<'END' || fail "other messages"
error[E0419]: this dsc was built without regular expressions
  --> program.ds:1:27
   |
 1 | source stdin() | filter(_.matches("a+")) | sink stdout()
   |                           ^^^^^^^ needs PCRE2
   |
   = help: where dsc is built: `./configure --install-deps && make`; contains, startsWith, endsWith, split and words need no PCRE2
END
