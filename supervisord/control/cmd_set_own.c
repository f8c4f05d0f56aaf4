/* The part of `set` that changes the own options of a plugin. */
#include "../plugin/described_options.h"
#include "../plugin/reconfigure.h"
#include "../reload/apply.h"
#include "command.h"
#include "option_text.h"
#include "save.h"

#include <alloc.h>
#include <option_check.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OPTIONS = 1000 }; /* of one plugin: each is compared with all others */

/* A change that waits for the plugin's consent. */
struct own_change {
    supervisor_t *supervisor;
    request_t *request;
    char *watcher;
    char *reason;
    session_t *session; /* that was asked */
};

static void pairs_copy(struct pairs *self, const struct pairs *other)
{
    for (size_t i = 0; i < other->count; i++)
        pairs_add(self, other->items[i].key, other->items[i].value);
}

static void pairs_remove(struct pairs *self, const char *key)
{
    for (size_t i = 0; i < self->count; i++) {
        if (strcmp(self->items[i].key, key) != 0)
            continue;
        free(self->items[i].key);
        free(self->items[i].value);
        memmove(&self->items[i], &self->items[i + 1], (--self->count - i) * sizeof *self->items);
        return;
    }
}

static bool pairs_are_equal(const struct pairs *a, const struct pairs *b)
{
    for (size_t i = 0; a->count == b->count && i < a->count; i++) {
        const char *other = pairs_get(b, a->items[i].key);
        if (!other || strcmp(other, a->items[i].value) != 0)
            return false;
    }
    return a->count == b->count;
}

/* ---- what is asked for ---- */

static int apply(struct pairs *option, const ph_value_t *key, const ph_value_t *value,
                 struct ph_error *err)
{
    const char *name = ph_value_string(key, "");
    bool is_single = ph_value_type(value) != PH_ARRAY && ph_value_type(value) != PH_MAP;
    ph_cleanup(ph_freep) char *text = is_single ? option_text_of(value) : NULL;
    if (option_find(SECTION_PLUGIN, name, NULL)) {
        ph_error_set(err, PH_INVALID, "option '%s' is plughost's, others here are the plugin's",
                     name);
        return ph_error_hint(err, "set them one after the other");
    }
    if (ph_value_type(value) == PH_NIL)
        pairs_remove(option, name);
    else if (!text || strlen(text) != strcspn(text, "\n"))
        return ph_error_set(err, PH_INVALID,
                            "option '%.100s' must be a line of text, a number or a boolean", name);
    else
        pairs_set(option, name, text);
    return 0;
}

/* Adds what `properties` ask for to the options that the plugin has now. */
static int read_change(const ph_value_t *properties, const watcher_t *watcher, struct pairs *option,
                       struct ph_error *err)
{
    const ph_value_t *options = ph_value_get(properties, "options");
    if (ph_value_size(options) > MAX_OPTIONS)
        return ph_error_set(err, PH_INVALID, "%zu options are more than the %d allowed",
                            ph_value_size(options), MAX_OPTIONS);
    pairs_copy(option, &watcher_options(watcher)->option);
    for (size_t i = 0; i < ph_value_size(options); i++) {
        const ph_value_t *key = NULL;
        const ph_value_t *value = ph_value_entry(options, i, &key);
        if (apply(option, key, value, err) < 0)
            return -1;
    }
    if (option->count > MAX_OPTIONS && ph_value_size(options) > 0)
        return ph_error_set(err, PH_INVALID, "'%s' would have %zu options; %d are allowed",
                            watcher_name(watcher), option->count, MAX_OPTIONS);
    return 0;
}

/* Between two of its connections a plugin is what it said last: unchecked, a value that does not
 * fit would have it fail at every start. One that is stopped may come back as another version. */
static const description_t *find_description(const struct command_call *call,
                                             const session_t *session, const watcher_t *watcher)
{
    const description_t *description = session ? session_description(session) : NULL;
    if (description || !watcher_is_wanted(watcher))
        return description;
    return broker_last_description(supervisor_broker(call->supervisor), watcher);
}

/* Only what is asked for: an option that does not fit already shall not keep others from being
 * mended. */
static int check_described(const struct command_call *call, const description_t *description,
                           struct ph_error *err)
{
    if (!description)
        return 0;
    const ph_value_t *options = ph_value_get(call->properties, "options");
    ph_cleanup(described_options_destroy) struct ph_option *table =
        described_options_new(description_get(description, "options"));
    for (size_t i = 0; i < ph_value_size(options); i++) {
        const ph_value_t *key = NULL;
        const ph_value_t *value = ph_value_entry(options, i, &key);
        ph_cleanup(ph_freep) char *text = option_text_of(value);
        if (ph_option_check(table, ph_value_string(key, ""), text, err) < 0)
            return -1;
    }
    return 0;
}

static void write_outcome(ph_writer_t *reply, const watcher_t *watcher, const char *how)
{
    ph_writer_string(reply, "name", watcher_name(watcher));
    ph_writer_string(reply, "how", how);
}

static void take_options(supervisor_t *supervisor, watcher_t *watcher, struct pairs *option,
                         const char *reason)
{
    struct changes changes = {0};
    changes_of_own(&changes, &watcher_options(watcher)->option, option);
    watcher_set_plugin_options(watcher, option);
    plan_publish_changes(supervisor, watcher, &changes, reason);
    changes_release(&changes);
}

/* ---- with the plugin's consent ---- */

static void change_free(struct own_change *self)
{
    free(self->watcher);
    free(self->reason);
    free(self);
}

static void refuse_change(struct own_change *self, const struct ph_error *err)
{
    endpoint_refuse(supervisor_endpoint(self->supervisor), &self->request, err);
    change_free(self);
}

/* The plugin may have been removed and left running, and another added under its name. */
static watcher_t *find_asked(const struct own_change *self, struct ph_error *err)
{
    watcher_t *watcher = watchers_find(supervisor_watchers(self->supervisor), self->watcher, err);
    const process_t *process = watcher ? watcher_next_process(watcher, NULL) : NULL;
    if (!watcher || (process && process_session(process) == self->session))
        return watcher;
    ph_error_set(err, PH_CONFLICT, "the '%s' that was asked was removed", self->watcher);
    return NULL;
}

static void on_asked(void *arg, const struct ph_error *err)
{
    struct own_change *self = arg;
    struct ph_error unknown;
    ph_cleanup(pairs_release) struct pairs option = {0};
    const ph_value_t *properties = request_properties(self->request);
    watcher_t *watcher = find_asked(self, &unknown);
    if (err || !watcher || read_change(properties, watcher, &option, &unknown) < 0) {
        refuse_change(self, err ? err : &unknown);
        return;
    }
    take_options(self->supervisor, watcher, &option, self->reason);
    if (save_options(self->supervisor, watcher, properties, &unknown) < 0) {
        ph_error_prefix(&unknown, "'%s' has taken them, but they are not saved", self->watcher);
        refuse_change(self, &unknown);
        return;
    }
    ph_cleanup(ph_writer_destroy) ph_writer_t *fields = ph_writer_new();
    write_outcome(fields, watcher, "reconfigured");
    endpoint_reply(supervisor_endpoint(self->supervisor), &self->request, fields);
    change_free(self);
}

/* Meanwhile others of its options may change: what it has agreed to is put in among them. */
static void ask_plugin(struct command_call *call, session_t *session, const watcher_t *watcher,
                       const struct pairs *option)
{
    struct own_change *self = ph_calloc(1, sizeof *self);
    self->supervisor = call->supervisor;
    self->session = session;
    self->reason = command_reason(call);
    self->request = ph_steal(&call->request);
    self->watcher = ph_strdup(watcher_name(watcher));
    reconfigure_ask(session, option, on_asked, self);
}

/* ---- without ---- */

static const char *set_and_restart(struct command_call *call, watcher_t *watcher,
                                   struct pairs *option)
{
    ph_cleanup(ph_freep) char *reason = command_reason(call);
    take_options(call->supervisor, watcher, option, reason);
    if (!watcher_is_wanted(watcher))
        return "kept";
    order_restart(watchers_order(supervisor_watchers(call->supervisor)), &watcher, 1, reason);
    return "restarted";
}

int command_set_own(struct command_call *call, watcher_t *watcher, struct ph_error *err)
{
    ph_cleanup(pairs_release) struct pairs option = {0};
    if (read_change(call->properties, watcher, &option, err) < 0)
        return -1;
    if (pairs_are_equal(&option, &watcher_options(watcher)->option)) {
        write_outcome(call->reply, watcher, "unchanged");
        return save_options(call->supervisor, watcher, call->properties, err);
    }
    const process_t *process = watcher_next_process(watcher, NULL);
    session_t *session = process ? process_session(process) : NULL;
    if (check_described(call, find_description(call, session, watcher), err) < 0)
        return -1;
    if (session && session_is_reconfiguring(session)) {
        ph_error_set(err, PH_CONFLICT, "the options of '%s' are being set by another command",
                     watcher_name(watcher));
        return ph_error_hint(err, "try again when that is done");
    }
    if (reconfigure_is_possible(session)) {
        ask_plugin(call, session, watcher, &option);
        return 0;
    }
    if (save_options(call->supervisor, watcher, call->properties, err) < 0)
        return -1;
    const char *how = set_and_restart(call, watcher, &option);
    write_outcome(call->reply, watcher, how);
    if (strcmp(how, "restarted") == 0)
        command_wait(call, JOB_UP, watcher);
    return 0;
}
