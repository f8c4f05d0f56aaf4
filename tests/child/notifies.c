/* notifies.c - a program that says to NOTIFY_SOCKET that it is ready, once a file is there.
 *
 *     test-child-notifies FILE */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static int say(const char *text)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (!path || fd < 0)
        return -1;
    size_t length = strnlen(path, sizeof address.sun_path - 1);
    memcpy(address.sun_path, path, length);
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    socklen_t size = (socklen_t)(sizeof address.sun_family + length);
    ssize_t sent =
        sendto(fd, text, strlen(text), 0, (const struct sockaddr *)(const void *)&address, size);
    close(fd);
    return sent < 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
    const struct timespec step = {.tv_nsec = 10000000};
    if (argc != 2 || say("STATUS=it gets ready") < 0)
        return 64;
    while (access(argv[1], F_OK) < 0)
        nanosleep(&step, NULL);
    if (say("READY=1\nSTATUS=it works") < 0)
        return EXIT_FAILURE;
    while (pause() < 0)
        continue;
    return EXIT_SUCCESS;
}
