# replay.sh: batches that a checkpoint keeps run again to the same bytes, and touch no sink.
. "$TOP/tests/cli_lib.sh"

run() { expect "$1" "$DSC" run "${@:2}"; }
replay() { expect "$1" "$DSC" replay "${@:2}"; }

# All kinds of state, input from a file, in three processes, the last with another param.
cat >words.ds <<'END'
param most: int = 5
checkpoint "ck" every 1h keep 7d
let words = source file("in.txt", perBatch: 3) | flatMap(_.words()) | filter(_.length() < most)
words
  | map((_, 1))
  | updateStateByKey((ns, sum) => some((sum ?? 0) + ns.sum()), name: "counts")
  | sink append("counts.txt", name: "counts.txt")
words
  | map((_, 1))
  | reduceByKeyAndWindow(_ + _, 3s, 2s)
  | sink append("windows.txt", name: "windows.txt") as json
END
for i in $(seq 40); do echo "a b c$((i % 4)) dd$i"; done >in.txt
run 0 words.ds --batches 3
run 0 words.ds --batches 4
run 0 words.ds --most 4
mkdir real
mv counts.txt windows.txt real
find ck -type f -exec md5sum {} + | sort >before

# The whole, to files: what the sinks got. Nothing else changes, and the input is in the log.
mv in.txt gone.txt
replay 0 ck --to again
silent err
same real/counts.txt again/counts.txt
same real/windows.txt again/windows.txt
[[ ! -e counts.txt && ! -e windows.txt ]] || fail "a replay wrote to a sink"
find ck -type f -exec md5sum {} + | sort | diff before - >out || fail "a replay changed the folder"
replay 1 ck --to again
says err 'cannot make again/counts.txt: File exists'
