/* datagrams PATH N: makes a socket at PATH, prints the first N datagrams that come, a line each, and ends. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct sockaddr_un own = {.sun_family = AF_UNIX};
    if (argc != 3 || strlen(argv[1]) >= sizeof own.sun_path)
        return 2;
    strcpy(own.sun_path, argv[1]);
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&own, sizeof own) < 0)
        return 1;
    for (int left = atoi(argv[2]); left > 0; left--) {
        char text[256];
        ssize_t n = recv(fd, text, sizeof text, 0);
        if (n < 0)
            return 1;
        printf("%.*s\n", (int)n, text);
        fflush(stdout);
    }
    close(fd);
    return 0;
}
