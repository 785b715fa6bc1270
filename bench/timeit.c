/* timeit.c: runs commands in turns and says how long they took.
 *
 *     timeit RUNS NAME COMMAND.. [-- NAME COMMAND..]..
 *
 * Each round runs every command once, from exec to exit, so that all of them
 * see the same noise; a first round is not counted. Standard output goes to
 * /dev/null. A line for each command:
 *
 *     NAME MIN MEDIAN MAX CPU PEAK SPEED PAIRED
 *
 * milliseconds of wall time; the median of processor time; the largest
 * resident set in MB; the speed relative to the first command, as the ratio of
 * the medians and as the median of each round's ratio. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_COMMANDS = 16, MOST_RUNS = 1000 };

typedef struct Command {
    const char *name;
    char **argv;
    double wall[MOST_RUNS], cpu[MOST_RUNS], ratio[MOST_RUNS];   /* milliseconds */
    long peak;                                                  /* KB */
} Command;

extern char **environ;
static Command commands[MOST_COMMANDS];

static double milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static double of_timeval(struct timeval t)
{
    return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3;
}

/* 0, or 1 after saying what went wrong. */
static int run(Command *c, int round)
{
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t pid;
    int status = 0;
    struct rusage used;
    double start = milliseconds();
    int error = posix_spawnp(&pid, c->argv[0], &files, NULL, c->argv, environ);
    posix_spawn_file_actions_destroy(&files);
    if (error) {
        fprintf(stderr, "timeit: %s: %s\n", c->argv[0], strerror(error));
        return 1;
    }
    if (wait4(pid, &status, 0, &used) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "timeit: %s failed\n", c->name);
        return 1;
    }
    double wall = milliseconds() - start;
    if (round >= 0) {
        c->wall[round] = wall;
        c->cpu[round] = of_timeval(used.ru_utime) + of_timeval(used.ru_stime);
        c->ratio[round] = commands[0].wall[round] / wall;
    }
    if (used.ru_maxrss > c->peak)
        c->peak = used.ru_maxrss;
    return 0;
}

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Sorts. */
static double median(double *x, int n)
{
    qsort(x, (size_t)n, sizeof *x, compare);
    return n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

int main(int argc, char **argv)
{
    int runs = argc > 3 ? atoi(argv[1]) : 0, n = 0;
    if (runs < 1 || runs > MOST_RUNS) {
        fprintf(stderr, "usage: timeit RUNS NAME COMMAND.. [-- NAME COMMAND..]..\n");
        return 2;
    }
    for (int i = 2; i < argc && n < MOST_COMMANDS; n++) {
        commands[n].name = argv[i++];
        commands[n].argv = argv + i;
        while (i < argc && strcmp(argv[i], "--") != 0)
            i++;
        if (i < argc)
            argv[i++] = NULL;
        if (!commands[n].argv[0]) {
            fprintf(stderr, "timeit: no command for %s\n", commands[n].name);
            return 2;
        }
    }
    for (int round = -1; round < runs; round++)
        for (int i = 0; i < n; i++)
            if (run(&commands[i], round) != 0)
                return 1;
    double first = 0;
    for (int i = 0; i < n; i++) {
        Command *c = &commands[i];
        double middle = median(c->wall, runs);
        if (i == 0)
            first = middle;
        printf("%s %.2f %.2f %.2f %.2f %.1f %.3f %.3f\n", c->name, c->wall[0], middle, c->wall[runs - 1],
               median(c->cpu, runs), (double)c->peak / 1024, first / middle, median(c->ratio, runs));
    }
    return 0;
}
