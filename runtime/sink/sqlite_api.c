/* sqlite_api.c: SQLite's shared library, loaded once it is needed. */
#define _GNU_SOURCE
#include "sqlite_api.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

/* Weak: what is linked statically has none, and then cannot load libraries. */
extern void *dlopen(const char *name, int flags) __attribute__((weak));
extern void *dlsym(void *library, const char *name) __attribute__((weak));

const char *sqlite_load(SqliteApi *api)
{
    static const char *const names[] = {
#define SQLITE_NAME(ret, name, params) "sqlite3_" #name,
        SQLITE_FUNCTIONS(SQLITE_NAME)
#undef SQLITE_NAME
    };
    if (!dlopen || !dlsym)
        return "an executable that is linked statically cannot load libraries; compile it without --static";
    void *library = dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return "SQLite's library, libsqlite3.so.0, is not installed; its package is libsqlite3-0";
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        void *function = dlsym(library, names[i]);
        if (!function)
            return "SQLite's library, libsqlite3.so.0, is too old";
        memcpy((char *)api + i * sizeof function, &function, sizeof function);
    }
    return NULL;
}
