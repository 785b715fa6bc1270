/* held.h: text of a batch that waits until the batch is published: in memory, and
 * beyond some size in a file without a name. */
#ifndef RT_HELD_H
#define RT_HELD_H

#include "dsc_conn.h"

typedef struct Held {
    char *p;
    size_t n, cap;                /* of p */
    int fd;                       /* -1: all of it is at p */
} Held;
#define HELD_NOTHING ((Held){.fd = -1})

int held_add(dsc_context *job, Held *held, const char *text, size_t n);
/* Give all of it to `send`, part by part, in one part where it is in memory; nothing is held then.
 * Stops at a negative result, which is the answer. */
typedef int HeldSend(void *arg, const char *text, size_t n);
int held_send(dsc_context *job, Held *held, HeldSend *send, void *arg);
void held_drop(Held *held);
void held_free(Held *held);

#endif
