#include "plan.h"

#include "../config/section.h"
#include "../plugin/reconfigure.h"
#include "../text.h"

#include <alloc.h>
#include <czmq.h>
#include <stdlib.h>
#include <string.h>

enum { ID_LETTERS = 12 };

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

/* ---- what is to be done about a change ---- */

/* Returns the names of the options that change, only those that need what `need` points to if it is
 * not NULL, parted by commas. */
static char *names_of(const struct changes *changes, const enum option_change *need)
{
    char *text = NULL;
    for (size_t i = 0; i < changes->count; i++) {
        const struct change *change = &changes->items[i];
        if (need && (!change->spec || change->spec->change != *need))
            continue;
        text_append(&text, ", ", change->option);
    }
    return text;
}

/* Old and new processes can run side by side where the daemon owns what they listen on. */
static bool can_be_replaced(const watcher_t *watcher, const struct watcher_options *options)
{
    return options->kind == WATCHER_PROGRAM && !options->singleton && watcher_is_up(watcher) &&
           *watcher_sockets(watcher);
}

static void decide_restart(struct plan_step *step, char *names)
{
    step->action = can_be_replaced(step->watcher, step->options) ? PLAN_RELOAD : PLAN_RESTART;
    step->options->edition++;
    step->why = ph_format("its processes need the new %s", names);
    free(names);
}

/* A hook has prevented a restart, or successors did not come up. */
static void decide_again(struct plan_step *step)
{
    step->action = can_be_replaced(step->watcher, step->options) ? PLAN_RELOAD : PLAN_RESTART;
    step->why = ph_strdup("its processes still run with options of before");
}

static void decide_own(struct plan_step *step)
{
    const process_t *process = watcher_next_process(step->watcher, NULL);
    bool can_be_told = reconfigure_is_possible(process ? process_session(process) : NULL);
    ph_cleanup(ph_freep) char *names = names_of(&step->changes, NULL);
    step->action = can_be_told ? PLAN_SIGNAL : PLAN_RESTART;
    step->options->edition += !can_be_told;
    step->why = can_be_told ? ph_format("the plugin takes new options while it runs: %s", names)
                            : ph_format("the plugin reads its options when it starts: %s", names);
}

static void decide_number(struct plan_step *step)
{
    int64_t before = watcher_options(step->watcher)->numprocesses;
    int64_t after = step->options->numprocesses;
    int64_t by = after > before ? after - before : before - after;
    step->action = after > before ? PLAN_START : PLAN_STOP;
    step->why = ph_format("%lld process%s %s", (long long)by, by == 1 ? "" : "es",
                          after > before ? "more" : "less");
}

static void decide_waiting(struct plan_step *step)
{
    bool needs_none = watcher_options(step->watcher)->on_demand && !step->options->on_demand;
    step->action = needs_none ? PLAN_START : PLAN_NOTHING;
    step->why = ph_strdup(needs_none ? "it does not wait for a connection any more"
                                     : "it has not started yet");
}

static void decide(struct plan_step *step)
{
    const struct changes *changes = &step->changes;
    if (!watcher_is_wanted(step->watcher)) {
        step->why = ph_strdup("it is stopped, and stays so");
    } else if (watcher_is_waiting(step->watcher)) {
        decide_waiting(step);
    } else if (changes_need(changes, CHANGE_RESTART)) {
        static const enum option_change need = CHANGE_RESTART;
        decide_restart(step, names_of(changes, &need));
    } else if (watcher_is_outdated(step->watcher)) {
        decide_again(step);
    } else if (changes_are_own(changes) && step->options->kind == WATCHER_PLUGIN) {
        decide_own(step);
    } else if (changes_get(changes, "numprocesses")) {
        decide_number(step);
    } else {
        ph_cleanup(ph_freep) char *names = names_of(changes, NULL);
        step->why = ph_format("taken while it runs: %s", names);
    }
}

void plan_step_make(struct plan_step *self, watcher_t *watcher, struct watcher_options *options)
{
    *self = (struct plan_step){.watcher = watcher, .options = options};
    options->edition = watcher_options(watcher)->edition;
    changes_of_watcher(&self->changes, watcher_options(watcher), options);
    if (self->changes.count > 0 || watcher_is_outdated(watcher))
        decide(self);
}

void plan_step_release(struct plan_step *self)
{
    changes_release(&self->changes);
    free(self->why);
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

static void compare(struct plan *self, watcher_t *watcher, struct watcher_options *options)
{
    struct plan_step step;
    plan_step_make(&step, watcher, options);
    *add_step(self, watcher, options) = step;
}

/* ---- watchers that others take along ---- */

static bool is_called(const struct watcher_options *options, const char *name)
{
    static const char plugin[] = "plugin:";
    const char *bare = options->kind == WATCHER_PLUGIN ? options->name + strlen(plugin) : "";
    return strcasecmp(options->name, name) == 0 || strcasecmp(bare, name) == 0;
}

static struct plan_step *find_step(const struct plan *self, const char *name)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->steps[i].options && is_called(self->steps[i].options, name))
            return &self->steps[i];
    return NULL;
}

static bool is_running(const struct plan_step *step)
{
    return step->watcher && watcher_is_wanted(step->watcher) && !watcher_is_waiting(step->watcher);
}

static void replace_action(struct plan_step *step, enum plan_action action, char *why)
{
    free(step->why);
    step->why = why;
    step->action = action;
}

/* A restart takes those along that require the watcher. Says whether that is something new. */
static bool follow_required(const struct plan *self, struct plan_step *step)
{
    bool can_follow = step->options && is_running(step) && step->action != PLAN_RESTART;
    for (char **name = can_follow ? step->options->requires : NULL; name && *name; name++) {
        const struct plan_step *required = find_step(self, *name);
        if (!required || required->action != PLAN_RESTART)
            continue;
        replace_action(step, PLAN_RESTART,
                       ph_format("'%s', which it requires, is restarted", *name));
        return true;
    }
    return false;
}

/* A start takes those along that the watcher requires or wants. Says whether that is new. */
static bool take_along(const struct plan *self, const struct plan_step *step, char *const *names)
{
    bool has_news = false;
    for (; names && *names; names++) {
        struct plan_step *needed = find_step(self, *names);
        if (!needed || !needed->watcher || watcher_is_wanted(needed->watcher) ||
            needed->action == PLAN_START)
            continue;
        replace_action(needed, PLAN_START,
                       ph_format("'%s', which starts, needs it", step->options->name));
        has_news = true;
    }
    return has_news;
}

static bool is_started(const struct plan_step *step)
{
    bool is_start = step->action == PLAN_START && !is_running(step);
    return step->options && (is_start || step->action == PLAN_RESTART);
}

static void find_companions(struct plan *self)
{
    for (bool has_news = true; has_news;) {
        has_news = false;
        for (size_t i = 0; i < self->count; i++) {
            struct plan_step *step = &self->steps[i];
            has_news |= follow_required(self, step);
            if (!is_started(step))
                continue;
            has_news |= take_along(self, step, step->options->requires);
            has_news |= take_along(self, step, step->options->wants);
        }
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

static bool has_watcher(const struct configuration *configuration, const char *name)
{
    for (size_t i = 0; i < configuration->watcher_count; i++)
        if (strcasecmp(configuration->watchers[i].name, name) == 0)
            return true;
    return false;
}

/* ---- new sockets ---- */

/* Returns the new sockets in words. The caller frees it; NULL: there are none. */
static char *name_new_sockets(const struct plan *self)
{
    ph_cleanup(ph_freep) char *names = NULL;
    size_t count = 0;
    for (size_t i = 0; i < self->socket_count; i++) {
        if (!self->sockets[i].options)
            continue;
        text_append(&names, ", ", self->sockets[i].name);
        count++;
    }
    return names ? ph_format("socket%s %s", count > 1 ? "s" : "", names) : NULL;
}

/* With use_sockets a watcher needs each socket there is. */
static void share_new_sockets(struct plan *self)
{
    ph_cleanup(ph_freep) char *names = name_new_sockets(self);
    for (size_t i = 0; names && i < self->count; i++) {
        struct plan_step *step = &self->steps[i];
        if (!step->options || !step->options->use_sockets || !is_running(step))
            continue;
        if (step->action != PLAN_RESTART && step->action != PLAN_RELOAD) {
            free(step->why);
            decide_restart(step, ph_strdup(names));
        } else {
            step->options->edition++;
        }
    }
}

/* ---- restarts under way ---- */

static void note_restarts(struct plan *self, const order_t *order)
{
    for (size_t i = 0; i < self->count; i++) {
        struct plan_step *step = &self->steps[i];
        if (step->options && step->watcher && step->why && step->action == PLAN_NOTHING &&
            order_is_restarting(order, step->watcher))
            replace_action(step, PLAN_NOTHING,
                           ph_strdup("it is being restarted, and starts with its new options"));
    }
}

static void compare_watchers(struct plan *self, const watchers_t *watchers)
{
    for (size_t i = 0; i < self->fresh.watcher_count; i++) {
        struct watcher_options *options = &self->fresh.watchers[i];
        watcher_t *watcher = find_watcher(watchers, options->name);
        if (watcher)
            compare(self, watcher, options);
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

/* ---- sockets ---- */

static const struct socket_options *find_socket(const struct configuration *configuration,
                                                const char *name)
{
    for (size_t i = 0; i < configuration->socket_count; i++)
        if (strcasecmp(configuration->sockets[i].name, name) == 0)
            return &configuration->sockets[i];
    return NULL;
}

static struct plan_socket *add_socket(struct plan *self, const struct socket_options *options,
                                      const char *name)
{
    self->sockets = ph_realloc_array(self->sockets, self->socket_count + 1, sizeof *self->sockets);
    struct plan_socket *socket = &self->sockets[self->socket_count++];
    *socket = (struct plan_socket){.options = options, .name = ph_strdup(name)};
    return socket;
}

static void compare_socket(struct plan *self, const struct socket_options *before,
                           const struct socket_options *after)
{
    struct changes changes = {0};
    changes_find(&changes, SECTION_SOCKET, before, &before->written, after, &after->written);
    if (changes.count == 0)
        return;
    ph_cleanup(ph_freep) char *names = names_of(&changes, NULL);
    struct plan_socket *socket = add_socket(self, NULL, after->name);
    socket->why = ph_format("%s changed", names);
    socket->changes = changes;
}

static void add_new_socket(struct plan *self, const struct socket_options *options)
{
    struct plan_socket *socket = add_socket(self, options, options->name);
    socket->why = ph_strdup("it is new");
    changes_of_section(&socket->changes, SECTION_SOCKET, &options->written);
}

static void compare_sockets(struct plan *self, const struct configuration *running)
{
    for (size_t i = 0; i < self->fresh.socket_count; i++) {
        const struct socket_options *after = &self->fresh.sockets[i];
        const struct socket_options *before = find_socket(running, after->name);
        if (before)
            compare_socket(self, before, after);
        else
            add_new_socket(self, after);
    }
    for (size_t i = 0; i < running->socket_count; i++)
        if (!find_socket(&self->fresh, running->sockets[i].name))
            add_socket(self, NULL, running->sockets[i].name)->why =
                ph_strdup("the configuration does not have it any more");
}

/* ---- the whole ---- */

int plan_make(struct plan *self, const struct plan_context *context, struct problems *problems)
{
    struct configuration_change change = {keep_all, context->watchers};
    *self = (struct plan){0};
    if (configuration_read(&self->fresh, context->running->path, context->running->dialect, &change,
                           problems) < 0)
        return -1;
    changes_find(&self->settings, SECTION_PLUGHOST, &context->running->settings,
                 &context->running->settings.written, &self->fresh.settings,
                 &self->fresh.settings.written);
    changes_find(&self->settings, SECTION_CIRCUS, &context->running->settings,
                 &context->running->settings.circus_written, &self->fresh.settings,
                 &self->fresh.settings.circus_written);
    compare_sockets(self, context->running);
    compare_watchers(self, context->watchers);
    share_new_sockets(self);
    note_restarts(self, watchers_order(context->watchers));
    find_companions(self);
    drop_unchanged(self);
    return 0;
}

void plan_release(struct plan *self)
{
    for (size_t i = 0; i < self->count; i++)
        plan_step_release(&self->steps[i]);
    for (size_t i = 0; i < self->socket_count; i++) {
        free(self->sockets[i].name);
        free(self->sockets[i].why);
        changes_release(&self->sockets[i].changes);
    }
    free(self->steps);
    free(self->sockets);
    changes_release(&self->settings);
    configuration_release(&self->fresh);
    *self = (struct plan){0};
}

const char *plan_action_name(enum plan_action action)
{
    static const char *const words[] = {
        [PLAN_NOTHING] = "nothing", [PLAN_SIGNAL] = "signal", [PLAN_RELOAD] = "reload",
        [PLAN_RESTART] = "restart", [PLAN_START] = "start",   [PLAN_STOP] = "stop",
    };
    return words[action];
}

static void write_step(const struct plan_step *step, ph_writer_t *out)
{
    ph_writer_map(out, NULL);
    ph_writer_string(out, "name",
                     step->watcher ? watcher_name(step->watcher) : step->options->name);
    ph_writer_string(out, "action", plan_action_name(step->action));
    ph_writer_string(out, "why", step->why);
    changes_write(&step->changes, "changes", out);
    ph_writer_end(out);
}

static void write_socket(const struct plan_socket *socket, ph_writer_t *out)
{
    ph_writer_map(out, NULL);
    ph_writer_string(out, "name", socket->name);
    ph_writer_string(out, "action", socket->options ? "open" : "daemon");
    ph_writer_string(out, "why", socket->why);
    changes_write(&socket->changes, "changes", out);
    ph_writer_end(out);
}

static void write_contents(const struct plan *self, ph_writer_t *out)
{
    ph_writer_array(out, "watchers");
    for (size_t i = 0; i < self->count; i++)
        write_step(&self->steps[i], out);
    ph_writer_end(out);
    changes_write(&self->settings, "settings", out);
    ph_writer_array(out, "sockets");
    for (size_t i = 0; i < self->socket_count; i++)
        write_socket(&self->sockets[i], out);
    ph_writer_end(out);
    ph_writer_int(out, "unchanged", (int64_t)self->unchanged);
}

char *plan_id(const struct plan *self)
{
    size_t size;
    ph_cleanup(ph_writer_destroy) ph_writer_t *contents = ph_writer_new();
    write_contents(self, contents);
    const void *data = ph_writer_data(contents, &size);
    ph_cleanup(zdigest_destroy) zdigest_t *digest = zdigest_new();
    zdigest_update(digest, data, size);
    return ph_format("%.*s", ID_LETTERS, zdigest_string(digest));
}

void plan_write(const struct plan *self, ph_writer_t *out)
{
    ph_cleanup(ph_freep) char *id = plan_id(self);
    ph_writer_string(out, "plan", id);
    write_contents(self, out);
}
