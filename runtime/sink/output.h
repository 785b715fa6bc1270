/* output.h: standard output, which print and stdout share.
 *
 * What a batch writes comes in the order of the batches, then of the sinks in
 * the program. So only the sink that opened it first may write before its
 * batch is published; the others wait with their text. */
#ifndef RT_OUTPUT_H
#define RT_OUTPUT_H

#include "dsc_conn.h"

/* Text that waits: in memory, and beyond some size in a file without a name. */
typedef struct Held {
    char *p;
    size_t n, cap;                /* of p */
    int fd;                       /* -1: all of it is at p */
} Held;
#define HELD_NOTHING ((Held){.fd = -1})

/* At opening: is this the first sink on standard output? */
bool output_open(void);
void output_close(void);
/* Write all n bytes, or fail; quietly when the reader has left (EPIPE). */
int output_write(dsc_context *job, const char *text, size_t n);

int held_add(dsc_context *job, Held *held, const char *text, size_t n);
/* Write what is held to standard output; it is empty then. */
int held_write(dsc_context *job, Held *held);
void held_drop(Held *held);
void held_free(Held *held);

#endif
