# sqlite.sh: rows in a database: their types, rows that take the place of others, errors; and each batch once, wherever the
# process is killed. plain build only
. "$TOP/tests/cli_lib.sh"
command -v sqlite3 >/dev/null || skip "there is no sqlite3 to look with"

cat >types.ds <<'END'
batch 1s
let p = source queue([[("it's \"a\"", 1, 1.5), ("b", 9223372036854775807, -0.0)], [("ü", -3, 0.1)], []])
p | map((w, n, x) => { word: w, n, x, at: batchTime(), d: 90s, o: (if n > 1 then some(n) else none), l: [(n, w)], ok: n > 1 })
  | sink sqlite("a.db", table: "every type")
p | map((w, n, x) => (n % 2, w)) | sink sqlite("a.db", table: "last", key: "k", columns: "k, word")
p | map(_.0) | sink sqlite("a.db", table: "words")
END
expect 0 "$DSC" run types.ds
sqlite3 -separator '|' a.db 'select *, typeof(n), typeof(x), typeof(at), typeof(o) from "every type"; select * from last order by k; select c1 from words; select count(*) from sqlite_master' >found
cat >expected <<'END'
it's "a"|1|1.5|1970-01-01T00:00:01Z|90000000||[[1,"it's \"a\""]]|0|integer|real|text|null
b|9223372036854775807|-0.0|1970-01-01T00:00:01Z|90000000|9223372036854775807|[[9223372036854775807,"b"]]|1|integer|real|text|integer
ü|-3|0.1|1970-01-01T00:00:02Z|90000000||[[-3,"ü"]]|0|integer|real|text|null
-1|ü
1|b
it's "a"
b
ü
3
END
sed -i 's/|0\.0|/|-0.0|/' found
same expected found

# Errors are of the batch, and nothing of it is there.
sqlite3 b.db 'create table t (n integer check (n < 3)); create table other (a, b)'
echo 'source queue([[1, 2], [2, 3], [1]]) | sink sqlite("b.db", table: "t", columns: "n")' >wrong.ds
expect 1 "$DSC" run wrong.ds
says err 'cannot write a row in b.db: CHECK constraint failed'
[[ $(sqlite3 b.db 'select group_concat(n) from t') == 1,2 ]] || fail "a part of a batch is there"
echo 'source queue([[1]]) | sink sqlite("b.db", table: "other", columns: "c")' >wrong.ds
expect 1 "$DSC" run wrong.ds
says err 'has no column named c'
echo 'param column: string = "nope"; source queue([[1]]) | sink sqlite("b.db", table: "u", key: column)' >wrong.ds
expect 1 "$DSC" run wrong.ds
says err '`key` is "nope", and not all of that are columns'
echo 'source queue([[1]]) | sink sqlite("no/such/c.db", table: "t")' >wrong.ds
expect 1 "$DSC" run wrong.ds
says err 'cannot open the database in no/such/c.db'
echo text >text.db
for i in {1..200}; do echo text >>text.db; done
echo 'source queue([[1]]) | sink sqlite("text.db", table: "t")' >wrong.ds
expect 1 "$DSC" run wrong.ds
says err 'file is not a database'

# Killed at every third place.
cat >job.ds <<'END'
batch 1s
checkpoint "ck" every 1h
let words = source queue([["a", "b"], ["a"], [], ["c", "a"], ["b"]])
words | map((_, 1)) | updateStateByKey((ns, n) => some((n ?? 0) + ns.sum())) | sink sqlite("k.db", table: "counts", key: "word", columns: "word, n")
words | map((batchTime(), _)) | sink sqlite("k.db", table: "seen", columns: "at, word")
words | sink append("words.txt")
END
dump() { sqlite3 k.db 'select * from counts order by word; select * from seen'; cat words.txt; }
sed 's/"ck"/"ck2"/; s/words.txt/words2.txt/; s/"counts"/"counts2"/; s/"seen"/"seen2"/' job.ds >other.ds    # a job beside it, with sinks of the same names
DSC_CRASH_AT=0 "$DSC" run --threads 1 job.ds >/dev/null 2>err || fail "exit status $?"
places=$(sed -n 's/^dsc: \([0-9]*\) places.*/\1/p' err)
[[ $places -ge 40 ]] || fail "only $places places"
dump >expected
exec 3>&2 2>killed.log             # what the shell says of killed processes
for ((n = 1 + RANDOM % 3; n <= places; n += 3)); do
    rm -rf ck k.db* words.txt
    (DSC_CRASH_AT=$n "$DSC" run --threads 1 job.ds) >/dev/null 2>&1
    ((n % 5)) || expect 0 "$DSC" run --fresh other.ds
    ((n % 2)) || (DSC_CRASH_AT=$((n % 13 + 1)) "$DSC" run --threads 1 job.ds) >/dev/null 2>&1
    expect 0 "$DSC" run job.ds
    dump >found
    cmp -s expected found || fail "place $n: $(diff expected found)"
done

# Another database than the one that the job had written to.
rm k.db
expect 0 "$DSC" run job.ds
says err 'sqlite: the database has no note of the batch 5000 ms, which was written to it'
exit 0
