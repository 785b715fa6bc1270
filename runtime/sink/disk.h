/* disk.h: what sinks ask of the file system. */
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

#endif
