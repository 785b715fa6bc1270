/* input.c: regular files, cut at record ends and mapped piece by piece. */
#define _GNU_SOURCE
#include "input.h"
#include "../sink/disk.h"
#include "../value.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Below this copying is cheaper than mapping. */
#define COPY_BELOW ((size_t)128 << 10)
#define WINDOW ((size_t)64 << 10)
enum { TAIL = 256 };              /* bytes of input_tail */

/* ---- opening ------------------------------------------------------------------ */

static const char *identify(Input *in, int fd)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return strerror(errno);
    if (S_ISDIR(st.st_mode))
        return "it is a directory";
    if (!S_ISREG(st.st_mode))
        return "it is not a regular file";
    if (in->known && (st.st_dev != in->device || st.st_ino != in->inode))
        return "it was replaced by another file while it was read";
    if (in->known && (uint64_t)st.st_size < in->size)
        return "it was cut short while it was read";
    char byte;
    if (!in->known && st.st_size == 0 && pread(fd, &byte, 1, 0) == 1)
        return "it does not say its size, as the files of /proc: give it to stdin()";
    if (!in->known)
        in->size = (uint64_t)st.st_size;
    in->device = st.st_dev;
    in->inode = st.st_ino;
    in->known = true;
    in->fd = fd;
    return NULL;
}

const char *input_open(Input *in, int flags)
{
    if (in->fd >= 0)
        return NULL;
    /* Not blocking, or a FIFO without a writer would wait here. */
    int fd = open(in->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (flags & INPUT_NO_LINKS ? O_NOFOLLOW : 0));
    if (fd < 0)
        return errno == ELOOP && (flags & INPUT_NO_LINKS) ? "it is a symbolic link" : strerror(errno);
    const char *why = identify(in, fd);
    if (why)
        close(fd);
    return why;
}

const char *input_adopt(Input *in, int fd)
{
    return identify(in, fd);
}

void input_close(Input *in)
{
    if (in->fd >= 0)
        close(in->fd);
    in->fd = -1;
}

void input_planned(Input *in)
{
    in->planned = true;
    if (in->pieces == 0)
        input_close(in);
}

/* ---- cutting ------------------------------------------------------------------ */

static int cannot_read(dsc_source *s, const Input *in, const char *why)
{
    return dsc_fail(s->job, "%s: cannot read %s: %s", s->def->name, in->name, why);
}

/* All n bytes from an offset, which the file had when it was opened. */
static int read_at(dsc_source *s, const Input *in, char *bytes, size_t n, uint64_t offset)
{
    int got = disk_read_at(in->fd, bytes, n, (off_t)offset);
    return got > 0 ? 0 : cannot_read(s, in, got == 0 ? "it was cut short while it was read" : strerror(errno));
}

static uint64_t lesser(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The end of the last record that ends in from..end; `from` when none does. */
static int last_end(dsc_source *s, const Input *in, uint64_t from, uint64_t end, uint64_t *to)
{
    char window[WINDOW];
    while (end > from) {
        size_t n = (size_t)lesser(sizeof window, end - from);
        if (read_at(s, in, window, n, end - n) < 0)
            return -1;
        const char *found = memrchr(window, '\n', n);
        if (found) {
            *to = end - n + (uint64_t)(found - window) + 1;
            return 0;
        }
        end -= n;
    }
    *to = from;
    return 0;
}

/* Of records of a fixed size: as many as `max` bytes hold, but one at least. */
static uint64_t cut_fixed(uint64_t size, uint64_t left, uint64_t max, int64_t *records)
{
    uint64_t n = max / size, all = (left + size - 1) / size;
    n = lesser(n > 0 ? n : 1, all);
    n = lesser(n, (uint64_t)*records);
    *records -= (int64_t)n;
    return lesser(n * size, left);
}

int input_cut_records(dsc_source *s, const Input *in, uint64_t from, uint64_t max, int64_t *records, uint64_t *to)
{
    if (s->record_size > 0) {
        *to = from + cut_fixed(s->record_size, in->size - from, max, records);
        return 0;
    }
    char window[WINDOW];
    uint64_t at = from;
    *to = from;
    while (at < in->size && *records > 0 && (*to == from || at - from < max)) {
        size_t n = (size_t)lesser(sizeof window, in->size - at);
        if (read_at(s, in, window, n, at) < 0)
            return -1;
        const char *p = window;
        while (*records > 0 && (p = memchr(p, '\n', (size_t)(window + n - p)))) {
            uint64_t end = at + (uint64_t)(++p - window);
            if (*to > from && end - from > max)
                return 0;
            *to = end;
            --*records;
        }
        at += n;
    }
    if (at == in->size && *to < at && *records > 0 && (*to == from || at - from <= max)) {
        *to = at;
        --*records;
    }
    return 0;
}

int input_cut(dsc_source *s, const Input *in, uint64_t from, uint64_t max, uint64_t *to)
{
    if (in->size - from <= max) {
        *to = in->size;
        return 0;
    }
    if (s->record_size > 0) {
        int64_t any = INT64_MAX;
        return input_cut_records(s, in, from, max, &any, to);
    }
    if (last_end(s, in, from, from + max, to) < 0)
        return -1;
    int64_t one = 1;
    return *to > from ? 0 : input_cut_records(s, in, from, max, &one, to);
}

const char *input_tail(Input *in, uint64_t offset, uint64_t *hash)
{
    char bytes[TAIL];
    size_t n = (size_t)lesser(sizeof bytes, offset);
    bool opened = in->fd < 0;
    const char *why = input_open(in, 0);
    if (why)
        return why;
    ssize_t got = pread(in->fd, bytes, n, (off_t)(offset - n));
    if (got < 0)
        why = strerror(errno);
    else
        *hash = rt_stable_hash(bytes, (size_t)got);
    if (opened)
        input_close(in);
    return why;
}

/* ---- reading ------------------------------------------------------------------ */

/* What a block holds. */
typedef struct Taken {
    Input *in;
    void *map;                    /* NULL: the bytes stand behind this struct */
    size_t n;                     /* of the map */
} Taken;

static int no_memory(dsc_source *s, const Input *in, size_t n)
{
    return dsc_fail(s->job, "%s: no memory for %zu bytes of %s", s->def->name, n, in->name);
}

static int copy_piece(dsc_source *s, Input *in, dsc_block *block)
{
    Taken *taken = malloc(sizeof *taken + block->n);
    if (!taken)
        return no_memory(s, in, block->n);
    *taken = (Taken){.in = in};
    if (read_at(s, in, (char *)(taken + 1), block->n, block->offset) < 0) {
        free(taken);
        return -1;
    }
    block->p = (char *)(taken + 1);
    block->held = taken;
    return 0;
}

static int map_piece(dsc_source *s, Input *in, dsc_block *block)
{
    size_t before = (size_t)(block->offset & ((uint64_t)sysconf(_SC_PAGESIZE) - 1)), n = block->n + before;
    char *map = mmap(NULL, n, PROT_READ, MAP_PRIVATE, in->fd, (off_t)(block->offset - before));
    if (map == MAP_FAILED)
        return copy_piece(s, in, block);
    Taken *taken = malloc(sizeof *taken);
    int status = taken ? rt_guard_map(s->job, map, n, in->name) : no_memory(s, in, sizeof *taken);
    if (status < 0) {
        free(taken);
        munmap(map, n);
        return status;
    }
    madvise(map, n, MADV_WILLNEED);
    *taken = (Taken){.in = in, .map = map, .n = n};
    block->p = map + before;
    block->held = taken;
    return 0;
}

int input_read(dsc_source *s, Input *in, int flags, const dsc_piece *piece, dsc_block *block)
{
    const char *why = input_open(in, flags);
    if (why)
        return cannot_read(s, in, why);
    if (piece->from > piece->to || piece->to > in->size)
        return cannot_read(s, in, "it is shorter than when it was read before");
    *block = (dsc_block){.n = (size_t)(piece->to - piece->from), .offset = piece->from, .split_name = in->name};
    return block->n < COPY_BELOW ? copy_piece(s, in, block) : map_piece(s, in, block);
}

void input_release(dsc_block *block)
{
    Taken *taken = block->held;
    Input *in = taken->in;
    if (taken->map) {
        rt_unguard_map(taken->map);
        munmap(taken->map, taken->n);
    }
    free(taken);
    if (in->pieces > 0 && --in->pieces == 0 && in->planned)
        input_close(in);
}

/* ---- links -------------------------------------------------------------------- */

int input_link(const Input *in, int folder, const char *name)
{
    struct stat st;
    if (linkat(AT_FDCWD, in->name, folder, name, 0) < 0)
        return 0;
    /* Its name may have come to be another file's meanwhile. */
    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_dev == in->device && st.st_ino == in->inode)
        return 1;
    unlinkat(folder, name, 0);
    return 0;
}
