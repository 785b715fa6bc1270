/* chain.c: the files of snapshots. snapshot-SEQ has all that the job keeps when the log's record SEQ has
 * been carried out; delta-SEQ has what changed since the file below it, which it names. See snapshot.c for the form.
 * Which of them stay is retain.c's. */
#define _GNU_SOURCE
#include "names.h"
#include "snapshot.h"
#include "crash.h"
#include "../value.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME = 48, HEAD = 16 };   /* HEAD: what is not in a file's hash */

static void name_of(char *name, uint64_t seq, bool whole)
{
    snprintf(name, NAME, "%s-%020llu", whole ? "snapshot" : "delta", (unsigned long long)seq);
}

static int failed(dsc_context *job, const char *what, const char *path, const char *name)
{
    return dsc_fail(job, "checkpoint: cannot %s %s/%s: %s", what, path, name, strerror(errno));
}

/* ---- which there are ------------------------------------------------------------------ */

/* Of two of one state that which needs no other is the newer one. */
static int newest_first(const void *a, const void *b)
{
    const rt_snapshot_entry *x = a, *y = b;
    return x->seq != y->seq ? (x->seq < y->seq) - (x->seq > y->seq) : y->whole - x->whole;
}

static int list_some(dsc_context *job, int folder, const char *path, bool whole, rt_snapshots *found)
{
    rt_numbers numbers;
    int status = rt_names_list(job, folder, path, whole ? "snapshot" : "delta", 20, &numbers);
    rt_snapshot_entry *more = status == 0 && numbers.n > 0 ? realloc(found->entries, (found->n + numbers.n) * sizeof *more) : NULL;
    if (more)
        found->entries = more;
    else if (status == 0 && numbers.n > 0)
        status = dsc_fail(job, "checkpoint: no memory for the names of its files");
    for (size_t i = 0; i < numbers.n && status == 0; i++)
        found->entries[found->n++] = (rt_snapshot_entry){.seq = numbers.at[i], .whole = whole};
    free(numbers.at);
    return status;
}

int rt_snapshots_list(dsc_context *job, int folder, const char *path, rt_snapshots *found)
{
    *found = (rt_snapshots){0};
    int status = list_some(job, folder, path, true, found);
    if (status == 0)
        status = list_some(job, folder, path, false, found);
    if (found->n > 0)
        qsort(found->entries, found->n, sizeof *found->entries, newest_first);
    return status;
}

int rt_snapshot_unlink(dsc_context *job, int folder, const char *path, const rt_snapshot_entry *entry)
{
    char name[NAME];
    name_of(name, entry->seq, entry->whole);
    rt_crash_point();
    return unlinkat(folder, name, 0) < 0 && errno != ENOENT ? failed(job, "remove", path, name) : 0;
}

/* ---- reading ------------------------------------------------------------------------------ */

/* 1: it is as it was written; 0: it is damaged. */
static int open_file(dsc_context *job, int folder, const char *path, const rt_snapshot_entry *entry, rt_snapshot_file *file, rt_job_state *state,
                     uint64_t *below, uint64_t *below_hash)
{
    char name[NAME];
    struct stat st;
    name_of(name, entry->seq, entry->whole);
    *file = (rt_snapshot_file){.seq = entry->seq};
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0) {
        int status = failed(job, "read", path, name);
        if (fd >= 0)
            close(fd);
        return status;
    }
    file->size = (size_t)st.st_size;
    void *map = file->size < HEAD ? MAP_FAILED : mmap(NULL, file->size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    close(fd);
    if (map == MAP_FAILED)
        return file->size < HEAD ? 0 : failed(job, "read", path, name);
    const uint8_t *p = file->map = map;
    file->rest = (rt_reader){p, p + file->size, false};
    if (rt_snapshot_foreign(&file->rest))
        return dsc_fail(job, "checkpoint: %s/%s was written by another version of dsc, which alone can go on from it: "
                        "run that, or start anew with --fresh", path, name);
    return rt_snapshot_head(&file->rest, &file->hash, below, below_hash, state) && state->seq == entry->seq &&
           entry->whole == (*below == entry->seq) && file->hash == rt_stable_hash(p + HEAD, file->size - HEAD);
}

int64_t rt_snapshot_time(int folder, const rt_snapshot_entry *entry)
{
    char name[NAME];
    uint8_t head[256];
    uint64_t hash, below, below_hash;
    rt_job_state state;
    name_of(name, entry->seq, entry->whole);
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    ssize_t n = fd >= 0 ? pread(fd, head, sizeof head, 0) : -1;
    if (fd >= 0)
        close(fd);
    rt_reader r = {head, head + (n > 0 ? n : 0), false};
    return rt_snapshot_head(&r, &hash, &below, &below_hash, &state) ? state.time : INT64_MIN;
}

void rt_snapshot_close(rt_snapshot *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->files[i].map)
            munmap(s->files[i].map, s->files[i].size);
    free(s->files);
    *s = (rt_snapshot){0};
}

/* The state whose newest file is found->entries[*at]. 0: the file at *at, one of those that it stands on, is damaged or missing. */
static int open_state(dsc_context *job, int folder, const char *path, const rt_snapshots *found, size_t *at, rt_snapshot *s)
{
    size_t first = *at, most = found->n - first;
    uint64_t below = 0, below_hash = 0;
    *s = (rt_snapshot){.files = calloc(most, sizeof *s->files)};
    if (!s->files)
        return dsc_fail(job, "checkpoint: no memory for the names of its files");
    int status = 1;
    for (;; ++*at) {
        rt_job_state state;
        const rt_snapshot_entry *entry = &found->entries[*at];
        rt_snapshot_file *file = &s->files[s->n++];
        bool newest = s->n == 1, fits = newest || below == entry->seq;
        uint64_t want = below_hash;
        status = fits ? open_file(job, folder, path, entry, file, &state, &below, &below_hash) : 0;
        if (status == 1 && !newest && file->hash != want)
            status = 0;
        if (newest)
            s->state = state;
        if (status == 1 && !entry->whole && *at + 1 == found->n)
            status = 0;           /* what it stands on is not there */
        if (status != 1 || entry->whole)
            break;
    }
    for (size_t i = 0; i < s->n / 2; i++) {
        rt_snapshot_file other = s->files[i];
        s->files[i] = s->files[s->n - 1 - i];
        s->files[s->n - 1 - i] = other;
    }
    if (status != 1)
        rt_snapshot_close(s);
    return status;
}

int rt_snapshot_find(dsc_context *job, int folder, const char *path, uint64_t upto, rt_snapshot *s)
{
    rt_snapshots found;
    int status = rt_snapshots_list(job, folder, path, &found);
    *s = (rt_snapshot){0};
    for (size_t at = 0; status == 0 && at < found.n; at++) {
        if (found.entries[at].seq > upto)
            continue;
        status = open_state(job, folder, path, &found, &at, s);
        if (status != 0)
            break;
        char name[NAME];
        name_of(name, found.entries[at].seq, found.entries[at].whole);
        dsc_note(job, "checkpoint: %s/%s is damaged; an older one and the log take its place", path, name);
    }
    if (status == 0 && found.n > 0)
        status = dsc_fail(job, "checkpoint: no snapshot in %s is whole, so nothing can be recovered; nothing has been changed: "
                          "--fresh starts anew", path);
    free(found.entries);
    return status;
}

/* ---- writing ------------------------------------------------------------------------------- */

static bool write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, p, n);
        if (done < 0 && errno != EINTR)
            return false;
        p += done > 0 ? done : 0;
        n -= done > 0 ? (size_t)done : 0;
    }
    return true;
}

int rt_file_put(dsc_context *job, int folder, const char *path, const char *name, const rt_buf *b)
{
    char hidden[NAME + 8];
    snprintf(hidden, sizeof hidden, ".%s", name);
    rt_crash_point();
    int fd = openat(folder, hidden, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return failed(job, "make", path, name);
    bool written = write_all(fd, b->p, rt_crash_next() ? b->n / 2 : b->n);
    rt_crash_point();
    int status = !written || fdatasync(fd) < 0 ? failed(job, "write", path, name) : 0;
    close(fd);
    rt_crash_point();
    if (status == 0 && renameat(folder, hidden, folder, name) < 0)
        status = failed(job, "rename", path, name);
    rt_crash_point();
    if (status == 0 && fsync(folder) < 0)
        status = failed(job, "sync", path, ".");
    rt_crash_point();
    return status;
}

/* Output that a snapshot lets be forgotten is on stable storage before it. */
static int sync_sinks(rt_engine *e)
{
    for (int i = 0; i < e->n_nodes; i++) {
        dsc_sink *s = e->nodes[i].sink.conn;
        if (s && e->nodes[i].sink.open && s->def->synced && s->def->synced(s) < 0)
            return -1;
    }
    return 0;
}

int rt_snapshot_write(rt_engine *e, int folder, const char *path, uint64_t seq, bool on_top, rt_buf *b, rt_chain *chain)
{
    char name[NAME];
    uint64_t hash = rt_stable_hash(b->p + HEAD, b->n - HEAD);
    for (int i = 0; i < 8; i++)
        b->p[HEAD - 8 + i] = (char)(hash >> 8 * i);
    name_of(name, seq, !on_top);
    int status = sync_sinks(e);
    if (status == 0)
        status = rt_file_put(e->job, folder, path, name, b);
    if (status < 0)
        return status;
    if (!on_top)
        *chain = (rt_chain){.base = b->n};
    else
        chain->above += b->n;
    chain->seq = seq;
    chain->hash = hash;
    chain->n++;
    return 0;
}
