/* src_file.c: files by name or pattern, in the order of their names. */
#define _GNU_SOURCE
#include "follow.h"
#include "walk.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct File {
    dsc_source base;
    Walk walk;
    Follow *follow;               /* then this instead of walk */
    char **names;
    int n, cap;
    bool said;                    /* that stopping waits for the batch */
} File;

enum { PATH, PER_BATCH, PER_FILE, FOLLOW, RELOAD, AT };

/* ---- patterns ----------------------------------------------------------------- */

static int add_name(File *f, const char *name)
{
    if (f->n == f->cap) {
        int cap = f->cap ? 2 * f->cap : 16;
        char **names = realloc(f->names, (size_t)cap * sizeof *names);
        if (!names)
            return dsc_fail(f->base.job, "file: no memory for %d names", cap);
        f->names = names;
        f->cap = cap;
    }
    f->names[f->n] = strdup(name);
    if (!f->names[f->n])
        return dsc_fail(f->base.job, "file: no memory for %d names", f->n);
    f->n++;
    return 0;
}

static int expand(File *f, const char *before, const char *pattern);

/* One name for the first part of a pattern; `rest` follows behind slashes, or is empty. */
static int expand_one(File *f, const char *before, const char *name, size_t n, const char *rest)
{
    char *path;
    if (asprintf(&path, "%s%.*s", before, (int)n, name) < 0)
        return dsc_fail(f->base.job, "file: no memory for a file's name");
    struct stat st;
    int status = 0;
    if (*rest) {
        size_t slashes = strspn(rest, "/");
        char *folder;
        if (asprintf(&folder, "%s%.*s", path, (int)slashes, rest) < 0)
            status = dsc_fail(f->base.job, "file: no memory for a file's name");
        else {
            status = expand(f, folder, rest + slashes);
            free(folder);
        }
    } else if (lstat(path, &st) == 0 && (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))) {
        status = add_name(f, path);
    }
    free(path);
    return status;
}

static int expand(File *f, const char *before, const char *pattern)
{
    size_t n = strcspn(pattern, "/");
    const char *rest = pattern + n;
    if (n == 0 || strcspn(pattern, "*?[") >= n)
        return expand_one(f, before, pattern, n, rest);
    DIR *folder = opendir(*before ? before : ".");
    char *part = strndup(pattern, n);
    int status = part ? 0 : dsc_fail(f->base.job, "file: no memory for a file's name");
    /* What cannot be listed has no file that matches, but one must not miss it either. */
    if (!folder && errno != ENOENT && errno != ENOTDIR)
        status = dsc_fail(f->base.job, "file: cannot list %s: %s", *before ? before : ".", strerror(errno));
    const struct dirent *entry;
    while (status == 0 && folder && (entry = readdir(folder)))
        if (fnmatch(part, entry->d_name, FNM_PERIOD) == 0)
            status = expand_one(f, before, entry->d_name, strlen(entry->d_name), rest);
    if (folder)
        closedir(folder);
    free(part);
    return status;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* ---- the source ---------------------------------------------------------------- */

static int find_files(File *f, const char *path)
{
    struct stat st;
    if (lstat(path, &st) == 0 || !strpbrk(path, "*?["))
        return add_name(f, path);
    if (expand(f, "", path) < 0)
        return -1;
    if (f->n == 0)
        return dsc_fail(f->base.job, "file: no file matches %s", path);
    qsort(f->names, (size_t)f->n, sizeof *f->names, by_name);
    return 0;
}

static int open_followed(File *f, const char *path)
{
    dsc_source *s = &f->base;
    struct stat st;
    if (s->args[PER_BATCH].set || s->args[PER_FILE].i)
        return dsc_fail(s->job, "file: with follow batches are cut by the clock: leave out perBatch and perFile");
    if (lstat(path, &st) < 0 && strpbrk(path, "*?["))
        return dsc_fail(s->job, "file: one file can be followed, and %s is a pattern", path);
    if (add_name(f, path) < 0)
        return -1;
    f->follow = follow_new(s, f->names[0]);
    return f->follow ? 0 : -1;
}

static int file_open(dsc_source *s)
{
    File *f = (File *)s;
    dsc_str text = s->args[PATH].s;
    int64_t per_batch = s->args[PER_BATCH].i;
    if (text.n == 0 || memchr(text.p, 0, (size_t)text.n))
        return dsc_fail(s->job, "file: \"%.*s\" is no file's name", (int)text.n, text.n ? text.p : "");
    char *path = strndup(text.p, (size_t)text.n);
    int status = !path ? dsc_fail(s->job, "file: no memory for a file's name")
        : s->args[FOLLOW].i ? open_followed(f, path) : find_files(f, path);
    free(path);
    if (status < 0 || f->follow)
        return status;

    Input *inputs = calloc((size_t)f->n, sizeof *inputs);
    if (!inputs)
        return dsc_fail(s->job, "file: no memory for %d names", f->n);
    for (int i = 0; i < f->n; i++)
        inputs[i] = (Input){.name = f->names[i], .fd = -1};
    walk_init(&f->walk, inputs, f->n, 0, per_batch, s->args[PER_FILE].i);
    const char *why = input_open(&inputs[0], 0);
    return why ? dsc_fail(s->job, "file: cannot read %s: %s", inputs[0].name, why) : 0;
}

static int file_plan(dsc_source *s, int64_t time, size_t max, bool wait, dsc_range *range)
{
    File *f = (File *)s;
    (void)wait;
    return f->follow ? follow_plan(f->follow, time, max, range) : walk_plan(s, &f->walk, time, max, range);
}

static int file_read(dsc_source *s, const dsc_piece *piece, dsc_block *block)
{
    File *f = (File *)s;
    if (f->follow)
        return follow_read(f->follow, piece, block);
    if (piece->split < 0 || piece->split >= f->n)
        return dsc_fail(s->job, "file: there are fewer files than when they were read before: put them back, or start anew with --fresh");
    Input *in = &f->walk.inputs[piece->split];
    int status = input_read(s, in, 0, piece, block);
    if (in->pieces == 0)          /* a batch that runs again, which nobody planned */
        input_close(in);
    return status;
}

static void file_release(dsc_source *s, dsc_block *block)
{
    File *f = (File *)s;
    if (f->follow)
        follow_release(f->follow, block);
    else
        input_release(block);
}

static bool file_replays(const dsc_source *s)
{
    return !((const File *)s)->follow;
}

static bool file_goes_on(const dsc_source *s)
{
    return ((const File *)s)->follow != NULL;
}

static int file_position(dsc_source *s, void *bytes, size_t room)
{
    File *f = (File *)s;
    return f->follow ? follow_position(f->follow, bytes, room) : walk_position(&f->walk, bytes, room);
}

static int file_seek(dsc_source *s, const void *bytes, size_t n)
{
    File *f = (File *)s;
    return f->follow ? follow_seek(f->follow, bytes, n) : walk_seek(s, &f->walk, bytes, n);
}

static void free_names(File *f)
{
    for (int i = 0; i < f->n; i++)
        free(f->names[i]);
    free(f->names);
}

/* FNV-1a of a file's name, place, size and time. */
static uint64_t mix(uint64_t hash, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    while (n-- > 0)
        hash = (hash ^ *p++) * 0x100000001b3u;
    return hash;
}

static int64_t file_identity(dsc_source *s)
{
    if (!s->args[RELOAD].i)
        return 0;
    File now = {.base = *s};
    uint64_t hash = 0xcbf29ce484222325u;
    dsc_str text = s->args[PATH].s;
    char *path = strndup(text.p, (size_t)text.n);
    int status = path ? find_files(&now, path) : dsc_fail(s->job, "file: no memory for a file's name");
    free(path);
    for (int i = 0; i < now.n && status == 0; i++) {
        struct stat st;
        if (stat(now.names[i], &st) < 0) {
            status = dsc_fail(s->job, "file: cannot read %s: %s", now.names[i], strerror(errno));
            break;
        }
        int64_t facts[] = {(int64_t)st.st_dev, (int64_t)st.st_ino, (int64_t)st.st_size, (int64_t)st.st_mtim.tv_sec,
                           (int64_t)st.st_mtim.tv_nsec};
        hash = mix(mix(hash, now.names[i], strlen(now.names[i]) + 1), facts, sizeof facts);
    }
    free_names(&now);
    return status < 0 ? -1 : (int64_t)(hash >> 2) + 1;
}

static void file_stop(dsc_source *s)
{
    File *f = (File *)s;
    if (f->follow)
        follow_stop(f->follow);
    else if (!f->said && f->walk.at < f->walk.n)
        dsc_note(s->job, "file: reading on to the end of the batch; a second signal stops at once");
    f->said = true;
}

static void file_close(dsc_source *s)
{
    File *f = (File *)s;
    if (f->follow)
        follow_free(f->follow);
    walk_close(&f->walk);
    free(f->walk.inputs);
    free_names(f);
}

static const dsc_arg_def file_args[] = {
    [PATH] = {"path", DSC_STRING, NULL, "a file, or a pattern with * ? [..]: all files it matches, in the order of their names"},
    [PER_BATCH] = {"perBatch", DSC_INT, "none", "records a batch"},
    [PER_FILE] = {"perFile", DSC_BOOL, "false", "each file a batch of its own"},
    [FOLLOW] = {"follow", DSC_BOOL, "false", "go on with what is appended, by the real clock"},
    [RELOAD] = {"reload", DSC_BOOL, "false", "of a table: read it again, as a whole, at the first batch after it has changed"},
    [AT] = {"at", DSC_TIME, "none", "a function that gives an element's time, by which batches are cut"},
    {0},
};

static const dsc_bounds file_bounds[] = {{"perBatch", 1, INT64_MAX, NULL}, {0}};

static const char *const file_cut_by[] = {"at", "perBatch", "perFile", "follow", NULL};

const dsc_source_def src_file = {
    .name = "file",
    .synopsis = "file(path: string, perBatch: int = none, perFile: bool = false, follow: bool = false, reload: bool = false, at: A -> time = none)",
    .doc = "Files, from their beginning to their end.\n"
           "All of it is one batch unless at, perBatch or perFile cuts it. The end of a file ends a line.\n"
           "With follow one file is read as tail -F does, from its beginning: what is appended, by the real clock; the file\n"
           "that takes its name (rotation), once something is in it; and from its beginning again when it is cut short. It\n"
           "need not be there yet. A line is read when its end is there.\n"
           "A table with reload is read again when a file it reads has changed; write the new one aside and rename it.",
    .example = NULL,
    .args = file_args,
    .bounds = file_bounds,
    .element = "bytes",
    .bounded = true,
    .turned_by = "follow",
    .times = "at",
    .cut_by = file_cut_by,
    .size = sizeof(File),
    .open = file_open,
    .plan = file_plan,
    .read = file_read,
    .release = file_release,
    .replays = file_replays,
    .goes_on = file_goes_on,
    .position = file_position,
    .seek = file_seek,
    .identity = file_identity,
    .stop = file_stop,
    .close = file_close,
};

DSC_SOURCE(src_file)
