/* cmd_run.c: `dsc run FILE [run options] [--NAME=VALUE ..]` and `dsc -e PROGRAM ..`:
 * compile in memory, run.
 *
 * The run options are those of executables, read by the same code once the
 * program, and so its params, are known. Where the system refuses executable
 * memory, and where functions are written in C, the program is compiled ahead of
 * time instead, and that is run. */
#define _GNU_SOURCE
#include "aot.h"
#include "cmd.h"
#include "compile.h"
#include "jit.h"
#include "kept.h"
#include "reference.h"
#include "rt_run.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Is the argument at i the value of the option before it? Only where that
 * option cannot mean anything else. */
static bool is_value(char **argv, int i)
{
    static const char *const valued[] = {"--batch", "--threads", "--clock", "--batches", "--step", "--morsel",
                                         "--checkpoint", "--keep", "--durability", "--stop-after-idle", "--metrics"};
    for (size_t j = 0; i > 0 && j < sizeof valued / sizeof valued[0]; j++)
        if (strcmp(argv[i - 1], valued[j]) == 0)
            return true;
    return false;
}

/* Take the program out of the arguments: the first that is no option, nor a
 * value of one. */
static const char *take_file(int *argc, char **argv)
{
    for (int i = 0; i < *argc; i++) {
        if ((argv[i][0] == '-' && argv[i][1]) || is_value(argv, i))
            continue;
        char *file = argv[i];
        memmove(argv + i, argv + i + 1, (size_t)(*argc - i - 1) * sizeof *argv);
        --*argc;
        return file;
    }
    return NULL;
}

/* The way round a system that refuses executable memory: an executable of our
 * own, which has no name any more when it runs. */
static int run_executable(const Compilation *c, const char *c_text, int argc, char **argv)
{
    argv[argc] = NULL;            /* arguments have been taken out */
    char folder[] = "/tmp/dsc-run-XXXXXX", path[64];
    if (!mkdtemp(folder)) {
        perror("dsc: this program has to be compiled by cc, and a folder in /tmp cannot be made");
        return 1;
    }
    snprintf(path, sizeof path, "%s/program", folder);
    int status = aot_compile(c_text, &(AotOptions){.out = path, .files = c->c_files.at, .n_files = c->c_files.n});
    int program = status == 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    unlink(path);
    rmdir(folder);
    if (status == 0) {
        fexecve(program, argv, environ);
        perror("dsc: cannot run the compiled program");
    }
    return 1;
}

int run_compiled(const Compilation *c, int argc, char **argv, const char *usage_name)
{
    const dsc_program *program;
    int jit = c->c_files.n > 0 ? 1 : jit_compile(c->c_text, &program);
    if (jit < 0)
        return 1;
    if (jit > 0)
        return run_executable(c, c->c_text, argc, argv);
    rt_options options;
    int status = rt_parse_options(program, argc, argv, usage_name, &options);
    if (status != 0)
        return status < 0 ? 0 : status;
    Text kept = {0};
    if (options.checkpoint || program->checkpoint) {
        kept_write(c->program, program, &options, &kept);
        options.text = (dsc_str){kept.p, (int64_t)kept.n};
    }
    status = rt_run(program, &options);
    rt_free_options(&options);
    text_free(&kept);
    return status;
}

int run_main(const Compilation *c, ProgramMain *main, const char *name, int argc, char **argv)
{
    const dsc_program *program;
    int jit = c->c_files.n > 0 ? 1 : jit_compile(c->c_text, &program);
    if (jit <= 0)
        return jit < 0 ? 1 : main(program, argc, argv);
    const char *text = arena_printf(c->arena, "%s\nint %s(const dsc_program *, int, char **);\n"
                                    "int main(int argc, char **argv) { return %s(&dsc_main_program, argc, argv); }\n", c->c_text, name, name);
    return run_executable(c, text, argc, argv);
}

int run_program(const ProgramArgs *program, int argc, char **argv)
{
    CompileOptions how = {.goal = GOAL_C, .text = program->text, .json = program->json ? stderr : NULL};
    how.unfused = take_flag("--unfused", &argc, argv);
    bool reference = take_flag("--reference", &argc, argv);
    if (reference)
        how.goal = GOAL_CHECK;
    for (int i = 1; i < argc; i++)
        how.quiet |= strcmp(argv[i], "--quiet") == 0;
    Compilation c;
    int status = compile_file(program->file, &how, &c);
    if (status == 0) {
        const char *name = arena_printf(c.arena, program->text ? "dsc %s" : "dsc run %s", program->file);
        status = reference ? reference_run(c.plan, argc, argv, name) : run_compiled(&c, argc, argv, name);
    }
    compile_free(&c);
    return status;
}

int cmd_run(int argc, char **argv)
{
    ProgramArgs program;
    if (!take_program("run", FORMAT_JSON, &argc, argv, &program))
        return 2;
    if (!program.file)
        program.file = take_file(&argc, argv);
    if (!program.file)
        return usage_error("run", "no program given");
    return run_program(&program, argc + 1, argv - 1);
}
