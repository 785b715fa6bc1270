/* disk.c: what sinks ask of the file system. */
#define _GNU_SOURCE
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int status = fd < 0 ? -1 : fsync(fd);
    int why = errno;
    if (fd >= 0)
        close(fd);
    errno = why;
    return status < 0 && why != EINVAL ? -1 : 0;    /* where folders are never synced */
}

int disk_sync_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *above = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
    int status = above ? sync_folder(above) : -1;
    int why = errno;
    free(above);
    errno = why;
    return status;
}

static int make_one(const char *path, mode_t mode) { return mkdir(path, mode) < 0 ? -1 : disk_sync_name(path); }

int disk_folder(const char *path, mode_t mode)
{
    if (make_one(path, mode) == 0)
        return 0;
    if (errno == ENOENT) {
        const char *slash = strrchr(path, '/');
        if (!slash || slash == path)
            return -1;
        char *above = strndup(path, (size_t)(slash - path));
        int made = above ? disk_folder(above, mode) : -1;
        free(above);
        if (made < 0 || (make_one(path, mode) < 0 && errno != EEXIST))
            return -1;
    }
    struct stat st;
    if (stat(path, &st) < 0)
        return -1;
    if (!S_ISDIR(st.st_mode)) {
        errno = ENOTDIR;
        return -1;
    }
    return 0;
}

int disk_write(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t written = write(fd, bytes, n);
        if (written >= 0) {
            bytes += written;
            n -= (size_t)written;
        } else if (errno == EAGAIN) {
            poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
        } else if (errno != EINTR) {
            return -1;
        }
    }
    return 0;
}

int disk_read_at(int fd, void *bytes, size_t n, off_t at)
{
    for (char *to = bytes; n > 0; ) {
        ssize_t got = pread(fd, to, n, at);
        if (got == 0) {
            errno = EIO;
            return 0;
        }
        if (got < 0 && errno != EINTR)
            return -1;
        if (got > 0) {
            to += got;
            at += got;
            n -= (size_t)got;
        }
    }
    return 1;
}

int disk_write_at(int fd, const void *bytes, size_t n, off_t at)
{
    for (const char *from = bytes; n > 0; ) {
        ssize_t written = pwrite(fd, from, n, at);
        if (written < 0 && errno != EINTR)
            return -1;
        if (written > 0) {
            from += written;
            at += written;
            n -= (size_t)written;
        }
    }
    return 0;
}
