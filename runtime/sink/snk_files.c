/* snk_files.c: one file a batch, complete or absent.
 *
 * The file of a batch PREFIX-<ms>.SUFFIX is written under a hidden name in the
 * same directory, `.PREFIX-<ms>.SUFFIX.<pid>-<n>.dsc-tmp`, and renamed when it
 * is published. A lock held on it while it is in use tells it from what a
 * killed process left behind, which is unlinked at the start.
 *
 * Token: the hidden and the final name, each ending in a zero byte; empty when
 * the batch has no file. Both are relative to the directory of the prefix. */
#define _GNU_SOURCE
#include "../crash.h"
#include "disk.h"
#include "dsc_conn.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARK ".dsc-tmp"

enum { PREFIX, SUFFIX, EMPTY };
enum { NAME_ROOM = 120 };         /* two names, one of them hidden, go into a token */

typedef struct Files Files;
struct Files {
    dsc_sink base;
    char *folder;                 /* up to the last '/', "." if there is none */
    char *stem;                   /* what stands before <ms>: "counts-", or nothing */
    char *suffix;                 /* what stands behind it: ".txt", or nothing */
    struct stat folder_id;
    bool listed;
    bool cleaned;                 /* what killed processes left behind is gone */
    Files *next;                  /* among those open in this process */

    int64_t time;                 /* of the batch in hand */
    int fd;                       /* of the hidden file; -1: none */
    char *hidden;                 /* its path, while there is one */
};

static pthread_mutex_t open_lock = PTHREAD_MUTEX_INITIALIZER;
static Files *all_open;

static int no_memory(Files *f)
{
    return dsc_fail(f->base.job, "files: no memory for a file's name");
}

/* ---- names ------------------------------------------------------------------ */

static int check_name(Files *f, const char *what, dsc_str text, bool slashes)
{
    if (memchr(text.p, 0, (size_t)text.n) || (!slashes && memchr(text.p, '/', (size_t)text.n)))
        return dsc_fail(f->base.job, "files: the %s \"%.*s\" cannot be part of a file's name", what, (int)text.n, text.p);
    return 0;
}

static int split_names(Files *f)
{
    dsc_str prefix = f->base.args[PREFIX].s, suffix = f->base.args[SUFFIX].s;
    prefix.p = prefix.n ? prefix.p : "";
    suffix.p = suffix.n ? suffix.p : "";
    if (check_name(f, "prefix", prefix, true) < 0 || check_name(f, "suffix", suffix, false) < 0)
        return -1;
    const char *slash = memrchr(prefix.p, '/', (size_t)prefix.n);
    int in_folder = slash ? (int)(slash - prefix.p) : 0;
    int stem = (int)prefix.n - (slash ? in_folder + 1 : 0);
    const char *name = prefix.p + (prefix.n - stem);
    if (stem + suffix.n > NAME_ROOM - 64)
        return dsc_fail(f->base.job, "files: the name \"%.*s\" is too long", stem, name);
    if (asprintf(&f->folder, "%.*s", slash ? (in_folder ? in_folder : 1) : 1, slash ? prefix.p : ".") < 0
        || asprintf(&f->stem, "%.*s%s", stem, name, stem ? "-" : "") < 0
        || asprintf(&f->suffix, "%s%.*s", suffix.n ? "." : "", (int)suffix.n, suffix.p) < 0)
        return no_memory(f);
    return 0;
}

/* ---- opening ------------------------------------------------------------------ */

/* Moves past `part`; false when something else stands there. */
static bool skip(const char **text, const char *part)
{
    size_t n = strlen(part);
    bool there = strncmp(*text, part, n) == 0;
    *text += there ? n : 0;
    return there;
}

static bool skip_digits(const char **text)
{
    size_t n = strspn(*text, "0123456789");
    *text += n;
    return n > 0;
}

/* Is it a hidden file of this prefix and suffix? */
static bool is_leftover(const Files *f, const char *name)
{
    return skip(&name, ".") && skip(&name, f->stem) && skip_digits(&name) && skip(&name, f->suffix)
        && skip(&name, ".") && skip_digits(&name) && skip(&name, "-") && skip_digits(&name) && strcmp(name, MARK) == 0;
}

static void unlink_if_unused(int folder, const char *name)
{
    int fd = openat(folder, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        unlinkat(folder, name, 0);
    close(fd);
}

static void unlink_leftovers(Files *f)
{
    DIR *folder = opendir(f->folder);
    if (!folder)
        return;
    const struct dirent *entry;
    while ((entry = readdir(folder)))
        if (is_leftover(f, entry->d_name))
            unlink_if_unused(dirfd(folder), entry->d_name);
    closedir(folder);
}

/* Two sinks with the same names would overwrite each other's files. */
static int enlist(Files *f)
{
    const Files *same;
    pthread_mutex_lock(&open_lock);
    for (same = all_open; same; same = same->next)
        if (same->folder_id.st_dev == f->folder_id.st_dev && same->folder_id.st_ino == f->folder_id.st_ino
            && strcmp(same->stem, f->stem) == 0 && strcmp(same->suffix, f->suffix) == 0)
            break;
    if (!same) {
        f->next = all_open;
        all_open = f;
        f->listed = true;
    }
    pthread_mutex_unlock(&open_lock);
    if (same)
        return dsc_fail(f->base.job, "files: two sinks write %s/%s<ms>%s: give one of them another prefix or suffix",
                        f->folder, f->stem, f->suffix);
    return 0;
}

static void delist(Files *f)
{
    pthread_mutex_lock(&open_lock);
    for (Files **at = &all_open; *at; at = &(*at)->next)
        if (*at == f) {
            *at = f->next;
            break;
        }
    pthread_mutex_unlock(&open_lock);
}

static int files_open(dsc_sink *s)
{
    Files *f = (Files *)s;
    f->fd = -1;
    if (split_names(f) < 0)
        return -1;
    if (disk_folder(f->folder, 0777) < 0 || stat(f->folder, &f->folder_id) < 0)
        return dsc_fail(s->job, "files: cannot make the directory %s: %s", f->folder, strerror(errno));
    if (enlist(f) < 0)
        return -1;
    /* With a checkpoint a file that is left behind tells `resume` something. */
    if (!s->durable)
        unlink_leftovers(f);
    f->cleaned = !s->durable;
    return 0;
}

/* ---- a batch -------------------------------------------------------------------- */

static int64_t files_limit(dsc_sink *s)
{
    (void)s;
    return -1;
}

static void drop_hidden(Files *f, bool unlink_it)
{
    if (f->hidden) {
        if (unlink_it)
            unlink(f->hidden);
        rt_signals_drop_file(f->hidden);
    }
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
    free(f->hidden);
    f->hidden = NULL;
}

static int files_begin(dsc_sink *s, int64_t time)
{
    Files *f = (Files *)s;
    drop_hidden(f, true);
    if (!f->cleaned)
        unlink_leftovers(f);
    f->cleaned = true;
    f->time = time;
    return 0;
}

static int cannot_write(Files *f)
{
    return dsc_fail(f->base.job, "files: cannot write %s/%s%lld%s: %s", f->folder, f->stem, (long long)(f->time / 1000),
                    f->suffix, strerror(errno));
}

/* Opens the hidden file, locked and still there. */
static int open_hidden(Files *f)
{
    static atomic_uint number;
    for (int attempt = 0; attempt < 100; attempt++) {
        if (asprintf(&f->hidden, "%s/.%s%lld%s.%ld-%u" MARK, f->folder, f->stem, (long long)(f->time / 1000), f->suffix,
                     (long)getpid(), atomic_fetch_add(&number, 1)) < 0) {
            f->hidden = NULL;
            return no_memory(f);
        }
        int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
        f->fd = open(f->hidden, flags, 0666);
        if (f->fd < 0 && errno == ENOENT && disk_folder(f->folder, 0777) == 0)
            f->fd = open(f->hidden, flags, 0666);
        if (f->fd < 0 && errno != EEXIST) {
            int status = cannot_write(f);
            free(f->hidden);
            f->hidden = NULL;
            return status;
        }
        struct stat st;
        if (f->fd >= 0) {
            if (!f->base.durable)         /* a batch that counts needs it */
                rt_signals_add_file(f->hidden);
            /* Where there are no locks nobody unlinks what is unlocked. */
            flock(f->fd, LOCK_EX | LOCK_NB);
            if (fstat(f->fd, &st) == 0 && st.st_nlink > 0)
                return 0;
        }
        drop_hidden(f, false);
    }
    errno = EEXIST;
    return cannot_write(f);
}

static int write_all(Files *f, const char *text, size_t n)
{
    return disk_write(f->fd, text, n) < 0 ? cannot_write(f) : 0;
}

/* The file of the batch, with its header. */
static int open_file(Files *f)
{
    return open_hidden(f) < 0 ? -1 : write_all(f, f->base.header.p, (size_t)f->base.header.n);
}

static int files_write(dsc_sink *s, const char *text, size_t n, int64_t elements)
{
    Files *f = (Files *)s;
    if (f->fd < 0 && elements > 0 && open_file(f) < 0)
        return -1;
    return write_all(f, text, n);
}

static int files_prepare(dsc_sink *s, int64_t elements, dsc_token *token)
{
    Files *f = (Files *)s;
    (void)elements;
    token->n = 0;
    if (f->fd < 0) {
        token->nothing = !s->args[EMPTY].i;
        if (token->nothing)
            return 0;
        if (open_file(f) < 0)
            return -1;
    }
    const char *hidden = strrchr(f->hidden, '/') + 1;
    int n = snprintf((char *)token->bytes, sizeof token->bytes, "%s%c%s%lld%s", hidden, 0, f->stem,
                     (long long)(f->time / 1000), f->suffix);
    /* Some systems keep what cannot be written for close() to tell; the lock stays with the other. */
    int copy = dup(f->fd);
    if (copy < 0 || close(copy) < 0)
        return cannot_write(f);
    if (n < 0 || (size_t)n >= sizeof token->bytes)
        return dsc_fail(s->job, "files: the name %s is too long", hidden);
    token->n = n + 1;
    return 0;
}

static int rename_in(const char *folder, const char *from, const char *to)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int status = fd < 0 ? -1 : renameat(fd, from, fd, to);
    int why = errno;
    if (fd >= 0)
        close(fd);
    errno = why;
    return status;
}

static int files_publish(dsc_sink *s, const dsc_token *token)
{
    Files *f = (Files *)s;
    if (token->n == 0)
        return 0;
    const char *hidden = (const char *)token->bytes, *name = hidden + strlen(hidden) + 1;
    int status = 0;
    rt_crash_point();
    if (rename_in(f->folder, hidden, name) < 0)
        status = dsc_fail(s->job, "files: cannot rename %s to %s in %s: %s", hidden, name, f->folder, strerror(errno));
    drop_hidden(f, status < 0 && !s->counts);
    return status;
}

/* Where the hidden file is gone it has been renamed; a consumer may have taken it away since. */
static int files_resume(dsc_sink *s, const dsc_token *token, bool whole)
{
    const Files *f = (const Files *)s;
    const char *hidden = (const char *)token->bytes, *end = memchr(hidden, 0, (size_t)token->n);
    if (token->n == 0 || !whole)
        return whole;
    if (!end || end + 1 == hidden + token->n || token->bytes[token->n - 1] != 0)
        return dsc_fail(s->job, "files: the saved names of %s are damaged", f->folder);
    rt_crash_point();
    if (rename_in(f->folder, hidden, end + 1) < 0 && errno != ENOENT)
        return dsc_fail(s->job, "files: cannot rename %s to %s in %s: %s", hidden, end + 1, f->folder, strerror(errno));
    rt_crash_point();
    return 1;
}

/* All that was renamed since the last time: its bytes and its name. */
static int files_synced(dsc_sink *s)
{
    const Files *f = (const Files *)s;
    int fd = open(f->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    rt_crash_point();
    int status = fd < 0 || syncfs(fd) < 0 ? dsc_fail(s->job, "files: cannot sync %s: %s", f->folder, strerror(errno)) : 0;
    rt_crash_point();
    if (fd >= 0)
        close(fd);
    return status;
}

static void files_abort(dsc_sink *s)
{
    drop_hidden((Files *)s, !s->counts);
}

static void files_close(dsc_sink *s)
{
    Files *f = (Files *)s;
    drop_hidden(f, !s->counts);
    if (f->listed)
        delist(f);
    free(f->folder);
    free(f->stem);
    free(f->suffix);
}

static const dsc_arg_def files_args[] = {
    [PREFIX] = {"prefix", DSC_STRING, NULL, "path before the batch's time: \"out/counts\"; directories are made"},
    [SUFFIX] = {"suffix", DSC_STRING, "\"txt\"", "what follows the time and a point; \"\": nothing, nor a point"},
    [EMPTY] = {"empty", DSC_BOOL, "false", "a file for a batch without elements, too"},
    {0},
};

const dsc_sink_def snk_files = {
    .name = "files",
    .synopsis = "files(prefix: string, suffix: string = \"txt\", empty: bool = false)",
    .doc = "One file a batch, PREFIX-<ms>.SUFFIX, which is complete or not there.\n"
           "It is written aside and renamed; a file of that name is replaced. With a prefix that ends in / the name is\n"
           "<ms>.SUFFIX.",
    .example = NULL,
    .args = files_args,
    .class = DSC_ATOMIC,
    .size = sizeof(Files),
    .open = files_open,
    .limit = files_limit,
    .begin = files_begin,
    .write = files_write,
    .prepare = files_prepare,
    .publish = files_publish,
    .resume = files_resume,
    .synced = files_synced,
    .abort = files_abort,
    .close = files_close,
};

DSC_SINK(snk_files)
