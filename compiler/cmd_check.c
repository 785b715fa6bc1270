/* cmd_check.c: `dsc check FILE`: errors and warnings of a program, nothing run. */
#include "cmd.h"
#include "compile.h"

int cmd_check(int argc, char **argv)
{
    const char *file = only_file("check", argc, argv);
    if (!file)
        return 2;
    Compilation c;
    int status = compile_file(file, &(CompileOptions){.goal = GOAL_CHECK}, &c);
    compile_free(&c);
    return status;
}
