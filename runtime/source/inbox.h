/* inbox.h: records that a thread receives and the engine plans, for what cannot be
 * asked again: sockets, pipes, terminals.
 *
 * The inbox holds whole records only. Offsets count bytes from the first one
 * received; each process that goes on from a checkpoint begins a new split. A piece
 * lies in one chunk of memory, which lives until all of it was planned and released.
 * What waits to be planned is bounded, and `overflow` says what becomes of the rest: the receiver
 * waits, and so does who sends; or it goes to the disk; or it is dropped and counted. */
#ifndef RT_INBOX_H
#define RT_INBOX_H

#include "dsc_conn.h"

#include <poll.h>

typedef struct Inbox Inbox;

/* How what comes is cut into batches. */
typedef enum InboxCut {
    INBOX_WHOLE,                  /* all of it is one batch */
    INBOX_BY_RECORDS,
    INBOX_BY_CLOCK                /* what came until the batch's time; under a virtual clock, what there is */
} InboxCut;

/* Behind what was planned last; and the records dropped so far, by all processes. */
typedef struct InboxPosition {
    int64_t split;
    uint64_t offset;
    int64_t dropped;
} InboxPosition;

typedef enum InboxOverflow { INBOX_BLOCK, INBOX_SPILL, INBOX_DROP } InboxOverflow;

/* The arguments that bound an inbox, which follow each other, and what they may be. */
enum { INBOX_BOUNDS = 3 };
#define INBOX_ARGS \
    {"overflow", DSC_STRING, "\"block\"", \
     "when more than `buffer` waits: `block` holds back who sends, `spill` writes it to the disk, `drop` drops and counts it"}, \
    {"buffer", DSC_INT, "67108864", "bytes that wait in memory"}, \
    {"spillMax", DSC_INT, "1073741824", "with `overflow: spill`: bytes that wait on the disk, before who sends is held back"}
#define INBOX_ARG_BOUNDS \
    {"overflow", 0, 0, inbox_overflows}, {"buffer", 1 << 20, INT64_MAX, NULL}, {"spillMax", 1 << 20, INT64_MAX, NULL}
extern const char *const inbox_overflows[];
#define INBOX_SYNOPSIS "overflow: block | spill | drop = block, buffer: int = 67108864, spillMax: int = 1073741824"

/* `name`: of its blocks; copied. NULL: the error is set. */
Inbox *inbox_new(dsc_source *s, const char *name, InboxCut cut, int64_t per_batch, const dsc_arg bounds[INBOX_BOUNDS]);

/* Run `receive` in a thread of its own, with all signals blocked, once it is to begin; it is the one that puts. */
int inbox_start(Inbox *inbox, void *(*receive)(void *), void *arg);
/* Begin, if it has not. */
int inbox_begin(Inbox *inbox);
/* The job stops: `inbox_stopping` is true, and inbox_watch sees it. */
void inbox_stop(Inbox *inbox);
/* Ends the thread and frees the inbox. */
void inbox_free(Inbox *inbox);

/* ---- for the receiver ---- */

/* Sets two entries for poll() that wake the receiver when it is to stop. */
enum { INBOX_WATCHES = 2 };
void inbox_watch(const Inbox *inbox, struct pollfd watches[INBOX_WATCHES]);
/* Is the receiver to stop? */
bool inbox_stopping(const Inbox *inbox);
/* Wait so many milliseconds; false when it is to stop. */
bool inbox_pause(const Inbox *inbox, int ms);
/* Bytes of a record; 0: lines. */
size_t inbox_record_size(const Inbox *inbox);
/* Append records: n bytes, whole ones. Waits while the inbox is full. */
int inbox_put(Inbox *inbox, const char *records, size_t n);
/* Nothing more will come. `why`: an error that fails the job, or NULL. */
void inbox_end(Inbox *inbox, const char *why);

/* ---- for the engine: as in dsc_source_def ---- */
int inbox_plan(Inbox *inbox, int64_t time, size_t max, bool wait, dsc_range *range);
int inbox_read(Inbox *inbox, const dsc_piece *piece, dsc_block *block);
void inbox_release(Inbox *inbox, dsc_block *block);
int inbox_position(Inbox *inbox, void *bytes, size_t room);
int inbox_seek(Inbox *inbox, const void *bytes, size_t n);
bool inbox_goes_on(const Inbox *inbox);

/* ---- lines.c: bytes of one sender, cut into records ---- */
typedef struct Lines {
    char *p;                      /* a record that is not whole yet, n bytes */
    size_t n, cap;
} Lines;
typedef enum LinesResult { LINES_MORE, LINES_END, LINES_ERROR, LINES_TOO_LONG, LINES_NO_MEMORY } LinesResult;

/* Read once from a descriptor, and put the records that are whole. LINES_ERROR: see errno. */
LinesResult lines_read(Lines *lines, int fd, Inbox *inbox);
/* The end of a sender ends its last record; one of a fixed size that is cut short is dropped, or kept
 * where it is the last of all. */
int lines_end(Lines *lines, Inbox *inbox, bool last);
void lines_free(Lines *lines);
/* Read a descriptor to its end. False: the receiver is to stop, or *why says what went wrong;
 * `what`: "standard input". */
bool lines_read_all(int fd, Inbox *inbox, const char *what, char *why, size_t room);

#endif
