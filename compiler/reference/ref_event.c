/* ref_event.c: event time. Elements are walked one after the other with the largest times of all clocks
 * at that point; windows are a list, looked through for each of them. */
#include "opdef.h"
#include "ref.h"
#include "rt_run.h"

#include <stdlib.h>
#include <string.h>

enum { IDLE_BATCHES = 60 };

typedef struct Element {
    int64_t number;               /* in the order in which they joined windows */
    Val value;
} Element;

typedef struct Window {
    Val key;
    int64_t start, end;
    VEC(Element) elements;        /* by number */
    bool changed;
} Window;

typedef struct Known {
    Val key;
    int64_t time;
} Known;

typedef struct RefEvent {
    int64_t watermark, next;
    int64_t *seen, *last;         /* by the number of a clock: its largest time; the last batch with an element */
    bool *idle;
    VEC(Window *) windows;
    VEC(Known) known;
} RefEvent;

/* ---- eventTime ------------------------------------------------------------------------------- */

static RefTime *time_new(Ref *r)
{
    int n = r->plan->clocks.n;
    RefTime *t = NEW(r->arena, RefTime);
    t->seen = NEW_ARRAY(r->arena, int64_t, n + 1);
    t->last = NEW_ARRAY(r->arena, int64_t, n + 1);
    for (int i = 0; i < n; i++) {
        t->seen[i] = r->newest ? r->newest->seen[i] : INT64_MIN;
        t->last[i] = r->newest ? r->newest->last[i] : INT64_MIN;
    }
    return t;
}

void ref_event_time(Ref *r, RefNode *node, Val v)
{
    Val at;
    int clock = node->n->clock;
    if (!ref_try_apply(r, node->n->args[0], v, &at))
        return;
    RefTime *t = time_new(r);
    t->at = at.is.i;
    if (t->at > t->seen[clock])
        t->seen[clock] = t->at;
    t->last[clock] = dsc_batch_time(r->task);
    const RefTime *outer = r->time;
    r->newest = r->time = t;
    ref_push(r, node, v);
    r->time = outer;
}

/* ---- the watermark ------------------------------------------------------------------------------ */

static int64_t length(Ref *r, const Node *n, const char *name, int64_t otherwise)
{
    const Expr *e = ref_arg(r, n, name);
    return e ? ref_eval(r, e).is.i : otherwise;
}

/* What the node knows, from its first batch on. */
static RefEvent *known_of(Ref *r, RefNode *node)
{
    if (node->event)
        return node->event;
    int n = r->plan->clocks.n;
    RefEvent *w = node->event = NEW(r->arena, RefEvent);
    w->watermark = INT64_MIN;
    w->seen = NEW_ARRAY(r->arena, int64_t, n + 1);
    w->last = NEW_ARRAY(r->arena, int64_t, n + 1);
    w->idle = NEW_ARRAY(r->arena, bool, n + 1);
    for (int i = 0; i < n; i++) {
        w->seen[i] = INT64_MIN;
        w->last[i] = dsc_batch_time(r->task) - node->n->in.at[0]->stream_slide;
    }
    return w;
}

/* What the clocks of n come to: the slowest of those that are not idle; `all_idle`: of all, gone on with the batches. */
static void set_watermark(Ref *r, const Node *n, RefEvent *w, bool all_idle)
{
    int64_t slowest = INT64_MAX;
    const Node *in = n->in.at[0];
    for (int i = 0; i < in->clocks.n; i++) {
        int c = in->clocks.at[i]->clock;
        if (w->idle[c] != all_idle)
            continue;
        if (w->seen[c] == INT64_MIN && !all_idle)
            return;
        if (w->seen[c] == INT64_MIN)
            continue;
        int64_t own = w->seen[c] - length(r, in->clocks.at[i], "lateness", 0);
        if (all_idle)
            own += dsc_batch_time(r->task) - w->last[c];
        if (own < slowest)
            slowest = own;
    }
    if (slowest != INT64_MAX && slowest > w->watermark)
        w->watermark = slowest;
}

/* Time goes on to where it was then. */
static void go_to(Ref *r, const Node *n, RefEvent *w, const RefTime *t)
{
    for (int i = 0; t && i < n->in.at[0]->clocks.n; i++) {
        int c = n->in.at[0]->clocks.at[i]->clock;
        if (t->seen[c] > w->seen[c])
            w->seen[c] = t->seen[c];
        if (t->last[c] == dsc_batch_time(r->task)) {
            w->last[c] = t->last[c];
            w->idle[c] = false;
        }
    }
    set_watermark(r, n, w, false);
}

static void end_batch(Ref *r, const Node *n, RefEvent *w)
{
    const Node *in = n->in.at[0];
    bool all_idle = true;
    go_to(r, n, w, r->newest);
    for (int i = 0; i < in->clocks.n; i++) {
        int c = in->clocks.at[i]->clock;
        w->idle[c] = dsc_batch_time(r->task) - w->last[c] >= length(r, in->clocks.at[i], "idle", IDLE_BATCHES * r->plan->batch);
        all_idle &= w->idle[c];
    }
    set_watermark(r, n, w, all_idle);
    if (in->clocks.n == 0)
        w->watermark = dsc_batch_time(r->task);
    if (rt_task_ended(r->task))
        w->watermark = INT64_MAX;
}

static void tell_late(Ref *r, const Node *n, int64_t late)
{
    Span at = n->span.file > 0 ? r->plan->files[n->span.file].imported : n->span;
    bool aside = n->late == LATE_ASIDE && n->aside->out.n > 0;
    dsc_by_time what = {.why = ref_why(r, "late for %s", n->op_name), .line = at.line, .col = at.col,
                        .aside = aside ? n->aside->name : NULL};
    rt_task_late(r->task, &what, late);
}

/* ---- windows --------------------------------------------------------------------------------------- */

/* Puts the element into a window; a new one where it is NULL. */
static void join(Ref *r, RefEvent *w, Window *window, Val key, int64_t start, int64_t end, Val value)
{
    if (!window) {
        window = NEW(r->arena, Window);
        *window = (Window){.key = val_copy(r->arena, key), .start = start, .end = end};
        vec_push(r->arena, &w->windows, window);
    }
    window->start = start < window->start ? start : window->start;
    window->end = end > window->end ? end : window->end;
    window->changed = true;
    vec_push(r->arena, &window->elements, ((Element){w->next++, val_copy(r->arena, value)}));
}

static Window *window_at(const RefEvent *w, Val key, int64_t start)
{
    for (int i = 0; i < w->windows.n; i++)
        if (w->windows.at[i]->start == start && val_equal(w->windows.at[i]->key, key))
            return w->windows.at[i];
    return NULL;
}

/* False: all its windows have closed. */
static bool into_windows(Ref *r, RefEvent *w, int64_t at, Val pair, int64_t size, int64_t slide, int64_t keep)
{
    bool in = false;
    int64_t start = at - at % slide - (at % slide < 0 ? slide : 0);
    for (; start > at - size; start -= slide) {
        if (start + size + keep <= w->watermark)
            continue;
        join(r, w, window_at(w, pair.is.at[0], start), pair.is.at[0], start, start + size, pair.is.at[1]);
        in = true;
    }
    return in;
}

/* The elements of both, by number; b is none any more. */
static void merge(Ref *r, Window *a, Window *b)
{
    Window all = {.key = a->key, .changed = true};
    all.start = a->start < b->start ? a->start : b->start;
    all.end = a->end > b->end ? a->end : b->end;
    for (int i = 0, j = 0; i < a->elements.n || j < b->elements.n;) {
        bool first = j == b->elements.n || (i < a->elements.n && a->elements.at[i].number < b->elements.at[j].number);
        vec_push(r->arena, &all.elements, first ? a->elements.at[i++] : b->elements.at[j++]);
    }
    *a = all;
    b->elements.n = 0;
}

static bool into_session(Ref *r, RefEvent *w, int64_t at, Val pair, int64_t gap, int64_t keep)
{
    Window *mine = NULL;
    for (int i = 0; i < w->windows.n; i++) {
        Window *s = w->windows.at[i];
        if (s->elements.n == 0 || s->end + keep <= w->watermark || !val_equal(s->key, pair.is.at[0]) || at >= s->end ||
            s->start >= at + gap)
            continue;
        if (mine)
            merge(r, mine, s);
        else
            mine = s;
    }
    if (!mine && at + gap + keep <= w->watermark)
        return false;
    join(r, w, mine, pair.is.at[0], at, at + gap, pair.is.at[1]);
    return true;
}

/* One of the elements that come out: by the end of its window, then by number. */
typedef struct Out {
    const Window *window;
    Element element;
} Out;

static int in_order(const void *x, const void *y)
{
    const Out *a = x, *b = y;
    if (a->window->end != b->window->end)
        return a->window->end < b->window->end ? -1 : 1;
    return a->element.number < b->element.number ? -1 : a->element.number > b->element.number;
}

static void put_out(Ref *r, RefNode *node, RefEvent *w)
{
    VEC(Out) out = {0};
    for (int i = 0; i < w->windows.n; i++) {
        Window *window = w->windows.at[i];
        if (!window->changed || window->end > w->watermark)
            continue;
        window->changed = false;
        for (int j = 0; j < window->elements.n; j++)
            vec_push(r->scratch, &out, ((Out){window, window->elements.at[j]}));
    }
    if (out.n > 0)
        qsort(out.at, (size_t)out.n, sizeof *out.at, in_order);
    for (int i = 0; i < out.n; i++) {
        const Window *window = out.at[i].window;
        Val bounds = val_pair(r->scratch, val_int(T_TIME, window->start), val_int(T_TIME, window->end));
        bounds.kind = T_RECORD;
        Val pair = val_pair(r->scratch, val_pair(r->scratch, window->key, bounds), out.at[i].element.value);
        for (int j = 0; j < node->out.n; j++)
            if (node->out.at[j].to->n != node->n->aside)
                ref_deliver(r, &node->out.at[j], pair);
    }
}

static void forget_windows(RefEvent *w, int64_t keep)
{
    int kept = 0;
    for (int i = 0; i < w->windows.n; i++) {
        Window *window = w->windows.at[i];
        bool over = w->watermark == INT64_MAX || window->end + keep <= w->watermark;
        if (window->elements.n > 0 && !over)
            w->windows.at[kept++] = window;
    }
    w->windows.n = kept;
}

void ref_time_windows(Ref *r, RefNode *node, const Entry *in, int n)
{
    RefEvent *w = known_of(r, node);
    bool sessions = strcmp(node->n->op_name, "session") == 0;
    int64_t size = length(r, node->n, sessions ? "gap" : "size", 0), slide = length(r, node->n, "slide", size);
    int64_t keep = length(r, node->n, "keep", 0), late = 0;
    for (int i = 0; i < n; i++) {
        Val pair = in[i].value;
        go_to(r, node->n, w, in[i].event);
        if (sessions ? into_session(r, w, in[i].event->at, pair, size, keep)
                     : into_windows(r, w, in[i].event->at, pair, size, slide, keep))
            continue;
        late++;
        for (int j = 0; j < node->out.n; j++)
            if (node->out.at[j].to->n == node->n->aside)
                ref_deliver(r, &node->out.at[j], pair);
    }
    end_batch(r, node->n, w);
    put_out(r, node, w);
    forget_windows(w, keep);
    tell_late(r, node->n, late);
}

/* ---- dropDuplicates ---------------------------------------------------------------------------------- */

static Known *known_key(RefEvent *w, Val key)
{
    for (int i = 0; i < w->known.n; i++)
        if (val_equal(w->known.at[i].key, key))
            return &w->known.at[i];
    return NULL;
}

void ref_drop_duplicates(Ref *r, RefNode *node, const Entry *in, int n)
{
    RefEvent *w = known_of(r, node);
    const Expr *of = ref_arg(r, node->n, "key");
    int64_t within = length(r, node->n, "within", 0), late = 0;
    bool timed = node->n->clocks.n > 0;
    const RefTime *newest = r->newest;
    for (int i = 0; i < n; i++) {
        Val key = in[i].value;
        int64_t now = timed ? in[i].event->at : dsc_batch_time(r->task);
        go_to(r, node->n, w, in[i].event);
        if (!timed)
            w->watermark = now;
        if (of && !ref_try_apply(r, of, in[i].value, &key))
            continue;
        if (timed && now + within <= w->watermark) {
            late++;
            continue;
        }
        Known *known = known_key(w, key);
        if (known && known->time + within > w->watermark)
            continue;
        if (known)
            known->time = now;
        else
            vec_push(r->arena, &w->known, ((Known){val_copy(r->arena, key), now}));
        r->time = in[i].event;
        ref_push(r, node, in[i].value);
        r->time = NULL;
    }
    r->newest = newest;
    end_batch(r, node->n, w);
    tell_late(r, node->n, late);
}
