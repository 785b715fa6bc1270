/* src_queue.c: batches written out in the program. Split k is batch k; offsets
 * count elements. */
#include "dsc_conn.h"

#include <string.h>

typedef struct Queue {
    dsc_source base;
    const dsc_list *lists;
    int64_t n;
    size_t element;               /* bytes of one */
    int64_t at;                   /* the list in hand, and .. */
    uint64_t offset;              /* .. how many of it are planned */
} Queue;

enum { BATCHES };

static int queue_open(dsc_source *s)
{
    Queue *q = (Queue *)s;
    const dsc_arg *batches = &s->args[BATCHES];
    if (!batches->set)
        return dsc_fail(s->job, "queue: its batches were not given");
    const dsc_list *lists = batches->value;
    q->lists = lists->p;
    q->n = lists->n;
    q->element = batches->type->fields[0].type->fields[0].type->size;
    return 0;
}

static int queue_plan(dsc_source *s, int64_t time, size_t max, bool wait, dsc_range *range)
{
    Queue *q = (Queue *)s;
    (void)time, (void)wait;
    if (q->at < q->n) {
        uint64_t left = (uint64_t)q->lists[q->at].n - q->offset;
        uint64_t most = max / q->element ? max / q->element : 1;
        uint64_t take = left < most ? left : most;
        if (take > 0)
            dsc_range_add(range, (int32_t)q->at, q->offset, q->offset + take);
        q->offset += take;
        range->last_of_batch = take == left;
        if (take == left) {
            q->at++;
            q->offset = 0;
        }
    } else {
        range->last_of_batch = true;
    }
    range->end_of_input = q->at == q->n;
    return 0;
}

static uint64_t length_of(const Queue *q, uint64_t list) { return list < (uint64_t)q->n ? (uint64_t)q->lists[list].n : 0; }

static int is_shorter(dsc_source *s)
{
    return dsc_fail(s->job, "queue: its batches are fewer or shorter than when they were read before: write them as they were, or start anew "
                    "with --fresh");
}

static int queue_read(dsc_source *s, const dsc_piece *piece, dsc_block *block)
{
    const Queue *q = (const Queue *)s;
    if (piece->split < 0 || piece->split >= q->n || piece->from > piece->to || piece->to > length_of(q, (uint64_t)piece->split))
        return is_shorter(s);
    *block = (dsc_block){
        .p = (const char *)q->lists[piece->split].p + piece->from * q->element,
        .n = (size_t)(piece->to - piece->from),
        .size = q->element,
        .offset = piece->from,
        .split_name = "queue",
    };
    return 0;
}

static void queue_release(dsc_source *s, dsc_block *block)
{
    (void)s, (void)block;
}

static bool queue_replays(const dsc_source *s)
{
    (void)s;
    return true;
}

static int queue_position(dsc_source *s, void *bytes, size_t room)
{
    const Queue *q = (const Queue *)s;
    uint64_t position[2] = {(uint64_t)q->at, q->offset};
    if (room < sizeof position)
        return -1;
    memcpy(bytes, position, sizeof position);
    return (int)sizeof position;
}

static int queue_seek(dsc_source *s, const void *bytes, size_t n)
{
    Queue *q = (Queue *)s;
    uint64_t position[2];
    if (n != sizeof position)
        return dsc_fail(s->job, "queue: the saved position is damaged");
    memcpy(position, bytes, sizeof position);
    if (position[0] > (uint64_t)q->n || position[1] > length_of(q, position[0]))
        return is_shorter(s);
    q->at = (int64_t)position[0];
    q->offset = position[1];
    return 0;
}

static void queue_close(dsc_source *s)
{
    (void)s;
}

static const dsc_arg_def queue_args[] = {
    [BATCHES] = {"batches", DSC_LIST, NULL, "the batches, each a list of its elements"},
    {0},
};

const dsc_source_def src_queue = {
    .name = "queue",
    .synopsis = "queue(batches: [[A]])",
    .doc = "Batches written out in the program, then the end.\nFor tests and examples.",
    .example = "source queue([[1, 2], [], [3]]) | map(_ + 1) | sink print()",
    .args = queue_args,
    .element = "items",
    .bounded = true,
    .size = sizeof(Queue),
    .open = queue_open,
    .plan = queue_plan,
    .read = queue_read,
    .release = queue_release,
    .replays = queue_replays,
    .position = queue_position,
    .seek = queue_seek,
    .close = queue_close,
};

DSC_SOURCE(src_queue)
