/* cmd_test_run.c: a test's program, run in a process of its own. */
#define _GNU_SOURCE
#include "cmd.h"
#include "test_run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void test_folder_clear(const char *folder)
{
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 || unlinkat(dirfd(dir), entry->d_name, 0) == 0)
            continue;
        Text inner = {0};
        text_printf(&inner, "%s/%s", folder, entry->d_name);
        test_folder_clear(inner.p);
        rmdir(inner.p);
        text_free(&inner);
    }
    if (dir)
        closedir(dir);
}

static _Noreturn void run_here(const TestRun *r, int messages)
{
    char name[] = "dsc test", quiet[] = "--quiet", clock[] = "--clock=virtual", one[] = "--threads=1", place[24];
    char **args = calloc((size_t)r->n_args + 6, sizeof *args), *checkpoint = NULL;
    if (!args || (r->checkpoint && asprintf(&checkpoint, "--checkpoint=%s", r->checkpoint) < 0))
        _exit(1);
    int n = 0;
    args[n++] = name;
    args[n++] = quiet;
    args[n++] = clock;
    if (checkpoint)
        args[n++] = checkpoint;
    if (r->crash_at >= 0) {
        args[n++] = one;              /* places are numbered in the same order each time */
        snprintf(place, sizeof place, "%ld", r->crash_at);
        setenv("DSC_CRASH_AT", place, 1);
    }
    for (int i = 0; i < r->n_args; i++)
        args[n++] = r->args[i];
    dup2(messages, STDERR_FILENO);
    int status = run_compiled(r->c, n, args, "dsc test");
    fflush(stdout);
    _exit(status);
}

int test_run(const TestRun *r, Text *messages)
{
    int ends[2];
    fflush(stdout);
    if (pipe2(ends, O_CLOEXEC) != 0) {
        text_printf(messages, "dsc test: %s\n", strerror(errno));
        return 1;
    }
    pid_t child = fork();
    if (child == 0)
        run_here(r, ends[1]);
    close(ends[1]);
    char part[4096];
    ssize_t n = 0;
    while (child > 0 && ((n = read(ends[0], part, sizeof part)) > 0 || (n < 0 && errno == EINTR)))
        text_addn(messages, part, n > 0 ? (size_t)n : 0);
    close(ends[0]);
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) { }
    if (child < 0) {
        text_printf(messages, "dsc test: %s\n", strerror(errno));
        return 1;
    }
    if (!WIFSIGNALED(status))
        return WEXITSTATUS(status);
    text_printf(messages, "it ended by signal %d (%s)\n", WTERMSIG(status), strsignal(WTERMSIG(status)));
    return 128 + WTERMSIG(status);
}
