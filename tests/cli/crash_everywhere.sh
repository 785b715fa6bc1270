# crash_everywhere.sh: programs of every source, operator with state, and sink, in which any call goes wrong (tests/crash), and
# which are started again. A sample: SOAK=1 takes every source with every operator and every sink, CRASH_POINTS=N as many
# places of each kind in a program (0: all). Prints how many there were. plain build only
. "$TOP/tests/cli_lib.sh"
. "$TOP/tests/crash/matrix.sh"
points=${CRASH_POINTS:-${SOAK:+3}}
points=${points:-1}
seed=${CRASH_SEED:-$RANDOM}
folder base
[[ -n $(ldconfig -p 2>/dev/null | grep libsqlite3) ]] || sinks=("${sinks[@]/sqlite/append}")

programs=0
try() {
    local name=$1.$2.$3 options=() every
    case $1 in
    stdin) options=(--stdin in.txt) ;;
    pipe) options=(--pipe in.txt:3) ;;
    exec) options=(--pipe feed:3) ;;
    esac
    programs=$((programs + 1))
    ((programs % 2)) && every=1us || every=1h
    rm -rf case*
    cp -r base case
    program "$1" "$2" "$3" case "$every" >case/job.ds
    (cd case && CFLAGS=-O1 "$DSC" compile job.ds -o ../job) >err 2>&1 || fail "$name: $(cat err case/job.ds)"
    timeout "$((LIMIT * 3))" "$B/crash/everywhere" --points "$points" --seed "$((seed + programs))" --again again.txt "${options[@]}" \
        case "$PWD/job" >>tried 2>err || fail "$name, every $every, seed $((seed + programs)): $(tail -n 1 case/job.ds)
$(cat err)"
}

if [[ -n ${SOAK:-} ]]; then
    for s in "${sources[@]}"; do for o in "${operators[@]}"; do for k in "${sinks[@]}"; do try "$s" "$o" "$k"; done; done; done
else
    for ((i = 0; i < ${#operators[@]}; i++)); do
        try "${sources[i % ${#sources[@]}]}" "${operators[i]}" "${sinks[(i * 3 + seed) % ${#sinks[@]}]}"
    done
    for ((i = 0; i < ${#sources[@]} * ${#sinks[@]}; i++)); do
        try "${sources[i / ${#sinks[@]}]}" "${operators[(i + seed) % ${#operators[@]}]}" "${sinks[i % ${#sinks[@]}]}"
    done
fi
awk -v programs=$programs '{ places += $2; tried += $3; deaths += $4; kind[$1] += $3 }
    END { printf "count: %d programs, %d places, %d tried, %d kills:", programs, places, tried, deaths
        for (k in kind) printf " %s %d", k, kind[k]; print "" }' tried
exit 0
