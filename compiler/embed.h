/* embed.h: files that lie inside the dsc binary. The build makes them with
 * compiler/embed.c (build/embed NAME FILE > build/gen/embed_NAME.c). */
#ifndef DSC_EMBED_H
#define DSC_EMBED_H

#include <stddef.h>

/* dsc_abi.h, dsc_fn.h and what that includes, in one text without an #include
 * of ours: what generated C sees. Terminated; size without the terminator. */
extern const unsigned char embed_headers[];
extern const size_t embed_headers_size;

/* libdsc.a, for dsc compile. */
extern const unsigned char embed_libdsc[];
extern const size_t embed_libdsc_size;

/* stdlib/NAME.ds, what `import NAME` brings in; ends with name == NULL. */
typedef struct Library {
    const char *name, *text;
    const size_t *size;
} Library;
extern const Library libraries[];

#endif
