/* event.c: event time: clocks, and the watermark of an operator.
 *
 * A worker notes the largest time of a clock within its morsel; what it holds of an
 * element says that, too, and behind the elements of a morsel comes a mark, which
 * says how far time has come in it although elements may have been left out on the
 * way. Where streams of one source with clocks of their own come together, marks of the
 * others stand before each element. So the stage, which goes through all of it in the order of the input, knows
 * for each element the largest time before it, and nothing depends on cuts.
 *
 * The watermark of several clocks is that of the slowest which is not idle; one that
 * has brought nothing yet holds it back until it is idle. It never goes back. */
#include "event.h"
#include <stdlib.h>

enum { IDLE_BATCHES = 60, OWN_ROW = -1 };

static const dsc_field clock_fields[] = {
    {.type = &dsc_type_time, .offset = offsetof(rt_event_clock, seen)},
    {.type = &dsc_type_time, .offset = offsetof(rt_event_clock, last)},
    {.type = &dsc_type_int, .offset = offsetof(rt_event_clock, idle)},
};
static const dsc_type clock_type = {.kind = DSC_TUPLE, .size = sizeof(rt_event_clock), .n = 3, .fields = clock_fields, .flat = true};

/* ---- setup ---------------------------------------------------------------------- */

void rt_events_make(rt_engine *e)
{
    e->clocks = rt_must_zero(((size_t)e->job->program->n_clocks + 1) * sizeof *e->clocks, "clocks");
    for (int i = 0; i < e->n_nodes; i++) {
        const dsc_by_time *def = e->nodes[i].def->by_time;
        if (!def)
            continue;
        rt_event *w = e->nodes[i].event = rt_must_zero(sizeof *w, "event time");
        w->def = def;
    }
}

void rt_events_free(rt_engine *e)
{
    free(e->clocks);
}

void dsc_set_clock(dsc_task *task, int clock, int64_t lateness, int64_t idle, int line, int col)
{
    const char *file = task->job->program->file;
    if (lateness < 0)
        dsc_fail(task->job, "%s:%d:%d: the lateness of eventTime must not be negative", file, line, col);
    if (idle != DSC_UNSET && idle <= 0)
        dsc_fail(task->job, "%s:%d:%d: the idle time of eventTime must be above 0", file, line, col);
    if (idle == DSC_UNSET)
        idle = IDLE_BATCHES * task->job->batch;
    task->engine->clocks[clock] = (rt_clock_set){lateness, idle};
}

void dsc_set_time_window(dsc_task *task, int node, int64_t size, int64_t slide, int64_t keep)
{
    rt_event *w = task->engine->nodes[node].event;
    w->size = size;
    w->slide = slide;
    w->keep = keep;
}

int rt_event_check(rt_engine *e, const rt_node *node)
{
    const rt_event *w = node->event;
    const char *wrong = w->size <= 0 ? "its length must be above 0"
                        : w->keep < 0 ? "`keep` must not be negative"
                        : w->def->kind != DSC_SLIDING ? NULL
                        : w->slide <= 0 ? "its slide must be above 0"
                        : w->slide > w->size ? "its slide must not be longer than its size" : NULL;
    if (wrong)
        dsc_fail(e->job, "%s:%d:%d: %s: %s", e->job->program->file, w->def->line, w->def->col, node->def->op, wrong);
    return wrong ? -1 : 0;
}

static bool holds_elements(const rt_node *node) { return !node->def->fold && node->def->by_time->kind <= DSC_SESSIONS; }

void rt_event_new(rt_node *node)
{
    rt_event *w = node->event;
    const dsc_type *value = node->def->held->fields[RT_HELD_VALUE].type;
    w->clocks = rt_state_new(&dsc_type_int, &clock_type);
    size_t n = (size_t)w->def->n_clocks + 1;
    w->clock = rt_must_zero(n * sizeof *w->clock, "clocks");
    w->moved = rt_must_zero(n * sizeof *w->moved, "clocks");
    w->key = rt_must_zero(node->def->key->size, "event time");
    w->soonest = INT64_MIN;
    if (node->def->fold)
        w->acc = node->def->state->fields[4].offset;
    if (!holds_elements(node))
        return;
    w->element_fields[0] = (dsc_field){.type = &dsc_type_int};
    w->element_fields[1] = (dsc_field){.type = value, .offset = sizeof(int64_t)};
    w->element = (dsc_type){.kind = DSC_TUPLE, .size = (uint32_t)((sizeof(int64_t) + value->size + 7) & ~(size_t)7), .n = 2,
                            .fields = w->element_fields, .flat = value->flat};
    w->elements = rt_state_new(&dsc_type_int, &w->element);
}

void rt_event_free(rt_node *node)
{
    rt_event *w = node->event;
    if (!w)
        return;
    if (w->clocks)
        rt_state_free(w->clocks);
    if (w->elements)
        rt_state_free(w->elements);
    free(w->clock);
    free(w->moved);
    free(w->key);
    free(w->out.at);
    free(w->gone.at);
    free(w);
    node->event = NULL;
}

/* ---- of elements, in stages ------------------------------------------------------- */

dsc_event *dsc_event_of(dsc_task *task, int clock) { return &task->events[clock]; }

void rt_event_begin(dsc_task *t)
{
    for (int i = 0; i < t->job->program->n_clocks; i++)
        t->events[i] = (dsc_event){.seen = INT64_MIN, .clock = i};
}

/* A mark is held as an element of which there is only the clock, ~ its number, and the time seen. */
static void push_mark(dsc_task *t, const rt_node *to, const dsc_event *event)
{
    const dsc_type *held = to->def->held;
    char *mark = rt_arena_alloc(&t->scratch, held->size);
    int64_t clock = ~event->clock;
    memset(mark, 0, held->size);
    memcpy(mark + held->fields[RT_HELD_CLOCK].offset, &clock, sizeof clock);
    memcpy(mark + held->fields[RT_HELD_SEEN].offset, &event->seen, sizeof event->seen);
    dsc_push(t, to->index, mark);
}

void rt_event_push(dsc_task *t, const rt_node *to, const void *held)
{
    const dsc_by_time *w = to->def->by_time;
    int64_t own = rt_held_int(to, held, RT_HELD_CLOCK);
    for (int i = 0; own >= 0 && i < w->n_clocks; i++)
        if (w->clocks[i] != own && t->events[w->clocks[i]].seen != INT64_MIN)
            push_mark(t, to, &t->events[w->clocks[i]]);
}

void rt_event_mark(dsc_task *t)
{
    if (t->job->program->n_clocks == 0)
        return;
    for (int i = 0; i < t->node->n_feeds; i++) {
        const dsc_by_time *to = t->node->feeds[i]->def->by_time;
        for (int j = 0; to && j < to->n_clocks; j++)
            if (t->events[to->clocks[j]].seen != INT64_MIN)
                push_mark(t, t->node->feeds[i], &t->events[to->clocks[j]]);
    }
}

/* ---- the watermark -------------------------------------------------------------------- */

void rt_event_open(rt_node *node, dsc_task *t)
{
    rt_event *w = node->event;
    w->open = true;
    w->closing = false;
    w->n_late = 0;
    w->watermark = INT64_MIN;
    w->next = 0;
    int64_t key = OWN_ROW;
    const rt_event_clock *own = dsc_state_find(w->clocks, &key);
    if (own) {
        w->watermark = own->seen;
        w->next = own->idle;
        node->ends = own->last != 0 ? own->last : node->ends;
    }
    for (int i = 0; i < w->def->n_clocks; i++) {
        key = i;
        const rt_event_clock *kept = dsc_state_find(w->clocks, &key);
        w->clock[i] = kept ? *kept : (rt_event_clock){.seen = INT64_MIN, .last = t->engine->time - node->in_slide};
        w->moved[i] = false;
    }
}

static void raise_to(rt_event *w, int64_t watermark)
{
    if (watermark > w->watermark)
        w->watermark = watermark;
}

/* What the clocks that are not idle come to. */
static void set_watermark(rt_event *w, const rt_clock_set *sets)
{
    int64_t slowest = INT64_MAX;
    for (int i = 0; i < w->def->n_clocks; i++) {
        const rt_event_clock *c = &w->clock[i];
        if (c->idle)
            continue;
        if (c->seen == INT64_MIN)
            return;
        int64_t own = rt_earlier(c->seen, sets[w->def->clocks[i]].lateness);
        if (own < slowest)
            slowest = own;
    }
    if (slowest != INT64_MAX)
        raise_to(w, slowest);
}

bool rt_event_in(rt_node *node, dsc_task *t, const void *held)
{
    rt_event *w = node->event;
    int64_t number = rt_held_int(node, held, RT_HELD_CLOCK), seen = rt_held_int(node, held, RT_HELD_SEEN);
    bool mark = number < 0;
    if (w->def->n_clocks == 0)
        return true;
    if (mark)
        number = ~number;
    int i = 0;
    while (w->def->clocks[i] != number)
        i++;
    rt_event_clock *c = &w->clock[i];
    w->moved[i] = true;
    if (seen > c->seen || c->idle) {
        c->idle = false;
        if (seen > c->seen)
            c->seen = seen;
        set_watermark(w, t->engine->clocks);
    }
    return !mark;
}

/* All are idle: as far as the slowest has gone on with the batches. */
static void go_on(rt_event *w, const rt_clock_set *sets, int64_t batch)
{
    int64_t slowest = INT64_MAX;
    for (int i = 0; i < w->def->n_clocks; i++) {
        const rt_event_clock *c = &w->clock[i];
        if (c->seen == INT64_MIN)
            continue;
        int64_t own = rt_later(rt_earlier(c->seen, sets[w->def->clocks[i]].lateness), batch - c->last);
        if (own < slowest)
            slowest = own;
    }
    if (slowest != INT64_MAX)
        raise_to(w, slowest);
}

void rt_event_finish(rt_node *node, dsc_task *t)
{
    rt_event *w = node->event;
    int64_t batch = t->engine->time;
    bool all_idle = w->def->n_clocks > 0;
    for (int i = 0; i < w->def->n_clocks; i++) {
        rt_event_clock *c = &w->clock[i];
        if (w->moved[i])
            c->last = batch;
        c->idle = batch - c->last >= t->engine->clocks[w->def->clocks[i]].idle;
        all_idle &= c->idle;
    }
    if (w->def->n_clocks == 0)
        return;
    if (all_idle)
        go_on(w, t->engine->clocks, batch);
    else
        set_watermark(w, t->engine->clocks);
    if (rt_event_ended(t->engine, node))
        w->watermark = INT64_MAX;
}

void rt_event_close(rt_node *node, dsc_task *t)
{
    rt_event *w = node->event;
    int64_t key = OWN_ROW;
    dsc_state_set(w->clocks, &key, &(rt_event_clock){.seen = w->watermark, .last = node->ends, .idle = w->next});
    for (int i = 0; i < w->def->n_clocks; i++) {
        key = i;
        dsc_state_set(w->clocks, &key, &w->clock[i]);
    }
    rt_late_count(t->engine, w->def, w->n_late);
    if (w->elements)
        rt_state_tidy(w->elements);
    w->open = w->closing = false;
}

/* ---- the end of the input -------------------------------------------------------------- */

/* When a node that has its last input at `ends` puts out its last elements. */
static int64_t last_output(const rt_node *node, int64_t ends)
{
    bool window = node->def->kind == DSC_WINDOW || node->def->kind == DSC_WINDOW_FOLD;
    int64_t slide = window ? (ends + node->length - 1) / node->slide * node->slide : ends;
    return slide > ends ? slide : ends;
}

void rt_event_ends(rt_engine *e, int64_t since_zero)
{
    for (int i = 0; i < e->job->program->n_nodes; i++) {
        rt_node *node = &e->nodes[i];
        bool source = node->def->kind == DSC_SOURCE;
        if (node->ends != 0)
            continue;
        int64_t ends = source && rt_source_ended(node) ? since_zero : source ? 0 : 1;
        for (int j = 0; j < node->def->n_inputs && ends != 0; j++) {
            int64_t one = e->nodes[node->def->inputs[j]].ends;
            ends = one == 0 ? 0 : one > ends ? one : ends;
        }
        node->ends = ends == 0 || source ? ends : last_output(node, ends);
    }
}

bool rt_event_ended(const rt_engine *e, const rt_node *node)
{
    int64_t now = e->time - e->job->zero;
    return now >= e->last || (node->ends != 0 && now >= node->ends);
}

bool rt_task_ended(const dsc_task *task) { return rt_event_ended(task->engine, task->node); }

void rt_task_late(dsc_task *task, const dsc_by_time *what, int64_t n) { rt_late_count(task->engine, what, n); }

/* ---- messages ------------------------------------------------------------------------------ */

bool rt_event_print_key(rt_buf *b, dsc_task *t, const rt_node *node)
{
    const rt_event *w = node->event;
    if (!w || !w->closing || w->place == 0 || w->place > w->out.n)
        return false;
    uint32_t id = w->out.at[w->place - 1].window;
    const dsc_field *key = &node->def->key->fields[1];
    char *whole = rt_arena_alloc(&t->scratch, node->def->key->size);
    const rt_event_window *window = rt_state_at(node->state, id);
    static const dsc_field fields[] = {{.name = "start", .type = &dsc_type_time}, {.name = "end", .type = &dsc_type_time, .offset = 8}};
    static const dsc_type window_type = {.kind = DSC_RECORD, .size = 16, .n = 2, .fields = fields, .flat = true};
    rt_state_key(node->state, id, whole, &t->scratch);
    rt_buf_char(b, '(');
    rt_print_value(b, key->type, whole + key->offset);
    rt_buf_char(b, ',');
    rt_print_value(b, &window_type, window);
    rt_buf_char(b, ')');
    return true;
}
