/* Commands that add and remove watchers. */
#include "command.h"
#include "option_text.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OPTIONS = 256 }; /* each is compared with all before it */

/* ---- what is asked for, as a section of a configuration would have it ---- */

static int add_option(struct written_list *options, const ph_value_t *key, const ph_value_t *value,
                      struct ph_error *err)
{
    const char *name = ph_value_string(key, "");
    ph_cleanup(ph_freep) char *text = option_text_of(value);
    if (!text || strlen(text) != strcspn(text, "\n"))
        return ph_error_set(err, PH_INVALID,
                            "option '%.100s' must be a line of text, a number or a boolean", name);
    if (strcmp(name, "cmd") == 0 || strcmp(name, "args") == 0)
        return ph_error_set(err, PH_INVALID, "'%s' stands beside the options, not in them", name);
    written_add(options, name, text, NOWHERE);
    return 0;
}

static void add_args(struct written_list *options, const ph_value_t *args)
{
    ph_cleanup(ph_freep) char *text = option_text_of(args);
    if (text)
        written_add(options, "args", text, NOWHERE);
}

static int read_options(const struct command_call *call, struct written_list *options,
                        struct ph_error *err)
{
    const ph_value_t *given = ph_value_get(call->properties, "options");
    if (ph_value_size(given) > MAX_OPTIONS)
        return ph_error_set(err, PH_INVALID, "%zu options are more than the %d allowed",
                            ph_value_size(given), MAX_OPTIONS);
    for (size_t i = 0; i < ph_value_size(given); i++) {
        const ph_value_t *key = NULL;
        const ph_value_t *value = ph_value_entry(given, i, &key);
        if (add_option(options, key, value, err) < 0)
            return -1;
    }
    written_add(options, "cmd", command_text(call, "cmd"), NOWHERE);
    add_args(options, ph_value_get(call->properties, "args"));
    return 0;
}

/* ---- making it ---- */

/* Returns an array that the caller frees. */
static const struct watcher_options **all_options(const watchers_t *watchers)
{
    size_t count = watchers_count(watchers);
    const struct watcher_options **all = ph_calloc(count + 1, sizeof *all);
    for (size_t i = 0; i < count; i++)
        all[i] = watcher_options(watchers_at(watchers, i));
    return all;
}

static int make_options(const struct command_call *call, const char *name,
                        const struct written_list *written, struct watcher_options *options,
                        struct ph_error *err)
{
    const watchers_t *watchers = supervisor_watchers(call->supervisor);
    const struct watcher_options **all = all_options(watchers);
    struct surroundings surroundings = {
        .watchers = all,
        .watcher_count = watchers_count(watchers),
        .sockets = supervisor_configuration(call->supervisor)->sockets,
        .socket_count = supervisor_configuration(call->supervisor)->socket_count};
    ph_cleanup(problems_release) struct problems problems = {0};
    struct watcher_source source = {.name = name, .is_added = true, .written = written};
    int outcome = configuration_make_watcher(options, &source, &surroundings, &problems);
    free(all);
    if (outcome < 0)
        *err = problems.items[0].error;
    return outcome;
}

static watcher_t *make_watcher(const struct command_call *call, const char *name,
                               struct ph_error *err)
{
    struct written_list written = {0};
    struct watcher_options options = {0};
    watcher_t *watcher = NULL;
    if (read_options(call, &written, err) == 0 &&
        make_options(call, name, &written, &options, err) == 0)
        watcher = watchers_add(supervisor_watchers(call->supervisor), &options, err);
    written_release(&written);
    watcher_options_release(&options);
    return watcher;
}

static void publish(const struct command_call *call, enum event_kind kind, const char *name)
{
    const char *what = kind == EVENT_ADD ? "added" : "removed";
    ph_cleanup(ph_freep) char *reason = command_reason(call);
    ph_cleanup(ph_freep) char *text = ph_format("%s: %s", what, reason);
    ph_cleanup(ph_writer_destroy) ph_writer_t *fields = ph_writer_new();
    ph_writer_string(fields, "reason", reason);
    bus_publish(supervisor_host(call->supervisor)->bus, kind, name, fields, text);
}

static int check_name(const watchers_t *watchers, const char *name, struct ph_error *err)
{
    if (!*name)
        return ph_error_set(err, PH_INVALID, "property 'name' of 'add' is empty");
    const watcher_t *watcher = watchers_find(watchers, name, NULL);
    if (watcher)
        return ph_error_set(err, PH_CONFLICT, "a watcher is named '%s' already",
                            watcher_name(watcher));
    return watchers_check_free(watchers, name, err);
}

int command_add(struct command_call *call, struct ph_error *err)
{
    const char *name = command_text(call, "name");
    watchers_t *watchers = supervisor_watchers(call->supervisor);
    if (command_check_change(call, err) < 0 || check_name(watchers, name, err) < 0)
        return -1;
    watcher_t *watcher = make_watcher(call, name, err);
    if (!watcher)
        return -1;

    publish(call, EVENT_ADD, watcher_name(watcher));
    service_manager_refresh(supervisor_service_manager(call->supervisor));
    ph_writer_string(call->reply, "name", watcher_name(watcher));
    if (!ph_value_bool(ph_value_get(call->properties, "start"), false))
        return 0;
    ph_cleanup(ph_freep) char *reason = command_reason(call);
    order_start(watchers_order(watchers), &watcher, 1, reason);
    struct pids none = {0};
    command_wait_comparing(call, JOB_UP, watcher, &none);
    return 0;
}

int command_rm(struct command_call *call, struct ph_error *err)
{
    if (command_check_change(call, err) < 0)
        return -1;
    watcher_t *watcher = command_watcher(call, err);
    if (!watcher)
        return -1;
    const watcher_t *other =
        order_find_requiring(watchers_order(supervisor_watchers(call->supervisor)), watcher);
    if (other)
        return ph_error_set(err, PH_CONFLICT, "'%s' cannot be removed: '%s' requires it",
                            watcher_name(watcher), watcher_name(other));
    bool is_to_stop = !ph_value_bool(ph_value_get(call->properties, "nostop"), false);
    ph_cleanup(ph_freep) char *reason = command_reason(call);
    publish(call, EVENT_REMOVE, watcher_name(watcher));
    ph_writer_string(call->reply, "name", watcher_name(watcher));
    watchers_remove(supervisor_watchers(call->supervisor), watcher, is_to_stop, reason);
    if (is_to_stop)
        command_wait(call, JOB_GONE, watcher);
    return 0;
}
