/* snapshot.c: snapshots, files snapshot-SEQ: what the job keeps when the log's record SEQ
 * has been carried out.
 *
 * Numbers, texts and values stand as bytes.h says:
 *
 *   "dscsnap2", XXH3 of all that follows
 *   seq, epoch, zero, batch, real clock?, time, last, boot (text)
 *   parts, n: kind, name (text), operator (text), form (text), bytes (text):
 *     0  of a node that keeps state: form and bytes of states.h
 *     1  of a source: form: is it cut by a time in the data? Bytes: ended?, position (text), layouts of splits n: split,
 *        header line (text)
 *     2  of a sink that has had a batch: form: does its token say something to another process? Bytes: the token of the last one
 *   versions of tables in use, n: as in versions.h
 *
 * The two newest are kept, and the log from the older one on. */
#define _GNU_SOURCE
#include "snapshot.h"
#include "changes.h"
#include "crash.h"
#include "states.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME = 48, KEPT = 2 };
static const char mark[8] = {'d', 's', 'c', 's', 'n', 'a', 'p', '2'};

static void name_of(char *name, uint64_t seq) { snprintf(name, NAME, "snapshot-%020llu", (unsigned long long)seq); }

static int failed(dsc_context *job, const char *what, const char *path, const char *name)
{
    return dsc_fail(job, "checkpoint: cannot %s %s/%s: %s", what, path, name, strerror(errno));
}

/* ---- which there are ------------------------------------------------------------------ */

typedef struct Found {
    uint64_t *seq;                /* the newest first */
    size_t n, cap;
} Found;

static int newest_first(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x < y) - (x > y);
}

static int list(dsc_context *job, int folder, const char *path, Found *found)
{
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir)
        return failed(job, "list", path, ".");
    const struct dirent *entry;
    int status = 0;
    while (status == 0 && (entry = readdir(dir))) {
        unsigned long long seq;
        int end = 0;
        if (sscanf(entry->d_name, "snapshot-%20llu%n", &seq, &end) != 1 || entry->d_name[end] != '\0')
            continue;
        if (found->n == found->cap) {
            found->cap = found->cap ? found->cap * 2 : 8;
            uint64_t *more = realloc(found->seq, found->cap * sizeof *more);
            if (!more)
                status = dsc_fail(job, "checkpoint: no memory for the names of its files");
            else
                found->seq = more;
        }
        if (status == 0)
            found->seq[found->n++] = seq;
    }
    closedir(dir);
    if (found->n > 0)
        qsort(found->seq, found->n, sizeof *found->seq, newest_first);
    return status;
}

/* ---- reading ------------------------------------------------------------------------------ */

static void get_job(rt_reader *r, rt_job_state *s)
{
    *s = (rt_job_state){.seq = rt_get_u64(r)};
    s->epoch = rt_get_u64(r);
    s->zero = rt_get_i64(r);
    s->batch = rt_get_i64(r);
    s->real = rt_get_u64(r) != 0;
    s->time = rt_get_i64(r);
    s->last = rt_get_i64(r);
    dsc_str boot = rt_get_text(r);
    r->damaged |= boot.n >= (int64_t)sizeof s->boot;
    if (!r->damaged && boot.n > 0)
        memcpy(s->boot, boot.p, (size_t)boot.n);
}

/* 1: it is whole; 0: it is damaged. */
static int open_one(dsc_context *job, int folder, const char *path, uint64_t seq, rt_job_state *state, rt_reader *rest, void **map, size_t *size)
{
    char name[NAME];
    struct stat st;
    name_of(name, seq);
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0) {
        int status = failed(job, "read", path, name);
        if (fd >= 0)
            close(fd);
        return status;
    }
    *size = (size_t)st.st_size;
    *map = *size < 16 ? MAP_FAILED : mmap(NULL, *size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (*map == MAP_FAILED)
        return *size < 16 ? 0 : failed(job, "read", path, name);
    const uint8_t *p = *map;
    *rest = (rt_reader){p + 8, p + *size, false};
    if (memcmp(p, mark, 8) == 0 && rt_get_u64(rest) == rt_stable_hash(p + 16, *size - 16)) {
        get_job(rest, state);
        if (!rest->damaged && state->seq == seq)
            return 1;
    }
    bool other = memcmp(p, mark, 7) == 0 && p[7] != mark[7];
    munmap(*map, *size);
    return !other ? 0 : dsc_fail(job, "checkpoint: %s/%s was written by another version of dsc, which alone can go on from it: "
                                 "run that, or start anew with --fresh", path, name);
}

int rt_snapshot_find(dsc_context *job, int folder, const char *path, rt_job_state *state, rt_reader *rest, void **map, size_t *size)
{
    Found found = {0};
    int status = list(job, folder, path, &found);
    size_t damaged = 0;
    for (; status == 0 && damaged < found.n; damaged++) {
        status = open_one(job, folder, path, found.seq[damaged], state, rest, map, size);
        if (status == 0)
            dsc_note(job, "checkpoint: %s/snapshot-%020llu is damaged; an older one and the log take its place", path,
                     (unsigned long long)found.seq[damaged]);
    }
    if (status == 0 && found.n > 0)
        status = dsc_fail(job, "checkpoint: no snapshot in %s is whole, so nothing can be recovered; nothing has been changed: "
                          "--fresh starts anew", path);
    free(found.seq);
    return status;
}

void rt_get_part(rt_reader *r, rt_part *part)
{
    *part = (rt_part){.kind = (rt_part_kind)rt_get_u64(r)};
    part->name = rt_get_text(r);
    part->op = rt_get_text(r);
    part->form = rt_get_text(r);
    part->bytes = rt_get_text(r);
    r->damaged |= part->kind > RT_PART_SINK;
}

/* ---- into the nodes ------------------------------------------------------------------------- */

static int load_source(rt_node *node, rt_reader *r)
{
    node->source.ended = rt_get_u64(r) != 0;
    dsc_str position = rt_get_text(r);
    uint64_t n = rt_get_count(r, 16);
    for (uint64_t i = 0; i < n && !r->damaged; i++) {
        int32_t split = (int32_t)rt_get_i64(r);
        dsc_str header = rt_get_text(r);
        if (!r->damaged && rt_layout_set(node, split, header) < 0)
            return -1;
    }
    dsc_source *s = node->source.conn;
    return r->damaged ? 0 : s->def->seek(s, position.p, (size_t)position.n);
}

void rt_token_set(rt_node *node, dsc_str bytes)
{
    memcpy(node->sink.token.bytes, bytes.p, (size_t)bytes.n);
    node->sink.token.n = (int)bytes.n;
    node->sink.known = true;
}

static int load_part(rt_engine *e, const rt_part *part, bool *damaged)
{
    rt_node *node = rt_part_node(e, part);
    rt_reader r = rt_reader_of(part->bytes);
    int status = 0;
    if (!node)
        return 0;                 /* nothing is lost by it, or the check would not have passed */
    if (part->kind == RT_PART_STATE) {
        rt_get_node_state(&r, e, node);
        *damaged |= r.at != r.end;
    } else if (part->kind == RT_PART_SOURCE) {
        status = load_source(node, &r);
    } else if (part->bytes.n <= (int64_t)sizeof node->sink.token.bytes) {
        rt_token_set(node, part->bytes);
    }
    *damaged |= r.damaged;
    return status;
}

int rt_snapshot_load(rt_engine *e, rt_reader *r, rt_versions *versions, const char *path)
{
    int status = rt_changes_check(e, *r, path);
    uint64_t n = rt_get_count(r, 40);
    bool damaged = false;
    for (uint64_t i = 0; i < n && status == 0 && !damaged; i++) {
        rt_part part;
        rt_get_part(r, &part);
        status = r->damaged ? 0 : load_part(e, &part, &damaged);
        damaged |= r->damaged;
    }
    if (status == 0 && !damaged)
        rt_versions_get(r, versions);
    if (status == 0 && (damaged || r->damaged))
        status = dsc_fail(e->job, "checkpoint: the snapshot in %s does not fit this program; nothing has been changed", path);
    return status;
}

/* ---- writing ------------------------------------------------------------------------------- */

/* A text whose length is known when it has been written: begun at *at. */
static void begin_text(rt_buf *b, size_t *at)
{
    *at = b->n;
    rt_put_u64(b, 0);
}

static void end_text(rt_buf *b, size_t at)
{
    rt_buf length = {0};
    rt_put_u64(&length, b->n - at - 8);
    b->failed |= length.failed;
    if (!b->failed)
        memcpy(b->p + at, length.p, 8);
    rt_buf_free(&length);
}

static int put_bytes(rt_buf *b, rt_engine *e, rt_node *node, rt_part_kind kind)
{
    if (kind == RT_PART_STATE) {
        rt_put_node_state(b, e, node);
    } else if (kind == RT_PART_SINK) {
        rt_buf_add(b, node->sink.token.bytes, (size_t)node->sink.token.n);
    } else {
        rt_put_u64(b, rt_source_ended(node));
        if (rt_put_position(b, node) < 0)
            return -1;
        rt_layouts_put(b, node);
    }
    return 0;
}

static int put_node(rt_buf *b, rt_engine *e, rt_node *node, rt_part_kind kind)
{
    size_t at;
    rt_put_u64(b, kind);
    rt_put_text(b, node->def->name, strlen(node->def->name));
    rt_put_text(b, node->def->op, strlen(node->def->op));
    begin_text(b, &at);
    rt_put_part_form(b, node);
    end_text(b, at);
    begin_text(b, &at);
    int status = put_bytes(b, e, node, kind);
    end_text(b, at);
    return status;
}

void rt_put_part(rt_buf *b, const rt_part *part)
{
    rt_put_u64(b, part->kind);
    rt_put_text(b, part->name.p, (size_t)part->name.n);
    rt_put_text(b, part->op.p, (size_t)part->op.n);
    rt_put_text(b, part->form.p, (size_t)part->form.n);
    rt_put_text(b, part->bytes.p, (size_t)part->bytes.n);
}

static bool is_part(const rt_node *node, rt_part_kind *kind)
{
    bool keeps = rt_part_kind_of(node, kind);
    return *kind == RT_PART_SINK ? node->sink.known : keeps;
}

static int put_parts(rt_buf *b, rt_engine *e)
{
    rt_part_kind kind;
    uint64_t n = 0;
    int status = 0;
    for (int i = 0; i < e->n_nodes; i++)
        n += is_part(&e->nodes[i], &kind);
    rt_put_u64(b, n);
    for (int i = 0; i < e->n_nodes && status == 0; i++)
        if (is_part(&e->nodes[i], &kind))
            status = put_node(b, e, &e->nodes[i], kind);
    return status;
}

void rt_put_tokens(rt_buf *b, const rt_engine *e)
{
    uint64_t n = 0;
    for (int i = 0; i < e->n_nodes; i++)
        n += e->nodes[i].sink.begun;
    rt_put_u64(b, n);
    for (int i = 0; i < e->n_nodes; i++) {
        const rt_node *node = &e->nodes[i];
        if (!node->sink.begun)
            continue;
        rt_put_text(b, node->def->name, strlen(node->def->name));
        rt_put_text(b, node->sink.token.bytes, (size_t)node->sink.token.n);
    }
}

int rt_put_position(rt_buf *b, rt_node *node)
{
    dsc_source *s = node->source.conn;
    char small[256];
    size_t room = sizeof small;
    char *bytes = small;
    int n;
    while ((n = s->def->position(s, bytes, room)) < 0 && room < (size_t)1 << 30) {
        if (atomic_load(&s->job->failing))
            return -1;
        room *= 4;
        bytes = rt_must_realloc(bytes == small ? NULL : bytes, room, "a checkpoint");
    }
    if (n >= 0)
        rt_put_text(b, bytes, (size_t)n);
    if (bytes != small)
        free(bytes);
    return n < 0 ? dsc_fail(s->job, "checkpoint: the position of %s is too long", node->def->name) : 0;
}

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

/* `head` in the place of as many of the bytes. */
static int write_file(dsc_context *job, int folder, const char *path, const char *name, const rt_buf *head, const rt_buf *b)
{
    char hidden[NAME + 8];
    snprintf(hidden, sizeof hidden, ".%s", name);
    rt_crash_point();
    int fd = openat(folder, hidden, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return failed(job, "make", path, name);
    size_t rest = b->n - head->n;
    bool written = write_all(fd, head->p, head->n) && write_all(fd, b->p + head->n, rt_crash_next() ? rest / 2 : rest);
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

/* All but the newest `keep`. */
static int unlink_old(dsc_context *job, int folder, const char *path, size_t keep, uint64_t *kept)
{
    Found found = {0};
    int status = list(job, folder, path, &found);
    *kept = 0;
    if (status == 0 && found.n >= keep && keep > 0)
        *kept = found.seq[keep - 1];
    for (size_t i = keep; i < found.n && status == 0; i++) {
        char name[NAME];
        name_of(name, found.seq[i]);
        rt_crash_point();
        if (unlinkat(folder, name, 0) < 0 && errno != ENOENT)
            status = failed(job, "remove", path, name);
    }
    free(found.seq);
    return status;
}

void rt_snapshot_begin(rt_buf *b, const rt_job_state *s)
{
    b->n = 0;
    rt_buf_add(b, mark, 8);
    rt_put_u64(b, 0);
    rt_put_u64(b, s->seq);
    rt_put_u64(b, s->epoch);
    rt_put_i64(b, s->zero);
    rt_put_i64(b, s->batch);
    rt_put_u64(b, s->real);
    rt_put_i64(b, s->time);
    rt_put_i64(b, s->last);
    rt_put_text(b, s->boot, strlen(s->boot));
}

int rt_snapshot_make(rt_engine *e, const rt_job_state *s, const rt_versions *versions, rt_buf *b)
{
    rt_snapshot_begin(b, s);
    if (put_parts(b, e) < 0)
        return -1;
    rt_versions_put(b, versions);
    return b->failed ? rt_no_memory(e->job, b->cap * 2, "a snapshot") : 0;
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

int rt_snapshot_write(rt_engine *e, int folder, const char *path, uint64_t seq, const rt_buf *bytes, uint64_t *kept)
{
    char name[NAME];
    rt_buf head = {0};
    rt_buf_add(&head, mark, 8);
    rt_put_u64(&head, rt_stable_hash(bytes->p + 16, bytes->n - 16));
    name_of(name, seq);
    int status = head.failed ? rt_no_memory(e->job, 16, "a snapshot") : sync_sinks(e);
    if (status == 0)
        status = write_file(e->job, folder, path, name, &head, bytes);
    rt_buf_free(&head);
    return status < 0 ? status : unlink_old(e->job, folder, path, KEPT, kept);
}

int rt_snapshots_remove(dsc_context *job, int folder, const char *path)
{
    uint64_t kept;
    return unlink_old(job, folder, path, 0, &kept);
}
