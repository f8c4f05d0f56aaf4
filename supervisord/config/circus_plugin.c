#include "circus_plugin.h"

#include "circus_watcher.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>

/* The classes that come with Circus, and what does the same here. */
static const struct bundled {
    const char *class;
    const char *use; /* NULL: the daemon itself */
} all_bundled[] = {
    {"circus.plugins.command_reloader.CommandReloader", "command_reloader"},
    {"circus.plugins.flapping.Flapping", NULL},
    {"circus.plugins.http_observer.HttpObserver", "http_observer"},
    {"circus.plugins.redis_observer.RedisObserver", "redis_observer"},
    {"circus.plugins.resource_watcher.ResourceWatcher", "resource_watcher"},
    {"circus.plugins.statsd.FullStats", "full_stats"},
    {"circus.plugins.statsd.StatsdEmitter", "statsd"},
    {"circus.plugins.watchdog.WatchDog", "watchdog"},
};

static const struct bundled *find_bundled(const char *class)
{
    for (size_t i = 0; i < sizeof all_bundled / sizeof all_bundled[0]; i++)
        if (strcmp(all_bundled[i].class, class) == 0)
            return &all_bundled[i];
    return NULL;
}

static bool is_flapping(const struct ph_circus_section *section)
{
    const struct ph_circus_option *use = ph_circus_section_option(section, "use");
    const struct bundled *bundled = use ? find_bundled(use->value) : NULL;
    return circus_behind(section->name, "plugin:") && bundled && !bundled->use;
}

void circus_plugin_find_flapping(struct circus_draft *draft)
{
    for (size_t i = 0; i < draft->ini->section_count; i++) {
        const struct ph_circus_section *section = &draft->ini->sections[i];
        bool is_active = true;
        if (!is_flapping(section))
            continue;
        const struct ph_circus_option *active = ph_circus_section_option(section, "active");
        if (active)
            circus_parse_bool(active->value, &is_active);
        if (is_active)
            draft->flapping = section;
        circus_remarks_ignore(&draft->remarks, "circus.plugins.flapping.Flapping",
                              "the daemon does its work, with its options for all watchers");
    }
}

/* ---- plugins of ours ---- */

/* A plugin has one process. */
static bool is_of_number(const char *key)
{
    return strcmp(key, "numprocesses") == 0 || strcmp(key, "singleton") == 0;
}

static void take_own_plugin(struct circus_part *self, const char *use)
{
    const struct ph_circus_section *source = self->source;
    for (size_t i = 0; i < source->option_count; i++) {
        const struct ph_circus_option *option = &source->options[i];
        const char *own = circus_behind(option->key, "plughost.");
        ph_cleanup(ph_freep) char *value = circus_env_expand(self->env, option->value);
        if (strcmp(option->key, "use") == 0)
            circus_part_set(self, "use", use, circus_place(option));
        else if (is_of_number(option->key))
            circus_remarks_ignore(&self->draft->remarks, option->key, "a plugin has one process");
        else
            tree_add_option(self->section, own ? own : option->key, value, circus_place(option));
    }
}

/* ---- plugins written for Circus ---- */

/* Circus's runner takes options apart at ":::" and ":". */
static bool can_be_passed(const char *value)
{
    size_t length = strlen(value);
    return length > 0 && value[0] != ':' && value[length - 1] != ':' && !strstr(value, ":::");
}

static bool is_passed(const struct ph_circus_option *option)
{
    return strcmp(option->key, "use") != 0 && strcmp(option->key, "name") != 0 &&
           !circus_behind(option->key, "plughost.");
}

static int by_key(const void *a, const void *b)
{
    const struct ph_circus_option *const *first = a, *const *second = b;
    return strcmp((*first)->key, (*second)->key);
}

static const struct ph_circus_option **sorted_options(const struct ph_circus_section *source)
{
    const struct ph_circus_option **options = ph_calloc(source->option_count, sizeof *options);
    for (size_t i = 0; i < source->option_count; i++)
        options[i] = &source->options[i];
    qsort(options, source->option_count, sizeof *options, by_key);
    return options;
}

/* Returns the options as Circus's runner takes them: KEY:VALUE:::KEY:VALUE, in the order of keys.
 */
static char *make_config(struct circus_part *self, const char *name)
{
    ph_cleanup(ph_freep) const struct ph_circus_option **options = sorted_options(self->source);
    char *config = ph_format("name:plugin:%s", name);
    for (size_t i = 0; i < self->source->option_count; i++) {
        ph_cleanup(ph_freep) char *value = circus_env_expand(self->env, options[i]->value);
        if (!is_passed(options[i]))
            continue;
        if (!can_be_passed(value)) {
            notices_add(self->draft->notices, circus_place(options[i]),
                        "%s of [%s] is left out: Circus's runner takes no option that is empty, "
                        "has ':::', or begins or ends with ':'",
                        options[i]->key, self->source->name);
            continue;
        }
        ph_cleanup(ph_freep) char *before = config;
        config = ph_format("%s:::%s:%s", before, options[i]->key, value);
    }
    return config;
}

static void set_command(struct circus_part *self, const struct ph_circus_option *use,
                        const char *class, const char *name)
{
    const struct circus_draft *draft = self->draft;
    ph_cleanup(ph_freep) char *file = ph_format("%s/plugin.py", draft->scripts);
    ph_cleanup(ph_freep) char *config = make_config(self, name);
    const char *const words[] = {draft->python,   file,       "--endpoint",
                                 draft->endpoint, "--pubsub", draft->pubsub_endpoint,
                                 "--config",      config,     class};
    ph_cleanup(ph_freep) char *command = ph_strdup("");
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        ph_cleanup(ph_freep) char *before = command;
        ph_cleanup(ph_freep) char *word = circus_quote(words[i]);
        command = ph_format("%s%s%s", before, i > 0 ? " " : "", word);
    }
    tree_add_option(self->section, "cmd", command, circus_place(use));
}

/* Circus gives its plugins the environment of the daemon, and starts them first. */
static void set_defaults(struct circus_part *self)
{
    static const char *const defaults[][2] = {{"copy_env", "yes"}, {"priority", "1"}};
    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++)
        if (!ph_circus_section_option(self->source, defaults[i][0]))
            circus_part_set(self, defaults[i][0], defaults[i][1],
                            circus_section_place(self->source));
}

/* What Circus's runner is told must not decide what the watcher runs. */
static void take_foreign_plugin(struct circus_part *self, const struct ph_circus_option *use,
                                const char *class, const char *name)
{
    struct ph_circus_section watched = *self->source;
    const struct ph_circus_section *whole = self->source;
    watched.options = ph_calloc(whole->option_count, sizeof *watched.options);
    watched.option_count = 0;
    for (size_t i = 0; i < whole->option_count; i++) {
        const char *key = whole->options[i].key;
        if (is_of_number(key))
            circus_remarks_ignore(&self->draft->remarks, key, "a plugin has one process");
        else if (strcmp(key, "use") != 0 && strcmp(key, "cmd") != 0 && strcmp(key, "args") != 0)
            watched.options[watched.option_count++] = whole->options[i];
    }
    set_command(self, use, class, name);
    self->source = &watched;
    circus_watcher_take_options(self);
    self->source = whole;
    set_defaults(self);
    free(watched.options);
}

/* ---- both ---- */

static void refuse_missing_use(struct circus_draft *draft, const struct ph_circus_section *source)
{
    struct ph_error err;
    ph_error_set(&err, PH_INVALID, "[%s] has no 'use'", source->name);
    ph_error_hint(&err, "add a line 'use = MODULE.CLASS'");
    problems_add(draft->problems, circus_section_place(source), &err);
}

/* A class of Circus's has dots and nothing else. */
static bool is_dotted(const char *use)
{
    return strchr(use, '.') && !strpbrk(use, ":/");
}

static void take(struct circus_draft *draft, const struct ph_circus_section *source,
                 const struct ph_circus_option *use)
{
    ph_cleanup(circus_env_release) struct circus_env env = {0};
    struct place place = circus_section_place(source);
    circus_env_find(&env, draft->ini, NULL);
    ph_cleanup(ph_freep) char *class = circus_env_expand(&env, use->value);
    const struct bundled *bundled = find_bundled(class);
    bool is_foreign = !bundled && is_dotted(class);
    ph_cleanup(ph_freep) char *name =
        circus_name(draft, circus_behind(source->name, "plugin:"), place);
    ph_cleanup(ph_freep) char *title = ph_format("%splugin:%s", is_foreign ? "watcher:" : "", name);
    ph_cleanup(ph_freep) char *watcher = ph_format("plugin:%s", name);
    struct circus_part part = {.draft = draft,
                               .source = source,
                               .env = &env,
                               .section = tree_add_section(draft->tree, title, place),
                               .is_plugin = true};
    if (is_foreign)
        take_foreign_plugin(&part, use, class, name);
    else
        take_own_plugin(&part, bundled ? bundled->use : class);
    circus_watcher_take_env(draft, watcher, &env);
}

void circus_plugin_take(struct circus_draft *draft, const struct ph_circus_section *source)
{
    const struct ph_circus_option *use = ph_circus_section_option(source, "use");
    if (source->option_count == 0 || is_flapping(source))
        return;
    if (use && use->value[0])
        take(draft, source, use);
    else
        refuse_missing_use(draft, source);
}
