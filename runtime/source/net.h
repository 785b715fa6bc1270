/* net.h: TCP connections that can be given up while they are made. */
#ifndef RT_NET_H
#define RT_NET_H

#include "inbox.h"

#include <sys/socket.h>

enum { NET_ADDRESSES = 16 };

typedef struct NetAddress {
    struct sockaddr_storage address;
    socklen_t n;
} NetAddress;

/* The addresses of a host, at most NET_ADDRESSES; "" and "*": all of this machine. Numbers and
 * "localhost" need no resolver. Their count, or 0 with *why. */
int net_resolve(const char *host, int port, NetAddress *out, const char **why);
/* The same for a receiver: it returns when that is to stop. */
int net_resolve_watched(const Inbox *inbox, const char *host, int port, NetAddress *out, const char **why);
/* Connect to the first that answers. A descriptor that does not block; -1 with *why, which is
 * NULL when the receiver is to stop. */
int net_connect(const Inbox *inbox, const NetAddress *addresses, int n, const char **why);
/* Listen; *port is set where it was 0. A descriptor that does not block, or -1 with errno. */
int net_listen(const NetAddress *address, int *port);

#endif
