/* command_reloader.c - has a watcher restarted when the file that its command runs has changed. As
 * Circus's CommandReloader. */
#include "file_trail.h"
#include "program_file.h"
#include "trail_watch.h"

#include <math.h>
#include <plughost/plughost.h>
#include <plugin_memory.h>
#include <restart.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ASK_MS = 30000 };

/* A watcher that there is, and its file. */
struct entry {
    char *name;
    char *path; /* NULL: its command names none */
    struct file_state state;
    bool is_listed; /* there was one of that name when the daemon was asked last */
};

struct command_reloader {
    struct entry *entries;
    size_t count;
    trail_watch_t *trails;
    int rest_ms;  /* so long must nothing change before it is looked at */
    int look;     /* a timer, 0: none */
    int discover; /* a timer, 0: none */
    size_t asked; /* answers that are still to come */
};

static const char *const topics[] = {"watcher.", NULL};

static const struct ph_option options[] = {
    {.name = "loop_rate",
     .type = PH_OPTION_FLOAT,
     .fallback = "1",
     .min = 0.05,
     .max = 3600,
     .text = "So many seconds must a file have been left alone before its watcher is restarted. "
             "Nothing looks in between: the kernel tells of changes."},
    {0},
};

/* ---- the table ---- */

static void entry_release(struct entry *self)
{
    free(self->name);
    free(self->path);
}

static struct entry *find(const struct command_reloader *self, const char *name)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp(self->entries[i].name, name) == 0)
            return &self->entries[i];
    return NULL;
}

static struct entry *find_or_add(struct command_reloader *self, const char *name)
{
    struct entry *entry = find(self, name);
    if (entry)
        return entry;
    self->entries = memory_resize(self->entries, self->count + 1, sizeof *self->entries);
    entry = &self->entries[self->count++];
    *entry = (struct entry){.name = memory_copy(name)};
    return entry;
}

static void forget_gone(struct command_reloader *self)
{
    size_t kept = 0;
    for (size_t i = 0; i < self->count; i++) {
        if (self->entries[i].is_listed)
            self->entries[kept++] = self->entries[i];
        else
            entry_release(&self->entries[i]);
    }
    self->count = kept;
}

static void watch_all(ph_plugin_t *plugin, struct command_reloader *self)
{
    struct ph_error err;
    const char **paths = memory_resize(NULL, self->count, sizeof *paths);
    size_t count = 0;
    for (size_t i = 0; i < self->count; i++)
        if (self->entries[i].path)
            paths[count++] = self->entries[i].path;
    if (trail_watch_set(self->trails, paths, count, &err) < 0)
        ph_plugin_log(plugin, PH_LOG_ERROR, "%s", err.message);
    free(paths);
}

/* ---- a file has changed ---- */

/* A watcher may have been removed meanwhile, and the plugin may be about to stop. */
static void complain(ph_plugin_t *plugin, const char *name, const struct ph_error *err)
{
    if (err->code != PH_NOT_FOUND && err->code != PH_UNAVAILABLE)
        ph_plugin_log(plugin, PH_LOG_ERROR, "cannot ask about '%s': %s", name, err->message);
}

/* Who was stopped stays stopped: its new file is used when it is started. */
static void on_status(ph_plugin_t *plugin, const ph_value_t *reply, const struct ph_error *err,
                      void *arg)
{
    ph_cleanup(memory_free) char *name = arg;
    const ph_value_t *watcher = ph_value_at(ph_value_get(reply, "watchers"), 0);
    const char *status = ph_value_string(ph_value_get(watcher, "status"), "stopped");
    if (!reply) {
        complain(plugin, name, err);
        return;
    }
    const struct entry *entry = find(ph_plugin_data(plugin), name);
    if (!entry || !entry->path || strcmp(status, "stopped") == 0)
        return;
    ph_cleanup(memory_free) char *reason = memory_format("'%s' has changed", entry->path);
    restart_watcher(plugin, name, reason);
}

static void ask_about(ph_plugin_t *plugin, const char *command, const char *name,
                      ph_reply_fn *function)
{
    struct ph_error err;
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    ph_writer_string(properties, "name", name);
    if (strcmp(command, "get") == 0) {
        ph_writer_array(properties, "keys");
        ph_writer_string(properties, NULL, "cmd");
        ph_writer_string(properties, NULL, "working_dir");
        ph_writer_end(properties);
    }
    char *copy = memory_copy(name);
    if (ph_plugin_call_async(plugin, command, properties, ASK_MS, function, copy, &err) < 0)
        function(plugin, NULL, &err, copy);
}

/* What is not there just now is on its way, or gone for good: a restart would only fail. */
static void look_at(ph_plugin_t *plugin, struct entry *entry)
{
    if (!entry->path)
        return;
    struct file_state now = file_state_read(entry->path);
    if (!now.is_there || file_state_is_equal(&now, &entry->state))
        return;
    entry->state = now;
    ask_about(plugin, "status", entry->name, on_status);
}

/* Begins to watch before it looks: what changes in between is told then. */
static void on_rest(ph_plugin_t *plugin, void *arg)
{
    struct command_reloader *self = ph_plugin_data(plugin);
    (void)arg;
    self->look = 0;
    watch_all(plugin, self);
    for (size_t i = 0; i < self->count; i++)
        look_at(plugin, &self->entries[i]);
}

static void on_change(ph_plugin_t *plugin)
{
    struct command_reloader *self = ph_plugin_data(plugin);
    if (self->look > 0)
        ph_plugin_cancel(plugin, self->look);
    self->look = ph_plugin_after(plugin, self->rest_ms, on_rest, NULL);
}

/* ---- which watchers there are ---- */

/* Returns where a path begins that is not absolute; the caller frees it. */
static char *folder_of(const ph_value_t *values)
{
    char own[4096];
    const char *folder = ph_value_string(ph_value_get(values, "working_dir"), "");
    if (!getcwd(own, sizeof own))
        own[0] = '\0';
    return *folder == '/' ? memory_copy(folder) : memory_format("%s/%s", own, folder);
}

static void use_options(ph_plugin_t *plugin, struct entry *entry, const ph_value_t *values)
{
    const char *search = getenv("PATH");
    ph_cleanup(memory_free) char *folder = folder_of(values);
    ph_cleanup(memory_free) char *path =
        program_file(ph_value_string(ph_value_get(values, "cmd"), ""), folder,
                     search ? search : "/usr/bin:/bin");
    if (entry->path && path && strcmp(path, entry->path) == 0)
        return;
    free(entry->path);
    entry->path = ph_steal(&path);
    if (!entry->path) {
        ph_plugin_log(plugin, PH_LOG_INFO, "the command of '%s' names no file", entry->name);
        return;
    }
    entry->state = file_state_read(entry->path);
    ph_plugin_log(plugin, PH_LOG_INFO, "watches '%s' for '%s'", entry->path, entry->name);
}

/* Takes one of the answers that were to come; after the last one it is known what to watch. */
static void take_answer(ph_plugin_t *plugin, struct command_reloader *self)
{
    if (--self->asked > 0)
        return;
    forget_gone(self);
    on_rest(plugin, NULL);
}

static void on_options(ph_plugin_t *plugin, const ph_value_t *reply, const struct ph_error *err,
                       void *arg)
{
    struct command_reloader *self = ph_plugin_data(plugin);
    ph_cleanup(memory_free) char *name = arg;
    struct entry *entry = reply ? find_or_add(self, name) : find(self, name);
    if (entry)
        entry->is_listed = reply || err->code != PH_NOT_FOUND;
    if (reply)
        use_options(plugin, entry, ph_value_get(reply, "options"));
    else
        complain(plugin, name, err);
    take_answer(plugin, self);
}

static void on_list(ph_plugin_t *plugin, const ph_value_t *reply, const struct ph_error *err,
                    void *arg)
{
    struct command_reloader *self = ph_plugin_data(plugin);
    const ph_value_t *names = ph_value_get(reply, "watchers");
    (void)arg;
    if (!reply) {
        self->asked = 0;
        if (err->code != PH_UNAVAILABLE)
            ph_plugin_log(plugin, PH_LOG_ERROR, "cannot ask what there is: %s", err->message);
        return;
    }
    for (size_t i = 0; i < self->count; i++)
        self->entries[i].is_listed = false;
    for (size_t i = 0; i < ph_value_size(names); i++) {
        const char *name = ph_value_string(ph_value_at(names, i), "");
        if (strncmp(name, "plugin:", 7) == 0)
            continue;
        self->asked++;
        ask_about(plugin, "get", name, on_options);
    }
    take_answer(plugin, self);
}

/* While answers are still to come, it is asked again when they have. */
static void on_discover(ph_plugin_t *plugin, void *arg)
{
    struct command_reloader *self = ph_plugin_data(plugin);
    struct ph_error err;
    (void)arg;
    if (self->asked > 0) {
        self->discover = ph_plugin_after(plugin, self->rest_ms, on_discover, NULL);
        return;
    }
    self->discover = 0;
    self->asked = 1;
    if (ph_plugin_call_async(plugin, "list", NULL, ASK_MS, on_list, NULL, &err) < 0)
        on_list(plugin, NULL, &err, NULL);
}

static void discover_soon(ph_plugin_t *plugin)
{
    struct command_reloader *self = ph_plugin_data(plugin);
    if (self->discover == 0)
        self->discover = ph_plugin_after(plugin, self->rest_ms, on_discover, NULL);
}

/* ---- life ---- */

static void command_reloader_recv(ph_plugin_t *plugin, const ph_event_t *event)
{
    static const char *const actions[] = {"add", "remove", "start", "updated"};
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        if (strcmp(ph_event_action(event), actions[i]) == 0)
            discover_soon(plugin);
}

static void command_reloader_gap(ph_plugin_t *plugin, const struct ph_gap *gap)
{
    (void)gap;
    discover_soon(plugin);
}

static int command_reloader_reconfigure(ph_plugin_t *plugin, struct ph_error *err)
{
    struct command_reloader *self = ph_plugin_data(plugin);
    double seconds;
    if (ph_plugin_option_float(plugin, "loop_rate", 1, &seconds, err) < 0)
        return -1;
    self->rest_ms = (int)lround(seconds * 1000);
    return 0;
}

static void command_reloader_stop(ph_plugin_t *plugin)
{
    struct command_reloader *self = ph_plugin_data(plugin);
    for (size_t i = 0; i < self->count; i++)
        entry_release(&self->entries[i]);
    free(self->entries);
    trail_watch_destroy(&self->trails);
    free(self);
}

static int command_reloader_init(ph_plugin_t *plugin, struct ph_error *err)
{
    struct command_reloader *self = memory_new(sizeof *self);
    ph_plugin_set_data(plugin, self);
    self->trails = trail_watch_new(plugin, on_change);
    if (command_reloader_reconfigure(plugin, err) < 0) {
        command_reloader_stop(plugin);
        return -1;
    }
    on_discover(plugin, NULL);
    return 0;
}

PH_PLUGIN_MODULE = {
    PH_PLUGIN_HEADER,
    .version = PH_VERSION,
    .summary = "Has a watcher restarted when the file that its command runs has changed.",
    .topics = topics,
    .options = options,
    .handle_init = command_reloader_init,
    .handle_recv = command_reloader_recv,
    .handle_reconfigure = command_reloader_reconfigure,
    .handle_stop = command_reloader_stop,
    .handle_gap = command_reloader_gap,
};
