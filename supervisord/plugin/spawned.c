#include "spawned.h"

#include <alloc.h>

/* A PYTHONPATH of the watcher's own stays, behind ours. */
static void add_python_path(const runner_t *runner, const struct watcher_options *options,
                            struct spawn_request *request)
{
    const char *folder = runner_python_path(runner, options->use);
    const char *before = watcher_options_variable(options, "PYTHONPATH");
    if (folder)
        spawn_request_add_variable(request, ph_format("PYTHONPATH=%s%s%s", folder,
                                                      before ? ":" : "", before ? before : ""));
}

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
    add_python_path(runner, options, request);
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
