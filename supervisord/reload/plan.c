#include "plan.h"

#include "../config/section.h"
#include "../text.h"
#include "plan_companions.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>

/* ---- what commands have changed ---- */

static void keep_changes(config_setting_t *section, const struct written_list *written)
{
    for (size_t i = 0; i < written->count; i++) {
        const struct written *item = &written->items[i];
        if (item->is_set && text_is_same(tree_option_text(section, item->key), item->base))
            tree_set_option(section, item->key, item->value);
    }
}

static void keep_watcher(const struct watcher_options *options, config_t *tree)
{
    ph_cleanup(ph_freep) char *title = section_title(options->kind, options->name);
    config_setting_t *section = tree_find_section(tree, title);
    struct watcher_source source = {.name = options->name,
                                    .is_added = true,
                                    .is_program = options->kind == WATCHER_PROGRAM,
                                    .written = &options->written};
    if (section)
        keep_changes(section, &options->written);
    else if (options->is_added)
        configuration_add_watcher(tree, &source);
}

static void keep_all(void *arg, config_t *tree)
{
    const watchers_t *watchers = arg;
    for (size_t i = 0; i < watchers_count(watchers); i++)
        keep_watcher(watcher_options(watchers_at(watchers, i)), tree);
}

/* ---- comparing ---- */

static watcher_t *find_watcher(const watchers_t *watchers, const char *name)
{
    watcher_t *found = watchers_find(watchers, name, NULL);
    return found && strcasecmp(watcher_name(found), name) == 0 ? found : NULL;
}

static struct plan_step *add_step(struct plan *self, watcher_t *watcher,
                                  struct watcher_options *options)
{
    self->steps = ph_realloc_array(self->steps, self->count + 1, sizeof *self->steps);
    struct plan_step *step = &self->steps[self->count++];
    *step = (struct plan_step){.watcher = watcher, .options = options};
    return step;
}

static void add_new(struct plan *self, const watchers_t *watchers, struct watcher_options *options)
{
    struct ph_error err;
    struct plan_step *step = add_step(self, NULL, options);
    changes_of_new(&step->changes, options);
    step->action = options->autostart ? PLAN_START : PLAN_NOTHING;
    if (watchers_check_free(watchers, options->name, &err) < 0)
        step->why = ph_format("it is new, but cannot be added yet: %s", err.message);
    else
        step->why = ph_strdup(options->autostart ? "it is new" : "it is new, and autostart is off");
}

static bool has_watcher(const struct configuration *configuration, const char *name)
{
    for (size_t i = 0; i < configuration->watcher_count; i++)
        if (strcasecmp(configuration->watchers[i].name, name) == 0)
            return true;
    return false;
}

static void compare_watchers(struct plan *self, const watchers_t *watchers)
{
    for (size_t i = 0; i < self->fresh.watcher_count; i++) {
        struct watcher_options *options = &self->fresh.watchers[i];
        watcher_t *watcher = find_watcher(watchers, options->name);
        if (watcher)
            plan_step_make(add_step(self, watcher, options), watcher, options);
        else
            add_new(self, watchers, options);
    }
    for (size_t i = 0; i < watchers_count(watchers); i++) {
        watcher_t *watcher = watchers_at(watchers, i);
        if (has_watcher(&self->fresh, watcher_name(watcher)))
            continue;
        struct plan_step *step = add_step(self, watcher, NULL);
        step->action = watcher_is_down(watcher) ? PLAN_NOTHING : PLAN_STOP;
        step->why = ph_strdup("the configuration does not have it any more");
    }
}

static void note_restarts(struct plan *self, const order_t *order)
{
    for (size_t i = 0; i < self->count; i++) {
        struct plan_step *step = &self->steps[i];
        if (step->options && step->watcher && step->why && step->action == PLAN_NOTHING &&
            order_is_restarting(order, step->watcher))
            plan_step_set(step, PLAN_NOTHING,
                          ph_strdup("it is being restarted, and starts with its new options"));
    }
}

static void drop_unchanged(struct plan *self)
{
    size_t kept = 0;
    for (size_t i = 0; i < self->count; i++) {
        if (self->steps[i].why)
            self->steps[kept++] = self->steps[i];
        else
            self->unchanged++;
    }
    self->count = kept;
}

/* ---- the whole ---- */

static void compare_settings(struct plan *self, const struct settings *running)
{
    const struct settings *fresh = &self->fresh.settings;
    changes_find(&self->settings, SECTION_PLUGHOST, running, &running->written, fresh,
                 &fresh->written);
    changes_find(&self->settings, SECTION_CIRCUS, running, &running->circus_written, fresh,
                 &fresh->circus_written);
}

int plan_make(struct plan *self, const struct plan_context *context, struct problems *problems)
{
    struct configuration_change change = {keep_all, context->watchers};
    *self = (struct plan){0};
    if (configuration_read(&self->fresh, context->running->path, context->running->dialect, &change,
                           problems) < 0)
        return -1;
    compare_settings(self, &context->running->settings);
    plan_sockets_find(&self->sockets, context->running, &self->fresh);
    ph_cleanup(ph_freep) char *new_sockets = plan_sockets_name_new(&self->sockets);
    compare_watchers(self, context->watchers);
    if (new_sockets)
        plan_companions_share(self, new_sockets);
    note_restarts(self, watchers_order(context->watchers));
    plan_companions_find(self);
    drop_unchanged(self);
    return 0;
}

void plan_release(struct plan *self)
{
    for (size_t i = 0; i < self->count; i++)
        plan_step_release(&self->steps[i]);
    free(self->steps);
    plan_sockets_release(&self->sockets);
    changes_release(&self->settings);
    configuration_release(&self->fresh);
    *self = (struct plan){0};
}
