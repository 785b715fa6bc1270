/* cmd_check.c: `dsc check FILE [--format json] [--laws]`: errors and warnings of a program, nothing run. */
#include "cmd.h"
#include "compile.h"
#include "reference.h"

#include <stdio.h>

int cmd_check(int argc, char **argv)
{
    ProgramArgs args;
    bool laws = take_flag("--laws", &argc, argv);
    if (!take_program("check", FORMAT_ONLY, &argc, argv, &args) || !only_program("check", argc, argv, &args))
        return 2;
    if (laws && args.json)
        return usage_error("check", "--laws writes text only");
    Compilation c;
    CompileOptions how = {.goal = GOAL_CHECK, .text = args.text, .json = args.json ? stdout : NULL};
    int status = compile_file(args.file, &how, &c);
    if (status == 0 && laws)
        status = laws_check(c.plan);
    compile_free(&c);
    return status;
}
