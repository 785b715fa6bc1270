/* snk_postgres.c: rows of a table in a PostgreSQL database. What it shares with other databases is told in sql.h, the
 * connection in pg.h.
 *
 * The rows of a batch go to the server by COPY, in its text form, which the columns of a table that is there read each in
 * its own way. With a key they go into a temporary table, and from there, the last row of each key, into the table. */
#include "../format/json_text.h"
#include "../format/text.h"
#include "pg.h"

#include <string.h>

typedef struct Postgres {
    SqlSink base;
    bool copying;                 /* the server takes rows */
    int64_t row;                  /* of the batch */
    rt_buf rows;                  /* not yet sent */
    rt_buf json;                  /* of a value */
} Postgres;

/* Rows are sent when they are so many bytes. */
#define PIECE ((size_t)64 << 10)

/* ---- tables ---------------------------------------------------------------------------- */

static const char *type_name(const dsc_type *type)
{
    switch (type->kind) {
    case DSC_OPTION: return type_name(type->fields[0].type);
    case DSC_INT: return "bigint";
    case DSC_FLOAT: return "double precision";
    case DSC_BOOL: return "boolean";
    case DSC_STRING: return "text";
    case DSC_BYTES: return "bytea";
    case DSC_TIME: return "timestamptz";
    case DSC_DURATION: return "interval";
    default: return "jsonb";
    }
}

/* CREATE TABLE IF NOT EXISTS asks for the right to make tables, even of those who need none. */
static int make(SqlSink *s, const char *table, const char *sql)
{
    int64_t there = 0;
    rt_buf b = {0};
    rt_buf_text(&b, "SELECT (to_regclass(");
    sql_add_text(&b, table);
    rt_buf_text(&b, ") IS NOT NULL)::int");
    int status = sql_ended(s, &b) < 0 ? -1 : pg_number(s, b.p, "look for the table", &there);
    rt_buf_free(&b);
    return status < 0 || there ? status : pg_run(s, sql, "make the table");
}

/* The table in which the rows of a batch wait. Only made by the first batch of a connection. */
static int make_waiting(SqlSink *s)
{
    rt_buf b = {0};
    rt_buf_print(&b, "CREATE TEMP TABLE IF NOT EXISTS dsc_rows_%d ON COMMIT DELETE ROWS AS SELECT ", s->number);
    sql_add_columns(s, &b);
    rt_buf_text(&b, ", 0::bigint AS \"dsc row\" FROM ");
    sql_add_table(s, &b);
    rt_buf_text(&b, " WITH NO DATA");
    return sql_run(s, &b, "write rows of this type to the table");
}

static void add_insert(const SqlSink *s, rt_buf *b)
{
    rt_buf_text(b, "INSERT INTO ");
    sql_add_table(s, b);
    rt_buf_text(b, " (");
    sql_add_columns(s, b);
    rt_buf_text(b, ") SELECT ");
}

/* From there to where they belong. */
static void add_move(const SqlSink *s, rt_buf *b)
{
    int others = 0;
    add_insert(s, b);
    rt_buf_text(b, "DISTINCT ON (");
    sql_add_key(s, b);
    rt_buf_text(b, ") ");
    sql_add_columns(s, b);
    rt_buf_print(b, " FROM pg_temp.dsc_rows_%d ORDER BY ", s->number);
    sql_add_key(s, b);
    rt_buf_text(b, ", \"dsc row\" DESC ON CONFLICT (");
    sql_add_key(s, b);
    rt_buf_text(b, ") DO ");
    for (int i = 0; i < sql_columns(s); i++) {
        char room[16];
        dsc_str name = sql_column_name(s, i, room);
        if (sql_in_key(s, i))
            continue;
        rt_buf_text(b, others++ ? ", " : "UPDATE SET ");
        sql_add_name(b, name);
        rt_buf_text(b, " = excluded.");
        sql_add_name(b, name);
    }
    rt_buf_text(b, others ? "" : "NOTHING");
}

/* Will the table take such rows? */
static int check_table(SqlSink *s)
{
    bool key = s->base.args[SQL_KEY].set;
    if (key && make_waiting(s) < 0)
        return -1;
    rt_buf b = {0};
    rt_buf_text(&b, "EXPLAIN ");
    if (key)
        add_move(s, &b);
    else
        add_insert(s, &b);
    for (int i = 0; !key && i < sql_columns(s); i++)
        rt_buf_text(&b, i ? ", NULL" : "NULL");
    int status = sql_ended(s, &b) < 0 ? -1 : pg_run_for(s, b.p, PG_TUPLES_OK, "write rows of this type to the table");
    rt_buf_free(&b);
    return status;
}

/* ---- rows ------------------------------------------------------------------------------- */

static int start_copy(Postgres *p)
{
    SqlSink *s = &p->base;
    bool key = s->base.args[SQL_KEY].set;
    rt_buf b = {0};
    if (key && make_waiting(s) < 0)
        return -1;
    rt_buf_text(&b, "COPY ");
    if (key)
        rt_buf_print(&b, "pg_temp.dsc_rows_%d", s->number);
    else
        sql_add_table(s, &b);
    rt_buf_text(&b, " (");
    sql_add_columns(s, &b);
    rt_buf_text(&b, key ? ", \"dsc row\") FROM STDIN" : ") FROM STDIN");
    int status = sql_ended(s, &b) < 0 ? -1 : pg_run_for(s, b.p, PG_COPY_IN, "write rows");
    rt_buf_free(&b);
    p->copying = status == 0;
    p->row = 0;
    p->rows.n = 0;
    return status;
}

static int send_rows(Postgres *p)
{
    enum { MOST = 1 << 28 };
    PgDb *db = pg_db(&p->base);
    if (p->rows.failed || p->json.failed)
        return dsc_fail(p->base.base.job, "postgres: no memory for a row");
    for (size_t at = 0, n; at < p->rows.n; at += n) {
        n = p->rows.n - at < MOST ? p->rows.n - at : MOST;
        if (db->api.putCopyData(db->conn, p->rows.p + at, (int)n) != 1)
            return pg_failed(&p->base, NULL, "write rows");
    }
    p->rows.n = 0;
    return 0;
}

/* What COPY gives a meaning. */
static void put_escaped(rt_buf *b, const char *p, size_t n)
{
    const char *end = p + n, *from = p;
    for (; p < end; p++) {
        const char *found = memchr("\\\n\r\t", *p, 4);
        if (!found)
            continue;
        rt_buf_add(b, from, (size_t)(p - from));
        rt_buf_char(b, '\\');
        rt_buf_char(b, "\\nrt"[found - "\\\n\r\t"]);
        from = p + 1;
    }
    rt_buf_add(b, from, (size_t)(p - from));
}

static void put_bytes(rt_buf *b, dsc_str bytes)
{
    rt_buf_text(b, "\\\\x");
    for (int64_t i = 0; i < bytes.n; i++) {
        rt_buf_char(b, "0123456789abcdef"[(uint8_t)bytes.p[i] >> 4]);
        rt_buf_char(b, "0123456789abcdef"[(uint8_t)bytes.p[i] & 15]);
    }
}

static int put_value(Postgres *p, int column, const dsc_type *type, const void *value)
{
    static const rt_time_form form = {0};
    char text[RT_TEXT_MAX], room[16];
    const dsc_str *string = value;
    rt_buf *b = &p->rows;
    switch (type->kind) {
    case DSC_OPTION:
        if (*((const bool *)value + type->some))
            return put_value(p, column, type->fields[0].type, value);
        rt_buf_text(b, "\\N");
        return 0;
    case DSC_INT:
        rt_buf_add(b, text, (size_t)rt_int_text(*(const int64_t *)value, text));
        return 0;
    case DSC_FLOAT:
        rt_buf_add(b, text, (size_t)rt_float_text(*(const double *)value, text));
        return 0;
    case DSC_BOOL:
        rt_buf_char(b, *(const bool *)value ? 't' : 'f');
        return 0;
    case DSC_TIME:
        rt_buf_add(b, text, (size_t)rt_time_text(*(const int64_t *)value, text));
        return 0;
    case DSC_DURATION:
        rt_buf_add(b, text, (size_t)rt_int_text(*(const int64_t *)value, text));
        rt_buf_text(b, " microseconds");
        return 0;
    case DSC_BYTES:
        put_bytes(b, *string);
        return 0;
    case DSC_STRING:
        if (string->n > 0 && memchr(string->p, 0, (size_t)string->n)) {
            dsc_str name = sql_column_name(&p->base, column, room);
            return dsc_fail(p->base.base.job, "postgres: cannot write a row in %s: a string for the column %.*s has the character 0, which "
                            "PostgreSQL's text cannot hold; replace it before, or make bytes of it",
                            pg_db(&p->base)->where, (int)name.n, name.p);
        }
        put_escaped(b, string->p, (size_t)string->n);
        return 0;
    default:
        p->json.n = 0;
        rt_json_value(&p->json, &form, NULL, type, value);
        put_escaped(b, p->json.p, p->json.n);
        return 0;
    }
}

static int put_row(Postgres *p, const char *element)
{
    const SqlSink *s = &p->base;
    for (int i = 0; i < sql_columns(s); i++) {
        if (i > 0)
            rt_buf_char(&p->rows, '\t');
        if (put_value(p, i, sql_column_type(s, i), sql_column_value(s, i, element)) < 0)
            return -1;
    }
    if (s->base.args[SQL_KEY].set)
        rt_buf_print(&p->rows, "\t%lld", (long long)p->row++);
    rt_buf_char(&p->rows, '\n');
    return p->rows.n < PIECE && !p->rows.failed ? 0 : send_rows(p);
}

static int take_rows(SqlSink *s, const void *elements, size_t n)
{
    Postgres *p = (Postgres *)s;
    if (!p->copying && start_copy(p) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (put_row(p, (const char *)elements + i * s->base.node->type->size) < 0)
            return -1;
    return 0;
}

static int end_copy(Postgres *p)
{
    PgDb *db = pg_db(&p->base);
    p->copying = false;
    if (send_rows(p) < 0)
        return -1;
    if (db->api.putCopyEnd(db->conn, NULL) != 1)
        return pg_failed(&p->base, NULL, "write rows");
    PGresult *result = db->api.getResult(db->conn), *next;
    if (!result || db->api.resultStatus(result) != PG_COMMAND_OK)
        return pg_failed(&p->base, result, "write rows");
    db->api.clear(result);
    while ((next = db->api.getResult(db->conn)))
        db->api.clear(next);
    return 0;
}

/* What is only checked at the COMMIT is checked now, while it can still be an error of the batch. */
static int done(SqlSink *s)
{
    rt_buf b = {0};
    if (end_copy((Postgres *)s) < 0)
        return -1;
    if (s->base.args[SQL_KEY].set) {
        add_move(s, &b);
        rt_buf_text(&b, "; ");
    }
    rt_buf_text(&b, "SET CONSTRAINTS ALL IMMEDIATE");
    return sql_run(s, &b, "write rows");
}

/* ---- the sink ------------------------------------------------------------------------- */

static const SqlKind kind = {
    .name = "postgres",
    .db_size = sizeof(PgDb),
    .type = type_name,
    .connect = pg_connect,
    .disconnect = pg_disconnect,
    .make = make,
    .begin = pg_begin,
    .rows = take_rows,
    .done = done,
    .run = pg_run,
    .number = pg_number,
    .await = pg_await,
    .schemas = true,
};

static int postgres_open(dsc_sink *sink) { return sql_open((SqlSink *)sink, &kind) < 0 ? -1 : check_table((SqlSink *)sink); }

static void postgres_abort(dsc_sink *sink)
{
    ((Postgres *)sink)->copying = false;
    sql_abort(sink);
}

static void postgres_close(dsc_sink *sink)
{
    Postgres *p = (Postgres *)sink;
    rt_buf_free(&p->rows);
    rt_buf_free(&p->json);
    sql_close(sink);
}

static const dsc_arg_def postgres_args[] = {
    SQL_ARGS("conninfo", "where the database is: its name, \"host=localhost dbname=counts\" or \"postgresql://localhost/counts\""),
};

const dsc_sink_def snk_postgres = {
    .name = "postgres",
    .synopsis = "postgres(conninfo: string, table: string, key: string = none, columns: string = none)",
    .doc = "Rows of a table in a PostgreSQL database, the rows of a batch in one transaction.\n"
           "The fields of a record or tuple are columns: ints are bigint, floats double precision, bools boolean, strings text, bytes\n"
           "bytea, times timestamptz, durations interval, none is NULL, lists and what has parts are jsonb. A table that is there\n"
           "may have other types that can read the same text. Rows are added, or with `key:` take the place of the row that has it,\n"
           "for which a table that is there needs a unique index on those columns. `table: \"a.b\"` is the table b of the schema a.\n"
           "With a checkpoint each batch is in there exactly once. `conninfo` is libpq's; what it leaves out is asked of PGHOST,\n"
           "PGUSER, PGPASSWORD and their like, and of ~/.pgpass, which is the place for a password. A server that is lost ends the\n"
           "batch with an error. It needs PostgreSQL's library (the package libpq5) where it runs.",
    .args = postgres_args,
    SQL_SINK,
    .size = sizeof(Postgres),
    .open = postgres_open,
    .abort = postgres_abort,
    .close = postgres_close,
};

DSC_SINK(snk_postgres)
