/* event.h: what operators that go by event time share: clocks and the watermark
 * (event.c), windows (event_window.c, event_close.c), keys once seen (distinct.c).
 *
 * The state of such an operator lies in tables (state.c) alone:
 *
 *   clocks    int -> (time seen, time last, int idle): of each eventTime whose elements come here, by its
 *             place among them: the largest time so far (INT64_MIN: none), the last batch that brought an
 *             element, was it idle after that; and under -1: (time watermark, when the input ends or 0, int next number)
 *   state     windows: (int place, K) -> (time start, time end, int born, int state[, accumulator]).
 *             Place is the start, or of sessions which of the key's, from 0. Born is the number of its
 *             first element. Repetitions: K -> the time of the first element
 *   elements  windows without a fold: int number -> (int born, V): the elements of the window that was
 *             born so
 *
 * What rt_event holds besides is found again from them when the stage runs. */
#ifndef RT_EVENT_H
#define RT_EVENT_H

#include "core.h"

/* Of an eventTime: what setup says. */
typedef struct rt_clock_set {
    int64_t lateness, idle;
} rt_clock_set;

typedef struct rt_event_clock {
    int64_t seen, last;
    int64_t idle;
} rt_event_clock;

typedef enum rt_window_state { RT_SHOWN, RT_CHANGED, RT_LEAVES } rt_window_state;

/* As in the table; the accumulator follows. */
typedef struct rt_event_window {
    int64_t start, end, born;
    int64_t state;                /* rt_window_state: is there something new to put out? */
} rt_event_window;

/* A window that closes, or an element of one. */
typedef struct rt_closing {
    int64_t end, number;          /* by these they come out: windows: born */
    uint32_t window, element;     /* ids */
} rt_closing;

typedef struct rt_closings {
    rt_closing *at;
    size_t n, cap;
} rt_closings;

struct rt_event {
    const dsc_by_time *def;
    int64_t size, slide, keep;
    rt_state *clocks, *elements;
    dsc_type element;             /* of `elements` */
    dsc_field element_fields[2];
    size_t acc;                   /* where the accumulator lies in a window's state */
    char *key;                    /* a key of the state */
    /* of the stage run in hand */
    bool open;                    /* something of it has been taken in */
    rt_event_clock *clock;        /* by place in def->clocks */
    bool *moved;                  /* has it brought something in this batch? */
    int64_t watermark;
    int64_t next;                 /* the next element's number */
    int64_t n_late;
    int64_t soonest;              /* no window closes, and no key is forgotten, before the watermark is there */
    bool closing;                 /* windows that have closed are being put out */
    rt_closings out;              /* in order */
    rt_closings gone;             /* windows that are not kept */
    size_t place;                 /* in out */
};

static inline int64_t rt_later(int64_t a, int64_t b)
{
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? (b > 0 ? INT64_MAX : INT64_MIN) : sum;
}

static inline int64_t rt_earlier(int64_t a, int64_t b)
{
    int64_t difference;
    return __builtin_sub_overflow(a, b, &difference) ? (b > 0 ? INT64_MIN : INT64_MAX) : difference;
}

/* A part of a held element. */
static inline const void *rt_held_part(const rt_node *node, const void *held, int part)
{
    return (const char *)held + node->def->held->fields[part].offset;
}

static inline int64_t rt_held_int(const rt_node *node, const void *held, int part)
{
    int64_t n;
    memcpy(&n, rt_held_part(node, held, part), sizeof n);
    return n;
}

/* Before the first element of a stage run. */
void rt_event_open(rt_node *node, dsc_task *task);
/* Time goes on by a held element: false when that is all it is for. */
bool rt_event_in(rt_node *node, dsc_task *task, const void *held);
/* The batch's elements are all in: the watermark as it stands at its end. */
void rt_event_finish(rt_node *node, dsc_task *task);
/* What must outlive the batch goes into the tables. */
void rt_event_close(rt_node *node, dsc_task *task);

/* The id of a window's key in the state: of the element's key and a place. */
const void *rt_event_key(rt_node *node, int64_t place, const void *key);
/* Is the window changed no more, whatever comes? */
static inline bool rt_event_over(const rt_event *w, int64_t end) { return rt_later(end, w->keep) <= w->watermark; }

/* Remove the windows of w->gone, with their elements. */
void rt_event_remove(rt_node *node, dsc_task *task);

#endif
