/* rt_main.c: the main() of executables. */
#include "rt.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

void rt_hold_standard(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
            _exit(1);
}

int rt_main(const dsc_program *program, int argc, char **argv)
{
    rt_hold_standard();
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
