/* inbox.c: received records between the thread that receives and the engine. */
#define _GNU_SOURCE
#include "inbox_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void inbox_drop_chunk(Inbox *inbox, Chunk *chunk)
{
    Chunk *before = NULL;
    for (Chunk *c = inbox->first; c != chunk; c = c->next)
        before = c;
    *(before ? &before->next : &inbox->first) = chunk->next;
    if (inbox->last == chunk)
        inbox->last = before;
    free(chunk->bytes);
    free(chunk);
}

/* ---- beginning and end ------------------------------------------------------------ */

const char *const inbox_overflows[] = {"block", "spill", "drop", NULL};

static InboxOverflow overflow_of(const dsc_arg *arg)
{
    int i = 0;
    while (inbox_overflows[i + 1] && strncmp(inbox_overflows[i], arg->s.p, (size_t)arg->s.n) != 0)
        i++;
    return (InboxOverflow)i;
}

Inbox *inbox_new(dsc_source *s, const char *name, InboxCut cut, int64_t per_batch, const dsc_arg bounds[INBOX_BOUNDS])
{
    InboxOverflow overflow = overflow_of(&bounds[0]);
    if (overflow != INBOX_BLOCK && cut != INBOX_BY_CLOCK) {
        dsc_fail(s->job, "%s: `overflow` is for input that is cut by the clock, so that it cannot wait: give `live: true`, too", s->def->name);
        return NULL;
    }
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
    inbox->overflow = overflow;
    inbox->most = (size_t)bounds[1].i;
    inbox->batch = INT64_MIN;
    inbox->quit_from = ends[0];
    inbox->quit_to = ends[1];
    pthread_mutex_init(&inbox->lock, NULL);
    pthread_cond_init(&inbox->came, NULL);
    pthread_cond_init(&inbox->taken, NULL);
    if (spill_open(s, bounds[2].i, overflow == INBOX_SPILL, &inbox->spill) == 0)
        return inbox;
    inbox_free(inbox);
    return NULL;
}

int inbox_start(Inbox *inbox, void *(*receive)(void *), void *arg)
{
    inbox->receive = receive;
    inbox->receiver = arg;
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
    if (inbox->position.dropped > 0)
        dsc_note(inbox->source->job, "%s: %lld records dropped in all", inbox->name, (long long)inbox->position.dropped);
    while (inbox->first)
        inbox_drop_chunk(inbox, inbox->first);
    spill_close(inbox->spill);
    free(inbox->done);
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

/* Do n bytes fit into the last chunk? */
static bool has_room(const Inbox *inbox, size_t n)
{
    const Chunk *last = inbox->last;
    return last && last->bytes && !last->on_disk && last->cap - last->n >= n;
}

/* A chunk at the end with room for n bytes. */
static Chunk *chunk_for(Inbox *inbox, size_t n)
{
    Chunk *last = inbox->last;
    if (has_room(inbox, n))
        return last;
    size_t cap = n > CHUNK ? n : CHUNK;
    Chunk *chunk = malloc(sizeof *chunk);
    char *bytes = malloc(cap);
    if (!chunk || !bytes) {
        free(chunk);
        free(bytes);
        return NULL;
    }
    *chunk = (Chunk){.at = inbox->received, .split = inbox->split, .offset = inbox->offset, .cap = cap, .bytes = bytes};
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
    inbox->offset += n;
    inbox->waiting += n;
    return mark(inbox);
}

static bool is_behind(const InboxPosition *left, const Spilled *what)
{
    return what->split < left->split || (what->split == left->split && what->offset + what->n <= left->offset);
}

/* What the process before had spilled and no batch that counts has taken comes first. */
static int take_spilled(Inbox *inbox)
{
    size_t n = 0;
    const Spilled *found = inbox->spill ? spill_found(inbox->spill, &n) : NULL;
    for (size_t i = 0; i < n; i++) {
        const Spilled *what = &found[i];
        if (what->split >= inbox->split)
            inbox->split = what->split + 1;
        if (is_behind(&inbox->left, what)) {
            spill_drop(inbox->spill, what->slot);
            continue;
        }
        Chunk *chunk = calloc(1, sizeof *chunk);
        if (!chunk)
            return dsc_fail(inbox->source->job, "%s: no memory", inbox->name);
        bool begun = what->split == inbox->left.split && what->offset < inbox->left.offset;
        chunk->planned = chunk->released = begun ? (size_t)(inbox->left.offset - what->offset) : 0;
        *chunk = (Chunk){.at = inbox->received - chunk->planned, .split = what->split, .offset = what->offset, .n = what->n, .cap = what->n,
                         .planned = chunk->planned, .released = chunk->planned, .on_disk = true, .slot = what->slot};
        *(inbox->last ? &inbox->last->next : &inbox->first) = chunk;
        inbox->last = chunk;
        inbox->received += what->n - chunk->planned;
    }
    return 0;
}

int inbox_begin(Inbox *inbox)
{
    sigset_t all, before;
    if (inbox->started)
        return 0;
    if (take_spilled(inbox) < 0 || !mark(inbox))
        return -1;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int status = pthread_create(&inbox->thread, NULL, inbox->receive, inbox->receiver);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    inbox->started = status == 0;
    if (status != 0)
        return dsc_fail(inbox->source->job, "%s: cannot start a thread: %s", inbox->name, strerror(status));
    return 0;
}

/* ---- what is too much ----------------------------------------------------------------- */

static int64_t count_records(const char *p, size_t n, size_t size)
{
    int64_t records = 0;
    if (size > 0)
        return (int64_t)((n + size - 1) / size);
    for (const char *end = p + n; p < end; records++)
        p = (const char *)memchr(p, '\n', (size_t)(end - p)) + 1;
    return records;
}

/* How many of n bytes there is room for, in whole records; the others are counted and dropped. */
static size_t drop_rest(Inbox *inbox, const char *records, size_t n)
{
    const int64_t often = 10;
    size_t room = inbox->waiting < inbox->most ? inbox->most - inbox->waiting : 0, size = inbox->source->record_size;
    if (n <= room)
        return n;
    int64_t all = INT64_MAX;
    size_t taken = room > 0 ? inbox_whole_records(records, n, room, false, size, &all) : 0;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    inbox->position.dropped += count_records(records + taken, n - taken, size);
    if (inbox->said_at == 0 || now.tv_sec - inbox->said_at >= often) {
        dsc_note(inbox->source->job, "%s: more comes than batches take: %lld records dropped so far", inbox->name,
                 (long long)inbox->position.dropped);
        inbox->said_at = now.tv_sec;
    }
    return taken;
}

/* Put the last chunk, into which n bytes do not fit, on the disk. False: there is no room. */
static bool spill_last(Inbox *inbox)
{
    Chunk *last = inbox->last;
    const char *why;
    if (!last || last->on_disk || last->planned > 0 || last->n > SPILL_SLOT)
        return true;
    Spilled what = {last->split, last->offset, last->n, 0};
    bool done = spill_put(inbox->spill, &what, last->bytes, &why);
    int what_now = done ? 1 : 2;
    if (inbox->said_spill < what_now)
        dsc_note(inbox->source->job, done ? "%s: more comes than batches take: what waits is written to the disk" : why ?
                 "%s: what waits cannot be written to the disk, so who sends is held back: %s" :
                 "%s: more waits than `spillMax`, so who sends is held back", inbox->name, why);
    inbox->said_spill = inbox->said_spill < what_now ? what_now : inbox->said_spill;
    if (!done)
        return false;
    free(last->bytes);
    last->bytes = NULL;
    last->on_disk = true;
    last->slot = what.slot;
    inbox->waiting -= last->n;
    return true;
}

/* Is there no room for n bytes before batches have taken some? */
static bool is_full(Inbox *inbox, size_t n)
{
    if (inbox->waiting <= inbox->most || inbox->overflow == INBOX_DROP)
        return false;
    return inbox->overflow == INBOX_BLOCK || (!has_room(inbox, n) && !spill_last(inbox));
}

size_t inbox_record_size(const Inbox *inbox) { return inbox->source->record_size; }

int inbox_put(Inbox *inbox, const char *records, size_t n)
{
    pthread_mutex_lock(&inbox->lock);
    if (inbox->overflow == INBOX_DROP)
        n = drop_rest(inbox, records, n);
    while (!atomic_load(&inbox->stopping) && is_full(inbox, n)) {
        dsc_wake(inbox->source->job);
        pthread_cond_wait(&inbox->taken, &inbox->lock);
    }
    bool done = n == 0 || append(inbox, records, n);
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

/* ---- positions ------------------------------------------------------------------------ */

int inbox_seek(Inbox *inbox, const void *bytes, size_t n)
{
    if (n != sizeof inbox->left)
        return dsc_fail(inbox->source->job, "%s: the checkpoint's position is damaged", inbox->name);
    memcpy(&inbox->left, bytes, n);
    inbox->position = inbox->left;
    inbox->source->dropped = inbox->left.dropped;
    inbox->split = (int32_t)inbox->left.split + 1;
    return 0;
}

bool inbox_goes_on(const Inbox *inbox)
{
    size_t n = 0;
    const Spilled *found = inbox->spill ? spill_found(inbox->spill, &n) : NULL;
    return n > 0 && !is_behind(&inbox->left, &found[n - 1]);
}
