/* test_fn_str.c: functions on strings at their edges: empty, NUL bytes, invalid UTF-8, too long. */
#include "fn_test.h"

/* Length by the definition in RFC 3629, section 4: as many bytes as match its table, else one. */
static int64_t model_length(const unsigned char *p, int64_t n)
{
    static const struct { unsigned char first[2], second[2]; int more; } table[] = {
        {{0x00, 0x7f}, {0, 0}, 0}, {{0xc2, 0xdf}, {0x80, 0xbf}, 1},
        {{0xe0, 0xe0}, {0xa0, 0xbf}, 2}, {{0xe1, 0xec}, {0x80, 0xbf}, 2}, {{0xed, 0xed}, {0x80, 0x9f}, 2},
        {{0xee, 0xef}, {0x80, 0xbf}, 2}, {{0xf0, 0xf0}, {0x90, 0xbf}, 3}, {{0xf1, 0xf3}, {0x80, 0xbf}, 3},
        {{0xf4, 0xf4}, {0x80, 0x8f}, 3}};
    int64_t length = 0;
    for (int64_t i = 0; i < n; length++) {
        int64_t bytes = 1;
        for (size_t row = 0; row < sizeof table / sizeof *table; row++) {
            if (p[i] < table[row].first[0] || p[i] > table[row].first[1] || i + table[row].more >= n)
                continue;
            bool whole = table[row].more == 0
                || (p[i + 1] >= table[row].second[0] && p[i + 1] <= table[row].second[1]);
            for (int k = 2; k <= table[row].more; k++)
                whole = whole && p[i + k] >= 0x80 && p[i + k] <= 0xbf;
            if (whole)
                bytes = table[row].more + 1;
        }
        i += bytes;
    }
    return length;
}

static void test_length(void **state)
{
    (void)state;
    static const unsigned char bytes[] = {'a', 'b', 0, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1, 0xc2, 0xdf,
        0xe0, 0xe1, 0xed, 0xef, 0xf0, 0xf3, 0xf4, 0xf5, 0xff};
    uint64_t seed = 2;
    for (int round = 0; round < 50000; round++) {
        task_reset();
        int64_t n = (int64_t)(random_bits(&seed) % 60);
        unsigned char *p = malloc((size_t)n + 1);
        for (int64_t i = 0; i < n; i++)
            p[i] = random_bits(&seed) % 2 ? 'x' : bytes[random_bits(&seed) % sizeof bytes];
        dsc_str s = {(char *)p, n};
        int64_t length = model_length(p, n);
        assert_int_equal(dsc_length(s), length);
        dsc_list chars = dsc_chars(task(), s);
        assert_int_equal(chars.n, length);
        int64_t from = (int64_t)(random_bits(&seed) % 70), to = (int64_t)(random_bits(&seed) % 70);
        int64_t last = to < length ? to : length;
        dsc_list part = {(const dsc_str *)chars.p + from, last - from};
        dsc_str want = from < last ? dsc_join(task(), part, DSC_STR("")) : DSC_STR("");
        assert_str(dsc_substring(s, from, to), want);
        free(p);
    }
}

static void test_substring(void **state)
{
    (void)state;
    assert_text(dsc_substring(DSC_STR("h\xc3\xa9llo"), 1, 3), "\xc3\xa9l");
    assert_text(dsc_substring(DSC_STR("abc"), -5, 2), "ab");
    assert_text(dsc_substring(DSC_STR("abc"), 2, 1), "");
    assert_text(dsc_substring(DSC_STR("abc"), INT64_MIN, INT64_MAX), "abc");
    assert_text(dsc_substring(DSC_STR("abc"), 1, INT64_MIN), "");
    assert_text(dsc_substring((dsc_str){NULL, 0}, 1, 2), "");
    assert_text(dsc_substring_from(DSC_STR("abc"), 3), "");
    assert_text(dsc_substring_from(DSC_STR("abc"), 1), "bc");
}

static void test_trim(void **state)
{
    (void)state;
    assert_text(dsc_trim(DSC_STR(" \t\r\n\v\fa b\n")), "a b");
    assert_text(dsc_trim(DSC_STR("  ")), "");
    assert_text(dsc_trim((dsc_str){NULL, 0}), "");
    assert_str(dsc_trim(DSC_STR(" \0 ")), DSC_STR("\0"));
}

static void test_case(void **state)
{
    (void)state;
    assert_text(dsc_upper(task(), DSC_STR("az{`@[ \xc3\xa9\xc3\xbf\xc3\x9f\xcf\x82")), "AZ{`@[ \xc3\x89\xc5\xb8\xc3\x9f\xce\xa3");
    assert_text(dsc_lower(task(), DSC_STR("AZ{`@[ \xc3\x89\xc5\xb8\xd0\x96\xd0\x81")), "az{`@[ \xc3\xa9\xc3\xbf\xd0\xb6\xd1\x91");
    assert_text(dsc_lower(task(), DSC_STR("ABCDEFGHIJKLMNOPQRSTUVWXYZ")), "abcdefghijklmnopqrstuvwxyz");
    assert_text(dsc_upper(task(), (dsc_str){NULL, 0}), "");
    assert_text(dsc_upper(task(), DSC_STR("\xff\xc3")), "\xff\xc3");
    assert_text(dsc_upper(task(), DSC_STR("\xe1\xba\xa1\xe1\xba\x9f")), "\xe1\xba\xa0\xe1\xba\x9f");
    assert_text(dsc_upper(task(), DSC_STR("\xf0\x90\x90\xa8\xc3\x97\xc3\xb7")), "\xf0\x90\x90\xa8\xc3\x97\xc3\xb7");
}

/* What upper changes lower changes back; a letter of one case is left alone by its own function. */
static void test_case_pairs(void **state)
{
    (void)state;
    int letters = 0;
    for (unsigned c = 0x80; c < 0x2000; c++) {
        char text[3];
        dsc_str s = {text, c < 0x800 ? 2 : 3};
        text[0] = (char)(c < 0x800 ? 0xc0 | c >> 6 : 0xe0 | c >> 12);
        text[1] = (char)(c < 0x800 ? 0x80 | (c & 0x3f) : 0x80 | (c >> 6 & 0x3f));
        text[2] = (char)(0x80 | (c & 0x3f));
        dsc_str upper = dsc_upper(task(), s), lower = dsc_lower(task(), s);
        assert_int_equal(upper.n, s.n);
        assert_int_equal(lower.n, s.n);
        bool is_small = !dsc_str_equal(upper, s), is_capital = !dsc_str_equal(lower, s);
        assert_false(is_small && is_capital);
        letters += is_capital;
        if (c == 0x3c2)           /* the other small sigma */
            continue;
        if (is_small)
            assert_str(dsc_lower(task(), upper), s);
        if (is_capital)
            assert_str(dsc_upper(task(), lower), s);
    }
    assert_int_equal(letters, 434);
}

static void test_search(void **state)
{
    (void)state;
    dsc_str none = {NULL, 0};
    int64_t at;
    assert_true(dsc_starts_with(DSC_STR("abc"), DSC_STR("ab")));
    assert_false(dsc_starts_with(DSC_STR("a"), DSC_STR("ab")));
    assert_true(dsc_starts_with(none, none));
    assert_true(dsc_ends_with(DSC_STR("abc"), DSC_STR("bc")));
    assert_true(dsc_ends_with(none, DSC_STR("")));
    assert_false(dsc_ends_with(none, DSC_STR("x")));
    assert_true(dsc_contains(DSC_STR("a\0b"), DSC_STR("\0b")));
    assert_false(dsc_contains(none, DSC_STR("x")));
    assert_true(dsc_contains(none, none));
    assert_true(dsc_index_of(DSC_STR("h\xc3\xa9llo"), DSC_STR("l"), &at));
    assert_int_equal(at, 2);
    assert_true(dsc_index_of(DSC_STR("abc"), DSC_STR(""), &at));
    assert_int_equal(at, 0);
    assert_false(dsc_index_of(DSC_STR("abc"), DSC_STR("abcd"), &at));
}

static void test_join(void **state)
{
    (void)state;
    dsc_str parts[] = {DSC_STR("a"), {NULL, 0}, DSC_STR("b")};
    assert_text(dsc_join(task(), (dsc_list){parts, 3}, DSC_STR(", ")), "a, , b");
    assert_text(dsc_join(task(), (dsc_list){parts, 1}, DSC_STR(", ")), "a");
    assert_text(dsc_join(task(), (dsc_list){NULL, 0}, DSC_STR(", ")), "");
    assert_text(dsc_concat_n(task(), parts, 3), "ab");
    assert_text(dsc_str_concat(task(), parts[1], parts[1]), "");
    assert_text(dsc_str_concat(task(), parts[0], parts[2]), "ab");
}

static void test_replace(void **state)
{
    (void)state;
    assert_text(dsc_replace(task(), DSC_STR("aaaa"), DSC_STR("aa"), DSC_STR("b")), "bb");
    assert_text(dsc_replace(task(), DSC_STR("a.b."), DSC_STR("."), DSC_STR("--")), "a--b--");
    assert_text(dsc_replace(task(), DSC_STR("abc"), DSC_STR(""), DSC_STR("x")), "abc");
    assert_text(dsc_replace(task(), DSC_STR("abab"), DSC_STR("ab"), DSC_STR("")), "");
    assert_text(dsc_replace(task(), (dsc_str){NULL, 0}, DSC_STR("x"), DSC_STR("y")), "");
}

static void test_longer(void **state)
{
    (void)state;
    dsc_str out;
    assert_true(dsc_repeat(task(), DSC_STR("ab"), 2, &out));
    assert_text(out, "abab");
    assert_true(dsc_repeat(task(), DSC_STR("ab"), INT64_MIN, &out));
    assert_text(out, "");
    assert_true(dsc_repeat(task(), DSC_STR(""), INT64_MAX, &out));
    assert_text(out, "");
    assert_false(dsc_repeat(task(), DSC_STR("ab"), INT64_MAX, &out));
    assert_false(dsc_repeat(task(), DSC_STR("ab"), ((int64_t)1 << 29) + 1, &out));
    assert_true(dsc_pad_left(task(), DSC_STR("\xc3\xa9"), 4, DSC_STR("\xe2\x82\xac-"), &out));
    assert_text(out, "\xe2\x82\xac-\xe2\x82\xac\xc3\xa9");
    assert_true(dsc_pad_right(task(), DSC_STR("ab"), 1, DSC_STR("x"), &out));
    assert_text(out, "ab");
    assert_true(dsc_pad_right(task(), DSC_STR("ab"), INT64_MAX, DSC_STR(""), &out));
    assert_text(out, "ab");
    assert_false(dsc_pad_left_blank(task(), DSC_STR("ab"), INT64_MAX, &out));
    assert_false(dsc_pad_right_blank(task(), DSC_STR("ab"), ((int64_t)1 << 30) + 1, &out));
    assert_true(dsc_pad_right_blank(task(), (dsc_str){NULL, 0}, 2, &out));
    assert_text(out, "  ");
    assert_true(dsc_pad_left_blank(task(), DSC_STR("x"), 3, &out));
    assert_text(out, "  x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_length), cmocka_unit_test(test_substring), cmocka_unit_test(test_trim),
        cmocka_unit_test(test_case), cmocka_unit_test(test_case_pairs), cmocka_unit_test(test_search),
        cmocka_unit_test(test_join), cmocka_unit_test(test_replace), cmocka_unit_test(test_longer)};
    return cmocka_run_group_tests(tests, NULL, task_close);
}
