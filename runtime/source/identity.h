/* identity.h: which file it is, whatever its name: files made one after the other
 * can get the same inode, so a generation goes with it. */
#ifndef RT_IDENTITY_H
#define RT_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

typedef struct Identity {
    uint64_t device, inode, generation;
} Identity;

/* Of an entry of an open directory, which `st` describes. */
Identity identity_of(int folder, const char *name, const struct stat *st);

static inline bool identity_same(const Identity *a, const Identity *b)
{
    return a->inode == b->inode && a->generation == b->generation && a->device == b->device;
}

#endif
