/* cmd_check.c: `dsc check FILE [--format json]`: errors and warnings of a program, nothing run. */
#include "cmd.h"
#include "compile.h"

#include <stdio.h>

int cmd_check(int argc, char **argv)
{
    ProgramArgs args;
    if (!take_program("check", FORMAT_ONLY, &argc, argv, &args) || !only_program("check", argc, argv, &args))
        return 2;
    Compilation c;
    CompileOptions how = {.goal = GOAL_CHECK, .text = args.text, .json = args.json ? stdout : NULL};
    int status = compile_file(args.file, &how, &c);
    compile_free(&c);
    return status;
}
