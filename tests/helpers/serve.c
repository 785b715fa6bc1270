/* serve.c: a TCP server on loopback that does what its standard input says, for tests of sockets.
 *
 *     serve PORT-FILE [PORT]
 *
 * listens on a free port (or PORT), writes its number to PORT-FILE, then obeys line by line:
 *
 *     accept           wait for a client
 *     send TEXT        send the text and a line end
 *     part TEXT        send the text without one
 *     close            close the connection
 *     reset            close it so that the client sees an error
 *     sleep MS
 *
 * Exit status 1 when a system call fails, or no client comes within 20 seconds. */
#define _POSIX_C_SOURCE 200809L
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int listen_on(int port, const char *port_file)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0 ||
        bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, 8) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) < 0)
        die("serve: listen");
    /* Written aside and renamed: who sees the file sees the whole number. */
    char aside[4096];
    snprintf(aside, sizeof aside, "%s.new", port_file);
    FILE *out = fopen(aside, "w");
    if (!out || fprintf(out, "%d\n", ntohs(address.sin_port)) < 0 || fclose(out) != 0 || rename(aside, port_file) != 0)
        die(port_file);
    return fd;
}

static int accept_client(int listening)
{
    struct pollfd wait = {.fd = listening, .events = POLLIN};
    if (poll(&wait, 1, 20000) <= 0) {
        fprintf(stderr, "serve: no client came\n");
        exit(1);
    }
    int fd = accept(listening, NULL, NULL);
    if (fd < 0)
        die("serve: accept");
    return fd;
}

static void send_all(int fd, const char *text, size_t n)
{
    while (n > 0) {
        ssize_t sent = write(fd, text, n);
        if (sent < 0)
            die("serve: write");
        text += sent;
        n -= (size_t)sent;
    }
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: serve PORT-FILE [PORT]\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    int listening = listen_on(argc > 2 ? atoi(argv[2]) : 0, argv[1]), client = -1;
    char line[1 << 16];
    while (fgets(line, sizeof line, stdin)) {
        size_t n = strcspn(line, "\n");
        line[n] = '\0';
        if (strcmp(line, "accept") == 0) {
            client = accept_client(listening);
        } else if (strncmp(line, "send ", 5) == 0) {
            line[n] = '\n';
            send_all(client, line + 5, n - 4);
        } else if (strncmp(line, "part ", 5) == 0) {
            send_all(client, line + 5, n - 5);
        } else if (strcmp(line, "close") == 0) {
            close(client);
        } else if (strcmp(line, "reset") == 0) {
            struct linger now = {.l_onoff = 1, .l_linger = 0};
            setsockopt(client, SOL_SOCKET, SO_LINGER, &now, sizeof now);
            close(client);
        } else if (strncmp(line, "sleep ", 6) == 0) {
            poll(NULL, 0, atoi(line + 6));
        } else {
            fprintf(stderr, "serve: unknown command: %s\n", line);
            return 2;
        }
    }
    return 0;
}
