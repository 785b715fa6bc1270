/* library.h: shared libraries that are loaded once a program needs them, so that nothing needs them to be built or linked. */
#ifndef RT_LIBRARY_H
#define RT_LIBRARY_H

#include "dsc_conn.h"

typedef struct Library {
    const char *owner;            /* the sink */
    const char *title;            /* "SQLite's library" */
    const char *file;             /* "libsqlite3.so.0" */
    const char *package;          /* Debian's */
    const char *const *names;     /* of functions, `n` of them */
    size_t n;
} Library;

/* Pointers to the functions, one after the other, to `api`. 0, or -1 after dsc_fail. */
int library_load(dsc_context *job, const Library *library, void *api);

#endif
