/* notifies.c - a program that says to NOTIFY_SOCKET that it is ready, once it is told so by a pipe.
 *
 *     test-child-notifies FIFO */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
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

/* Waits until somebody writes to the pipe. */
static int wait_for_word(const char *path)
{
    char byte;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t count = read(fd, &byte, 1);
    close(fd);
    return count == 1 ? 0 : -1;
}

int main(int argc, char **argv)
{
    if (argc != 2 || say("STATUS=it gets ready") < 0)
        return 64;
    if (wait_for_word(argv[1]) < 0 || say("READY=1\nSTATUS=it works") < 0)
        return EXIT_FAILURE;
    while (pause() < 0)
        continue;
    return EXIT_SUCCESS;
}
