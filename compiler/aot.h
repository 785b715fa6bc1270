/* aot.h: generated C to an executable, by the C compiler. */
#ifndef DSC_AOT_H
#define DSC_AOT_H

#include <stdbool.h>

/* C that is compiled and linked with a unit. */
typedef struct CFile {
    const char *path;             /* beside it may be what it includes */
    const char *text;
} CFile;

typedef struct AotOptions {
    const char *out;              /* the executable's path */
    bool is_static;               /* no shared libraries */
    bool debug;                   /* -g: not stripped, and the C is kept as OUT.c */
    const CFile *files;
    int n_files;
} AotOptions;

/* Compile a unit and link it with the runtime that lies in this binary. The
 * compiler is $CC, else the one dsc was built with; $CFLAGS are added. The
 * executable appears whole or not at all. Returns 0, or 1 with the reason on
 * standard error. */
int aot_compile(const char *c_text, const AotOptions *options);

#endif
