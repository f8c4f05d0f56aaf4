/* stamp.c - a program that tells when it began, and then does nothing.
 *
 *     bench-stamp FIFO    writes the time of the monotonic clock in nanoseconds and its pid, as two
 *                         numbers of 8 bytes; without FIFO it only does nothing
 *
 * It is linked statically: the time that the dynamic linker takes is nobody's to lose. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t record[] = {(int64_t)now.tv_sec * 1000000000 + now.tv_nsec, getpid()};
    int fd = argc > 1 ? open(argv[1], O_WRONLY | O_CLOEXEC) : -1;
    if (argc > 1 && write(fd, record, sizeof record) != sizeof record)
        return EXIT_FAILURE;
    close(fd);
    while (pause() < 0)
        continue;
    return EXIT_FAILURE;
}
