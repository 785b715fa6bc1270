/* test_parse_hostile.c: programs made to break the front end: huge, deep, torn,
 * mutated. The answer is an AST or an error, never a crash or a hang; every
 * span lies in the text and says what the node says. */
#define _POSIX_C_SOURCE 200809L
#include "parse_test.h"

/* ---- spans of whatever was parsed ---------------------------------------------- */

typedef struct Lines {
    const char *text;
    size_t size, *start;
    int n;
} Lines;

static Lines lines_of(const Program *program)
{
    Lines l = {.text = program->text, .size = program->size};
    l.start = calloc(program->size + 2, sizeof *l.start);
    assert_non_null(l.start);
    l.n = 1;
    for (size_t i = 0; i < program->size; i++)
        if (program->text[i] == '\n')
            l.start[l.n++] = i + 1;
    return l;
}

static size_t offset(const Lines *l, int line, int col)
{
    assert_in_range(line, 1, l->n);
    assert_true(col >= 1);
    size_t at = l->start[line - 1] + (size_t)col - 1;
    assert_true(at <= l->size);
    return at;
}

static void verify_span(const Lines *l, Span span)
{
    assert_true(offset(l, span.line, span.col) < offset(l, span.end_line, span.end_col));
}

/* A name's span holds the name, or the string it was written as. */
static void verify_name(const Lines *l, const char *name, Span span)
{
    size_t from = offset(l, span.line, span.col), to = offset(l, span.end_line, span.end_col);
    if (strchr("'\"r", l->text[from]) && strchr("'\"", l->text[to - 1]))
        return;
    if (l->text[from] == '&' || l->text[from] == '|')
        return;                   /* `&&`, reported and read as the word `and` */
    assert_int_equal(to - from, strlen(name));
    assert_memory_equal(l->text + from, name, to - from);
}

static void verify_expr(const Lines *l, const Expr *e);

static void verify_pattern(const Lines *l, const Pattern *pattern)
{
    if (!pattern)
        return;
    verify_span(l, pattern->span);
    if (pattern->name)
        verify_name(l, pattern->name, pattern->span);
    for (int i = 0; i < pattern->items.n; i++)
        verify_pattern(l, pattern->items.at[i]);
}

static void verify_args(const Lines *l, const Args *args)
{
    for (int i = 0; i < args->n; i++) {
        verify_span(l, args->at[i].span);
        if (args->at[i].name)
            verify_name(l, args->at[i].name, args->at[i].name_span);
        verify_expr(l, args->at[i].value);
        if (args->at[i].type)
            verify_span(l, args->at[i].type->span);
    }
}

static void verify_expr(const Lines *l, const Expr *e)
{
    for (; e; e = e->a) {
        verify_span(l, e->span);
        if (e->name)
            verify_name(l, e->name, e->name_span.line ? e->name_span : e->span);
        verify_args(l, &e->args);
        verify_args(l, &e->format.args);
        verify_expr(l, e->b);
        verify_expr(l, e->c);
        verify_pattern(l, e->pattern);
        for (int i = 0; i < e->params.n; i++)
            verify_pattern(l, e->params.at[i]);
        for (int i = 0; i < e->lets.n; i++) {
            verify_pattern(l, e->lets.at[i].pattern);
            verify_expr(l, e->lets.at[i].value);
        }
    }
}

/* Parse; everything that must hold of any result holds. Returns the errors. */
static int survive(const char *text, size_t size)
{
    Parsed r = parse_bytes(text, size);
    Lines l = lines_of(r.program);
    for (int i = 0; i < r.program->stmts.n; i++) {
        const Stmt *s = r.program->stmts.at[i];
        verify_span(&l, s->span);
        verify_expr(&l, s->value);
        verify_expr(&l, s->every);
        verify_expr(&l, s->keep);
        verify_pattern(&l, s->pattern);
        verify_args(&l, &s->args);
        Stmt copy = *s;
        copy.value = expr_clone(r.arena, s->value);
        Text was = {0}, is = {0};
        put_stmt(&was, s);
        put_stmt(&is, &copy);
        assert_string_equal(is.p, was.p);
        text_free(&was);
        text_free(&is);
    }
    assert_true((r.errors > 0) == (r.messages && *r.messages));
    int errors = r.errors;
    free(l.start);
    parsed_free(&r);
    return errors;
}

/* ---- programs of one shape, n times over ------------------------------------------- */

static char *repeat(const char *head, const char *part, int n, const char *middle, const char *back, const char *tail)
{
    Text t = {0};
    text_add(&t, head);
    for (int i = 0; i < n; i++)
        text_add(&t, part);
    text_add(&t, middle);
    for (int i = 0; i < n; i++)
        text_add(&t, back);
    text_add(&t, tail);
    return t.p;
}

/* Errors and statements of the repeated shape, with `let z = 1` after it. */
static void shape(const char *head, const char *part, int n, const char *middle, const char *back, const char *code,
                  int stmts)
{
    char *text = repeat(head, part, n, middle, back, "\nlet z = 1\n");
    Parsed r = parse(text);
    if (code) {
        assert_true(r.errors > 0);
        assert_non_null(strstr(r.messages, code));
    } else {
        assert_int_equal(r.errors, 0);
    }
    assert_int_equal(r.program->stmts.n, stmts);
    for (int i = 0; i < r.program->stmts.n; i++)
        expr_clone(r.arena, r.program->stmts.at[i]->value);
    parsed_free(&r);
    free(text);
}

static void long_chains(void **state)
{
    (void)state;
    shape("let a = 1", " + 1", 10000, "", "", NULL, 2);
    shape("let a = b", " and b", 10000, "", "", NULL, 2);
    shape("let a = b", ".c", 10000, "", "", NULL, 2);
    shape("let a = b", "!", 10000, "", "", NULL, 2);
    shape("a", " | map(_ + 1)", 10000, "", "", NULL, 2);
    shape("a", "\n  | map(_ + 1)", 50000, " | sink print()", "", NULL, 2);
    shape("pipe p = a", " | map(_ + 1)", 10000, "", "", NULL, 2);
    shape("let a = [1", ", 1", 50000, "]", "", NULL, 2);
    shape("let a = f(1", ", b: 1", 10000, ")", "", NULL, 2);
    shape("", "let a = 1\n", 20000, "", "", NULL, 20001);
    shape("", "let a = 1 2\n", 10000, "", "", "E0101", 1);
    shape("let a = 1", " + 1", 20000, "", "", "E0112", 1);
}

static void deep_nests(void **state)
{
    (void)state;
    static const struct { const char *head, *part, *middle, *back; int most; } nests[] = {
        {"let a = ", "(", "1", ")", 1000}, {"let a = ", "[", "1", "]", 1000}, {"let a = ", "f(", "1", ")", 1000},
        {"let a = ", "{ n: ", "1", " }", 1000}, {"let a = ", "(x => ", "1", ")", 999}, {"let a = ", "not ", "1", "", 1000},
        {"let a = ", "- ", "1", "", 1000}, {"let a = ", "x => ", "1", "", 1000}, {"let a = ", "some(", "1", ")", 1000},
        {"let a = ", "if x then y else ", "1", "", 1000}, {"let a = ", "if ", "x", " then y else z", 1000},
        {"let a = ", "b ?? ", "1", "", 1000}, {"let a = ", "{ let b = ", "1", "\n b }", 1000},
        {"let a = ", "a | b(", "1", ")", 1000}, {"type T = ", "[", "int", "]", 1000}, {"type T = ", "(int, ", "int", ")", 1000},
        {"type T = ", "{ a: ", "int", " }", 1000}, {"type T = ", "", "int", "?", 1000},
        {"let ", "(a, ", "b", ")", 990}, {"let a = ", "(a, ", "b", ")", 990},
        {"let a = x as f(", "[", "T", "]", 990},
    };
    for (size_t i = 0; i < sizeof nests / sizeof *nests; i++) {
        static const char *const close[] = {"", " = 1", " => 1", ")"};
        const char *end = strcmp(nests[i].head, "let ") == 0 ? close[1] : strchr(nests[i].head, '(') ? close[3] : close[0];
        for (int n = 10; n <= 100000; n *= 10) {
            int depth = n == 1000 ? nests[i].most : n;
            char *text = repeat(nests[i].head, nests[i].part, depth, nests[i].middle, nests[i].back, end);
            Parsed r = parse(text);
            if (n <= 1000) {
                assert_int_equal(r.errors, 0);
                assert_int_equal(r.program->stmts.n, 1);
            } else {
                assert_true(r.errors > 0);
                assert_non_null(strstr(r.messages, "E0112"));
            }
            parsed_free(&r);
            free(text);
            if (n == 10000 && i % 4)
                break;            /* the largest for some is enough */
        }
    }
    char *text = repeat("let f = ", "(", 990, "a", ", b)", " => 1");
    assert_int_equal(survive(text, strlen(text)), 0);
    free(text);
}

/* ---- torn and strange bytes ------------------------------------------------------------ */

static void bytes(void **state)
{
    (void)state;
    Parsed r = parse_bytes("let a = 1\nlet \0b", 16);
    assert_non_null(strstr(r.messages, "E0111]: there is a NUL byte"));
    assert_non_null(strstr(r.messages, "x.ds:2:5"));
    parsed_free(&r);
    static const char *const wrong[] = {
        "\xff", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\xf0\x9f\x98", "\x80",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        Text t = {0};
        text_printf(&t, "let a = 1\nlet b = \"%s\"", wrong[i]);
        r = parse(t.p);
        assert_int_equal(r.errors, 1);
        assert_non_null(strstr(r.messages, "E0111"));
        assert_non_null(strstr(r.messages, "x.ds:2:10"));
        parsed_free(&r);
        text_free(&t);
    }
    assert_int_equal(survive("", 0), 0);
    assert_int_equal(survive("\n", 1), 0);
    assert_int_equal(survive("\r\n\r\n", 4), 0);
    assert_int_equal(survive("\xef\xbb\xbf", 3), 0);
    assert_int_equal(survive("#", 1), 0);
    for (int c = 1; c < 256; c++) {
        char one[] = {(char)c, '\n', (char)c, (char)c};
        survive(one, 1);
        survive(one, 4);
    }
}

/* Every error has a place and a window of the line, however long that is. */
static void long_lines(void **state)
{
    (void)state;
    enum { LONG = 1000000 };
    static const struct { const char *head, *tail, *code; } shapes[] = {
        {"let a = \"", "\" 2\n", "E0101"}, {"let a = \"", "\n", "E0103"}, {"# ", "\nlet a = )\n", "E0109"},
        {"let ", " = @\n", "E0102"}, {"let a = 1", "\n", "E0105"}, {"/* ", "\n", "E0110"}, {"let a = s\"", "\"\n", "E0110"},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        char *text = repeat(shapes[i].head, "x", LONG, "", "", shapes[i].tail);
        Parsed r = parse(text);
        assert_int_equal(r.errors, 1);
        assert_non_null(strstr(r.messages, shapes[i].code));
        assert_true(strlen(r.messages) < 2000);
        parsed_free(&r);
        free(text);
    }
    /* what would be slow if a word were looked for from each of its bytes */
    static const char *const parts[] = {"/* ", "\"", "'\\", "s\"\\\"", "r'", "?", "(", "..", "1e", "$", "\xc3\xa9", "0x"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        char *text = repeat("let a = ", parts[i], 200000, "", "", "");
        Parsed r = parse(text);
        assert_true(r.errors > 0);
        assert_true(strlen(r.messages) < 20000);
        parsed_free(&r);
        free(text);
    }
}

/* ---- mutations ---------------------------------------------------------------------------- */

static uint64_t random_state = 1;

static size_t any(size_t n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(random_state >> 33) % n;
}

static const char *const seeds[] = {
    "# wordcount\nbatch 1s\nparam host: string = \"localhost\"\n\nsource socket(host, port)\n  | flatMap(_.split(\" \"))\n"
    "  | map((_, 1))\n  | reduceByKeyAndWindow(_ + _, 30s, 10s)\n  | sink print()\n",
    "checkpoint \"state\" every 10s keep 7d\non error deadLetter(\"rejects\")\ntype Click = { user: string, at: time? }\n"
    "let c = table file('c.csv') as csv((string, string), header: true)\nfn isView(c: Click): bool = c.kind == \"view\"\n"
    "let p = v\n  | join(c)\n  | map((ad, (k, _)) => (k, 1))\np | sink files(\"out\", suffix: 'csv') as csv\n",
    "pipe top(n: int) = map((_, 1)) | reduceByKey(_ + _) | top(n, by: _.1)\nlet x = {\n  let (a, b) = t.0.1\n"
    "  let c = if a then -b else not b\n  c ?? d ?? 3\n}\nlet y = (vs, s: Session?) => (s ?? 0) + vs.sum()\n",
    "let r = { user, n: 0x1f, \"user-id\": 2.5e-3, ..rest }; let q = x as json([T])! is some((v, _)) and v.as.let\n"
    "let e = ([] : [int]) == [1, 2,]\nlet z = a % 2 != 1 or b >= \"\\u{e9}\\n\" + r\"\\d\"\nlet w = () => f(x => x!, y: 1h30m)\n",
    "val x = 3\nlet y = a && b || None\nlines | map { case (a, b) => a }\nx |> y -> $1 ~ s\"z\" // end\nimport \"a\"\ntest \"x\" { a }\n",
};

static const char *const words[] = {
    "let", "fn", "source", "table", "sink", "as", "if", "then", "else", "and", "or", "not", "is", "true", "none", "some",
    "batch", "type", "param", "pipe", "checkpoint", "every", "keep", "on error", "import", "test", "x", "_", "1", "1.5", "10s", "\"s\"",
    "r'x'", "'", "\"", "=>", "==", "=", "!=", "!", "??", "?.", "?", "..", ".", ".0", ",", ":", ";", "(", ")", "[", "]", "{", "}",
    "+", "-", "*", "/", "%", "<", ">=", "|", "||", "&&", "->", "|>", "//", "/*", "*/", "#", "\n", "\n  ", "\r\n", "\t", "\\",
    "\xc3\xa9", "\xff", "@", "$1", "~", "null", "Some", "case", "val", "9223372036854775808", "007", "0x", "1e999", "5sec",
};
enum { SEEDS = sizeof seeds / sizeof *seeds, WORDS = sizeof words / sizeof *words };

/* One random change to text[0 .. n); returns the new n. */
static size_t mutate(char *text, size_t n, size_t room)
{
    const char *word = words[any(WORDS)];
    size_t length = strlen(word), at = any(n + 1), many = any(12) + 1;
    switch (any(5)) {
    case 0:
        return at;                /* cut off */
    case 1:                       /* take out */
        if (many > n - at)
            many = n - at;
        memmove(text + at, text + at + many, n - at - many);
        return n - many;
    case 2:                       /* copy a piece to another place */
        if (many > n - at)
            many = n - at;
        if (n + many > room)
            return n;
        memmove(text + at + many, text + at, n - at);
        return n + many;
    default:                      /* put a word in */
        if (n + length + 2 > room)
            return n;
        memmove(text + at + length, text + at, n - at);
        memcpy(text + at, word, length);
        return n + length;
    }
}

static void mutations(void **state)
{
    (void)state;
    enum { ROOM = 4096, ROUNDS = 6000 };
    int clean = 0, wrong = 0;
    for (int i = 0; i < ROUNDS; i++) {
        /* of the exact size on the heap, so that a sanitizer sees one byte too far */
        char buffer[ROOM];
        const char *seed = seeds[i % SEEDS];
        size_t n = strlen(seed);
        memcpy(buffer, seed, n);
        for (size_t changes = any(4) + 1; changes > 0; changes--)
            n = mutate(buffer, n, ROOM);
        char *text = malloc(n + 1);
        assert_non_null(text);
        memcpy(text, buffer, n);
        text[n] = '\0';
        *(survive(text, n) ? &wrong : &clean) += 1;
        free(text);
    }
    assert_true(clean > 50);
    assert_true(wrong > ROUNDS / 2);
}

/* Every beginning of every seed, and every word salad of a few words. */
static void beginnings(void **state)
{
    (void)state;
    for (int s = 0; s < SEEDS; s++)
        for (size_t n = 0; n <= strlen(seeds[s]); n++)
            survive(seeds[s], n);
    for (int i = 0; i < 6000; i++) {
        Text t = {0};
        for (size_t n = any(12) + 1; n > 0; n--)
            text_printf(&t, "%s%s", words[any(WORDS)], any(3) ? " " : "");
        survive(t.p, t.n);
        text_free(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(long_chains), cmocka_unit_test(deep_nests), cmocka_unit_test(bytes),
        cmocka_unit_test(long_lines), cmocka_unit_test(mutations), cmocka_unit_test(beginnings),
    };
    return cmocka_run_group_tests_name("parse_hostile", tests, NULL, NULL);
}
