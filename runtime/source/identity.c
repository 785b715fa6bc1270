/* identity.c: the generation of a file, from its handle or else its time of birth. */
#define _GNU_SOURCE
#include "identity.h"

#include <fcntl.h>
#include <stddef.h>

#ifdef __linux__
static uint64_t hash(uint64_t from, const unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        from = (from ^ bytes[i]) * UINT64_C(0x100000001b3);
    return from;
}

static uint64_t generation(int folder, const char *name)
{
    union {
        struct file_handle handle;
        char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
    } of = {.handle = {.handle_bytes = MAX_HANDLE_SZ}};
    int mount;
    if (name_to_handle_at(folder, name, &of.handle, &mount, 0) == 0)
        return hash((uint64_t)of.handle.handle_type,
                    (const unsigned char *)of.room + offsetof(struct file_handle, f_handle), of.handle.handle_bytes);
    struct statx st;
    if (statx(folder, name, AT_SYMLINK_NOFOLLOW, STATX_BTIME, &st) == 0 && (st.stx_mask & STATX_BTIME))
        return (uint64_t)st.stx_btime.tv_sec * 1000000000 + st.stx_btime.tv_nsec;
    return 0;
}
#else
static uint64_t generation(int folder, const char *name)
{
    (void)folder, (void)name;
    return 0;
}
#endif

Identity identity_of(int folder, const char *name, const struct stat *st)
{
    return (Identity){(uint64_t)st->st_dev, (uint64_t)st->st_ino, generation(folder, name)};
}
