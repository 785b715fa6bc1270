/* log.c: the log's files.
 *
 * A log is a row of segments, files log-NUMBER with numbers that rise. Numbers in them
 * stand as bytes.h says. A segment begins with a block of 512 bytes:
 *
 *   0   "dsclog 1"
 *   8   the segment's number        16  the number of its first record
 *   24  the chain before it         32  0
 *   40  XXH3 of the first 40 bytes  48  zeros
 *
 * and then has records, each at a multiple of 512:
 *
 *   0   "dsc rec1"                  8   its kind, 1 byte, and how many records before it were not synced when it was written, 7 bytes
 *   16  its number                  24  bytes of its body
 *   32  the chain before it: the hash of the record before
 *   40  XXH3 of the first 40 bytes and, in 8 bytes, the XXH3 of the body
 *   48  the body, then anything up to the next multiple of 512
 *
 * Segments are used again, so behind the last record lie old ones: they have other
 * numbers and another chain. The first record that is not whole ends the segment; another
 * segment may go on from there, begun by the process that came next. Where it does not, and a
 * record follows that was written when this one had been synced, the log is damaged. */
#define _GNU_SOURCE
#include "log.h"
#include "bytes.h"
#include "names.h"
#include "crash.h"
#include "../value.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { BLOCK = 512, HEAD = 48, NAME = 32, SPARES = 2, FEW = 3, AHEAD = 4 << 20, MOST_AT_ONCE = 2 * AHEAD };
/* Segments are large once there are more than a few that are needed. */
static const uint64_t small_size = (uint64_t)16 << 20, large_size = (uint64_t)64 << 20;
static const char segment_mark[8] = {'d', 's', 'c', 'l', 'o', 'g', ' ', '1'}, record_mark[8] = {'d', 's', 'c', ' ', 'r', 'e', 'c', '1'};

typedef struct Segment {
    uint64_t number, first, last; /* of records; last < first: none */
    uint64_t chain;               /* before the first */
    uint64_t size;
    uint64_t end;                 /* of its records, where it is the last and they have been read; else 0 */
    ino_t inode;                  /* of the map */
    const uint8_t *map;           /* while it is read */
} Segment;

struct rt_log {
    dsc_context *job;
    int folder;
    const char *path;
    Segment *segments;            /* by number; the last is written once `fd` is open */
    size_t n, cap;
    rt_record *records;           /* of the last rt_log_read */
    size_t n_records, records_cap;
    int fd;
    uint64_t at;                  /* where the next record goes */
    uint64_t begun;               /* the system has begun to write what is before */
    uint64_t seq, chain;          /* of the last record */
    uint64_t unsynced;            /* records at the end that have not been synced */
    bool failed;
    uint64_t spares[SPARES];      /* numbers of files spare-NUMBER */
    int n_spares;
};

static void name_of(char *name, const char *what, uint64_t number)
{
    snprintf(name, NAME, "%s-%012llu", what, (unsigned long long)number);
}

static int failed(rt_log *log, const char *what, const char *name)
{
    log->failed = true;
    return dsc_fail(log->job, "checkpoint: cannot %s %s/%s: %s", what, log->path, name, strerror(errno));
}

/* ---- the segments that there are -------------------------------------------------- */

static Segment *add_segment(rt_log *log, uint64_t number)
{
    if (log->n == log->cap) {
        size_t cap = log->cap ? log->cap * 2 : 16;
        Segment *more = realloc(log->segments, cap * sizeof *more);
        if (!more) {
            dsc_fail(log->job, "checkpoint: no memory for the names of its files");
            return NULL;
        }
        log->segments = more;
        log->cap = cap;
    }
    Segment *s = &log->segments[log->n++];
    *s = (Segment){.number = number, .first = 1};
    return s;
}

static int list_segments(rt_log *log)
{
    rt_numbers numbers;
    int status = rt_names_list(log->job, log->folder, log->path, "log", 12, &numbers);
    for (size_t i = 0; i < numbers.n && status == 0; i++)
        status = add_segment(log, numbers.at[i]) ? 0 : -1;
    free(numbers.at);
    if (status < 0)
        return status;
    status = rt_names_list(log->job, log->folder, log->path, "spare", 12, &numbers);
    for (size_t i = 0; i < numbers.n && log->n_spares < SPARES; i++)
        log->spares[log->n_spares++] = numbers.at[i];
    free(numbers.at);
    return status;
}

rt_log *rt_log_open(dsc_context *job, int folder, const char *path)
{
    rt_log *log = calloc(1, sizeof *log);
    if (!log) {
        dsc_fail(job, "checkpoint: no memory");
        return NULL;
    }
    *log = (rt_log){.job = job, .folder = folder, .path = path, .fd = -1};
    if (list_segments(log) < 0) {
        rt_log_close(log);
        return NULL;
    }
    return log;
}

static void drop_maps(rt_log *log)
{
    for (size_t i = 0; i < log->n; i++) {
        if (log->segments[i].map)
            munmap((void *)(uintptr_t)log->segments[i].map, log->segments[i].size);
        log->segments[i].map = NULL;
    }
    log->n_records = 0;
}

void rt_log_close(rt_log *log)
{
    if (!log)
        return;
    drop_maps(log);
    if (log->fd >= 0)
        close(log->fd);
    free(log->segments);
    free(log->records);
    free(log);
}

/* ---- reading -------------------------------------------------------------------------- */

static int map_segment(rt_log *log, Segment *s)
{
    char name[NAME];
    struct stat st;
    name_of(name, "log", s->number);
    int fd = openat(log->folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0)
        return failed(log, "read", name);
    s->size = (uint64_t)st.st_size;
    s->inode = st.st_ino;
    void *map = s->size < BLOCK ? MAP_FAILED : mmap(NULL, s->size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (map == MAP_FAILED)
        return s->size < BLOCK ? 0 : failed(log, "read", name);
    s->map = map;
    return 0;
}

/* False: it is none of ours, as where the process died while it was being made. */
static bool read_head(Segment *s)
{
    rt_reader r = {s->map + 8, s->map + HEAD, false};
    if (!s->map || memcmp(s->map, segment_mark, 8) != 0 || rt_get_u64(&r) != s->number)
        return false;
    s->first = rt_get_u64(&r);
    s->chain = rt_get_u64(&r);
    rt_get_u64(&r);
    s->last = s->first - 1;
    return rt_get_u64(&r) == rt_stable_hash(s->map, 40);
}

static uint64_t record_hash(const void *head, dsc_str body)
{
    uint8_t bytes[48];
    uint64_t hash = rt_stable_hash(body.n > 0 ? body.p : "", (size_t)body.n);
    memcpy(bytes, head, 40);
    for (int i = 0; i < 8; i++)
        bytes[40 + i] = (uint8_t)(hash >> 8 * i);
    return rt_stable_hash(bytes, sizeof bytes);
}

/* Is there a whole record at this place? Its hash to *hash, its bytes in all to *size. */
static bool record_at(const Segment *s, uint64_t at, rt_record *record, uint64_t *chain, uint64_t *hash, uint64_t *size)
{
    if (s->size - at < HEAD || memcmp(s->map + at, record_mark, 8) != 0)
        return false;
    rt_reader r = {s->map + at + 8, s->map + at + HEAD, false};
    record->kind = rt_get_u64(&r);
    record->unsynced = record->kind >> 8;
    record->kind &= 0xff;
    record->seq = rt_get_u64(&r);
    uint64_t n = rt_get_u64(&r);
    *chain = rt_get_u64(&r);
    *hash = rt_get_u64(&r);
    if (n > s->size - at - HEAD)
        return false;
    record->body = (dsc_str){(const char *)s->map + at + HEAD, (int64_t)n};
    *size = (HEAD + n + BLOCK - 1) / BLOCK * BLOCK;
    return record_hash(s->map + at, record->body) == *hash;
}

static int keep_record(rt_log *log, const rt_record *record)
{
    if (log->n_records == log->records_cap) {
        size_t cap = log->records_cap ? log->records_cap * 2 : 64;
        rt_record *more = realloc(log->records, cap * sizeof *more);
        if (!more)
            return dsc_fail(log->job, "checkpoint: no memory for the records of the log");
        log->records = more;
        log->records_cap = cap;
    }
    log->records[log->n_records++] = *record;
    return 0;
}

/* Does a record lie at or behind `at` that was written when the one with the number `seq` had been synced? */
static bool later_record(const Segment *s, uint64_t at, uint64_t seq)
{
    rt_record record;
    uint64_t chain, hash, size;
    for (; at + HEAD <= s->size; at += BLOCK)
        if (record_at(s, at, &record, &chain, &hash, &size) && record.seq > seq && record.seq - seq > record.unsynced)
            return true;
    return false;
}

/* Has its head been on stable storage? Then records lie in it of which one was written when another had been synced. */
static bool head_was_synced(const Segment *s)
{
    rt_record record;
    uint64_t chain, hash, size;
    rt_reader r = {s->map + 40, s->map + HEAD, false};
    /* A whole head of another number: a file that was to be used again. */
    if (!s->map || rt_get_u64(&r) == rt_stable_hash(s->map, 40))
        return false;
    for (uint64_t at = BLOCK; at + HEAD <= s->size; at += BLOCK)
        if (record_at(s, at, &record, &chain, &hash, &size))
            return later_record(s, at, record.seq);
    return false;
}

/* Those at the end that a dead process had begun to make are left out. */
static int leave_out_begun(rt_log *log)
{
    while (log->n > 0 && !read_head(&log->segments[log->n - 1])) {
        char name[NAME];
        name_of(name, "log", log->segments[log->n - 1].number);
        if (head_was_synced(&log->segments[log->n - 1]))
            return dsc_fail(log->job, "checkpoint: %s/%s is damaged at byte 0: its head cannot be read, and records behind it can; "
                            "nothing has been changed", log->path, name);
        log->n--;
    }
    return 0;
}

/* The records of a segment that goes on where the log is. */
static int read_segment(rt_log *log, Segment *s, uint64_t after, uint64_t upto, uint64_t *end)
{
    rt_record record;
    uint64_t chain, hash, size, at = *end;
    while (log->seq < upto && at < s->size && record_at(s, at, &record, &chain, &hash, &size) && record.seq == log->seq + 1 && chain == log->chain) {
        if (record.seq > after && keep_record(log, &record) < 0)
            return -1;
        log->seq = s->last = record.seq;
        log->chain = hash;
        at += size;
    }
    *end = at;
    return 0;
}

int rt_log_read(rt_log *log, uint64_t after, uint64_t upto, const rt_record **records, size_t *n)
{
    size_t first = 0;
    Segment *last = NULL;
    uint64_t end = 0;
    for (size_t i = 0; i < log->n; i++)
        if (map_segment(log, &log->segments[i]) < 0)
            return -1;
    if (leave_out_begun(log) < 0)
        return -1;
    for (size_t i = 0; i < log->n; i++)
        if (read_head(&log->segments[i]) && log->segments[i].first <= after + 1)
            first = i;
    log->seq = log->n > 0 ? log->segments[first].first - 1 : after;
    log->chain = log->n > 0 ? log->segments[first].chain : 0;
    for (size_t i = first; i < log->n && log->seq < upto; i++) {
        Segment *s = &log->segments[i];
        if (s->first != log->seq + 1 || s->chain != log->chain) {
            char name[NAME];
            name_of(name, "log", last ? last->number : s->number);
            return dsc_fail(log->job, "checkpoint: %s/%s is damaged at byte %llu: record %llu is missing, and later ones are there; "
                            "nothing has been changed", log->path, name, (unsigned long long)end, (unsigned long long)log->seq + 1);
        }
        end = BLOCK;
        if (read_segment(log, s, after, upto, &end) < 0)
            return -1;
        last = s;
    }
    /* What a job writes meanwhile is no damage: another look finds it. */
    while (last && log->seq < upto && later_record(last, end, log->seq + 1)) {
        uint64_t seen = log->seq;
        if (read_segment(log, last, after, upto, &end) < 0)
            return -1;
        if (log->seq > seen)
            continue;
        char name[NAME];
        name_of(name, "log", last->number);
        return dsc_fail(log->job, "checkpoint: %s/%s is damaged at byte %llu: record %llu cannot be read, and later ones can; "
                        "nothing has been changed", log->path, name, (unsigned long long)end, (unsigned long long)log->seq + 1);
    }
    if (log->seq < after)
        return dsc_fail(log->job, "checkpoint: the log in %s ends with record %llu, before the snapshot, which is of record %llu; "
                        "nothing has been changed", log->path, (unsigned long long)log->seq, (unsigned long long)after);
    if (last)
        last->end = end;
    *records = log->records;
    *n = log->n_records;
    return 0;
}

bool rt_log_is_there(const rt_log *log) { return log->n > 0; }

bool rt_log_holds(const rt_log *log, uint64_t seq)
{
    char name[NAME];
    struct stat st;
    for (size_t i = 0; i < log->n; i++) {
        const Segment *s = &log->segments[i];
        if (!s->map || seq < s->first || seq > s->last)
            continue;
        name_of(name, "log", s->number);
        return fstatat(log->folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_ino == s->inode;
    }
    return false;
}

/* ---- writing ---------------------------------------------------------------------------- */

/* Have the system begin with what was written, so that less is left for the sync. Where it cannot, the sync does all. */
static void begin_writing(rt_log *log, uint64_t at)
{
    if (at < log->begun + AHEAD)
        return;
    sync_file_range(log->fd, (off_t)log->begun, (off_t)(at - log->begun), SYNC_FILE_RANGE_WRITE);
    log->begun = at;
}

static int write_parts(rt_log *log, const char *name, struct iovec *part, int n, uint64_t at)
{
    rt_crash_point();
    if (rt_crash_next())          /* the write is torn */
        for (int i = 0; i < n; i++)
            part[i].iov_len = i == n - 1 ? part[i].iov_len / 2 : part[i].iov_len;
    while (n > 0) {
        size_t whole = part[n - 1].iov_len;
        if (whole > MOST_AT_ONCE)
            part[n - 1].iov_len = MOST_AT_ONCE;
        ssize_t done = pwritev(log->fd, part, n, (off_t)at);
        part[n - 1].iov_len = whole;
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return failed(log, "write", name);
        at += (uint64_t)done;
        begin_writing(log, at);
        for (; n > 0 && (size_t)done >= part->iov_len; part++, n--)
            done -= (ssize_t)part->iov_len;
        if (n > 0) {
            part->iov_base = (char *)part->iov_base + done;
            part->iov_len -= (size_t)done;
        }
    }
    rt_crash_point();
    return 0;
}

static int sync_fd(rt_log *log, int fd, const char *name)
{
    rt_crash_point();
    if (fdatasync(fd) < 0)
        return failed(log, "sync", name);
    log->unsynced = 0;
    rt_crash_point();
    return 0;
}

/* A file for a segment: one that was used before, or a new one of zeros. */
static int open_segment(rt_log *log, const char *name, uint64_t size)
{
    struct stat st;
    if (log->n_spares > 0 && size <= large_size) {
        char spare[NAME];
        name_of(spare, "spare", log->spares[--log->n_spares]);
        rt_crash_point();
        if (renameat(log->folder, spare, log->folder, name) < 0)
            return failed(log, "rename a file to", name);
        rt_crash_point();
    }
    log->fd = openat(log->folder, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (log->fd < 0)
        return failed(log, "make", name);
    rt_crash_point();
    int why = posix_fallocate(log->fd, 0, (off_t)size);
    if (why != 0) {
        errno = why;
        return failed(log, "make room for", name);
    }
    if (fstat(log->fd, &st) < 0)
        return failed(log, "make", name);
    log->segments[log->n - 1].size = (uint64_t)st.st_size;
    return 0;
}

static int new_segment(rt_log *log, uint64_t size)
{
    char name[NAME];
    uint64_t number = log->n > 0 ? log->segments[log->n - 1].number + 1 : 1;
    name_of(name, "log", number);
    if (log->fd >= 0 && rt_log_sync(log) < 0)
        return -1;
    if (log->fd >= 0)
        close(log->fd);
    log->fd = -1;
    uint64_t least = log->n < FEW ? small_size : large_size;
    if (size < least)
        size = least;
    Segment *s = add_segment(log, number);
    if (!s || open_segment(log, name, size) < 0)
        return -1;
    s->first = log->seq + 1;
    s->last = log->seq;
    rt_buf head = {0};
    rt_buf_add(&head, segment_mark, 8);
    rt_put_u64(&head, number);
    rt_put_u64(&head, s->first);
    rt_put_u64(&head, log->chain);
    rt_put_u64(&head, 0);
    rt_put_u64(&head, rt_stable_hash(head.p ? head.p : "", head.n));
    while (!head.failed && head.n < BLOCK)
        rt_buf_char(&head, 0);
    struct iovec part = {head.p, head.n};
    int status = head.failed ? dsc_fail(log->job, "checkpoint: no memory") : write_parts(log, name, &part, 1, 0);
    rt_buf_free(&head);
    if (status < 0)
        return -1;
    /* The head is on stable storage with the first record, at the latest. */
    if (fsync(log->folder) < 0)
        return failed(log, "sync", ".");
    log->at = log->begun = BLOCK;
    return 0;
}

/* What was found may have been written by a process that died before it synced it. */
static int sync_found(rt_log *log)
{
    char name[NAME];
    if (log->n == 0)
        return 0;
    name_of(name, "log", log->segments[log->n - 1].number);
    int fd = openat(log->folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    int status = fd < 0 ? failed(log, "open", name) : sync_fd(log, fd, name);
    if (fd >= 0)
        close(fd);
    return status;
}

/* What nobody will write takes no room on the disk, where that can be had: with many starts it is most of the log. */
static void give_back_tail(rt_log *log)
{
    const Segment *s = log->n > 0 ? &log->segments[log->n - 1] : NULL;
    char name[NAME];
    if (!s || s->end == 0 || s->end >= s->size)
        return;
    name_of(name, "log", s->number);
    int fd = openat(log->folder, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return;
    rt_crash_point();
    fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)s->end, (off_t)(s->size - s->end));
    close(fd);
}

int rt_log_begin(rt_log *log, uint64_t seq)
{
    give_back_tail(log);
    drop_maps(log);
    if (sync_found(log) < 0)
        return -1;
    log->seq = seq - 1;
    return new_segment(log, 0);
}

int rt_log_append(rt_log *log, uint64_t kind, dsc_str body, uint64_t *seq)
{
    char name[NAME];
    if (log->failed)
        return dsc_fail(log->job, "checkpoint: the log in %s could not be written", log->path);
    uint64_t n = (uint64_t)body.n, size = (HEAD + n + BLOCK - 1) / BLOCK * BLOCK;
    if (size > log->segments[log->n - 1].size - log->at && new_segment(log, BLOCK + size) < 0)
        return -1;
    name_of(name, "log", log->segments[log->n - 1].number);
    rt_buf head = {0};
    rt_buf_add(&head, record_mark, 8);
    rt_put_u64(&head, kind | log->unsynced << 8);
    rt_put_u64(&head, log->seq + 1);
    rt_put_u64(&head, n);
    rt_put_u64(&head, log->chain);
    if (head.failed)
        return dsc_fail(log->job, "checkpoint: no memory");
    uint64_t hash = record_hash(head.p, body);
    rt_put_u64(&head, hash);
    struct iovec parts[] = {{head.p, head.n}, {(void *)(uintptr_t)body.p, n}};
    int status = write_parts(log, name, parts, n > 0 ? 2 : 1, log->at);
    rt_buf_free(&head);
    if (status < 0)
        return -1;
    log->at += size;
    log->chain = hash;
    log->unsynced++;
    *seq = log->segments[log->n - 1].last = ++log->seq;
    return 0;
}

uint64_t rt_log_next(const rt_log *log) { return log->seq + 1; }

int rt_log_sync(rt_log *log)
{
    char name[NAME];
    if (log->failed)
        return dsc_fail(log->job, "checkpoint: the log in %s could not be written", log->path);
    if (log->unsynced == 0)
        return 0;
    name_of(name, "log", log->segments[log->n - 1].number);
    return sync_fd(log, log->fd, name);
}

int rt_log_trim(rt_log *log, uint64_t seq)
{
    size_t n = 0;
    while (n + 1 < log->n && log->segments[n + 1].first <= seq + 1) {
        char name[NAME], spare[NAME];
        const Segment *s = &log->segments[n++];
        name_of(name, "log", s->number);
        name_of(spare, "spare", s->number);
        bool keep = log->n_spares < SPARES && s->size <= large_size;
        rt_crash_point();
        if ((keep ? renameat(log->folder, name, log->folder, spare) : unlinkat(log->folder, name, 0)) < 0 && errno != ENOENT)
            return failed(log, "give back", name);
        rt_crash_point();
        if (keep)
            log->spares[log->n_spares++] = s->number;
    }
    memmove(log->segments, log->segments + n, (log->n - n) * sizeof *log->segments);
    log->n -= n;
    return 0;
}

int rt_log_remove(rt_log *log)
{
    char name[NAME];
    for (; log->n > 0; log->n--) {
        name_of(name, "log", log->segments[log->n - 1].number);
        if (unlinkat(log->folder, name, 0) < 0)
            return failed(log, "remove", name);
    }
    for (; log->n_spares > 0; log->n_spares--) {
        name_of(name, "spare", log->spares[log->n_spares - 1]);
        if (unlinkat(log->folder, name, 0) < 0)
            return failed(log, "remove", name);
    }
    return 0;
}
