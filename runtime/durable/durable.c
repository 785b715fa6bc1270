/* durable.c: the folder of a checkpoint, and what a running job writes there.
 *
 *   lock            locked by the process that uses the folder; holds its process id in a line, and behind a sync
 *                   that failed a line "lost"
 *   log-NUMBER      the log, see log.c
 *   snapshot-SEQ    snapshots, see snapshot.c
 *   table-NUMBER    what tables were read from, see versions.c
 *   held-NUMBER     a hard link to a file that a source has read, see links.c
 *   spill-HASH      what waits for batches and does not fit in memory, of the source whose name has this hash, see source/spill.c
 *   program-SEQ     texts of programs, see retain.c
 *
 * Records of the log, in the form of bytes.h:
 *
 *   STEP    input that cannot be asked for again, or that is kept, of the batch whose record follows: source (name),
 *           pieces n: split, from, to, offset, name of the split (text), bytes (text)
 *   HELD    a STEP of which files are linked: behind each of its pieces the link (text) and the XXH3 of the piece's bytes, which are
 *           left out (an empty text); or an empty text and 0, where its bytes are there
 *   BATCH   time, time of the last batch there will be;
 *           versions of tables that begin with it n: as in versions.h;
 *           sources n: name, ended?, steps n: pieces n (split, from, to), or the STEP or HELD that has them: its
 *           number before, position behind it (text);
 *           sinks n: name, token (text);
 *           how long after its time it was begun, and how long it had taken until then, in microseconds
 *   END     the output of the last batch is published
 *   BEGIN   a process has gone on here: names of sources (texts, to the end) that begin anew, headers and all
 *
 * A batch counts once its BATCH is on stable storage; then it is published. The next BATCH, or END, says
 * that it has been. */
#define _GNU_SOURCE
#include "durable_job.h"
#include "crash.h"
#include "retain.h"
#include "../sink/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int failed(const rt_durable *d, const char *what, const char *name)
{
    return dsc_fail(d->e->job, "checkpoint: cannot %s %s%s%s: %s", what, d->path, *name ? "/" : "", name, strerror(errno));
}

/* ---- the folder --------------------------------------------------------------- */

static int write_lock(const rt_durable *d)
{
    char text[48];
    int n = snprintf(text, sizeof text, "%ld\n%s", (long)getpid(), d->lost ? "lost\n" : "");
    return pwrite(d->lock, text, (size_t)n, 0) != n || ftruncate(d->lock, n) < 0 ? failed(d, "write", "lock") : 0;
}

static int lock_folder(rt_durable *d)
{
    char text[48] = "";
    d->lock = openat(d->folder, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (d->lock < 0)
        return failed(d, "make", "lock");
    bool locked = flock(d->lock, LOCK_EX | LOCK_NB) == 0;
    if (!locked && errno != EWOULDBLOCK)
        return failed(d, "lock", "lock");
    ssize_t n = pread(d->lock, text, sizeof text - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    size_t id = strcspn(text, "\n");
    if (!locked)
        return dsc_fail(d->e->job, "checkpoint: %s is in use by process %.*s; a job runs once at a time, so stop that one or give "
                        "another folder", d->path, id ? (int)id : 9, id ? text : "(unknown)");
    d->lost = strcmp(text + id, "\nlost\n") == 0;
    return write_lock(d);
}

/* A process that stood still may find that its lock was removed, and that another one has taken the folder: then it must write
 * nothing more. */
static int check_lock(const rt_durable *d)
{
    struct stat own, named;
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/lock", d->path);
    if (n < (int)sizeof path && fstat(d->lock, &own) == 0 && stat(path, &named) == 0 && named.st_dev == own.st_dev && named.st_ino == own.st_ino)
        return 0;
    return dsc_fail(d->e->job, "checkpoint: %s/lock is not this job's any more: the folder was removed, replaced or given to another process; "
                    "nothing more is written", d->path);
}

/* What could not be synced may be on the disk or not, as after a loss of power. */
static int sync_failed(rt_durable *d)
{
    d->lost = true;
    write_lock(d);
    return -1;
}

int rt_durable_clean(rt_durable *d)
{
    bool lost = d->lost;
    d->lost = false;
    return lost ? write_lock(d) : 0;
}

static int64_t monotonic(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void read_boot(char boot[64])
{
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, boot, 63) : 0;
    boot[n > 0 ? n : 0] = '\0';
    boot[strcspn(boot, "\n")] = '\0';
    if (fd >= 0)
        close(fd);
}

/* What sources have spilled (source/spill.c). */
static int remove_spilled(const rt_durable *d)
{
    int fd = openat(d->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), status = 0;
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir)
        return failed(d, "list", "");
    for (const struct dirent *entry; status == 0 && (entry = readdir(dir)); )
        if (strncmp(entry->d_name, "spill-", 6) == 0 && unlinkat(d->folder, entry->d_name, 0) < 0)
            status = failed(d, "remove", entry->d_name);
    closedir(dir);
    return status;
}

/* --fresh: what there was is gone, the lock but for. */
static int remove_all(rt_durable *d)
{
    rt_log *log = rt_log_open(d->e->job, d->folder, d->path);
    int status = log ? rt_log_remove(log) : -1;
    rt_log_close(log);
    if (status == 0)
        status = rt_retain_nothing(d->e->job, d->folder, d->path);
    if (status == 0)
        status = rt_versions_remove(d->versions);
    if (status == 0)
        status = rt_links_remove(d->links);
    return status < 0 ? status : remove_spilled(d);
}

int rt_durable_open(rt_engine *e)
{
    dsc_context *job = e->job;
    const char *path = dsc_checkpoint_folder(job);
    if (!path || job->options.replay)
        return 0;
    rt_durable *d = e->durable = calloc(1, sizeof *d);
    if (!d)
        return dsc_fail(job, "checkpoint: no memory");
    int64_t keep = job->options.keep > 0 ? job->options.keep : job->program->checkpoint_keep;
    *d = (rt_durable){.e = e, .path = path, .folder = -1, .lock = -1, .keep = keep, .copying = PTHREAD_MUTEX_INITIALIZER,
                      .has_copied = PTHREAD_COND_INITIALIZER};
    if (disk_folder(path, 0700) < 0 || (d->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
        return failed(d, "make or open the folder", "");
    if (lock_folder(d) < 0 || !(d->versions = rt_versions_open(e, d->folder, path)) ||
        !(d->links = rt_links_open(job, d->folder, path)) || (job->options.fresh && remove_all(d) < 0))
        return -1;
    int found = rt_snapshot_find(job, d->folder, path, UINT64_MAX, &d->before);
    if (found < 0)
        return -1;
    d->found = found > 0;
    d->state = d->before.state;
    /* Also where a process that was killed made it. */
    if (!d->found && disk_sync_name(path) < 0)
        return failed(d, "sync the folder of", "");
    char boot[64];
    read_boot(boot);
    d->same_boot = d->found && !d->lost && strcmp(boot, d->state.boot) == 0;
    if (d->found) {
        if (d->state.batch != job->batch)
            return dsc_fail(job, "checkpoint: %s was made with batches of %lld ms, and now they have %lld ms; a grid of windows cannot change: "
                            "run with --batch as it was, or start anew with --fresh", path, (long long)d->state.batch / 1000,
                            (long long)job->batch / 1000);
        if (d->state.real != job->clock->real)
            return dsc_fail(job, "checkpoint: %s was made on the %s clock; run with --clock %s, or start anew with --fresh", path,
                            d->state.real ? "real" : "virtual", d->state.real ? "real" : "virtual");
        job->zero = d->state.zero;
        job->start = d->state.start;
        d->state.epoch++;
    } else {
        d->state = (rt_job_state){.batch = job->batch, .real = job->clock->real, .last = INT64_MAX};
    }
    snprintf(d->state.boot, sizeof d->state.boot, "%s", boot);
    for (int i = 0; i < e->n_nodes; i++)
        if (e->nodes[i].sink.conn)
            e->nodes[i].sink.conn->durable = true;
    d->log = rt_log_open(job, d->folder, path);
    return d->log ? 0 : -1;
}

/* Wait for the thread, and give back what its snapshot makes superfluous. */
static int snapshot_written(rt_durable *d)
{
    if (!d->writing)
        return 0;
    pthread_join(d->writer, NULL);
    d->writing = false;
    int64_t from = monotonic();
    rt_picture_free(d->e, &d->copy);
    d->stood += monotonic() - from;
    if (d->written < 0)
        return sync_failed(d);
    if (rt_versions_trim(d->versions, d->kept) < 0 || rt_links_trim(d->links, d->kept) < 0)
        return -1;
    return rt_log_trim(d->log, d->kept);
}

void rt_durable_quiet(rt_engine *e)
{
    rt_durable *d = e->durable;
    if (!d)
        return;
    snapshot_written(d);
    rt_picture_free(e, &d->copy);
}

bool rt_durable_goes_on(const rt_engine *e) { return e->durable && e->durable->found; }

void rt_durable_close(rt_engine *e)
{
    rt_durable *d = e->durable;
    if (!d)
        return;
    rt_snapshot_close(&d->before);
    rt_log_close(d->log);
    rt_versions_close(d->versions);
    rt_links_close(d->links);
    if (d->lock >= 0)
        close(d->lock);
    if (d->folder >= 0)
        close(d->folder);
    rt_buf_free(&d->begin);
    rt_buf_free(&d->sources);
    rt_buf_free(&d->steps);
    rt_buf_free(&d->body);
    free(d);
    e->durable = NULL;
}

/* ---- a batch ------------------------------------------------------------------------ */

bool rt_source_replays(const rt_node *node)
{
    const dsc_source *s = node->source.conn;
    return s->def->replays && s->def->replays(s);
}

void rt_put_piece(rt_buf *b, const rt_node *node, const dsc_piece *piece, const dsc_block *block)
{
    const char *name = block->split_name ? block->split_name : "";
    rt_put_i64(b, piece->split);
    rt_put_u64(b, piece->from);
    rt_put_u64(b, piece->to);
    rt_put_u64(b, block->offset);
    rt_put_text(b, name, strlen(name));
    if (block->size == 0)
        rt_put_text(b, block->p, block->n);
    for (size_t j = 0; j < block->n && block->size > 0; j++)
        rt_put_value(b, node->def->type, block->p + j * block->size);
}

void rt_put_step(rt_buf *b, const rt_node *node, const dsc_range *range, const dsc_block *blocks)
{
    rt_put_text(b, node->def->name, strlen(node->def->name));
    rt_put_u64(b, (uint64_t)range->n);
    for (int i = 0; i < range->n; i++)
        rt_put_piece(b, node, &range->piece[i], &blocks[i]);
}

/* A BEGIN, where one is to come before any other record. */
static int append_begin(rt_durable *d)
{
    uint64_t seq;
    if (d->begin.n > 0 && rt_log_append(d->log, RECORD_BEGIN, (dsc_str){d->begin.p, (int64_t)d->begin.n}, &seq) < 0)
        return -1;
    d->begin.n = 0;
    return 0;
}

static int append(rt_durable *d, uint64_t kind, dsc_str body, uint64_t *seq)
{
    return append_begin(d) < 0 ? -1 : rt_log_append(d->log, kind, body, seq);
}

/* The body of a HELD. */
static int put_held(rt_durable *d, const rt_node *node, const dsc_range *range, const dsc_block *blocks)
{
    rt_buf *b = &d->body;
    rt_put_text(b, node->def->name, strlen(node->def->name));
    rt_put_u64(b, (uint64_t)range->n);
    for (int i = 0; i < range->n; i++) {
        char link[RT_LINK_NAME];
        dsc_block block = blocks[i];
        int held = rt_links_hold(d->links, node, range->piece[i].split, rt_log_next(d->log), link);
        if (held < 0)
            return -1;
        uint64_t hash = held ? rt_stable_hash(block.p, block.n) : 0;
        block.n = held ? 0 : block.n;
        rt_put_piece(b, node, &range->piece[i], &block);
        rt_put_text(b, link, held ? strlen(link) : 0);
        rt_put_u64(b, hash);
    }
    return 0;
}

static int log_input(rt_durable *d, const rt_node *node, const dsc_range *range, const dsc_block *blocks, uint64_t *seq)
{
    rt_buf *b = &d->body;
    bool held = node->source.conn->def->hold;
    b->n = 0;
    if (held && (append_begin(d) < 0 || put_held(d, node, range, blocks) < 0))
        return sync_failed(d);
    if (!held)
        rt_put_step(b, node, range, blocks);
    if (b->failed)
        return rt_no_memory(d->e->job, b->cap * 2, "a record of the log");
    return append(d, held ? RECORD_HELD : RECORD_STEP, (dsc_str){b->p, (int64_t)b->n}, seq) < 0 ? sync_failed(d) : 0;
}

/* Steps of one source come one after the other. */
static void end_source(rt_durable *d)
{
    if (!d->source)
        return;
    rt_buf *b = &d->sources;
    d->n_sources++;
    rt_put_text(b, d->source->def->name, strlen(d->source->def->name));
    rt_put_u64(b, rt_source_ended(d->source));
    rt_put_u64(b, d->n_steps);
    rt_buf_add(b, d->steps.p, d->steps.n);
    b->failed |= d->steps.failed;
    d->source = NULL;
}

int rt_durable_step(rt_engine *e, rt_node *node, const dsc_range *range, const dsc_block *blocks)
{
    rt_durable *d = e->durable;
    if (!d || d->replaying)
        return 0;
    d->read |= range->n > 0;
    if (node->def->once)
        return range->n > 0 ? rt_versions_step(d->versions, node, range, blocks) : 0;
    if (d->source != node) {
        rt_durable_source_done(e);
        d->source = node;
        d->n_steps = 0;
        d->steps.n = 0;
    }
    if (range->n == 0)
        return 0;
    rt_buf *b = &d->steps;
    d->n_steps++;
    if (!rt_source_replays(node) || (d->keep > 0 && node->format)) {
        uint64_t seq;
        if (log_input(d, node, range, blocks, &seq) < 0)
            return -1;
        rt_put_u64(b, 0);
        rt_put_u64(b, seq);
        return 0;
    }
    rt_put_u64(b, (uint64_t)range->n);
    for (int i = 0; i < range->n; i++) {
        rt_put_i64(b, range->piece[i].split);
        rt_put_u64(b, range->piece[i].from);
        rt_put_u64(b, range->piece[i].to);
    }
    return 0;
}

int rt_durable_table(rt_engine *e, int group)
{
    rt_durable *d = e->durable;
    return d && !d->replaying ? rt_versions_done(d->versions, group) : 0;
}

void rt_durable_table_drop(rt_engine *e)
{
    if (e->durable)
        rt_versions_drop(e->durable->versions);
}

int rt_durable_source_done(rt_engine *e)
{
    rt_durable *d = e->durable;
    if (!d || !d->source)
        return 0;
    rt_node *node = d->source;
    end_source(d);
    return rt_put_position(&d->sources, node);
}

/* A batch without input, of which nothing is to be seen: when it is lost it comes again, as it was or with input of its time. */
static bool is_idle(const rt_durable *d)
{
    for (int i = 0; i < d->e->n_nodes; i++)
        if (d->e->nodes[i].sink.begun && !d->e->nodes[i].sink.token.nothing)
            return false;
    return !d->read;
}

static bool sync_is_due(rt_durable *d)
{
    const int64_t interval = 1000000;
    int mode = d->e->job->options.durability;
    int64_t now = mode == RT_INTERVAL ? monotonic() : 0;
    if (mode == RT_EACH_BATCH ? is_idle(d) : mode != RT_INTERVAL || now - d->synced_at < interval)
        return false;
    d->synced_at = now;
    d->read = false;
    return true;
}

int rt_durable_commit(rt_engine *e)
{
    rt_durable *d = e->durable;
    if (!d || d->replaying)
        return 0;
    if (check_lock(d) < 0 || rt_durable_source_done(e) < 0)
        return -1;
    rt_buf *b = &d->body;
    b->n = 0;
    rt_put_i64(b, e->time);
    rt_put_i64(b, d->state.last);
    rt_versions_put_begun(b, d->versions);
    rt_put_u64(b, d->n_sources);
    rt_buf_add(b, d->sources.p, d->sources.n);
    rt_put_tokens(b, e);
    rt_put_i64(b, e->log.begun - e->log.due);
    rt_put_i64(b, rt_wall_clock(e->job) - e->log.begun);
    if (b->failed || d->sources.failed)
        return rt_no_memory(e->job, b->cap * 2, "a record of the log");
    int status = rt_links_sync(d->links);
    if (status == 0)
        status = append(d, RECORD_BATCH, (dsc_str){b->p, (int64_t)b->n}, &d->state.seq);
    if (status == 0 && sync_is_due(d))
        status = rt_log_sync(d->log);
    if (status == 0)
        rt_versions_counted(d->versions, d->state.seq);
    d->n_sources = 0;
    d->sources.n = 0;
    d->state.time = e->time;
    for (int i = 0; i < e->n_nodes && status == 0; i++)
        if (e->nodes[i].sink.begun)
            e->nodes[i].sink.conn->counts = true;
    return status < 0 ? sync_failed(d) : 0;
}

/* ---- snapshots ----------------------------------------------------------------------------- */

static void tell_copied(rt_durable *d)
{
    pthread_mutex_lock(&d->copying);
    d->copied = true;
    pthread_cond_signal(&d->has_copied);
    pthread_mutex_unlock(&d->copying);
}

void rt_durable_copied(rt_engine *e)
{
    rt_durable *d = e->durable;
    int64_t from = monotonic();
    pthread_mutex_lock(&d->copying);
    while (!d->copied)
        pthread_cond_wait(&d->has_copied, &d->copying);
    pthread_mutex_unlock(&d->copying);
    d->stood += monotonic() - from;
}

static void write_copy(void *arg)
{
    rt_durable *d = arg;
    rt_picture_copy(d->e, &d->copy);
    tell_copied(d);
    rt_picture_put(d->e, &d->copy, &d->chain);
    d->written = rt_snapshot_write(d->e, d->folder, d->path, d->copy.state.seq, d->copy.on_top, &d->copy.bytes, &d->chain);
    if (d->written == 0)
        d->written = rt_retain(d->e->job, d->folder, d->path, d->keep, &d->kept);
    rt_buf_free(&d->copy.bytes);      /* so much that the batch loop would notice */
}

static void *write_snapshot(void *arg)
{
    rt_durable *d = arg;
    if (rt_protect(d->e->job, write_copy, d) < 0)
        d->written = -1;
    tell_copied(d);
    atomic_store(&d->done, true);
    return NULL;
}

static int begin_snapshot(rt_durable *d)
{
    if (snapshot_written(d) < 0 || check_lock(d) < 0)
        return -1;
    d->snapshot_at = monotonic();
    /* Or the log could end before the snapshot. */
    if (rt_log_sync(d->log) < 0)
        return sync_failed(d);
    if (rt_picture_take(d->e, &d->state, d->versions, &d->chain, &d->copy) < 0)
        return -1;
    atomic_store(&d->done, false);
    d->copied = false;
    int why = pthread_create(&d->writer, NULL, write_snapshot, d);
    if (why != 0)
        return dsc_fail(d->e->job, "checkpoint: cannot start a thread: %s", strerror(why));
    d->writing = true;
    d->stood += monotonic() - d->snapshot_at;
    return 0;
}

int rt_durable_snapshot(rt_durable *d)
{
    return begin_snapshot(d) < 0 ? -1 : snapshot_written(d);
}

int rt_durable_published(rt_engine *e)
{
    rt_durable *d = e->durable;
    if (!d)
        return 0;
    d->state.last = e->last;
    d->stood = 0;
    d->state.empty = rt_timed_any(e) ? e->empty : 0;
    if (d->writing && atomic_load(&d->done) && snapshot_written(d) < 0)
        return -1;
    int64_t every = e->job->program->checkpoint_every > 0 ? e->job->program->checkpoint_every : 10000000;
    if (d->writing || monotonic() - d->snapshot_at < every)
        return 0;
    /* Places to crash at are counted in one order. */
    return rt_crash_counts() ? rt_durable_snapshot(d) : begin_snapshot(d);
}

int rt_durable_end(rt_engine *e)
{
    rt_durable *d = e->durable;
    if (!d || d->state.seq == d->begun)
        return 0;
    if (append(d, RECORD_END, (dsc_str){"", 0}, &d->state.seq) < 0 || rt_log_sync(d->log) < 0)
        return sync_failed(d);
    return rt_durable_snapshot(d);
}

int64_t rt_durable_stood(const rt_engine *e) { return e->durable ? e->durable->stood : -1; }
