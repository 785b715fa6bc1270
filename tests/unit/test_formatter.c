/* test_formatter.c: dsc fmt: what each form comes to; that random blanks, line
 * ends and comments change neither the meaning nor, a second time, the text. */
#define _GNU_SOURCE
#include "parse_test.h"

#include "fmt.h"

/* NULL: it does not parse. Free the text. */
static char *formatted(const char *text)
{
    Arena *arena = arena_new("test");
    Diags *diags = diags_new(arena, "x.ds", text, strlen(text));
    Text out = {0};
    bool fine = format_program(arena, diags, "x.ds", text, strlen(text), &out);
    if (!fine) {
        char *messages;
        size_t n;
        FILE *to = open_memstream(&messages, &n);
        diags_print(diags, to, false);
        fclose(to);
        if (strstr(messages, "E0511"))
            fprintf(stderr, "%s\n%s\n", text, messages);
        assert_null(strstr(messages, "E0511"));
        free(messages);
        text_free(&out);
    }
    arena_free(arena);
    return fine ? out.p : NULL;
}

static void check_format(const char *text, const char *want)
{
    char *once = formatted(text);
    if (!once || strcmp(once, want) != 0)
        fprintf(stderr, "%s\n", text);
    assert_non_null(once);
    assert_string_equal(once, want);
    char *twice = formatted(once);
    assert_string_equal(twice, want);
    free(once);
    free(twice);
}

static void blanks(void **state)
{
    (void)state;
    check_format("", "");
    check_format("\n\n", "");
    check_format("batch   1s", "batch 1s\n");
    check_format("let x=- 5+ -y *( 2-1 )", "let x = -5 + -y * (2 - 1)\n");
    check_format("let x = a [ 1 ] ! . b ?. c .0 .1", "let x = a[1]!.b?.c.0.1\n");
    check_format("let x = 5 .0", "let x = 5 .0\n");
    check_format("type T={a:int ? ?,b:[(int,string?\?)]}", "type T = { a: int? ?, b: [(int, string?\?)] }\n");
    check_format("let r={user,n:1,..rest}\nlet q=[ ]", "let r = { user, n: 1, ..rest }\nlet q = []\n");
    check_format("fn f(a:int,b):int?=if a>b then some (a) else none", "fn f(a: int, b): int? = if a > b then some(a) else none\n");
    check_format("on   error deadLetter ( 'x' )", "on error deadLetter('x')\n");
    check_format("let f=x=>not(x is some(y)and y<1)", "let f = x => not (x is some(y) and y < 1)\n");
    check_format("let b={let a=1;let c=2;a}", "let b = { let a = 1; let c = 2; a }\n");
    check_format("source stdin()as csv((int,string),header:true)|sink discard",
                 "source stdin() as csv((int, string), header: true) | sink discard\n");
    check_format("let x = \"a  b\";let y = r'\\d'", "let x = \"a  b\"\nlet y = r'\\d'\n");
}

static void lines(void **state)
{
    (void)state;
    check_format("batch 1s\n\n\n\nlet x = 1;let y = 2\n", "batch 1s\n\nlet x = 1\nlet y = 2\n");
    check_format("a|b()|c()", "a | b() | c()\n");
    check_format("a|b()\n|c()", "a\n  | b()\n  | c()\n");
    check_format("a |\nb()", "a\n  | b()\n");
    check_format("let x =\na | b()\n|c()", "let x =\n  a\n  | b()\n  | c()\n");
    check_format("let x = if a\nthen b else c", "let x = if a\n  then b\n  else c\n");
    check_format("let x = if a then b\n  else if c then d else e",
                 "let x = if a then b\n  else if c then d\n  else e\n");
    check_format("let x = if a then b\n  else c", "let x = if a then b\n  else c\n");
    check_format("let x = (a and\n b - \n c\n)", "let x = (a\n  and b -\n  c)\n");
    check_format("a | map(x => {\n let y = x\ny }) | c", "a\n  | map(x => {\n    let y = x\n    y\n  })\n  | c\n");
    check_format("let x = [\n1,2]", "let x = [\n  1, 2\n]\n");
    check_format("let x = [\n1,\n\n\n2]", "let x = [\n  1,\n\n  2\n]\n");
    check_format("let x = [1,\n2]", "let x = [1, 2]\n");
    check_format("let x = {\na: 1, b: 2, }", "let x = {\n  a: 1,\n  b: 2,\n}\n");
    check_format("let x = a\n.b()\n.c", "let x = a\n  .b()\n  .c\n");
}

static void tests_in_programs(void **state)
{
    (void)state;
    check_format("test 'a' {give a=[[1]] ; expect b=[[2],[]]}", "test 'a' { give a = [[1]] expect b = [[2], []] }\n");
    check_format("test 'a' {give a=[[1]] # in\nexpect b=[[2],[]]}",
                 "test 'a' {\n  give a = [[1]]  # in\n  expect b = [[2], []]\n}\n");
    check_format("test 'a' {\ngive a=[[1]]\n\nexpect b=[\n[2],\n[]]}",
                 "test 'a' {\n  give a = [[1]]\n\n  expect b = [\n    [2],\n    []\n  ]\n}\n");
}

static void comments(void **state)
{
    (void)state;
    check_format("#a\n\n\n#b\nbatch 1s#c\n#d", "#a\n\n#b\nbatch 1s  #c\n#d\n");
    check_format("a # one\n  # two\n| b # three  \n", "a  # one\n  # two\n  | b  # three\n");
    check_format("let x = f(\n# in\n)", "let x = f(\n  # in\n)\n");
    check_format("let x = [ # all\n1 # one\n, # two\n]", "let x = [  # all\n  1  # one\n  ,  # two\n]\n");
}

static void too_long(void **state)
{
    (void)state;
    check_format("source stdin() | flatMap(_.split(\" \")) | map((_, 1)) | reduceByKey(_ + _) | filter(_.1 > 100) | sink stdout()",
                 "source stdin()\n  | flatMap(_.split(\" \"))\n  | map((_, 1))\n  | reduceByKey(_ + _)\n"
                 "  | filter(_.1 > 100)\n  | sink stdout()\n");
    check_format("let x = if aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa then bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb else cccccccccccccccccccccccccc",
                 "let x = if aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n  then bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n"
                 "  else cccccccccccccccccccccccccc\n");
    check_format("let x = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa and bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb or cccccccccccccccccccccccccc",
                 "let x = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa and bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n"
                 "  or cccccccccccccccccccccccccc\n");
    check_format("let x = format(\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\", bbbbbbbbbbbbbbbb, cccccccc)",
                 "let x = format(\n  \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\", bbbbbbbbbbbbbbbb,"
                 " cccccccc\n)\n");
}

/* ---- random texts ----------------------------------------------------------------- */

static const char *const programs[] = {
    "batch 1s\nparam n: int = 5\ntype T = { a: int, b: (string, [int])? }\nlet s = source queue([[1, 2], [], [3]])\n"
    "s | map(x => { let (a, b) = (x, -x); a * b }) | filter(_ > n and _ != 3 or not (_ is some(y))) | sink print(5)",
    "fn f(a: int, b: [string]): int? = if a > b.size() then some(a - 1) else if a == 0 then none else some(b[0].length())\n"
    "pipe p(k: int) = map((_, 1)) | reduceByKey(_ + _) | top(k, by: _.1)\n"
    "source file(\"x\", perBatch: 20) as csv((int, string), header: true) | flatMap(l => l.words().map(w => (w, { k: 1, ..r })))"
    " | p(3) | sink files(\"out\", suffix: \"csv\") as csv",
    "on error deadLetter(\"d\")\nlet t = table file(\"t.csv\") as json(T)\n"
    "let u = s | join(t) | mapValues((v, w) => v?.x ?? w.y! + 3) | window(10s, 5s) | reduce((a, b) => (a.0 + b.0, max(a.1, b.1)))\n"
    "u | sink stdout()\nu | filter({ let a = _; a }) | map(if _ then [1, 2, 3] else ([] : [int])) | sink discard()",
};

static unsigned long long seed = 88172645463325252ULL;

static unsigned pick(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed >> 11) % n;
}

/* Blanks of the program made wider, into line ends, into comments; or none. */
static char *disturbed(const char *program, unsigned rate)
{
    static const char *const made[] = {"  ", "\n", "\n\n\n", " # c\n", "\n# d\n\n  # e\n", "\t"};
    Text t = {0};
    bool quoted = false;
    for (const char *p = program; *p; p++) {
        quoted ^= *p == '"';
        bool sign = strchr(" ([{,|", *p) != NULL, loud = !quoted && pick(rate) == 0;
        if (loud && strchr(")]}|.", *p) && pick(2))
            text_add(&t, made[pick(6)]);
        text_addn(&t, p, 1);
        if (loud && sign)
            text_add(&t, made[pick(6)]);
        if (!quoted && p[0] == 'a' && p[1] == '.' && pick(3) == 0)
            text_add(&t, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" + pick(44));
    }
    return t.p;
}

static void random_texts(void **state)
{
    (void)state;
    int tried = 0;
    for (int i = 0; i < 6000; i++) {
        char *text = disturbed(programs[i % 3], 2 + pick(30));
        char *once = formatted(text);
        if (once) {
            tried++;
            char *twice = formatted(once);
            if (!twice || strcmp(once, twice) != 0)
                fprintf(stderr, "%s\n-- once:\n%s\n", text, once);
            assert_non_null(twice);
            assert_string_equal(once, twice);
            Parsed before = parse(text), after = parse(once);
            assert_string_equal(before.ast, after.ast);
            parsed_free(&before);
            parsed_free(&after);
            free(twice);
        }
        free(once);
        free(text);
    }
    assert_true(tried > 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blanks), cmocka_unit_test(lines), cmocka_unit_test(comments), cmocka_unit_test(tests_in_programs),
        cmocka_unit_test(too_long),
        cmocka_unit_test(random_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
