/* test_options.c: run options, params and --help. */
#define _GNU_SOURCE
#include "conn_test.h"

#include <fcntl.h>

static const dsc_param params[] = {
    {.name = "host", .kind = DSC_STRING, .text = "\"localhost\"", .s = {"localhost", 9}},
    {.name = "port", .kind = DSC_INT, .text = "9999", .i = 9999},
    {.name = "max_share", .kind = DSC_FLOAT, .text = "0.5", .f = 0.5},
    {.name = "loud", .kind = DSC_BOOL, .text = "false"},
    {.name = "window", .kind = DSC_DURATION, .text = "30s", .i = 30000000},
    {.name = "since", .kind = DSC_TIME, .text = "time(\"1970-01-01T00:00:00Z\")"},
};
static const dsc_node nodes[] = {
    {.kind = DSC_SOURCE, .name = "lines", .op = "socket", .format = "lines", .line = 4, .col = 8},
    {.kind = DSC_FOLD, .name = "count", .op = "count", .line = 5, .col = 3},
    {.kind = DSC_SINK, .name = "print", .op = "print", .line = 6, .col = 5},
};
static const dsc_program program = {.abi = DSC_ABI_VERSION, .file = "words.ds", .batch = 90000000, .n_params = 6,
    .params = params, .n_nodes = 3, .nodes = nodes};

static const dsc_param must_params[] = {{.name = "host", .kind = DSC_STRING}};
static const dsc_program must = {.abi = DSC_ABI_VERSION, .file = "must.ds", .batch = 1000000, .n_params = 1, .params = must_params};

enum { MOST = 16 };

/* What is written to `fd` while `run` runs. */
static char *captured(int fd, void (*run)(void *), void *arg)
{
    fflush(NULL);
    int saved = dup(fd), to = open("captured", O_RDWR | O_CREAT | O_TRUNC, 0600);
    dup2(to, fd);
    run(arg);
    fflush(NULL);
    dup2(saved, fd);
    close(saved);
    close(to);
    return read_text("captured");
}

typedef struct Parsing {
    const dsc_program *program;
    const char *args;             /* separated by blanks */
    int status;
    rt_options out;
} Parsing;

static void parse(void *arg)
{
    static char text[512];
    Parsing *p = arg;
    char *argv[MOST] = {"words"};
    int argc = 1;
    snprintf(text, sizeof text, "%s", p->args);
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    p->status = rt_parse_options(p->program, argc, argv, "words", &p->out);
}

static void assert_wrong(const dsc_program *of, const char *args, const char *message)
{
    Parsing p = {.program = of, .args = args};
    char *said = captured(STDERR_FILENO, parse, &p);
    assert_int_equal(p.status, 2);
    assert_text(said, message);
}

static Parsing assert_right(const char *args)
{
    Parsing p = {.program = &program, .args = args};
    assert_text(captured(STDERR_FILENO, parse, &p), "");
    assert_int_equal(p.status, 0);
    return p;
}

static void test_nothing_given(void **state)
{
    (void)state;
    Parsing p = assert_right("");
    assert_int_equal(p.out.batch, 0);
    assert_int_equal(p.out.threads, 0);
    assert_int_equal(p.out.clock, 0);
    assert_int_equal(p.out.batches, -1);
    assert_false(p.out.quiet || p.out.verbose);
    for (int i = 0; i < program.n_params; i++)
        assert_false(p.out.params[i].set);
    rt_free_options(&p.out);
}

static void test_run_options(void **state)
{
    (void)state;
    Parsing p = assert_right("--batch=1m30s --threads 3 --clock virtual --batches=0 --quiet --verbose --step 4096 --morsel=7");
    assert_int_equal(p.out.batch, 90000000);
    assert_int_equal(p.out.threads, 3);
    assert_int_equal(p.out.clock, 'v');
    assert_int_equal(p.out.batches, 0);
    assert_true(p.out.quiet && p.out.verbose);
    assert_int_equal(p.out.step, 4096);
    assert_int_equal(p.out.morsel, 7);
    rt_free_options(&p.out);
}

static void test_params(void **state)
{
    (void)state;
    Parsing p = assert_right("--host=a=b --port -7 --max-share=1e-3 --loud --window 2h --since=2024-01-31T12:00:00Z");
    assert_memory_equal(p.out.params[0].s.p, "a=b", 3);
    assert_int_equal(p.out.params[0].s.n, 3);
    assert_int_equal(p.out.params[1].i, -7);
    assert_true(p.out.params[2].f == 0.001);
    assert_int_equal(p.out.params[3].i, 1);
    assert_int_equal(p.out.params[4].i, INT64_C(7200000000));
    assert_int_equal(p.out.params[5].i, INT64_C(1706702400000000));
    rt_free_options(&p.out);
    p = assert_right("--loud=false --host=");
    assert_true(p.out.params[3].set && p.out.params[3].i == 0);
    assert_true(p.out.params[0].set && p.out.params[0].s.n == 0);
    rt_free_options(&p.out);
}

static void test_wrong(void **state)
{
    (void)state;
    assert_wrong(&program, "--hots=x", "words: there is no option --hots: did you mean --host?\n");
    assert_wrong(&program, "--treads 2", "words: there is no option --treads: did you mean --threads?\n");
    assert_wrong(&program, "--mxa-share 2", "words: there is no option --mxa-share: did you mean --max_share?\n");
    assert_wrong(&program, "--xyzzy", "words: there is no option --xyzzy: `words --help` shows all\n");
    assert_wrong(&program, "input.txt", "words: 'input.txt' is no option: the program takes --NAME=VALUE only\n");
    assert_wrong(&program, "-q", "words: '-q' is no option: the program takes --NAME=VALUE only\n");
    assert_wrong(&program, "--", "words: '--' is no option: the program takes --NAME=VALUE only\n");
    assert_wrong(&program, "--port=many", "words: --port takes an int, such as 42, and not 'many'\n");
    assert_wrong(&program, "--port=9223372036854775808", "words: --port takes an int, such as 42, and not '9223372036854775808'\n");
    assert_wrong(&program, "--max_share=x", "words: --max_share takes a float, such as 0.5, and not 'x'\n");
    assert_wrong(&program, "--loud=yes", "words: --loud takes true or false, and not 'yes'\n");
    assert_wrong(&program, "--window=10", "words: --window takes a duration, such as 1h30m or 250ms, and not '10'\n");
    assert_wrong(&program, "--since=now", "words: --since takes a time, such as 2024-01-31T12:00:00Z, and not 'now'\n");
    assert_wrong(&program, "--port", "words: --port needs a value: --port=INT\n");
    assert_wrong(&program, "--batch=0s", "words: --batch takes a duration above 0, such as 500ms or 10s, and not '0s'\n");
    assert_wrong(&program, "--batch=10", "words: --batch takes a duration above 0, such as 500ms or 10s, and not '10'\n");
    assert_wrong(&program, "--batch", "words: --batch needs a value: --batch=D\n");
    assert_wrong(&program, "--threads=0", "words: --threads takes a number from 1 to 256, and not '0'\n");
    assert_wrong(&program, "--clock=sun", "words: --clock takes real or virtual, and not 'sun'\n");
    assert_wrong(&program, "--batches=-1", "words: --batches takes a number of batches, 0 or more, and not '-1'\n");
    assert_wrong(&program, "--quiet=yes", "words: --quiet takes no value\n");
    assert_wrong(&program, "--step=0", "words: --step takes a number of bytes above 0, and not '0'\n");
    assert_wrong(&must, "--quiet", "words: --host=TEXT must be given: param host has no default\n");
}

static void test_help(void **state)
{
    (void)state;
    Parsing p = {.program = &program, .args = "--port=1 --help --nonsense"};
    assert_text(captured(STDOUT_FILENO, parse, &p),
                "Usage: words [OPTION]..\n"
                "Runs words.ds, a batch every 1m30s.\n"
                "\n"
                "Reads\n"
                "  socket as lines         words.ds:4\n"
                "Writes\n"
                "  print                   words.ds:6\n"
                "\n"
                "Params\n"
                "  --host=TEXT             default \"localhost\"\n"
                "  --port=INT              default 9999\n"
                "  --max_share=FLOAT       default 0.5\n"
                "  --loud=true|false       default false\n"
                "  --window=DURATION       default 30s\n"
                "  --since=TIME            default time(\"1970-01-01T00:00:00Z\")\n"
                "\n"
                "Options\n"
                "  --batch=D               length of a batch: 500ms, 1s, 1m ..\n"
                "  --threads=N             worker threads (default: one per processor)\n"
                "  --clock=real|virtual    run batches by the clock or as fast as the input comes\n"
                "                          (default: virtual if all input ends, else real)\n"
                "  --batches=N             stop after N batches\n"
                "  --stop-after-idle=D     stop, as by SIGTERM, when batches of so long have had no input\n"
                "  --backpressure          take no more of a source than batches can do in their time; the rest waits\n"
                "  --checkpoint=DIR        keep in DIR what it takes to go on after the program has ended, however it did\n"
                "  --keep=D                keep there what it takes to run the batches of so long again (dsc replay)\n"
                "  --fresh                 remove what is in the checkpoint's folder, and start anew\n"
                "  --durability=batch|interval|none\n"
                "                          when a batch is on stable storage: before it is published (default);\n"
                "                          within a second of it; when the system gets to it. The last two outlive kill -9, not a loss of power\n"
                "  --quiet                 no messages but errors\n"
                "  --verbose               a line on standard error for each batch\n"
                "  --metrics=FILE          append a line of JSON for each batch: delays, records, keys and bytes of state\n"
                "  --no-exec               refuse sources and sinks that start programs\n"
                "  --help                  this text\n"
                "\n"
                "Exit status: 0 done, 1 failed while running, 2 wrong arguments.\n");
    assert_int_equal(p.status, -1);
}

static void test_arguments_of_connectors(void **state)
{
    (void)state;
    static const dsc_arg_def defs[] = {
        {"must", DSC_STRING, NULL, ""}, {"may", DSC_INT, "none", ""}, {"text", DSC_STRING, "\"a b\"", ""},
        {"delay", DSC_DURATION, "1m30s", ""}, {"on", DSC_BOOL, "true", ""}, {"share", DSC_FLOAT, "0.25", ""}, {0},
    };
    dsc_arg *args = rt_args_new(defs);
    assert_false(rt_args_find(args, defs, "must")->set);
    assert_false(rt_args_find(args, defs, "may")->set);
    assert_memory_equal(rt_args_find(args, defs, "text")->s.p, "a b", 3);
    assert_int_equal(rt_args_find(args, defs, "text")->s.n, 3);
    assert_int_equal(rt_args_find(args, defs, "delay")->i, 90000000);
    assert_int_equal(rt_args_find(args, defs, "on")->i, 1);
    assert_true(rt_args_find(args, defs, "share")->f == 0.25);
    assert_null(rt_args_find(args, defs, "other"));
    free(args);
}

/* Every connector's defaults are literals of their kinds. */
static void test_all_defaults_parse(void **state)
{
    (void)state;
    dsc_arg arg;
    for (const dsc_source_def *const *def = dsc_all_sources; *def; def++)
        for (const dsc_arg_def *a = (*def)->args; a->name; a++)
            if (a->text && strcmp(a->text, "none") != 0)
                assert_true(rt_parse_literal(a->kind, a->text, &arg));
    for (const dsc_sink_def *const *def = dsc_all_sinks; *def; def++)
        for (const dsc_arg_def *a = (*def)->args; a->name; a++)
            if (a->text && strcmp(a->text, "none") != 0)
                assert_true(rt_parse_literal(a->kind, a->text, &arg));
}

static void test_bounded(void **state)
{
    (void)state;
    dsc_context *job = job_new(false, 1000000);
    const struct { const char *source; Given given[2]; bool bounded; } cases[] = {
        {"file", {{0}}, true},
        {"socket", {{0}}, false},
        {"stdin", {{0}}, true},
        {"stdin", {{"live", 1, NULL}}, false},
        {"stdin", {{"live", 0, NULL}}, true},
        {"rate", {{0}}, false},
        {"rate", {{"count", 0, NULL}}, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dsc_source *s = source_make(job, cases[i].source, cases[i].given);
        assert_int_equal(rt_source_is_bounded(s), cases[i].bounded);
        free(s->args);
        free(s);
    }
    job_free(job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_given), cmocka_unit_test(test_run_options),
        cmocka_unit_test(test_params),        cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_help),          cmocka_unit_test(test_arguments_of_connectors),
        cmocka_unit_test(test_all_defaults_parse), cmocka_unit_test(test_bounded),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
