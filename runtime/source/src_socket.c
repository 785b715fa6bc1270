/* src_socket.c: lines over TCP, as a client that connects again for ever, or as a
 * server of any number of senders.
 *
 * Each sender's bytes are cut into lines apart, so that lines come whole. The end
 * of a connection ends its last line; a connection that breaks loses an unfinished one. */
#define _GNU_SOURCE
#include "net.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AGAIN_MS 2000
#define AGAIN "trying again every 2s"

enum { MOST_LISTENERS = NET_ADDRESSES };

typedef struct Sender {
    int fd;
    Lines lines;
} Sender;

typedef struct Socket {
    dsc_source base;
    Inbox *inbox;
    char host[256], name[300];    /* name: "localhost:9999" */
    int port;
    char said[400];               /* the trouble last told; empty: none */

    int listeners[MOST_LISTENERS], n_listeners;
    Sender *senders;
    struct pollfd *polled;        /* watches, listeners, senders */
    int n_senders, cap;
} Socket;

enum { HOST, PORT, LISTEN, MAX_RATE, OVERFLOW, BUFFER, SPILL_MAX };

/* Says what is wrong, once until it changes. */
static void trouble(Socket *k, const char *what, const char *why)
{
    char text[sizeof k->said];
    snprintf(text, sizeof text, "socket %s: %s%s%s; " AGAIN, k->name, what, why[0] ? ": " : "", why);
    if (strcmp(text, k->said) != 0)
        dsc_note(k->base.job, "%s", text);
    strcpy(k->said, text);
}

/* How a line too long, or no memory for one, is told; NULL for other results. */
static const char *why_given_up(LinesResult result)
{
    if (result == LINES_TOO_LONG)
        return "a line is longer than 1 GB";
    return result == LINES_NO_MEMORY ? "no memory for what it sends" : NULL;
}

/* ---- client ------------------------------------------------------------------------ */

/* Reads until the connection ends. False when the receiver is to stop, or has failed. */
static bool read_connection(Socket *k, int fd, Lines *lines)
{
    struct pollfd watch[1 + INBOX_WATCHES] = {{.fd = fd, .events = POLLIN}};
    inbox_watch(k->inbox, watch + 1);
    LinesResult result = LINES_MORE;
    while (result == LINES_MORE) {
        int ready = poll(watch, 1 + INBOX_WATCHES, -1);
        if (watch[1].revents || watch[2].revents)
            return false;
        if (ready > 0)
            result = lines_read(lines, fd, k->inbox);
    }
    if (result == LINES_END) {
        if (lines_end(lines, k->inbox, false) == 0) {
            trouble(k, "connection closed by the other side", "");
            return true;
        }
        result = LINES_NO_MEMORY;
    }
    if (result == LINES_ERROR) {
        char what[80] = "connection lost";
        if (lines->n > 0)
            snprintf(what, sizeof what, "connection lost, with %zu bytes of an unfinished line", lines->n);
        trouble(k, what, strerror(errno));
        lines->n = 0;
        return true;
    }
    char why[400];
    snprintf(why, sizeof why, "socket %s: %s", k->name, why_given_up(result));
    inbox_end(k->inbox, why);
    return false;
}

static bool connect_and_read(Socket *k, Lines *lines)
{
    NetAddress addresses[NET_ADDRESSES];
    const char *why = NULL;
    int n = net_resolve_watched(k->inbox, k->host, k->port, addresses, &why);
    int fd = n > 0 ? net_connect(k->inbox, addresses, n, &why) : -1;
    if (fd < 0) {
        if (why && inbox_pause(k->inbox, 0))
            trouble(k, "cannot connect", why);
        return why != NULL;
    }
    if (k->said[0])
        dsc_note(k->base.job, "socket %s: connected", k->name);
    k->said[0] = 0;
    bool more = read_connection(k, fd, lines);
    close(fd);
    return more;
}

static void *client(void *arg)
{
    Socket *k = arg;
    Lines lines = {0};
    while (connect_and_read(k, &lines) && inbox_pause(k->inbox, AGAIN_MS))
        ;
    lines_free(&lines);
    inbox_end(k->inbox, NULL);
    return NULL;
}

/* ---- server ------------------------------------------------------------------------ */

static bool add_sender(Socket *k, int fd)
{
    if (k->n_senders == k->cap) {
        int cap = k->cap ? 2 * k->cap : 16;
        Sender *senders = realloc(k->senders, (size_t)cap * sizeof *senders);
        if (senders)
            k->senders = senders;
        struct pollfd *polled = realloc(k->polled, (size_t)(INBOX_WATCHES + MOST_LISTENERS + cap) * sizeof *polled);
        if (polled)
            k->polled = polled;
        if (!senders || !polled)
            return false;
        k->cap = cap;
    }
    k->senders[k->n_senders++] = (Sender){.fd = fd};
    return true;
}

static void accept_sender(Socket *k, int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
        setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &(int){1}, sizeof(int));
        if (!add_sender(k, fd))
            close(fd);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        trouble(k, "cannot accept another sender", strerror(errno));
        inbox_pause(k->inbox, 100);
    }
}

static void drop_sender(Socket *k, int i)
{
    close(k->senders[i].fd);
    lines_free(&k->senders[i].lines);
    k->senders[i] = k->senders[--k->n_senders];
}

static void read_sender(Socket *k, int i)
{
    Sender *sender = &k->senders[i];
    LinesResult result = lines_read(&sender->lines, sender->fd, k->inbox);
    if (result == LINES_MORE)
        return;
    if (result == LINES_END && lines_end(&sender->lines, k->inbox, false) < 0)
        result = LINES_NO_MEMORY;
    const char *why = why_given_up(result);
    if (why)
        dsc_note(k->base.job, "socket %s: a sender is dropped: %s", k->name, why);
    else if (result == LINES_ERROR)
        dsc_note(k->base.job, "socket %s: a sender is lost, with %zu bytes of an unfinished line: %s", k->name,
                 sender->lines.n, strerror(errno));
    drop_sender(k, i);
}

/* Waits for and serves what is ready; false when it is to stop. */
static bool serve(Socket *k)
{
    struct pollfd *at = k->polled + INBOX_WATCHES;
    for (int i = 0; i < k->n_listeners; i++)
        *at++ = (struct pollfd){.fd = k->listeners[i], .events = POLLIN};
    for (int i = 0; i < k->n_senders; i++)
        *at++ = (struct pollfd){.fd = k->senders[i].fd, .events = POLLIN};
    if (poll(k->polled, (nfds_t)(at - k->polled), -1) < 0)
        return true;
    if (k->polled[0].revents || k->polled[1].revents)
        return false;
    /* Backwards, since dropping one moves the last, which has been served, to its place. */
    for (int i = k->n_senders - 1; i >= 0; i--)
        if (k->polled[INBOX_WATCHES + k->n_listeners + i].revents)
            read_sender(k, i);
    for (int i = 0; i < k->n_listeners; i++)
        if (k->polled[INBOX_WATCHES + i].revents)
            accept_sender(k, k->listeners[i]);
    return true;
}

static void *server(void *arg)
{
    Socket *k = arg;
    inbox_watch(k->inbox, k->polled);
    while (!inbox_stopping(k->inbox) && serve(k))
        ;
    inbox_end(k->inbox, NULL);
    return NULL;
}

static int start_server(Socket *k)
{
    NetAddress addresses[NET_ADDRESSES];
    const char *why = NULL;
    int n = net_resolve(k->host, k->port, addresses, &why), error = 0;
    if (n == 0)
        return dsc_fail(k->base.job, "socket %s: cannot find the host: %s", k->name, why);
    for (int i = 0; i < n; i++) {
        int fd = net_listen(&addresses[i], &k->port);
        if (fd >= 0)
            k->listeners[k->n_listeners++] = fd;
        else if (error == 0 || error == EAFNOSUPPORT || error == EADDRNOTAVAIL)
            error = errno;
    }
    /* A machine without IPv6 listens by IPv4 alone. */
    if (k->n_listeners == 0 || (error && error != EAFNOSUPPORT && error != EADDRNOTAVAIL))
        return dsc_fail(k->base.job, "socket %s: cannot listen: %s", k->name, strerror(error));
    k->polled = calloc(INBOX_WATCHES + MOST_LISTENERS, sizeof *k->polled);
    if (!k->polled)
        return dsc_fail(k->base.job, "socket %s: no memory", k->name);
    dsc_note(k->base.job, "socket %s: listening on port %d", k->name, k->port);
    return inbox_start(k->inbox, server, k);
}

/* ---- the source -------------------------------------------------------------------- */

static int socket_open(dsc_source *s)
{
    Socket *k = (Socket *)s;
    dsc_str host = s->args[HOST].s;
    int64_t port = s->args[PORT].i;
    bool listens = s->args[LISTEN].i;
    if (host.n >= (int64_t)sizeof k->host || (host.n > 0 && memchr(host.p, 0, (size_t)host.n)))
        return dsc_fail(s->job, "socket: \"%.*s\" is no host", (int)(host.n < 300 ? host.n : 300), host.p);
    if (port == 0 && !listens)
        return dsc_fail(s->job, "socket: the port is 0, which only `listen: true` can take");
    if (host.n > 0)
        memcpy(k->host, host.p, (size_t)host.n);
    k->port = (int)port;
    snprintf(k->name, sizeof k->name, strchr(k->host, ':') ? "[%s]:%d" : "%s:%d", k->host, k->port);
    k->inbox = inbox_new(s, k->name, INBOX_BY_CLOCK, 0, &s->args[OVERFLOW]);
    if (!k->inbox)
        return -1;
    return listens ? start_server(k) : inbox_start(k->inbox, client, k);
}

static int socket_plan(dsc_source *s, int64_t time, size_t max, bool wait, dsc_range *range)
{
    return inbox_plan(((Socket *)s)->inbox, time, max, wait, range);
}

static int socket_read(dsc_source *s, const dsc_piece *piece, dsc_block *block)
{
    return inbox_read(((Socket *)s)->inbox, piece, block);
}

static void socket_release(dsc_source *s, dsc_block *block)
{
    inbox_release(((Socket *)s)->inbox, block);
}

static int socket_position(dsc_source *s, void *bytes, size_t room)
{
    return inbox_position(((Socket *)s)->inbox, bytes, room);
}

static int socket_seek(dsc_source *s, const void *bytes, size_t n)
{
    return inbox_seek(((Socket *)s)->inbox, bytes, n);
}

static bool socket_goes_on(const dsc_source *s)
{
    return inbox_goes_on(((const Socket *)s)->inbox);
}

static int socket_begin(dsc_source *s)
{
    return inbox_begin(((Socket *)s)->inbox);
}

static void socket_stop(dsc_source *s)
{
    inbox_stop(((Socket *)s)->inbox);
}

static void socket_close(dsc_source *s)
{
    Socket *k = (Socket *)s;
    if (k->inbox)
        inbox_free(k->inbox);
    while (k->n_senders > 0)
        drop_sender(k, k->n_senders - 1);
    while (k->n_listeners > 0)
        close(k->listeners[--k->n_listeners]);
    free(k->senders);
    free(k->polled);
}

static const dsc_arg_def socket_args[] = {
    [HOST] = {"host", DSC_STRING, NULL, "name or address; with listen, the one to listen on, or \"*\" for all"},
    [PORT] = {"port", DSC_INT, NULL, "TCP port; with listen, 0 takes a free one and says which"},
    [LISTEN] = {"listen", DSC_BOOL, "false", "wait for senders, any number of them, instead of connecting"},
    [MAX_RATE] = {"maxRate", DSC_INT, "none", "records a second that batches take at most; what is beyond waits"},
    [OVERFLOW] = INBOX_ARGS,
    {0},
};

static const dsc_bounds socket_bounds[] = {{"port", 0, 65535, NULL}, {"maxRate", 1, INT64_MAX, NULL}, INBOX_ARG_BOUNDS, {0}};

const dsc_source_def src_socket = {
    .name = "socket",
    .synopsis = "socket(host: string, port: int, listen: bool = false, maxRate: int = none, "
                INBOX_SYNOPSIS ")",
    .doc = "Lines over TCP, each batch those that came in its time.\n"
           "It connects, and again every 2s when that fails or the connection ends. At most 64 MB wait to be read;\n"
           "beyond, the sender is held back, unless `overflow` says otherwise.",
    .example = "source socket(\"localhost\", 9999) | flatMap(_.split(\" \")) | countByValue() | sink print()",
    .args = socket_args,
    .bounds = socket_bounds,
    .element = "bytes",
    .size = sizeof(Socket),
    .open = socket_open,
    .plan = socket_plan,
    .read = socket_read,
    .release = socket_release,
    .position = socket_position,
    .seek = socket_seek,
    .goes_on = socket_goes_on,
    .begin = socket_begin,
    .stop = socket_stop,
    .close = socket_close,
};

DSC_SOURCE(src_socket)
