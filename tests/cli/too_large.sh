#!/bin/bash
# too_large.sh: [E0124], a program of more words than dsc takes, is said and not tried. (plain build only: one pass of the parser over megabytes)
. "$TOP/tests/cli_lib.sh"

{
    printf 'source queue([['
    yes '1,' | head -n 2500000
    echo '1]]) | sink discard()'
} >large.ds
expect 2 "$DSC" check large.ds
says err 'error[E0124]'
exit 0
