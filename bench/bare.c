/* bare.c - the least that a supervisor can do: what plughost is measured beside.
 *
 *     bench-bare COUNT PROGRAM [ARGUMENT...]
 *
 * Starts COUNT processes with posix_spawn, prints how many nanoseconds that took and when it began,
 * and replaces each that dies, which it learns from a pidfd, until its input ends. Then it kills
 * them all, as it does when it cannot go on. */
#include "measure.h"

#include <signal.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EVENTS = 64 };

struct child {
    pid_t pid; /* 0: there is none */
    int pidfd;
};

struct loop {
    int set;
    char **words;
    size_t count;
    struct child *children;
};

static void end_children(const struct loop *loop)
{
    for (size_t i = 0; i < loop->count; i++)
        if (loop->children[i].pid > 0)
            kill(loop->children[i].pid, SIGKILL);
    for (size_t i = 0; i < loop->count; i++)
        if (loop->children[i].pid > 0)
            waitpid(loop->children[i].pid, NULL, 0);
}

static _Noreturn void give_up(const struct loop *loop, const char *what)
{
    int saved = errno;
    end_children(loop);
    errno = saved;
    fail(what);
}

static void start(const struct loop *loop, struct child *child)
{
    child->pid = 0;
    errno = posix_spawnp(&child->pid, loop->words[0], NULL, NULL, loop->words, environ);
    if (errno) {
        child->pid = 0;
        give_up(loop, "bench-bare: posix_spawn");
    }
}

static void watch(const struct loop *loop, int fd, struct child *child)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = child};
    if (fd < 0 || epoll_ctl(loop->set, EPOLL_CTL_ADD, fd, &event) < 0)
        give_up(loop, "bench-bare: epoll");
}

static void watch_child(const struct loop *loop, struct child *child)
{
    child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
    watch(loop, child->pidfd, child);
}

static void replace(const struct loop *loop, struct child *child)
{
    waitpid(child->pid, NULL, 0);
    close(child->pidfd);
    start(loop, child);
    watch_child(loop, child);
}

/* Returns when the input ends. */
static void keep(const struct loop *loop)
{
    struct epoll_event events[EVENTS];
    for (;;) {
        int count = epoll_wait(loop->set, events, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            if (!events[i].data.ptr)
                return;
            replace(loop, events[i].data.ptr);
        }
    }
}

static void run(struct loop *loop)
{
    int64_t begin = now_ns();
    for (size_t i = 0; i < loop->count; i++)
        start(loop, &loop->children[i]);
    int64_t end = now_ns();

    loop->set = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < loop->count; i++)
        watch_child(loop, &loop->children[i]);
    watch(loop, STDIN_FILENO, NULL);
    printf("%lld %lld\n", (long long)(end - begin), (long long)begin);
    fflush(stdout);
    keep(loop);
    close(loop->set);
    end_children(loop);
}

int main(int argc, char **argv)
{
    struct loop loop = {.count = argc > 2 ? strtoul(argv[1], NULL, 10) : 0, .words = argv + 2};
    if (loop.count == 0) {
        fprintf(stderr, "usage: bench-bare COUNT PROGRAM [ARGUMENT...]\n");
        return EXIT_FAILURE;
    }
    loop.children = calloc(loop.count, sizeof *loop.children);
    if (!loop.children)
        fail("bench-bare: calloc");
    run(&loop);
    free(loop.children);
    return EXIT_SUCCESS;
}
