/* cmd_state.c: `dsc state` and `dsc log`: what is in the folder of a checkpoint. */
#include "cmd.h"
#include "rt_run.h"

int cmd_state(int argc, char **argv)
{
    int status = rt_state_show(argc, argv);
    if (status == 2)
        usage_error("state", "`ls DIR`, `get DIR NAME KEY` or `export DIR NAME` is wanted");
    return status;
}

int cmd_log(int argc, char **argv)
{
    int status = rt_log_show(argc, argv);
    if (status == 2)
        usage_error("log", "the folder of a checkpoint is wanted, and nothing else");
    return status;
}
