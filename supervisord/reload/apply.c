#include "apply.h"

#include "../plugin/reconfigure.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>

/* ---- what may fail comes first ---- */

static int check_step(const struct plan_step *step, const watchers_t *watchers,
                      struct ph_error *err)
{
    if (step->watcher)
        return step->options ? watcher_check(step->watcher, step->options, err) : 0;
    return watchers_check_free(watchers, step->options->name, err);
}

static int open_sockets(const struct plan *self, sockets_t *sockets, struct ph_error *err)
{
    size_t before = sockets_count(sockets);
    for (size_t i = 0; i < self->sockets.count; i++) {
        if (self->sockets.items[i].options &&
            sockets_add(sockets, self->sockets.items[i].options, err) < 0) {
            sockets_cut(sockets, before);
            return -1;
        }
    }
    return 0;
}

/* A new watcher is made, and stands still: one that cannot be made takes the others with it. */
static int make_new(struct plan *self, watchers_t *watchers, struct ph_error *err)
{
    for (size_t i = 0; i < self->count; i++) {
        struct plan_step *step = &self->steps[i];
        if (step->watcher)
            continue;
        step->watcher = watchers_add(watchers, step->options, err);
        step->is_new = step->watcher != NULL;
        if (!step->watcher)
            return -1;
    }
    return 0;
}

static void remove_new(struct plan *self, watchers_t *watchers)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->steps[i].is_new)
            watchers_remove(watchers, self->steps[i].watcher, true, "it could not be added");
}

static int prepare(struct plan *self, supervisor_t *supervisor, struct ph_error *err)
{
    watchers_t *watchers = supervisor_watchers(supervisor);
    sockets_t *sockets = supervisor_host(supervisor)->sockets;
    size_t before = sockets_count(sockets);
    for (size_t i = 0; i < self->count; i++)
        if (check_step(&self->steps[i], watchers, err) < 0)
            return -1;
    if (open_sockets(self, sockets, err) < 0)
        return -1;
    if (make_new(self, watchers, err) == 0)
        return 0;
    remove_new(self, watchers);
    sockets_cut(sockets, before);
    return -1;
}

/* ---- plugins that are told ---- */

struct telling {
    supervisor_t *supervisor;
    char *name;
    char *reason;
};

/* A plugin that refuses reads its options when it starts again. */
static void on_told(void *arg, const struct ph_error *err)
{
    struct telling *self = arg;
    watchers_t *watchers = supervisor_watchers(self->supervisor);
    watcher_t *watcher = err ? watchers_find(watchers, self->name, NULL) : NULL;
    if (watcher && watcher_is_wanted(watcher) && !supervisor_is_ending(self->supervisor)) {
        ph_log(supervisor_log(self->supervisor), PH_LOG_WARNING, "%s; it is restarted",
               err->message);
        order_restart(watchers_order(watchers), &watcher, 1, self->reason);
    }
    free(self->name);
    free(self->reason);
    free(self);
}

static void tell(supervisor_t *supervisor, const watcher_t *watcher, const char *reason)
{
    const process_t *process = watcher_next_process(watcher, NULL);
    struct telling *telling = ph_calloc(1, sizeof *telling);
    *telling = (struct telling){supervisor, ph_strdup(watcher_name(watcher)), ph_strdup(reason)};
    reconfigure_ask(process_session(process), &watcher_options(watcher)->option, on_told, telling);
}

/* ---- doing it ---- */

static void publish(const supervisor_t *supervisor, enum event_kind kind, const watcher_t *watcher,
                    const char *what, const char *reason)
{
    ph_cleanup(ph_freep) char *text = ph_format("%s: %s", what, reason);
    ph_cleanup(ph_writer_destroy) ph_writer_t *fields = ph_writer_new();
    ph_writer_string(fields, "reason", reason);
    bus_publish(supervisor_host(supervisor)->bus, kind, watcher_name(watcher), fields, text);
}

void plan_publish_changes(const supervisor_t *supervisor, const watcher_t *watcher,
                          const struct changes *changes, const char *reason)
{
    for (size_t i = 0; i < changes->count; i++) {
        const struct change *change = &changes->items[i];
        const char *to = change->to ? change->to : "nothing";
        ph_cleanup(ph_freep) char *text = ph_format("%s = %s: %s", change->option, to, reason);
        ph_cleanup(ph_writer_destroy) ph_writer_t *fields = ph_writer_new();
        ph_writer_string(fields, "reason", reason);
        ph_writer_string(fields, "option", change->option);
        ph_writer_string(fields, "value", change->to);
        bus_publish(supervisor_host(supervisor)->bus, EVENT_UPDATED, watcher_name(watcher), fields,
                    text);
    }
}

static int configure(struct plan_step *step, supervisor_t *supervisor, const char *reason,
                     struct ph_error *err)
{
    if (watchers_configure(supervisor_watchers(supervisor), step->watcher, step->options, reason,
                           err) < 0)
        return -1;
    plan_publish_changes(supervisor, step->watcher, &step->changes, reason);
    return 0;
}

/* Its output was opened a moment ago; should that fail now, the old options stay. */
static void configure_or_tell(struct plan_step *step, supervisor_t *supervisor, const char *reason)
{
    struct ph_error err;
    if (configure(step, supervisor, reason, &err) < 0)
        ph_log(supervisor_log(supervisor), PH_LOG_ERROR, "%s; it keeps its options", err.message);
}

/* Does what steps are about, but for new watchers and old ones. Restarts go together: one may take
 * another along. */
static void act(const struct plan_step *steps, size_t count, supervisor_t *supervisor,
                const char *reason)
{
    ph_cleanup(ph_freep) watcher_t **restarting = ph_calloc(count, sizeof(watcher_t *));
    size_t restarts = 0;
    for (size_t i = 0; i < count; i++) {
        watcher_t *watcher = steps[i].watcher;
        if (steps[i].action == PLAN_RESTART) {
            restarting[restarts++] = watcher;
        } else if (steps[i].action == PLAN_RELOAD) {
            watcher_count_request(watcher);
            watcher_replace_outdated(watcher, reason);
        } else if (steps[i].action == PLAN_SIGNAL) {
            tell(supervisor, watcher, reason);
        }
    }
    order_restart(watchers_order(supervisor_watchers(supervisor)), restarting, restarts, reason);
}

static void remove_old(const struct plan *self, supervisor_t *supervisor, const char *reason)
{
    for (size_t i = 0; i < self->count; i++) {
        const struct plan_step *step = &self->steps[i];
        if (step->options)
            continue;
        publish(supervisor, EVENT_REMOVE, step->watcher, "removed", reason);
        watchers_remove(supervisor_watchers(supervisor), step->watcher, true, reason);
    }
}

static void change(struct plan *self, supervisor_t *supervisor, const char *reason)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->steps[i].options && !self->steps[i].is_new)
            configure_or_tell(&self->steps[i], supervisor, reason);
    act(self->steps, self->count, supervisor, reason);
}

static void start_new(const struct plan *self, supervisor_t *supervisor, const char *reason)
{
    watcher_t **chosen = ph_calloc(self->count + 1, sizeof(watcher_t *));
    size_t count = 0;
    for (size_t i = 0; i < self->count; i++) {
        if (!self->steps[i].is_new)
            continue;
        publish(supervisor, EVENT_ADD, self->steps[i].watcher, "added", reason);
        chosen[count++] = self->steps[i].watcher;
    }
    watchers_start_some(supervisor_watchers(supervisor), chosen, count, reason);
    free(chosen);
}

/* Says whether an option of a section stays as it is until the next start of the daemon. */
static bool is_for_later(const struct plan *self, enum section_kind kind, const char *key)
{
    for (size_t i = 0; i < self->settings.count; i++) {
        const struct change *change = &self->settings.items[i];
        if ((change->spec->sections & kind) && strcmp(change->option, key) == 0)
            return change->spec->change == CHANGE_DAEMON;
    }
    return false;
}

/* Appends the options of a section that are to stay, or those that are not. */
static void append_some(struct written_list *list, const struct plan *self, enum section_kind kind,
                        const struct written_list *source, bool is_for_those)
{
    for (size_t i = 0; i < source->count; i++) {
        const struct written *item = &source->items[i];
        if (is_for_later(self, kind, item->key) == is_for_those)
            written_add(list, item->key, item->value, item->place);
    }
}

/* Options that stay as they are may stand on other lines now. */
static void take_lines(const struct plan *self, enum section_kind kind,
                       struct written_list *running, const struct written_list *fresh)
{
    struct written_list list = {0};
    append_some(&list, self, kind, fresh, false);
    append_some(&list, self, kind, running, true);
    written_release(running);
    *running = list;
}

/* What only a start of the daemon changes stays as it is, and in the next plan. */
static void take_settings(const struct plan *self, supervisor_t *supervisor)
{
    struct configuration *configuration = supervisor_configuration(supervisor);
    struct settings *running = &configuration->settings;
    for (size_t i = 0; i < self->settings.count; i++) {
        const struct change *change = &self->settings.items[i];
        if (change->spec->change != CHANGE_NOTHING)
            continue;
        option_unset(change->spec, running);
        if (change->to)
            option_parse(change->spec, change->to, running, NULL);
    }
    take_lines(self, SECTION_PLUGHOST, &running->written, &self->fresh.settings.written);
    take_lines(self, SECTION_CIRCUS, &running->circus_written,
               &self->fresh.settings.circus_written);
    ph_replace_text(&configuration->overlay, self->fresh.overlay);
    order_set_warmup(watchers_order(supervisor_watchers(supervisor)), running->warmup_delay_ms);
}

static void take_sockets(const struct plan *self, struct configuration *running)
{
    for (size_t i = 0; i < self->sockets.count; i++) {
        if (!self->sockets.items[i].options)
            continue;
        running->sockets =
            ph_realloc_array(running->sockets, running->socket_count + 1, sizeof *running->sockets);
        running->sockets[running->socket_count++] =
            socket_options_copy(self->sockets.items[i].options);
    }
}

/* Watchers that stay as they are may stand on other lines now. What a step took is empty. */
static void note_lines(struct plan *self, const watchers_t *watchers)
{
    for (size_t i = 0; i < self->fresh.watcher_count; i++) {
        struct watcher_options *options = &self->fresh.watchers[i];
        watcher_t *watcher = options->name ? watchers_find(watchers, options->name, NULL) : NULL;
        if (watcher && strcasecmp(watcher_name(watcher), options->name) == 0)
            watcher_take_written(watcher, options);
    }
}

int plan_apply(struct plan *self, supervisor_t *supervisor, const char *reason,
               struct ph_error *err)
{
    const sockets_t *sockets = supervisor_host(supervisor)->sockets;
    size_t before = sockets_count(sockets);
    if (prepare(self, supervisor, err) < 0)
        return -1;
    if (sockets_count(sockets) > before)
        watchers_take_sockets(supervisor_watchers(supervisor));
    remove_old(self, supervisor, reason);
    change(self, supervisor, reason);
    start_new(self, supervisor, reason);
    note_lines(self, supervisor_watchers(supervisor));
    take_settings(self, supervisor);
    take_sockets(self, supervisor_configuration(supervisor));
    return 0;
}

int plan_step_apply(struct plan_step *self, supervisor_t *supervisor, const char *reason,
                    struct ph_error *err)
{
    if (configure(self, supervisor, reason, err) < 0)
        return -1;
    act(self, 1, supervisor, reason);
    return 0;
}

enum job_goal plan_step_goal(const struct plan_step *self)
{
    if (!self->options)
        return JOB_GONE;
    return self->action == PLAN_RELOAD || self->action == PLAN_RESTART ? JOB_RENEWED : JOB_UP;
}

/* A new watcher that waits for a connection is where it is to be. */
static bool is_to_wait_for(const struct plan_step *step)
{
    if (step->is_new && watcher_options(step->watcher)->on_demand)
        return false;
    return step->action != PLAN_NOTHING && step->action != PLAN_SIGNAL;
}

struct job_target *plan_targets(const struct plan *self, size_t *count)
{
    struct job_target *targets = ph_calloc(self->count, sizeof *targets);
    *count = 0;
    for (size_t i = 0; i < self->count; i++) {
        const struct plan_step *step = &self->steps[i];
        if (is_to_wait_for(step))
            targets[(*count)++] = (struct job_target){step->watcher, plan_step_goal(step)};
    }
    return targets;
}
