#include "spawned.h"

#include <alloc.h>

int spawned_prepare(struct spawned *self, const struct session_context *context,
                    const runner_t *runner, const struct watcher_options *options,
                    struct spawn_request *request, struct ph_error *err)
{
    if (secret_make(self->token, err) < 0)
        return -1;
    self->fd = inheritance_open(context, options, self->token, err);
    if (self->fd < 0)
        return -1;
    self->argv = runner_words(runner, options->use, inheritance_name(options));
    request->words = self->argv;
    request->plugin_fd = self->fd;
    request->python_path = runner_python_path(runner, options->use);
    return 0;
}

void spawned_settle(struct spawned *self)
{
    ph_closep(&self->fd);
}

void spawned_release(struct spawned *self)
{
    ph_closep(&self->fd);
    words_destroy(&self->argv);
}
