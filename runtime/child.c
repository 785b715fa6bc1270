/* child.c: programs that connectors start.
 *
 * Between fork and exec only what POSIX allows a signal handler is called, since
 * other threads may hold locks. What fails there comes back through a pipe that
 * a successful exec closes. */
#define _GNU_SOURCE
#include "rt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

extern char **environ;

struct dsc_command {
    const char *owner;
    char *path;                   /* of the program */
    char **words;                 /* its arguments, the name first; ends with NULL */
    char text[128];               /* for messages */
};

/* ---- commands ---------------------------------------------------------------------- */

static char *word_of(dsc_str s)
{
    char *word = malloc((size_t)s.n + 1);
    if (word) {
        if (s.n > 0)
            memcpy(word, s.p, (size_t)s.n);
        word[s.n] = 0;
    }
    return word;
}

/* The words to be started, from n of them. */
static bool copy_words(dsc_command *c, const dsc_str *words, int64_t n, bool shell)
{
    size_t before = shell ? 2 : 0;
    c->words = calloc((size_t)n + before + 1, sizeof *c->words);
    if (!c->words)
        return false;
    for (int64_t i = 0; i < n; i++)
        if (!(c->words[(size_t)i + before] = word_of(words[i])))
            return false;
    if (shell) {
        c->words[0] = strdup("sh");
        c->words[1] = strdup("-c");
    }
    return !shell || (c->words[0] && c->words[1]);
}

static void make_text(dsc_command *c, const dsc_str *words, int64_t n)
{
    rt_buf b = {0};
    for (int64_t i = 0; i < n; i++) {
        if (i > 0)
            rt_buf_char(&b, ' ');
        rt_buf_add(&b, words[i].p, (size_t)words[i].n);
    }
    size_t most = sizeof c->text - 4, cut = b.n > most ? most : b.n;
    while (cut < b.n && cut > 0 && ((unsigned char)b.p[cut] & 0xc0) == 0x80)
        cut--;
    for (size_t i = 0; i < cut; i++)
        c->text[i] = (unsigned char)b.p[i] < ' ' ? ' ' : b.p[i];
    memcpy(c->text + cut, " ..", cut < b.n ? 4 : 0);
    rt_buf_free(&b);
}

static bool is_program(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* The program's path: as it is if it has a slash, else from PATH; NULL: nowhere, or no memory. */
static char *find_program(const char *name)
{
    if (strchr(name, '/'))
        return strdup(name);
    const char *at = getenv("PATH");
    if (!at)
        at = "/usr/bin:/bin";
    for (;; at++) {
        size_t n = strcspn(at, ":");
        char *path;
        if (asprintf(&path, "%.*s%s%s", (int)n, at, n > 0 ? "/" : "", name) < 0)
            return NULL;
        if (is_program(path))
            return path;
        free(path);
        at += n;
        if (!*at)
            return NULL;
    }
}

dsc_command *dsc_command_new(dsc_context *job, const char *owner, const dsc_arg *arg)
{
    bool shell = arg->type->kind == DSC_STRING;
    const dsc_list *list = arg->value;
    const dsc_str *words = shell ? arg->value : list->p;
    int64_t n = shell ? 1 : list->n;
    bool whole = n > 0 && words[0].n > 0;
    for (int64_t i = 0; i < n; i++)
        whole &= words[i].n == 0 || !memchr(words[i].p, 0, (size_t)words[i].n);
    if (!whole) {
        dsc_fail(job, n > 0 && words[0].n > 0 ? "%s: a command has no NUL byte in it" : "%s: the command is empty", owner);
        return NULL;
    }
    dsc_command *c = calloc(1, sizeof *c);
    if (!c || !copy_words(c, words, n, shell)) {
        dsc_command_free(c);
        dsc_fail(job, "%s: no memory for a command", owner);
        return NULL;
    }
    c->owner = owner;
    make_text(c, words, n);
    c->path = shell ? strdup("/bin/sh") : find_program(c->words[0]);
    if (c->path)
        return c;
    dsc_fail(job, "%s: there is no program `%s` in PATH", owner, c->words[0]);
    dsc_command_free(c);
    return NULL;
}

const char *dsc_command_text(const dsc_command *c) { return c->text; }

void dsc_command_free(dsc_command *c)
{
    if (!c)
        return;
    for (char **word = c->words; word && *word; word++)
        free(*word);
    free(c->words);
    free(c->path);
    free(c);
}

/* ---- starting ----------------------------------------------------------------------- */

/* What the new process needs, made before the fork. */
typedef struct Start {
    const dsc_command *command;
    char **environment;
    int input, output;            /* its standard ones; -1: as ours */
    int report;                   /* where it writes errno */
    pid_t parent;
    int most;                     /* descriptors */
} Start;

enum { REPORT = 3 };              /* the number that `report` gets */

static void close_others(int most)
{
#if defined __linux__ && defined SYS_close_range
    if (syscall(SYS_close_range, REPORT + 1, ~0U, 0) == 0)
        return;
#endif
    for (int fd = REPORT + 1; fd < most; fd++)
        close(fd);
}

static void set_up(const Start *s)
{
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigset_t none;
    sigaction(SIGPIPE, &standard, NULL);
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
    setsid();
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != s->parent)
        _exit(127);
#endif
    /* Above the standard ones, so that none of them is overwritten. */
    int report = fcntl(s->report, F_DUPFD_CLOEXEC, REPORT);
    if (s->input >= 0)
        dup2(s->input, STDIN_FILENO);
    if (s->output >= 0)
        dup2(s->output, STDOUT_FILENO);
    if (report != REPORT)
        dup3(report, REPORT, O_CLOEXEC);
    close_others(s->most);
}

static _Noreturn void become(const Start *s)
{
    set_up(s);
    execve(s->command->path, s->command->words, s->environment);
    int why = errno;
    ssize_t written = write(REPORT, &why, sizeof why);
    (void)written;
    _exit(127);
}

/* Our environment, in which `variable` takes the place of one of its name. */
static char **environment_with(const char *variable)
{
    size_t n = 0, name = variable ? strcspn(variable, "=") + 1 : 0;
    while (environ[n])
        n++;
    char **all = malloc((n + 2) * sizeof *all);
    size_t k = 0;
    for (size_t i = 0; all && i < n; i++)
        if (!variable || strncmp(environ[i], variable, name) != 0)
            all[k++] = environ[i];
    if (all && variable)
        all[k++] = (char *)variable;
    if (all)
        all[k] = NULL;
    return all;
}

static int limit_of_descriptors(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 65536 ? (int)limit.rlim_cur : 65536;
}

/* Where children are not waited for (SIGCHLD ignored, which is inherited) their status is lost. */
static void keep_statuses(void)
{
    struct sigaction now, standard = {.sa_handler = SIG_DFL};
    if (sigaction(SIGCHLD, NULL, &now) == 0 && now.sa_handler == SIG_IGN)
        sigaction(SIGCHLD, &standard, NULL);
}

/* The process, or -1 with errno. */
static pid_t start(const Start *s, int report_from)
{
    pid_t pid = fork();
    if (pid == 0)
        become(s);
    close(s->report);
    int why = 0;
    ssize_t n = 0;
    if (pid > 0)
        while ((n = read(report_from, &why, sizeof why)) < 0 && errno == EINTR)
            ;
    else
        why = errno;
    if (pid > 0 && n == sizeof why)
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
    errno = why;
    return why ? -1 : pid;
}

static void close_both(int ends[2])
{
    close(ends[0]);
    close(ends[1]);
}

int dsc_child_start(dsc_context *job, const dsc_command *command, bool feed, const char *variable, dsc_child *child)
{
    int data[2] = {-1, -1}, report[2] = {-1, -1}, nothing = -1;
    *child = (dsc_child){.fd = -1};
    char **environment = environment_with(variable);
    keep_statuses();
    bool ready = environment && pipe2(data, O_CLOEXEC) == 0 && pipe2(report, O_CLOEXEC) == 0
        && (feed || (nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0);
    pid_t pid = -1;
    if (ready) {
        Start s = {.command = command, .environment = environment, .input = feed ? data[0] : nothing,
                   .output = feed ? -1 : data[1], .report = report[1], .parent = getpid(), .most = limit_of_descriptors()};
        pid = start(&s, report[0]);
        report[1] = -1;
    }
    int status = pid > 0 ? 0 : dsc_fail(job, "%s: cannot start `%s`: %s", command->owner, command->text, strerror(errno));
    free(environment);
    if (pid > 0) {
        *child = (dsc_child){.pid = (int)pid, .fd = data[feed]};
        data[feed] = -1;
    }
    close_both(data);
    close_both(report);
    close(nothing);
    return status;
}

/* ---- ending -------------------------------------------------------------------------- */

void dsc_child_close(dsc_child *child)
{
    if (child->fd >= 0)
        close(child->fd);
    child->fd = -1;
}

dsc_ended dsc_child_ended(dsc_child *child, bool wait, char why[64])
{
    int status;
    pid_t pid;
    while ((pid = waitpid(child->pid, &status, wait ? 0 : WNOHANG)) < 0 && errno == EINTR)
        ;
    if (pid == 0)
        return DSC_RUNS;
    child->pid = 0;
    if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return DSC_ENDED_WELL;
    if (pid > 0 && WIFEXITED(status))
        snprintf(why, 64, "ended with status %d", WEXITSTATUS(status));
    else if (pid > 0)
        snprintf(why, 64, "was ended by signal %d", WTERMSIG(status));
    else
        snprintf(why, 64, "ended, nobody knows how: error %d", errno);
    return DSC_ENDED_BADLY;
}

void dsc_child_kill(dsc_child *child)
{
    const struct timespec moment = {.tv_nsec = 10000000};
    char why[64];
    dsc_child_close(child);
    if (child->pid == 0)
        return;
    kill(-child->pid, SIGTERM);
    for (int i = 0; i < 200; i++) {
        if (dsc_child_ended(child, false, why) != DSC_RUNS)
            return;
        nanosleep(&moment, NULL);
    }
    kill(-child->pid, SIGKILL);
    dsc_child_ended(child, true, why);
}
