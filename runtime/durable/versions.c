/* versions.c: files table-NUMBER: what the sources of a group of tables gave when it was read, so that
 * batches that run again find the tables that they had.
 *
 * With numbers as bytes.h says:
 *
 *   0   "dsctabl1"
 *   8   the file's number           16  bytes behind the head
 *   24  the chain of its steps: from 0 on, the XXH3 of the chain before and of the step's hash
 *   32  XXH3 of the first 32 bytes
 *   40  steps: the bytes of each, its XXH3, and it: as a STEP of the log (durable.c)
 *
 * A version is written once, under another name, while its group is read, and kept where it is not what the group
 * was before. Elements of a source that has no bytes (queue) stand there only so that they tell versions apart: they are
 * read from the program. A version is needed until there is no way back to before the batch that ended it. */
#define _GNU_SOURCE
#include "versions.h"
#include "crash.h"
#include "../sink/disk.h"
#include "durable_job.h"
#include "names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { HEAD = 40, STEP_HEAD = 16, NAME = 32 };
static const char mark[8] = {'d', 's', 'c', 't', 'a', 'b', 'l', '1'}, hidden[] = ".table";

/* A file, and the log's record that ended its use; UINT64_MAX: in use, or not known yet. */
typedef struct File {
    uint64_t number, until;
} File;

/* A use of a version. */
typedef struct Use {
    int group;
    uint64_t number;              /* 0: none */
    int64_t time;                 /* batchTime() while it was read */
    bool fresh;                   /* its bad rows are written aside with the batch in which it begins */
} Use;

struct rt_versions {
    rt_engine *e;
    int folder;
    const char *path;
    File *files;
    size_t n_files, files_cap;
    uint64_t last;                /* the highest number that there is */
    Use *now;                     /* by group */
    Use *begun;                 /* with the batch in hand, in order */
    size_t n_begun, begun_cap;
    int fd;                       /* of the version that is being written; -1 */
    uint64_t bytes, chain;
    rt_buf body;
};

static void name_of(char *name, uint64_t number) { snprintf(name, NAME, "table-%012llu", (unsigned long long)number); }

static int failed(const rt_versions *v, const char *what, const char *name)
{
    return dsc_fail(v->e->job, "checkpoint: cannot %s %s/%s: %s", what, v->path, name, strerror(errno));
}

static void add_file(rt_versions *v, uint64_t number)
{
    v->files = rt_must_fit(v->files, &v->files_cap, v->n_files + 1, sizeof *v->files, "a checkpoint");
    v->files[v->n_files++] = (File){number, UINT64_MAX};
    if (number > v->last)
        v->last = number;
}

static void ends(rt_versions *v, uint64_t number, uint64_t seq)
{
    for (size_t i = 0; i < v->n_files; i++)
        if (v->files[i].number == number)
            v->files[i].until = seq;
}

/* ---- the folder ------------------------------------------------------------------------ */

static int list(rt_versions *v)
{
    rt_numbers numbers;
    int status = rt_names_list(v->e->job, v->folder, v->path, "table", 12, &numbers);
    for (size_t i = 0; i < numbers.n && status == 0; i++)
        add_file(v, numbers.at[i]);
    free(numbers.at);
    return status;
}

rt_versions *rt_versions_open(rt_engine *e, int folder, const char *path)
{
    rt_versions *v = calloc(1, sizeof *v);
    Use *now = calloc((size_t)e->n_nodes, sizeof *now);
    if (!v || !now) {
        dsc_fail(e->job, "checkpoint: no memory");
        free(v);
        free(now);
        return NULL;
    }
    *v = (rt_versions){.e = e, .folder = folder, .path = path, .now = now, .fd = -1};
    if (list(v) == 0)
        return v;
    rt_versions_close(v);
    return NULL;
}

void rt_versions_close(rt_versions *v)
{
    if (!v)
        return;
    rt_versions_drop(v);
    rt_buf_free(&v->body);
    free(v->files);
    free(v->begun);
    free(v->now);
    free(v);
}

/* Unlinks those that ended at `seq` or before. */
static int unlink_ended(rt_versions *v, uint64_t seq)
{
    size_t kept = 0;
    int status = 0;
    for (size_t i = 0; i < v->n_files; i++) {
        char name[NAME];
        if (status < 0 || v->files[i].until > seq) {
            v->files[kept++] = v->files[i];
            continue;
        }
        name_of(name, v->files[i].number);
        rt_crash_point();
        if (unlinkat(v->folder, name, 0) < 0 && errno != ENOENT)
            status = failed(v, "remove", name);
    }
    v->n_files = kept;
    return status;
}

int rt_versions_trim(rt_versions *v, uint64_t seq) { return unlink_ended(v, seq); }

int rt_versions_remove(rt_versions *v)
{
    v->last = 0;
    return unlink_ended(v, UINT64_MAX);
}

/* ---- writing ------------------------------------------------------------------------------ */

static uint64_t chain_of(uint64_t chain, uint64_t hash)
{
    const uint64_t both[2] = {chain, hash};
    return rt_stable_hash(both, sizeof both);
}

static int begin_file(rt_versions *v)
{
    rt_crash_point();
    v->fd = openat(v->folder, hidden, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    v->bytes = v->chain = 0;
    return v->fd < 0 ? failed(v, "make", hidden) : 0;
}

int rt_versions_step(rt_versions *v, rt_node *node, const dsc_range *range, const dsc_block *blocks)
{
    rt_buf *b = &v->body;
    b->n = 0;
    rt_put_u64(b, 0);
    rt_put_u64(b, 0);
    rt_put_step(b, node, range, blocks);
    if (b->failed)
        return rt_no_memory(v->e->job, b->cap * 2, "a table in the checkpoint");
    if (v->fd < 0 && begin_file(v) < 0)
        return -1;
    size_t n = b->n;
    uint64_t hash = rt_stable_hash(b->p + STEP_HEAD, n - STEP_HEAD);
    b->n = 0;
    rt_put_u64(b, n - STEP_HEAD);
    rt_put_u64(b, hash);
    if (disk_write_at(v->fd, b->p, n, (off_t)(HEAD + v->bytes)) < 0)
        return failed(v, "write", hidden);
    v->bytes += n;
    v->chain = chain_of(v->chain, hash);
    return 0;
}

static void put_head(rt_buf *b, uint64_t number, uint64_t bytes, uint64_t chain)
{
    b->n = 0;
    rt_buf_add(b, mark, 8);
    rt_put_u64(b, number);
    rt_put_u64(b, bytes);
    rt_put_u64(b, chain);
    if (!b->failed)
        rt_put_u64(b, rt_stable_hash(b->p, b->n));
}

/* Does the file of this number hold what is being written? Its head tells. */
static bool is_same(rt_versions *v, uint64_t number)
{
    char name[NAME], found[HEAD];
    name_of(name, number);
    int fd = number ? openat(v->folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
    if (fd < 0)
        return false;
    bool read = pread(fd, found, HEAD, 0) == HEAD;
    close(fd);
    put_head(&v->body, number, v->bytes, v->chain);
    return read && !v->body.failed && memcmp(found, v->body.p, HEAD) == 0;
}

static int keep_file(rt_versions *v)
{
    char name[NAME];
    put_head(&v->body, v->last + 1, v->bytes, v->chain);
    name_of(name, v->last + 1);
    if (v->body.failed)
        return rt_no_memory(v->e->job, HEAD, "a table in the checkpoint");
    rt_crash_point();
    if (disk_write_at(v->fd, v->body.p, HEAD, 0) < 0)
        return failed(v, "write", hidden);
    rt_crash_point();
    if (fdatasync(v->fd) < 0)
        return failed(v, "sync", hidden);
    rt_crash_point();
    if (renameat(v->folder, hidden, v->folder, name) < 0)
        return failed(v, "rename a file to", name);
    rt_crash_point();
    if (fsync(v->folder) < 0)
        return failed(v, "sync", ".");
    add_file(v, v->last + 1);
    return 0;
}

static uint64_t newest_of(const rt_versions *v, int group)
{
    for (size_t i = v->n_begun; i-- > 0; )
        if (v->begun[i].group == group)
            return v->begun[i].number;
    return v->now[group].number;
}

int rt_versions_done(rt_versions *v, int group)
{
    if (v->fd < 0 && begin_file(v) < 0)
        return -1;
    uint64_t number = newest_of(v, group);
    bool same = is_same(v, number);
    if (!same && keep_file(v) < 0)
        return -1;
    v->begun = rt_must_fit(v->begun, &v->begun_cap, v->n_begun + 1, sizeof *v->begun, "a checkpoint");
    v->begun[v->n_begun++] = (Use){group, same ? number : v->last, v->e->time, !same};
    if (same)
        unlinkat(v->folder, hidden, 0);
    close(v->fd);
    v->fd = -1;
    return same;
}

void rt_versions_drop(rt_versions *v)
{
    if (v->fd < 0)
        return;
    close(v->fd);
    v->fd = -1;
    unlinkat(v->folder, hidden, 0);
}

/* ---- batches -------------------------------------------------------------------------------- */

static void put_use(rt_buf *b, const rt_versions *v, const Use *use)
{
    const char *name = v->e->nodes[use->group].def->name;
    rt_put_text(b, name, strlen(name));
    rt_put_u64(b, use->number);
    rt_put_i64(b, use->time);
    rt_put_u64(b, use->fresh);
}

void rt_versions_put_begun(rt_buf *b, const rt_versions *v)
{
    rt_put_u64(b, v->n_begun);
    for (size_t i = 0; i < v->n_begun; i++)
        put_use(b, v, &v->begun[i]);
}

void rt_versions_put(rt_buf *b, const rt_versions *v)
{
    uint64_t n = 0;
    for (int i = 0; i < v->e->n_nodes; i++)
        n += v->now[i].number != 0;
    rt_put_u64(b, n);
    for (int i = 0; i < v->e->n_nodes; i++)
        if (v->now[i].number)
            put_use(b, v, &v->now[i]);
}

static void begins(rt_versions *v, const Use *use, uint64_t seq)
{
    Use *now = &v->now[use->group];
    if (now->number != use->number)
        ends(v, now->number, seq);
    *now = *use;
}

void rt_versions_counted(rt_versions *v, uint64_t seq)
{
    for (size_t i = 0; i < v->n_begun; i++)
        begins(v, &v->begun[i], seq);
    v->n_begun = 0;
}

/* False: the program no longer has the table. */
static bool get_use(rt_reader *r, const rt_versions *v, Use *use)
{
    dsc_str name = rt_get_text(r);
    *use = (Use){.number = rt_get_u64(r)};
    use->time = rt_get_i64(r);
    use->fresh = rt_get_u64(r) != 0;
    for (int i = 0; i < v->e->n_nodes && !r->damaged; i++) {
        const rt_node *node = &v->e->nodes[i];
        if (node->def->once && node->group == i && node->def->name && strlen(node->def->name) == (size_t)name.n &&
            memcmp(node->def->name, name.p, (size_t)name.n) == 0) {
            use->group = i;
            return true;
        }
    }
    return false;
}

void rt_versions_get(rt_reader *r, rt_versions *v)
{
    uint64_t n = rt_get_count(r, 32);
    Use use;
    for (uint64_t i = 0; i < n && !r->damaged; i++)
        if (get_use(r, v, &use))
            v->now[use.group] = use;
}

void rt_versions_settle(rt_versions *v, uint64_t seq)
{
    for (size_t i = 0; i < v->n_files; i++) {
        bool in_use = false;
        for (int j = 0; j < v->e->n_nodes; j++)
            in_use |= v->now[j].number == v->files[i].number;
        v->files[i].until = in_use ? UINT64_MAX : seq;
    }
}

/* ---- the way back ------------------------------------------------------------------------------ */

typedef struct Back {
    rt_versions *v;
    rt_reader all;                /* the steps */
} Back;

/* A source gives what it gave then. */
static int read_back(void *arg, rt_node *node)
{
    Back *back = arg;
    rt_reader r = back->all;
    int status = 0;
    while (r.at < r.end && status == 0) {
        uint64_t n = rt_get_u64(&r);
        rt_get_u64(&r);
        rt_reader step = {r.at, r.at + n, false}, head = step;
        dsc_str name = rt_get_text(&head);
        r.at += n;
        if (strlen(node->def->name) != (size_t)name.n || memcmp(node->def->name, name.p, (size_t)name.n) != 0)
            continue;
        dsc_range *range = &node->source.range;
        dsc_block *blocks;
        if (rt_get_step(back->v->e, &step, range, &blocks) < 0)
            return dsc_fail(back->v->e->job, "checkpoint: what `%s` was read from cannot be read in %s; nothing has been changed: --fresh "
                            "starts anew", node->def->name, back->v->path);
        status = rt_run_range(back->v->e, node, range, blocks);
        free(blocks);
    }
    node->source.ended = true;
    return status;
}

/* Are head and steps as they were written? */
static bool is_whole(rt_versions *v, uint64_t number, const uint8_t *p, size_t size)
{
    rt_reader r = {p + HEAD, p + size, false};
    uint64_t chain = 0;
    while (r.at < r.end && !r.damaged) {
        uint64_t n = rt_get_u64(&r), hash = rt_get_u64(&r);
        if (r.damaged || n > (uint64_t)(r.end - r.at) || rt_stable_hash(r.at, (size_t)n) != hash)
            return false;
        r.at += n;
        chain = chain_of(chain, hash);
    }
    put_head(&v->body, number, size - HEAD, chain);
    return !r.damaged && !v->body.failed && memcmp(v->body.p, p, HEAD) == 0;
}

static int restore(rt_versions *v, const Use *use)
{
    char name[NAME];
    struct stat st;
    name_of(name, use->number);
    int fd = openat(v->folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0) {
        int status = failed(v, "read", name);
        if (fd >= 0)
            close(fd);
        return status;
    }
    size_t size = (size_t)st.st_size;
    const uint8_t *p = size < HEAD ? MAP_FAILED : mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (p == MAP_FAILED && size >= HEAD)
        return failed(v, "read", name);
    int status = -1;
    if (p == MAP_FAILED || !is_whole(v, use->number, p, size)) {
        dsc_fail(v->e->job, "checkpoint: %s/%s is damaged, so the batches that used this table cannot run again; nothing has been "
                 "changed: --fresh starts anew", v->path, name);
    } else {
        Back back = {v, {p + HEAD, p + size, false}};
        int64_t time = v->e->time;
        v->e->time = use->time;
        status = rt_tables_restore(v->e, use->group, read_back, &back);
        v->e->time = time;
    }
    if (p != MAP_FAILED)
        munmap((void *)(uintptr_t)p, size);
    return status;
}

int rt_versions_restore(rt_versions *v)
{
    int status = 0;
    v->e->mute = true;
    for (int i = 0; i < v->e->n_nodes && status == 0; i++)
        if (v->now[i].number)
            status = restore(v, &v->now[i]);
    v->e->mute = false;
    return status;
}

int rt_versions_rerun(rt_versions *v, rt_reader *r, uint64_t seq)
{
    uint64_t n = rt_get_count(r, 32);
    bool mute = v->e->mute;
    int status = 0;
    Use use;
    for (uint64_t i = 0; i < n && status == 0 && !r->damaged; i++) {
        if (!get_use(r, v, &use))
            continue;
        begins(v, &use, seq);
        v->e->mute = mute || !use.fresh;
        status = restore(v, &use);
    }
    v->e->mute = mute;
    return status;
}
