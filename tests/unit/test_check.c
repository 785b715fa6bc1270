/* test_check.c: programs through the checker: the types of their streams, and
 * what is said of wrong ones, where. */
#define _POSIX_C_SOURCE 200809L
#include "check_test.h"

#define QUEUE "source queue([[(\"a\", 1)]])"
#define LINES "source queue([[\"a b\"]])"
#define OUT " | sink print()\n"

static void operators(void **state)
{
    (void)state;
    check_plan("let words = " LINES " | flatMap(_.split(\" \"))\nwords | map((_, 1)) | reduceByKey(_ + _) | sink print(5)\n",
               "0 queue words string\n1 flatMap - string <- 0\n2 map - (string, int) <- 1\n"
               "3 reduceByKey words.reduceByKey (string, int) <- 2\n4 print words.print (string, int) <- 3\n");
    check_plan(QUEUE " | mapValues(_ + 0.5) | flatMapValues(v => [v, v]) | filter((k, v) => v > 1) | groupByKey()" OUT,
               "0 queue queue (string, int)\n1 mapValues - (string, float) <- 0\n2 flatMapValues - (string, float) <- 1\n"
               "3 filter - (string, float) <- 2\n4 groupByKey queue.groupByKey (string, [float]) <- 3\n"
               "5 print queue.print (string, [float]) <- 4\n");
    check_plan(LINES " | flatMap(parseInt) | count() | reduce(_ + _)" OUT,
               "0 queue queue string\n1 flatMap - int <- 0\n2 count queue.count int <- 1\n3 reduce queue.reduce int <- 2\n"
               "4 print queue.print int <- 3\n");
    check_plan("let a = " LINES "\nlet b = a.map(_ + \"!\")\na.union(b, b) | countByValue()" OUT,
               "0 queue a string\n1 map - string <- 0\n2 union - string <- 0,1,1\n"
               "3 countByValue a.countByValue (string, int) <- 2\n4 print a.print (string, int) <- 3\n");
    check_plan(LINES " | map(length)" OUT LINES " | map(length)" OUT,
               "0 queue queue string\n1 map - int <- 0\n2 print queue.print int <- 1\n"
               "3 queue queue_2 string\n4 map - int <- 3\n5 print queue.print_2 int <- 4\n");
    check_said(LINES " | redueByKey(_ + _) | reduceByKey(_ + _)" OUT, "E0201 1:27");
    check_said(LINES " | reduceByKey(_ + _)" OUT, "E0307 1:27");
    check_said("source queue([[(1.5, 1)]]) | groupByKey()" OUT, "E0308 1:30");
    check_said(LINES " | flatMap(trim)" OUT, "E0301 1:35");
    check_said(LINES " | map()" OUT, "E0403 1:27");
    check_said(LINES " | map(f: trim, f: trim)" OUT, "E0404 1:40");
    check_said(LINES " | count(1)" OUT, "E0401 1:33");
    check_said(LINES " | map(g: trim)" OUT, "E0402 1:31");
    check_said(LINES " | union(3)" OUT, "E0305 1:33");
    check_said(LINES " | join(3)" OUT, "E0307 1:27, E0305 1:32");
    check_said(LINES " | print()" OUT, "E0201 1:27");
    check_said(LINES " | trim()" OUT, "E0213 1:27");
    check_said("let a = " LINES "\nlet b = source queue([[1]])\na | union(b)" OUT, "E0301 3:11");
}

static void windows(void **state)
{
    (void)state;
    check_plan("batch 2s\nparam s: duration = 4s\n" QUEUE " | reduceByKeyAndWindow(_ + _, 3 * 4s, s) | window(8s)" OUT,
               "0 queue queue (string, int)\n1 reduceByKeyAndWindow queue.reduceByKeyAndWindow (string, int) <- 0\n"
               "2 window queue.window (string, int) <- 1\n3 print queue.print (string, int) <- 2\n");
    Checked c = check_text("batch 2s\nlet w = 6s\n" QUEUE " | reduceByKeyAndWindow(_ + _, w, slide: 4s) | countByWindow(8s)" OUT);
    assert_non_null(c.plan);
    const Node *first = c.plan->nodes.at[1], *second = c.plan->nodes.at[2];
    assert_int_equal(first->window, 6000000);
    assert_int_equal(first->slide, 4000000);
    assert_int_equal(first->stream_slide, 4000000);
    assert_int_equal(second->window, 8000000);
    assert_int_equal(second->slide, 4000000);
    assert_null(first->args[3]);
    checked_free(&c);
    c = check_text(QUEUE " | reduceByKeyAndWindow(_ + _, _ - _, 6s, 2s, filter: (k, v) => v > 0)" OUT);
    assert_non_null(c.plan);
    assert_int_equal(c.plan->nodes.at[1]->window, 6000000);
    assert_int_equal(c.plan->nodes.at[1]->args[3]->kind, E_LAMBDA);
    assert_int_equal(c.plan->nodes.at[1]->args[4]->params.n, 2);
    checked_free(&c);
    check_said("batch 2s\n" LINES " | countByWindow(5s)" OUT, "E0407 2:41");
    check_said("batch 2s\n" LINES " | countByWindow(4s, 3s)" OUT, "E0407 2:45");
    check_said("batch 1s\n" LINES " | window(4s, 2s) | countByWindow(3s)" OUT, "E0407 2:58");
    check_said(LINES " | window(0s)" OUT, "E0408 1:34");
    check_said(LINES " | window(10)" OUT, "E0301 1:34");
    check_said(LINES " | window(\"a\".length() * 1s * batchTime().hour())" OUT, "E0405 1:34");
    check_said("source file(\"x\") | countByWindow(10s)" OUT, "E0409 1:20");
    check_said("source file(\"x\", perFile: false) | countByWindow(10s)" OUT, "E0409 1:36");
    check_said("source file(\"x\", perFile: true) | countByWindow(10s)" OUT, "");
    check_said("let a = " LINES "\na | window(2s, 2s) | union(a)" OUT, "E0410 2:22");
    check_said(LINES " | window(2s) | window(4s)" OUT, "E0212 1:40");
    check_said(LINES " | window(2s) | window(4s, name: \"outer\")" OUT, "");
}

static void literals_and_operators(void **state)
{
    (void)state;
    check_map("1", "_ + 1", "int");
    check_map("1", "_ + 1.5", "float");
    check_map("1", "7 / 2 * _ % 3 - -_", "int");
    check_map("\"a\"", "\"x\" + _", "string");
    check_map("1", "[_] + [2.5]", "[float]");
    check_map("1", "n => time(\"2024-01-01\") + n * 1s - time(\"2024-01-01T10:00:00+02:00\")", "duration");
    check_map("1", "n => (10s / 2s, 10s % 3s, 10s / n, -5s, 2 * 1h, batchTime() - 1s)",
              "(int, duration, duration, duration, duration, time)");
    check_map("1", "_ == 1.0 and not (_ > 2 or _ != 3)", "bool");
    check_map("(1, [\"a\"])", "p => p < (2, [\"b\"])", "bool");
    check_map("some(1)", "x => x == none or x == 3", "bool");
    check_map("1", "(_, [], 1, \"a\", true, none, 1.5, 2s) == (1, [2], 1, \"a\", true, some(4), 2, 1s)", "bool");
    check_map("1", "{ a: _, b: [_, 1.5] }", "{ a: int, b: [float] }");
    check_map("1", "[none, _, 2.5]", "[float?]");
    check_map("1", "-9223372036854775808 + _", "int");
    check_map("1", "x => ([] : [(int, string?)])", "[(int, string?)]");
    check_map("1", "(_ : float?)", "float?");
    check_map_wrong("\"a\"", "_ + 1", "E0302");
    check_map_wrong("\"a\"", "_ - \"b\"", "E0302");
    check_map_wrong("1", "10s * 1.5", "E0317");
    check_map_wrong("1", "x => 10s * 1.5", "E0302");
    check_map_wrong("1", "x => 10s + 1", "E0302");
    check_map_wrong("1", "x => batchTime() + batchTime()", "E0302");
    check_map_wrong("1", "_ == \"1\"", "E0303");
    check_map_wrong("some(1)", "_ > 1", "E0309");
    check_map_wrong("some(1)", "_ + 1", "E0309");
    check_map_wrong("1", "_ and true", "E0304");
    check_map_wrong("1", "not _", "E0304");
    check_map_wrong("1", "-\"a\" + _", "E0302");
    check_map_wrong("1", "[_, \"a\"]", "E0316");
    check_map_wrong("1", "(_ : string)", "E0301");
    check_map_wrong("1", "x => []", "E0314");
    check_map_wrong("1", "x => none", "E0314");
    check_map_wrong("1", "x => time(\"2024-13-01\")", "E0406");
    check_map_wrong("1", "x => y", "E0203");
}

static void records(void **state)
{
    (void)state;
    check_map("{ a: 1, b: \"x\" }", "_.a", "int");
    check_map("{ a: 1, b: \"x\" }", "r => { b: r.b + \"!\", ..r }", "{ a: int, b: string }");
    check_map("{ a: 1, b: \"x\" }", "{ c: 2.5, a: \"now text\", .._ }", "{ a: string, b: string, c: float }");
    check_map("(1, (\"a\", 2.5))", "_.1.0", "string");
    check_map("(1, (\"a\", 2.5))", "_._2._2", "float");
    check_map("{ a: some({ b: some(\"x\") }) }", "_.a?.b", "string?");
    check_map("{ a: some({ b: some(\"x\") }) }", "_.a?.b?.length", "int?");
    check_map("{ a: some({ b: \"x\" }) }", "_.a!.b.upper", "string");
    check_map("[{ a: 1 }]", "_[0].a", "int");
    check_plan("type P = { b: string, a: float }\nsource queue([[1]]) | map(n => ({ a: n, b: \"x\" } : P))" OUT,
               "0 queue queue int\n1 map - P <- 0\n2 print queue.print P <- 1\n");
    check_plan("type P = { b: string, a: float }\nsource queue([[{ b: \"\", a: 1.5 }]]) | map(p => ({ a: 1, ..p } : P))" OUT,
               "0 queue queue { b: string, a: float }\n1 map - P <- 0\n2 print queue.print P <- 1\n");
    check_map_wrong("{ a: 1 }", "_.b", "E0208");
    check_map_wrong("(1, 2)", "_.2", "E0320");
    check_map_wrong("(1, 2)", "_.first", "E0208");
    check_map_wrong("some({ a: 1 })", "_.a", "E0309");
    check_map_wrong("{ a: 1 }", "_?.a", "E0310");
    check_map_wrong("1", "_[0]", "E0315");
    check_map_wrong("1", "{ a: 1, .._ }", "E0301");
    check_said("type P = { x: int }\nsource queue([[1]]) | map(n => ({ y: n } : P))" OUT, "E0319 2:33");
    check_said("type P = { x: P? }\nsource queue([[1]])" OUT, "E0318 1:15");
    check_said("type P = { x: Q }\ntype Q = int\nsource queue([[1]])" OUT, "E0210 1:15");
}

static void options(void **state)
{
    (void)state;
    check_map("\"1\"", "parseInt(_) ?? 0", "int");
    check_map("\"1\"", "parseInt(_) ?? 2.5", "float");
    check_map("\"1\"", "parseInt(_) ?? parseInt(_) ?? 1", "int");
    check_map("\"1\"", "parseInt(_) ?? none", "int?");
    check_map("\"1\"", "parseInt(_)!", "int");
    check_map("\"1\"", "if parseInt(_) is some(v) and v > 1 then v else 0", "int");
    check_map("\"1\"", "s => parseInt(s) is some(v) and parseFloat(s) is some(w) and v > w", "bool");
    check_map_wrong("\"1\"", "if _ is none then 1 else 2", "E0310");
    check_map("\"1\"", "if parseInt(_) is none then 1 else none", "int?");
    check_map("some((1, \"a\"))", "if _ is some((n, _)) then n else 0", "int");
    check_map_wrong("\"1\"", "s => parseInt(s) is some(v) or v > 1", "E0203");
    check_map_wrong("\"1\"", "s => (parseInt(s) is some(v), v)", "E0203");
    check_map_wrong("\"1\"", "s => if parseInt(s) is some(v) then 1 else v", "E0203");
    check_map_wrong("\"1\"", "s => s ?? \"\"", "E0310");
    check_map_wrong("\"1\"", "_!", "E0310");
    check_map_wrong("1", "if _ > 1 then 1 else \"a\"", "E0316");
    check_map_wrong("1", "if _ then 1 else 2", "E0304");
    check_map_wrong("\"1\"", "parseInt(_) ?? \"a\"", "E0316");
}

static void holes_and_functions(void **state)
{
    (void)state;
    check_map("[1]", "_.map(_ + 1)", "[int]");
    check_map("[[1]]", "_.map(_.map(_ * 1.5))", "[[float]]");
    check_map("[1]", "xs => xs.fold(0.0, _ + _)", "float");
    check_map("[(1, \"a\")]", "_.sortBy(_.1).map((n, s) => s)", "[string]");
    check_map("[(1, \"a\")]", "_.filter((n, s) => n > 0)[0]", "(int, string)");
    check_map("1", "_", "int");
    check_map("1", "(_, _)", "(int, int)");
    check_map("(1, 2.5)", "max", "float");
    check_map("(1, 2.5)", "(a, b) => max(a, b)", "float");
    check_map("\"a\"", "length", "int");
    check_map("\"a b\"", "split(_, \" \")", "[string]");
    check_map("(1, (2, \"a\"))", "(_, (b, c)) => (c, b)", "(string, int)");
    check_map("1", "x => { let y = x + 1; let (a, b) = (y, \"s\"); let z: float = a; (b, z) }", "(string, float)");
    check_map("\"a\"", "format(\"{{}} {} {}\", _, 1)", "string");
    check_map_wrong("1", "max(_, 1) + _ + f(_)", "E0202");
    check_map_wrong("1", "5", "E0317");
    check_map_wrong("\"a\"", "length()", "E0317");
    check_map_wrong("\"a\"", "trim(\"a\")", "E0317");
    check_map_wrong("1", "(a, b) => a", "E0312");
    check_map_wrong("(1, 2)", "(a, b, c) => a", "E0313");
    check_map_wrong("(1, 2)", "(a, a) => a", "E0209");
    check_map_wrong("1", "(x: string) => x", "E0301");
    check_map_wrong("\"a\"", "format(\"{} {}\", _)", "E0401");
    check_map_wrong("\"a\"", "format(\"{\", _)", "E0406");
    check_map_wrong("\"a\"", "format(_, 1)", "E0405");
    check_map_wrong("1", "_.length()", "E0301");
    check_map_wrong("some(\"a\")", "_.length()", "E0309");
    check_map_wrong("1", "x => x => x", "E0301");
    check_said("source queue([[1]]) | reduce(_)" OUT, "E0311 1:30");
    check_said("source queue([[1]]) | reduce(x => x)" OUT, "E0312 1:30");
    check_said("let a = _\nsource queue([[1]])" OUT, "E0311 1:9");
}

static void functions(void **state)
{
    (void)state;
    Checked c = check_text("fn add(a, b) = a + b\n"
                           "source queue([[(1, 2.5)]]) | map(add)" OUT
                           "source queue([[(\"a\", \"b\")]]) | map(add)" OUT
                           "source queue([[(3, 4.5)]]) | map(add)" OUT);
    assert_non_null(c.plan);
    assert_int_equal(c.plan->fns.n, 2);
    assert_string_equal(type_text(c.arena, c.plan->fns.at[0]->result), "float");
    assert_string_equal(type_text(c.arena, c.plan->fns.at[1]->result), "string");
    checked_free(&c);
    check_plan("fn half(x: float): float = x / 2\nsource queue([[1]]) | map(half)" OUT,
               "0 queue queue int\n1 map - float <- 0\n2 print queue.print float <- 1\n");
    check_plan("fn twice(f, x) = f(f(x))\nfn four(f, x) = twice(f, twice(f, x))\n"
               "source queue([[1]]) | map(n => four(y => y * n, n)) | map(twice(_ + 0.5, _))" OUT,
               "0 queue queue int\n1 map - int <- 0\n2 map - float <- 1\n3 print queue.print float <- 2\n");
    check_plan("fn each(f, xs) = xs.map(f)\nsource queue([[[\"a\"]]]) | map(each(length, _))" OUT,
               "0 queue queue [string]\n1 map - [int] <- 0\n2 print queue.print [int] <- 1\n");
    check_plan("fn above(s, n) = s | filter(_ > n)\nlet big = above(source queue([[1]]), 3)\nbig.above(5)" OUT,
               "0 queue big int\n1 filter - int <- 0\n2 filter - int <- 1\n3 print big.print int <- 2\n");
    check_plan("fn first((a, _)) = a\nsource queue([[(1, \"a\")]]) | map(first(_))" OUT,
               "0 queue queue (int, string)\n1 map - int <- 0\n2 print queue.print int <- 1\n");
    check_said("fn f(n: int): int = f(n - 1)\nsource queue([[1]])" OUT, "E0211 1:21");
    check_said("fn f(n: int): string = n\nsource queue([[1]])" OUT, "E0301 1:24");
    check_said("fn f(x) = x.a\nsource queue([[1]]) | map(f)" OUT, "E0208 1:13");
    check_said("fn f(x) = x\nsource queue([[1]]) | map(f(_, 1))" OUT, "E0401 2:27");
    check_said("fn f(x) = x\nsource queue([[1]]) | map(f(y: _))" OUT, "E0402 2:29");
    check_said("fn f(x: string) = x\nsource queue([[1]]) | map(f)" OUT, "E0301 2:27");
    check_said("fn split(x) = x\nsource queue([[1]])" OUT, "E0214 1:4");
    check_said("source queue([[1]]) | map(f)" OUT "fn f(x) = x\n", "E0210 1:27");
    check_said("fn f(x) = x\nfn f(y) = y\nsource queue([[1]])" OUT, "E0209 2:4");
}

static void pipes(void **state)
{
    (void)state;
    check_plan("pipe best(n: float, f) = map(f) | map((_, n)) | reduceByKey(_ + _)\n"
               "let a = " LINES " | best(3, _.length())\na" OUT,
               "0 queue a string\n1 map - int <- 0\n2 map - (int, float) <- 1\n"
               "3 reduceByKey a.best.reduceByKey (int, float) <- 2\n4 print a.print (int, float) <- 3\n");
    check_said("pipe two = window(2s) | count()\nlet a = " LINES "\na | two()" OUT "a | map(length) | two()" OUT, "E0212 1:12");
    check_said("pipe two = window(2s) | count()\nlet a = " LINES "\nlet b = a | two()\na | two()" OUT "b" OUT, "");
    check_plan("pipe with(s) = union(s)\nlet a = " LINES "\na | with(a.map(trim))" OUT,
               "0 queue a string\n1 map - string <- 0\n2 union - string <- 0,1\n3 print a.print string <- 2\n");
    check_plan("pipe show() = sink print()\n" LINES " | show()\n", "0 queue queue string\n1 print queue.show.print string <- 0\n");
    check_said("pipe p(k) = map(_ + k)\n" LINES " | p(1)" OUT, "E0302 1:17");
    check_said("pipe p() = p()\n" LINES " | p()" OUT, "E0211 1:12");
    check_said("pipe map() = count()\n" LINES OUT, "E0214 1:6");
}

static void sources_and_sinks(void **state)
{
    (void)state;
    check_plan("source rate(5)" OUT, "0 rate rate (int, time)\n1 print rate.print (int, time) <- 0\n");
    check_plan("source queue(([] : [[int]])) | sink discard()\n", "0 queue queue int\n1 discard queue.discard int <- 0\n");
    check_plan("source queue([[], [1, 2.5]]) | sink discard()\n", "0 queue queue float\n1 discard queue.discard float <- 0\n");
    check_said("source queue([1, 2])" OUT, "E0301 1:14");
    check_said("source queue([[]])" OUT, "E0314 1:15");
    check_said("source quue([[1]])" OUT, "E0204 1:8");
    check_said("source queue([[1]]) | sink prnt()\n", "E0205 1:28");
    check_said("source queue([[1]]) as lines" OUT, "E0411 1:24");
    check_said("source stdin() as csv(int)" OUT, "E0411 1:23");
    check_said("source stdin() as lins" OUT, "E0206 1:19");
    check_said("source stdin()" OUT "source stdin()" OUT, "E0507 2:8");
    check_said("source socket(\"a\")" OUT, "E0403 1:8");
    check_said("source socket(1, \"a\")" OUT, "E0301 1:15, E0301 1:18");
    check_said("source file(\"a\", perBach: 1)" OUT, "E0402 1:18");
    check_said("let a = source queue([[1]])\na | sink files(\"x\")\na | sink files(\"x\")\n", "E0508 3:10");
    check_said("let a = source queue([[1]])\na | sink files(\"x\")\na | sink files(\"x\", suffix: \"csv\")\n", "");
    check_said("table queue([[1]])" OUT, "E0415 1:27");
}

static void whole_programs(void **state)
{
    (void)state;
    check_plan("param n: float = 1\nparam m: int = -3\nlet (a, (b, _)) = (n, (m, 1))\nsource queue([[1]]) | map((_, a, b))" OUT,
               "0 queue queue int\n1 map - (int, float, int) <- 0\n2 print queue.print (int, float, int) <- 1\n");
    Checked c = check_text("batch 500ms\non error skip\nparam n: float = -1\nsource queue([[1]]) | map(_ + n)" OUT);
    assert_non_null(c.plan);
    assert_int_equal(c.plan->batch, 500000);
    assert_int_equal(c.plan->on_error.kind, BAD_SKIPPED);
    assert_int_equal(c.plan->params.at[0].value->kind, E_FLOAT);
    assert_true(c.plan->params.at[0].value->fval == -1.0);
    assert_string_equal(c.plan->nodes.at[1]->text, "map(_ + n)");
    checked_free(&c);
    c = check_text(LINES "\n  | map( # a comment\n      x  =>  x + \" # \")\n" OUT);
    assert_non_null(c.plan);
    assert_string_equal(c.plan->nodes.at[1]->text, "map( x => x + \" # \")");
    checked_free(&c);
    check_plan("let unused = source queue([[1]]) | map(_ + 1)\nsource queue([[\"a\"]])" OUT,
               "0 queue queue string\n1 print queue.print string <- 0\n");
    check_said("let unused = source queue([[1]])\nlet n = 1\nsource queue([[1]])" OUT, "W0601 1:5, W0602 2:5");
    check_said("let a = 1\nsource queue([[1]]) | map(a => a) | map(_ + a)" OUT, "W0605 2:27");
    check_said("", "E0501 1:1");
    check_said("let a = source queue([[1]])\n", "E0501 1:1");
    check_said("source queue([[1]])\n", "E0502 1:1");
    check_said("1 + 1\nsource queue([[1]])" OUT, "E0503 1:1");
    check_said("batch 1s\nbatch 2s\nsource queue([[1]])" OUT, "E0504 2:1");
    check_said("source queue([[1]])" OUT "batch 2s\n", "E0505 2:1");
    check_said("param xs: [int] = [1]\nsource queue([[1]])" OUT, "E0509 1:11");
    check_said("param n: int = 1 + 1\nsource queue([[1]])" OUT, "E0509 1:16");
    check_said("checkpoint \"x\" every 1s\nsource queue([[1]])" OUT, "");
    check_said("let a = source queue([[1]]) | sink print()\n", "E0305 1:9");
    check_said("a" OUT "let a = source queue([[1]])\n", "E0210 1:1");
    check_said("let a = 5\na" OUT, "E0305 2:1");
    check_said("let a = source queue([[1]])\na | map(x => x + a)" OUT, "E0306 2:18");
    check_said("let a = source queue([[1]])\nlet a = 2\na" OUT, "E0209 2:5");
}

/* One mistake is one message, whatever follows from it; several are all said. */
static void no_cascades(void **state)
{
    (void)state;
    check_said("let a = source quue([[1]]) | map(_ + 1)\nlet b = a | map((_, 1)) | reduceByKey(_ + _)\nb | union(a)" OUT, "E0204 1:16");
    check_said("fn f(x: strin) = x.length() + 1\nsource queue([[1]]) | map(f) | map(_ + \"a\")" OUT, "E0207 1:9");
    check_said("let n = parseIn(\"1\") ?? 0\nsource queue([[1]]) | map(_ + n) | filter(_ > n) | window(n * 1s)" OUT, "E0202 1:9");
    check_said("source queue([[1]]) | map({ a: foo(_), b: bar(_) }) | map(_.a + _.c)" OUT, "E0202 1:32, E0202 1:43");
    check_said("source queue([[1]]) | foo(1) | map(_ + \"a\") | bar(2) | groupByKey()" OUT, "E0201 1:23, E0201 1:47");
}

/* Long chains and deep nesting are answered, one way or the other. */
static void repeat(Text *text, const char *part, int times)
{
    for (int i = 0; i < times; i++)
        text_add(text, part);
}

static void large_programs(void **state)
{
    (void)state;
    Text text = {0};
    text_add(&text, "source queue([[1]])");
    repeat(&text, " | map(_ + 1)", 10000);
    text_add(&text, OUT);
    Checked c = check_text(text.p);
    assert_non_null(c.plan);
    assert_int_equal(c.plan->nodes.n, 10002);
    checked_free(&c);
    text.n = 0;
    text_add(&text, "source queue([[1]]) | map(_");
    repeat(&text, " + 1", 5000);
    text_add(&text, ")" OUT);
    c = check_text(text.p);
    assert_non_null(c.plan);
    checked_free(&c);
    text.n = 0;
    text_add(&text, "source queue([[\"a\"]]) | map(_");
    repeat(&text, ".trim()", 5000);
    text_add(&text, ")" OUT);
    check_said(text.p, "E0112 1:29");
    text_free(&text);
    check_said("pipe a = map(_ + 1) | map(_ + 1)\npipe b = a | a | a | a | a | a | a | a\npipe c = b | b | b | b | b | b | b | b\n"
               "pipe d = c | c | c | c | c | c | c | c\npipe e = d | d | d | d | d | d | d | d\npipe f = e | e | e | e | e | e | e | e\n"
               "pipe g = f | f | f | f | f | f | f | f\nsource queue([[1]]) | g" OUT, "E0112 3:26");
    check_said("let a = (1, 1, 1, 1, 1, 1, 1, 1, 1, 1)\nlet b = (a, a, a, a, a, a, a, a, a, a)\nlet c = (b, b, b, b, b, b, b, b, b, b)\n"
               "let d = (c, c, c, c, c, c, c, c, c, c)\nlet e = (d, d, d, d, d)\nsource queue([[1]])" OUT, "E0112 5:9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operators), cmocka_unit_test(windows), cmocka_unit_test(literals_and_operators),
        cmocka_unit_test(records), cmocka_unit_test(options), cmocka_unit_test(holes_and_functions), cmocka_unit_test(functions),
        cmocka_unit_test(pipes), cmocka_unit_test(sources_and_sinks), cmocka_unit_test(whole_programs),
        cmocka_unit_test(no_cascades), cmocka_unit_test(large_programs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
