/* test_sources.c: the sources that end: file, stdin, queue, rate. No result may show
 * where steps are cut, so each case runs with steps of several sizes. */
#define _GNU_SOURCE
#include "conn_test.h"

#include <fcntl.h>
#include <pthread.h>

static const size_t step_sizes[] = {1, 3, 7, 64, 4096, (size_t)64 << 20};
enum { N_SIZES = sizeof step_sizes / sizeof step_sizes[0] };

/* ---- file ---- */

static void assert_file(const Given *given, const char *expected)
{
    for (int i = 0; i < N_SIZES; i++) {
        dsc_context *job = job_new(false, 1000000);
        dsc_source *s = source_open(job, "file", given);
        assert_text(run_all(s, step_sizes[i]), expected);
        source_close(s);
        job_free(job);
    }
}

static void assert_file_fails(const Given *given, const char *error)
{
    dsc_context *job = job_new(false, 1000000);
    dsc_source *s = source_make(job, "file", given);
    int status = s->def->open(s);
    for (bool end = false; status == 0 && !end;) {
        char *batch = run_batch(s, 1000000, 1 << 20, &end, NULL);
        status = batch ? 0 : -1;
        free(batch);
    }
    assert_int_equal(status, -1);
    assert_string_equal(job->error, error);
    source_close(s);
    job_free(job);
}

static void test_file(void **state)
{
    (void)state;
    write_text("plain", "one\ntwo\nthree\n");
    assert_file((Given[]){{"path", 0, "plain"}, {0}}, "one,two,three,/");
    write_text("unended", "one\n\nthree");
    assert_file((Given[]){{"path", 0, "unended"}, {0}}, "one,,three,/");
    write_text("empty", "");
    assert_file((Given[]){{"path", 0, "empty"}, {0}}, "/");
    write_text("newline", "\n");
    assert_file((Given[]){{"path", 0, "newline"}, {0}}, ",/");
}

static void test_file_pattern(void **state)
{
    (void)state;
    mkdir("in", 0777);
    mkdir("in/b.d", 0777);
    mkdir("in/sub", 0777);
    write_text("in/b.log", "b1\nb2");
    write_text("in/a.log", "a1\n");
    write_text("in/c.log", "");
    write_text("in/d.log", "d1");
    write_text("in/.hidden.log", "no\n");
    write_text("in/sub/e.log", "e1\n");
    write_text("in/[x].log", "x1\n");
    assert_file((Given[]){{"path", 0, "in/*.log"}, {0}}, "x1,a1,b1,b2,d1,/");
    assert_file((Given[]){{"path", 0, "in/[ab].log"}, {0}}, "a1,b1,b2,/");
    assert_file((Given[]){{"path", 0, "in/[x].log"}, {0}}, "x1,/");
    assert_file((Given[]){{"path", 0, "*n/su?/*"}, {0}}, "e1,/");
    assert_file((Given[]){{"path", 0, "in/*.log"}, {"perFile", 1, NULL}, {0}}, "x1,/a1,/b1,b2,//d1,/");
    assert_file((Given[]){{"path", 0, "in/*.log"}, {"perBatch", 2, NULL}, {0}}, "x1,a1,/b1,b2,/d1,/");
    assert_file((Given[]){{"path", 0, "in/*.log"}, {"perBatch", 4, NULL}, {0}}, "x1,a1,b1,b2,/d1,/");
    assert_file((Given[]){{"path", 0, "in/*.log"}, {"perBatch", 5, NULL}, {0}}, "x1,a1,b1,b2,d1,/");
    assert_file((Given[]){{"path", 0, "in/*.log"}, {"perBatch", 1, NULL}, {"perFile", 1, NULL}, {0}}, "x1,/a1,/b1,/b2,//d1,/");
}

static void test_file_wrong(void **state)
{
    (void)state;
    mkdir("folder", 0777);
    mkfifo("fifo", 0600);
    symlink("ring", "ring");
    write_text("plain", "x\n");
    assert_file_fails((Given[]){{"path", 0, "missing.log"}, {0}}, "file: cannot read missing.log: No such file or directory");
    assert_file_fails((Given[]){{"path", 0, "missing/*.log"}, {0}}, "file: no file matches missing/*.log");
    assert_file_fails((Given[]){{"path", 0, "folder"}, {0}}, "file: cannot read folder: it is a directory");
    assert_file_fails((Given[]){{"path", 0, "fifo"}, {0}}, "file: cannot read fifo: it is not a regular file");
    assert_file_fails((Given[]){{"path", 0, "plain/x"}, {0}}, "file: cannot read plain/x: Not a directory");
    assert_file_fails((Given[]){{"path", 0, "ring"}, {0}}, "file: cannot read ring: Too many levels of symbolic links");
    assert_file_fails((Given[]){{"path", 0, "folder"}, {"follow", 1, NULL}, {0}}, "file: cannot read folder: it is a directory");
    assert_file_fails((Given[]){{"path", 0, "fifo"}, {"follow", 1, NULL}, {0}}, "file: cannot read fifo: it is not a regular file");
    assert_file_fails((Given[]){{"path", 0, "*.log"}, {"follow", 1, NULL}, {0}},
                      "file: one file can be followed, and *.log is a pattern");
    assert_file_fails((Given[]){{"path", 0, "x"}, {"follow", 1, NULL}, {"perBatch", 1, NULL}, {0}},
                      "file: with follow batches are cut by the clock: leave out perBatch and perFile");
    assert_file_fails((Given[]){{"path", 0, "rin?"}, {0}}, "file: cannot read ring: Too many levels of symbolic links");
    assert_file_fails((Given[]){{"path", 0, ""}, {0}}, "file: \"\" is no file's name");
    assert_file_fails((Given[]){{"path", 0, "/proc/self/status"}, {0}},
                      "file: cannot read /proc/self/status: it does not say its size, as the files of /proc: give it to stdin()");
}

/* ---- file, followed ---- */

static void assert_next(dsc_source *s, size_t max, const char *expected)
{
    static int64_t time;
    bool end;
    assert_text(run_batch(s, time += 1000000, max, &end, NULL), expected);
    assert_false(end);
}

static void follow_once(size_t max)
{
    dsc_context *job = job_new(true, 1000000);
    unlink("grows");
    unlink("grows.1");
    dsc_source *s = source_open(job, "file", (Given[]){{"path", 0, "grows"}, {"follow", 1, NULL}, {0}});
    assert_next(s, max, "");
    write_text("grows", "one\ntwo\nthr");
    assert_next(s, max, "one,two,");
    assert_next(s, max, "");
    append_text("grows", "ee\n");
    assert_next(s, max, "three,");
    /* Renamed: what is still written to it counts until something is in the new one. */
    assert_int_equal(rename("grows", "grows.1"), 0);
    append_text("grows.1", "four\nfi");
    assert_next(s, max, "four,");
    write_text("grows", "");
    append_text("grows.1", "ve\n");
    assert_next(s, max, "five,");
    append_text("grows.1", "six\nunended");
    append_text("grows", "seven\neig");
    assert_next(s, max, "six,unended,seven,");
    append_text("grows.1", "late\n");
    append_text("grows", "ht\n");
    assert_next(s, max, "eight,");
    /* Cut short: what was not whole ends there. */
    append_text("grows", "not whole");
    assert_next(s, max, "");
    assert_int_equal(truncate("grows", 0), 0);
    append_text("grows", "nine\n");
    assert_next(s, max, "not whole,nine,");
    /* Gone, and later there again under its name. */
    assert_int_equal(unlink("grows"), 0);
    assert_next(s, max, "");
    assert_int_equal(mkdir("grows", 0777), 0);
    assert_next(s, max, "");
    assert_int_equal(rmdir("grows"), 0);
    write_text("grows.2", "ten\n");
    assert_int_equal(rename("grows.2", "grows"), 0);
    assert_next(s, max, "ten,");
    append_text("grows", "eleven\nend");
    s->def->stop(s);
    bool end;
    assert_text(run_batch(s, INT64_MAX, max, &end, NULL), "eleven,");
    assert_true(end);
    source_close(s);
    job_free(job);
}

static void test_follow(void **state)
{
    (void)state;
    for (int i = 0; i < N_SIZES; i++)
        follow_once(step_sizes[i]);
}

/* Reading goes on where the position says, if it is the same file. */
static void test_follow_position(void **state)
{
    (void)state;
    const Given given[] = {{"path", 0, "log"}, {"follow", 1, NULL}, {0}};
    char bytes[256];
    write_text("log", "a\nb\nhal");
    dsc_context *job = job_new(true, 1000000);
    dsc_source *s = source_open(job, "file", given);
    assert_next(s, 64, "a,b,");
    int n = s->def->position(s, bytes, sizeof bytes);
    assert_in_range(n, 1, sizeof bytes);
    assert_int_equal(s->def->position(s, bytes, 3), -1);
    source_close(s);

    append_text("log", "f\nc\n");
    s = source_open(job, "file", given);
    assert_int_equal(s->def->seek(s, bytes, (size_t)n), 0);
    assert_next(s, 64, "half,c,");
    source_close(s);

    write_text("log.new", "other\n");
    assert_int_equal(rename("log.new", "log"), 0);
    s = source_open(job, "file", given);
    assert_int_equal(s->def->seek(s, bytes, (size_t)n), 0);
    assert_next(s, 64, "other,");
    source_close(s);

    s = source_open(job, "file", given);
    assert_int_equal(s->def->seek(s, bytes, 3), -1);
    assert_string_equal(job->error, "file: the saved position is damaged");
    source_close(s);
    job_free(job);
}

/* Many files in a step, more than may be open at a time. */
static void test_file_many(void **state)
{
    (void)state;
    mkdir("many", 0777);
    rt_buf expected = {0};
    for (int i = 0; i < 2000; i++) {
        char name[64], text[64];
        snprintf(name, sizeof name, "many/%05d", i);
        snprintf(text, sizeof text, "%d", i);
        write_text(name, i % 3 == 0 ? "" : text);
        if (i % 3 != 0)
            rt_buf_print(&expected, "%d,", i);
    }
    rt_buf_print(&expected, "/%c", 0);
    dsc_context *job = job_new(false, 1000000);
    dsc_source *s = source_open(job, "file", (Given[]){{"path", 0, "many/*"}, {0}});
    assert_text(run_all(s, (size_t)64 << 20), expected.p);
    rt_buf_free(&expected);
    source_close(s);
    job_free(job);
}

/* Lines longer than a step, and a file larger than memory would be wise: only steps are mapped. */
static void test_file_huge(void **state)
{
    (void)state;
    const uint64_t size = (uint64_t)300 << 20;
    write_text("huge", "first\n");
    int fd = open("huge", O_WRONLY);
    assert_int_equal(ftruncate(fd, (off_t)size), 0);
    assert_int_equal(pwrite(fd, "\nlast", 5, (off_t)size - 5), 5);
    close(fd);
    dsc_context *job = job_new(false, 1000000);
    dsc_source *s = source_open(job, "file", (Given[]){{"path", 0, "huge"}, {0}});
    dsc_range range = {0};
    uint64_t at = 0;
    while (!range.end_of_input) {
        range.n = 0;
        assert_int_equal(s->def->plan(s, 1000000, 1 << 20, true, &range), 0);
        for (int i = 0; i < range.n; i++) {
            dsc_block block;
            assert_int_equal(range.piece[i].from, at);
            at = range.piece[i].to;
            assert_int_equal(s->def->read(s, &range.piece[i], &block), 0);
            assert_true(at == size || block.p[block.n - 1] == '\n');
            s->def->release(s, &block);
        }
    }
    assert_int_equal(at, size);
    free(range.piece);
    source_close(s);
    job_free(job);
}

/* Bytes of any kind are data. */
static void test_file_binary(void **state)
{
    (void)state;
    char bytes[5000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * i >> 3);
    write_bytes("binary", bytes, sizeof bytes);
    for (int k = 0; k < N_SIZES; k++) {
        dsc_context *job = job_new(false, 1000000);
        dsc_source *s = source_open(job, "file", (Given[]){{"path", 0, "binary"}, {0}});
        dsc_range range = {0};
        size_t at = 0;
        while (!range.end_of_input) {
            range.n = 0;
            assert_int_equal(s->def->plan(s, 1000000, step_sizes[k], true, &range), 0);
            for (int i = 0; i < range.n; i++) {
                dsc_block block;
                assert_int_equal(s->def->read(s, &range.piece[i], &block), 0);
                assert_int_equal(block.offset, at);
                assert_memory_equal(block.p, bytes + at, block.n);
                at += block.n;
                s->def->release(s, &block);
            }
        }
        assert_int_equal(at, sizeof bytes);
        free(range.piece);
        source_close(s);
        job_free(job);
    }
}

static void test_file_changes(void **state)
{
    (void)state;
    const struct { bool cut; const char *error; } cases[] = {
        {false, NULL},
        {true, "file: cannot read changing: it was cut short while it was read"},
    };
    for (int i = 0; i < 2; i++) {
        write_text("changing", "a\nb\nc\n");
        dsc_context *job = job_new(false, 1000000);
        dsc_source *s = source_open(job, "file", (Given[]){{"path", 0, "changing"}, {"perBatch", 1, NULL}, {0}});
        char *first = run_batch(s, 1000000, 2, NULL, NULL);
        assert_text(first, "a,");
        if (cases[i].cut)
            assert_int_equal(truncate("changing", 2), 0);
        else
            append_text("changing", "later\n");
        char *second = run_batch(s, 2000000, 2, NULL, NULL);
        if (cases[i].cut) {
            assert_null(second);
            assert_string_equal(job->error, cases[i].error);
        } else {
            bool end = false;
            assert_text(second, "b,");
            assert_text(run_batch(s, 3000000, 2, &end, NULL), "c,");
            assert_true(end);
        }
        source_close(s);
        job_free(job);
    }
}

static void test_file_seek(void **state)
{
    (void)state;
    write_text("s1", "a\nb\nc\n");
    write_text("s2", "d\ne\nf\n");
    const Given given[] = {{"path", 0, "s?"}, {"perBatch", 2, NULL}, {0}};
    dsc_context *job = job_new(false, 1000000);
    dsc_source *s = source_open(job, "file", given);
    free(run_batch(s, 1000000, 100, NULL, NULL));
    char position[256];
    int n = s->def->position(s, position, sizeof position);
    assert_true(n > 0);
    source_close(s);
    s = source_open(job, "file", given);
    assert_int_equal(s->def->seek(s, position, (size_t)n), 0);
    assert_text(run_batch(s, 2000000, 100, NULL, NULL), "c,d,");
    assert_text(run_batch(s, 3000000, 100, NULL, NULL), "e,f,");
    source_close(s);
    job_free(job);
}

/* ---- stdin ---- */

static int saved_stdin;

static void stdin_from(int fd)
{
    saved_stdin = dup(STDIN_FILENO);
    dup2(fd, STDIN_FILENO);
    close(fd);
}

static void stdin_back(void)
{
    dup2(saved_stdin, STDIN_FILENO);
    close(saved_stdin);
}

typedef struct Feed {
    int fd;
    const char *text;
    size_t n, at_once;
    int pause_us;
} Feed;

static void *feed_pipe(void *arg)
{
    const Feed *feed = arg;
    for (size_t at = 0; at < feed->n;) {
        size_t n = feed->n - at < feed->at_once ? feed->n - at : feed->at_once;
        ssize_t written = write(feed->fd, feed->text + at, n);
        if (written <= 0)
            break;
        at += (size_t)written;
        if (feed->pause_us)
            usleep((useconds_t)feed->pause_us);
    }
    close(feed->fd);
    return NULL;
}

static void assert_stdin(const char *text, const Given *given, const char *expected)
{
    /* as a file, which is at its second byte, and as a pipe */
    for (int i = 0; i < N_SIZES; i++) {
        rt_buf shifted = {0};
        rt_buf_char(&shifted, '?');
        rt_buf_text(&shifted, text);
        write_bytes("stdin", shifted.p, shifted.n);
        rt_buf_free(&shifted);
        int fd = open("stdin", O_RDONLY);
        lseek(fd, 1, SEEK_SET);
        stdin_from(fd);
        dsc_context *job = job_new(false, 1000000);
        dsc_source *s = source_open(job, "stdin", given);
        assert_text(run_all(s, step_sizes[i]), expected);
        source_close(s);
        stdin_back();

        int ends[2];
        assert_int_equal(pipe(ends), 0);
        Feed feed = {.fd = ends[1], .text = text, .n = strlen(text), .at_once = i + 1, .pause_us = i == 0 ? 300 : 0};
        stdin_from(ends[0]);
        pthread_t thread;
        pthread_create(&thread, NULL, feed_pipe, &feed);
        s = source_open(job, "stdin", given);
        assert_text(run_all(s, step_sizes[i]), expected);
        source_close(s);
        pthread_join(thread, NULL);
        stdin_back();
        job_free(job);
    }
}

static void test_stdin(void **state)
{
    (void)state;
    assert_stdin("", NULL, "/");
    assert_stdin("one\ntwo\nthree\n", NULL, "one,two,three,/");
    assert_stdin("one\n\nthree", NULL, "one,,three,/");
    assert_stdin("a\nb\nc\nd\n", (Given[]){{"perBatch", 2, NULL}, {0}}, "a,b,/c,d,/");
    assert_stdin("a\nb\nc\nd\ne", (Given[]){{"perBatch", 2, NULL}, {0}}, "a,b,/c,d,/e,/");
    assert_stdin("a long line of many bytes\nb\n", (Given[]){{"perBatch", 1, NULL}, {0}}, "a long line of many bytes,/b,/");
    assert_stdin("", (Given[]){{"perBatch", 1, NULL}, {0}}, "/");
}

/* A hundred megabytes without a line end, then a short line. */
static void test_stdin_long_line(void **state)
{
    (void)state;
    const size_t n = (size_t)100 << 20;
    char *text = malloc(n + 3);
    memset(text, 'x', n);
    memcpy(text + n, "\ny\n", 3);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    Feed feed = {.fd = ends[1], .text = text, .n = n + 3, .at_once = 1 << 20};
    stdin_from(ends[0]);
    pthread_t thread;
    pthread_create(&thread, NULL, feed_pipe, &feed);
    dsc_context *job = job_new(false, 1000000);
    dsc_source *s = source_open(job, "stdin", NULL);
    char *found = run_all(s, 1 << 20);
    assert_int_equal(strlen(found), n + 4);
    assert_string_equal(found + n - 1, "x,y,/");
    free(found);
    source_close(s);
    pthread_join(thread, NULL);
    stdin_back();
    free(text);
    job_free(job);
}

/* A sender that is faster waits: no more than what may wait is taken from it. */
static void test_stdin_holds_the_sender_back(void **state)
{
    (void)state;
    const size_t n = (size_t)200 << 20;
    char *text = malloc(n);
    for (size_t i = 0; i < n; i++)
        text[i] = i % 100 == 99 ? '\n' : 'x';
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    Feed feed = {.fd = ends[1], .text = text, .n = n, .at_once = 1 << 20};
    stdin_from(ends[0]);
    pthread_t thread;
    pthread_create(&thread, NULL, feed_pipe, &feed);
    dsc_context *job = job_new(false, 1000000);
    dsc_source *s = source_open(job, "stdin", NULL);
    usleep(300000);
    dsc_range range = {0};
    size_t total = 0;
    bool first = true;
    while (!range.end_of_input) {
        range.n = 0;
        assert_int_equal(s->def->plan(s, 1000000, n, true, &range), 0);
        for (int i = 0; i < range.n; i++) {
            dsc_block block;
            assert_int_equal(s->def->read(s, &range.piece[i], &block), 0);
            total += block.n;
            s->def->release(s, &block);
        }
        assert_true(!first || total < (size_t)70 << 20);
        first = false;
    }
    assert_int_equal(total, n);
    free(range.piece);
    source_close(s);
    pthread_join(thread, NULL);
    stdin_back();
    free(text);
    job_free(job);
}

static void test_stdin_wrong(void **state)
{
    (void)state;
    stdin_from(open(".", O_RDONLY));
    dsc_context *job = job_new(false, 1000000);
    dsc_source *s = source_open(job, "stdin", NULL);
    assert_null(run_batch(s, 1000000, 100, NULL, NULL));
    assert_string_equal(job->error, "cannot read standard input: Is a directory");
    source_close(s);
    job_free(job);
    stdin_back();

    job = job_new(false, 1000000);
    s = source_make(job, "stdin", (Given[]){{"perBatch", 1, NULL}, {"live", 1, NULL}, {0}});
    assert_int_equal(s->def->open(s), -1);
    assert_string_equal(job->error, "stdin: batches are cut by perBatch or, with live, by the clock: give one of them");
    source_close(s);
    job_free(job);
}

static void test_stdin_of_proc(void **state)
{
    (void)state;
    stdin_from(open("/proc/self/status", O_RDONLY));
    dsc_context *job = job_new(false, 1000000);
    dsc_source *s = source_open(job, "stdin", NULL);
    char *found = run_all(s, 100);
    assert_memory_equal(found, "Name:", 5);
    free(found);
    source_close(s);
    job_free(job);
    stdin_back();
}

/* Asked to stop, what has come is planned, and then the input has ended. */
static void test_stdin_stops(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    stdin_from(ends[0]);
    dsc_context *job = job_new(false, 1000000);
    dsc_source *s = source_open(job, "stdin", NULL);
    assert_int_equal(write(ends[1], "a\nb\nunfinished", 14), 14);
    dsc_range range = {0};
    assert_int_equal(s->def->plan(s, 1000000, 100, true, &range), 0);
    assert_int_equal(range.n, 1);
    assert_false(range.last_of_batch);
    s->def->stop(s);
    assert_text(run_all(s, 100), "/");
    free(range.piece);
    source_close(s);
    close(ends[1]);
    job_free(job);
    stdin_back();
}

/* ---- queue ---- */

static const dsc_field of_int[] = {{NULL, &dsc_type_int, 0, false}};
static const dsc_type ints = {.kind = DSC_LIST, .size = sizeof(dsc_list), .n = 1, .fields = of_int};
static const dsc_field of_ints[] = {{NULL, &ints, 0, false}};
static const dsc_type lists = {.kind = DSC_LIST, .size = sizeof(dsc_list), .n = 1, .fields = of_ints};

static void test_queue(void **state)
{
    (void)state;
    const int64_t values[] = {1, 2, 3, 4, 5};
    const dsc_list batches[] = {{values, 3}, {values, 0}, {values + 3, 2}};
    for (int k = 0; k < N_SIZES; k++)
        for (int64_t n = 0; n <= 3; n++) {
            dsc_context *job = job_new(false, 1000000);
            dsc_source *s = source_make(job, "queue", NULL);
            dsc_list all = {batches, n};
            s->args[0] = (dsc_arg){.set = true, .value = &all, .type = &lists};
            assert_int_equal(s->def->open(s), 0);
            rt_buf found = {0};
            dsc_range range = {0};
            while (!range.end_of_input) {
                range.n = 0;
                range.last_of_batch = false;
                assert_int_equal(s->def->plan(s, 1000000, step_sizes[k], true, &range), 0);
                for (int i = 0; i < range.n; i++) {
                    dsc_block block;
                    assert_int_equal(s->def->read(s, &range.piece[i], &block), 0);
                    assert_int_equal(block.size, sizeof(int64_t));
                    assert_true(block.n > 0);
                    for (size_t j = 0; j < block.n; j++)
                        rt_buf_print(&found, "%d,", (int)((const int64_t *)(const void *)block.p)[j]);
                    s->def->release(s, &block);
                }
                if (range.last_of_batch)
                    rt_buf_char(&found, '/');
            }
            rt_buf_char(&found, 0);
            assert_text(found.p, n == 0 ? "/" : n == 1 ? "1,2,3,/" : n == 2 ? "1,2,3,//" : "1,2,3,//4,5,/");
            free(range.piece);
            source_close(s);
            job_free(job);
        }
}

/* ---- rate ---- */

static char *rate_batches(const Given *given, int64_t batch, int batches, size_t max)
{
    dsc_context *job = job_new(false, batch);
    dsc_source *s = source_open(job, "rate", given);
    rt_buf found = {0};
    dsc_range range = {0};
    for (int k = 1; k <= batches; k++) {
        do {
            range.n = 0;
            range.last_of_batch = range.end_of_input = false;
            assert_int_equal(s->def->plan(s, k * batch, max, false, &range), 0);
            for (int i = 0; i < range.n; i++) {
                dsc_block block;
                assert_int_equal(s->def->read(s, &range.piece[i], &block), 0);
                const int64_t *e = (const int64_t *)(const void *)block.p;
                for (size_t j = 0; j < block.n; j++)
                    rt_buf_print(&found, "%lld@%lld,", (long long)e[2 * j], (long long)e[2 * j + 1]);
                s->def->release(s, &block);
            }
        } while (!range.last_of_batch);
        rt_buf_char(&found, range.end_of_input ? '.' : '/');
    }
    rt_buf_char(&found, 0);
    free(range.piece);
    source_close(s);
    job_free(job);
    return found.p;
}

static void test_rate(void **state)
{
    (void)state;
    for (int k = 0; k < N_SIZES; k++) {
        assert_text(rate_batches((Given[]){{"n", 2, NULL}, {0}}, 1000000, 2, step_sizes[k]), "1@500000,2@1000000,/3@1500000,4@2000000,/");
        assert_text(rate_batches((Given[]){{"n", 3, NULL}, {0}}, 500000, 3, step_sizes[k]), "1@333333,/2@666666,3@1000000,/4@1333333,/");
        assert_text(rate_batches((Given[]){{"n", 1, NULL}, {0}}, 400000, 3, step_sizes[k]), "//1@1000000,/");
        assert_text(rate_batches((Given[]){{"n", 2, NULL}, {"count", 3, NULL}, {0}}, 1000000, 2, step_sizes[k]),
                    "1@500000,2@1000000,/3@1500000,.");
        assert_text(rate_batches((Given[]){{"n", 2, NULL}, {"count", 0, NULL}, {0}}, 1000000, 1, step_sizes[k]), ".");
    }
}

/* Each element is in exactly one batch, whatever the rate and the batch. */
static void test_rate_counts(void **state)
{
    (void)state;
    for (int64_t n = 1; n < 3000000; n = n * 3 + 1)
        for (int64_t batch = 1000; batch < 10000000; batch = batch * 7 + 1) {
            dsc_context *job = job_new(false, batch);
            dsc_source *s = source_open(job, "rate", (Given[]){{"n", n, NULL}, {0}});
            uint64_t next = 1;
            for (int64_t k = 1; k <= 20; k++) {
                dsc_range range = {0};
                assert_int_equal(s->def->plan(s, k * batch, SIZE_MAX, false, &range), 0);
                if (range.n > 0) {
                    assert_int_equal(range.piece[0].from, next);
                    next = range.piece[0].to;
                }
                assert_int_equal(next - 1, (uint64_t)((double)k * (double)batch * (double)n / 1e6));
                free(range.piece);
            }
            source_close(s);
            job_free(job);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file),         cmocka_unit_test(test_file_pattern),
        cmocka_unit_test(test_file_wrong),   cmocka_unit_test(test_file_many),
        cmocka_unit_test(test_follow),       cmocka_unit_test(test_follow_position),
        cmocka_unit_test(test_file_huge),    cmocka_unit_test(test_file_binary),
        cmocka_unit_test(test_file_changes), cmocka_unit_test(test_file_seek),
        cmocka_unit_test(test_stdin),        cmocka_unit_test(test_stdin_long_line),
        cmocka_unit_test(test_stdin_holds_the_sender_back), cmocka_unit_test(test_stdin_wrong),
        cmocka_unit_test(test_stdin_of_proc), cmocka_unit_test(test_stdin_stops),
        cmocka_unit_test(test_queue),        cmocka_unit_test(test_rate),
        cmocka_unit_test(test_rate_counts),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
