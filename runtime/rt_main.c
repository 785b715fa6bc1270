/* rt_main.c: the main() of executables. */
#include "rt.h"

int rt_main(const dsc_program *program, int argc, char **argv)
{
    const char *path = argc > 0 ? argv[0] : program->file;
    const char *slash = strrchr(path, '/');
    rt_options options;
    int status = rt_parse_options(program, argc, argv, slash ? slash + 1 : path, &options);
    if (status != 0)
        return status < 0 ? 0 : status;
    status = rt_run(program, &options);
    rt_free_options(&options);
    return status;
}
