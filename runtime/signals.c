/* signals.c: Ctrl-C and SIGTERM for the job that runs in this process.
 *
 * Handlers read only atomics and call only what POSIX lets them: write, unlink,
 * _exit, and the clock's wake, which is a write. */
#define _GNU_SOURCE
#include "rt.h"
#include "format/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

enum { N_SIGNALS = 3, MAX_FILES = 64 };

static const int numbers[N_SIGNALS] = {SIGINT, SIGTERM, SIGPIPE};
static struct sigaction before[N_SIGNALS];
static _Atomic(dsc_context *) current;
static int stop_from, stop_to;           /* a pipe, written once */
static _Atomic int64_t batch_in_hand = INT64_MIN;
static _Atomic(const char *) files[MAX_FILES];

static void say(const char *text, size_t n)
{
    ssize_t written = write(STDERR_FILENO, text, n);
    (void)written;
}

static _Noreturn void end_at_once(void)
{
    for (int i = 0; i < MAX_FILES; i++) {
        const char *path = atomic_load(&files[i]);
        if (path)
            unlink(path);
    }
    int64_t time = atomic_load(&batch_in_hand);
    char message[RT_TEXT_MAX + 64] = "dsc: stopped at once\n";
    if (time != INT64_MIN) {
        char *at = stpcpy(message, "dsc: stopped at once; batch ");
        at += rt_int_text(time / 1000, at);
        stpcpy(at, " ms is not finished\n");
    }
    say(message, strlen(message));
    _exit(1);
}

static void on_signal(int number)
{
    (void)number;
    int saved = errno;
    dsc_context *job = atomic_load(&current);
    if (job) {
        if (atomic_exchange(&job->stopping, true))
            end_at_once();
        ssize_t written = write(stop_to, "", 1);
        (void)written;
        job->clock->wake(job->clock);
    }
    errno = saved;
}

int rt_signals_open(dsc_context *job)
{
    dsc_context *none = NULL;
    if (!atomic_compare_exchange_strong(&current, &none, job))
        return dsc_fail(job, "another job runs in this process");
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        atomic_store(&current, NULL);
        return dsc_fail(job, "cannot make a pipe: %s", strerror(errno));
    }
    stop_from = ends[0];
    stop_to = ends[1];
    atomic_store(&batch_in_hand, INT64_MIN);
    for (int i = 0; i < N_SIGNALS; i++) {
        struct sigaction action = {.sa_flags = SA_RESTART};
        sigfillset(&action.sa_mask);
        action.sa_handler = numbers[i] == SIGPIPE ? SIG_IGN : on_signal;
        sigaction(numbers[i], &action, &before[i]);
    }
    return 0;
}

void rt_signals_close(void)
{
    for (int i = 0; i < N_SIGNALS; i++)
        sigaction(numbers[i], &before[i], NULL);
    atomic_store(&current, NULL);
    close(stop_from);
    close(stop_to);
}

int dsc_stop_fd(const dsc_context *job)
{
    return atomic_load(&current) == job ? stop_from : -1;
}

void rt_signals_batch(int64_t time)
{
    atomic_store(&batch_in_hand, time);
}

void rt_signals_add_file(const char *path)
{
    for (int i = 0; i < MAX_FILES; i++) {
        const char *none = NULL;
        if (atomic_compare_exchange_strong(&files[i], &none, path))
            return;
    }
}

void rt_signals_drop_file(const char *path)
{
    for (int i = 0; i < MAX_FILES; i++) {
        const char *found = path;
        atomic_compare_exchange_strong(&files[i], &found, NULL);
    }
}
