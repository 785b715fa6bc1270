/* snk_sqlite.c: rows of a table in a SQLite database. What it shares with other databases is told in sql.h. */
#define _GNU_SOURCE
#include "../format/json_text.h"
#include "disk.h"
#include "sql.h"
#include "sqlite_api.h"

#include <errno.h>
#include <string.h>

typedef struct SqliteDb {
    SqlDb base;
    SqliteApi api;
    sqlite3 *db;
} SqliteDb;

typedef struct Sqlite {
    SqlSink base;
    sqlite3_stmt *insert;
    rt_buf text;                  /* of a value, while it is bound */
} Sqlite;

static SqliteDb *db_of(const SqlSink *s) { return (SqliteDb *)s->db; }

static int failed(SqlSink *s, const char *what)
{
    SqliteDb *db = db_of(s);
    return dsc_fail(s->base.job, "sqlite: cannot %s in %s: %s", what, s->db->place, db->api.errmsg(db->db));
}

static int run(SqlSink *s, const char *sql, const char *what)
{
    return db_of(s)->api.exec(db_of(s)->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : failed(s, what);
}

static int number(SqlSink *s, const char *sql, const char *what, int64_t *out)
{
    SqliteDb *db = db_of(s);
    sqlite3_stmt *query;
    if (db->api.prepare_v2(db->db, sql, -1, &query, NULL) != SQLITE_OK)
        return failed(s, what);
    bool found = db->api.step(query) == SQLITE_ROW;
    *out = found ? db->api.column_int64(query, 0) : 0;
    int status = found ? 0 : failed(s, what);
    db->api.finalize(query);
    return status;
}

static const char *type_name(const dsc_type *type)
{
    switch (type->kind) {
    case DSC_OPTION: return type_name(type->fields[0].type);
    case DSC_INT: case DSC_BOOL: case DSC_DURATION: return "INTEGER";
    case DSC_FLOAT: return "REAL";
    case DSC_BYTES: return "BLOB";
    default: return "TEXT";
    }
}

/* ---- opening ------------------------------------------------------------------------ */

static int connect_db(SqlSink *s)
{
    static const char *const names[] = {
#define SQLITE_NAME(ret, name, params) "sqlite3_" #name,
        SQLITE_FUNCTIONS(SQLITE_NAME)
#undef SQLITE_NAME
    };
    static const Library library = {"sqlite", "SQLite's library", "libsqlite3.so.0", "libsqlite3-0", names, sizeof names / sizeof names[0]};
    SqliteDb *db = db_of(s);
    if (library_load(s->base.job, &library, &db->api) < 0)
        return -1;
    int status = db->api.open_v2(s->db->place, &db->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    if (!db->db)
        return dsc_fail(s->base.job, "sqlite: no memory");
    if (status != SQLITE_OK)
        return failed(s, "open the database");
    db->api.busy_timeout(db->db, 10000);
    return 0;
}

static void disconnect(SqlDb *db)
{
    SqliteDb *own = (SqliteDb *)db;
    if (own->db)
        own->api.close_v2(own->db);
}

static int make(SqlSink *s, const char *table, const char *sql)
{
    (void)table;
    return run(s, sql, "make the table");
}

/* With a key a row takes the place of the one that has it. */
static int prepare_insert(Sqlite *s)
{
    SqliteDb *db = db_of(&s->base);
    rt_buf b = {0};
    rt_buf_text(&b, s->base.base.args[SQL_KEY].set ? "INSERT OR REPLACE INTO " : "INSERT INTO ");
    sql_add_table(&s->base, &b);
    rt_buf_text(&b, " (");
    sql_add_columns(&s->base, &b);
    for (int i = 0; i < sql_columns(&s->base); i++)
        rt_buf_text(&b, i ? ", ?" : ") VALUES (?");
    rt_buf_char(&b, ')');
    int status = sql_ended(&s->base, &b);
    if (status == 0 && db->api.prepare_v2(db->db, b.p, -1, &s->insert, NULL) != SQLITE_OK)
        status = failed(&s->base, "write rows of this type to the table");
    rt_buf_free(&b);
    return status;
}

/* ---- rows ----------------------------------------------------------------------------- */

static int bind_text(Sqlite *s, int at)
{
    if (s->text.failed || s->text.n > INT32_MAX)
        return -1;
    return db_of(&s->base)->api.bind_text(s->insert, at, s->text.n ? s->text.p : "", (int)s->text.n, SQLITE_TRANSIENT);
}

static int bind(Sqlite *s, int at, const dsc_type *type, const void *value)
{
    static const rt_time_form form = {0};
    const SqliteApi *api = &db_of(&s->base)->api;
    const dsc_str *text = value;
    s->text.n = 0;
    switch (type->kind) {
    case DSC_OPTION:
        return *((const bool *)value + type->some) ? bind(s, at, type->fields[0].type, value) : api->bind_null(s->insert, at);
    case DSC_INT: case DSC_DURATION:
        return api->bind_int64(s->insert, at, *(const int64_t *)value);
    case DSC_BOOL:
        return api->bind_int64(s->insert, at, *(const bool *)value);
    case DSC_FLOAT:
        return api->bind_double(s->insert, at, *(const double *)value);
    case DSC_BYTES:
        return text->n > INT32_MAX ? -1 : api->bind_blob(s->insert, at, text->n ? text->p : "", (int)text->n, SQLITE_TRANSIENT);
    case DSC_STRING:
        return text->n > INT32_MAX ? -1 : api->bind_text(s->insert, at, text->n ? text->p : "", (int)text->n, SQLITE_TRANSIENT);
    case DSC_TIME:
        rt_print_value(&s->text, type, value);
        return bind_text(s, at);
    default:
        rt_json_value(&s->text, &form, NULL, type, value);
        return bind_text(s, at);
    }
}

static int insert_row(Sqlite *s, const char *element)
{
    const SqliteApi *api = &db_of(&s->base)->api;
    for (int i = 0; i < sql_columns(&s->base); i++)
        if (bind(s, i + 1, sql_column_type(&s->base, i), sql_column_value(&s->base, i, element)) != SQLITE_OK)
            return failed(&s->base, "take a value");
    int status = api->step(s->insert);
    if (status != SQLITE_DONE)
        failed(&s->base, "write a row");
    api->reset(s->insert);
    return status == SQLITE_DONE ? 0 : -1;
}

static int insert_rows(SqlSink *s, const void *elements, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (insert_row((Sqlite *)s, (const char *)elements + i * s->base.node->type->size) < 0)
            return -1;
    return 0;
}

static int begin(SqlSink *s) { return run(s, "BEGIN IMMEDIATE", "begin a transaction"); }

/* ---- the sink ------------------------------------------------------------------------- */

static const SqlKind kind = {
    .name = "sqlite",
    .db_size = sizeof(SqliteDb),
    .type = type_name,
    .connect = connect_db,
    .disconnect = disconnect,
    .make = make,
    .begin = begin,
    .rows = insert_rows,
    .run = run,
    .number = number,
};

static int sqlite_open(dsc_sink *sink) { return sql_open((SqlSink *)sink, &kind) < 0 ? -1 : prepare_insert((Sqlite *)sink); }

/* SQLite commits by removing its journal, and does not sync that: a journal that is there again would take the last batch back. */
static int sqlite_synced(dsc_sink *sink)
{
    const char *path = ((const Sqlite *)sink)->base.db->place;
    if (disk_sync_name(path) == 0)
        return 0;
    return dsc_fail(sink->job, "sqlite: cannot sync the folder of %s: %s", path, strerror(errno));
}

static void sqlite_close(dsc_sink *sink)
{
    Sqlite *s = (Sqlite *)sink;
    rt_buf_free(&s->text);
    if (s->insert)
        db_of(&s->base)->api.finalize(s->insert);
    sql_close(sink);
}

static const dsc_arg_def sqlite_args[] = {SQL_ARGS("path", "the database; it is made where it is not there")};

const dsc_sink_def snk_sqlite = {
    .name = "sqlite",
    .synopsis = "sqlite(path: string, table: string, key: string = none, columns: string = none)",
    .doc = "Rows of a table in a SQLite database, the rows of a batch in one transaction.\n"
           "The fields of a record or tuple are columns: ints, bools and durations (microseconds) are INTEGER, floats REAL, bytes\n"
           "BLOB, strings and times TEXT, none is NULL, lists and what has parts are TEXT as JSON. Rows are added, or with\n"
           "`key:` take the place of the row that has it. With a checkpoint each batch is in there exactly once.\n"
           "It needs SQLite's library (the package libsqlite3-0) where it runs.",
    .args = sqlite_args,
    SQL_SINK,
    .size = sizeof(Sqlite),
    .open = sqlite_open,
    .synced = sqlite_synced,
    .abort = sql_abort,
    .close = sqlite_close,
};

DSC_SINK(snk_sqlite)
