/* test_fmt_json.c: JSON, rule by rule; random values written in random ways; and
 * texts with errors, against a checker of JSON's grammar. */
#include "fmt_test.h"
#include "format/text.h"

typedef struct Sub {
    dsc_str s;
    dsc_list ys;
} Sub;

typedef struct Deep {
    Row row;
    dsc_list xs;
    TestKey pair;
    Sub sub;
    OptionStr last;
} Deep;

static const dsc_field of_option_int = {NULL, &option_int, 0, false}, of_string = {NULL, &dsc_type_string, 0, false};
static const dsc_type xs_type = {.kind = DSC_LIST, .size = sizeof(dsc_list), .n = 1, .fields = &of_option_int},
                      ys_type = {.kind = DSC_LIST, .size = sizeof(dsc_list), .n = 1, .fields = &of_string};
static const dsc_field sub_fields[] = {{"s", &dsc_type_string, offsetof(Sub, s), false}, {"ys", &ys_type, offsetof(Sub, ys), false}};
static const dsc_type sub_type = {.kind = DSC_RECORD, .size = sizeof(Sub), .n = 2, .fields = sub_fields};
static const dsc_field deep_fields[] = {
    {"row", &row_record, offsetof(Deep, row), false}, {"xs", &xs_type, offsetof(Deep, xs), false},
    {"pair", &test_key_type, offsetof(Deep, pair), false}, {"sub", &sub_type, offsetof(Deep, sub), false},
    {"last", &option_str, offsetof(Deep, last), false}};
static const dsc_type deep_type = {.kind = DSC_RECORD, .size = sizeof(Deep), .n = 5, .fields = deep_fields};

#define ALL "{\"n\":1,\"m\":2,\"s\":\"a\",\"t\":\"b\",\"x\":1.5,\"b\":true,\"at\":\"2024-01-01T00:00:00Z\",\"took\":\"5s\""
#define READ_ALL "{n: 1, m: some(2), s: a, t: some(b), x: 1.5, b: true, at: 2024-01-01T00:00:00Z, took: 5s}"

static void records(void **state)
{
    (void)state;
    Fmt f;
    assert_null(fmt_open(&f, "json", &row_record, NULL));
    READS(&f, ALL "}", READ_ALL);
    READS(&f, ALL ", and the rest of the line is not looked at", READ_ALL);
    READS(&f, "  { \"b\" :\ttrue , \"x\" : 1.5,\"z\":{\"n\":[7,{\"}\":\"\\\"]\"}]},\"took\":\"5s\",\"n\": 1,\"n\":2,\"nn\":3,\"m\":2 ,\"s\":\"a\","
          "\"at\":\"2024-01-01T00:00:00Z\",\"\\u0074\":\"b\"}", READ_ALL);
    READS(&f, "", "-");
    READS(&f, " \t\r", "-");
    /* missing, null, of another type */
    READS(&f, "{\"n\":1,\"s\":\"\",\"m\":null,\"x\":2,\"b\":false,\"at\":\"2024-01-01\",\"took\":\"1m\"}",
          "{n: 1, m: none, s: , t: none, x: 2.0, b: false, at: 2024-01-01T00:00:00Z, took: 1m}");
    READS(&f, "{}", "bad: field `n` is missing");
    READS(&f, "{\"n\":null}", "bad: field `n` is missing");
    READS(&f, "{\"n\":\"1\"}", "bad: field `n` is not an int");
    READS(&f, "{\"m\":\"1\"}", "bad: field `m` is not an int");
    READS(&f, "{\"n\":1.0}", "bad: field `n` is not an int");
    READS(&f, "{\"s\":1}", "bad: field `s` is not a string");
    READS(&f, "{\"b\":1}", "bad: field `b` is not a bool");
    READS(&f, "{\"at\":1}", "bad: field `at` is not a time");
    READS(&f, "{\"x\":nan}", "bad: field `x` is not a float");
    READS(&f, "{\"t\":[]}", "bad: field `t` is not a string");
    READS(&f, "[1]", "bad: the line is not a record");
    READS(&f, "null", "bad: the line is missing");
    /* what cannot be read on */
    READS(&f, "{", "bad: this is not JSON");
    READS(&f, "{\"n\"", "bad: this is not JSON");
    READS(&f, "{\"n\":", "bad: field `n` is not an int");
    READS(&f, "{\"n\":1", "bad: a bracket of this JSON is not closed");
    READS(&f, "{\"n\":1 \"s\":2}", "bad: this is not JSON");
    READS(&f, "{\"n\":1,}", "bad: this is not JSON");
    READS(&f, "{n:1}", "bad: this is not JSON");
    READS(&f, "{\"s\":\"a", "bad: a quote of this JSON is not closed");
    READS(&f, "{\"s\":\"a\\\"", "bad: a quote of this JSON is not closed");
    READS(&f, "{\"s\":\"a\\", "bad: a quote of this JSON is not closed");
    READS(&f, "{\"z\":[1,{}", "bad: a bracket of this JSON is not closed");
    READS(&f, "{\"z\":,\"n\":1}", "bad: this is not JSON");
    fmt_close(&f);
}

static void nested(void **state)
{
    (void)state;
    Fmt f;
    assert_null(fmt_open(&f, "json", &deep_type, NULL));
    READS(&f, "{\"row\":" ALL ",\"q\":[]},\"xs\":[1,null, 3],\"pair\":[5,\"p\",7,8],\"sub\":{\"s\":\"\",\"ys\":[ ]}}",
          "{row: " READ_ALL ", xs: [some(1), none, some(3)], pair: (5,p), sub: {s: , ys: []}, last: none}");
    READS(&f, "{\"row\":{\"n\":\"\"}}", "bad: field `row.n` is not an int");
    READS(&f, "{\"xs\":[1,true]}", "bad: an element of field `xs` is not an int");
    READS(&f, "{\"xs\":[1,2", "bad: this is not JSON");
    READS(&f, "{\"xs\":[1,]}", "bad: an element of field `xs` is not an int");
    READS(&f, "{\"xs\":{}}", "bad: field `xs` is not a list");
    READS(&f, "{\"pair\":[5]}", "bad: element 1 of field `pair` is missing");
    READS(&f, "{\"sub\":{\"s\":\"x\"}}", "bad: field `sub.ys` is missing");
    fmt_close(&f);
    assert_null(fmt_open(&f, "json", &ys_type, NULL));
    READS(&f, " [\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"] ", "[1, 2, 3, 4, 5, 6, 7, 8, 9]");
    READS(&f, "[] x", "bad: this is not JSON");
    fmt_close(&f);
    /* brackets are counted, not followed by calls */
    enum { DEEP = 1000000 };
    char *deep = malloc(2 * DEEP + 20);
    memset(deep, '[', DEEP);
    memcpy(deep, "{\"z\":", 5);
    memset(deep + DEEP, ']', DEEP - 5);
    memcpy(deep + 2 * DEEP - 5, "}", 2);
    assert_null(fmt_open(&f, "json", &sub_type, NULL));
    fmt_reads(&f, deep, strlen(deep), "bad: field `s` is missing", __FILE__, __LINE__);
    fmt_close(&f);
    free(deep);
}

static void strings(void **state)
{
    (void)state;
    Fmt f;
    assert_null(fmt_open(&f, "json", &dsc_type_string, NULL));
    READS(&f, "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t");
    READS(&f, "\"\\u0041\\u00e9\\u20AC\\ud83d\\ude00\"", "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
    READS(&f, "\"\\ud83d\"", "\xef\xbf\xbd");
    READS(&f, "\"\\ud83d\\u0041\\ude00\"", "\xef\xbf\xbd" "A\xef\xbf\xbd");
    READS(&f, "\"\\ud83d\\ud83d\\ude00\"", "\xef\xbf\xbd\xf0\x9f\x98\x80");
    READS(&f, "\"\\uffff\\u0800\\u07ff\"", "\xef\xbf\xbf\xe0\xa0\x80\xdf\xbf");
    READS(&f, "\"\xff\xfe raw \x01\"", "\xff\xfe raw \x01");
    READS(&f, "\"\\x\"", "bad: a string of this JSON holds a wrong escape");
    READS(&f, "\"\\u12g4\"", "bad: a string of this JSON holds a wrong escape");
    READS(&f, "\"\\u12\"", "bad: a string of this JSON holds a wrong escape");
    READS(&f, "\"a\"b", "bad: this is not JSON");
    READS(&f, "'a'", "bad: the line is not a string");
    fmt_close(&f);
}

static void numbers(void **state)
{
    (void)state;
    Fmt f;
    assert_null(fmt_open(&f, "json", &dsc_type_int, NULL));
    READS(&f, "9223372036854775807", "9223372036854775807");
    READS(&f, "-9223372036854775808", "-9223372036854775808");
    READS(&f, "9223372036854775808", "bad: the line is not an int");
    READS(&f, "-0", "0");
    READS(&f, "007", "bad: the line is not an int");
    READS(&f, "+7", "bad: the line is not an int");
    READS(&f, "7a", "bad: the line is not an int");
    READS(&f, "7 ", "7");
    READS(&f, "7,", "bad: this is not JSON");
    fmt_close(&f);
    assert_null(fmt_open(&f, "json", &dsc_type_float, NULL));
    READS(&f, "-0", "-0.0");
    READS(&f, "1e3", "1000.0");
    READS(&f, "1.5E-3", "0.0015");
    READS(&f, "123456789012345678901234567890", "1.2345678901234568e+29");
    READS(&f, "1e999", "inf");
    READS(&f, "0.30000000000000004", "0.30000000000000004");
    READS(&f, ".5", "bad: the line is not a float");
    READS(&f, "5.", "bad: the line is not a float");
    READS(&f, "1e", "bad: the line is not a float");
    READS(&f, "-", "bad: the line is not a float");
    READS(&f, "00.5", "bad: the line is not a float");
    READS(&f, "inf", "bad: the line is not a float");
    fmt_close(&f);
    assert_null(fmt_open(&f, "json", &dsc_type_time, (FmtArg[]){{"time", "ms", 0}, {0}}));
    READS(&f, "1700000000123", "2023-11-14T22:13:20.123Z");
    READS(&f, "\"1700000000123\"", "2023-11-14T22:13:20.123Z");
    READS(&f, "\"2023-11-14T22:13:20Z\"", "bad: the line is not a time");
    fmt_close(&f);
}

static void writing(void **state)
{
    (void)state;
    Fmt f;
    rt_buf out = {0};
    assert_null(fmt_open(&f, "json", &deep_type, NULL));
    OptionInt xs[] = {{1, true}, {0}};
    dsc_str ys[] = {str("\x01\x7f\"\\\n"), str("\xc3\xa9\xff\xed\xa0\x80\xf4\x90")};
    Deep deep = {.row = {.n = INT64_MIN, .s = str(""), .x = -0.0, .took = 1}, .xs = {xs, 2}, .pair = {7, str("p")},
                 .sub = {str("s"), {ys, 2}}};
    assert_null(fmt_write(&f, &deep, &out));
    assert_string_equal(out.p, "{\"row\":{\"n\":-9223372036854775808,\"m\":null,\"s\":\"\",\"t\":null,\"x\":-0.0,\"b\":false,"
                        "\"at\":\"1970-01-01T00:00:00Z\",\"took\":\"1us\"},\"xs\":[1,null],\"pair\":[7,\"p\"],"
                        "\"sub\":{\"s\":\"s\",\"ys\":[\"\\u0001\\u007f\\\"\\\\\\n\",\"\xc3\xa9\xef\xbf\xbd"
                        "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"]},\"last\":null}");
    fmt_close(&f);
    assert_null(fmt_open(&f, "json", &dsc_type_float, NULL));
    double inf = 1e300 * 1e10;
    assert_null(fmt_write(&f, &inf, &out));
    assert_string_equal(out.p, "null");
    fmt_close(&f);
    assert_null(fmt_open(&f, "json", &dsc_type_time, (FmtArg[]){{"time", "\"%H\"", 0}, {0}}));
    int64_t time = 3600000000;
    assert_null(fmt_write(&f, &time, &out));
    assert_string_equal(out.p, "\"\\\"01\\\"\"");
    fmt_close(&f);
    rt_buf_free(&out);
}

/* What is not looked at is neither decoded nor checked. */
static void unused(void **state)
{
    (void)state;
    Fmt f;
    static const dsc_field fields[] = {{"a", &dsc_type_int, 0, true}, {"b", &dsc_type_int, 8, false}};
    static const dsc_type type = {.kind = DSC_RECORD, .size = 16, .n = 2, .fields = fields, .flat = true};
    assert_null(fmt_open(&f, "json", &type, NULL));
    int64_t value[2] = {7, 7};
    const char *why;
    assert_int_equal(f.f->def->decode(f.f, &f.task, NULL, str("{\"a\":\"x\",\"b\":2,"), value, &why), 1);
    assert_int_equal(value[0], 7);
    assert_int_equal(value[1], 2);
    fmt_close(&f);
}

/* ---- random values -------------------------------------------------------------------- */

static void some_blanks(rt_buf *json)
{
    while (random_below(8) == 0)
        rt_buf_char(json, " \t\r"[random_below(3)]);
}

static void random_string(rt_buf *json, rt_buf *shown)
{
    static const struct { const char *written, *is; } parts[] = {
        {"a", "a"}, {"bc", "bc"}, {"\\n", "\n"}, {"\\\"", "\""}, {"\\u00e9", "\xc3\xa9"}, {"\xc3\xa9", "\xc3\xa9"},
        {"\\ud83d\\ude00", "\xf0\x9f\x98\x80"}, {"{[", "{["}, {"\\\\", "\\"}, {"sixteen bytes and more", "sixteen bytes and more"}};
    rt_buf_char(json, '"');
    for (uint64_t n = random_below(5); n > 0; n--) {
        size_t i = random_below(sizeof parts / sizeof *parts);
        rt_buf_text(json, parts[i].written);
        if (shown)
            rt_buf_text(shown, parts[i].is);
    }
    rt_buf_char(json, '"');
}

/* Something that nobody asks for. */
static void random_junk(rt_buf *json)
{
    static const char *const words[] = {"null", "true", "-1.5e7", "\"}\"", "[]", "{}", "[1,[2,\"]\"],{\"n\":3}]"};
    rt_buf_text(json, words[random_below(7)]);
}

static void random_value(const dsc_type *type, rt_buf *json, rt_buf *shown);

static void random_record(const dsc_type *type, rt_buf *json, rt_buf *shown)
{
    rt_buf texts[16] = {{0}};
    int order[16], n = (int)type->n;
    rt_buf_char(shown, '{');
    for (int i = 0; i < n; i++) {
        rt_buf_print(shown, "%s%s: ", i ? ", " : "", type->fields[i].name);
        random_value(type->fields[i].type, &texts[i], shown);
        order[i] = i;
    }
    rt_buf_char(shown, '}');
    for (int i = n - 1; i > 0 && random_below(2); i--) {
        int j = (int)random_below((uint64_t)i + 1), swapped = order[i];
        order[i] = order[j];
        order[j] = swapped;
    }
    const char *comma = "";
    rt_buf_char(json, '{');
    for (int i = 0; i < n; i++) {
        const rt_buf *text = &texts[order[i]];
        bool none = text->n == 4 && memcmp(text->p, "null", 4) == 0;
        some_blanks(json);
        if (random_below(4) == 0) {
            rt_buf_print(json, "%s\"unknown%d\":", comma, i);
            random_junk(json);
            comma = ",";
        }
        if (none && random_below(2))
            continue;
        rt_buf_print(json, "%s\"%s\"", comma, type->fields[order[i]].name);
        some_blanks(json);
        rt_buf_char(json, ':');
        some_blanks(json);
        rt_buf_add(json, text->p, text->n);
        some_blanks(json);
        comma = ",";
        if (random_below(10) == 0) {
            rt_buf_print(json, ",\"%s\":", type->fields[order[i]].name);      /* the second does not count */
            random_junk(json);
        }
    }
    rt_buf_char(json, '}');
    for (int i = 0; i < n; i++)
        rt_buf_free(&texts[i]);
}

static void random_value(const dsc_type *type, rt_buf *json, rt_buf *shown)
{
    char text[RT_TEXT_MAX];
    int64_t i = (int64_t)(random_below((uint64_t)1 << 31) << 33 ^ random_below((uint64_t)1 << 31)) >> random_below(63);
    double x;
    memcpy(&x, &i, sizeof x);
    if (x - x != 0 || random_below(2))
        x = (double)(i >> 20) / 1000;
    switch ((int)type->kind) {
    case DSC_INT:
        rt_buf_print(json, "%lld", (long long)i);
        rt_buf_print(shown, "%lld", (long long)i);
        break;
    case DSC_FLOAT:
        rt_buf_print(json, "%.17g", x);
        rt_buf_add(shown, text, (size_t)rt_float_text(x, text));
        break;
    case DSC_BOOL:
        rt_buf_text(json, i & 1 ? "true" : "false");
        rt_buf_text(shown, i & 1 ? "true" : "false");
        break;
    case DSC_STRING:
        random_string(json, shown);
        break;
    case DSC_TIME:
        rt_time_text((i & 0xffffffffff) * 1000, text);
        rt_buf_print(json, "\"%s\"", text);
        rt_buf_text(shown, text);
        break;
    case DSC_DURATION:
        rt_duration_text(i, text);
        rt_buf_print(json, "\"%s\"", text);
        rt_buf_text(shown, text);
        break;
    case DSC_OPTION:
        if (random_below(3) == 0) {
            rt_buf_text(json, "null");
            rt_buf_text(shown, "none");
            break;
        }
        rt_buf_text(shown, "some(");
        random_value(type->fields[0].type, json, shown);
        rt_buf_char(shown, ')');
        break;
    case DSC_RECORD:
        random_record(type, json, shown);
        break;
    case DSC_LIST:
    case DSC_TUPLE: {
        bool tuple = type->kind == DSC_TUPLE;
        uint64_t n = tuple ? type->n : random_below(12);
        rt_buf_char(json, '[');
        rt_buf_char(shown, tuple ? '(' : '[');
        for (uint64_t k = 0; k < n; k++) {
            some_blanks(json);
            rt_buf_text(json, k ? "," : "");
            rt_buf_text(shown, !k ? "" : tuple ? "," : ", ");
            some_blanks(json);
            random_value(type->fields[tuple ? k : 0].type, json, shown);
        }
        some_blanks(json);
        rt_buf_char(json, ']');
        rt_buf_char(shown, tuple ? ')' : ']');
        break;
    }
    }
}

static void random_values(void **state)
{
    (void)state;
    Fmt f;
    assert_null(fmt_open(&f, "json", &deep_type, NULL));
    rt_buf json = {0}, shown = {0}, read = {0};
    for (int round = 0; round < 20000; round++) {
        json.n = shown.n = 0;
        random_value(&deep_type, &json, &shown);
        rt_buf_char(&shown, '\0');
        fmt_read(&f, json.p, json.n, &read);
        if (strcmp(shown.p, read.p) != 0)
            print_error("%.*s\n", (int)json.n, json.p);
        assert_string_equal(shown.p, read.p);
    }
    rt_buf_free(&json);
    rt_buf_free(&shown);
    rt_buf_free(&read);
    fmt_close(&f);
}

/* ---- texts with errors ------------------------------------------------------------------ */

static const char *blank(const char *p, const char *end)
{
    while (p < end && strchr(" \t\r\n", *p) && *p)
        p++;
    return p;
}

static const char *string(const char *p, const char *end)
{
    for (p++; p < end && *p != '"'; p++)
        if (*p == '\\' && ++p == end)
            return NULL;
    return p < end ? p + 1 : NULL;
}

/* Past the JSON value at p, or NULL. Escapes and numbers are not looked into. */
static const char *grammar(const char *p, const char *end, int depth)
{
    p = blank(p, end);
    if (p == end || depth > 1000)
        return NULL;
    if (*p == '"')
        return string(p, end);
    if (*p != '{' && *p != '[') {
        const char *from = p;
        while (p < end && *p && strchr("+-.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", *p))
            p++;
        return p > from ? p : NULL;
    }
    char close = *p == '{' ? '}' : ']';
    p = blank(p + 1, end);
    if (p < end && *p == close)
        return p + 1;
    for (;;) {
        if (close == '}') {
            p = blank(p, end);
            if (p == end || *p != '"' || !(p = string(p, end)))
                return NULL;
            p = blank(p, end);
            if (p == end || *p++ != ':')
                return NULL;
        }
        if (!(p = grammar(p, end, depth + 1)))
            return NULL;
        p = blank(p, end);
        if (p == end)
            return NULL;
        if (*p == close)
            return p + 1;
        if (*p++ != ',')
            return NULL;
    }
}

/* What is JSON is never called otherwise, though its values may be bad. */
static void mutated(void **state)
{
    (void)state;
    Fmt f;
    assert_null(fmt_open(&f, "json", &deep_type, NULL));
    rt_buf json = {0}, shown = {0}, read = {0};
    int valid = 0, read_well = 0;
    for (int round = 0; round < 100000; round++) {
        if (round % 50 == 0) {
            json.n = shown.n = 0;
            random_value(&deep_type, &json, &shown);
        }
        dsc_str text = exactly(json.p, json.n);
        char *p = (char *)text.p;
        for (uint64_t n = 1 + random_below(3); n > 0; n--)
            p[random_below(json.n)] = random_below(3) ? "{}[]\",:\\ 0n"[random_below(11)] : (char)random_below(256);
        size_t n = random_below(4) ? json.n : random_below(json.n);
        fmt_read(&f, p, n, &read);
        const char *end = grammar(p, p + n, 0);
        bool is_json = end && blank(end, p + n) == p + n;
        valid += is_json;
        read_well += strncmp(read.p, "bad: ", 5) != 0;
        if (is_json && (strstr(read.p, "bad: this is not JSON") || strstr(read.p, "not closed")))
            fail_msg("%.*s: %s", (int)n, p, read.p);
        free(p);
    }
    assert_true(valid > 1000 && read_well > 1000);
    rt_buf_free(&json);
    rt_buf_free(&shown);
    rt_buf_free(&read);
    fmt_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records), cmocka_unit_test(nested), cmocka_unit_test(strings), cmocka_unit_test(numbers),
        cmocka_unit_test(writing), cmocka_unit_test(unused), cmocka_unit_test(random_values), cmocka_unit_test(mutated),
    };
    return cmocka_run_group_tests_name("fmt_json", tests, NULL, NULL);
}
