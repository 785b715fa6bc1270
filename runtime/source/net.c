/* net.c: TCP connections that can be given up while they are made. */
#define _GNU_SOURCE
#include "net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONNECT_MS 10000

static int add4(NetAddress *out, struct in_addr host, int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = host};
    memcpy(&out->address, &address, sizeof address);
    out->n = sizeof address;
    return 1;
}

static int add6(NetAddress *out, struct in6_addr host, int port)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port), .sin6_addr = host};
    memcpy(&out->address, &address, sizeof address);
    out->n = sizeof address;
    return 1;
}

static void set_port(NetAddress *address, int port)
{
    if (address->address.ss_family == AF_INET6)
        ((struct sockaddr_in6 *)&address->address)->sin6_port = htons((uint16_t)port);
    else
        ((struct sockaddr_in *)&address->address)->sin_port = htons((uint16_t)port);
}

/* By what needs no resolver; 0 when the host is a name. */
static int known_addresses(const char *host, int port, NetAddress *out)
{
    struct in_addr four = {.s_addr = htonl(INADDR_ANY)};
    struct in6_addr six = IN6ADDR_ANY_INIT;
    if (host[0] == 0 || strcmp(host, "*") == 0)
        return add6(out, six, port) + add4(out + 1, four, port);
    if (strcmp(host, "localhost") == 0) {
        four.s_addr = htonl(INADDR_LOOPBACK);
        six.s6_addr[15] = 1;
        return add4(out, four, port) + add6(out + 1, six, port);
    }
    if (inet_pton(AF_INET, host, &four) == 1)
        return add4(out, four, port);
    return inet_pton(AF_INET6, host, &six) == 1 ? add6(out, six, port) : 0;
}

static int look_up(const char *host, int port, NetAddress *out, const char **why)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
    int status = getaddrinfo(host, NULL, &hints, &list), n = 0;
    if (status != 0) {
        *why = status == EAI_SYSTEM ? strerror(errno) : gai_strerror(status);
        return 0;
    }
    for (const struct addrinfo *at = list; at && n < NET_ADDRESSES; at = at->ai_next)
        if (at->ai_family == AF_INET || at->ai_family == AF_INET6) {
            memcpy(&out[n].address, at->ai_addr, at->ai_addrlen);
            out[n].n = at->ai_addrlen;
            set_port(&out[n++], port);
        }
    freeaddrinfo(list);
    *why = "it has no IP address";
    return n;
}

int net_resolve(const char *host, int port, NetAddress *out, const char **why)
{
    memset(out, 0, NET_ADDRESSES * sizeof *out);
    int n = known_addresses(host, port, out);
    return n ? n : look_up(host, port, out, why);
}

/* A look-up in a thread of its own, since it cannot be given up. Who is last frees it. */
typedef struct LookUp {
    atomic_int users;
    atomic_bool done;
    int done_from, done_to;       /* a pipe, closed at one end when done */
    char host[256];
    int port, n;
    NetAddress addresses[NET_ADDRESSES];
    const char *why;
} LookUp;

static void leave(LookUp *look)
{
    if (atomic_fetch_sub(&look->users, 1) > 1)
        return;
    close(look->done_from);
    free(look);
}

static void *look_up_thread(void *arg)
{
    LookUp *look = arg;
    look->n = look_up(look->host, look->port, look->addresses, &look->why);
    atomic_store(&look->done, true);
    close(look->done_to);
    leave(look);
    return NULL;
}

static LookUp *start_look_up(const char *host, int port)
{
    LookUp *look = calloc(1, sizeof *look);
    int ends[2];
    if (!look || strlen(host) >= sizeof look->host || pipe2(ends, O_CLOEXEC) < 0) {
        free(look);
        return NULL;
    }
    strcpy(look->host, host);
    look->port = port;
    look->done_from = ends[0];
    look->done_to = ends[1];
    atomic_store(&look->users, 2);
    pthread_t thread;
    if (pthread_create(&thread, NULL, look_up_thread, look) == 0) {
        pthread_detach(thread);
        return look;
    }
    close(look->done_to);
    atomic_store(&look->users, 1);
    leave(look);
    return NULL;
}

int net_resolve_watched(const Inbox *inbox, const char *host, int port, NetAddress *out, const char **why)
{
    memset(out, 0, NET_ADDRESSES * sizeof *out);
    int n = known_addresses(host, port, out);
    if (n > 0)
        return n;
    LookUp *look = start_look_up(host, port);
    *why = "its address cannot be looked up";
    if (!look)
        return 0;
    struct pollfd watch[1 + INBOX_WATCHES] = {{.fd = look->done_from, .events = POLLIN}};
    inbox_watch(inbox, watch + 1);
    poll(watch, 1 + INBOX_WATCHES, -1);
    if (atomic_load(&look->done)) {
        memcpy(out, look->addresses, sizeof look->addresses);
        n = look->n;
        *why = look->why;
    }
    leave(look);
    return n;
}

/* 0, -1 with errno, or 1 when the receiver is to stop. */
static int finish_connect(const Inbox *inbox, int fd)
{
    struct pollfd watch[1 + INBOX_WATCHES] = {{.fd = fd, .events = POLLOUT}};
    inbox_watch(inbox, watch + 1);
    int ready = poll(watch, 1 + INBOX_WATCHES, CONNECT_MS);
    if (watch[1].revents || watch[2].revents)
        return 1;
    if (ready == 0)
        errno = ETIMEDOUT;
    if (ready <= 0)
        return -1;
    int error = 0;
    socklen_t n = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0)
        return -1;
    errno = error;
    return error ? -1 : 0;
}

int net_connect(const Inbox *inbox, const NetAddress *addresses, int n, const char **why)
{
    *why = "it has no address";
    for (int i = 0; i < n; i++) {
        int fd = socket(addresses[i].address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        int status = fd < 0 ? -1 : connect(fd, (const struct sockaddr *)&addresses[i].address, addresses[i].n);
        if (status < 0 && fd >= 0 && errno == EINPROGRESS)
            status = finish_connect(inbox, fd);
        if (status == 0) {
            /* So that a peer that is gone without a word is noticed. */
            setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &(int){1}, sizeof(int));
            return fd;
        }
        /* The first address is the one people mean. */
        if (i == 0 || status > 0)
            *why = status > 0 ? NULL : strerror(errno);
        if (fd >= 0)
            close(fd);
        if (status > 0)
            break;
    }
    return -1;
}

int net_listen(const NetAddress *address, int *port)
{
    NetAddress at = *address;
    set_port(&at, *port);
    int fd = socket(at.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (at.address.ss_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){1}, sizeof(int));
    socklen_t n = at.n;
    if (bind(fd, (struct sockaddr *)&at.address, at.n) < 0 || listen(fd, 128) < 0
        || getsockname(fd, (struct sockaddr *)&at.address, &n) < 0) {
        int why = errno;
        close(fd);
        errno = why;
        return -1;
    }
    *port = ntohs(at.address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&at.address)->sin6_port
                                                   : ((struct sockaddr_in *)&at.address)->sin_port);
    return fd;
}
