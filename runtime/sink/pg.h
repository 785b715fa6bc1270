/* pg.h: the connection to a PostgreSQL database; see sql.h.
 *
 * A server may still be busy with the COMMIT of a process that was killed. So each transaction of a job with a checkpoint holds
 * an advisory lock by the job's number, and a process that comes after takes it before it looks for notes (pg_await).
 *
 * The text that says where the server is may hold a password, so no message shows it. */
#ifndef RT_PG_H
#define RT_PG_H

#include "pg_api.h"
#include "sql.h"

typedef struct PgDb {
    SqlDb base;
    PgApi api;
    PGconn *conn;
    char where[256];              /* "counts at localhost:5432" */
} PgDb;

PgDb *pg_db(const SqlSink *s);
/* Says what went wrong with it, and what to do. Takes the result, which may be NULL. Returns -1. */
int pg_failed(SqlSink *s, PGresult *result, const char *what);
/* Run `sql`, of which the last statement is to give `status`. */
int pg_run_for(SqlSink *s, const char *sql, int status, const char *what);

/* For a SqlKind. */
int pg_connect(SqlSink *s);
void pg_disconnect(SqlDb *db);
int pg_begin(SqlSink *s);
int pg_run(SqlSink *s, const char *sql, const char *what);
int pg_number(SqlSink *s, const char *sql, const char *what, int64_t *out);
int pg_await(SqlSink *s, int64_t id);

#endif
