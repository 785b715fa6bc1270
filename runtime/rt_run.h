/* rt_run.h: running a program: what `dsc run` and the main() of executables call. */
#ifndef RT_RUN_H
#define RT_RUN_H

#include "dsc_abi.h"
#include <stdio.h>

struct rt_engine;

typedef struct rt_options {
    int64_t batch;                /* 0: the program's */
    int threads;                  /* 0: one per processor */
    int clock;                    /* 0 as the sources ask, 'r' real, 'v' virtual */
    int64_t batches;              /* stop after so many; -1: no limit */
    bool quiet, verbose;
    const char *metrics;          /* a file that gets a line for each batch; NULL: none */
    bool no_exec;                 /* refuse connectors that start programs */
    int64_t stop_after_idle;      /* stop when so long no input has come; 0: never */
    bool backpressure;            /* batches take no more than they can do in their time */
    const char *checkpoint;       /* a folder; NULL: the program's, if it has one */
    int64_t keep;                 /* for how long it keeps what it takes to run batches again; 0: as the program says */
    dsc_str text;                 /* the program's text and params in any form, to be kept with it; empty: not known */
    bool fresh;                   /* what is in there is removed first */
    int durability;               /* when the log is synced: 0 each batch, 1 now and then, 2 never */
    size_t step;                  /* bytes a step reads at most; 0: 64 MB. Tests only: --step */
    size_t morsel;                /* bytes a morsel has about; 0: 1 MB. Tests only: --morsel */
    /* In place of the batches, once there are nodes with their types: returns a negative number after dsc_fail. NULL: the job. */
    int (*instead)(struct rt_engine *e, void *arg);
    void *arg;
    const struct rt_replay *replay;   /* run a span of a checkpoint's batches again, instead; NULL: no (rt_replay.h) */
    struct rt_param_value { bool set; const char *text; int64_t i; double f; dsc_str s; } *params;  /* n_params of them */
} rt_options;

/* Read the run options and --NAME=VALUE params from argv[1..]; argv may hold
 * non-options, which are an error. Returns 0, or 2 after saying what is wrong on
 * standard error, or -1 when it answered --help (exit 0). `usage_name`: "wordcount" or
 * "dsc run wordcount.ds". */
int rt_parse_options(const dsc_program *program, int argc, char **argv, const char *usage_name, rt_options *out);
/* What rt_parse_options took, after it returned 0; strings are in argv. */
void rt_free_options(rt_options *options);
void rt_print_help(const dsc_program *program, const char *usage_name, FILE *out);

/* Run until the input ends, --batches, SIGINT or SIGTERM. Returns the exit
 * status: 0 done, 1 failed while running (said on standard error), 2 wrong
 * arguments found at the start (a window no multiple of --batch). */
int rt_run(const dsc_program *program, const rt_options *options);

/* The place in program->nodes of the node whose stage the task runs; has its input come to an end? */
int rt_task_node(const dsc_task *task);
bool rt_task_ended(const dsc_task *task);
/* n elements are left out for being late, or go to a stream of their own: of `what` the text, place and stream count. */
void rt_task_late(dsc_task *task, const dsc_by_time *what, int64_t n);

/* Where standard input, output or error is closed, put something in its place that can
 * be neither read nor written, so that no file opened later gets its number. */
void rt_hold_standard(void);

/* `ls DIR`, `get DIR NAME KEY`, `export DIR NAME`: the states in the newest snapshot of a checkpoint; and `DIR`: its log. Exit
 * statuses: 1 after saying why, 2 for other arguments, which the caller is to speak of. */
int rt_state_show(int argc, char **argv);
int rt_log_show(int argc, char **argv);

/* `dsc upgrade`: argv[1] is the folder, the others are options of its own, run options and params. Is what is in the folder for
 * this program? Says so of each part, and converts it. Exit statuses as rt_run, 1 also where something would be lost. */
int rt_upgrade(const dsc_program *program, int argc, char **argv);

/* main() of an executable. */
int rt_main(const dsc_program *program, int argc, char **argv);

#endif
