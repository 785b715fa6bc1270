/* listing.c: which files of a directory are new and complete.
 *
 * Every file that is listed has an entry, by its identity; the entry goes when a
 * listing no longer has the file. An entry that was GIVEN is never given again. */
#define _GNU_SOURCE
#include "listing.h"
#include "hints.h"
#include "identity.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A file that nobody tells of must stand still for so long, .. */
#define STILL INT64_C(1000000)
/* .. and a directory's time of change is trusted when it is older than this. */
#define SETTLED INT64_C(2000000)

typedef enum State {
    OLD,                          /* was there at the start, and did not change */
    FRESH,                        /* not yet complete */
    GIVEN
} State;

typedef struct Entry {
    Identity id;
    State state;
    int64_t size, changed;        /* as last seen; changed: mtime in ns */
    int64_t still;                /* since when size and mtime are so, monotonic */
    unsigned scan;                /* the last one that had it */
    bool retry;                   /* could not be read: complete all the same */
    bool said;                    /* that it changed later, or cannot be read */
    char *name;
} Entry;

struct Listing {
    dsc_context *job;
    char *path;
    Hints *hints;
    bool existing;
    bool restored;                /* what was there before is known from a position */
    unsigned scan;
    bool away;                    /* it could not be listed, which was said */

    Entry **entries;              /* hash table by identity, of `cap`, a power of two */
    size_t n, cap;
    size_t n_fresh;               /* those FRESH after the last scan */
    int64_t changed, scanned;     /* mtime of the directory, and time of the last scan */

    char **complete;              /* paths, by name; those before `next` are handed out */
    size_t n_complete, complete_cap, next;
};

static int no_memory(Listing *l)
{
    return dsc_fail(l->job, "dir: no memory for the files of %s", l->path);
}

static int64_t now_of(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t changed_of(const struct stat *st)
{
    return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

/* ---- entries ------------------------------------------------------------------------ */

static size_t place_of(const Listing *l, const Identity *id)
{
    uint64_t hash = (id->inode * UINT64_C(0x9e3779b97f4a7c15)) ^ (id->generation * UINT64_C(0xc2b2ae3d27d4eb4f));
    size_t at = (size_t)(hash ^ hash >> 32) & (l->cap - 1);
    while (l->entries[at] && !identity_same(&l->entries[at]->id, id))
        at = (at + 1) & (l->cap - 1);
    return at;
}

/* A table of so many places with the entries of the last scan only. */
static bool rebuild(Listing *l, size_t cap, bool drop_unlisted)
{
    Listing fresh = {.cap = cap};
    fresh.entries = calloc(cap, sizeof *fresh.entries);
    if (!fresh.entries)
        return false;
    for (size_t i = 0; i < l->cap; i++) {
        Entry *entry = l->entries[i];
        if (entry && drop_unlisted && entry->scan != l->scan) {
            free(entry->name);
            free(entry);
        } else if (entry) {
            fresh.entries[place_of(&fresh, &entry->id)] = entry;
            fresh.n++;
        }
    }
    free(l->entries);
    l->entries = fresh.entries;
    l->cap = cap;
    l->n = fresh.n;
    return true;
}

static Entry *find_or_add(Listing *l, const Identity *id, bool *added)
{
    if (2 * l->n >= l->cap && !rebuild(l, l->cap ? 2 * l->cap : 64, false))
        return NULL;
    Entry **at = &l->entries[place_of(l, id)];
    *added = !*at;
    if (*added) {
        *at = calloc(1, sizeof **at);
        if (!*at)
            return NULL;
        (*at)->id = *id;
        l->n++;
    }
    return *at;
}

static void free_entries(Listing *l)
{
    for (size_t i = 0; i < l->cap; i++)
        if (l->entries[i]) {
            free(l->entries[i]->name);
            free(l->entries[i]);
        }
    free(l->entries);
    l->entries = NULL;
    l->n = l->cap = 0;
}

static bool set_name(Entry *entry, const char *name)
{
    if (entry->name && strcmp(entry->name, name) == 0)
        return true;
    free(entry->name);
    entry->name = strdup(name);
    return entry->name != NULL;
}

/* ---- what is complete ----------------------------------------------------------------- */

/* Has no process it open for writing? The system grants a lease on reading only then. */
static bool nobody_writes(int folder, const char *name)
{
#ifdef F_SETLEASE
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    bool granted = fd >= 0 && fcntl(fd, F_SETLEASE, F_RDLCK) == 0;
    if (fd >= 0)
        close(fd);
    return granted;
#else
    (void)folder, (void)name;
    return false;
#endif
}

/* Is it complete? `before`: it was listed before, and did not change since. */
static bool is_complete(const Entry *entry, Hint hint, bool before, int folder, const struct stat *st)
{
    if (hint == HINT_DONE || entry->retry)
        return true;
    if (!before || now_of(CLOCK_MONOTONIC) - entry->still < STILL)
        return false;
    /* Of a hard link one is told that it is made, and nothing more. */
    return hint == HINT_NONE || st->st_nlink > 1 || nobody_writes(folder, entry->name);
}

static int give(Listing *l, Entry *entry)
{
    if (l->n_complete == l->complete_cap) {
        size_t cap = l->complete_cap ? 2 * l->complete_cap : 16;
        char **complete = realloc(l->complete, cap * sizeof *complete);
        if (!complete)
            return no_memory(l);
        l->complete = complete;
        l->complete_cap = cap;
    }
    const char *slash = l->path[strlen(l->path) - 1] == '/' ? "" : "/";
    if (asprintf(&l->complete[l->n_complete], "%s%s%s", l->path, slash, entry->name) < 0)
        return no_memory(l);
    l->n_complete++;
    entry->state = GIVEN;
    entry->retry = false;
    return 0;
}

static int list_file(Listing *l, int folder, const char *name, const struct stat *st)
{
    Identity id = identity_of(folder, name, st);
    bool added;
    Entry *entry = find_or_add(l, &id, &added);
    if (!entry || !set_name(entry, name))
        return no_memory(l);
    bool changed = added || entry->size != st->st_size || entry->changed != changed_of(st);
    if (changed) {
        entry->size = st->st_size;
        entry->changed = changed_of(st);
        entry->still = now_of(CLOCK_MONOTONIC);
    }
    entry->scan = l->scan;
    Hint hint = hints_of(l->hints, name);
    if (hint == HINT_DONE)
        hints_forget(l->hints, name);

    bool first = l->scan == 1;
    /* Somebody may have begun to write it while nobody watched. */
    bool whole = first && (!l->restored || nobody_writes(folder, name));
    if (added)
        entry->state = first && !l->existing ? OLD : FRESH;
    else if (changed && entry->state == OLD)
        entry->state = FRESH;
    if (changed && !added && entry->state == GIVEN && !entry->said) {
        dsc_note(l->job, "dir: %s/%s changed after it was read; the change is not read", l->path, name);
        entry->said = true;
    }
    if (entry->state == FRESH && (whole || is_complete(entry, hint, !changed, folder, st)))
        return give(l, entry);
    l->n_fresh += entry->state == FRESH;
    return 0;
}

/* ---- listing -------------------------------------------------------------------------- */

static int list_all(Listing *l, DIR *folder)
{
    const struct dirent *entry;
    l->n_fresh = 0;
    while (errno = 0, (entry = readdir(folder))) {
        struct stat st;
        if (entry->d_name[0] == '.' || fstatat(dirfd(folder), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        if (!S_ISREG(st.st_mode))
            hints_forget(l->hints, entry->d_name);
        else if (list_file(l, dirfd(folder), entry->d_name, &st) < 0)
            return -1;
    }
    return errno ? 1 : 0;
}

static void is_away(Listing *l, const char *why)
{
    if (!l->away)
        dsc_note(l->job, "dir: cannot list %s: %s; waiting for it", l->path, why);
    l->away = true;
}

static void is_back(Listing *l)
{
    if (l->away)
        dsc_note(l->job, "dir: %s is there again", l->path);
    l->away = false;
}

/* Can nothing have changed since the last scan? */
static bool is_quiet(const Listing *l, const struct stat *st)
{
    return l->scan > 0 && !l->away && l->n_fresh == 0 && hints_count(l->hints) == 0 && changed_of(st) == l->changed
        && l->scanned - l->changed / 1000 > SETTLED;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int listing_scan(Listing *l)
{
    l->n_complete = l->next = 0;
    struct stat st;
    DIR *folder = opendir(l->path);
    if (!folder || fstat(dirfd(folder), &st) < 0) {
        is_away(l, strerror(errno));
        l->scan += l->scan == 0;
        if (folder)
            closedir(folder);
        return 0;
    }
    hints_update(l->hints, l->path, st.st_dev, st.st_ino);
    int status = 0;
    if (!is_quiet(l, &st)) {
        l->scan++;
        l->scanned = now_of(CLOCK_REALTIME);
        l->changed = changed_of(&st);
        status = list_all(l, folder);
        if (status == 0) {
            is_back(l);
            if (!rebuild(l, l->cap ? l->cap : 64, true))
                status = no_memory(l);
        } else if (status > 0) {
            is_away(l, strerror(errno));
            status = 0;
        }
    }
    closedir(folder);
    if (l->n_complete > 0)
        qsort(l->complete, l->n_complete, sizeof *l->complete, by_name);
    return status;
}

const char *listing_next(Listing *l)
{
    if (l->next > 0) {
        free(l->complete[l->next - 1]);
        l->complete[l->next - 1] = NULL;
    }
    return l->next < l->n_complete ? l->complete[l->next++] : NULL;
}

void listing_failed(Listing *l, const char *path, const char *why)
{
    const char *name = strrchr(path, '/') + 1;
    for (size_t i = 0; i < l->cap; i++) {
        Entry *entry = l->entries[i];
        if (!entry || entry->state != GIVEN || strcmp(entry->name, name) != 0)
            continue;
        entry->state = FRESH;
        entry->retry = true;
        l->n_fresh++;
        if (!entry->said)
            dsc_note(l->job, "dir: cannot read %s: %s; trying again with each batch", path, why);
        entry->said = true;
        return;
    }
    dsc_note(l->job, "dir: cannot read %s: %s", path, why);
}

/* ---- positions ---------------------------------------------------------------------------- */

/* An entry as a position has it; all of them, one after the other. */
typedef struct Saved {
    Identity id;
    int64_t size, changed;
} Saved;

int listing_position(const Listing *l, void *bytes, size_t room)
{
    size_t n = 0;
    for (size_t i = 0; i < l->cap; i++) {
        const Entry *entry = l->entries[i];
        if (!entry || entry->state == FRESH)
            continue;
        Saved saved = {entry->id, entry->size, entry->changed};
        if (room - n < sizeof saved)
            return -1;
        memcpy((char *)bytes + n, &saved, sizeof saved);
        n += sizeof saved;
    }
    return (int)n;
}

int listing_seek(Listing *l, const void *bytes, size_t n)
{
    if (n % sizeof(Saved) != 0)
        return dsc_fail(l->job, "dir: the saved position is damaged");
    /* What is not in the position has come since, also what the scan at the start found. What is
     * not listed any more goes with the next scan. */
    free_entries(l);
    l->scan = 0;
    l->existing = l->restored = true;
    for (size_t at = 0; at < n; at += sizeof(Saved)) {
        Saved saved;
        memcpy(&saved, (const char *)bytes + at, sizeof saved);
        bool added;
        Entry *entry = find_or_add(l, &saved.id, &added);
        if (!entry || (added && !set_name(entry, "")))
            return no_memory(l);
        entry->state = GIVEN;
        entry->size = saved.size;
        entry->changed = saved.changed;
    }
    return 0;
}

/* ---- beginning and end ------------------------------------------------------------------ */

Listing *listing_open(dsc_context *job, const char *path, size_t n, bool existing)
{
    Listing *l = calloc(1, sizeof *l);
    if (l) {
        l->path = strndup(path, n);
        l->hints = hints_new();
    }
    if (!l || !l->path || !l->hints) {
        dsc_fail(job, "dir: no memory for the files of %.*s", (int)n, path);
        listing_close(l);
        return NULL;
    }
    l->job = job;
    l->existing = existing;
    /* What is there now is old; or new, and then the first batch lists it. */
    if (!existing && listing_scan(l) < 0) {
        listing_close(l);
        return NULL;
    }
    return l;
}

void listing_close(Listing *l)
{
    if (!l)
        return;
    free_entries(l);
    for (size_t i = l->next; i < l->n_complete; i++)
        free(l->complete[i]);
    free(l->complete);
    hints_free(l->hints);
    free(l->path);
    free(l);
}
