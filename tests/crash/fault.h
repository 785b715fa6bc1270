/* fault.h: what fault.c and undo.c share. */
#ifndef FAULT_H
#define FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* ---- undo.c: what a loss of power takes back. Called with the lock of fault.c held. ---- */

/* Before bytes [at, at + n) of a file are written, or its size changes; n may reach behind its end. */
void undo_note_bytes(int fd, off_t at, size_t n);
/* Before a name changes: a file is made at `to` (from == NULL), `from` gets the name `to`, or `from` is removed (to == NULL). Absolute paths. */
void undo_note_name(const char *from, const char *to);
/* A file, or the names in a folder, are on stable storage; fd < 0: everything. */
void undo_forget(int fd);
/* Take back the bytes of this file that are not synced: what a failing fsync may do. */
void undo_file(int fd);
/* Take back all that is not synced; with a seed some of it, as a disk does that had begun to write it. */
void undo_all(unsigned seed);

#endif
