#include "pid_watch.h"

#include <alloc.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

int pid_watch_start(struct pid_watch *self, loop_t *loop, pid_t pid, loop_fd_fn *on_end, void *arg)
{
    ph_cleanup(ph_closep) int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    self->watch = (struct loop_watch){on_end, arg, fd};
    if (fd < 0 || loop_watch(loop, &self->watch, NULL) < 0)
        return -1; /* closing what is open leaves errno as it is */
    self->loop = loop;
    ph_steal_fd(&fd);
    return 0;
}

bool pid_watch_has_ended(const struct pid_watch *self)
{
    struct pollfd item = {.fd = self->loop ? self->watch.fd : -1, .events = POLLIN};
    return poll(&item, 1, 0) > 0;
}

void pid_watch_stop(struct pid_watch *self)
{
    if (!self->loop)
        return;
    loop_unwatch(self->loop, &self->watch);
    ph_closep(&self->watch.fd);
    self->loop = NULL;
}
