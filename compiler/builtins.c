/* builtins.c: the rows of dsc_fn.h as the compiler sees them. */
#include "opdef.h"

#define F(name, type, convention, ret, c_name, params, doc, example, result) \
    {name, type, FN_##convention, #c_name, doc, example, result},

const Builtin all_builtins[] = {
#include "fn_str.def"
#include "fn_regex.def"
#include "fn_num.def"
#include "fn_time.def"
#include "fn_list.def"
};

const int n_all_builtins = sizeof all_builtins / sizeof all_builtins[0];
