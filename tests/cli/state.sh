# state.sh: `dsc state` and `dsc log` show what a checkpoint holds, of any type, and refuse what is none.
. "$TOP/tests/cli_lib.sh"

cat >job.ds <<'END'
checkpoint "ck"
type Seen = { n: int, names: [string], last: float?, ok: bool }
fn seen(vs: [(string, float)], s: Seen?): Seen? = {
  let old = s ?? { n: 0, names: ([] : [string]), last: none, ok: false }
  some({ n: old.n + vs.size(), names: old.names + vs.map(v => v.0), last: vs.map(v => v.1).last(), ok: vs.size() > 0 })
}
let pairs = source queue([[((1, "x"), ("a", 0.5)), ((2, "a \"long\" key of more than sixteen bytes"), ("b", 1.5))], [((1, "x"), ("c", 2.5))]])
pairs | updateStateByKey(seen, name: "seen") | sink discard()
pairs | map((k, v) => (k.0, v.1)) | reduceByKeyAndWindow(_ + _, 2s, name: "sums") | sink discard()
pairs | window(2s, name: "raw") | sink discard()
END
expect 0 "$DSC" run job.ds
expect 0 "$DSC" state ls ck
says out 'batch 2000 ms'
says out 'seen  updateStateByKey  2 keys'
says out 'sums  reduceByKeyAndWindow  2 keys'
says out 'raw  window  2 panes'
expect 0 "$DSC" state export ck seen
cat >expected <<'END'
{"key":[1,"x"],"value":{"n":2,"names":["a","c"],"last":2.5,"ok":true}}
{"key":[2,"a \"long\" key of more than sixteen bytes"],"value":{"n":1,"names":["b"],"last":null,"ok":false}}
END
same expected out
expect 0 "$DSC" state get ck seen '(1,x)'
tail -n +1 expected | sed -n '1s/.*"value":\(.*\)}$/\1/p' >one
same one out
expect 0 "$DSC" state export ck seen --csv
cat >table <<'END'
key.0,key.1,value.n,value.names,value.last,value.ok
1,x,2,"[""a"",""c""]",2.5,true
2,"a ""long"" key of more than sixteen bytes",1,"[""b""]",,false
END
same table out
expect 0 "$DSC" state get --csv ck seen '(1,x)'
head -n 2 table | diff - out || fail "get --csv"
expect 0 "$DSC" state ls --csv ck
says out 'name,operator,keys,panes,bytes'
says out 'seen,updateStateByKey,2,,'
says out 'raw,window,,2,'
expect 0 "$DSC" state ls --json ck
says out '{"name":"seen","operator":"updateStateByKey","keys":2,"bytes":'
says out '{"name":"raw","operator":"window","panes":2,"bytes":'
expect 1 "$DSC" state get ck seen '(3,x)'
says err 'has no key (3,x)'
expect 1 "$DSC" state get ck unseen x
says err 'there is no state `unseen`'
expect 1 "$DSC" state export ck sums
says err 'is a window'
expect 2 "$DSC" state
expect 2 "$DSC" log
mkdir empty
expect 1 "$DSC" state ls empty
says err 'is no folder of a checkpoint'
expect 1 "$DSC" state ls nowhere
expect 0 "$DSC" log ck
[[ $(wc -l <out) -eq 3 ]] || fail "not three records"
says out '{"record":3,"end":true}'
grep -q '"sinks":.*,"scheduling_delay_ms":0.000,"processing_ms":[0-9]*[.][0-9][0-9][0-9]}$' out || fail "no delays"
expect 0 "$DSC" log empty
silent out

# A batch that has to wait for the one before says so.
expect 0 "$DSC" run --quiet --batches 2 --checkpoint slow -e 'batch 50ms; source rate(1000) | sink exec("sleep 0.3; cat")'
expect 0 "$DSC" log slow
late=$(sed -n '2s/.*"scheduling_delay_ms":\([0-9]*\).*/\1/p' out)
((late >= 200)) || fail "the second batch was begun $late ms late"

# Damage is said, and nothing falls over it.
for f in ck/snapshot-*; do printf 'x' | dd of="$f" bs=1 seek=100 conv=notrunc 2>/dev/null; done
expect 1 "$DSC" state ls ck
says err 'no snapshot in ck is whole'
exit 0
