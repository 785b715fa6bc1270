/* names.c: the numbered files of a folder. See names.h. */
#define _GNU_SOURCE
#include "names.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int lowest_first(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Only what is written as the job writes it: another name of the same number is another file. */
static bool parse_name(const char *name, const char *prefix, int digits, uint64_t *number)
{
    char right[64];
    size_t n = strlen(prefix);
    if (strncmp(name, prefix, n) != 0 || name[n] != '-')
        return false;
    *number = strtoull(name + n + 1, NULL, 10);
    snprintf(right, sizeof right, "%s-%0*llu", prefix, digits, (unsigned long long)*number);
    return strcmp(name, right) == 0;
}

static bool add(rt_numbers *found, uint64_t number)
{
    if (found->n == found->cap) {
        size_t cap = found->cap ? found->cap * 2 : 16;
        uint64_t *more = realloc(found->at, cap * sizeof *more);
        if (!more)
            return false;
        found->at = more;
        found->cap = cap;
    }
    found->at[found->n++] = number;
    return true;
}

int rt_names_list(dsc_context *job, int folder, const char *path, const char *prefix, int digits, rt_numbers *found)
{
    *found = (rt_numbers){0};
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        dsc_fail(job, "checkpoint: cannot list %s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    int status = 0;
    uint64_t number;
    for (const struct dirent *entry; status == 0 && (entry = readdir(dir)); )
        if (parse_name(entry->d_name, prefix, digits, &number) && !add(found, number))
            status = dsc_fail(job, "checkpoint: no memory for the names of its files");
    closedir(dir);
    if (found->n > 0)
        qsort(found->at, found->n, sizeof *found->at, lowest_first);
    return status;
}
