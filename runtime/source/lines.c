/* lines.c: bytes of one sender, cut into records. */
#define _GNU_SOURCE
#include "inbox.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_AT_ONCE ((size_t)256 << 10)
#define LONGEST ((size_t)1 << 30)

static bool grow(Lines *lines)
{
    size_t cap = lines->cap ? 2 * lines->cap : 2 * READ_AT_ONCE;
    char *p = realloc(lines->p, cap);
    if (!p)
        return false;
    lines->p = p;
    lines->cap = cap;
    return true;
}

LinesResult lines_read(Lines *lines, int fd, Inbox *inbox)
{
    if (lines->n > LONGEST)
        return LINES_TOO_LONG;
    /* One byte stays free for the end of the last record. */
    if (lines->cap - lines->n <= READ_AT_ONCE && !grow(lines))
        return LINES_NO_MEMORY;
    char *fresh = lines->p + lines->n;
    ssize_t got = read(fd, fresh, READ_AT_ONCE);
    if (got == 0)
        return LINES_END;
    if (got < 0)
        return errno == EINTR || errno == EAGAIN ? LINES_MORE : LINES_ERROR;
    lines->n += (size_t)got;
    size_t size = inbox_record_size(inbox), whole;
    if (size > 0) {
        whole = lines->n / size * size;
    } else {
        const char *last = memrchr(fresh, '\n', (size_t)got);
        whole = last ? (size_t)(last + 1 - lines->p) : 0;
    }
    if (whole == 0)
        return LINES_MORE;
    if (inbox_put(inbox, lines->p, whole) < 0)
        return LINES_NO_MEMORY;
    lines->n -= whole;
    memmove(lines->p, lines->p + whole, lines->n);
    return LINES_MORE;
}

int lines_end(Lines *lines, Inbox *inbox, bool last)
{
    bool fixed = inbox_record_size(inbox) > 0;
    if (fixed && !last)
        lines->n = 0;
    if (lines->n == 0)
        return 0;
    if (!fixed)
        lines->p[lines->n++] = '\n';
    int status = inbox_put(inbox, lines->p, lines->n);
    lines->n = 0;
    return status;
}

void lines_free(Lines *lines)
{
    free(lines->p);
    *lines = (Lines){0};
}

bool lines_read_all(int fd, Inbox *inbox, const char *what, char *why, size_t room)
{
    Lines lines = {0};
    LinesResult result = LINES_MORE;
    struct pollfd watch[1 + INBOX_WATCHES] = {{.fd = fd, .events = POLLIN}};
    inbox_watch(inbox, watch + 1);
    *why = 0;
    while (result == LINES_MORE && !inbox_stopping(inbox)) {
        int ready = poll(watch, 1 + INBOX_WATCHES, -1);
        if (watch[1].revents || watch[2].revents)
            break;
        if (ready > 0)
            result = lines_read(&lines, fd, inbox);
    }
    if (result == LINES_ERROR)
        snprintf(why, room, "cannot read %s: %s", what, strerror(errno));
    else if (result == LINES_TOO_LONG)
        snprintf(why, room, "a line of %s is longer than 1 GB", what);
    else if (result == LINES_NO_MEMORY || (result == LINES_END && lines_end(&lines, inbox, true) < 0))
        snprintf(why, room, "no memory for what %s holds", what);
    lines_free(&lines);
    return result == LINES_END && !*why;
}
