/* test_parse.c: every statement and expression form, precedence, the rules on
 * line ends, literals, and spans. */
#define _POSIX_C_SOURCE 200809L
#include "parse_test.h"

static void statements(void **state)
{
    (void)state;
    check_ast("", "");
    check_ast("# nothing\n\n  # more\n", "");
    check_ast("batch 500ms", "batch 500000us\n");
    check_ast("batch -1s", "batch (- 1000000us)\n");
    check_ast("checkpoint \"state\" every 10s", "checkpoint 'state' every 10000000us\n");
    check_ast("checkpoint \"state\" every 10s keep 1m", "checkpoint 'state' every 10000000us keep 60000000us\n");
    check_ast("checkpoint \"state\" keep 10s", "checkpoint 'state' keep 10000000us\n");
    check_ast("checkpoint \"state\"", "checkpoint 'state'\n");
    check_ast("on error stop", "on error stop\n");
    check_ast("on error skip", "on error skip\n");
    check_ast("on error deadLetter(\"rejects\")", "on error deadLetter['rejects']\n");
    check_ast("param host: string = \"localhost\"", "param host: string = 'localhost'\n");
    check_ast("type Click = { user: string, at: time? }", "type Click: {user: string, at: ?time}\n");
    check_ast("type T = (int, [float], { \"a b\": (A), })", "type T: (int, [float], {a b: A})\n");
    check_ast("type T = int??\ntype U = int? ?", "type T: ??int\ntype U: ??int\n");
    check_ast("fn f(x: int): int = x + 1", "fn f(x: int): int = (+ x 1)\n");
    check_ast("fn f((a, _), b: [int],) = a", "fn f((a, _), b: [int]) = a\n");
    check_ast("fn one() = 1", "fn one() = 1\n");
    check_ast("let x = 1", "let x = 1\n");
    check_ast("let (a, (_, c)) = t", "let (a, (_, c)) = t\n");
    check_ast("let x: int? = none", "let x: ?int = none\n");
    check_ast("pipe top(n: int) = map((_, 1)) | limit(n)",
              "pipe top(n: int) = (| (| map[(tuple _, 1)]) limit[n])\n");
    check_ast("pipe out = count | sink print", "pipe out() = (|sink (| count[]) print[])\n");
    check_ast("lines | sink print(20)", "do (|sink lines print[20])\n");
    check_ast("a | sink files(\"out\", suffix: \"csv\") as csv", "do (|sink a files['out', suffix: 'csv'] as csv[])\n");
    check_ast("a | sink stdout() as csv(header: false)", "do (|sink a stdout[] as csv[header: false])\n");
    check_ast("batch 1s; let x = 1;; let y = 2;", "batch 1000000us\nlet x = 1\nlet y = 2\n");
    check_ast(";;batch 1s", "batch 1000000us\n");
}

static void contextual_words(void **state)
{
    (void)state;
    check_ast("let batch = lines | count()\nbatch | sink print()\nbatch.count()",
              "let batch = (| lines count[])\ndo (|sink batch print[])\ndo batch.count[]\n");
    check_ast("let param = 1\nlet type = param + every\nlet on = error",
              "let param = 1\nlet type = (+ param every)\nlet on = error\n");
    check_ast("type | checkpoint(10s) | pipe(1) | sink test()",
              "do (|sink (| (| type checkpoint[10000000us]) pipe[1]) test[])\n");
    check_ast("import | sink extern()\ntest[0] | sink print()\non | count()",
              "do (|sink import extern[])\ndo (|sink (index test 0) print[])\ndo (| on count[])\n");
    check_ast("checkpoint every every every", "checkpoint every every every\n");
    check_ast("checkpoint keep every keep keep every", "checkpoint keep every keep keep every\n");
    check_ast("batch\n  | sink print()", "do (|sink batch print[])\n");
    check_ast("let r = x.source.if?.then\nlet s = { let: 1, as: 2, true: 3 }\nlet t = f(is: 1, not: 2)",
              "let r = x.source.if?.then\nlet s = (record let: 1, as: 2, true: 3)\nlet t = f[is: 1, not: 2]\n");
    check_ast("let r = x.let\nlet s = x.sink(1)", "let r = x.let\nlet s = x.sink[1]\n");
}

static void primaries(void **state)
{
    (void)state;
    check_expr("_", "_");
    check_expr("_1", "_1");
    check_expr("none", "none");
    check_expr("true", "true");
    check_expr("false", "false");
    check_expr("some(1)", "(some 1)");
    check_expr("f()", "f[]");
    check_expr("f(1, a: 2, \"b c\": 3,)", "f[1, a: 2, b c: 3]");
    check_expr("(a)", "a");
    check_expr("(a, (b, c))", "(tuple a, (tuple b, c))");
    check_expr("[]", "(list )");
    check_expr("[1, [2],]", "(list 1, (list 2))");
    check_expr("{ user, n: 1, \"user-id\": 2, ..rest }", "(record user: user, n: 1, user-id: 2 ..rest)");
    check_expr("{ ..r }", "(record  ..r)");
    check_expr("([] : [int])", "(: (list ) [int])");
    check_expr("(none : int?)", "(: none ?int)");
    check_expr("source socket(host, port)", "source socket[host, port]");
    check_expr("source stdin as csv({ a: int }, header: true)", "source stdin[] as csv[type {a: int}, header: true]");
    check_expr("table file(\"a\") as regex(r\"(.)\", (string, [int]))",
               "table file['a'] as regex['(.)', type (string, [int])]");
    check_expr("source x() as binary(T, 4, 1s, true, none, 1.5)",
               "source x[] as binary[type T, 4, 1000000us, true, none, 1.5f]");
    check_expr("{ let a = 1; a }", "{a = 1; a}");
    check_expr("{ let (a, _) = t\n let b = a\n a + b\n}", "{(a, _) = t; b = a; (+ a b)}");
    check_expr("{ let a = 1; a; }", "{a = 1; a}");
}

static void precedence(void **state)
{
    (void)state;
    check_expr("x.f.g?.h[1]!.k(2).0", "(! (index x.f.g?.h 1)).k[2].0");
    check_expr("t.0.1", "t.0.1");
    check_expr("r.\"user-id\"", "r.user-id");
    check_expr("-x.f", "(- x.f)");
    check_expr("- - 1", "(- (- 1))");
    check_expr("-5s", "(- 5000000us)");
    check_expr("1 + 2 * 3 - 4 / 5 % 6", "(- (+ 1 (* 2 3)) (% (/ 4 5) 6))");
    check_expr("1 - 2 - 3", "(- (- 1 2) 3)");
    check_expr("a + 1 < b * 2", "(< (+ a 1) (* b 2))");
    check_expr("not a == b", "(not (== a b))");
    check_expr("not not a", "(not (not a))");
    check_expr("a or b and not c or d", "(or (or a (and b (not c))) d)");
    check_expr("a ?? b ?? c", "(?? a (?? b c))");
    check_expr("a ?? b == c", "(== (?? a b) c)");
    check_expr("a ?? -1", "(?? a (- 1))");
    check_expr("(s ?? 0) + n", "(+ (?? s 0) n)");
    check_expr("a ?? (b + 1)", "(?? a (+ b 1))");
    check_expr("x is some(v) and v > 1", "(and (is x some v) (> v 1))");
    check_expr("x is some((a, _)) or y is none", "(or (is x some (a, _)) (is y))");
    check_expr("(a < b) == (c != d)", "(== (< a b) (!= c d))");
    check_expr("a <= b or a >= b", "(or (<= a b) (>= a b))");
    check_expr("a or b | map(c)", "(| (or a b) map[c])");
    check_expr("a | b | c()", "(| (| a b[]) c[])");
    check_expr("x as json(T)!.a", "(! (as x json[type T])).a");
    check_expr("-x as json(T) is none", "(is (- (as x json[type T])))");
    check_expr("(source a()) as csv", "(as source a[] csv[])");
    check_expr("source a().map(f)", "source a[].map[f]");
    check_expr("source a() as b as c", "(as source a[] as b[] c[])");
    check_expr("if a then b else if c then d else e", "(if a b) else (if c d) else e");
    check_expr("if a | b then c | d else e | f", "(if (| a b[]) (| c d[])) else (| e f[])");
    check_expr("f(if a then b else c, x => x)", "f[(if a b) else c, (x => x)]");
}

static void lambdas(void **state)
{
    (void)state;
    check_expr("x => x | count()", "(x => (| x count[]))");
    check_expr("_ => 1", "(_ => 1)");
    check_expr("() => 1", "( => 1)");
    check_expr("(x) => x", "(x => x)");
    check_expr("(k, (a, _)) => a", "(k, (a, _) => a)");
    check_expr("((a, b)) => a", "((a, b) => a)");
    check_expr("(((a, b))) => a", "((a, b) => a)");
    check_expr("(x: int) => x", "(x: int => x)");
    check_expr("(a: int, b: [string]) => a", "(a: int, b: [string] => a)");
    check_expr("((a, b): (int, int), _: T?) => a", "((a, b): (int, int), _: ?T => a)");
    check_expr("x => y => x + y", "(x => (y => (+ x y)))");
    check_expr("f(k: (a, b) => a)", "f[k: (a, b => a)]");
    check_expr("f(init: x => x)", "f[init: (x => x)]");
    check_expr("x => if x then 1 else y => y", "(x => (if x 1) else (y => y))");
}

/* `let e = head tail` means the same when a line ends between the two. */
static void check_joined(const char *head, const char *tail)
{
    Text split = {0}, whole = {0};
    text_printf(&split, "let e = %s # comment\n\n  # more\n%s\nlet f = 1", head, tail);
    text_printf(&whole, "let e = %s %s\nlet f = 1", head, tail);
    Parsed r = parse(whole.p);
    assert_int_equal(r.errors, 0);
    assert_int_equal(r.program->stmts.n, 2);
    check_ast(split.p, r.ast);
    parsed_free(&r);
    text_free(&split);
    text_free(&whole);
}

static void line_ends(void **state)
{
    (void)state;
    /* a line's end ends a statement */
    check_ast("let a = 1\nlet b = 2", "let a = 1\nlet b = 2\n");
    check_ast("let a = 1\r\nlet b = 2\r\n", "let a = 1\nlet b = 2\n");
    check_ast("let a = x!\nlet b = T\n", "let a = (! x)\nlet b = T\n");
    check_ast("type A = int?\ntype B = A??\nlet b = T\n", "type A: ?int\ntype B: ??A\nlet b = T\n");
    /* not inside a bracket */
    check_ast("let a = f(\n1\n,\n2\n)\nlet b = [\n1\n]", "let a = f[1, 2]\nlet b = (list 1)\n");
    check_ast("let a = {\n n:\n 1\n , m\n}", "let a = (record n: 1, m: m)\n");
    /* not after a word that cannot end a statement */
    static const char *const open[] = {
        "a +", "a -", "a *", "a /", "a %", "a ==", "a !=", "a <", "a <=", "a >", "a >=", "a and", "a or", "not", "a ??",
        "x =>", "-", "a.", "a?.", "a |", "if a then 1 else", "a as",
    };
    for (size_t i = 0; i < sizeof open / sizeof *open; i++) {
        check_joined(open[i], "b");
        check_joined(open[i], "  b");
    }
    check_joined("if", "b then c else d");
    check_joined("if a then", "b else c");
    check_joined("a is", "none");
    check_ast("let\n a = 1", "let a = 1\n");
    check_ast("type A =\n int", "type A: int\n");
    /* not before a word that cannot start one */
    static const char *const next[] = {
        "| b", ".b", ".0", "?.b", "+ b", "* b", "/ b", "% b", "== b", "!= b", "< b", "<= b", "> b", ">= b", "and b", "or b",
        "as b", "is none", "?? b",
    };
    for (size_t i = 0; i < sizeof next / sizeof *next; i++)
        check_joined("a", next[i]);
    check_joined("if a", "then b else c");
    check_joined("if a then b", "else c");
    check_joined("f(a", ")");
    check_joined("x", "=> x");
    /* `-` may start a statement, so it does not go on */
    check_ast("let a = 1\n-b | sink print()", "let a = 1\ndo (|sink (- b) print[])\n");
    /* but `[` and `(` on a new line do not go on either */
    check_ast("let a = x\n[1] | sink print()\n(b) | sink print()",
              "let a = x\ndo (|sink (list 1) print[])\ndo (|sink b print[])\n");
    /* directly inside a block line ends count again, in its brackets not */
    check_expr("f({ let a = 1\n let b = a\n + 2\n g(a,\n b) })", "f[{a = 1; b = (+ a 2); g[a, b]}]");
    check_expr("{\n let a = {\n let b = 1\n b\n }\n a\n }", "{a = {b = 1; b}; a}");
    /* a source may go on at the start of a line, as may what is no statement word */
    check_ast("let a =\nsource stdin()\n  | f(\nx)", "let a = (| source stdin[] f[x])\n");
    check_ast("let a = f(\ntype: 1,\nsource: 2)", "let a = f[type: 1, source: 2]\n");
}

static void numbers(void **state)
{
    (void)state;
    check_expr("0", "0");
    check_expr("42", "42");
    check_expr("1_000_000", "1000000");
    check_expr("0x1f", "31");
    check_expr("0xFF_ff", "65535");
    check_expr("9223372036854775807", "9223372036854775807");
    check_expr("0x7fffffffffffffff", "9223372036854775807");
    check_expr("-9223372036854775808", "(- big)");
    check_expr("-0x8000000000000000", "(- big)");
    check_expr("1.5", "1.5f");
    check_expr("0.1", "0.10000000000000001f");
    check_expr("2e9", "2000000000f");
    check_expr("2E-3", "0.002f");
    check_expr("1_0.2_5e+0_1", "102.5f");
    check_expr("0.0", "0f");
    check_expr("1.7976931348623157e308", "1.7976931348623157e+308f");
    check_expr("4.9e-324", "4.9406564584124654e-324f");
    check_expr("9007199254740993.0", "9007199254740992f");
    check_expr("123456789012345678901234567890.0", "1.2345678901234568e+29f");
    check_expr("1.max(2)", "1.max[2]");
    check_expr("1.5.max(2)", "1.5f.max[2]");

    check_expr("1us", "1us");
    check_expr("250ms", "250000us");
    check_expr("1.5s", "1500000us");
    check_expr("1h30m", "5400000000us");
    check_expr("7d", "604800000000us");
    check_expr("1d2h3m4s5ms6us", "93784005006us");
    check_expr("1_000ms", "1000000us");
    check_expr("0.000001s", "1us");
    check_expr("1.50000000000000000000s", "1500000us");
    check_expr("0.5h1s", "1801000000us");
    check_expr("0s", "0us");
    check_expr("106751991d", "9223372022400000000us");

    static const struct { const char *literal, *error; } wrong[] = {
        {"007", "E0105 1:9 `007` is not a number\n"},
        {"00", "E0105 1:9 `00` is not a number\n"},
        {"0_1", "E0105 1:9 `0_1` is not a number\n"},
        {"1__0", "E0105 1:9 `1__0` is not a number\n"},
        {"1_", "E0105 1:9 `1_` is not a number\n"},
        {"1_.5", "E0105 1:9 `1_.5` is not a number\n"},
        {"1.5_", "E0105 1:9 `1.5_` is not a number\n"},
        {"01.5", "E0105 1:9 `01.5` is not a number\n"},
        {"0x", "E0105 1:9 `0x` is not a number\n"},
        {"0x_1", "E0105 1:9 `0x_1` is not a number\n"},
        {"0xfg", "E0105 1:9 `0xfg` is not a number\n"},
        {"0b101", "E0105 1:9 `0b101` is not a number\n"},
        {"1e", "E0105 1:9 `1e` is not a number\n"},
        {"1e5x", "E0105 1:9 `1e5x` is not a number\n"},
        {"10sec", "E0105 1:9 `10sec` is not a number\n"},
        {"5abc", "E0105 1:9 `5abc` is not a number\n"},
        {"1.", "E0105 1:9 a number does not end in a point\n"},
        {"1h30", "E0105 1:9 `1h30` is not a duration\n"},
        {"30m1h", "E0107 1:9 the parts of the duration `30m1h` are not in order\n"},
        {"1s1s", "E0107 1:9 the parts of the duration `1s1s` are not in order\n"},
        {"106751992d", "E0107 1:9 the duration `106751992d` is too long\n"},
        {"99999999999999999999s", "E0107 1:9 the duration `99999999999999999999s` is too long\n"},
        {"9223372036854775807us1", "E0105 1:9 `9223372036854775807us1` is not a duration\n"},
        {"0.5us", "E0107 1:9 `0.5us` is not a whole number of microseconds\n"},
        {"0.0000001s", "E0107 1:9 `0.0000001s` is not a whole number of microseconds\n"},
        {"9223372036854775808", "E0106 1:9 the number does not fit an int\n"},
        {"9223372036854775808 + 1", "E0106 1:9 the number does not fit an int\n"},
        {"1 - 9223372036854775808", "E0106 1:13 the number does not fit an int\n"},
        {"9223372036854775809", "E0106 1:9 the number does not fit an int\n"},
        {"0xffffffffffffffff", "E0106 1:9 the number does not fit an int\n"},
        {"99999999999999999999999", "E0106 1:9 the number does not fit an int\n"},
        {"1e999", "E0106 1:9 the number does not fit a float\n"},
        {"1e-999", "E0106 1:9 the number does not fit a float\n"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        Text program = {0};
        text_printf(&program, "let e = %s", wrong[i].literal);
        Parsed r = parse(program.p);
        Text lines = error_lines(r.messages);
        assert_string_equal(lines.p, wrong[i].error);
        text_free(&lines);
        text_free(&program);
        parsed_free(&r);
    }
    check_help("let a = 007", "numbers have no leading zeros: write `7`");
    check_help("let a = 10sec", "the units of durations are us ms s m h d: write `10s`");
    check_help("let a = 5minutes", "the units of durations are us ms s m h d: write `5m`");
    check_help("let a = .5", "a number has a digit before its point: write `0.5`");
}

static void strings(void **state)
{
    (void)state;
    check_expr("\"\"", "''");
    check_expr("'a\"b'", "'a\"b'");
    check_expr("\"a'b # c; d\"", "'a'b # c; d'");
    check_expr("\"\\n\\t\\r\\0\\\\\\\"\\'\"", "'\\10\\9\\13\\0\\\"''");
    check_expr("\"\\u{e9}\\u{20ac}\\u{1f600}\\u{41}\"", "'\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80""A'");
    check_expr("\"\\u{10ffff}\\u{7ff}\\u{800}\"", "'\xf4\x8f\xbf\xbf\xdf\xbf\xe0\xa0\x80'");
    check_expr("r\"\\d+\\\" + \"x\"", "(+ '\\d+\\' 'x')");
    check_expr("r'a\"\\'", "'a\"\\'");
    check_expr("\"caf\xc3\xa9\"", "'caf\xc3\xa9'");
    check_expr("r", "r");
    check_expr("\"\tx\"", "'\\9x'");
    check_errors("let e = \"a\\qb\"", "E0104 1:11 `\\q` is not an escape\n", "let e = 'ab'\n");
    check_errors("let e = \"\\\xc3\xa9\"", "E0104 1:10 `\\\xc3\xa9` is not an escape\n", "let e = '\xa9'\n");
    check_errors("let e = '\\u{} \\u{1234567} \\u12 \\u{d800} \\u{110000}'",
                 "E0104 1:10 `\\u` needs one to six hexadecimal digits in braces\n"
                 "E0104 1:15 `\\u` needs one to six hexadecimal digits in braces\n"
                 "E0104 1:27 `\\u` needs one to six hexadecimal digits in braces\n"
                 "E0104 1:32 `\\u{d800}` is not a character\n"
                 "E0104 1:41 `\\u{110000}` is not a character\n",
                 "let e = '{} {1234567} 12  '\n");
    check_errors("let e = \"abc\nlet f = 1", "E0103 1:9 the string is not closed on its line\n", "let f = 1\n");
    check_errors("let e = g('abc\r\n  | x)\nlet f = 1", "E0103 1:11 the string is not closed on its line\n", "let f = 1\n");
    check_errors("let e = r\"abc", "E0103 1:9 the string is not closed on its line\n", "");
    check_errors("let e = \"abc\\", "E0103 1:9 the string is not closed on its line\n", "");
    check_help("let e = \"c:\\\"", "the quote at the end is escaped by `\\`; a backslash itself is `\\\\`");
    check_help("let e = \"\\d\"", "for a regular expression use a raw string: r\"..\"; a backslash itself is \\\\");
    check_errors("let e = x.\"\"", "E0101 1:11 this text cannot be a name\n", "let e = x.?\n");
    check_errors("let e = x.\"a\\0\"", "E0101 1:11 this text cannot be a name\n", "let e = x.?\n");
}

/* A string literal may hold NUL: its length counts. */
static void string_bytes(void **state)
{
    (void)state;
    Parsed r = parse("let e = \"a\\0b\"");
    const Expr *e = r.program->stmts.at[0]->value;
    assert_int_equal(e->text.n, 3);
    assert_memory_equal(e->text.p, "a\0b", 3);
    parsed_free(&r);
}

/* ---- spans ------------------------------------------------------------------- */

static void check_span(const Parsed *r, Span span, const char *want)
{
    const char *line = r->program->text;
    for (int i = 1; i < span.line; i++)
        line = strchr(line, '\n') + 1;
    const char *last = line;
    for (int i = span.line; i < span.end_line; i++)
        last = strchr(last, '\n') + 1;
    const char *from = line + span.col - 1, *to = last + span.end_col - 1;
    char *have = arena_strndup(r->arena, from, (size_t)(to - from));
    assert_string_equal(have, want);
}

static void spans(void **state)
{
    (void)state;
    Parsed r = parse("# first\n"
                     "let views = source dir(\"in\") as json(Click)\n"
                     "  | filter(_.kind == 'v', name: \"n\")\n"
                     "\t| map((k, (a, _)) => (k, { a, b: a!.x(1)[i] }))\n"
                     "fn f(c: Click?): bool = (c).\"user id\" is some(v)\n"
                     "views | sink print(n: 2) as csv(header: true)\n");
    assert_int_equal(r.errors, 0);
    const Stmt *let = r.program->stmts.at[0], *fn = r.program->stmts.at[1], *out = r.program->stmts.at[2];
    const Expr *map = let->value, *filter = map->a, *source = filter->a;
    check_span(&r, let->pattern->span, "views");
    check_span(&r, source->span, "source dir(\"in\") as json(Click)");
    check_span(&r, source->name_span, "dir");
    check_span(&r, source->format.span, "json(Click)");
    check_span(&r, source->format.args.at[0].type->span, "Click");
    check_span(&r, filter->name_span, "filter");
    check_span(&r, filter->span, "source dir(\"in\") as json(Click)\n  | filter(_.kind == 'v', name: \"n\")");
    check_span(&r, filter->args.at[0].span, "_.kind == 'v'");
    check_span(&r, filter->args.at[0].value->a->name_span, "kind");
    check_span(&r, filter->args.at[1].span, "name: \"n\"");
    check_span(&r, filter->args.at[1].name_span, "name");
    check_span(&r, filter->args.at[1].value->span, "\"n\"");
    const Expr *lambda = map->args.at[0].value;
    check_span(&r, lambda->span, "(k, (a, _)) => (k, { a, b: a!.x(1)[i] })");
    check_span(&r, lambda->params.at[1]->span, "(a, _)");
    check_span(&r, lambda->params.at[1]->items.at[1]->span, "_");
    const Expr *record = lambda->a->args.at[1].value, *index = record->args.at[1].value;
    check_span(&r, record->span, "{ a, b: a!.x(1)[i] }");
    check_span(&r, record->args.at[0].name_span, "a");
    check_span(&r, index->span, "a!.x(1)[i]");
    check_span(&r, index->a->name_span, "x");
    check_span(&r, index->a->a->span, "a!");
    assert_int_equal(map->name_span.line, 4);
    assert_int_equal(map->name_span.col, 4);
    check_span(&r, fn->span, "fn f(c: Click?): bool = (c).\"user id\" is some(v)");
    check_span(&r, fn->name_span, "f");
    check_span(&r, fn->params.at[0]->span, "c");
    check_span(&r, fn->params.at[0]->annotation->span, "Click?");
    check_span(&r, fn->annotation->span, "bool");
    check_span(&r, fn->value->pattern->span, "v");
    check_span(&r, fn->value->a->name_span, "\"user id\"");
    check_span(&r, fn->value->a->a->span, "c");
    check_span(&r, out->value->name_span, "print");
    check_span(&r, out->value->format.span, "csv(header: true)");
    check_span(&r, out->value->span, "views | sink print(n: 2) as csv(header: true)");
    parsed_free(&r);

    r = parse("let a = t.0.12 + x as json(T)");
    const Expr *sum = r.program->stmts.at[0]->value;
    check_span(&r, sum->a->name_span, "12");
    check_span(&r, sum->b->name_span, "json");
    check_span(&r, sum->b->span, "x as json(T)");
    parsed_free(&r);
}

static void marks(void **state)
{
    (void)state;
    check_ast("\xef\xbb\xbf" "batch 1s", "batch 1000000us\n");
    check_errors("\xef\xbb\xbf" "let = 1", "E0101 1:5 found `=`, expected a name or a tuple of names\n", "");
    check_errors("let a = 1 \xef\xbb\xbf", "E0102 1:11 there is an invisible character (U+FEFF) in the program\n", "");
}

static void clones(void **state)
{
    (void)state;
    Parsed r = parse("let a = source x(1) as f(T, b: 2) | m((x: int, (y, _)) => { let z = -x; [z is some(q), 1.5, \"s\"] })"
                     " | sink p({ ..r, } , if a then b!.c?.d[1] else (e : [T])) as g(none)");
    assert_int_equal(r.errors, 0);
    Arena *arena = arena_new("clone");
    Stmt copy = *r.program->stmts.at[0];
    copy.value = expr_clone(arena, copy.value);
    Text text = {0};
    put_stmt(&text, &copy);
    text_add(&text, "\n");
    assert_string_equal(text.p, r.ast);
    text_free(&text);
    arena_free(arena);
    assert_null(expr_clone(r.arena, NULL));
    parsed_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statements), cmocka_unit_test(contextual_words), cmocka_unit_test(primaries),
        cmocka_unit_test(precedence), cmocka_unit_test(lambdas), cmocka_unit_test(line_ends), cmocka_unit_test(numbers),
        cmocka_unit_test(strings), cmocka_unit_test(string_bytes), cmocka_unit_test(spans), cmocka_unit_test(marks),
        cmocka_unit_test(clones),
    };
    return cmocka_run_group_tests_name("parse", tests, NULL, NULL);
}
