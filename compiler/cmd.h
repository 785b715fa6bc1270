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
int cmd_help(int argc, char **argv);
int cmd_version(int argc, char **argv);

/* Usage errors: "dsc compile: <what>" and where to look. Returns 2. */
int usage_error(const char *verb, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The value of `--name VALUE` or `--name=VALUE` at argv[*i] (which moves past it),
 * or NULL when another argument stands there. */
const char *option_value(const char *name, int argc, char **argv, int *i);
/* The one file name among the arguments of a verb that takes no other options;
 * NULL after a usage error. */
const char *only_file(const char *verb, int argc, char **argv);
/* Write a text to a path ("-" or NULL: standard output). 0, or 1 after saying why. */
int write_text(const char *path, const Text *text);
/* "dir/wordcount.ds" -> "wordcount"; "-" -> "program". */
char *program_name(Arena *arena, const char *path);

#endif
