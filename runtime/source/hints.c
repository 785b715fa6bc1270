/* hints.c: inotify on one directory. */
#define _GNU_SOURCE
#include "hints.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Told {
    char *name;
    Hint hint;
} Told;

struct Hints {
    int fd, watch;                /* -1: none */
    dev_t device;
    ino_t inode;
    Told *told;                   /* in a hash table of `cap`, a power of two */
    size_t n, cap;
};

/* ---- a table by name ----------------------------------------------------------------- */

static size_t place_of(const Hints *hints, const char *name)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (const char *c = name; *c; c++)
        hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
    size_t at = (size_t)(hash ^ hash >> 32) & (hints->cap - 1);
    while (hints->told[at].name && strcmp(hints->told[at].name, name) != 0)
        at = (at + 1) & (hints->cap - 1);
    return at;
}

static bool grow(Hints *hints)
{
    Hints larger = {.cap = hints->cap ? 2 * hints->cap : 64};
    larger.told = calloc(larger.cap, sizeof *larger.told);
    if (!larger.told)
        return false;
    for (size_t i = 0; i < hints->cap; i++)
        if (hints->told[i].name)
            larger.told[place_of(&larger, hints->told[i].name)] = hints->told[i];
    free(hints->told);
    hints->told = larger.told;
    hints->cap = larger.cap;
    return true;
}

/* Without memory nothing is known of the name, which is a valid state. */
static void tell(Hints *hints, const char *name, Hint hint)
{
    if (2 * hints->n >= hints->cap && !grow(hints))
        return;
    Told *at = &hints->told[place_of(hints, name)];
    if (!at->name) {
        at->name = strdup(name);
        hints->n += at->name != NULL;
    }
    at->hint = hint;
}

size_t hints_count(const Hints *hints)
{
    return hints->n;
}

Hint hints_of(const Hints *hints, const char *name)
{
    if (hints->n == 0)
        return HINT_NONE;
    const Told *at = &hints->told[place_of(hints, name)];
    return at->name ? at->hint : HINT_NONE;
}

void hints_forget(Hints *hints, const char *name)
{
    if (hints->n == 0)
        return;
    size_t at = place_of(hints, name);
    if (!hints->told[at].name)
        return;
    free(hints->told[at].name);
    hints->told[at].name = NULL;
    hints->n--;
    /* Those behind it may have their place before it. */
    for (size_t next = (at + 1) & (hints->cap - 1); hints->told[next].name; next = (next + 1) & (hints->cap - 1)) {
        Told moved = hints->told[next];
        hints->told[next].name = NULL;
        hints->told[place_of(hints, moved.name)] = moved;
    }
}

static void forget_all(Hints *hints)
{
    for (size_t i = 0; i < hints->cap; i++)
        free(hints->told[i].name);
    free(hints->told);
    hints->told = NULL;
    hints->n = hints->cap = 0;
}

/* ---- inotify ----------------------------------------------------------------------------- */

#ifdef __linux__
#include <sys/inotify.h>

static void start(Hints *hints)
{
    hints->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
}

static void watch(Hints *hints, const char *path)
{
    if (hints->fd < 0)
        return;
    if (hints->watch >= 0)
        inotify_rm_watch(hints->fd, hints->watch);
    hints->watch = inotify_add_watch(hints->fd, path, IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM
                                     | IN_DELETE | IN_ONLYDIR);
}

static void take_event(Hints *hints, const struct inotify_event *event)
{
    if (event->mask & IN_Q_OVERFLOW)
        forget_all(hints);
    if (event->wd != hints->watch)
        return;
    if (event->mask & IN_IGNORED)
        hints->watch = -1;
    if (event->len == 0 || event->name[0] == '.' || event->mask & IN_ISDIR)
        return;
    if (event->mask & (IN_CLOSE_WRITE | IN_MOVED_TO))
        tell(hints, event->name, HINT_DONE);
    else if (event->mask & IN_CREATE)
        tell(hints, event->name, HINT_WRITING);
    else if (event->mask & (IN_DELETE | IN_MOVED_FROM))
        hints_forget(hints, event->name);
}

static void take_events(Hints *hints)
{
    union {
        struct inotify_event first;   /* for its alignment */
        char bytes[64 << 10];
    } events;
    ssize_t n;
    while (hints->fd >= 0 && (n = read(hints->fd, events.bytes, sizeof events.bytes)) > 0) {
        const struct inotify_event *event;
        for (ssize_t at = 0; at < n; at += (ssize_t)(sizeof *event + event->len)) {
            event = (const struct inotify_event *)(const void *)(events.bytes + at);
            take_event(hints, event);
        }
    }
}
#else
static void start(Hints *hints) { (void)hints; }
static void watch(Hints *hints, const char *path) { (void)hints, (void)path; }
static void take_events(Hints *hints) { (void)hints; }
#endif

Hints *hints_new(void)
{
    Hints *hints = calloc(1, sizeof *hints);
    if (!hints)
        return NULL;
    hints->fd = hints->watch = -1;
    start(hints);
    return hints;
}

void hints_free(Hints *hints)
{
    if (!hints)
        return;
    forget_all(hints);
    if (hints->fd >= 0)
        close(hints->fd);
    free(hints);
}

void hints_update(Hints *hints, const char *path, dev_t device, ino_t inode)
{
    take_events(hints);
    if (hints->watch >= 0 && hints->device == device && hints->inode == inode)
        return;
    forget_all(hints);
    watch(hints, path);
    hints->device = device;
    hints->inode = inode;
}
