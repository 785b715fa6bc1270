# shellcheck shell=bash disable=SC2034
# lib.sh: what the test scripts share. Sourced by bash, in the top folder of the sources.
#
# A test is named by its file without the ending: lang/wordcount, cli/help. Its
# result is one line in build/results/all: "ok NAME", "FAIL NAME" or
# "skip NAME: reason"; names of a sanitizer's run begin with its name.

TOP=$PWD
VARIANT=${DSC_VARIANT:-}
B=$TOP/build${VARIANT:+/$VARIANT}
DSC=$B/dsc
RESULTS=$TOP/build/results
LABEL=${VARIANT:+$VARIANT:}
# Seconds after which a run counts as hanging.
LIMIT=${DSC_TEST_LIMIT:-${VARIANT:+1}60}

# Nothing of the caller's surroundings shows in a result.
export LC_ALL=C NO_COLOR=1
unset CFLAGS COLUMNS MAKEFLAGS MAKELEVEL MFLAGS
export ASAN_OPTIONS=${ASAN_OPTIONS:-abort_on_error=0:exitcode=99}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:exitcode=99}
export TSAN_OPTIONS=${TSAN_OPTIONS:-exitcode=99}

# One write each, so that lines of tests that run at the same time do not mix.
passed() { printf 'ok %s\n' "$LABEL$1" >>"$RESULTS/all"; }
skipped() { printf 'skip %s: %s\n' "$LABEL$1" "$2" >>"$RESULTS/all"; }
# failed NAME TEXT: also shows what went wrong.
failed() {
    printf 'FAIL %s\n' "$LABEL$1" >>"$RESULTS/all"
    printf 'FAIL %s\n%s\n' "$LABEL$1" "$(printf '%s\n' "$2" | sed 's/^/    /' | head -n "${DSC_TEST_LINES:-60}")"
}

# difference EXPECTED FOUND: the first lines in which two files differ.
difference() { diff -u --label expected --label found "$1" "$2" | cat -A | sed 's/\$$//' | head -n 40; }

# split FILE DIR: a test's sections as files of DIR: a section `--- name words` is
# DIR/name, with its words in DIR/name.words; `--- file NAME` is DIR/files/NAME.
# The word `escapes` says that the text is one for printf %b, without its last line end.
split() {
    local file=$1 dir=$2 line body='' target='' escapes=''
    mkdir -p "$dir/files"
    while IFS= read -r line || [[ -n $line ]]; do
        if [[ $line == '--- '* ]]; then
            section_end
            set -f
            # shellcheck disable=SC2086
            set -- $line
            set +f
            local kind=$2
            shift 2
            if [[ $kind == file ]]; then
                target=files/$1
                mkdir -p "$(dirname "$dir/$target")"
                shift
            else
                target=$kind
                printf '%s' "$*" >"$dir/$kind.words"
            fi
            [[ " $* " == *' escapes '* ]] && escapes=yes || escapes=''
            body=''
        else
            body+=$line$'\n'
        fi
    done <"$file"
    section_end
}

section_end() {
    [[ -n $target ]] || return 0
    if [[ -n $escapes ]]; then
        printf '%b' "${body%$'\n'}" >"$dir/$target"
    else
        printf '%s' "$body" >"$dir/$target"
    fi
}

# section_replace FILE SECTION TEXTFILE: puts another text under `--- SECTION`.
section_replace() {
    awk -v section="$2" -v text="$3" '
        /^--- / { inside = 0 }
        !inside
        $1 == "---" && $2 == section {
            inside = 1
            while ((getline line < text) > 0) print line
        }' "$1" >"$1.new" && mv "$1.new" "$1"
}
