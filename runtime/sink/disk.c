/* disk.c: what sinks ask of the file system. */
#define _GNU_SOURCE
#include "disk.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int disk_folder(const char *path)
{
    if (mkdir(path, 0777) == 0)
        return 0;
    if (errno == ENOENT) {
        const char *slash = strrchr(path, '/');
        if (!slash || slash == path)
            return -1;
        char *above = strndup(path, (size_t)(slash - path));
        int made = above ? disk_folder(above) : -1;
        free(above);
        if (made < 0 || (mkdir(path, 0777) < 0 && errno != EEXIST))
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
