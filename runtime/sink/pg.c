/* pg.c: see pg.h. */
#define _GNU_SOURCE
#include "pg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PgDb *pg_db(const SqlSink *s) { return (PgDb *)s->db; }

/* ---- errors ------------------------------------------------------------------------- */

/* On one line, and not too long. */
static void add_line(rt_buf *b, const char *text)
{
    enum { MOST = 400 };
    size_t n = strlen(text), i;
    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == ' '))
        n--;
    for (i = 0; i < n && (i < MOST || ((unsigned char)text[i] & 0xc0) == 0x80); i++)
        if (text[i] != '\t')
            rt_buf_char(b, (unsigned char)text[i] < ' ' ? ' ' : text[i]);
    rt_buf_text(b, i < n ? " .." : "");
}

static const char *advice(const char *state)
{
    static const struct { const char *state, *text; } all[] = {
        {"42P10", "a table with a key needs a unique index on just its columns: CREATE UNIQUE INDEX ON .."},
        {"42703", "`columns:` gives the columns other names"},
        {"42501", "GRANT this user what is missing"},
        {"22P02", "the column is of another type than the value"},
        {"22007", "the column is of another type than the value"},
        {"42804", "the column is of another type than the value"},
        {"22003", "the column's type is too small for the value"},
        {"22001", "the column's type is too small for the value"},
        {"22021", "strings must be UTF-8; other bytes go into columns of bytes"},
        {"22P05", "jsonb cannot hold the character 0; replace it before"},
        {"55P03", "another process has a transaction of this job open; end it"},
    };
    for (size_t i = 0; state && i < sizeof all / sizeof all[0]; i++)
        if (strcmp(all[i].state, state) == 0)
            return all[i].text;
    return NULL;
}

static const char *state_of(const PgDb *db, const PGresult *result) { return result ? db->api.resultErrorField(result, PG_SQLSTATE) : NULL; }

/* Is the connection gone? It may say so before libpq does: then it is libpq's error, which has no state, or a server's last words. */
static bool is_lost(const PgDb *db, const PGresult *result)
{
    const char *state = state_of(db, result);
    return db->api.status(db->conn) != PG_CONNECTED || !state || strncmp(state, "57P0", 4) == 0;
}

/* Takes the result, which may be NULL. */
int pg_failed(SqlSink *s, PGresult *result, const char *what)
{
    PgDb *db = pg_db(s);
    const char *state = state_of(db, result), *message = result ? db->api.resultErrorField(result, PG_MESSAGE) : NULL;
    bool lost = is_lost(db, result);
    rt_buf b = {0};
    add_line(&b, message ? message : db->api.errorMessage(db->conn));
    static const int more[] = {PG_DETAIL, PG_CONTEXT, PG_HINT};
    for (size_t i = 0; result && !lost && i < sizeof more / sizeof more[0]; i++) {
        const char *text = db->api.resultErrorField(result, more[i]);
        if (!text)
            continue;
        rt_buf_text(&b, i == 0 ? ": " : "; ");
        add_line(&b, text);
    }
    if (lost)
        rt_buf_text(&b, "; the connection is lost. Start again when the server is there: with a checkpoint the job goes on with this batch, "
                        "if it is not there");
    else if (advice(state))
        rt_buf_print(&b, " (%s)", advice(state));
    dsc_fail(s->base.job, "postgres: cannot %s in %s: %.*s", what, db->where, (int)b.n, b.p ? b.p : "");
    rt_buf_free(&b);
    if (result)
        db->api.clear(result);
    return -1;
}

/* Runs `sql`, of which the last statement is to give `status`. */
int pg_run_for(SqlSink *s, const char *sql, int status, const char *what)
{
    PgDb *db = pg_db(s);
    PGresult *result = db->api.exec(db->conn, sql);
    if (!result || db->api.resultStatus(result) != status)
        return pg_failed(s, result, what);
    db->api.clear(result);
    return 0;
}

int pg_run(SqlSink *s, const char *sql, const char *what) { return pg_run_for(s, sql, PG_COMMAND_OK, what); }

int pg_number(SqlSink *s, const char *sql, const char *what, int64_t *out)
{
    PgDb *db = pg_db(s);
    PGresult *result = db->api.exec(db->conn, sql);
    if (!result || db->api.resultStatus(result) != PG_TUPLES_OK || db->api.ntuples(result) != 1)
        return pg_failed(s, result, what);
    *out = strtoll(db->api.getvalue(result, 0, 0), NULL, 10);
    db->api.clear(result);
    return 0;
}

/* ---- the connection ------------------------------------------------------------------ */

static void hear_nothing(void *arg, const char *notice) { (void)arg, (void)notice; }

/* What is said of a text that cannot be read quotes parts of it; so it is shown only where no password can be among them. */
static int check_place(SqlSink *s)
{
    const char *place = s->db->place;
    const PgApi *api = &pg_db(s)->api;
    bool uri = strstr(place, "://") != NULL;
    char *why = NULL;
    if (!uri && !strchr(place, '='))
        return 0;                 /* the name of a database */
    PQconninfoOption *options = api->conninfoParse(place, &why);
    if (options) {
        api->conninfoFree(options);
        return 0;
    }
    rt_buf b = {0};
    if (why && !uri && !strcasestr(place, "pass"))
        add_line(&b, why);
    api->freemem(why);
    dsc_fail(s->base.job, "postgres: `conninfo` cannot be read%s%.*s; write \"host=localhost dbname=counts\" or \"postgresql://localhost/counts\"",
             b.n ? ": " : "", (int)b.n, b.n ? b.p : "");
    rt_buf_free(&b);
    return -1;
}

static int greet(SqlSink *s)
{
    PgDb *db = pg_db(s);
    const PgApi *api = &db->api;
    if (api->status(db->conn) != PG_CONNECTED) {
        rt_buf b = {0};
        add_line(&b, api->errorMessage(db->conn));
        dsc_fail(s->base.job, "postgres: %.*s; does `conninfo` say where the server is, and is it running? A password can stand in PGPASSWORD or "
                 "~/.pgpass", (int)b.n, b.p ? b.p : "");
        rt_buf_free(&b);
        return -1;
    }
    const char *host = api->host(db->conn), *port = api->port(db->conn), *name = api->db(db->conn);
    snprintf(db->where, sizeof db->where, "%s at %s:%s", name ? name : "", host ? host : "", port ? port : "");
    api->setNoticeProcessor(db->conn, hear_nothing, NULL);
    /* What has been committed stays: else a server that crashes forgets a batch of which the job knows that it is there. */
    return pg_run_for(s, "SET standard_conforming_strings = on; "
                      "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
                   PG_TUPLES_OK, "begin to work");
}

int pg_connect(SqlSink *s)
{
    static const char *const names[] = {
#define PG_NAME(ret, name, params) "PQ" #name,
        PG_FUNCTIONS(PG_NAME)
#undef PG_NAME
    };
    static const Library library = {"postgres", "PostgreSQL's library", "libpq.so.5", "libpq5", names, sizeof names / sizeof names[0]};
    PgDb *db = pg_db(s);
    if (library_load(s->base.job, &library, &db->api) < 0 || check_place(s) < 0)
        return -1;
    /* Those behind `dbname`, which can be a whole text of others, hold whatever stands in it. */
    const char *const settings[] = {"connect_timeout", "fallback_application_name", "dbname", "client_encoding", NULL};
    const char *const values[] = {"10", "dsc", s->db->place, "UTF8", NULL};
    db->conn = db->api.connectdbParams(settings, values, 1);
    return db->conn ? greet(s) : dsc_fail(s->base.job, "postgres: no memory");
}

void pg_disconnect(SqlDb *db)
{
    PgDb *own = (PgDb *)db;
    if (own->conn)
        own->api.finish(own->conn);
}

/* Between batches a connection may have gone: nothing is lost with it, so there is a second try, with a new one. */
int pg_begin(SqlSink *s)
{
    PgDb *db = pg_db(s);
    char sql[80];
    snprintf(sql, sizeof sql, s->base.durable ? "BEGIN; SELECT pg_advisory_xact_lock(%lld)" : "BEGIN", (long long)s->db->id);
    PGresult *result = db->api.exec(db->conn, sql);
    int wanted = s->base.durable ? PG_TUPLES_OK : PG_COMMAND_OK;
    if (result && db->api.resultStatus(result) == wanted) {
        db->api.clear(result);
        return 0;
    }
    if (!is_lost(db, result))
        return pg_failed(s, result, "begin a transaction");
    db->api.clear(result);
    db->api.reset(db->conn);
    if (greet(s) < 0)
        return -1;
    dsc_note(s->base.job, "postgres: the connection to %s was lost between two batches; connected again", db->where);
    return pg_run_for(s, sql, wanted, "begin a transaction");
}

int pg_await(SqlSink *s, int64_t id)
{
    char sql[128];
    snprintf(sql, sizeof sql, "BEGIN; SET LOCAL lock_timeout = '60s'; SELECT pg_advisory_xact_lock(%lld); COMMIT", (long long)id);
    return pg_run(s, sql, "wait for the process before to end");
}
