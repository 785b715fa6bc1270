/* cmd_test.c: `dsc test FILE.. [--bless] [--NAME=VALUE ..]`: the test blocks of programs.
 *
 * Each test is a program of its own (test_plan.h) that runs under the virtual clock
 * in a process of its own; what its streams gave is in files then, and compared. */
#define _GNU_SOURCE
#include "cmd.h"
#include "compile.h"
#include "fmt.h"
#include "test_plan.h"
#include "test_run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A text to be put in the place of a span. */
typedef struct Edit {
    size_t from, to;
    char *text;
} Edit;

typedef struct Tests {
    bool bless, colour;
    int n_args;
    char **args;                  /* for the program: params */
    int passed, failed, blessed;
    long places;                  /* at which programs were killed */
    Arena *arena;                 /* of the file in hand */
    const char *path;
    const Program *program;
    VEC(Edit) edits;
} Tests;

/* ---- what is found ---------------------------------------------------------------- */

static void print_failed(Tests *t, const TestCase *test)
{
    printf("%sfailed: %s:%d: %s\n", t->failed > 0 ? "\n" : "", t->path, test->span.line, test->name);
    t->failed++;
}

static size_t offset_of(const Program *program, int line, int col)
{
    const char *p = program->text;
    for (int i = 1; i < line; i++)
        p = strchr(p, '\n') + 1;
    return (size_t)(p - program->text) + (size_t)col - 1;
}

/* A text of several lines as it stands at a place: further lines are indented like the first, but
 * for the last one a step more. */
static char *indented(Tests *t, const char *text, size_t at)
{
    Text out = {0};
    size_t start = at;
    while (start > 0 && t->program->text[start - 1] != '\n')
        start--;
    int blanks = (int)strspn(t->program->text + start, " ");
    text_add(&out, "");
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, "\n");
        text_addn(&out, p, n);
        p += n;
        if (*p++ != '\n')
            break;
        text_printf(&out, "\n%*s", blanks + (strchr(p, '\n') ? 2 : 0), "");
    }
    char *copy = arena_strndup(t->arena, out.p, out.n);
    text_free(&out);
    return copy;
}

static void bless(Tests *t, const TestExpect *expect, const TestBatches *found, int64_t batches)
{
    Text text = {0};
    test_batches_write(found, batches, &text);
    Span at = expect->value;
    Edit edit = {.from = offset_of(t->program, at.line, at.col), .to = offset_of(t->program, at.end_line, at.end_col)};
    edit.text = indented(t, text.p, edit.from);
    vec_push(t->arena, &t->edits, edit);
    text_free(&text);
    t->blessed++;
}

/* Batches of the longest list that the test gives. */
static int64_t batches_given(const Program *program, int number)
{
    int64_t most = 0;
    for (int i = 0; i < program->stmts.n; i++) {
        const Stmt *s = program->stmts.at[i];
        if (s->kind != S_TEST || --number > 0)
            continue;
        for (int j = 0; number == 0 && j < s->clauses.n; j++) {
            const Clause *c = &s->clauses.at[j];
            if (c->give && c->value->kind == E_LIST && c->value->args.n > most)
                most = c->value->args.n;
        }
    }
    return most;
}

/* Does the test hold? `when`: what is said before the differences. */
static bool compare(Tests *t, const TestCase *test, int number, const char *folder, int64_t batch, const char *when)
{
    bool failed = false;
    for (int k = 0; k < test->expects.n; k++) {
        TestBatches found;
        bool fine = test_batches_read(folder, k, batch, &found), same = fine && test_batches_equal(&found);
        if (!same && t->bless && fine) {
            bless(t, &test->expects.at[k], &found, batches_given(t->program, number));
        } else if (!same) {
            if (!failed)
                print_failed(t, test);
            if (!failed)
                fputs(when, stdout);
            failed = true;
            test_batches_print(&found, test->expects.at[k].stream, t->colour);
        }
        test_batches_free(&found);
    }
    return !failed;
}

static bool stopped(Tests *t, const TestCase *test, const char *when, const Text *messages)
{
    print_failed(t, test);
    printf("%s  it stopped: %s", when, messages->p);
    return false;
}

/* Run to its end and compare. */
static bool run_and_compare(Tests *t, const TestCase *test, int number, const char *folder, const TestRun *run, const char *when)
{
    Text messages = {0};
    text_add(&messages, "");
    bool holds = test_run(run, &messages) == 0 ? compare(t, test, number, folder, run->c->plan->batch / 1000, when)
                                               : stopped(t, test, when, &messages);
    text_free(&messages);
    return holds;
}

/* ---- crash everywhere ------------------------------------------------------------- */

/* Killed at one place, and started again. */
static bool crash_at(Tests *t, const TestCase *test, int number, const char *folder, TestRun run, long place, long places)
{
    Text messages = {0};
    char when[120];
    snprintf(when, sizeof when, "  killed at place %ld of %ld, and started again:\n", place, places);
    text_add(&messages, "");
    test_folder_clear(folder);
    run.crash_at = place;
    int status = test_run(&run, &messages);
    run.crash_at = -1;
    bool holds = status == 128 + SIGKILL ? run_and_compare(t, test, number, folder, &run, when) : stopped(t, test, when, &messages);
    text_free(&messages);
    return holds;
}

static bool crash_everywhere(Tests *t, const TestCase *test, int number, const char *folder, TestRun run)
{
    Text messages = {0};
    long places = 0;
    test_folder_clear(folder);
    run.crash_at = 0;
    text_add(&messages, "");
    int status = test_run(&run, &messages);
    const char *count = strstr(messages.p, "dsc: ");
    bool holds = (status == 0 && count && sscanf(count, "dsc: %ld places", &places) == 1) || stopped(t, test, "", &messages);
    text_free(&messages);
    for (long place = 1; holds && place <= places; place++)
        holds = crash_at(t, test, number, folder, run, place, places);
    t->places += places;
    return holds;
}

/* ---- one test ------------------------------------------------------------------------ */

/* With a snapshot behind each batch, or with none but at the start and the end; every == 0: without a checkpoint.
 * 0, or 2 when it could not be compiled. */
static int run_with(Tests *t, const TestCase *test, int number, const char *folder, int64_t every, bool *holds)
{
    Compilation c;
    CompileOptions how = {.goal = GOAL_C, .quiet = true, .test = number, .test_folder = folder, .test_every = every};
    int status = compile_file(t->path, &how, &c);
    TestRun run = {.c = &c, .n_args = t->n_args, .args = t->args, .crash_at = -1};
    if (status == 0 && every == 0) {
        *holds = run_and_compare(t, test, number, folder, &run, "");
    } else if (status == 0) {
        run.checkpoint = arena_printf(t->arena, "%s/checkpoint", folder);
        *holds = crash_everywhere(t, test, number, folder, run);
    }
    compile_free(&c);
    return status;
}

/* Returns 0, or 2 when the test could not be compiled. */
static int one_test(Tests *t, const TestCase *test, int number)
{
    const int64_t often = 1, never = INT64_MAX;
    const char *tmp = getenv("TMPDIR");
    if (!tmp || !*tmp)
        tmp = test->crash && access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";    /* syncing is nothing in memory */
    char *folder = arena_printf(t->arena, "%s/dsc-test-XXXXXX", tmp);
    if (!mkdtemp(folder)) {
        fprintf(stderr, "dsc test: cannot make a folder in %s: %s\n", tmp, strerror(errno));
        return 1;
    }
    bool holds = false;
    int blessed = t->blessed, status = run_with(t, test, number, folder, 0, &holds);
    if (status == 0 && holds && test->crash && t->blessed == blessed) {
        status = run_with(t, test, number, folder, often, &holds);
        if (status == 0 && holds)
            status = run_with(t, test, number, folder, never, &holds);
    }
    t->passed += status == 0 && holds;
    test_folder_clear(folder);
    rmdir(folder);
    return status;
}

/* ---- one file ---------------------------------------------------------------------- */

/* Put what was found into the file; in its one form if that was what it had. */
static int write_edits(Tests *t)
{
    Text out = {0}, formatted = {0};
    const char *text = t->program->text;
    size_t done = 0;
    for (int i = 0; i < t->edits.n; i++) {
        text_addn(&out, text + done, t->edits.at[i].from - done);
        text_add(&out, t->edits.at[i].text);
        done = t->edits.at[i].to;
    }
    text_addn(&out, text + done, t->program->size - done);
    Diags *diags = diags_new(t->arena, t->path, text, t->program->size);
    bool is_formatted = format_program(t->arena, diags, t->path, text, t->program->size, &formatted) &&
                        formatted.n == t->program->size && memcmp(formatted.p, text, formatted.n) == 0;
    formatted.n = 0;
    bool use = is_formatted && format_program(t->arena, diags_new(t->arena, t->path, out.p, out.n), t->path, out.p, out.n, &formatted);
    int status = replace_file(t->path, use ? &formatted : &out);
    text_free(&out);
    text_free(&formatted);
    return status;
}

static int test_file(Tests *t, const char *path)
{
    Compilation c;
    int status = compile_file(path, &(CompileOptions){.goal = GOAL_CHECK}, &c);
    t->arena = arena_new("test");
    t->path = path;
    t->edits.n = t->edits.cap = 0;
    size_t size;
    const char *text = status == 0 ? read_source(t->arena, path, &size) : NULL;
    if (text) {
        /* a tree of its own: the checker changes what it checks */
        t->program = parse_program(t->arena, diags_new(t->arena, path, text, size), path, text, size);
        TestCases tests = test_cases(t->arena, t->program);
        for (int i = 0; i < tests.n && status == 0; i++)
            status = one_test(t, &tests.at[i], i + 1);
        if (t->edits.n > 0 && status == 0)
            status = write_edits(t);
    }
    arena_free(t->arena);
    compile_free(&c);
    return text || status ? status : 2;
}

int cmd_test(int argc, char **argv)
{
    Tests t = {.colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR"), .args = calloc((size_t)argc + 1, sizeof *t.args)};
    int files = 0, worst = 0;
    for (int i = 0; i < argc && t.args; i++) {
        if (strcmp(argv[i], "--bless") == 0)
            t.bless = true;
        else if (strncmp(argv[i], "--", 2) == 0 && strchr(argv[i], '='))
            t.args[t.n_args++] = argv[i];
        else if (argv[i][0] == '-') {
            free(t.args);
            return usage_error("test", argv[i][1] ? "unknown option %s" : "%s: tests are in files", argv[i]);
        } else
            argv[files++] = argv[i];
    }
    if (files == 0)
        usage_error("test", "no program given");
    for (int i = 0; i < files; i++) {
        int status = test_file(&t, argv[i]);
        worst = status > worst ? status : worst;
    }
    free(t.args);
    if (files == 0)
        return 2;
    if (t.blessed > 0)
        printf("%d expectation%s rewritten\n", t.blessed, t.blessed == 1 ? "" : "s");
    if (worst == 0 && t.passed + t.failed == 0)
        fprintf(stderr, "dsc test: there are no tests in %s%s\n", argv[0], files > 1 ? " .." : "");
    else if (t.passed + t.failed > 0)
        printf("%s%d passed, %d failed", t.failed ? "\n" : "", t.passed, t.failed);
    if (t.passed + t.failed > 0 && t.places > 0)
        printf("; killed at %ld places", t.places);
    if (t.passed + t.failed > 0)
        printf("\n");
    return worst ? worst : t.failed ? 1 : t.passed ? 0 : 2;
}
