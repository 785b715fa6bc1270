/* test_fn_split.c: split, words, lines and chars against models that look at one byte at a time. */
#include "fn_test.h"

/* Pieces between separators of one or more bytes. */
static int64_t model_split(dsc_str s, dsc_str sep, dsc_str *out)
{
    int64_t n = 0, start = 0;
    for (int64_t i = 0; i + sep.n <= s.n;) {
        if (memcmp(s.p + i, sep.p, (size_t)sep.n) == 0) {
            out[n++] = (dsc_str){s.p + start, i - start};
            start = i += sep.n;
        } else {
            i++;
        }
    }
    out[n++] = (dsc_str){s.p + start, s.n - start};
    return n;
}

static int64_t model_words(dsc_str s, dsc_str *out)
{
    int64_t n = 0;
    for (int64_t i = 0; i < s.n;) {
        if (strchr(" \t\n\v\f\r", s.p[i]) && s.p[i] != '\0') {
            i++;
            continue;
        }
        int64_t start = i;
        while (i < s.n && (s.p[i] == '\0' || !strchr(" \t\n\v\f\r", s.p[i])))
            i++;
        out[n++] = (dsc_str){s.p + start, i - start};
    }
    return n;
}

static void same(dsc_list list, const dsc_str *want, int64_t n)
{
    assert_int_equal(list.n, n);
    const dsc_str *have = list.p;
    for (int64_t i = 0; i < n; i++) {
        assert_int_equal(have[i].n, want[i].n);
        assert_memory_equal(have[i].p, want[i].p, (size_t)want[i].n);
    }
}

/* Every text lies at the very end of its allocation, so that a sanitizer sees any byte read beyond. */
static void test_random(void **state)
{
    (void)state;
    static const char letters[] = "  ,,ab\t\n\r\v\f\0\xc3\xa9\x85\xa0";
    static dsc_str want[5000];
    uint64_t seed = 1;
    for (int round = 0; round < 20000; round++) {
        task_reset();
        int64_t n = (int64_t)(random_bits(&seed) % (round % 100 == 0 ? 4999 : 70));
        char *text = malloc((size_t)n + 1);
        char *p = text + 1;
        for (int64_t i = 0; i < n; i++)
            p[i] = letters[random_bits(&seed) % (sizeof letters - 1)];
        dsc_str s = {p, n};
        same(dsc_split(task(), s, DSC_STR(",")), want, model_split(s, DSC_STR(","), want));
        same(dsc_split(task(), s, DSC_STR(" ,")), want, model_split(s, DSC_STR(" ,"), want));
        same(dsc_words(task(), s), want, model_words(s, want));
        free(text);
    }
}

static void test_edges(void **state)
{
    (void)state;
    assert_list(dsc_split(task(), DSC_STR(""), DSC_STR(",")), "[]");
    assert_list(dsc_split(task(), (dsc_str){NULL, 0}, DSC_STR("ab")), "[]");
    assert_list(dsc_split(task(), DSC_STR(","), DSC_STR(",")), "[][]");
    assert_list(dsc_split(task(), DSC_STR("aaa"), DSC_STR("aa")), "[][a]");
    assert_list(dsc_split(task(), DSC_STR("ab"), DSC_STR("abc")), "[ab]");
    assert_list(dsc_split(task(), DSC_STR("h\xc3\xa9!"), DSC_STR("")), "[h][\xc3\xa9][!]");
    assert_list(dsc_split(task(), DSC_STR(""), DSC_STR("")), "");
    assert_list(dsc_words(task(), (dsc_str){NULL, 0}), "");
    assert_list(dsc_words(task(), DSC_STR(" \t\r\n\v\f")), "");
    assert_list(dsc_words(task(), DSC_STR("a")), "[a]");
    assert_list(dsc_words(task(), DSC_STR("\xc2\xa0x y")), "[\xc2\xa0x][y]");
    assert_list(dsc_lines(task(), (dsc_str){NULL, 0}), "");
    assert_list(dsc_lines(task(), DSC_STR("a\r\nb\n\nc\r")), "[a][b][][c\r]");
    assert_list(dsc_lines(task(), DSC_STR("\n")), "[]");
    assert_list(dsc_lines(task(), DSC_STR("a")), "[a]");
    assert_list(dsc_chars(task(), DSC_STR("a\xc3\xa9\xc3")), "[a][\xc3\xa9][\xc3]");
}

/* Longer than what is not counted first. */
static void test_huge(void **state)
{
    (void)state;
    enum { N = 1 << 17 };         /* the thread sanitizer looks at all of a haystack at each memmem */
    char *text = malloc(N);
    memset(text, ' ', N);
    dsc_str s = {text, N};
    assert_int_equal(dsc_split(task(), s, DSC_STR(" ")).n, N + 1);
    assert_int_equal(dsc_words(task(), s).n, 0);
    for (int i = 0; i < N; i += 2)
        text[i] = 'x';
    assert_int_equal(dsc_words(task(), s).n, N / 2);
    assert_int_equal(dsc_split(task(), s, DSC_STR(" x")).n, N / 2);
    assert_int_equal(dsc_chars(task(), s).n, N);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random), cmocka_unit_test(test_edges), cmocka_unit_test(test_huge)};
    return cmocka_run_group_tests(tests, NULL, task_close);
}
