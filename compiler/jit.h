/* jit.h: generated C to running code in this process, by libtcc, in memory. */
#ifndef DSC_JIT_H
#define DSC_JIT_H

#include "dsc_abi.h"

/* Compile a unit. No file is read or written: the headers it includes lie in
 * this binary; only the functions of dsc_fn.h and dsc_abi.h resolve. The code's
 * pages are never writable and executable at once.
 * Returns 0 and the unit's program, which lives as long as the process;
 * 1 when this system refuses executable memory (compile ahead of time instead);
 * -1 after an internal error, said on standard error. */
int jit_compile(const char *c_text, const dsc_program **program);

#endif
