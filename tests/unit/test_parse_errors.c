/* test_parse_errors.c: what the front end says of wrong programs, where it goes on
 * after them, and the table of hints. */
#define _POSIX_C_SOURCE 200809L
#include "parse_test.h"

#include "hints.h"

/* The only error of `text` is this. */
static void says(const char *text, const char *error)
{
    Parsed r = parse(text);
    Text lines = error_lines(r.messages), want = {0};
    text_printf(&want, "%s\n", error);
    if (strcmp(lines.p, want.p) != 0)
        fprintf(stderr, "%s\n", text);
    assert_string_equal(lines.p, want.p);
    text_free(&lines);
    text_free(&want);
    parsed_free(&r);
}

static void found_and_expected(void **state)
{
    (void)state;
    says("let a = 3 4", "E0101 1:11 found `4`, expected an operator or the end of the line");
    says("let a = ", "E0101 1:8 found the end of the line, expected a value");
    says("let a", "E0101 1:6 found the end of the line, expected `=` or `:`");
    says("let", "E0101 1:4 found the end of the line, expected a name or a tuple of names");
    says("let 3 = a", "E0101 1:5 found `3`, expected a name or a tuple of names");
    says("let a = [1 2]", "E0101 1:12 found `2`, expected an operator, `,` or `]`");
    says("let a = f(1 2)", "E0101 1:13 found `2`, expected an operator, `,` or `)`");
    says("let a = f(, 2)", "E0101 1:11 found `,`, expected a value or `)`");
    says("let a = { }", "E0101 1:11 found `}`, expected a field's name");
    says("let a = { n: }", "E0101 1:14 found `}`, expected a value");
    says("let a = { n 1 }", "E0101 1:13 found `1`, expected `:`, `,` or `}`");
    says("let a = x.", "E0101 1:11 found the end of the line, expected a field's name");
    says("let a = source", "E0101 1:15 found the end of the line, expected the name of a source, as in `socket(host, port)`");
    says("a | sink", "E0101 1:9 found the end of the line, expected the name of a sink, as in `print()`");
    says("a | sink print() as", "E0101 1:20 found the end of the line, expected the name of a format, as in `csv(T)`");
    says("a |", "E0119 1:4 found the end of the line, expected the name of an operator, or `sink`");
    says("a | (x => x)", "E0119 1:5 found `(`, expected the name of an operator, or `sink`");
    says("let a = if b then c", "E0101 1:20 found the end of the line, expected an operator or `else`");
    says("let a = if b", "E0101 1:13 found the end of the line, expected an operator or `then`");
    says("let a = x is 3", "E0101 1:14 found `3`, expected `none` or `some`");
    says("let a = x is some", "E0101 1:18 found the end of the line, expected `(`");
    says("type A", "E0101 1:7 found the end of the line, expected `=`");
    says("type A = 3", "E0101 1:10 found `3`, expected a type");
    says("type A = [int", "E0108 1:10 this `[` is not closed");
    says("param p", "E0101 1:8 found the end of the line, expected `:`");
    says("param p: int 1", "E0101 1:14 found `1`, expected `=` or the end of the line");
    says("param p = 1", "E0101 1:9 found `=`, expected `:`");
    says("fn f x = 3", "E0101 1:6 found `x`, expected `(`");
    says("fn f(3) = 3", "E0101 1:6 found `3`, expected a parameter or `)`");
    says("fn f(a, (b, 3)) = 3", "E0101 1:13 found `3`, expected a name or a tuple of names");
    says("on error", "E0101 1:9 found the end of the line, expected `stop`, `skip` or `deadLetter(\"dir\")`");
    says("batch", "E0101 1:6 found the end of the line, expected a value");
    says("batch = 1s", "E0101 1:7 found `=`, expected a value");
    says("= 3", "E0101 1:1 found `=`, expected a statement");
    says("1 +", "E0101 1:4 found the end of the line, expected a value");
    says("let source = 3", "E0120 1:5 `source` is a reserved word and cannot be a name here");
    says("fn none() = 3", "E0120 1:4 `none` is a reserved word and cannot be a name here");
    says("let a = x => ", "E0101 1:13 found the end of the line, expected a value");
    says("let a = f(x + 1 => x)", "E0115 1:17 found `=>`, expected an operator, `,` or `)`");
    says("let a = (1, x) => x", "E0115 1:10 an int cannot be a parameter");
    says("let a = 'very long text that goes on and on and on' 'b'",
         "E0101 1:53 found `'b'`, expected an operator or the end of the line");
    says("let a = b 'very long text that goes on and on and on'",
         "E0101 1:11 found `'very long text that goes on..`, expected an operator or the end of the line");
    says("let a = b then c", "E0101 1:11 found the word `then`, expected an operator or the end of the line");
    says("let a = f(\n  1,\n  2 3\n)", "E0101 3:5 found `3`, expected an operator, `,` or `)`");
    says("let a = [1; 2]", "E0101 1:11 found `;`, expected an operator, `,` or `]`");
}

static void shapes(void **state)
{
    (void)state;
    says("let a = 1 < 2 < 3", "E0114 1:9 comparisons do not chain");
    says("let a = x is none == y", "E0114 1:9 comparisons do not chain");
    says("let a = 1 < x is none", "E0114 1:9 comparisons do not chain");
    says("let a = b + 1 ?? c", "E0116 1:9 `??` and `+` need parentheses to say which comes first");
    says("let a = b ?? c * 2", "E0116 1:9 `??` and `*` need parentheses to say which comes first");
    says("let a = (1,)", "E0117 1:9 a tuple has two parts or more");
    says("a | sink print() | count()", "E0118 1:20 nothing can follow a sink");
    says("let a = f(b: 1, 2, 3)", "E0121 1:17 a plain argument after a named one");
    says("let a = x as csv(header: true, T)", "E0121 1:32 a plain argument after a named one");
    says("let a = { let b = 1 }", "E0122 1:9 the block has no result");
    says("let a = { let b = 1; }", "E0122 1:9 the block has no result");
    says("let a = { ..r, b: 1 }", "E0123 1:11 `..` stands last in a record");
    says("let a = { b: 1, c: 2, b: 3 }", "E0123 1:23 the field `b` is given twice");
    says("type A = { b: int, b: int }", "E0123 1:20 the field `b` is given twice");
    says("import x.ds", "E0101 1:9 found `.`, expected the end of the line");
    says("extern fn geo(ip: string): string? = geo", "E0101 1:38 found `geo`, expected the name of a C file in quotes");
    says("test \"x\" {\n  give a = [[1]]\n  expects b = [[1]]\n}\nlet a = 1",
         "E0101 3:3 found `expects`, expected an operator or `}`");
}

static void brackets(void **state)
{
    (void)state;
    says("let a = )", "E0109 1:9 this `)` closes nothing");
    says("let a = (1 + [2)", "E0109 1:16 found `)`, expected `]`");
    says("let a = f({ n: 1 )", "E0109 1:18 found `)`, expected `}`");
    check_errors("let a = f(1,\nlet b = 2\nbatch 1s", "E0108 1:10 this `(` is not closed\n", "let b = 2\nbatch 1000000us\n");
    check_errors("let a = f([1,\nsource x() | sink y()", "E0108 1:11 this `[` is not closed\n",
                 "do (|sink source x[] y[])\n");
    check_errors("let a = { let b = 1\nfn f() = 1", "E0108 1:9 this `{` is not closed\n", "fn f() = 1\n");
    check_errors("let a = (1\n", "E0108 1:9 this `(` is not closed\n", "");
    /* indented, or no statement word: it is inside the bracket */
    check_errors("let a = f(1,\n let b = 2)\nlet c = 3", "E0101 2:6 found `b`, expected `:`\n", "let c = 3\n");
    check_errors("let a = f(1,\nb | sink print()\nlet c = 3", "E0108 1:10 this `(` is not closed\n", "let c = 3\n");
}

static void recovery(void **state)
{
    (void)state;
    check_errors("let a = 1 1\nlet b = 2\nlet c = * 3\nlet d = 4",
                 "E0101 1:11 found `1`, expected an operator or the end of the line\n"
                 "E0101 3:9 found `*`, expected a value\n",
                 "let b = 2\nlet d = 4\n");
    /* the rest of the statement is skipped, over lines that go on */
    check_errors("let a = b c\n  | map(x)\n  | sink print()\nlet d = 4",
                 "E0101 1:11 found `c`, expected an operator or the end of the line\n", "let d = 4\n");
    check_errors("let a = f(1 2,\n  [3\n])\nlet d = 4", "E0101 1:13 found `2`, expected an operator, `,` or `)`\n",
                 "let d = 4\n");
    /* where a bracket is missing, a line as far left as the statement begins the next */
    check_errors("let a = f(1 (2\nb | sink print()\n", "E0101 1:13 found `(`, expected an operator, `,` or `)`\n",
                 "do (|sink b print[])\n");
    check_errors("let a = 1 2; let b = 3", "E0101 1:11 found `2`, expected an operator or the end of the line\n",
                 "let b = 3\n");
    check_errors("let a = f(1 2; 3); let b = 3", "E0101 1:13 found `2`, expected an operator, `,` or `)`\n",
                 "let b = 3\n");
    /* in a block the whole statement is skipped */
    check_errors("fn f(x) = {\n  let a = 1 2\n  let b = 2\n  a\n}\nlet c = 3",
                 "E0101 2:13 found `2`, expected an operator, `}` or the end of the line\n", "let c = 3\n");
    /* a statement that cannot be over is over where the next begins */
    check_errors("let a = b as\nlet c = 1\nlet d = c.\nfn f() = 1\nlet e = 1 +\nparam p: int = 1",
                 "E0101 1:13 found the end of the line, expected the name of a format, as in `csv(T)`\n"
                 "E0101 3:11 found the end of the line, expected a field's name\n"
                 "E0101 5:12 found the end of the line, expected a value\n",
                 "let c = 1\nfn f() = 1\nparam p: int = 1\n");
    /* errors of words do not bring errors of grammar */
    check_errors("let a = \"x\nlet b = @\nlet c = 1 @ 2 @ 3", "E0103 1:9 the string is not closed on its line\n"
                 "E0102 2:9 unknown character `@`\nE0102 3:11 unknown character `@`\nE0102 3:15 unknown character `@`\n", "");
    check_errors("let a = \xc3\xa9\nlet b = \xe2\x80\x9cx\xe2\x80\x9d\nlet c = 1\r2\nlet d = a\xc2\xa0+ b",
                 "E0102 1:9 unknown character `\xc3\xa9`\n"
                 "E0102 2:9 `\xe2\x80\x9c` is not a quote of dsc\nE0102 2:13 `\xe2\x80\x9d` is not a quote of dsc\n"
                 "E0102 3:10 there is a control character (13) in the program\n"
                 "E0102 4:10 there is an invisible character (U+00A0) in the program\n", "");
}

static void habits(void **state)
{
    (void)state;
    /* read as what was meant: the AST is whole */
    static const struct { const char *text, *sign, *ast; } mended[] = {
        {"val x = 3", "val", "let x = 3\n"},
        {"var x: int = 3", "var", "let x: int = 3\n"},
        {"def f(x: int): int = x", "def", "fn f(x: int): int = x\n"},
        {"let a = { val b = 1; var c = 2; b }", NULL, "let a = {b = 1; c = 2; b}\n"},
        {"let a = b && c", "&&", "let a = (and b c)\n"},
        {"let a = b || c", "||", "let a = (or b c)\n"},
        {"let a = b ?: c", "?:", "let a = (?? b c)\n"},
        {"a |> count() |> sink print()", NULL, "do (|sink (| a count[]) print[])\n"},
        {"let f = x -> x", "->", "let f = (x => x)\n"},
        {"let a = 1 // one", "//", "let a = 1\n"},
        {"let a = 1 /* one\n two */ let b = 2", "/*", "let a = 1\nlet b = 2\n"},
        {"let a = 1 /* one\n two", "/*", "let a = 1\n"},
        {"let a = $1", "$1", "let a = _\n"},
        {"let a = s\"x $y\"", "s\"..\"", "let a = 'x $y'\n"},
        {"let a = f'x'", "f\"..\"", "let a = 'x'\n"},
        {"let a = b === c", "===", "let a = (== b c)\n"},
        {"let a = b <> c", "<>", "let a = (!= b c)\n"},
        {"let a := b ++ c ** d", NULL, "let a = (+ b (* c d))\n"},
        {"let a = None", "None", "let a = none\n"},
        {"let a = f(null, True)", NULL, "let a = f[none, true]\n"},
        {"let a = Some(1)", "Some", "let a = (some 1)\n"},
        {"let a = x is Some(y)", "Some", "let a = (is x some y)\n"},
        {"a | map(case (k, v) => k)", "case", "do (| a map[(k, v => k)])\n"},
    };
    for (size_t i = 0; i < sizeof mended / sizeof *mended; i++) {
        Parsed r = parse(mended[i].text);
        assert_string_equal(r.ast, mended[i].ast);
        assert_true(r.errors > 0);
        assert_non_null(strstr(r.messages, "error[E0110]"));
        assert_null(strstr(r.messages, "error[E0101]"));
        assert_non_null(strstr(r.messages, "= help: "));
        if (mended[i].sign) {
            Text found = {0};
            text_printf(&found, "`%s` is not a ", mended[i].sign);
            assert_non_null(strstr(r.messages, found.p));
            text_free(&found);
            assert_int_equal(r.errors, 1);
        }
        parsed_free(&r);
    }
    check_errors("a | map(x: int => x + 1)", "E0110 1:9 a parameter with a type stands in parentheses\n",
                 "do (| a map[(x: int => (+ x 1))])\n");
    check_help("a | map(x: int => x + 1)", "write `(x: int) => ..`");
    check_help("a | map(c: Click => c)", "write `(c: Click) => ..`");
    check_ast("a | fold(init: x => x)", "do (| a fold[init: (x => x)])\n");
    /* names of habit are names where they are defined */
    check_ast("let val = 1\nlet x = val + case\nval | sink print()\nlet y = r.null + r.Some(1)\nlet z = { None: 1 }",
              "let val = 1\nlet x = (+ val case)\ndo (|sink val print[])\nlet y = (+ r.null r.Some[1])\n"
              "let z = (record None: 1)\n");

    check_help("let a = !b", "write `not`; `x!` behind a value says that it must be there");
    check_help("let a = b ? c : d", "write `if c then a else b`; for a value that may be missing, `x ?? d`");
    check_help("let a = b ~ c", "write `s.contains(\"..\")` for a piece of text, `matches(s, r\"..\")` for a regular expression");
    check_help("END { x }", "a batch ends by itself: count(), reduce(..) and reduceByKey(..) give one result a batch");
    check_help("for x in y", "there are no loops: operators work on each element, and lists are walked by map, filter and fold");
    check_help("return x", "there is no `return`: the expression is the result");
    check_help("a | map { case (k, v) => k }", "arguments stand in parentheses: `map(x => x + 1)`, `map((k, v) => ..)`");
    check_help("x = 3", "write `let x = ..`");
    check_help("a | sink print(n = 10)", "a named argument or field is written `n: ..`, a comparison `==`");
    check_help("let a = f(b.c = 1)", "a comparison is written `==`");
    check_help("a | map(int x => x)", "a parameter with a type is written `(x: int) => ..`");
    check_help("let a = if b { c }", "write `if c then a else b`");
    check_help("let a = 1 + if b then c else d",
               "an `if` inside a larger expression stands in parentheses: `1 + (if c then a else b)`");
    check_help("a | count() sink print()", "put `|` before `sink`");
    check_help("a | print \"x\"", "write `| sink print()`");
    check_help("let a = x is not none", "write `not (x is none)`, or `x is some(v)`");
    check_help("fn f(x) => x", "a function is written `fn f(x: int): int = x + 1`");
    check_help("fn f(x) { x }", "a function is written `fn f(x: int): int = x + 1`");
    check_help("param p = 1", "a param has a type and usually a default: `param port: int = 9999`");
    check_help("let a = b + 1 ?? c", "write `a + (b ?? c)` or `(a + b) ?? c`");
    check_help("x += 1", "values do not change; use reduceByKey or a new `let`");
    check_help("let a = \xe2\x80\x9cx\xe2\x80\x9d", "use straight quotes: \"text\" or 'text'");
    check_help("let source = 1", "choose another name, such as `source_`");
}

static void hint_table(void **state)
{
    (void)state;
    assert_string_equal(hint_for_name(HINT_OPERATOR, "foreachRDD"),
                        "elements leave a program through a sink: `| sink print()`, `| sink files(\"out/name\")`");
    assert_string_equal(hint_for_name(HINT_OPERATOR, "pprint"), "write `| sink print()`");
    assert_string_equal(hint_for_name(HINT_OPERATOR, "print"), "write `| sink print()`");
    assert_string_equal(hint_for_name(HINT_OPERATOR, "saveAsTextFiles"), "write `| sink files(\"out/name\", suffix: \"txt\")`");
    assert_string_equal(hint_for_name(HINT_FUNCTION, "Seconds"), "write the duration itself: `10s`");
    assert_string_equal(hint_for_name(HINT_VALUE, "None"), "write `none`");
    assert_string_equal(hint_for_name(HINT_TYPE, "Long"), "write `int`: it has 64 bits");
    assert_null(hint_for_name(HINT_OPERATOR, "None"));
    assert_null(hint_for_name(HINT_FUNCTION, "length"));
    assert_null(hint_for_name(HINT_SIGN, ""));

    /* no row twice, and each says something */
    static const struct { HintKind kind; const char *name, *help; } rows[] = {
#define HINT(kind, name, help) {HINT_##kind, name, help},
#include "hints.def"
#undef HINT
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(strlen(rows[i].help) > 8);
        assert_ptr_equal(strchr(rows[i].help, '\n'), NULL);
        assert_string_equal(hint_for_name(rows[i].kind, rows[i].name), rows[i].help);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found_and_expected), cmocka_unit_test(shapes), cmocka_unit_test(brackets),
        cmocka_unit_test(recovery), cmocka_unit_test(habits), cmocka_unit_test(hint_table),
    };
    return cmocka_run_group_tests_name("parse_errors", tests, NULL, NULL);
}
