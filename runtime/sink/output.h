/* output.h: standard output, which print and stdout share.
 *
 * What a batch writes comes in the order of the batches, then of the sinks in
 * the program. So only the sink that opened it first may write before its
 * batch is published; the others wait with their text. */
#ifndef RT_OUTPUT_H
#define RT_OUTPUT_H

#include "held.h"

/* At opening: is this the first sink on standard output? */
bool output_open(void);
void output_close(void);
/* Write all n bytes, or fail; quietly when the reader has left (EPIPE). */
int output_write(dsc_context *job, const char *text, size_t n);
/* Write what is held; nothing is held then. */
int output_send(dsc_context *job, Held *held);

#endif
