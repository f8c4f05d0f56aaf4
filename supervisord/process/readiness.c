#include "readiness.h"

#include <alloc.h>

bool readiness_is_told(const struct watcher_options *options)
{
    return options->kind == WATCHER_PLUGIN || options->notify || options->notify_fd > 0;
}

static void on_pipe(void *arg, bool is_ready)
{
    struct readiness *self = arg;
    notify_pipe_destroy(&self->pipe);
    if (is_ready)
        self->on_ready(self->arg, "it wrote a newline to notify_fd");
}

int readiness_open(struct readiness *self, const struct watcher_options *options,
                   struct spawn_request *request, struct ph_error *err)
{
    self->is_open = true;
    self->child_fd = -1;
    if (options->notify)
        spawn_request_add_variable(request,
                                   ph_format("NOTIFY_SOCKET=%s", notify_address(self->notify)));
    if (options->notify && options->watchdog_ms > 0)
        spawn_request_add_variable(
            request, ph_format("WATCHDOG_USEC=%lld", (long long)options->watchdog_ms * 1000));
    if (options->notify_fd == 0)
        return 0;
    self->pipe = notify_pipe_new(self->loop, on_pipe, self, &self->child_fd, err);
    if (!self->pipe)
        return -1;
    spawn_request_add_fd(request, self->child_fd, (int)options->notify_fd);
    return 0;
}

void readiness_set_started(struct readiness *self)
{
    ph_closep(&self->child_fd);
}

void readiness_close(struct readiness *self)
{
    if (!self->is_open)
        return;
    ph_closep(&self->child_fd);
    notify_pipe_destroy(&self->pipe);
    self->is_open = false;
}
