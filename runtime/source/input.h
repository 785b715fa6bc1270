/* input.h: regular files read by range, for file, dir and stdin.
 *
 * A file is what it was when it was first opened: what is appended later is not
 * read. Cutting reads through small buffers; only what a step reads is mapped,
 * and only until it is released. */
#ifndef RT_INPUT_H
#define RT_INPUT_H

#include "dsc_conn.h"

#include <sys/types.h>

typedef struct Input {
    const char *name;             /* to open it, and for messages; lives as long as this */
    int fd;                       /* -1: not open now */
    uint64_t size;
    dev_t device;
    ino_t inode;
    int pieces;                   /* planned and not yet released */
    bool planned;                 /* no further piece will be planned */
    bool known;                   /* size, device and inode are set */
} Input;

enum { INPUT_NO_LINKS = 1 };      /* flag of input_open: a symbolic link is refused */

/* Opens it, or finds it open. NULL, or the reason why it cannot be read: it is not a
 * regular file, not the one of before, .. */
const char *input_open(Input *in, int flags);
/* Takes an open descriptor instead. */
const char *input_adopt(Input *in, int fd);
void input_close(Input *in);
/* No further pieces will be planned: it is closed once the last is released. */
void input_planned(Input *in);

/* Where the last record ends that ends at most `max` bytes behind `from`, or else the first
 * one behind `from`; the end of the file ends a record. The file is open, from < size. */
int input_cut(dsc_source *s, const Input *in, uint64_t from, uint64_t max, uint64_t *to);
/* The same for at most *records records (at least 1), from which it takes those it found. */
int input_cut_records(dsc_source *s, const Input *in, uint64_t from, uint64_t max, int64_t *records, uint64_t *to);

/* A hash of the last bytes before an offset, by which a file is known again; it is opened where it is not. NULL, or why it cannot be read. */
const char *input_tail(Input *in, uint64_t offset, uint64_t *hash);

/* The bytes of a planned piece, until input_release. */
int input_read(dsc_source *s, Input *in, int flags, const dsc_piece *piece, dsc_block *block);
void input_release(dsc_block *block);

/* Make `name`, in an open folder, a hard link to the file, which has been opened. 1; 0: that cannot be done. */
int input_link(const Input *in, int folder, const char *name);

#endif
