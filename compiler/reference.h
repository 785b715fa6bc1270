/* reference.h: the reference: an interpreter of checked plans to hold dsc itself to. */
#ifndef DSC_REFERENCE_H
#define DSC_REFERENCE_H

#include "plan.h"

/* Run a checked plan with the options in argv[1..], as an executable would; usage_name stands before
 * what is said of them. Returns the exit status: 0, 1 failed while running, 2 wrong arguments, or a
 * program with something that the reference does not know, which is named on standard error. */
int reference_run(Plan *plan, int argc, char **argv, const char *usage_name);

/* Try the laws that operators count on with the functions they were given, and print what comes of it
 * on standard output. Returns 0, or 2 when a law is broken that has to be kept. */
int laws_check(Plan *plan);

#endif
