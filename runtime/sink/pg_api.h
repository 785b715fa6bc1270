/* pg_api.h: the few functions of libpq, PostgreSQL's library, that are used; see library.h. */
#ifndef RT_PG_API_H
#define RT_PG_API_H

#include "library.h"

typedef struct PGconn PGconn;
typedef struct PGresult PGresult;
typedef struct PQconninfoOption PQconninfoOption;

enum { PG_CONNECTED = 0 };                                       /* PQstatus */
enum { PG_COMMAND_OK = 1, PG_TUPLES_OK = 2, PG_COPY_IN = 4 };    /* PQresultStatus */
enum { PG_SQLSTATE = 'C', PG_MESSAGE = 'M', PG_DETAIL = 'D', PG_HINT = 'H', PG_CONTEXT = 'W' };

#define PG_FUNCTIONS(X) \
    X(PGconn *, connectdbParams, (const char *const *names, const char *const *values, int expand)) \
    X(PQconninfoOption *, conninfoParse, (const char *conninfo, char **why)) \
    X(void, conninfoFree, (PQconninfoOption *options)) \
    X(void, freemem, (void *memory)) \
    X(void, reset, (PGconn *conn)) \
    X(void, finish, (PGconn *conn)) \
    X(int, status, (const PGconn *conn)) \
    X(char *, errorMessage, (const PGconn *conn)) \
    X(char *, host, (const PGconn *conn)) \
    X(char *, port, (const PGconn *conn)) \
    X(char *, db, (const PGconn *conn)) \
    X(void *, setNoticeProcessor, (PGconn *conn, void (*notice)(void *, const char *), void *arg)) \
    X(PGresult *, exec, (PGconn *conn, const char *sql)) \
    X(PGresult *, getResult, (PGconn *conn)) \
    X(int, resultStatus, (const PGresult *result)) \
    X(char *, resultErrorField, (const PGresult *result, int field)) \
    X(int, ntuples, (const PGresult *result)) \
    X(char *, getvalue, (const PGresult *result, int row, int column)) \
    X(void, clear, (PGresult *result)) \
    X(int, putCopyData, (PGconn *conn, const char *bytes, int n)) \
    X(int, putCopyEnd, (PGconn *conn, const char *error))

typedef struct PgApi {
#define PG_MEMBER(ret, name, params) ret (*name) params;
    PG_FUNCTIONS(PG_MEMBER)
#undef PG_MEMBER
} PgApi;

#endif
