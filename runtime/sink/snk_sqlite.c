/* snk_sqlite.c: rows of a table in a SQLite database.
 *
 * The rows of a batch go into one transaction, which is open from `prepare` on and is
 * committed when the batch is published. The sinks of a job that write to the same database share it: all are
 * prepared before one is published, and what the first publishes is published for all. With a checkpoint the same transaction notes
 * in the table dsc_batches which batch it was: a process that comes after finds there
 * whether the last one got that far. A job's notes are told from another's by a random number.
 *
 * Token: that number and the batch's time, 8 bytes each; empty for a batch without rows. */
#define _GNU_SOURCE
#include "../crash.h"
#include "../format/json_text.h"
#include "dsc_conn.h"
#include "sqlite_api.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A database that is open, for all sinks of a job. */
typedef struct Db Db;
struct Db {
    Db *next;
    const dsc_context *job;
    char *path;
    int users;
    SqliteApi api;
    sqlite3 *db;
    int64_t id;                   /* a random number */
    bool in_batch;                /* a transaction is open */
};

typedef struct Sqlite {
    dsc_sink base;
    Db *shared;
    SqliteApi api;
    sqlite3 *db;
    sqlite3_stmt *insert, *note;
    int64_t time;                 /* of the batch in hand */
    bool has_rows;                /* it has brought some */
    rt_buf text;                  /* of a value, while it is bound */
} Sqlite;

static pthread_mutex_t open_lock = PTHREAD_MUTEX_INITIALIZER;
static Db *all_open;

enum { PATH, TABLE, KEY, COLUMNS };

static int failed(Sqlite *s, const char *what)
{
    return dsc_fail(s->base.job, "sqlite: cannot %s in %.*s: %s", what, (int)s->base.args[PATH].s.n, s->base.args[PATH].s.p, s->api.errmsg(s->db));
}

static int run(Sqlite *s, const char *sql, const char *what)
{
    return s->api.exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : failed(s, what);
}

/* ---- columns --------------------------------------------------------------------- */

static bool has_fields(const dsc_type *type) { return type->kind == DSC_TUPLE || type->kind == DSC_RECORD; }

static int n_columns(const Sqlite *s)
{
    const dsc_type *type = s->base.node->type;
    return has_fields(type) ? (int)type->n : 1;
}

/* Word i of a list "a, b"; n == 0: there is none. */
static dsc_str word_of(dsc_str list, int i)
{
    const char *p = list.p, *end = p ? p + list.n : p;
    for (;; i--) {
        const char *comma = p < end ? memchr(p, ',', (size_t)(end - p)) : NULL, *last = comma ? comma : end;
        while (p < last && isspace((unsigned char)*p))
            p++;
        while (last > p && isspace((unsigned char)last[-1]))
            last--;
        if (i == 0)
            return (dsc_str){p, last - p};
        if (!comma)
            return (dsc_str){p, 0};
        p = comma + 1;
    }
}

static void add_name(rt_buf *b, const char *p, size_t n)
{
    rt_buf_char(b, '"');
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '"')
            rt_buf_char(b, '"');
        rt_buf_char(b, p[i]);
    }
    rt_buf_char(b, '"');
}

static void add_column(const Sqlite *s, rt_buf *b, int i)
{
    const dsc_type *type = s->base.node->type;
    dsc_str given = s->base.args[COLUMNS].set ? word_of(s->base.args[COLUMNS].s, i) : (dsc_str){0};
    char number[24];
    if (given.n > 0)
        add_name(b, given.p, (size_t)given.n);
    else if (type->kind == DSC_RECORD)
        add_name(b, type->fields[i].name, strlen(type->fields[i].name));
    else
        add_name(b, number, (size_t)snprintf(number, sizeof number, "c%d", i + 1));
}

static void add_columns(const Sqlite *s, rt_buf *b)
{
    for (int i = 0; i < n_columns(s); i++) {
        rt_buf_text(b, i ? ", " : "");
        add_column(s, b, i);
    }
}

/* The columns of the key, as SQL; false where there is no key. */
static bool add_key(const Sqlite *s, rt_buf *b)
{
    bool any = false;
    for (int i = 0; s->base.args[KEY].set; i++) {
        dsc_str word = word_of(s->base.args[KEY].s, i);
        if (word.n == 0)
            break;
        rt_buf_text(b, any ? ", " : "");
        add_name(b, word.p, (size_t)word.n);
        any = true;
    }
    return any;
}

static const char *sql_type(const dsc_type *type)
{
    switch (type->kind) {
    case DSC_OPTION: return sql_type(type->fields[0].type);
    case DSC_INT: case DSC_BOOL: case DSC_DURATION: return "INTEGER";
    case DSC_FLOAT: return "REAL";
    case DSC_BYTES: return "BLOB";
    default: return "TEXT";
    }
}

static const dsc_type *column_type(const Sqlite *s, int i)
{
    const dsc_type *type = s->base.node->type;
    return has_fields(type) ? type->fields[i].type : type;
}

/* ---- opening ------------------------------------------------------------------------ */

static void add_table(const Sqlite *s, rt_buf *b) { add_name(b, s->base.args[TABLE].s.p, (size_t)s->base.args[TABLE].s.n); }

static int make_table(Sqlite *s)
{
    rt_buf b = {0}, key = {0};
    rt_buf_text(&b, "CREATE TABLE IF NOT EXISTS ");
    add_table(s, &b);
    for (int i = 0; i < n_columns(s); i++) {
        rt_buf_text(&b, i ? ", " : " (");
        add_column(s, &b, i);
        rt_buf_print(&b, " %s", sql_type(column_type(s, i)));
    }
    if (add_key(s, &key))
        rt_buf_print(&b, ", PRIMARY KEY (%.*s)", (int)key.n, key.p);
    rt_buf_add(&b, ")", 2);
    int status = b.failed || key.failed ? dsc_fail(s->base.job, "sqlite: no memory") : run(s, b.p, "make the table");
    if (status == 0 && s->base.durable)
        status = run(s, "CREATE TABLE IF NOT EXISTS dsc_batches (job INTEGER, sink TEXT PRIMARY KEY, time INTEGER)", "make the table dsc_batches");
    rt_buf_free(&b);
    rt_buf_free(&key);
    return status;
}

/* With a key a row takes the place of the one that has it. */
static int prepare_insert(Sqlite *s)
{
    rt_buf b = {0}, key = {0};
    bool replaces = add_key(s, &key);
    rt_buf_text(&b, replaces ? "INSERT OR REPLACE INTO " : "INSERT INTO ");
    add_table(s, &b);
    rt_buf_text(&b, " (");
    add_columns(s, &b);
    for (int i = 0; i < n_columns(s); i++)
        rt_buf_text(&b, i ? ", ?" : ") VALUES (?");
    rt_buf_add(&b, ")", 2);
    int status = 0;
    if (b.failed || key.failed)
        status = dsc_fail(s->base.job, "sqlite: no memory");
    else if (s->api.prepare_v2(s->db, b.p, -1, &s->insert, NULL) != SQLITE_OK)
        status = failed(s, "write rows of this type to the table");
    if (status == 0 && s->base.durable &&
        s->api.prepare_v2(s->db, "INSERT OR REPLACE INTO dsc_batches (job, sink, time) VALUES (?, ?, ?)", -1, &s->note, NULL) != SQLITE_OK)
        status = failed(s, "write to the table dsc_batches");
    rt_buf_free(&b);
    rt_buf_free(&key);
    return status;
}

static Db *find_db(const dsc_context *job, const char *path)
{
    Db *db;
    pthread_mutex_lock(&open_lock);
    for (db = all_open; db && (db->job != job || strcmp(db->path, path) != 0); db = db->next)
        ;
    if (db)
        db->users++;
    pthread_mutex_unlock(&open_lock);
    return db;
}

static int open_db(Sqlite *s, char *path)
{
    Db *db = calloc(1, sizeof *db);
    if (!db) {
        free(path);
        return dsc_fail(s->base.job, "sqlite: no memory");
    }
    *db = (Db){.job = s->base.job, .path = path, .users = 1};
    s->shared = db;
    pthread_mutex_lock(&open_lock);
    db->next = all_open;
    all_open = db;
    pthread_mutex_unlock(&open_lock);
    if (getentropy(&db->id, sizeof db->id) != 0)
        db->id = (int64_t)getpid() << 32;
    const char *why = sqlite_load(&db->api);
    if (why)
        return dsc_fail(s->base.job, "sqlite: %s", why);
    int status = db->api.open_v2(path, &db->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    s->api = db->api;
    s->db = db->db;
    if (!db->db)
        return dsc_fail(s->base.job, "sqlite: no memory");
    if (status != SQLITE_OK)
        return failed(s, "open the database");
    db->api.busy_timeout(db->db, 10000);
    return 0;
}

static int sqlite_open(dsc_sink *sink)
{
    Sqlite *s = (Sqlite *)sink;
    const dsc_str path = sink->args[PATH].s;
    if (path.n == 0 || memchr(path.p, 0, (size_t)path.n))
        return dsc_fail(sink->job, "sqlite: \"%.*s\" is no file's name", (int)path.n, path.n ? path.p : "");
    if (sink->args[TABLE].s.n == 0)
        return dsc_fail(sink->job, "sqlite: the table needs a name");
    char *name = strndup(path.p, (size_t)path.n);
    if (!name)
        return dsc_fail(sink->job, "sqlite: no memory");
    s->shared = find_db(sink->job, name);
    if (s->shared)
        free(name);
    else if (open_db(s, name) < 0)
        return -1;
    s->api = s->shared->api;
    s->db = s->shared->db;
    return make_table(s) < 0 ? -1 : prepare_insert(s);
}

static int64_t sqlite_limit(dsc_sink *sink)
{
    (void)sink;
    return -1;
}

/* ---- values ----------------------------------------------------------------------------- */

static int bind_text(Sqlite *s, int at)
{
    if (s->text.failed || s->text.n > INT32_MAX)
        return -1;
    return s->api.bind_text(s->insert, at, s->text.n ? s->text.p : "", (int)s->text.n, SQLITE_TRANSIENT);
}

static int bind(Sqlite *s, int at, const dsc_type *type, const void *value)
{
    static const rt_time_form form = {0};
    const dsc_str *text = value;
    s->text.n = 0;
    switch (type->kind) {
    case DSC_OPTION:
        return *((const bool *)value + type->some) ? bind(s, at, type->fields[0].type, value) : s->api.bind_null(s->insert, at);
    case DSC_INT: case DSC_DURATION:
        return s->api.bind_int64(s->insert, at, *(const int64_t *)value);
    case DSC_BOOL:
        return s->api.bind_int64(s->insert, at, *(const bool *)value);
    case DSC_FLOAT:
        return s->api.bind_double(s->insert, at, *(const double *)value);
    case DSC_BYTES:
        return text->n > INT32_MAX ? -1 : s->api.bind_blob(s->insert, at, text->n ? text->p : "", (int)text->n, SQLITE_TRANSIENT);
    case DSC_STRING:
        return text->n > INT32_MAX ? -1 : s->api.bind_text(s->insert, at, text->n ? text->p : "", (int)text->n, SQLITE_TRANSIENT);
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
    const dsc_type *type = s->base.node->type;
    for (int i = 0; i < n_columns(s); i++)
        if (bind(s, i + 1, column_type(s, i), has_fields(type) ? element + type->fields[i].offset : element) != SQLITE_OK)
            return failed(s, "take a value");
    int status = s->api.step(s->insert);
    if (status != SQLITE_DONE)
        failed(s, "write a row");
    s->api.reset(s->insert);
    return status == SQLITE_DONE ? 0 : -1;
}

/* ---- a batch ------------------------------------------------------------------------------ */

static int roll_back(Sqlite *s)
{
    bool open = s->shared->in_batch;
    s->shared->in_batch = s->has_rows = false;
    return open ? run(s, "ROLLBACK", "take a batch back") : 0;
}

static int sqlite_begin(dsc_sink *sink, int64_t time)
{
    Sqlite *s = (Sqlite *)sink;
    s->time = time;
    s->has_rows = false;
    return 0;
}

static int sqlite_rows(dsc_sink *sink, const void *elements, size_t n)
{
    Sqlite *s = (Sqlite *)sink;
    if (n > 0 && !s->shared->in_batch && run(s, "BEGIN IMMEDIATE", "begin a transaction") < 0)
        return -1;
    s->has_rows |= n > 0;
    s->shared->in_batch |= n > 0;
    for (size_t i = 0; i < n; i++)
        if (insert_row(s, (const char *)elements + i * sink->node->type->size) < 0)
            return -1;
    return 0;
}

static int sqlite_write(dsc_sink *sink, const char *text, size_t n, int64_t elements)
{
    (void)sink, (void)text, (void)n, (void)elements;
    return 0;
}

static void put_number(dsc_token *token, int64_t number)
{
    for (int i = 0; i < 8; i++)
        token->bytes[token->n++] = (uint8_t)((uint64_t)number >> 8 * i);
}

static int64_t number_at(const dsc_token *token, int at)
{
    uint64_t number = 0;
    for (int i = 0; i < 8; i++)
        number |= (uint64_t)token->bytes[at + i] << 8 * i;
    return (int64_t)number;
}

static int sqlite_prepare(dsc_sink *sink, int64_t elements, dsc_token *token)
{
    Sqlite *s = (Sqlite *)sink;
    (void)elements;
    token->n = 0;
    if (!s->has_rows)
        return 0;
    put_number(token, s->shared->id);
    put_number(token, s->time);
    if (!s->note)
        return 0;
    s->api.bind_int64(s->note, 1, s->shared->id);
    s->api.bind_text(s->note, 2, sink->node->name, -1, SQLITE_TRANSIENT);
    s->api.bind_int64(s->note, 3, s->time);
    int status = s->api.step(s->note);
    if (status != SQLITE_DONE)
        failed(s, "note the batch");
    s->api.reset(s->note);
    return status == SQLITE_DONE ? 0 : -1;
}

static int sqlite_publish(dsc_sink *sink, const dsc_token *token)
{
    Sqlite *s = (Sqlite *)sink;
    (void)token;
    if (!s->shared->in_batch)
        return 0;
    rt_crash_point();
    if (run(s, "COMMIT", "commit a batch") < 0)
        return -1;
    rt_crash_point();
    s->shared->in_batch = false;
    return 0;
}

/* Has the process before got as far as its COMMIT? */
static int sqlite_resume(dsc_sink *sink, const dsc_token *token, bool whole)
{
    Sqlite *s = (Sqlite *)sink;
    sqlite3_stmt *look;
    (void)whole;                  /* a transaction is there or not */
    if (token->n == 0)
        return 0;
    if (token->n != 16)
        return dsc_fail(sink->job, "sqlite: the saved mark of a batch is damaged");
    if (s->api.prepare_v2(s->db, "SELECT count(*) FROM dsc_batches WHERE job = ? AND sink = ? AND time = ?", -1, &look, NULL) != SQLITE_OK)
        return failed(s, "read the table dsc_batches");
    /* The job goes on under its number, so that whoever comes after this process finds what it publishes, too. */
    s->shared->id = number_at(token, 0);
    s->api.bind_int64(look, 1, s->shared->id);
    s->api.bind_text(look, 2, sink->node->name, -1, SQLITE_TRANSIENT);
    s->api.bind_int64(look, 3, number_at(token, 8));
    int status = s->api.step(look) == SQLITE_ROW ? s->api.column_int64(look, 0) > 0 : failed(s, "read the table dsc_batches");
    s->api.finalize(look);
    return status;
}

static void sqlite_abort(dsc_sink *sink) { roll_back((Sqlite *)sink); }

static void close_db(Db *db)
{
    pthread_mutex_lock(&open_lock);
    bool last = --db->users == 0;
    for (Db **at = &all_open; last && *at; at = &(*at)->next)
        if (*at == db) {
            *at = db->next;
            break;
        }
    pthread_mutex_unlock(&open_lock);
    if (!last)
        return;
    if (db->db)
        db->api.close_v2(db->db);
    free(db->path);
    free(db);
}

static void sqlite_close(dsc_sink *sink)
{
    Sqlite *s = (Sqlite *)sink;
    rt_buf_free(&s->text);
    if (!s->shared)
        return;
    if (s->insert)
        s->api.finalize(s->insert);
    if (s->note)
        s->api.finalize(s->note);
    close_db(s->shared);
}

static const dsc_arg_def sqlite_args[] = {
    [PATH] = {"path", DSC_STRING, NULL, "the database; it is made where it is not there"},
    [TABLE] = {"table", DSC_STRING, NULL, "the table; it is made where it is not there"},
    [KEY] = {"key", DSC_STRING, "none", "columns, \"a, b\": a row takes the place of the one with the same values in them"},
    [COLUMNS] = {"columns", DSC_STRING, "none", "names of the columns, \"a, b\"; those of a record's fields, else c1, c2 .."},
    {0},
};

const dsc_sink_def snk_sqlite = {
    .name = "sqlite",
    .synopsis = "sqlite(path: string, table: string, key: string = none, columns: string = none)",
    .doc = "Rows of a table in a SQLite database, the rows of a batch in one transaction.\n"
           "The fields of a record or tuple are columns: ints, bools and durations (microseconds) are INTEGER, floats REAL, bytes\n"
           "BLOB, strings and times TEXT, none is NULL, lists and what has parts are TEXT as JSON. Rows are added, or with\n"
           "`key:` take the place of the row that has it. With a checkpoint each batch is in there exactly once.\n"
           "It needs SQLite's library (the package libsqlite3-0) where it runs.",
    .args = sqlite_args,
    .class = DSC_ATOMIC,
    .size = sizeof(Sqlite),
    .open = sqlite_open,
    .limit = sqlite_limit,
    .begin = sqlite_begin,
    .write = sqlite_write,
    .rows = sqlite_rows,
    .prepare = sqlite_prepare,
    .publish = sqlite_publish,
    .resume = sqlite_resume,
    .abort = sqlite_abort,
    .close = sqlite_close,
};

DSC_SINK(snk_sqlite)
