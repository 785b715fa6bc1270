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

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
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
    Arena *arena;                 /* of the file in hand */
    const char *path;
    const Program *program;
    VEC(Edit) edits;
} Tests;

/* ---- one test -------------------------------------------------------------------- */

static void remove_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlinkat(dirfd(dir), entry->d_name, 0);
    if (dir)
        closedir(dir);
    rmdir(folder);
}

static _Noreturn void run_here(const Tests *t, const Compilation *c, int messages)
{
    char name[] = "dsc test", quiet[] = "--quiet", clock[] = "--clock=virtual";
    char **args = calloc((size_t)t->n_args + 4, sizeof *args);
    if (!args)
        _exit(1);
    int n = 0;
    args[n++] = name;
    args[n++] = quiet;
    args[n++] = clock;
    for (int i = 0; i < t->n_args; i++)
        args[n++] = t->args[i];
    dup2(messages, STDERR_FILENO);
    int status = run_compiled(c, n, args, "dsc test");
    fflush(stdout);
    _exit(status);
}

/* Run until it ends; what it says on standard error is collected. Returns its exit status. */
static int run_test(const Tests *t, const Compilation *c, Text *messages)
{
    int ends[2];
    fflush(stdout);
    if (pipe2(ends, O_CLOEXEC) != 0) {
        text_printf(messages, "dsc test: %s\n", strerror(errno));
        return 1;
    }
    pid_t child = fork();
    if (child == 0)
        run_here(t, c, ends[1]);
    close(ends[1]);
    char part[4096];
    ssize_t n = 0;
    while (child > 0 && ((n = read(ends[0], part, sizeof part)) > 0 || (n < 0 && errno == EINTR)))
        text_addn(messages, part, n > 0 ? (size_t)n : 0);
    close(ends[0]);
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) { }
    if (child < 0)
        text_printf(messages, "dsc test: %s\n", strerror(errno));
    else if (WIFSIGNALED(status))
        text_printf(messages, "it ended by signal %d (%s)\n", WTERMSIG(status), strsignal(WTERMSIG(status)));
    return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

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

static void compare(Tests *t, const TestCase *test, int number, const char *folder, int64_t batch)
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
            failed = true;
            test_batches_print(&found, test->expects.at[k].stream, t->colour);
        }
        test_batches_free(&found);
    }
    t->passed += !failed;
}

/* Returns 0, or 2 when the test could not be compiled. */
static int one_test(Tests *t, const TestCase *test, int number)
{
    const char *tmp = getenv("TMPDIR");
    char *folder = arena_printf(t->arena, "%s/dsc-test-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(folder)) {
        fprintf(stderr, "dsc test: cannot make a folder in %s: %s\n", tmp && *tmp ? tmp : "/tmp", strerror(errno));
        return 1;
    }
    Compilation c;
    CompileOptions how = {.goal = GOAL_C, .quiet = true, .test = number, .test_folder = folder};
    int status = compile_file(t->path, &how, &c);
    if (status == 0) {
        Text messages = {0};
        text_add(&messages, "");
        if (run_test(t, &c, &messages) == 0) {
            compare(t, test, number, folder, c.plan->batch / 1000);
        } else {
            print_failed(t, test);
            printf("  it stopped: %s", messages.p);
        }
        text_free(&messages);
    }
    compile_free(&c);
    remove_folder(folder);
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
        printf("%s%d passed, %d failed\n", t.failed ? "\n" : "", t.passed, t.failed);
    return worst ? worst : t.failed ? 1 : t.passed ? 0 : 2;
}
