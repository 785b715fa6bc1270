/* sql.h: what sinks that keep rows in the tables of a database share.
 *
 * The rows of a batch go into one transaction, which is open from `rows` on and is committed when the batch is published. The
 * sinks of a job that write to the same database share a connection and the transaction: all are prepared before one is
 * published, and what the first publishes is published for all. With a checkpoint the same transaction notes in the table
 * dsc_batches which batch it was: a process that comes after finds there whether the last one got that far. A job's notes
 * are told from another's by a random number, which goes on from process to process.
 *
 * Token: that number and the time of the last batch that had rows, 8 bytes each.
 *
 * A kind of database is a SqlKind and a struct that begins with SqlDb; a sink's struct begins with SqlSink, and its
 * definition has SQL_SINK, with an `open` of its own that calls sql_open. Its first arguments are SQL_ARGS. */
#ifndef RT_SQL_H
#define RT_SQL_H

#include "../rt.h"

enum { SQL_PLACE, SQL_TABLE, SQL_KEY, SQL_COLUMNS };
#define SQL_ARGS(name, doc) \
    [SQL_PLACE] = {name, DSC_STRING, NULL, doc}, \
    [SQL_TABLE] = {"table", DSC_STRING, NULL, "the table; it is made where it is not there"}, \
    [SQL_KEY] = {"key", DSC_STRING, "none", "columns, \"a, b\": a row takes the place of the one with the same values in them"}, \
    [SQL_COLUMNS] = {"columns", DSC_STRING, "none", "names of the columns, \"a, b\"; those of a record's fields, else c1, c2 .."}, \
    {0}

/* Of the definition of such a sink. */
#define SQL_SINK \
    .class = DSC_ATOMIC, .limit = sql_limit, .begin = sql_begin, .write = sql_write, .rows = sql_rows, .prepare = sql_prepare, \
    .publish = sql_publish, .resume = sql_resume, .settled = sql_settled

typedef struct SqlKind SqlKind;
typedef struct SqlDb SqlDb;

typedef struct SqlSink {
    dsc_sink base;
    const SqlKind *kind;
    SqlDb *db;
    int number;                   /* among the sinks that share `db`, from 1 */
    int64_t time;                 /* of the batch in hand */
    int64_t noted;                /* of the last that had rows; SQL_NEVER */
    bool has_rows;                /* the batch in hand has brought some */
    bool is_there;                /* the batch that is to come had been committed by the process before */
} SqlSink;
#define SQL_NEVER INT64_MIN

struct SqlDb {
    SqlDb *next;
    const dsc_context *job;
    const SqlKind *kind;
    char *place;                  /* the first argument */
    int users, opened;            /* sinks that hold it, and have ever */
    int64_t id;                   /* the job's number */
    bool in_batch;                /* a transaction is open */
};

/* What one kind of database does in its own way. Functions return 0, or -1 after dsc_fail. `what`, for messages, goes on
 * from "cannot ". */
struct SqlKind {
    const char *name;             /* of the sink */
    size_t db_size;               /* of its SqlDb */
    const char *(*type)(const dsc_type *type);       /* of a column: "INTEGER" */
    int (*connect)(SqlSink *s);   /* s->db is nothing but its head */
    void (*disconnect)(SqlDb *db);
    int (*make)(SqlSink *s, const char *table, const char *sql);    /* run `sql`, which makes the table, unless it is there */
    int (*begin)(SqlSink *s);     /* a transaction */
    int (*rows)(SqlSink *s, const void *elements, size_t n);        /* in the transaction */
    int (*done)(SqlSink *s);      /* there are no more rows in this batch; may be NULL */
    int (*run)(SqlSink *s, const char *sql, const char *what);
    int (*number)(SqlSink *s, const char *sql, const char *what, int64_t *out);   /* the one number that `sql` asks for */
    int (*await)(SqlSink *s, int64_t id);            /* until nobody has a transaction open for the job of this number; may be NULL */
    bool schemas;                 /* "a.b" is the table b of the schema a */
};

/* Find or open the database, make the tables that are not there. */
int sql_open(SqlSink *s, const SqlKind *kind);

/* For the sink's definition. */
int64_t sql_limit(dsc_sink *sink);
int sql_begin(dsc_sink *sink, int64_t time);
int sql_write(dsc_sink *sink, const char *text, size_t n, int64_t elements);
int sql_rows(dsc_sink *sink, const void *elements, size_t n);
int sql_prepare(dsc_sink *sink, int64_t elements, dsc_token *token);
int sql_publish(dsc_sink *sink, const dsc_token *token);
int sql_resume(dsc_sink *sink, const dsc_token *token, bool whole);
int sql_settled(dsc_sink *sink, const dsc_token *token);
void sql_abort(dsc_sink *sink);
void sql_close(dsc_sink *sink);

/* Columns: the fields of a record or tuple, else one. */
int sql_columns(const SqlSink *s);
const dsc_type *sql_column_type(const SqlSink *s, int i);
const void *sql_column_value(const SqlSink *s, int i, const char *element);
dsc_str sql_column_name(const SqlSink *s, int i, char room[16]);
bool sql_in_key(const SqlSink *s, int i);

/* SQL: a name, a string, the table's name, and names of columns with commas between them. sql_add_key: false where there is no key. */
void sql_add_name(rt_buf *b, dsc_str name);
void sql_add_text(rt_buf *b, const char *text);
void sql_add_table(const SqlSink *s, rt_buf *b);
void sql_add_columns(const SqlSink *s, rt_buf *b);
bool sql_add_key(const SqlSink *s, rt_buf *b);
/* What stands in the buffer is whole: terminate it. 0, or -1 after dsc_fail. */
int sql_ended(const SqlSink *s, rt_buf *sql);
/* Run it; the buffer is freed. */
int sql_run(SqlSink *s, rt_buf *sql, const char *what);

#endif
