/* ref_log.c: a plain writer, for what a disk gives.
 *
 *     ref_log write FILE BYTES RECORD    write BYTES in records of RECORD bytes, and sync after each of them
 *     ref_log sync FILE TIMES            the median of so many syncs of a block of 512 bytes, in microseconds
 *
 * The file is made anew, with room for all of it, and removed. A sync is fdatasync. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 512 };

static double microseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int put(int fd, const char *p, size_t n, off_t at)
{
    while (n > 0) {
        ssize_t done = pwrite(fd, p, n, at);
        if (done < 0)
            return -1;
        p += done;
        n -= (size_t)done;
        at += done;
    }
    return 0;
}

static int write_all(int fd, size_t bytes, size_t record)
{
    char *p = malloc(record);
    if (!p)
        return -1;
    memset(p, 'x', record);
    int status = 0;
    for (size_t at = 0; at < bytes && status == 0; at += record) {
        size_t n = bytes - at < record ? bytes - at : record;
        status = put(fd, p, n, (off_t)at) < 0 || fdatasync(fd) < 0 ? -1 : 0;
    }
    free(p);
    return status;
}

static int sync_often(int fd, size_t times)
{
    char block[BLOCK] = "a record";
    double *took = malloc(times * sizeof *took);
    int status = took ? 0 : -1;
    for (size_t i = 0; i < times && status == 0; i++) {
        double begin = microseconds();
        status = put(fd, block, BLOCK, (off_t)(i * BLOCK)) < 0 || fdatasync(fd) < 0 ? -1 : 0;
        took[i] = microseconds() - begin;
    }
    if (status == 0) {
        qsort(took, times, sizeof *took, by_size);
        printf("%.1f\n", took[times / 2]);
    }
    free(took);
    return status;
}

int main(int argc, char **argv)
{
    int writes = argc == 5 && strcmp(argv[1], "write") == 0;
    if (!writes && !(argc == 4 && strcmp(argv[1], "sync") == 0)) {
        fprintf(stderr, "usage: ref_log write FILE BYTES RECORD, or ref_log sync FILE TIMES\n");
        return 2;
    }
    size_t n = strtoull(argv[3], NULL, 10), record = writes ? strtoull(argv[4], NULL, 10) : BLOCK;
    int fd = open(argv[2], O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (n == 0 || record == 0 || fd < 0 || posix_fallocate(fd, 0, (off_t)(writes ? n : n * BLOCK)) != 0 ||
        (writes ? write_all(fd, n, record) : sync_often(fd, n)) < 0) {
        perror(argv[2]);
        return 1;
    }
    close(fd);
    unlink(argv[2]);
    return 0;
}
