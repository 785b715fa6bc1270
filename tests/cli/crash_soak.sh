# crash_soak.sh: loaded jobs are killed at random moments and started again, and what they leave is the truth: windows and
# states over a file into append, files and sqlite; and lines that are appended to a followed file and files put into a watched folder
# meanwhile, each line once. KILLS=N, `make soak` takes some hundreds. Prints how many there were. plain build only
. "$TOP/tests/cli_lib.sh"
wanted=${KILLS:-20}
RANDOM=${CRASH_SEED:-$$}
memory=$(mktemp -d /dev/shm/dsc-test.XXXXXX 2>/dev/null) && cd "$memory" && trap 'rm -rf "$memory"' EXIT

kills=0
# kill_some N COMMAND ..: until it has been killed N times, or ends.
kill_some() {
    local n=$1 i job status
    shift
    for ((i = 0; i < n; i++)); do
        "$@" --threads $((i % 3 + 1)) >>out 2>err &
        job=$!
        sleep "0.0$((RANDOM % 6))$((RANDOM % 10))"
        kill -KILL $job 2>/dev/null
        wait $job 2>/dev/null
        status=$?
        [[ $status -eq 137 || $status -eq 0 ]] || fail "kill $kills: exit status $status: $*"
        kills=$((kills + (status == 137)))
    done
}

awk -v n=$((wanted * 2000 + 10000)) 'BEGIN { srand(3); for (i = 0; i < n; i++) printf "w%d w%d %d\n", rand() * 40, rand() * 4000, i }' >in.txt
cat >load.ds <<'.'
batch 1s
checkpoint "ck" every 20ms
let words = source file("in.txt", perBatch: 10) | flatMap(_.words())
words | map((_, 1)) | reduceByKeyAndWindow(_ + _, 5s, 2s) | sink append("sums.txt")
words | map((_, 1)) | mapWithState((w, n, sum: int?) => (some((w, (sum ?? 0) + n)), some((sum ?? 0) + n)), timeout: 30s) | sink append("states.txt")
words | window(3s, 3s) | countByValue() | top(3, by: _.1) | sink files("top/n")
words | map((_, 0.1)) | reduceByKeyAndWindow((a, b) => max(a, b) + a, 3s, name: "odd") | count() | sink append("odd.txt")
.
CFLAGS=-O1 "$DSC" compile load.ds -o load >/dev/null 2>err || fail "load.ds"
left() { cat sums.txt states.txt odd.txt; for f in top/*; do echo "== $f"; cat "$f"; done; }
expect 0 ./load --durability none
left >expected
rm -rf ck sums.txt states.txt odd.txt top
kill_some "$wanted" ./load
expect 0 ./load --durability interval
left >found
cmp -s expected found || fail "$kills kills: $(diff expected found | head -n 5)"

cat >live.ds <<'.'
batch 10ms
checkpoint "ck.live" every 30ms
source file("grows.txt", follow: true) | map((_, 1)) | mapWithState((w, n, sum: int?) => (some((w, (sum ?? 0) + n)), some((sum ?? 0) + n)), maxKeys: 1_000_000) | sink append("followed.txt")
source dir("in") | sink append("found.txt")
.
CFLAGS=-O1 "$DSC" compile live.ds -o live >/dev/null 2>err || fail "live.ds"
mkdir in
: >grows.txt
./live >out 2>err &
job=$!
wait_for ls ck.live/log-000000000001
kill -KILL $job
wait $job 2>/dev/null
(
    for ((i = 0; i < 4000 && ! $(ls ended 2>/dev/null | wc -l); i++)); do
        echo "line $i" >>grows.txt
        if ((i % 4 == 0)); then
            seq "$((i * 10))" "$((i * 10 + 30))" >aside
            mv aside "in/f$i"
        fi
        sleep 0.004
    done
) &
feeder=$!
kill_some $((wanted / 2)) ./live
touch ended
wait $feeder
./live >out 2>err &
job=$!
all_there() { [[ $(wc -l <followed.txt) -ge $(wc -l <grows.txt) && $(wc -l <found.txt) -ge $(cat in/* | wc -l) ]]; }
wait_for all_there
kill -INT $job
ended $job 0
sed 's/.*/(&,1)/' grows.txt | cmp -s - followed.txt || fail "$kills kills: what is followed: $(sed 's/.*/(&,1)/' grows.txt | diff - followed.txt | head -n 5)"
cat in/* | sort >expected
sort found.txt | cmp -s expected - || fail "$kills kills: what came into a folder: $(sort found.txt | diff expected - | head -n 5)"
((kills > 0)) || fail "nothing was killed"
echo "count: $kills kills; $(wc -l <in.txt) lines read, $(wc -l <grows.txt) followed, $(wc -l <found.txt) from files that came"
exit 0
