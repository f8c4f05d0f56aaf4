/* Commands that add and remove watchers. */
#include "command.h"

#include <alloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OPTIONS = 256 }; /* each is compared with all before it */

/* ---- what is asked for, as a section of a configuration would have it ---- */

static int add_option(struct pairs *options, const ph_value_t *key, const ph_value_t *value,
                      struct ph_error *err)
{
    const char *name = ph_value_string(key, "");
    ph_cleanup(ph_freep) char *text = command_option_text(value);
    if (!text || strlen(text) != strcspn(text, "\n"))
        return ph_error_set(err, PH_INVALID,
                            "option '%.100s' must be a line of text, a number or a boolean", name);
    if (strcmp(name, "cmd") == 0 || strcmp(name, "args") == 0)
        return ph_error_set(err, PH_INVALID, "'%s' stands beside the options, not in them", name);
    pairs_set(options, name, text);
    return 0;
}

/* Quotes a word so that words_split takes it for one. */
static void write_quoted(FILE *file, const char *word)
{
    fputc('"', file);
    for (const char *c = word; *c; c++) {
        if (*c == '"' || *c == '\\')
            fputc('\\', file);
        fputc(*c, file);
    }
    fputc('"', file);
}

static void add_args(struct pairs *options, const ph_value_t *args)
{
    size_t size;
    ph_cleanup(ph_freep) char *text = NULL;
    if (ph_value_type(args) == PH_NIL)
        return;
    FILE *file = open_memstream(&text, &size);
    if (!file)
        abort();
    fputs(ph_value_string(args, ""), file);
    for (size_t i = 0; ph_value_type(args) == PH_ARRAY && i < ph_value_size(args); i++) {
        fputs(i > 0 ? " " : "", file);
        write_quoted(file, ph_value_string(ph_value_at(args, i), ""));
    }
    fclose(file);
    pairs_add(options, "args", text);
}

static int read_options(const struct command_call *call, struct pairs *options,
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
    pairs_add(options, "cmd", command_text(call, "cmd"));
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
                        const struct pairs *pairs, struct watcher_options *options,
                        struct ph_error *err)
{
    const watchers_t *watchers = supervisor_watchers(call->supervisor);
    const struct watcher_options **all = all_options(watchers);
    struct surroundings surroundings = {
        .watchers = all,
        .watcher_count = watchers_count(watchers),
        .sockets = supervisor_socket_options(call->supervisor, &surroundings.socket_count)};
    ph_cleanup(problems_release) struct problems problems = {0};
    int outcome = configuration_make_watcher(options, name, pairs, &surroundings, &problems);
    free(all);
    if (outcome < 0)
        *err = problems.items[0].error;
    return outcome;
}

static watcher_t *make_watcher(const struct command_call *call, const char *name,
                               struct ph_error *err)
{
    struct pairs pairs = {0};
    struct watcher_options options = {0};
    watcher_t *watcher = NULL;
    if (read_options(call, &pairs, err) == 0 &&
        make_options(call, name, &pairs, &options, err) == 0)
        watcher = watchers_add(supervisor_watchers(call->supervisor), &options, err);
    pairs_release(&pairs);
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

/* A name is free again when the processes of the one that had it are gone, or let alone. */
static int check_free(const watchers_t *watchers, const char *name, struct ph_error *err)
{
    if (!*name)
        return ph_error_set(err, PH_INVALID, "property 'name' of 'add' is empty");
    const watcher_t *watcher = watchers_find(watchers, name, NULL);
    if (watcher)
        return ph_error_set(err, PH_CONFLICT, "a watcher is named '%s' already",
                            watcher_name(watcher));
    for (size_t i = 0; i < watchers_count_leaving(watchers); i++) {
        watcher = watchers_leaving_at(watchers, i);
        if (strcasecmp(watcher_name(watcher), name) != 0 ||
            strcmp(watcher_status(watcher), "stopping") != 0)
            continue;
        ph_error_set(err, PH_CONFLICT, "the '%s' that was removed is still being stopped", name);
        return ph_error_hint(err, "'rm' with waiting answers when it is gone");
    }
    return 0;
}

int command_add(struct command_call *call, struct ph_error *err)
{
    const char *name = command_text(call, "name");
    watchers_t *watchers = supervisor_watchers(call->supervisor);
    if (command_check_change(call, err) < 0 || check_free(watchers, name, err) < 0)
        return -1;
    watcher_t *watcher = make_watcher(call, name, err);
    if (!watcher)
        return -1;

    publish(call, EVENT_ADD, watcher_name(watcher));
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
