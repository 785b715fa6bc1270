/* src_rate.c: numbered, time-stamped elements at a steady rate.
 *
 * Element i = 1, 2, .. has the time zero + i/n seconds, rounded down to a
 * microsecond; batch T has those whose exact time is in (T - batch, T]. So
 * elements depend on nothing but their number, and offsets are numbers. */
#include "dsc_conn.h"

#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000)

/* As generated C lays out (int, time). */
typedef struct Element {
    int64_t number, time;
} Element;

typedef struct Rate {
    dsc_source base;
    int64_t per_second, count;
    int64_t next;                 /* the number of the next element */
} Rate;

enum { N, COUNT };

static int rate_open(dsc_source *s)
{
    Rate *r = (Rate *)s;
    r->per_second = s->args[N].i;
    r->count = s->args[COUNT].set ? s->args[COUNT].i : INT64_MAX - 1;
    r->next = 1;
    return 0;
}

/* The number of the last element whose time is at most `since` after zero. */
static int64_t last_until(const Rate *r, int64_t since)
{
    int64_t whole = since / SECOND;
    if (whole >= r->count / r->per_second + 1)
        return r->count;
    int64_t last = whole * r->per_second + since % SECOND * r->per_second / SECOND;
    return last < r->count ? last : r->count;
}

static int rate_plan(dsc_source *s, int64_t time, size_t max, bool wait, dsc_range *range)
{
    Rate *r = (Rate *)s;
    (void)wait;
    int64_t last = last_until(r, time - dsc_zero_time(s->job));
    int64_t most = (int64_t)(max / sizeof(Element) ? max / sizeof(Element) : 1);
    int64_t take = last - r->next + 1 < most ? last - r->next + 1 : most;
    if (take > 0) {
        dsc_range_add(range, 0, (uint64_t)r->next, (uint64_t)(r->next + take));
        r->next += take;
    }
    range->last_of_batch = r->next > last;
    range->end_of_input = r->next > r->count;
    return 0;
}

static int rate_read(dsc_source *s, const dsc_piece *piece, dsc_block *block)
{
    const Rate *r = (const Rate *)s;
    size_t n = (size_t)(piece->to - piece->from);
    Element *elements = malloc(n * sizeof *elements);
    if (!elements)
        return dsc_fail(s->job, "rate: no memory for %zu elements", n);
    int64_t zero = dsc_zero_time(s->job);
    for (size_t i = 0; i < n; i++) {
        int64_t number = (int64_t)piece->from + (int64_t)i;
        int64_t seconds = number / r->per_second, rest = number % r->per_second;
        elements[i] = (Element){number, zero + seconds * SECOND + rest * SECOND / r->per_second};
    }
    *block = (dsc_block){
        .p = (const char *)elements,
        .n = n,
        .size = sizeof *elements,
        .offset = piece->from,
        .split_name = "rate",
        .held = elements,
    };
    return 0;
}

static void rate_release(dsc_source *s, dsc_block *block)
{
    (void)s;
    free(block->held);
}

static bool rate_replays(const dsc_source *s)
{
    (void)s;
    return true;
}

static int rate_position(dsc_source *s, void *bytes, size_t room)
{
    if (room < sizeof(int64_t))
        return -1;
    memcpy(bytes, &((const Rate *)s)->next, sizeof(int64_t));
    return (int)sizeof(int64_t);
}

static int rate_seek(dsc_source *s, const void *bytes, size_t n)
{
    if (n != sizeof(int64_t))
        return dsc_fail(s->job, "rate: the saved position is damaged");
    memcpy(&((Rate *)s)->next, bytes, sizeof(int64_t));
    return 0;
}

static void rate_close(dsc_source *s)
{
    (void)s;
}

static const dsc_arg_def rate_args[] = {
    [N] = {"n", DSC_INT, NULL, "elements a second"},
    [COUNT] = {"count", DSC_INT, "none", "how many in all; then the input ends"},
    {0},
};

static const dsc_bounds rate_bounds[] = {{"n", 1, 1000 * SECOND, NULL}, {"count", 0, INT64_MAX, NULL}, {0}};

const dsc_source_def src_rate = {
    .name = "rate",
    .synopsis = "rate(n: int, count: int = none)",
    .doc = "n elements a second, each its number from 1 on and its time.\n"
           "The same in every run under the virtual clock. For trying things out and for measuring.",
    .example = "source rate(4, count: 8) | map((i, t) => i) | sink print()",
    .args = rate_args,
    .bounds = rate_bounds,
    .element = "(int, time)",
    .turned_by = "count",
    .size = sizeof(Rate),
    .open = rate_open,
    .plan = rate_plan,
    .read = rate_read,
    .release = rate_release,
    .replays = rate_replays,
    .position = rate_position,
    .seek = rate_seek,
    .close = rate_close,
};

DSC_SOURCE(src_rate)
