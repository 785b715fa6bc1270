#!/bin/sh
# lists.sh: a tool of the build: the lists of all operators and all connectors and formats, from the
# marker lines that their files end in.
#
#     lists.sh ops FILE..      DSC_OPS(op_map, op_filter)
#     lists.sh conns FILE..    DSC_SOURCE(src_file)  DSC_SINK(snk_print)  DSC_FORMAT(fmt_csv, fmt_tsv)
set -eu
LC_ALL=C
export LC_ALL

what=$1
shift

# names MARKER FILE..: what stands in the brackets, one a line, in the order of the files' names.
names() {
    marker=$1
    shift
    [ $# -gt 0 ] || return 0
    printf '%s\n' "$@" | sort | xargs sed -n "s/^$marker(\(.*\)).*/\1/p" | tr -d ' ' | tr , '\n'
}

# array TYPE LIST NAMES: an array of pointers to the definitions.
array() {
    for name in $3; do echo "extern const $1 $name;"; done
    echo
    echo "const $1 *const $2[] = {"
    for name in $3; do echo "    &$name,"; done
    echo "    NULL"
    echo "};"
}

case $what in
ops)
    list=$(names DSC_OPS "$@")
    printf '/* Made from ops/op_*.c. */\n#include "opdef.h"\n\n'
    array OpDef all_ops "$list"
    printf '\nconst int n_all_ops = %d;\n' "$(echo "$list" | wc -w)"
    ;;
conns)
    printf '/* Made from source/src_*.c, sink/snk_*.c and format/fmt_*.c. */\n#include "dsc_conn.h"\n\n'
    array dsc_source_def dsc_all_sources "$(names DSC_SOURCE "$@")"
    echo
    array dsc_sink_def dsc_all_sinks "$(names DSC_SINK "$@")"
    echo
    array dsc_format_def dsc_all_formats "$(names DSC_FORMAT "$@")"
    ;;
stdlib)
    # after the arrays that build/embed makes of the same files
    echo
    echo "const Library libraries[] = {"
    for file in "$@"; do
        name=$(basename "$file" .ds)
        echo "    {\"$name\", (const char *)embed_stdlib_$name, &embed_stdlib_${name}_size},"
    done
    echo "    {NULL, NULL, NULL}"
    echo "};"
    ;;
*)
    echo "lists.sh: unknown list $what" >&2
    exit 2
    ;;
esac
