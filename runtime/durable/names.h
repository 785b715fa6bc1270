/* names.h: the numbered files of a checkpoint's folder, PREFIX-NUMBER. */
#ifndef RT_NAMES_H
#define RT_NAMES_H

#include "rt.h"

typedef struct rt_numbers {
    uint64_t *at;
    size_t n, cap;
} rt_numbers;

/* The numbers, of `digits` digits at least, of the files with that prefix, the lowest first; free(found->at), also after a
 * failure. `path` is the folder's, for messages. 0, or -1 after dsc_fail. */
int rt_names_list(dsc_context *job, int folder, const char *path, const char *prefix, int digits, rt_numbers *found);

#endif
