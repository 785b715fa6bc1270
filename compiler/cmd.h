/* cmd.h: the verbs of the command line. Each gets the arguments after its own
 * name and returns the exit status: 0 done, 1 failed while running, 2 wrong
 * usage or program. */
#ifndef DSC_CMD_H
#define DSC_CMD_H

#include "base.h"

int cmd_run(int argc, char **argv);
int cmd_compile(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_fmt(int argc, char **argv);
int cmd_repl(int argc, char **argv);
int cmd_test(int argc, char **argv);
int cmd_state(int argc, char **argv);
int cmd_log(int argc, char **argv);
int cmd_upgrade(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_help(int argc, char **argv);
int cmd_version(int argc, char **argv);

/* Usage errors: "dsc compile: <what>" and where to look. Returns 2. */
int usage_error(const char *verb, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The value of `--name VALUE` or `--name=VALUE` at argv[*i] (which moves past it),
 * or NULL when another argument stands there. */
const char *option_value(const char *name, int argc, char **argv, int *i);
/* Is there such an option? Takes it out. */
bool take_flag(const char *flag, int *argc, char **argv);
/* The program that a verb is about. */
typedef struct ProgramArgs {
    const char *file;             /* its path; "-e" for a text; NULL: not known yet */
    const char *text;             /* of -e, or NULL */
    bool json;                    /* messages as JSON lines */
} ProgramArgs;
typedef enum FormatOption {
    FORMAT_OTHER,                 /* --format is not about messages */
    FORMAT_JSON,                  /* `--format json` is, any other may be a param of the program */
    FORMAT_ONLY                   /* --format is, as text or json */
} FormatOption;
/* Take `-e TEXT` and `--format json` out of a verb's arguments. False after a usage error. */
bool take_program(const char *verb, FormatOption format, int *argc, char **argv, ProgramArgs *out);
/* What is left must be one file name, or nothing after -e. False after a usage error. */
bool only_program(const char *verb, int argc, char **argv, ProgramArgs *out);
/* Compile and run, in this process; argv[0] stands before the run options, as in any main. */
int run_program(const ProgramArgs *program, int argc, char **argv);
/* The same of what is compiled to C. usage_name stands before what is said of options. */
struct Compilation;
int run_compiled(const struct Compilation *c, int argc, char **argv, const char *usage_name);
/* Have a function of the runtime do something else with the program, in its own process where that has to be compiled by cc. argv[0]
 * is what it calls itself. */
struct dsc_program;
typedef int ProgramMain(const struct dsc_program *program, int argc, char **argv);
int run_main(const struct Compilation *c, ProgramMain *main, const char *name, int argc, char **argv);
/* Write a text to a path ("-" or NULL: standard output). 0, or 1 after saying why. */
int write_text(const char *path, const Text *text);
/* Put a text in the place of a file, whole or not at all; its mode stays. 0, or 1 after saying why. */
int replace_file(const char *path, const Text *text);
/* "dir/wordcount.ds" -> "wordcount"; "-" and "-e" -> "program". */
char *program_name(Arena *arena, const char *path);

#endif
