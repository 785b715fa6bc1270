/* fault.c: a library that is loaded before a program (LD_PRELOAD) and has one of its calls
 * go wrong, so that a test can try each of them.
 *
 *   DSC_FAULT=KIND:N      the N-th call that the kind is about goes wrong; KIND:N:SEED
 *   DSC_FAULT_COUNT=FILE  at the end: how many calls of each kind there were, lines "KIND N"
 *   DSC_FAULT_BOOT=FILE   is read in place of the number of the system's start
 *   DSC_FAULT_SIDE=DIR    a folder on the same disk, for undo.c
 *   DSC_FAULT_CLOCK=US:BY[,US:BY ..]  so long after the program's start the system's time jumps by BY microseconds
 *
 * Programs that the program starts are left alone. Syncing itself is left out. */
#define _GNU_SOURCE
#include "fault.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* What a call does. */
enum { WRITES = 1, SYNCS = 2, NAMES = 4, OPENS = 8, MAKES = 16, SIZES = 32, ALLOCATES = 64 };
enum { CHANGES = WRITES | SYNCS | NAMES | MAKES | SIZES };

typedef enum Kind { KILL, TORN, POWER, PARTS, FULL, SHORT, SYNC, LOST, NAME, OPEN, ALLOC, N_KINDS } Kind;
static const struct {
    const char *name;
    int calls;
} kinds[N_KINDS] = {
    [KILL] = {"kill", CHANGES},               /* killed right before the call */
    [TORN] = {"torn", WRITES},                /* half of it is written, then killed */
    [POWER] = {"power", CHANGES},             /* what is not synced is gone */
    [PARTS] = {"parts", CHANGES},             /* parts of what is not synced are gone */
    [FULL] = {"full", WRITES | MAKES | SIZES},    /* from here on there is no room */
    [SHORT] = {"short", WRITES},              /* half of it is written, and said so */
    [SYNC] = {"sync", SYNCS},                 /* an error */
    [LOST] = {"lost", SYNCS},                 /* an error, and what was to be synced is gone */
    [NAME] = {"name", NAMES},                 /* an error of rename, unlink */
    [OPEN] = {"open", OPENS | MAKES},         /* an error of open, mkdir */
    [ALLOC] = {"alloc", ALLOCATES},           /* no memory, once */
};

static int kind = -1;
static long at;
static unsigned seed;
static bool active, power;
static atomic_long counts[N_KINDS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char count_to[PATH_MAX], boot[PATH_MAX], jumps[256];
static struct timespec begun;

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

__attribute__((constructor)) static void begin(void)
{
    const char *fault = getenv("DSC_FAULT"), *to = getenv("DSC_FAULT_COUNT"), *id = getenv("DSC_FAULT_BOOT"), *clock = getenv("DSC_FAULT_CLOCK");
    snprintf(count_to, sizeof count_to, "%s", to ? to : "");
    snprintf(boot, sizeof boot, "%s", id ? id : "");
    snprintf(jumps, sizeof jumps, "%s", clock ? clock : "");
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &begun);
    for (int i = 0; fault && i < N_KINDS; i++) {
        size_t n = strlen(kinds[i].name);
        if (strncmp(fault, kinds[i].name, n) != 0 || fault[n] != ':')
            continue;
        char *end;
        kind = i;
        at = strtol(fault + n + 1, &end, 10);
        seed = *end == ':' ? (unsigned)strtoul(end + 1, NULL, 10) : 1;
    }
    power = kind == POWER || kind == PARTS || kind == LOST;
    unsetenv("LD_PRELOAD");
    unsetenv("DSC_FAULT");
    unsetenv("DSC_FAULT_COUNT");
    active = true;
}

__attribute__((destructor)) static void end(void)
{
    active = false;
    FILE *out = *count_to ? fopen(count_to, "w") : NULL;
    for (int i = 0; out && i < N_KINDS; i++)
        fprintf(out, "%s %ld\n", kinds[i].name, atomic_load(&counts[i]));
    if (out)
        fclose(out);
}

static _Noreturn void die(void)
{
    syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
    for (;;)
        syscall(SYS_pause);
}

/* A call: is it the one? Some end here. */
static bool is_it(int calls)
{
    bool now = false;
    for (int i = 0; i < N_KINDS && active; i++)
        if (kinds[i].calls & calls) {
            long n = atomic_fetch_add(&counts[i], 1) + 1;
            now |= i == kind && (n == at || (i == FULL && n > at && at > 0));
        }
    if (now && (kind == POWER || kind == PARTS))
        undo_all(kind == PARTS ? seed : 0);
    if (now && (kind == KILL || kind == POWER || kind == PARTS))
        die();
    return now;
}

static bool is_file(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

static long fail(int why)
{
    errno = why;
    return -1;
}

static int leave(long result)
{
    int why = errno;
    pthread_mutex_unlock(&lock);
    errno = why;
    return (int)result;
}

/* ---- bytes --------------------------------------------------------------------------- */

/* at < 0: where the file stands. Of a write that goes wrong half is done, if it is more than a byte. */
static ssize_t write_parts(int fd, const struct iovec *parts, int n, off_t place)
{
    bool file = is_file(fd);
    size_t size = 0;
    for (int i = 0; i < n; i++)
        size += parts[i].iov_len;
    if (file)
        pthread_mutex_lock(&lock);
    bool wrong = file && is_it(WRITES);
    if (file && power && fd > 2) {
        bool appends = (syscall(SYS_fcntl, fd, F_GETFL) & O_APPEND) != 0;
        off_t from = place >= 0 ? place : appends ? lseek(fd, 0, SEEK_END) : lseek(fd, 0, SEEK_CUR);
        undo_note_bytes(fd, from, size);
    }
    struct iovec half[8];
    long done;
    if (wrong && kind == FULL && (size < 2 || atomic_load(&counts[FULL]) > at)) {
        done = fail(ENOSPC);
    } else {
        size_t rest = wrong && (size > 1 || kind == TORN) ? size / 2 : size;
        if (n > 8)
            n = 8;
        for (int i = 0; i < n; i++) {
            half[i] = parts[i];
            half[i].iov_len = half[i].iov_len < rest ? half[i].iov_len : rest;
            rest -= half[i].iov_len;
        }
        done = place >= 0 ? syscall(SYS_pwritev, fd, half, (long)n, (long)place, 0L) : syscall(SYS_writev, fd, half, (long)n);
    }
    if (wrong && kind == TORN)
        die();
    int why = errno;
    if (file)
        pthread_mutex_unlock(&lock);
    errno = why;
    return done;
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    struct iovec part = {(void *)(uintptr_t)bytes, n};
    return write_parts(fd, &part, 1, -1);
}

ssize_t writev(int fd, const struct iovec *parts, int n) { return write_parts(fd, parts, n, -1); }

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t place)
{
    struct iovec part = {(void *)(uintptr_t)bytes, n};
    return write_parts(fd, &part, 1, place);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off_t place) { return pwrite(fd, bytes, n, place); }

ssize_t pwritev(int fd, const struct iovec *parts, int n, off_t place) { return write_parts(fd, parts, n, place); }

int ftruncate(int fd, off_t size)
{
    pthread_mutex_lock(&lock);
    struct stat st;
    bool wrong = is_it(SIZES) && fstat(fd, &st) == 0 && size > st.st_size;
    if (power && fstat(fd, &st) == 0)
        undo_note_bytes(fd, size, size < st.st_size ? (size_t)(st.st_size - size) : 0);
    return leave(wrong ? fail(ENOSPC) : syscall(SYS_ftruncate, fd, size));
}

int ftruncate64(int fd, off_t size) { return ftruncate(fd, size); }

int posix_fallocate(int fd, off_t from, off_t n)
{
    pthread_mutex_lock(&lock);
    bool wrong = is_it(SIZES);
    if (power)
        undo_note_bytes(fd, from, 0);
    int why = wrong ? ENOSPC : syscall(SYS_fallocate, fd, 0, from, n) < 0 ? errno : 0;
    pthread_mutex_unlock(&lock);
    return why;
}

/* ---- syncing --------------------------------------------------------------------------- */

static int sync_it(int fd, bool all)
{
    pthread_mutex_lock(&lock);
    bool wrong = is_it(SYNCS);
    if (wrong && kind == LOST && !all)
        undo_file(fd);
    if (!wrong && power)
        undo_forget(all ? -1 : fd);
    return leave(wrong ? fail(EIO) : 0);
}

int fsync(int fd) { return sync_it(fd, false); }
int fdatasync(int fd) { return sync_it(fd, false); }
int syncfs(int fd) { return sync_it(fd, true); }

/* ---- names ------------------------------------------------------------------------------- */

static const char *whole(char *to, int folder, const char *name)
{
    char link[64], base[PATH_MAX];
    if (name[0] == '/')
        return name;
    snprintf(link, sizeof link, folder == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", folder);
    ssize_t n = readlink(link, base, sizeof base - 1);
    if (n < 0 || snprintf(to, PATH_MAX, "%.*s/%s", (int)n, base, name) >= PATH_MAX)
        abort();
    return to;
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    char a[PATH_MAX], b[PATH_MAX];
    pthread_mutex_lock(&lock);
    bool wrong = is_it(NAMES);
    if (power && !wrong && syscall(SYS_faccessat, from_folder, from, F_OK) == 0)
        undo_note_name(whole(a, from_folder, from), whole(b, to_folder, to));
    return leave(wrong ? fail(EIO) : syscall(SYS_renameat, from_folder, from, to_folder, to));
}

int rename(const char *from, const char *to) { return renameat(AT_FDCWD, from, AT_FDCWD, to); }

int unlinkat(int folder, const char *name, int flags)
{
    char path[PATH_MAX];
    pthread_mutex_lock(&lock);
    bool wrong = is_it(NAMES);
    if (power && !wrong && !(flags & AT_REMOVEDIR) && syscall(SYS_faccessat, folder, name, F_OK) == 0)
        undo_note_name(whole(path, folder, name), NULL);
    return leave(wrong ? fail(EIO) : syscall(SYS_unlinkat, folder, name, flags));
}

int unlink(const char *name) { return unlinkat(AT_FDCWD, name, 0); }

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
    char path[PATH_MAX];
    pthread_mutex_lock(&lock);
    bool wrong = is_it(NAMES);
    if (power && !wrong && syscall(SYS_faccessat, to_folder, to, F_OK) < 0)
        undo_note_name(NULL, whole(path, to_folder, to));
    return leave(wrong ? fail(EIO) : syscall(SYS_linkat, from_folder, from, to_folder, to, flags));
}

int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }

int mkdirat(int folder, const char *name, mode_t mode)
{
    char path[PATH_MAX];
    pthread_mutex_lock(&lock);
    bool wrong = is_it(MAKES);
    if (power && syscall(SYS_faccessat, folder, name, F_OK) < 0)
        undo_note_name(NULL, whole(path, folder, name));
    return leave(wrong ? fail(kind == FULL ? ENOSPC : EACCES) : syscall(SYS_mkdirat, folder, name, mode));
}

int mkdir(const char *name, mode_t mode) { return mkdirat(AT_FDCWD, name, mode); }

static int open_it(int folder, const char *name, int flags, mode_t mode)
{
    char path[PATH_MAX];
    if (*boot && strcmp(name, "/proc/sys/kernel/random/boot_id") == 0)
        name = boot;
    pthread_mutex_lock(&lock);
    bool makes = (flags & O_CREAT) && syscall(SYS_faccessat, folder, name, F_OK) < 0;
    bool wrong = is_it(makes ? MAKES : OPENS);
    if (makes && power && !wrong)
        undo_note_name(NULL, whole(path, folder, name));
    if ((flags & O_TRUNC) && power && !makes) {
        int fd = (int)syscall(SYS_openat, folder, name, O_RDWR | O_CLOEXEC, 0);
        struct stat st;
        if (fd > 2 && fstat(fd, &st) == 0)
            undo_note_bytes(fd, 0, (size_t)st.st_size);
        if (fd >= 0)
            syscall(SYS_close, fd);
    }
    return leave(wrong ? fail(kind == FULL ? ENOSPC : EMFILE) : syscall(SYS_openat, folder, name, flags, mode));
}

#define MODE(flags, mode, last) \
    do { \
        va_list args; \
        va_start(args, last); \
        mode = (flags) & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0; \
        va_end(args); \
    } while (0)

int openat(int folder, const char *name, int flags, ...)
{
    mode_t mode;
    MODE(flags, mode, flags);
    return open_it(folder, name, flags, mode);
}

int open(const char *name, int flags, ...)
{
    mode_t mode;
    MODE(flags, mode, flags);
    return open_it(AT_FDCWD, name, flags, mode);
}

int open64(const char *name, int flags, ...)
{
    mode_t mode;
    MODE(flags, mode, flags);
    return open_it(AT_FDCWD, name, flags, mode);
}

/* ---- memory --------------------------------------------------------------------------------- */

static bool refused(void)
{
    if (!active || kind > ALLOC || (kind != ALLOC && !*count_to) || !is_it(ALLOCATES))
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t n) { return refused() ? NULL : __libc_malloc(n); }
void *calloc(size_t n, size_t size) { return refused() ? NULL : __libc_calloc(n, size); }
void *realloc(void *p, size_t n) { return refused() ? NULL : __libc_realloc(p, n); }

/* ---- time ------------------------------------------------------------------------------------ */

int clock_gettime(clockid_t which, struct timespec *t)
{
    int status = (int)syscall(SYS_clock_gettime, which, t);
    if (!*jumps || which != CLOCK_REALTIME || status < 0)
        return status;
    struct timespec now;
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    long long gone = (now.tv_sec - begun.tv_sec) * 1000000LL + (now.tv_nsec - begun.tv_nsec) / 1000, by = 0;
    for (char *p = jumps; *p;) {
        long long when = strtoll(p, &p, 10), much = *p == ':' ? strtoll(p + 1, &p, 10) : 0;
        by += gone >= when ? much : 0;
        p += *p == ',';
        if (*p && *p != '-' && (*p < '0' || *p > '9'))
            break;
    }
    long long us = (long long)t->tv_sec * 1000000 + t->tv_nsec / 1000 + by;
    *t = (struct timespec){us / 1000000, us % 1000000 * 1000};
    return 0;
}
