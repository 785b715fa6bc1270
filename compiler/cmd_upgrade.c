/* cmd_upgrade.c: `dsc upgrade DIR FILE`: what is in the folder of a checkpoint becomes that of a changed program. */
#include "cmd.h"
#include "compile.h"
#include "rt_run.h"

int cmd_upgrade(int argc, char **argv)
{
    ProgramArgs program;
    if (!take_program("upgrade", FORMAT_OTHER, &argc, argv, &program))
        return 2;
    int wanted = program.file ? 1 : 2;
    if (argc < wanted || argv[0][0] == '-' || (wanted == 2 && argv[1][0] == '-' && argv[1][1]))
        return usage_error("upgrade", "the folder of a checkpoint is wanted, and the program that is to go on from it");
    const char *file = program.file ? program.file : argv[1];
    /* Its name, the folder, the options: where there was a file, they begin where it stood. */
    char **args = argv + wanted - 2, *folder = argv[0];
    Compilation c;
    int status = compile_file(file, &(CompileOptions){.goal = GOAL_C, .text = program.text, .quiet = true}, &c);
    if (status == 0) {
        args[0] = arena_strdup(c.arena, "dsc upgrade");
        args[1] = folder;
        status = run_main(&c, rt_upgrade, "rt_upgrade", argc - wanted + 2, args);
    }
    compile_free(&c);
    return status;
}
