/* sqlite_api.h: the few functions of SQLite that are used; see library.h. */
#ifndef RT_SQLITE_API_H
#define RT_SQLITE_API_H

#include "library.h"
#include <stdint.h>

typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;

enum { SQLITE_OK = 0, SQLITE_ROW = 100, SQLITE_DONE = 101, SQLITE_OPEN_READWRITE = 2, SQLITE_OPEN_CREATE = 4 };
/* The library copies the text before it returns. */
#define SQLITE_TRANSIENT ((void (*)(void *))(intptr_t)-1)

#define SQLITE_FUNCTIONS(X) \
    X(int, open_v2, (const char *name, sqlite3 **db, int flags, const char *vfs)) \
    X(int, close_v2, (sqlite3 *db)) \
    X(const char *, errmsg, (sqlite3 *db)) \
    X(int, busy_timeout, (sqlite3 *db, int ms)) \
    X(int, exec, (sqlite3 *db, const char *sql, int (*row)(void *, int, char **, char **), void *arg, char **error)) \
    X(int, prepare_v2, (sqlite3 *db, const char *sql, int n, sqlite3_stmt **out, const char **rest)) \
    X(int, finalize, (sqlite3_stmt *stmt)) \
    X(int, step, (sqlite3_stmt *stmt)) \
    X(int, reset, (sqlite3_stmt *stmt)) \
    X(int, bind_null, (sqlite3_stmt *stmt, int at)) \
    X(int, bind_int64, (sqlite3_stmt *stmt, int at, int64_t value)) \
    X(int, bind_double, (sqlite3_stmt *stmt, int at, double value)) \
    X(int, bind_text, (sqlite3_stmt *stmt, int at, const char *text, int n, void (*free)(void *))) \
    X(int, bind_blob, (sqlite3_stmt *stmt, int at, const void *bytes, int n, void (*free)(void *))) \
    X(int64_t, column_int64, (sqlite3_stmt *stmt, int at))

typedef struct SqliteApi {
#define SQLITE_MEMBER(ret, name, params) ret (*name) params;
    SQLITE_FUNCTIONS(SQLITE_MEMBER)
#undef SQLITE_MEMBER
} SqliteApi;

#endif
