/* undo.c: what a loss of power takes back.
 *
 * Each change of a file's bytes, size or name is noted with what was there before, until
 * the file, or for names its folder, is synced. Taken back in the order from the last to the first,
 * they leave what was synced. A file that was changed is held open, so that its number stays its own;
 * one whose name is overwritten or removed is kept under a second name in the folder DSC_FAULT_SIDE. */
#define _GNU_SOURCE
#include "fault.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef struct Change {
    bool name;
    dev_t dev;                    /* of the file, or of the folder of a name */
    ino_t ino;
    int fd;                       /* of the file: ours */
    off_t at, size;
    char *bytes;
    size_t n;
    char *from, *to, *kept;       /* names */
} Change;

static Change *changes;
static size_t n_changes, room;

static Change *add(void)
{
    if (n_changes == room) {
        room = room ? room * 2 : 64;
        changes = realloc(changes, room * sizeof *changes);
        if (!changes)
            abort();
    }
    changes[n_changes] = (Change){.fd = -1};
    return &changes[n_changes++];
}

/* One of our own for the file: another change may have it already. It is never closed, which would drop locks of the process. */
static int own_fd(int fd, const struct stat *st)
{
    static struct { dev_t dev; ino_t ino; int fd; } *files;
    static size_t n;
    for (size_t i = 0; i < n; i++)
        if (files[i].dev == st->st_dev && files[i].ino == st->st_ino)
            return files[i].fd;
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int low = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
    int own = low < 0 ? -1 : (int)syscall(SYS_fcntl, low, F_DUPFD_CLOEXEC, 400);
    if (low >= 0)
        syscall(SYS_close, low);
    files = realloc(files, (n + 1) * sizeof *files);
    if (!files || own < 0)
        abort();
    files[n].dev = st->st_dev;
    files[n].ino = st->st_ino;
    files[n++].fd = own;
    return own;
}

void undo_note_bytes(int fd, off_t at, size_t n)
{
    struct stat st;
    if (fd <= 2 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return;
    Change *c = add();
    c->dev = st.st_dev;
    c->ino = st.st_ino;
    c->fd = own_fd(fd, &st);
    c->at = at;
    c->size = st.st_size;
    c->n = at >= st.st_size ? 0 : (off_t)n > st.st_size - at ? (size_t)(st.st_size - at) : n;
    c->bytes = c->n ? malloc(c->n) : NULL;
    if (c->n && (!c->bytes || syscall(SYS_pread64, c->fd, c->bytes, c->n, at) != (long)c->n))
        abort();
}

/* Keep the file of that name under another one. */
static char *keep(const char *path)
{
    static int number;
    const char *side = getenv("DSC_FAULT_SIDE");
    char *kept = NULL;
    if (!side || asprintf(&kept, "%s/%ld-%d", side, (long)getpid(), number++) < 0)
        return NULL;
    if (syscall(SYS_linkat, AT_FDCWD, path, AT_FDCWD, kept, 0) == 0)
        return kept;
    free(kept);
    return NULL;
}

void undo_note_name(const char *from, const char *to)
{
    struct stat st;
    char *folder = strdup(to ? to : from), *slash = folder ? strrchr(folder, '/') : NULL;
    if (!slash)
        abort();
    *slash = '\0';
    if (stat(*folder ? folder : "/", &st) == 0) {
        Change *c = add();
        c->name = true;
        c->dev = st.st_dev;
        c->ino = st.st_ino;
        c->from = from ? strdup(from) : NULL;
        c->to = to ? strdup(to) : NULL;
        c->kept = from ? keep(to ? to : from) : NULL;
    }
    free(folder);
}

static void take_back(const Change *c)
{
    if (!c->name) {
        if (syscall(SYS_ftruncate, c->fd, c->size) < 0 || syscall(SYS_pwrite64, c->fd, c->bytes, c->n, c->at) != (long)c->n)
            abort();
        return;
    }
    if (!c->from && syscall(SYS_unlinkat, AT_FDCWD, c->to, 0) < 0)
        syscall(SYS_unlinkat, AT_FDCWD, c->to, AT_REMOVEDIR);
    if (c->from && c->to)
        syscall(SYS_renameat, AT_FDCWD, c->to, AT_FDCWD, c->from);
    if (c->kept)
        syscall(SYS_renameat, AT_FDCWD, c->kept, AT_FDCWD, c->to ? c->to : c->from);
}

static void drop(Change *c)
{
    if (c->kept)
        syscall(SYS_unlinkat, AT_FDCWD, c->kept, 0);
    free(c->bytes);
    free(c->from);
    free(c->to);
    free(c->kept);
}

static bool is_of(const Change *c, const struct stat *st) { return c->dev == st->st_dev && c->ino == st->st_ino; }

void undo_forget(int fd)
{
    struct stat st;
    if (fd >= 0 && fstat(fd, &st) < 0)
        return;
    size_t n = 0;
    for (size_t i = 0; i < n_changes; i++)
        if (fd < 0 || (is_of(&changes[i], &st) && changes[i].name == S_ISDIR(st.st_mode)))
            drop(&changes[i]);
        else
            changes[n++] = changes[i];
    n_changes = n;
}

void undo_file(int fd)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return;
    for (size_t i = n_changes; i-- > 0;)
        if (!changes[i].name && is_of(&changes[i], &st))
            take_back(&changes[i]);
    undo_forget(fd);
}

/* Names are written in their order, bytes in any. */
void undo_all(unsigned seed)
{
    size_t names_from = seed ? (size_t)rand_r(&seed) % (n_changes + 1) : 0;
    for (size_t i = n_changes; i-- > 0;)
        if (changes[i].name ? i >= names_from : !seed || rand_r(&seed) % 2)
            take_back(&changes[i]);
}
