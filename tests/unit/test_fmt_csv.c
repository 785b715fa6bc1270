/* test_fmt_csv.c: csv and tsv, rule by rule; and random lines against a reader
 * that goes byte by byte. */
#include "fmt_test.h"
#include "format/columns.h"

#define ALL "1,2,a,b,1.5,true,2024-01-01T00:00:00Z,5s"
#define READ_ALL "(1,some(2),a,some(b),1.5,true,2024-01-01T00:00:00Z,5s)"

static void by_position(void **state)
{
    (void)state;
    Fmt f;
    assert_null(fmt_open(&f, "csv", &row_tuple, NULL));
    assert_false(f.f->def->has_header(f.f));
    READS(&f, ALL, READ_ALL);
    READS(&f, ALL ",more,\"", READ_ALL);
    READS(&f, "", "-");
    /* empty: none, "" or bad */
    READS(&f, "1,,,,1,false,2024-01-01T00:00:00Z,5s", "(1,none,,none,1.0,false,2024-01-01T00:00:00Z,5s)");
    READS(&f, "1,,\"\",\"\",1,false,2024-01-01T00:00:00Z,5s", "(1,none,,some(),1.0,false,2024-01-01T00:00:00Z,5s)");
    READS(&f, ",2,a,b,1,true,2024-01-01T00:00:00Z,5s", "bad: column 1 is missing");
    READS(&f, "1,\"\",a,b,1,true,2024-01-01T00:00:00Z,5s", "bad: column 2 is not an int");
    READS(&f, "1,2,a,b,,true,2024-01-01T00:00:00Z,5s", "bad: column 5 is missing");
    /* short rows */
    READS(&f, "1,2,a,b,1,true", "bad: column 7 is missing");
    READS(&f, "1", "bad: column 3 is missing");
    READS(&f, "1,2", "bad: column 3 is missing");
    READS(&f, "1,2,", "bad: column 5 is missing");
    /* what does not parse is bad even where it may be missing */
    READS(&f, "1,x,a,b,1,true,2024-01-01T00:00:00Z,5s", "bad: column 2 is not an int");
    READS(&f, "1x,2,a,b,1,true,2024-01-01T00:00:00Z,5s", "bad: column 1 is not an int");
    READS(&f, " 1,2,a,b,1,true,2024-01-01T00:00:00Z,5s", "bad: column 1 is not an int");
    READS(&f, "1,2,a,b,1.5.2,true,2024-01-01T00:00:00Z,5s", "bad: column 5 is not a float");
    READS(&f, "1,2,a,b,1,True,2024-01-01T00:00:00Z,5s", "bad: column 6 is not a bool");
    READS(&f, "1,2,a,b,1,true,2024-02-30T00:00:00Z,5s", "bad: column 7 is not a time");
    READS(&f, "1,2,a,b,1,true,2024-01-01T00:00:00Z,5", "bad: column 8 is not a duration");
    fmt_close(&f);
}

static void numbers(void **state)
{
    (void)state;
    Fmt f;
    static const dsc_field fields[] = {{NULL, &dsc_type_int, 0, false}, {NULL, &dsc_type_float, 8, false}};
    static const dsc_type pair = {.kind = DSC_TUPLE, .size = 16, .n = 2, .fields = fields, .flat = true};
    assert_null(fmt_open(&f, "csv", &pair, NULL));
    READS(&f, "9223372036854775807,0.1", "(9223372036854775807,0.1)");
    READS(&f, "-9223372036854775808,-0.0", "(-9223372036854775808,-0.0)");
    READS(&f, "9223372036854775808,0", "bad: column 1 is not an int");
    READS(&f, "-9223372036854775809,0", "bad: column 1 is not an int");
    READS(&f, "00000000000000000000012,1e3", "(12,1000.0)");
    READS(&f, "+5,+5", "(5,5.0)");
    READS(&f, "12345678,12345678.5", "(12345678,12345678.5)");
    READS(&f, "123456789012345678,1234567890.12345678", "(123456789012345678,1234567890.1234567)");
    READS(&f, "\"7\",\"2.5\"", "(7,2.5)");
    READS(&f, "1,9007199254740993", "(1,9007199254740992.0)");
    READS(&f, "1,0.30000000000000004", "(1,0.30000000000000004)");
    READS(&f, "1,5e-324", "(1,5e-324)");
    READS(&f, "1,nan", "(1,nan)");
    READS(&f, "1,-inf", "(1,-inf)");
    READS(&f, "-,1", "bad: column 1 is not an int");
    READS(&f, "1,.", "bad: column 2 is not a float");
    READS(&f, "1234567a,1", "bad: column 1 is not an int");
    READS(&f, "12345678a,1", "bad: column 1 is not an int");
    READS(&f, "1/345678,1", "bad: column 1 is not an int");
    READS(&f, "1:345678,1", "bad: column 1 is not an int");
    fmt_close(&f);
}

static const dsc_field three_fields[] = {{NULL, &dsc_type_string, 0, false}, {NULL, &dsc_type_string, 16, false},
                                         {NULL, &option_str, 32, false}};
static const dsc_type three = {.kind = DSC_TUPLE, .size = 32 + sizeof(OptionStr), .n = 3, .fields = three_fields};

/* The quick way is taken where it should be: READS and random_lines hold what it makes to be the same. */
static void usual_lines(void **state)
{
    (void)state;
    Fmt f;
    static const dsc_field fields[] = {{NULL, &dsc_type_string, 0, false}, {NULL, &dsc_type_int, 16, true}, {NULL, &dsc_type_int, 24, false},
                                       {NULL, &dsc_type_float, 32, false}};
    static const dsc_type type = {.kind = DSC_TUPLE, .size = 40, .n = 4, .fields = fields};
    static const struct {
        const char *text;
        bool taken;
    } lines[] = {
        {"a,x,-1,-2.5", true}, {"a,x,1,2.5,more,\"", true}, {"a text of more than 16 bytes,x,1234567,99.99999", true},
        {"a,x,123456789012,123456.789012", true}, {"a,x,-12345678,-0.0", true}, {"a,x,0,5", true},
        {"", false}, {"\"a\",x,1,2", false}, {"a,\"x\",1,2", false}, {"a,x,1", false}, {"a,,1,2", false}, {"a,x,1,2e5", true},
        {"a,x,1,2..", false}, {"a,x,1,.", false}, {"a,x,+1,2", true}, {"a,x,1y,2", false}, {"a,x,9223372036854775807,2", true},
        {"a,x,9223372036854775808,2", false}, {"a,x,1,-", false}, {"a,x,1,", false}, {"a,x,-,1", false},
        {"a text that is so long that no window of bytes shows both its beginning and its end at once,x,1,2.5", true},
        {"a,a text that is so long that no window of bytes shows both its beginning and its end at once,1,2.5,x,", true},
    };
    assert_null(fmt_open(&f, "csv", &type, NULL));
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        size_t n = strlen(lines[i].text);
        rt_buf out = {0};
        fmt_read(&f, lines[i].text, n, &out);
        if (fmt_read_usual(&f, lines[i].text, n, 200, out.p) != (lines[i].taken ? FMT_LINES : 0))
            fail_msg("%s", lines[i].text);
        assert_int_equal(fmt_read_usual(&f, lines[i].text, n, 1, out.p), 0);
        rt_buf_free(&out);
    }
    fmt_close(&f);
}

static size_t random_number(char text[24])
{
    static const char *const forms[] = {"%u", "%u.%u", "-%u.%u", "-%u", "%u.%ue5", ".%u%u", "%u.", "%u..%u", "%u.%u.", "--%u", "%ux%u", "-", "."};
    size_t form = random_below(3) == 0 ? random_below(sizeof forms / sizeof *forms) : random_below(4);
    unsigned most = (unsigned)1 << random_below(31);
    return (size_t)snprintf(text, 24, forms[form], (unsigned)random_below(most), (unsigned)random_below(most));
}

/* Columns of numbers, quick and plain, against the functions that read one text. */
static void number_columns(void **state)
{
    (void)state;
    enum { MOST = 40, ROOM = 25 };
    for (int round = 0; round < 30000; round++) {
        char texts[MOST * ROOM + 16];
        const char *from[MOST], *to[MOST];
        size_t n = random_below(MOST + 1), ints = n, floats = n, used = 0;
        struct { int64_t i; double x; } want[MOST], have[MOST];
        memset(texts, '7', sizeof texts);
        for (size_t i = 0; i < n; i++) {
            size_t length = random_number(texts + used);
            from[i] = texts + used;
            to[i] = from[i] + length;
            used += length;
            texts[used++] = ",;x.7"[random_below(5)];
            dsc_str text = {from[i], (int64_t)length};
            if (ints == n && !dsc_parse_int(text, &want[i].i))
                ints = i;
            if (floats == n && !dsc_parse_float(text, &want[i].x))
                floats = i;
        }
        for (int plain = 0; plain < 2; plain++) {
            memset(have, 0xee, sizeof have);
            size_t (*read_ints)(const char *const *, const char *const *, size_t, char *, size_t) = plain ? rt_int_column_plain : rt_int_column;
            assert_int_equal(read_ints(from, to, n, (char *)&have->i, sizeof *have), ints);
            assert_int_equal((plain ? rt_float_column_plain : rt_float_column)(from, to, n, (char *)&have->x, sizeof *have), floats);
            for (size_t i = 0; i < ints; i++)
                assert_int_equal(have[i].i, want[i].i);
            for (size_t i = 0; i < floats; i++)
                assert_memory_equal(&have[i].x, &want[i].x, sizeof want[i].x);
        }
    }
}

static void quotes(void **state)
{
    (void)state;
    Fmt f;
    assert_null(fmt_open(&f, "csv", &three, NULL));
    READS(&f, "\"a,b\",\"\"\"x\"\"y\"\"\",\"\"", "(a,b,\"x\"y\",some())");
    READS(&f, "a\"b,c\",\"d\"", "(a\"b,c\",some(d))");
    READS(&f, "\"a", "bad: a quote is not closed on its line");
    READS(&f, "\"a\"\",b,c", "bad: a quote is not closed on its line");
    READS(&f, "\"a\"x,b,c", "bad: text stands behind a closing quote");
    READS(&f, "a,b,\"c\" ", "bad: text stands behind a closing quote");
    READS(&f, " \"a\",b,c", "( \"a\",b,some(c))");
    READS(&f, "a,\xff\xfe,\xc3\xa9", "(a,\xff\xfe,some(\xc3\xa9))");
    fmt_close(&f);
    assert_null(fmt_open(&f, "csv", &three, (FmtArg[]){{"separator", ";", 0}, {0}}));
    READS(&f, "a,b;\"c;\"\"\";d", "(a,b,c;\",some(d))");
    fmt_close(&f);
    assert_null(fmt_open(&f, "tsv", &three, NULL));
    READS(&f, "\"a\t\"\"\t", "(\"a,\"\",none)");
    READS(&f, "a,b\tc d\te", "(a,b,c d,some(e))");
    READS(&f, "a", "bad: column 2 is missing");
    fmt_close(&f);
}

static void by_name(void **state)
{
    (void)state;
    Fmt f;
    assert_null(fmt_open(&f, "csv", &row_record, NULL));
    assert_true(f.f->def->has_header(f.f));
    fmt_header(&f, "more,took,at,b,x,t,s,\"m\",\"n\",rest");
    assert_non_null(f.layout);
    READS(&f, "\"?,\",5s,2024-01-01T00:00:00Z,true,1.5,b,a,2,1,x", "{n: 1, m: some(2), s: a, t: some(b), x: 1.5, b: true, "
          "at: 2024-01-01T00:00:00Z, took: 5s}");
    READS(&f, "\"?,5s,2024-01-01T00:00:00Z,true,1.5,b,a,2,1,x", "bad: a quote is not closed on its line");
    READS(&f, "?,5s,2024-01-01T00:00:00Z,true,1.5,b,a,2,x,x", "bad: column `n` is not an int");
    READS(&f, "?,5s,2024-01-01T00:00:00Z,true,1.5,b,a", "bad: column `n` is missing");
    fmt_header(&f, "n,m,s,t,x,b,at,tok");
    assert_null(f.layout);
    assert_string_equal(f.job.error, "csv: in.csv has no column `took`; its first line names `n`, `m`, `s`, `t`, `x`, `b`, `at`, `tok`");
    fmt_close(&f);
    assert_null(fmt_open(&f, "csv", &row_record, (FmtArg[]){{"header", NULL, 0}, {0}}));
    assert_false(f.f->def->has_header(f.f));
    READS(&f, ALL, "{n: 1, m: some(2), s: a, t: some(b), x: 1.5, b: true, at: 2024-01-01T00:00:00Z, took: 5s}");
    fmt_close(&f);
    assert_null(fmt_open(&f, "csv", &row_tuple, (FmtArg[]){{"header", NULL, 1}, {0}}));
    assert_true(f.f->def->has_header(f.f));
    fmt_header(&f, "any,thing");
    READS(&f, ALL, READ_ALL);
    fmt_close(&f);
}

/* What is not looked at is neither decoded nor checked. */
static void unused(void **state)
{
    (void)state;
    Fmt f;
    static const dsc_field fields[] = {{"a", &dsc_type_int, 0, true}, {"b", &dsc_type_int, 8, false}, {"c", &dsc_type_int, 16, true}};
    static const dsc_type type = {.kind = DSC_RECORD, .size = 24, .n = 3, .fields = fields, .flat = true};
    assert_null(fmt_open(&f, "csv", &type, (FmtArg[]){{"header", NULL, 0}, {0}}));
    int64_t value[3] = {7, 7, 7};
    const char *why;
    assert_int_equal(f.f->def->decode(f.f, &f.task, NULL, str("x,2,\"y"), value, &why), 1);
    assert_int_equal(value[0], 7);
    assert_int_equal(value[1], 2);
    assert_int_equal(value[2], 7);
    fmt_close(&f);
    assert_null(fmt_open(&f, "csv", &type, NULL));
    fmt_header(&f, "b");
    assert_non_null(f.layout);
    fmt_close(&f);
}

static void times(void **state)
{
    (void)state;
    static const dsc_field field = {NULL, &dsc_type_time, 0, false};
    static const dsc_type type = {.kind = DSC_TUPLE, .size = 8, .n = 1, .fields = &field, .flat = true};
    static const struct { const char *form, *text, *read; } rows[] = {
        {"s", "1700000000", "(2023-11-14T22:13:20Z)"}, {"s", "1700000000.25", "(2023-11-14T22:13:20.250Z)"},
        {"s", "-0.5", "(1969-12-31T23:59:59.500Z)"}, {"s", "1700000000.1234567", "(2023-11-14T22:13:20.123456Z)"},
        {"s", "1.", "bad: column 1 is not a time"}, {"s", "1e9", "bad: column 1 is not a time"},
        {"s", "9223372036855", "bad: column 1 is not a time"}, {"ms", "1700000000123", "(2023-11-14T22:13:20.123Z)"},
        {"us", "-1", "(1969-12-31T23:59:59.999999Z)"}, {"us", "1.0", "bad: column 1 is not a time"},
        {"%d/%m/%Y %H:%M", "14/11/2023 22:13", "(2023-11-14T22:13:00Z)"}, {"%d/%m/%Y", "2023-11-14", "bad: column 1 is not a time"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Fmt f;
        assert_null(fmt_open(&f, "csv", &type, (FmtArg[]){{"time", rows[i].form, 0}, {0}}));
        fmt_reads(&f, rows[i].text, strlen(rows[i].text), rows[i].read, __FILE__, __LINE__);
        fmt_close(&f);
    }
    rt_buf out = {0};
    static const struct { const char *form; int64_t time; const char *text; } written[] = {
        {"s", -1, "-1"}, {"ms", 1700000000123456, "1700000000123"}, {"us", 5, "5"}, {"%H,%M", 0, "\"00,00\""}};
    for (size_t i = 0; i < sizeof written / sizeof *written; i++) {
        Fmt f;
        assert_null(fmt_open(&f, "csv", &type, (FmtArg[]){{"time", written[i].form, 0}, {0}}));
        assert_null(fmt_write(&f, &written[i].time, &out));
        assert_string_equal(out.p, written[i].text);
        fmt_close(&f);
    }
    rt_buf_free(&out);
}

static void wrong_arguments(void **state)
{
    (void)state;
    Fmt f;
    assert_string_equal(fmt_open(&f, "csv", &row_tuple, (FmtArg[]){{"separator", "::", 0}, {0}}),
                        "csv: the separator is one byte, and no quote or line end; \"::\" is not");
    fmt_close(&f);
    assert_non_null(fmt_open(&f, "csv", &row_tuple, (FmtArg[]){{"separator", "\"", 0}, {0}}));
    fmt_close(&f);
    assert_non_null(fmt_open(&f, "csv", &row_tuple, (FmtArg[]){{"time", "", 0}, {0}}));
    fmt_close(&f);
    assert_string_equal(fmt_open(&f, "tsv", &dsc_type_int, NULL), "tsv: its type is a record or a tuple of values without parts");
    fmt_close(&f);
}

static void writing(void **state)
{
    (void)state;
    Fmt f;
    rt_buf out = {0};
    Row row = {.n = -1, .s = str("a \"b\", c"), .t = {str(""), true}, .x = 0.1, .at = 0, .took = 90000000};
    assert_null(fmt_open(&f, "csv", &row_record, NULL));
    assert_null(fmt_write(&f, &row, &out));
    assert_string_equal(out.p, "-1,,\"a \"\"b\"\", c\",\"\",0.1,false,1970-01-01T00:00:00Z,1m30s");
    out.n = 0;
    f.f->def->encode_header(f.f, &out);
    rt_buf_char(&out, '\0');
    assert_string_equal(out.p, "n,m,s,t,x,b,at,took");
    fmt_close(&f);
    row = (Row){.n = 1, .m = {2, true}, .s = str("x\ny"), .x = 1.5};
    assert_null(fmt_open(&f, "csv", &row_tuple, (FmtArg[]){{"separator", ".", 0}, {0}}));
    assert_null(fmt_write(&f, &row, &out));
    assert_string_equal(out.p, "1.2.\"x\ny\"..\"1.5\".false.1970-01-01T00:00:00Z.0s");
    out.n = 0;
    f.f->def->encode_header(f.f, &out);
    assert_int_equal(out.n, 0);
    fmt_close(&f);
    assert_null(fmt_open(&f, "tsv", &row_tuple, NULL));
    assert_string_equal(fmt_write(&f, &row, &out), "a text with a tab or a line end in it cannot be written as tsv");
    row.s = str("\"x, y");
    assert_null(fmt_write(&f, &row, &out));
    assert_string_equal(out.p, "1\t2\t\"x, y\t\t1.5\tfalse\t1970-01-01T00:00:00Z\t0s");
    fmt_close(&f);
    rt_buf_free(&out);
}

/* ---- random lines ------------------------------------------------------------------- */

/* The slow reader: columns of a line, one after the other, as the value of `three` prints; false: bad. */
static bool slow_columns(const char *p, size_t n, char separator, rt_buf *out)
{
    size_t i = 0;
    out->n = 0;
    rt_buf_char(out, '(');
    for (int column = 0; column < 3; column++) {
        bool in_quotes = i < n && p[i] == '"', there = i <= n;
        rt_buf text = {0};
        if (in_quotes) {
            for (i++;; i++) {
                if (i >= n)
                    return rt_buf_free(&text), false;
                if (p[i] == '"' && !(i + 1 < n && p[i + 1] == '"'))
                    break;
                rt_buf_char(&text, p[i]);
                i += p[i] == '"';
            }
            if (++i < n && p[i] != separator)
                return rt_buf_free(&text), false;
        } else {
            for (; i < n && p[i] != separator; i++)
                rt_buf_char(&text, p[i]);
        }
        if (column < 2 && !there)
            return rt_buf_free(&text), false;
        rt_buf_text(out, column ? "," : "");
        bool none = column == 2 && text.n == 0 && !in_quotes;
        rt_buf_text(out, none ? "none" : column == 2 ? "some(" : "");
        rt_buf_add(out, text.p, text.n);
        rt_buf_text(out, column == 2 && !none ? ")" : "");
        rt_buf_free(&text);
        i++;
    }
    rt_buf_char(out, ')');
    return true;
}

static void random_lines(void **state)
{
    (void)state;
    Fmt f;
    assert_null(fmt_open(&f, "csv", &three, NULL));
    rt_buf fast = {0}, slow = {0};
    for (int round = 0; round < 200000; round++) {
        char text[80];
        size_t n = random_below(random_below(8) == 0 ? sizeof text : 14);
        for (size_t i = 0; i < n; i++)
            text[i] = random_below(40) == 0 ? (char)(1 + random_below(255)) : ",,,\"\"aaaaaaaa"[random_below(13)];
        if (n == 0)
            continue;
        fmt_read(&f, text, n, &fast);
        bool ok = slow_columns(text, n, ',', &slow);
        assert_int_equal(ok, strncmp(fast.p, "bad: ", 5) != 0);
        if (ok) {
            assert_int_equal(fast.n, slow.n);
            assert_memory_equal(fast.p, slow.p, slow.n);
        }
    }
    rt_buf_free(&fast);
    rt_buf_free(&slow);
    fmt_close(&f);
}

/* What is written is read as it was. */
static void there_and_back(void **state)
{
    (void)state;
    static const char *const words[] = {"", "a", ",", "\"", "\"\"", "a,b", " x ", "\xc3\xa9", "1", "\r x", "long enough to need more"};
    Fmt f;
    assert_null(fmt_open(&f, "csv", &row_tuple, NULL));
    rt_buf text = {0}, before = {0}, after = {0};
    for (int round = 0; round < 20000; round++) {
        uint64_t bits = random_below((uint64_t)1 << 31) << 33 ^ random_below((uint64_t)1 << 31) << 8;
        Row row = {.n = (int64_t)(bits >> random_below(60)), .m = {(int64_t)random_below(1000), true},
                   .s = str(words[random_below(11)]), .t = {str(words[random_below(11)]), true}, .b = random_below(2),
                   .at = (int64_t)random_below((uint64_t)1 << 31) * 1000003, .took = (int64_t)random_below(1 << 30) - (1 << 29)};
        memcpy(&row.x, &bits, sizeof bits);
        if (random_below(2))
            row.m = (OptionInt){0};
        if (random_below(2))
            row.t = (OptionStr){0};
        before.n = 0;
        rt_print_value(&before, &row_tuple, &row);
        rt_buf_char(&before, '\0');
        assert_null(fmt_write(&f, &row, &text));
        fmt_read(&f, text.p, text.n, &after);
        assert_string_equal(before.p, after.p);
    }
    rt_buf_free(&text);
    rt_buf_free(&before);
    rt_buf_free(&after);
    fmt_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_position), cmocka_unit_test(numbers), cmocka_unit_test(usual_lines), cmocka_unit_test(number_columns),
        cmocka_unit_test(quotes),
        cmocka_unit_test(by_name), cmocka_unit_test(unused), cmocka_unit_test(times),
        cmocka_unit_test(wrong_arguments), cmocka_unit_test(writing), cmocka_unit_test(random_lines),
        cmocka_unit_test(there_and_back),
    };
    return cmocka_run_group_tests_name("fmt_csv", tests, NULL, NULL);
}
