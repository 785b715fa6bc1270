/* test_sinks.c: the sinks, batch by batch. */
#define _GNU_SOURCE
#include "conn_test.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/wait.h>

#define RULE "-------------------------------------------\n"

/* Elements are the lines of `text`; `shown` of `elements` are written. */
static int put_batch(dsc_sink *s, int64_t ms, const char *text, int64_t shown, int64_t elements)
{
    dsc_token token = {.n = -1};
    if (s->def->begin(s, ms * 1000) < 0)
        return -1;
    if (shown > 0 && s->def->write(s, text, strlen(text), shown) < 0)
        return -1;
    if (s->def->prepare(s, elements, &token) < 0)
        return -1;
    assert_in_range(token.n, 0, sizeof token.bytes);
    return s->def->publish(s, &token);
}

/* ---- standard output, in a file ---- */

static int saved_stdout;

static void begin_output(void)
{
    fflush(stdout);
    saved_stdout = dup(STDOUT_FILENO);
    int to = open("stdout", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
    dup2(to, STDOUT_FILENO);
    close(to);
}

static char *end_output(void)
{
    dup2(saved_stdout, STDOUT_FILENO);
    close(saved_stdout);
    return read_text("stdout");
}

static void test_print(void **state)
{
    (void)state;
    dsc_context *job = job_new(false, 1000000);
    dsc_sink *s = sink_open(job, "print", (Given[]){{"n", 2, NULL}, {0}});
    assert_int_equal(s->def->limit(s), 2);
    begin_output();
    assert_int_equal(put_batch(s, 1000, "(a,1)\n(b,2)\n", 2, 2), 0);
    assert_int_equal(put_batch(s, 2000, "(a,1)\nx\ny\n", 2, 3), 0);
    assert_int_equal(put_batch(s, 3000, "", 0, 0), 0);
    char *out = end_output();
    assert_text(out, RULE "Time: 1000 ms\n" RULE "(a,1)\n(b,2)\n\n" RULE "Time: 2000 ms\n" RULE
                "(a,1)\nx\ny\n...\n\n" RULE "Time: 3000 ms\n" RULE "\n");
    sink_close(s);
    job_free(job);
}

static void test_print_nothing_but_more(void **state)
{
    (void)state;
    dsc_context *job = job_new(false, 1000000);
    dsc_sink *s = sink_open(job, "print", (Given[]){{"n", 0, NULL}, {0}});
    begin_output();
    assert_int_equal(put_batch(s, -1, "", 0, 5), 0);
    assert_text(end_output(), RULE "Time: -1 ms\n" RULE "...\n\n");
    sink_close(s);
    job_free(job);
}

static void test_abort_prints_nothing(void **state)
{
    (void)state;
    dsc_context *job = job_new(false, 1000000);
    dsc_sink *s = sink_open(job, "print", NULL);
    begin_output();
    assert_int_equal(s->def->begin(s, 1000000), 0);
    assert_int_equal(s->def->write(s, "a\n", 2, 1), 0);
    s->def->abort(s);
    assert_int_equal(put_batch(s, 2000, "b\n", 1, 1), 0);
    assert_text(end_output(), RULE "Time: 2000 ms\n" RULE "b\n\n");
    sink_close(s);
    job_free(job);
}

/* A batch of several sinks on standard output: its text comes in the order of the program, even
 * though the first one writes at once. */
static void test_order_on_standard_output(void **state)
{
    (void)state;
    dsc_context *job = job_new(false, 1000000);
    dsc_sink *s[3] = {sink_open(job, "stdout", NULL), sink_open(job, "print", NULL), sink_open(job, "stdout", NULL)};
    begin_output();
    for (int64_t time = 1; time <= 2; time++) {
        dsc_token token;
        for (int i = 0; i < 3; i++)
            assert_int_equal(s[i]->def->begin(s[i], time * 1000000), 0);
        for (int i = 2; i >= 0; i--)
            assert_int_equal(s[i]->def->write(s[i], i == 0 ? "a\n" : i == 1 ? "b\n" : "c\n", 2, 1), 0);
        for (int i = 0; i < 3; i++)
            assert_int_equal(s[i]->def->prepare(s[i], 1, &token), 0);
        for (int i = 0; i < 3; i++)
            assert_int_equal(s[i]->def->publish(s[i], &token), 0);
    }
    assert_text(end_output(), "a\n" RULE "Time: 1000 ms\n" RULE "b\n\nc\na\n" RULE "Time: 2000 ms\n" RULE "b\n\nc\n");
    for (int i = 0; i < 3; i++)
        sink_close(s[i]);
    job_free(job);
}

/* More than is held in memory waits in a file. */
static void test_much_waits_on_disk(void **state)
{
    (void)state;
    dsc_context *job = job_new(false, 1000000);
    dsc_sink *first = sink_open(job, "stdout", NULL), *second = sink_open(job, "stdout", NULL);
    const size_t n = 5000000, times = 16;
    char *text = malloc(n);
    begin_output();
    assert_int_equal(second->def->begin(second, 1), 0);
    for (size_t i = 0; i < times; i++) {
        memset(text, 'a' + (int)i, n);
        assert_int_equal(second->def->write(second, text, n, 1), 0);
    }
    dsc_token token;
    assert_int_equal(second->def->prepare(second, (int64_t)times, &token), 0);
    assert_int_equal(second->def->publish(second, &token), 0);
    char *out = end_output();
    assert_int_equal(strlen(out), n * times);
    for (size_t i = 0; i < n * times; i += n / 7)
        assert_int_equal(out[i], 'a' + (int)(i / n));
    free(out);
    free(text);
    sink_close(second);
    sink_close(first);
    job_free(job);
}

static void test_reader_has_left(void **state)
{
    (void)state;
    dsc_context *job = job_new(false, 1000000);
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    dsc_sink *s = sink_open(job, "stdout", NULL);
    int ends[2];
    fflush(stdout);
    saved_stdout = dup(STDOUT_FILENO);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    int status = put_batch(s, 1000, "a\n", 1, 1);
    dup2(saved_stdout, STDOUT_FILENO);
    close(saved_stdout);
    assert_int_equal(status, -1);
    assert_true(atomic_load(&job->failed));
    assert_string_equal(job->error, "");
    sink_close(s);
    signal(SIGPIPE, before);
    job_free(job);
}

static void test_standard_output_full(void **state)
{
    (void)state;
    dsc_context *job = job_new(false, 1000000);
    dsc_sink *s = sink_open(job, "print", NULL);
    fflush(stdout);
    saved_stdout = dup(STDOUT_FILENO);
    int full = open("/dev/full", O_WRONLY);
    dup2(full, STDOUT_FILENO);
    close(full);
    int status = put_batch(s, 1000, "a\n", 1, 1);
    dup2(saved_stdout, STDOUT_FILENO);
    close(saved_stdout);
    assert_int_equal(status, -1);
    assert_string_equal(job->error, "cannot write to standard output: No space left on device");
    sink_close(s);
    job_free(job);
}

/* ---- files ---- */

static int count_entries(const char *path)
{
    DIR *folder = opendir(path);
    int n = 0;
    for (const struct dirent *e; (e = readdir(folder));)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(folder);
    return n;
}

static void test_files(void **state)
{
    (void)state;
    dsc_context *job = job_new(false, 1000000);
    dsc_sink *s = sink_open(job, "files", (Given[]){{"prefix", 0, "out/a/counts"}, {0}});
    assert_int_equal(put_batch(s, 1000, "a\nb\n", 2, 2), 0);
    assert_int_equal(put_batch(s, 2000, "", 0, 0), 0);
    assert_int_equal(put_batch(s, 3000, "c\n", 1, 1), 0);
    assert_text(read_text("out/a/counts-1000.txt"), "a\nb\n");
    assert_text(read_text("out/a/counts-3000.txt"), "c\n");
    assert_int_equal(count_entries("out/a"), 2);
    assert_int_equal(put_batch(s, 1000, "new\n", 1, 1), 0);
    assert_text(read_text("out/a/counts-1000.txt"), "new\n");
    sink_close(s);
    job_free(job);
}

static void test_files_names(void **state)
{
    (void)state;
    const struct { const char *prefix, *suffix, *expected; } cases[] = {
        {"n1/", "txt", "n1/1500.txt"}, {"n2/x.y", "", "n2/x.y-1500"}, {"n3", "tar.gz", "n3-1500.tar.gz"},
        {"n4//b", "csv", "n4//b-1500.csv"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dsc_context *job = job_new(false, 1000000);
        dsc_sink *s = sink_open(job, "files", (Given[]){{"prefix", 0, cases[i].prefix}, {"suffix", 0, cases[i].suffix},
                                                        {"empty", 1, NULL}, {0}});
        assert_int_equal(put_batch(s, 1500, "", 0, 0), 0);
        assert_text(read_text(cases[i].expected), "");
        sink_close(s);
        job_free(job);
    }
}

/* Until it is published there is no file of that name, and after an abort none at all. */
static void test_files_complete_or_absent(void **state)
{
    (void)state;
    dsc_context *job = job_new(false, 1000000);
    dsc_sink *s = sink_open(job, "files", (Given[]){{"prefix", 0, "abs/x"}, {0}});
    dsc_token token;
    assert_int_equal(s->def->begin(s, 1000000), 0);
    assert_int_equal(s->def->write(s, "a\n", 2, 1), 0);
    assert_int_equal(access("abs/x-1000.txt", F_OK), -1);
    s->def->abort(s);
    assert_int_equal(count_entries("abs"), 0);
    assert_int_equal(s->def->begin(s, 2000000), 0);
    assert_int_equal(s->def->write(s, "a\n", 2, 1), 0);
    assert_int_equal(s->def->prepare(s, 1, &token), 0);
    assert_int_equal(access("abs/x-2000.txt", F_OK), -1);
    s->def->abort(s);
    assert_int_equal(count_entries("abs"), 0);
    assert_int_equal(s->def->begin(s, 3000000), 0);
    assert_int_equal(s->def->write(s, "a\n", 2, 1), 0);
    sink_close(s);
    assert_int_equal(count_entries("abs"), 0);
    job_free(job);
}

/* Another process can publish what one prepared. */
static void test_files_token(void **state)
{
    (void)state;
    const Given given[] = {{"prefix", 0, "tok/x"}, {0}};
    dsc_context *job = job_new(false, 1000000);
    int tokens[2];
    assert_int_equal(pipe(tokens), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        dsc_token token = {0};
        dsc_sink *s = sink_make(job, "files", given);
        bool done = s->def->open(s) == 0 && s->def->begin(s, 1000000) == 0 && s->def->write(s, "a\n", 2, 1) == 0
            && s->def->prepare(s, 1, &token) == 0 && write(tokens[1], &token, sizeof token) == sizeof token;
        _exit(done ? 0 : 1);
    }
    int status;
    dsc_token token;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(read(tokens[0], &token, sizeof token), sizeof token);
    close(tokens[0]);
    close(tokens[1]);
    /* Its own opening would clean up, so the name is put back after it. */
    assert_int_equal(rename("tok", "kept"), 0);
    dsc_sink *s = sink_open(job, "files", given);
    assert_int_equal(rmdir("tok"), 0);
    assert_int_equal(rename("kept", "tok"), 0);
    assert_int_equal(s->def->publish(s, &token), 0);
    assert_text(read_text("tok/x-1000.txt"), "a\n");
    sink_close(s);
    job_free(job);
}

static void test_files_leftovers(void **state)
{
    (void)state;
    mkdir("left", 0777);
    const char *const stay[] = {"left/.x-1000.csv.17-0.dsc-tmp", "left/.y-1000.txt.17-0.dsc-tmp", "left/.x-1000.txt.17-0",
                                "left/x-1000.txt", "left/.x-1000.txt.a-0.dsc-tmp", "left/.x-10.txt.1-1.dsc-tmp"};
    for (int i = 0; i < 6; i++)
        write_text(stay[i], "kept");
    write_text("left/.x-1000.txt.17-0.dsc-tmp", "half");
    write_text("left/.x-2000.txt.17-1.dsc-tmp", "half");
    int used = open(stay[5], O_RDWR);
    assert_int_equal(flock(used, LOCK_EX), 0);
    dsc_context *job = job_new(false, 1000000);
    dsc_sink *s = sink_open(job, "files", (Given[]){{"prefix", 0, "left/x"}, {0}});
    for (int i = 0; i < 6; i++)
        assert_text(read_text(stay[i]), "kept");
    assert_int_equal(count_entries("left"), 6);
    close(used);
    sink_close(s);
    job_free(job);
}

static void assert_cannot_open(const char *prefix, const char *suffix, const char *error)
{
    dsc_context *job = job_new(false, 1000000);
    dsc_sink *s = sink_make(job, "files", (Given[]){{"prefix", 0, prefix}, {"suffix", 0, suffix}, {0}});
    assert_int_equal(s->def->open(s), -1);
    assert_string_equal(job->error, error);
    sink_close(s);
    job_free(job);
}

static void test_files_wrong(void **state)
{
    (void)state;
    write_text("plain", "");
    assert_cannot_open("plain/x", "txt", "files: cannot make the directory plain: Not a directory");
    assert_cannot_open("plain/x/y", "txt", "files: cannot make the directory plain/x: Not a directory");
    assert_cannot_open("x", "a/b", "files: the suffix \"a/b\" cannot be part of a file's name");
    symlink("loop", "loop");
    assert_cannot_open("loop/x", "txt", "files: cannot make the directory loop: Too many levels of symbolic links");
    assert_cannot_open("/proc/nowhere/x", "txt", "files: cannot make the directory /proc/nowhere: No such file or directory");

    dsc_context *job = job_new(false, 1000000);
    dsc_sink *one = sink_open(job, "files", (Given[]){{"prefix", 0, "same/x"}, {0}});
    dsc_sink *other = sink_make(job, "files", (Given[]){{"prefix", 0, "./same//x"}, {0}});
    assert_int_equal(other->def->open(other), -1);
    assert_string_equal(job->error, "files: two sinks write ./same//x-<ms>.txt: give one of them another prefix or suffix");
    sink_close(other);
    sink_close(one);
    job_free(job);
}

static void test_files_in_the_way(void **state)
{
    (void)state;
    dsc_context *job = job_new(false, 1000000);
    dsc_sink *s = sink_open(job, "files", (Given[]){{"prefix", 0, "way/x"}, {0}});
    mkdir("way/x-1000.txt", 0777);
    assert_int_equal(put_batch(s, 1000, "a\n", 1, 1), -1);
    assert_non_null(strstr(job->error, "to x-1000.txt in way: Is a directory"));
    sink_close(s);
    assert_int_equal(count_entries("way"), 1);
    job_free(job);
}

/* The directory goes away while the job runs. */
static void test_files_folder_vanishes(void **state)
{
    (void)state;
    dsc_context *job = job_new(false, 1000000);
    dsc_sink *s = sink_open(job, "files", (Given[]){{"prefix", 0, "gone/deep/x"}, {0}});
    assert_int_equal(rmdir("gone/deep") || rmdir("gone"), 0);
    assert_int_equal(put_batch(s, 1000, "a\n", 1, 1), 0);
    assert_text(read_text("gone/deep/x-1000.txt"), "a\n");
    sink_close(s);
    job_free(job);
}

static void test_files_disk_full(void **state)
{
    (void)state;
    mkdir("small", 0777);
    if (mount("none", "small", "tmpfs", 0, "size=64k") < 0)
        skip();
    dsc_context *job = job_new(false, 1000000);
    dsc_sink *s = sink_open(job, "files", (Given[]){{"prefix", 0, "small/x"}, {0}});
    char *text = calloc(1, 100001);
    memset(text, 'x', 100000);
    int status = put_batch(s, 1000, text, 1, 1);
    s->def->abort(s);
    int left = count_entries("small");
    sink_close(s);
    umount("small");
    free(text);
    assert_int_equal(status, -1);
    assert_int_equal(left, 0);
    assert_string_equal(job->error, "files: cannot write small/x-1000.txt: No space left on device");
    job_free(job);
}

/* ---- append ---- */

static uint64_t number_at(const uint8_t *bytes)
{
    uint64_t number = 0;
    for (int i = 7; i >= 0; i--)
        number = number << 8 | bytes[i];
    return number;
}

/* The token says from where to where the batch goes; nothing is in the file before it is published, and
 * publishing twice is publishing once. */
static void test_append_token(void **state)
{
    (void)state;
    dsc_context *job = job_new(false, 1000000);
    write_text("grows", "old\n");
    dsc_sink *s = sink_open(job, "append", (Given[]){{"path", 0, "grows"}, {0}});
    dsc_token token;
    assert_int_equal(s->def->begin(s, 1000000), 0);
    assert_int_equal(s->def->write(s, "a\nb\n", 4, 2), 0);
    assert_int_equal(s->def->write(s, "c\n", 2, 1), 0);
    assert_int_equal(s->def->prepare(s, 3, &token), 0);
    assert_int_equal(token.n, 16);
    assert_int_equal(number_at(token.bytes), 4);
    assert_int_equal(number_at(token.bytes + 8), 10);
    assert_text(read_text("grows"), "old\n");
    assert_int_equal(s->def->publish(s, &token), 0);
    assert_text(read_text("grows"), "old\na\nb\nc\n");
    assert_int_equal(s->def->publish(s, &token), 0);
    assert_text(read_text("grows"), "old\na\nb\nc\n");

    assert_int_equal(s->def->begin(s, 2000000), 0);
    assert_int_equal(s->def->write(s, "lost\n", 5, 1), 0);
    assert_int_equal(s->def->prepare(s, 1, &token), 0);
    s->def->abort(s);
    assert_int_equal(put_batch(s, 3000, "", 0, 0), 0);
    assert_int_equal(put_batch(s, 4000, "d\n", 1, 1), 0);
    assert_text(read_text("grows"), "old\na\nb\nc\nd\n");

    /* of a batch whose text nobody has */
    token.bytes[0] = 12;
    token.bytes[8] = 20;
    assert_int_equal(s->def->publish(s, &token), -1);
    assert_string_equal(job->error, "append: grows has 12 bytes, and the batch to be written goes behind 12: its text is not known");
    sink_close(s);
    assert_text(read_text("grows"), "old\na\nb\nc\nd\n");
    job_free(job);
}

static void test_append_disk_full(void **state)
{
    (void)state;
    mkdir("narrow", 0777);
    if (mount("none", "narrow", "tmpfs", 0, "size=64k") < 0)
        skip();
    dsc_context *job = job_new(false, 1000000);
    dsc_sink *s = sink_open(job, "append", (Given[]){{"path", 0, "narrow/x"}, {0}});
    int first = put_batch(s, 1000, "a\n", 1, 1);
    char *text = calloc(1, 100001);
    memset(text, 'x', 100000);
    int second = put_batch(s, 2000, text, 1, 1);
    s->def->abort(s);
    char *left = read_text("narrow/x");
    sink_close(s);
    umount("narrow");
    free(text);
    assert_int_equal(first, 0);
    assert_int_equal(second, -1);
    assert_text(left, "a\n");
    assert_string_equal(job->error, "append: cannot write to narrow/x: No space left on device");
    job_free(job);
}

static void test_discard(void **state)
{
    (void)state;
    dsc_context *job = job_new(false, 1000000);
    dsc_sink *s = sink_open(job, "discard", NULL);
    assert_true(s->def->counts_only);
    assert_int_equal(put_batch(s, 1000, "", 0, 3), 0);
    assert_int_equal(put_batch(s, 2000, "", 0, INT64_C(1) << 40), 0);
    sink_close(s);
    job_free(job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_print),
        cmocka_unit_test(test_print_nothing_but_more),
        cmocka_unit_test(test_abort_prints_nothing),
        cmocka_unit_test(test_order_on_standard_output),
        cmocka_unit_test(test_much_waits_on_disk),
        cmocka_unit_test(test_reader_has_left),
        cmocka_unit_test(test_standard_output_full),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_files_names),
        cmocka_unit_test(test_files_complete_or_absent),
        cmocka_unit_test(test_files_token),
        cmocka_unit_test(test_files_leftovers),
        cmocka_unit_test(test_files_wrong),
        cmocka_unit_test(test_files_in_the_way),
        cmocka_unit_test(test_files_folder_vanishes),
        cmocka_unit_test(test_files_disk_full),
        cmocka_unit_test(test_append_token),
        cmocka_unit_test(test_append_disk_full),
        cmocka_unit_test(test_discard),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
