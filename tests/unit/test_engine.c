/* test_engine.c: whole jobs through rt_run, from a program as the compiler
 * would write it: the same bytes for any number of threads, any step and any
 * morsel; bad elements; the end of the input. */
#define _GNU_SOURCE
#include "core_test.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Every line goes, as a whole, to: window counts by word, the longest line by first
 * letter, lines joined by length, groups by first letter, a raw window, a count of all;
 * what is joined is joined once more. Lines that hold "bad" are bad. */
enum { PATH, PER_BATCH, N_PARAMS };
enum { LINES, COUNTS, LONGEST, JOINED, GROUPS, RAW, ALL, AGAIN, BY_BATCH, BY_SLIDE, OF_RAW, N_NODES };

static void stage_lines(dsc_task *task)
{
    dsc_table *counts = dsc_table_of(task, COUNTS), *all = dsc_table_of(task, ALL);
    dsc_str line;
    bool fresh;
    while (dsc_next_line(task, &line)) {
        if (line.n >= 3 && memmem(line.p, (size_t)line.n, "bad", 3)) {
            dsc_bad(task, 7, 22, "int overflow");
            continue;
        }
        dsc_count_strs(counts, dsc_split(task, line, DSC_STR(" ")));
        ++*(int64_t *)dsc_upsert_cell(all, &fresh);
        TestKey letter = {line.n, {line.p, line.n > 0}};
        dsc_str comma = dsc_str_concat(task, line, DSC_STR(","));
        dsc_fold_in(task, LONGEST, &letter.name, &line.n);
        dsc_fold_in(task, JOINED, &letter.number, &comma);
        dsc_group_in(task, GROUPS, &letter, &line);
        dsc_push(task, RAW, &comma);
    }
}

static void put_text(dsc_task *task, int sink, const char *what, const dsc_type *type, const void *key, dsc_str value)
{
    dsc_str text = dsc_str_concat(task, (dsc_str){what, (int64_t)strlen(what)}, key ? dsc_to_string(task, type, key) : DSC_STR(""));
    text = dsc_str_concat(task, text, dsc_str_concat(task, DSC_STR(": "), value));
    dsc_put(task, sink, &text);
}

static void stage_counts(dsc_task *task)
{
    dsc_str key;
    const void *acc;
    while (dsc_next_pair(task, &key, &acc))
        put_text(task, BY_SLIDE, "count ", &dsc_type_string, &key, dsc_to_string(task, &dsc_type_int, acc));
}

static void stage_longest(dsc_task *task)
{
    dsc_str key;
    const void *acc;
    while (dsc_next_pair(task, &key, &acc))
        put_text(task, BY_BATCH, "longest ", &dsc_type_string, &key, dsc_to_string(task, &dsc_type_int, acc));
}

static void stage_joined(dsc_task *task)
{
    int64_t key;
    const void *acc;
    while (dsc_next_pair(task, &key, &acc)) {
        int64_t half = key / 2;
        put_text(task, BY_BATCH, "joined ", &dsc_type_int, &key, *(const dsc_str *)acc);
        dsc_fold_in(task, AGAIN, &half, acc);
    }
}

static void stage_again(dsc_task *task)
{
    int64_t key;
    const void *acc;
    while (dsc_next_pair(task, &key, &acc))
        put_text(task, BY_BATCH, "again ", &dsc_type_int, &key, *(const dsc_str *)acc);
}

static const dsc_field of_string = {NULL, &dsc_type_string, 0, false};
static const dsc_type strings = {.kind = DSC_LIST, .size = sizeof(dsc_list), .n = 1, .fields = &of_string};

static void stage_groups(dsc_task *task)
{
    TestKey key;
    dsc_list values;
    while (dsc_next_group(task, &key, &values))
        put_text(task, BY_BATCH, "group ", &test_key_type, &key, dsc_to_string(task, &strings, &values));
}

static void stage_all(dsc_task *task)
{
    const void *acc;
    while (dsc_next_cell(task, &acc))
        put_text(task, BY_BATCH, "all", NULL, NULL, dsc_to_string(task, &dsc_type_int, acc));
}

static void stage_raw(dsc_task *task)
{
    const dsc_str *s;
    while ((s = dsc_next_item(task)))
        dsc_put(task, OF_RAW, s);
}

static bool setup(dsc_task *task)
{
    dsc_set_str(task, LINES, "path", dsc_param_str(task, PATH));
    if (dsc_param_int(task, PER_BATCH) > 0)
        dsc_set_int(task, LINES, "perBatch", dsc_param_int(task, PER_BATCH));
    dsc_set_window(task, COUNTS, 3000000, 2000000);
    dsc_set_window(task, RAW, 2000000, 0);
    dsc_set_int(task, BY_BATCH, "n", 1000000);
    dsc_set_int(task, BY_SLIDE, "n", 1000000);
    dsc_set_int(task, OF_RAW, "n", 20);
    return true;
}

static const int32_t from_lines[] = {LINES}, from_joined[] = {JOINED}, from_counts[] = {COUNTS}, from_raw[] = {RAW},
                     from_batch[] = {LONGEST, JOINED, GROUPS, ALL, AGAIN};
#define OP(k, key_type, how, run) {.kind = k, .name = #run, .op = #run, .line = 1, .col = 2, .n_inputs = 1, \
    .inputs = from_lines, .key = key_type, .fold = how, .ordered = true, .stage = run, .stage_name = #run}
#define SINK(from, count) {.kind = DSC_SINK, .name = "print", .op = "print", .format = "lines", \
    .n_inputs = count, .inputs = from, .type = &dsc_type_string}

static dsc_node nodes[N_NODES] = {
    [LINES] = {.kind = DSC_SOURCE, .name = "lines", .op = "file", .format = "lines", .type = &dsc_type_string,
               .stage = stage_lines, .stage_name = "stage_lines"},
    [COUNTS] = OP(DSC_WINDOW_FOLD, &dsc_type_string, &count_fold, stage_counts),
    [LONGEST] = OP(DSC_FOLD, &dsc_type_string, &max_fold, stage_longest),
    [JOINED] = OP(DSC_FOLD, &dsc_type_int, &join_fold, stage_joined),
    [GROUPS] = {.kind = DSC_GROUP, .name = "groups", .op = "groupByKey", .n_inputs = 1, .inputs = from_lines,
                .key = &test_key_type, .type = &dsc_type_string, .ordered = true, .stage = stage_groups},
    [RAW] = {.kind = DSC_WINDOW, .name = "raw", .op = "window", .n_inputs = 1, .inputs = from_lines,
             .type = &dsc_type_string, .stage = stage_raw},
    [ALL] = {.kind = DSC_FOLD, .name = "all", .op = "count", .n_inputs = 1, .inputs = from_lines, .fold = &count_fold,
             .always = true, .ordered = true, .stage = stage_all},
    [AGAIN] = {.kind = DSC_FOLD, .name = "again", .op = "reduceByKey", .n_inputs = 1, .inputs = from_joined,
               .key = &dsc_type_int, .fold = &join_fold, .ordered = true, .stage = stage_again},
    [BY_BATCH] = SINK(from_batch, 5),
    [BY_SLIDE] = SINK(from_counts, 1),
    [OF_RAW] = SINK(from_raw, 1),
};

static const dsc_param params[] = {{.name = "path", .kind = DSC_STRING}, {.name = "perBatch", .kind = DSC_INT}};
static dsc_program program = {.abi = DSC_ABI_VERSION, .file = "t.ds", .batch = 1000000, .n_params = N_PARAMS,
                              .params = params, .n_nodes = N_NODES, .nodes = nodes, .setup = setup};

/* ---- running -------------------------------------------------------------------- */

static char input_path[] = "/tmp/dsc-engine-XXXXXX";

static void write_input(const char *text, size_t n)
{
    FILE *f = fopen(input_path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

typedef struct Run {
    int threads;
    size_t step, morsel;
    int64_t per_batch;
    int status;
    rt_buf out, err;
} Run;

static void divert(int fd, int *saved, FILE **to)
{
    *to = tmpfile();
    assert_non_null(*to);
    fflush(NULL);
    *saved = dup(fd);
    dup2(fileno(*to), fd);
}

static void restore(int fd, int saved, FILE *from, rt_buf *into)
{
    fflush(NULL);
    dup2(saved, fd);
    close(saved);
    fseek(from, 0, SEEK_END);
    long n = ftell(from);
    rewind(from);
    assert_true(rt_buf_reserve(into, (size_t)n + 1));
    into->n = fread(into->p, 1, (size_t)n, from);
    into->p[into->n] = '\0';
    fclose(from);
}

static void run_job(Run *r)
{
    struct rt_param_value values[N_PARAMS] = {
        [PATH] = {.set = true, .s = {input_path, (int64_t)strlen(input_path)}},
        [PER_BATCH] = {.set = true, .i = r->per_batch},
    };
    rt_options options = {.threads = r->threads, .batches = -1, .step = r->step, .morsel = r->morsel, .params = values};
    int out, err;
    FILE *to_out, *to_err;
    divert(1, &out, &to_out);
    divert(2, &err, &to_err);
    r->status = rt_run(&program, &options);
    restore(2, err, to_err, &r->err);
    restore(1, out, to_out, &r->out);
}

static void run_free(Run *r)
{
    rt_buf_free(&r->out);
    rt_buf_free(&r->err);
}

static char *random_text(int lines, size_t *n)
{
    rt_buf b = {0};
    for (int i = 0; i < lines; i++) {
        int words = (int)random_below(6);
        for (int w = 0; w < words; w++)
            rt_buf_print(&b, "%sw%d", w > 0 ? " " : "", (int)(random_below(30) * random_below(30)));
        if (random_below(100) == 0)
            rt_buf_print(&b, " %0*d", (int)random_below(3000) + 1, i);
        rt_buf_text(&b, random_below(10) == 0 ? "\r\n" : "\n");
    }
    rt_buf_text(&b, "the last line has no end");
    *n = b.n;
    return b.p;
}

static void the_same_bytes(void **state)
{
    (void)state;
    static const struct { int threads; size_t step, morsel; } ways[] = {
        {2, 0, 0}, {7, 0, 0}, {1, 64, 64}, {2, 100, 1}, {7, 4096, 64}, {2, 0, 1000}, {7, 0, 4000}, {3, 20000, 100}};
    size_t n;
    char *text = random_text(3000, &n);
    write_input(text, n);
    static const int64_t cuts[] = {0, 700};
    program.on_error = 0;
    for (size_t c = 0; c < 2; c++) {
        Run one = {.threads = 1, .per_batch = cuts[c]};
        run_job(&one);
        assert_string_equal(one.err.p, "");
        assert_int_equal(one.status, 0);
        assert_non_null(strstr(one.out.p, "again "));
        for (size_t w = 0; w < sizeof ways / sizeof ways[0]; w++) {
            Run other = {.threads = ways[w].threads, .step = ways[w].step, .morsel = ways[w].morsel, .per_batch = cuts[c]};
            run_job(&other);
            assert_string_equal(other.err.p, "");
            assert_int_equal(other.status, 0);
            assert_int_equal(other.out.n, one.out.n);
            assert_memory_equal(other.out.p, one.out.p, one.out.n);
            run_free(&other);
        }
        run_free(&one);
    }
    free(text);
}

#define RULE "-------------------------------------------\n"
#define BATCH(time) RULE "Time: " #time " ms\n" RULE

/* Two lines, then one, then, so that the window slides once more, none. */
static void a_small_job(void **state)
{
    (void)state;
    static const char text[] = "a b\nab a\nb\n";
    write_input(text, sizeof text - 1);
    program.on_error = 0;
    Run r = {.threads = 2, .per_batch = 1};
    run_job(&r);
    assert_string_equal(r.err.p, "");
    assert_int_equal(r.status, 0);
    assert_string_equal(r.out.p,
        BATCH(1000) "longest a: 3\njoined 3: a b,\ngroup (3,a): [a b]\nall: 1\nagain 1: a b,\n\n"
        BATCH(1000) "a b,\n\n"
        BATCH(2000) "longest a: 4\njoined 4: ab a,\ngroup (4,a): [ab a]\nall: 1\nagain 2: ab a,\n\n"
        BATCH(2000) "count a: 2\ncount b: 1\ncount ab: 1\n\n"
        BATCH(2000) "a b,\nab a,\n\n"
        BATCH(3000) "longest b: 1\njoined 1: b,\ngroup (1,b): [b]\nall: 1\nagain 0: b,\n\n"
        BATCH(3000) "ab a,\nb,\n\n"
        BATCH(4000) "all: 0\n\n"
        BATCH(4000) "count a: 1\ncount ab: 1\ncount b: 1\n\n"
        BATCH(4000) "b,\n\n");
    run_free(&r);
}

static void the_first_bad_element_is_named(void **state)
{
    (void)state;
    rt_buf text = {0};
    for (int i = 1; i <= 2000; i++)
        rt_buf_print(&text, i % 700 == 0 ? "line %d is bad\ttoo\n" : "line %d\n", i);
    write_input(text.p, text.n);
    rt_buf_free(&text);
    static const struct { int threads; size_t step, morsel; } ways[] = {
        {1, 0, 0}, {2, 0, 64}, {7, 0, 100}, {7, 0, 1}, {2, 0, 5000}, {2, 3000, 100}};
    program.on_error = 0;
    for (size_t w = 0; w < sizeof ways / sizeof ways[0]; w++) {
        Run r = {.threads = ways[w].threads, .step = ways[w].step, .morsel = ways[w].morsel};
        char expected[300], skip[] = "  `on error skip` in the program leaves bad elements out and counts them\n";
        run_job(&r);
        if (ways[w].step > 0)                 /* begun in another step: the number of the line is not known */
            snprintf(expected, sizeof expected, "dsc: t.ds:7:22: int overflow\n  %s, byte 6183: line 700 is bad\\ttoo\n%s", input_path, skip);
        else
            snprintf(expected, sizeof expected, "dsc: t.ds:7:22: int overflow\n  %s, line 700: line 700 is bad\\ttoo\n%s", input_path, skip);
        assert_string_equal(r.err.p, expected);
        assert_int_equal(r.status, 1);
        assert_string_equal(r.out.p, "");
        run_free(&r);
    }
    program.on_error = nodes[LINES].on_error = DSC_SKIP;
    for (size_t w = 0; w < sizeof ways / sizeof ways[0]; w++) {
        Run r = {.threads = ways[w].threads, .step = ways[w].step, .morsel = ways[w].morsel};
        run_job(&r);
        assert_string_equal(r.err.p, "dsc: t.ds:7:22: int overflow: 2 elements skipped\n");
        assert_int_equal(r.status, 0);
        assert_non_null(strstr(r.out.p, "all: 1998\n"));
        run_free(&r);
    }
    program.on_error = nodes[LINES].on_error = DSC_STOP;
}

static void windows_are_multiples_of_the_batch(void **state)
{
    (void)state;
    write_input("x\n", 2);
    program.batch = 400000;
    Run r = {.threads = 1};
    run_job(&r);
    program.batch = 1000000;
    assert_int_equal(r.status, 2);
    assert_string_equal(r.err.p, "dsc: t.ds:1:2: stage_counts: the window (3s) must be a multiple of the batch (400ms)\n");
    run_free(&r);
}

static void an_empty_input(void **state)
{
    (void)state;
    write_input("", 0);
    Run r = {.threads = 2};
    run_job(&r);
    assert_int_equal(r.status, 0);
    assert_string_equal(r.out.p, BATCH(1000) "all: 0\n\n" BATCH(1000) "\n" BATCH(2000) "all: 0\n\n" BATCH(2000) "\n" BATCH(2000) "\n");
    run_free(&r);
}

static int make_path(void **state)
{
    (void)state;
    int fd = mkstemp(input_path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_path(void **state)
{
    (void)state;
    return unlink(input_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_job),
        cmocka_unit_test(the_same_bytes),
        cmocka_unit_test(the_first_bad_element_is_named),
        cmocka_unit_test(windows_are_multiples_of_the_batch),
        cmocka_unit_test(an_empty_input),
    };
    return cmocka_run_group_tests_name("engine", tests, make_path, remove_path);
}
