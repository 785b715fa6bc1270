/* follow.h: one file that grows, is rotated and cut short while it is read, as
 * `tail -F` follows it. For file(.., follow: true).
 *
 * Each file that stands under the name is a split of its own, and so is what is
 * written to a file after it was cut short. Bytes are read once, when they are
 * planned: they may be gone when somebody asks again. */
#ifndef RT_FOLLOW_H
#define RT_FOLLOW_H

#include "dsc_conn.h"

typedef struct Follow Follow;

/* `path` lives as long. NULL: the error is set. It need not be there. */
Follow *follow_new(dsc_source *s, const char *path);
void follow_free(Follow *f);
/* What is there already is all that will be planned. */
void follow_stop(Follow *f);
/* As in dsc_source_def. */
int follow_plan(Follow *f, int64_t time, size_t max, dsc_range *range);
int follow_read(Follow *f, const dsc_piece *piece, dsc_block *block);
void follow_release(Follow *f, dsc_block *block);
int follow_position(const Follow *f, void *bytes, size_t room);
int follow_seek(Follow *f, const void *bytes, size_t n);

#endif
