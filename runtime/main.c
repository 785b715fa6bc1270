/* main.c: the entry of executables. A member of libdsc.a of its own: dsc and the unit tests have their own main(). */
#include "rt_run.h"

int main(int argc, char **argv)
{
    return rt_main(&dsc_main_program, argc, argv);
}
