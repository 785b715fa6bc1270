/* main.c: the dsc command: finds the verb and hands over. */
#include "cmd.h"
#include "rt_run.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Verb {
    const char *name;
    int (*run)(int argc, char **argv);
} Verb;

static const Verb verbs[] = {
    {"run", cmd_run},         {"compile", cmd_compile},  {"check", cmd_check},
    {"explain", cmd_explain}, {"fmt", cmd_fmt},          {"repl", cmd_repl},
    {"state", cmd_state},     {"log", cmd_log},          {"upgrade", cmd_upgrade},
    {"replay", cmd_replay},
    {"test", cmd_test},
    {"help", cmd_help},       {"--help", cmd_help},      {"-h", cmd_help},
    {"--version", cmd_version}, {"version", cmd_version},
};
enum { N_VERBS = sizeof verbs / sizeof verbs[0] };

int usage_error(const char *verb, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "dsc%s%s: ", verb ? " " : "", verb ? verb : "");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\ndsc: try `dsc help%s%s`\n", verb ? " " : "", verb ? verb : "");
    va_end(args);
    return 2;
}

const char *option_value(const char *name, int argc, char **argv, int *i)
{
    size_t n = strlen(name);
    if (strncmp(argv[*i], name, n) != 0)
        return NULL;
    if (argv[*i][n] == '=')
        return argv[*i] + n + 1;
    return argv[*i][n] == '\0' && *i + 1 < argc ? argv[++*i] : NULL;
}

static void remove_args(int *argc, char **argv, int i, int n)
{
    *argc -= n;
    memmove(argv + i, argv + i + n, (size_t)(*argc - i) * sizeof *argv);
}

bool take_flag(const char *flag, int *argc, char **argv)
{
    for (int i = 0; i < *argc; i++)
        if (strcmp(argv[i], flag) == 0) {
            remove_args(argc, argv, i, 1);
            return true;
        }
    return false;
}

bool take_program(const char *verb, FormatOption formats, int *argc, char **argv, ProgramArgs *out)
{
    *out = (ProgramArgs){0};
    for (int i = 0; i < *argc;) {
        int last = i;
        const char *format = formats == FORMAT_OTHER ? NULL : option_value("--format", *argc, argv, &last);
        bool json = format && strcmp(format, "json") == 0;
        if (strcmp(argv[i], "-e") == 0) {
            if (i + 1 == *argc || out->text) {
                usage_error(verb, out->text ? "one program at a time: -e stands twice" : "-e needs a program behind it");
                return false;
            }
            out->file = "-e";
            out->text = argv[i + 1];
            remove_args(argc, argv, i, 2);
        } else if (json || (format && formats == FORMAT_ONLY && strcmp(format, "text") == 0)) {
            out->json = json;
            remove_args(argc, argv, i, last - i + 1);
        } else if (format && formats == FORMAT_ONLY) {
            usage_error(verb, "there is no format %s; there are text and json", format);
            return false;
        } else {
            i++;
        }
    }
    return true;
}

bool only_program(const char *verb, int argc, char **argv, ProgramArgs *out)
{
    for (int i = 0; i < argc; i++) {
        if (argv[i][0] == '-' && argv[i][1])
            usage_error(verb, "unknown option %s", argv[i]);
        else if (out->file)
            usage_error(verb, "one program at a time: found %s after %s", argv[i], out->file);
        else {
            out->file = argv[i];
            continue;
        }
        return false;
    }
    if (!out->file)
        usage_error(verb, "no program given");
    return out->file != NULL;
}

int write_text(const char *path, const Text *text)
{
    bool to_stdout = !path || strcmp(path, "-") == 0;
    FILE *out = to_stdout ? stdout : fopen(path, "wb");
    bool whole = out && fwrite(text->p, 1, text->n, out) == text->n;
    if (out)
        whole &= (to_stdout ? fflush(out) : fclose(out)) == 0;
    if (!whole)
        fprintf(stderr, "dsc: cannot write %s: %s\n", to_stdout ? "to standard output" : path, strerror(errno));
    return whole ? 0 : 1;
}

char *program_name(Arena *arena, const char *path)
{
    if (strcmp(path, "-") == 0 || strcmp(path, "-e") == 0)
        return arena_strdup(arena, "program");
    const char *slash = strrchr(path, '/');
    char *name = arena_strdup(arena, slash ? slash + 1 : path);
    size_t n = strlen(name);
    if (n > 3 && strcmp(name + n - 3, ".ds") == 0)
        name[n - 3] = '\0';
    return name;
}

static int unknown_verb(const char *name)
{
    int best = -1, distance = 3;
    for (int i = 0; i < N_VERBS; i++) {
        int d = edit_distance(name, verbs[i].name);
        if (d < distance) {
            best = i;
            distance = d;
        }
    }
    size_t n = strlen(name);
    if (n > 3 && strcmp(name + n - 3, ".ds") == 0)
        return usage_error(NULL, "%s is a program, not a command: `dsc run %s` runs it", name, name);
    if (best >= 0)
        return usage_error(NULL, "there is no command %s: did you mean `dsc %s`?", name, verbs[best].name);
    return usage_error(NULL, "there is no command %s", name);
}

int main(int argc, char **argv)
{
    rt_hold_standard();
    if (argc < 2) {
        cmd_help(0, NULL);
        return 2;
    }
    if (strcmp(argv[1], "-e") == 0)
        return cmd_run(argc - 1, argv + 1);
    for (int i = 0; i < N_VERBS; i++)
        if (strcmp(argv[1], verbs[i].name) == 0)
            return verbs[i].run(argc - 2, argv + 2);
    return unknown_verb(argv[1]);
}
