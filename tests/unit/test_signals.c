/* test_signals.c: what SIGINT and SIGTERM do to a job, each in a process of its own. */
#define _GNU_SOURCE
#include "conn_test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

/* Runs `run` in a child whose standard error is the file "said"; its wait status. */
static int in_child(void (*run)(dsc_context *))
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        int to = open("said", O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2(to, STDERR_FILENO);
        dsc_context *job = job_new(true, 1000000);
        if (rt_signals_open(job) < 0)
            _exit(99);
        run(job);
        _exit(98);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void assert_exit(int status, int code)
{
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), code);
}

/* The first asks to stop, wakes the clock, and shows on the descriptor. */
static void first_signal(dsc_context *job)
{
    struct pollfd stop = {.fd = dsc_stop_fd(job), .events = POLLIN};
    bool right = !atomic_load(&job->stopping) && poll(&stop, 1, 0) == 0;
    raise(SIGTERM);
    right &= atomic_load(&job->stopping) && poll(&stop, 1, 0) == 1;
    int64_t begun = job->clock->now(job->clock);
    job->clock->wait(job->clock, begun + 60000000);
    right &= job->clock->now(job->clock) < begun + 10000000;
    _exit(right ? 0 : 1);
}

static void test_first(void **state)
{
    (void)state;
    assert_exit(in_child(first_signal), 0);
    assert_text(read_text("said"), "");
}

static void second_signal(dsc_context *job)
{
    (void)job;
    write_text("temporary", "half");
    write_text("dropped", "whole");
    rt_signals_add_file("temporary");
    rt_signals_add_file("dropped");
    rt_signals_drop_file("dropped");
    rt_signals_batch(7000000);
    raise(SIGINT);
    raise(SIGINT);
}

static void test_second(void **state)
{
    (void)state;
    assert_exit(in_child(second_signal), 1);
    assert_text(read_text("said"), "dsc: stopped at once; batch 7000 ms is not finished\n");
    assert_null(read_text("temporary"));
    assert_text(read_text("dropped"), "whole");
}

static void second_between_batches(dsc_context *job)
{
    (void)job;
    rt_signals_batch(7000000);
    rt_signals_batch(INT64_MIN);
    raise(SIGINT);
    raise(SIGTERM);
}

static void test_second_between_batches(void **state)
{
    (void)state;
    assert_exit(in_child(second_between_batches), 1);
    assert_text(read_text("said"), "dsc: stopped at once\n");
}

static void closed_again(dsc_context *job)
{
    rt_signals_close();
    if (dsc_stop_fd(job) != -1 || rt_signals_open(job) < 0)
        _exit(1);
    rt_signals_close();
    raise(SIGINT);
}

/* Afterwards a signal does what it did before. */
static void test_restored(void **state)
{
    (void)state;
    int status = in_child(closed_again);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGINT);
}

static void broken_pipe(dsc_context *job)
{
    (void)job;
    int ends[2];
    if (pipe(ends) != 0)
        _exit(2);
    close(ends[0]);
    _exit(write(ends[1], "x", 1) == -1 && errno == EPIPE ? 0 : 1);
}

static void test_broken_pipe(void **state)
{
    (void)state;
    assert_exit(in_child(broken_pipe), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first),    cmocka_unit_test(test_second), cmocka_unit_test(test_second_between_batches),
        cmocka_unit_test(test_restored), cmocka_unit_test(test_broken_pipe),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
