/* bare.c - the least that a supervisor can do: what plughost is measured beside.
 *
 *     bench-bare COUNT PROGRAM [ARGUMENT...]
 *
 * Starts COUNT processes with posix_spawn, prints how many nanoseconds that took, and replaces each
 * that dies, which it learns from a pidfd, until its input ends. Then it kills them all. */
#include "measure.h"

#include <signal.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EVENTS = 64 };

struct child {
    pid_t pid;
    int pidfd;
};

static void start(struct child *child, char **words)
{
    errno = posix_spawnp(&child->pid, words[0], NULL, NULL, words, environ);
    if (errno)
        fail("bench-bare: posix_spawn");
}

static void watch(int set, int fd, struct child *child)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = child};
    if (fd < 0 || epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) < 0)
        fail("bench-bare: epoll");
}

static void watch_child(int set, struct child *child)
{
    child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
    watch(set, child->pidfd, child);
}

static void replace(int set, struct child *child, char **words)
{
    waitpid(child->pid, NULL, 0);
    close(child->pidfd);
    start(child, words);
    watch_child(set, child);
}

/* Returns when the input ends. */
static void keep(int set, char **words)
{
    struct epoll_event events[EVENTS];
    for (;;) {
        int count = epoll_wait(set, events, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            if (!events[i].data.ptr)
                return;
            replace(set, events[i].data.ptr, words);
        }
    }
}

static void run(struct child *children, size_t count, char **words)
{
    int64_t begin = now_ns();
    for (size_t i = 0; i < count; i++)
        start(&children[i], words);
    int64_t end = now_ns();

    int set = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < count; i++)
        watch_child(set, &children[i]);
    watch(set, STDIN_FILENO, NULL);
    printf("%lld\n", (long long)(end - begin));
    fflush(stdout);
    keep(set, words);
    close(set);

    for (size_t i = 0; i < count; i++)
        kill(children[i].pid, SIGKILL);
    for (size_t i = 0; i < count; i++)
        waitpid(children[i].pid, NULL, 0);
}

int main(int argc, char **argv)
{
    size_t count = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
    if (count == 0) {
        fprintf(stderr, "usage: bench-bare COUNT PROGRAM [ARGUMENT...]\n");
        return EXIT_FAILURE;
    }
    struct child *children = calloc(count, sizeof *children);
    if (!children)
        fail("bench-bare: calloc");
    run(children, count, argv + 2);
    free(children);
    return EXIT_SUCCESS;
}
