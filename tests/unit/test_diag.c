/* test_diag.c: how diagnostics look, and the parts of base.c under them. */
#define _POSIX_C_SOURCE 200809L
#include "parse_test.h"

#include "utf8.h"

static Arena *arena;
static Diags *diags;

static void source(const char *text)
{
    diags = diags_new(arena, "x.ds", text, strlen(text));
}

static int setup(void **state)
{
    (void)state;
    arena = arena_new("test");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* All diagnostics as printed; lives in the arena. */
static const char *printed(bool colour)
{
    char *text;
    size_t n;
    FILE *out = open_memstream(&text, &n);
    assert_non_null(out);
    diags_print(diags, out, colour);
    fclose(out);
    const char *copy = arena_strndup(arena, text, n);
    free(text);
    return copy;
}

static void check_printed(const char *want)
{
    assert_string_equal(printed(false), want);
}

static void whole(void **state)
{
    (void)state;
    source("batch 1s\nlet a = 1\n  | redueByKey(_ + _)\n");
    diag_error(diags, E0201, (Span){3, 5, 3, 15, 0}, "there is no operator `%s`", "redueByKey");
    diag_label(diags, "not an operator, a pipe or a sink");
    diag_also(diags, (Span){2, 5, 2, 6, 0}, "after this");
    diag_also(diags, (Span){3, 3, 3, 4, 0}, "and this");
    diag_expected(diags, "an operator");
    static const char *const names[] = {"map", NULL, "reduce", "reduceByKey"};
    assert_true(diag_suggest(diags, "redueByKey", names, 4));
    assert_int_equal(diags_count(diags), 1);
    check_printed("error[E0201]: there is no operator `redueByKey`\n"
                  "  --> x.ds:3:5\n"
                  "   |\n"
                  " 2 | let a = 1\n"
                  "   |     - after this\n"
                  " 3 |   | redueByKey(_ + _)\n"
                  "   |     ^^^^^^^^^^ not an operator, a pipe or a sink\n"
                  "   |   - and this\n"
                  "   |\n"
                  "   = expected: an operator\n"
                  "   = help: did you mean `reduceByKey`?\n");
    assert_int_equal(diags_errors(diags), 1);
    assert_int_equal(diags_count(diags), 0);
    check_printed("");
}

static void order(void **state)
{
    (void)state;
    source("a b c\nd e f\n");
    diag_error(diags, E0203, (Span){2, 1, 2, 2, 0}, "d");
    diag_warn(diags, W0605, (Span){1, 3, 1, 4, 0}, "b");
    diag_warn(diags, W0602, (Span){1, 3, 1, 4, 0}, "unused, beside errors");
    diag_error(diags, E0203, (Span){1, 5, 1, 6, 0}, "c");
    diag_error(diags, E0203, (Span){1, 5, 1, 6, 0}, "c");
    diag_error(diags, E0202, (Span){1, 5, 1, 6, 0}, "c");
    diag_error(diags, E0512, (Span){0}, "no place");
    assert_int_equal(diags_errors(diags), 5);
    assert_int_equal(diags_count(diags), 7);
    check_printed("error[E0512]: no place\n --> x.ds\n\n"
                  "warning[W0605]: b\n  --> x.ds:1:3\n   |\n 1 | a b c\n   |   ^\n\n"
                  "error[E0203]: c\n  --> x.ds:1:5\n   |\n 1 | a b c\n   |     ^\n\n"
                  "error[E0202]: c\n  --> x.ds:1:5\n   |\n 1 | a b c\n   |     ^\n\n"
                  "error[E0203]: d\n  --> x.ds:2:1\n   |\n 2 | d e f\n   | ^\n");
}

static int count_of(const char *text, const char *part)
{
    int n = 0;
    for (; (text = strstr(text, part)); text++)
        n++;
    return n;
}

static void at_most_20(void **state)
{
    (void)state;
    for (int errors = 19; errors <= 5000; errors += errors < 22 ? 1 : 4978) {
        source("abc\n");
        for (int i = 0; i < errors; i++)
            diag_error(diags, E0203, (Span){1, 1, 1, 2, 0}, "error %d", i);
        diag_label(diags, "still safe");
        assert_int_equal(diags_errors(diags), errors);
        const char *text = printed(false);
        assert_int_equal(count_of(text, "error[E0203]"), errors < 20 ? errors : 20);
        Text more = {0};
        text_printf(&more, "\nand %d more error%s\n", errors - 20, errors == 21 ? "" : "s");
        assert_int_equal(count_of(text, more.p), errors > 20);
        text_free(&more);
    }
}

static void carets(void **state)
{
    (void)state;
    /* tabs, wide characters, joined characters, what is not UTF-8, a line end of DOS */
    source("\tab\xc3\xa9\xe6\x97\xa5" "e\xcc\x81z\xff q\r\n");
    diag_error(diags, E0203, (Span){1, 15, 1, 16, 0}, "q");
    check_printed("error[E0203]: q\n  --> x.ds:1:15\n   |\n"
                  " 1 |     ab\xc3\xa9\xe6\x97\xa5" "e\xcc\x81z\xef\xbf\xbd q\n"
                  "   |              ^\n");
    diag_error(diags, E0203, (Span){1, 4, 1, 9, 0}, "both");
    check_printed("error[E0203]: both\n  --> x.ds:1:4\n   |\n"
                  " 1 |     ab\xc3\xa9\xe6\x97\xa5" "e\xcc\x81z\xef\xbf\xbd q\n"
                  "   |       ^^^\n");
    /* the end of a line, of the text, of a span over lines */
    source("ab\ncd");
    diag_error(diags, E0203, (Span){1, 3, 1, 3, 0}, "end");
    check_printed("error[E0203]: end\n  --> x.ds:1:3\n   |\n 1 | ab\n   |   ^\n");
    diag_error(diags, E0203, (Span){2, 3, 2, 4, 0}, "end");
    check_printed("error[E0203]: end\n  --> x.ds:2:3\n   |\n 2 | cd\n   |   ^\n");
    diag_error(diags, E0203, (Span){9, 3, 9, 4, 0}, "beyond");
    check_printed("error[E0203]: beyond\n  --> x.ds:9:3\n   |\n 9 |\n   | ^\n");
    diag_error(diags, E0203, (Span){1, 2, 2, 2, 0}, "two lines");
    diag_label(diags, "from here");
    check_printed("error[E0203]: two lines\n  --> x.ds:1:2\n   |\n 1 | ab\n   |  ^ from here\n");
    /* a text without an end of line or without anything */
    source("");
    diag_error(diags, E0501, (Span){1, 1, 1, 1, 0}, "nothing");
    check_printed("error[E0501]: nothing\n  --> x.ds:1:1\n   |\n 1 |\n   | ^\n");
    /* the margin is as wide as the largest number; lines left out between */
    Text lines = {0};
    for (int i = 1; i <= 100; i++)
        text_printf(&lines, "line %d\n", i);
    source(lines.p);
    diag_error(diags, E0203, (Span){100, 1, 100, 5, 0}, "far");
    diag_also(diags, (Span){9, 6, 9, 7, 0}, "near");
    diag_help(diags, "one\ntwo");
    check_printed("error[E0203]: far\n    --> x.ds:100:1\n     |\n   9 | line 9\n     |      - near\n...\n"
                  " 100 | line 100\n     | ^^^^\n     |\n     = help: one\n       two\n");
    text_free(&lines);
}

static void long_line(void **state)
{
    (void)state;
    Text line = {0};
    for (int i = 0; i < 1000; i++)
        text_add(&line, "\xc3\xa9");
    text_add(&line, "\n");
    source(line.p);
    for (int col = 1; col <= 2001; col += 2) {
        diag_error(diags, E0203, (Span){1, col, 1, col + 2, 0}, "here");
        const char *text = printed(false);
        assert_true(strlen(text) < 500);
        assert_int_equal(utf8_check(text, strlen(text)), strlen(text));
        /* the caret stands under the same column that the cut line gives it */
        const char *row = strstr(text, " 1 | ") + 5, *caret = strstr(row, "   | ") + 5;
        size_t before = strcspn(caret, "^"), shown = 0;
        const char *at = row;
        for (; shown < before; shown++, at++)
            while (((unsigned char)at[1] & 0xc0) == 0x80)
                at++;
        assert_true(col == 2001 ? *at == '\n' : memcmp(at, "\xc3\xa9", 2) == 0);
    }
    text_free(&line);
}

static void unsafe_text(void **state)
{
    (void)state;
    source("a\x1b[31m\x01\n");
    diag_error(diags, E0203, (Span){1, 1, 1, 2, 0}, "\x1b]0;x\x07 \xe2\x80\xae \xff");
    diag_help(diags, "\x9b");
    const char *text = printed(true);
    assert_null(strchr(text, 7));
    assert_null(strchr(text, 1));
    assert_null(strstr(text, "\xe2\x80\xae"));
    assert_null(strstr(text, "a\x1b"));
    assert_non_null(strstr(text, "\x1b[1;31merror[E0203]\x1b[0m"));

    Text name = {0};
    for (int i = 0; i < 100000; i++)
        text_add(&name, "\xc3\xa9");
    source("x");
    diag_error(diags, E0203, (Span){1, 1, 1, 2, 0}, "%s", name.p);
    text = printed(false);
    assert_true(strlen(text) < 800);
    assert_int_equal(utf8_check(text, strlen(text)), strlen(text));
    text_free(&name);
}

static void suggestions(void **state)
{
    (void)state;
    static const char *const names[] = {"map", "filter", "flatMap", "count", "reduceByKey", "reduceByKeyAndWindow"};
    static const struct { const char *found, *suggested; } cases[] = {
        {"flter", "filter"}, {"fliter", "filter"}, {"flatmap", "flatMap"}, {"mpa", "map"}, {"maps", "map"}, {"COUNT", "count"},
        {"reduceByKeyWindow", "reduceByKeyAndWindow"}, {"x", NULL}, {"xy", NULL}, {"zzz", NULL}, {"", NULL},
        {"somethingElse", NULL}, {"reducedByKeys", "reduceByKey"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        source("x");
        diag_error(diags, E0201, (Span){1, 1, 1, 2, 0}, "unknown");
        assert_int_equal(diag_suggest(diags, cases[i].found, names, 6), cases[i].suggested != NULL);
        const char *text = printed(false);
        Text help = {0};
        text_printf(&help, "did you mean `%s`?", cases[i].suggested ? cases[i].suggested : "");
        assert_int_equal(count_of(text, help.p), cases[i].suggested != NULL);
        text_free(&help);
    }
}

static void explanations(void **state)
{
    (void)state;
    const char *title = NULL;
    assert_non_null(strstr(diag_explain("E0201", &title), "operator"));
    assert_string_equal(title, "unknown operator");
    assert_ptr_equal(diag_explain("e0201", &title), diag_explain("E0201", &title));
    assert_null(diag_explain("E9999", &title));
    assert_null(diag_explain("", &title));
    static const char *const helps[] = {
#define DIAG(code, title, help) help,
#include "diag.def"
#undef DIAG
    };
    for (size_t i = 0; i < sizeof helps / sizeof *helps; i++) {
        /* whole sentences, in lines that fit a terminal */
        size_t n = strlen(helps[i]);
        assert_true(n > 20 && helps[i][n - 1] != '\n');
        for (const char *line = helps[i]; *line;) {
            size_t length = strcspn(line, "\n");
            assert_true(length <= 110);
            line += length + (line[length] == '\n');
        }
    }
}

static void distances(void **state)
{
    (void)state;
    assert_int_equal(edit_distance("", ""), 0);
    assert_int_equal(edit_distance("", "abc"), 3);
    assert_int_equal(edit_distance("kitten", "sitting"), 3);
    assert_int_equal(edit_distance("ab", "ba"), 1);
    assert_int_equal(edit_distance("abcd", "acbd"), 1);
    assert_int_equal(edit_distance("ca", "abc"), 3);
    char big[201] = {0};
    memset(big, 'x', 200);
    assert_int_equal(edit_distance(big, "x"), 200);
    assert_int_equal(edit_distance(big, big), 0);
}

static void memory(void **state)
{
    (void)state;
    Arena *own = arena_new("own");
    for (size_t n = 0; n < 3000; n += 7) {
        unsigned char *p = arena_alloc(own, n);
        assert_int_equal((uintptr_t)p % 16, 0);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xff, n);
    }
    assert_string_equal(arena_strndup(own, "abcdef", 3), "abc");
    assert_string_equal(arena_printf(own, "%d %s", 42, "x"), "42 x");
    assert_string_equal(arena_printf(own, "%s", ""), "");
    VEC(int) numbers = {0};
    for (int i = 0; i < 1000; i++)
        vec_push(own, &numbers, i * i);
    assert_int_equal(numbers.n, 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(numbers.at[i], i * i);
    arena_free(own);

    Text text = {0};
    for (int i = 0; i < 1000; i++)
        text_printf(&text, "%d,", i);
    assert_int_equal(text.n, 3890);
    assert_int_equal(strlen(text.p), 3890);
    text_addn(&text, "a\0b", 3);
    assert_int_equal(text.n, 3893);
    text_free(&text);
    assert_null(text.p);
}

static void utf8(void **state)
{
    (void)state;
    char bytes[4];
    uint32_t back;
    for (uint32_t c = 0; c <= 0x10ffff; c++) {
        if (c >= 0xd800 && c <= 0xdfff)
            continue;
        size_t n = utf8_encode(c, bytes);
        assert_int_equal(utf8_decode(bytes, n, &back), n);
        assert_int_equal(back, c);
        if (n > 1) {
            assert_int_equal(utf8_decode(bytes, n - 1, &back), 1);
            assert_int_equal(back, UTF8_BAD);
        }
    }
    assert_int_equal(utf8_check("abc\xc3\xa9", 5), 5);
    assert_int_equal(utf8_check("abc\xc3", 4), 3);
    assert_int_equal(utf8_width('a'), 1);
    assert_int_equal(utf8_width(0x65e5), 2);
    assert_int_equal(utf8_width(0x301), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole), cmocka_unit_test(order), cmocka_unit_test(at_most_20), cmocka_unit_test(carets),
        cmocka_unit_test(long_line), cmocka_unit_test(unsafe_text), cmocka_unit_test(suggestions),
        cmocka_unit_test(explanations), cmocka_unit_test(distances), cmocka_unit_test(memory), cmocka_unit_test(utf8),
    };
    return cmocka_run_group_tests_name("diag", tests, setup, teardown);
}
