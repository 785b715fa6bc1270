/* dsc_fn.h: the builtin functions: one row each, seen by the compiler (typing,
 * emitting, `dsc help`), by generated C (prototypes), by the JIT (symbols) and
 * by the file that defines the body, so that cc checks row against body.
 *
 * F(name, type, convention, C return type, C name, (C parameters), doc, example, result)
 *
 * name        the name in the language; several rows may share one (overloads,
 *             told apart by the number and types of the arguments)
 * type        "(string, string) -> [string]"; capital letters A B C are type variables;
 *             "(A, A) -> A" in a parameter place is a function
 * convention  how generated C calls it:
 *   PLAIN     ret f(args)
 *   TASK      ret f(task, args)                 takes scratch memory
 *   OPT       bool f(args, T *out)              the language's type is T?; false: none
 *   OPT_TASK  bool f(task, args, T *out)
 *   FAIL      bool f(args, T *out)              false: the element is bad
 *   GENERIC   ret f(task, &descriptor of A, args)   lists by value, an A as const void *;
 *             a result A? as `bool f(task, &type, args, void *out)`
 *   INLINE    no C function: the emitter writes it out (C name is empty)
 * example     an expression, and `result` what `print` shows of it; run as a test
 */
#ifndef DSC_FN_H
#define DSC_FN_H

#include "dsc_abi.h"

/* One list a file of bodies, runtime/fn/fn_*.c. */
