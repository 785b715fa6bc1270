/* ref_event.c: what goes by event time: windows that close by a watermark, elements that are known for
 * a while.
 *
 * eventTime sends a mark to all such operators below it before each element, also where the element
 * itself is left out on the way. So an operator has marks and elements in the order of the input, and
 * its watermark after each is what the language says: the largest time so far less the lateness; of
 * several eventTimes the least, those that are idle left out. */
#include "opdef.h"
#include "ref.h"
#include "rt_run.h"

#include <stdlib.h>
#include <string.h>

typedef struct Clock {
    const Node *n;                /* its eventTime */
    int64_t seen;                 /* the largest time so far; NONE: no element yet */
    int64_t last;                 /* the last batch that brought an element */
    bool idle, moved;
} Clock;

typedef struct Item {
    int64_t number;               /* rising with the input */
    Val value;
} Item;

/* A window of one key, or, of dropDuplicates, what is known of a key: it is forgotten at its end. */
typedef struct Window {
    Val key;
    int64_t start, end;
    bool changed;                 /* since it was put out last */
    VEC(Item) items;
} Window;

typedef VEC(Window) Windows;

typedef struct ByTime {
    Arena *memory;                /* of the windows */
    Windows windows;
    VEC(Clock) clocks;            /* in the run's arena */
    int64_t watermark, next_number, late;
    dsc_by_time told;             /* how what is late is told */
} ByTime;

static const int64_t NONE = INT64_MIN, FOR_EVER = INT64_MAX;
enum { IDLE_BATCHES = 60 };

/* a + b, at the ends of the range where it does not fit. */
static int64_t plus(int64_t a, int64_t b)
{
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? (b > 0 ? INT64_MAX : INT64_MIN) : sum;
}

static int64_t minus(int64_t a, int64_t b)
{
    int64_t difference;
    return __builtin_sub_overflow(a, b, &difference) ? (b > 0 ? INT64_MIN : INT64_MAX) : difference;
}

static int64_t length_of(Ref *r, const Node *n, const char *name, int64_t otherwise)
{
    const Expr *e = ref_arg(r, n, name);
    return e ? ref_eval(r, e).is.i : otherwise;
}

void event_time(Ref *r, RefNode *node, Val v)
{
    Val at;
    if (!ref_try_apply(r, node->n->args[0], 1, &v, &at))
        return;
    Event before = r->event;
    r->event = (Event){node->n, at.is.i};
    ref_mark(r, node, r->event);
    ref_push(r, node, v);
    r->event = before;
}

/* ---- the watermark -------------------------------------------------------------------------- */

static ByTime *by_time(Ref *r, RefNode *node)
{
    if (node->by_time)
        return node->by_time;
    ByTime *b = node->by_time = NEW(r->arena, ByTime);
    const Node *in = node->n->in.at[0];
    b->memory = arena_new("reference");
    b->watermark = NONE;
    for (int i = 0; i < in->clocks.n; i++) {
        Clock c = {.n = in->clocks.at[i], .seen = NONE, .last = dsc_batch_time(r->task) - r->nodes[in->id].slide};
        vec_push(r->arena, &b->clocks, c);
    }
    Span at = node->n->span.file > 0 ? r->plan->files[node->n->span.file].imported : node->n->span;
    bool aside = node->n->late == LATE_ASIDE && node->n->aside->out.n > 0;
    b->told = (dsc_by_time){.why = ref_why(r, "late for %s", node->n->op_name), .line = at.line, .col = at.col,
                            .aside = aside ? node->n->aside->name : NULL};
    return b;
}

void event_free(RefNode *node)
{
    if (node->by_time)
        arena_free(node->by_time->memory);
}

static void raise_to(ByTime *b, int64_t time)
{
    if (time > b->watermark)
        b->watermark = time;
}

/* The slowest clock that is not idle; one that has brought nothing yet holds all back. */
static void set_watermark(Ref *r, ByTime *b)
{
    int64_t least = FOR_EVER;
    for (int i = 0; i < b->clocks.n; i++) {
        const Clock *c = &b->clocks.at[i];
        if (c->idle)
            continue;
        int64_t own = c->seen == NONE ? NONE : minus(c->seen, length_of(r, c->n, "lateness", 0));
        least = own < least ? own : least;
    }
    if (least != FOR_EVER)
        raise_to(b, least);
}

/* An element or mark is there. */
static void advance(Ref *r, ByTime *b, Event event)
{
    for (int i = 0; i < b->clocks.n; i++) {
        Clock *c = &b->clocks.at[i];
        if (c->n != event.clock)
            continue;
        c->seen = event.at > c->seen ? event.at : c->seen;
        c->idle = false;
        c->moved = true;
        set_watermark(r, b);
    }
}

/* Where all are idle event time goes on as the batches do. */
static void go_on(Ref *r, ByTime *b, int64_t now)
{
    int64_t least = FOR_EVER;
    for (int i = 0; i < b->clocks.n; i++) {
        const Clock *c = &b->clocks.at[i];
        if (c->seen == NONE)
            continue;
        int64_t own = plus(minus(c->seen, length_of(r, c->n, "lateness", 0)), now - c->last);
        least = own < least ? own : least;
    }
    if (least != FOR_EVER)
        raise_to(b, least);
}

/* The batch has come to its end. */
static void end_batch(Ref *r, ByTime *b)
{
    int64_t now = dsc_batch_time(r->task);
    bool all_idle = b->clocks.n > 0;
    for (int i = 0; i < b->clocks.n; i++) {
        Clock *c = &b->clocks.at[i];
        if (c->moved)
            c->last = now;
        c->moved = false;
        c->idle = now - c->last >= length_of(r, c->n, "idle", IDLE_BATCHES * r->batch);
        all_idle &= c->idle;
    }
    if (all_idle)
        go_on(r, b, now);
    else
        set_watermark(r, b);
    if (b->clocks.n == 0)
        raise_to(b, now);
    else if (rt_task_ended(r->task))
        b->watermark = FOR_EVER;
}

/* Those that are not over stay, in other memory. */
static void keep_windows(Ref *r, ByTime *b, int64_t keep)
{
    Arena *memory = arena_new("reference");
    Windows kept = {0};
    for (int i = 0; i < b->windows.n; i++) {
        const Window *old = &b->windows.at[i];
        if (plus(old->end, keep) <= b->watermark)
            continue;
        Window w = {.key = val_copy(memory, old->key), .start = old->start, .end = old->end, .changed = old->changed};
        for (int j = 0; j < old->items.n; j++)
            vec_push(memory, &w.items, ((Item){old->items.at[j].number, val_copy(memory, old->items.at[j].value)}));
        vec_push(memory, &kept, w);
    }
    arena_free(b->memory);
    b->memory = memory;
    b->windows = kept;
    rt_task_late(r->task, &b->told, b->late);
    b->late = 0;
}

/* ---- windows ---------------------------------------------------------------------------------- */

static Window *add_window(ByTime *b, Val key, int64_t start, int64_t end)
{
    vec_push(b->memory, &b->windows, ((Window){.key = val_copy(b->memory, key), .start = start, .end = end}));
    return &b->windows.at[b->windows.n - 1];
}

static void join(ByTime *b, Window *w, Val value)
{
    vec_push(b->memory, &w->items, ((Item){b->next_number++, val_copy(b->memory, value)}));
    w->changed = true;
}

static Window *find_window(ByTime *b, Val key, int64_t start)
{
    for (int i = 0; i < b->windows.n; i++)
        if (b->windows.at[i].start == start && val_equal(b->windows.at[i].key, key))
            return &b->windows.at[i];
    return NULL;
}

/* Into each window that begins at a multiple of the slide, holds the time, and is not over. False: into none. */
static bool into_windows(ByTime *b, Val pair, int64_t at, int64_t size, int64_t slide, int64_t keep)
{
    int64_t behind = at % slide < 0 ? at % slide + slide : at % slide;
    bool in = false;
    for (int64_t start = minus(at, behind); start > minus(at, size); start = minus(start, slide)) {
        int64_t end = plus(start, size);
        if (plus(end, keep) <= b->watermark)
            continue;
        Window *w = find_window(b, pair.is.at[0], start);
        join(b, w ? w : add_window(b, pair.is.at[0], start, end), pair.is.at[1]);
        in = true;
    }
    return in;
}

/* All sessions of the key that are not over and less than a gap away become one, with it. */
static bool into_session(ByTime *b, Val pair, int64_t at, int64_t gap, int64_t keep)
{
    Window *session = NULL;
    for (int i = 0; i < b->windows.n; i++) {
        Window *w = &b->windows.at[i];
        bool meets = at < w->end && w->start < plus(at, gap) && plus(w->end, keep) > b->watermark;
        if (!meets || !val_equal(w->key, pair.is.at[0]))
            continue;
        if (!session) {
            session = w;
            continue;
        }
        session->start = w->start < session->start ? w->start : session->start;
        session->end = w->end > session->end ? w->end : session->end;
        for (int j = 0; j < w->items.n; j++)
            vec_push(b->memory, &session->items, w->items.at[j]);
        for (int j = i; j < b->windows.n - 1; j++)
            b->windows.at[j] = b->windows.at[j + 1];
        b->windows.n--;
        i--;
    }
    int64_t end = plus(at, gap);
    if (!session && plus(end, keep) <= b->watermark)
        return false;
    if (!session)
        session = add_window(b, pair.is.at[0], at, end);
    session->start = at < session->start ? at : session->start;
    session->end = end > session->end ? end : session->end;
    join(b, session, pair.is.at[1]);
    return true;
}

/* An element that comes out. */
typedef struct Closed {
    int64_t end, number;
    Val value;
} Closed;

static int by_end(const void *x, const void *y)
{
    const Closed *a = x, *b = y;
    if (a->end != b->end)
        return a->end < b->end ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

static void put_closed(Ref *r, RefNode *node, ByTime *b)
{
    VEC(Closed) all = {0};
    for (int i = 0; i < b->windows.n; i++) {
        Window *w = &b->windows.at[i];
        if (w->end > b->watermark || !w->changed)
            continue;
        w->changed = false;
        Val bounds[] = {val_int(T_TIME, w->start), val_int(T_TIME, w->end)};
        Val key = val_pair(r->scratch, val_copy(r->scratch, w->key), val_parts(r->scratch, T_RECORD, bounds, 2));
        for (int j = 0; j < w->items.n; j++) {
            Val value = val_copy(r->scratch, w->items.at[j].value);
            vec_push(r->scratch, &all, ((Closed){w->end, w->items.at[j].number, val_pair(r->scratch, key, value)}));
        }
    }
    if (all.n > 0)
        qsort(all.at, (size_t)all.n, sizeof *all.at, by_end);
    for (int i = 0; i < all.n; i++)
        ref_push(r, node, all.at[i].value);
}

void event_windows(Ref *r, RefNode *node, const Entry *in, int n)
{
    ByTime *b = by_time(r, node);
    const Node *op = node->n;
    bool session = strcmp(op->op_name, "session") == 0;
    int64_t size = length_of(r, op, session ? "gap" : "size", 0), slide = length_of(r, op, "slide", size);
    int64_t keep = length_of(r, op, "keep", 0);
    for (int i = 0; i < n; i++) {
        advance(r, b, in[i].event);
        if (in[i].mark)
            continue;
        int64_t at = in[i].event.at;
        if (session ? into_session(b, in[i].value, at, size, keep) : into_windows(b, in[i].value, at, size, slide, keep))
            continue;
        b->late++;
        ref_push_late(r, node, in[i].value);
    }
    end_batch(r, b);
    put_closed(r, node, b);
    keep_windows(r, b, keep);
}

/* ---- two streams -------------------------------------------------------------------------------- */

/* (key, value) of one side as (key, (side, value)). */
void event_side(Ref *r, RefNode *node, Val pair)
{
    Val side = val_int(T_INT, node->n->n_args);
    ref_push(r, node, val_pair(r->scratch, pair.is.at[0], val_pair(r->scratch, side, pair.is.at[1])));
}

/* An element and those of the other side that came before it and are near enough. */
static void put_matches(Ref *r, RefNode *node, const ByTime *b, Val pair, int64_t at, int64_t within)
{
    Val own = pair.is.at[1];
    for (int i = 0; i < b->windows.n; i++) {
        const Window *w = &b->windows.at[i];
        Val other = w->items.at[0].value;
        int64_t apart = at > w->start ? minus(at, w->start) : minus(w->start, at);
        if (other.is.at[0].is.i == own.is.at[0].is.i || apart > within || !val_equal(w->key, pair.is.at[0]))
            continue;
        Val left = own.is.at[0].is.i == 0 ? own : other, right = own.is.at[0].is.i == 0 ? other : own;
        Val both = val_pair(r->scratch, left.is.at[1], right.is.at[1]);
        ref_push(r, node, val_copy(r->scratch, val_pair(r->scratch, pair.is.at[0], both)));
    }
}

/* A window holds one element here, from its time on, as long as something may come that is near enough. */
void event_join(Ref *r, RefNode *node, const Entry *in, int n)
{
    ByTime *b = by_time(r, node);
    int64_t within = length_of(r, node->n, "within", 0);
    for (int i = 0; i < n; i++) {
        int64_t at = in[i].event.at;
        Val pair = in[i].value;
        advance(r, b, in[i].event);
        if (in[i].mark)
            continue;
        if (at < b->watermark) {
            b->late++;
            continue;
        }
        put_matches(r, node, b, pair, at, within);
        join(b, add_window(b, pair.is.at[0], at, plus(plus(at, within), 1)), pair.is.at[1]);
    }
    end_batch(r, b);
    keep_windows(r, b, 0);
}

/* ---- repetitions --------------------------------------------------------------------------------- */

static Window *known(ByTime *b, Val key)
{
    for (int i = 0; i < b->windows.n; i++)
        if (b->windows.at[i].end > b->watermark && val_equal(b->windows.at[i].key, key))
            return &b->windows.at[i];
    return NULL;
}

void event_duplicates(Ref *r, RefNode *node, const Entry *in, int n)
{
    ByTime *b = by_time(r, node);
    int64_t within = length_of(r, node->n, "within", 0), now = dsc_batch_time(r->task);
    bool timed = b->clocks.n > 0;
    if (!timed)
        raise_to(b, now);
    for (int i = 0; i < n; i++) {
        int64_t at = timed ? in[i].event.at : now;
        advance(r, b, in[i].event);
        r->event = in[i].event;
        if (in[i].mark) {
            ref_mark(r, node, in[i].event);
        } else if (timed && plus(at, within) <= b->watermark) {
            b->late++;
        } else if (!known(b, in[i].key)) {
            add_window(b, in[i].key, at, plus(at, within));
            ref_push(r, node, in[i].value);
        }
    }
    end_batch(r, b);
    keep_windows(r, b, 0);
}
