/* links.c: files that sources have read, under a further name in the checkpoint's folder.
 *
 * A link held-NUMBER is called by the record of the log for which it was made, times PLACES, and its place in that. It is there
 * before the record: so where a process died between the two, the link is for a record behind the log's end, and goes at the next start. It is needed
 * as long as there is a way back to before the last record that names it; that is not known of links that a process
 * before has made, which stay until there is no way back to before this process. */
#define _GNU_SOURCE
#include "links.h"
#include "../sink/disk.h"
#include "crash.h"
#include "names.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* So many files of one record are held; the bytes of others are logged. */
enum { PLACES = 1000 };

typedef struct Link {
    uint64_t number;              /* its name */
    uint64_t until;               /* the last record that names it */
    const rt_node *node;          /* whose file it is; NULL: a process before has made it */
    int32_t split;
} Link;

struct rt_links {
    dsc_context *job;
    int folder;
    const char *path;
    Link *links;                  /* by number */
    size_t n, cap;
    size_t unsynced;              /* so many at the end */
};

static void name_of(char name[RT_LINK_NAME], const Link *link) { snprintf(name, RT_LINK_NAME, "held-%012" PRIu64, link->number); }

static int failed(const rt_links *l, const char *what, const char *name)
{
    return dsc_fail(l->job, "checkpoint: cannot %s %s/%s: %s", what, l->path, name, strerror(errno));
}

static void add(rt_links *l, Link link)
{
    l->links = rt_must_fit(l->links, &l->cap, l->n + 1, sizeof *l->links, "a checkpoint");
    l->links[l->n++] = link;
}

/* ---- the folder ------------------------------------------------------------------------ */

static int list(rt_links *l)
{
    rt_numbers numbers;
    int status = rt_names_list(l->job, l->folder, l->path, "held", 12, &numbers);
    for (size_t i = 0; i < numbers.n && status == 0; i++)
        add(l, (Link){.number = numbers.at[i], .until = UINT64_MAX});
    free(numbers.at);
    return status;
}

rt_links *rt_links_open(dsc_context *job, int folder, const char *path)
{
    rt_links *l = calloc(1, sizeof *l);
    if (!l) {
        dsc_fail(job, "checkpoint: no memory");
        return NULL;
    }
    *l = (rt_links){.job = job, .folder = folder, .path = path};
    if (list(l) == 0)
        return l;
    rt_links_close(l);
    return NULL;
}

void rt_links_close(rt_links *l)
{
    if (!l)
        return;
    free(l->links);
    free(l);
}

/* Unlinks those that no record behind `seq` names. */
int rt_links_trim(rt_links *l, uint64_t seq)
{
    size_t kept = 0;
    int status = 0;
    for (size_t i = 0; i < l->n; i++) {
        char name[RT_LINK_NAME];
        if (status < 0 || l->links[i].until > seq) {
            l->links[kept++] = l->links[i];
            continue;
        }
        name_of(name, &l->links[i]);
        rt_crash_point();
        if (unlinkat(l->folder, name, 0) < 0 && errno != ENOENT)
            status = failed(l, "remove", name);
        rt_crash_point();
    }
    l->n = kept;
    return status;
}

int rt_links_remove(rt_links *l) { return rt_links_trim(l, UINT64_MAX); }

int rt_links_settle(rt_links *l, uint64_t seq)
{
    for (size_t i = 0; i < l->n; i++)
        l->links[i].until = l->links[i].number / PLACES > seq ? 0 : seq;
    return rt_links_trim(l, 0);
}

/* ---- holding ------------------------------------------------------------------------------ */

/* The link of a node's file. */
static Link *find(const rt_links *l, const rt_node *node, int32_t split)
{
    for (size_t i = l->n; i-- > 0 && l->links[i].node; ) {
        Link *link = &l->links[i];
        if (link->node == node && link->split <= split)
            return link->split == split ? link : NULL;
    }
    return NULL;
}

int rt_links_hold(rt_links *l, const rt_node *node, int32_t split, uint64_t seq, char name[RT_LINK_NAME])
{
    Link *link = find(l, node, split);
    if (link) {
        link->until = seq;
        name_of(name, link);
        return 1;
    }
    uint64_t number = seq * PLACES;
    if (l->n > 0 && l->links[l->n - 1].number >= number)
        number = l->links[l->n - 1].number + 1;
    if (number / PLACES > seq)
        return 0;
    Link made = {number, seq, node, split};
    name_of(name, &made);
    dsc_source *s = node->source.conn;
    rt_crash_point();
    int status = s->def->hold(s, split, l->folder, name);
    rt_crash_point();
    if (status > 0) {
        add(l, made);
        l->unsynced++;
    }
    return status;
}

static int sync_file(const rt_links *l, const Link *link)
{
    char name[RT_LINK_NAME];
    name_of(name, link);
    int fd = openat(l->folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    rt_crash_point();
    int status = fd < 0 || fdatasync(fd) < 0 ? failed(l, "sync", name) : 0;
    if (fd >= 0)
        close(fd);
    return status;
}

int rt_links_sync(rt_links *l)
{
    if (l->unsynced == 0)
        return 0;
    for (size_t i = l->n - l->unsynced; i < l->n; i++)
        if (sync_file(l, &l->links[i]) < 0)
            return -1;
    l->unsynced = 0;
    rt_crash_point();
    return fsync(l->folder) < 0 ? failed(l, "sync", ".") : 0;
}

/* ---- the way back ---------------------------------------------------------------------------- */

static int changed(dsc_context *job, const char *path, const char *link, const char *of)
{
    return dsc_fail(job, "checkpoint: %s has been changed since it was read, so a batch cannot run again over what it had; nothing has "
                    "been changed in %s: write the file's bytes as they were to %s/%s, or start anew with --fresh", of, path, path, link);
}

int rt_links_read(dsc_context *job, int folder, const char *path, const char *link, const char *of, const dsc_piece *piece,
                  uint64_t hash, dsc_block *block)
{
    size_t n = (size_t)(piece->to - piece->from);
    char *bytes = malloc(n ? n : 1);
    if (!bytes)
        return dsc_fail(job, "checkpoint: no memory for %zu bytes of %s", n, of);
    block->p = block->held = bytes;
    block->n = n;
    int fd = openat(folder, link, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    int got = fd < 0 ? -1 : disk_read_at(fd, bytes, n, piece->from);
    if (got < 0)
        dsc_fail(job, "checkpoint: cannot read %s/%s, which is %s: %s", path, link, of, strerror(errno));
    if (fd >= 0)
        close(fd);
    if (got < 0)
        return -1;
    return got == 0 || rt_stable_hash(bytes, n) != hash ? changed(job, path, link, of) : 0;
}
