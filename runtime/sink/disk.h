/* disk.h: what sinks, sources and checkpoints ask of the file system. */
#ifndef RT_DISK_H
#define RT_DISK_H

#include <stddef.h>
#include <sys/types.h>

/* Make a directory with those above it, where they are not there; their names are on stable storage then. 0, or -1 with errno. */
int disk_folder(const char *path, mode_t mode);
/* The name of a file that was made is on stable storage. 0, or -1 with errno. */
int disk_sync_name(const char *path);
/* All n bytes, also to a descriptor that does not block. 0, or -1 with errno. */
int disk_write(int fd, const char *bytes, size_t n);
/* All n bytes from an offset on. 1; 0 with EIO: the file has fewer; -1 with errno. */
int disk_read_at(int fd, void *bytes, size_t n, off_t at);
/* All n bytes to an offset. 0, or -1 with errno. */
int disk_write_at(int fd, const void *bytes, size_t n, off_t at);

#endif
