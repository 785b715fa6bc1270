/* library.c: see library.h. A library that has been loaded stays for as long as the process. */
#define _GNU_SOURCE
#include "library.h"

#include <dlfcn.h>
#include <string.h>

/* Weak: what is linked statically has none, and then cannot load libraries. */
extern void *dlopen(const char *name, int flags) __attribute__((weak));
extern void *dlsym(void *library, const char *name) __attribute__((weak));

int library_load(dsc_context *job, const Library *l, void *api)
{
    if (!dlopen || !dlsym)
        return dsc_fail(job, "%s: an executable that is linked statically cannot load libraries; compile it without --static", l->owner);
    void *handle = dlopen(l->file, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        return dsc_fail(job, "%s: %s, %s, is not installed; its package is %s", l->owner, l->title, l->file, l->package);
    for (size_t i = 0; i < l->n; i++) {
        void *function = dlsym(handle, l->names[i]);
        if (!function)
            return dsc_fail(job, "%s: %s, %s, is too old: it has no %s", l->owner, l->title, l->file, l->names[i]);
        memcpy((char *)api + i * sizeof function, &function, sizeof function);
    }
    return 0;
}
