/* inbox_plan.c: what waits in an inbox, as steps of batches. */
#define _GNU_SOURCE
#include "inbox_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PIECES = 256 };

size_t inbox_whole_records(const char *p, size_t n, size_t max, bool longer, size_t size, int64_t *records)
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
            inbox->records = inbox->cut != INBOX_BY_RECORDS ? INT64_MAX
                : inbox->per_batch + (inbox->source->header && inbox->planned == 0 && inbox->per_batch < INT64_MAX);
        if (wait)
            wait_for_input(inbox);
        inbox->limit = inbox->received;
    } else if (real) {
        /* The batch's time need not have come when the job stops; then what came is all there will be. */
        while (atomic_load(&inbox->stopping) && !inbox->ended)
            pthread_cond_wait(&inbox->came, &inbox->lock);
        if (fresh)
            inbox->records = inbox->source->limit;
        inbox->limit = end_until(inbox, time);
    } else if (fresh) {
        inbox->records = inbox->source->limit;
        wait_for_input(inbox);
        inbox->limit = inbox->received;
    }
}

/* Bring what waits on the disk to memory. */
static bool load(Inbox *inbox, Chunk *chunk)
{
    const Spilled what = {chunk->split, chunk->offset, chunk->n, chunk->slot};
    const char *why = "no memory";
    char *bytes = malloc(chunk->n);
    if (!bytes || !spill_get(inbox->spill, &what, bytes, &why)) {
        free(bytes);
        snprintf(inbox->unreadable, sizeof inbox->unreadable, "%s: cannot read what waits on the disk: %s", inbox->name, why);
        return false;
    }
    chunk->bytes = bytes;
    inbox->waiting += chunk->n - chunk->planned;
    return true;
}

/* Slots of batches that count are free, and without a checkpoint all that have been released. */
static void free_slots(Inbox *inbox, int64_t time)
{
    bool kept = dsc_checkpoint_folder(inbox->source->job) != NULL;
    size_t n = 0;
    for (size_t i = 0; i < inbox->n_done; i++)
        if (kept && inbox->done[i].batch >= time)
            inbox->done[n++] = inbox->done[i];
        else
            spill_drop(inbox->spill, inbox->done[i].slot);
    inbox->n_done = n;
}

static int plan_chunks(Inbox *inbox, size_t max, dsc_piece pieces[MOST_PIECES])
{
    size_t total = 0;
    int n_pieces = 0;
    for (Chunk *chunk = inbox->first; chunk && inbox->records > 0; chunk = chunk->next) {
        uint64_t from = chunk->at + chunk->planned, end = chunk->at + chunk->n;
        if (end > inbox->limit)
            end = inbox->limit;
        if (from >= end)
            continue;
        if (total >= max || n_pieces == MOST_PIECES)
            break;
        if (!chunk->bytes && !load(inbox, chunk))
            break;
        size_t n = inbox_whole_records(chunk->bytes + chunk->planned, (size_t)(end - from), max - total, total == 0,
                                 inbox_record_size(inbox), &inbox->records);
        if (n == 0)
            break;
        uint64_t begin = chunk->offset + chunk->planned;
        pieces[n_pieces++] = (dsc_piece){chunk->split, begin, begin + n};
        chunk->planned += n;
        inbox->planned += n;
        inbox->waiting -= n;
        inbox->position.split = chunk->split;
        inbox->position.offset = begin + n;
        total += n;
        if (n < end - from)       /* a record that did not fit; no later one overtakes it */
            break;
    }
    return n_pieces;
}

int inbox_plan(Inbox *inbox, int64_t time, size_t max, bool wait, dsc_range *range)
{
    dsc_context *job = inbox->source->job;
    dsc_piece pieces[MOST_PIECES];
    if (inbox_begin(inbox) < 0)
        return -1;
    pthread_mutex_lock(&inbox->lock);
    free_slots(inbox, time);
    begin_plan(inbox, time, wait);
    int n = plan_chunks(inbox, max, pieces);
    /* Whether a batch of records is the last one is known once something follows it. */
    if (inbox->records == 0 && wait)
        wait_for_input(inbox);
    range->end_of_input = inbox->ended && inbox->planned == inbox->received;
    range->last_of_batch = range->end_of_input || inbox->records == 0;
    if (inbox->cut == INBOX_BY_CLOCK && inbox->planned == inbox->limit)
        range->last_of_batch |= !dsc_real_clock(job) || dsc_now(job) >= time;
    const char *failed = inbox->unreadable[0] ? inbox->unreadable : range->end_of_input && inbox->error[0] ? inbox->error : NULL;
    if (inbox->planned == inbox->received)
        inbox->said_spill = 0;
    inbox->source->dropped = inbox->position.dropped;
    pthread_cond_signal(&inbox->taken);
    pthread_mutex_unlock(&inbox->lock);
    for (int i = 0; i < n; i++)
        dsc_range_add(range, pieces[i].split, pieces[i].from, pieces[i].to);
    return failed ? dsc_fail(job, "%s", failed) : 0;
}

/* ---- reading ----------------------------------------------------------------------- */

int inbox_read(Inbox *inbox, const dsc_piece *piece, dsc_block *block)
{
    pthread_mutex_lock(&inbox->lock);
    Chunk *chunk = inbox->first;
    while (chunk && (piece->split != chunk->split || piece->from >= chunk->offset + chunk->n))
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

static void slot_done(Inbox *inbox, uint32_t slot)
{
    if (inbox->n_done == inbox->done_cap) {
        size_t cap = inbox->done_cap ? 2 * inbox->done_cap : 16;
        Done *done = realloc(inbox->done, cap * sizeof *done);
        if (!done)                /* the slot is lost until the next start */
            return;
        inbox->done = done;
        inbox->done_cap = cap;
    }
    inbox->done[inbox->n_done++] = (Done){slot, inbox->batch};
}

void inbox_release(Inbox *inbox, dsc_block *block)
{
    Chunk *chunk = block->held;
    pthread_mutex_lock(&inbox->lock);
    chunk->released += block->n;
    if (chunk->released == chunk->n && chunk == inbox->last && chunk->cap == CHUNK && !chunk->on_disk) {
        chunk->at += chunk->n;
        chunk->offset += chunk->n;
        chunk->n = chunk->planned = chunk->released = 0;
    } else if (chunk->released == chunk->n) {
        if (chunk->on_disk)
            slot_done(inbox, chunk->slot);
        inbox_drop_chunk(inbox, chunk);
    }
    pthread_mutex_unlock(&inbox->lock);
}

int inbox_position(Inbox *inbox, void *bytes, size_t room)
{
    if (room < sizeof inbox->position)
        return -1;
    pthread_mutex_lock(&inbox->lock);
    memcpy(bytes, &inbox->position, sizeof inbox->position);
    pthread_mutex_unlock(&inbox->lock);
    return (int)sizeof inbox->position;
}
