#include "watcher_self.h"

int watcher_set_numprocesses(watcher_t *self, int64_t count, const char *reason,
                             struct ph_error *err)
{
    if ((self->options.singleton || self->options.kind == WATCHER_PLUGIN) && count > 1)
        return ph_error_set(err, PH_CONFLICT, "'%s' is a singleton: it has at most one process",
                            self->options.name);
    ph_cleanup(ph_freep) char *text = ph_format("%lld", (long long)count);
    if (self->options.kind != WATCHER_PLUGIN) /* which would take it for an option of its own */
        written_set(&self->options.written, "numprocesses", text);
    self->options.numprocesses = count;
    watcher_take_number(self, reason);
    return 0;
}

static bool has_same_output(const watcher_t *self, const struct watcher_options *options)
{
    return stream_options_are_same(&self->options.stdout_stream, &options->stdout_stream) &&
           stream_options_are_same(&self->options.stderr_stream, &options->stderr_stream);
}

int watcher_check(const watcher_t *self, const struct watcher_options *options,
                  struct ph_error *err)
{
    if (has_same_output(self, options))
        return 0;
    return output_check(self->owner.output, &options->stdout_stream, &options->stderr_stream, err);
}

void watcher_take_written(watcher_t *self, struct watcher_options *options)
{
    written_release(&self->options.written);
    written_release(&self->options.variables);
    self->options.written = options->written;
    self->options.variables = options->variables;
    options->written = options->variables = (struct written_list){0};
}

void watcher_renew_written(watcher_t *self, const struct written_list *files)
{
    written_renew(&self->options.written, files);
}

/* Many borrow the struct, and its name: both stay where they are. */
static void replace_options(watcher_t *self, struct watcher_options *options)
{
    char *name = self->options.name;
    self->options.name = NULL;
    watcher_options_release(&self->options);
    free(options->name);
    self->options = *options;
    self->options.name = name;
    *options = (struct watcher_options){0};
    spawn_plan_renew(self->owner.plan);
}

static bool has_same_age(const struct watcher_options *a, const struct watcher_options *b)
{
    return a->max_age_ms == b->max_age_ms && a->max_age_variance_ms == b->max_age_variance_ms;
}

int watcher_configure(watcher_t *self, struct watcher_options *options, const char *reason,
                      struct ph_error *err)
{
    if (options->kind == WATCHER_PLUGIN) /* no configuration tells the number of a plugin */
        options->numprocesses = self->options.numprocesses;
    bool is_same_age = has_same_age(&self->options, options);
    bool is_same_number = self->options.numprocesses == options->numprocesses;
    if (!has_same_output(self, options) &&
        output_configure(self->owner.output, &options->stdout_stream, &options->stderr_stream,
                         err) < 0)
        return -1;
    replace_options(self, options);
    stats_ticker_stop(&self->stats);
    if (watcher_running(self) > 0)
        stats_ticker_start(&self->stats);
    if (!is_same_age)
        slots_renew_ages(self->slots);
    if (!is_same_number)
        watcher_take_number(self, reason);
    return 0;
}

void watcher_renew_sockets(watcher_t *self)
{
    spawn_plan_renew(self->owner.plan);
}

/* Notes what a command has changed of a plugin's own options. */
static void note_set(struct watcher_options *self, const struct pairs *option)
{
    for (size_t i = 0; i < self->option.count; i++)
        if (!pairs_get_exact(option, self->option.items[i].key))
            written_set(&self->written, self->option.items[i].key, NULL);
    for (size_t i = 0; i < option->count; i++)
        written_set(&self->written, option->items[i].key, option->items[i].value);
}

void watcher_set_plugin_options(watcher_t *self, struct pairs *option)
{
    note_set(&self->options, option);
    pairs_release(&self->options.option);
    self->options.option = *option;
    *option = (struct pairs){0};
}
