/* dsc_fn.h: the builtin functions: one row each, seen by the compiler (typing,
 * emitting, `dsc help`), by generated C (prototypes), by the JIT (symbols) and
 * by the file that defines the body, so that cc checks row against body.
 *
 * F(name, type, convention, C return type, C name, (C parameters), doc, example, result)
 *
 * name        the name in the language; several rows may share one (overloads,
 *             told apart by the number and types of the arguments; the first row
 *             that fits is meant, so rows with type variables come last)
 * type        "(string, string) -> [string]"; capital letters A B C are type variables;
 *             "(A, A) -> A" in a parameter place is a function; `..` any further arguments
 * convention  how generated C calls it:
 *   PLAIN     ret f(args)
 *   TASK      ret f(task, args)                 takes scratch memory
 *   OPT       bool f(args, T *out)              the language's type is T?; false: none
 *   OPT_TASK  bool f(task, args, T *out)
 *   FAIL      bool f(args, T *out)              false: the element is bad, for the
 *   FAIL_TASK bool f(task, args, T *out)        reason "NAME: no result for these arguments"
 *   TRY       bool f(task, args, T *out, const char **why)
 *                                             false: the element is bad for *why, static text;
 *                                             where the language's type is T?: .. T *out, bool *some, ..
 *   GENERIC   ret f(task, a descriptor for each type variable in the order A B C, args):
 *             lists by value, an A as const void *; a result A as
 *             `void f(task, &type, args, void *out)`, a result T? as
 *             `bool f(task, &type, args, T *out)` where an A is void
 *   INLINE    no C function: the emitter writes it out (C columns are empty)
 * doc         one line, a sentence
 * example     an expression, and `result` what `print` shows of it; run as a test
 *
 * Whoever wants the rows defines F and includes all fn_*.def.
 */
#ifndef DSC_FN_H
#define DSC_FN_H

#include "dsc_abi.h"

/* Rows as prototypes. */
#define DSC_FN_PLAIN(prototype) prototype;
#define DSC_FN_TASK(prototype) prototype;
#define DSC_FN_OPT(prototype) prototype;
#define DSC_FN_OPT_TASK(prototype) prototype;
#define DSC_FN_FAIL(prototype) prototype;
#define DSC_FN_FAIL_TASK(prototype) prototype;
#define DSC_FN_TRY(prototype) prototype;
#define DSC_FN_GENERIC(prototype) prototype;
#define DSC_FN_INLINE(prototype)
#define F(name, type, convention, ret, c_name, params, doc, example, result) \
    DSC_FN_##convention(ret c_name params)
/* One list a file of bodies, runtime/fn/fn_*.c. */
#include "fn_str.def"
#include "fn_regex.def"
#include "fn_num.def"
#include "fn_time.def"
#include "fn_list.def"
#undef F

#endif
