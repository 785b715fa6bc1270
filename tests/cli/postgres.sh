# postgres.sh: rows in a PostgreSQL database: their types, rows that take the place of others, errors, a server that goes; and
# each batch once, wherever the process is killed. The server is one of its own. plain build only
. "$TOP/tests/cli_lib.sh"

bin=$(for f in /usr/lib/postgresql/*/bin/initdb; do [[ ! -x $f ]] || dirname "$f"; done | sort -V | tail -n 1)
[[ -n $bin ]] || bin=$(command -v initdb >/dev/null && dirname "$(command -v initdb)")
[[ -n $bin && -x $bin/postgres && -x $bin/psql ]] || skip "there is no PostgreSQL server (the package postgresql)"
echo 'source queue([[1]]) | sink postgres("none", table: "t")' >none.ds
PGHOST=$PWD "$DSC" run none.ds >out 2>err
grep -q 'libpq.so.5, is not installed' err && skip "there is no libpq.so.5 (the package libpq5)"

# ---- a server ------------------------------------------------------------------------

# The server refuses to run as root.
as=()
chmod 711 .
mkdir pg
if [[ $(id -u) -eq 0 ]]; then
    user=postgres
    id -u $user >/dev/null 2>&1 || user=nobody
    as=(setpriv --reuid="$user" --regid="$(id -g $user)" --clear-groups)
    chown $user pg
fi
(cd pg && "${as[@]}" "$bin/initdb" -D data -U tester --auth=trust -E UTF8 --locale=C --no-sync) >init.log 2>&1 ||
    skip "initdb does not run here: $(tail -n 1 init.log)"
cat >pg/data/pg_hba.conf <<'END_HBA'
local all all trust
host all guarded 127.0.0.1/32 scram-sha-256
host all all 127.0.0.1/32 trust
END_HBA

server=
export PGHOST=$PWD/pg PGUSER=tester PGDATABASE=postgres PGPORT
start_server() {
    local try i
    for ((try = 0; try < 5; try++)); do
        [[ -n ${PGPORT:-} && $try -eq 0 ]] || PGPORT=$((20000 + RANDOM % 12000))
        (cd pg && exec "${as[@]}" "$bin/postgres" -D data -k "$PWD" -h 127.0.0.1 -p "$PGPORT" -F -c max_connections=20 -c shared_buffers=8MB \
            -c synchronous_commit=off) >>server.log 2>&1 4>&- &
        server=$!
        for ((i = 0; i < 400; i++)); do
            "$bin/pg_isready" -q && return 0
            kill -0 "$server" 2>/dev/null || break
            sleep 0.05
        done
    done
    skip "no PostgreSQL server starts here: $(tail -n 1 server.log)"
}
# stop_server SIGNAL: INT: at once, QUIT: as if it had crashed.
stop_server() {
    [[ -n $server ]] || return 0
    kill "-$1" "$server" 2>/dev/null
    wait "$server" 2>/dev/null
    server=
}
trap 'stop_server INT' EXIT
start_server
sql() { "$bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 -c "$1"; }

# ---- types -----------------------------------------------------------------------------

cat >raw.c <<'END_C'
#include "dsc_abi.h"
dsc_str raw(dsc_task *task, dsc_str s) { (void)task; return s; }
END_C
cat >types.ds <<'END_DS'
batch 1s
param into: string = "Every \"type\""
extern fn raw(s: string): bytes = "raw.c"

let p = source queue([[("it's \"a\" \\ \t\r\n|\\N", 1, 1.5), ("b", 9223372036854775807, -1.0 / 0.0)], [("ü€𝄞", -3, 0.1), ("", 4, 0.0 / 0.0)], []])
p | map((w, n, x) => { word: w, n, x, at: batchTime(), d: -90ms, o: (if n > 1 then some(n) else none), l: [(n, w)], ok: n > 1, raw: raw(w) })
  | sink postgres("postgres", table: into)
p | map((w, n, x) => (n % 2, w)) | sink postgres("dbname=postgres", table: "last", key: "k", columns: "k, word")
p | map(_.0) | sink postgres("postgresql:///postgres", table: "words")
END_DS
rows() { sql "set timezone = 'UTC'; select row_to_json(t) from $1 t"; }
expect 0 "$DSC" run types.ds
silent err
{ rows '"Every ""type"""'; rows '(select * from last order by k)'; rows words; } >found
cat >expected <<'END_ROWS'
{"word":"it's \"a\" \\ \t\r\n|\\N","n":1,"x":1.5,"at":"1970-01-01T00:00:01+00:00","d":"-00:00:00.09","o":null,"l":[[1, "it's \"a\" \\ \t\r\n|\\N"]],"ok":false,"raw":"\\x6974277320226122205c20090d0a7c5c4e"}
{"word":"b","n":9223372036854775807,"x":"-Infinity","at":"1970-01-01T00:00:01+00:00","d":"-00:00:00.09","o":9223372036854775807,"l":[[9223372036854775807, "b"]],"ok":true,"raw":"\\x62"}
{"word":"ü€𝄞","n":-3,"x":0.1,"at":"1970-01-01T00:00:02+00:00","d":"-00:00:00.09","o":null,"l":[[-3, "ü€𝄞"]],"ok":false,"raw":"\\xc3bce282acf09d849e"}
{"word":"","n":4,"x":"NaN","at":"1970-01-01T00:00:02+00:00","d":"-00:00:00.09","o":4,"l":[[4, ""]],"ok":true,"raw":"\\x"}
{"k":-1,"word":"ü€𝄞"}
{"k":0,"word":""}
{"k":1,"word":"b"}
{"c1":"it's \"a\" \\ \t\r\n|\\N"}
{"c1":"b"}
{"c1":"ü€𝄞"}
{"c1":""}
END_ROWS
same expected found
expect 0 "$DSC" compile types.ds -o types
expect 1 ./types --into=exe.types
says err 'schema "exe" does not exist'
sql 'create schema exe'
expect 0 ./types --into=exe.types
{ rows exe.types; rows '(select * from last order by k)'; rows '(select * from words limit 4)'; } | diff expected - || fail "the executable writes otherwise"

# ---- rows that take the place of others ---------------------------------------------------

sql "create table kept (n int, note text default 'by hand', word varchar(5) unique); insert into kept values (0, 'old', 'a'), (0, 'old', 'z')"
cat >upsert.ds <<'END_DS'
let p = source queue([[("a", 1), ("b", 2), ("a", 3)], [("b", 4), ("b", 5), ("c", 6)]])
p | sink postgres("postgres", table: "public.kept", key: "word", columns: "word, n")
p | map((w, n) => (n % 2, w)) | sink postgres("postgres", table: "pairs", key: "c1, c2")
END_DS
expect 0 "$DSC" run upsert.ds
[[ $(sql 'select * from kept order by word') == $'3|old|a\n5|by hand|b\n6|by hand|c\n0|old|z' ]] || fail "kept: $(sql 'select * from kept')"
[[ $(sql 'select * from pairs order by 1, 2') == $'0|b\n0|c\n1|a\n1|b' ]] || fail "pairs: $(sql 'select * from pairs')"

# Large: a row of 5 MB, and 200,000 rows of as many keys.
echo 'source queue([["ab" , "\\"]]) | map(s => (s, s.repeat(2500000))) | sink postgres("postgres", table: "huge")' >huge.ds
expect 0 "$DSC" run huge.ds
[[ $(sql "select c2 = repeat(c1, 2500000) from huge") == $'t\nt' ]] || fail "a long text has changed"
echo 'source rate(200000, count: 200000) | map((n, t) => (n, n * 2)) | sink postgres("postgres", table: "many", key: "c1")' >many.ds
expect 0 "$DSC" run many.ds
[[ $(sql "select count(*), sum(c2) from many") == '200000|40000200000' ]] || fail "not 200,000 rows: $(sql 'select count(*), sum(c2) from many')"

# ---- errors: of the batch, and nothing of it is there ----------------------------------------

sql 'create table t (n int check (n < 3)); create table other (a int, b text);
    create table late (n int unique deferrable initially deferred); create role limited login; create role guarded login password $$sesame$$'
# wrong REST TEXT ..: a program that gives two pairs to the rest of it ends with an error, of one line, that has these texts.
wrong() {
    echo "source queue([[(\"x\", 1), (\"y\", 3)]]) | $1" >wrong.ds
    shift
    expect 1 "$DSC" run wrong.ds
    for text; do says err "$text"; done
    [[ $(wc -l <err) -eq 1 ]] || fail "an error of several lines: $(cat err)"
}
wrong 'map(_.1) | sink postgres("postgres", table: "t", columns: "n")' "postgres: cannot write rows in postgres at $PGHOST:$PGPORT: " \
    'violates check constraint "t_n_check": Failing row contains (3)'
[[ $(sql 'select count(*) from t') == 0 ]] || fail "a part of a batch is there"
wrong 'sink postgres("postgres", table: "other")' 'column "c1" of relation "other" does not exist' '`columns:` gives the columns other names'
wrong 'sink postgres("postgres", table: "other", columns: "a, b")' 'invalid input syntax for type integer: "x"' \
    'COPY other, line 1, column a: "x"' 'the column is of another type than the value'
wrong 'map(_.1) | sink postgres("postgres", table: "other", columns: "a", key: "a")' 'no unique or exclusion constraint' 'CREATE UNIQUE INDEX'
wrong 'map(_.1 * 3000000000) | sink postgres("postgres", table: "t", columns: "n")' 'out of range for type integer' 'too small for the value'
wrong 'map(_.0 + "\0") | sink postgres("postgres", table: "nul")' 'a string for the column c1 has the character 0' 'replace it before'
wrong 'map([_.0 + "\0"]) | sink postgres("postgres", table: "nuls")' '\u0000 cannot be converted' 'replace it before'
printf 'a\xff\n' >bytes.txt
expect 1 "$DSC" run -e 'source file("bytes.txt") | sink postgres("postgres", table: "bytes")'
says err 'invalid byte sequence for encoding "UTF8": 0xff'
says err 'strings must be UTF-8'
wrong 'map(p => 7) | sink postgres("postgres", table: "late", columns: "n")' 'duplicate key value violates unique constraint'
wrong 'sink postgres("user=limited dbname=postgres", table: "nowhere")' 'cannot make the table' 'permission denied' 'GRANT'
wrong 'sink postgres("user=limited dbname=postgres", table: "t", columns: "n, m")' 'cannot write rows of this type to the table'
sql 'revoke temp on database postgres from public; grant insert on t to limited'
wrong 'map(_.1) | sink postgres("user=limited dbname=postgres", table: "t", columns: "n")' 'violates check constraint'
wrong 'sink postgres("host=127.0.0.1 port=1 dbname=postgres", table: "t")' '127.0.0.1' 'port 1 ' 'Connection refused' 'does `conninfo` say where the server is'
wrong 'sink postgres("dbname=nowhere", table: "t")' 'database "nowhere" does not exist'
wrong 'sink postgres("host=localhost hots=x", table: "t")' '`conninfo` cannot be read: invalid connection option "hots"'
wrong 'sink postgres("", table: "t")' '`conninfo` says no place'
secret() { if grep -rq "$1" err out ck 2>/dev/null; then fail "the password is shown: $(grep -r "$1" err out ck)"; fi; }
wrong 'sink postgres("host=127.0.0.1 user=guarded password=swordfish dbname=postgres", table: "t")' 'password authentication failed for user "guarded"' PGPASSWORD
secret swordfish
wrong 'sink postgres("host=localhost password=open swordfish", table: "t")' '`conninfo` cannot be read;'
secret swordfish
wrong 'sink postgres("postgresql://guarded:sword%fish@localhost/postgres", table: "t")' '`conninfo` cannot be read;'
secret 'sword%'
param='param column: string = "nope"; source queue([[1]]) | sink postgres("postgres", table: "t", key: column)'
expect 1 "$DSC" run -e "$param"
says err '`key` is "nope", and not all of that are columns'
expect 2 "$DSC" check -e 'source queue([[1]]) | sink postgres("postgres", table: "t", key: "nope")'
says err 'E0423'
sql 'grant create on schema public to guarded; grant temp on database postgres to public'
expect 0 "$DSC" run --checkpoint ck --verbose --metrics out -e \
    'source queue([["a"]]) | sink postgres("host=127.0.0.1 user=guarded password=sesame dbname=postgres", table: "by_guarded", key: "c1")'
[[ $(sql 'select c1 from by_guarded') == a ]] || fail "nothing was written with the right password"
# The text of the program is kept, since `dsc replay` needs it.
rm ck/program-*
secret sesame
rm -rf ck
PGPASSWORD=sesame expect 0 "$DSC" run --checkpoint ck --verbose --metrics out -e \
    'source queue([["b"]]) | sink postgres("host=127.0.0.1 user=guarded dbname=postgres", table: "by_guarded", key: "c1")'
[[ $(sql 'select count(*) from by_guarded') == 2 ]] || fail "nothing was written with PGPASSWORD"
secret sesame
rm -rf ck

# ---- a server that goes -----------------------------------------------------------------------

# Between two batches: there is a second try.
mkfifo in
"$DSC" run -e 'batch 50ms; source stdin(live: true) | sink postgres("postgres", table: "lines")' <in >out 2>err &
job=$!
exec 4>in
has() { [[ $(sql "$1" 2>/dev/null) == "$2" ]]; }
echo one >&4
wait_for has 'select count(*) from lines' 1
stop_server QUIT
start_server
echo two >&4
wait_for has 'select count(*) from lines' 2
exec 4>&-
ended $job 0
says err 'was lost between two batches; connected again'

# Within a batch: an error of the batch.
sql "create table slow (n bigint); create table going (n bigint);
    create function sleep() returns trigger language plpgsql as 'begin perform pg_sleep(tg_argv[0]::float); return new; end';
    create trigger sleep before insert on slow for each row execute function sleep(600);
    create trigger sleep before insert on going for each row execute function sleep(0.005)"
"$DSC" run -e 'source queue([[1]]) | sink postgres("postgres", table: "slow", columns: "n")' >out 2>err &
job=$!
wait_for has "select count(pg_terminate_backend(pid)) from pg_stat_activity where wait_event = 'PgSleep'" 1
ended $job 1
says err 'postgres: cannot write rows in postgres at '
says err 'the connection is lost. Start again when the server is there'

# At any time: the job ends with an error, and goes on where it was.
seq 240 >in.txt
cat >going.ds <<'END_DS'
checkpoint "ck" every 100ms
let n = source file("in.txt", perBatch: 2) as json(int)
n | sink postgres("postgres", table: "going", columns: "n")
n | map((_ % 5, _)) | updateStateByKey((ns, sum: int?) => some((sum ?? 0) + ns.sum())) | sink postgres("postgres", table: "sums", key: "c1")
END_DS
for i in 1 2 3; do
    "$DSC" run going.ds >out 2>err &
    job=$!
    wait_for has "select count(*) > $((i * 40)) from going" t
    stop_server QUIT
    ended $job 1
    says err 'postgres: '
    start_server
done
expect 0 "$DSC" run going.ds
[[ $(sql 'select count(*), count(distinct n), sum(n) from going') == '240|240|28920' ]] || fail "rows are lost or there twice"
[[ $(sql 'select sum(c2), count(*) from sums') == '28920|5' ]] || fail "sums are wrong"

# ---- killed at some places --------------------------------------------------------------------

cat >job.ds <<'END_DS'
batch 1s
checkpoint "ck" every 1h
let words = source queue([["a", "b"], ["a"], [], ["c", "a"], ["b"]])
words | map((_, 1)) | updateStateByKey((ns, n) => some((n ?? 0) + ns.sum())) | sink postgres("postgres", table: "counts", key: "word", columns: "word, n")
words | map((batchTime(), _)) | sink postgres("postgres", table: "seen", columns: "at, word")
words | filter(_ == "b") | sink postgres("postgres", table: "bs", name: "it's b")
words | sink append("words.txt")
END_DS
dump() { sql 'select * from counts order by word; select * from seen; select * from bs'; cat words.txt; }
rm -rf ck
DSC_CRASH_AT=0 "$DSC" run --threads 1 job.ds >/dev/null 2>err || fail "exit status $?: $(cat err)"
places=$(sed -n 's/^dsc: \([0-9]*\) places.*/\1/p' err)
[[ $places -ge 40 ]] || fail "only $places places"
dump >expected
exec 3>&2 2>killed.log             # what the shell says of killed processes
for ((n = 1 + RANDOM % 5; n <= places; n += places / ${CRASHES:-16} + 1)); do
    rm -rf ck words.txt
    sql 'drop table if exists counts, seen, bs, dsc_batches' 2>/dev/null
    (DSC_CRASH_AT=$n "$DSC" run --threads 1 job.ds) >/dev/null 2>&1
    ((n % 2)) || (DSC_CRASH_AT=$((n % 13 + 1)) "$DSC" run --threads 1 job.ds) >/dev/null 2>&1
    expect 0 "$DSC" run job.ds
    dump >found
    cmp -s expected found || fail "place $n: $(diff expected found)"
done

# A process that comes after waits until the server is done with what the one before had sent.
"$bin/psql" -X -q -c 'select pg_advisory_lock(job) from dsc_batches limit 1' -c 'select pg_sleep(600)' >/dev/null 2>&1 &
holder=$!
wait_for has "select count(*) from pg_locks where locktype = 'advisory' and granted" 1
"$DSC" run job.ds >out 2>err &
job=$!
wait_for has "select count(*) from pg_locks where locktype = 'advisory' and not granted" 1
kill $holder
sql 'select pg_terminate_backend(pid) from pg_stat_activity where query like $$%pg_sleep(600)%$$ and pid <> pg_backend_pid()' >/dev/null
ended $job 0
dump | cmp -s expected - || fail "a batch is there twice"
exit 0
