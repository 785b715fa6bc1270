/* test_receive.c: the sources that do not end: socket, stdin live, dir; and the clock. */
#define _GNU_SOURCE
#include "conn_test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>

#define B INT64_C(100000)         /* a batch */

/* ---- help ------------------------------------------------------------------------------ */

/* The k-th batch of the job, run at its time. */
static char *batch_at(dsc_source *s, int64_t k)
{
    dsc_context *job = s->job;
    int64_t time = job->zero + k * B;
    while (job->clock->now(job->clock) < time)
        job->clock->wait(job->clock, time);
    return run_batch(s, time, 1 << 20, NULL, NULL);
}

/* Batches from the first on until their records are `expected`, but 5 s at most. */
static void assert_received(dsc_source *s, int64_t *k, const char *expected)
{
    rt_buf all = {0};
    for (int64_t end = *k + 50; *k < end && (all.n != strlen(expected) || memcmp(all.p, expected, all.n) != 0); ++*k) {
        char *batch = batch_at(s, *k);
        assert_non_null(batch);
        rt_buf_text(&all, batch);
        free(batch);
    }
    rt_buf_char(&all, 0);
    assert_text(all.p, expected);
}

/* A server on a free port of this machine. */
static int serve(int family, int *port)
{
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_storage address = {.ss_family = (sa_family_t)family};
    struct sockaddr_in *four = (struct sockaddr_in *)&address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&address;
    if (family == AF_INET)
        four->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else
        six->sin6_addr = in6addr_loopback;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (family == AF_INET)
        four->sin_port = htons((uint16_t)*port);
    else
        six->sin6_port = htons((uint16_t)*port);
    socklen_t n = family == AF_INET ? sizeof *four : sizeof *six;
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, n) < 0)
        return -1;
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &n), 0);
    *port = ntohs(family == AF_INET ? four->sin_port : six->sin6_port);
    return fd;
}

static void send_text(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* ---- socket ---------------------------------------------------------------------------- */

static void client_of(int family, const char *host)
{
    int port = 0, listener = serve(family, &port);
    if (listener < 0)
        skip();
    dsc_context *job = job_new(true, B);
    dsc_source *s = source_open(job, "socket", (Given[]){{"host", 0, host}, {"port", port, NULL}, {0}});
    int64_t k = 1;
    int fd = accept(listener, NULL, NULL);
    send_text(fd, "one\r\ntwo\nthr");
    assert_received(s, &k, "one\r,two,");
    send_text(fd, "ee\n\n");
    assert_received(s, &k, "three,,");
    /* the end of the connection ends its last line; then it connects again */
    send_text(fd, "last");
    close(fd);
    assert_received(s, &k, "last,");
    fd = accept(listener, NULL, NULL);
    send_text(fd, "again\n");
    assert_received(s, &k, "again,");
    /* a connection that breaks loses the unfinished line, and no other */
    send_text(fd, "whole\nbroken");
    assert_received(s, &k, "whole,");
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){.l_onoff = 1}, sizeof(struct linger));
    close(fd);
    fd = accept(listener, NULL, NULL);
    send_text(fd, "third\n");
    assert_received(s, &k, "third,");
    s->def->stop(s);
    bool end;
    assert_text(run_batch(s, job->zero + (k + 100) * B, 100, &end, NULL), "");
    assert_true(end);
    source_close(s);
    close(fd);
    close(listener);
    job_free(job);
}

static void test_client(void **state)
{
    (void)state;
    client_of(AF_INET, "127.0.0.1");
}

static void test_client_ipv6(void **state)
{
    (void)state;
    client_of(AF_INET6, "localhost");
}

/* The server comes after the client. */
static void test_client_waits(void **state)
{
    (void)state;
    int port = 0, listener = serve(AF_INET, &port);
    close(listener);
    dsc_context *job = job_new(true, B);
    dsc_source *s = source_open(job, "socket", (Given[]){{"host", 0, "127.0.0.1"}, {"port", port, NULL}, {0}});
    assert_text(batch_at(s, 1), "");
    assert_text(batch_at(s, 2), "");
    listener = serve(AF_INET, &port);
    assert_true(listener >= 0);
    int fd = accept(listener, NULL, NULL);
    send_text(fd, "here\n");
    int64_t k = 3;
    assert_received(s, &k, "here,");
    source_close(s);
    close(fd);
    close(listener);
    job_free(job);
}

/* Each batch has what came in its time. */
static void test_cut_marks(void **state)
{
    (void)state;
    int port = 0, listener = serve(AF_INET, &port);
    dsc_context *job = job_new(true, B);
    dsc_source *s = source_open(job, "socket", (Given[]){{"host", 0, "127.0.0.1"}, {"port", port, NULL}, {0}});
    int fd = accept(listener, NULL, NULL);
    for (int i = 0; i < 6; i++) {
        int64_t time = job->zero + i * B + B / 2;
        while (job->clock->now(job->clock) < time)
            job->clock->wait(job->clock, time);
        char text[16];
        snprintf(text, sizeof text, "%d\n", i);
        send_text(fd, text);
    }
    usleep((useconds_t)(B / 2));
    /* planned late, and all the same */
    for (int i = 0; i < 6; i++) {
        char expected[16];
        snprintf(expected, sizeof expected, "%d,", i);
        assert_text(run_batch(s, job->zero + (i + 1) * B, 1 << 20, NULL, NULL), expected);
    }
    source_close(s);
    close(fd);
    close(listener);
    job_free(job);
}

/* A sender that nobody reads from is held back; what it sent arrives whole. */
static void test_held_back(void **state)
{
    (void)state;
    int port = 0, listener = serve(AF_INET, &port);
    dsc_context *job = job_new(true, B);
    dsc_source *s = source_open(job, "socket", (Given[]){{"host", 0, "127.0.0.1"}, {"port", port, NULL}, {0}});
    int fd = accept(listener, NULL, NULL);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    char lines[1 << 16];
    memset(lines, 'x', sizeof lines);
    for (size_t i = 99; i < sizeof lines; i += 100)
        lines[i] = '\n';
    lines[sizeof lines - 1] = '\n';
    size_t sent = 0, part = 0;
    for (int idle = 0; idle < 20 && sent < (size_t)500 << 20;) {
        ssize_t n = send(fd, lines + part, sizeof lines - part, MSG_NOSIGNAL);
        if (n > 0) {
            idle = 0;
            sent += (size_t)n;
            part = (part + (size_t)n) % sizeof lines;
        } else {
            idle++;
            usleep(20000);
        }
    }
    assert_in_range(sent, (size_t)64 << 20, (size_t)150 << 20);
    close(fd);
    size_t received = 0;
    dsc_range range = {0};
    for (int64_t k = 1; received < sent && k < 300; k++) {
        while (job->clock->now(job->clock) < job->zero + k * B)
            job->clock->wait(job->clock, job->zero + k * B);
        do {
            range.n = 0;
            assert_int_equal(s->def->plan(s, job->zero + k * B, 1 << 22, false, &range), 0);
            for (int i = 0; i < range.n; i++) {
                dsc_block block;
                assert_int_equal(s->def->read(s, &range.piece[i], &block), 0);
                assert_int_equal(block.p[block.n - 1], '\n');
                received += block.n;
                s->def->release(s, &block);
            }
        } while (!range.last_of_batch);
    }
    /* a line end may have been added to the last line */
    assert_in_range(received, sent, sent + 1);
    free(range.piece);
    source_close(s);
    close(listener);
    job_free(job);
}

static int connect_to(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void test_listen(void **state)
{
    (void)state;
    int port = 0;
    close(serve(AF_INET, &port));
    dsc_context *job = job_new(true, B);
    dsc_source *s = source_open(job, "socket", (Given[]){{"host", 0, "127.0.0.1"}, {"port", port, NULL}, {"listen", 1, NULL}, {0}});
    int64_t k = 1;
    int a = connect_to(port), b = connect_to(port);
    send_text(a, "a1 begins");
    send_text(b, "b1\n");
    assert_received(s, &k, "b1,");
    send_text(a, " and ends\n");
    assert_received(s, &k, "a1 begins and ends,");
    send_text(b, "b2");
    close(b);
    assert_received(s, &k, "b2,");
    for (int i = 0; i < 40; i++) {
        int fd = connect_to(port);
        send_text(fd, "x\n");
        close(fd);
    }
    char expected[81] = "";
    for (int i = 0; i < 40; i++)
        strcat(expected, "x,");
    assert_received(s, &k, expected);

    dsc_source *second = source_make(job, "socket", (Given[]){{"host", 0, "127.0.0.1"}, {"port", port, NULL}, {"listen", 1, NULL}, {0}});
    assert_int_equal(second->def->open(second), -1);
    assert_non_null(strstr(job->error, ": cannot listen: Address already in use"));
    source_close(second);
    source_close(s);
    close(a);
    job_free(job);
}

static void assert_cannot_open(const Given *given, const char *error)
{
    dsc_context *job = job_new(true, B);
    dsc_source *s = source_make(job, "socket", given);
    assert_int_equal(s->def->open(s), -1);
    assert_string_equal(job->error, error);
    source_close(s);
    job_free(job);
}

static void test_socket_wrong(void **state)
{
    (void)state;
    assert_cannot_open((Given[]){{"host", 0, "x"}, {"port", 0, NULL}, {0}}, "socket: the port is 0, which only `listen: true` can take");
    assert_cannot_open((Given[]){{"host", 0, "203.0.113.1"}, {"port", 9999, NULL}, {"listen", 1, NULL}, {0}},
                       "socket 203.0.113.1:9999: cannot listen: Cannot assign requested address");
}

/* Closing waits neither for an address that does not answer nor for one that is looked up. */
static void test_socket_closes_at_once(void **state)
{
    (void)state;
    const char *const hosts[] = {"203.0.113.1", "no-such-host.invalid", "127.0.0.1"};
    for (int i = 0; i < 3; i++) {
        dsc_context *job = job_new(true, B);
        int64_t begun = job->clock->now(job->clock);
        dsc_source *s = source_open(job, "socket", (Given[]){{"host", 0, hosts[i]}, {"port", 9, NULL}, {0}});
        usleep(50000);
        source_close(s);
        assert_true(job->clock->now(job->clock) - begun < 1000000);
        job_free(job);
    }
}

/* Under a virtual clock a batch is what has come, and waits for it. */
static void test_socket_virtual(void **state)
{
    (void)state;
    int port = 0, listener = serve(AF_INET, &port);
    dsc_context *job = job_new(false, B);
    dsc_source *s = source_open(job, "socket", (Given[]){{"host", 0, "127.0.0.1"}, {"port", port, NULL}, {0}});
    int fd = accept(listener, NULL, NULL);
    send_text(fd, "a\n");
    assert_text(run_batch(s, B, 100, NULL, NULL), "a,");
    send_text(fd, "b\n");
    assert_text(run_batch(s, 2 * B, 100, NULL, NULL), "b,");
    source_close(s);
    close(fd);
    close(listener);
    job_free(job);
}

/* ---- stdin live --------------------------------------------------------------------------- */

static void test_stdin_live(void **state)
{
    (void)state;
    int saved = dup(STDIN_FILENO), ends[2];
    assert_int_equal(pipe(ends), 0);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    dsc_context *job = job_new(true, B);
    dsc_source *s = source_open(job, "stdin", (Given[]){{"live", 1, NULL}, {0}});
    int64_t k = 1;
    assert_text(batch_at(s, k++), "");
    assert_int_equal(write(ends[1], "a\nb", 3), 3);
    assert_received(s, &k, "a,");
    assert_int_equal(write(ends[1], "c\nd", 3), 3);
    assert_received(s, &k, "bc,");
    close(ends[1]);
    assert_received(s, &k, "d,");
    bool end;
    assert_text(run_batch(s, job->zero + k * B, 100, &end, NULL), "");
    assert_true(end);
    source_close(s);
    dup2(saved, STDIN_FILENO);
    close(saved);
    job_free(job);
}

/* ---- dir ------------------------------------------------------------------------------------- */

static dsc_source *dir_open(dsc_context *job, const char *path, bool existing)
{
    return source_open(job, "dir", (Given[]){{"path", 0, path}, {"existing", existing, NULL}, {0}});
}

static void test_dir(void **state)
{
    (void)state;
    mkdir("in", 0777);
    write_text("in/old", "old\n");
    dsc_context *job = job_new(false, B);
    dsc_source *s = dir_open(job, "in", false);
    int64_t time = 0;
    assert_text(run_batch(s, time += B, 100, NULL, NULL), "");
    write_text("in/b", "b1\nb2\n");
    write_text("in/a", "a1");
    write_text("in/.hidden", "no\n");
    mkdir("in/sub", 0777);
    symlink("old", "in/link");
    assert_text(run_batch(s, time += B, 100, NULL, NULL), "a1,b1,b2,");
    assert_text(run_batch(s, time += B, 100, NULL, NULL), "");
    /* moved in, with an old date */
    write_text("aside", "moved\n");
    struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    assert_int_equal(utimensat(AT_FDCWD, "aside", old, 0), 0);
    assert_int_equal(rename("aside", "in/moved"), 0);
    assert_text(run_batch(s, time += B, 100, NULL, NULL), "moved,");
    /* renamed, it is the same file; put in its place, another one */
    assert_int_equal(rename("in/moved", "in/renamed"), 0);
    assert_text(run_batch(s, time += B, 100, NULL, NULL), "");
    write_text("aside", "other\n");
    assert_int_equal(rename("aside", "in/renamed"), 0);
    assert_text(run_batch(s, time += B, 100, NULL, NULL), "other,");
    /* appended to after it was read */
    append_text("in/renamed", "more\n");
    assert_text(run_batch(s, time += B, 100, NULL, NULL), "");
    /* made again under the same name, one after the other */
    for (int i = 0; i < 4; i++) {
        unlink("in/again");
        write_text("in/again", "again\n");
        assert_text(run_batch(s, time += B, 100, NULL, NULL), "again,");
    }
    source_close(s);
    job_free(job);
}

/* A file that is still written is not read. */
static void test_dir_while_written(void **state)
{
    (void)state;
    mkdir("wr", 0777);
    dsc_context *job = job_new(false, B);
    dsc_source *s = dir_open(job, "wr", false);
    int fd = open("wr/slow", O_WRONLY | O_CREAT, 0666);
    int64_t time = 0;
    assert_int_equal(write(fd, "half", 4), 4);
    assert_text(run_batch(s, time += B, 100, NULL, NULL), "");
    usleep(1100000);
    assert_text(run_batch(s, time += B, 100, NULL, NULL), "");
    assert_int_equal(write(fd, " whole\n", 7), 7);
    assert_text(run_batch(s, time += B, 100, NULL, NULL), "");
    close(fd);
    assert_text(run_batch(s, time += B, 100, NULL, NULL), "half whole,");
    source_close(s);
    job_free(job);
}

/* Of a hard link nobody tells that it is complete: it must stand still. */
static void test_dir_link(void **state)
{
    (void)state;
    mkdir("ln", 0777);
    write_text("source", "linked\n");
    dsc_context *job = job_new(false, B);
    dsc_source *s = dir_open(job, "ln", false);
    assert_int_equal(link("source", "ln/a"), 0);
    assert_int_equal(unlink("source"), 0);
    assert_text(run_batch(s, B, 100, NULL, NULL), "");
    usleep(1100000);
    assert_text(run_batch(s, 2 * B, 100, NULL, NULL), "linked,");
    source_close(s);
    job_free(job);
}

static void test_dir_existing(void **state)
{
    (void)state;
    mkdir("ex", 0777);
    rt_buf expected = {0};
    for (int i = 0; i < 500; i++) {
        char name[32], text[32];
        snprintf(name, sizeof name, "ex/%03d", i);
        snprintf(text, sizeof text, "%d\n", i);
        write_text(name, text);
        rt_buf_print(&expected, "%d,", i);
    }
    rt_buf_char(&expected, 0);
    const size_t sizes[] = {1, 100, 1 << 20};
    for (int i = 0; i < 3; i++) {
        dsc_context *job = job_new(false, B);
        dsc_source *s = dir_open(job, "ex/", true);
        char *found = run_batch(s, B, sizes[i], NULL, NULL);
        assert_string_equal(found, expected.p);
        free(found);
        assert_text(run_batch(s, 2 * B, 100, NULL, NULL), "");
        source_close(s);
        job_free(job);
    }
    rt_buf_free(&expected);
}

static void test_dir_comes_and_goes(void **state)
{
    (void)state;
    dsc_context *job = job_new(false, B);
    dsc_source *s = dir_open(job, "late", false);
    int64_t time = 0;
    assert_text(run_batch(s, time += B, 100, NULL, NULL), "");
    mkdir("late", 0777);
    assert_text(run_batch(s, time += B, 100, NULL, NULL), "");
    write_text("late/a", "a\n");
    assert_text(run_batch(s, time += B, 100, NULL, NULL), "a,");
    /* away and back, with the same file */
    assert_int_equal(rename("late", "elsewhere"), 0);
    assert_text(run_batch(s, time += B, 100, NULL, NULL), "");
    assert_int_equal(rename("elsewhere", "late"), 0);
    assert_text(run_batch(s, time += B, 100, NULL, NULL), "");
    write_text("late/b", "b\n");
    assert_text(run_batch(s, time += B, 100, NULL, NULL), "b,");
    /* another directory of the same name */
    assert_int_equal(unlink("late/a") || unlink("late/b") || rmdir("late") || mkdir("late", 0777), 0);
    assert_text(run_batch(s, time += B, 100, NULL, NULL), "");
    write_text("late/a", "new\n");
    assert_text(run_batch(s, time += B, 100, NULL, NULL), "new,");
    source_close(s);
    job_free(job);
}

static void test_dir_wrong(void **state)
{
    (void)state;
    write_text("plain", "");
    dsc_context *job = job_new(false, B);
    dsc_source *s = dir_open(job, "plain", false);
    assert_text(run_batch(s, B, 100, NULL, NULL), "");
    s->def->stop(s);
    bool end;
    assert_text(run_batch(s, 2 * B, 100, &end, NULL), "");
    assert_true(end);
    source_close(s);
    s = source_make(job, "dir", (Given[]){{"path", 0, ""}, {0}});
    assert_int_equal(s->def->open(s), -1);
    assert_string_equal(job->error, "dir: \"\" is no directory's name");
    source_close(s);
    job_free(job);
}

/* Files planned for later steps may vanish before their turn; those of the step in hand cannot. */
static void test_dir_file_vanishes(void **state)
{
    (void)state;
    mkdir("van", 0777);
    dsc_context *job = job_new(false, B);
    dsc_source *s = dir_open(job, "van", false);
    write_text("van/a", "a1\na2\n");
    write_text("van/b", "b\n");
    write_text("van/c", "c\n");
    dsc_range range = {0};
    assert_int_equal(s->def->plan(s, B, 3, false, &range), 0);
    assert_int_equal(range.n, 1);
    unlink("van/a");
    unlink("van/b");
    dsc_block block;
    assert_int_equal(s->def->read(s, &range.piece[0], &block), 0);
    assert_memory_equal(block.p, "a1\n", 3);
    s->def->release(s, &block);
    assert_text(run_batch(s, B, 100, NULL, NULL), "a2,c,");
    free(range.piece);
    source_close(s);
    job_free(job);
}

static void test_dir_seek(void **state)
{
    (void)state;
    mkdir("seek", 0777);
    write_text("seek/a", "a\n");
    dsc_context *job = job_new(false, B);
    dsc_source *s = dir_open(job, "seek", true);
    assert_text(run_batch(s, B, 100, NULL, NULL), "a,");
    char position[1024];
    int n = s->def->position(s, position, sizeof position);
    assert_true(n > 0);
    assert_int_equal(s->def->position(s, position, 5), -1);
    source_close(s);
    write_text("seek/b", "b\n");
    s = dir_open(job, "seek", true);
    assert_int_equal(s->def->seek(s, position, (size_t)n), 0);
    assert_text(run_batch(s, 2 * B, 100, NULL, NULL), "b,");
    source_close(s);
    job_free(job);
}

/* ---- the clock --------------------------------------------------------------------------------- */

static void test_virtual_clock(void **state)
{
    (void)state;
    rt_clock *clock = rt_clock_open(false);
    assert_int_equal(clock->now(clock), 0);
    clock->wait(clock, 5000000);
    assert_int_equal(clock->now(clock), 5000000);
    clock->wait(clock, 1);
    assert_int_equal(clock->now(clock), 5000000);
    clock->wake(clock);
    clock->wait(clock, INT64_MAX);
    clock->close(clock);
}

static void test_real_clock(void **state)
{
    (void)state;
    rt_clock *clock = rt_clock_open(true);
    int64_t before = clock->now(clock);
    assert_true(llabs(before / 1000000 - (int64_t)time(NULL)) <= 1);
    clock->wait(clock, before + 50000);
    assert_true(clock->now(clock) >= before + 50000);
    assert_true(clock->now(clock) < before + 5000000);
    clock->wake(clock);
    before = clock->now(clock);
    clock->wait(clock, before + 60000000);
    assert_true(clock->now(clock) < before + 1000000);
    for (int i = 0; i < 10000; i++) {
        int64_t now = clock->now(clock);
        assert_true(now >= before);
        before = now;
    }
    clock->close(clock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_client),           cmocka_unit_test(test_client_ipv6),
        cmocka_unit_test(test_client_waits),     cmocka_unit_test(test_cut_marks),
        cmocka_unit_test(test_held_back),        cmocka_unit_test(test_listen),
        cmocka_unit_test(test_socket_wrong),     cmocka_unit_test(test_socket_closes_at_once),
        cmocka_unit_test(test_socket_virtual),   cmocka_unit_test(test_stdin_live),
        cmocka_unit_test(test_dir),              cmocka_unit_test(test_dir_while_written),
        cmocka_unit_test(test_dir_link),         cmocka_unit_test(test_dir_existing),
        cmocka_unit_test(test_dir_comes_and_goes), cmocka_unit_test(test_dir_wrong),
        cmocka_unit_test(test_dir_file_vanishes), cmocka_unit_test(test_dir_seek),
        cmocka_unit_test(test_virtual_clock),    cmocka_unit_test(test_real_clock),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
