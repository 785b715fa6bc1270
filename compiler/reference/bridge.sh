#!/bin/sh
# bridge.sh: a tool of the build: a function for each row of dsc_fn.h that calls its C function with
# arguments by pointer, for the reference (ref_calls in ref.h). The C compiler, given as the arguments,
# expands the rows.
set -eu
LC_ALL=C
export LC_ALL

cat <<'END'
/* Made from fn_*.def. */
#include "config.h"
#include "dsc_fn.h"
#include "reference/ref.h"

END
{
    echo '#define F(name, type, convention, ret, c_name, params, doc, example, result) @ convention ; ret ; c_name ; params'
    # in the order of all_builtins
    sed -n 's/^#include "fn_/#include "fn_/p' runtime/include/dsc_fn.h
} | "$@" -E -P -Iruntime/include -x c - | awk -v RS=@ '
function trim(s) { gsub(/^[ \t\n]+|[ \t\n]+$/, "", s); return s }
NR == 1 { next }
{
    split($0, part, ";")
    convention = trim(part[1]); ret = trim(part[2]); c_name = trim(part[3]); params = trim(part[4])
    if (convention == "INLINE") {
        list = list "    NULL,\n"
        next
    }
    gsub(/^\(|\)$/, "", params)
    n = split(params, param, ",")
    call = ""; n_types = n_args = out = 0
    for (i = 1; i <= n; i++) {
        p = trim(param[i])
        if (p == "void") continue
        else if (p == "dsc_task *task") one = "task"
        else if (p ~ /^const dsc_type \*/) one = "types[" n_types++ "]"
        else if (p == "const char **why") one = "why"
        else if (p == "bool *some") one = "some"
        else if (p ~ /\*out$/) { one = "out"; out = 1 }
        else if (p ~ /^const void \*/) one = "args[" n_args++ "]"
        else { type = p; sub(/ *[A-Za-z_0-9]+$/, "", type); one = "*(const " type " *)args[" n_args++ "]" }
        call = call (call == "" ? "" : ", ") one
    }
    call = c_name "(" call ")"
    name = "call_" (NR - 1)
    regex = c_name ~ /^dsc_regex_/
    if (regex) print "#if DSC_HAVE_PCRE2"
    print "static bool " name "(dsc_task *task, const dsc_type *const *types, const void *const *args, void *out, bool *some, const char **why)"
    print "{"
    print "    (void)task, (void)types, (void)args, (void)out, (void)some, (void)why;"
    if (!out) call = "*(" ret " *)out = " call
    print (ret == "bool" && out) ? "    return " call ";" : "    " call ";\n    return true;"
    print regex ? "}\n#endif\n" : "}\n"
    list = list (regex ? "#if DSC_HAVE_PCRE2\n    " name ",\n#else\n    NULL,\n#endif\n" : "    " name ",\n")
}
END { print "const RefCall ref_calls[] = {\n" list "};" }'
