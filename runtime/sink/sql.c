/* sql.c: see sql.h. */
#define _GNU_SOURCE
#include "sql.h"
#include "../crash.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t open_lock = PTHREAD_MUTEX_INITIALIZER;
static SqlDb *all_open;

/* ---- columns ---------------------------------------------------------------------- */

static bool has_fields(const dsc_type *type) { return type->kind == DSC_TUPLE || type->kind == DSC_RECORD; }

int sql_columns(const SqlSink *s)
{
    const dsc_type *type = s->base.node->type;
    return has_fields(type) ? (int)type->n : 1;
}

const dsc_type *sql_column_type(const SqlSink *s, int i)
{
    const dsc_type *type = s->base.node->type;
    return has_fields(type) ? type->fields[i].type : type;
}

const void *sql_column_value(const SqlSink *s, int i, const char *element)
{
    const dsc_type *type = s->base.node->type;
    return has_fields(type) ? element + type->fields[i].offset : element;
}

dsc_str sql_column_name(const SqlSink *s, int i, char room[16])
{
    const dsc_type *type = s->base.node->type;
    if (s->base.args[SQL_COLUMNS].set)
        return dsc_word_of(s->base.args[SQL_COLUMNS].s, i);
    if (type->kind == DSC_RECORD)
        return (dsc_str){type->fields[i].name, (int64_t)strlen(type->fields[i].name)};
    return (dsc_str){room, snprintf(room, 16, "c%d", i + 1)};
}

static bool same(dsc_str a, dsc_str b) { return a.n == b.n && memcmp(a.p, b.p, (size_t)a.n) == 0; }

static dsc_str key_word(const SqlSink *s, int i)
{
    return s->base.args[SQL_KEY].set ? dsc_word_of(s->base.args[SQL_KEY].s, i) : (dsc_str){NULL, 0};
}

bool sql_in_key(const SqlSink *s, int i)
{
    char room[16];
    dsc_str name = sql_column_name(s, i, room), word;
    for (int k = 0; (word = key_word(s, k)).n > 0; k++)
        if (same(word, name))
            return true;
    return false;
}

/* What the compiler checks where the names are written in the program. */
static int check_names(SqlSink *s)
{
    const dsc_arg *table = &s->base.args[SQL_TABLE], *columns = &s->base.args[SQL_COLUMNS], *key = &s->base.args[SQL_KEY];
    int n = sql_columns(s), given = 0, found = 0, words = 0;
    if (table->s.n == 0)
        return dsc_fail(s->base.job, "%s: the table needs a name", s->kind->name);
    while (columns->set && dsc_word_of(columns->s, given).n > 0)
        given++;
    if (columns->set && given != n)
        return dsc_fail(s->base.job, "%s: `columns` names %d, and elements have %d", s->kind->name, given, n);
    for (int i = 0; i < n; i++)
        found += sql_in_key(s, i);
    while (key_word(s, words).n > 0)
        words++;
    if (key->set && (words == 0 || found != words))
        return dsc_fail(s->base.job, "%s: `key` is \"%.*s\", and not all of that are columns", s->kind->name, (int)key->s.n, key->s.p);
    return 0;
}

/* ---- SQL ------------------------------------------------------------------------------ */

static void add_quoted(rt_buf *b, char quote, dsc_str text)
{
    rt_buf_char(b, quote);
    for (int64_t i = 0; i < text.n; i++) {
        if (text.p[i] == quote)
            rt_buf_char(b, quote);
        rt_buf_char(b, text.p[i]);
    }
    rt_buf_char(b, quote);
}

void sql_add_name(rt_buf *b, dsc_str name) { add_quoted(b, '"', name); }

void sql_add_text(rt_buf *b, const char *text) { add_quoted(b, '\'', (dsc_str){text, (int64_t)strlen(text)}); }

void sql_add_table(const SqlSink *s, rt_buf *b)
{
    dsc_str name = s->base.args[SQL_TABLE].s;
    const char *dot = s->kind->schemas ? memchr(name.p, '.', (size_t)name.n) : NULL;
    if (dot) {
        sql_add_name(b, (dsc_str){name.p, dot - name.p});
        rt_buf_char(b, '.');
        name = (dsc_str){dot + 1, name.n - (dot + 1 - name.p)};
    }
    sql_add_name(b, name);
}

static void add_column(const SqlSink *s, rt_buf *b, int i)
{
    char room[16];
    sql_add_name(b, sql_column_name(s, i, room));
}

void sql_add_columns(const SqlSink *s, rt_buf *b)
{
    for (int i = 0; i < sql_columns(s); i++) {
        rt_buf_text(b, i ? ", " : "");
        add_column(s, b, i);
    }
}

bool sql_add_key(const SqlSink *s, rt_buf *b)
{
    dsc_str word;
    int n = 0;
    for (; (word = key_word(s, n)).n > 0; n++) {
        rt_buf_text(b, n ? ", " : "");
        sql_add_name(b, word);
    }
    return n > 0;
}

int sql_ended(const SqlSink *s, rt_buf *sql)
{
    rt_buf_char(sql, '\0');
    return sql->failed ? dsc_fail(s->base.job, "%s: no memory", s->kind->name) : 0;
}

int sql_run(SqlSink *s, rt_buf *sql, const char *what)
{
    int status = sql_ended(s, sql) < 0 ? -1 : s->kind->run(s, sql->p, what);
    rt_buf_free(sql);
    return status;
}

/* ---- opening ---------------------------------------------------------------------------- */

static int make_table(SqlSink *s)
{
    rt_buf name = {0}, b = {0};
    sql_add_table(s, &name);
    rt_buf_text(&b, "CREATE TABLE IF NOT EXISTS ");
    sql_add_table(s, &b);
    for (int i = 0; i < sql_columns(s); i++) {
        rt_buf_text(&b, i ? ", " : " (");
        add_column(s, &b, i);
        rt_buf_print(&b, " %s", s->kind->type(sql_column_type(s, i)));
    }
    if (s->base.args[SQL_KEY].set) {
        rt_buf_text(&b, ", PRIMARY KEY (");
        sql_add_key(s, &b);
        rt_buf_char(&b, ')');
    }
    rt_buf_char(&b, ')');
    int status = sql_ended(s, &name) < 0 || sql_ended(s, &b) < 0 ? -1 : s->kind->make(s, name.p, b.p);
    rt_buf_free(&name);
    rt_buf_free(&b);
    if (status < 0 || !s->base.durable)
        return status;
    return s->kind->make(s, "dsc_batches", "CREATE TABLE IF NOT EXISTS dsc_batches (job BIGINT, sink TEXT, time BIGINT, PRIMARY KEY (job, sink))");
}

static SqlDb *find_db(const SqlSink *s, const char *place)
{
    SqlDb *db;
    pthread_mutex_lock(&open_lock);
    for (db = all_open; db && (db->job != s->base.job || db->kind != s->kind || strcmp(db->place, place) != 0); db = db->next)
        ;
    if (db)
        db->users++;
    pthread_mutex_unlock(&open_lock);
    return db;
}

static int open_db(SqlSink *s, char *place)
{
    SqlDb *db = calloc(1, s->kind->db_size);
    if (!db) {
        free(place);
        return dsc_fail(s->base.job, "%s: no memory", s->kind->name);
    }
    *db = (SqlDb){.job = s->base.job, .kind = s->kind, .place = place, .users = 1};
    s->db = db;
    pthread_mutex_lock(&open_lock);
    db->next = all_open;
    all_open = db;
    pthread_mutex_unlock(&open_lock);
    if (getentropy(&db->id, sizeof db->id) != 0)
        db->id = (int64_t)getpid() << 32;
    return s->kind->connect(s);
}

int sql_open(SqlSink *s, const SqlKind *kind)
{
    const dsc_str place = s->base.args[SQL_PLACE].s;
    s->kind = kind;
    s->noted = SQL_NEVER;
    if (check_names(s) < 0)
        return -1;
    char *name = place.n == 0 || memchr(place.p, 0, (size_t)place.n) ? NULL : strndup(place.p, (size_t)place.n);
    if (!name)
        return dsc_fail(s->base.job, "%s: `%s` says no place", kind->name, s->base.def->args[SQL_PLACE].name);
    s->db = find_db(s, name);
    if (s->db)
        free(name);
    else if (open_db(s, name) < 0)
        return -1;
    s->number = ++s->db->opened;
    return make_table(s);
}

static void close_db(SqlDb *db)
{
    pthread_mutex_lock(&open_lock);
    bool last = --db->users == 0;
    for (SqlDb **at = &all_open; last && *at; at = &(*at)->next)
        if (*at == db) {
            *at = db->next;
            break;
        }
    pthread_mutex_unlock(&open_lock);
    if (!last)
        return;
    db->kind->disconnect(db);
    free(db->place);
    free(db);
}

void sql_close(dsc_sink *sink)
{
    SqlSink *s = (SqlSink *)sink;
    if (s->db)
        close_db(s->db);
}

/* ---- a batch ------------------------------------------------------------------------------ */

int64_t sql_limit(dsc_sink *sink)
{
    (void)sink;
    return -1;
}

int sql_begin(dsc_sink *sink, int64_t time)
{
    SqlSink *s = (SqlSink *)sink;
    s->time = time;
    s->has_rows = false;
    return 0;
}

int sql_write(dsc_sink *sink, const char *text, size_t n, int64_t elements)
{
    (void)sink, (void)text, (void)n, (void)elements;
    return 0;
}

int sql_rows(dsc_sink *sink, const void *elements, size_t n)
{
    SqlSink *s = (SqlSink *)sink;
    if (n == 0 || s->is_there)
        return 0;
    if (!s->db->in_batch && s->kind->begin(s) < 0)
        return -1;
    s->db->in_batch = s->has_rows = true;
    return s->kind->rows(s, elements, n);
}

static int note(SqlSink *s)
{
    rt_buf b = {0};
    for (int i = 0; i < 2; i++) {
        rt_buf_print(&b, i ? "; INSERT INTO dsc_batches (job, sink, time) VALUES (%lld, " : "DELETE FROM dsc_batches WHERE job = %lld AND sink = ",
                     (long long)s->db->id);
        sql_add_text(&b, s->base.node->name);
    }
    rt_buf_print(&b, ", %lld)", (long long)s->time);
    return sql_run(s, &b, "note a batch");
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

int sql_prepare(dsc_sink *sink, int64_t elements, dsc_token *token)
{
    SqlSink *s = (SqlSink *)sink;
    (void)elements;
    if (s->has_rows && ((s->kind->done && s->kind->done(s) < 0) || (sink->durable && note(s) < 0)))
        return -1;
    token->n = 0;
    put_number(token, s->db->id);
    put_number(token, s->has_rows ? s->time : s->noted);
    return 0;
}

int sql_publish(dsc_sink *sink, const dsc_token *token)
{
    SqlSink *s = (SqlSink *)sink;
    s->noted = number_at(token, 8);
    if (!s->db->in_batch)
        return 0;
    rt_crash_point();
    if (s->kind->run(s, "COMMIT", "commit a batch") < 0)
        return -1;
    rt_crash_point();
    s->db->in_batch = false;
    return 0;
}

/* A transaction that this sink has brought no rows to is left alone: another one may still publish it. */
void sql_abort(dsc_sink *sink)
{
    SqlSink *s = (SqlSink *)sink;
    if (s->has_rows && s->db->in_batch)
        s->kind->run(s, "ROLLBACK", "take a batch back");
    if (s->has_rows)
        s->db->in_batch = false;
    s->has_rows = s->is_there = false;
}

/* ---- after a restart ------------------------------------------------------------------------ */

/* Is the batch of the token there? The job goes on under its number, so that whoever comes after this process finds what it
 * publishes, too. */
static int look(SqlSink *s, const dsc_token *token)
{
    if (token->n != 16)
        return dsc_fail(s->base.job, "%s: the saved mark of a batch is damaged", s->kind->name);
    int64_t id = number_at(token, 0), n = 0;
    s->db->id = id;
    s->noted = number_at(token, 8);
    if (s->noted == SQL_NEVER)
        return 1;
    if (s->kind->await && s->kind->await(s, id) < 0)
        return -1;
    rt_buf b = {0};
    rt_buf_print(&b, "SELECT count(*) FROM dsc_batches WHERE job = %lld AND time >= %lld AND sink = ", (long long)id, (long long)s->noted);
    sql_add_text(&b, s->base.node->name);
    int status = sql_ended(s, &b) < 0 ? -1 : s->kind->number(s, b.p, "read the table dsc_batches", &n);
    rt_buf_free(&b);
    return status < 0 ? -1 : n > 0;
}

/* Has the process before got as far as its COMMIT? A transaction is there or not, whatever `whole` says. */
int sql_resume(dsc_sink *sink, const dsc_token *token, bool whole)
{
    SqlSink *s = (SqlSink *)sink;
    int status = look(s, token);
    (void)whole;
    s->is_there = status > 0;
    return status;
}

int sql_settled(dsc_sink *sink, const dsc_token *token)
{
    SqlSink *s = (SqlSink *)sink;
    int status = look(s, token);
    if (status == 0)
        dsc_note(sink->job, "%s: the database has no note of the batch %lld ms, which was written to it: is it another one, or an older copy?",
                 s->kind->name, (long long)s->noted / 1000);
    return status < 0 ? -1 : 0;
}
