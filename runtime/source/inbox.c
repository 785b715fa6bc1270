/* inbox.c: received records between the thread that receives and the engine. */
#define _GNU_SOURCE
#include "inbox.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_WAITING ((size_t)64 << 20)
#define CHUNK ((size_t)1 << 20)

enum { MOST_PIECES = 256 };

typedef struct Chunk Chunk;
struct Chunk {
    Chunk *next;
    uint64_t offset;              /* of its first byte */
    size_t n, cap;
    size_t planned, released;     /* of the n bytes */
    char bytes[];
};

/* Whose time the clock said: what ends at `end` and began where the mark before ends came for batch `time`. */
typedef struct Mark {
    int64_t time;
    uint64_t end;
} Mark;

struct Inbox {
    dsc_source *source;
    char *name;
    InboxCut cut;
    int64_t per_batch;
    pthread_t thread;
    bool started;
    int quit_from, quit_to;       /* a pipe, written once to wake the receiver */
    atomic_bool stopping;

    pthread_mutex_t lock;         /* guards all that follows */
    pthread_cond_t came, taken;
    Chunk *first, *last;
    uint64_t received, planned;   /* bytes so far */
    Mark *marks;
    size_t n_marks, marks_cap;
    bool ended;
    char error[512];              /* set with `ended` */

    int64_t batch;                /* the time of the batch in hand, and .. */
    int64_t left;                 /* .. the records that it still takes, or .. */
    uint64_t limit;               /* .. where it ends */
};

/* ---- beginning and end ------------------------------------------------------------ */

Inbox *inbox_new(dsc_source *s, const char *name, InboxCut cut, int64_t per_batch)
{
    Inbox *inbox = calloc(1, sizeof *inbox);
    int ends[2];
    if (!inbox || !(inbox->name = strdup(name)) || pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        dsc_fail(s->job, "%s: cannot make its buffer: %s", s->def->name, strerror(errno));
        if (inbox)
            free(inbox->name);
        free(inbox);
        return NULL;
    }
    inbox->source = s;
    inbox->cut = cut;
    inbox->per_batch = per_batch;
    inbox->batch = INT64_MIN;
    inbox->quit_from = ends[0];
    inbox->quit_to = ends[1];
    pthread_mutex_init(&inbox->lock, NULL);
    pthread_cond_init(&inbox->came, NULL);
    pthread_cond_init(&inbox->taken, NULL);
    return inbox;
}

int inbox_start(Inbox *inbox, void *(*receive)(void *), void *arg)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int status = pthread_create(&inbox->thread, NULL, receive, arg);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    inbox->started = status == 0;
    if (status != 0)
        return dsc_fail(inbox->source->job, "%s: cannot start a thread: %s", inbox->name, strerror(status));
    return 0;
}

void inbox_stop(Inbox *inbox)
{
    pthread_mutex_lock(&inbox->lock);
    if (!atomic_exchange(&inbox->stopping, true)) {
        ssize_t written = write(inbox->quit_to, "", 1);
        (void)written;
    }
    pthread_cond_broadcast(&inbox->taken);
    pthread_mutex_unlock(&inbox->lock);
}

void inbox_free(Inbox *inbox)
{
    inbox_stop(inbox);
    if (inbox->started)
        pthread_join(inbox->thread, NULL);
    while (inbox->first) {
        Chunk *next = inbox->first->next;
        free(inbox->first);
        inbox->first = next;
    }
    close(inbox->quit_from);
    close(inbox->quit_to);
    pthread_mutex_destroy(&inbox->lock);
    pthread_cond_destroy(&inbox->came);
    pthread_cond_destroy(&inbox->taken);
    free(inbox->marks);
    free(inbox->name);
    free(inbox);
}

/* ---- receiving -------------------------------------------------------------------- */

void inbox_watch(const Inbox *inbox, struct pollfd watches[INBOX_WATCHES])
{
    watches[0] = (struct pollfd){.fd = inbox->quit_from, .events = POLLIN};
    watches[1] = (struct pollfd){.fd = dsc_stop_fd(inbox->source->job), .events = POLLIN};
}

bool inbox_stopping(const Inbox *inbox)
{
    return atomic_load(&inbox->stopping);
}

bool inbox_pause(const Inbox *inbox, int ms)
{
    struct pollfd watches[INBOX_WATCHES];
    inbox_watch(inbox, watches);
    return poll(watches, INBOX_WATCHES, ms) <= 0;
}

/* The time of the batch that what comes now belongs to. */
static int64_t batch_of_now(const dsc_context *job)
{
    int64_t zero = dsc_zero_time(job), batch = dsc_batch_duration(job), since = dsc_now(job) - zero;
    return zero + (since <= batch ? 1 : (since - 1) / batch + 1) * batch;
}

/* Notes when what was received last came. */
static bool mark(Inbox *inbox)
{
    if (inbox->cut != INBOX_BY_CLOCK || !dsc_real_clock(inbox->source->job))
        return true;
    int64_t time = batch_of_now(inbox->source->job);
    if (inbox->n_marks == 0 || inbox->marks[inbox->n_marks - 1].time < time) {
        if (inbox->n_marks == inbox->marks_cap) {
            size_t cap = inbox->marks_cap ? 2 * inbox->marks_cap : 16;
            Mark *marks = realloc(inbox->marks, cap * sizeof *marks);
            if (!marks)
                return false;
            inbox->marks = marks;
            inbox->marks_cap = cap;
        }
        inbox->marks[inbox->n_marks++].time = time;
    }
    inbox->marks[inbox->n_marks - 1].end = inbox->received;
    return true;
}

/* A chunk at the end with room for n bytes. */
static Chunk *chunk_for(Inbox *inbox, size_t n)
{
    Chunk *last = inbox->last;
    if (last && last->cap - last->n >= n)
        return last;
    size_t cap = n > CHUNK ? n : CHUNK;
    Chunk *chunk = malloc(sizeof *chunk + cap);
    if (!chunk)
        return NULL;
    *chunk = (Chunk){.offset = inbox->received, .cap = cap};
    *(last ? &last->next : &inbox->first) = chunk;
    inbox->last = chunk;
    return chunk;
}

static bool append(Inbox *inbox, const char *records, size_t n)
{
    Chunk *chunk = chunk_for(inbox, n);
    if (!chunk)
        return false;
    memcpy(chunk->bytes + chunk->n, records, n);
    chunk->n += n;
    inbox->received += n;
    return mark(inbox);
}

size_t inbox_record_size(const Inbox *inbox) { return inbox->source->record_size; }

int inbox_put(Inbox *inbox, const char *records, size_t n)
{
    pthread_mutex_lock(&inbox->lock);
    while (inbox->received - inbox->planned > MOST_WAITING && !atomic_load(&inbox->stopping)) {
        dsc_wake(inbox->source->job);
        pthread_cond_wait(&inbox->taken, &inbox->lock);
    }
    bool done = append(inbox, records, n);
    pthread_cond_signal(&inbox->came);
    pthread_mutex_unlock(&inbox->lock);
    return done ? 0 : -1;
}

void inbox_end(Inbox *inbox, const char *why)
{
    pthread_mutex_lock(&inbox->lock);
    inbox->ended = true;
    snprintf(inbox->error, sizeof inbox->error, "%s", why ? why : "");
    pthread_cond_signal(&inbox->came);
    pthread_mutex_unlock(&inbox->lock);
    dsc_wake(inbox->source->job);
}

/* ---- planning ---------------------------------------------------------------------- */

static void wait_for_input(Inbox *inbox)
{
    while (inbox->planned == inbox->received && !inbox->ended)
        pthread_cond_wait(&inbox->came, &inbox->lock);
}

/* Where what came until `time` ends; drops the marks that are behind it. */
static uint64_t end_until(Inbox *inbox, int64_t time)
{
    size_t n = 0;
    while (n < inbox->n_marks && inbox->marks[n].time <= time)
        n++;
    if (n == 0)
        return inbox->planned;
    uint64_t end = inbox->marks[n - 1].end;
    if (end == inbox->planned) {
        inbox->n_marks -= n;
        memmove(inbox->marks, inbox->marks + n, inbox->n_marks * sizeof *inbox->marks);
    }
    return end;
}

static void begin_plan(Inbox *inbox, int64_t time, bool wait)
{
    bool real = dsc_real_clock(inbox->source->job);
    bool fresh = time != inbox->batch;
    inbox->batch = time;
    if (inbox->cut != INBOX_BY_CLOCK) {
        if (fresh)
            inbox->left = inbox->cut != INBOX_BY_RECORDS ? INT64_MAX
                : inbox->per_batch + (inbox->source->header && inbox->planned == 0 && inbox->per_batch < INT64_MAX);
        if (wait)
            wait_for_input(inbox);
        inbox->limit = inbox->received;
    } else if (real) {
        /* The batch's time need not have come when the job stops; then what came is all there will be. */
        while (atomic_load(&inbox->stopping) && !inbox->ended)
            pthread_cond_wait(&inbox->came, &inbox->lock);
        if (fresh)
            inbox->left = inbox->source->limit;
        inbox->limit = end_until(inbox, time);
    } else if (fresh) {
        inbox->left = inbox->source->limit;
        wait_for_input(inbox);
        inbox->limit = inbox->received;
    }
}

/* How many of the n bytes at p go into a step of at most `max`, in whole records, at most *records
 * of them; `longer`: one record even if it is longer. */
static size_t whole_records(const char *p, size_t n, size_t max, bool longer, size_t size, int64_t *records)
{
    if (*records == INT64_MAX && n <= max)
        return n;
    if (*records == INT64_MAX && size > 0 && max >= size)
        return max / size * size;
    if (*records == INT64_MAX && size == 0) {
        const char *last = memrchr(p, '\n', max);
        if (last)
            return (size_t)(last + 1 - p);
    }
    size_t taken = 0;
    while (taken < n && *records > 0) {
        size_t end = size == 0 ? (size_t)((const char *)memchr(p + taken, '\n', n - taken) + 1 - p)
            : n - taken < size ? n : taken + size;
        if (end > max && !(longer && taken == 0))
            break;
        taken = end;
        *records -= *records != INT64_MAX;
        if (end > max)
            break;
    }
    return taken;
}

static int plan_chunks(Inbox *inbox, size_t max, dsc_piece pieces[MOST_PIECES])
{
    size_t total = 0;
    int n_pieces = 0;
    for (Chunk *chunk = inbox->first; chunk && inbox->left > 0; chunk = chunk->next) {
        uint64_t from = chunk->offset + chunk->planned, end = chunk->offset + chunk->n;
        if (end > inbox->limit)
            end = inbox->limit;
        if (from >= end)
            continue;
        if (total >= max || n_pieces == MOST_PIECES)
            break;
        size_t n = whole_records(chunk->bytes + chunk->planned, (size_t)(end - from), max - total, total == 0,
                                 inbox_record_size(inbox), &inbox->left);
        if (n == 0)
            break;
        pieces[n_pieces++] = (dsc_piece){0, from, from + n};
        chunk->planned += n;
        inbox->planned += n;
        total += n;
    }
    return n_pieces;
}

int inbox_plan(Inbox *inbox, int64_t time, size_t max, bool wait, dsc_range *range)
{
    dsc_context *job = inbox->source->job;
    dsc_piece pieces[MOST_PIECES];
    pthread_mutex_lock(&inbox->lock);
    begin_plan(inbox, time, wait);
    int n = plan_chunks(inbox, max, pieces);
    /* Whether a batch of records is the last one is known once something follows it. */
    if (inbox->left == 0 && wait)
        wait_for_input(inbox);
    range->end_of_input = inbox->ended && inbox->planned == inbox->received;
    range->last_of_batch = range->end_of_input || inbox->left == 0;
    if (inbox->cut == INBOX_BY_CLOCK && inbox->planned == inbox->limit)
        range->last_of_batch |= !dsc_real_clock(job) || dsc_now(job) >= time;
    bool failed = range->end_of_input && inbox->error[0];
    pthread_cond_signal(&inbox->taken);
    pthread_mutex_unlock(&inbox->lock);
    for (int i = 0; i < n; i++)
        dsc_range_add(range, pieces[i].split, pieces[i].from, pieces[i].to);
    return failed ? dsc_fail(job, "%s", inbox->error) : 0;
}

/* ---- reading ----------------------------------------------------------------------- */

int inbox_read(Inbox *inbox, const dsc_piece *piece, dsc_block *block)
{
    pthread_mutex_lock(&inbox->lock);
    Chunk *chunk = inbox->first;
    while (chunk && piece->from >= chunk->offset + chunk->n)
        chunk = chunk->next;
    pthread_mutex_unlock(&inbox->lock);
    if (!chunk || piece->from < chunk->offset)
        return dsc_fail(inbox->source->job, "%s: bytes %llu to %llu are no longer there", inbox->name,
                        (unsigned long long)piece->from, (unsigned long long)piece->to);
    *block = (dsc_block){
        .p = chunk->bytes + (piece->from - chunk->offset),
        .n = (size_t)(piece->to - piece->from),
        .offset = piece->from,
        .split_name = inbox->name,
        .held = chunk,
    };
    return 0;
}

static void unlink_chunk(Inbox *inbox, Chunk *chunk)
{
    Chunk **at = &inbox->first;
    while (*at != chunk)
        at = &(*at)->next;
    *at = chunk->next;
    free(chunk);
}

void inbox_release(Inbox *inbox, dsc_block *block)
{
    Chunk *chunk = block->held;
    pthread_mutex_lock(&inbox->lock);
    chunk->released += block->n;
    if (chunk->released == chunk->n && chunk == inbox->last) {
        chunk->offset += chunk->n;
        chunk->n = chunk->planned = chunk->released = 0;
        if (chunk->cap > CHUNK) {
            inbox->last = NULL;
            for (Chunk *c = inbox->first; c != chunk; c = c->next)
                inbox->last = c;
            unlink_chunk(inbox, chunk);
        }
    } else if (chunk->released == chunk->n) {
        unlink_chunk(inbox, chunk);
    }
    pthread_mutex_unlock(&inbox->lock);
}

int inbox_position(Inbox *inbox, void *bytes, size_t room)
{
    if (room < sizeof inbox->planned)
        return -1;
    pthread_mutex_lock(&inbox->lock);
    memcpy(bytes, &inbox->planned, sizeof inbox->planned);
    pthread_mutex_unlock(&inbox->lock);
    return (int)sizeof inbox->planned;
}
