# A dsc that was built without PCRE2 says so where a program asks for regular expressions.
. "$TOP/tests/cli_lib.sh"
if grep -q 'HAVE_PCRE2 = 1' "$TOP/build/config.mk"; then
    echo "this dsc was built with PCRE2"
    exit 77
fi
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
